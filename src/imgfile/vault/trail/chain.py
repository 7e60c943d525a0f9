"""The audit trail: one signed chain of notes per station, and the only place that says `Release` and `Clearance`.

Each note holds a batch of entries, the digest of the station's note before, and the newest notes of the other
stations' trails as last seen, so that a trail cut short is provable once somebody else has written. An entry
identifies nobody: records by their random names, people by their roster ids. The station is authenticated, the
actor is asserted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from imgfile import notes
from imgfile.clinical.proofs import Agreed, Clearance, Digest, Erasure, RecordId, Release, Verified
from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records.manifest import format_time

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


def release(vault: Vault, verified: Sequence[Verified], *, at: datetime) -> list[Release]:
    """Make the filing of these photos part of the trail, durably; only then may their sources go.

    A photo filed by an earlier run is entered as `matched`, so a run that died before its entry is made good here.
    Raises `NotWritable`.
    """
    entries: list[Body] = [
        {
            "act": "filed" if proof.is_new else "matched",
            "at": format_time(at),
            "patient": proof.patient,
            "record": proof.record,
            "manifest": proof.manifest_digest,
            "read_back": proof.reached,
        }
        for proof in verified
    ]
    note = append(vault, entries)
    return [Release(proof, Digest(note.digest)) for proof in verified]


def erased_entry(record: RecordId, erasure: Erasure, *, at: datetime) -> Body:
    """Return the entry that states that a record's source was erased, and the evidence."""
    return {"act": "erased", "at": format_time(at), "record": record, "evidence": erasure.evidence.name}


def clear(vault: Vault, agreed: Agreed, *, at: datetime) -> Clearance:
    """Make it part of the trail, durably, that an export may go, and what goes with it. Raises `NotWritable`."""
    inventory = agreed.inventory
    entry: Body = {
        "act": "clearing",
        "at": format_time(at),
        "records": [release.verified.record for release in inventory.filed],
        "unfiled": len(inventory.unfiled),
        "unsearched": len(inventory.unsearched),
    }
    return Clearance(agreed, Digest(append(vault, [entry]).digest))


def cleared_entries(records: Iterable[RecordId], erasure: Erasure, *, at: datetime) -> list[Body]:
    """Return the entries that state that an export was erased, and with it the sources of the records in it."""
    cleared: Body = {"act": "cleared", "at": format_time(at), "evidence": erasure.evidence.name}
    return [cleared, *(erased_entry(record, erasure, at=at) for record in records)]


def remains_entry(record: RecordId, *, at: datetime) -> Body:
    """Return the entry that states that the erasure of a record's source was begun and cannot be finished."""
    return {"act": "remains", "at": format_time(at), "record": record}


def append(vault: Vault, entries: Iterable[Body]) -> notes.Note:
    """Append one note to this station's trail, durably. Hold the station's lock. Raises `NotWritable`, `Damaged`."""
    seen = vault.station.seen_heads()
    heads = {
        entry.station: _newest(vault, entry.station, seen.get(entry.station, EMPTY)) for entry in vault.roster.stations
    }
    own = vault.here.station
    number, previous = heads.pop(own)
    body: Body = {
        "number": number + 1,
        "previous": previous,
        "heads": {station: list(head) for station, head in heads.items() if head != EMPTY},
        "entries": list(entries),
    }
    note = vault.station.signing_key.sign("audit", vault.id, body)
    vault.store.publish(layout.trail(own, number + 1), note.encode())
    vault.station.remember_heads({**heads, own: (number + 1, note.digest)})
    return note


def _newest(vault: Vault, station: str, seen: Head) -> Head:
    """Walk on from the newest note seen. Raises `Damaged` when that one is gone or another."""
    number, digest = seen
    if number and load(vault, station, number).digest != digest:
        raise Damaged(f"{layout.trail(station, number)} is not the note this computer saw before.", _CUT_HINT)
    while vault.store.exists(layout.trail(station, number + 1)):
        note = load(vault, station, number + 1)
        if note.previous != digest:
            raise Damaged(f"{layout.trail(station, number + 1)} does not follow the note before it.", _CUT_HINT)
        number, digest = number + 1, note.digest
    return number, digest


_CUT_HINT = "The audit trail was changed. File nothing until you know why:  imgfile verify"


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
            seen = {str(other): head for other, value in heads.items() if (head := _head(value))}
            if len(seen) == len(heads):
                return TrailNote(note.signer, number, previous, seen, tuple(entries), note.digest)
    return None


def _head(value: object) -> Head | None:
    match value:
        case [int(number), str(digest)]:
            return number, digest
    return None


def _is_entry(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("act"), str)


def walk(vault: Vault, station: str) -> Iterator[TrailNote]:
    """Yield a station's trail from its first note, without judging the chain; `verify` does. Raises `Damaged`."""
    number = 1
    while vault.store.exists(layout.trail(station, number)):
        yield load(vault, station, number)
        number += 1
