"""The last question: what is about to be filed, in the words of whoever will answer for it.

An ordinary photo is confirmed with `y`. An intimate photo of a child is attested with the last four digits of the
patient's number (R9), which also shows that the number was read once more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from imgfile.clinical.dates import show_age, show_date
from imgfile.clinical.filing import Filing
from imgfile.clinical.patient import ascii_digits
from imgfile.clinical.vocabulary import ConsentBasis
from imgfile.errors import AnswerInvalid

ASK: Final = "File it? (y file, c change, q quit):"
ASK_TO_ATTEST: Final = "Last four digits of the patient number to attest and file (c change, q quit):"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What to show, the caller adding the source's fate, and what to ask."""

    lines: tuple[str, ...] = field(repr=False)
    words: str
    digits: str = field(repr=False)
    """What must be typed to attest; empty when `y` suffices."""

    @property
    def needs_digits(self) -> bool:
        """Whether filing is an attestation, so that --yes cannot stand for it (R9)."""
        return bool(self.digits)

    def accepts(self, text: str) -> bool:
        """Tell whether what was typed files the photo."""
        if not self.digits:
            return text.strip().casefold() in {"y", "yes"}
        try:
            return ascii_digits(text) == self.digits
        except AnswerInvalid:
            return False


def confirmation(filing: Filing) -> Confirmation:
    """Put a filing into two or three lines, with what the rules remark on it."""
    born, on = filing.date_of_birth, filing.decided_on
    who = f"{filing.patient.grouped}, born {show_date(born)}, {show_age(born, on)}"
    warnings = tuple(f"{finding.rule}: {finding.sentence}" for finding in filing.warnings)
    if filing.needs_attestation:
        what = f"for {_purpose(filing)} only; intimate, child; attested by {filing.attested_by}"
        return Confirmation((who, _consent(filing), what, *warnings), ASK_TO_ATTEST, filing.patient.last_four)
    intimate = "intimate" if filing.is_intimate else "not intimate"
    lines = (f"{who}; {filing.body_site}, {intimate}", f"{_consent(filing)}; for {_purpose(filing)}")
    return Confirmation((*lines, *warnings), ASK, "")


def _purpose(filing: Filing) -> str:
    return f"{filing.purpose.label}{f' since {filing.follows.reference}' if filing.follows else ''}"


def _consent(filing: Filing) -> str:
    consent = filing.consent
    asked = f"{consent.obtained_by} {show_date(consent.obtained_at)}"
    match consent.basis:
        case ConsentBasis.PATIENT_CAPACITY_16PLUS | ConsentBasis.COMPETENT_MINOR:
            return f"{consent.basis.label} consent, {consent.form.label}, asked by {asked}"
        case ConsentBasis.PARENTAL_RESPONSIBILITY | ConsentBasis.LOCAL_AUTHORITY_OR_COURT:
            return f"{consent.basis.label}: {consent.giver.label}, {consent.form.label}, asked by {asked}"
        case ConsentBasis.HEALTH_WELFARE_ATTORNEY | ConsentBasis.COURT_DEPUTY_OR_GUARDIAN:
            return f"{consent.giver.label}, {consent.form.label}, asked by {asked}"
        case _:
            return f"{consent.basis.label}: decided by {asked}"
