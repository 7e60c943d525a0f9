"""WebP without its metadata: coded pictures verbatim, colour and orientation carried (RFC 9649).

What is not named here is dropped. `VP8X` stays where it was, with its flags made true; where the flags and the chunks
disagree, decoders respect the flags, and so does this. Clauses are RFC 9649's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from imgfile.clinical.proofs import MediaType
from imgfile.images import pixels, refusals
from imgfile.images.draft import COLOUR_LOST, ORIENTATION_UNSURE, UNREAD_END, Draft
from imgfile.images.formats import trailer
from imgfile.images.formats.webp import ends, riff
from imgfile.images.formats.webp import picture as webp_picture
from imgfile.images.formats.webp.metadata_chunks import Reader
from imgfile.images.formats.webp.picture import ALPHA, LOSSLESS, LOSSY
from imgfile.images.formats.webp.riff import Chunk
from imgfile.images.limits import MAX_ANIMATION_PIXELS, MAX_PIXELS, MAX_PROFILE_BYTES
from imgfile.images.metadata import exif, icc
from imgfile.images.metadata.exif import Exif
from imgfile.images.metadata.model import RESERVED, Block, Fact, Kind, behind_picture

KEPT: Final = {
    b"VP8X": "canvas size; its flags made true",
    b"ICCP": "colour profile, sanitised",
    b"ANIM": "background and loop count",
    b"ANMF": "a frame's place, duration and picture",
    ALPHA: "transparency, verbatim up to its end",
    LOSSY: "lossy picture, verbatim up to the ends of its partitions",
    LOSSLESS: "lossless picture, verbatim up to its end",
    b"EXIF": "only the orientation, or the mark of Adobe RGB, in a minimal block",
}
"""Every chunk that an output may hold. A frame holds only transparency and a picture."""

PICTURES: Final = frozenset({LOSSY, LOSSLESS})
_CODED: Final = frozenset({ALPHA, LOSSY, LOSSLESS})
_PROFILE, _ALPHA, _EXIF, _ANIMATED = 0x20, 0x10, 0x08, 0x02
"""Flags of `VP8X` (§2.7): the others are XMP's, which goes, and reserved ones."""
_EXTENDED_BYTES: Final = 10
"""Flags, three reserved bytes, width and height less one, of 24 bits each."""
_LOOP_BYTES: Final = 6
"""`ANIM` (§2.7.1.1): a background of four bytes, a loop count of two."""
_FRAME_HEAD_BYTES: Final = 16
"""`ANMF` (§2.7.1.1): place, size and duration, of 24 bits each, then a byte of flags."""
_FRAME_FLAGS: Final = 3
"""Blending and disposal; the other bits mean nothing."""
_CONTRADICTION: Final = "its animation contradicts itself"


@dataclass(frozen=True, slots=True)
class _Frame:
    """A frame of an animation: its head, and the chunks of its picture."""

    chunk: Chunk
    head: bytes
    picture: tuple[Chunk, ...]
    pixels: int


@dataclass(slots=True)
class _Walk:
    """What a walk has found so far."""

    data: bytes
    flags: int = 0
    canvas: bytes = b""
    """Its width and height as they are written; empty in a file that has no `VP8X`."""
    width: int = 0
    height: int = 0
    profile: Chunk | None = None
    loop: Chunk | None = None
    picture: list[Chunk] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=list)
    dropped: list[Chunk] = field(default_factory=list)
    end: int = riff.HEAD_BYTES

    trimmed: dict[Chunk, bytes] = field(default_factory=dict)
    """Coded pictures that bytes stood behind, without these."""
    is_unread: bool = False

    def body(self, chunk: Chunk) -> memoryview:
        """Return a chunk's body, uncopied."""
        return memoryview(self.data)[chunk.body : chunk.body_end]


def strip(data: bytes, *, with_trial: bool = False) -> Draft:
    """Leave out everything but the pictures. Raises `UnsupportedImage`; what it returns is not yet checked.

    With a trial, pictures larger than `ends.MAX_PIXELS` are decoded too, to find where they end.
    """
    stop = riff.end(data)
    walk = _walk(data, stop)
    _find_ends(walk, with_trial=with_trial)
    colour = icc.sanitise(bytes(walk.body(walk.profile)[: MAX_PROFILE_BYTES + 1])) if walk.profile else None
    reader = Reader(data, respects_exif=bool(walk.flags & _EXIF))
    dropped = [(chunk, reader.block(chunk)) for chunk in walk.dropped]
    found = reader.exif or Exif()
    block = exif.minimal(found.orientation, is_adobe_rgb=found.is_adobe_rgb and not colour)[exif.MARK_BYTES :]
    body = [*_written(walk, colour, block)]
    output = b"".join((b"RIFF", sum(map(len, body), 4).to_bytes(4, "little"), b"WEBP", *body))
    hidden, hints = trailer.read(data, stop)
    blocks = [
        *(found for chunk, found in dropped if not (block and chunk.name == b"EXIF" and walk.body(chunk) == block)),
        *_cut(walk, colour, stop),
        *hidden,
    ]
    return Draft(
        data=output,
        media_type=MediaType.WEBP,
        width=walk.width,
        height=walk.height,
        exif=found,
        has_profile=colour is not None,
        blocks=tuple(blocks) if blocks or output == data else (RESERVED,),
        warnings=(*_warnings(walk, reader, colour), *hints),
    )


