"""What a JPEG's index says of the pictures behind it: previews, stereo pairs, panoramas (CIPA DC-007, MPF).

Read within bounds; a lie in the index names a picture wrongly, and no more: where pictures begin and end their own
bytes tell. So a preview counts as one only if it is smaller than the picture that it claims to be a copy of.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from imgfile.errors import UnsupportedImage
from imgfile.images import tiff_layout
from imgfile.images.formats.jpeg.tables import is_whole, size
from imgfile.images.formats.jpeg_segments import FRAMES, Segment, segments
from imgfile.images.formats.trailer import DEPTH_MAP, PREVIEW
from imgfile.images.metadata.further import PAIR, PANORAMA
from imgfile.images.metadata.xmp import UNBLURRED, plain

MAX_PICTURES: Final = 256
_MARK_BYTES: Final = 4
_MEANING: Final = re.compile(rb"""[\s=>"']{1,9}(\w{1,40})""")
_LENGTH, _PADDING = (re.compile(rb"""Item:%b[\s=>"']{1,9}(\d{1,12})""" % name) for name in (b"Length", b"Padding"))
_MEANINGS: Final = {b"Depth": DEPTH_MAP, b"Confidence": DEPTH_MAP, b"Original": UNBLURRED}
"""Dynamic Depth 1.0: the other meanings are a gain map's and a video's, which say themselves what they are."""
_ENTRY_TAG: Final = 0xB002
"""MPEntry: 16 bytes a picture (§5.2.3.3): attributes, size, place, and two that depend on it."""
_ENTRY_BYTES: Final = 16
_TYPE: Final = 0xFFFFFF
_ROLES: Final = {
    0x010001: PREVIEW,
    0x010002: PREVIEW,
    0x020001: PANORAMA,
    0x020002: PAIR,
    0x020003: PAIR,
}
"""§5.2.3.3.1: large thumbnails of two sizes, panorama, disparity, multi-angle."""


def roles(data: bytes, index: Segment, area: int) -> dict[int, str]:
    """Return by their places what the pictures behind the first are; `area` is the first one's, in pixels."""
    found: dict[int, str] = {}
    base = index.body + _MARK_BYTES
    for kind, place in _entries(memoryview(data)[base : index.end]):
        role, at = _ROLES.get(kind & _TYPE), base + place
        if place and role and data.startswith(b"\xff\xd8\xff", at):
            is_smaller = 0 < _area(data, at) <= area // 2
            if role != PREVIEW or is_smaller:
                found[at] = role
    return found


def listed(packet: bytes, at: int) -> dict[int, str]:
    """Return by their places what Google's directory in a packet says of the parts behind the picture, from `at` on.

    Its items follow one another in its order (Container:Directory): each has a meaning, a length, perhaps a padding.
    """
    found: dict[int, str] = {}
    for item in plain(packet).split(b"Item:Semantic")[1 : MAX_PICTURES + 1]:
        meaning = _MEANING.match(item)
        length, padding = (int(number[1]) if (number := name.search(item)) else 0 for name in (_LENGTH, _PADDING))
        role = _MEANINGS.get(meaning[1]) if meaning else None
        if meaning and meaning[1] == b"Primary":
            length = 0
        if role is not None:
            found[at] = role
        at += length + padding
    return found


def _entries(tiff: memoryview) -> Iterator[tuple[int, int]]:
    """Yield each picture's attributes and place; places count from the index's own TIFF header."""
    form = tiff_layout.form(tiff)
    if form is None or len(tiff) < form.head_bytes:
        return
    at = struct.unpack_from(form.order + form.places, tiff, form.first)[0]
    if at + form.counts_bytes > len(tiff):
        return
    count = struct.unpack_from(form.order + form.counts, tiff, at)[0]
    for place in range(at + form.counts_bytes, len(tiff) - form.entry_bytes + 1, form.entry_bytes)[:count]:
        tag, _, length = struct.unpack_from(form.entry, tiff, place)
        if tag == _ENTRY_TAG:
            start = struct.unpack_from(form.order + form.places, tiff, place + form.value)[0]
            stop = min(start + length, len(tiff), start + MAX_PICTURES * _ENTRY_BYTES)
            for entry in range(start, stop - _ENTRY_BYTES + 1, _ENTRY_BYTES):
                kind, _, offset = struct.unpack_from(form.order + "LLL", tiff, entry)
                yield kind, offset


def _area(data: bytes, at: int) -> int:
    """Return how many pixels a JPEG's frame states; 0 where there is none."""
    try:
        frame = next((segment for segment in segments(data, at) if segment.marker in FRAMES), None)
    except UnsupportedImage:
        return 0
    if frame is None or not is_whole(data, frame):
        return 0
    width, height = size(data, frame)
    return width * height
