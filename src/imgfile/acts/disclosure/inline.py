"""What is part of a page instead of being fetched: a picture as base64, sent in pieces, and the digest of a style."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Final

_PIECE_BYTES: Final = 3 << 16
"""A multiple of three, so that the pieces' base64 joins without padding."""


def base64_pieces(data: bytes) -> Iterator[bytes]:
    """Yield the base64 of a picture part by part, so that it never lies in memory whole."""
    for start in range(0, len(data), _PIECE_BYTES):
        yield base64.b64encode(data[start : start + _PIECE_BYTES])


def base64_length(data: bytes) -> int:
    """Return how many bytes these pieces have together."""
    return (len(data) + 2) // 3 * 4


def source_digest(text: str) -> str:
    """Return a style or script as a Content-Security-Policy allows it: by its digest (CSP 3, 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
