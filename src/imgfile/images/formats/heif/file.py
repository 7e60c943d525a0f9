"""A HEIF file's outermost parts: which stay, which go (ISO/IEC 14496-12 §4.3, ISO/IEC 23008-12 §10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from imgfile.images import refusals
from imgfile.images.formats.bmff import Box, file_boxes
from imgfile.images.formats.heif import items as heif_items
from imgfile.images.formats.heif import meta_box as heif_meta
from imgfile.images.formats.heif import sequence as heif_tracks
from imgfile.images.formats.heif.items import Picture
from imgfile.images.formats.heif.meta_box import Item, Meta
from imgfile.images.formats.heif.sequence import Movie, Track

_DESCRIBING: Final = frozenset({b"ftyp", b"meta", b"moov", b"moof"})
_BRANDS_START: Final = 8


@dataclass(slots=True)
class File:
    """A file's outermost parts: those that stay, and those that go."""

    brands: list[bytes]
    meta: Meta | None = None
    picture: Picture | None = None
    movie: Movie | None = None
    dropped: list[Box] = field(default_factory=list)
    """Parts that hold no picture; nameless, what follows the last."""
    media: list[Box] = field(default_factory=list)
    end: int = 0

    @property
    def items(self) -> tuple[Item, ...]:
        """The items that stay."""
        return self.picture.items if self.picture is not None else ()

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The tracks that stay."""
        return tuple(self.movie.kept) if self.movie is not None else ()

    @property
    def is_sequence(self) -> bool:
        """Whether an animation stays."""
        return bool(self.tracks)

    @property
    def has_profile(self) -> bool:
        """Whether a colour profile stays."""
        return any((self.picture is not None and self.picture.has_profile, *(track.profiles for track in self.tracks)))

    @property
    def is_colour_lost(self) -> bool:
        """Whether a colour profile was damaged."""
        lost = (track.is_colour_lost for track in self.tracks)
        return any((self.picture is not None and self.picture.is_colour_lost, *lost))


def read(data: bytes) -> File:
    """Read a file and choose what stays. Raises `UnsupportedImage` where that is not understood or not there."""
    file = File([])
    found: dict[bytes, Box] = {}
    for box in file_boxes(data):
        file.end = box.end
        if box.name == b"mdat":
            file.media.append(box)
        elif box.name not in _DESCRIBING:
            file.dropped.append(box)
        elif box.name in found or box.name == b"moof":
            raise refusals.unknown("it describes its pictures in more than one place")
        else:
            found[box.name] = box
    if file.end < len(data):
        file.dropped.append(Box(b"", file.end, file.end, len(data)))
    _describe(data, file, found)
    if file.picture is None and not file.is_sequence:
        raise refusals.damaged("it holds no picture")
    return file


def _describe(data: bytes, file: File, found: dict[bytes, Box]) -> None:
    if (box := found.get(b"ftyp")) is not None:
        brands = data[box.body : box.end]
        file.brands = [brands[:4], *(brands[at : at + 4] for at in range(_BRANDS_START, len(brands) - 3, 4))]
    if (box := found.get(b"moov")) is not None:
        file.movie = heif_tracks.parse(data, box)
    if (box := found.get(b"meta")) is not None:
        file.meta = heif_meta.parse(data, box)
        if data[file.meta.handler.body + 8 : file.meta.handler.body + 12] != b"pict":
            raise refusals.unknown("it does not say that it holds a picture")
        if file.meta.primary is not None:
            file.picture = heif_items.select(data, file.meta, file.meta.primary)
        elif not file.is_sequence:
            raise refusals.damaged("no picture is its main one")
