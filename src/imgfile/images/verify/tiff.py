"""A second walk of a stripped TIFF, beside its original: every byte accounted for, and the pieces the very same.

Written apart from the stripper and its reader on purpose.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from imgfile.images.verify import colour, jpeg, tiff_pieces
from imgfile.images.verify.proof import Proof, demand, demand_colour, expected_exif
from imgfile.images.verify.tiff_pieces import Size

ALLOWED: Final = frozenset(
    {
        *(254, 256, 257, 258, 259, 262, 263, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 290, 291, 292),
        *(293, 296, 297, 301, 317, 318, 319, 320, 322, 323, 324, 325, 332, 334, 338, 339, 340, 341, 347, 529, 530),
        *(531, 532, 34675),
    }
)
"""Every tag that an output may hold; none of them is text."""
OPTIONAL: Final = frozenset(
    {254, 263, 274, 280, 281, 282, 283, 290, 291, 296, 297, 301, 318, 319, 334, 340, 341, 531, 34675}
)
"""Tags that an output may lack though the original has them, where their form is wrong."""
REWRITTEN: Final = frozenset({273, 274, 279, 324, 325, 347, 34675})

TAIL_BYTES: Final = 256
_BYTES: Final = {1: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_WIDE: Final = {16: 8, 18: 8}
"""BigTIFF's own types, of the original alone."""
_OLD_JPEG, _JPEG = 6, 7
"""Pages of the older kind, which programs show differently, are left out of several."""
_MAX_PAGES: Final = 5000


@dataclass(slots=True)
class _Page:
    """One directory: each tag's type and bytes, and which bytes of the file it takes."""

    tags: dict[int, tuple[int, memoryview]]
    order: str
    spans: list[tuple[int, int]] = field(default_factory=list)

    def numbers(self, tag: int) -> tuple[int, ...]:
        kind, value = self.tags.get(tag, (3, memoryview(b"")))
        code = {1: "B", 3: "H", 4: "L", 13: "L", 16: "Q", 18: "Q"}.get(kind)
        return struct.unpack(f"{self.order}{len(value) // (_BYTES | _WIDE)[kind]}{code}", value) if code else ()

    def number(self, tag: int, default: int = 0) -> int:
        return next(iter(self.numbers(tag)), default)

    def pieces(self) -> list[tuple[int, int]]:
        offsets, counts = (324, 325) if 324 in self.tags else (273, 279)  # noqa: PLR2004 - tiles or strips
        starts = self.numbers(offsets)
        stated = self.numbers(counts)
        lengths = (*stated, *(0,) * (len(starts) - len(stated)))
        return [(start, length or -1 if start else length) for start, length in zip(starts, lengths, strict=False)]


def prove(original: bytes, output: bytes, exif_block: bytes) -> Proof:
    """Raise `UnsupportedImage` unless the output is only the original's pages, turned as this Exif block says."""
    is_big = original[2:4] in {b"+\0", b"\0+"}
    demand(output[:2] == original[:2] and output[2:4] in {b"*\0", b"\0*"}, "start of file")
    demand(is_big or output[:4] == original[:4], "start of file")
    mine, theirs = list(_pages(output, is_strict=True)), _shown(list(_pages(original, is_big=is_big)))
    demand(mine and len(mine) == len(theirs), "pages")
    _prove_filled(output, mine)
    coded: list[bytes] = []
    used: set[tuple[int, int]] = set()
    for page, other in zip(mine, theirs, strict=True):
        _prove_tags(page, other)
        coded += _prove_pieces(output, page, original, other, used)
    for page, other in zip(mine, theirs, strict=True):
        if 347 in page.tags:  # noqa: PLR2004 - tables of JPEG
            jpeg.prove_coded(bytes(other.tags[347][1]), bytes(page.tags[347][1]), 2, [], used)
    has_lost = False
    for page, other in zip(mine[1:], theirs[1:], strict=True):
        demand(34675 not in page.tags or 34675 in other.tags, "colour profile")  # noqa: PLR2004 - a profile
        has_lost |= 34675 in other.tags and 34675 not in page.tags  # noqa: PLR2004 - a profile
        if 34675 in page.tags:  # noqa: PLR2004 - a profile
            before = bytes(other.tags[34675][1])
            demand_colour(colour.is_same(before, bytes(page.tags[34675][1])), before)
    first = mine[0]
    demand(exif_block == expected_exif(first.number(274, 1), is_adobe_rgb=False), "orientation")
    profiles = [bytes(page.tags[34675][1]) if 34675 in page.tags else None for page in (theirs[0], first)]  # noqa: PLR2004
    loose = b"\0".join(value for page in mine for tag, (_, value) in page.tags.items() if tag != 34675)  # noqa: PLR2004
    return Proof(first.number(256), first.number(257), profiles[0], profiles[1], (loose, b"\0".join(coded)), has_lost)


