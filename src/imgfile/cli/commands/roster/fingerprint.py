"""`imgfile roster fingerprint`: the eight words by which a new computer knows this vault; nothing is opened."""

from __future__ import annotations

import typer

from imgfile.cli.options import VaultOption
from imgfile.cli.scaffold import with_terminal
from imgfile.terminal import Terminal
from imgfile.vault.choose import choose_known
from imgfile.vault.roster.model import fingerprint_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fingerprint", help="Show the eight words of the vault, to be read out to a new computer.")(fingerprint)


@with_terminal("json", "quiet")
def fingerprint(*, vault: VaultOption = None, terminal: Terminal) -> None:
    """Show the words of the roster 1 that this computer trusts."""
    pin = choose_known(vault)
    words = fingerprint_of(pin.first_digest)
    if terminal.is_json:
        facts = {"type": "fingerprint", "vault": pin.vault, "fingerprint": words, "digest": pin.first_digest}
        terminal.data({**facts, "roster": pin.highest})
    else:
        terminal.page(f"{words}\n")
