"""What a photo holds besides its picture, grouped as people ask: where, when, who, with what, what is hidden."""

from __future__ import annotations

from collections import Counter, defaultdict
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
    """All that was read, grouped, and what was not."""

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
    unread: tuple[tuple[str, int], ...] = ()
    """Blocks of which bytes were left unread, with how many: what is in them, nothing here can tell."""
    warnings: tuple[str, ...] = ()


_GROUPS: Final = {
    Kind.PLACE: "where",
    Kind.TIME: "when",
    Kind.PERSON: "who",
    Kind.DEVICE: "device",
    Kind.SOFTWARE: "device",
    Kind.THUMBNAIL: "hidden",
    Kind.PICTURE: "hidden",
    Kind.FURTHER: "hidden",
    Kind.VIDEO: "hidden",
    Kind.HISTORY: "history",
    Kind.TEXT: "words",
}


def inspect(photo: Photo) -> Findings:
    """Read what a photo holds. Raises `UnsupportedImage` for what cannot be stripped; runs no check."""
    read = draft(photo.data)
    groups: defaultdict[str, list[Finding]] = defaultdict(list)
    unread: Counter[str] = Counter()
    for block in read.blocks:
        grouped = [(_GROUPS[fact.kind], fact) for fact in block.facts if fact.kind in _GROUPS]
        unread[block.name] += (0 if grouped else block.length) if block.unread is None else block.unread
        for group, fact in grouped:
            groups[group].append(Finding(block.name, fact.name, fact.text))
    is_sideways = read.exif.orientation in SIDEWAYS
    return Findings(
        media_type=read.media_type,
        width=read.height if is_sideways else read.width,
        height=read.width if is_sideways else read.height,
        unread=tuple((name, length) for name, length in unread.items() if length),
        warnings=read.warnings,
        **{group: tuple(findings) for group, findings in groups.items()},
    )
