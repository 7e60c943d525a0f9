"""Letters at the end of coded data, which coding hardly ever spells: a sign that something stands behind a picture."""

from __future__ import annotations

from typing import Final

LEAST: Final = 16
"""So many letters in a row end not one in a million pictures."""
_LOOK: Final = 8
"""Bytes that are looked at together."""


def at_end(data: bytes | memoryview, start: int, end: int) -> int:
    """Return how many bytes of letters end a run, in ASCII or UTF-16, in steps of eight; 0 for too few to tell."""
    found = 0
    for wide in (False, True):
        at = end
        while at > start and _is_text(bytes(data[max(start, at - _LOOK) : at]), is_wide=wide):
            at -= min(_LOOK, at - start)
        found = max(found, end - at)
    return found if found >= LEAST else 0


def _is_text(piece: bytes, *, is_wide: bool) -> bool:
    if is_wide:
        halves = (piece[::2], piece[1::2])
        zeros = max(halves, key=lambda half: half.count(0))
        piece = piece.replace(b"\0", b"") if zeros and not any(zeros) else b""
    return bool(piece) and piece.isascii() and piece.decode("ascii").isprintable()
