"""Coded pictures beside their originals: every unit that a decoder shows the very same, every other one only filler.

Written apart from `images/formats/heif/sei.py`. HEVC: ITU-T H.265 §7.4.2.2 and annex D; AVC: H.264; AV1: §5.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imgfile.frozen import dataclass
from imgfile.images.verify.proof import demand, is_same

SHOWN: Final = {
    b"hvc1": frozenset({*range(10), *range(16, 22), *range(32, 38)}),
    b"avc1": frozenset({1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 13, 14, 15, 19, 20}),
    b"av01": frozenset({1, 2, 3, 4, 6, 7, 8}),
}
MESSAGES: Final = {b"hvc1": (39, 40), b"avc1": (6,), b"av01": ()}
HARMLESS_MESSAGES: Final = {
    b"hvc1": frozenset({0, 1, 6, 45, 47, 129, 132, 137, 144, 147, 148, 149, 165}),
    b"avc1": frozenset({0, 6, 45, 47, 137, 144, 147, 148, 149, 165}),
}
_FILLER: Final = 3
_METADATA, _PADDING = 5, 15
_METADATA_BYTES: Final = {1: 6, 2: 26, 3: 63}
"""The longest form of each kind of metadata that shows."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One picture's coded data in the output and in the original, each from a place on."""

    output: bytes
    mine: int
    original: bytes
    theirs: int
    length: int

    def is_same(self, start: int, end: int) -> bool:
        """Return whether a part of both is the same."""
        return is_same(self.output, self.mine + start, self.original, self.theirs + start, end - start)

    def output_part(self, start: int, end: int) -> bytes:
        """Return a part of the output's."""
        return self.output[self.mine + start : self.mine + end]

    def original_part(self, start: int, end: int) -> bytes:
        """Return a part of the original's."""
        return self.original[self.theirs + start : self.theirs + end]


def prove(coding: bytes, size_bytes: int, pair: Pair) -> bool:
    """Raise `UnsupportedImage` unless the output's is the original's, its unshown units made filler.

    Return whether the end of a unit that shows was overwritten too, which only the pixels can prove.
    """
    at, is_cut = 0, False
    for start, body, end, kind in _av1(pair) if coding == b"av01" else _nal(pair, size_bytes, coding):
        demand(pair.is_same(at, start), "coded data")
        at = end
        if kind in SHOWN[coding] or body == end:
            if not pair.is_same(start, end):
                _prove_filled_end(pair, body, end)
                is_cut = True
        elif coding == b"av01":
            _prove_unshown(kind, pair, start, body, end)
        else:
            demand(pair.is_same(start, body), "coded data")
            mine, theirs = pair.output_part(body, end), pair.original_part(body, end)
            if kind in MESSAGES[coding]:
                _prove_messages(mine, theirs, HARMLESS_MESSAGES[coding])
            else:
                demand(mine.strip(b"\xff") in {b"\x80", b""}, "notes in the coded data")
    demand(pair.is_same(at, pair.length) and not pair.output_part(at, pair.length).strip(b"\0"), "coded data")
    return is_cut


def _prove_filled_end(pair: Pair, body: int, end: int) -> None:
    """Demand that a unit differs from the original's only in its end, which is one bit and zeros."""
    mine, theirs = pair.output_part(body, end), pair.original_part(body, end)
    bare = mine.rstrip(b"\0\3")
    demand(bare.endswith(b"\x80") and theirs.startswith(bare[:-1]) and len(mine) == len(theirs), "coded data")


_Units = Iterator[tuple[int, int, int, int]]
"""Where a unit starts, where its header ends, where it ends, and its type."""


def _nal(pair: Pair, size_bytes: int, coding: bytes) -> _Units:
    is_long = coding == b"hvc1"
    at = 0
    while True:
        length = int.from_bytes(pair.output_part(at, min(at + size_bytes, pair.length)), "big")
        if not length:  # zeros fill up what is behind the last unit
            return
        start, at = at + size_bytes, at + size_bytes + length
        demand(at <= pair.length, "coded data")
        head = pair.output[pair.mine + start]
        yield start, min(start + 1 + is_long, at), at, head >> 1 & 63 if is_long else head & 31


def _av1(pair: Pair) -> _Units:
    at = 0
    while at < pair.length:
        start, head = at, pair.output[pair.mine + at]
        at += 1 + (head >> 2 & 1)
        length = pair.length - at
        if head & 2:
            number = pair.output_part(at, min(at + 8, pair.length))
            width = next((index for index, byte in enumerate(number, start=1) if byte < 128), 0)  # noqa: PLR2004 - LEB128
            demand(width, "coded data")
            length = sum((byte & 127) << 7 * index for index, byte in enumerate(number[:width]))
            at += width
        demand(0 <= length <= pair.length - at, "coded data")
        yield start, at, at + length, head >> 3 & 15
        at += length


def units(obus: bytes) -> Iterator[tuple[bytes, int]]:
    """Cut a run of AV1 units into each with its type."""
    for start, _, end, kind in _av1(Pair(obus, 0, obus, 0, len(obus))):
        yield obus[start:end], kind


def _prove_unshown(kind: int, pair: Pair, start: int, body: int, end: int) -> None:
    """Demand that an AV1 unit is unchanged metadata that shows, or padding of zeros."""
    mine = pair.output_part(body, end)
    if kind == _METADATA:
        demand(len(mine) <= _METADATA_BYTES.get(mine[0], 0) and pair.is_same(start, end), "notes in the coded data")
        return
    demand(kind == _PADDING and mine == bytes(len(mine) - 1) + b"\x80", "notes in the coded data")
    old, new = pair.original_part(start, body), pair.output_part(start, body)
    demand(old[0] & 7 == new[0] & 7 and old[0] >> 3 & 15 not in SHOWN[b"av01"] and old[1:] == new[1:], "coded data")


def _prove_messages(mine: bytes, theirs: bytes, harmless: frozenset[int]) -> None:
    """Demand that each message is one that shows, unchanged, or all ones in place of another."""
    plain, other = (body.replace(b"\0\0\3", b"\0\0") for body in (mine, theirs))
    demand(len(plain) == len(other), "notes in the coded data")
    at, end = 0, len(plain.rstrip(b"\0")) - 1
    while at < end:
        start, numbers = at, [0, 0]
        for index in range(2):
            while plain[at : at + 1] == b"\xff":
                numbers[index] += 255
                at += 1
            numbers[index] += int.from_bytes(plain[at : at + 1], "big")
            at += 1
        kind, length = numbers
        content = plain[at : at + length]
        at += length
        if kind == _FILLER:
            demand(not content.strip(b"\xff\0"), "notes in the coded data")
        else:
            demand(kind in harmless and plain[start:at] == other[start:at], "notes in the coded data")
    demand(plain[at:] == other[at:], "notes in the coded data")
