"""Records that one person destroyed on a withdrawal: whether they might, by the trails up to where they saw them (R24).

A trail counts up to the head that the tombstone names, and up to every note that its station had seen, or written,
before it entered the tombstone: so whoever names old heads hides nothing that was there to be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Finding, Found, Kind
from imgfile.vault.life import history as life
from imgfile.vault.life.early_end import (
    Bar,
    Watched,
    day_of,
    earlier_places,
    latest_day,
    of_record,
    photo_of,
    use_of,
    watch_for,
)
from imgfile.vault.life.gone import Gone
from imgfile.vault.life.history import History
from imgfile.vault.life.settled import accepted_items
from imgfile.vault.trail.read import TrailNote, walk

Stone: TypeAlias = tuple[History, Gone]
"""A record that is gone, and its tombstone."""


@dataclass
class Withdrawn:
    """The records whose tombstone says `withdrawn`, and what the trails hold against it."""

    records: Mapping[str, Stone] = field(default_factory=dict, repr=False)
    watched: dict[str, Watched] = field(default_factory=dict, repr=False)
    """Of each such record, what the trails are searched for."""
    uses: dict[str, list[tuple[str, int, Bar]]] = field(default_factory=dict, repr=False)
    """Record → trail, number and what stands there."""
    days: dict[str, list[tuple[int, date]]] = field(default_factory=dict, repr=False)
    """Of each trail, the numbers at which it came to a later day."""
    seen: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)
    """Of each station, how far it has seen each trail, its own too, as its trail is walked."""
    held: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict, repr=False)
    """Trail and safeguarding hold → the numbers at which a photo of this mark was put on it, or none was any more."""
    entered: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)
    """Digest of a tombstone → how far its station had seen each trail before it entered it."""

    @classmethod
    def of(cls, vault: Vault, records: Mapping[str, Stone], *, may_pass_over: bool = False) -> Withdrawn:
        """Begin with the records that were found withdrawn. Raises `Damaged`.

        `may_pass_over`: items of the inbox that do not hold are found elsewhere, and passed over here.
        """
        items = accepted_items(vault, may_pass_over=may_pass_over) if records else {}
        return cls(records, {record: watch_for(vault, of.manifest, items) for record, (of, _) in records.items()})

    def __post_init__(self) -> None:
        self._ids = frozenset(one for each in self.watched.values() for one in each.records)

    def read(self, note: TrailNote) -> None:
        """Take what a note states, in the order of its trail."""
        if not self.records:
            return
        seen = self.seen.setdefault(note.station, {})
        for entry in note.entries:
            use = use_of(entry)
            if use is not None and photo_of(entry) in self._ids:
                self.uses.setdefault(str(photo_of(entry)), []).append((note.station, note.number, use))
            if entry["act"] == "gone":
                self.entered[str(entry.get("note"))] = dict(seen)
            if entry["act"] in {"held", "lifted"}:
                mark = str(entry.get("photo", "")) if entry["act"] == "held" else ""
                self.held.setdefault((note.station, str(entry.get("hold"))), []).append((note.number, mark))
        latest, days = latest_day(note), self.days.setdefault(note.station, [])
        if latest is not None and (not days or latest > days[-1][1]):
            days.append((note.number, latest))
        for station, (number, _) in note.heads.items():
            seen[station] = max(seen.get(station, 0), number)
        seen[note.station] = note.number


def check_withdrawn(vault: Vault, found: Withdrawn) -> Iterator[Found]:
    """Find each record that one person destroyed though the rule kept it."""
    for history, stone in found.records.values():
        against = list(dict.fromkeys(_bars(vault, found, history, stone)))
        if against:
            yield Finding(Kind.DAMAGED, stone.note, f"One person destroyed it, though {'; '.join(against)} (R24).")


def holds(vault: Vault, of: History, stone: Gone) -> bool:
    """Return whether one person might destroy a record, by every trail; else no key of it goes. Raises `Damaged`."""
    found = Withdrawn.of(vault, {of.manifest.record: (of, stone)})
    for station in vault.roster.station_keys:
        for note in walk(vault, station):
            found.read(note)
    return not list(check_withdrawn(vault, found))


def _bars(vault: Vault, found: Withdrawn, history: History, stated: Gone) -> Iterator[Bar]:
    wanted = found.watched[history.manifest.record]
    filed_on = wanted.filed_on
    if day_of(stated.at) != filed_on:
        yield Bar.ANOTHER_DAY
    yield from of_record(history.known_to(stated.knew))
    for earlier in earlier_places(vault, history.manifest):
        yield from of_record(life.load(vault, earlier))
    ends = {station: number for station, (number, _) in stated.heads.items()}
    for station, number in found.entered.get(stated.digest, {}).items():
        ends[station] = max(ends.get(station, 0), number)
    for station, number, use in (each for record in wanted.records for each in found.uses.get(record, ())):
        if number <= ends.get(station, 0):
            yield use
    if history.manifest.same_mark and history.manifest.same_mark in _on_hold(vault, found, stated, ends):
        yield Bar.SAFEGUARDED
    for station, end in ends.items():
        if any(number <= end and day > filed_on for number, day in found.days.get(station, ())):
            yield Bar.ANOTHER_DAY


def _on_hold(vault: Vault, found: Withdrawn, stated: Gone, ends: Mapping[str, int]) -> Iterator[str]:
    """Yield the marks of the photos that computers which were open then had on hold, up to these ends."""
    for (station, _), entries in found.held.items():
        closed = vault.roster.closed_station(station)
        marks = [mark for number, mark in entries if number <= ends.get(station, 0)]
        if marks and (closed is None or closed.roster > stated.roster[0]):
            yield marks[-1]
