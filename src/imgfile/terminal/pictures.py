"""Small pictures on a screen: two pixels a cell, the upper half in the letter's colour, the lower half behind it.

That needs nothing of a terminal but colours, so it works through tmux and ssh, where the protocols for real pictures
(kitty's, sixel, iTerm2's) mostly get lost. 24-bit colour is recognised by COLORTERM, as terminals announce it; 256
colours, by TERM, give a rougher picture.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final, Literal, Protocol

from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style

GAP_COLUMNS: Final = 2
_UPPER_HALF: Final = "\N{UPPER HALF BLOCK}"
_PIXEL_BYTES: Final = 3


class Picture(Protocol):
    """What can be shown: rows of pixels from the top, each pixel red, green and blue."""

    @property
    def width(self) -> int:
        """Pixels, and columns."""

    @property
    def height(self) -> int:
        """Pixels, two of them a line."""

    @property
    def pixels(self) -> bytes:
        """Three bytes a pixel."""


def has_depth(encoding: str) -> bool:
    """Return whether a coloured screen has colours enough, and the half block."""
    try:
        _UPPER_HALF.encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return _colours() is not None


def _colours() -> Literal["truecolor", "256"] | None:
    term = os.environ.get("TERM", "")
    if os.environ.get("COLORTERM", "").casefold() in {"truecolor", "24bit"} or term.endswith("-direct"):
        return "truecolor"
    return "256" if "256color" in term or "WT_SESSION" in os.environ else None


def beside(picture: Picture | None, lines: Sequence[str], *, width: int, columns: int = 32) -> str:
    """Draw a picture with lines to its right, folded where a screen of so many columns ends.

    The picture's place is `columns` wide. The lines are already sanitised.
    """
    page = io.StringIO()
    console = Console(file=page, width=width, color_system=_colours(), force_terminal=True, legacy_windows=False)
    drawn = list(_rows(picture)) if picture else []
    for cells, line in zip_longest(drawn, _folded(lines, max(width - columns - GAP_COLUMNS, 1))):
        used = sum(len(cell.text) for cell in cells or ())
        blank = Segment(" " * (columns + GAP_COLUMNS - used))
        console.print(Segments([*(cells or ()), *([blank, Segment(line)] if line else ()), Segment.line()]), end="")
    return page.getvalue() + "\n"


def alone(picture: Picture, *, width: int) -> str:
    """Draw a picture by itself, at the left."""
    page = io.StringIO()
    console = Console(file=page, width=width, color_system=_colours(), force_terminal=True, legacy_windows=False)
    for cells in _rows(picture):
        console.print(Segments([*cells, Segment.line()]), end="")
    return page.getvalue()


def _rows(picture: Picture) -> Iterator[list[Segment]]:
    for top in range(0, picture.height, 2):
        yield [_cell(picture, column, top) for column in range(picture.width)]


def _cell(picture: Picture, column: int, top: int) -> Segment:
    upper = _colour(picture, column, top)
    lower = _colour(picture, column, top + 1) if top + 1 < picture.height else None
    return Segment(_UPPER_HALF, Style(color=upper, bgcolor=lower))


def _colour(picture: Picture, column: int, row: int) -> str:
    at = _PIXEL_BYTES * (row * picture.width + column)
    return f"#{picture.pixels[at : at + _PIXEL_BYTES].hex()}"


def _folded(lines: Sequence[str], width: int) -> Iterator[str]:
    for line in lines:
        yield from (line[at : at + width] for at in range(0, max(len(line), 1), width))
