"""Compound files, the small file system within which Outlook stores a message ([MS-CFB]).

A file is cut into sectors, and a table (the FAT) says which sector follows which. A stream shorter than 4 KiB lies in
64-byte sectors within a stream of their own. Every table is as long as the file has sectors, every chain is followed at
most that far, so neither memory nor time goes beyond the file's own size, whatever it claims.
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
from imgfile.mail.detect import CFB_MAGIC
from imgfile.mail.view import View
from imgfile.mail.wrapping import Edit

MAX_ENTRIES: Final = 50_000
"""Streams and storages; a message has about forty, and ten more for each attachment."""
MAX_DEPTH: Final = 20
"""Storages within storages; an attached message takes two."""

_HEADER: Final = struct.Struct("<8s16x4xHHH10xII4xIIIII")
"""Signature, byte order, the two sector shifts, number of FAT sectors, first sector of the directory, cutoff, first
sector and length of the mini FAT, first sector and length of the DIFAT (§2.2).

The numbers and lengths are not believed: the file's own length says how many sectors there can be.
"""
_FAT_SECTORS_IN_HEADER: Final = 109
"""How many of the FAT's own sectors the header lists; the others are in the DIFAT (§2.5)."""
_ORDER: Final = 0xFFFE
"""Least byte first, the only order there is (§2.2)."""
_SHIFT_OF_VERSION_3: Final = 9
_SHIFTS: Final = frozenset({_SHIFT_OF_VERSION_3, 12})
"""Sectors of 512 bytes (version 3) or 4096 (version 4, §2.2)."""
_MINI_SHIFT: Final = 6
"""Mini sectors have 64 bytes (§2.2)."""
_NO_SECTOR: Final = 0xFFFFFFFF
"""FREESECT; it and ENDOFCHAIN are beyond the last sector of any file (§2.1), and so need no test of their own."""

_ENTRY: Final = struct.Struct("<64sHBxIII36xIQ")
"""Name and its length in bytes, type, left and right sibling, child, first sector, size (§2.6.1).

The colour of its node, its class and its times are passed over.
"""
_SIZE_IN_VERSION_3: Final = 0xFFFFFFFF
"""The part of a size that counts: in version 3 the upper half may hold anything (§2.6.1)."""


