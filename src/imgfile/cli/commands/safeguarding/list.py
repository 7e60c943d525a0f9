"""`imgfile safeguarding list`: the photos that this computer leaves alone, and whom to call; none is shown."""

from __future__ import annotations

from typing import Final

import typer

from imgfile.acts.lift import holds_here
from imgfile.cli.formats import output_moment
from imgfile.cli.life.policy_today import policy_today
from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.clinical.rules import hold_by_hand
from imgfile.record_state.set_aside import SetAside
from imgfile.terminal import Terminal, sanitise
from imgfile.vault.access import Vault
from imgfile.vault.times import format_time

COLUMNS: Final = ("hold", "since", "where")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list", help="List the photos on a safeguarding hold at this computer, and whom to call.")(list_)


@with_terminal("no_input", "json", "quiet")
@with_vault
def list_(*, vault: Vault, terminal: Terminal) -> None:
    """List the holds, the oldest first."""
    held = holds_here(vault)
    if terminal.is_json:
        for each in held:
            terminal.data(_facts(each))
    elif held:
        rows = [(each.short, output_moment(each.at, terminal), sanitise(each.source)) for each in held]
        terminal.table(COLUMNS, rows)
    if not held:
        terminal.say("No photo is on a safeguarding hold at this computer.")
        return
    for line in hold_by_hand(policy_today(vault, terminal)).splitlines():
        terminal.say(line)
    terminal.say("A named person lifts one:  imgfile safeguarding lift HOLD")


def _facts(each: SetAside) -> dict[str, object]:
    return {"type": "hold", "hold": each.short, "at": format_time(each.at), "source": each.source}
