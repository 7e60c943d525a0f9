"""`imgfile policy show`: what the practice decided, setting by setting, in words or as the file that edit takes."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.clinical import policy as practice_policy
from imgfile.clinical.policy import SETTINGS, Policy
from imgfile.clinical.practice import words
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault

COLUMNS: Final = ("setting", "what it is", "key")
TomlOption = Annotated[
    bool, typer.Option("--toml", help="Print it as a file, to change and to give to imgfile policy edit --file.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show", help="Show what the practice decided for all its photos.")(show)


@with_terminal("json", "quiet")
@with_vault
def show(*, toml: TomlOption = False, vault: Vault, terminal: Terminal) -> None:
    """Show the policy that the newest roster names."""
    policy = vault.policy
    if toml:
        terminal.page(practice_policy.dump(policy).decode())
        return
    if terminal.is_json:
        digest = vault.roster.policy_digest
        terminal.data({"type": "policy", "digest": digest, "format": policy.format, "settings": settings(policy)})
        return
    show_settings(policy, terminal)
    for key in policy.unknown_keys:
        terminal.warn(f"{key} is a setting of a newer imgfile, and counts for nothing here.")


def show_settings(policy: Policy, terminal: Terminal) -> None:
    """Print every setting in words."""
    rows = zip(words.lines(policy), SETTINGS, strict=True)
    terminal.table(COLUMNS, [(title, value, key) for (title, value), key in rows])


def settings(policy: Policy) -> dict[str, object]:
    """Return every setting by its key, as JSON has it."""
    values = {key: getattr(policy, key) for key in SETTINGS}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
