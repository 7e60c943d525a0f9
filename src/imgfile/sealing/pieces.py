"""How a stream in parts of any size becomes the pieces that the format speaks of.

Parts are looked at through views and copied only where a piece straddles two of them: a photo in memory is sealed
and opened without a second copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, TypeAlias

from imgfile.sealing.flaws import Flaw, damaged
from imgfile.sealing.header import FOOTER_BYTES, FOOTER_START, HEADER_LIMIT_BYTES

Stream: TypeAlias = bytes | bytearray | memoryview | Iterable[bytes | bytearray | memoryview]
"""Bytes in memory, or parts of any size in order. A part must not change while it is worked on."""

NONCE_BYTES: Final = 16
_STEP_BYTES = 4096
"""How much is copied at a time while looking for a header's end; most headers are shorter."""


def views(stream: Stream) -> Iterator[memoryview]:
    """Yield each part as a view."""
    parts = (stream,) if isinstance(stream, bytes | bytearray | memoryview) else stream
    return map(memoryview, parts)


def split(parts: Iterator[memoryview]) -> tuple[bytes, bytes, Iterator[memoryview]]:
    """Divide a sealed file into its header as it stands, the nonce, and the parts of the payload.

    Raises `Damaged` if the stream ends before, or the header is longer than 1 MiB.
    """
    head = bytearray()
    end = 0  # of the header; 0 until its footer was seen
    for part in parts:
        ahead = part
        while ahead:
            seen = len(head)
            head += ahead[:_STEP_BYTES]
            ahead = ahead[_STEP_BYTES:]
            end = end or _header_end(head, seen)
            if end and len(head) >= end + NONCE_BYTES:
                nonce_end = end + NONCE_BYTES
                payload = chain((memoryview(head)[nonce_end:], ahead), parts)
                return bytes(head[:end]), bytes(head[end:nonce_end]), payload
            if not end and len(head) > HEADER_LIMIT_BYTES:
                raise damaged(Flaw.HEADER)
    raise damaged(Flaw.HEADER)


def _header_end(head: bytearray, seen: int) -> int:
    """Find where the footer ends: it is the first line that begins with dashes, and its length is fixed."""
    start = head.find(FOOTER_START, max(0, seen - len(FOOTER_START)))
    end = start + 1 + FOOTER_BYTES
    return end if start >= 0 and end <= HEADER_LIMIT_BYTES else 0


def blocks(parts: Iterable[memoryview], size: int) -> Iterator[tuple[memoryview | bytearray, bool]]:
    """Yield pieces of `size` bytes, each with whether it is the last, which may be shorter or empty."""
    held = bytearray()  # at most `size` bytes, of which it is not yet known whether more follow
    for part in parts:
        ahead = part
        if held and ahead:
            room = size - len(held)
            held += ahead[:room]
            ahead = ahead[room:]
            if not ahead:
                continue
            yield held, False
            held = bytearray()
        while len(ahead) > size:
            yield ahead[:size], False
            ahead = ahead[size:]
        held += ahead
    yield held, True
