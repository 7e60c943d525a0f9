"""Moving a vault from format 1 to format 2: one roster, signed by an administrator; no record is touched.

1. Format 2 lists what the recovery key signs with. Whoever has its file gives it once, and it gets a signing key.
2. Whoever has not gets a new recovery key, in the same roster; the old one goes on opening what it opened.
3. Everything that the roster names is durable before it is. A run that died is repeated, on the same computer: a file
   that somebody else put in the place of the new signing key is refused.

From then on an older imgfile refuses the vault, and says to be updated.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from imgfile import sealing
from imgfile.acts.practice import recovery_key
from imgfile.acts.practice.administrator import Administrator, finish_signed, sign_roster
from imgfile.acts.practice.place_once import placed
from imgfile.acts.practice.recovery_key import with_recovery
from imgfile.errors import UsageError
from imgfile.notes import PublicKeys, SigningKey
from imgfile.practice_state.begun_acts import BegunFile, BegunRoster
from imgfile.practice_state.joining import Approval
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.signers import read_signer
from imgfile.vault.roster.model import Recovery, Roster
from imgfile.vault.trail.chain import newest_heads

WORD: Final = "upgraded"
_ELSEWHERE: Final = (
    "Where the upgrade was begun on another computer, finish it there. Else make a new recovery key:  imgfile vault "
    "upgrade --new-recovery-file FILE"
)


def upgrade_with(vault: Vault, by: Administrator, recovery: sealing.KeyIdentity, *, at: datetime) -> Vault:
    """Move a vault to format 2, with its recovery key at hand. Raises `WrongKey`, `UsageError`, `NotWritable`."""
    expect_format_1(vault)
    _, holder = open_practice(vault, [recovery])
    if holder != vault.roster.recovery.holder:
        raise UsageError("that is not this vault's recovery key.", "Nothing was changed.")
    note = Approval.of(vault.id, holder)
    listed = Recovery(holder, str(recovery.recipient), *_signer(vault, note, holder, recovery))
    upgraded = sign_roster(vault, by, WORD, lambda newest: _with_owner(replace(newest, recovery=listed)), at=at)
    note.drop()
    return upgraded


def upgrade_anew(vault: Vault, by: Administrator, recovery_file: Path, *, at: datetime) -> Vault:
    """Move a vault to format 2 with a new recovery key, written to a file. Raises `UsageError`, `NotWritable`."""
    expect_format_1(vault)
    generation = vault.roster.generation.number
    new = recovery_key.make(vault, by.practice.newest, generation, recovery_file)
    heads = newest_heads(vault)
    newer = sign_roster(vault, by, WORD, lambda newest: _with_owner(with_recovery(newest, new, heads)), at=at)
    BegunFile.of(newer.id).drop()
    return newer


def finish(vault: Vault, *, at: datetime) -> bool:
    """Return whether a run that died here had moved the vault to format 2; what it left is done then."""
    begun = BegunRoster.of(vault.id).seen
    if begun is None or not any(one.seen == begun and one.change == WORD for one in vault.rosters()):
        return False
    finish_signed(vault, at=at)
    BegunFile.of(vault.id).drop()
    return True


def expect_format_1(vault: Vault) -> None:
    """Refuse a vault that is of format 2. Raises `UsageError`."""
    if not vault.roster.is_format_1:
        raise UsageError("the vault is of format 2 already.", "Nothing was changed.")


def _with_owner(roster: Roster) -> Roster:
    """Return a roster that says whose the stations are, where only one person can own them, as in format 1."""
    if len(roster.people) != 1:
        return roster
    (person,) = roster.people
    return replace(roster, stations=tuple(replace(entry, person=person.who) for entry in roster.stations))


def _signer(vault: Vault, note: Approval, holder: str, identity: sealing.KeyIdentity) -> tuple[PublicKeys, str]:
    """Make the recovery key's signing key, or take up the one that a run of this computer which died has kept."""
    name = layout.signer_key(holder)
    secret = base64.b64encode(SigningKey.generate(holder).secret)
    digest = placed(vault.store, note, name, secret, [identity.recipient], elsewhere=_ELSEWHERE)
    kept = vault.store.read_matching(name, digest, "what this computer wrote")
    return read_signer(holder, sealing.unseal_bytes(kept, [identity]), name).public, digest
