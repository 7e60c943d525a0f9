"""Bytes that are surely other than they were: a value put in their place would be the old one once in 256 times."""

from __future__ import annotations


def flipped(data: bytes) -> bytes:
    """Return bytes of the same length of which the last differs in one bit."""
    return data[:-1] + bytes([data[-1] ^ 1])
