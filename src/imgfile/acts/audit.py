"""Reporting what the audit trail says.

1. Every chain is checked: its signatures, that each note follows the one before, and that none is shorter than
   somebody has seen it.
2. What is reported names no patient: records by their references, people by the roster, computers by their names.
3. A note that does not hold is left out, and reported as a finding; the notes after it are reported.
4. Reasons are sealed. Only with an identity are they opened, and each must be the one its entry names.
5. Whoever asks for some entries gets those; what is wrong with the trails is reported whatever is asked for. All of
   every trail is read for that: an entry tells of its record, and nothing tells where a record's entries are.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from imgfile.acts.disclosure.open import Reader, name_of
from imgfile.clinical.dates import ANY_DAY, Days
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Closed, Damaged, UsageError
from imgfile.frozen import dataclass, field
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Finding, Kind, settled
from imgfile.vault.checks.trails import check_chains
from imgfile.vault.life import gone
from imgfile.vault.life.early_end import watch_for
from imgfile.vault.life.gone import Gone
from imgfile.vault.life.kept_reasons import kept_reason
from imgfile.vault.records import manifest
from imgfile.vault.records.find import find, record_names
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.times import parse_time
from imgfile.vault.trail import read as trail
from imgfile.vault.trail.read import TrailNote
from imgfile.vault.trail.reasons import StatedReason, folder_of, open_reason, stated_reason


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what was done, when (`2026-11-22T14:03:11Z`), on which computer, to which record ("" for none).

    `details` are the entry's own words that identify nobody: `evidence`, `read_back`, `purpose`; and how many photos
    and parts in no record went with an export, `unfiled` and `unsearched`; of a `roster` that was signed, its number.
    """

    at: str
    station: str
    number: int
    act: str
    record: str
    actor: str
    details: dict[str, str]
    reason: str | None = field(default=None, repr=False)
    is_closed: bool = False
    """Whether its reason is closed to whoever reads: they had left before it was sealed."""


@dataclass(frozen=True, slots=True)
class Which:
    """Which entries are asked for; a part that was not given is met by every one."""

    record: str = ""
    """A reference, or how one begins, as `layout.normalise_reference` spells it."""
    before: frozenset[str] = frozenset()
    """The ids that the photo of this record had before: under another number or patient, or in the inbox."""
    folders: frozenset[PatientFolder] = frozenset()
    """A patient's directories, one for each scheme that the number fits; empty for everybody's."""
    records: frozenset[str] = frozenset()
    """The ids of that patient's records, which some entries name alone."""
    holds: frozenset[str] = frozenset()
    """The marks by which computers left the photos of these records alone, or let go of them, wherever they came in."""
    photos: frozenset[str] = frozenset()
    """The keyed marks of those photos, which an entry names that is of no record."""
    actor: tuple[str, ...] = field(default=(), repr=False)
    """Words of a name or registration, or of a computer's name, whole or how they begin."""
    days: Days = ANY_DAY

    def asks_for(self, entry: Entry, body: Body) -> bool:
        """Return whether an entry, and what it says as it is written, is one of those."""
        return self._is_of_record(body) and self._is_of_patient(body) and self._is_by(entry) and self._is_then(entry)

    def _is_of_record(self, body: Body) -> bool:
        return (
            not self.record
            or self._is_of_photo(body)
            or any(
                each in self.before or layout.reference(RecordId(each)).startswith(self.record) for each in _named(body)
            )
        )

    def _is_of_photo(self, body: Body) -> bool:
        return body.get("photo") in self.photos or body.get("hold") in self.holds

    def _is_of_patient(self, body: Body) -> bool:
        if not self.folders or body.get("patient") in self.folders or self._is_of_photo(body):
            return True
        return not self.records.isdisjoint(_named(body))

    def _is_by(self, entry: Entry) -> bool:
        if not self.actor:
            return True
        from imgfile.clinical.sites.match import stand_in  # noqa: PLC0415 - where somebody is named

        return stand_in(self.actor, [entry.actor, entry.station])

    def _is_then(self, entry: Entry) -> bool:
        if self.days == ANY_DAY:
            return True
        try:
            return parse_time(entry.at).astimezone().date() in self.days
        except ValueError:  # nobody knows: it is not left out
            return True


def of_record(vault: Vault, reference: str) -> Which:
    """Ask for the entries of a record, and of its photo before it was moved, rekeyed or accepted.

    Where that is not known, of damage or since several are called so, for those that are called so.
    """
    try:
        of = find(vault, reference)
        return _with_photos(vault, Which(record=reference, before=watch_for(vault, of).records), [of])
    except (UsageError, Damaged):  # an item of the inbox is no record; the trails themselves are read all the same
        return Which(record=reference)


def of_patient(vault: Vault, folders: Iterable[PatientFolder]) -> Which:
    """Ask for the entries of a patient, by where their records lie. Raises `Damaged`."""
    places = frozenset(folders)
    names = [(place, record) for place in places for record in record_names(vault, place)]
    which = Which(folders=places, records=frozenset(record for _, record in names))
    return _with_photos(vault, which, _manifests(vault, names))


