"""What a TIFF's dropped tags and pages tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from imgfile.images.formats.tiff.directory import Directory, Entry
from imgfile.images.formats.tiff.tags import ASCII, DROPPED, KEPT, SUBDIRECTORIES
from imgfile.images.limits import MAX_METADATA_BYTES, MAX_READ_BLOCKS, MAX_READ_BYTES
from imgfile.images.metadata import exif, iptc, xmp
from imgfile.images.metadata.exif import Exif
from imgfile.images.metadata.exif_tags import TAGS as EXIF_TAGS
from imgfile.images.metadata.exif_tags import Directory as Place
from imgfile.images.metadata.model import Block, Fact, Kind, readable

_XMP, _IPTC, _PHOTOSHOP, _LAYERS, _GDAL = 700, 33723, 34377, 37724, 42112
_FACTS: Final = {
    _LAYERS: Fact(Kind.PICTURE, "Photoshop layers"),
    SUBDIRECTORIES: Fact(Kind.THUMBNAIL, "SubIFDs"),
}
_TEXTS: Final = {
    269: (Kind.TEXT, "DocumentName"),
    285: (Kind.TEXT, "PageName"),
    333: (Kind.TEXT, "InkNames"),
    32781: (Kind.TEXT, "ImageID"),
    33550: (Kind.PLACE, "GeoTIFF"),
    33922: (Kind.PLACE, "GeoTIFF"),
    34264: (Kind.PLACE, "GeoTIFF"),
    34737: (Kind.PLACE, "GeoTIFF"),
    _GDAL: (Kind.OTHER, "GDAL metadata"),
}
_ENTRY_BYTES: Final = 12
TAGS: Final = "Exif and other tags"


@dataclass(slots=True)
class Reader:
    """Reads dropped tags in turn; all of one photo share its allowance of blocks and of bytes."""

    other_orientation: int | None = None
    """What an XMP packet states; only some programs obey it."""
    blocks_left: int = MAX_READ_BLOCKS
    bytes_left: int = MAX_READ_BYTES

    def blocks(self, directory: Directory, told: Exif | None) -> Iterator[Block]:
        """Describe what a kept page loses; `told` is what the first page's Exif says."""
        dropped = [entry for tag, entry in directory.entries.items() if tag not in KEPT]
        own = [entry for entry in dropped if entry.tag in DROPPED]
        facts = [fact for fact in told.facts if fact.kind is not Kind.THUMBNAIL] if told is not None else []
        if told is None and self.blocks_left > 0:
            facts += [fact for entry in dropped if (fact := _plain_fact(entry)) is not None]
        rest = sum(_length(entry) for entry in dropped if entry not in own)
        if rest or facts:
            if told is None:
                facts = facts[: max(self.blocks_left, 0)]
                self.blocks_left -= len(facts)
            yield Block(TAGS, rest, tuple(facts))
        for entry in own:
            self.blocks_left -= 1
            self.bytes_left -= _length(entry)
            is_read = self.blocks_left >= 0 and self.bytes_left >= 0
            yield Block(DROPPED[entry.tag], _length(entry), self._facts(entry) if is_read else ())

    def _facts(self, entry: Entry) -> tuple[Fact, ...]:
        if entry.tag == _XMP:
            self.other_orientation = self.other_orientation or xmp.orientation(entry.value)
            return xmp.read(entry.value)
        value = entry.value[:MAX_METADATA_BYTES]
        if entry.tag == _IPTC:
            return iptc.read_datasets(value)
        if entry.tag == _PHOTOSHOP:
            return iptc.read(value)
        if entry.tag in _TEXTS:
            kind, name = _TEXTS[entry.tag]
            text = readable(value) if entry.type == ASCII else ""
            return (Fact(kind, name, text, b"" if text else bytes(value[: exif.MAX_VALUE_BYTES])),)
        return (_FACTS[entry.tag],) if entry.tag in _FACTS else ()


def _plain_fact(entry: Entry) -> Fact | None:
    """Read a further page's own tag, such as its maker or its author."""
    kind, name = EXIF_TAGS.get((Place.IMAGE, entry.tag), (Kind.OTHER, ""))
    if not name or entry.type != ASCII:
        return None
    return Fact(kind, name, readable(entry.value))


def _length(entry: Entry) -> int:
    return _ENTRY_BYTES + (len(entry.value) if len(entry.value) > 4 else 0)  # noqa: PLR2004 - four stand in the entry
