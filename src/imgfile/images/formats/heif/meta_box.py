"""What a HEIF file's `meta` box says: its items, where their data lie, how they hang together, what describes them.

ISO/IEC 14496-12 §8.11 for items, ISO/IEC 23008-12 §9.3 for properties. Read only; `heif_items` decides what stays.
Whatever decoders would read differently (an item described twice, say) is refused as damage.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from imgfile.images import refusals
from imgfile.images.formats.bmff import Box, Cursor, boxes

MAX_ITEMS: Final = 8192
"""Photos of 200 megapixels in tiles of 256 x 256 have some 3,000 items."""
MAX_EXTENTS: Final = 65_536
"""Pieces in which all items' data lie; cameras write one piece an item."""
MAX_TARGETS: Final = 65_536
"""What all references point at, counted one by one."""
MAX_PROPERTIES: Final = 32_767
"""The format's own limit of an index."""
MAX_ASSOCIATIONS: Final = 65_536

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
    """The main picture's item; a sequence may lie beside items of which none is the main one."""
    items: dict[int, Item] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    properties: list[Box] = field(default_factory=list)
    idat: Box | None = None
    others: list[Box] = field(default_factory=list)
    """Boxes that describe no picture."""


_ONCE: Final = frozenset({b"hdlr", b"pitm", b"iinf", b"iloc", b"iref", b"iprp", b"idat"})


def parse(data: bytes, box: Box) -> Meta:
    """Read a `meta` box. Raises `UnsupportedImage` for what is damaged or past a bound."""
    start = Cursor(data, box.body, box.end)
    start.full()
    found: dict[bytes, Box] = {}
    others: list[Box] = []
    for child in boxes(data, start.at, box.end):
        if child.name not in _ONCE:
            others.append(child)
        elif child.name in found:
            raise refusals.damaged("it lists its parts twice")
        else:
            found[child.name] = child
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
    cursor = _cursor(data, box)
    version, _ = cursor.full()
    return cursor.integer(4 if version else 2)


def _items(data: bytes, box: Box) -> dict[int, Item]:
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
    version, flags = cursor.full()
    if version not in {2, 3}:
        raise refusals.unknown("its list of parts is of an old kind")
    number = cursor.integer(2 if version == 2 else 4)  # noqa: PLR2004 - the versions differ in this width
    is_protected = bool(cursor.integer(2))
    kind = cursor.copy(4)
    name = cursor.text()
    content = cursor.text() if kind in {b"mime", b"uri "} else b""
    return Item(number, kind, flags & 1, is_protected, name, content)


def _references(data: bytes, box: Box) -> list[Reference]:
    cursor = _cursor(data, box)
    version, _ = cursor.full()
    width = 4 if version else 2
    found: list[Reference] = []
    left = MAX_TARGETS
    for entry in boxes(data, cursor.at, box.end):
        inner = _cursor(data, entry)
        source, count = inner.integer(width), inner.integer(2)
        left -= count + 1
        if left < 0:
            raise refusals.too_large("its parts refer to one another too often")
        found.append(Reference(entry.name, source, inner.integers(count, width)))
    return found


def _locate(data: bytes, box: Box, meta: Meta) -> None:
    cursor = _cursor(data, box)
    version, _ = cursor.full()
    widths = cursor.integer(2)
    offset_width, length_width, base_width, index_width = widths >> 12, widths >> 8 & 15, widths >> 4 & 15, widths & 15
    if version == 0:
        index_width = 0
    if version > 2 or {offset_width, length_width, base_width, index_width} - {0, 4, 8}:  # noqa: PLR2004 - the last version
        raise refusals.damaged("it locates its parts in no known way")
    located: set[int] = set()
    left = MAX_EXTENTS
    for _ in range(cursor.integer(4 if version == 2 else 2)):  # noqa: PLR2004 - the version with wide numbers
        number = cursor.integer(4 if version == 2 else 2)  # noqa: PLR2004 - the same
        method = cursor.integer(2) & 15 if version else IN_FILE
        is_elsewhere = bool(cursor.integer(2))
        base, count = cursor.integer(base_width), cursor.integer(2)
        left -= count
        if left < 0:
            raise refusals.too_large("its parts lie in too many pieces")
        if number in located:
            raise refusals.damaged("one of its parts lies in two places")
        located.add(number)
        origin = base + (meta.idat.body if method == IN_IDAT and meta.idat is not None else 0)
        extents: list[Extent] = []
        for _ in range(count):
            cursor.integer(index_width)
            start = origin + cursor.integer(offset_width)
            extents.append((start, start + cursor.integer(length_width)))
        if (item := meta.items.get(number)) is not None:
            item.method, item.is_elsewhere, item.extents = method, is_elsewhere, tuple(extents)


def _describe(data: bytes, box: Box, meta: Meta) -> None:
    """Read the properties, and which item has which in which order."""
    described: dict[int, tuple[tuple[int, bool], ...]] = {}
    left = MAX_ASSOCIATIONS
    has_container = False
    for child in boxes(data, box.body, box.end):
        if child.name == b"ipco" and not has_container:
            has_container = True
            meta.properties = list(boxes(data, child.body, child.end))
        elif child.name == b"ipma":
            left = _associate(data, child, described, left)
        else:
            raise refusals.damaged("its descriptions are in disorder")
    if len(meta.properties) > MAX_PROPERTIES:
        raise refusals.too_large("it has too many descriptions")
    for number, properties in described.items():
        if any(index > len(meta.properties) for index, _ in properties):
            raise refusals.damaged("a description is missing")
        if number in meta.items:
            meta.items[number].properties = properties


def _associate(data: bytes, box: Box, described: dict[int, tuple[tuple[int, bool], ...]], left: int) -> int:
    cursor = _cursor(data, box)
    version, flags = cursor.full()
    width = 2 if flags & 1 else 1
    essential = 0x8000 if flags & 1 else 0x80
    for _ in range(cursor.integer(4)):
        number, count = cursor.integer(4 if version else 2), cursor.integer(1)
        left -= count + 1
        if left < 0:
            raise refusals.too_large("it has too many descriptions")
        if number in described:
            raise refusals.damaged("one of its parts is described twice")
        numbers = cursor.integers(count, width)
        described[number] = tuple(
            (index & ~essential, bool(index & essential)) for index in numbers if index & ~essential
        )
    return left
