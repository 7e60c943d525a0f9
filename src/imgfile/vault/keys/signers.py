"""The signing keys of people and of the recovery key: each lies in the vault, sealed to its own holder.

With a station's key this computer speaks; with one of these a person does, wherever they open it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from imgfile import sealing
from imgfile.errors import Damaged
from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.sealed_files import publish_sealed
from imgfile.vault.store.directory import Store


def open_signer(vault: Vault, holder: str, identities: Sequence[sealing.Identity]) -> SigningKey:
    """Open an open holder's signing key with their identity. Raises `Damaged`, `WrongKey`."""
    credential, recovery = vault.roster.credential(holder), vault.roster.recovery
    listed = credential or (recovery if recovery.holder == holder else None)
    if listed is None or listed.keys is None:
        raise Damaged("the roster lists no signing key for this identity.", "The recovery key of format 1 has none.")
    name = layout.signer_key(holder)
    sealed = vault.store.read_matching(name, listed.signing_key_digest, "the file that the roster names")
    key = read_signer(holder, sealing.unseal_bytes(sealed, identities), name)
    if key.public != listed.keys:
        raise Damaged(f"{name} holds another signing key than the roster lists.", "Restore it from a backup.")
    return key


def read_signer(holder: str, text: bytes, name: str) -> SigningKey:
    """Read a signing key as its file opens. Raises `Damaged`."""
    try:
        return SigningKey(holder, base64.b64decode(text, validate=True))
    except (ValueError, Damaged) as error:
        raise Damaged(f"{name} holds no signing key.", "Restore it from a backup.") from error


def keep_signer(store: Store, key: SigningKey, reader: sealing.PublicRecipient) -> str:
    """Seal a new holder's signing key to them, durably, and return the file's digest. Raises `NotWritable`."""
    return publish_sealed(store, layout.signer_key(key.name), base64.b64encode(key.secret), [reader])
