"""The blocks of an Outlook data file, `.pst` or `.ost`, and the two trees that lead to them ([MS-PST] §2.2).

One tree (the NBT) says which nodes there are: a message or a folder is one. The other (the BBT) says where in the file
each block lies. A node names the block of its data, and one of its subnodes; data too long for a block is a list of
blocks, or a list of lists.

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
from imgfile.mail.coding.encodings import MAX_BODY_BYTES
from imgfile.mail.outlook.pst.cipher import CryptMethod, decode
from imgfile.mail.outlook.pst.layouts import layout_of
from imgfile.mail.view import View
from imgfile.mail.wrapping import Edit

MAX_DEPTH: Final = 8
"""Levels of a tree; six hold forty million nodes."""
READ_BEYOND_FILE_BYTES: Final = 8 << 20
"""How much may be read in one search whatever the file's length: its first pages are read often."""
READINGS_OF_FILE: Final = 4
"""How often the whole file may be read in one search; each block is wanted once or twice."""

_HEADER_BYTES: Final = 1024
"""More than the header has in any layout (§2.2.2.6)."""
_VERSION: Final = Struct("<10xH")
"""wVer (§2.2.2.6)."""
_NODE_TYPE: Final = 0x1F
"""The bits of a node's id that say what it is (§2.2.2.1)."""
_INTERNAL: Final = 2
"""The bit of a block's id that says it lists other blocks, and is not encoded (§2.2.2.2)."""
_UNUSED: Final = 1
"""The bit of a block's id that readers must pass over (§2.2.2.2)."""
_BLOCK_TREE: Final = 0x80
_NODE_TREE: Final = 0x81
"""ptype, which tree a page belongs to (§2.2.2.7.1)."""
_LIST_HEAD: Final = Struct("<BBHI")
"""btype, cLevel, cEnt and lcbTotal, which begin an XBLOCK and an XXBLOCK (§2.2.2.8.3.2).

The lists of subnodes begin with the same, but for the last (§2.2.2.8.3.3).
"""
_LIST: Final = 1
_SUBNODE_LIST: Final = 2
_LIST_LEVELS: Final = 2
"""An XXBLOCK has level 2 and lists XBLOCKs, which have level 1 and list data (§2.2.2.8.3.2)."""
_CRC_START: Final = 0xFFFFFFFF

_CACHED_PAGES: Final = 512
"""The upper levels of the block tree, and what neighbouring blocks share of the lowest."""
_CACHED_BLOCKS: Final = 16
"""A node's heap, which is asked for one value after another: 128 KiB, or 1 MiB."""
_FORGET_EVERY: Final = 256
"""How many pages and blocks are read before the system gets their memory back: each may bring its neighbours in."""

