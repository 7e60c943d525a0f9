"""What one photo may cost: imports, memory and time."""

from __future__ import annotations

import contextlib
import struct
import subprocess
import sys
import time
import tracemalloc
import zlib

import pytest

from imgfile.errors import UnsupportedImage
from imgfile.images.metadata import icc
from imgfile.images.strip import strip
from kit.patience import granted
from kit.photos import bmp as photos_bmp
from kit.photos import gif as photos_gif
from kit.photos import jpeg_png as photos
from kit.photos import tiff as photos_tiff
from kit.photos import webp as photos_webp
from kit.photos.jpeg_png import chunk, international, photo, segment, with_chunks, with_segments

pytestmark = pytest.mark.slow

PROGRAM = """
import sys
from imgfile.clinical.proofs import Photo
from imgfile.images.strip import strip
strip(Photo(sys.stdin.buffer.read()))
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"PIL", "piexif", "cryptography", "rich", "typer"}))
"""

ORDINARY = with_segments(photos.jpeg(), segment(0xE1, photos.exif(1)), segment(0xFE, b"x"))
TURNED = with_segments(photos.jpeg(), segment(0xE1, photos.exif(6)))
PROFILED = with_segments(photos.jpeg(), *photos.profile_segments(photos.display_profile()))


@pytest.mark.parametrize(
    ("original", "imported"),
    [(ORDINARY, ""), (photos.png(), ""), (TURNED, "piexif"), (PROFILED, "PIL")],
    ids=["ordinary JPEG", "PNG", "turned JPEG", "JPEG with a profile"],
)
def test_only_what_a_photo_needs_is_imported(original: bytes, imported: str) -> None:
    """Only what a photo needs is imported."""
    ran = subprocess.run([sys.executable, "-c", PROGRAM], input=original, capture_output=True, check=True)
    assert ran.stdout.decode().strip() == imported


