"""Whether a JPEG's coded segments hold exactly what their kind says, so that nothing hides behind it (T.81 annex B).

libjpeg refuses the same faults, so nothing that shows a picture is lost.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

from imgfile.images.formats.jpeg_segments import DAC, DHT, DNL, DQT, DRI, EOI, FRAMES, SOS, Segment

MAX_COMPONENTS: Final = 4

_FRAME_HEAD_BYTES: Final = 6
_SCAN_FIXED_BYTES: Final = 4
_COUNTS_BYTES: Final = 17
_LENGTHS: Final = {DNL: 2, DRI: 2, EOI: 0}


def is_whole(data: bytes, segment: Segment) -> bool:
    """Return whether a kept segment's length is the one that its content needs."""
    body = data[segment.body : segment.header_end]
    if segment.marker in FRAMES:  # §B.2.2: precision, height, width, count; three bytes a component
        count = body[5] if len(body) > _FRAME_HEAD_BYTES else 0
        return 1 <= count <= MAX_COMPONENTS and len(body) == _FRAME_HEAD_BYTES + 3 * count
    if segment.marker == SOS:  # §B.2.3: count; two bytes a component; three bytes of what is coded
        count = body[0] if body else 0
        return 1 <= count <= MAX_COMPONENTS and len(body) == _SCAN_FIXED_BYTES + 2 * count
    if segment.marker == DQT:  # §B.2.4.1: precision and number, then 64 values of one byte or two
        return _fills(body, lambda at: 129 if body[at] >> 4 else 65)
    if segment.marker == DHT:  # §B.2.4.2: class and number, 16 counts, as many symbols
        return _fills(body, lambda at: _COUNTS_BYTES + sum(body[at + 1 : at + _COUNTS_BYTES]))
    if segment.marker == DAC:  # §B.2.4.3: pairs of a number and a value
        return len(body) % 2 == 0
    return len(body) == _LENGTHS[segment.marker]


def _fills(body: bytes, length_at: Callable[[int], int]) -> bool:
    at = 0
    while at < len(body):
        at += length_at(at)
    return at == len(body)


def size(data: bytes, frame: Segment) -> tuple[int, int]:
    """Read a frame's width and height in pixels; a height of 0 is stated by DNL behind the first scan."""
    height, width = struct.unpack_from(">HH", data, frame.body + 1)
    return width, height


def is_scan_of(data: bytes, scan: Segment, frame: Segment) -> bool:
    """Return whether a scan's components are all described by the frame."""
    described = data[frame.body + _FRAME_HEAD_BYTES : frame.end : 3]
    scanned = data[scan.body + 1 : scan.body + 1 + 2 * data[scan.body] : 2]
    return set(scanned) <= set(described)
