"""`imgfile roster show`: every roster of the vault: when, what changed, and who signed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import typer

from imgfile.acts.practice.members import changes, signer_of
from imgfile.cli.formats import output_moment_text
from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.terminal import Lines, Terminal
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Roster

COLUMNS: Final = ("roster", "made", "signed by", "what", "changed")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show", help="Show every roster of the vault: what it changed, and who signed it.")(show)


@with_terminal("json", "quiet")
@with_vault
def show(*, vault: Vault, terminal: Terminal) -> None:
    """Show the chain, from the first roster on."""
    rosters = list(vault.rosters())
    if terminal.is_json:
        for roster, signer, changed in _told(rosters):
            terminal.data(
                {
                    "type": "roster",
                    "number": roster.number,
                    "digest": roster.note.digest,
                    "format": roster.format,
                    "made": roster.made or roster.founded,
                    "signed_by": signer,
                    "change": roster.change,
                    "changes": changed,
                }
            )
        return
    rows = (
        (
            roster.number,
            output_moment_text(roster.made or roster.founded, terminal),
            signer,
            roster.change,
            Lines(changed) if terminal.has_screen else "; ".join(changed),
        )
        for roster, signer, changed in _told(rosters)
    )
    terminal.table(COLUMNS, list(rows))


def _told(rosters: Sequence[Roster]) -> Iterator[tuple[Roster, str, list[str]]]:
    before = rosters[0]
    for roster in rosters:
        yield roster, signer_of(before, roster), list(changes(before, roster))
        before = roster