def _manifests(vault: Vault, names: Iterable[tuple[PatientFolder, RecordId]]) -> Iterator[Manifest]:
    for folder, record in names:
        with contextlib.suppress(Damaged):  # `verify` reports it; what else is known of it is shown all the same
            yield manifest.load(vault, folder, record)


def _with_photos(vault: Vault, which: Which, records: Iterable[Manifest]) -> Which:
    """Ask too for what was entered of the photos of these records where they came in once more, and were not filed."""
    photos = frozenset(each.same_mark for each in records if each.same_mark)
    entries = (
        body for station in vault.roster.station_keys for note in _notes(vault, station) for body in note.entries
    )
    holds = {str(body.get("hold")) for body in entries if body.get("photo") in photos and body.get("hold")}
    return replace(which, photos=photos, holds=frozenset(holds))


def _named(body: Body) -> list[str]:
    """Return the ids of the records, or the item of the inbox, that an entry names."""
    several = body.get("records")
    named = [body.get("record"), body.get("item"), *(several if isinstance(several, list) else ())]
    return [each for each in named if isinstance(each, str) and layout.is_id(each)]


_DETAILS: Final = ("evidence", "read_back", "purpose", "unfiled", "unsearched", "how")


def read_trails(
    vault: Vault, reader: Reader | None, which: Which | None = None, passed: Callable[[int], None] = lambda _: None
) -> Iterator[Entry | Finding]:
    """Yield every entry that is asked for, oldest first, then what is wrong with the trails.

    With a reader, reasons are opened. `passed` is called for each entry that is not asked for.
    """
    named, asked = vault.roster.station_names, which or Which()
    chains = (_read_chain(vault, station, called, reader, asked, passed) for station, called in named.items())
    yield from heapq.merge(*chains, key=lambda item: item.at if isinstance(item, Entry) else "")
    yield from settled(check_chains(vault))


def _read_chain(  # noqa: PLR0913, PLR0917 - a trail, and what is asked of all of them
    vault: Vault, station: str, called: str, reader: Reader | None, which: Which, passed: Callable[[int], None]
) -> Iterator[Entry | Finding]:
    for note in _notes(vault, station):
        for body in note.entries:
            entry = _entry(vault, called, note.number, body)
            if not which.asks_for(entry, body):
                passed(1)
                continue
            if reader is None or not ("reason" in body or body.get("act") == "gone"):
                yield entry
                continue
            try:
                yield _with_reason(vault, entry, body, reader)
            except Closed:
                yield replace(entry, is_closed=True)
            except Damaged as error:
                yield entry
                yield Finding(Kind.DAMAGED, layout.trail(station, note.number), error.message)


def _notes(vault: Vault, station: str) -> Iterator[TrailNote]:
    """Yield the notes that hold and count; the others are reported by `check_chains`."""
    number = 1
    while trail.counts(vault, station, number) and vault.store.exists(layout.trail(station, number)):
        with contextlib.suppress(Damaged):
            yield trail.load(vault, station, number)
        number += 1


def _entry(vault: Vault, station: str, number: int, body: Body) -> Entry:
    record, actor = str(body.get("record") or body.get("item", "")), str(body.get("actor", ""))
    return Entry(
        at=str(body.get("at", "")),
        station=station,
        number=number,
        act=str(body.get("act", "")),
        record=layout.reference(RecordId(record)) if layout.is_id(record) else "",
        actor=name_of(vault, actor) if actor else "",
        details=_details(body),
    )


def _details(body: Body) -> dict[str, str]:
    details = {name: str(body[name]) for name in _DETAILS if body.get(name)}
    return {**details, "roster": str(body.get("number", ""))} if body.get("act") == "roster" else details


def _with_reason(vault: Vault, entry: Entry, body: Body, reader: Reader) -> Entry:
    folder = folder_of(body)
    if folder is None:  # it becomes a path
        raise Damaged("an entry names its reason in no way that a reason can be named.")
    stated = _burnt_reason(vault, folder, body)
    if tombstone := _tombstone(vault, folder, body) if stated or "reason" not in body else None:
        return replace(entry, reason=kept_reason(vault, tombstone, stated, reader.practice))
    if "reason" not in body:
        return entry
    return replace(entry, reason=open_reason(vault, folder, body["reason"], reader.practice))


def _burnt_reason(vault: Vault, folder: PatientFolder, body: Body) -> StatedReason | None:
    """Return the reason that an entry states, where its key is not there any more."""
    try:
        stated = stated_reason(folder, body.get("reason"))
    except ValueError:  # there is none, or `open_reason` says so
        return None
    return stated if stated.key is not None and not vault.store.exists(stated.key.name) else None


def _tombstone(vault: Vault, folder: PatientFolder, body: Body) -> Gone | None:
    """Return in whose place there is one, of the record that an entry names."""
    record = str(body.get("record"))
    return gone.load(vault, folder, RecordId(record)) if layout.is_id(record) else None
