"""Mail text in a form that no mail program keeps: lines that end in CR alone, or UTF-16.

Old Macintosh programs wrote the first, editors and shells save the second. Both are read as the text that they are, a
byte for a character, and every byte there has its place in the file: so a photo can leave such a mail in place too. The
whole text is held in memory for that; a longer one is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from imgfile.errors import UnreadableMail
from imgfile.frozen import dataclass
from imgfile.mail.view import View
from imgfile.mail.wrapping import Edit

MAX_TEXT_BYTES: Final = 256 << 20
"""The longest text that is read so."""

_LONE_RETURN: Final = re.compile(rb"\r(?!\n)")
_LINE_BREAK: Final = re.compile(rb"\r\n|\r|\n")
_BEYOND_LATIN: Final = re.compile(rb"[^\0]+")
_UNKNOWN: Final = b"?"
"""Stands for a character that has no byte of its own; it is never written."""
_LEAST_BYTES: Final = 16
"""Of a shorter text nothing can be said."""


class Order(StrEnum):
    """Which byte of UTF-16 comes first (RFC 2781 §3.3)."""

    LEAST_FIRST = "UTF-16LE"
    MOST_FIRST = "UTF-16BE"


_MARKS: Final = {b"\xff\xfe": Order.LEAST_FIRST, b"\xfe\xff": Order.MOST_FIRST}
"""The byte order mark (RFC 2781 §3.2)."""


@dataclass(frozen=True, slots=True)
class LoneReturns:
    """A text whose lines end in CR: read as if they ended in LF."""

    def open(self, outer: View) -> View:
        """Read it. Raises `UnreadableMail` when it is too long."""
        return View(self.read(_whole(outer)))

    def read(self, text: bytes) -> bytes:
        """Return a text, or its beginning, with LF for each CR that has none."""
        return _LONE_RETURN.sub(b"\n", text) if b"\n" in text else text.replace(b"\r", b"\n")

    def lift(self, outer: View, edits: Sequence[Edit]) -> list[Edit]:
        """Write CR for each line break that was one: edits keep the number of lines, and how each ends."""
        return [Edit(edit.offset, _with_returns(edit.text, outer.slice(edit.offset, edit.end))) for edit in edits]

    def inner(self, offset: int) -> int:
        """Return where a byte of the file stands in the text."""
        return offset

    def outer(self, offset: int) -> int:
        """Return where a byte of the text stands in the file."""
        return offset


def _with_returns(text: bytes, old: bytes) -> bytes:
    breaks = _LINE_BREAK.findall(old)
    if len(breaks) != len(_LINE_BREAK.findall(text)):  # pragma: no cover - no edit of a text changes that
        raise UnreadableMail("a photo cannot be taken out of these lines.", "Delete the message in the mail program.")
    following = iter(breaks)
    return _LINE_BREAK.sub(lambda _: next(following), text)


@dataclass(frozen=True, slots=True)
class Wide:
    """A text in UTF-16, from `start` on: read as its Latin-1 characters, each a byte."""

    order: Order
    start: int

    def open(self, outer: View) -> View:
        """Read it. Raises `UnreadableMail` when it is too long."""
        return View(self.read(_whole(outer)))

    def read(self, text: bytes) -> bytes:
        """Return a text, or its beginning, a byte for each character."""
        low, high = self._halves(text[self.start :])
        return _narrow(low, high)

    def lift(self, outer: View, edits: Sequence[Edit]) -> list[Edit]:
        """Write two bytes for each that changes; a character that stays keeps both."""
        return [self._lifted(outer, edit) for edit in edits]

    def inner(self, offset: int) -> int:
        """Return where a byte of the file stands in the text."""
        return max(0, offset - self.start) // 2

    def outer(self, offset: int) -> int:
        """Return where a byte of the text stands in the file."""
        return self.start + 2 * offset

    def _lifted(self, outer: View, edit: Edit) -> Edit:
        low, high = self._halves(outer.slice(self.outer(edit.offset), self.outer(edit.end)))
        old, text = _narrow(low, high), edit.text
        kept = [at for at in range(len(text)) if high[at] and text[at] == old[at]] if any(high) else []
        new_low, new_high = bytearray(text), bytearray(len(text))
        for at in kept:
            new_low[at], new_high[at] = low[at], high[at]
        pairs = bytearray(2 * len(text))
        first = 0 if self.order is Order.LEAST_FIRST else 1
        pairs[first::2], pairs[1 - first :: 2] = new_low, new_high
        return Edit(self.outer(edit.offset), bytes(pairs))

    def _halves(self, pairs: bytes) -> tuple[bytes, bytes]:
        pairs = pairs[: len(pairs) & ~1]
        return (pairs[0::2], pairs[1::2]) if self.order is Order.LEAST_FIRST else (pairs[1::2], pairs[0::2])


def _narrow(low: bytes, high: bytes) -> bytes:
    """Return a byte for each character."""
    if not high.strip(b"\0"):
        return low
    narrow = bytearray(low)
    for wide in _BEYOND_LATIN.finditer(high):
        narrow[wide.start() : wide.end()] = _UNKNOWN * len(wide[0])
    return bytes(narrow)


def _whole(outer: View) -> bytes:
    if len(outer) > MAX_TEXT_BYTES:
        raise UnreadableMail(
            "the mailbox is UTF-16, or its lines end in CR alone, and it is too large to be read so.",
            "Save it as UTF-8 with ordinary lines, or export it again.",
        )
    return outer.slice(0, len(outer))


TextForm = LoneReturns | Wide


def recognise_form(prefix: bytes) -> TextForm | None:
    """Return in which form a text is that begins with these bytes; None for an ordinary text, and for no text."""
    order = _MARKS.get(prefix[:2])
    if order is not None:
        return Wide(order, 2)
    if len(prefix) < _LEAST_BYTES:
        return None
    half = len(prefix) // 2
    first, second = prefix[0::2].count(0), prefix[1::2].count(0)
    if max(first, second) > half * 3 // 4 and min(first, second) * 20 <= half:
        return Wide(Order.LEAST_FIRST if second > first else Order.MOST_FIRST, 0)
    return LoneReturns() if b"\r" in prefix and b"\n" not in prefix and b"\0" not in prefix else None
