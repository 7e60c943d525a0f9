"""How a moment is written: in data as vaults write it, on a screen by the clock on the wall."""

from __future__ import annotations

from datetime import datetime

from imgfile.clinical.dates import show_date
from imgfile.terminal import Terminal
from imgfile.vault.records.manifest import format_time, parse_time


def written(moment: datetime, terminal: Terminal) -> str:
    """Write a moment for standard output: `2026-11-22T14:03:11Z`, or `22 Nov 2026 14:03` on a screen."""
    return on_the_wall(moment) if terminal.has_screen else format_time(moment)


def written_again(text: str, terminal: Terminal) -> str:
    """Write a moment that a vault wrote; text that is none stays as it is."""
    try:
        return written(parse_time(text), terminal)
    except ValueError:
        return text


def on_the_wall(moment: datetime) -> str:
    """Write a moment in this computer's own time."""
    local = moment.astimezone()
    return f"{show_date(local.date())} {local:%H:%M}"