# --- reading --------------------------------------------------------------------------------------------


def _pages(data: bytes, *, is_strict: bool = False, is_big: bool = False) -> Iterator[_Page]:
    """Walk the pages; strictly, none may come twice. What BigTIFF widens, an original's may have wide."""
    order = "<" if data[:2] == b"II" else ">"
    head, count_code, place_code, width = (8, "Q", "Q", 20) if is_big else (4, "H", "L", 12)
    demand(len(data) >= 2 * head, "pages")
    at = struct.unpack_from(order + place_code, data, head)[0]
    seen: set[int] = set()
    while at and (is_strict or at not in seen):
        demand(at not in seen and len(seen) < _MAX_PAGES and at + width <= len(data), "pages")
        seen.add(at)
        first = at + struct.calcsize("<" + count_code)
        end = first + width * struct.unpack_from(order + count_code, data, at)[0]
        demand(end + head <= len(data), "pages")
        page = _Page({}, order, [(at, end + head)])
        for place in range(first, end, width):
            _read_entry(data, page, place, place_code)
        yield page
        at = struct.unpack_from(order + place_code, data, end)[0]


def _read_entry(data: bytes, page: _Page, place: int, place_code: str) -> None:
    """Read a tag, the first of its number; what stands behind a short value is part of it."""
    tag, kind, count = struct.unpack_from(page.order + "HH" + place_code, data, place)
    inline = struct.calcsize("<" + place_code)
    length = (_BYTES | _WIDE if place_code == "Q" else _BYTES).get(kind, 0) * count
    start = place + 4 + inline
    if length > inline:
        start = struct.unpack_from(page.order + place_code, data, start)[0]
        page.spans.append((start, start + length))
    if tag not in page.tags and length and start + length <= len(data):
        page.tags[tag] = (kind, memoryview(data)[start : start + length])


def _shown(pages: list[_Page]) -> list[_Page]:
    """Leave out smaller copies and thumbnails, unless there is nothing else."""
    full = [page for page in pages if not _is_small(page)] or pages[:1]
    return [page for page in full if page.number(259, 1) != _OLD_JPEG] or full


def _is_small(page: _Page) -> bool:
    is_marked = page.number(254) & 1 or page.number(255) == 2  # noqa: PLR2004 - a smaller copy
    return bool(is_marked) or (513 in page.tags and not {273, 324} & page.tags.keys())  # noqa: PLR2004 - a thumbnail


# --- comparing ------------------------------------------------------------------------------------------


def _prove_filled(output: bytes, pages: list[_Page]) -> None:
    """Demand that every byte belongs to a directory, a value or a piece, but for single zeros that align."""
    spans = {span for page in pages for span in page.spans}
    spans |= {(start, start + length) for page in pages for start, length in page.pieces() if length}
    at = 8
    for start, end in sorted(spans):
        gap = output[at:start]
        demand(start >= at and gap in {b"", b"\0"}, "bytes that belong to nothing")
        at = end
    demand(at == len(output), "end of file")
    for page in pages:
        first = page.spans[0][0]
        count = struct.unpack_from(page.order + "H", output, first)[0]
        for place in range(first + 2, first + 2 + 12 * count, 12):
            _, kind, number = struct.unpack_from(page.order + "HHL", output, place)
            length = _BYTES.get(kind, 0) * number
            demand(length and (length > 4 or not any(output[place + 8 + length : place + 12])), "tags")  # noqa: PLR2004
        demand(len(page.tags) == count, "tags")


