"""Whether the keys that lie apart from their vault are as new as it: an older copy lacks some, and nothing shows it.

A vault is known for older by its rosters and trails, which say what was seen. The keys say nothing of that, so they are
compared with what the vault says:

1. every key file that the newest roster names is there as it names it;
2. so is the key of the newest record that each trail states.

What an administrator accepted as lost is not asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published
from imgfile.vault.roster.named_files import named_files
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.trail.read import Head, load

_TOMBSTONE: Final = "gone.note"
"""Whose record has no key any more (docs/reference/vault-format.md#gone)."""
MAX_NOTES: Final = 100
"""So many notes of a trail are looked back for the newest that states a record."""


def expect_newest(vault: Vault, heads: Iterable[tuple[str, Head]]) -> None:
    """See that the key of the newest record of each of these trails is there. Raises `Damaged`, `NotWritable`.

    `heads` are stations, each with the number and the digest of its trail's newest note.
    """
    for station, (number, _) in heads:
        key = _newest_key(vault, station, number)
        if key is not None and not vault.store.holds(key.name, key.digest):
            raise _older(vault, f"the key of a record that was filed later, {layout.reference(RecordId(key.thing))}")


def expect_named(vault: Vault) -> None:
    """See that every key file that the newest roster names is there. Raises `Damaged`, `NotWritable`."""
    for name, digest in named_files(vault.roster).items():
        is_key = name.startswith(f"{layout.KEYS}/")
        if is_key and digest not in vault.roster.accepted and not vault.store.holds(name, digest):
            raise _older(vault, f"{name}, which roster {vault.roster.number} names")


def _newest_key(vault: Vault, station: str, number: int) -> ThingKey | None:
    """Return the key of the newest record that a trail states; None where it states none, or not lately."""
    for each in range(number, max(0, number - MAX_NOTES), -1):
        for entry in reversed(load(vault, station, each).entries):
            folder, record = str(entry.get("patient")), str(entry.get("record"))
            if entry["act"] != "filed" or not (layout.is_id(folder) and layout.is_id(record)):
                continue
            if str(entry.get("manifest")) in vault.roster.accepted:
                return None
            place = layout.record(PatientFolder(folder), RecordId(record))
            if not is_published(vault, PatientFolder(folder), RecordId(record)) or vault.store.exists(
                f"{place}/{_TOMBSTONE}"
            ):
                continue
            key = manifest.load(vault, PatientFolder(folder), RecordId(record)).key
            return key if isinstance(key, ThingKey) else None
    return None


def _older(vault: Vault, lacks: str) -> Damaged:
    return Damaged(
        f"{vault.store.keys_place} is an older copy of the vault's keys: it lacks {lacks}.",
        "Nothing is filed into it, and no source is touched. Connect the newest copy, or restore it from a newer "
        "backup. If there is none:  imgfile vault accept-loss",
    )
