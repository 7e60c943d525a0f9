"""What an acceptance that died left of the record that its note names: that is the only name it can be filed under.

Its key and its sealed files were made once, under names that are taken then, and mean nothing without a manifest. Only
the computer whose trail states the note takes them away: under its own lock it knows that nobody is writing them. The
acceptance goes on there; elsewhere once that computer was retired.
"""

from __future__ import annotations

from typing import Never

from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import UsageError
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import settled
from imgfile.vault.records.item import Item
from imgfile.vault.trail.read import entries_of


def clear(vault: Vault, of: Item, to: tuple[PatientFolder, RecordId]) -> None:
    """Take away what a run that died wrote of a record that does not exist yet. Hold the station's lock.

    Raises `UsageError` where another computer began it, `NotWritable`, `Damaged`; then nothing was taken away.
    """
    here = layout.record(*to)
    found = [f"{here}/{name}" for name in vault.store.names(here)] if vault.store.is_folder(here) else []
    found += [name for name in (layout.thing_key(*to),) if vault.store.exists(name)]
    if not found:
        return
    computer = _begun_at(vault, of)
    if computer != vault.here.station and vault.roster.closed_station(computer) is None:
        refuse_begun_at(vault, of, computer)
    for name in found:
        vault.store.burn(name)


def refuse_begun_at(vault: Vault, of: Item, computer: str) -> Never:
    """Raise `UsageError`: another computer began to accept an item, and finishes it."""
    where = vault.roster.station_names.get(computer, "another computer")
    raise UsageError(
        f"{where} began to accept {of.reference}, and has not finished.",
        "Nothing was changed. Accept it at that computer again.",
    )


def _begun_at(vault: Vault, of: Item) -> str:
    """Return the station whose trail states what settles an item; empty where none does."""
    stated = settled.load(vault, of)
    digest = stated.digest if stated is not None else ""
    for station in vault.roster.station_keys:
        if any((entry["act"], entry.get("note")) == ("settled", digest) for entry in entries_of(vault, station)):
            return station
    return ""
