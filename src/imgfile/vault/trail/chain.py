"""Appending to this station's audit trail: a note that follows its last one, durable before it is relied upon.

Before a note is written the vault is looked at: every trail must still hold what was seen of it, and is walked on from
there. A practice has many trails, so a run looks no oftener than that takes:

1. What was seen of another station's trail is read and compared once in a run; after that its name must be there still.
   This station's own newest note is read each time.
2. Evidence of what an earlier note has permitted, moments ago, states the other trails as that note saw them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from imgfile import notes
from imgfile.errors import Damaged, NotWritable
from imgfile.kept_notes import keep_trail
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.trail.read import EMPTY, Head, load


def append(vault: Vault, entries: Iterable[Body], *, is_evidence: bool = False) -> notes.Note:
    """Append one note to this station's trail, durably. Hold the station's lock. Raises `NotWritable`, `Damaged`.

    That it was appended is remembered durably too, but for evidence of what an earlier note has permitted: there a
    power cut may take the memory back by this one note.
    """
    vault.station.require_memory()
    _refuse_outdated(vault)
    own = vault.here.station
    heads = _heads_seen(vault) if is_evidence else newest_heads(vault)
    number, previous = heads.pop(own)
    body: Body = {
        "number": number + 1,
        "previous": previous,
        "heads": {station: list(head) for station, head in heads.items() if head != EMPTY},
        "entries": list(entries),
    }
    if not vault.roster.is_format_1:
        body["roster"] = list(vault.roster.seen)
    note = vault.sign("audit", body)
    data = note.encode()
    vault.store.publish(layout.trail(own, number + 1), data)
    keep_trail(vault.station, number + 1, data)
    seen = {**vault.station.seen_heads(), **heads, own: (number + 1, note.digest)}
    vault.station.remember_heads(seen, is_durable=not is_evidence)
    return note


def _refuse_outdated(vault: Vault) -> None:
    """Refuse to enter in version 1 what this station would state in version 2 by now. Raises `NotWritable`.

    Another imgfile of this account may have seen the roster that moved the vault since this one began.
    """
    if vault.roster.is_format_1 and vault.station.memory.highest > vault.roster.number:
        raise NotWritable("who belongs to the practice was changed while this ran.", "Run the same command again.")


def _heads_seen(vault: Vault) -> dict[str, Head]:
    """Return the newest notes as last seen, and this station's own as it is. Raises `Damaged`."""
    own, seen = vault.here.station, vault.station.seen_heads()
    heads = {entry.station: seen.get(entry.station, EMPTY) for entry in vault.roster.stations}
    return {**heads, own: _newest(vault, own, seen.get(own, EMPTY))}


def newest_heads(vault: Vault) -> dict[str, Head]:
    """Return the newest note of each open station's trail, walking on from those seen here. Raises `Damaged`."""
    seen = vault.station.seen_heads()
    stations = {entry.station: seen.get(entry.station, EMPTY) for entry in vault.roster.stations}
    there = _standing(vault, stations)
    heads = {station: _newest(vault, station, head, there) for station, head in stations.items()}
    own = vault.station.pin.station
    vault.heads_read.update({station: head for station, head in heads.items() if station != own})
    return heads


def _standing(vault: Vault, heads: Mapping[str, Head]) -> set[str]:
    """Return which of these notes, and of those that would follow them, are there; by their names among the trails."""
    names = [layout.trail_note(station, number) for station, (seen, _) in heads.items() for number in (seen, seen + 1)]
    return vault.store.standing(layout.AUDIT, names)


def _newest(vault: Vault, station: str, seen: Head, there: Collection[str] | None = None) -> Head:
    """Walk on from the newest note seen. Raises `Damaged` when that one is gone or another."""
    number, digest = seen
    is_there = there is not None and layout.trail_note(station, number) in there
    if number and not (is_there and vault.heads_read.get(station) == seen):
        _expect_unchanged(vault, station, seen)
    if there is not None and layout.trail_note(station, number + 1) not in there:
        return seen
    while vault.store.exists(layout.trail(station, number + 1)):
        note = load(vault, station, number + 1)
        if note.previous != digest:
            raise Damaged(f"{layout.trail(station, number + 1)} does not follow the note before it.", _CUT_HINT)
        number, digest = number + 1, note.digest
    return number, digest


def _expect_unchanged(vault: Vault, station: str, seen: Head) -> None:
    """See that a note is the one that was seen: that was verified then, so its text is not parsed again."""
    name = layout.trail(station, seen[0])
    if notes.text_digest(vault.store.read(name)) != seen[1]:
        raise Damaged(f"{name} is not the note this computer saw before.", _CUT_HINT)


_CUT_HINT = (
    "The audit trail was changed. File nothing until you know why:  imgfile verify\n"
    "A backup was restored, and there is no newer one?  imgfile vault accept-loss"
)
