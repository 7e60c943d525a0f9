"""The chunks of a RIFF file, one after the other (WebP container specification, RFC 9649 §2.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from imgfile.frozen import dataclass
from imgfile.images import refusals
from imgfile.images.limits import MAX_SEGMENTS

HEAD_BYTES: Final = 12
"""`RIFF`, the size of what follows it, and the form's name."""
_CHUNK_HEAD_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: its name, where it starts, where its body lies, where it ends with its padding."""

    name: bytes
    start: int
    body: int
    body_end: int
    end: int


def end(data: bytes) -> int:
    """Return where the form ends by its own size. Raises `UnsupportedImage` if the data end before that."""
    # §2.4: the size counts what follows it, from the form's name on; bytes behind are no part of the file.
    stated: int = struct.unpack_from("<L", data, 4)[0] + 8
    if stated > len(data):
        missing = 100 * (stated - len(data)) // stated
        raise refusals.truncated(f"about {missing} % of the file is missing" if missing else "its end is missing")
    return stated


def chunks(data: bytes, start: int, stop: int) -> Iterator[Chunk]:
    """Walk from `start` up to `stop`; less than a chunk's head at the end is no chunk. Raises `UnsupportedImage`."""
    at = start
    for _ in range(MAX_SEGMENTS):
        if at + _CHUNK_HEAD_BYTES > stop:  # writers that forget the padding's byte leave less than a head
            return
        name, length = struct.unpack_from("<4sL", data, at)
        body = at + _CHUNK_HEAD_BYTES
        if body + length > stop:
            raise refusals.damaged("a part reaches past its end")
        # §2.3: a chunk of odd length is padded by one byte, which the last one often lacks.
        yield Chunk(name, at, body, body + length, min(body + length + length % 2, stop))
        at = body + length + length % 2
    raise refusals.too_large("it has too many chunks")


def encode(name: bytes, *body: bytes | memoryview) -> list[bytes | memoryview]:
    """Write a chunk, in pieces, padded to an even length."""
    length = sum(map(len, body))
    return [struct.pack("<4sL", name, length), *body, bytes(length % 2)]
