"""Coverage-guided fuzzing of the walkers and readers, with atheris (libFuzzer).

    python tests/images/fuzz/fuzz_strip.py -runs=20000             as CI runs it
    python tests/images/fuzz/fuzz_strip.py -max_total_time=36000   a long run, ten hours
    python tests/images/fuzz/fuzz_strip.py CRASH-FILE              one input again

A finding is any exception but `UnsupportedImage`, an output that does not strip to itself, or one that grows. The
seeds are this repository's own photos, made by code. Checksums are corrected first, so that mutated PNGs get past them.
"""

from __future__ import annotations

import importlib
import pkgutil
import struct
import sys
import tempfile
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

atheris = importlib.import_module("atheris")  # untyped, and not everywhere installed

with atheris.instrument_imports(include=["imgfile"]):
    import imgfile.images
    from imgfile.errors import UnsupportedImage
    from imgfile.images.identify import identify
    from imgfile.images.inspect import inspect
    from imgfile.images.strip import draft
    from imgfile.images.verify.check import check

    for module in pkgutil.walk_packages(imgfile.images.__path__, "imgfile.images."):
        importlib.import_module(module.name)  # formats are imported when met, which is too late to be instrumented

from kit.photos import bmp as photos_bmp  # noqa: E402 - the same
from kit.photos import gif as photos_gif  # noqa: E402 - the same
from kit.photos import heif as photos_heif  # noqa: E402 - the same
from kit.photos import jpeg_png as photos  # noqa: E402 - found through the path set above
from kit.photos import jxl as photos_jxl  # noqa: E402 - the same
from kit.photos import tiff as photos_tiff  # noqa: E402 - the same
from kit.photos import webp as photos_webp  # noqa: E402 - the same

GROWTH_BYTES = 88


def corrected(data: bytes) -> bytes:
    """Return every chunk of a PNG the checksum that its bytes need."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    out, at = bytearray(data), 8
    while at + 12 <= len(out):
        end = at + 8 + struct.unpack_from(">L", out, at)[0]
        if end + 4 > len(out):
            break
        out[end : end + 4] = zlib.crc32(out[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(out)


def fuzz(data: bytes) -> None:
    """Strip once, check, and strip the result again."""
    identify(data)
    original = photos.photo(corrected(data))
    try:
        inspect(original)
        stripped = check(original, draft(original.data))
    except UnsupportedImage:
        return
    if len(stripped.data) > len(original.data) + GROWTH_BYTES:
        raise AssertionError("the output grew")
    if check(photos.photo(stripped.data), draft(stripped.data)).data != stripped.data:
        raise AssertionError("the output does not strip to itself")


def seeds() -> list[bytes]:
    """Make the seed corpus."""
    grey, paletted = photos.pixels(8, 8, "L"), photos.pixels(8, 8, "P")
    return [
        photos.phone_jpeg(width=8, height=8),
        photos.jpeg(grey, progressive=True),
        photos.jpeg(photos.pixels(16, 16, "CMYK"), restart_marker_blocks=1),
        photos.jpeg(grey)[:-40] + b"\xff\xd9",
        photos.with_segments(photos.jpeg(grey), photos.segment(0xE1, photos.adobe_rgb_exif())),
        photos.png_with_metadata(),
        photos.png(paletted, transparency=1),
        photos.animation(),
        photos.animation(is_announced=False),
        photos_bmp.bmp_with_metadata(),
        photos_bmp.bmp(depth=1),
        photos_bmp.bmp(56, 32, compression=3),
        photos_bmp.bmp(depth=8, compression=1, coded=b"\3\1\0\2\2\1\4\2\0\0\2\5\0\1", colours=photos_bmp.palette(8)),
        photos_gif.gif_with_metadata(),
        photos_heif.heif_with_metadata(),
        photos_heif.heif_with_metadata("AVIF"),
        photos_heif.motion_photo(),
        photos_heif.heif([photos_heif.picture()]),
        photos_heif.sequence(),
        photos_jxl.jxl_with_metadata(),
        photos_jxl.container(*photos_jxl.parts(photos_jxl.naked(), 9)),
        photos_jxl.naked("RGBA"),
        photos_jxl.profiled(photos.display_profile()),
        photos_tiff.tiff_with_metadata(),
        photos_tiff.tiff(photos_tiff.grey(rows=3), photos_tiff.tiled(), photos_tiff.jpeg_page()),
        photos_tiff.tiff(photos_tiff.grey(rows=3), photos_tiff.jpeg_page(), is_big=True),
        photos_tiff.pillow(photos.pixels(8, 8), compression="tiff_adobe_deflate"),
        photos_webp.webp_with_metadata(),
        photos_webp.animation_with_metadata(),
        photos_webp.transparent(lossless=True),
    ]


def main() -> None:
    """Fuzz from the seeds, unless the command line names inputs of its own."""
    with tempfile.TemporaryDirectory() as folder:
        names_inputs = any(not argument.startswith("-") for argument in sys.argv[1:])
        for number, seed in enumerate(seeds()):
            (Path(folder) / f"seed-{number}").write_bytes(seed)
        atheris.Setup([*sys.argv, *([] if names_inputs else [folder])], fuzz)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
