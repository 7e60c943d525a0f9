"""What a TIFF's dropped tags and pages say (TIFF 6.0 §8 and §12; XMP part 3; Photoshop's TIFF notes; GeoTIFF §2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from imgfile.images.formats.tiff.directory import Directory, Entry
from imgfile.images.formats.tiff.tags import ASCII, DROPPED, KEPT, SUBDIRECTORIES
from imgfile.images.limits import MAX_METADATA_BYTES, MAX_READ_BLOCKS, MAX_READ_BYTES, MAX_VALUE_CHARACTERS
from imgfile.images.metadata import exif, iptc, xmp
from imgfile.images.metadata.exif import Exif
from imgfile.images.metadata.exif_tags import MAX_SETTING_BYTES, SETTINGS
from imgfile.images.metadata.exif_tags import TAGS as EXIF_TAGS
from imgfile.images.metadata.exif_tags import Directory as Place
from imgfile.images.metadata.model import Block, Fact, Kind, Reading, readable

_XMP, _IPTC, _PHOTOSHOP, _LAYERS, _GDAL, _C2PA = 700, 33723, 34377, 37724, 42112, 52545
_POINTERS: Final = frozenset({34665, 34853, 40965, 50341})
"""Where directories are, which are read by themselves; and print settings."""
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
"""What an entry takes besides a value that does not fit into it."""
_INLINE_BYTES: Final = 4
TAGS: Final = "Exif and other tags"


@dataclass(slots=True)
class Reader:
    """Reads dropped tags in turn; all of one photo share its allowance of blocks and of bytes."""

    other_orientation: int | None = None
    """What an XMP packet states; only some programs respect it."""
    blocks_left: int = MAX_READ_BLOCKS
    bytes_left: int = MAX_READ_BYTES

    def blocks(self, directory: Directory, found: Exif | None) -> list[Block]:
        """Describe what a kept page loses; `found` is the Exif of the first page, which was read in any case."""
        dropped = [entry for tag, entry in directory.entries.items() if tag not in KEPT]
        own = [entry for entry in dropped if entry.tag in DROPPED]
        rest = sum(_length(entry) for entry in dropped if entry not in own)
        facts = self._further_facts(dropped) if found is None else _exif_facts(found)
        own_directory = sum(_length(entry) for entry in dropped if entry not in own and not _is_known(entry))
        unread = own_directory if found is None else found.unread
        blocks = [Block(TAGS, rest, facts, unread)] if rest or facts else []
        blocks += [self._own_block(entry) for entry in own]
        return blocks

    def _further_facts(self, dropped: list[Entry]) -> tuple[Fact, ...]:
        """Read a further page's own tags, as far as the allowance goes; each counts as a block."""
        left = max(self.blocks_left, 0)
        read = (_plain_fact(entry) for entry in dropped) if left else ()
        facts = tuple(fact for fact in read if fact is not None)[:left]
        self.blocks_left -= len(facts)
        return facts

    def _own_block(self, entry: Entry) -> Block:
        """Describe a dropped tag that has a name of its own, and read it as far as the allowance goes."""
        self.blocks_left -= 1
        self.bytes_left -= _length(entry)
        is_read = self.blocks_left >= 0 and self.bytes_left >= 0
        name, length = DROPPED[entry.tag], _length(entry)
        return self._reading(entry).block(name, length) if is_read else Block(name, length)

    def _reading(self, entry: Entry) -> Reading:  # noqa: PLR0911 - one for each kind
        if entry.tag == _XMP:
            self.other_orientation = self.other_orientation or xmp.orientation(entry.value)
            return xmp.look(entry.value)
        value = entry.value[:MAX_METADATA_BYTES]
        if entry.tag == _IPTC:
            return iptc.look_at_datasets(value)
        if entry.tag == _PHOTOSHOP:
            return iptc.look(value)
        if entry.tag == _C2PA:
            from imgfile.images.metadata import jumbf  # noqa: PLC0415 - only where a manifest is

            return jumbf.look(value)
        if entry.tag in _TEXTS:
            kind, name = _TEXTS[entry.tag]
            text = readable(value) if entry.type == ASCII else ""
            return Reading((Fact(kind, name, text, b"" if text else bytes(value[: exif.MAX_VALUE_BYTES])),))
        if entry.tag in _FACTS:
            return Reading((_FACTS[entry.tag],))
        return Reading(unread=0 if entry.tag in _POINTERS else _length(entry))


def _exif_facts(found: Exif) -> tuple[Fact, ...]:
    """Return what the first page's Exif says; its thumbnail is a page of its own, and listed as one."""
    return tuple(fact for fact in found.facts if fact.kind is not Kind.THUMBNAIL)


def _plain_fact(entry: Entry) -> Fact | None:
    """Read a further page's own tag, such as its maker or its author."""
    kind, name = EXIF_TAGS.get((Place.IMAGE, entry.tag), (Kind.OTHER, ""))
    if not name or entry.type != ASCII:
        return None
    return Fact(kind, name, readable(entry.value))


def _is_known(entry: Entry) -> bool:
    """Return whether a further page's tag was read, or is a setting of a setting's length."""
    is_setting = entry.tag in SETTINGS and len(entry.value) <= MAX_SETTING_BYTES
    return is_setting or (_plain_fact(entry) is not None and len(entry.value) <= MAX_VALUE_CHARACTERS)


def _length(entry: Entry) -> int:
    """Return how many bytes an entry takes: itself, and a value that does not fit into it (TIFF 6.0 §2)."""
    return _ENTRY_BYTES + (len(entry.value) if len(entry.value) > _INLINE_BYTES else 0)
