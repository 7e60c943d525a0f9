"""A record's sealed objects: matched with their signed digests, and opened one by one.

Opening goes holder → practice → the record's own key → object, each an age file opened by the one before; in format 1
the third is a key of its patient's.
"""

from __future__ import annotations

from imgfile import sealing
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.keys.record_keys import open_record_key
from imgfile.vault.records.manifest import Manifest


def objects_match(vault: Vault, of: Manifest) -> None:
    """Check that every object of a record lies there with its signed length and digest. Raises `Damaged`."""
    for name in of.objects:
        read_matched(vault, of, name)


def read_matched(vault: Vault, of: Manifest, name: str) -> bytes:
    """Read one sealed object of a record and match its signed length and digest. Raises `Damaged`."""
    full = f"{layout.record(of.folder, of.record)}/{name}"
    expected, hint = of.objects[name], "Restore it from a backup, then:  imgfile verify"
    stored = vault.store.read_matching(full, expected.digest, "what was filed", hint)
    if len(stored) != expected.length:
        raise Damaged(f"{full} is not what was filed.", hint)
    return stored


def open_object(vault: Vault, of: Manifest, name: str, practice: PracticeKeys) -> bytes:
    """Decrypt one object of a record, having matched its signed digest. Raises `Damaged`, `WrongKey`."""
    identity = open_record_key(vault, of.folder, of.key, practice)
    return sealing.unseal_bytes(read_matched(vault, of, name), [identity])
