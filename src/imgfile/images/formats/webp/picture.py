"""What a WebP's coded pictures say of themselves: size and soundness (RFC 6386 §9.1, RFC 9649 §2.7.1.2 and §3.4).

The checks are libwebp's own, so nothing that shows a picture is lost.
"""

from __future__ import annotations

from typing import Final

LOSSY, LOSSLESS, ALPHA = b"VP8 ", b"VP8L", b"ALPH"

_LOSSY_HEAD_BYTES: Final = 10
"""Tag, start code and size (RFC 6386 §9.1)."""
_LOSSLESS_HEAD_BYTES: Final = 5
"""Signature, size, whether there is transparency, version (RFC 9649 §3.4)."""
_MAX_PROFILE: Final = 3
"""RFC 6386 §9.1: versions 0 to 3 are defined; libwebp shows no others."""


def size(name: bytes, body: memoryview) -> tuple[int, int] | None:
    """Read a picture's width and height in pixels; None if no decoder would show it."""
    found = _lossy_size(body) if name == LOSSY else _lossless_size(body)
    return found if found and all(found) else None


def _lossy_size(body: memoryview) -> tuple[int, int] | None:
    """Read a key frame that is shown, whose first partition lies within the chunk."""
    # Three bytes, the lowest bit first: inter frame or key frame, version, whether it is shown, the first partition.
    tag = int.from_bytes(body[:3], "little")
    if len(body) < _LOSSY_HEAD_BYTES or bytes(body[3:6]) != b"\x9d\x01\x2a":
        return None
    is_inter, profile, is_shown, partition_bytes = tag & 1, tag >> 1 & 7, tag >> 4 & 1, tag >> 5
    if is_inter or profile > _MAX_PROFILE or not is_shown or partition_bytes >= len(body):
        return None
    # 14 bits each; the upper two say how to enlarge the picture.
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def _lossless_size(body: memoryview) -> tuple[int, int] | None:
    """Read width and height less one, 14 bits each; the upper three bits are the version, which is 0."""
    bits = int.from_bytes(body[1:5], "little")
    if len(body) < _LOSSLESS_HEAD_BYTES or body[0] != 0x2F or bits >> 29:  # noqa: PLR2004 - the signature
        return None
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def is_whole_alpha(body: memoryview, width: int, height: int) -> bool:
    """Return whether transparency holds what its pixels need; uncompressed, exactly that (RFC 9649 §2.7.1.2)."""
    if not body:
        return False
    # The lowest two bits name the compression: 0 is none, a byte a pixel behind the head.
    return bool(body[0] & 3) or len(body) == 1 + width * height
