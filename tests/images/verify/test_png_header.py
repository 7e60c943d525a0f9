"""The second walk's own reading of a PNG's header: what it refuses, and how many bytes of pixels it expects."""

from __future__ import annotations

import struct
import zlib

import pytest

from imgfile.errors import UnsupportedImage
from imgfile.images.verify import png_header
from kit.photos import jpeg_png as photos

_ADAM7 = (
    "16462646",
    "77777777",
    "56565656",
    "77777777",
    "36463646",
    "77777777",
    "56565656",
    "77777777",
)
"""Which pass a pixel belongs to, as the standard draws it (PNG Third Edition, figure 16)."""


def _header(
    width: int, height: int, depth: int = 8, colour: int = 2, methods: tuple[int, int, int] = (0, 0, 0)
) -> bytes:
    return struct.pack(">LLBB3B", width, height, depth, colour, *methods)


def _counted(width: int, height: int, pixel_bits: int) -> int:
    """Count an interlaced picture's bytes pixel by pixel."""
    rows: dict[tuple[str, int], int] = {}
    for row in range(height):
        for column in range(width):
            place = _ADAM7[row % 8][column % 8], row
            rows[place] = rows.get(place, 0) + 1
    return sum(1 + (columns * pixel_bits + 7) // 8 for columns in rows.values())


@pytest.mark.parametrize(("depth", "colour", "pixel_bits"), [(1, 0, 1), (4, 3, 4), (8, 2, 24), (16, 6, 64), (8, 4, 16)])
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 9), (8, 8), (13, 6)])
def test_an_interlaced_picture_is_as_long_as_its_passes(
    size: tuple[int, int], depth: int, colour: int, pixel_bits: int
) -> None:
    """An interlaced picture is as long as its passes, counted pixel by pixel."""
    picture = png_header.read(_header(*size, depth, colour, (0, 0, 1)))
    assert picture.inflated_bytes() == _counted(*size, pixel_bits)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "LA", "RGBA", "I;16"])
def test_a_picture_is_as_long_as_another_program_wrote_it(mode: str) -> None:
    """A picture is as long as another program wrote it."""
    written = photos.png(photos.pixels(37, 5, "L" if mode in {"1", "I;16"} else mode).convert(mode))
    at = written.index(b"IDAT")
    (length,) = struct.unpack_from(">L", written, at - 4)
    picture = png_header.read(written[16:29])
    assert (picture.width, picture.height) == (37, 5)
    assert picture.inflated_bytes() == len(zlib.decompress(written[at + 4 : at + 4 + length]))


@pytest.mark.parametrize(
    "header",
    [
        _header(0, 1),
        _header(1, 0),
        _header(1, 1, 3),
        _header(1, 1, 8, 1),
        _header(1, 1, 8, 2, (1, 0, 0)),
        _header(1, 1, 8, 2, (0, 1, 0)),
        _header(1, 1, 8, 2, (0, 0, 2)),
        _header(1, 1)[:-1],
    ],
)
def test_a_header_that_no_decoder_takes_is_seen(header: bytes) -> None:
    """A header that no decoder takes is seen."""
    with pytest.raises(UnsupportedImage, match="could not be proven clean: header"):
        png_header.read(header)
