"""Consent to make and keep a photo: who decided, on what basis, how, and what was explained (GMC; rules R6, R7).

What can be seen from a consent alone is refused here; what needs the patient's age, the photo or its purpose is
judged in `rules`. This is never the data-protection basis, which for direct care is not consent.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.proofs import Digest
from imgfile.clinical.text import check_line, check_text
from imgfile.clinical.vocabulary import Capacity, ConsentForm, Explained, MinorCompetence, PrEvidence, Purpose
from imgfile.errors import AnswerInvalid, RefusedByRule
from imgfile.frozen import dataclass, field

_SHA256: Final = "[0-9a-f]{64}"


def is_document(digest: str) -> bool:
    """Return whether this may be a consent document's SHA-256, in lower-case hex."""
    return bool(re.fullmatch(_SHA256, digest))


def check_document(digest: str) -> None:
    """Check that a consent document is named by its SHA-256 in lower-case hex. Raises AnswerInvalid."""
    if not is_document(digest):
        raise AnswerInvalid("is not the SHA-256 of a document: 64 digits and letters a to f")


@dataclass(frozen=True, slots=True)
class SignedForm:
    """A signed consent: the form itself, to be sealed with the record, or the digest of one that lies elsewhere."""

    digest: Digest
    """SHA-256 of its bytes."""
    media_type: str = ""
    data: bytes = field(default=b"", repr=False)
    """The form's bytes; empty where nothing but its digest is known."""
    named: str = field(default="", repr=False)
    """Its file, as whoever files named it."""

    @property
    def is_here(self) -> bool:
        """Whether the form itself was given."""
        return bool(self.data)

    def __str__(self) -> str:
        return self.named or self.digest


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
    decided_by: str = field(default="", repr=False)
    """The name of the attorney, deputy or guardian who decided; records of 0.1.0 have none."""
    authority: str = field(default="", repr=False)
    """Which document says that they may, and who saw it."""
    consulted: str = field(default="", repr=False)
    """Who was consulted where a clinician decided for the patient, or why nobody was."""
    minor_competence: MinorCompetence = MinorCompetence.NOT_ASSESSED
    competence_evidence: str = field(default="", repr=False)
    document: str = ""
    """The SHA-256 of a signed consent, if there is one."""
    covers: frozenset[Purpose] = frozenset()
    """The uses beyond care that the signed form names, which is sealed beside the photo then (R3, R4)."""
    outlet: str = field(default="", repr=False)
    """Where it may be published: one place (R4)."""
    is_recognisable: bool = False
    """Whether the patient may be recognised in a copy for such a use (R5)."""

    def __post_init__(self) -> None:
        check_line(self.obtained_by)
        for evidence in filter(None, (self.capacity_evidence, self.competence_evidence)):
            check_text(evidence)
        for line in filter(None, (self.decided_by, self.authority, self.consulted)):
            check_line(line)
        if self.document:
            check_document(self.document)
        self._check_covered()
        self._check_giver_and_form()
        self._check_competence()
        self._check_capacity()

    def _check_covered(self) -> None:
        if self.covers and not self.document:
            raise RefusedByRule("R3", "uses beyond care rest on a signed form that names them.")
        if self.outlet:
            check_line(self.outlet)
        if (self.outlet or self.is_recognisable) and not self.covers:
            raise AnswerInvalid("an outlet, or that the patient may be recognised, goes with a use beyond care.")

    def _check_giver_and_form(self) -> None:
        if self.giver not in self.basis.terms.givers:
            raise AnswerInvalid(f'the giver "{self.giver.label}" does not fit the basis "{self.basis.label}".')
        if (self.form is ConsentForm.NOT_APPLICABLE) is self.basis.terms.is_agreement:
            raise AnswerInvalid(f'the form "{self.form.label}" does not fit the basis "{self.basis.label}".')
        if (self.pr_evidence is not None) is not self.basis.terms.states_parental_responsibility:
            raise AnswerInvalid("parental responsibility says how it is known, and no other basis does.")

    def _check_competence(self) -> None:
        is_competent = self.minor_competence is MinorCompetence.COMPETENT
        if self.basis.terms.needs_competence and not (is_competent and self.competence_evidence):
            raise RefusedByRule("R6", "a competent child's consent needs a record of how competence was assessed.")

    def _check_capacity(self) -> None:
        lacks = self.capacity is Capacity.ASSESSED_LACKS
        if lacks and not self.capacity_evidence:
            raise RefusedByRule("R7", "lacking capacity needs evidence: who assessed it, and when.")
        if self.basis.terms.is_substitute and not lacks:
            raise RefusedByRule("R7", "an attorney or deputy decides only for a patient assessed as lacking capacity.")
        if lacks and self.giver is ConsentGiver.PATIENT:
            raise RefusedByRule("R7", "a patient who lacks capacity cannot give this consent.")