def _noise(length: int) -> bytes:
    return (b"\x5a\x3c\x99\x01\x77" * (length // 5 + 1))[:length]


def _large_jpeg(length: int) -> bytes:
    plain = with_segments(photos.jpeg(), segment(0xE1, photos.exif(1)))
    return plain[:-2] + _noise(length) + plain[-2:]


def _large_png(length: int) -> bytes:
    rows = (length // 3000) or 1
    raw = (b"\0" + _noise(3000)) * rows
    header = chunk(b"IHDR", (1000).to_bytes(4, "big") + rows.to_bytes(4, "big") + b"\x08\x02\0\0\0")
    return (
        photos.png()[:8]
        + header
        + chunk(b"tEXt", b"a\0b")
        + chunk(b"IDAT", zlib.compress(raw, 0))
        + chunk(b"IEND", b"")
    )


def _large_webp(length: int) -> bytes:
    coded = dict(photos_webp.parts(photos_webp.webp()))[b"VP8 "]
    return photos_webp.riff(photos_webp.header(0), photos_webp.chunk(b"VP8 ", coded, _noise(length)))


def _large_gif(length: int) -> bytes:
    plain = photos_gif.gif()
    return plain[:-2] + photos_gif.blocks(_noise(length)) + plain[-1:]


def _large_bmp(length: int) -> bytes:
    return photos_bmp.bmp(width=1001, height=length // 3004, coded=_noise(length // 3004 * 3004), gap=b"x")


def _large_tiff(length: int) -> bytes:
    strips = [_noise(60_000)] * (length // 60_000)
    tags = {256: (3, [1000]), 257: (3, [60 * len(strips)]), 278: (3, [60]), 271: (2, b"Canary\0")}
    return photos_tiff.tiff(photos_tiff.Page(strips, {**photos_tiff.grey().tags, **tags}))


LARGE = {
    "JPEG": _large_jpeg,
    "PNG": _large_png,
    "WebP": _large_webp,
    "GIF": _large_gif,
    "BMP": _large_bmp,
    "TIFF": _large_tiff,
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_memory_stays_within_three_times_the_photo_and_time_is_linear(make: object) -> None:
    """Memory stays within three times the photo and time is linear."""
    assert callable(make)
    seconds = []
    for length in (4_000_000, 16_000_000):
        original = photo(make(length))
        strip(original)
        tracemalloc.start()
        strip(original)
        peak = tracemalloc.get_traced_memory()[1]  # beside the original itself
        tracemalloc.stop()
        assert peak < 2 * len(original.data) + (8 << 20)
        started = time.process_time()
        strip(original)
        seconds.append(time.process_time() - started)
    assert seconds[1] < 16 * seconds[0] + 0.5


def _overlapping() -> bytes:
    """Point forty tags at almost the same four megabytes."""
    head = bytearray(photos.rebuilt_profile()[:128])
    names = sorted(icc.KEPT_TAGS)
    table = b"".join(struct.pack(">4sLL", name, 1000 + index, 4_000_000) for index, name in enumerate(names))
    profile = bytes(head) + struct.pack(">L", len(names)) + table
    return profile.ljust(1000, b"\0") + b"mpet" * 1_001_000


def _shared(pages: int, base: bytes, **tags: tuple[int, int, int]) -> bytes:
    """Write a TIFF whose pages all have the same strips and values."""
    described = {256: (3, 1, 100), 257: (3, 1, 60_000), 258: (3, 1, 8), 259: (3, 1, 5), 262: (3, 1, 1)}
    described |= {278: (3, 1, 60_000), 273: (4, 1, 8), 279: (4, 1, 50)} | {int(tag[1:]): tags[tag] for tag in tags}
    entries = b"".join(struct.pack("<HHLL", tag, *described[tag]) for tag in sorted(described))
    out, link = bytearray(b"II*\0" + bytes(4) + base), 4
    for _ in range(pages):
        out[link : link + 4] = struct.pack("<L", len(out))
        out += struct.pack("<H", len(described)) + entries
        link = len(out)
        out += bytes(4)
    return bytes(out)


PLAIN = photos.jpeg()
_SCAN = PLAIN.index(b"\xff\xda")
BOMBS = {
    "fill before a zero, between segments": PLAIN[:_SCAN] + b"\xff" * 4_000_000 + b"\0" + PLAIN[_SCAN:],
    "fill before a zero, in the scan": PLAIN[:-2] + b"\xff" * 4_000_000 + b"\0" + PLAIN[-2:],
    "fill at the end of the scan": PLAIN[:-2] + b"\xff" * 4_000_000 + PLAIN[-2:],
    "restart markers": PLAIN[:-2] + b"\xff\xd0" * 2_000_000 + PLAIN[-2:],
    "empty pictures behind the end": PLAIN + b"\xff\xd8\xff" * 1_000_000,
    "videos behind the end": PLAIN + b"ftyp" * 1_000_000,
    "brackets in a packet": with_segments(PLAIN, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b"<a:b " * 13_000)),
    "words in a packet": with_segments(PLAIN, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b"a-" * 32_000)),
    "names in many packets": with_segments(
        PLAIN, *[segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b"a:b " * 16_000)] * 300
    ),
    "quantisation tables": PLAIN[:_SCAN] + segment(0xDB, (b"\0" + bytes(range(1, 65))) * 1000) * 200 + PLAIN[_SCAN:],
    "scans": PLAIN[:-2] + PLAIN[_SCAN:-2] * 300 + PLAIN[-2:],
    "names in compressed packets": with_chunks(
        photos.png(), *[international("XML:com.adobe.xmp", b"a:b " * 250_000, is_compressed=True)] * 100
    ),
    "a profile whose tags all are the whole profile": with_segments(PLAIN, *photos.profile_segments(_overlapping())),
    "pages that share their strips": _shared(
        1999, struct.pack("<120000L", *[8] * 120_000), _278=(3, 1, 1), _273=(4, 60_000, 8), _279=(4, 60_000, 240_008)
    ),
    "pages that share a packet": _shared(1999, b"\1" * (20 << 20), _700=(1, 20 << 20, 8)),
    "pages that share a profile": _shared(1999, b"\1" * (20 << 20), _34675=(7, 8 << 20, 8)),
    "pages that share sub-directories": _shared(
        1999, struct.pack("<5000LH", *[20_008] * 5000, 4000) + bytes(48_004), _330=(4, 5000, 8)
    ),
    "pages of nothing but names": _shared(
        45, b"x" * (1 << 20), **{f"_{65_000 - number}": (2, 1024, 8) for number in range(2000)}
    ),
    "an SVG that never begins": b"<?xml" + b"<!--<!DOCTYPE" * 300_000,
    "a picture of one colour": photos.png()[:8]
    + chunk(b"IHDR", (10_000).to_bytes(4, "big") * 2 + b"\x01\0\0\0\0")
    + chunk(b"IDAT", zlib.compress(bytes(1251 * 10_000), 9))
    + chunk(b"IEND", b""),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_seconds_at_most(name: str) -> None:
    """A bomb takes seconds at most."""
    started = time.process_time()
    with contextlib.suppress(UnsupportedImage):
        strip(photo(BOMBS[name]))
    assert time.process_time() - started < granted(5)
