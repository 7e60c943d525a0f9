"""The practice's own identity: opened by a clinician or the recovery key, and opening every patient's.

It lies in the vault once for each holder of each generation; any one whole copy serves.
"""

from __future__ import annotations

from collections.abc import Sequence

from imgfile import sealing
from imgfile.errors import WrongKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.store.directory import is_digest_of


def open_practice(vault: Vault, identities: Sequence[sealing.Identity]) -> tuple[sealing.Identity, str]:
    """Open the practice identity with a clinician's or the recovery identity; return it and who that is.

    Raises `WrongKey` when none of the identities is a holder's.
    """
    for generation in reversed(vault.roster.generations):
        for who, digest in generation.holders.items():
            name = layout.practice_key(generation.number, who)
            if not vault.store.exists(name):  # `verify` reports it; another holder may still open
                continue
            sealed = vault.store.read(name)
            if not is_digest_of(sealed, digest):
                continue
            try:
                text = sealing.unseal_bytes(sealed, identities)
            except WrongKey:
                continue
            return sealing.parse_identity_file(text)[0], who
    raise WrongKey("this identity does not open the vault.", "Use a clinician's identity, or the recovery key.")


def is_held(vault: Vault, generation: int) -> bool:
    """Return whether at least one whole copy of a generation's identity lies in the vault."""
    return any(
        vault.store.holds(layout.practice_key(one.number, who), digest)
        for one in vault.roster.generations
        if one.number == generation
        for who, digest in one.holders.items()
    )
