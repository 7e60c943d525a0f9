"""A bitmap's headers: what kind of picture follows, and where (Microsoft's BITMAPV5HEADER; IBM's OS/2 2.x header)."""

from __future__ import annotations

import struct
from typing import Final

from imgfile.frozen import dataclass
from imgfile.images import refusals
from imgfile.images.limits import MAX_PIXELS

FILE_HEADER_BYTES: Final = 14
SIZES: Final = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
"""Header lengths in bytes: OS/2 1.x and 2.x short, Windows, with masks, with alpha, OS/2 2.x, versions 4 and 5."""
CORE, PLAIN, OS2, V4, V5 = 12, 40, 64, 108, 124
RGB, RLE8, RLE4, FIELDS, ALPHA_FIELDS = 0, 1, 2, 3, 6
DEPTHS: Final = {RGB: {1, 2, 4, 8, 16, 24, 32}, RLE8: {8}, RLE4: {4}, FIELDS: {16, 32}, ALPHA_FIELDS: {16, 32}}
"""Allowed bits a pixel by compression."""
LINKED, EMBEDDED, CALIBRATED, STANDARD = b"KNIL", b"DEBM", bytes(4), b"BGRs"
"""Colour spaces of versions 4 and 5."""
SPACES: Final = frozenset({STANDARD, b" niW", CALIBRATED})

_MAX_PALETTE_DEPTH: Final = 8
_MASKS: Final = {FIELDS: 12, ALPHA_FIELDS: 16}


@dataclass(frozen=True, slots=True)
class Header:
    """What both headers say; offsets and lengths in bytes."""

    size: int
    """Of the second header; its version."""
    pixels: int
    """Where the pixels start."""
    width: int
    height: int
    depth: int
    compression: int
    colours: int
    """Entries of the palette."""

    @property
    def masks_bytes(self) -> int:
        """How much the colour masks take that stand behind a header without room for them."""
        return _MASKS.get(self.compression, 0) if self.size == PLAIN else 0

    @property
    def colour_bytes(self) -> int:
        """How much an entry of the palette takes."""
        return 3 if self.size == CORE else 4

    @property
    def palette(self) -> int:
        """Where the palette starts."""
        return FILE_HEADER_BYTES + self.size + self.masks_bytes

    @property
    def palette_end(self) -> int:
        """Where the palette ends."""
        return self.palette + self.colours * self.colour_bytes

    @property
    def row_bits(self) -> int:
        """How many bits of a row are pixels."""
        return self.width * self.depth

    @property
    def stride(self) -> int:
        """How many bytes a row takes: padded to four."""
        return (self.row_bits + 31) // 32 * 4

    @classmethod
    def parse(cls, data: bytes) -> Header:
        """Read the headers. Raises `UnsupportedImage` for what ordinary programs do not show, or too many pixels."""
        pixels, size = struct.unpack_from("<LL", data, 10)
        if FILE_HEADER_BYTES + size > len(data):
            raise refusals.truncated()
        layout = "<HHHH" if size == CORE else "<llHH"
        width, height, planes, depth = struct.unpack_from(layout, data, 18)
        compression = struct.unpack_from("<L", data, 30)[0] if size >= PLAIN else RGB
        if size not in SIZES or planes != 1 or depth not in DEPTHS.get(compression, ()):
            raise refusals.unknown("it is a kind of BMP that ordinary programs do not show")
        if width <= 0 or not height:
            raise refusals.damaged("it states no size")
        if width * abs(height) > MAX_PIXELS:
            raise refusals.too_large(f"{width} x {abs(height)} pixels")
        used = struct.unpack_from("<L", data, 46)[0] if size >= PLAIN else 0
        most = 1 << depth if depth <= _MAX_PALETTE_DEPTH else 0
        if size == CORE:  # it states no number; some programs write no more colours than they need
            most = min(most, max(pixels - FILE_HEADER_BYTES - CORE, 0) // 3)
        header = cls(size, pixels, width, abs(height), depth, compression, min(used or most, most))
        if pixels < header.palette_end:
            raise refusals.damaged("its colours and its pixels overlap")
        return header
