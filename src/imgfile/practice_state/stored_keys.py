"""Storing this computer's keys for a vault: what it signs with, what opens its pseudonym key, a person's identity.

1. Without a pin they mean nothing yet.
2. Keys for a new id lie aside, beside those that count, until a roster lists them and they take their place.
3. What is remembered under keys whose place is taken stays readable: what reads it is kept, of that purpose alone.

    <state>/vaults/<vault>/signing.key · station.txt · identity.age · next/ · keys.before     (`imgfile.state`)
"""

from __future__ import annotations

import base64
import contextlib
import hmac
from pathlib import Path
from typing import Final

from imgfile import files, notes
from imgfile.state import read_kept, vault_state, write_json
from imgfile.station import ASIDE_PURPOSE, FILED_PURPOSE, MAILS_PURPOSE, keys_before

MAX_KEY_BYTES: Final = 64 << 10
MAX_KEYS_BEFORE: Final = 64
_REMEMBERED: Final = {"filed": FILED_PURPOSE, "mails": MAILS_PURPOSE, "aside": ASIDE_PURPOSE}
"""What outlives the signing key that it was written under: file → purpose of the key derived from it."""


def store_keys(vault: str, signing_key: notes.SigningKey, identity: bytes, *, is_aside: bool = False) -> None:
    """Store this machine's keys for a vault: what it signs with, and an age identity file. Raises `NotWritable`.

    Without a pin they mean nothing yet. Aside they are beside those that count, until they take their place. What it
    remembers under keys whose place is taken stays readable: what reads it is kept, of that purpose alone.
    """
    folder = _folder(vault, is_aside=is_aside)
    files.make_folder(folder)
    _keep_derived(folder, signing_key)
    files.replace(folder / "signing.key", base64.b64encode(signing_key.secret))
    files.replace(folder / "station.txt", identity)


def kept_keys(vault: str, *, is_aside: bool = False) -> tuple[bytes, bytes] | None:
    """Return the keys as they are stored, aside or where they count; None where they are not whole."""
    folder = _folder(vault, is_aside=is_aside)
    secret, identity = (read_kept(folder / name, MAX_KEY_BYTES) for name in ("signing.key", "station.txt"))
    try:
        return (base64.b64decode(secret, validate=True), identity) if secret and identity else None
    except ValueError:
        return None


def drop_keys_aside(vault: str) -> None:
    """Forget the keys that lay aside. Those that cannot be removed just now change nothing."""
    for name in ("signing.key", "station.txt"):
        with contextlib.suppress(OSError):
            files.unlink(_folder(vault, is_aside=True) / name)


def _keep_derived(folder: Path, following: notes.SigningKey) -> None:
    """Keep, durably, what the memory of the signing key in a folder is read with, before another takes its place."""
    try:
        secret = base64.b64decode((folder / "signing.key").read_bytes(), validate=True)
    except (OSError, ValueError):  # there is none, or nothing can be read with it
        return
    if secret == following.secret:
        return
    kept = keys_before(folder)
    for name, purpose in _REMEMBERED.items():
        if (folder / name).exists():
            key, before = hmac.digest(secret, purpose, "sha256").hex(), kept.get(purpose.decode("ascii"), [])
            kept[purpose.decode("ascii")] = list(dict.fromkeys([key, *before]))[:MAX_KEYS_BEFORE]
    if kept:
        write_json(folder / "keys.before", dict(kept))


def store_identity(vault: str, sealed: bytes) -> Path:
    """Keep a person's passphrase-sealed identity on this computer; return where. Raises `NotWritable`."""
    path = vault_state(vault) / "identity.age"
    files.make_folder(path.parent)
    files.replace(path, sealed)
    return path


def _folder(vault: str, *, is_aside: bool) -> Path:
    return vault_state(vault) / "next" if is_aside else vault_state(vault)
