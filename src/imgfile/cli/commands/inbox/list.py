"""`imgfile inbox list`: what waits for a clinician. No identity is needed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import typer

from imgfile.acts.inbox.list import DamagedItem, is_overdue, waiting
from imgfile.cli.formats import output_moment
from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.clinical.dates import show_date
from imgfile.errors import Damaged
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.records.item import Item, Why
from imgfile.vault.times import format_time

_COLUMNS = ("item", "received", "computer", "waits for")
_WHY = {Why.NO_PSEUDONYMS: "a clinician to file it", Why.QUARANTINED: "somebody's decision"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list", help="List the photos that wait in the inbox. Needs no passphrase.")(list_)


@with_terminal("json", "quiet")
@with_vault
def list_(*, vault: Vault, terminal: Terminal) -> None:
    """List what waits, the oldest first."""
    found = list(waiting(vault))
    if terminal.is_json:
        for each in found:
            terminal.data(_facts(vault, each))
    elif found:
        terminal.table(_COLUMNS, [_row(vault, each, terminal) for each in found])
    else:
        terminal.say("Nothing waits in the inbox.")
    if damaged := [each for each in found if isinstance(each, DamagedItem)]:
        raise Damaged(
            f"{len(damaged)} of them {'is' if len(damaged) == 1 else 'are'} damaged.",
            "imgfile verify tells what is wrong.",
        )


def _row(vault: Vault, each: Item | DamagedItem, terminal: Terminal) -> tuple[str, ...]:
    if isinstance(each, DamagedItem):
        return each.reference, "", "", each.message
    late = ", OVERDUE" if is_overdue(each, _today()) else ""
    until = f", until {show_date(date.fromisoformat(each.deadline))}{late}" if each.deadline else ""
    computer = vault.roster.station_names.get(each.station, "")
    return each.reference, output_moment(each.received, terminal), computer, f"{_WHY[each.why]}{until}"


def _facts(vault: Vault, each: Item | DamagedItem) -> dict[str, object]:
    if isinstance(each, DamagedItem):
        return {"type": "damaged", "item": each.reference, "message": each.message}
    return {
        "type": "item",
        "item": each.reference,
        "why": each.why.value,
        "received": format_time(each.received),
        "deadline": each.deadline,
        **({"overdue": True} if is_overdue(each, _today()) else {}),
        "station": vault.roster.station_names.get(each.station, ""),
    }


def _today() -> date:
    return datetime.now(UTC).astimezone().date()
