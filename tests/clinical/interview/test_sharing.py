"""What photos of one message may share, how it is recorded, and how it is shown once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given, shared
from imgfile.clinical.interview.confirmation import joint_confirmation
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import RefusedByRule
from kit.vault.filings import ADULT, CHILD, FACTS, MOLE, RASH, Interviewed, Script, filed, flags, interview, knowing

OWN = {"body_site", "sensitivity", "intimate", "objection", "safeguards", "attested_by"}
"""What the picture shows, and what is vouched for of it."""


def next_photo(given: Mapping[str, Given], *lines: str) -> tuple[Interviewed, Script]:
    """Ask about another photo of the message that these answers were given for."""
    script = Script(lines)
    return interview(shared(given), knowing(is_sharing=True, can_skip=True), script), script


def test_everything_may_be_shared_but_what_the_picture_shows_and_who_vouches_for_it() -> None:
    """A new question is nobody's to share before somebody has thought about it: the default is no."""
    assert {slug for slug, question in QUESTIONS.items() if not question.is_shareable} == OWN
    answers = dict.fromkeys(QUESTIONS, "x")
    assert shared(flags(answers)).keys() == QUESTIONS.keys() - OWN


def test_another_adult_photo_takes_one_answer_and_records_the_rest_as_shared() -> None:
    """Whoever reads the record sees which answers were given for another photo."""
    interviewed, script = next_photo(flags(MOLE), "left arm")
    assert script.words == ["Body site (s skip, q quit):"]
    assert script.prompts[0].can_skip
    given = {slug: how for slug, how in interviewed.filing.provenance.items() if how is not Provenance.DERIVED}
    assert given.pop("body_site") is Provenance.TYPED
    assert set(given.values()) == {Provenance.SHARED}
    assert given.keys() == MOLE.keys() - {"body_site"}


def test_a_childs_other_photo_is_asked_whether_it_is_intimate_and_for_its_own_safeguards() -> None:
    """R9 judges each photo by itself."""
    _, script = next_photo(flags(RASH), "left arm", "n")
    assert len(script.prompts) == 2
    interviewed, script = next_photo(flags(RASH), "groin", "", "1257")
    assert len(script.prompts) == 3
    assert interviewed.filing.needs_attestation
    assert interviewed.filing.provenance["safeguards"] is Provenance.TYPED


def test_a_rule_that_a_shared_answer_breaks_for_this_photo_has_it_asked_again() -> None:
    """R10: an intimate photo of an adult needs explicit consent; the other photo's "sent when asked" is not enough."""
    answers = MOLE | {"form": "sent when asked"}
    interviewed, script = next_photo(flags(answers), "left breast", "", "phone")
    assert script.words[-1].startswith("How did the patient agree")
    assert interviewed.filing.provenance["form"] is Provenance.TYPED
    assert interviewed.filing.provenance["basis"] is Provenance.SHARED


def test_a_shared_answer_that_does_not_apply_here_is_dropped_in_silence() -> None:
    """It was given in a dialogue, as a typed one."""
    stale = shared(flags(MOLE)) | {"follows": Given("7f3k", Provenance.SHARED)}
    interviewed = interview(stale, knowing(is_sharing=True), Script(["left arm"]))
    assert "follows" not in interviewed.given


def test_a_refusal_that_no_answer_mends_is_one_photos_own() -> None:
    """An objection was made to one photo, and is not taken over."""
    given = flags(MOLE | {"objection": "yes"})
    with pytest.raises(RefusedByRule):
        interview(given, FACTS)
    next_photo(given, "left arm")


# --- confirming -----------------------------------------------------------------------------------------


def test_what_is_shared_is_shown_once_and_each_photo_by_its_number() -> None:
    """The rationale too, for it is taken over."""
    joint = joint_confirmation({2: filed(), 3: filed(body_site="left arm")})
    assert joint.shared == (
        "943 476 5870, born 3 Mar 1971, 55 years",
        "patient's own consent, by phone, asked by Dr A. Example 20 Nov 2026; for diagnosis",
        '"New pigmented lesion, triage for 2WW, patient 40 miles away"',
    )
    assert joint.own == {2: ("left shoulder, not intimate",), 3: ("left arm, not intimate",)}
    (step,) = joint.steps
    assert step.words == "File photos 2 and 3? (y file, c change, q quit):"
    assert step.accepts("y")


def test_photos_to_be_attested_are_each_a_step_of_their_own() -> None:
    """The ordinary ones are confirmed first, together."""
    filings: dict[int, Filing] = {
        1: filed(RASH),
        2: filed(RASH, body_site="left arm", intimate="no", safeguards=None),
        3: filed(RASH, body_site="groin"),
    }
    joint = joint_confirmation(filings)
    assert [step.words for step in joint.steps] == [
        "File photo 2? (y file, c change, q quit):",
        "Photo 1. Last four digits of the patient number to attest and file (c change, q quit):",
        "Photo 3. Last four digits of the patient number to attest and file (c change, q quit):",
    ]
    assert not joint.steps[1].accepts("y")
    assert joint.steps[1].accepts("0018")
    assert joint.own[3] == ("groin; intimate, child; attested by Dr A. Example, GMC 7654321",)


def test_where_a_photo_departs_from_what_is_shared_that_is_shown_with_it() -> None:
    """Its own consent, and its own reasons."""
    other = filed(form="video", rationale="Another lesion, for comparison in three months")
    joint = joint_confirmation({1: filed(), 2: other})
    assert joint.own[2][1:] == (
        "patient's own consent, by video, asked by Dr A. Example 20 Nov 2026; for diagnosis",
        '"Another lesion, for comparison in three months"',
    )


def test_a_remark_on_all_of_them_is_made_once() -> None:
    """R13: consent older than a year."""
    old = {"obtained_at": "20/11/2024"}
    joint = joint_confirmation({1: filed(**old), 2: filed(**old, body_site="left arm")})
    assert joint.shared[-1].startswith("R13: ")
    assert joint.own[2] == ("left arm, not intimate",)
    assert joint_confirmation({1: filed(), 2: filed(**old)}).own[2][-1].startswith("R13: ")


def test_nothing_personal_is_in_the_repr_of_a_joint_confirmation() -> None:
    """Neither number nor reasons."""
    shown = repr(joint_confirmation({1: filed(), 2: filed(RASH)}))
    for secret in (ADULT, CHILD, "943 476", "lesion", "left shoulder", "0018"):
        assert secret not in shown
