"""HEIC, HEIF and AVIF without their metadata: the main picture, its parts and its transparency; coded data verbatim.

ISO/IEC 23008-12 (HEIF), ISO/IEC 23000-22 (MIAF), AV1 Image File Format. The file is written anew: brands, a `meta` of
what stays, and one `mdat` of the bytes that it refers to. Only one kind of place is kept in such a file, `iloc`, and
that is rewritten, so nothing that is left out leaves a hole behind. Image sequences are refused (see `tracks`).
`irot` and `imir` turn the picture; the orientation that Exif states is only read.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from imgfile.clinical.proofs import MediaType
from imgfile.images import pixels
from imgfile.images.draft import COLOUR_LOST, LETTERS_STAY, ORIENTATION_UNSURE, UNDECODED_END, Draft
from imgfile.images.formats import letters
from imgfile.images.formats.heif import dropped as heif_dropped
from imgfile.images.formats.heif import file as heif_file
from imgfile.images.formats.heif import items as heif_items
from imgfile.images.formats.heif import sei, trial
from imgfile.images.formats.heif import write as heif_write
from imgfile.images.formats.heif.dropped import Dropped
from imgfile.images.formats.heif.file import File
from imgfile.images.formats.heif.meta_box import Extent, Item
from imgfile.images.formats.heif.properties import CODINGS
from imgfile.images.metadata import exif
from imgfile.images.metadata.model import behind_picture

AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
CROPPED: Final = "Parts of the picture lie outside its crop: they are not shown, but they are still in the file."


AVIF: Final = "AVIF"


def strip(data: bytes, *, with_trial: bool = False) -> Draft:
    """Leave out everything but the pictures. Raises `UnsupportedImage`; what it returns is not yet checked.

    With a trial, and where coded data end with letters, what stands behind the last block is sought by decoding.
    """
    file = heif_file.read(data)
    patches = dict(_patches(data, file))
    behind, hints = _behind(data, file, patches, with_trial=with_trial)
    found = heif_dropped.read(data, file, patches)
    picture = file.picture
    orientation = picture.orientation
    is_sideways = orientation in exif.SIDEWAYS
    return Draft(
        data=b"".join(heif_write.written(data, file, patches | behind)),
        media_type=MediaType.HEIC if AVIF_BRANDS.isdisjoint(file.brands) else MediaType.AVIF,
        width=picture.height if is_sideways else picture.width,
        height=picture.width if is_sideways else picture.height,
        exif=replace(found.exif, orientation=orientation),
        has_profile=picture.has_profile,
        blocks=(*found.blocks, *behind_picture(sum(map(len, behind.values())))),
        warnings=tuple(dict.fromkeys((*found.warnings, *_warnings(file, found, orientation), *hints))),
    )


def _warnings(file: File, found: Dropped, orientation: int) -> Iterator[str]:
    if file.picture.is_colour_lost:
        yield COLOUR_LOST
    stated = {found.exif.orientation, found.other_orientation or exif.UPRIGHT}
    if stated - {exif.UPRIGHT, orientation}:
        yield ORIENTATION_UNSURE
    if file.picture.is_cropped:
        yield CROPPED


# --- what encoders wrote into the coded data -----------------------------------------------------------


def _patches(data: bytes, file: File) -> Iterator[tuple[int, bytes]]:
    """Find what encoders wrote into the coded data, and what to overwrite it with."""
    for coded in _coded(data, file):
        for at, content in sei.patches(coded.item.kind, coded.size_bytes, coded.data):
            yield from coded.placed(at, content).items()


def _behind(
    data: bytes, file: File, patches: dict[int, bytes], *, with_trial: bool
) -> tuple[dict[int, bytes], list[str]]:
    """Find what stands behind pictures' ends, if that is to be looked for: what overwrites it, and what to say."""
    found: dict[int, bytes] = {}
    hints: list[str] = []
    tried = 0
    for coded in _coded(data, file):
        for unit in trial.units(coded.item.kind, coded.size_bytes, coded.data):
            count = letters.at_end(coded.data, *unit)
            if not (with_trial or count):
                continue
            stays = LETTERS_STAY.format(count=count) if count else UNDECODED_END
            tried += 1
            kind = AVIF if coded.item.kind == sei.AV1 else pixels.HEIF
            written = partial(_with, partial(heif_write.written, data, _alone(file, coded.item)), patches, coded)
            if tried > trial.MAX_UNITS or pixels.shown(written(unit[0], b""), kind) is None:
                hints.append(stays)
                continue
            patch = trial.patch(coded.item.kind, coded.data, unit, written, kind)
            found |= coded.placed(*patch) if patch is not None else {}
            hints += [stays] if count and patch is None else []
    return found, hints


def _alone(file: File, item: Item) -> File:
    """Return a file of this one item: a tile by itself is decoded soon, and nothing of it is cropped."""
    alone = replace(item, flags=0)
    return replace(file, picture=replace(file.picture, primary=item.number, items=(alone,), references=()))


def _with(
    write: Callable[[dict[int, bytes]], Iterator[bytes | memoryview]],
    patches: dict[int, bytes],
    coded: _Coded,
    at: int,
    content: bytes,
) -> bytes:
    """Write the file with other bytes at one place of a picture's coded data."""
    return b"".join(write(patches | coded.placed(at, content)))


@dataclass(frozen=True, slots=True)
class _Coded:
    """A picture's coded data, which may lie in pieces, and how wide its units' lengths are."""

    item: Item
    size_bytes: int
    data: bytes | memoryview
    ends: tuple[int, ...]
    """Where each piece ends within the data."""

    def placed(self, at: int, content: bytes) -> dict[int, bytes]:
        """Return a patch by its places in the file."""
        ends = self.ends
        index, place, left = bisect.bisect_right(ends, at), at, content
        found: dict[int, bytes] = {}
        while left:
            part = left[: ends[index] - place]
            found[self.item.extents[index][1] - (ends[index] - place)] = part
            left, place, index = left[len(part) :], ends[index], index + 1
        return found


def _coded(data: bytes, file: File) -> Iterator[_Coded]:
    """Yield each coded picture's data once, though several items may share them."""
    seen: set[tuple[bytes, tuple[Extent, ...]]] = set()
    for item in file.picture.items:
        if item.kind in CODINGS and (item.kind, item.extents) not in seen:
            seen.add((item.kind, item.extents))
            configuration = heif_items.described(item, file.picture.properties, CODINGS[item.kind])
            size_bytes = sei.length_size(CODINGS[item.kind], configuration)
            coded = heif_items.gather(data, item.extents, limit=len(data))
            ends = tuple(itertools.accumulate(end - start for start, end in item.extents))
            yield _Coded(item, size_bytes, coded, ends)
