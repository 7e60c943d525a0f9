"""Another day on this computer's clock: for what is judged by today's date, through the commands themselves.

Every room takes the time from `datetime.now`. Within `on`, the class of that name says another moment in all of them,
those too that are imported meanwhile; what is a `datetime` stays one.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, tzinfo
from typing import Final, Self, cast

_REAL: Final = datetime


class _Any(type):
    """Takes every moment for one of its own."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _REAL)


@contextmanager
def on(day: date | None) -> Iterator[None]:
    """Let it be noon of a day; None changes nothing."""
    if day is None:
        yield
        return
    noon = datetime.combine(day, time(12)).astimezone()

    class There(datetime, metaclass=_Any):  # this module's own name is not swapped
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            there = noon.astimezone(tz) if tz is not None else noon.replace(tzinfo=None)
            return cast("Self", there)  # a real one: nothing of this day outlives it

    dt.datetime = There  # type: ignore[misc]
    _swap(_REAL, There)
    try:
        yield
    finally:
        dt.datetime = _REAL  # type: ignore[misc]
        _swap(There, _REAL)


def _swap(one: type, other: type) -> None:
    for name, loaded in list(sys.modules.items()):
        if (
            name.partition(".")[0] in {"imgfile", "kit", "__main__"}
            and name != __name__
            and vars(loaded).get("datetime") is one
        ):
            vars(loaded)["datetime"] = other
