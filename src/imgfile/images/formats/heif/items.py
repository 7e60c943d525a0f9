"""Which items of a HEIF file make its main picture, and what that picture measures (ISO/IEC 23008-12 §6, MIAF).

Kept are the main picture, what it is put together from, and the transparency of either. Everything else goes:
Exif, XMP and C2PA items, thumbnails, depth, gain maps and the `tmap` that applies them, mattes, further pictures.
"""

from __future__ import annotations

import itertools
import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from imgfile.frozen import dataclass
from imgfile.images import refusals
from imgfile.images.formats.heif.meta_box import IN_FILE, IN_IDAT, Extent, Item, Meta, Reference
from imgfile.images.formats.heif.properties import CODINGS, KEPT, PROFILES, TURNING, is_alpha, rebuild
from imgfile.images.limits import MAX_ANIMATION_PIXELS, MAX_PIXELS

DERIVED: Final = frozenset({b"grid", b"iovl", b"iden"})
"""Pictures put together from others (ISO/IEC 23008-12 §6.6.2): tiles, an overlay, one other turned or cropped."""
KEPT_ITEMS: Final = DERIVED | CODINGS.keys()
KEPT_REFERENCES: Final = frozenset({b"dimg", b"auxl", b"prem"})
"""Put together from (§6.6.1); auxiliary to (§6.4.5); multiplied beforehand with its transparency (§6.4.5)."""
SERVING: Final = frozenset({b"thmb", b"auxl"})
"""What a picture serves another as, its thumbnail (§6.4.4) or its auxiliary; programs disagree about what is shown
where the main one does."""

_TURNS: Final = ((1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0))
"""`irot` (§6.5.10): quarter turns anticlockwise, as matrices over right and down."""
_FLIPS: Final = ((1, 0, 0, -1), (-1, 0, 0, 1))
"""`imir` (§6.5.12): top and bottom exchanged, or left and right."""
ORIENTATIONS: Final = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, -1, 1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, 1, -1, 0): 8,
}
"""What Exif calls the same."""
MAX_COLOURS: Final = 16
"""Different colour profiles and the like of all pictures that stay; phones write one or two."""
MAX_DESCRIPTION_BYTES: Final = 1 << 20
"""All other descriptions of what stays; a photo of thousands of tiles has some hundred kilobytes."""
MAX_NAME_BYTES: Final = 256
"""What is looked at of an auxiliary picture's kind; the URNs in use take some forty."""
_FIRST_BYTES: Final = 8
"""What is looked at of coded data: a length of up to four bytes, and the unit's head behind it."""
CROPPED_PIXELS: Final = 64
"""A crop of fewer columns or rows only takes away what the coding's blocks added: HEVC's and AV1's are 64 at least."""

Properties = dict[int, tuple[bytes, bytes]]
"""Kept properties, name and body written anew, by their index in the original."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What stays of a `meta` box: items in their order, references among them, and properties by their old index."""

    primary: int
    items: tuple[Item, ...]
    references: tuple[Reference, ...]
    properties: Properties
    width: int
    height: int
    """As displayed."""
    orientation: int
    has_profile: bool
    is_colour_lost: bool
    is_cropped: bool


def select(data: bytes, meta: Meta, primary: int) -> Picture:
    """Choose what stays of the main picture. Raises `UnsupportedImage` where that is not understood or not there."""
    # §6.4.3: the primary item is displayed by itself, so it serves no other.
    if any(reference.source == primary and reference.kind in SERVING for reference in meta.references):
        raise refusals.damaged("its main picture is said to be a smaller copy or a part of another")
    kept = _chosen(data, meta, primary)
    references = tuple(_kept_references(meta.references, kept))
    properties: Properties = {}
    left_out: set[int] = set()
    described = tuple(_described(data, meta, meta.items[number], properties, left_out) for number in kept)
    _require_few(properties)
    pixels = 0
    for item in described:
        _require_shape(item, properties)
        pixels += _area(item, properties, is_main=item.number == primary)
    if pixels > MAX_ANIMATION_PIXELS:
        raise refusals.too_large("it is put together from too many pixels")
    _require_apart(described)
    _require_whole(data, described)
    parts = Counter[int]()  # how many pictures each derived one is put together from
    for reference in references:
        if reference.kind == b"dimg":
            parts[reference.source] += len(reference.targets)
    items = tuple(_required_data(data, meta, item, parts[item.number]) for item in described)
    main = next(item for item in items if item.number == primary)
    width, height, orientation, is_cropped = _shown(main, properties)
    return Picture(
        primary=primary,
        items=items,
        references=references,
        properties=properties,
        width=width,
        height=height,
        orientation=orientation,
        has_profile=any(name == b"colr" and body[:4] in PROFILES for name, body in properties.values()),
        is_colour_lost=any(meta.properties[index - 1].name == b"colr" for index in left_out),
        is_cropped=is_cropped,
    )


