"""The blocks of an Outlook data file, `.pst` or `.ost`, and the two trees that lead to them ([MS-PST] §2.2).

One tree says which nodes there are: a message or a folder is one. The other says where in the file each block lies.
A node names the block of its data, and one of its subnodes; data too long for a block is a list of blocks, or a list
of lists.

Nothing is believed: each page names its level, so that no tree is deeper than its root says, and what is read in all
may not be much more than the file has, so that a small file whose parts point at each other costs little.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from struct import Struct
from typing import Final, NoReturn

from imgfile.errors import UnreadableMail
from imgfile.frozen import dataclass
from imgfile.mail.encodings import MAX_BODY_BYTES
from imgfile.mail.outlook.pst.cipher import Coding, decode
from imgfile.mail.outlook.pst.layouts import layout_of
from imgfile.mail.view import View
from imgfile.mail.wrapping import Edit

MAGIC: Final = b"!BDN"
MAX_DEPTH: Final = 8
"""Levels of a tree; six hold forty million nodes."""
READ_BEYOND_FILE_BYTES: Final = 8 << 20
READINGS_OF_FILE: Final = 4
"""How often the whole file may be read in one search; each block is wanted once or twice."""

_VERSION: Final = Struct("<10xH")
_CRC_START: Final = 0xFFFFFFFF
_INTERNAL: Final = 2
"""The bit of a block's id that says it lists other blocks, and is written as it is."""
_UNUSED: Final = 1
"""The bit of a block's id that means nothing."""
_LIST: Final = 1
_SUBNODE_LIST: Final = 2
_LIST_HEAD: Final = Struct("<BBHI")
_TYPE: Final = 0x1F
_CACHED_PAGES: Final = 512
_CACHED_BLOCKS: Final = 16
_FORGET_EVERY: Final = 256
"""How many pages and blocks are read before the system gets their memory back: each may bring its neighbours in."""

_BLOCK_TREE: Final = 0x80
_NODE_TREE: Final = 0x81
_LARGEST_RAW_BYTES: Final = 64 << 10
_RAW_LENGTH: Final = Struct("<H")
_RAW_LENGTH_FROM_END: Final = 6


