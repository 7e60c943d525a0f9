"""How large a picture may be is one bound for every format: what sensors and scanners make, and no more."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import pytest

from imgfile.errors import UnsupportedImage
from imgfile.images.limits import MAX_PIXELS
from imgfile.images.strip import draft, strip
from kit.photos import bmp as photos_bmp
from kit.photos import gif as photos_gif
from kit.photos import heif as photos_heif
from kit.photos import jpeg_png as photos
from kit.photos import tiff as photos_tiff
from kit.photos import webp as photos_webp
from kit.photos.jpeg_png import chunk, photo

SENSORS = {
    "a phone of 200 megapixels": (16384, 12288),
    "the same, upright": (12288, 16384),
    "a shifted sensor": (23296, 17472),
    "A4 at 2,400 dots an inch": (19842, 28067),
}
BEYOND = (30000, 20001)


def _jpeg(width: int, height: int) -> bytes:
    plain = photos.jpeg()
    at = plain.index(b"\xff\xc0") + 5
    return plain[:at] + struct.pack(">HH", height, width) + plain[at + 4 :]


def _png(width: int, height: int) -> bytes:
    header = chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, 1, 0, 0, 0, 0))
    engine = zlib.compressobj(1)
    row = bytes(1 + -(-width // 8))
    coded = b"".join(engine.compress(row * 64) for _ in range(height // 64)) + engine.compress(row * (height % 64))
    return photos.png()[:8] + header + chunk(b"IDAT", coded + engine.flush()) + chunk(b"IEND", b"")


def _gif(width: int, height: int) -> bytes:
    return photos_gif.gif()[:6] + struct.pack("<HH", width, height) + photos_gif.gif()[10:]


def _bmp(width: int, height: int) -> bytes:
    coded = bytes(-(-width // 32) * 4 * height)
    return photos_bmp.bmp(depth=1, width=width, height=height, coded=coded)


def _tiff(width: int, height: int) -> bytes:
    page = photos_tiff.grey(8, 8, tags={256: (4, [width]), 257: (4, [height]), 278: (4, [height]), 259: (3, [5])})
    return photos_tiff.tiff(page)


def _webp(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    return photos_webp.riff(photos_webp.chunk(b"VP8L", b"\x2f" + struct.pack("<L", bits) + bytes(8)))


def _avif(width: int, height: int) -> bytes:
    plain = photos_heif.heif([photos_heif.picture()])
    at = plain.index(b"ispe") + 8
    return plain[:at] + struct.pack(">LL", width, height) + plain[at + 8 :]


def _jxl(width: int, height: int) -> bytes:
    bits = 0 | 3 << 1 | (height - 1) << 3 | 0 << 33 | 3 << 36 | (width - 1) << 38 | 1 << 68
    return b"\xff\x0a" + bits.to_bytes(16, "little")


KINDS: dict[str, Callable[[int, int], bytes]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "GIF": _gif,
    "BMP": _bmp,
    "TIFF": _tiff,
    "AVIF": _avif,
    "JPEG XL": _jxl,
}


@pytest.mark.slow
@pytest.mark.parametrize("sensor", SENSORS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_sensors_and_scanners_make_is_stripped(kind: str, sensor: str) -> None:
    """What sensors and scanners make is read; the smallest of them is checked too."""
    width, height = SENSORS[sensor]
    data = KINDS[kind](width, height)
    read = draft(data)
    assert (read.width, read.height) == (width, height)
    if width == 16384:
        assert strip(photo(data)).width == width


def test_webp_has_no_larger_picture_than_the_bound() -> None:
    """WebP itself ends at 16383 x 16383."""
    assert (draft(_webp(16383, 16383)).width, MAX_PIXELS > 16383**2) == (16383, True)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {"PNG", "BMP"}])
def test_what_no_sensor_makes_is_refused_with_its_size(kind: str) -> None:
    """What no sensor makes is refused, and its size is said."""
    with pytest.raises(UnsupportedImage, match="30000 x 20001 pixels"):
        draft(KINDS[kind](*BEYOND))


@pytest.mark.parametrize("kind", ["PNG", "BMP"])
def test_a_header_alone_is_enough_to_refuse(kind: str) -> None:
    """No pixel of a picture beyond the bound is looked at."""
    plain = photos.png() if kind == "PNG" else photos_bmp.bmp()
    at, layout = (16, ">LL") if kind == "PNG" else (18, "<LL")
    with pytest.raises(UnsupportedImage, match="30000 x 20001 pixels"):
        draft(plain[:at] + struct.pack(layout, *BEYOND) + plain[at + 8 :])


@pytest.mark.slow
def test_how_much_of_a_large_photo_is_missing_is_seen() -> None:
    """Pillow's own bound, which is less than one sensor's picture, hides nothing that is missing."""
    warnings = draft(_jpeg(16384, 12288)).warnings
    assert any("is missing or damaged, though its file has an end" in warning for warning in warnings)
