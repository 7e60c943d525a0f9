"""A second walk of a stripped PNG, beside its original: allow-listed, whole, and the pictures the very same bytes.

Written apart from the stripper and its walker on purpose.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from imgfile.images.inflate import inflate_profile, measure
from imgfile.images.limits import MAX_PROFILE_BYTES
from imgfile.images.verify import png_header
from imgfile.images.verify.png_header import PALETTE, Picture
from imgfile.images.verify.proof import COMPARED_BYTES, Proof, demand

ALLOWED: Final = {
    b"IHDR": {13},
    b"PLTE": range(3, 769, 3),
    b"IDAT": range(1 << 31),
    b"IEND": {0},
    b"tRNS": range(1, 257),
    b"gAMA": {4},
    b"cHRM": {32},
    b"sRGB": {1},
    b"cICP": {4},
    b"mDCV": {24},
    b"cLLI": {8},
    b"sBIT": range(1, 5),
    b"bKGD": {1, 2, 6},
    b"pHYs": {9},
    b"acTL": {8},
    b"fcTL": {26},
    b"fdAT": range(4, 1 << 31),
    b"iCCP": range(1 << 31),
    b"eXIf": range(1 << 31),
}
"""Every chunk that an output may hold, with its lengths in bytes."""
REPEATED: Final = frozenset({b"IDAT", b"fcTL", b"fdAT"})
WRITTEN_ANEW: Final = frozenset({b"IDAT", b"IEND", b"PLTE", b"iCCP", b"eXIf"})
SHOWN: Final = frozenset({b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"acTL"})
"""What changes how a picture looks: an output must not lack it, if the original had it in a valid form and place."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_Chunks = list[tuple[bytes, memoryview]]


def prove(original: bytes, output: bytes, exif_block: bytes, density: tuple[int, int, int] | None = None) -> Proof:
    """Raise `UnsupportedImage` unless the output is only the original's pictures, with this Exif block or none."""
    mine, theirs = _walk(output, is_strict=True), _walk(original, is_strict=False)
    names = [name for name, _ in mine]
    demand(names[:1] == [b"IHDR"] and names[-1:] == [b"IEND"], "order of chunks")
    single = [name for name in names if name not in REPEATED]
    demand(len(single) == len(set(single)), "repeated chunks")
    bodies = dict(mine)
    header = png_header.read(bodies[b"IHDR"])
    _prove_palette(bodies.get(b"PLTE"), theirs, header)
    _prove_kept(_without_density(mine, theirs, density), theirs, header)
    _prove_pictures(mine, theirs, header)
    demand(bytes(bodies.get(b"eXIf", b"")) == exif_block[6:], "Exif")
    after = bodies.get(b"iCCP")
    demand(after is None or bytes(after[:5]) == b"icc\0\0", "colour profile")
    loose = tuple(bytes(body) for name, body in mine if name == b"PLTE" or name not in WRITTEN_ANEW | {b"fdAT"})
    return Proof(header.width, header.height, _profile(dict(reversed(theirs)).get(b"iCCP")), _profile(after), loose)


def _walk(data: bytes, *, is_strict: bool) -> _Chunks:
    """List chunks up to IEND; strictly, each must be allowed, whole, and nothing may follow."""
    demand(data.startswith(_SIGNATURE), "start of file")
    view, found, at = memoryview(data), [], 8
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        body = view[at + 8 : at + 8 + length]
        if is_strict:
            demand(len(body) == length and length in ALLOWED.get(name, ()), "chunks")
            demand(
                data[at + 8 + length : at + 12 + length]
                == zlib.crc32(view[at + 4 : at + 8 + length]).to_bytes(4, "big"),
                "checksums",
            )
        found.append((name, body))
        at += 12 + length
        if name == b"IEND":
            break
    demand(not is_strict or at == len(data), "end of file")
    return found


