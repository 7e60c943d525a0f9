"""`imgfile check`: how a set-up stands, one line a point, each with what to do next. Changes nothing in the vault.

With --clean it removes first what killed runs left and a note of this account's knows as theirs, and the keys of
records that are gone; nothing else.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from imgfile.acts.check.gone_keys import clean_gone_keys
from imgfile.acts.check.leftovers import clean_leftovers, words_of
from imgfile.acts.check.points import Level, Point
from imgfile.acts.check.run import check
from imgfile.acts.check.vault import find_vault
from imgfile.cli.options import VaultOption
from imgfile.cli.scaffold import chosen_station, with_terminal
from imgfile.counts import counted
from imgfile.errors import BatchIncomplete
from imgfile.station import Station
from imgfile.terminal import Terminal, sanitise
from imgfile.vault.times import format_time

FINDINGS_EXIT_CODE: Final = BatchIncomplete.exit_code
"""As of a batch: imgfile did what was asked, and something is left to somebody."""
_COLUMNS: Final = ("level", "point", "message", "next")

CleanOption = Annotated[
    bool,
    typer.Option("--clean", help="First remove the copies that killed runs left, and keys of records that are gone."),
]
_INDENT: Final = " " * 8


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check", help="Look at your set-up, point by point: what is well, and what to do next.")(check_command)


@with_terminal("json", "quiet")
def check_command(*, vault: VaultOption = None, clean: CleanOption = False, terminal: Terminal) -> int:
    """Report every point, and return 0, or 3 where any of them is to be looked at."""
    if clean:
        _clean(terminal)
    station = chosen_station(vault, terminal)
    if clean:
        _clean_keys(station, terminal)
    points = list(check(station, datetime.now(UTC).astimezone()))
    shown = [point for point in points if point.is_finding or not terminal.is_quiet]
    code = FINDINGS_EXIT_CODE if any(point.is_finding for point in points) else 0
    if terminal.is_json:
        for point in shown:
            terminal.data(_facts(point))
        terminal.data(_summary(points, code))
    elif terminal.has_screen:
        terminal.page("".join(f"{line}\n" for point in shown for line in _lines(point, terminal.columns)))
    elif shown:
        terminal.table(_COLUMNS, ((point.level.value, point.name, point.message, point.next) for point in shown))
    return code


def _clean(terminal: Terminal) -> None:
    """Remove what is known as a killed run's, and report each."""
    removed = clean_leftovers()
    for left in removed:
        if terminal.is_json:
            terminal.data({"type": "removed", "maker": left.draft.maker, "at": format_time(left.draft.at)})
        terminal.say(f"Removed what {words_of(left.draft)} left: {left.draft.path}")
    if not removed and not terminal.is_json:
        terminal.say("Nothing was removed.")


def _clean_keys(station: Station, terminal: Terminal) -> None:
    """Remove the keys of records that are gone, where the vault opens."""
    vault, _ = find_vault(station)
    count = clean_gone_keys(vault) if vault is not None else 0
    if count and terminal.is_json:
        terminal.data({"type": "removed", "maker": "gone", "at": format_time(datetime.now(UTC))})
    if count:
        terminal.say(f"Removed {counted(count, 'key')} of records that are gone.")


def _facts(point: Point) -> dict[str, object]:
    facts: dict[str, object] = {
        "type": "point",
        "point": point.name,
        "level": point.level.value,
        "message": point.message,
    }
    return {**facts, "next": point.next} if point.next else facts


def _summary(points: Iterable[Point], code: int) -> dict[str, object]:
    counts = Counter(point.level for point in points)
    return {"type": "summary", **{level.value: counts[level] for level in Level}, "exit": code}


def _lines(point: Point, columns: int) -> list[str]:
    """Lay a point out for a screen: its level, the sentence, what is next beside it or below, and then its places."""
    first = f"  {point.level.value:4}  "
    width = max(columns - 1, 2 * len(_INDENT))
    lines = textwrap.wrap(
        sanitise(point.message),
        width,
        initial_indent=first,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    following = sanitise(point.next)
    if following and len(lines) == 1 and len(lines[0]) + 2 + len(following) <= width:
        lines[0] += f"  {following}"
    elif following:
        lines.append(f"{_INDENT}-> {following}")
    return [*lines, *(f"{_INDENT}   {sanitise(place)}" for place in point.places)]
