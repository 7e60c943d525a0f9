"""Removing the keys of what is gone: nothing of it opens any more with any key that is left.

Only after the tombstone. What goes: the record's key, its additions', and those of the reasons for which it was viewed
and exported. What a run that died left over, the next one removes. A key of format 1 is its patient's, and opens all
that was sealed to it: it goes with the last of these.
"""

from __future__ import annotations

from collections.abc import Iterator

from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import UsageError
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.layout import KeyId
from imgfile.vault.life import history as life
from imgfile.vault.life.history import History
from imgfile.vault.life.kept_reasons import stated_reasons
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published, record_names
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.thing_key import ThingKey


def burn_keys(vault: Vault, of: History) -> list[str]:
    """Remove the keys of a record that is gone, and return the names of those that were still there.

    Of one that a legal hold keeps, or kept when it went, none goes.
    Raises `UsageError` before a tombstone, `NotWritable`.
    """
    if of.gone is None:
        raise UsageError(f"{of.manifest.reference} is not gone: no key is removed before its tombstone.")
    names = (*keys_of(vault, of), *_spent_patient_key(vault, of.manifest)) if of.is_over else ()
    removed = [name for name in names if vault.store.exists(name)]
    for name in removed:
        vault.store.burn(name)
    return removed


def keys_of(vault: Vault, of: History) -> Iterator[str]:
    """Yield the names of every key that opens a record, an addition to it or a reason why it was looked at."""
    if isinstance(of.manifest.key, ThingKey):
        yield of.manifest.key.name
    for each in of.additions:
        yield each.key.name
    yield from _reasons_of(vault, of.manifest.folder, of.manifest.record)


def _spent_patient_key(vault: Vault, of: Manifest) -> Iterator[str]:
    """Yield the key of format 1 that a record is sealed to, where no other record needs it any more."""
    if not isinstance(of.key, ThingKey) and is_spent(vault, of.folder, of.key):
        yield layout.patient_identity(of.folder, of.key)


def is_spent(vault: Vault, folder: PatientFolder, key: KeyId) -> bool:
    """Return whether all that was sealed to a key of format 1 is gone, and nothing of it kept under a hold."""
    sealed = [each for each in _records_of(vault, folder) if each.key == key]
    return bool(sealed) and all(life.load(vault, each).is_over for each in sealed)


def _records_of(vault: Vault, folder: PatientFolder) -> Iterator[Manifest]:
    for record in record_names(vault, folder):
        if is_published(vault, folder, record):
            yield manifest.load(vault, folder, record)


def _reasons_of(vault: Vault, folder: PatientFolder, record: RecordId) -> Iterator[str]:
    for _, stated in stated_reasons(vault, folder, record):
        if stated.key is not None:
            yield layout.thing_key(folder, stated.key.thing)
