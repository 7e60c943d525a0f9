"""The key of a record, of either format: made to file it, opened to read it, seen to be there before it counts.

In format 2 each record has a key of its own; in format 1 a patient has keys that records share. A record keeps the way
it was filed, whatever the vault has become since.
"""

from __future__ import annotations

from typing import TypeAlias

from imgfile import sealing
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.frozen import dataclass, field
from imgfile.vault.access import Vault
from imgfile.vault.keys import things
from imgfile.vault.keys.practice import PracticeKeys, is_held
from imgfile.vault.layout import KeyId
from imgfile.vault.thing_key import ThingKey

StatedKey: TypeAlias = KeyId | ThingKey
"""How a manifest states the key that its record is sealed to."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """What a record that is filed now is sealed to, and how its manifest is to state it."""

    stated: StatedKey
    recipient: sealing.PublicRecipient = field(repr=False)


def sealing_key(vault: Vault, folder: PatientFolder, record: RecordId) -> SealingKey:
    """Return a key for a record that is about to be filed, durable, so that it will open. Raises `NotWritable`."""
    if not vault.roster.is_format_1:
        _expect_practice(vault, vault.roster.generation.number)
        made = things.make(vault, folder, record)
        return SealingKey(made.stated, made.recipient)
    from imgfile.vault.keys.patient_keys import expect_openable, usable_key  # noqa: PLC0415 - of format 1

    key = usable_key(vault, folder)
    expect_openable(vault, key)
    return SealingKey(key.key, sealing.parse_recipient(key.recipient))


def open_record_key(vault: Vault, folder: PatientFolder, stated: StatedKey, practice: PracticeKeys) -> sealing.Identity:
    """Open the key that a record is sealed to. Raises `Damaged`, `WrongKey`."""
    if isinstance(stated, ThingKey):
        return things.open_identity(vault, stated, practice)
    from imgfile.vault.keys.patient_keys import load_key, open_identity  # noqa: PLC0415 - of format 1

    return open_identity(vault, load_key(vault, folder, stated), practice)


def expect_openable(vault: Vault, folder: PatientFolder, stated: StatedKey) -> None:
    """Check that the keys that open a record lie there whole, its own and the practice's. Raises `Damaged`.

    Without them a record's objects are noise, however whole.
    """
    if not isinstance(stated, ThingKey):
        from imgfile.vault.keys import patient_keys  # noqa: PLC0415 - of format 1

        patient_keys.expect_openable(vault, patient_keys.load_key(vault, folder, stated))
        return
    if not vault.store.holds(stated.name, stated.digest):
        why = vault.store.no_file(stated.name) or f"{stated.name} is not there whole: the record could not be opened."
        raise Damaged(why, _RESTORE)
    _expect_practice(vault, stated.generation)


def _expect_practice(vault: Vault, generation: int) -> None:
    if not is_held(vault, generation):
        from imgfile.vault.store import patience  # noqa: PLC0415 - where nothing is missing nobody waits

        if patience.until(lambda: is_held(vault, generation), patience.SHOWING_SECONDS):
            return
        raise Damaged("no copy of the practice's key is there whole: nothing could be opened.", _RESTORE)


_RESTORE = "Restore the vault's keys folder from a backup, then:  imgfile verify"
