"""Reading an audit trail: one signed chain of notes per station.

Each note holds a batch of entries, the digest of the station's note before, and the newest notes of the other
stations' trails as last seen, so that a trail cut short is provable once somebody else has written. An entry
identifies nobody: records by their random names, people by their roster ids. The station is authenticated, the
actor is asserted.
"""

from __future__ import annotations

from collections.abc import Iterator

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
    keys = vault.roster.station_keys
    signers = {station: keys[station]} if station in keys else {}
    note = notes.verified_note(vault.store.read(name), signers, kind="audit", vault=vault.id)
    found = _parse(note)
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
    """Yield a station's trail from a certain note on. Raises `Damaged`."""
    while vault.store.exists(layout.trail(station, number)):
        yield load(vault, station, number)
        number += 1
