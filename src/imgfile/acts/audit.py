"""Reporting what the audit trail says.

1. Every chain is checked: its signatures, that each note follows the one before, and that none is shorter than
   somebody has seen it.
2. What is reported names no patient: records by their references, people by the roster, computers by their names.
3. A note that does not hold is left out, and reported as a finding; the notes after it are reported.
4. Reasons are sealed. Only with an identity are they opened, and each must be the one its entry names.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from imgfile.acts.disclosure.open import Reader, name_of
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.frozen import dataclass, field
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Finding, Kind, settled
from imgfile.vault.checks.trails import check_chains
from imgfile.vault.life import gone
from imgfile.vault.trail import read as trail
from imgfile.vault.trail.read import TrailNote
from imgfile.vault.trail.reasons import folder_of, open_reason, stated_reason


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


_DETAILS: Final = ("evidence", "read_back", "purpose", "unfiled", "unsearched", "how")


def read_trails(vault: Vault, reader: Reader | None) -> Iterator[Entry | Finding]:
    """Yield every entry, oldest first, then what is wrong with the trails; with a reader, reasons are opened."""
    named = vault.roster.station_names
    chains = (_read_chain(vault, station, called, reader) for station, called in named.items())
    yield from heapq.merge(*chains, key=lambda item: item.at if isinstance(item, Entry) else "")
    yield from settled(check_chains(vault))


def _read_chain(vault: Vault, station: str, called: str, reader: Reader | None) -> Iterator[Entry | Finding]:
    for note in _notes(vault, station):
        for body in note.entries:
            entry = _entry(vault, called, note.number, body)
            if reader is None or "reason" not in body:
                yield entry
                continue
            try:
                yield _with_reason(vault, entry, body, reader)
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
    if _is_gone(vault, folder, body):
        return entry
    return replace(entry, reason=open_reason(vault, folder, body["reason"], reader.practice))


def _is_gone(vault: Vault, folder: PatientFolder, body: Body) -> bool:
    """Return whether the record that was looked at is gone, and the key of the reason with it."""
    record = str(body.get("record"))
    try:
        stated = stated_reason(folder, body["reason"])
    except ValueError:  # `open_reason` says so
        return False
    is_burnt = stated.key is not None and not vault.store.exists(stated.key.name)
    return is_burnt and layout.is_id(record) and gone.load(vault, folder, RecordId(record)) is not None
