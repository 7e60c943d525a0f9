"""Which colours a JPEG XL codestream names, by number, where it holds no profile (ISO/IEC 18181-1 annex E).

Read behind the bit that says whether a profile follows, in the order of libjxl's `ColorEncoding::VisitFields`; given
as ITU-T H.273 numbers them, which JPEG XL does too but for P3, which it numbers once for two whites.
"""

from __future__ import annotations

from typing import Final

from imgfile.images.formats.jxl.bits import Bits

ColourCode = tuple[int, int]
"""Primaries and transfer function, ITU-T H.273 tables 2 and 3; 2 is unsaid."""
SRGB: Final[ColourCode] = (1, 13)

_ENUM: Final = ((0, 0), (1, 0), (2, 4), (18, 6))
_COORDINATES: Final = ((0, 19), (524_288, 19), (1_048_576, 20), (2_097_152, 21))
_GREY, _XYB = 1, 2
_CUSTOM: Final = 2
_P3, _DCI_WHITE = 11, 11
_GAMMA_BITS: Final = 24
_UNSAID: Final = 2
_DISPLAY_P3: Final = 12


def read(bits: Bits) -> ColourCode:
    """Read a ColourEncoding that is neither the default nor a profile."""
    space = bits.choose(_ENUM)
    white = primaries = _UNSAID
    if space != _XYB:
        white = _named(bits, points=1)
    if space not in {_GREY, _XYB}:
        primaries = _named(bits, points=3)
        if primaries == _P3 and white != _DCI_WHITE:
            primaries = _DISPLAY_P3
    if space == _XYB or bits.take(1):  # `have_gamma`: a power of its own, which has no number
        if space != _XYB:
            bits.take(_GAMMA_BITS)
        return primaries, _UNSAID
    return primaries, bits.choose(_ENUM)


def _named(bits: Bits, *, points: int) -> int:
    """Read what has a name, or else as many points of two coordinates, which are passed over."""
    name = bits.choose(_ENUM)
    if name == _CUSTOM:
        for _ in range(2 * points):
            bits.choose(_COORDINATES)
        return _UNSAID
    return name