# --- choosing -------------------------------------------------------------------------------------------


def _chosen(data: bytes, meta: Meta, primary: int) -> list[int]:
    """List the numbers of kept items, in the file's order."""
    parts: defaultdict[int, list[int]] = defaultdict(list)
    for reference in meta.references:
        if reference.kind == b"dimg":
            parts[reference.source] += reference.targets
    kept: set[int] = set()
    _follow(meta, parts, [primary], kept)
    # §6.4.5: an auxiliary picture refers to the one that it belongs to, so it is found by its own reference. Looked for
    # once: transparency of transparency is no picture's.
    alphas: list[int] = []
    for reference in meta.references:
        is_of_kept = reference.kind == b"auxl" and kept.intersection(reference.targets)
        if is_of_kept and _is_alpha(data, meta, reference.source):
            alphas.append(reference.source)
    _follow(meta, parts, alphas, kept)
    return [number for number in meta.items if number in kept]


def _follow(meta: Meta, parts: dict[int, list[int]], waiting: list[int], kept: set[int]) -> None:
    """Add items to `kept`, with all that they are put together from. Each is followed once, so circles end."""
    while waiting:
        number = waiting.pop()
        if number in kept:
            continue
        item = meta.items.get(number)
        if item is None:
            raise refusals.damaged("a part of its picture is missing")
        if item.kind not in KEPT_ITEMS:
            raise refusals.unknown("its picture is coded in a way that ordinary programs do not show")
        if item.is_protected:  # ISO/IEC 14496-12 §8.11.5
            raise refusals.unknown("its picture is encrypted")
        kept.add(number)
        if item.kind in DERIVED:
            waiting += parts.get(number, [])


def _is_alpha(data: bytes, meta: Meta, number: int) -> bool:
    """Return whether an item's `auxC` (§6.5.8) says that it is transparency."""
    item = meta.items.get(number)
    if item is None:
        return False
    for index, _ in item.properties:
        box = meta.properties[index - 1]
        if box.name == b"auxC" and is_alpha(data[box.body : min(box.end, box.body + MAX_NAME_BYTES)]):
            return True
    return False


def _kept_references(references: Iterable[Reference], kept: list[int]) -> Iterator[Reference]:
    """Yield the references among items that stay."""
    numbers = set(kept)
    for reference in references:
        targets = tuple(number for number in reference.targets if number in numbers)
        if reference.kind in KEPT_REFERENCES and reference.source in numbers and targets:
            yield replace(reference, targets=targets)


# --- describing -----------------------------------------------------------------------------------------


def _described(data: bytes, meta: Meta, item: Item, properties: Properties, left_out: set[int]) -> Item:
    """Return the item with the properties that stay, and write those anew into `properties`, each once.

    §9.3.1: a reader that does not know an essential property must not show the item. A colour profile is the exception:
    one that is damaged goes, which is said.
    """
    kept: list[tuple[int, bool]] = []
    for index, is_essential in item.properties:
        box = meta.properties[index - 1]
        if index not in properties and index not in left_out:
            body = rebuild(box.name, data[box.body : box.end]) if box.name in KEPT else None
            if body is None:
                left_out.add(index)
            else:
                properties[index] = box.name, body
        if index in properties:
            kept.append((index, is_essential))
        elif is_essential and box.name != b"colr":
            raise refusals.unknown("its picture is described in a way that ordinary programs do not know")
    return replace(item, properties=tuple(kept))


