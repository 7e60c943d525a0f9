"""From bytes to a `Photo`: the one place that makes one, whatever it was read from."""

from __future__ import annotations

from typing import BinaryIO

from imgfile.clinical.proofs import Photo
from imgfile.errors import SourceUnavailable
from imgfile.images.limits import MAX_PHOTO_BYTES


def as_photo(data: bytes) -> Photo:
    """Take bytes as they were received for a photo; what they are is told later."""
    return Photo(data)


def read_pipe(stream: BinaryIO) -> bytes:
    """Read a photo's bytes from standard input. Raises `SourceUnavailable` for more than a photo can have."""
    data = stream.read(MAX_PHOTO_BYTES + 1)
    if len(data) > MAX_PHOTO_BYTES:
        raise SourceUnavailable(f"standard input holds more than {MAX_PHOTO_BYTES:,} bytes.", "Is it a photo?")
    return data