# --- reading --------------------------------------------------------------------------------------------


def _walk(data: bytes, stop: int) -> _Walk:
    walk = _Walk(data)
    for chunk in riff.chunks(data, riff.HEAD_BYTES, stop):
        if chunk.start == riff.HEAD_BYTES:
            _begin(walk, chunk)
        elif not walk.canvas or not _is_kept(walk, chunk):  # §2.6: a simple file is its one picture
            walk.dropped.append(chunk)
        walk.end = chunk.end
    if walk.flags & _ANIMATED:
        if not walk.frames:
            raise refusals.damaged("it holds no picture")
        if sum(frame.pixels for frame in walk.frames) > MAX_ANIMATION_PIXELS:
            raise refusals.too_large("its animation has too many pixels")
        return walk
    if not walk.picture:
        raise refusals.damaged("it holds no picture")
    _require_size(walk)
    return walk


def _begin(walk: _Walk, chunk: Chunk) -> None:
    """Take the first chunk: the header of an extended file, or the only picture of a simple one."""
    if chunk.name == b"VP8X":
        body = walk.body(chunk)
        if len(body) != _EXTENDED_BYTES:
            raise refusals.damaged("its header has the wrong length")
        walk.flags, walk.canvas = body[0], bytes(body[4:])
        walk.width, walk.height = _24_bits(body[4:7]) + 1, _24_bits(body[7:10]) + 1
        _refuse_too_large(walk.width, walk.height)
    elif chunk.name in PICTURES:
        walk.picture.append(chunk)
    else:
        raise refusals.damaged("it does not begin with its picture")


def _is_kept(walk: _Walk, chunk: Chunk) -> bool:
    """Take what an extended file's flags announce; return whether it was taken."""
    is_animated = bool(walk.flags & _ANIMATED)
    if chunk.name == b"VP8X":
        raise refusals.damaged("it has two headers")
    if chunk.name in _CODED:
        _take_picture(walk, chunk, is_animated=is_animated)
        return True
    if chunk.name == b"ICCP" and walk.flags & _PROFILE and walk.profile is None:
        walk.profile = chunk
        return True
    if chunk.name == b"ANIM" and is_animated and walk.loop is None:
        if chunk.body_end - chunk.body < _LOOP_BYTES:
            raise refusals.damaged(_CONTRADICTION)
        walk.loop = chunk
        return True
    if chunk.name == b"ANMF" and is_animated:
        if walk.loop is None:  # §2.7.1.1: ANIM stands before the frames
            raise refusals.damaged(_CONTRADICTION)
        walk.frames.append(_frame(walk, chunk))
        return True
    return False


def _take_picture(walk: _Walk, chunk: Chunk, *, is_animated: bool) -> None:
    """Take a still's picture or its transparency, each once. Raises `UnsupportedImage` for one too many."""
    if is_animated:  # §2.7: an animation's pictures stand within its frames
        raise refusals.damaged(_CONTRADICTION)
    if any(taken.name in PICTURES or taken.name == chunk.name for taken in walk.picture):
        raise refusals.damaged("it describes its picture twice")
    walk.picture.append(chunk)


def _frame(walk: _Walk, chunk: Chunk) -> _Frame:
    """Read a frame, which must lie within the canvas and hold one picture of just its size."""
    head = walk.body(chunk)[:_FRAME_HEAD_BYTES]
    if len(head) < _FRAME_HEAD_BYTES:
        raise refusals.damaged(_CONTRADICTION)
    left, top, width, height = (_24_bits(head[at : at + 3]) for at in (0, 3, 6, 9))
    # The place is stated in halves, the size less one.
    if 2 * left + width + 1 > walk.width or 2 * top + height + 1 > walk.height:
        raise refusals.damaged(_CONTRADICTION)
    picture: list[Chunk] = []
    for part in riff.chunks(walk.data, chunk.body + _FRAME_HEAD_BYTES, chunk.body_end):
        # §2.7.1.1: behind the picture may follow unknown chunks, which no decoder shows.
        if part.name not in _CODED or any(taken.name in PICTURES for taken in picture):
            walk.dropped.append(part)
        else:
            picture.append(part)
    if not _is_picture(walk, picture, (width + 1, height + 1)):
        raise refusals.damaged(_CONTRADICTION)
    return _Frame(
        chunk, bytes(head[:-1]) + bytes((head[-1] & _FRAME_FLAGS,)), tuple(picture), (width + 1) * (height + 1)
    )


