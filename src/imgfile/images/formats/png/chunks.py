"""The chunks of a PNG datastream, one after the other (PNG Third Edition, W3C 2025, §5)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from imgfile.frozen import dataclass
from imgfile.images import refusals
from imgfile.images.limits import MAX_SEGMENTS

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_FRAME_BYTES: Final = 12
"""Length, type and checksum around each body."""
_ANCILLARY: Final = 0x20


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: its type, where it starts, where its body lies, where it ends."""

    name: bytes
    start: int
    body: int
    body_end: int
    end: int

    @property
    def is_critical(self) -> bool:
        """Whether a decoder that does not know it must give up."""
        return not self.name[0] & _ANCILLARY

    @property
    def length(self) -> int:
        """Bytes of its body."""
        return self.body_end - self.body


def chunks(data: bytes) -> Iterator[Chunk]:
    """Walk up to and with IEND. Raises `UnsupportedImage` if the data end before it."""
    at = len(SIGNATURE)
    for _ in range(MAX_SEGMENTS):
        if at + _FRAME_BYTES > len(data):
            raise refusals.truncated()
        length, name = struct.unpack_from(">L4s", data, at)
        if not name.isalpha():
            raise refusals.damaged("a chunk has no valid name")
        chunk = Chunk(name, at, at + 8, at + 8 + length, at + _FRAME_BYTES + length)
        if chunk.end > len(data):
            raise refusals.truncated()
        yield chunk
        if name == b"IEND":
            return
        at = chunk.end
    raise refusals.too_large("it has too many chunks")


def is_intact(data: bytes, chunk: Chunk) -> bool:
    """Return whether a chunk's checksum is right."""
    stated: int = struct.unpack_from(">L", data, chunk.body_end)[0]
    return zlib.crc32(memoryview(data)[chunk.start + 4 : chunk.body_end]) == stated


def encode(name: bytes, body: bytes | memoryview) -> bytes:
    """Write a chunk with its length and checksum."""
    return struct.pack(">L4s", len(body), name) + body + struct.pack(">L", zlib.crc32(body, zlib.crc32(name)))
