"""A HEIF file's outermost parts: which stay, which go (ISO/IEC 14496-12 §4.3, ISO/IEC 23008-12 §10).

A file is a photo by its main item (`pitm`), whatever brands it lists and whatever tracks it has beside.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from imgfile.errors import UnsupportedImage
from imgfile.images import refusals
from imgfile.images.formats.bmff import Box, file_boxes
from imgfile.images.formats.heif import items as heif_items
from imgfile.images.formats.heif import meta_box
from imgfile.images.formats.heif import tracks as heif_tracks
from imgfile.images.formats.heif.items import Picture
from imgfile.images.formats.heif.meta_box import Meta
from imgfile.images.formats.heif.tracks import Movie
from imgfile.images.identify import Foreign

_DESCRIBING: Final = frozenset({b"ftyp", b"meta", b"moov", b"moof"})
_BRANDS_START: Final = 8
_HANDLER_KIND_AT: Final = 8
"""Behind `hdlr`'s version and flags, and a field that is zero (ISO/IEC 14496-12 §8.4.3)."""


@dataclass(slots=True)
class File:
    """A file's outermost parts: those that stay, and those that go."""

    brands: list[bytes]
    meta: Meta
    picture: Picture
    movie: Movie | None = None
    """What a `moov` holds beside the picture; all of it goes."""
    dropped: list[Box] = field(default_factory=list)
    """Parts that hold no picture; nameless, what follows the last."""
    media: list[Box] = field(default_factory=list)


def read(data: bytes) -> File:
    """Read a file and choose what stays. Raises `UnsupportedImage` where that is not understood or not there."""
    end = 0
    found: dict[bytes, Box] = {}
    media: list[Box] = []
    dropped: list[Box] = []
    for box in file_boxes(data):
        end = box.end
        if box.name == b"mdat":
            media.append(box)
        elif box.name not in _DESCRIBING:
            dropped.append(box)
        elif box.name in found or box.name == b"moof":  # a fragment: its tables would have to be joined to `moov`'s
            raise refusals.unknown("it describes its pictures in more than one place")
        else:
            found[box.name] = box
    if end < len(data):
        dropped.append(Box(b"", end, end, len(data)))
    movie = heif_tracks.read(data, found[b"moov"]) if b"moov" in found else None
    if b"meta" not in found:
        raise _without_item(movie, "it holds no picture")
    meta = meta_box.parse(data, found[b"meta"])
    kind_at = meta.handler.body + _HANDLER_KIND_AT
    # ISO/IEC 23008-12 §6.2: image items are described by a `meta` of this handler only.
    if data[kind_at : kind_at + 4] != b"pict":
        raise refusals.unknown("it does not say that it holds a picture")
    if meta.primary is None:
        raise _without_item(movie, "no picture is its main one")
    picture = heif_items.select(data, meta, meta.primary)
    return File(_brands(data, found.get(b"ftyp")), meta, picture, movie, dropped, media)


def _without_item(movie: Movie | None, damage: str) -> UnsupportedImage:
    """Return why a file is refused that has no main item: a track of one picture may stand in its place."""
    if movie is not None and any(track.is_picture for track in movie.tracks):
        return Foreign.SEQUENCE.refusal()
    return refusals.damaged(damage)


def _brands(data: bytes, ftyp: Box | None) -> list[bytes]:
    """List the major brand, then the compatible ones (ISO/IEC 14496-12 §4.3); a version stands between."""
    if ftyp is None:
        return []
    body = data[ftyp.body : ftyp.end]
    return [body[:4], *(body[at : at + 4] for at in range(_BRANDS_START, len(body) - 3, 4))]
