"""Whether a JPEG's coded segments hold exactly what their kind says, so that nothing hides behind it (T.81 annex B).

libjpeg refuses the same faults, so nothing that shows a picture is lost.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from imgfile.images.formats.jpeg_segments import DAC, DHT, DNL, DQT, DRI, EOI, FRAMES, SOS, Segment

MAX_COMPONENTS: Final = 4

_FRAME_HEAD_BYTES: Final = 6
_SCAN_FIXED_BYTES: Final = 4
_COUNTS_BYTES: Final = 17
_LENGTHS: Final = {DNL: 2, DRI: 2, EOI: 0}
TABLES: Final = frozenset({DQT, DHT, DAC, DRI})
_LOSSLESS: Final = frozenset({0xC3, 0xCB})
_PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
_ARITHMETIC: Final = frozenset({0xC9, 0xCA, 0xCB})
_AC: Final = 0x10
"""The class of a table for all but the first coefficient, in its number's upper half."""

Key = tuple[int, int]
"""A table's marker, and its class and number."""
Place = tuple[int, int]
"""Where one table stands."""


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
        return _fills(body, dqt_bytes)
    if segment.marker == DHT:  # §B.2.4.2: class and number, 16 counts, as many symbols
        return _fills(body, dht_bytes)
    if segment.marker == DAC:  # §B.2.4.3: pairs of a number and a value
        return len(body) % 2 == 0
    return len(body) == _LENGTHS[segment.marker]


def dqt_bytes(data: bytes, at: int) -> int:
    """Return how long a table of steps is: its precision and number, then 64 values of one byte or two."""
    return 129 if data[at] >> 4 else 65


def dht_bytes(data: bytes, at: int) -> int:
    """Return how long a Huffman table is: its class and number, 16 counts, as many symbols."""
    return _COUNTS_BYTES + sum(data[at + 1 : at + _COUNTS_BYTES])


def _fills(body: bytes, length_at: Callable[[bytes, int], int]) -> bool:
    at = 0
    while at < len(body):
        at += length_at(body, at)
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


# --- which tables are used --------------------------------------------------------------------------------


def written(
    data: bytes, kept: list[Segment], frame: Segment, cuts: Sequence[Place] = ()
) -> Iterator[bytes | memoryview]:
    """Yield segments as they are, but without the tables that no scan uses, and without those parts of scans."""
    used = _used(data, kept, frame)
    view = memoryview(data)
    for piece, segment in chosen(data, kept, lambda _, place: place in used):
        inside = [cut for cut in cuts if segment.start <= cut[0] < segment.end]
        if not inside:
            yield piece
            continue
        at = segment.start
        for start, end in (*inside, (segment.end, segment.end)):
            yield view[at:start]
            at = end


def chosen(
    data: bytes, kept: list[Segment], is_kept: Callable[[Key, Place], bool]
) -> Iterator[tuple[bytes | memoryview, Segment]]:
    """Yield segments as they are, but of tables only those that are kept."""
    view = memoryview(data)
    for segment in kept:
        found = [*tables(data, segment)] if segment.marker in TABLES else []
        left = [place for key, place in found if is_kept(key, place)]
        if len(left) == len(found):
            yield view[segment.start : segment.end], segment
        elif left:
            head = struct.pack(">BBH", 0xFF, segment.marker, 2 + sum(end - start for start, end in left))
            yield b"".join((head, *(view[start:end] for start, end in left))), segment


def _used(data: bytes, kept: list[Segment], frame: Segment) -> set[Place]:
    defined: dict[Key, Place] = {}
    used: set[Place] = set()
    for segment in kept:
        if segment.marker in TABLES:
            defined.update(tables(data, segment))
        elif segment.marker == SOS:
            used.update(defined[key] for key in needed(data, segment, frame) if key in defined)
    return used


def tables(data: bytes, segment: Segment) -> Iterator[tuple[Key, Place]]:
    """Yield the tables of a segment, whose lengths are known to fill it."""
    marker, at = segment.marker, segment.body
    if marker == DRI:
        yield (DRI, 0), (segment.body, segment.end)
        return
    while at < segment.end:
        length = {DQT: dqt_bytes, DHT: dht_bytes}[marker](data, at) if marker != DAC else 2
        number = data[at] & 15 if marker == DQT else data[at]  # in the upper half is how wide its values are
        yield (marker, number), (at, at + length)
        at += length


def needed(data: bytes, scan: Segment, frame: Segment) -> Iterator[Key]:
    """Yield which tables a scan uses (§B.2.3, §G.1)."""
    yield DRI, 0
    kind = frame.marker
    described = {data[at]: data[at + 2] for at in range(frame.body + 6, frame.end, 3)}
    first, _, bits = data[scan.header_end - 3 : scan.header_end]  # Ss, Se, and Ah with Al
    is_progressive, is_lossless = kind in _PROGRESSIVE, kind in _LOSSLESS
    codes = DAC if kind in _ARITHMETIC else DHT
    for at in range(scan.body + 1, scan.header_end - 3, 2):
        component, chosen = data[at], data[at + 1]
        if not is_lossless:
            yield DQT, described[component]
        if not is_progressive or (not first and not bits >> 4):
            yield codes, chosen >> 4
        if not is_lossless and (first or not is_progressive):
            yield codes, _AC | chosen & 15
