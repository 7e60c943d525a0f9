"""The rules of docs/reference/rules.md told a second time, without the code that enforces them, and answers to try.

Answers are drawn for every question, in and out of the vocabularies; whatever is filed, or amended, by flags is held
against `broken`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from hypothesis import strategies as st

from imgfile.clinical.consent import SignedForm
from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.filing import Filing
from imgfile.clinical.patient import Scheme
from imgfile.clinical.proofs import Photo
from imgfile.clinical.vocabulary import (
    ConsentForm,
    Explained,
    Nation,
    Origin,
    PrEvidence,
    Purpose,
    PurposeKind,
    Sensitivity,
)
from imgfile.errors import AnswerInvalid
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


FORM_FILE = "form.pdf"
FORM = b"%PDF-1.7 a signed form"


def read_form(text: str) -> SignedForm:
    """Read the only form that there is, as a command reads one that an answer names."""
    if text != FORM_FILE:
        raise AnswerInvalid("names no form")
    return SignedForm(Photo(FORM).digest, "application/pdf", FORM, text)


def _codes(*kinds: type) -> st.SearchStrategy[str]:
    return st.sampled_from([str(code.value) for kind in kinds for code in kind])  # type: ignore[attr-defined]


def _several(kind: type) -> st.SearchStrategy[str]:
    return st.lists(_codes(kind), min_size=1, max_size=3, unique=True).map(", ".join)


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
    "agreed_to_keep": st.sampled_from(("yes", "no")),
    "attested_by": st.sampled_from(("Dr A. Example", "R. Desk")),
    "authority": st.sampled_from(("LPA for health, registered 2 Mar 2024, seen", "x")),
    "consent_document": st.sampled_from((FORM_FILE, "0" * 64, "none", "elsewhere.pdf")),
    "consulted": st.sampled_from(("her daughter, by phone", "nobody")),
    "covers": _several(Purpose),
    "date_reason": st.just("the clock was never set"),
    "decided_by": st.sampled_from(("Jo Example", "yes")),
    "explained": _several(Explained),
    "follows": st.just("7f3k-q2ma"),
    "obtained_by": st.sampled_from(("Dr C. Locum, GMC 7222222", "Dr C. Locum", "R. Desk")),
    "origin": _codes(Origin),
    "outlet": st.just("BMJ Case Reports"),
    "pr_evidence": _codes(PrEvidence),
    "rationale": st.sampled_from(("too short", "x x x x x x x x x x x x x x", "rash pic.jpg rash pic.jpg")),
    "recognisable": st.sampled_from(("yes", "no")),
    "scheme": _codes(Scheme),
    "sensitivity": _codes(Sensitivity),
}
"""Every question with answers in and out of the rules; whose photo it is each test draws for itself.

What is not filed is decided before: `test_dispositions_at_every_door`.
"""
WITH_A_FORM = st.fixed_dictionaries(
    {
        "purpose": _codes(Purpose),
        "consent_document": st.just(FORM_FILE),
        "form": st.sampled_from(("written_signed", "electronic_form", "verbal_telephone")),
    },
    optional={"covers": _several(Purpose), "outlet": st.just("BMJ Case Reports"), "recognisable": st.just("yes")},
)
"""What is said of a photo with a signed form: hardly ever drawn together otherwise."""


def _up_to_three(slugs: Iterable[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.lists(st.sampled_from(sorted(slugs)), max_size=3, unique=True).flatmap(
        lambda drawn: st.fixed_dictionaries({slug: DRAWN[slug] for slug in drawn})
    )


CHANGES = st.tuples(st.just({}) | st.just({}) | WITH_A_FORM, _up_to_three(DRAWN)).map(lambda two: {**two[0], **two[1]})
"""Up to three answers that are others than those with which a photo is filed; sometimes with a form too."""
AMENDED = _up_to_three(DRAWN.keys() - {"scheme", "covers", "outlet", "recognisable"})
"""The same of what can be amended: another patient's photo is moved, and another form is added."""


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
    beyond = {use for use in (purpose, *consent.covers) if use.kind is PurposeKind.SECONDARY}
    is_written = form in {ConsentForm.WRITTEN_SIGNED, ConsentForm.ELECTRONIC_FORM}
    has_form = is_written and made.form_data == FORM and consent.document == Photo(FORM).digest
    published = beyond & {Purpose.PUBLICATION_NAMED, Purpose.PUBLIC_MEDIA}
    is_implied, is_care = form is ConsentForm.IMPLIED_BY_SUBMISSION, purpose.kind is PurposeKind.DIRECT_CARE
    rules = {
        "R1": len(made.rationale) < 20 or basis is ConsentBasis.NOT_OBTAINED,
        "R9": age < 18 and (made.is_intimate or given_["body_site"] != "left knee"),
        "R12": given_.get("objection") == "yes",
        "R5": purpose in {Purpose.MARKETING, Purpose.SOCIAL_MEDIA, Purpose.PRODUCT_AI_TRAINING},
        "R3": bool(beyond) and not (has_form and beyond <= consent.covers),
        "R4": bool(published) and not consent.outlet,
        "R8": bool(beyond) and basis is ConsentBasis.BEST_INTERESTS_OR_BENEFIT,
        "R6 a child": age < 16 and basis is ConsentBasis.PATIENT_CAPACITY_16PLUS,
        "R6 a parent": age >= 18 and basis is ConsentBasis.PARENTAL_RESPONSIBILITY,
        "R6 competence": basis is ConsentBasis.COMPETENT_MINOR and (age >= 16 or "competence_evidence" not in given_),
        "R7": age >= 16 and basis in decides_instead and given_.get("capacity") != "assessed_lacks",
        "R7 nation": nation is Nation.NORTHERN_IRELAND and basis is ConsentBasis.HEALTH_WELFARE_ATTORNEY,
        "R7 a document": basis.terms.names_decider and not (consent.decided_by and consent.authority),
        "R7 consulted": basis is ConsentBasis.BEST_INTERESTS_OR_BENEFIT and not consent.consulted,
        "R10": made.is_intimate and is_implied,
        "R10 vanished": made.is_intimate and given_.get("view_once") == "yes" and given_.get("agreed_to_keep") != "yes",
        "R11": is_implied and not (made.origin is Origin.REQUESTED_BY_CLINICIAN and is_care),
        "R11 unasked": made.origin is Origin.UNSOLICITED and form is ConsentForm.NOT_APPLICABLE,
        "R13": given_.get("obtained_at") == "1/1/2029",
        "R26": consent.obtained_by == "Dr C. Locum",
        "the form": form.value not in _said_forms(given_),
    }
    return [rule for rule, is_broken in rules.items() if is_broken]


def _said_forms(given_: dict[str, str]) -> set[str]:
    """Return the forms of consent that the answers may come to: of one that was sent unasked, how they agreed since."""
    since = {"phone": "verbal_telephone"}.get(given_.get("spoken_since", ""), "")
    said = {"phone": "verbal_telephone"}.get(given_["form"], given_["form"])
    return {said, since, ConsentForm.NOT_APPLICABLE.value}
