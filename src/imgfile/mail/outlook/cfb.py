"""Compound files, the small file system within which Outlook stores a message ([MS-CFB]).

A file is cut into sectors, and a table says which sector follows which. A stream shorter than 4 KiB lies in 64-byte
sectors within a stream of their own. Every table is as long as the file has sectors, every chain is followed at most
that far, so neither memory nor time goes beyond the file's own size, whatever it claims.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from itertools import islice
from sys import byteorder
from typing import Final

from imgfile.errors import UnreadableMail
from imgfile.frozen import dataclass
from imgfile.mail.view import View
from imgfile.mail.wrapping import Edit

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_ENTRIES: Final = 50_000
"""Streams and storages; a message has about forty, and ten more for each attachment."""
MAX_DEPTH: Final = 20
"""Storages within storages; an attached message takes two."""

_HEADER: Final = struct.Struct("<8s16x4xHHH10xII4xIIIII")
_ENTRY: Final = struct.Struct("<64sHBxIII36xIQ")
_TABLES_IN_HEADER: Final = 109
_NO_ENTRY: Final = 0xFFFFFFFF
_ORDER: Final = 0xFFFE
_SHIFTS: Final = frozenset({9, 12})
"""Sectors of 512 bytes (version 3) or 4096 (version 4)."""
_SMALL_SHIFT: Final = 6
_SMALLEST_RUN_BYTES: Final = 1 << _SMALL_SHIFT
_LENGTH_IN_VERSION_3: Final = 0xFFFFFFFF


class Kind(IntEnum):
    """What a directory entry is."""

    STORAGE = 1
    STREAM = 2
    ROOT = 5


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream's bytes: the runs of the file it lies in, in order, as offset and length in bytes."""

    runs: tuple[tuple[int, int], ...]

    def open(self, outer: View) -> View:
        """Join the runs."""
        return View(b"".join(outer.slice(start, start + length) for start, length in self.runs))

    def lift(self, outer: View, edits: Sequence[Edit]) -> list[Edit]:  # noqa: ARG002 - every wrapping is told
        """Cut the edits where the runs end."""
        return [piece for edit in edits for piece in self._cut(edit)]

    def _cut(self, edit: Edit) -> Iterator[Edit]:
        begin = 0
        for start, length in self.runs:
            first, last = max(edit.offset, begin), min(edit.end, begin + length)
            if first < last:
                yield Edit(start + first - begin, edit.text[first - edit.offset : last - edit.offset])
            begin += length

    def head(self, outer: View, length: int) -> bytes:
        """Return the first bytes alone."""
        runs = self.runs[: 1 + length // _SMALLEST_RUN_BYTES]
        return b"".join(outer.slice(start, start + min(run, length)) for start, run in runs)[:length]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the directory: a stream or storage, its neighbours in the tree, its first child, its first sector."""

    name: str
    kind: int
    left: int
    right: int
    child: int
    sector: int
    size: int


class Compound:
    """An opened compound file."""

    def __init__(self, view: View) -> None:
        """Read the tables and the directory. Raises `UnreadableMail` when this is no such file, or a broken one."""
        self._view = view
        try:
            header = _HEADER.unpack(view.slice(0, _HEADER.size))
        except struct.error as error:
            raise _broken() from error
        magic, order, shift, small_shift, _, directory, cutoff, small, _, more, _ = header
        self._shift, self._cutoff = int(shift), int(cutoff)
        if (magic, order, small_shift) != (MAGIC, _ORDER, _SMALL_SHIFT) or self._shift not in _SHIFTS:
            raise _broken()
        self._sectors = max(0, -(-len(view) >> self._shift) - 1)
        self.is_cut = False
        """Whether there is more in it than is read: once its streams were gone through, that is known."""
        self._next = self._read_table(more)
        self._entries = list(self._read_directory(directory))
        if not self._entries or self._entries[0].kind != Kind.ROOT:
            raise _broken()
        self._small_next = _numbers(self._bytes_of(self._chain(small)))
        self._small_home = list(self._chain(self._entries[0].sector))
        self._unclaimed = self._sectors + len(self._small_next)

    def streams(self) -> Iterator[tuple[tuple[str, ...], Stream]]:
        """Yield every stream with its path, in the directory's order."""
        yield from self._walk(self._entries[0].child, (), {0})

    def _walk(self, top: int, path: tuple[str, ...], seen: set[int]) -> Iterator[tuple[tuple[str, ...], Stream]]:
        for entry in self._siblings(top, seen):
            here = (*path, entry.name)
            if entry.kind == Kind.STREAM:
                yield here, Stream(tuple(self._runs(entry)))
            elif entry.kind == Kind.STORAGE and len(path) < MAX_DEPTH:
                yield from self._walk(entry.child, here, seen)
            elif entry.kind == Kind.STORAGE:
                self.is_cut = True

    def _siblings(self, top: int, seen: set[int]) -> Iterator[_Entry]:
        """Yield the entries of one storage: they form a tree of their own. None is yielded twice."""
        waiting: list[int] = []
        ahead = top
        while waiting or ahead not in seen:
            while ahead < len(self._entries) and ahead not in seen:
                seen.add(ahead)
                waiting.append(ahead)
                ahead = self._entries[ahead].left
            if not waiting:
                return
            entry = self._entries[waiting.pop()]
            yield entry
            ahead = entry.right

    # --- sectors ---

    def _read_table(self, more: int) -> array[int]:
        """Read which sector follows each; the table's own sectors are listed in the header and in a chain of lists."""
        wanted = -(-self._sectors * 4 >> self._shift)
        start = _HEADER.size
        places = _numbers(self._view.slice(start, start + 4 * _TABLES_IN_HEADER))[:wanted]
        for _ in range(wanted):
            if len(places) >= wanted or more >= self._sectors:
                break
            *listed, more = _numbers(self._bytes_of([more])) or [_NO_ENTRY]
            places.extend(listed[: wanted - len(places)])
        return _numbers(self._bytes_of(place for place in places if place < self._sectors))[: self._sectors]

    def _read_directory(self, first: int) -> Iterator[_Entry]:
        sectors = self._chain(first)
        data = self._bytes_of(islice(sectors, (MAX_ENTRIES * _ENTRY.size >> self._shift)))
        self.is_cut = next(sectors, None) is not None
        for line in _ENTRY.iter_unpack(data[: len(data) - len(data) % _ENTRY.size]):
            name, length, *numbers, size = line
            text = name[: max(0, length - 2)].decode("utf-16-le", "replace")
            kind, left, right, child, sector = numbers
            yield _Entry(text, kind, left, right, child, sector, size)

    def _chain(self, sector: int) -> Iterator[int]:
        """Follow a chain of sectors, as far as one without a loop can go."""
        for _ in range(self._sectors):
            if sector >= self._sectors:
                return
            yield sector
            sector = self._next[sector] if sector < len(self._next) else _NO_ENTRY

    def _small_chain(self, sector: int) -> Iterator[int]:
        for _ in range(len(self._small_next)):
            if sector >= len(self._small_next):
                return
            yield sector
            sector = self._small_next[sector]

    def _offset(self, sector: int) -> int:
        return (sector + 1) << self._shift

    def _bytes_of(self, sectors: Iterable[int]) -> bytes:
        offsets = map(self._offset, sectors)
        return b"".join(self._view.slice(offset, offset + (1 << self._shift)) for offset in offsets)

    def _runs(self, entry: _Entry) -> list[tuple[int, int]]:
        """Return where a stream lies, neighbouring sectors joined; a broken chain gives what there is of it."""
        left = entry.size if self._shift > min(_SHIFTS) else entry.size & _LENGTH_IN_VERSION_3
        is_small = left < self._cutoff
        places = self._small_places(entry.sector) if is_small else map(self._offset, self._chain(entry.sector))
        length = 1 << (_SMALL_SHIFT if is_small else self._shift)
        runs: list[tuple[int, int]] = []
        for place in places:
            step = min(length, left, len(self._view) - place)
            if step <= 0:
                break
            self._claim()
            if runs and sum(runs[-1]) == place:
                runs[-1] = runs[-1][0], runs[-1][1] + step
            else:
                runs.append((place, step))
            left -= step
        return runs

    def _claim(self) -> None:
        """Count the sectors of streams: a sector belongs to one stream, so more than there are is an endless file."""
        self._unclaimed -= 1
        if self._unclaimed < 0:
            raise _broken()

    def _small_places(self, sector: int) -> Iterator[int]:
        """Yield where the small sectors of a stream lie in the file."""
        for number in self._small_chain(sector):
            home, within = divmod(number << _SMALL_SHIFT, 1 << self._shift)
            if home >= len(self._small_home):
                return
            yield self._offset(self._small_home[home]) + within


def _numbers(data: bytes) -> array[int]:
    """Read 32-bit numbers, least byte first."""
    numbers = array("I", data[: len(data) - len(data) % 4])
    if byteorder == "big":  # pragma: no cover - measured on a little-endian machine
        numbers.byteswap()
    return numbers


def _broken() -> UnreadableMail:
    return UnreadableMail("the Outlook message is damaged.", "Save the message again from Outlook.")
