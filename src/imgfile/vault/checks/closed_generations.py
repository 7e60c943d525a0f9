"""What was filed to a generation of the practice's key after the roster that closed it to somebody.

A computer that has not seen a removal files as before, and cannot know better; whoever left can open that. The removal
recorded the ends of all trails, so what was entered beyond them, and sealed to an older generation, can be named.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Finding, Found, Kind
from imgfile.vault.records import manifest
from imgfile.vault.roster.model import ClosedHolder
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.trail.read import walk_from


def check_closed_generations(vault: Vault) -> Iterator[Found]:
    """Yield a finding for each record that somebody can open who had left when it was filed."""
    closed = [*vault.roster.closed.credentials, *vault.roster.closed.recoveries]
    if not closed:
        return
    generations = _generations(vault)
    reported = set[str]()
    for one in sorted(closed, key=lambda each: each.roster):
        for folder, record in _filed_since(vault, one):
            if record not in reported and _is_older(vault, folder, record, generations.get(one.roster, 0)):
                reported.add(record)
                who = one.name or "the recovery key of before"
                where = layout.record(folder, record)
                yield Finding(Kind.OLD_KEY, where, f"It was filed after {who} was removed, and opens with their key.")


def _generations(vault: Vault) -> dict[int, int]:
    """Return which generation each roster begins or goes on with, as far as the rosters hold."""
    found: dict[int, int] = {}
    with contextlib.suppress(Damaged):  # reported where the rosters were looked at
        for roster in vault.rosters():
            found[roster.number] = roster.generation.number
    return found


def _filed_since(vault: Vault, one: ClosedHolder) -> Iterator[tuple[PatientFolder, RecordId]]:
    for station in vault.roster.station_keys:
        try:
            for note in walk_from(vault, station, one.heads.get(station, (0, ""))[0] + 1):
                for entry in note.entries:
                    folder, record = str(entry.get("patient")), str(entry.get("record"))
                    if entry["act"] == "filed" and layout.is_id(folder) and layout.is_id(record):
                        yield PatientFolder(folder), RecordId(record)
        except Damaged:  # reported where the chain was walked
            continue


def _is_older(vault: Vault, folder: PatientFolder, record: RecordId, generation: int) -> bool:
    try:
        key = manifest.load(vault, folder, record).key
    except Damaged:  # reported where the record was looked at
        return False
    return not isinstance(key, ThingKey) or key.generation < generation
