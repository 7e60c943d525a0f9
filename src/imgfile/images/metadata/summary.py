"""What was removed, in one line for people: `place (GPS), phone or camera, dates, hidden 2 s video (3.2 MB)`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from imgfile.clinical.proofs import Removed
from imgfile.counts import counted
from imgfile.images.metadata.model import BEHIND_PICTURE, Kind

_WORDS: Final = {
    Kind.PLACE: "place",
    Kind.DEVICE: "phone or camera",
    Kind.TIME: "dates",
    Kind.PERSON: "names",
    Kind.TEXT: "comments",
    Kind.SOFTWARE: "software",
    Kind.HISTORY: "editing history",
    Kind.COLOUR: "colour profile details",
}
"""In the order in which they matter to people. Thumbnails, pictures and videos are counted or named instead."""
_POSITIONED: Final = frozenset({"APP1 Exif", "Exif", "eXIf", "EXIF", "Exif and other tags"})
"""Blocks whose place is a position, not a name."""
UNUSED: Final = "fields that mean nothing"
"""All that changed where nothing was taken out: reserved fields are zero now, or parts stand elsewhere."""
_HIDDEN: Final = frozenset({Kind.PICTURE, Kind.FURTHER, Kind.VIDEO})
_PLURALS: Final = {
    "second picture": "further pictures",
    "picture of a burst": "pictures of a burst",
    "other view of a stereo pair": "other views of a stereo pair",
    "picture of an exposure series": "pictures of an exposure series",
    "picture of a panorama": "pictures of a panorama",
}
"""Of others, the name with an s."""
_KILO: Final = 1000


def describe(removed: Sequence[Removed]) -> str:
    """Return in words what kinds of things were removed; `nothing` for a photo that was clean."""
    if not removed:
        return "nothing"
    total = sum(entry.length for entry in removed)
    return ", ".join(_parts(removed)) or (f"other data ({size(total)})" if total else UNUSED)


def _parts(removed: Sequence[Removed]) -> Iterator[str]:
    kinds = {kind for entry in removed for kind in entry.kinds}
    has_position = any(Kind.PLACE in entry.kinds and entry.block in _POSITIONED for entry in removed)
    for kind, words in _WORDS.items():
        if kind in kinds:
            yield f"{words} (GPS)" if kind is Kind.PLACE and has_position else words
    thumbnails = sum(Kind.THUMBNAIL in entry.kinds for entry in removed)
    if thumbnails:
        yield counted(thumbnails, "thumbnail")
    hidden: dict[str, list[int]] = {}
    for entry in removed:
        if _HIDDEN & set(entry.kinds):
            hidden.setdefault(entry.block, []).append(entry.length)
    for name, lengths in hidden.items():
        many = f"{len(lengths):,} {_PLURALS.get(name, f'{name}s')}"
        yield f"{name if len(lengths) == 1 else many} ({size(sum(lengths))})"
    behind = sum(entry.length for entry in removed if entry.block == BEHIND_PICTURE)
    if behind:
        yield f"{size(behind)} after the picture's end"


def size(length: int) -> str:
    """Write a length in bytes as people read it: `812 bytes`, `12 kB`, `3.2 MB`."""
    if length < _KILO:
        return counted(length, "byte")
    if length < _KILO * _KILO:
        return f"{length / _KILO:.0f} kB"
    return f"{length / _KILO / _KILO:.1f} MB"
