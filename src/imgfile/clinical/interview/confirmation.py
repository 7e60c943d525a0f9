"""The last question: what is about to be filed, in the words of whoever will answer for it.

An ordinary photo is confirmed with `y`. An intimate photo of a child is attested with the last four digits of the
patient's number (R9), which also shows that the number was read once more. Photos of one message that share answers
are confirmed together: what they share is shown once, then each photo; those to be attested are, one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from imgfile.clinical.dates import show_age, show_date
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.shown import consent_words
from imgfile.clinical.patient import typed_ending
from imgfile.clinical.vocabulary import Origin, Safeguard, in_words
from imgfile.errors import AnswerInvalid
from imgfile.frozen import dataclass, field

ASK: Final = "File it? (y file, c change, q quit):"
ASK_TO_ATTEST: Final = "Last four digits of the patient number to attest and file (c change, q quit):"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What to show, the caller adding the source's fate, and what to ask."""

    lines: tuple[str, ...] = field(repr=False)
    words: str
    digits: str = field(repr=False)
    """What must be typed to attest, the end of the number; empty when `y` suffices."""

    @property
    def needs_digits(self) -> bool:
        """Whether filing is an attestation, so that --yes cannot stand for it (R9)."""
        return bool(self.digits)

    def with_skip(self) -> Confirmation:
        """Return the same, where one may also leave the photo and go on to the next."""
        words = self.words.replace("c change, ", "c change, s skip, ").replace("the patient number", "the number")
        return Confirmation(self.lines, words, self.digits)

    def accepts(self, text: str) -> bool:
        """Return whether what was typed files the photo."""
        if not self.digits:
            return text.strip().casefold() in {"y", "yes", "file"}
        try:
            return typed_ending(text) == self.digits
        except AnswerInvalid:
            return False


def confirmation(filing: Filing) -> Confirmation:
    """Put a filing into a few lines, with what the rules remark on it: patient, site, rationale, consent (R27)."""
    lines = [f"patient    {_who(filing)}; {_shown(filing)}", _reasons(filing)]
    if filing.needs_attestation:
        what = f"for {_purpose(filing)} only; {_attested(filing)}"
        lines += [consent_words(filing.consent, filing.origin), *_form(filing), what, *_warnings(filing)]
        return Confirmation(tuple(lines), ASK_TO_ATTEST, filing.patient.last_four)
    return Confirmation((*lines, _agreed(filing), *_form(filing), *_warnings(filing)), ASK, "")


@dataclass(frozen=True, slots=True)
class JointConfirmation:
    """What photos of one message share, what each has of its own, and what is asked, step by step.

    Photos are named by their numbers in the run. Nothing is filed before every step is confirmed.
    """

    shared: tuple[str, ...] = field(repr=False)
    own: Mapping[int, tuple[str, ...]] = field(repr=False)
    steps: tuple[Confirmation, ...]


def joint_confirmation(filings: Mapping[int, Filing]) -> JointConfirmation:
    """Put filings, by their photos' numbers, into what they share and what they do not; the first one's is shared."""
    first = next(iter(filings.values()))
    remarks = [text for text in _warnings(first) if all(text in _warnings(filing) for filing in filings.values())]
    shared = (f"patient    {_who(first)}", _reasons(first), _agreed(first), *_form(first), *remarks)
    ordinary = [number for number, filing in filings.items() if not filing.needs_attestation]
    steps = [Confirmation((), f"File {_photos(ordinary)}? (y file, c change, q quit):", "")] if ordinary else []
    for number, filing in filings.items():
        if filing.needs_attestation:
            words = f"Photo {number}. {ASK_TO_ATTEST.replace('patient number', 'number')}"
            steps.append(Confirmation((), words, filing.patient.last_four))
    own = {number: _own(filing, first, remarks) for number, filing in filings.items()}
    return JointConfirmation(shared, own, tuple(steps))


def _own(filing: Filing, first: Filing, remarks: Sequence[str]) -> tuple[str, ...]:
    """Return what a photo has of its own: where it departs from what is shared, that too."""
    site = f"{filing.body_site}; {_attested(filing)}" if filing.needs_attestation else _shown(filing)
    other = [words(filing) for words in (_who, _agreed) if words(filing) != words(first)]
    if _form(filing) != _form(first):
        other.extend(_form(filing) or ("no signed form",))
    if filing.rationale != first.rationale:
        other.append(_reasons(filing))
    return (site, *other, *(text for text in _warnings(filing) if text not in remarks))


def _photos(numbers: Sequence[int]) -> str:
    *others, last = map(str, numbers)
    return f"photos {', '.join(others)} and {last}" if others else f"photo {last}"


def _reasons(filing: Filing) -> str:
    return f"rationale  {' '.join(filing.rationale.split())}"


def _who(filing: Filing) -> str:
    born, on = filing.date_of_birth, filing.decided_on
    return f"{filing.patient.grouped}, born {show_date(born)}, {show_age(born, on)}"


def _warnings(filing: Filing) -> tuple[str, ...]:
    lines = [f"{finding.rule}: {finding.sentence}" for finding in filing.warnings]
    if filing.origin is Origin.UNSOLICITED:
        lines.append("it was sent unasked; they agreed since")
    if filing.view_once:
        lines.append("it was sent to vanish; they agreed that it is kept")
    if filing.date_reason:
        lines.append(f"all the same, since: {filing.date_reason}")
    if filing.shows_another:
        lines.append(f"it shows another patient too: {filing.shows_another}")
    return tuple(lines)


def _shown(filing: Filing) -> str:
    return f"{filing.body_site}, {'intimate' if filing.is_intimate else 'not intimate'}"


def _attested(filing: Filing) -> str:
    stated = "; no objection told" if (filing.safeguards or {}).get(Safeguard.NO_OBJECTION_TOLD) else ""
    return f"intimate, child; attested by {filing.attested_by}{stated}"


def _agreed(filing: Filing) -> str:
    return f"{consent_words(filing.consent, filing.origin)}; for {_purpose(filing)}"


def _purpose(filing: Filing) -> str:
    return f"{filing.purpose.label}{f' since {filing.follows.reference}' if filing.follows else ''}"


def _form(filing: Filing) -> tuple[str, ...]:
    """Return which signed form is sealed beside the photo, and what it is for; nothing of most photos (R3, R4)."""
    if filing.signed_form is None:
        return ()
    consent = filing.consent
    uses = in_words(consent.covers) or "care"
    where = f" in {consent.outlet}" if consent.outlet else ""
    seen = "; the patient may be recognised" if consent.is_recognisable else ""
    return (f"form       {filing.signed_form}, for {uses}{where}{seen}; its own file stays",)
