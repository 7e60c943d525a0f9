"""A TIFF's directories, read within bounds (TIFF 6.0 §2, BigTIFF). Nothing is understood here but the structure."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from imgfile.frozen import dataclass, field
from imgfile.images import refusals, tiff_layout
from imgfile.images.formats.tiff.tags import CODES
from imgfile.images.tiff_layout import CLASSIC, TYPE_BYTES, Form

MAX_PAGES: Final = 2000
"""Pages of one file; scanned letters have tens."""
MAX_ENTRIES: Final = 4000
"""Entries of one directory; real ones have at most some hundred."""
MAX_ALL_ENTRIES: Final = 100_000
"""Entries of all pages: what a scan of 2,000 pages with fifty tags each has."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag with its value as stored; the value is empty if it lies outside of the file or its type is unknown."""

    tag: int
    type: int
    count: int
    value: memoryview = field(repr=False)

    def integers(self, order: str) -> tuple[int, ...]:
        """Return its numbers; none if it is of no unsigned integer type."""
        code = CODES.get(self.type)
        return struct.unpack_from(f"{order}{self.count}{code}", self.value) if code and self.value else ()


@dataclass(frozen=True, slots=True)
class Directory:
    """The entries of one directory by tag, the first of each."""

    start: int
    form: Form
    entries: dict[int, Entry]
    has_repeated: frozenset[int]
    """Tags that stand there twice: programs disagree about which counts."""
    following: int

    @property
    def order(self) -> str:
        """The byte order as `struct` writes it."""
        return self.form.order

    def integer(self, tag: int, default: int = 0) -> int:
        """Return a tag's first number."""
        entry = self.entries.get(tag)
        return next(iter(entry.integers(self.order)), default) if entry is not None else default


def directories(data: bytes) -> Iterator[Directory]:
    """Walk the chain of pages, up to where it leads back. Raises `UnsupportedImage` if it leads outside, or too far."""
    form = tiff_layout.form(data) or CLASSIC["<"]
    if len(data) < form.head_bytes:
        raise refusals.truncated()
    at = struct.unpack_from(form.order + form.places, data, form.first)[0]
    seen: set[int] = set()
    entries = 0
    while at and at not in seen:  # 0 ends the chain; one that leads back would never end
        if len(seen) == MAX_PAGES or entries >= MAX_ALL_ENTRIES:
            raise refusals.too_large("it has too many pages")
        seen.add(at)
        directory = read(data, form, at)
        if directory is None:
            raise refusals.truncated("a page's description is missing")
        entries += len(directory.entries)
        yield directory
        at = directory.following


def read(data: bytes, form: Form, at: int) -> Directory | None:
    """Read one directory; None if it does not lie within the file, or is larger than any real one."""
    first = at + form.counts_bytes
    # A directory may stand anywhere behind the header, even before the picture that it describes (TIFF 6.0 §2).
    if at < form.head_bytes or first > len(data):
        return None
    count = struct.unpack_from(form.order + form.counts, data, at)[0]
    end = first + count * form.entry_bytes
    # At least one entry (§2), and behind the last one the place of the next directory.
    if not count or count > MAX_ENTRIES or end + form.inline_bytes > len(data):
        return None
    view = memoryview(data)
    entries: dict[int, Entry] = {}
    repeated: set[int] = set()
    for place in range(first, end, form.entry_bytes):
        entry = _entry(view, form, place)
        if entry.tag in entries:
            repeated.add(entry.tag)
        entries.setdefault(entry.tag, entry)
    return Directory(at, form, entries, frozenset(repeated), struct.unpack_from(form.order + form.places, data, end)[0])


def _entry(view: memoryview, form: Form, at: int) -> Entry:
    """Read an entry: tag, type, count, and the value, or its place where it does not fit (§2)."""
    tag, kind, count = struct.unpack_from(form.entry, view, at)
    length = TYPE_BYTES.get(kind, 0) * count
    start = at + form.value
    if length > form.inline_bytes:
        start = struct.unpack_from(form.order + form.places, view, start)[0]
    is_inside = start + length <= len(view)  # else the value is as if empty: one broken tag is not a broken picture
    return Entry(tag, kind, count, view[start : start + length * is_inside])
