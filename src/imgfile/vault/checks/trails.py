"""The audit trails: each chain, what the stations have seen of one another, and the trail against the records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Doubt, Finding, Found, Kind
from imgfile.vault.checks.patients import Filed
from imgfile.vault.checks.strangers import strangers
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published
from imgfile.vault.trail import read as trail
from imgfile.vault.trail.read import EMPTY, Head, TrailNote


@dataclass
class _Read:
    """What the trails say, taken together."""

    heads: dict[str, Head] = field(default_factory=dict)
    seen: dict[str, dict[int, str]] = field(default_factory=dict)
    """Of each station, the notes that anybody states to have seen: number → digest."""
    filed: dict[str, str] = field(default_factory=dict, repr=False)
    """Record → manifest digest, from entries that say `filed` or `matched`."""
    patients: dict[str, str] = field(default_factory=dict, repr=False)
    """Record → the patient's folder, from the same entries."""
    reasons: dict[str, str] = field(default_factory=dict, repr=False)
    """Digest of a sealed reason → its name in the vault."""


def check_trails(vault: Vault, filed: Filed) -> Iterator[Found]:
    """Check every chain and match it, both ways, with the records found."""
    read = _Read()
    yield from _check_chains(vault, read)
    yield from _cross_check(vault, filed, read)


def check_chains(vault: Vault) -> Iterator[Found]:
    """Check every chain by itself and against what the stations have seen of one another."""
    yield from _check_chains(vault, _Read())


def _check_chains(vault: Vault, read: _Read) -> Iterator[Found]:
    for station, head in vault.station.seen_heads().items():
        read.seen.setdefault(station, {})[head[0]] = head[1]
    for entry in vault.roster.stations:
        yield from _check_chain(vault, entry.station, read)
    yield from strangers(vault, layout.AUDIT, vault.roster.station_keys.__contains__)
    yield from _check_cuts(vault, read)


def _check_chain(vault: Vault, station: str, read: _Read) -> Iterator[Found]:
    here = f"{layout.AUDIT}/{station}"
    before = frozenset[str]()
    number, digest = EMPTY
    try:
        before = frozenset(vault.store.names(here))  # what is entered while the chain is walked is looked at next time
        for note in trail.walk(vault, station):
            if note.previous != digest:
                yield Finding(Kind.DAMAGED, layout.trail(station, note.number), "It does not follow the note before.")
            number, digest = note.number, note.digest
            if read.seen.get(station, {}).get(number, digest) != digest:
                yield Finding(Kind.DAMAGED, layout.trail(station, number), "It is not the note seen here before.")
            _remember(note, read)
    except Damaged as error:
        yield Finding(Kind.DAMAGED, layout.trail(station, number + 1), error.message)
    read.heads[station] = (number, digest)
    yield from strangers(vault, here, lambda name: name not in before or 0 < (layout.note_number(name) or 0) <= number)


def _remember(note: TrailNote, read: _Read) -> None:
    for other, (number, digest) in note.heads.items():
        read.seen.setdefault(other, {})[number] = digest
    for entry in note.entries:
        if entry.get("act") in {"filed", "matched"}:
            read.filed[str(entry.get("record"))] = str(entry.get("manifest"))
            read.patients[str(entry.get("record"))] = str(entry.get("patient"))
        if "reason" in entry:
            read.reasons[str(entry["reason"])] = f"{layout.PATIENTS}/{entry.get('patient')}/{layout.REASONS}"


def _check_cuts(vault: Vault, read: _Read) -> Iterator[Found]:
    for station, seen in read.seen.items():
        newest = max(seen)
        if newest > read.heads.get(station, EMPTY)[0]:
            where = f"{layout.AUDIT}/{station}"
            cut = Finding(Kind.CUT, where, f"It was seen up to note {newest}, and ends before it.")
            yield Doubt(cut, lambda station=station, newest=newest: not _is_walked(vault, station, newest))  # type: ignore[misc]
    for station, seen in read.seen.items():
        for number, digest in seen.items():
            if number <= read.heads.get(station, EMPTY)[0] and not _is_note(vault, station, number, digest):
                yield Finding(Kind.DAMAGED, layout.trail(station, number), "Another station saw another note here.")


def _is_note(vault: Vault, station: str, number: int, digest: str) -> bool:
    try:
        return trail.load(vault, station, number).digest == digest
    except Damaged:
        return True  # reported where the chain was walked


def _cross_check(vault: Vault, filed: Filed, read: _Read) -> Iterator[Found]:
    for record, digest in read.filed.items():
        if record not in filed.manifests:
            lost = Finding(Kind.MISSING, record, "The trail says that it was filed, and it is not there.")
            yield Doubt(lost, lambda record=record: not _is_filed(vault, read, record))  # type: ignore[misc]
        elif filed.manifests[record] != digest:
            yield Finding(Kind.DAMAGED, record, "Its manifest is not the one that the trail states.")
    for record in filed.manifests.keys() - read.filed.keys():
        died = Finding(Kind.UNFINISHED, record, "A run died before its audit entry; file the same photo again.")
        yield Doubt(died, lambda record=record: not _is_entered(vault, read, "record", record))  # type: ignore[misc]
    for digest, folder in read.reasons.items():
        if digest not in filed.reasons:
            lost = Finding(Kind.MISSING, f"{folder}/{digest}.age", "The trail names this sealed reason.")
            yield Doubt(lost, lambda lost=lost, digest=digest: not vault.store.holds(lost.where, digest))  # type: ignore[misc]
    for digest in filed.reasons.keys() - read.reasons.keys():
        died = Finding(Kind.UNFINISHED, filed.reasons[digest], "A run died before its audit entry; no photo left.")
        yield Doubt(died, lambda digest=digest: not _is_entered(vault, read, "reason", digest))  # type: ignore[misc]


# --- looking again, for what is filed while the vault is checked --------------------------------------------


def _is_walked(vault: Vault, station: str, number: int) -> bool:
    """Return whether a trail goes on to a note without a gap by now."""
    return all(vault.store.exists(layout.trail(station, each)) for each in range(1, number + 1))


def _is_filed(vault: Vault, read: _Read, record: str) -> bool:
    """Return whether a record is there by now, as the trail states it."""
    folder = PatientFolder(read.patients[record])
    if not (layout.is_id(folder) and layout.is_id(record)):
        return False
    is_there = is_published(vault, folder, RecordId(record))
    return is_there and manifest.load(vault, folder, RecordId(record)).digest == read.filed[record]


def _is_entered(vault: Vault, read: _Read, name: str, value: str) -> bool:
    """Return whether an entry that names a record or a reason has come to any trail since it was walked."""
    for station, (number, _) in read.heads.items():
        while vault.store.exists(layout.trail(station, number := number + 1)):
            if any(entry.get(name) == value for entry in trail.load(vault, station, number).entries):
                return True
    return False
