"""Where a run of LZW codes ends, without what they stand for (GIF89a appendix F, TIFF 6.0 §13).

A decoder stops at the end code, or at the last pixel if that comes first: what follows is never shown. To find both,
only the lengths of what codes stand for are needed: each new one stands for one byte more than the code before it.
Codes are taken out of the bits 256 at a time, by shifts of whole numbers, so that a megabyte takes a tenth of a second.
"""

from __future__ import annotations

import struct
from functools import cache
from itertools import accumulate
from typing import Final

from imgfile.frozen import dataclass

MAX_WIDTH: Final = 12
"""Bits of the longest code in either format."""
MAX_ROOT_BITS: Final = 11
"""Bits of the first codes in GIF; TIFF's have 8. With more, there is no room for an end code."""
_ENTRIES: Final = 1 << MAX_WIDTH
_LANES: Final = 256
"""Codes taken at once."""
_LANE_BITS: Final = 16


@dataclass(frozen=True, slots=True)
class Kind:
    """How codes lie in bytes: the highest bit first or the lowest, and how early they grow by a bit."""

    is_high_first: bool
    early: int
    """How many codes before the table is full for their width."""


GIF: Final = Kind(is_high_first=False, early=0)
TIFF: Final = Kind(is_high_first=True, early=1)
OLD_TIFF: Final = Kind(is_high_first=False, early=0)
"""What writers did before TIFF 5.0 was clear about it; libtiff reads it still."""


def tiff_kind(coded: bytes | memoryview) -> Kind:
    """Return TIFF's kind by the first code, which is the clear code, as libtiff does."""
    return OLD_TIFF if len(coded) > 1 and coded[0] == 0 and coded[1] & 1 else TIFF


def trimmed(coded: bytes, needed: int, kind: Kind, root_bits: int = 8) -> bytes | None:
    """Return the codes up to the picture's end, with an end code; the very same if that is all that is there.

    `needed` is how many bytes the picture has uncompressed. None if a code stands for nothing, or if they end early
    without an end code: decoders disagree about what they show then.
    """
    if not 0 < root_bits <= MAX_ROOT_BITS:
        return None
    reader = _Reader(coded, kind, root_bits)
    try:
        is_found = reader.find_end(needed)
    except IndexError:  # a code that stands for nothing
        return None
    if not is_found:
        return None
    end = reader.at
    if reader.is_ended or reader.is_stopped() or (reader.is_cleared() and reader.is_stopped()):
        return _closed(coded, reader.at, kind)
    if 8 * len(coded) - end < 8:  # noqa: PLR2004 - bits of a byte: no end code, and only its last byte filled up
        return _closed(coded, end, kind)
    return _closed(coded, end, kind, reader.stop, reader.end_width)