def _is_picture(walk: _Walk, picture: list[Chunk], stated: tuple[int, int]) -> bool:
    """Return whether these chunks are one picture of the stated size, with transparency only before a lossy one."""
    names = [chunk.name for chunk in picture]
    if names not in ([LOSSY], [LOSSLESS], [ALPHA, LOSSY]):
        return False
    if webp_picture.size(names[-1], walk.body(picture[-1])) != stated:
        return False
    return len(picture) == 1 or webp_picture.is_whole_alpha(walk.body(picture[0]), *stated)


def _require_size(walk: _Walk) -> None:
    """Take a simple file's size from its picture; raise where an extended one's says another."""
    found = webp_picture.size(walk.picture[-1].name, walk.body(walk.picture[-1]))
    if found is None:
        raise refusals.damaged("its picture cannot be read")
    if not walk.canvas:
        walk.width, walk.height = found
        _refuse_too_large(*found)
    if not _is_picture(walk, walk.picture, (walk.width, walk.height)):
        raise refusals.damaged("its picture contradicts its header")


def _refuse_too_large(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise refusals.too_large(f"{width} x {height} pixels")


def _24_bits(value: memoryview) -> int:
    return int.from_bytes(value, "little")


def _find_ends(walk: _Walk, *, with_trial: bool) -> None:
    """Find where coded pictures end, unless they are larger than is to be decoded."""
    pictures = [frame.picture for frame in walk.frames] or [tuple(walk.picture)]
    count = walk.width * walk.height * len(pictures)
    if count > (pixels.MAX_PIXELS if with_trial else ends.MAX_PIXELS):
        walk.is_unread = with_trial
        return
    for picture in pictures:
        size = webp_picture.size(picture[-1].name, walk.body(picture[-1])) or (0, 0)
        for chunk in picture:
            body = bytes(walk.body(chunk))
            others = [(other.name, walk.trimmed.get(other) or walk.body(other)) for other in picture]
            made = ends.trimmed(chunk.name, body, others, size, with_trial=with_trial)
            walk.is_unread |= made is None
            if made is not None and made is not body:
                walk.trimmed[chunk] = made


# --- writing --------------------------------------------------------------------------------------------


def _written(walk: _Walk, colour: bytes | None, block: bytes) -> Iterator[bytes | memoryview]:
    """Yield the output's chunks, in the order that the specification asks for (§2.7)."""
    if walk.canvas:
        flags = walk.flags & (_ALPHA | _ANIMATED) | (_PROFILE if colour else 0) | (_EXIF if block else 0)
        yield from riff.encode(b"VP8X", bytes((flags, 0, 0, 0)), walk.canvas)
    if colour:
        yield from riff.encode(b"ICCP", colour)
    if walk.loop is not None:
        yield from riff.encode(b"ANIM", walk.body(walk.loop)[:_LOOP_BYTES])
    for frame in walk.frames:
        yield from riff.encode(b"ANMF", frame.head, *_encoded(walk, frame.picture))
    yield from _encoded(walk, walk.picture)
    if block:
        yield from riff.encode(b"EXIF", block)


def _encoded(walk: _Walk, picture: list[Chunk] | tuple[Chunk, ...]) -> Iterator[bytes | memoryview]:
    for chunk in picture:
        yield from riff.encode(chunk.name, walk.trimmed.get(chunk) or walk.body(chunk))


# --- what was left out ----------------------------------------------------------------------------------


def _cut(walk: _Walk, colour: bytes | None, stop: int) -> Iterator[Block]:
    """List what was taken out of kept chunks, and what stands between them."""
    if walk.profile is not None and walk.body(walk.profile) != (colour or b""):
        length = walk.profile.body_end - walk.profile.body
        yield Block("ICCP", length - len(colour or b""), (Fact(Kind.COLOUR, "ICC"),))
    if walk.loop is not None and walk.loop.body_end - walk.loop.body > _LOOP_BYTES:
        yield Block("ANIM", walk.loop.body_end - walk.loop.body - _LOOP_BYTES)
    yield from behind_picture(
        sum(max(chunk.body_end - chunk.body - len(made), 1) for chunk, made in walk.trimmed.items())
    )
    if walk.end < stop:
        yield Block("bytes behind the last chunk", stop - walk.end)


def _warnings(walk: _Walk, reader: Reader, colour: bytes | None) -> Iterator[str]:
    if walk.profile is not None and colour is None:
        yield COLOUR_LOST
    if walk.is_unread:
        yield UNREAD_END
    stated = reader.exif.orientation if reader.exif is not None else exif.UPRIGHT
    if stated == exif.UPRIGHT and (reader.other_orientation or exif.UPRIGHT) != exif.UPRIGHT:
        yield ORIENTATION_UNSURE
