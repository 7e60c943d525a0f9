"""How a vault writes a moment: UTC, to the second, so that two stations write the same moment the same way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"


def format_time(moment: datetime) -> str:
    """Write a moment as vaults do: UTC, whole seconds, `2026-11-22T14:03:11Z`."""
    return moment.astimezone(UTC).strftime(_TIME_FORMAT)


def parse_time(text: str) -> datetime:
    """Read a moment as vaults write it. Raises ValueError."""
    moment = datetime.fromisoformat(text)  # `datetime.strptime` imports the calendars of every locale
    if format_time(moment) != text:
        raise ValueError(text)
    return moment
