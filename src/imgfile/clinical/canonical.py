"""JSON with one spelling: ASCII, keys sorted, no spaces, no floats, no key twice.

`parse` is strict, whatever the bytes, and bounded in size and depth; what `parse` takes and `write` gives back unequal
was not written by us. (The idea is RFC 8785's, without its floats.)
"""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

MAX_INTEGER_DIGITS: Final = 15
"""What every JSON reader keeps exactly (RFC 8259, 6)."""
MAX_DEPTH: Final = 16
"""Our own documents have four levels."""

Json = dict[str, Any]


def write(document: Json) -> bytes:
    """Write a document in its one spelling. Raises ValueError or RecursionError for what is no such document."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.encode("ascii")


def parse(data: bytes, *, limit: int) -> Json:
    """Read a document of at most `limit` bytes in its one spelling. Raises ValueError, whatever the bytes."""
    if len(data) > limit:
        raise ValueError("too long")
    try:
        document = json.loads(
            data.decode("ascii"),
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_refuse,
            parse_constant=_refuse,
        )
        if not isinstance(document, dict) or _is_deeper(document, MAX_DEPTH) or write(document) != data:
            raise ValueError("not the one spelling")
    except RecursionError:
        raise ValueError("too deep") from None
    return document


def _unique(pairs: list[tuple[str, object]]) -> Json:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice")
    return document


def _integer(digits: str) -> int:
    if len(digits) > MAX_INTEGER_DIGITS:
        raise ValueError("an integer is too long")
    return int(digits)


def _refuse(_number: str) -> NoReturn:
    raise ValueError("a number is no integer")


def _is_deeper(value: object, depth: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return not depth or any(_is_deeper(part, depth - 1) for part in parts)
