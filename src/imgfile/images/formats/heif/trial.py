"""Where a coded picture's data end in HEIC and AVIF: bytes that change no pixel, whatever stands in them.

The codings' arithmetic decoders (ITU-T H.265 §9.3, H.264 §9.3, AV1 §8.2) stop where the last block does, and what is
left of a slice or tile is never looked at. Only decoding shows where that is: with the last bytes and with others in
their place, by a decoder that is none of ours. They are overwritten with what encoders may write there, so that no
length changes: a bit that ends the data, then zeros (cabac_zero_words in HEVC and AVC).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from imgfile.images import pixels
from imgfile.images.formats.heif import sei
from imgfile.images.formats.heif.sei import AV1, HEVC, Patch

LEAST_BYTES: Final = 8
"""Fewer bytes behind a picture's end are what encoders write, and decoders look ahead to."""
MAX_UNITS: Final = 64
"""Slices and tiles that are tried; a phone's photo has some fifty tiles."""
_FILLINGS: Final = (b"\xa5\x3c\x96\x6f", b"\x5b\xe4\x72\xd8")
_HEVC_SLICES: Final = range(32)
_AVC_SLICES: Final = range(1, 6)
_AV1_TILES: Final = frozenset({4, 6})
"""Tile groups, and frames with their tiles (AV1 §6.2.2)."""

Written = Callable[[int, bytes], bytes]
"""Makes the file with other bytes at one place of a coded picture's data."""


def units(coding: bytes, size_bytes: int, coded: bytes | memoryview) -> Iterator[tuple[int, int]]:
    """Yield where the payloads of units lie that hold slices or tiles."""
    if coding == AV1:
        yield from ((start, end) for kind, _, start, end in sei.units(coded) if kind in _AV1_TILES)
        return
    for start, end in sei.nal_units(coded, size_bytes):
        kind = coded[start] >> 1 & 63 if coding == HEVC else coded[start] & 31
        if kind in (_HEVC_SLICES if coding == HEVC else _AVC_SLICES):
            yield start + (2 if coding == HEVC else 1), end


def patch(coding: bytes, coded: bytes | memoryview, unit: tuple[int, int], written: Written, kind: str) -> Patch | None:
    """Return what to overwrite of a unit's end; None for nothing, or where the decoder is missing."""
    start, end = unit
    shown = pixels.shown(written(start, b""), kind)
    if shown is None:
        return None

    def is_enough(place: int) -> bool:
        left = end - place
        return all(
            pixels.shown(written(place, (filling * (left // 4 + 1))[:left]), kind) == shown for filling in _FILLINGS
        )

    back, before = LEAST_BYTES, 0
    while end - back > start and is_enough(end - back):
        back, before = 2 * back, back
    if not before:
        return None
    low, high = max(end - back + 1, start), end - before
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle + 1, high)
    filler = _filler(coding, end - high)
    if bytes(coded[high + 1 : end]).strip(b"\0\3") == b"" or pixels.shown(written(high, filler), kind) != shown:
        return None
    return high, filler


def _filler(coding: bytes, length: int) -> bytes:
    """Return a bit that ends the data, then zeros; in HEVC and AVC with the byte that keeps two of them apart."""
    zeros = bytes(length) if coding == AV1 else b"\0\0\3" * (length // 3 + 1)
    return (b"\x80" + zeros)[:length]
