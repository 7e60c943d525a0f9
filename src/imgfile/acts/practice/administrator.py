"""The person who signs a change of the roster: an administrator, or whoever holds the recovery key.

1. Their identity opens the practice's keys; which file it opened says whose it is.
2. Their signing key opens with the same identity, and must be the one that the roster lists.
3. What they sign is published, remembered by this station, and entered in its trail, where it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from imgfile import sealing
from imgfile.errors import UsageError
from imgfile.frozen import dataclass, field
from imgfile.notes import SigningKey
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.keys.signers import open_signer
from imgfile.vault.roster.model import Roster
from imgfile.vault.roster.successor import Change, publish
from imgfile.vault.trail import chain
from imgfile.vault.trail.entries import roster_entry

UPGRADE_HINT: Final = "An administrator moves it to format 2 once:  imgfile vault upgrade"


@dataclass(frozen=True, slots=True)
class Administrator:
    """Somebody who may sign the next roster, with the keys that their identity opened."""

    holder: str
    practice: PracticeKeys = field(repr=False)
    key: SigningKey = field(repr=False)
    identities: Sequence[sealing.Identity] = field(repr=False)

    def is_recovery(self, vault: Vault) -> bool:
        """Return whether it is the recovery key that signs, whoever holds it."""
        return self.holder == vault.roster.recovery.holder


def admit_administrator(vault: Vault, identities: Sequence[sealing.Identity]) -> Administrator:
    """See that an identity may change the roster. Raises `WrongKey`, `UsageError`, `Damaged`; nothing was changed."""
    practice, holder = open_practice(vault, identities)
    if holder not in vault.roster.roster_signers:
        raise UsageError(
            "this identity may not change who belongs to the vault.",
            "Nothing was changed. An administrator does it, or the recovery key.",
        )
    return Administrator(holder, practice, open_signer(vault, holder, identities), identities)


def expect_format_2(vault: Vault) -> None:
    """Refuse what a vault of format 1 cannot hold. Raises `UsageError`."""
    if vault.roster.is_format_1:
        raise UsageError("the vault is of format 1, which knows one person and one computer.", UPGRADE_HINT)


def sign_roster(
    vault: Vault, by: Administrator, word: str, apply: Callable[[Roster], Roster], *, at: datetime
) -> Vault:
    """Publish the next roster and enter it in this station's trail; return the vault as it then is.

    `apply` is given the newest roster, anew where another one came first. Raises `UsageError`, `NotWritable`.
    """
    with vault.station.locked():
        made = publish(vault.store, vault.roster, Change(word, at, apply), by.key)
        newer = open_vault(vault.station)
        if newer.is_enrolled:
            chain.append(newer, [roster_entry(*made.seen, signer=by.holder, at=at)])
    return newer
