"""Opening what an addition says, or a tombstone keeps: sealed under a key of its own, and matched with its note."""

from __future__ import annotations

from imgfile import sealing
from imgfile.errors import Closed, Damaged, UsageError, WrongKey, damage_in
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys import things
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.life.addition import Addition
from imgfile.vault.life.gone import Gone
from imgfile.vault.records.manifest import SealedObject
from imgfile.vault.thing_key import ThingKey

_HINT = "Restore it from a backup, then:  imgfile verify"


def open_addition(vault: Vault, of: Addition, practice: PracticeKeys) -> bytes:
    """Open what an addition says. Raises `Damaged`."""
    name = layout.addition_object(of.folder, of.record, of.thing)
    return _opened(vault, name, of.key, of.sealed, practice, layout.reference(of.record))


def open_old_answers(vault: Vault, of: Gone, practice: PracticeKeys) -> bytes:
    """Open the answers with which a record was filed that moved since. Raises `UsageError` for another, `Damaged`."""
    if of.key is None or of.sealed is None:
        raise UsageError(f"{of.reference} kept no answers: what did not move keeps none.")
    name = layout.addition_object(of.folder, of.record, of.key.thing)
    return _opened(vault, name, of.key, of.sealed, practice, of.reference)


def _opened(  # noqa: PLR0913, PLR0917 - what is opened, with what, and of which record
    vault: Vault, name: str, key: ThingKey, sealed: SealedObject, practice: PracticeKeys, reference: str
) -> bytes:
    with damage_in(reference):
        stored = vault.store.read_matching(name, sealed.digest, "what its note states", _HINT)
        try:
            return sealing.unseal_bytes(stored, [things.open_identity(vault, key, practice)])
        except Closed:
            raise things.closed(f"what was added to {reference}") from None
        except WrongKey as error:
            raise Damaged(f"{name} does not open with the practice's key.", _HINT) from error
