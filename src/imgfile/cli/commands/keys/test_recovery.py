"""`imgfile keys test-recovery`: see that the recovery key still opens the vault, before it is needed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from imgfile.cli.identity import identity_in
from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.errors import WrongKey
from imgfile.practice_state import maintenance
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.signers import open_signer

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The recovery file, from where it is kept.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test-recovery", help="See that the recovery key still opens the vault.")(test_recovery)


@with_terminal("json", "quiet")
@with_vault
def test_recovery(*, file: FileArgument, vault: Vault, terminal: Terminal) -> None:
    """Open the practice's key with the recovery file, and what it signs with."""
    identity = identity_in(file)
    keys, holder = open_practice(vault, [identity])
    roster = vault.roster
    if holder != roster.recovery.holder:
        closed = {one.holder for one in roster.closed.recoveries}
        what = "a recovery key that a newer one replaced" if holder in closed else "somebody's identity"
        raise WrongKey(
            f"{file} is {what}, not the recovery key.",
            "Find the newest file, or make a new one:  imgfile keys recovery new",
        )
    if roster.generation.number not in keys.by_generation:
        raise WrongKey(f"{file} does not open what is filed today.", "Make a new one:  imgfile keys recovery new")
    signs = roster.recovery.keys is not None
    if signs:
        open_signer(vault, holder, [identity])
    maintenance.note_recovery_tested(vault.station, datetime.now(UTC).astimezone().date())
    if terminal.is_json:
        terminal.data({"type": "recovery_test", "opens": True, "signs": signs})
    terminal.say("It opens every record of the vault" + (", and lets people in." if signs else "."))
    terminal.say("Put it back where it is locked away.")
