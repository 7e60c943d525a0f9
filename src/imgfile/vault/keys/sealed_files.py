"""A key's file: sealed to its readers, published whole, and read back before anything names it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from imgfile import sealing
from imgfile.errors import Damaged
from imgfile.vault.keys.things import opens_to
from imgfile.vault.store.directory import Store


def publish_sealed(store: Store, name: str, plaintext: bytes, readers: Sequence[sealing.PublicRecipient]) -> str:
    """Seal a key to its readers, durably, and return the digest of the file as it lies there.

    Raises `NotWritable`, `Damaged`.
    """
    sealed = sealing.seal(plaintext, readers)
    store.publish(name, b"".join(sealed))
    stored, _ = store.read_back(name)
    if not opens_to(plaintext, stored, sealed.file_key):
        raise Damaged(f"{name} does not hold what was written.", "Check the disk or share, then run it again.")
    return hashlib.sha256(stored).hexdigest()
