"""What a JPEG XL codestream says of itself before its picture begins (ISO/IEC 18181-1): size, orientation, more.

It is read bit by bit and never changed: what is told inside it cannot be taken out without coding the picture anew.
"""

from __future__ import annotations

from typing import Final

from imgfile.frozen import dataclass
from imgfile.images import refusals
from imgfile.images.formats.jxl.bits import Bits
from imgfile.images.limits import MAX_PIXELS

MARK: Final = b"\xff\x0a"
HEADER_BYTES: Final = 1 << 16
"""How much of a codestream is looked at: a header takes some ten bytes, names of channels at most some thousand."""
MAX_CHANNELS: Final = 256
"""Channels besides colour that are looked at; photos have one, of transparency."""

_RATIOS: Final = ((0, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
"""Width by height, where the width is not stated."""
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
_HALF_BITS: Final = 16
_BRIGHTNESS_BITS: Final = 3 * _HALF_BITS + 1
_MATRIX_BITS: Final = 16 * _HALF_BITS
_WEIGHTS: Final = (15, 55, 210)
"""Numbers that say how a picture of half, a quarter, an eighth of its size is enlarged."""


@dataclass(frozen=True, slots=True)
class Header:
    """Coded width and height in pixels, the orientation as Exif numbers it, and what is told inside."""

    width: int
    height: int
    orientation: int = 1
    has_profile: bool = False
    has_names: bool = False
    profile_at: int | None = None
    """Where the profile begins, in bits; None without one, or behind what is not read."""


def read(codestream: bytes) -> Header:
    """Read a codestream's beginning. Raises `UnsupportedImage` for what is not one, holds a preview or is too large."""
    if not codestream.startswith(MARK):
        raise refusals.damaged("its coded picture does not begin where it should")
    bits = Bits(codestream[:HEADER_BYTES], 8 * len(MARK))
    width, height = _size(bits)
    if width * height > MAX_PIXELS:
        raise refusals.too_large(f"{width} x {height} pixels")
    if bits.take(1):  # all else is as usual
        return Header(width, height)
    has_extra = bits.take(1)
    orientation = _extra_fields(bits) if has_extra else 1
    _depth(bits)
    bits.take(1)
    count = bits.choose(_COUNTS)
    if count > MAX_CHANNELS:
        raise refusals.too_large("it has too many channels")
    has_names = sum(_has_name(bits) for _ in range(count)) > 0
    is_transformed = bool(bits.take(1))
    has_profile = not bits.take(1) and bool(bits.take(1))
    profile_at = _profile_at(bits, has_extra=bool(has_extra), is_transformed=is_transformed) if has_profile else None
    return Header(width, height, orientation, has_profile, has_names, profile_at)


def _profile_at(bits: Bits, *, has_extra: bool, is_transformed: bool) -> int | None:
    """Pass over the rest of the header: kind of colour, brightness, and how colours are transformed back."""
    bits.choose(_KINDS)
    if has_extra and not bits.take(1):
        bits.skip(_BRIGHTNESS_BITS)
    if bits.long():
        return None
    if not bits.take(1):
        if is_transformed and not bits.take(1):
            bits.skip(_MATRIX_BITS)
        chosen = bits.take(3)
        bits.skip(sum(count * _HALF_BITS for bit, count in enumerate(_WEIGHTS) if chosen >> bit & 1))
    return bits.at


def _size(bits: Bits) -> tuple[int, int]:
    is_small = bits.take(1)
    height = 8 * (bits.take(5) + 1) if is_small else bits.choose(_SIZES)
    over, under = _RATIOS[bits.take(3)]
    if over:
        return height * over // under, height
    return 8 * (bits.take(5) + 1) if is_small else bits.choose(_SIZES), height


def _extra_fields(bits: Bits) -> int:
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


def _depth(bits: Bits) -> None:
    if bits.take(1):
        bits.choose(_FLOAT_BITS)
        bits.take(4)
    else:
        bits.choose(_BITS)


def _has_name(bits: Bits) -> bool:
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
