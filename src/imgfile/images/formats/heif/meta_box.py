"""What a HEIF file's `meta` box says: its items, where their data lie, how they hang together, what describes them.

ISO/IEC 14496-12 §8.11 for items (here: §8.11.x), ISO/IEC 23008-12 §9.3 for properties. Read only; `items` decides what
stays. Whatever decoders would read differently (an item described twice, say) is refused as damage.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from imgfile.images import refusals
from imgfile.images.formats.bmff import Box, Cursor, boxes

MAX_ITEMS: Final = 8192
"""Photos of 200 megapixels in tiles of 256 x 256 have some 3,000 items."""
MAX_EXTENTS: Final = 65_536
"""Pieces in which all items' data lie; cameras write one piece an item, so this is eight times as many as items."""
MAX_TARGETS: Final = 65_536
"""What all references point at, counted one by one with their sources; a tile of 3,000 is named once or twice."""
MAX_PROPERTIES: Final = 32_767
"""The format's own limit of an index."""
MAX_ASSOCIATIONS: Final = 65_536
"""Which item has which property, counted one by one; a tile has some five."""

IN_FILE, IN_IDAT = 0, 1
"""Where an item's data lie: `mdat`, or `idat` within `meta`."""
Extent = tuple[int, int]
"""Where a piece of data starts and ends, in bytes from the start of the file."""


@dataclass(slots=True)
class Item:
    """One item: its type, its name as written, its content type, and what describes it as (property, is essential)."""

    number: int
    kind: bytes
    flags: int = 0
    is_protected: bool = False
    name: bytes = field(default=b"", repr=False)
    content: bytes = b""
    method: int = IN_FILE
    is_elsewhere: bool = False
    """Whether its data lie in another file."""
    extents: tuple[Extent, ...] = ()
    properties: tuple[tuple[int, bool], ...] = ()

    @property
    def length(self) -> int:
        """Bytes of its data."""
        return sum(end - start for start, end in self.extents)


@dataclass(frozen=True, slots=True)
class Reference:
    """One item's references of one kind to others."""

    kind: bytes
    source: int
    targets: tuple[int, ...]


@dataclass(slots=True)
class Meta:
    """A `meta` box. `properties` are numbered from 1 where items name them."""

    handler: Box
    primary: int | None = None
    """The main picture's item; None where the file names none."""
    items: dict[int, Item] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    properties: list[Box] = field(default_factory=list)
    idat: Box | None = None
    others: list[Box] = field(default_factory=list)
    """Boxes that describe no picture."""


_ONCE: Final = frozenset({b"hdlr", b"pitm", b"iinf", b"iloc", b"iref", b"iprp", b"idat"})
"""Boxes of which §8.11 allows one each; of two, programs take the first or the last."""


def parse(data: bytes, box: Box) -> Meta:
    """Read a `meta` box. Raises `UnsupportedImage` for what is damaged or past a bound."""
    start = Cursor(data, box.body, box.end)
    start.full()  # §8.11.1: a full box, unlike QuickTime's `meta`
    found: dict[bytes, Box] = {}
    others: list[Box] = []
    for child in boxes(data, start.at, box.end):
        if child.name not in _ONCE:
            others.append(child)
        elif child.name in found:
            raise refusals.damaged("it lists its parts twice")
        else:
            found[child.name] = child
    # ISO/IEC 23008-12 §10.2.1 wants `pitm` and `iloc` too: without the first a sequence may stand in its place, and
    # without the second a picture's data may lie nowhere, which is refused where the data are asked for.
    if {b"hdlr", b"iinf", b"iprp"} - found.keys():
        raise refusals.damaged("its list of parts is missing")
    meta = Meta(found[b"hdlr"], idat=found.get(b"idat"), others=others)
    if b"pitm" in found:
        meta.primary = _primary(data, found[b"pitm"])
    meta.items = _items(data, found[b"iinf"])
    if b"iref" in found:
        meta.references = _references(data, found[b"iref"])
    if b"iloc" in found:
        _locate(data, found[b"iloc"], meta)
    _describe(data, found[b"iprp"], meta)
    return meta


def _cursor(data: bytes, box: Box) -> Cursor:
    return Cursor(data, box.body, box.end)


def _primary(data: bytes, box: Box) -> int:
    """Read which item is the main one (§8.11.4): 16 bits, or 32 from version 1 on."""
    cursor = _cursor(data, box)
    version, _ = cursor.full()
    return cursor.integer(4 if version else 2)


def _items(data: bytes, box: Box) -> dict[int, Item]:
    """Read the list of items, `iinf` (§8.11.6)."""
    cursor = _cursor(data, box)
    version, _ = cursor.full()
    cursor.take(4 if version else 2)  # how many: the boxes themselves say
    items: dict[int, Item] = {}
    for entry in boxes(data, cursor.at, box.end):
        if entry.name != b"infe":
            raise refusals.unknown("its list of parts holds something else")
        item = _item(_cursor(data, entry))
        if item.number in items:
            raise refusals.damaged("two of its parts have one number")
        items[item.number] = item
        if len(items) > MAX_ITEMS:
            raise refusals.too_large("it has too many parts")
    return items


