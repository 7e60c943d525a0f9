"""The person who signs a change of the roster: an administrator, or whoever holds the recovery key.

1. Their identity opens the practice's keys; which file it opened says whose it is.
2. Their signing key opens with the same identity, and must be the one that the roster lists.
3. What they sign is published, remembered by this station, and entered in its trail, where it has one. A run that died
   between the two left a note: whatever is signed or found done here next enters it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from imgfile import sealing
from imgfile.errors import UsageError
from imgfile.frozen import dataclass, field
from imgfile.notes import SigningKey
from imgfile.practice_state.begun_acts import BegunRoster
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.keys.signers import open_signer
from imgfile.vault.roster.model import Roster, Seen
from imgfile.vault.roster.successor import Change, publish
from imgfile.vault.trail import chain
from imgfile.vault.trail import read as trail
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
            "this identity may not change the practice's people, computers or policy.",
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
        note = BegunRoster.of(vault.id)
        _enter(vault, note, at)
        made = publish(vault.store, vault.roster, Change(word, at, apply), by.key, lambda made: note.expect(*made.seen))
        newer = open_vault(vault.station)
        if newer.is_enrolled:
            chain.append(newer, [roster_entry(*made.seen, signer=by.holder, at=at)])
        note.drop()
    return newer


def finish_signed(vault: Vault, *, at: datetime) -> None:
    """Have this station's trail enter the roster that a run which died here had published."""
    with vault.station.locked():
        _enter(vault, BegunRoster.of(vault.id), at)


def _enter(vault: Vault, note: BegunRoster, at: datetime) -> None:
    """Enter the roster of a note, if it ever appeared, once; hold the lock."""
    begun = note.seen
    if begun is None:
        return
    signed = next((one for one in vault.rosters() if one.seen == begun), None)
    if signed is not None and vault.is_enrolled and not _is_entered(vault, begun):
        chain.append(vault, [roster_entry(*begun, signer=signed.note.signer, at=at)])
    note.drop()


def _is_entered(vault: Vault, seen: Seen) -> bool:
    """Return whether this station's trail enters a roster: looked for as far back as its notes know of that one."""
    own = vault.here.station
    for number in range(chain.newest_heads(vault)[own][0], 0, -1):
        note = trail.load(vault, own, number)
        if any(each.get("act") == "roster" and each.get("digest") == seen[1] for each in note.entries):
            return True
        if (note.roster or (0, ""))[0] < seen[0]:
            return False
    return False
