"""A PNG's pictures as compressed streams: how long each must be, and where each ends (PNG Third Edition §7 to §10).

A decoder stops at the last pixel; what is hidden behind it, in the stream or behind the stream, shows only here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from imgfile.frozen import dataclass
from imgfile.images import refusals
from imgfile.images.inflate import measure
from imgfile.images.limits import MAX_PIXELS

DEPTHS: Final = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
"""Allowed bit depths by colour type: grey, RGB, palette, grey with alpha, RGB with alpha."""
CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
PALETTE: Final = 3

_ADAM7: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column and row, column and row step, of each pass."""
_HEADER: Final = struct.Struct(">LLBBBBB")


@dataclass(frozen=True, slots=True)
class Header:
    """IHDR: width and height in pixels, bits a sample, colour type, whether interlaced."""

    width: int
    height: int
    depth: int
    colour: int
    is_interlaced: bool

    @classmethod
    def parse(cls, body: bytes | memoryview) -> Header:
        """Read IHDR's body. Raises `UnsupportedImage` for what the format does not allow, or too many pixels."""
        if len(body) != _HEADER.size:
            raise refusals.damaged("its header has the wrong length")
        width, height, depth, colour, compression, filtering, interlace = _HEADER.unpack(body)
        if depth not in DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
            raise refusals.damaged("its header states a kind of picture that PNG does not have")
        if not width or not height:
            raise refusals.damaged("it states no size")
        if width * height > MAX_PIXELS:
            raise refusals.too_large(f"{width} x {height} pixels")
        return cls(width, height, depth, colour, bool(interlace))

    def stream_bytes(self, width: int, height: int) -> int:
        """Return how many bytes a picture of this size inflates to: each row has its filter's byte."""
        passes = _ADAM7 if self.is_interlaced else ((0, 0, 1, 1),)
        total = 0
        for left, top, across, down in passes:
            columns, rows = -(-(width - left) // across), -(-(height - top) // down)
            if columns > 0 and rows > 0:
                total += rows * (1 + -(-columns * self.depth * CHANNELS[self.colour] // 8))
        return total


def stream_end(pieces: Iterable[memoryview], expected: int) -> int:
    """Return how many bytes of the pieces a picture's stream takes. Raises `UnsupportedImage` unless it is whole."""
    stream = measure(pieces, limit=expected)
    if stream.is_damaged:
        raise refusals.damaged("its compressed picture cannot be read")
    if stream.inflated > expected:
        raise refusals.unknown("its compressed picture holds more than its pixels")
    if stream.inflated < expected:
        missing = 100 * (expected - stream.inflated) // expected
        raise refusals.truncated(f"about {missing} % of the picture is missing" if missing else "its end is missing")
    if not stream.is_ended:
        raise refusals.truncated()
    return stream.consumed
