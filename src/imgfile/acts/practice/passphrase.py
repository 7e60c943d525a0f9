"""Changing a passphrase: the identity stays the same, its file on this computer is sealed anew.

Copies of the old file open with the old passphrase. Whoever forgot theirs joins again, and whoever fears that somebody
knows it is removed and joins again: the identity is another one then.
"""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import normalize

from imgfile import sealing, station
from imgfile.errors import Damaged, WrongKey
from imgfile.sealing.passphrase import Passphrase
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import open_practice


def change_passphrase(vault: Vault, identities: Sequence[sealing.Identity], new: str) -> None:
    """Seal the identity that this computer keeps with another passphrase. Raises `WrongKey`, `NotWritable`.

    What is written is opened again with the new one before it takes the old file's place.
    """
    open_practice(vault, identities)
    (identity,) = (each for each in identities if not isinstance(each, Passphrase))
    comments = ("imgfile clinician identity: opens every record of the vault", f"vault {vault.id}")
    lock = Passphrase(normalize("NFC", new))
    plaintext = sealing.render_identity_file(identity, comments)
    sealed = sealing.seal_bytes(plaintext, [lock])
    try:
        is_whole = sealing.unseal_bytes(sealed, [lock]) == plaintext
    except WrongKey:
        is_whole = False
    if not is_whole:
        raise Damaged("the identity does not open as it was sealed.", "The old passphrase counts. Try it again.")
    station.store_identity(vault.id, sealed)
