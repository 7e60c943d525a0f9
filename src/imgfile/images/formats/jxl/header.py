"""What a JPEG XL codestream says of itself before its picture begins (ISO/IEC 18181-1 annexes A, B and D).

Bundles and fields are called here what the standard and libjxl (`image_metadata.cc`) call them. The header is read bit
by bit and never changed: what stands inside the codestream cannot be taken out without coding the picture anew. So a
codestream that holds more than a picture needs is refused: one with a preview, and one with a colour profile, which
lies in the entropy-coded stream behind the header.
"""

from __future__ import annotations

from typing import Final

from imgfile.frozen import dataclass
from imgfile.images import refusals
from imgfile.images.formats.jxl import colour
from imgfile.images.formats.jxl.bits import Bits
from imgfile.images.identify import Foreign
from imgfile.images.limits import MAX_PIXELS

MARK: Final = b"\xff\x0a"
"""The codestream's signature (annex A)."""
HEADER_BYTES: Final = 1 << 19
"""How much of a codestream is looked at: a header takes some ten bytes, 256 channels with the longest names 278 kB.

What ends before its header does is cut short, then: no header that is within `MAX_CHANNELS` is longer than this.
"""
MAX_CHANNELS: Final = 256
"""Channels besides colour that are looked at; photos have one, of transparency, and the standard allows 4,096."""

_RATIOS: Final = ((0, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
"""SizeHeader `ratio`: width by height; with the first, the width is stated."""
_SIZES: Final = ((1, 9), (1, 13), (1, 18), (1, 30))
"""SizeHeader: a height or a width."""
_BITS: Final = ((8, 0), (10, 0), (12, 0), (1, 6))
"""BitDepth `bits_per_sample` of whole numbers."""
_FLOAT_BITS: Final = ((32, 0), (16, 0), (24, 0), (1, 6))
"""BitDepth `bits_per_sample` of floating-point numbers."""
_EXPONENT_BITS: Final = 4
"""BitDepth `exp_bits`, behind those."""
_COUNTS: Final = ((0, 0), (1, 0), (2, 4), (1, 12))
"""ImageMetadata `num_extra_channels`."""
_KINDS: Final = ((0, 0), (1, 0), (2, 4), (18, 6))
"""An enumeration, here ExtraChannelInfo `type` (annex B)."""
_SHIFTS: Final = ((0, 0), (3, 0), (4, 0), (1, 3))
"""ExtraChannelInfo `dim_shift`: a channel of half or quarter size."""
_NAME_BYTES: Final = ((0, 0), (0, 4), (16, 5), (48, 10))
"""ExtraChannelInfo: the length of its name."""
_MOSAICS: Final = ((1, 0), (0, 2), (3, 4), (19, 8))
"""ExtraChannelInfo `cfa_channel`: which of a sensor's filters."""
_CLOCK: Final = (
    ((100, 0), (1000, 0), (1, 10), (1, 30)),
    ((1, 0), (1001, 0), (1, 8), (1, 10)),
    ((0, 0), (0, 3), (0, 16), (0, 32)),
)
"""AnimationHeader: ticks a second, as a fraction, and how often it is shown; `have_timecodes` follows, one bit."""
_ALPHA, _SPOT, _MOSAIC = 0, 2, 5
"""ExtraChannelInfo `type`: those that say more than others."""
_SPOT_BITS: Final = 4 * 16
"""A spot colour: red, green, blue and solidity, of half precision each."""


@dataclass(frozen=True, slots=True)
class Header:
    """Coded width and height in pixels, the orientation as Exif numbers it, whether channels have names, colours."""

    width: int
    height: int
    orientation: int = 1
    has_names: bool = False
    colour: colour.ColourCode = colour.SRGB


def read(codestream: bytes) -> Header:
    """Read a codestream's beginning.

    Raises `UnsupportedImage` for what is not one, is too large, or holds a preview or a colour profile.
    """
    if not codestream.startswith(MARK):
        raise refusals.damaged("its coded picture does not begin where it should")
    bits = Bits(codestream[:HEADER_BYTES], 8 * len(MARK))
    width, height = _size(bits)
    if width * height > MAX_PIXELS:
        raise refusals.too_large(f"{width} x {height} pixels")
    if bits.take(1):  # ImageMetadata `all_default`: 8 bits, upright, no further channels, sRGB
        return Header(width, height)
    orientation = _extra_fields(bits) if bits.take(1) else 1
    _pass_depth(bits)
    bits.take(1)  # `modular_16bit_buffers`
    count = bits.choose(_COUNTS)
    if count > MAX_CHANNELS:
        raise refusals.too_large("it has too many channels")
    has_names = sum(_has_name(bits) for _ in range(count)) > 0  # each is read, so no `any`
    bits.take(1)  # `xyb_encoded`
    # ColourEncoding: `all_default`, else `want_icc`; a profile would follow the whole header, entropy-coded.
    if bits.take(1):
        return Header(width, height, orientation, has_names)
    if bits.take(1):
        raise Foreign.PROFILED_JXL.refusal()
    return Header(width, height, orientation, has_names, colour.read(bits))


def _size(bits: Bits) -> tuple[int, int]:
    """Read a SizeHeader: of a small picture, height and width in eights of up to 256 pixels."""
    is_small = bits.take(1)
    height = 8 * (bits.take(5) + 1) if is_small else bits.choose(_SIZES)
    over, under = _RATIOS[bits.take(3)]
    if over:
        return height * over // under, height
    return 8 * (bits.take(5) + 1) if is_small else bits.choose(_SIZES), height


def _extra_fields(bits: Bits) -> int:
    """Read ImageMetadata's `extra_fields`: the orientation; the intended size and the clock are passed over."""
    orientation = bits.take(3) + 1
    if bits.take(1):  # `have_intrinsic_size`
        _size(bits)
    if bits.take(1):  # `have_preview`: a frame of its own before the picture's
        raise refusals.unknown("a second, smaller picture is hidden inside its coded picture")
    if bits.take(1):  # `have_animation`
        for choices in _CLOCK:
            bits.choose(choices)
        bits.take(1)
    return orientation


def _pass_depth(bits: Bits) -> None:
    """Pass over a BitDepth."""
    if bits.take(1):  # `float_sample`
        bits.choose(_FLOAT_BITS)
        bits.take(_EXPONENT_BITS)
    else:
        bits.choose(_BITS)


def _has_name(bits: Bits) -> bool:
    """Pass over one ExtraChannelInfo, and return whether it has a name."""
    if bits.take(1):  # `d_alpha`: plain transparency of 8 bits, without a name
        return False
    kind = bits.choose(_KINDS)
    _pass_depth(bits)
    bits.choose(_SHIFTS)
    length = bits.choose(_NAME_BYTES)
    bits.take(8 * length)
    if kind == _ALPHA:
        bits.take(1)  # `alpha_associated`
    elif kind == _SPOT:
        bits.take(_SPOT_BITS)
    elif kind == _MOSAIC:
        bits.choose(_MOSAICS)
    return length > 0
