"""What a photo holds besides its picture, grouped as people ask: where, when, who, with what, what is hidden."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from imgfile.clinical.proofs import MediaType, Photo
from imgfile.frozen import dataclass, field
from imgfile.images.metadata.exif import SIDEWAYS
from imgfile.images.metadata.model import Kind
from imgfile.images.strip import draft


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: the block it stands in, the field's name, and its value, which no repr shows."""

    block: str
    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was read, grouped; `unread` counts the bytes that only their makers can read."""

    media_type: MediaType
    width: int
    height: int
    """Pixels as displayed."""
    where: tuple[Finding, ...] = ()
    when: tuple[Finding, ...] = ()
    who: tuple[Finding, ...] = ()
    device: tuple[Finding, ...] = ()
    hidden: tuple[Finding, ...] = ()
    """Thumbnails, further pictures, videos."""
    history: tuple[Finding, ...] = ()
    words: tuple[Finding, ...] = ()
    """Comments, titles, captions."""
    unread: int = 0
    warnings: tuple[str, ...] = ()


_GROUPS: Final = {
    Kind.PLACE: "where",
    Kind.TIME: "when",
    Kind.PERSON: "who",
    Kind.DEVICE: "device",
    Kind.SOFTWARE: "device",
    Kind.THUMBNAIL: "hidden",
    Kind.PICTURE: "hidden",
    Kind.VIDEO: "hidden",
    Kind.HISTORY: "history",
    Kind.TEXT: "words",
}


def inspect(photo: Photo) -> Findings:
    """Read what a photo holds. Raises `UnsupportedImage` for what cannot be stripped; runs no check."""
    read = draft(photo.data)
    groups: defaultdict[str, list[Finding]] = defaultdict(list)
    unread = 0
    for block in read.blocks:
        grouped = [(_GROUPS[fact.kind], fact) for fact in block.facts if fact.kind in _GROUPS]
        unread += 0 if grouped else block.length
        for group, fact in grouped:
            groups[group].append(Finding(block.name, fact.name, fact.text))
    is_sideways = read.exif.orientation in SIDEWAYS
    return Findings(
        media_type=read.media_type,
        width=read.height if is_sideways else read.width,
        height=read.width if is_sideways else read.height,
        unread=unread,
        warnings=read.warnings,
        **{group: tuple(findings) for group, findings in groups.items()},
    )
