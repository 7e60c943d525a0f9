"""The two forms of TIFF's structure: the classic one, of 32-bit places, and BigTIFF, of 64-bit ones (TIFF 6.0 §2)."""

from __future__ import annotations

from typing import Final

from imgfile.frozen import dataclass

TYPE_BYTES: Final = {
    **dict.fromkeys((1, 2, 6, 7), 1),
    **dict.fromkeys((3, 8), 2),
    **dict.fromkeys((4, 9, 11, 13), 4),
    **dict.fromkeys((5, 10, 12, 16, 17, 18), 8),
}
"""Bytes of a value by its type; the last three are BigTIFF's."""
_BIG: Final = 43
_ORDERS: Final = {b"II": "<", b"MM": ">"}


@dataclass(frozen=True, slots=True)
class Form:
    """The byte order and widths as `struct` writes them; lengths and offsets in bytes."""

    order: str
    places: str = "L"
    """Where values and directories stand, and how many values there are."""
    counts: str = "H"
    """How many entries a directory has."""
    head_bytes: int = 8
    first: int = 4
    """Where the place of the first directory stands."""
    counts_bytes: int = 2
    entry_bytes: int = 12
    inline_bytes: int = 4
    """What an entry holds itself; also the width of a place."""

    @property
    def is_big(self) -> bool:
        """Whether this is BigTIFF."""
        return self.places == "Q"

    @property
    def entry(self) -> str:
        """A tag, its type and its count."""
        return f"{self.order}HH{self.places}"

    @property
    def value(self) -> int:
        """Where in an entry its value, or the place of it, stands."""
        return self.entry_bytes - self.inline_bytes


CLASSIC: Final = {order: Form(order) for order in _ORDERS.values()}
BIG: Final = {
    order: Form(order, "Q", "Q", head_bytes=16, first=8, counts_bytes=8, entry_bytes=20, inline_bytes=8)
    for order in _ORDERS.values()
}


def form(data: bytes | memoryview) -> Form | None:
    """Return a file's form by its first bytes; any other number than BigTIFF's is taken for the classic one's."""
    order = _ORDERS.get(bytes(data[:2]))
    if order is None:
        return None
    is_big = int.from_bytes(data[2:4], "little" if order == "<" else "big") == _BIG
    return BIG[order] if is_big else CLASSIC[order]