_LARGEST_RAW_BYTES: Final = 64 << 10
"""A block of the third layout is no longer than this, inflated."""
_RAW_LENGTH: Final = Struct("<H")
_RAW_LENGTH_FROM_END: Final = 6
"""Where that layout says how long a block is, inflated."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node or subnode: its id, whose last five bits are its type, its data, and the tree of its own subnodes."""

    number: int
    data: int
    subnodes: int

    @property
    def type(self) -> int:
        """What it is ([MS-PST] §2.2.2.1)."""
        return self.number & _NODE_TYPE


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes in a data file: the block, or list of blocks, that holds them, and where in there."""

    data: int
    start: int
    end: int

    @property
    def size(self) -> int:
        """How many bytes they are."""
        return self.end - self.start

    def open(self, outer: View) -> View:
        """Read them. Raises `UnreadableMail` when they are damaged, cut off, or longer than any photo."""
        if self.size > MAX_BODY_BYTES:
            raise UnreadableMail("the attachment is too large for a photo.", "Ask the sender for the photo itself.")
        return View(DataFile(outer).read(self))

    def lift(self, outer: View, edits: Sequence[Edit]) -> NoReturn:  # noqa: ARG002 - every wrapping is given them
        """Refuse: nothing in a data file changes in place. Raises `UnreadableMail`."""
        raise UnreadableMail(
            "a photo lies in an Outlook data file, and cannot be taken out of it in place.",
            "Once you have filed all that you want from it, --destroy-export erases the whole file.",
        )


class DataFile:
    """An opened data file: its nodes, and the bytes that they name."""

    def __init__(self, view: View) -> None:
        """Read the header (§2.2.2.6). Raises `UnreadableMail` when it is none that is known."""
        self._view = view
        self.budget = view.budget
        header = view.slice(0, _HEADER_BYTES)
        try:
            layout = layout_of(*_VERSION.unpack_from(header))
            if layout is None:
                raise _unknown()
            offset, node_tree, block_tree = layout.roots
            (self._nodes,) = offset.unpack_from(header, node_tree)
            (self._blocks,) = offset.unpack_from(header, block_tree)
            self._crypt_method = CryptMethod(header[layout.crypt_method])
        except (struct.error, IndexError) as error:
            raise damaged() from error
        except ValueError as error:  # bCryptMethod 0x10: encrypted by Windows Information Protection
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
        """Yield every node, in the order of their ids (§2.2.2.7.7.4). Raises `UnreadableMail`."""
        return self._walk_nodes(self._nodes, MAX_DEPTH)

    def _walk_nodes(self, page: int, above: int) -> Iterator[Node]:
        level, entries = self._read_page(page, _NODE_TREE)
        # A page's level is one less than that of the page above it (§2.2.2.7.7.1): so a loop ends at the first turn.
        if level >= above:
            raise damaged()
        for entry in entries:
            if level:
                yield from self._walk_nodes(entry[1], level)
            else:
                yield Node(*entry)

    def subnodes(self, block: int) -> Iterator[Node]:
        """Yield the nodes within a node, in the order of their ids (§2.2.2.8.3.3). Raises `UnreadableMail`."""
        return self._walk_subnodes(block, MAX_DEPTH) if block & ~_UNUSED else iter(())  # 0 where there are none

    def _walk_subnodes(self, block: int, above: int) -> Iterator[Node]:
        data = self._read_list(block)
        kind, level, count, _ = _list_head(data)
        # The standard knows two levels, SIBLOCKs of SLBLOCKs; more are read, as long as each is lower than the last.
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
        """Yield the ids of the blocks that hold data, in order (§2.2.2.8.3.2). Raises `UnreadableMail`."""
        return self._walk_leaves(data, _LIST_LEVELS + 1)

    def _walk_leaves(self, block: int, above: int) -> Iterator[int]:
        if not block & _INTERNAL:
            yield block
            return
        data = self._read_list(block)
        kind, level, count, _ = _list_head(data)
        if kind != _LIST or not 0 < level < above:
            raise damaged()
        shape = self._layout.reference
        for (inner,) in _entries(shape, data[_LIST_HEAD.size :], count, shape.size):
            yield from self._walk_leaves(inner, level)

    def whole(self, data: int) -> Stored:
        """Return the place of all that a node holds. Raises `UnreadableMail`."""
        # A list says how long all that it lists is (lcbTotal): nothing of that is read for it.
        length = _list_head(self.block(data))[3] if data & _INTERNAL else len(self.block(data))
        return Stored(data, 0, length)

    def read(self, stored: Stored, limit: int | None = None) -> bytes:
        """Read what is stored, or its first bytes. Raises `UnreadableMail` when less is there."""
        length = stored.size if limit is None else min(stored.size, limit)
        wanted = stored.start + length
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

    # --- blocks ---

    def _read_list(self, block: int) -> bytes:
        """Read a list of blocks: it counts as read each time, for lists may name each other."""
        data = self.block(block)
        self._claim(len(data))
        return data

    def _read_block(self, block: int) -> bytes:
        """Read a block and what its trailer says of it (§2.2.2.8.1), and undo its encoding."""
        layout = self._layout
        position, length = self._find_block(block & ~_UNUSED)
        # The trailer stands at the end of a block padded to whole steps (§2.2.2.8.2).
        size = -(-(length + layout.foot.size) // layout.step) * layout.step
        raw = self._take(position, size)
        stated, *pair = layout.foot.unpack_from(raw, size - layout.foot.size)
        number, total = pair if layout.is_sum_last else reversed(pair)
        data = raw[:length]
        if stated != length or number & ~_UNUSED != block & ~_UNUSED or not _is_sound(data, total):
            raise damaged()
        if self.is_large:
            data = _inflated(data, *_RAW_LENGTH.unpack_from(raw, size - _RAW_LENGTH_FROM_END))
        # Only data are encoded, lists are not; the key is the lower half of the block's id (§2.2.2.8.3.1.1, §5.2).
        return data if block & _INTERNAL else decode(data, self._crypt_method, block & 0xFFFFFFFF)

    def _find_block(self, block: int) -> tuple[int, int]:
        """Find in the block tree where a block lies, and how long it is there (§2.2.2.7.7.3)."""
        page, above = self._blocks, MAX_DEPTH
        while True:
            level, entries = self._page(page, _BLOCK_TREE)
            # An entry leads to the ids from its own up to the next entry's (§2.2.2.7.7.2).
            at = bisect_right(entries, block, key=lambda entry: entry[0]) - 1
            if level >= above or at < 0:
                raise damaged()
            if not level:
                found, position, length = entries[at]
                if found & ~_UNUSED != block:
                    raise damaged()
                return position, length
            page, above = entries[at][1], level

    # --- pages ---

    def _read_page(self, position: int, tree: int) -> tuple[int, list[tuple[int, ...]]]:
        """Return a page's level and its entries (§2.2.2.7.7.1)."""
        layout = self._layout
        page = self._take(position, layout.page_bytes)
        entries_end = layout.page_bytes - layout.tail.size
        count, length, level, kind = layout.tail.unpack_from(page, entries_end)
        leaf = layout.node if tree == _NODE_TREE else layout.block
        shape = layout.branch if level else leaf
        # An entry may be longer than what is known of it, never shorter (cbEnt, §2.2.2.7.7.1).
        if kind != tree or length < shape.size or count * length > entries_end:
            raise damaged()
        return level, _entries(shape, page, count, length)

    def _take(self, position: int, length: int) -> bytes:
        """Read some bytes of the file, and count them. Raises `UnreadableMail` where it ends before."""
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
    """Read so many entries, each as long as is said. Raises `UnreadableMail` where there are fewer."""
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
    """Compare a block with its sum, a CRC that starts and ends without the usual inversion ([MS-PST] §5.3).

    A sum of 0 is none.
    """
    return not total or total == zlib.crc32(data, _CRC_START) ^ _CRC_START


def _inflated(data: bytes, length: int) -> bytes:
    """Inflate a block of the third layout; one that is as long as it was is not deflated."""
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
