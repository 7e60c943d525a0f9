"""zlib streams inflated within bounds, so that a small bomb costs little (RFC 1950)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

from imgfile.frozen import dataclass

_INPUT_BYTES: Final = 1 << 16
_OUTPUT_BYTES: Final = 1 << 20
"""Pieces in and out. What zlib leaves unread of a piece is copied each time, so pieces in stay small."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What inflating found: bytes that came out, bytes that went in, and whether the stream ended by its own mark."""

    inflated: int
    consumed: int
    is_ended: bool
    is_damaged: bool = False


def measure(pieces: Iterable[memoryview], *, limit: int) -> Stream:
    """Inflate a stream that lies in pieces, keep nothing, and stop once more than `limit` bytes came out."""
    engine = zlib.decompressobj()
    inflated = consumed = 0
    for piece in pieces:
        for at in range(0, len(piece), _INPUT_BYTES):
            fed: bytes | memoryview = piece[at : at + _INPUT_BYTES]
            consumed += len(fed)
            while fed:
                try:
                    inflated += len(engine.decompress(fed, _OUTPUT_BYTES))
                except zlib.error:
                    return Stream(inflated, consumed, is_ended=False, is_damaged=True)
                if engine.eof or inflated > limit:
                    return Stream(inflated, consumed - len(engine.unused_data), is_ended=engine.eof)
                fed = engine.unconsumed_tail
    return Stream(inflated, consumed, is_ended=False)


def inflate(data: bytes | memoryview, *, limit: int) -> bytes | None:
    """Inflate a whole stream of at most `limit` bytes; None if it is damaged, unended or longer."""
    if limit <= 0:  # to zlib, 0 means without limit
        return None
    engine = zlib.decompressobj()
    try:
        inflated = engine.decompress(data, limit)
    except zlib.error:
        return None
    return inflated if engine.eof else None


def inflate_profile(data: bytes | memoryview, *, limit: int) -> bytes | None:
    """Inflate a colour profile; one that is all there counts, as to libpng, even if its stream has no end."""
    engine = zlib.decompressobj()
    try:
        inflated = engine.decompress(data, limit)
    except zlib.error:
        return None
    stated = int.from_bytes(inflated[:4], "big")
    if engine.eof:
        return inflated
    return inflated[:stated] if 0 < stated <= len(inflated) else None


def deflate(data: bytes) -> bytes:
    """Compress as small as zlib can, the same way every time."""
    return zlib.compress(data, 9)
