"""The rules of docs/reference/rules.md told a second time, without the code that enforces them, and answers to try.

Answers are drawn for every question, in and out of the vocabularies; whatever is filed, or amended, by flags is held
against `broken`.
"""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.filing import Filing
from imgfile.clinical.vocabulary import ConsentForm, Nation, Purpose, PurposeKind
from kit.vault.filings import CHILD, MOLE, TODAY

LEAP = date(2028, 2, 29)
BIRTHDAYS = {
    TODAY: (date(2010, 11, 22), date(2010, 11, 23), date(2008, 11, 22), date(2008, 11, 23), date(2025, 9, 14)),
    LEAP: (date(2012, 2, 29), date(2012, 3, 1), date(2010, 2, 28), date(2010, 3, 1), date(1971, 3, 3)),
    date(2026, 2, 28): (date(2008, 2, 29), date(2008, 2, 28)),
    date(2026, 3, 1): (date(2008, 2, 29), date(2010, 3, 1)),
}
"""Days on which somebody files, each with birth dates that are or are not 16, or 18, that day."""
SITES = ("left knee", "left breast", "nappy area", "xx", "left brest")


def _codes(*kinds: type) -> st.SearchStrategy[str]:
    return st.sampled_from([str(code.value) for kind in kinds for code in kind])  # type: ignore[attr-defined]


DRAWN = {
    "body_site": st.sampled_from(SITES),
    "purpose": _codes(Purpose),
    "basis": _codes(ConsentBasis),
    "form": _codes(ConsentForm),
    "intimate": st.sampled_from(("yes", "no")),
    "giver": _codes(ConsentGiver),
    "objection": st.sampled_from(("yes", "no")),
    "capacity": st.sampled_from(("presumed", "assessed_has", "assessed_lacks")),
    "capacity_evidence": st.just("assessed by Dr A. Example with her daughter, form 2 of 20 Nov"),
    "competence": st.sampled_from(("not_assessed", "competent", "not_competent")),
    "competence_evidence": st.just("understands why, who sees it, and that she may refuse"),
    "safeguards": st.sampled_from(("1245 67", "12345678", "")),
    "spoken_since": st.sampled_from(("phone", "no")),
    "view_once": st.sampled_from(("yes", "no")),
    "obtained_at": st.just("1/1/2029"),
}
CHANGES = st.lists(st.sampled_from(sorted(DRAWN)), max_size=3, unique=True).flatmap(
    lambda slugs: st.fixed_dictionaries({slug: DRAWN[slug] for slug in slugs})
)
"""Up to three answers that are others than those with which a photo is filed."""


def sound(born: date, day: date) -> dict[str, str]:
    """Return answers with which an ordinary photo is filed at this age, but for that it is ordinary, of a child."""
    basis = "parental_responsibility" if age_on(born, day) < 16 else "patient_capacity_16plus"
    giver = {"giver": "mother"} if age_on(born, day) < 16 else {}
    own = {"patient": CHILD, "dob": born.strftime("%d/%m/%Y"), "obtained_at": day.strftime("%d/%m/%Y")}
    return {**MOLE, "body_site": "left knee", "intimate": "no", "basis": basis, **giver, **own}


def age_on(born: date, day: date) -> int:
    """Count whole years; who was born on 29 February is older on 1 March of other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def broken(made: Filing, age: int, nation: Nation, given_: dict[str, str]) -> list[str]:
    """Return the rules that a filing by flags alone would break."""
    consent, purpose = made.consent, Purpose(given_["purpose"])
    basis, form = ConsentBasis(consent.basis), ConsentForm(consent.form)
    decides_instead = {
        ConsentBasis.HEALTH_WELFARE_ATTORNEY,
        ConsentBasis.COURT_DEPUTY_OR_GUARDIAN,
        ConsentBasis.BEST_INTERESTS_OR_BENEFIT,
    }
    rules = {
        "R9": age < 18 and (made.is_intimate or given_["body_site"] != "left knee"),
        "R12": given_.get("objection") == "yes",
        "R5": purpose in {Purpose.MARKETING, Purpose.SOCIAL_MEDIA, Purpose.PRODUCT_AI_TRAINING},
        "R3": purpose.kind is PurposeKind.SECONDARY,
        "R4": purpose in {Purpose.PUBLICATION_NAMED, Purpose.PUBLIC_MEDIA},
        "R6 a child": age < 16 and basis is ConsentBasis.PATIENT_CAPACITY_16PLUS,
        "R6 a parent": age >= 18 and basis is ConsentBasis.PARENTAL_RESPONSIBILITY,
        "R6 competence": basis is ConsentBasis.COMPETENT_MINOR and (age >= 16 or "competence_evidence" not in given_),
        "R7": age >= 16 and basis in decides_instead and given_.get("capacity") != "assessed_lacks",
        "R7 nation": nation is Nation.NORTHERN_IRELAND and basis is ConsentBasis.HEALTH_WELFARE_ATTORNEY,
        "R10": made.is_intimate and form is ConsentForm.IMPLIED_BY_SUBMISSION,
        "R13": given_.get("obtained_at") == "1/1/2029",
    }
    return [rule for rule, is_broken in rules.items() if is_broken]
