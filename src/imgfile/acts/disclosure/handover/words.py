"""What is printed beside a photo that is handed over, and what is pasted into the consultation: the same words.

A document system shows a page to somebody who matches it with a patient by what stands on it (so the number and the
birth date are large), and whoever reads it later has no other source: what it shows, when, who filed it, on whose
agreement, and why. Nothing of the original file's metadata but the time at which it was taken.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from imgfile.acts.disclosure.of_patient import made_at
from imgfile.acts.disclosure.page.shown import clocks
from imgfile.clinical.dates import show_date
from imgfile.clinical.interview.shown import consent_words
from imgfile.clinical.patient import Scheme
from imgfile.clinical.record.model import Record, SourceKind
from imgfile.counts import counted
from imgfile.frozen import dataclass, field
from imgfile.vault import layout
from imgfile.vault.access import Vault

HEADING: Final = "Clinical photograph"
_NUMBER: Final = {Scheme.LOCAL: "Patient number"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One photo in words."""

    reference: str
    number_label: str
    number: str = field(repr=False)
    """As it is printed: 999 000 0018."""
    code: str = field(repr=False)
    """As a bar code has it."""
    born: str = field(repr=False)
    made: datetime
    """By which photos of one patient are put in order: when it was taken, else filed; without an offset."""
    rows: tuple[tuple[str, str], ...] = field(repr=False)
    """What stands beneath: a label, and a text."""


def printed(vault: Vault, facts: Record) -> Printed:
    """Put what is known of a photo into words."""
    return Printed(
        reference=layout.reference(facts.place.record),
        number_label=_NUMBER.get(facts.patient.scheme, f"{facts.patient.scheme.label} number"),
        number=facts.patient.grouped,
        code=facts.patient.number,
        born=show_date(facts.date_of_birth),
        made=made_at(facts),
        rows=tuple(_rows(vault, facts)),
    )


def _rows(vault: Vault, facts: Record) -> Iterator[tuple[str, str]]:
    decision = facts.decision
    yield "Shows", f"{decision.body_site}{' (intimate)' if decision.intimate_site else ''}"
    if decision.shows_another:
        yield "Shows too", f"another patient: {decision.shows_another}"
    yield "Taken", _taken(facts)
    yield "Received", _received(facts)
    yield "Filed by", _filed_by(vault, facts)
    yield "Consent", f"{consent_words(facts.consent, decision.origin)}; for {decision.purpose.label}"
    if decision.attested_by:
        yield "Attested by", str(decision.attested_by)
    yield "Rationale", " ".join(decision.rationale.split())


def _taken(facts: Record) -> str:
    taken = facts.picture.taken_at
    if taken is None:
        return "not known, the photo does not say"
    doubt = f" ({facts.decision.date_reason})" if facts.decision.date_reason else " by the camera's clock"
    return f"{_moment(taken)}{doubt}"


def _received(facts: Record) -> str:
    filed = f"filed {_moment(facts.filed_at.astimezone())}"
    if facts.source.kind is not SourceKind.MAIL:
        return filed
    try:
        sent = datetime.fromisoformat(facts.source.sent_at)
    except ValueError:
        return f"by mail; {filed}"
    return f"by mail, sent {_moment(sent.astimezone() if sent.tzinfo else sent)}; {filed}"


def _filed_by(vault: Vault, facts: Record) -> str:
    """Return at which computer it was filed, and whose that is: what the signature on the record proves."""
    roster, station = vault.roster, facts.place.station
    entry = roster.station(station)
    owner = roster.title_of(entry.person) if entry is not None and entry.person else None
    name = roster.station_names.get(station, "a computer of the practice")
    return f"{owner}, at {name}" if owner else name


def _moment(moment: datetime) -> str:
    return f"{show_date(moment.date())} {moment:%H:%M}"


def days_between(photos: Sequence[Printed]) -> Iterator[str]:
    """Yield for each photo after the first how long after which earlier one it was taken; of one day, at what time."""
    for number, (before, after) in enumerate(itertools.pairwise(photos), 1):
        days = (after.made.date() - before.made.date()).days
        if days:
            yield f"{counted(days, 'day')} after photo {number} ({show_date(before.made.date())})"
        else:
            earlier, later = clocks([before.made, after.made])
            yield f"at {later}, the same day as photo {number} ({show_date(before.made.date())} {earlier})"


def paste_lines(photos: Sequence[Printed], copies: Sequence[str], *, is_text_alone: bool = False) -> Iterator[str]:
    """Yield the lines for the consultation: of each photo what it shows, when and why, who agreed, and where it is.

    `copies` are the names of the files that are handed over with them.
    """
    first = photos[0]
    yield f"{HEADING}{'s' if len(photos) > 1 else ''}: {first.number_label} {first.number}, born {first.born}"
    apart = ["", *days_between(photos)]
    for photo, since in zip(photos, apart, strict=True):
        rows = dict(photo.rows)
        yield "; ".join(filter(None, (f"{photo.reference}  {rows.pop('Shows')}", since)))
        yield from (f"  {label}: {text}" for label, text in rows.items())
    if is_text_alone:
        yield "The photo is kept in the practice's sealed photo store and is not in this record (intimate, under 18)."
    elif copies:
        yield f"Attached: {', '.join(copies)}"
    references = ", ".join(photo.reference for photo in photos)
    yield f"Kept in the practice's sealed photo store as {references}."


def paste_text(photos: Sequence[Printed], copies: Sequence[str], *, is_text_alone: bool = False) -> bytes:
    """Return these lines as a file that any editor of a practice opens: UTF-8, with the line ends of Windows."""
    return "".join(f"{line}\r\n" for line in paste_lines(photos, copies, is_text_alone=is_text_alone)).encode()
