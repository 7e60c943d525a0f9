"""Bombs, cut files and damaged ones of each format: a clear refusal or a picture, in time, within its memory.

All of a test run in one process that is asked for nothing else, so that what its children took is known.
"""

from __future__ import annotations

import io
import json
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator

import imagecodecs
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from imgfile.clinical.proofs import MediaType
from imgfile.images.decode.child.confine import MAX_MEMORY_BYTES
from imgfile.images.decode.process import SECONDS
from imgfile.images.identify import identify
from kit.photos import jpeg_png as photos
from kit.photos import tiff as photos_tiff
from kit.tools import samples

pytestmark = pytest.mark.slow

pillow_heif.register_heif_opener()

ASK = """
import json, os, resource, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnsupportedImage
from imgfile.images.decode.decode import decode
folder = Path(sys.argv[1])
cases = [(path.read_bytes(), MediaType(path.suffix[1:].replace("-", "/"))) for path in sorted(folder.iterdir())]

def end(case):
    try:
        decode(*case)
    except UnsupportedImage as refusal:
        return refusal.message

begun, said = time.monotonic(), []
with ThreadPoolExecutor(os.cpu_count()) as threads:
    for message in threads.map(end, cases):
        said.append((message, time.monotonic() - begun))
        begun = time.monotonic()
print(json.dumps([said, 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""
Cases = list[tuple[MediaType, bytes]]


def judged(cases: Cases, folder: pytest.TempPathFactory) -> list[str | None]:
    """Decode all; return what was said of each, None where a picture came. Each is in time and within its memory."""
    place = folder.mktemp("hostile")
    for number, (media_type, data) in enumerate(cases):
        (place / f"{number:05}.{media_type.value.replace('/', '-')}").write_bytes(data)
    done = subprocess.run([sys.executable, "-c", ASK, place], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    said, most_bytes = json.loads(done.stdout)
    assert len(said) == len(cases)
    assert most_bytes <= MAX_MEMORY_BYTES
    assert max(seconds for _, seconds in said) < SECONDS + 1
    words = [word for word, _ in said]
    assert all(word is None or word.startswith("cannot be shown: ") for word in words)
    return words


def scene() -> Image.Image:
    """Make a picture that compresses badly enough to have something to damage."""
    noise = np.random.default_rng(1).integers(0, 90, (72, 96, 3), dtype=np.uint8)
    return Image.fromarray(noise + np.arange(96, dtype=np.uint8)[None, :, None])


def saved(kind: str, **options: object) -> bytes:
    """Save it."""
    page = io.BytesIO()
    scene().save(page, kind, **options)
    return page.getvalue()


def whole() -> dict[MediaType, bytes]:
    """Return a sound photo of each format."""
    return {
        MediaType.JPEG: saved("JPEG", progressive=True),
        MediaType.PNG: saved("PNG"),
        MediaType.GIF: saved("GIF"),
        MediaType.BMP: saved("BMP"),
        MediaType.WEBP: saved("WEBP"),
        MediaType.TIFF: saved("TIFF", compression="tiff_lzw"),
        MediaType.AVIF: saved("AVIF"),
        MediaType.HEIC: saved("HEIF"),
        MediaType.JXL: bytes(imagecodecs.jpegxl_encode(np.asarray(scene()))),
    }


def cut(data: bytes, parts: int) -> Iterator[bytes]:
    """Cut a file short at so many places."""
    for part in range(1, parts):
        yield data[: len(data) * part // parts]


def damaged(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Change some bytes of a file behind its signature, as many times."""
    chance = random.Random(seed)  # noqa: S311 - the same each time
    for _ in range(count):
        changed = bytearray(data)
        for _ in range(chance.choice((1, 3, 30))):
            changed[chance.randrange(16, len(changed))] = chance.choice((0, 255, chance.randrange(256)))
        yield bytes(changed)


def known(cases: Cases) -> Cases:
    """Leave out what is no longer recognised as its format: no such file is in a vault."""
    return [(media_type, data) for media_type, data in cases if identify(data) is media_type]


def test_a_sound_photo_of_each_format_comes_through(tmp_path_factory: pytest.TempPathFactory) -> None:
    """So that what follows is refused for what is wrong with it."""
    assert judged(list(whole().items()), tmp_path_factory) == [None] * len(MediaType)