def _require_few(properties: Properties) -> None:
    """Refuse more profiles and longer descriptions than any photo has: each is compared, and searched for values."""
    if len({body for name, body in properties.values() if name == b"colr"}) > MAX_COLOURS:
        raise refusals.too_large("it has too many colour profiles")
    if sum(len(body) for name, body in properties.values() if name != b"colr") > MAX_DESCRIPTION_BYTES:
        raise refusals.too_large("it has too long descriptions")


def _require_shape(item: Item, properties: Properties) -> None:
    """Raise `UnsupportedImage` unless an item is described once and to the purpose.

    A coded picture has the one configuration of its coding; a derived one needs none, but encoders give it its parts'.
    """
    names = [properties[index][0] for index, _ in item.properties]
    configurations = [name for name in names if name in CODINGS.values()]
    is_configured = item.kind in DERIVED or configurations == [CODINGS[item.kind]]
    if not is_configured or names.count(b"ispe") > 1:
        raise refusals.damaged("the description of a picture is broken")
    # §6.5 applies them in their order; programs apply only the last of two, or refuse.
    if max((names.count(name) for name in TURNING), default=0) > 1:
        raise refusals.unknown("its picture is turned more than once")


def size(item: Item, properties: Properties) -> tuple[int, int]:
    """Return an item's coded width and height in pixels, from `ispe` (§6.5.3)."""
    width, height = struct.unpack_from(">LL", described(item, properties, b"ispe"), 4)
    return width, height


def described(item: Item, properties: Properties, name: bytes) -> bytes:
    """Return the body of an item's property of this name. Raises `UnsupportedImage` if it has none."""
    for index, _ in item.properties:
        found, body = properties[index]
        if found == name:
            return body
    raise refusals.damaged("the description of a picture is broken")


def _area(item: Item, properties: Properties, *, is_main: bool) -> int:
    """Return how many pixels a coded item has; what is put together from others has none of its own."""
    if not is_main and all(properties[index][0] != b"ispe" for index, _ in item.properties):
        return 0  # some encoders leave it out of transparency, which is as large as its picture
    width, height = size(item, properties)
    if not width or not height:
        raise refusals.damaged("it states no size")
    if width * height > MAX_PIXELS:
        raise refusals.too_large(f"{width} x {height} pixels")
    return width * height if item.kind in CODINGS else 0


def _shown(item: Item, properties: Properties) -> tuple[int, int, int, bool]:
    """Follow what crops and turns the main picture: its displayed size, its orientation, whether much is cropped."""
    width, height = size(item, properties)
    turned = (1, 0, 0, 1)
    is_cropped = False
    for index, _ in item.properties:
        name, body = properties[index]
        if name == b"clap":  # before turning, by MIAF (ISO/IEC 23000-22 §7.3.6.7), but the file's order counts
            across, down = _crop(body)
            is_cropped = width - across >= CROPPED_PIXELS or height - down >= CROPPED_PIXELS
            width, height = min(across, width), min(down, height)
        elif name == b"irot":
            turned = _times(_TURNS[body[0]], turned)
            width, height = (height, width) if body[0] % 2 else (width, height)
        elif name == b"imir":
            turned = _times(_FLIPS[body[0]], turned)
    return width, height, ORIENTATIONS[turned], is_cropped


def _crop(body: bytes) -> tuple[int, int]:
    """Read a `clap`: the width and height that stay, as fractions (ISO/IEC 14496-12 §12.1.4); offsets follow."""
    across, across_under, down, down_under = struct.unpack_from(">LLLL", body)
    # Less than one pixel is no picture, and a denominator of 0 no number.
    if not across_under or not down_under or across < across_under or down < down_under:
        raise refusals.damaged("its crop is broken")
    return across // across_under, down // down_under


