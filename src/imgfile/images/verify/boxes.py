"""Boxes and numbers for a second walk, written apart from `images/formats/bmff.py`: strict with what we wrote."""

from __future__ import annotations

from typing import Final

from imgfile.frozen import dataclass
from imgfile.images.verify.proof import demand

_LONG_BYTES: Final = 16
_MAX_BOXES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Span:
    """A named run of bytes: where its content starts and ends."""

    name: bytes
    start: int
    end: int


def split(data: bytes, start: int, end: int, *, is_strict: bool = True) -> list[Span]:
    """List the boxes that fill a range; strictly, all of it, each with a short header."""
    found: list[Span] = []
    while start + 8 <= end and len(found) < _MAX_BOXES:
        length, body = int.from_bytes(data[start : start + 4], "big"), start + 8
        if length == 1 and not is_strict:
            length, body = int.from_bytes(data[body : body + 8], "big"), start + _LONG_BYTES
        elif not length and not is_strict:
            length = end - start
        if length < body - start or start + length > end:
            demand(not is_strict, "boxes")
            length = max(end - start, body - start)
        found.append(Span(data[start + 4 : start + 8], body, min(start + length, end)))
        start += length
    demand(start == end or not is_strict, "boxes")
    return found


def only(spans: list[Span], name: bytes) -> Span | None:
    """Return the first of a name, or None."""
    return next((span for span in spans if span.name == name), None)


class Numbers:
    """Reads big-endian numbers one behind the other; past the end they are 0, and `is_over` says so."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, span: Span) -> None:
        self.data, self.at, self.end = data, span.start, span.end

    def next(self, width: int) -> int:
        """Read a number of so many bytes."""
        self.at += width
        return int.from_bytes(self.data[self.at - width : self.at], "big") if self.at <= self.end else 0

    def raw(self, length: int) -> bytes:
        """Read so many bytes."""
        self.at += length
        return self.data[self.at - length : self.at] if self.at <= self.end else b""

    @property
    def is_done(self) -> bool:
        """Whether exactly all was read."""
        return self.at == self.end

    @property
    def is_over(self) -> bool:
        """Whether more was asked for than there is."""
        return self.at > self.end
