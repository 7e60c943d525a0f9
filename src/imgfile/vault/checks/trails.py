"""The audit trails: each chain, what the stations have seen of one another, and the trail against the records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Finding, Kind
from imgfile.vault.checks.patients import Filed
from imgfile.vault.checks.strangers import strangers
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
    reasons: dict[str, str] = field(default_factory=dict, repr=False)
    """Digest of a sealed reason → its name in the vault."""


def check_trails(vault: Vault, filed: Filed) -> Iterator[Finding]:
    """Check every chain and match it, both ways, with the records found."""
    read = _Read()
    yield from _check_chains(vault, read)
    yield from _cross_check(filed, read)


def check_chains(vault: Vault) -> Iterator[Finding]:
    """Check every chain by itself and against what the stations have seen of one another."""
    yield from _check_chains(vault, _Read())


def _check_chains(vault: Vault, read: _Read) -> Iterator[Finding]:
    for station, head in vault.station.seen_heads().items():
        read.seen.setdefault(station, {})[head[0]] = head[1]
    for entry in vault.roster.stations:
        yield from _check_chain(vault, entry.station, read)
    yield from strangers(vault, layout.AUDIT, vault.roster.station_keys.__contains__)
    yield from _check_cuts(vault, read)


def _check_chain(vault: Vault, station: str, read: _Read) -> Iterator[Finding]:
    here = f"{layout.AUDIT}/{station}"
    number, digest = EMPTY
    try:
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
    yield from strangers(vault, here, lambda name: 0 < (layout.note_number(name) or 0) <= number)


def _remember(note: TrailNote, read: _Read) -> None:
    for other, (number, digest) in note.heads.items():
        read.seen.setdefault(other, {})[number] = digest
    for entry in note.entries:
        if entry.get("act") in {"filed", "matched"}:
            read.filed[str(entry.get("record"))] = str(entry.get("manifest"))
        if "reason" in entry:
            read.reasons[str(entry["reason"])] = f"{layout.PATIENTS}/{entry.get('patient')}/{layout.REASONS}"


def _check_cuts(vault: Vault, read: _Read) -> Iterator[Finding]:
    for station, seen in read.seen.items():
        newest = max(seen)
        if newest > read.heads.get(station, EMPTY)[0]:
            yield Finding(
                Kind.CUT, f"{layout.AUDIT}/{station}", f"It was seen up to note {newest}, and ends before it."
            )
    for station, seen in read.seen.items():
        for number, digest in seen.items():
            if number <= read.heads.get(station, EMPTY)[0] and not _is_note(vault, station, number, digest):
                yield Finding(Kind.DAMAGED, layout.trail(station, number), "Another station saw another note here.")


def _is_note(vault: Vault, station: str, number: int, digest: str) -> bool:
    try:
        return trail.load(vault, station, number).digest == digest
    except Damaged:
        return True  # reported where the chain was walked


def _cross_check(filed: Filed, read: _Read) -> Iterator[Finding]:
    for record, digest in read.filed.items():
        if record not in filed.manifests:
            yield Finding(Kind.MISSING, record, "The trail says that it was filed, and it is not there.")
        elif filed.manifests[record] != digest:
            yield Finding(Kind.DAMAGED, record, "Its manifest is not the one that the trail states.")
    for record in filed.manifests.keys() - read.filed.keys():
        yield Finding(Kind.UNFINISHED, record, "A run died before its audit entry; file the same photo again.")
    for digest, folder in read.reasons.items():
        if digest not in filed.reasons:
            yield Finding(Kind.MISSING, f"{folder}/{digest}.age", "The trail names this sealed reason.")
    for digest in filed.reasons.keys() - read.reasons.keys():
        yield Finding(Kind.UNFINISHED, filed.reasons[digest], "A run died before its audit entry; no photo left.")
