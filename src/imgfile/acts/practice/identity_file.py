"""A person's identity as a computer keeps it: one file, sealed with their passphrase, tested before it counts."""

from __future__ import annotations

from pathlib import Path

from imgfile import sealing, state
from imgfile.errors import Damaged, WrongKey
from imgfile.practice_state import stored_keys
from imgfile.sealing.passphrase import Passphrase


def seal_identity(vault: str, identity: sealing.KeyIdentity, passphrase: str) -> bytes:
    """Return a person's identity file for a vault, sealed with their passphrase."""
    return sealing.seal_bytes(_text(vault, identity), [Passphrase(passphrase)])


def keep_identity(vault: str, identity: sealing.KeyIdentity, passphrase: str) -> Path:
    """Keep a person's identity on this computer, and return where. Raises `NotWritable`, `Damaged`.

    It is opened with the passphrase before it takes an old file's place, and read again afterwards.
    """
    sealed = seal_identity(vault, identity, passphrase)
    if not _opens(sealed, passphrase, _text(vault, identity)):
        raise Damaged("the identity does not open as it was sealed.", "What was there before counts. Try it again.")
    path = stored_keys.store_identity(vault, sealed)
    if path.read_bytes() != sealed:
        raise Damaged(f"{path} does not hold what was written.", "Check this disk, then run it again.")
    return path


def kept_identity(vault: str, passphrase: str) -> sealing.KeyIdentity | None:
    """Return the person's identity that this computer keeps; None for none, or where it has another passphrase."""
    try:
        sealed = (state.vault_state(vault) / "identity.age").read_bytes()
        return sealing.parse_identity_file(sealing.unseal_bytes(sealed, [Passphrase(passphrase)]))[0]
    except (OSError, WrongKey, Damaged):
        return None


def _opens(sealed: bytes, passphrase: str, plaintext: bytes) -> bool:
    try:
        return sealing.unseal_bytes(sealed, [Passphrase(passphrase)]) == plaintext
    except WrongKey:
        return False


def _text(vault: str, identity: sealing.KeyIdentity) -> bytes:
    comments = ("imgfile clinician identity: opens every record of the vault", f"vault {vault}")
    return sealing.render_identity_file(identity, comments)
