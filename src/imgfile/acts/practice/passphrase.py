"""Changing a passphrase: the identity stays the same, its file on this computer is sealed anew.

Copies of the old file open with the old passphrase. Whoever forgot theirs joins again, and whoever fears that somebody
knows it is removed and joins again: the identity is another one then.
"""

from __future__ import annotations

from collections.abc import Sequence

from imgfile import sealing
from imgfile.acts.practice.identity_file import keep_identity
from imgfile.sealing.passphrase import Passphrase
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import open_practice


def change_passphrase(vault: Vault, identities: Sequence[sealing.Identity], new: str) -> None:
    """Seal the identity that this computer keeps with another passphrase. Raises `WrongKey`, `NotWritable`, `Damaged`.

    The old file counts until the new one was seen to open.
    """
    open_practice(vault, identities)
    (identity,) = (each for each in identities if not isinstance(each, Passphrase))
    keep_identity(vault.id, identity, new)