def _prove_tags(page: _Page, other: _Page) -> None:
    """Demand that each tag is allowed and says what the original's says, and that none is lost that is needed."""
    _drop_doubled(page, other)
    demand(page.tags.keys() <= ALLOWED, "tags")
    for tag, value in page.tags.items():
        is_narrowed = tag in other.tags and other.tags[tag][0] in _WIDE and page.numbers(tag) == other.numbers(tag)
        demand(tag in REWRITTEN or is_narrowed or _is_same_value(value, other.tags.get(tag)), "tags")
    lost = (other.tags.keys() & ALLOWED) - OPTIONAL - page.tags.keys()
    demand(not lost, "tags")
    turned = other.number(274, 1)
    is_valid = turned in range(1, 9) and len(other.numbers(274)) == 1
    demand(page.number(274, 1) == (turned if is_valid else 1), "orientation")


def _drop_doubled(page: _Page, other: _Page) -> None:
    """Leave out an original's tags of tiles that say just what its strips say; elsewhere nothing may be lost."""
    if 324 in page.tags or not {273, 324} <= other.tags.keys():  # noqa: PLR2004 - tiles, strips
        return
    demand(other.numbers(324) == other.numbers(273) and other.number(322) in {0, other.number(256)}, "pieces")
    for tag in (322, 323, 324, 325):
        other.tags.pop(tag, None)


def _is_same_value(mine: tuple[int, memoryview], theirs: tuple[int, memoryview] | None) -> bool:
    return theirs is not None and mine[0] == theirs[0] and bytes(mine[1]) == bytes(theirs[1])


def _prove_pieces(output: bytes, page: _Page, original: bytes, other: _Page, used: set[tuple[int, int]]) -> list[bytes]:
    """Demand that every strip or tile is the original's; give their ends."""
    mine, theirs = page.pieces(), other.pieces()
    demand(mine and len(mine) <= len(theirs), "pieces")  # `_holds` counts what the size needs
    compression, is_turned = page.number(259, 1), page.number(266, 1) == 2  # noqa: PLR2004 - the lowest bit first
    demand(_holds(page, mine), "pieces")
    size = _size(page)
    ends = []
    for index, ((start, length), (at, stated)) in enumerate(zip(mine, theirs, strict=False)):
        piece, needed = output[start : start + length], size.piece_bytes(index)
        if compression == _JPEG and length:
            jpeg.prove_coded(original[at : at + stated if stated > 0 else None], piece, 2, [], used)
        elif length:
            is_plain = compression == 1 and 0 < needed < stated
            to_end = len(original) if len(mine) == 1 and compression != 1 else needed
            before = original[at : at + (to_end if stated < 0 else needed if is_plain else stated)]
            tiff_pieces.prove(piece, before, compression, needed, is_turned=is_turned)
        else:
            demand(stated <= 0, "coded data")
        ends.append(output[max(start, start + length - TAIL_BYTES) : start + length])
    return ends


def _size(page: _Page) -> Size:
    is_tiled = 324 in page.tags  # noqa: PLR2004 - tiles
    height, samples, bits = page.number(257), page.number(277, 1), page.numbers(258) or (1,)
    return Size(
        page.number(256),
        height,
        page.number(322) if is_tiled else page.number(256),
        page.number(323) if is_tiled else min(page.number(278, height), height),
        bits if len(bits) == samples else bits[:1] * samples,
        page.number(284, 1),
        page.number(262),
        page.numbers(530) or (2, 2),
        is_tiled,
    )


def _holds(page: _Page, pieces: list[tuple[int, int]]) -> bool:
    """Return whether there are as many pieces as the page's size needs, and uncompressed ones hold their pixels."""
    width, height, samples = page.number(256), page.number(257), page.number(277, 1)
    is_tiled = 324 in page.tags  # noqa: PLR2004 - tiles
    across = page.number(322) if is_tiled else width
    down = page.number(323) if is_tiled else min(page.number(278, height), height)
    planes = samples if page.number(284, 1) == 2 else 1  # noqa: PLR2004 - apart
    if not across or not down or len(pieces) != -(-width // across) * -(-height // down) * planes:
        return False
    is_subsampled = page.number(262) == 6 and page.numbers(530) != (1, 1)  # noqa: PLR2004 - YCbCr
    if page.number(259, 1) != 1 or is_subsampled or is_tiled or planes > 1:
        return True
    bits = page.numbers(258) or (1,)
    row = -(-width * (sum(bits) if len(bits) == samples else bits[0] * samples) // 8)
    return sum(length for _, length in pieces) in {0, row * height} or any(not length for _, length in pieces)
