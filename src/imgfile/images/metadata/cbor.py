"""CBOR flattened into names and texts, within bounds (RFC 8949): what C2PA's assertions are written in.

Nothing is built of it: each text that stands under a name is given with that name, however deep. What is broken ends
the reading.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

MAX_ITEMS: Final = 20_000
"""Items of one assertion; an edit history has some hundred."""
MAX_DEPTH: Final = 24
_FLOATS: Final = {25: ">e", 26: ">f", 27: ">d"}
_WIDTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}
"""§3: how many bytes a number takes that does not fit into the head."""
_NUMBER, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
"""§3.1: the major types."""
_OPEN: Final = 31
"""§3.2: a length that is not stated; an item of this head alone ends it."""
_BREAK: Final = 0xFF


class BrokenError(Exception):
    """What was read is no CBOR, or more of it than is looked at."""


def texts(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield every text and number with its name. Raises `BrokenError` behind the last whole one."""
    yield from _Reader(data).item("", 0)


class _Reader:
    """Reads items in turn."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._left = MAX_ITEMS

    def item(self, name: str, depth: int) -> Iterator[tuple[str, str]]:
        """Read one item, and yield what it holds."""
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise BrokenError
        major, kind = divmod(self._take(1)[0], 32)
        if major in {_ARRAY, _MAP}:
            yield from self._members(name, depth, kind, is_map=major == _MAP)
        elif major == _TAG:
            self._argument(kind)
            yield from self.item(name, depth + 1)
        elif major in {_BYTES, _TEXT}:
            text = self._text(kind)
            if major == _TEXT:
                yield name, text
        elif major == _SIMPLE:
            if kind in _FLOATS:
                yield name, f"{struct.unpack(_FLOATS[kind], self._take(_WIDTHS[kind]))[0]:.12g}"
            else:
                self._argument(kind)
        else:
            number = self._argument(kind)
            yield name, str(-1 - number if major == _NEGATIVE else number)

    def _members(self, name: str, depth: int, kind: int, *, is_map: bool) -> Iterator[tuple[str, str]]:
        count = None if kind == _OPEN else self._argument(kind)
        while count is None or count > 0:
            if count is None and self._data[self._at : self._at + 1] == bytes((_BREAK,)):
                self._at += 1
                return
            under = name
            if is_map:
                keys = [text for _, text in self.item("", depth + 1)]
                under = keys[0] if keys else name
            yield from self.item(under, depth + 1)
            count = None if count is None else count - 1

    def _text(self, kind: int) -> str:
        if kind != _OPEN:
            return self._take(self._argument(kind)).decode("utf-8", "replace")
        parts: list[str] = []
        while (head := self._take(1)[0]) != _BREAK:
            parts.append(self._take(self._argument(head % 32)).decode("utf-8", "replace"))
        return "".join(parts)

    def _argument(self, kind: int) -> int:
        if kind < 24:  # noqa: PLR2004 - §3: the number itself
            return kind
        if kind not in _WIDTHS:
            raise BrokenError
        return int.from_bytes(self._take(_WIDTHS[kind]), "big")

    def _take(self, length: int) -> bytes:
        start = self._at
        self._at += length
        if self._at > len(self._data):
            raise BrokenError
        return self._data[start : self._at]
