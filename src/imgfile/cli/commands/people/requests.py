"""`imgfile people requests`: what asks to join, without the words: those are read out by whoever asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import typer

from imgfile.cli.formats import output_moment_text
from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.errors import Damaged, UsageError
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.joining.judge import Posted, approved_in, judge, posted
from imgfile.vault.roster.model import Roster

COLUMNS: Final = ("computer", "asked", "wants", "they say", "state")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("requests", help="List the computers that ask to join, and why one could not be approved.")(requests)


@with_terminal("json", "quiet")
@with_vault
def requests(*, vault: Vault, terminal: Terminal) -> None:
    """List what was asked and not approved."""
    rosters = list(vault.rosters())
    rows = [row for each in posted(vault.store, vault.id) for row in _rows(vault, each, rosters)]
    if terminal.is_json:
        for row in rows:
            terminal.data({"type": "request", **row})
    else:
        shown = ((*list(row.values())[1:2], output_moment_text(row["asked"], terminal), *_rest(row)) for row in rows)
        terminal.table(COLUMNS, list(shown))
    if not rows:
        terminal.say("Nobody asks to join.")


def _rest(row: dict[str, str]) -> Sequence[str]:
    return row["wants"], row["says"], row["state"]


def _rows(vault: Vault, each: Posted, rosters: Sequence[Roster]) -> Iterator[dict[str, str]]:
    """Yield one row, or none for what was approved."""
    request = each.request
    if request is None:
        name = each.where.rpartition("/")[2].removesuffix(".note")
        yield {"request": name, "station_name": "", "asked": "", "wants": "", "says": "", "state": each.flaw}
        return
    if approved_in(request, rosters) is not None:
        return
    state = "waits for the words"
    try:
        judge(vault.store, request, rosters)
    except (Damaged, UsageError) as error:
        state = error.message
    yield {
        "request": request.name,
        "station_name": request.station.name if request.station is not None else "",
        "asked": request.asked,
        "wants": "to file" if request.credential is None else "to look and to file" if request.station else "to look",
        "says": ", ".join(filter(None, (request.says_name, request.says_registration))),
        "state": state,
    }
