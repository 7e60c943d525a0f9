"""Where a JPEG's one scan most likely ends, told without looking through its coded data.

Looking takes longer than everything else that stripping a photo does. What is presumed here is proven by `check`, which
looks through the output in any case; a photo that ends elsewhere is looked through twice.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from imgfile.images.formats.jpeg import app_segments as appn
from imgfile.images.formats.jpeg_segments import APP2, Segment

SEQUENTIAL: Final = frozenset({0xC0, 0xC1, 0xC9})
"""Frames whose components come in one scan, mostly; progressive ones have several."""
_EOI: Final = b"\xff\xd9"
_FILL: Final = b"\xff"
_MPF: Final = b"MPF\0"
_ENTRIES: Final = 0xB002
_ENTRY_BYTES: Final = 12
_MAX_ENTRIES: Final = 8


def presume(data: bytes, start: int, frame: Segment | None, dropped: Iterable[Segment]) -> int | None:
    """Presume where coded data that begin at `start` end; None where there is too little to go by."""
    if frame is None or frame.marker not in SEQUENTIAL or not _is_one_scan(data, start, frame):
        return None
    end = next((_stated(data, one) for one in dropped if appn.is_a(data, one, APP2, _MPF)), len(data)) - len(_EOI)
    if end <= start or not data.startswith(_EOI, end) or data.startswith(_FILL, end - 1):
        return None
    return end


def _is_one_scan(data: bytes, start: int, frame: Segment) -> bool:
    """Tell whether the scan header before `start` names as many components as the frame, and the height is known."""
    count = data[frame.body + 5]
    return data.startswith(b"\xff\xda", start - 8 - 2 * count) and data[frame.body + 1 : frame.body + 3] != b"\0\0"


def _stated(data: bytes, index: Segment) -> int:
    """Read how long the first of several pictures is (CIPA DC-007 §5.2.3); 0 where that cannot be read."""
    base = index.body + len(_MPF)
    order = "<" if data.startswith(b"II", base) else ">"
    try:
        directory = base + struct.unpack_from(f"{order}L", data, base + 4)[0]
        count = min(struct.unpack_from(f"{order}H", data, directory)[0], _MAX_ENTRIES)
        for at in range(directory + 2, directory + 2 + count * _ENTRY_BYTES, _ENTRY_BYTES):
            tag, _, _, offset = struct.unpack_from(f"{order}HHLL", data, at)
            if tag == _ENTRIES:
                return int(struct.unpack_from(f"{order}L", data, base + offset + 4)[0])
    except struct.error:
        return 0
    return 0
