"""Consent to make and keep a photo: who decided, on what basis, how, and what was explained (GMC; rules R6, R7).

What can be seen from a consent alone is refused here; what needs the patient's age, the photo or its purpose is
judged in `rules`. This is never the data-protection basis, which for direct care is not consent.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from imgfile.clinical.text import check_line, check_text
from imgfile.clinical.vocabulary import (
    Capacity,
    ConsentBasis,
    ConsentForm,
    ConsentGiver,
    Explained,
    MinorCompetence,
    PrEvidence,
)
from imgfile.errors import AnswerInvalid, RefusedByRule
from imgfile.frozen import dataclass, field

GIVERS: Final = {
    ConsentBasis.PATIENT_CAPACITY_16PLUS: (ConsentGiver.PATIENT,),
    ConsentBasis.COMPETENT_MINOR: (ConsentGiver.PATIENT,),
    ConsentBasis.PARENTAL_RESPONSIBILITY: (
        ConsentGiver.MOTHER,
        ConsentGiver.FATHER,
        ConsentGiver.PARENT_OTHER,
        ConsentGiver.GUARDIAN,
    ),
    ConsentBasis.LOCAL_AUTHORITY_OR_COURT: (ConsentGiver.LOCAL_AUTHORITY, ConsentGiver.GUARDIAN),
    ConsentBasis.HEALTH_WELFARE_ATTORNEY: (ConsentGiver.ATTORNEY_HW,),
    ConsentBasis.COURT_DEPUTY_OR_GUARDIAN: (ConsentGiver.DEPUTY, ConsentGiver.GUARDIAN),
    ConsentBasis.BEST_INTERESTS_OR_BENEFIT: (ConsentGiver.CLINICIAN_BEST_INTERESTS,),
    ConsentBasis.IMPLICIT_GMC10: (ConsentGiver.NONE,),
    ConsentBasis.ANONYMISED_GMC17: (ConsentGiver.NONE,),
    ConsentBasis.LEGAL_OR_COURT_ORDER: (ConsentGiver.NONE,),
    ConsentBasis.PUBLIC_INTEREST: (ConsentGiver.NONE,),
    ConsentBasis.DECEASED_PRIOR_WISHES: (ConsentGiver.NONE,),
    ConsentBasis.NOT_OBTAINED: (ConsentGiver.NONE,),
}
"""Who can give the consent that a basis rests on."""

SUBSTITUTES: Final = frozenset({ConsentBasis.HEALTH_WELFARE_ATTORNEY, ConsentBasis.COURT_DEPUTY_OR_GUARDIAN})
"""Bases that exist only because the patient lacks capacity (R7)."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


def is_agreement(basis: ConsentBasis) -> bool:
    """Tell whether somebody agreed. Otherwise a clinician or the law decided, and no form of consent applies."""
    return not {ConsentGiver.NONE, ConsentGiver.CLINICIAN_BEST_INTERESTS}.intersection(GIVERS[basis])


def check_document(digest: str) -> None:
    """See that a consent document is named by its SHA-256 in lower-case hex. Raises AnswerInvalid."""
    if not _SHA256.fullmatch(digest):
        raise AnswerInvalid("is not the SHA-256 of a document: 64 digits and letters a to f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One consent. A contradictory one cannot exist: raises AnswerInvalid, or RefusedByRule for R6 and R7."""

    basis: ConsentBasis
    giver: ConsentGiver
    form: ConsentForm
    obtained_by: str = field(repr=False)
    obtained_at: date
    explained: frozenset[Explained] = frozenset()
    pr_evidence: PrEvidence | None = None
    capacity: Capacity | None = None
    """None under 16, where the question is competence."""
    capacity_evidence: str = field(default="", repr=False)
    """Who assessed capacity, when, and for which decision; in Scotland the certificate's reference."""
    minor_competence: MinorCompetence = MinorCompetence.NOT_ASSESSED
    competence_evidence: str = field(default="", repr=False)
    document: str = ""
    """The SHA-256 of a signed consent, if there is one."""

    def __post_init__(self) -> None:
        check_line(self.obtained_by)
        for evidence in filter(None, (self.capacity_evidence, self.competence_evidence)):
            check_text(evidence)
        if self.document:
            check_document(self.document)
        self._check_giver_and_form()
        self._check_competence()
        self._check_capacity()

    def _check_giver_and_form(self) -> None:
        if self.giver not in GIVERS[self.basis]:
            raise AnswerInvalid(f'the giver "{self.giver.label}" does not fit the basis "{self.basis.label}".')
        if (self.form is ConsentForm.NOT_APPLICABLE) is is_agreement(self.basis):
            raise AnswerInvalid(f'the form "{self.form.label}" does not fit the basis "{self.basis.label}".')
        if (self.pr_evidence is not None) is not (self.basis is ConsentBasis.PARENTAL_RESPONSIBILITY):
            raise AnswerInvalid("parental responsibility says how it is known, and no other basis does.")

    def _check_competence(self) -> None:
        is_competent = self.minor_competence is MinorCompetence.COMPETENT
        if self.basis is ConsentBasis.COMPETENT_MINOR and not (is_competent and self.competence_evidence):
            raise RefusedByRule("R6", "a competent child's consent needs a record of how competence was assessed.")

    def _check_capacity(self) -> None:
        lacks = self.capacity is Capacity.ASSESSED_LACKS
        if lacks and not self.capacity_evidence:
            raise RefusedByRule("R7", "lacking capacity needs evidence: who assessed it, and when.")
        if self.basis in SUBSTITUTES and not lacks:
            raise RefusedByRule("R7", "an attorney or deputy decides only for a patient assessed as lacking capacity.")
        if lacks and self.giver is ConsentGiver.PATIENT:
            raise RefusedByRule("R7", "a patient who lacks capacity cannot give this consent.")
