"""JSON with one spelling: what signed notes and sealed records are written in (docs/reference/vault-format.md).

One object on one line of ASCII: keys sorted by code point, no spaces outside strings, no floats, no key twice,
integers of 64 bits, at most sixteen levels. (The idea is RFC 8785's, without its floats.) What is read must be, to the
byte, what would be written, so that a text that was signed or sealed has one meaning, and a change of it cannot hide.
"""

from __future__ import annotations

import json
from typing import Any, Final, TypeAlias

MAX_DEPTH: Final = 16
"""Our own documents have five levels."""
LEAST_INTEGER: Final = -(1 << 63)
MOST_INTEGER: Final = (1 << 64) - 1
"""A pending erasure names inodes, which have 64 bits; nothing sealed comes near 2^53, beyond which other readers of
JSON may round (RFC 8259, section 6)."""

Json: TypeAlias = dict[str, Any]


def encode(document: Json) -> bytes:
    """Return a document in its one spelling. Raises ValueError or TypeError for what has none."""
    _check(document, MAX_DEPTH)
    text = json.dumps(document, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.encode("ascii")


def decode(data: bytes, *, limit: int) -> Json:
    """Read a document of at most `limit` bytes in its one spelling. Raises ValueError, whatever the bytes."""
    if len(data) > limit:
        raise ValueError("too long")
    try:
        document = json.loads(data.decode("ascii"))
        # A key that stands twice, other order, spaces, `-0` and needless escapes do not survive the way there and back.
        if not isinstance(document, dict) or encode(document) != data:
            raise ValueError("not the one spelling")
    except (TypeError, RecursionError):
        raise ValueError("not the one spelling: a float, or too deep") from None
    return document


def _check(value: object, levels: int) -> None:
    """Refuse what other readers of JSON may read otherwise, or not at all."""
    match value:
        case str():
            return
        case dict() | list() | tuple() if not levels:
            raise ValueError("not the one spelling: too deep")
        case dict():
            for key, inner in value.items():
                if not isinstance(key, str):
                    raise TypeError("not the one spelling: a key is no text")
                _check(inner, levels - 1)
        case list() | tuple():
            for inner in value:
                _check(inner, levels - 1)
        case float():
            raise TypeError("not the one spelling: a float")
        case int() if not LEAST_INTEGER <= value <= MOST_INTEGER:
            raise ValueError("not the one spelling: an integer of more than 64 bits")
