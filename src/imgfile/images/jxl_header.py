"""What a JPEG XL codestream says of itself before its picture begins (ISO/IEC 18181-1): size, orientation, more.

It is read bit by bit and never changed: what is told inside it cannot be taken out without coding the picture anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from imgfile.images import refusals
from imgfile.images.limits import MAX_PIXELS

MARK: Final = b"\xff\x0a"
HEADER_BYTES: Final = 1 << 16
"""How much of a codestream is looked at: a header takes some ten bytes, names of channels at most some thousand."""
MAX_CHANNELS: Final = 256
"""Channels besides colour that are looked at; photos have one, of transparency."""

_RATIOS: Final = ((0, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
"""Width by height, where the width is not stated."""
_Choice = tuple[int, int]
"""A number to begin with and how many bits to add."""
_SIZES: Final = ((1, 9), (1, 13), (1, 18), (1, 30))
_BITS: Final = ((8, 0), (10, 0), (12, 0), (1, 6))
_FLOAT_BITS: Final = ((32, 0), (16, 0), (24, 0), (1, 6))
_COUNTS: Final = ((0, 0), (1, 0), (2, 4), (1, 12))
_KINDS: Final = ((0, 0), (1, 0), (2, 4), (18, 6))
_SHIFTS: Final = ((0, 0), (3, 0), (4, 0), (1, 3))
_NAME_BYTES: Final = ((0, 0), (0, 4), (16, 5), (48, 10))
_MOSAICS: Final = ((1, 0), (0, 2), (3, 4), (19, 8))
_TICKS: Final = (((100, 0), (1000, 0), (1, 10), (1, 30)), ((1, 0), (1001, 0), (1, 8), (1, 10)))
_LOOPS: Final = ((0, 0), (0, 3), (0, 16), (0, 32))
_ALPHA, _SPOT, _MOSAIC = 0, 2, 5
_SPOT_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Header:
    """Coded width and height in pixels, the orientation as Exif numbers it, and what is told inside."""

    width: int
    height: int
    orientation: int = 1
    has_profile: bool = False
    has_names: bool = False


class _Bits:
    """Reads numbers from the lowest bit of the first byte on; what is missing is damage."""

    def __init__(self, data: bytes) -> None:
        self.number = int.from_bytes(data, "little")
        self.left = 8 * len(data)

    def take(self, count: int) -> int:
        if count > self.left:
            raise refusals.truncated()
        value = self.number & ((1 << count) - 1)
        self.number >>= count
        self.left -= count
        return value

    def choose(self, choices: tuple[_Choice, _Choice, _Choice, _Choice]) -> int:
        """Read two bits that choose, then the chosen number (§B.2.2)."""
        base, count = choices[self.take(2)]
        return base + self.take(count)


def read(codestream: bytes) -> Header:
    """Read a codestream's beginning. Raises `UnsupportedImage` for what is not one, holds a preview or is too large."""
    if not codestream.startswith(MARK):
        raise refusals.damaged("its coded picture does not begin where it should")
    bits = _Bits(codestream[len(MARK) : HEADER_BYTES])
    width, height = _size(bits)
    if width * height > MAX_PIXELS:
        raise refusals.too_large(f"{width} x {height} pixels")
    if bits.take(1):  # all else is as usual
        return Header(width, height)
    orientation = _extra_fields(bits) if bits.take(1) else 1
    _depth(bits)
    bits.take(1)
    count = bits.choose(_COUNTS)
    if count > MAX_CHANNELS:
        raise refusals.too_large("it has too many channels")
    has_names = sum(_has_name(bits) for _ in range(count)) > 0
    bits.take(1)
    has_profile = not bits.take(1) and bool(bits.take(1))
    return Header(width, height, orientation, has_profile, has_names)


def _size(bits: _Bits) -> tuple[int, int]:
    is_small = bits.take(1)
    height = 8 * (bits.take(5) + 1) if is_small else bits.choose(_SIZES)
    over, under = _RATIOS[bits.take(3)]
    if over:
        return height * over // under, height
    return 8 * (bits.take(5) + 1) if is_small else bits.choose(_SIZES), height


def _extra_fields(bits: _Bits) -> int:
    """Read the orientation, and pass over the intended size and the animation's clock."""
    orientation = bits.take(3) + 1
    if bits.take(1):
        _size(bits)
    if bits.take(1):
        raise refusals.unknown("a second, smaller picture is hidden inside its coded picture")
    if bits.take(1):
        for choices in (*_TICKS, _LOOPS):
            bits.choose(choices)
        bits.take(1)
    return orientation


def _depth(bits: _Bits) -> None:
    if bits.take(1):
        bits.choose(_FLOAT_BITS)
        bits.take(4)
    else:
        bits.choose(_BITS)


def _has_name(bits: _Bits) -> bool:
    """Pass over one further channel, and tell whether it has a name."""
    if bits.take(1):
        return False
    kind = bits.choose(_KINDS)
    _depth(bits)
    bits.choose(_SHIFTS)
    length = bits.choose(_NAME_BYTES)
    bits.take(8 * length)
    if kind == _ALPHA:
        bits.take(1)
    elif kind == _SPOT:
        bits.take(_SPOT_BITS)
    elif kind == _MOSAIC:
        bits.choose(_MOSAICS)
    return length > 0
