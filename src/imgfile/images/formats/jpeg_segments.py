"""The segments of a JPEG stream, one after the other, without understanding them (ITU-T T.81 annex B).

Between segments it resynchronises as libjpeg does, so that what is kept is what decoders see.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from imgfile.frozen import dataclass
from imgfile.images import refusals
from imgfile.images.limits import MAX_SEGMENTS

SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
DHT, DAC, DQT, DNL, DRI = 0xC4, 0xCC, 0xDB, 0xDC, 0xDD
APP0, APP1, APP2, APP11, APP13, APP14, COM = 0xE0, 0xE1, 0xE2, 0xEB, 0xED, 0xEE, 0xFE
FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xCB})
"""SOF: baseline, extended, progressive, lossless; Huffman or arithmetic. Hierarchical frames are refused."""
SHOWN_BY_ALL: Final = frozenset({0xC0, 0xC1, 0xC2})
"""Of those: coded by Huffman, and with losses. Few programs read the others."""
TEM: Final = 0x01
RESTARTS: Final = range(0xD0, 0xD8)

_MARKER = re.compile(rb"\xff[^\x00\xff]")
_SCAN_END = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
"""Inside a scan, stuffed zeros, restarts, fill and reserved codes belong to the coded data."""
_FILL_STEP_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker with all that belongs to it; an SOS includes its coded data. `start` is at the 0xFF."""

    marker: int
    start: int
    body: int
    """Where the payload begins, behind the length."""
    end: int
    header_end: int
    """Where the stated length ends: `end`, but for an SOS."""


def scan_end(data: bytes, start: int) -> int:
    """Return where coded data end, without the fill bytes (0xFF) before the marker. Raises `UnsupportedImage`."""
    found = _SCAN_END.search(data, start)
    if found is None:
        raise refusals.truncated()
    end = found.start()
    while end > start and data[end - 1] == 0xFF:  # noqa: PLR2004 - fill
        step = max(start, end - _FILL_STEP_BYTES)
        end = step + len(data[step:end].rstrip(b"\xff"))
    return end


def segments(data: bytes, start: int = 0) -> Iterator[Segment]:
    """Walk from an SOI up to and with the first EOI. Raises `UnsupportedImage` if the data end before it."""
    position = start + 2
    for _ in range(MAX_SEGMENTS):
        found = _MARKER.search(data, position)
        if found is None:
            raise refusals.truncated()
        at, marker = found.start(), data[found.end() - 1]
        if marker == EOI:
            yield Segment(marker, at, at + 2, at + 2, at + 2)
            return
        position = at + 2
        if marker in RESTARTS or marker == TEM:
            continue
        segment = _segment(data, marker, at)
        yield segment
        position = segment.end
    raise refusals.too_large("it has too many segments")


def _segment(data: bytes, marker: int, at: int) -> Segment:
    if marker == SOI:
        raise refusals.damaged("a second picture begins inside the first")
    if at + 4 > len(data):
        raise refusals.truncated()
    length = struct.unpack_from(">H", data, at + 2)[0]
    header_end = at + 2 + length
    if length < 2:  # noqa: PLR2004 - the length counts its own two bytes
        raise refusals.damaged("a segment states an impossible length")
    if header_end > len(data):
        raise refusals.truncated()
    end = scan_end(data, header_end) if marker == SOS else header_end
    return Segment(marker, at, at + 4, end, header_end)
