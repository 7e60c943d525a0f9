"""A second reading of LZW codes, one after the other, to prove that nothing stands behind the picture's last one.

Written apart from `images/formats/lzw.py`. GIF89a appendix F; TIFF 6.0 §13.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imgfile.images.verify.proof import demand

_FULL: Final = 4096
_BYTE: Final = 8


class Order:
    """How codes lie in bytes, and at how many codes short of a full width they grow."""

    def __init__(self, name: str, early: int) -> None:
        self.is_high_first = name == "big"
        self.early = early


GIF: Final = Order("little", 0)
TIFF: Final = Order("big", 1)
OLD_TIFF: Final = Order("little", 0)


def prove(mine: bytes, theirs: bytes, needed: int, order: Order, root_bits: int) -> None:
    """Raise `UnsupportedImage` unless one run of codes is the other's, up to its last byte that shows.

    A run that cannot be read to its end must be the very same.
    """
    found = _ends(mine, needed, order, root_bits)
    if found is None:
        demand(mine == theirs, "coded data")
        return
    same_bits, end = found
    whole, rest = divmod(same_bits, _BYTE)
    demand(mine[:whole] == theirs[:whole], "coded data")
    if rest:
        demand(whole < len(theirs), "coded data")
        differing = mine[whole] ^ theirs[whole]
        demand(not (differing >> _BYTE - rest if order.is_high_first else differing & (1 << rest) - 1), "coded data")
    demand(len(mine) == -(-end // _BYTE), "data behind the picture")
    left = -end % _BYTE
    padding = mine[-1] & (1 << left) - 1 if order.is_high_first else mine[-1] >> _BYTE - left
    demand(not left or not padding, "data behind the picture")


def _ends(coded: bytes, needed: int, order: Order, root_bits: int) -> tuple[int, int] | None:
    """Return how many bits show, and at which bit the run should end, with its end code; None where it breaks off."""
    clear, stop = 1 << root_bits, (1 << root_bits) + 1
    table: list[int] = []
    shown = before = 0
    same_bits = -1
    for at, code in _codes(coded, order, root_bits, clear, table):
        if code == stop:
            return (same_bits if same_bits >= 0 else at), at
        if same_bits >= 0 and code != clear:
            break
        if code == clear:
            before = 0
            continue
        if code > stop + len(table) + bool(before and len(table) + stop + 1 < _FULL):
            return None
        length = _length(code, clear, stop, table, before)
        if before and len(table) + stop + 1 < _FULL:
            table.append(before + 1)
        shown, before = shown + length, length
        if shown >= needed:
            same_bits = at
    return (same_bits, same_bits) if same_bits >= 0 else None


def _length(code: int, clear: int, stop: int, table: list[int], before: int) -> int:
    """Return how many bytes a code stands for; the one just being made is one longer than the code before it."""
    if code < clear:
        return 1
    return table[code - stop - 1] if code - stop - 1 < len(table) else before + 1


def _codes(coded: bytes, order: Order, root_bits: int, clear: int, table: list[int]) -> Iterator[tuple[int, int]]:
    """Yield each code, and the bit behind it; a clear code empties the table, whose length gives the width."""
    bits = held = 0
    at = taken = 0
    is_high_first, early = order.is_high_first, order.early
    width = root_bits + 1
    while True:
        while held < width:
            piece = coded[taken : taken + 6]
            if not piece:
                return
            taken += len(piece)
            if is_high_first:
                bits = bits << _BYTE * len(piece) | int.from_bytes(piece, "big")
            else:
                bits |= int.from_bytes(piece, "little") << held
            held += _BYTE * len(piece)
        held -= width
        code = bits >> held if is_high_first else bits & (1 << width) - 1
        bits = bits & (1 << held) - 1 if is_high_first else bits >> width
        at += width
        if code == clear:
            table.clear()
            width = root_bits + 1
            yield at, code
            continue
        yield at, code
        if width < 12 and len(table) + clear + 2 >= (1 << width) - early:  # noqa: PLR2004 - the longest code
            width += 1
