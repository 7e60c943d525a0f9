"""`imgfile handed RECORD...`: say where photos are in the clinical record now, which needs no passphrase.

Without a record it lists those that were never handed over: what `imgfile status` counts.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Final

import typer

from imgfile.acts.life.person import expect_open_to_additions
from imgfile.cli.handover.handed import WHERE_EXPLAINED, WhereOption, hand_over_all
from imgfile.cli.handover.waiting import print_not_handed
from imgfile.cli.options import RecordsArgument
from imgfile.cli.purpose import problem_with, refuse, stated_line
from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.cli.which_records import named_records
from imgfile.clinical.dates import parse_past_date, show_date
from imgfile.clinical.text import parse_line
from imgfile.errors import UsageError
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault

OnOption = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="Since when; today without it: yesterday, 28/11/2026.")
]
HELP: Final = (
    "Say where photos are in the clinical record now; without a record, list those never handed over. Needs no "
    "passphrase."
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("handed", help=HELP)(handed)


@with_terminal("no_input", "json", "quiet", "no_pager")
@with_vault
def handed(
    *,
    record: RecordsArgument = None,
    vault: Vault,
    where: WhereOption = None,
    on: OnOption = None,
    terminal: Terminal,
) -> None:
    """Add to each record where it was handed over to."""
    vault.station.require_memory()
    if not record:
        if where is not None or on is not None:
            raise UsageError("no record is named.", "imgfile handed  lists the photos that were never handed over.")
        print_not_handed(vault, terminal)
        return
    found = named_records(vault.enrolled(), record)
    for of in found:
        expect_open_to_additions(vault, of)
    day = None if on is None else problem_with("on", on, _parse_day, terminal)
    refuse([problem_with("where", where, parse_line, terminal), day], "handed")
    since = _today() if on is None else _parse_day(on)
    place = stated_line(where, "Where in the record:", WHERE_EXPLAINED, terminal)
    for reference in hand_over_all(vault, found, place, on=since):
        if terminal.is_json:
            terminal.data({"type": "handed", "record": reference, "on": since.isoformat()})
        terminal.say(f"Handed over: {reference}, since {show_date(since)}.")


def _parse_day(text: str) -> date:
    return parse_past_date(text, today=_today())


def _today() -> date:
    return datetime.now(UTC).astimezone().date()
