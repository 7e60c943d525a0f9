"""A TIFF file written anew: pieces first, then each page's values and directory (TIFF 6.0 §2).

What several pages share, a strip, a table of colours, a profile, is written once.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from imgfile.images.formats.tiff.tags import CODES, LONG, SHORT
from imgfile.images.tiff_layout import TYPE_BYTES

_HEAD_BYTES: Final = 8
_INLINE_BYTES: Final = 4
_MAX_SHORT: Final = 0xFFFF
MAX_LONG: Final = 0xFFFFFFFF
_MARKS: Final = {"<": b"II*\0", ">": b"MM\0*"}


@dataclass(frozen=True, slots=True)
class Value:
    """A tag's value as it is written: its type, how many, and the bytes."""

    type: int
    count: int
    data: bytes | memoryview = field(repr=False)


@dataclass(slots=True)
class Writer:
    """Collects a file's bytes in pieces; `order` is the byte order as `struct` writes it."""

    order: str
    _body: list[bytes | memoryview] = field(default_factory=list)
    _at: int = _HEAD_BYTES
    _first: int = 0
    _pending: int | None = None
    """Which part of the body waits for the place of the next directory."""
    _places: dict[bytes, int] = field(default_factory=dict)

    def write(self, data: bytes | memoryview) -> int:
        """Write a strip, tile or value, and return where it stands."""
        place = self._at
        self._body.append(data)
        self._at += len(data)
        return place

    def integers(self, numbers: list[int], kind: int) -> Value:
        """Make a value of numbers, in the type that the original used if they fit it."""
        chosen = SHORT if kind == SHORT and max(numbers) <= _MAX_SHORT else LONG
        return Value(chosen, len(numbers), struct.pack(f"{self.order}{len(numbers)}{CODES[chosen]}", *numbers))

    def directory(self, values: Mapping[int, Value]) -> None:
        """Write a page's values and its directory, and lead there from the page before."""
        entries = [
            struct.pack(self.order + "HHL", tag, value.type, value.count) + self._inline(value)
            for tag, value in sorted(values.items())
        ]
        self._align()
        place = self.write(struct.pack(self.order + "H", len(entries)) + b"".join(entries))
        if self._pending is None:
            self._first = place
        else:
            self._body[self._pending] = struct.pack(self.order + "L", place)
        self._pending = len(self._body)
        self.write(bytes(4))

    def finish(self) -> bytes:
        """Return the whole file."""
        return b"".join((_MARKS[self.order], struct.pack(self.order + "L", self._first), *self._body))

    def _inline(self, value: Value) -> bytes:
        """Return the four bytes of an entry: the value itself, or where it stands."""
        data = bytes(value.data[: value.count * TYPE_BYTES[value.type]])
        if len(data) <= _INLINE_BYTES:
            return data.ljust(_INLINE_BYTES, b"\0")
        if data not in self._places:
            self._align()
            self._places[data] = self.write(data)
        return struct.pack(self.order + "L", self._places[data])

    def _align(self) -> None:
        """Begin at an even place, as the format asks for."""
        if self._at % 2:
            self.write(b"\0")
