"""`imgfile view RECORD`: look at one filed photo, once, in this computer's own browser."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from imgfile.acts.disclosure import view as act
from imgfile.acts.disclosure.browser import has_desktop, open_browser
from imgfile.acts.disclosure.entry import enter_viewed
from imgfile.acts.disclosure.one_page_server import OPEN_SECONDS, Door
from imgfile.acts.disclosure.open import admit, expect_looking, read_facts
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.options import NoBrowserOption, RecordArgument
from imgfile.cli.purpose import ReasonOption, about, parse_reason, problem_with, refuse, stated_reason
from imgfile.cli.scaffold import with_terminal
from imgfile.errors import Cancelled
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.life.standing import find_here


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("view", help="Look at one filed photo, once, in the browser. Entered in the audit trail.")(view)


@with_terminal("no_input")
@with_vault_and_identities
def view(  # noqa: PLR0913 - two options of its own beside what it works with
    *,
    record: RecordArgument,
    vault: Vault,
    reason: ReasonOption = None,
    no_browser: NoBrowserOption = False,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Open a photo, enter that in the trail, and show it on a page that works once."""
    vault.station.require_memory()
    expect_looking(vault)
    found = find_here(vault, record)
    refuse([problem_with("reason", reason, parse_reason, terminal), identities.problem()], "view")
    reader = admit(vault, identities.unlock())
    opened = read_facts(vault, found, reader)
    if opened.history.is_use_stopped:
        terminal.warn(f"{found.reference}: {act.WITHDRAWN}.")
    if reason is None:
        terminal.show(f"  {found.reference}: {about(opened.facts)}")
    stated = stated_reason(reason, "Reason:", terminal, default=act.DEFAULT_REASON)
    page = act.view(vault, opened, reader, reason=stated, at=datetime.now(UTC))
    with Door(page) as door:
        if _is_loaded(door, found.reference, terminal, in_browser=not no_browser and has_desktop()):
            enter_viewed(vault, opened, reader, at=datetime.now(UTC))
            terminal.say("It was loaded, and is gone from here.")
        else:
            terminal.say(f"Nobody loaded it, and it is gone. Again:  imgfile view {found.reference}")


def _is_loaded(door: Door, reference: str, terminal: Terminal, *, in_browser: bool) -> bool:
    """Say where the page is, and wait for so long as it can be loaded; return whether it was. Raises `Cancelled`."""
    try:
        terminal.say(f"{reference} can be loaded once, within {OPEN_SECONDS / 60:.0f} minutes, at:")
        terminal.say(door.address)
        if in_browser:
            open_browser(door.address)
        return door.wait()
    except KeyboardInterrupt:
        raise Cancelled(
            "you closed the page. That the photo was opened is entered in the audit trail.",
            f"Again:  imgfile view {reference}",
            is_chosen=False,
        ) from None
