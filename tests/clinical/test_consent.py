"""A consent that contradicts itself cannot exist."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest

from imgfile.clinical.consent import Consent
from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.vocabulary import Capacity, ConsentForm, MinorCompetence, PrEvidence
from imgfile.errors import AnswerInvalid, RefusedByRule


def consent(**changes: Any) -> Consent:  # noqa: ANN401 - any field of Consent
    """Make an adult's own consent, with changes."""
    fields: dict[str, Any] = {
        "basis": ConsentBasis.PATIENT_CAPACITY_16PLUS,
        "giver": ConsentGiver.PATIENT,
        "form": ConsentForm.VERBAL_TELEPHONE,
        "obtained_by": "Dr A. Example",
        "obtained_at": date(2026, 11, 20),
    }
    return Consent(**{**fields, **changes})


def of_basis(basis: ConsentBasis, giver: ConsentGiver, form: ConsentForm) -> Consent:
    """Make a consent whose evidence is complete."""
    is_substitute = basis in {ConsentBasis.HEALTH_WELFARE_ATTORNEY, ConsentBasis.COURT_DEPUTY_OR_GUARDIAN}
    is_parental = basis is ConsentBasis.PARENTAL_RESPONSIBILITY
    is_competent = basis is ConsentBasis.COMPETENT_MINOR
    return consent(
        basis=basis,
        giver=giver,
        form=form,
        pr_evidence=PrEvidence.STATED if is_parental else None,
        capacity=Capacity.ASSESSED_LACKS if is_substitute else None,
        capacity_evidence="Dr B, 1 Nov 2026" if is_substitute else "",
        minor_competence=MinorCompetence.COMPETENT if is_competent else MinorCompetence.NOT_ASSESSED,
        competence_evidence="Dr B, understood and repeated it" if is_competent else "",
    )


@pytest.mark.parametrize(("basis", "giver", "form"), list(itertools.product(ConsentBasis, ConsentGiver, ConsentForm)))
def test_giver_and_form_fit_the_basis(basis: ConsentBasis, giver: ConsentGiver, form: ConsentForm) -> None:
    """Who can give it, and a form if and only if somebody agreed."""
    fits = giver in basis.terms.givers and (form is ConsentForm.NOT_APPLICABLE) is not basis.terms.is_agreement
    if fits:
        assert of_basis(basis, giver, form).basis is basis
    else:
        with pytest.raises(AnswerInvalid, match="does not fit the basis"):
            of_basis(basis, giver, form)


def test_every_basis_has_givers_and_six_rest_on_an_agreement() -> None:
    """The rest is decided by a clinician or the law."""
    assert all(basis.terms.givers for basis in ConsentBasis)
    assert [basis for basis in ConsentBasis if basis.terms.is_agreement] == list(ConsentBasis)[:6]


@pytest.mark.parametrize(
    ("competence", "evidence"),
    [
        (MinorCompetence.NOT_ASSESSED, "Dr B"),
        (MinorCompetence.NOT_COMPETENT, "Dr B"),
        (MinorCompetence.COMPETENT, ""),
    ],
)
def test_r6_a_competent_childs_consent_needs_the_record_of_its_competence(
    competence: MinorCompetence, evidence: str
) -> None:
    """Both the finding and how it was reached."""
    with pytest.raises(RefusedByRule) as caught:
        consent(basis=ConsentBasis.COMPETENT_MINOR, minor_competence=competence, competence_evidence=evidence)
    assert caught.value.rule == "R6"


@pytest.mark.parametrize(
    ("basis", "giver"),
    [
        (ConsentBasis.HEALTH_WELFARE_ATTORNEY, ConsentGiver.ATTORNEY_HW),
        (ConsentBasis.COURT_DEPUTY_OR_GUARDIAN, ConsentGiver.DEPUTY),
        (ConsentBasis.COURT_DEPUTY_OR_GUARDIAN, ConsentGiver.GUARDIAN),
    ],
)
@pytest.mark.parametrize(
    ("capacity", "evidence"),
    [(None, "x"), (Capacity.PRESUMED, "x"), (Capacity.ASSESSED_HAS, "x"), (Capacity.ASSESSED_LACKS, "")],
)
def test_r7_attorney_and_deputy_exist_only_with_evidence_of_lacking_capacity(
    basis: ConsentBasis, giver: ConsentGiver, capacity: Capacity | None, evidence: str
) -> None:
    """Whatever the age."""
    with pytest.raises(RefusedByRule) as caught:
        consent(basis=basis, giver=giver, capacity=capacity, capacity_evidence=evidence)
    assert caught.value.rule == "R7"


def test_r7_who_lacks_capacity_does_not_consent() -> None:
    """The patient's own consent presumes it, or has it assessed."""
    with pytest.raises(RefusedByRule, match="cannot give this consent"):
        consent(capacity=Capacity.ASSESSED_LACKS, capacity_evidence="Dr B")
    assert consent(capacity=Capacity.ASSESSED_HAS).capacity is Capacity.ASSESSED_HAS
    assert consent(capacity=Capacity.PRESUMED).capacity is Capacity.PRESUMED


def test_parental_responsibility_says_how_it_is_known_and_nothing_else_does() -> None:
    """At least that it was stated."""
    mother = {"basis": ConsentBasis.PARENTAL_RESPONSIBILITY, "giver": ConsentGiver.MOTHER}
    assert consent(**mother, pr_evidence=PrEvidence.ON_RECORD).pr_evidence is PrEvidence.ON_RECORD
    with pytest.raises(AnswerInvalid, match="how it is known"):
        consent(**mother)
    with pytest.raises(AnswerInvalid, match="how it is known"):
        consent(pr_evidence=PrEvidence.STATED)


@pytest.mark.parametrize(
    "changes",
    [
        {"obtained_by": ""},
        {"obtained_by": "x" * 121},
        {"obtained_by": "Dr\u202eA"},
        {"capacity_evidence": "x\x00"},
        {"competence_evidence": "x" * 4_001},
        {"document": "f" * 63},
        {"document": "F" * 64},
        {"document": "f" * 64 + "\n"},
    ],
)
def test_text_that_cannot_be_stored_is_refused(changes: dict[str, str]) -> None:
    """Names, evidence and the digest of a document are checked here too."""
    with pytest.raises(AnswerInvalid):
        consent(**changes)
    assert consent(document="f" * 64, obtained_by="x" * 120).document == "f" * 64


def test_nothing_personal_is_in_a_consents_repr() -> None:
    """Names and evidence stay out of logs."""
    shown = repr(consent(competence_evidence="Dr B", capacity_evidence="Dr C"))
    assert "Dr" not in shown