class EntryType(IntEnum):
    """What a directory entry is (§2.6.1)."""

    STORAGE = 1
    STREAM = 2
    ROOT = 5


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream's bytes: the runs of the file it lies in, in order, as offset and length in bytes."""

    runs: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return sum(length for _, length in self.runs)

    def open(self, outer: View) -> View:
        """Join the runs."""
        return View(b"".join(outer.slice(start, start + length) for start, length in self.runs))

    def lift(self, outer: View, edits: Sequence[Edit]) -> list[Edit]:  # noqa: ARG002 - every wrapping is given it
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
        runs = self.runs[: 1 + (length >> _MINI_SHIFT)]  # none is shorter than a mini sector, but the last
        return b"".join(outer.slice(start, start + min(run, length)) for start, run in runs)[:length]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the directory: a stream or storage, its neighbours in the tree, its first child, its first sector."""

    name: str
    type: int
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
        magic, order, shift, mini_shift, _, directory, cutoff, mini_fat, _, difat, _ = header
        self._shift, self._cutoff = int(shift), int(cutoff)
        if (magic, order, mini_shift) != (CFB_MAGIC, _ORDER, _MINI_SHIFT) or self._shift not in _SHIFTS:
            raise _broken()
        # The header takes a sector of its own, also where that is longer than it (§2.2). The last one may be cut off.
        self._sectors = max(0, -(-len(view) >> self._shift) - 1)
        self.is_cut = False
        """Whether there is more in it than is read: once its streams were gone through, that is known."""
        self._next = self._read_fat(difat)
        self._entries = list(self._read_directory(directory))
        # The first entry is the root storage, and its stream holds the mini sectors (§2.6.2).
        if not self._entries or self._entries[0].type != EntryType.ROOT:
            raise _broken()
        self._mini_next = _numbers(self._bytes_of(self._chain(mini_fat)))
        self._mini_home = list(self._chain(self._entries[0].sector))
        self._unclaimed = self._sectors + len(self._mini_next)

    # --- the directory ---

    def streams(self) -> Iterator[tuple[tuple[str, ...], Stream]]:
        """Yield every stream with its path, in the directory's order. Raises `UnreadableMail` for an endless file."""
        yield from self._walk(self._entries[0].child, (), {0})

    def _walk(self, top: int, path: tuple[str, ...], seen: set[int]) -> Iterator[tuple[tuple[str, ...], Stream]]:
        for entry in self._siblings(top, seen):
            here = (*path, entry.name)
            if entry.type == EntryType.STREAM:
                yield here, Stream(tuple(self._runs(entry)))
            elif entry.type == EntryType.STORAGE and len(path) < MAX_DEPTH:
                yield from self._walk(entry.child, here, seen)
            elif entry.type == EntryType.STORAGE:
                self.is_cut = True

    def _siblings(self, top: int, seen: set[int]) -> Iterator[_Entry]:
        """Yield the entries of one storage: they form a binary tree of their own (§2.6.4), walked from left to right.

        None is yielded twice, so a tree that leads back into itself ends. A stack takes the place of recursion, for a
        hostile tree may be as deep as it has entries.
        """
        waiting: list[int] = []
        ahead = top
        while waiting or ahead not in seen:
            while ahead < len(self._entries) and ahead not in seen:  # NOSTREAM, 0xFFFFFFFF, is beyond any entry
                seen.add(ahead)
                waiting.append(ahead)
                ahead = self._entries[ahead].left
            if not waiting:
                return
            entry = self._entries[waiting.pop()]
            yield entry
            ahead = entry.right

    def _read_directory(self, first: int) -> Iterator[_Entry]:
        """Read the directory, of at most `MAX_ENTRIES` (§2.6): a chain of sectors like any stream."""
        sectors = self._chain(first)
        data = self._bytes_of(islice(sectors, (MAX_ENTRIES * _ENTRY.size >> self._shift)))
        self.is_cut = next(sectors, None) is not None
        for line in _ENTRY.iter_unpack(data[: len(data) - len(data) % _ENTRY.size]):
            name, length, kind, left, right, child, sector, size = line
            # The length counts the null character that ends the name (§2.6.1).
            text = name[: max(0, length - 2)].decode("utf-16-le", "replace")
            yield _Entry(text, kind, left, right, child, sector, size)

    # --- sectors ---

    def _read_fat(self, difat: int) -> array[int]:
        """Read which sector follows each; the FAT's own sectors are listed in the header and in a chain of lists.

        It needs as many sectors as four bytes for each sector of the file fill; what is listed beyond is not read.
        """
        wanted = -(-self._sectors * 4 >> self._shift)
        start = _HEADER.size
        listed = _numbers(self._view.slice(start, start + 4 * _FAT_SECTORS_IN_HEADER))[:wanted]
        for _ in range(wanted):  # never more lists than sectors that they list: a chain with a loop ends too
            if len(listed) >= wanted or difat >= self._sectors:
                break
            # The last number of a list is the sector of the next one (§2.5).
            *more, difat = _numbers(self._bytes_of([difat])) or [_NO_SECTOR]
            listed.extend(more[: wanted - len(listed)])
        fat = self._bytes_of(sector for sector in listed if sector < self._sectors)
        return _numbers(fat)[: self._sectors]

    def _chain(self, sector: int) -> Iterator[int]:
        """Follow a chain of sectors (§2.3), as far as one without a loop can go."""
        for _ in range(self._sectors):
            if sector >= self._sectors:
                return
            yield sector
            sector = self._next[sector] if sector < len(self._next) else _NO_SECTOR

    def _mini_chain(self, sector: int) -> Iterator[int]:
        """Follow a chain of mini sectors (§2.4)."""
        for _ in range(len(self._mini_next)):
            if sector >= len(self._mini_next):
                return
            yield sector
            sector = self._mini_next[sector]

    def _offset(self, sector: int) -> int:
        return (sector + 1) << self._shift  # sector 0 follows the header (§2.1)

    def _bytes_of(self, sectors: Iterable[int]) -> bytes:
        offsets = map(self._offset, sectors)
        return b"".join(self._view.slice(offset, offset + (1 << self._shift)) for offset in offsets)

    # --- streams ---

    def _runs(self, entry: _Entry) -> list[tuple[int, int]]:
        """Return where a stream lies, neighbouring sectors joined; a broken chain gives what there is of it."""
        is_version_3 = self._shift == _SHIFT_OF_VERSION_3
        size = entry.size & _SIZE_IN_VERSION_3 if is_version_3 else entry.size
        if size < self._cutoff:  # 4096 bytes: what is shorter lies in mini sectors (§2.2)
            return self._joined(self._mini_offsets(entry.sector), 1 << _MINI_SHIFT, size)
        return self._joined(map(self._offset, self._chain(entry.sector)), 1 << self._shift, size)

    def _joined(self, offsets: Iterable[int], sector_bytes: int, size: int) -> list[tuple[int, int]]:
        """Join sectors that follow each other in the file to runs, up to the stream's size or the file's end."""
        runs: list[tuple[int, int]] = []
        left = size
        for offset in offsets:
            length = min(sector_bytes, left, len(self._view) - offset)
            if length <= 0:
                break
            self._claim()
            if runs and sum(runs[-1]) == offset:
                runs[-1] = runs[-1][0], runs[-1][1] + length
            else:
                runs.append((offset, length))
            left -= length
        return runs

    def _claim(self) -> None:
        """Count the sectors of streams: a sector belongs to one stream, so more than there are is an endless file."""
        self._unclaimed -= 1
        if self._unclaimed < 0:
            raise _broken()

    def _mini_offsets(self, sector: int) -> Iterator[int]:
        """Yield where the mini sectors of a stream lie in the file: within the sectors of the root's stream (§2.4)."""
        for number in self._mini_chain(sector):
            home, within = divmod(number << _MINI_SHIFT, 1 << self._shift)
            if home >= len(self._mini_home):
                return
            yield self._offset(self._mini_home[home]) + within


def _numbers(data: bytes) -> array[int]:
    """Read 32-bit numbers, least byte first."""
    numbers = array("I", data[: len(data) - len(data) % 4])
    if byteorder == "big":  # pragma: no cover - measured on a little-endian machine
        numbers.byteswap()
    return numbers


def _broken() -> UnreadableMail:
    return UnreadableMail("the Outlook message is damaged.", "Save the message again from Outlook.")
