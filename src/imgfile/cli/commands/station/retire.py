"""`imgfile station retire`: a computer is given up, lost or sold; what it files from then on counts for nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from imgfile.acts.practice.administrator import admit_administrator, expect_format_2, finish_signed
from imgfile.acts.practice.former_computers import find_retired
from imgfile.acts.practice.leaving import retire
from imgfile.acts.practice.people import find_station
from imgfile.cli.acting.administrator import expect_administrator
from imgfile.cli.commands.station.rename import StationArgument
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.purpose import refuse
from imgfile.cli.scaffold import with_terminal
from imgfile.counts import counted
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.trail.holds import holds_at


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("retire", help="Close a computer that is given up, lost or sold.")(retire_)


@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def retire_(*, station: StationArgument, vault: Vault, identities: Identities, terminal: Terminal) -> None:
    """Sign the roster that closes it."""
    expect_format_2(vault)
    if (gone := find_retired(vault, station)) is not None:
        finish_signed(vault, at=datetime.now(UTC))
        if terminal.is_json:
            terminal.data({"type": "retired", "station": gone.station, "roster": gone.roster})
        terminal.say(f"{gone.name} was retired already, by roster {gone.roster}. Nothing is left to do.")
        return
    entry = find_station(vault.roster, station)
    expect_administrator(vault, identities)
    refuse([identities.problem()], "station retire")
    if held := len(holds_at(vault, entry.station)):
        photos = counted(held, "photo is", "photos are")
        terminal.warn(
            f"{photos} on a safeguarding hold at {entry.name}, and a hold ends with its computer: what is filed of "
            "such a photo may be destroyed then. Tell whoever leads on safeguarding."
        )
    retired = retire(vault, admit_administrator(vault, identities.unlock()), entry, at=datetime.now(UTC))
    if terminal.is_json:
        terminal.data({"type": "retired", "station": entry.station, "roster": retired.roster.number})
    terminal.say(f"{entry.name} is retired. What it filed until now stays; what it files later counts for nothing.")
    owner = retired.roster.person(entry.person)
    if owner is not None:
        terminal.say(f"A passphrase was used on it: if it is lost, remove {owner.name} and let them join again.")