def _times(second: tuple[int, int, int, int], first: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Turn or flip again what is turned already: the product of two matrices."""
    a, b, c, d = second
    e, f, g, h = first
    return a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h


# --- data -----------------------------------------------------------------------------------------------


def _required_data(data: bytes, meta: Meta, item: Item, parts: int) -> Item:
    """Return the item with its data cut to a derived one's own fields.

    Raises `UnsupportedImage` unless the data are where this file has them.
    """
    # ISO/IEC 14496-12 §8.11.3: data may lie in a file that `dinf` names, and method 2 takes them from another item.
    if item.is_elsewhere or item.method not in {IN_FILE, IN_IDAT}:
        raise refusals.unknown("its picture lies in another file")
    if item.method == IN_IDAT and item.extents:
        idat = meta.idat
        if idat is None or any(start < idat.body or end > idat.end for start, end in item.extents):
            raise refusals.damaged("a part of its picture is missing")
    if item.kind in CODINGS:
        if not item.length or any(start == end for start, end in item.extents):
            raise refusals.damaged("a part of its picture is missing")
        return item
    length = derived_length(item.kind, bytes(gather(data, item.extents, limit=8)), parts)
    if item.length < length or not parts:
        raise refusals.damaged("a part of its picture is missing")
    return replace(item, extents=_cut(item.extents, length))


def derived_length(kind: bytes, head: bytes, parts: int) -> int:
    """Return how many bytes describe a derived picture. Raises `UnsupportedImage` for a broken description."""
    if kind == b"iden":  # §6.6.2.1: no data at all
        return 0
    if head[:1] != b"\0" or len(head) < 2:  # noqa: PLR2004 - version and flags
        raise refusals.damaged("its parts cannot be put together")
    width = 4 if head[1] & 1 else 2  # flag 1: sizes and offsets of 32 bits
    if kind == b"iovl":  # §6.6.2.2: version, flags, a colour of four 16-bit numbers, the canvas, an offset a part
        return 2 + 8 + 2 * width + parts * 2 * width
    # §6.6.2.3: version, flags, rows and columns less one, the canvas; as many parts as places.
    if len(head) < 4 or (head[2] + 1) * (head[3] + 1) != parts:  # noqa: PLR2004 - rows and columns follow
        raise refusals.damaged("its parts cannot be put together")
    return 4 + 2 * width


def gather(data: bytes, extents: Iterable[Extent], *, limit: int) -> bytes | memoryview:
    """Return an item's data, joined up to a limit, uncopied where they lie in one piece."""
    pieces: list[memoryview] = []
    for start, end in extents:
        pieces.append(memoryview(data)[start : min(end, start + limit)])
        limit -= len(pieces[-1])
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _cut(extents: Iterable[Extent], length: int) -> tuple[Extent, ...]:
    """Return the first pieces, of so many bytes together."""
    kept: list[Extent] = []
    for start, end in extents:
        if length:
            kept.append((start, min(end, start + length)))
            length -= kept[-1][1] - start
    return tuple(kept)


def _require_apart(items: Iterable[Item]) -> None:
    """Let pictures share all of their data or none: overlaps are no camera's, and would multiply the work."""
    distinct = sorted(extent for extents in {item.extents for item in items} for extent in extents)
    if any(behind[0] < before[1] for before, behind in itertools.pairwise(distinct)):
        raise refusals.damaged("parts of its picture overlap")


def is_blank(data: bytes, extents: tuple[Extent, ...]) -> bool:
    """Return whether coded data begin with zeros.

    No unit does: of HEVC and AVC its length comes first, of AV1 a head that is no reserved type. A download that broke
    off leaves them.
    """
    start, end = extents[0] if extents else (0, 0)
    first = data[start : min(end, start + _FIRST_BYTES)]
    return len(first) == _FIRST_BYTES and not any(first)


def _require_whole(data: bytes, items: Iterable[Item]) -> None:
    """Refuse what lies outside of the file, and coded pictures that are only the zeros of a broken download."""
    items = tuple(items)
    extents = {extent for item in items for extent in item.extents}
    blank = {item.extents for item in items if item.kind in CODINGS and is_blank(data, item.extents)}
    missing = sum(end - max(start, min(end, len(data))) for start, end in extents)
    missing += sum(end - start for piece in blank for start, end in piece)
    if missing:
        percent = 100 * missing // sum(end - start for start, end in extents)
        raise refusals.truncated(f"about {percent} % of the picture is missing" if percent else "its end is missing")
