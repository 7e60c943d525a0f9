"""Appending to this station's audit trail: a note that follows its last one, durable before it is relied upon."""

from __future__ import annotations

from collections.abc import Iterable

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
    heads = newest_heads(vault)
    own = vault.here.station
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


def newest_heads(vault: Vault) -> dict[str, Head]:
    """Return the newest note of each open station's trail, walking on from those seen here. Raises `Damaged`."""
    seen = vault.station.seen_heads()
    return {
        entry.station: _newest(vault, entry.station, seen.get(entry.station, EMPTY)) for entry in vault.roster.stations
    }


def _newest(vault: Vault, station: str, seen: Head) -> Head:
    """Walk on from the newest note seen. Raises `Damaged` when that one is gone or another."""
    number, digest = seen
    # The note that was remembered was verified then: its text need only be the same, and is not parsed again.
    if number and notes.text_digest(vault.store.read(layout.trail(station, number))) != digest:
        raise Damaged(f"{layout.trail(station, number)} is not the note this computer saw before.", _CUT_HINT)
    while vault.store.exists(layout.trail(station, number + 1)):
        note = load(vault, station, number + 1)
        if note.previous != digest:
            raise Damaged(f"{layout.trail(station, number + 1)} does not follow the note before it.", _CUT_HINT)
        number, digest = number + 1, note.digest
    return number, digest


_CUT_HINT = (
    "The audit trail was changed. File nothing until you know why:  imgfile verify\n"
    "A backup was restored, and there is no newer one?  imgfile vault accept-loss"
)