def _item(cursor: Cursor) -> Item:
    """Read one `infe` (§8.11.6.2). Flag 1 says that the item is hidden (ISO/IEC 23008-12 §6.4.2)."""
    version, flags = cursor.full()
    if version not in {2, 3}:  # versions 0 and 1 have no item type, and HEIF wants 2 or 3 (§10.2.1)
        raise refusals.unknown("its list of parts is of an old kind")
    number = cursor.integer(2 if version == 2 else 4)  # noqa: PLR2004 - the versions differ in this width
    is_protected = bool(cursor.integer(2))  # an index into `ipro`; 0 for none
    kind = cursor.copy(4)
    name = cursor.text()
    content = cursor.text() if kind in {b"mime", b"uri "} else b""
    return Item(number, kind, flags & 1, is_protected, name, content)


def _references(data: bytes, box: Box) -> list[Reference]:
    """Read which item refers to which, in `iref` (§8.11.12): one box a source and kind, named by the kind."""
    cursor = _cursor(data, box)
    version, _ = cursor.full()
    width = 4 if version else 2  # of item numbers
    found: list[Reference] = []
    total = 0
    for entry in boxes(data, cursor.at, box.end):
        inner = _cursor(data, entry)
        source, count = inner.integer(width), inner.integer(2)
        total += 1 + count  # a reference to nothing costs something too
        if total > MAX_TARGETS:
            raise refusals.too_large("its parts refer to one another too often")
        found.append(Reference(entry.name, source, inner.integers(count, width)))
    return found


def _locate(data: bytes, box: Box, meta: Meta) -> None:
    """Read where each item's data lie, in `iloc` (§8.11.3), and note it in the items."""
    cursor = _cursor(data, box)
    version, _ = cursor.full()
    # Four widths in bytes, of four bits each: of offsets, of lengths, of the base that is added, of an index that
    # only method 2 (an item within an item) needs. The last is reserved in version 0.
    widths = cursor.integer(2)
    offset_width, length_width, base_width, index_width = widths >> 12, widths >> 8 & 15, widths >> 4 & 15, widths & 15
    if version == 0:
        index_width = 0
    if version > 2 or {offset_width, length_width, base_width, index_width} - {0, 4, 8}:  # noqa: PLR2004 - the last version
        raise refusals.damaged("it locates its parts in no known way")
    number_width = 4 if version == 2 else 2  # noqa: PLR2004 - the version with wide numbers
    located: set[int] = set()
    pieces = 0
    for _ in range(cursor.integer(number_width)):
        number = cursor.integer(number_width)
        method = cursor.integer(2) & 15 if version else IN_FILE  # twelve reserved bits before the method
        is_elsewhere = bool(cursor.integer(2))  # an index into `dinf`; 0 is this file
        base, count = cursor.integer(base_width), cursor.integer(2)
        pieces += count
        if pieces > MAX_EXTENTS:
            raise refusals.too_large("its parts lie in too many pieces")
        if number in located:
            raise refusals.damaged("one of its parts lies in two places")
        located.add(number)
        # Method 1 counts from the content of `idat`, method 0 from the file's start.
        origin = base + (meta.idat.body if method == IN_IDAT and meta.idat is not None else 0)
        extents: list[Extent] = []
        for _ in range(count):
            cursor.integer(index_width)
            start = origin + cursor.integer(offset_width)
            extents.append((start, start + cursor.integer(length_width)))
        item = meta.items.get(number)
        if item is not None:  # places of items that `iinf` does not list say nothing
            item.method, item.is_elsewhere, item.extents = method, is_elsewhere, tuple(extents)


_Associations = dict[int, tuple[tuple[int, bool], ...]]
"""What describes each item: the property's index from 1, and whether it is essential."""


def _describe(data: bytes, box: Box, meta: Meta) -> None:
    """Read the properties, and which item has which in which order (ISO/IEC 23008-12 §9.3)."""
    described: _Associations = {}
    associations = 0
    has_container = False
    for child in boxes(data, box.body, box.end):
        if child.name == b"ipco" and not has_container:  # §9.3.1: one `ipco`, then one `ipma` or more
            has_container = True
            meta.properties = list(boxes(data, child.body, child.end))
        elif child.name == b"ipma":
            associations = _associate(data, child, described, associations)
        else:
            raise refusals.damaged("its descriptions are in disorder")
    if len(meta.properties) > MAX_PROPERTIES:
        raise refusals.too_large("it has too many descriptions")
    for number, properties in described.items():
        if any(index > len(meta.properties) for index, _ in properties):
            raise refusals.damaged("a description is missing")
        if number in meta.items:
            meta.items[number].properties = properties


def _associate(data: bytes, box: Box, described: _Associations, total: int) -> int:
    """Read one `ipma` (§9.3.2) into `described`; return how many associations there are with those before."""
    cursor = _cursor(data, box)
    version, flags = cursor.full()
    # Flag 1: indices of 15 bits instead of 7; the highest bit says that the property is essential.
    width, essential = (2, 0x8000) if flags & 1 else (1, 0x80)
    for _ in range(cursor.integer(4)):
        number, count = cursor.integer(4 if version else 2), cursor.integer(1)
        total += 1 + count
        if total > MAX_ASSOCIATIONS:
            raise refusals.too_large("it has too many descriptions")
        if number in described:  # §9.3.1: at most one entry an item
            raise refusals.damaged("one of its parts is described twice")
        numbers = cursor.integers(count, width)
        described[number] = tuple(
            (index & ~essential, bool(index & essential)) for index in numbers if index & ~essential
        )  # index 0 stands for no property
    return total
