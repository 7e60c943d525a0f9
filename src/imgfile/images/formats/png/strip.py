"""PNG and APNG without their metadata: pictures verbatim, colour and orientation carried (PNG Third Edition, W3C 2025).

What is not named in these lists is dropped if decoders may ignore it, and refused if they may not.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from imgfile.clinical.proofs import MediaType
from imgfile.images import refusals
from imgfile.images.draft import COLOUR_LOST, DENSITY_KEPT, END_PUT_BACK, ORIENTATION_UNSURE, Draft
from imgfile.images.formats import trailer
from imgfile.images.formats.png import animation
from imgfile.images.formats.png.ancillary import Reader
from imgfile.images.formats.png.chunks import SIGNATURE, Chunk, chunks, encode, is_intact
from imgfile.images.formats.png.picture import PALETTE, Header, stream_end
from imgfile.images.inflate import deflate, inflate_profile
from imgfile.images.limits import MAX_PROFILE_BYTES
from imgfile.images.metadata import exif, icc
from imgfile.images.metadata.exif import Density, Exif
from imgfile.images.metadata.further import HIDDEN
from imgfile.images.metadata.model import BEHIND_PICTURE, Block, Fact, Kind

CRITICAL: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
FIXED: Final = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"mDCV": 24, b"cLLI": 8, b"pHYs": 9, b"acTL": 8}
"""Kept verbatim, once, before the picture, with just this length in bytes; decoders ignore any other."""
VARIED: Final = {
    b"tRNS": {0: 2, 2: 6},
    b"bKGD": {0: 2, 2: 6, PALETTE: 1, 4: 2, 6: 6},
    b"sBIT": {0: 1, 2: 3, PALETTE: 3, 4: 2, 6: 4},
}
"""Kept likewise; the length depends on the colour type. A palette's tRNS has up to one byte a colour."""
ANIMATION: Final = frozenset({b"fcTL", b"fdAT"})
"""Kept verbatim where an acTL announces them; hidden pictures otherwise."""

_INCH_METRES: Final = 0.0254
_CENTIMETRES: Final = 100
APPLES: Final = b"CgBI"
"""The critical chunk, before the header, of what Xcode makes of PNGs for apps: colours swapped, no zlib header."""
PROFILE_NAME: Final = b"icc"
_MAX_PALETTE_BYTES: Final = 768


@dataclass(slots=True)
class _Walk:
    """What a walk has found so far: chunks to keep in their order, the picture's among them, and what is dropped."""

    data: bytes
    header: Header
    kept: list[Chunk] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    picture: list[Chunk] = field(default_factory=list)
    dropped: list[Chunk] = field(default_factory=list)
    palette_bytes: int = 0
    end: int = 0
    is_open: bool = False
    """Whether the file ends without an end of its own."""

    def body(self, chunk: Chunk) -> memoryview:
        """Return a chunk's body, uncopied."""
        return memoryview(self.data)[chunk.body : chunk.body_end]

    def whole(self, chunk: Chunk) -> memoryview:
        """Return a chunk with its length, name and checksum, uncopied."""
        return memoryview(self.data)[chunk.start : chunk.end]


