"""How many pixels a photo has that browsers know, by its header alone."""

from __future__ import annotations

import struct

from imgfile.clinical.proofs import MediaType
from imgfile.images import refusals
from imgfile.images.limits import MAX_PIXELS


def pixels_of(photo: bytes, media_type: MediaType) -> int:
    """Return width times height of a JPEG, PNG, WebP or GIF as its header states them. Raises `UnsupportedImage`."""
    if media_type is MediaType.JPEG:
        return _jpeg(photo)
    if media_type is MediaType.WEBP:
        return _webp(photo)
    layout, at = (">2L", 16) if media_type is MediaType.PNG else ("<2H", 6)  # PNG §11.2.2 IHDR, GIF89a §18
    if len(photo) < at + struct.calcsize(layout):
        raise refusals.truncated()
    width, height = struct.unpack_from(layout, photo, at)
    return int(width * height)


def _jpeg(photo: bytes) -> int:
    """Read the frame's header (ITU-T T.81 §B.2.2); a height of 0 stands behind the first scan, and is not sought."""
    from imgfile.images.formats.jpeg_segments import FRAMES, segments  # noqa: PLC0415 - of one format

    for segment in segments(photo):
        if segment.marker in FRAMES and segment.end - segment.body >= 5:  # noqa: PLR2004 - depth, height, width
            height, width = struct.unpack_from(">2H", photo, segment.body + 1)
            return int(width * height) or MAX_PIXELS
    raise refusals.damaged("its picture has no header")


def _webp(photo: bytes) -> int:
    """Read the canvas, or the only picture (RFC 9649 §2.7)."""
    from imgfile.images.formats.webp import picture, riff  # noqa: PLC0415 - of one format

    for chunk in riff.chunks(photo, riff.HEAD_BYTES, len(photo)):
        body = memoryview(photo)[chunk.body : chunk.body_end]
        if chunk.name == b"VP8X" and len(body) >= 10:  # noqa: PLR2004 - flags, then width and height less one
            return (int.from_bytes(body[4:7], "little") + 1) * (int.from_bytes(body[7:10], "little") + 1)
        if chunk.name in {picture.LOSSY, picture.LOSSLESS} and (found := picture.size(chunk.name, body)):
            return found[0] * found[1]
    raise refusals.damaged("its picture has no header")
