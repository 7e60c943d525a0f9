"""A TIFF's directories, read within bounds (TIFF 6.0 §2). Nothing is understood here but the structure."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from imgfile.images import refusals
from imgfile.images.tiff_tags import CODES, TYPE_BYTES

MAX_PAGES: Final = 2000
"""Pages of one file; scanned letters have tens."""
MAX_ENTRIES: Final = 4000
"""Entries of one directory; real ones have at most some hundred."""
MAX_ALL_ENTRIES: Final = 100_000
ENTRY_BYTES: Final = 12
_HEAD_BYTES: Final = 8
_INLINE_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag with its value as stored; the value is empty if it lies outside of the file or its type is unknown."""

    tag: int
    type: int
    count: int
    value: memoryview = field(repr=False)

    def integers(self, order: str) -> tuple[int, ...]:
        """Give its numbers; none if it is of no unsigned integer type."""
        code = CODES.get(self.type)
        return struct.unpack_from(f"{order}{self.count}{code}", self.value) if code and self.value else ()


@dataclass(frozen=True, slots=True)
class Directory:
    """The entries of one directory by tag, the first of each."""

    start: int
    order: str
    entries: dict[int, Entry]
    has_repeated: frozenset[int]
    """Tags that stand there twice: programs disagree about which counts."""
    following: int

    def integer(self, tag: int, default: int = 0) -> int:
        """Give a tag's first number."""
        entry = self.entries.get(tag)
        return next(iter(entry.integers(self.order)), default) if entry is not None else default


def byte_order(data: bytes) -> str:
    """Tell the byte order as `struct` writes it."""
    return "<" if data[:2] == b"II" else ">"


def directories(data: bytes) -> Iterator[Directory]:
    """Walk the chain of pages. Raises `UnsupportedImage` if it leads outside, in a circle, or too far."""
    order = byte_order(data)
    if len(data) < _HEAD_BYTES:
        raise refusals.truncated()
    at = struct.unpack_from(order + "L", data, 4)[0]
    seen: set[int] = set()
    left = MAX_ALL_ENTRIES
    while at:
        if at in seen:
            raise refusals.damaged("its pages follow each other in a circle")
        if len(seen) == MAX_PAGES or left <= 0:
            raise refusals.too_large("it has too many pages")
        seen.add(at)
        directory = read(data, order, at)
        if directory is None:
            raise refusals.truncated("a page's description is missing")
        left -= len(directory.entries)
        yield directory
        at = directory.following


def read(data: bytes, order: str, at: int) -> Directory | None:
    """Read one directory; None if it does not lie within the file, or is larger than any real one."""
    if at < _HEAD_BYTES or at + 2 > len(data):
        return None
    count = struct.unpack_from(order + "H", data, at)[0]
    end = at + 2 + count * ENTRY_BYTES
    if not count or count > MAX_ENTRIES or end + _INLINE_BYTES > len(data):
        return None
    view = memoryview(data)
    entries: dict[int, Entry] = {}
    repeated: set[int] = set()
    for place in range(at + 2, end, ENTRY_BYTES):
        entry = _entry(view, order, place)
        if entry.tag in entries:
            repeated.add(entry.tag)
        entries.setdefault(entry.tag, entry)
    return Directory(at, order, entries, frozenset(repeated), struct.unpack_from(order + "L", data, end)[0])


def _entry(view: memoryview, order: str, at: int) -> Entry:
    tag, kind, count = struct.unpack_from(order + "HHL", view, at)
    length = TYPE_BYTES.get(kind, 0) * count
    start = at + _HEAD_BYTES
    if length > _INLINE_BYTES:
        start = struct.unpack_from(order + "L", view, start)[0]
    is_inside = start + length <= len(view)
    return Entry(tag, kind, count, view[start : start + length * is_inside])
