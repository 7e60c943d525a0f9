"""What all trails state of the inbox and of holds, each read on from where it was read last.

1. This computer's own trail is read like the others: whatever it entered, it finds again.
2. A trail that is not what was read before counts anew from its beginning, as after a restore.
3. Of a trail that does not hold, what comes before the flaw counts, and the flaw is said to whoever asks: it refuses,
   or goes on and says that nobody can know.
"""

from __future__ import annotations

from collections.abc import Iterable

from imgfile.errors import Damaged
from imgfile.record_state.trail_statements import Statement, TrailStatements, recall_statements, remember_statements
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.trail.read import EMPTY, TrailNote, counts, is_as_read, walk_from


def read_statements(vault: Vault) -> tuple[TrailStatements, Damaged | None]:
    """Return what the trails state by now, and what is wrong with the first of those that do not hold; else None."""
    known, flaw = recall_statements(vault.station), None
    before = dict(known.read)
    for station in vault.roster.station_keys:
        if station in known.read and not is_as_read(vault, station, known.read[station]):
            _forget(station, known)
        try:
            for note in walk_from(vault, station, known.read.get(station, EMPTY)[0] + 1):
                _take(note, known)
        except Damaged as error:
            flaw = flaw or error
    if known.read != before:
        remember_statements(vault.station, known)
    return known, flaw


def expect_statements(vault: Vault) -> TrailStatements:
    """Return what the trails state by now. Raises `Damaged` where one of them does not hold."""
    found, flaw = read_statements(vault)
    if flaw is not None:
        raise flaw
    return found


def settled_by(vault: Vault, item: str) -> list[str]:
    """Return the digests of the notes that trails, as far as they count, state to settle an item. Raises `Damaged`."""
    return counted_digests(vault, expect_statements(vault).settled.get(item, ()))


def counted_digests(vault: Vault, stated: Iterable[Statement]) -> list[str]:
    """Return the digests that are stated by trails as far as these count."""
    return [digest for station, number, digest in stated if counts(vault, station, number)]


def _forget(station: str, known: TrailStatements) -> None:
    del known.read[station]
    known.held.pop(station, None)


def _take(note: TrailNote, known: TrailStatements) -> None:
    for entry in note.entries:
        act = entry["act"]
        if act in {"item", "settled"} and layout.is_id(item := str(entry.get("item"))):
            stated = (note.station, note.number, str(entry.get("note")))
            of = known.settled if act == "settled" else known.items
            if stated not in (found := of.setdefault(item, [])):
                found.append(stated)
        elif act == "held":
            known.held.setdefault(note.station, {})[str(entry.get("hold"))] = str(entry.get("photo", ""))
        elif act == "lifted":
            known.held.get(note.station, {}).pop(str(entry.get("hold")), None)
    known.read[note.station] = (note.number, note.digest)
