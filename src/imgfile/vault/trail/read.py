"""Reading an audit trail: one signed chain of notes per station.

Each note holds a batch of entries, the digest of the station's note before, and the newest notes of the other
stations' trails as last seen, so that a trail cut short is provable once somebody else has written. An entry
identifies nobody: records by their random names, people by their roster ids. The station is authenticated, the
actor is asserted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imgfile import notes
from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.roster.json import seen_of
from imgfile.vault.roster.model import Seen

Head = tuple[int, str]
"""A trail's newest note: its number (0 for none) and its digest."""
EMPTY: Head = (0, "")
FILINGS: Final = frozenset({"filed", "matched"})
"""What an entry says that states a record."""


@dataclass(frozen=True, slots=True)
class TrailNote:
    """One verified note of a trail."""

    station: str
    number: int
    previous: str
    heads: dict[str, Head]
    entries: tuple[Body, ...]
    digest: str
    roster: Seen | None
    """The newest roster that its station knew; unknown in format 1."""

    @property
    def at(self) -> str:
        """When its last entry was made, as its station's clock had it; empty where it has none."""
        return str(self.entries[-1].get("at", "")) if self.entries else ""


def load(vault: Vault, station: str, number: int) -> TrailNote:
    """Read one note of a trail. Raises `Damaged`."""
    name = layout.trail(station, number)
    found = _parse(vault.station_note(name, "audit", by=station))
    if found is None:
        raise Damaged(f"{name} does not say what an audit note says.")
    if found.number != number:
        raise Damaged(f"{name} is another note of the trail.")
    return found


def _parse(note: notes.Note) -> TrailNote | None:
    match note.body:
        case {"number": int(number), "previous": str(previous), "heads": {**heads}, "entries": [*entries]} if all(
            map(_is_entry, entries)
        ):
            try:
                seen = {str(other): seen_of(value) for other, value in heads.items()}
                roster = None if note.version == layout.FORMAT_1 else seen_of(note.body.get("roster"))
            except ValueError:
                return None
            return TrailNote(note.signer, number, previous, seen, tuple(entries), note.digest, roster)
    return None


def _is_entry(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("act"), str)


def newest_number(vault: Vault, station: str, known: int) -> int:
    """Return the number of a trail's newest note, walking on from one that is known; nothing is read or verified."""
    while vault.store.exists(layout.trail(station, known + 1)):
        known += 1
    return known


def walk(vault: Vault, station: str) -> Iterator[TrailNote]:
    """Yield a station's trail from its first note, without judging the chain; `verify` does. Raises `Damaged`."""
    yield from walk_from(vault, station, 1)


def walk_from(vault: Vault, station: str, number: int) -> Iterator[TrailNote]:
    """Yield a station's trail from a certain note on, as far as it counts. Raises `Damaged`."""
    while counts(vault, station, number) and vault.store.exists(layout.trail(station, number)):
        yield load(vault, station, number)
        number += 1


def is_as_read(vault: Vault, station: str, head: Head) -> bool:
    """Return whether a trail still holds the note up to which it was read; of one that is not there that is presumed.

    What cannot be read, or is another note, is for whoever walks the trail to judge.
    """
    number, digest = head
    name = layout.trail(station, number)
    if not vault.store.exists(name):  # a share can take a minute to show it
        return True
    try:
        return notes.text_digest(vault.store.read(name)) == digest
    except Damaged:
        return False


def entries_of(vault: Vault, station: str) -> Iterator[Body]:
    """Yield what a station's trail says, as far as it counts, oldest first. Raises `Damaged`."""
    for note in walk(vault, station):
        yield from note.entries


def every_entry(vault: Vault) -> Iterator[Body]:
    """Yield what every trail says, as far as each counts, one trail after the other. Raises `Damaged`."""
    for station in vault.roster.station_keys:
        yield from entries_of(vault, station)


def counts(vault: Vault, station: str, number: int) -> bool:
    """Return whether a note of a trail with this number counts: of a closed station, none beyond its end."""
    closed = vault.roster.closed_station(station)
    return closed is None or number <= closed.head[0]


def states_filing(vault: Vault, station: str, record: str, manifest: str) -> bool:
    """Return whether a trail, as far as it counts, states that a record was filed with this manifest."""
    return any(
        entry["act"] in FILINGS and (entry.get("record"), entry.get("manifest")) == (record, manifest)
        for entry in entries_of(vault, station)
    )
