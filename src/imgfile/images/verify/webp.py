"""A second walk of a stripped WebP, beside its original: allow-listed, and the pictures the very same bytes.

Written apart from the stripper and its walker on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imgfile.images import pixels
from imgfile.images.verify.proof import COMPARED_BYTES, Proof, demand

ALLOWED: Final = re.compile(
    rb"(?:VP8 |VP8L|VP8X(?:ICCP)?(?:(?:ALPH)?VP8 |VP8L|ANIM(?:ANMF(?:(?:ALPH)?VP8 |VP8L))+)(?:EXIF)?)"
)
"""The names of an output's chunks, one after the other, a frame's behind its own."""
CODED: Final = frozenset({b"ALPH", b"VP8 ", b"VP8L"})
FRAMED: Final = frozenset({b"ANIM", b"ANMF"})

TAIL_BYTES: Final = 4096
"""How much of a picture's end is searched: a decoder may never look at it."""
FRAME_TAIL_BYTES: Final = 256
_ANIMATED, _ALPHA, _EXIF, _PROFILE = 2, 16, 8, 32
_Parts = list[tuple[bytes, memoryview]]


def prove(original: bytes, output: bytes, exif_block: bytes) -> Proof:
    """Raise `UnsupportedImage` unless the output is only the original's pictures, with this Exif block or none."""
    mine, theirs = _output_parts(output), _flat(memoryview(original)[12:], is_strict=False)
    kept = dict(mine)
    demand(ALLOWED.fullmatch(b"".join(name for name, _ in mine)), "order of chunks")
    if _prove_pictures(mine, _pictures(theirs)):
        demand(pixels.are_same(original, output, "WEBP"), "pixels of the coded data")
    is_extended = mine[0][0] == b"VP8X"
    demand(is_extended == (theirs[0][0] == b"VP8X"), "header")
    if is_extended:
        _prove_header(kept, theirs[0][1])
    is_profiled = is_extended and theirs[0][1][0] & _PROFILE
    before = next((bytes(body) for name, body in theirs if name == b"ICCP"), None) if is_profiled else None
    after = kept.get(b"ICCP")
    demand(bytes(kept.get(b"EXIF", b"")) == exif_block[6:], "Exif")
    pictures = [body for name, body in mine if name in CODED]
    tail = FRAME_TAIL_BYTES if b"ANIM" in kept else TAIL_BYTES
    coded = b"\0".join(bytes(body[max(len(body) - tail, 0) :]) for body in pictures)
    return Proof(*_size(mine), before or None, bytes(after) if after is not None else None, (coded,))


def _output_parts(output: bytes) -> _Parts:
    demand(output[:4] == b"RIFF" and output[8:12] == b"WEBP", "start of file")
    demand(int.from_bytes(output[4:8], "little") + 8 == len(output), "end of file")
    return _flat(memoryview(output)[12:], is_strict=True)


def _flat(view: memoryview, *, is_strict: bool) -> _Parts:
    """List chunks, a frame's head and then its chunks; strictly, nothing may stand between or behind them."""
    found: _Parts = []
    for name, body in _chunks(view, is_strict=is_strict):
        if name == b"ANMF":
            found.append((name, body[:16]))
            found += [part for part in _chunks(body[16:], is_strict=is_strict) if is_strict or part[0] in CODED]
        else:
            found.append((name, body))
    demand(found, "chunks")
    return found


def _chunks(view: memoryview, *, is_strict: bool) -> Iterator[tuple[bytes, memoryview]]:
    while len(view) >= 8:  # noqa: PLR2004 - a name and a length
        length = int.from_bytes(view[4:8], "little")
        yield bytes(view[:4]), view[8 : 8 + length]
        padded = 8 + length + length % 2
        demand(not is_strict or (len(view) >= padded and not any(view[8 + length : padded])), "padding")
        view = view[padded:]
    demand(not is_strict or not view, "end of file")


def _pictures(theirs: _Parts) -> _Parts:
    """Return what a decoder obeys of an original: its only picture, or its frames."""
    name, body = theirs[0]
    if name != b"VP8X":
        return theirs[:1]
    names = CODED | FRAMED if body[0] & _ANIMATED else CODED
    return [part for part in theirs if part[0] in names]


def _prove_pictures(mine: _Parts, theirs: _Parts) -> bool:
    """Demand that every picture, frame and loop count is the original's, and that none is missing.

    Return whether a picture is shorter than it was, which only its pixels can prove.
    """
    is_cut = False
    have = [part for part in mine if part[0] in CODED | FRAMED]
    loops = [part for part in theirs if part[0] == b"ANIM"][1:]
    want = [part for part in theirs if not any(part is later for later in loops)]
    demand([name for name, _ in have] == [name for name, _ in _without_strays(want)], "coded chunks")
    for (name, body), (_, other) in zip(have, _without_strays(want), strict=True):
        if name == b"ANIM":
            demand(body == other[:6], "animation")
        elif name == b"ANMF":
            demand(body[:15] == other[:15] and body[15] == other[15] & 3, "animation")
        else:
            is_shorter = len(body) < len(other)
            is_restated = is_shorter and name == b"VP8 "  # a lossy picture states its partitions' lengths
            same = (body[3:10], other[3:10]) if is_restated else (body, other[: len(body)])
            demand(_is_same(*same), "coded data")
            is_cut |= is_shorter
    return is_cut


def _without_strays(parts: _Parts) -> _Parts:
    """Leave out what follows the picture in a frame, which no decoder shows."""
    kept: _Parts = []
    for part in parts:
        is_stray = part[0] in CODED and kept and kept[-1][0] in {b"VP8 ", b"VP8L"}
        if not is_stray:
            kept.append(part)
    return kept


def _is_same(mine: memoryview, theirs: memoryview) -> bool:
    pieces = range(0, len(mine), COMPARED_BYTES)
    return len(mine) == len(theirs) and all(
        bytes(mine[at : at + COMPARED_BYTES]) == bytes(theirs[at : at + COMPARED_BYTES]) for at in pieces
    )


def _prove_header(kept: dict[bytes, memoryview], theirs: memoryview) -> None:
    """Demand that the canvas is the original's, and that the flags say what is there."""
    mine = kept[b"VP8X"]
    flags = theirs[0] & (_ALPHA | _ANIMATED) | _PROFILE * (b"ICCP" in kept) | _EXIF * (b"EXIF" in kept)
    demand(bytes(mine) == bytes((flags, 0, 0, 0)) + bytes(theirs[4:]), "header")
    demand((b"ANIM" in kept) == bool(flags & _ANIMATED), "header")


def _size(mine: _Parts) -> tuple[int, int]:
    name, body = mine[0]
    if name == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
