"""What may describe a picture in an output, beside what the original says: the same, in the one form that is allowed.

Written apart from `images/formats/heif/properties.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from imgfile.images.verify import heif_coded
from imgfile.images.verify.boxes import Numbers, Span
from imgfile.images.verify.proof import demand

CODED: Final = {b"hvc1": b"hvcC", b"av01": b"av1C", b"avc1": b"avcC"}
LENGTHS: Final = {
    b"ispe": 12,
    b"pasp": 8,
    b"clap": 32,
    b"irot": 1,
    b"imir": 1,
    b"clli": 4,
    b"mdcv": 24,
    b"amve": 8,
    b"lsel": 2,
    b"a1op": 1,
}
ALPHA: Final = frozenset(
    {
        bytes(4) + b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0",
        bytes(4) + b"urn:mpeg:hevc:2015:auxid:1\0",
        bytes(4) + b"urn:mpeg:avc:2015:auxid:1\0",
    }
)
PROFILES: Final = frozenset({b"prof", b"rICC"})
MASKS: Final = {b"irot": 3, b"imir": 1}


def size_bytes(name: bytes, described: Iterable[tuple[bytes, bytes, bool]]) -> int:
    """Return how many bytes state each coded unit's length; 0 where units state it themselves."""
    body = next((body for found, body, _ in described if found == name), b"")
    demand(body, "properties")
    return {b"hvcC": (body[21:22] or b"\0")[0] & 3, b"avcC": (body[4:5] or b"\0")[0] & 3}.get(name, -1) + 1


class Sameness:
    """Remembers which pairs are compared: thousands of tiles share their properties."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, bytes, bytes], bool] = {}

    def is_described(self, name: bytes, mine: bytes, theirs: bytes) -> bool:
        """Return what `is_described` does, remembered."""
        pair = name, mine, theirs
        if pair not in self._known:
            self._known[pair] = is_described(*pair)
        return self._known[pair]


def is_described(name: bytes, mine: bytes, theirs: bytes) -> bool:
    """Return whether a property says the same, in the one form that an output may use."""
    if name in LENGTHS:
        masked = bytes((theirs[0] & MASKS[name],)) if name in MASKS and theirs else theirs[: LENGTHS[name]]
        return mine == masked and len(mine) == LENGTHS[name]
    if name in CODED.values():
        return _is_configured(name, mine, theirs)
    if name == b"auxC":
        return mine in ALPHA and theirs.startswith(mine[:-1])
    return _is_coloured(mine, theirs) if name == b"colr" else _is_counted(name, mine, theirs)


def _is_counted(name: bytes, mine: bytes, theirs: bytes) -> bool:
    """Compare those whose length depends on their content."""
    first = mine[0] if mine else 0
    if name == b"a1lx":
        return len(mine) == (13 if first else 7) and first == theirs[0] & 1 and theirs[1:].startswith(mine[1:])
    if name == b"pixi":
        return len(mine) > 5 and mine == bytes(4) + theirs[4 : 5 + mine[4]]  # noqa: PLR2004 - version, flags, count
    length = 1 + 24 * (first >> 5 & 1) + 4 * (first >> 2 & 7).bit_count()
    return name == b"cclv" and len(mine) == length and theirs.startswith(mine)


def _is_coloured(mine: bytes, theirs: bytes) -> bool:
    if mine[:4] != theirs[:4]:
        return False
    if mine[:4] == b"nclx":
        return len(mine) == 11 and mine == theirs[:10] + bytes((theirs[10] & 0x80,))  # noqa: PLR2004 - type, three numbers, a flag
    return mine[:4] in PROFILES or (mine[:4] == b"nclc" and mine == theirs[:10])


def _is_configured(name: bytes, mine: bytes, theirs: bytes) -> bool:
    """Return whether a configuration's fields are the same, and its parameter sets in order among the original's."""
    fields = {b"hvcC": 22, b"avcC": 6, b"av1C": 4}[name]
    if mine[:fields] != theirs[:fields] or len(mine) < fields:
        return False
    if name == b"avcC":
        return theirs.startswith(mine)
    rest, at = mine[fields:], fields
    for part, kind in _arrays(rest) if name == b"hvcC" else heif_coded.units(rest):
        at = theirs.find(part, at) + len(part)
        if at < len(part) + fields or kind not in {b"hvcC": {32, 33, 34}, b"av1C": {1}}[name]:
            return False
    return True


def _arrays(rest: bytes) -> Iterator[tuple[bytes, int]]:
    """Cut an `hvcC`'s parameter sets into its arrays, each with its type."""
    numbers = Numbers(rest, Span(b"", 0, len(rest)))
    for _ in range(numbers.next(1)):
        start = numbers.at
        kind = numbers.next(1) & 63
        for _ in range(numbers.next(2)):
            numbers.raw(numbers.next(2))
        yield rest[start : numbers.at], kind
    demand(numbers.is_done, "properties")
