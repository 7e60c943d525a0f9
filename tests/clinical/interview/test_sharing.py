"""What photos of one message may share, how it is recorded, and how it is shown once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from imgfile.clinical.interview.answers import Given, shared
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import RefusedByRule
from kit.vault.filings import FACTS, MOLE, RASH, Interviewed, Script, flags, interview, knowing


def next_photo(given: Mapping[str, Given], *lines: str) -> tuple[Interviewed, Script]:
    """Ask about another photo of the message that these answers were given for."""
    script = Script(lines)
    return interview(shared(given), knowing(is_sharing=True, can_skip=True), script), script


def test_another_adult_photo_takes_one_answer_and_records_the_rest_as_shared() -> None:
    """Whoever reads the record sees which answers were given for another photo."""
    interviewed, script = next_photo(flags(MOLE), "left arm")
    assert script.words == ["Body site (v look, s skip, q quit):"]
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
    interviewed, script = next_photo(flags(answers), "left breast", "", "phone", "n")
    assert script.words[-2].startswith("How did the patient agree")
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