@pytest.mark.parametrize("parts", [3, pytest.param(8, marks=pytest.mark.long)])
def test_cut_photos_are_refused(parts: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """At every third; at every eighth with `pytest -m long tests/images/decode`. None is shown half."""
    cases = known([(media_type, part) for media_type, data in whole().items() for part in cut(data, parts)])
    assert len(cases) >= (parts - 1) * len(MediaType) - 2
    said = judged(cases, tmp_path_factory)
    assert all(said), [media_type for (media_type, _), word in zip(cases, said, strict=True) if word is None]


@pytest.mark.parametrize("count", [2, pytest.param(60, marks=pytest.mark.long)])
def test_damaged_photos_end_well(count: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A few of each format; sixty with `pytest -m long tests/images/decode`."""
    cases = [
        (media_type, changed)
        for seed, (media_type, data) in enumerate(whole().items())
        for changed in damaged(data, count, seed)
    ]
    assert any(judged(known(cases), tmp_path_factory))


def _png(width: int, height: int, body: bytes, *, depth: int = 8, colour: int = 2) -> bytes:
    head = struct.pack(">2L5B", width, height, depth, colour, 0, 0, 0)
    chunks = photos.chunk(b"IHDR", head), photos.chunk(b"IDAT", body), photos.chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _stretched(data: bytes, box: bytes = b"ispe") -> bytes:
    """State a HEIF's or AVIF's size as 30,000 pixels square."""
    at = data.index(box) + 8
    return data[:at] + struct.pack(">2L", 30_000, 30_000) + data[at + 8 :]


def _huge_jxl(bits: int) -> bytes:
    """Return a codestream of which the header states a square of 2 to the power of `bits`."""
    number: int = (2**bits - 1) << 3 | 0b110 | 1 << 33  # not small, by thirty bits, as wide as high
    return b"\xff\x0a" + number.to_bytes(8, "little") + bytes(40)


def _huge_bmp(compression: int = 0) -> bytes:
    head = struct.pack("<LllHHLL16x", 40, 60_000, 60_000, 1, 24 if not compression else 8, compression, 0)
    return b"BM" + struct.pack("<L4xL", 54 + 1000, 54) + head + bytes(1000)


def _looping_tiff() -> bytes:
    """Return a page that names itself as the next one."""
    data = bytearray(photos_tiff.tiff(photos_tiff.grey()))
    start = int.from_bytes(data[4:8], "little")
    behind = start + 2 + 12 * int.from_bytes(data[start : start + 2], "little")
    data[behind : behind + 4] = start.to_bytes(4, "little")
    return bytes(data)


def _wide_tiff(compression: str) -> bytes:
    """Return a page that states 50,000 pixels square, and holds a few."""
    page = io.BytesIO()
    scene().save(page, "TIFF", compression=compression, tiffinfo={})
    data = bytearray(page.getvalue())
    for tag in (256, 257, 278):
        at = data.index(struct.pack("<2H", tag, 3 if struct.pack("<2H", tag, 3) in data else 4))
        data[at + 2 : at + 4] = struct.pack("<H", 4)
        data[at + 8 : at + 12] = struct.pack("<L", 50_000)
    return bytes(data)


def bombs() -> dict[str, tuple[MediaType, bytes]]:
    """Small files that ask for much."""
    zeros = zlib.compress(bytes(40_000_000), 9)
    sound = whole()
    return {
        "PNG of 60,000 square": (MediaType.PNG, _png(60_000, 60_000, zeros)),
        "PNG of 2^31 by 1": (MediaType.PNG, _png(2**31 - 1, 1, zeros)),
        "PNG of 14,000 square, of colour": (MediaType.PNG, _png(14_000, 14_000, zeros)),
        "PNG of 25,000 square, of one bit": (MediaType.PNG, _png(25_000, 25_000, zeros, depth=1, colour=0)),
        "TIFF, LZW": (MediaType.TIFF, _wide_tiff("tiff_lzw")),
        "TIFF, JPEG": (MediaType.TIFF, _wide_tiff("jpeg")),
        "TIFF, raw": (MediaType.TIFF, _wide_tiff("raw")),
        "HEIC": (MediaType.HEIC, _stretched(sound[MediaType.HEIC])),
        "AVIF": (MediaType.AVIF, _stretched(sound[MediaType.AVIF])),
        "JPEG XL of 2^30 square": (MediaType.JXL, _huge_jxl(30)),
        "JPEG XL of 2^14 square": (MediaType.JXL, _huge_jxl(14)),
        "GIF": (MediaType.GIF, sound[MediaType.GIF][:6] + b"\xff\xff\xff\xff" + sound[MediaType.GIF][10:]),
        "BMP": (MediaType.BMP, _huge_bmp()),
        "BMP, run lengths": (MediaType.BMP, _huge_bmp(1)),
        "JPEG": (MediaType.JPEG, _tall(sound[MediaType.JPEG])),
    }


def _tall(data: bytes) -> bytes:
    """State a progressive JPEG's size as 65,500 pixels square."""
    at = data.index(b"\xff\xc2") + 5
    return data[:at] + struct.pack(">2H", 65_500, 65_500) + data[at + 4 :]


def test_bombs_are_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each, in time and within its memory."""
    cases = bombs()
    said = dict(zip(cases, judged(list(cases.values()), tmp_path_factory), strict=True))
    shown = [name for name, word in said.items() if word is None]
    assert shown == []


def test_a_tiff_that_names_itself_as_its_next_page_is_shown_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Nobody counts its pages without end."""
    judged([(MediaType.TIFF, _looping_tiff())], tmp_path_factory)


@pytest.mark.long
def test_real_photos_damaged_and_cut_end_well(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The real ones, where they lie beside the repository: `pytest -m long tests/images/decode`."""
    cases: Cases = []
    for number, path in enumerate(samples("images")):
        data, media_type = path.read_bytes(), identify(path.read_bytes())
        if isinstance(media_type, MediaType):
            cases += [(media_type, part) for part in (data, *cut(data, 8), *damaged(data, 4, number))]
    judged(known(cases), tmp_path_factory)
