"""HEIC, HEIF and AVIF without their metadata: the main picture, its parts and its transparency; coded data verbatim.

ISO/IEC 23008-12 (HEIF), ISO/IEC 23000-22 (MIAF), AV1 Image File Format. The file is written anew: brands, a `meta` of
what stays, and one `mdat` of the bytes that it refers to. Only one kind of place is kept in such a file, `iloc`, and
that is rewritten, so nothing that is left out leaves a hole behind. Image sequences are refused (see `tracks`).
`irot` and `imir` turn the picture; the orientation that Exif states is only read.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from imgfile.clinical.proofs import MediaType
from imgfile.images.draft import COLOUR_LOST, ORIENTATION_UNSURE, Draft
from imgfile.images.formats.heif import dropped as heif_dropped
from imgfile.images.formats.heif import file as heif_file
from imgfile.images.formats.heif import items as heif_items
from imgfile.images.formats.heif import sei
from imgfile.images.formats.heif import write as heif_write
from imgfile.images.formats.heif.dropped import Dropped
from imgfile.images.formats.heif.file import File
from imgfile.images.formats.heif.meta_box import Extent
from imgfile.images.formats.heif.properties import CODINGS
from imgfile.images.metadata import exif

AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
CROPPED: Final = "Parts of the picture lie outside its crop: they are not shown, but they are still in the file."


def strip(data: bytes) -> Draft:
    """Leave out everything but the pictures. Raises `UnsupportedImage`; what it returns is not yet checked."""
    file = heif_file.read(data)
    patches = dict(_patches(data, file))
    found = heif_dropped.read(data, file, patches)
    picture = file.picture
    orientation = picture.orientation
    is_sideways = orientation in exif.SIDEWAYS
    return Draft(
        data=b"".join(heif_write.written(data, file, patches)),
        media_type=MediaType.HEIC if AVIF_BRANDS.isdisjoint(file.brands) else MediaType.AVIF,
        width=picture.height if is_sideways else picture.width,
        height=picture.width if is_sideways else picture.height,
        exif=replace(found.exif, orientation=orientation),
        has_profile=picture.has_profile,
        blocks=found.blocks,
        warnings=tuple(dict.fromkeys((*found.warnings, *_warnings(file, found, orientation)))),
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
    seen: set[tuple[bytes, tuple[Extent, ...]]] = set()
    for item in file.picture.items:
        if item.kind in CODINGS and (item.kind, item.extents) not in seen:
            seen.add((item.kind, item.extents))
            configuration = heif_items.described(item, file.picture.properties, CODINGS[item.kind])
            size_bytes = sei.length_size(CODINGS[item.kind], configuration)
            yield from _placed(data, item.kind, size_bytes, item.extents)


def _placed(data: bytes, coding: bytes, size_bytes: int, extents: tuple[Extent, ...]) -> Iterator[tuple[int, bytes]]:
    """Yield patches of one picture's data by their place in the file; its data may lie in pieces."""
    ends = list(itertools.accumulate(end - start for start, end in extents))
    for at, content in sei.patches(coding, size_bytes, heif_items.gather(data, extents, limit=len(data))):
        index, place, left = bisect.bisect_right(ends, at), at, content
        while left:
            part = left[: ends[index] - place]
            yield extents[index][1] - (ends[index] - place), part
            left, place, index = left[len(part) :], ends[index], index + 1
