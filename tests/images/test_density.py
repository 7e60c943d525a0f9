"""A density that only Exif states is kept, where the format has a place for it: what is scanned is measured."""

from __future__ import annotations

import dataclasses
import io
import struct

import pytest
from PIL import Image

from imgfile.errors import UnsupportedImage
from imgfile.images.metadata.exif import Density
from imgfile.images.strip import draft, strip
from imgfile.images.verify.check import check
from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import chunk, photo, segment, with_chunks, with_segments
from kit.photos.judge import shown


def block(
    across: tuple[int, int] = (300, 1), down: tuple[int, int] = (300, 1), unit: int | None = 2, *, tags: int = 0
) -> bytes:
    """Write an Exif block of a density; with tags, of a camera's exposure as well."""
    rows = [struct.pack(">HHLHH", 296, 3, 1, unit, 0)] if unit is not None else []
    count = 2 + len(rows) + (1 if tags else 0)
    end = 8 + 2 + 12 * count + 4
    entries = [struct.pack(">HHLL", 282, 5, 1, end), struct.pack(">HHLL", 283, 5, 1, end + 8), *rows]
    if tags:
        entries.append(struct.pack(">HHLL", 34665, 4, 1, end + 16))
    inner = struct.pack(">H", 1) + struct.pack(">HHLL", tags, 5, 1, end) + bytes(4) if tags else b""
    body = b"MM\0*\0\0\0\x08" + struct.pack(">H", count) + b"".join(entries) + bytes(4)
    return body + struct.pack(">4L", *across, *down) + inner


def plain_jpeg() -> bytes:
    """Make a JPEG that has no JFIF, as cameras write them."""
    made = photos.jpeg()
    return made[:2] + made[20:]


def as_jpeg(tiff: bytes) -> bytes:
    """Put a block into a JPEG."""
    return with_segments(plain_jpeg(), segment(0xE1, b"Exif\0\0" + tiff))


def as_png(tiff: bytes) -> bytes:
    """Put a block into a PNG."""
    return with_chunks(photos.png(), chunk(b"eXIf", tiff))


KEPT = {
    "300 an inch": (block(), (300, 300), "300 dots per inch"),
    "no unit": (block(unit=None), (300, 300), "300 dots per inch"),
    "two numbers": (block(down=(600, 1)), (300, 600), "300 x 600 dots per inch"),
    "a fraction": (block((2999, 10), (2999, 10)), (300, 300), "300 dots per inch"),
    "a centimetre": (block((118, 1), (118, 1), 3), (300, 300), "118 dots per centimetre"),
    "72 a centimetre": (block((72, 1), (72, 1), 3), (183, 183), "72 dots per centimetre"),
}
NOT_KEPT = {
    "what is written where it is not known": block((72, 1), (72, 1)),
    "a camera's, which means nothing": block(tags=33434),
    "no unit of length": block(unit=1),
    "nothing": block((0, 1), (0, 1)),
    "a fraction of nothing": block((300, 0), (300, 0)),
    "more than a header holds": block((1 << 20, 1), (1 << 20, 1)),
}


@pytest.mark.parametrize("make", [as_jpeg, as_png], ids=["JPEG", "PNG"])
@pytest.mark.parametrize("name", KEPT)
def test_what_only_exif_states_is_kept_and_said(name: str, make: object) -> None:
    """What only Exif states is kept and said, and no colour changes by it."""
    assert callable(make)
    tiff, dots, words = KEPT[name]
    original = make(tiff)
    stripped = strip(photo(original))
    assert stripped.warnings == (f"Its density, {words}, stood in its Exif alone: it is kept in the picture's header.",)
    assert shown(stripped.data) == shown(original)
    with Image.open(io.BytesIO(stripped.data)) as image:
        assert [abs(have - want) < 1 for have, want in zip(image.info["dpi"], dots, strict=True)] == [True, True]
    assert strip(photo(stripped.data)).data == stripped.data


@pytest.mark.parametrize("make", [as_jpeg, as_png], ids=["JPEG", "PNG"])
@pytest.mark.parametrize("name", NOT_KEPT)
def test_what_measures_nothing_is_not(name: str, make: object) -> None:
    """What measures nothing is dropped without a word."""
    assert callable(make)
    stripped = strip(photo(make(NOT_KEPT[name])))
    assert stripped.data == make(b"")[:2] + plain_jpeg()[2:] if make is as_jpeg else photos.png()
    assert stripped.warnings == ()


def test_a_header_that_states_one_itself_stays() -> None:
    """JFIF's own density stays; one that states the shape of a pixel alone gives way, if that is a square."""
    exif_segment = segment(0xE1, b"Exif\0\0" + block())
    own = with_segments(photos.jpeg(photos.pixels(), dpi=(96, 96)), exif_segment)
    assert strip(photo(own)).data == photos.jpeg(photos.pixels(), dpi=(96, 96))
    square = with_segments(photos.jpeg(), exif_segment)
    assert strip(photo(square)).data[4:18] == b"\0\x10JFIF\0\1\2\1\1\x2c\1\x2c"
    wide = square.replace(b"JFIF\0\1\1\0\0\1\0\1", b"JFIF\0\1\1\0\0\2\0\1")
    assert wide != square
    assert strip(photo(wide)).warnings == ()
    png = with_chunks(photos.png(), chunk(b"pHYs", struct.pack(">LLB", 2835, 2835, 1)), chunk(b"eXIf", block()))
    assert strip(photo(png)).warnings == ()


@pytest.mark.parametrize("mode", ["CMYK", "L", "RGB"])
def test_jfif_is_added_only_where_it_changes_no_colour(mode: str) -> None:
    """Never beside Adobe's mark, nor to components that are no YCbCr."""
    made = photos.jpeg(photos.pixels(mode=mode))
    bare = made if mode == "CMYK" else made[:2] + made[20:]
    original = with_segments(bare, segment(0xE1, b"Exif\0\0" + block()))
    stripped = strip(photo(original))
    assert shown(stripped.data) == shown(original)
    assert (b"JFIF" in stripped.data) == (mode != "CMYK")
    other = original.replace(b"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01", b"\x03R\x22\x00G\x11\x01B\x11\x01")
    other = other.replace(b"\x03\x01\x00\x02\x11\x03\x11", b"\x03R\x00G\x11B\x11")
    assert mode != "RGB" or b"JFIF" not in draft(other).data


@pytest.mark.parametrize("make", [as_jpeg, as_png], ids=["JPEG", "PNG"])
def test_another_density_than_the_exifs_is_seen(make: object) -> None:
    """The check knows which density may stand there."""
    assert callable(make)
    original = make(block())
    read = draft(original)
    for wrong in (None, Density(301, 300)):
        exif = dataclasses.replace(read.exif, density=wrong)
        with pytest.raises(UnsupportedImage, match="could not be proven clean"):
            check(photo(original), dataclasses.replace(read, exif=exif))