@dataclass(frozen=True, slots=True)
class Node:
    """A node or subnode: its id, whose last five bits are its type, its data, and the tree of its own subnodes."""

    number: int
    data: int
    subnodes: int

    @property
    def type(self) -> int:
        """What it is ([MS-PST] §2.2.2.1)."""
        return self.number & _TYPE


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes in a data file: the block, or list of blocks, that holds them, and where in there."""

    data: int
    start: int
    end: int

    def open(self, outer: View) -> View:
        """Read them. Raises `UnreadableMail` when they are damaged, cut off, or longer than any photo."""
        if self.end - self.start > MAX_BODY_BYTES:
            raise UnreadableMail("the attachment is too large for a photo.", "Ask the sender for the photo itself.")
        return View(DataFile(outer).read(self))

    def lift(self, outer: View, edits: Sequence[Edit]) -> NoReturn:  # noqa: ARG002 - every wrapping is told
        """Refuse: nothing in a data file changes in place. Raises `UnreadableMail`."""
        raise UnreadableMail(
            "a photo lies in an Outlook data file, and cannot be taken out of it in place.",
            "Once you have filed all that you want from it, --destroy-export erases the whole file.",
        )


class DataFile:
    """An opened data file: its nodes, and the bytes that they name."""

    def __init__(self, view: View) -> None:
        """Read the header. Raises `UnreadableMail` when it is none that is known."""
        self._view = view
        header = view.slice(0, 1024)
        try:
            layout = layout_of(*_VERSION.unpack_from(header))
            if layout is None:
                raise _unknown()
            offset, nodes, blocks = layout.roots
            (self._nodes,), (self._blocks,) = offset.unpack_from(header, nodes), offset.unpack_from(header, blocks)
            self._coding = Coding(header[layout.coding])
        except (struct.error, IndexError) as error:
            raise damaged() from error
        except ValueError as error:
            raise _unknown() from error
        self._layout = layout
        self.is_large = layout.is_large
        self._page = lru_cache(_CACHED_PAGES)(self._read_page)
        self.block = lru_cache(_CACHED_BLOCKS)(self._read_block)
        """Return a block's bytes, decoded. Raises `UnreadableMail` when it is damaged."""
        self._left = READ_BEYOND_FILE_BYTES + READINGS_OF_FILE * len(view)
        self._readings = 0

    # --- nodes ---

    def nodes(self) -> Iterator[Node]:
        """Yield every node, in the order of their ids. Raises `UnreadableMail`."""
        return self._walk_nodes(self._nodes, MAX_DEPTH)

    def _walk_nodes(self, page: int, above: int) -> Iterator[Node]:
        level, entries = self._read_page(page, _NODE_TREE)
        if level >= above:
            raise damaged()
        for entry in entries:
            if level:
                yield from self._walk_nodes(entry[1], level)
            else:
                yield Node(*entry)

    def subnodes(self, block: int) -> Iterator[Node]:
        """Yield the nodes within a node, in the order of their ids. Raises `UnreadableMail`."""
        return self._walk_subnodes(block, MAX_DEPTH) if block & ~_UNUSED else iter(())

    def _walk_subnodes(self, block: int, above: int) -> Iterator[Node]:
        data = self._list(block)
        kind, level, count = _list_head(data)[:3]
        if kind != _SUBNODE_LIST or level >= above:
            raise damaged()
        shape = self._layout.subnode_list if level else self._layout.subnode
        for entry in _entries(shape, data[self._layout.list_head_bytes :], count, shape.size):
            if level:
                yield from self._walk_subnodes(entry[1], level)
            else:
                yield Node(*entry)

    # --- data ---

    def leaves(self, data: int) -> Iterator[int]:
        """Yield the ids of the blocks that hold data, in order. Raises `UnreadableMail`."""
        return self._walk_leaves(data, 3)

    def _walk_leaves(self, block: int, above: int) -> Iterator[int]:
        if not block & _INTERNAL:
            yield block
            return
        data = self._list(block)
        kind, level, count, _ = _list_head(data)
        if kind != _LIST or not 0 < level < above:
            raise damaged()
        for (inner,) in _entries(self._layout.reference, data[_LIST_HEAD.size :], count, self._layout.reference.size):
            yield from self._walk_leaves(inner, level)

    def whole(self, data: int) -> Stored:
        """Return the place of all that a node holds. Raises `UnreadableMail`."""
        length = _list_head(self.block(data))[3] if data & _INTERNAL else len(self.block(data))
        return Stored(data, 0, length)

    def read(self, stored: Stored, limit: int | None = None) -> bytes:
        """Read what is stored, or its first bytes. Raises `UnreadableMail` when less is there."""
        length = stored.end - stored.start
        wanted = stored.start + (length if limit is None else min(length, limit))
        pieces: list[bytes] = []
        had = 0
        for leaf in self.leaves(stored.data):
            if had >= wanted:
                break
            pieces.append(self.block(leaf))
            had += len(pieces[-1])
        if had < wanted:
            raise damaged()
        return b"".join(pieces)[stored.start : wanted]

    # --- blocks and pages ---

    def _list(self, block: int) -> bytes:
        """Read a list of blocks: it counts as read each time, for lists may name each other."""
        data = self.block(block)
        self._claim(len(data))
        return data

    def _read_block(self, block: int) -> bytes:
        layout = self._layout
        position, length = self._located(block & ~_UNUSED)
        size = -(-(length + layout.foot.size) // layout.step) * layout.step
        raw = self._taken(position, size)
        told, *pair = layout.foot.unpack_from(raw, size - layout.foot.size)
        number, total = pair if layout.is_sum_last else reversed(pair)
        data = raw[:length]
        if told != length or number & ~_UNUSED != block & ~_UNUSED or not _is_sound(data, total):
            raise damaged()
        if self.is_large:
            data = _inflated(data, *_RAW_LENGTH.unpack_from(raw, size - _RAW_LENGTH_FROM_END))
        return data if block & _INTERNAL else decode(data, self._coding, block & 0xFFFFFFFF)

    def _located(self, block: int) -> tuple[int, int]:
        """Find in the block tree where a block lies, and how long it is there."""
        page, above = self._blocks, MAX_DEPTH
        while True:
            level, entries = self._page(page, _BLOCK_TREE)
            at = bisect_right(entries, block, key=lambda entry: entry[0]) - 1
            if level >= above or at < 0:
                raise damaged()
            if not level:
                found, position, length = entries[at]
                if found & ~_UNUSED != block:
                    raise damaged()
                return position, length
            page, above = entries[at][1], level

    def _read_page(self, position: int, tree: int) -> tuple[int, list[tuple[int, ...]]]:
        """Return a page's level and its entries."""
        layout = self._layout
        page = self._taken(position, layout.page_bytes)
        at = layout.page_bytes - layout.tail.size
        count, length, level, kind = layout.tail.unpack_from(page, at)
        leaf = layout.node if tree == _NODE_TREE else layout.block
        shape = layout.branch if level else leaf
        if kind != tree or length < shape.size or count * length > at:
            raise damaged()
        return level, _entries(shape, page, count, length)

    def _taken(self, position: int, length: int) -> bytes:
        self._claim(length)
        self._readings += 1
        if self._readings % _FORGET_EVERY == 0:
            self._view.forget()
        taken = self._view.slice(position, position + length)
        if len(taken) < length:
            raise damaged()
        return taken

    def _claim(self, length: int) -> None:
        """Count what is read: a file whose parts point at each other has more to read than it is long."""
        self._left -= length
        if self._left < 0:
            raise damaged()


def _entries(shape: Struct, data: bytes, count: int, length: int) -> list[tuple[int, ...]]:
    """Read so many entries, each as long as is said."""
    if count * length > len(data):
        raise damaged()
    if shape.size == length:
        return list(shape.iter_unpack(data[: count * length]))
    return [shape.unpack_from(data, at) for at in range(0, count * length, length)]


def _list_head(data: bytes) -> tuple[int, int, int, int]:
    """Return a list's kind, level, number of entries, and how long all that it lists is."""
    if len(data) < _LIST_HEAD.size:
        raise damaged()
    kind, level, count, total = _LIST_HEAD.unpack_from(data)
    return kind, level, count, total


def _is_sound(data: bytes, total: int) -> bool:
    """Compare a block with its sum, a CRC that starts and ends without the usual inversion ([MS-PST] §5.3)."""
    return not total or total == zlib.crc32(data, _CRC_START) ^ _CRC_START


def _inflated(data: bytes, length: int) -> bytes:
    if length in {0, len(data)}:
        return data
    try:
        return zlib.decompressobj().decompress(data, min(length, _LARGEST_RAW_BYTES))
    except zlib.error as error:
        raise damaged() from error


def damaged() -> UnreadableMail:
    """Return the error for a data file that is not what it should be."""
    return UnreadableMail("the Outlook data file is damaged or cut off.", "Copy it again, or repair it with ScanPST.")


def _unknown() -> UnreadableMail:
    return UnreadableMail(
        "the Outlook data file is of a kind that imgfile does not know, or encrypted.",
        "Export the folder from Outlook into a new data file without encryption.",
    )
