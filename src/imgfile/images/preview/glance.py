"""What a photo is at a glance: format, size and when it was taken, read within the bounds that stripping keeps."""

from __future__ import annotations

from datetime import datetime

from imgfile.clinical.proofs import MediaType
from imgfile.frozen import dataclass, field
from imgfile.images.metadata.exif import SIDEWAYS
from imgfile.images.metadata.model import Kind
from imgfile.images.strip import draft


@dataclass(frozen=True, slots=True)
class Glance:
    """A photo that could be stripped, as far as one walk shows."""

    media_type: MediaType
    width: int
    height: int
    """Pixels as displayed."""
    taken_at: datetime | None = field(repr=False)
    """Aware only when the offset was stated."""
    orientation: int
    further_pictures: int = 0
    """Pictures in the same file that would be in no record."""


def glance(data: bytes) -> Glance:
    """Look at a photo. Raises `UnsupportedImage`, whose message is a predicate, for what cannot be stripped.

    The strippers' own walk is the reader: nothing else knows a format's bounds, and it takes less time than a digest.
    """
    read = draft(data)
    is_sideways = read.exif.orientation in SIDEWAYS
    return Glance(
        media_type=read.media_type,
        width=read.height if is_sideways else read.width,
        height=read.width if is_sideways else read.height,
        taken_at=read.exif.taken_at,
        orientation=read.exif.orientation,
        further_pictures=sum(fact.kind is Kind.FURTHER for block in read.blocks for fact in block.facts),
    )
