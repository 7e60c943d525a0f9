"""What is about to be filed is summed up in words that name who decided, and is confirmed or attested as R9 asks."""

from __future__ import annotations

import pytest

from imgfile.clinical.consent_basis import ConsentBasis
from imgfile.clinical.facts import EarlierPhoto
from imgfile.clinical.interview.confirmation import ASK, ASK_TO_ATTEST, confirmation
from imgfile.clinical.proofs import RecordId
from kit.vault.filings import CHILD, FACTS, MOLE, RASH, TODAY, Known, filed

BY = "asked by Dr A. Example 20 Nov 2026"
CONSENTS = {
    "patient_capacity_16plus": f"patient's own consent, by phone, {BY}",
    "competent_minor": f"competent child's own consent, by phone, {BY}",
    "parental_responsibility": f"parental responsibility: mother, by phone, {BY}",
    "local_authority_or_court": f"local authority or court: guardian, by phone, {BY}",
    "health_welfare_attorney": f"attorney, by phone, {BY}",
    "court_deputy_or_guardian": f"deputy, by phone, {BY}",
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
        giver=GIVERS.get(basis),
        form="phone" if terms.is_agreement else None,
        capacity_evidence="Dr B, 1 Nov 2026" if is_adult and terms.lacks_capacity_from_years is not None else None,
        competence_evidence="Dr B: understood, and weighed it" if terms.needs_competence else None,
    )
    assert confirmation(filing).lines[1] == f"{CONSENTS[basis]}; for diagnosis"


def test_an_ordinary_photo_is_confirmed_with_y() -> None:
    """Two lines: who and what, and the consent."""
    asked = confirmation(filed())
    assert asked.lines[0] == "943 476 5870, born 3 Mar 1971, 55 years; left shoulder, not intimate"
    assert len(asked.lines) == 2
    assert asked.words == ASK
    assert not asked.needs_digits
    assert asked.accepts(" Y ")
    assert asked.accepts("yes")
    assert not any(map(asked.accepts, ("", "n", "yep", "5870")))


def test_r9_an_intimate_photo_of_a_child_is_attested_with_the_last_four_digits() -> None:
    """Three lines: who, the consent, and what is attested by whom; y alone files nothing."""
    asked = confirmation(filed(RASH))
    assert asked.lines == (
        "999 000 0018, born 14 Sep 2025, 14 months",
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
    assert confirmation(filing).lines[1].endswith("; for response to treatment since 7f3k")
