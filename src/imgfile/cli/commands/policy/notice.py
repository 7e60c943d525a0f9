"""`imgfile policy notice`: the page that the practice hands to patients, from its settings."""

from __future__ import annotations

import typer

from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.clinical.practice.notice import notice
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("notice", help="Print the page for patients: what happens with a photo they send.")(notice_)


@with_terminal("json", "quiet")
@with_vault
def notice_(*, vault: Vault, terminal: Terminal) -> None:
    """Print it as plain text, or as one line of JSON."""
    text = notice(vault.policy)
    if terminal.is_json:
        terminal.data({"type": "notice", "policy": vault.roster.policy_digest, "text": text})
        return
    terminal.page(text)
