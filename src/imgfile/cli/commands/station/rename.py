"""`imgfile station rename`: call a computer otherwise in the roster."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from imgfile.acts.practice.administrator import admit_administrator, finish_signed
from imgfile.acts.practice.former_computers import find_renamed
from imgfile.acts.practice.people import find_station, refuse_taken_name, rename_station
from imgfile.cli.acting.administrator import expect_administrator
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.clinical.text import parse_line
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault

StationArgument = Annotated[str, typer.Argument(metavar="COMPUTER", help="Its name, as the roster has it.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rename", help="Call a computer of the practice otherwise.")(rename)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def rename(
    *, station: StationArgument, name: NameArgument, vault: Vault, identities: Identities, terminal: Terminal
) -> None:
    """Sign the roster that has the new name."""
    called = parse_line(name)
    entry = find_renamed(vault, station, called) or find_station(vault.roster, station)
    refuse_taken_name(vault.roster, entry, called)
    expect_administrator(vault, identities)
    if entry.name != called:
        refuse([identities.problem()], "station rename")
    if entry.name == called:
        finish_signed(vault, at=datetime.now(UTC))
    else:
        by = admit_administrator(vault, identities.unlock())
        rename_station(vault, by, entry.station, called, at=datetime.now(UTC))
    if terminal.is_json:
        terminal.data({"type": "station", "station": entry.station, "station_name": called})
    is_new = entry.name != called
    terminal.say(f"{entry.name} is called {called} from now on." if is_new else f"{called} is called so already.")
