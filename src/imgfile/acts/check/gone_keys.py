"""Keys of records that are gone: what a run that died left, or an older copy of the keys brought back.

Nothing opens with them any more by any rule; so they go, but for those that a legal hold keeps, and those of a record
whose tombstone leads to none of the very same photo: they may be the last ones.
"""

from __future__ import annotations

from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records import manifest
from imgfile.vault.records.find import patients, record_names


def clean_gone_keys(vault: Vault) -> int:
    """Remove the keys of every record that has a tombstone, and return how many were still there.

    What is damaged is left for `verify`. Raises `NotWritable`, `Busy`.
    """
    removed = 0
    for folder in patients(vault):
        for record in record_names(vault, folder):
            if not vault.store.exists(layout.tombstone(folder, record)):
                continue
            from imgfile.vault.life import burn, gone, history  # noqa: PLC0415 - few records are gone

            try:
                found = history.load(vault, manifest.load(vault, folder, record))
            except Damaged:
                continue
            if found.gone is None:
                continue
            if not found.leads_to_photo(vault):
                continue
            is_kept = found.gone.how is gone.How.MOVED and found.is_held
            with vault.station.locked():
                removed += len(burn.burn_keys(vault, found, keeps=is_kept))
    return removed
