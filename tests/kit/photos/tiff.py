"""TIFF pictures full of metadata, made by code: any tags, strips, tiles and pages, in either byte order."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PIL import Image

from kit.photos import jpeg_png as photos

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 1, 2, 3, 4, 5, 7, 16
_CODES = {BYTE: "B", SHORT: "H", LONG: "L", 13: "L", LONG8: "Q"}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}

Value = tuple[int, bytes | Sequence[int]]
"""A type, and bytes or numbers."""


@dataclass
class Page:
    """A page: its strips or tiles, and its tags over those that describe a grey or colour picture."""

    pieces: Sequence[bytes]
    tags: Mapping[int, Value] = field(default_factory=dict)
    is_tiled: bool = False
    entries: bytes = b""
    """Further entries, whole."""


def grey(width: int = 12, height: int = 8, *, rows: int = 8, tags: Mapping[int, Value] | None = None) -> Page:
    """Make a grey page in strips of some rows, without compression."""
    data = bytes((row * 19 + column * 3) % 256 for row in range(height) for column in range(width))
    pieces = [data[at * width : (at + rows) * width] for at in range(0, height, rows)]
    described = {256: (SHORT, [width]), 257: (SHORT, [height]), 258: (SHORT, [8]), 259: (SHORT, [1])}
    described |= {262: (SHORT, [1]), 277: (SHORT, [1]), 278: (SHORT, [rows])}
    return Page(pieces, described | dict(tags or {}))


def tiled(width: int = 20, height: int = 18, *, tags: Mapping[int, Value] | None = None) -> Page:
    """Make a grey page of four tiles, without compression."""
    tiles = [bytes((tile * 50 + at) % 256 for at in range(256)) for tile in range(4)]
    described = {256: (SHORT, [width]), 257: (SHORT, [height]), 258: (SHORT, [8]), 259: (SHORT, [1])}
    described |= {262: (SHORT, [1]), 277: (SHORT, [1]), 322: (SHORT, [16]), 323: (SHORT, [16])}
    return Page(tiles, described | dict(tags or {}), is_tiled=True)


def jpeg_page(*segments: bytes, tables: bytes = b"", trailer: bytes = b"") -> Page:
    """Make a page whose only strip is a JPEG, with segments and bytes hidden in it, and in its tables."""
    coded = photos.with_segments(photos.jpeg(photos.pixels(16, 16, "L")), *segments) + trailer
    described = {256: (SHORT, [16]), 257: (SHORT, [16]), 258: (SHORT, [8]), 259: (SHORT, [7]), 262: (SHORT, [1])}
    described |= {277: (SHORT, [1]), 278: (SHORT, [16])}
    return Page([coded], described | ({347: (UNDEFINED, tables)} if tables else {}))


def tiff(
    *pages: Page, order: str = "<", base: bytes = b"", behind: bytes = b"", following: int = 0, is_big: bool = False
) -> bytes:
    """Write a file: what it is based on, then each page's pieces, values and directory, then what follows."""
    mark = b"II" if order == "<" else b"MM"
    head = struct.pack(order + "HHHQ", 43, 8, 0, 0) if is_big else struct.pack(order + "HL", 42, 0)
    out = bytearray(base or mark + head)
    counts_code, place_code = ("Q", "Q") if is_big else ("H", "L")
    link = 8 if is_big else 4
    for page in pages:
        places = []
        for piece in page.pieces:
            places.append(len(out))
            out += piece
        offsets, counts = (324, 325) if page.is_tiled else (273, 279)
        kind = LONG8 if is_big else LONG
        tags = {offsets: (kind, places), counts: (kind, [*map(len, page.pieces)])} | dict(page.tags)
        entries = [_entry(out, order + place_code, tag, *value) for tag, value in sorted(tags.items()) if value[0]]
        out += bytes(len(out) % 2)
        out[link : link + struct.calcsize(order + place_code)] = struct.pack(order + place_code, len(out))
        count = len(entries) + len(page.entries) // 12
        out += struct.pack(order + counts_code, count) + b"".join(entries) + page.entries
        link = len(out)
        out += struct.pack(order + place_code, following)
    return bytes(out) + behind


def _entry(out: bytearray, places: str, tag: int, kind: int, value: bytes | Sequence[int]) -> bytes:
    """Write an entry; `places` is how `struct` writes a place."""
    data = value if isinstance(value, bytes) else struct.pack(f"{places[0]}{len(value)}{_CODES[kind]}", *value)
    head = struct.pack(f"{places[0]}HH{places[1]}", tag, kind, len(data) // _SIZES[kind])
    inline = struct.calcsize(places)
    if len(data) <= inline:
        return head + data.ljust(inline, b"\0")
    out += bytes(len(out) % 2)
    place = len(out)
    out += data
    return head + struct.pack(places, place)


def pillow(image: Image.Image | None = None, **options: object) -> bytes:
    """Write a TIFF as Pillow does."""
    out = io.BytesIO()
    (image or photos.pixels()).save(out, "TIFF", **options)
    return out.getvalue()


def metadata_tags() -> dict[int, Value]:
    """Make a tag of every kind that says something."""
    record = photos.photoshop()[14:]
    return {
        269: (ASCII, photos.DESCRIPTION.encode() + b"\0"),
        285: (ASCII, photos.COMMENT.encode() + b"\0"),
        330: (LONG, [1 << 30]),
        333: (ASCII, photos.TOOL.encode() + b"\0"),
        700: (BYTE, photos.xmp()),
        33723: (UNDEFINED, b"\x1c\x02\x78\0\x13" + photos.CAPTION.encode()),
        34377: (BYTE, record),
        34675: (UNDEFINED, photos.display_profile()),
        34737: (ASCII, photos.CITY.encode() + b"\0"),
        37724: (UNDEFINED, b"Adobe Photoshop Document Data Block\0" + photos.OWNER.encode()),
        42112: (ASCII, photos.EDITOR.encode() + b"\0"),
        50735: (ASCII, photos.SERIAL.encode() + b"\0"),
        65001: (ASCII, photos.LENS.encode() + b"\0"),
    }


def tiff_with_metadata(orientation: int = 6) -> bytes:
    """Make a TIFF with metadata in every place that the format has: a phone's Exif, tags, pages, gaps and behind."""
    base = photos.exif(orientation)[6:]
    first = struct.unpack_from(">L", base, 4)[0]
    count = struct.unpack_from(">H", base, first)[0]
    entries = base[first + 2 : first + 2 + 12 * count]
    thumbnail = struct.unpack_from(">L", base, first + 2 + 12 * count)[0]
    page = grey(rows=3, tags=metadata_tags())
    page.entries = entries
    own: dict[int, Value] = {271: (ASCII, photos.MAKE.encode() + b"\0"), 315: (ASCII, photos.ARTIST.encode() + b"\0")}
    reduced = grey(6, 4, tags={254: (LONG, [1]), **own})
    second = tiled(tags={254: (LONG, [2]), **own})
    return tiff(
        page,
        reduced,
        second,
        jpeg_page(photos.segment(0xE1, photos.exif()), photos.segment(0xFE, photos.OWNER.encode())),
        order=">",
        base=base + photos.MODEL.encode(),
        behind=photos.SOFTWARE.encode(),
        following=thumbnail,
    )