class _Reader:
    """Reads codes from a bit on, and keeps the lengths that they stand for."""

    def __init__(self, coded: bytes, kind: Kind, root_bits: int) -> None:
        self.coded, self.kind = coded, kind
        self.clear, self.stop = 1 << root_bits, (1 << root_bits) + 1
        self.root = [1] * self.clear + [0, 0]
        self.at = 0
        """The bit at which the next code stands."""
        self.is_ended = False
        self.first_width = self.end_width = root_bits + 1
        """Of the first codes, and of an end code behind the last one that is shown."""
        self._begin()

    def _begin(self) -> None:
        self.lengths = self.root.copy()
        """By code; the last one is of the code that the next one would make, and is not counted yet."""
        self.width = self.first_width

    def find_end(self, needed: int) -> bool:
        """Step behind the last code that is shown, or behind the end code. Return False if neither is there."""
        shown = 0
        while shown < needed:
            # The table grows with each code, so the width is known for so many of them.
            left = (1 << self.width) - self.kind.early - (len(self.lengths) - 1)
            codes = self._next(left if self.width < MAX_WIDTH else _LANES)
            if not codes:
                return False
            before = len(self.lengths)
            count = self._grow(codes)
            total = sum(self.lengths[before:]) - count
            if shown + total >= needed:
                sums = accumulate(length - 1 for length in self.lengths[before:])
                count = next(index for index, so_far in enumerate(sums, 1) if shown + so_far >= needed)
                del self.lengths[before + count :]
            shown += total
            self._pass(count)
            if shown < needed and count < len(codes) and self._is_stop(codes[count]):
                return True
        self.end_width = self.width
        return True

    def is_stopped(self) -> bool:
        """Step over an end code, if one follows; return whether it does."""
        return self._next(1) == [self.stop] and self._is_stop(self.stop)

    def is_cleared(self) -> bool:
        """Step over a clear code, if one follows; return whether it does."""
        return self._next(1) == [self.clear] and not self._is_stop(self.clear)

    def _grow(self, codes: list[int]) -> int:
        """Add what codes make, up to a clear or an end code; return how many they are. Raises `IndexError`."""
        lengths, clear, stop = self.lengths, self.clear, self.stop
        if clear in codes or stop in codes:
            codes = codes[: min(codes.index(code) for code in (clear, stop) if code in codes)]
        for code in codes:
            lengths.append(lengths[code] + 1)
        return len(codes)

    def _pass(self, count: int) -> None:
        """Step over codes that made the table grow, up to its bound."""
        del self.lengths[_ENTRIES + 1 :]
        self.at += count * self.width
        if self.width < MAX_WIDTH and len(self.lengths) - 1 >= (1 << self.width) - self.kind.early:
            self.width += 1

    def _is_stop(self, code: int) -> bool:
        """Step over a clear code or the end code; return whether it is the latter."""
        self.at += self.width
        self.is_ended = code == self.stop
        if not self.is_ended:
            self._begin()
        return self.is_ended

    def _next(self, most: int) -> list[int]:
        """Return the next codes, without stepping over them: so many at most, fewer at the end."""
        count = min(_LANES, most, (8 * len(self.coded) - self.at) // self.width)
        return _unpacked(self.coded, self.at, count, self.width, is_high_first=self.kind.is_high_first)


def _unpacked(coded: bytes, at: int, count: int, width: int, *, is_high_first: bool) -> list[int]:
    """Take codes out of bits: as one number, whose codes are moved apart in halves, quarters and so on."""
    if count <= 0:
        return []
    end_bit = at + count * width
    piece = coded[at // 8 : -(-end_bit // 8)]
    if is_high_first:
        number = int.from_bytes(piece, "big") >> -end_bit % 8 & (1 << count * width) - 1
        number <<= (_LANES - count) * width
    else:
        number = int.from_bytes(piece, "little") >> at % 8 & (1 << count * width) - 1
    for low, high, shift in _masks(width):
        number = number & low | (number & high) << shift
    order, mark = ("big", ">") if is_high_first else ("little", "<")
    lanes = number.to_bytes(_LANES * _LANE_BITS // 8, order)  # type: ignore[arg-type] # a literal, chosen just above
    return list(struct.unpack_from(f"{mark}{count}H", lanes))


@cache
def _masks(width: int) -> tuple[tuple[int, int, int], ...]:
    """Return for each halving which bits stay, which move, and by how much."""
    steps = []
    half = _LANES // 2
    while half:
        part = (1 << half * width) - 1
        lanes = range(0, _LANES * _LANE_BITS, 2 * half * _LANE_BITS)
        low = sum(part << lane for lane in lanes)
        steps.append((low, low << half * width, half * (_LANE_BITS - width)))
        half //= 2
    return tuple(steps)


def _closed(coded: bytes, end: int, kind: Kind, stop: int = 0, width: int = 0) -> bytes:
    """Return the bytes up to a bit, an end code behind it if asked for, and the rest of the last byte zero."""
    whole, bits = divmod(end, 8)
    length = -(-(bits + width) // 8)
    last = coded[whole] if bits else 0
    if kind.is_high_first:
        number = (last >> 8 - bits << width | stop) << 8 * length - bits - width
        made = coded[:whole] + number.to_bytes(length, "big")
    else:
        number = last & (1 << bits) - 1 | stop << bits
        made = coded[:whole] + number.to_bytes(length, "little")
    return coded if made == coded else made