def strip(data: bytes) -> Draft:
    """Leave out everything but the pictures. Raises `UnsupportedImage`; what it returns is not yet checked."""
    walk = _walk(data)
    header = walk.header
    picture_bytes = stream_end(map(walk.body, walk.picture), header.stream_bytes(header.width, header.height))
    animation.check(((chunk.name, walk.body(chunk)) for chunk in walk.kept), header)
    profile = _profile(walk)
    reader = Reader(data)
    dropped = [(chunk, reader.block(chunk)) for chunk in walk.dropped if chunk.name not in ANIMATION]
    hidden, hints = trailer.read(data, walk.end)
    found = reader.exif or Exif()
    minimal = exif.minimal(found.orientation, is_adobe_rgb=found.is_adobe_rgb and not profile)
    anew = [encode(b"eXIf", minimal[exif.MARK_BYTES :])] if minimal else []
    density = found.density if b"pHYs" not in walk.seen else None
    if density is not None:
        anew.append(encode(b"pHYs", _per_metre(density)))
    return Draft(
        data=b"".join((SIGNATURE, *_written(walk, anew, profile, picture_bytes))),
        media_type=MediaType.PNG,
        width=header.width,
        height=header.height,
        exif=found,
        has_profile=profile is not None,
        blocks=(
            *(block for chunk, block in dropped if walk.whole(chunk) not in anew),
            *_cut(walk, profile, picture_bytes),
            *hidden,
        ),
        warnings=(
            *_warnings(walk, reader, profile),
            *([DENSITY_KEPT.format(density=density.words())] if density is not None else []),
            *hints,
        ),
    )


# --- reading --------------------------------------------------------------------------------------------


def _walk(data: bytes) -> _Walk:
    found = chunks(data)
    first = next(found)
    if first.name == APPLES:
        raise refusals.apples_png()
    if first.name != b"IHDR":
        raise refusals.damaged("it does not begin with its header")
    walk = _Walk(data, Header.parse(memoryview(data)[first.body : first.body_end]))
    _keep(walk, first)
    before = first
    for chunk in _whole(found, walk):
        if chunk.name == b"IDAT" and walk.picture and before.name != b"IDAT":
            raise refusals.damaged("its picture is interrupted")
        if _is_kept(walk, chunk):
            _keep(walk, chunk)
        elif chunk.is_critical and chunk.name not in CRITICAL:
            raise refusals.unknown("it is a kind of PNG that ordinary programs do not show")
        else:
            walk.dropped.append(chunk)
        before = chunk
    if walk.header.colour == PALETTE and not walk.palette_bytes:
        raise refusals.damaged("its palette is missing")
    walk.end = before.end
    return walk


def _whole(found: Iterator[Chunk], walk: _Walk) -> Iterator[Chunk]:
    """Yield chunks up to where the file ends, though it lacks an end: whether the picture is whole its stream tells."""
    try:
        yield from found
    except refusals.Truncated:
        if not walk.picture:
            raise
        walk.is_open = True


def _is_kept(walk: _Walk, chunk: Chunk) -> bool:
    """Judge a chunk by the lists above: its name, its place, its length, and whether it is the first of its kind."""
    name = chunk.name
    if name in {b"IDAT", b"IEND"}:
        return True
    if name in ANIMATION:
        return b"acTL" in walk.seen
    if name == b"acTL" and name in walk.seen:  # some programs show the still picture then
        raise refusals.damaged("its animation contradicts itself")
    if name in walk.seen or walk.picture:
        return False
    if name == b"PLTE":  # §11.2.2: of true colour it is a suggestion, which nothing obeys
        return walk.header.colour == PALETTE
    return name == b"iCCP" or _has_its_length(walk, chunk)


def _has_its_length(walk: _Walk, chunk: Chunk) -> bool:
    if chunk.name == b"tRNS" and walk.header.colour == PALETTE:
        return 0 < chunk.length <= walk.palette_bytes // 3
    if chunk.name in VARIED:
        return VARIED[chunk.name].get(walk.header.colour) == chunk.length
    return FIXED.get(chunk.name) == chunk.length


def _keep(walk: _Walk, chunk: Chunk) -> None:
    if not is_intact(walk.data, chunk):
        raise refusals.damaged("a checksum is wrong")
    if chunk.name == b"IDAT":
        walk.picture.append(chunk)
    elif chunk.name == b"PLTE":
        if not 0 < chunk.length <= _MAX_PALETTE_BYTES or chunk.length % 3:
            raise refusals.damaged("its palette has the wrong length")
        walk.palette_bytes = min(chunk.length, 3 << walk.header.depth)  # §11.2.2: no more than the depth can name
    walk.kept.append(chunk)
    walk.seen.add(chunk.name)


