"""`imgfile keys passphrase`: change the passphrase of the identity that this computer keeps."""

from __future__ import annotations

from typing import Annotated

import typer

from imgfile.acts.practice.passphrase import change_passphrase
from imgfile.cli.founding.passphrase import ask_passphrase, from_command
from imgfile.cli.identity import Identities, keep_secret, recall_secret, with_vault_and_identities
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.errors import AnswerInvalid, Problem, typed_folder
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault

NewOption = Annotated[
    str | None,
    typer.Option(
        "--new-command", metavar="COMMAND", help="A command that prints the new passphrase; run without a shell."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("passphrase", help="Change your passphrase on this computer.")(passphrase)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def passphrase(*, new_command: NewOption = None, vault: Vault, identities: Identities, terminal: Terminal) -> None:
    """Open the identity with the old one, and seal it with the new one."""
    missing = new_command is None and not terminal.can_ask
    refuse(
        [
            identities.problem(),
            Problem("new_passphrase", "--new-command", "is missing", is_missing=True) if missing else None,
        ],
        "keys passphrase",
    )
    if not vault.station.identity_file.exists():
        again = f"imgfile join {typed_folder(vault.station.pin.folder)} --again"
        raise AnswerInvalid("this computer keeps no identity of yours.", f"For a new key here:  {again}")
    opened = identities.unlock()
    new = from_command(new_command) if new_command is not None else ask_passphrase(terminal)
    change_passphrase(vault, opened, new)
    if recall_secret(vault.id) is not None:
        keep_secret(vault.id, new)
    if terminal.is_json:
        terminal.data({"type": "passphrase", "identity_file": str(vault.station.identity_file)})
    terminal.say("Changed, and tested. Copies of the old file, in backups of this computer too, open with the old one.")
    terminal.say(
        "Somebody knows the old one? Then a new key is better: an administrator removes you (imgfile people remove "
        f"PERSON), and you join anew:  imgfile join {typed_folder(vault.station.pin.folder)} --again"
    )
