"""`imgfile legal-hold list`: which records are kept from being destroyed; needs no passphrase.

That no record is under a hold is said only where every record could be read.
"""

from __future__ import annotations

from typing import Final

import typer

from imgfile.acts.life.hold import Held, Unread, holds
from imgfile.cli.acting.who_reads import read_by
from imgfile.cli.formats import output_moment
from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.errors import Damaged
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.times import format_time

COLUMNS: Final = ("record", "held since", "computer")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list", help="List the records under a legal hold. Needs no passphrase.")(list_)


@with_terminal("json", "quiet")
@with_vault
def list_(*, vault: Vault, terminal: Terminal) -> None:
    """List the legal holds that stand."""
    found = list(holds(vault))
    held = sorted((each for each in found if isinstance(each, Held)), key=lambda each: (each.hold.at, each.of.record))
    unread = [each for each in found if isinstance(each, Unread)]
    if terminal.is_json:
        for each in held:
            terminal.data(_facts(vault, each))
        for damaged in unread:
            terminal.data({"type": "damaged", "record": damaged.reference, "message": damaged.message})
    else:
        terminal.table(
            COLUMNS, [(each.of.reference, output_moment(each.hold.at, terminal), _at(vault, each)) for each in held]
        )
        if held:
            terminal.say(read_by(vault, "Why, with your passphrase", "imgfile show RECORD --history"))
        elif not unread:
            terminal.say("No record is under a legal hold.")
    if unread:
        named = ", ".join(each.reference for each in unread)
        raise Damaged(
            f"{named}: nobody can know whether {'it is' if len(unread) == 1 else 'they are'} under a legal hold.",
            "imgfile verify tells what is wrong.",
        )


def _facts(vault: Vault, each: Held) -> dict[str, object]:
    return {
        "type": "hold",
        "record": each.of.reference,
        "at": format_time(each.hold.at),
        "station": _at(vault, each),
    }


def _at(vault: Vault, each: Held) -> str:
    return vault.roster.station_names.get(each.hold.station, each.hold.station[:8])