def _prove_palette(palette: memoryview | None, theirs: _Chunks, header: Picture) -> None:
    """Demand the original's first colours, as many as its pixels can name, and none where they name none."""
    before = next((body for name, body in _before_picture(theirs) if name == b"PLTE"), memoryview(b""))
    most = 3 << header.pixel_bits if header.colour == PALETTE else 0
    demand((palette or b"") == before[:most], "palette")


def _without_density(mine: _Chunks, theirs: _Chunks, density: tuple[int, int, int] | None) -> _Chunks:
    """Leave out the density that only the original's Exif stated, in pixels a metre."""
    if density is None or any(name == b"pHYs" and len(body) in ALLOWED[name] for name, body in _before_picture(theirs)):
        return mine
    unit, *numbers = density
    a_metre = [round(number * 100 if unit > 1 else number / 0.0254) for number in numbers]
    carried = struct.pack(">LLB", *a_metre, 1)
    return [(name, body) for name, body in mine if (name, bytes(body)) != (b"pHYs", carried)]


def _prove_kept(mine: _Chunks, theirs: _Chunks, header: Picture) -> None:
    """Demand that each chunk kept stands in the original, in this order, and that none that shows is lacking."""
    rest = iter(theirs)
    for kept in mine:
        if kept[0] not in WRITTEN_ANEW | REPEATED:
            demand(any(kept == candidate for candidate in rest), "kept chunks")
    names = {name for name, _ in mine}
    for name, body in _before_picture(theirs):
        is_valid = name in SHOWN and len(body) in ALLOWED[name] and _is_used(name, body, dict(mine), header)
        demand(not is_valid or name in names, "lost chunks")
    frames = _frames(mine)
    animated = _frames(theirs) if b"acTL" in names else []
    demand([len(body) for body in frames] == [len(body) for body in animated], "frames")
    demand(_begins(_pieces(animated), _pieces(frames)), "frames")


def _frames(chunks: _Chunks) -> list[memoryview]:
    return [body for name, body in chunks if name in {b"fcTL", b"fdAT"}]


def _before_picture(chunks: _Chunks) -> Iterator[tuple[bytes, memoryview]]:
    for name, body in chunks:
        if name == b"IDAT":
            return
        yield name, body


def _is_used(name: bytes, body: memoryview, bodies: dict[bytes, memoryview], header: Picture) -> bool:
    """Return whether a decoder uses a palette or a transparency for this colour type."""
    if name == b"PLTE":
        return header.colour == PALETTE
    if name == b"tRNS":
        if header.colour == PALETTE:
            return len(body) <= len(bodies[b"PLTE"]) // 3
        return len(body) == {0: 2, 2: 6}.get(header.colour)
    return True


def _prove_pictures(mine: _Chunks, theirs: _Chunks, header: Picture) -> None:
    """Demand that the picture's stream begins the original's, holds every pixel, and ends at its own end."""
    stream = [body for name, body in mine if name == b"IDAT"]
    original = [body for name, body in theirs if name == b"IDAT"]
    demand(_begins(_pieces(original), _pieces(stream)), "coded data")
    length = header.inflated_bytes()
    found = measure(stream, limit=length)
    demand(found.is_ended and found.inflated == length and found.consumed == sum(map(len, stream)), "picture")


def _pieces(bodies: Iterable[memoryview]) -> Iterator[memoryview]:
    for body in bodies:
        for at in range(0, len(body), COMPARED_BYTES):
            yield body[at : at + COMPARED_BYTES]


def _begins(whole: Iterator[memoryview], part: Iterator[memoryview]) -> bool:
    """Return whether one run of bytes, in pieces, begins another in other pieces."""
    have = memoryview(b"")
    for piece in part:
        want = piece
        while want:
            have = have or next(whole, memoryview(b""))
            length = min(len(have), len(want))
            if not length or bytes(have[:length]) != bytes(want[:length]):
                return False
            have, want = have[length:], want[length:]
    return True


def _profile(body: memoryview | None) -> bytes | None:
    if body is None:
        return None
    packed = bytes(body[:MAX_PROFILE_BYTES]).partition(b"\0")[2][1:]
    return inflate_profile(packed, limit=MAX_PROFILE_BYTES) or None
