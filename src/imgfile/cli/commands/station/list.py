"""`imgfile station list`: the computers that file into the vault, whose they are, and since when."""

from __future__ import annotations

from typing import Final

import typer

from imgfile.acts.practice.members import computers
from imgfile.cli.formats import output_moment_text
from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault

COLUMNS: Final = ("computer", "use", "whose", "since", "closed", "id")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list", help="List the computers of the vault: what each is for, and whose.")(list_)


@with_terminal("json", "quiet")
@with_vault
def list_(*, vault: Vault, terminal: Terminal) -> None:
    """List the computers."""
    listed = list(computers(list(vault.rosters())))
    if terminal.is_json:
        for one in listed:
            terminal.data(
                {
                    "type": "station",
                    "station": one.station,
                    "station_name": one.name,
                    "use": one.use,
                    "person": one.person,
                    "since": one.since,
                    "closed": one.until,
                    "is_here": one.station == vault.station.pin.station,
                }
            )
        return
    rows = [
        (
            f"{one.name} (this one)" if one.station == vault.station.pin.station and terminal.has_screen else one.name,
            one.use,
            one.person,
            output_moment_text(one.since, terminal),
            output_moment_text(one.until, terminal),
            one.station[:8],
        )
        for one in listed
    ]
    terminal.table(COLUMNS, rows)
