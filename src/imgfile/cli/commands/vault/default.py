"""`imgfile vault default`: choose the vault that commands mean where none is named."""

from __future__ import annotations

import os

import typer

from imgfile.cli.options import KnownVaultArgument
from imgfile.cli.scaffold import with_terminal
from imgfile.practice_state import vault_names
from imgfile.terminal import Terminal
from imgfile.vault.choose import choose_known


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("default", help="Choose the vault that commands mean without --vault.")(default)


@with_terminal("json", "quiet")
def default(*, known: KnownVaultArgument, terminal: Terminal) -> None:
    """Choose the default."""
    pin = choose_known(known, flag="")
    vault_names.choose_default(pin)
    if terminal.is_json:
        terminal.data({"type": "default", "vault": pin.vault, "folder": os.fspath(pin.folder)})
    terminal.say(f"Without --vault, commands mean {pin.folder} from now on.")
