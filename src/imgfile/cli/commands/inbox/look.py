"""`imgfile inbox look ITEM`: look at a photo that waits, once, in this computer's own browser."""

from __future__ import annotations

import typer

from imgfile.acts.disclosure.one_page_server import Door
from imgfile.acts.disclosure.open import expect_looking
from imgfile.acts.inbox import look as act
from imgfile.acts.inbox.open import open_waiting
from imgfile.acts.inbox.settle import expect_waiting
from imgfile.acts.ingest.context import Run
from imgfile.acts.life.person import admit_person
from imgfile.acts.options import Wishes
from imgfile.cli.acting.sitting_here import expect_role_here
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.options import ItemArgument, NoBrowserOption
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.cli.viewing import ITEMS, wait_for_load
from imgfile.errors import UnsupportedImage
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.life.settled import MAY_SETTLE
from imgfile.vault.records import item as items


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("look", help="Look at a photo that waits, once, in the browser. Entered in the audit trail.")(look)


@with_terminal("no_input", "json")
@with_vault_and_identities
def look(
    *,
    item: ItemArgument,
    vault: Vault,
    no_browser: NoBrowserOption = False,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Open an item's photo on a page that works once."""
    vault.station.require_memory()
    of = items.find(vault.enrolled(), item)
    expect_looking(vault)
    expect_role_here(vault, identities, MAY_SETTLE, "look into the inbox")
    expect_waiting(vault, of)
    refuse([identities.problem()], "inbox look")
    by = admit_person(vault, identities.unlock(), MAY_SETTLE, "look into the inbox")
    try:
        page = act.look(Run(vault, Wishes()), open_waiting(vault, of, by.practice), by)
    except UnsupportedImage as error:
        raise UnsupportedImage(f"{of.reference} {error.message}", error.hint) from None
    with Door(page) as door:
        if wait_for_load(door, [of.reference], terminal, may_open=not no_browser, of=ITEMS):
            terminal.say(f"File it:  imgfile inbox accept {of.reference}")
