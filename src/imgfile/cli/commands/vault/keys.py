"""`imgfile vault keys`: where the vault's keys are, if they have a folder of their own; and where from now on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imgfile.acts.moved_keys import follow_keys, keys_at
from imgfile.cli.options import VaultOption
from imgfile.cli.scaffold import opened_vault, with_terminal
from imgfile.terminal import Terminal

FolderArgument = Annotated[
    Path | None, typer.Argument(metavar="[FOLDER]", help="Where the folder with the keys is now.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("keys", help="Show where the vault's keys are, if not in its folder; or say where they are now.")(keys)


@with_terminal("no_input", "json", "quiet")
def keys(*, folder: FolderArgument = None, vault: VaultOption = None, terminal: Terminal) -> None:
    """Show where the keys are, or look for them elsewhere from now on."""
    found = opened_vault(vault, terminal, may_follow=folder is None)
    if folder is not None:
        found = follow_keys(keys_at(found, folder))
    if terminal.is_json:
        terminal.data(
            {
                "type": "keys",
                "vault": found.id,
                "folder": found.store.keys_place or found.store.place,
                "is_apart": found.store.keys is not None,
            }
        )
    found.store.expect_keys()
    if folder is not None:
        terminal.say(f"The vault's keys are at {found.store.keys_place} from now on: nothing is missing.")
    elif found.store.keys is None:
        terminal.say("The vault's keys lie in its own folder.")
    else:
        terminal.say(f"The vault's keys are at {found.store.keys_place}.")