def _profile(walk: _Walk) -> bytes | None:
    """Rebuild the profile's chunk without what identifies; None if there is none, or none that can be read."""
    chunk = next((chunk for chunk in walk.kept if chunk.name == b"iCCP"), None)
    if chunk is None:
        return None
    _, _, packed = bytes(walk.body(chunk)[:MAX_PROFILE_BYTES]).partition(b"\0")
    profile = inflate_profile(packed[1:], limit=MAX_PROFILE_BYTES)
    colour = icc.sanitise(profile) if profile else None
    return encode(b"iCCP", PROFILE_NAME + b"\0\0" + deflate(colour)) if colour else None


def _per_metre(density: Density) -> bytes:
    """Write a density as PNG has it: pixels a metre (§11.3.4.3)."""
    scale = _CENTIMETRES if density.is_metric else 1 / _INCH_METRES
    return struct.pack(">LLB", round(density.across * scale), round(density.down * scale), 1)


# --- writing --------------------------------------------------------------------------------------------


def _written(walk: _Walk, anew: list[bytes], profile: bytes | None, picture_bytes: int) -> Iterator[bytes | memoryview]:
    """Yield the output's chunks in the original's order, the minimal Exif before the picture."""
    left = picture_bytes
    for chunk in walk.kept:
        if chunk.name == b"IDAT":
            yield from anew if chunk is walk.picture[0] else ()
            if left >= chunk.length:
                yield walk.whole(chunk)
            elif left:
                yield encode(b"IDAT", walk.body(chunk)[:left])
            left = max(left - chunk.length, 0)
        elif chunk.name == b"iCCP":
            yield profile or b""
        elif chunk.name == b"IEND":
            yield encode(b"IEND", b"")
        elif chunk.name == b"PLTE" and chunk.length > walk.palette_bytes:
            yield encode(b"PLTE", walk.body(chunk)[: walk.palette_bytes])
        else:
            yield walk.whole(chunk)
    if walk.is_open:
        yield encode(b"IEND", b"")


# --- what was left out ----------------------------------------------------------------------------------


def _cut(walk: _Walk, profile: bytes | None, picture_bytes: int) -> Iterator[Block]:
    """List what was taken out of kept chunks, and frames that nothing announced."""
    frames = [chunk for chunk in walk.dropped if chunk.name in ANIMATION]
    if frames:
        length = sum(chunk.end - chunk.start for chunk in frames)
        yield Block(HIDDEN, length, (Fact(Kind.FURTHER, HIDDEN),))
    for chunk in walk.kept:
        if chunk.name == b"iCCP" and bytes(walk.whole(chunk)) != profile:
            length = chunk.end - chunk.start
            yield Block("iCCP", max(length - len(profile or b""), 0), (Fact(Kind.COLOUR, "ICC"),))
        elif chunk.name == b"IEND" and chunk.length:
            yield Block("IEND", chunk.length)
        elif chunk.name == b"PLTE" and chunk.length > walk.palette_bytes:
            yield Block("PLTE", chunk.length - walk.palette_bytes)
    behind_picture = sum(chunk.length for chunk in walk.picture) - picture_bytes
    if behind_picture:
        yield Block(BEHIND_PICTURE, behind_picture)


def _warnings(walk: _Walk, reader: Reader, profile: bytes | None) -> Iterator[str]:
    if b"iCCP" in walk.seen and profile is None:
        yield COLOUR_LOST
    if walk.is_open:
        yield END_PUT_BACK
    stated = reader.exif.orientation if reader.exif is not None else exif.UPRIGHT
    is_otherwise = stated == exif.UPRIGHT and (reader.other_orientation or exif.UPRIGHT) != exif.UPRIGHT
    if is_otherwise or reader.is_contradicted:
        yield ORIENTATION_UNSURE
