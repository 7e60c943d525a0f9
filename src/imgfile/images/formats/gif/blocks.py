"""The blocks of a GIF, one after the other, without understanding them (GIF89a specification, CompuServe 1990)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from imgfile.frozen import dataclass
from imgfile.images import refusals
from imgfile.images.limits import MAX_SEGMENTS

HEAD_BYTES: Final = 13
"""Signature, version and logical screen, before the colours that all pictures share."""
EXTENSION, IMAGE, TRAILER, FILL = 0x21, 0x2C, 0x3B, 0x00
PLAIN_TEXT, CONTROL, COMMENT, APPLICATION = 0x01, 0xF9, 0xFE, 0xFF
_DESCRIPTOR_BYTES: Final = 10
_HAS_COLOURS: Final = 0x80
_MAX_BLOCK_BYTES: Final = 255


@dataclass(frozen=True, slots=True)
class Part:
    """An extension or a picture; `body` is where its sub-blocks begin."""

    introducer: int
    label: int
    """Which extension; 0 for a picture."""
    start: int
    body: int
    end: int


def colours_end(data: bytes) -> int:
    """Return where the head ends, with the colours that all pictures share. Raises `UnsupportedImage`."""
    if len(data) < HEAD_BYTES:
        raise refusals.truncated()
    return _inside(data, HEAD_BYTES + _colour_bytes(data[10]))


def parts(data: bytes, start: int) -> Iterator[Part]:
    """Walk up to and with the trailer; fill, and data that end without one, are left to the caller to notice.

    Raises `UnsupportedImage` if a part is cut short, or if anything else stands between them.
    """
    at = start
    for _ in range(MAX_SEGMENTS):
        while at < len(data) and data[at] == FILL:
            at += 1
        if at == len(data):
            return
        part = _part(data, at)
        yield part
        if part.introducer == TRAILER:
            return
        at = part.end
    raise refusals.too_large("it has too many parts")


def _part(data: bytes, at: int) -> Part:
    introducer = data[at]
    if introducer == TRAILER:
        return Part(introducer, 0, at, at + 1, at + 1)
    if introducer == EXTENSION:
        body = _inside(data, at + 2)
        return Part(introducer, data[at + 1], at, body, _blocks_end(data, body))
    if introducer != IMAGE:
        raise refusals.damaged("something unknown stands between its parts")
    packed = data[_inside(data, at + _DESCRIPTOR_BYTES) - 1]
    body = _inside(data, at + _DESCRIPTOR_BYTES + _colour_bytes(packed) + 1)  # behind the codes' first size
    return Part(introducer, 0, at, body, _blocks_end(data, body))


def blocks(data: bytes, part: Part) -> Iterator[bytes]:
    """Yield a part's sub-blocks, without their lengths."""
    at = part.body
    while data[at]:  # a length of 0 ends them
        end = at + 1 + data[at]
        yield data[at + 1 : end]
        at = end


def extents(data: bytes, picture: Part) -> tuple[int, int, int, int]:
    """Read a picture's left, top, width and height in pixels."""
    left, top, width, height = struct.unpack_from("<4H", data, picture.start + 1)
    return left, top, width, height


def encode(label: int, *blocks_: bytes) -> bytes:
    """Write an extension from its sub-blocks."""
    return bytes((EXTENSION, label)) + b"".join(bytes((len(block),)) + block for block in blocks_) + b"\0"


def divided(payload: bytes) -> bytes:
    """Cut a payload into sub-blocks as long as they can be, with their end."""
    starts = range(0, len(payload), _MAX_BLOCK_BYTES)
    pieces = (payload[at : at + _MAX_BLOCK_BYTES] for at in starts)
    return b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\0"


def _colour_bytes(packed: int) -> int:
    return 3 << (packed & 7) + 1 if packed & _HAS_COLOURS else 0


def _blocks_end(data: bytes, at: int) -> int:
    try:
        while data[at]:
            at += 1 + data[at]
    except IndexError:
        raise refusals.truncated() from None
    return at + 1


def _inside(data: bytes, at: int) -> int:
    if at > len(data):
        raise refusals.truncated()
    return at
