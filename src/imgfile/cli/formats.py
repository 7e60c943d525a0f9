"""How moments and names are written: in data as vaults write them, on a screen as people and their shells do."""

from __future__ import annotations

import os
import re
from datetime import datetime
from typing import Final

from imgfile.terminal import Terminal
from imgfile.vault.times import format_time, parse_time

_IS_WINDOWS: Final = os.name == "nt"


def output_moment(moment: datetime, terminal: Terminal) -> str:
    """Write a moment for standard output: `2026-11-22T14:03:11Z`, or `22 Nov 2026 14:03` on a screen."""
    return show_local_moment(moment) if terminal.has_screen else format_time(moment)


def output_moment_text(text: str, terminal: Terminal) -> str:
    """Write a moment that a vault wrote; text that is none stays as it is."""
    return show_moment_text(text) if terminal.has_screen else text


def show_moment_text(text: str) -> str:
    """Write a moment that a vault wrote, in this computer's own time; text that is none stays as it is."""
    try:
        return show_local_moment(parse_time(text))
    except ValueError:
        return text


def show_day(text: str) -> str:
    """Write the day of a moment that a vault wrote, where this computer is; text that is none stays as it is."""
    from imgfile.clinical.dates import show_date  # noqa: PLC0415 - as below

    try:
        return show_date(parse_time(text).astimezone().date())
    except ValueError:
        return text


def show_local_moment(moment: datetime) -> str:
    """Write a moment in this computer's own time."""
    return show_moment(moment.astimezone())


def show_moment(moment: datetime) -> str:
    """Write a moment as it is, in its own time: `21 Nov 2026 08:09`."""
    from imgfile.clinical.dates import show_date  # noqa: PLC0415 - what goes into a pipe is spelled without it

    return f"{show_date(moment.date())} {moment:%H:%M}"


def shell_quoted(name: str) -> str:
    """Quote a name where it needs that: for a POSIX shell, or for PowerShell on Windows."""
    if not _IS_WINDOWS:
        import shlex  # noqa: PLC0415 - a name is seldom quoted

        return shlex.quote(name)
    doubled = name.replace("'", "''")
    return name if re.fullmatch(r"[\w\\/:.-]+", name) else f"'{doubled}'"
