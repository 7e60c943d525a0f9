"""A second reading of a PNG's header, and how long its pixels are uncompressed (PNG Third Edition §7, §8, §11.2.1).

Written apart from the stripper's: rows and columns of interlaced passes are counted one range at a time.
"""

from __future__ import annotations

import struct
from typing import Final

from imgfile.frozen import dataclass
from imgfile.images.verify.proof import demand

PALETTE: Final = 3
"""The one colour type (§11.2.1) whose pixels name colours of a palette."""

_SAMPLES: Final = {0: 1, 2: 3, PALETTE: 1, 4: 2, 6: 4}
"""Samples a pixel, by colour type."""
_DEPTHS: Final = frozenset({1, 2, 4, 8, 16})
_BYTES: Final = 13
_PASSES: Final = ("0 0 8 8", "4 0 8 8", "0 4 4 8", "2 0 4 4", "0 2 2 4", "1 0 2 2", "0 1 1 2")
"""Adam7 (§8.2): each pass's first column and row, and its steps across and down."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a header says: width and height in pixels, the colour type, bits a pixel, whether in passes."""

    width: int
    height: int
    colour: int
    pixel_bits: int
    is_interlaced: bool

    def inflated_bytes(self) -> int:
        """Return how many bytes the whole picture's compressed stream must give."""
        if not self.is_interlaced:
            return self._rows_bytes(self.width, self.height)
        total = 0
        for numbers in _PASSES:
            left, top, across, down = map(int, numbers.split())
            columns, rows = len(range(left, self.width, across)), len(range(top, self.height, down))
            total += self._rows_bytes(columns, rows)
        return total

    def _rows_bytes(self, columns: int, rows: int) -> int:
        """Return the bytes of so many rows: a filter's byte before each, and its last byte filled up (§7.2, §9)."""
        return rows * (1 + (columns * self.pixel_bits + 7) // 8) if columns else 0


def read(header: bytes | memoryview) -> Picture:
    """Read IHDR's body. Raises `UnsupportedImage` for one that no decoder takes."""
    demand(len(header) == _BYTES, "header")
    width, height = struct.unpack_from(">LL", header)
    depth, colour, compression, filtering, interlace = header[8:]
    demand(width and height and depth in _DEPTHS and colour in _SAMPLES, "header")
    demand(not compression and not filtering and interlace in {0, 1}, "header")  # §10.1, §9.1: 0 is the only method
    return Picture(width, height, colour, depth * _SAMPLES[colour], interlace == 1)
