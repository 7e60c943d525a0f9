"""The properties of a node in an Outlook data file ([MS-PST] §2.3): a heap of small values, and a list of them.

The blocks of a node's data are a heap. Its root is a list of properties: an id, a type, and the value, or where it
lies in the heap, or the number of the subnode that holds it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from struct import Struct
from typing import Final

from imgfile.frozen import dataclass
from imgfile.mail.outlook.pst.blocks import DataFile, Node, Stored, damaged

MAX_PROPERTIES: Final = 10_000
"""Of one node, with the records that lead to them; a message has about a hundred."""
MAX_HEAP_BLOCKS: Final = 4096
"""A heap's own ids count no further than 65,536 blocks (§2.3.1.1); this many hold 32 MiB of small values."""
MAX_SUBNODES: Final = 50_000
"""Of one node; each attachment is one, and each long value."""
MAX_DEPTH: Final = 4
"""Levels of a tree of properties; ids of two bytes need no more than three."""

_HEAP: Final = Struct("<HBBI")
"""HNHDR (§2.3.1.2): where the map of the first block is, a signature, what the heap holds, its root."""
_HEAP_SIGNATURE: Final = 0xEC
_OF_PROPERTIES: Final = 0xBC
"""bClientSig of a property context (§2.3.3)."""
_MAP_AT: Final = Struct("<H")
"""Each block begins with where its map is (HNPAGEHDR, §2.3.1.3)."""
_MAP_HEAD: Final = Struct("<H2x")
"""HNPAGEMAP (§2.3.1.5): how many items the block has; then follows where each begins, and where the last one ends."""
_SPAN: Final = Struct("<HH")
_TREE: Final = Struct("<BBBBI")
"""BTHHEADER (§2.3.2.1): a signature, the bytes of a key and of a value, the levels above the leaves, the root."""
_TREE_SIGNATURE: Final = 0xB5
_KEY_BYTES: Final = 2
_VALUE_BYTES: Final = 6
_BRANCH: Final = Struct("<HI")
"""A record that leads to others (§2.3.2.2): the first key there, and the item that they are."""
_PROPERTY: Final = Struct("<HHI")
"""A record of a property (§2.3.3.3): its id, its type, its value or where that is."""
_OBJECT: Final = Struct("<I")
"""The number of the subnode that a property of the type "object" is (§2.3.3.5); its size follows, and is not needed."""
_TYPE_BITS: Final = 5
"""How many bits of an item's number are a type: it is nought for an item of the heap (§2.3.1.1)."""
_IN_SUBNODE: Final = 0x1F
"""Where one of these bits is set, a value's number is that of a subnode (§2.3.3.2)."""
_INDEX_BITS: Final = 11
"""Then follows the item's index in its block, counted from 1; the rest is the block's index, from 0 (§2.3.1.1)."""
_INDEX_BITS_OF_LARGE: Final = 14
"""In the third layout, whose blocks hold more items."""


@dataclass(frozen=True, slots=True)
class Property:
    """One property: its id, its type ([MS-OXCDATA] §2.11.1), and its value or where that is."""

    id: int
    type: int
    value: int


class Properties:
    """The properties of a node."""

    def __init__(self, file: DataFile, node: Node) -> None:
        """Read the list. Raises `UnreadableMail` when the node is damaged or holds none."""
        self._file = file
        self._node = node
        self._leaves = tuple(islice(file.leaves(node.data), MAX_HEAP_BLOCKS))
        try:
            _, signature, kind, root = _HEAP.unpack_from(file.block(self._leaves[0]))
            if (signature, kind) != (_HEAP_SIGNATURE, _OF_PROPERTIES):
                raise damaged()
            self._found = {one.id: one for one in self._tree(root)}
        except (struct.error, IndexError) as error:
            raise damaged() from error

    def __iter__(self) -> Iterator[Property]:
        """Go through the properties, in the order of their ids."""
        return iter(self._found.values())

    def find(self, code: int) -> Property | None:
        """Return the property of an id."""
        return self._found.get(code)

    def place(self, one: Property) -> Stored | None:
        """Return where a value lies that is too long for the list; None where it is empty. Raises `UnreadableMail`."""
        if not one.value:
            return None
        if not one.value & _IN_SUBNODE:
            return self._item(one.value)
        subnode = self.subnodes.get(one.value)
        if subnode is None:
            raise damaged()
        return self._file.whole(subnode.data)

    def object(self, one: Property) -> Node:
        """Return the subnode that a property of the type "object" names. Raises `UnreadableMail`."""
        place = self.place(one)
        raw = self._file.read(place, _OBJECT.size) if place else b""
        subnode = self.subnodes.get(_OBJECT.unpack(raw)[0]) if len(raw) == _OBJECT.size else None
        if subnode is None:
            raise damaged()
        return subnode

    def number(self, code: int) -> int:
        """Return a whole number of at most four bytes, which the list itself holds; 0 where there is none."""
        one = self.find(code)
        return one.value if one else 0

    def read(self, code: int, limit: int) -> bytes:
        """Return the first bytes of a value; none where there is none. Raises `UnreadableMail`."""
        one = self.find(code)
        place = self.place(one) if one else None
        return self._file.read(place, limit) if place else b""

    @cached_property
    def subnodes(self) -> dict[int, Node]:
        """The nodes within this one, by their ids. Raises `UnreadableMail`."""
        return {node.number: node for node in islice(self._file.subnodes(self._node.subnodes), MAX_SUBNODES)}

    # --- the list ---

    def _tree(self, root: int) -> list[Property]:
        """Read the tree of properties, level by level (§2.3.2, §2.3.3.3); its top is 0 where there are none."""
        signature, key, value, levels, top = _TREE.unpack(self._bytes(root))
        if (signature, key, value) != (_TREE_SIGNATURE, _KEY_BYTES, _VALUE_BYTES) or levels > MAX_DEPTH:
            raise damaged()
        items, left = [top] if top else [], MAX_PROPERTIES
        for _ in range(levels):
            branches = self._records(items, _BRANCH, left)
            items, left = [item for _, item in branches], left - len(branches)
        return [Property(*record) for record in self._records(items, _PROPERTY, left)]

    def _records(self, items: Sequence[int], shape: Struct, most: int) -> list[tuple[int, ...]]:
        """Read the records that some items of the heap are; more than `most` has a tree whose parts meet again."""
        records: list[tuple[int, ...]] = []
        for item in items:
            data = self._bytes(item)
            records += shape.iter_unpack(data[: len(data) - len(data) % shape.size])
            if len(records) > most:
                raise damaged()
        return records

    # --- the heap ---

    def _bytes(self, item: int) -> bytes:
        return self._file.read(self._item(item))

    def _item(self, item: int) -> Stored:
        """Find where an item of the heap lies: its block, and its place in there, as the block's map has it."""
        bits = _INDEX_BITS_OF_LARGE if self._file.is_large else _INDEX_BITS
        index = (item >> _TYPE_BITS) & ((1 << bits) - 1)
        leaf = item >> (_TYPE_BITS + bits)
        try:
            block = self._leaves[leaf]
            data = self._file.block(block)
            (at,) = _MAP_AT.unpack_from(data)
            (count,) = _MAP_HEAD.unpack_from(data, at)
            start, end = _SPAN.unpack_from(data, at + _MAP_HEAD.size + _MAP_AT.size * (index - 1))
        except (struct.error, IndexError) as error:
            raise damaged() from error
        if not 1 <= index <= count or not start <= end <= len(data):
            raise damaged()
        return Stored(block, start, end)
