"""What tracks a HEIF file's `moov` holds: hidden videos and sound, which go, or an image sequence, which is refused.

ISO/IEC 14496-12 §8 for the boxes, ISO/IEC 23008-12 §7 for sequences. Phones keep a motion photo's video and sound
here, beside the picture, and such a track is only listed: no table of its samples is followed. A track of several
pictures is an animation or a burst that a program may show in the still's place, and nothing here could prove it clean.
"""

from __future__ import annotations

from typing import Final

from imgfile.frozen import dataclass
from imgfile.images import refusals
from imgfile.images.formats.bmff import Box, Cursor, boxes
from imgfile.images.identify import Foreign

MAX_TRACKS: Final = 64
"""Tracks of one file; a motion photo has two or three."""

PICTURES: Final = b"pict"
"""The handler of a track of pictures (ISO/IEC 23008-12 §7.2.2); video is `vide`, sound `soun`."""
SERVING: Final = frozenset({b"thmb", b"auxl", b"cdsc"})
"""What a track is to another: its thumbnail, its auxiliary, its description (§7.4, §7.5; ISO/IEC 14496-12 §8.3.3)."""
_CONTAINERS: Final = frozenset({b"mdia", b"minf", b"stbl"})
"""Where a track's handler and its samples' sizes lie (ISO/IEC 14496-12 §8.4.1, §8.4.4, §8.5.1)."""


@dataclass(frozen=True, slots=True)
class Track:
    """One track: its box, what kind of media it holds, and whether it is a picture or several of its own."""

    box: Box
    handler: bytes
    is_picture: bool
    """Whether it holds one picture that serves no other track."""


@dataclass(frozen=True, slots=True)
class Movie:
    """A `moov` box, all of which goes: its tracks and its other boxes."""

    tracks: tuple[Track, ...]
    others: tuple[Box, ...]


def read(data: bytes, movie: Box) -> Movie:
    """List a `moov`. Raises `UnsupportedImage` for an image sequence, and for what is damaged or past a bound."""
    headers = 0
    tracks: list[Track] = []
    others: list[Box] = []
    for child in boxes(data, movie.body, movie.end):
        if child.name == b"mvhd":
            headers += 1
        elif child.name == b"trak":
            tracks.append(_track(data, child))
            if len(tracks) > MAX_TRACKS:
                raise refusals.too_large("it has too many tracks")
        else:
            others.append(child)
    if headers != 1:  # §8.2.2: exactly one
        raise refusals.damaged("the description of its tracks is broken")
    return Movie(tuple(tracks), tuple(others))


def _track(data: bytes, track: Box) -> Track:
    """Read a track's handler; raise for one of several pictures that serves no other."""
    parts = _parts(data, track)
    if b"hdlr" not in parts:
        raise refusals.damaged("the description of its tracks is broken")
    handler = Cursor(data, parts[b"hdlr"].body, parts[b"hdlr"].end)
    handler.take(8)  # §8.4.3: version and flags, then a field that is zero
    kind = handler.copy(4)
    if kind != PICTURES or _is_serving(data, parts.get(b"tref")):
        return Track(track, kind, is_picture=False)
    if _samples(data, parts) > 1:
        raise Foreign.SEQUENCE.refusal()
    return Track(track, kind, is_picture=True)


def _parts(data: bytes, track: Box) -> dict[bytes, Box]:
    """List a track's boxes at all depths that matter here, the first of each name."""
    parts: dict[bytes, Box] = {}
    waiting = [track]
    while waiting:
        container = waiting.pop()
        for child in boxes(data, container.body, container.end):
            if child.name in parts:
                continue
            parts[child.name] = child
            if child.name in _CONTAINERS:
                waiting.append(child)
    return parts


def _is_serving(data: bytes, references: Box | None) -> bool:
    """Return whether a track's references (§8.3.3) make it part of another."""
    if references is None:
        return False
    return any(kind.name in SERVING for kind in boxes(data, references.body, references.end))


def _samples(data: bytes, parts: dict[bytes, Box]) -> int:
    """Return how many pictures a track says that it has: `stsz` and `stz2` keep the count in one place (§8.7.3)."""
    sizes = parts.get(b"stsz") or parts.get(b"stz2")
    if sizes is None:
        raise refusals.damaged("the description of its tracks is broken")
    cursor = Cursor(data, sizes.body, sizes.end)
    cursor.take(8)  # version and flags, then one size for all, or a width
    return cursor.integer(4)
