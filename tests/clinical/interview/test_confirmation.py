"""What is about to be filed is summed up in words that name who decided, and is confirmed or attested as R9 asks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imgfile.clinical.consent_basis import ConsentBasis
from imgfile.clinical.facts import EarlierPhoto
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.confirmation import ASK, ASK_TO_ATTEST, confirmation, joint_confirmation
from imgfile.clinical.patient import Scheme
from imgfile.clinical.proofs import RecordId
from kit.vault.filings import ADULT, CHILD, FACTS, MOLE, POLICY, RASH, TODAY, Known, filed, knowing

BY = "asked by Dr A. Example 20 Nov 2026"
CONSENTS = {
    "patient_capacity_16plus": f"patient's own consent, by phone, {BY}",
    "competent_minor": f"competent child's own consent, by phone, {BY}",
    "parental_responsibility": f"parental responsibility: mother, by phone, {BY}",
    "local_authority_or_court": f"local authority or court: guardian, by phone, {BY}",
    "health_welfare_attorney": f"attorney Mrs C. Other, by phone, {BY}",
    "court_deputy_or_guardian": f"deputy Mrs C. Other, by phone, {BY}",
    "best_interests_or_benefit": "best interests: decided by Dr A. Example 20 Nov 2026",
    "implicit_gmc10": "implicit in the procedure (GMC 10): decided by Dr A. Example 20 Nov 2026",
    "anonymised_gmc17": "anonymised (GMC 17): decided by Dr A. Example 20 Nov 2026",
    "legal_or_court_order": "law or court order: decided by Dr A. Example 20 Nov 2026",
    "public_interest": "public interest: decided by Dr A. Example 20 Nov 2026",
    "deceased_prior_wishes": "wishes before death: decided by Dr A. Example 20 Nov 2026",
}
"""How each basis that anything is filed on is summed up."""
GIVERS = {"parental_responsibility": "mother", "local_authority_or_court": "guardian"}


@pytest.mark.parametrize("basis", [basis for basis in ConsentBasis if basis.terms.is_filed_on])
def test_the_consent_is_summed_up_by_who_decided(basis: ConsentBasis) -> None:
    """Who agreed is named where it says more than the basis does."""
    terms = basis.terms
    is_adult = terms.until_years is None
    filing = filed(
        MOLE,
        patient=MOLE["patient"] if is_adult else CHILD,
        dob=MOLE["dob"] if is_adult else "1/1/2014",
        basis=basis.value,
        intimate=None if is_adult else "no",
        giver=GIVERS.get(basis),
        form="phone" if terms.is_agreement else None,
        capacity_evidence="Dr B, 1 Nov 2026" if is_adult and terms.lacks_capacity_from_years is not None else None,
        decided_by="Mrs C. Other" if terms.names_decider else None,
        authority="LPA for health, registered 2024, seen" if terms.names_decider else None,
        consulted="daughter and carers" if terms.is_consulted_on else None,
        competence_evidence="Dr B: understood, and weighed it" if terms.needs_competence else None,
    )
    assert confirmation(filing).lines[2] == f"{CONSENTS[basis]}; for diagnosis"


def test_an_ordinary_photo_is_confirmed_with_y() -> None:
    """Three lines: who and what, why, and the consent."""
    asked = confirmation(filed())
    assert asked.lines == (
        "patient    943 476 5870, born 3 Mar 1971, 55 years; left shoulder, not intimate",
        f"rationale  {MOLE['rationale']}",
        f"patient's own consent, by phone, {BY}; for diagnosis",
    )
    assert asked.words == ASK
    assert not asked.needs_digits
    assert asked.accepts(" Y ")
    assert asked.accepts("yes")
    assert not any(map(asked.accepts, ("", "n", "yep", "5870")))


def test_r9_an_intimate_photo_of_a_child_is_attested_with_the_last_four_digits() -> None:
    """Four lines: who and what, why, the consent, and what is attested by whom; y alone files nothing."""
    asked = confirmation(filed(RASH))
    assert asked.lines == (
        "patient    999 000 0018, born 14 Sep 2025, 14 months; nappy area, intimate",
        f"rationale  {RASH['rationale']}",
        "parental responsibility: mother, by phone, asked by Dr A. Example 21 Nov 2026",
        "for diagnosis only; intimate, child; attested by Dr A. Example, GMC 7654321",
    )
    assert asked.words == ASK_TO_ATTEST
    assert asked.needs_digits
    assert asked.accepts(" 0018 ")
    assert not any(map(asked.accepts, ("", "y", "yes", "0019", "00181", "001", "١٢٣٤")))


def test_what_the_rules_remark_on_is_said_with_it() -> None:
    """R13: consent older than a year; of an attested photo too."""
    for answers in (MOLE, RASH | {"dob": "14/9/2020"}):
        asked = confirmation(filed(answers, obtained_at="20/11/2024"))
        assert asked.lines[-1] == "R13: this consent is more than a year old."


def test_the_photo_that_a_response_to_treatment_follows_is_named() -> None:
    """By its short reference."""
    earlier = EarlierPhoto(RecordId("7f3k" * 8), "7f3k", TODAY)
    filing = filed(MOLE, FACTS, lambda _patient, _born: Known((earlier,)), purpose="m")
    assert confirmation(filing).lines[2].endswith("; for response to treatment since 7f3k")


def test_a_photo_that_was_only_sent_says_so_in_words_that_its_question_takes() -> None:
    """And not what that implies."""
    assert "sent when asked, asked by" in confirmation(filed(MOLE, form="sent when asked")).lines[2]


# --- several photos of one message ------------------------------------------------------------------------


def test_what_is_shared_is_shown_once_and_each_photo_by_its_number() -> None:
    """The rationale too, for it is taken over."""
    joint = joint_confirmation({2: filed(), 3: filed(body_site="left arm")})
    assert joint.shared == (
        "patient    943 476 5870, born 3 Mar 1971, 55 years",
        "rationale  New pigmented lesion, triage for 2WW, patient 40 miles away",
        "patient's own consent, by phone, asked by Dr A. Example 20 Nov 2026; for diagnosis",
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
        "Photo 1. Last four digits of the number to attest and file (c change, q quit):",
        "Photo 3. Last four digits of the number to attest and file (c change, q quit):",
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
        "rationale  Another lesion, for comparison in three months",
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


@pytest.mark.parametrize(("typed", "is_taken"), [("12ab", True), ("12AB", True), (" 1 2 A B ", True), ("12ac", False)])
def test_a_local_number_is_attested_by_its_last_four_characters(typed: str, *, is_taken: bool) -> None:
    """In whatever case they are typed."""
    local = replace(POLICY, schemes=(Scheme.LOCAL,), local_number="T-##@@")
    asked = confirmation(filed(RASH, knowing(policy=local), patient="local T-12AB"))
    assert asked.digits == "12AB"
    assert asked.accepts(typed) is is_taken
