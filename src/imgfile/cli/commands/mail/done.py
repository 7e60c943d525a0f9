"""`imgfile mail done`: tick off mails that somebody has deleted in the mail account; this computer forgets them."""

from __future__ import annotations

from typing import Annotated

import typer

from imgfile.acts.filed_mails import FiledMail, MailMemory
from imgfile.cli.formats import show_local_moment
from imgfile.cli.options import VaultOption
from imgfile.cli.scaffold import chosen_station, with_terminal
from imgfile.errors import UsageError
from imgfile.terminal import Terminal

RecordsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[RECORD]...",
        help="References of records whose mails are deleted, or their first 4 characters: 7f3k",
        show_default=False,
    ),
]
AllOption = Annotated[bool, typer.Option("--all", help="Tick off every mail that waits.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("done", help="Tick off mails that are deleted in the mail account.")(done)


@with_terminal("json", "quiet")
def done(
    *, records: RecordsArgument = None, every: AllOption = False, vault: VaultOption = None, terminal: Terminal
) -> None:
    """Tick off the mails of some records, or all of them."""
    if bool(records) == every:
        raise UsageError("which mails are done?", "Name their records, or give --all:  imgfile mail lists them.")
    station = chosen_station(vault, terminal)
    memory = MailMemory(station)
    with station.locked():
        named = [each.record for each in memory.waiting()] if every else memory.named(records or [])
        gone = memory.tick_off(named)
    for each in gone:
        if terminal.is_json:
            terminal.data({"type": "done", "record": each.reference})
        terminal.say(f"Ticked off: the mail of {each.reference}{_sent(each)}.")
    if not gone:
        terminal.say("No mail waits to be ticked off.")


def _sent(each: FiledMail) -> str:
    return f", sent {show_local_moment(each.sent_at)}" if each.sent_at else ""
