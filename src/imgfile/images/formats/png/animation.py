"""Whether an APNG's animation is exactly the frames that it announces (PNG Third Edition §11.3.7).

Players that find a contradiction fall back to the still picture or stop early, so frames behind it would be hidden.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from imgfile.images import refusals
from imgfile.images.formats.png.picture import Header, stream_end
from imgfile.images.limits import MAX_ANIMATION_PIXELS

_CONTROL_BYTES: Final = 26
_SEQUENCE_BYTES: Final = 4
_CONTRADICTION: Final = "its animation contradicts itself"


@dataclass(slots=True)
class _Frame:
    width: int
    height: int
    data: list[memoryview] = field(default_factory=list)
    is_picture: bool = False
    """Whether it is the still picture, whose data are IDAT."""


def check(chunks: Iterable[tuple[bytes, memoryview]], header: Header) -> None:
    """Prove kept chunks a whole animation, or none at all. Raises `UnsupportedImage`."""
    frames: list[_Frame] = []
    announced = sequence = 0
    for name, body in chunks:
        if name == b"acTL":
            announced = struct.unpack_from(">L", body)[0]
        elif name == b"IDAT" and frames:
            frames[-1].is_picture = True
        elif name in {b"fcTL", b"fdAT"}:
            if len(body) < _SEQUENCE_BYTES or struct.unpack_from(">L", body)[0] != sequence:
                raise refusals.damaged(_CONTRADICTION)
            sequence += 1
            _take(frames, name, body, header)
    if announced != len(frames):
        raise refusals.damaged(_CONTRADICTION)
    _measure(frames, header)


def _take(frames: list[_Frame], name: bytes, body: memoryview, header: Header) -> None:
    if name == b"fcTL":
        frames.append(_frame(body, header))
    elif not frames or frames[-1].is_picture:
        raise refusals.damaged(_CONTRADICTION)
    else:
        frames[-1].data.append(body[_SEQUENCE_BYTES:])


def _frame(body: memoryview, header: Header) -> _Frame:
    if len(body) != _CONTROL_BYTES:
        raise refusals.damaged(_CONTRADICTION)
    width, height, left, top = struct.unpack_from(">LLLL", body, _SEQUENCE_BYTES)
    if not width or not height or left + width > header.width or top + height > header.height:
        raise refusals.damaged(_CONTRADICTION)
    return _Frame(width, height)


def _measure(frames: list[_Frame], header: Header) -> None:
    if sum(frame.width * frame.height for frame in frames) > MAX_ANIMATION_PIXELS:
        raise refusals.too_large("its animation has too many pixels")
    for frame in frames:
        if frame.is_picture:
            if (frame.width, frame.height) != (header.width, header.height):
                raise refusals.damaged(_CONTRADICTION)
        elif stream_end(frame.data, header.stream_bytes(frame.width, frame.height)) != sum(map(len, frame.data)):
            raise refusals.unknown("data hide behind a frame of its animation")
