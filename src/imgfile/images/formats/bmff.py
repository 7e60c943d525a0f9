"""The boxes of ISO base media files, walked within bounds (ISO/IEC 14496-12 §4.2; JPEG XL uses them too).

Nothing here descends by itself: each reader names the containers that it opens, so no depth needs a limit.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from imgfile.frozen import dataclass
from imgfile.images import refusals
from imgfile.images.limits import MAX_VALUE_CHARACTERS

MAX_BOXES: Final = 20_000
"""Boxes in one container. Photos of 200 megapixels in small tiles list some 3,000 items."""
HEADER_BYTES: Final = 8
CLIPPED: Final = frozenset({b"ftyp", b"meta", b"moov", b"mdat", b"jxlc", b"jxlp"})
"""Boxes that hold pictures or describe them: cut short, the photo is."""
_LONG_HEADER_BYTES: Final = 16
_LONG: Final = 1
"""A size field of 1: the size follows as 64 bits. One of 0: the box reaches to the end of the file."""
_FULL_BYTES: Final = 4
_INTEGERS: Final = {1: ">B", 2: ">H", 4: ">L", 8: ">Q"}


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its type, where it starts, where its content lies, where it ends."""

    name: bytes
    start: int
    body: int
    end: int
    missing: int = 0
    """Bytes that it should have behind the file's end."""

    @property
    def length(self) -> int:
        """Bytes with its header."""
        return self.end - self.start


def file_boxes(data: bytes) -> Iterator[Box]:
    """Walk a file's outermost boxes, leniently: one that holds pictures is clipped at the end, junk ends the walk."""
    at = 0
    for _ in range(MAX_BOXES):
        box = _box(data, at, len(data))
        if box is None or (box.end > len(data) and box.name not in CLIPPED):
            return
        end = min(box.end, len(data))
        yield Box(box.name, at, min(box.body, end), end, box.end - end)
        at = box.end
    raise refusals.too_large("it has too many parts")


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Walk the boxes in a container. Raises `UnsupportedImage` if one reaches past it."""
    at = start
    for _ in range(MAX_BOXES):
        box = _box(data, at, end)
        if box is None:
            return
        if box.end > end:
            raise refusals.damaged("a part reaches past the whole that holds it")
        yield box
        at = box.end
    raise refusals.too_large("it has too many parts")


def _box(data: bytes, at: int, end: int) -> Box | None:
    """Read the box at a place; None where there is none."""
    if at + HEADER_BYTES > end:
        return None
    length, name = struct.unpack_from(">L4s", data, at)
    body = at + HEADER_BYTES
    if length == _LONG and at + _LONG_HEADER_BYTES <= end:
        length = struct.unpack_from(">Q", data, body)[0]
        body = at + _LONG_HEADER_BYTES
    elif not length:
        length = end - at
    return Box(name, at, body, at + length) if at + length >= body else None


class Cursor:
    """Reads one box's fields in turn; a field that is not there is damage."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self.data = data
        self.at = start
        self.end = end

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return self.end - self.at

    def take(self, length: int) -> int:
        """Pass over so many bytes, and return where they start."""
        start = self.at
        if length > self.end - start:
            raise refusals.damaged("a part ends before its content")
        self.at = start + length
        return start

    def integer(self, width: int) -> int:
        """Read an unsigned number of 1, 2, 4 or 8 bytes; one of 0 bytes is 0."""
        if not width:
            return 0
        number: int = struct.unpack_from(_INTEGERS[width], self.data, self.take(width))[0]
        return number

    def integers(self, count: int, width: int) -> tuple[int, ...]:
        """Read numbers of one width."""
        start = self.take(count * width)
        return struct.unpack_from(f">{count}{_INTEGERS[width][1]}", self.data, start)

    def copy(self, length: int) -> bytes:
        """Copy so many bytes."""
        start = self.take(length)
        return self.data[start : start + length]

    def text(self) -> bytes:
        """Read up to a NUL, or what is left; a long text is cut."""
        start, end = self.at, self.data.find(b"\0", self.at, self.end)
        self.at = self.end if end < 0 else end + 1
        return self.data[start : min(self.at, start + MAX_VALUE_CHARACTERS)].removesuffix(b"\0")

    def full(self) -> tuple[int, int]:
        """Read a full box's version and flags."""
        number = self.integer(_FULL_BYTES)
        return number >> 24, number & 0xFFFFFF


def encode(name: bytes, *parts: bytes) -> bytes:
    """Write a box."""
    return struct.pack(">L4s", HEADER_BYTES + sum(map(len, parts)), name) + b"".join(parts)


def encode_full(name: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """Write a full box."""
    return encode(name, struct.pack(">L", version << 24 | flags), *parts)
