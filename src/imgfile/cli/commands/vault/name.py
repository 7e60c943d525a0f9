"""`imgfile vault name`: call a vault by a name, as --vault then takes it."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from imgfile.cli.options import KnownVaultArgument
from imgfile.cli.scaffold import with_terminal
from imgfile.practice_state import vault_names
from imgfile.terminal import Terminal
from imgfile.vault.choose import choose_known, usable_pins

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help='What to call it on this computer; "" takes its name away.')
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("name", help="Name a vault on this computer, as --vault then takes it.")(name)


@with_terminal("json", "quiet")
def name(*, known: KnownVaultArgument, word: NameArgument, terminal: Terminal) -> None:
    """Name a vault."""
    pin = choose_known(known, flag="")
    vault_names.name(pin, word, usable_pins())
    called = vault_names.name_of(pin.vault)
    if terminal.is_json:
        terminal.data({"type": "name", "vault": pin.vault, "name": called, "folder": os.fspath(pin.folder)})
    terminal.say(f"{pin.folder} is called {called} on this computer." if called else f"{pin.folder} has no name now.")
