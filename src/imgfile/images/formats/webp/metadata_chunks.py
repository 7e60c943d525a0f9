"""What a WebP's other chunks are called, and what they say (RFC 9649 §2.7.1.5; RIFF's INFO list; C2PA)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from imgfile.errors import UnsupportedImage
from imgfile.images.formats.webp import riff
from imgfile.images.formats.webp.riff import Chunk
from imgfile.images.limits import MAX_READ_BLOCKS, MAX_READ_BYTES
from imgfile.images.metadata import exif, xmp
from imgfile.images.metadata.exif import Exif
from imgfile.images.metadata.further import HIDDEN
from imgfile.images.metadata.model import SECOND, Block, Fact, Kind, Reading, readable

_EXIF_MARK: Final = b"Exif\0\0"
_LIST_HEAD_BYTES: Final = 4
"""A list's own name, `INFO`, before its chunks (Multimedia Programming Interface 1.0, chapter 2)."""
_INFO: Final = {
    b"IARL": (Kind.PLACE, "ArchivalLocation"),
    b"IART": (Kind.PERSON, "Artist"),
    b"ICMS": (Kind.PERSON, "Commissioned"),
    b"ICMT": (Kind.TEXT, "Comment"),
    b"ICOP": (Kind.PERSON, "Copyright"),
    b"ICRD": (Kind.TIME, "DateCreated"),
    b"IENG": (Kind.PERSON, "Engineer"),
    b"IKEY": (Kind.TEXT, "Keywords"),
    b"INAM": (Kind.TEXT, "Title"),
    b"ISBJ": (Kind.TEXT, "Subject"),
    b"ISFT": (Kind.SOFTWARE, "Software"),
    b"ISRC": (Kind.DEVICE, "Source"),
    b"ITCH": (Kind.PERSON, "Technician"),
}
_NAMES: Final = {
    b"EXIF": "EXIF",
    b"XMP ": "XMP",
    b"ICCP": "ICCP",
    b"C2PA": "C2PA",
    b"LIST": "RIFF INFO",
    b"ANIM": HIDDEN,
    b"ANMF": HIDDEN,
    b"VP8 ": SECOND,
    b"VP8L": SECOND,
} | dict.fromkeys(_INFO, "RIFF INFO")
_FACTS: Final = {
    b"ICCP": Fact(Kind.COLOUR, "ICC"),
    b"ANMF": Fact(Kind.FURTHER, HIDDEN),
    b"VP8 ": Fact(Kind.FURTHER, SECOND),
    b"VP8L": Fact(Kind.FURTHER, SECOND),
}


@dataclass(slots=True)
class Reader:
    """Reads dropped chunks in turn; all of one photo share its allowance of blocks and of bytes."""

    data: bytes
    respects_exif: bool
    """Whether the header announces Exif; decoders ignore it otherwise."""
    exif: Exif | None = None
    """The first Exif block that decoders respect."""
    other_orientation: int | None = None
    """What an XMP packet or an unannounced Exif block states; only some programs respect these."""
    blocks_left: int = MAX_READ_BLOCKS
    bytes_left: int = MAX_READ_BYTES

    def block(self, chunk: Chunk) -> Block:
        """Describe a dropped chunk."""
        # The orientation counts, however far behind the allowance it stands.
        is_first = chunk.name == b"EXIF" and self.respects_exif and self.exif is None
        self.blocks_left -= 1
        self.bytes_left -= chunk.end - chunk.start
        is_read = is_first or (self.blocks_left >= 0 and self.bytes_left >= 0)
        name, length = _NAMES.get(chunk.name, "unknown chunk"), chunk.end - chunk.start
        return self._reading(chunk).block(name, length) if is_read else Block(name, length)

    def _reading(self, chunk: Chunk) -> Reading:  # noqa: PLR0911 - one for each kind
        body = memoryview(self.data)[chunk.body : chunk.body_end]
        if chunk.name == b"EXIF":
            return self._exif(body)
        if chunk.name == b"XMP ":
            self.other_orientation = self.other_orientation or xmp.orientation(body)
            return xmp.look(body)
        if chunk.name == b"LIST":
            return self._list(chunk)
        if chunk.name in _INFO:
            kind, name = _INFO[chunk.name]
            return Reading((Fact(kind, name, readable(body)),))
        if chunk.name == b"C2PA":
            from imgfile.images.metadata import jumbf  # noqa: PLC0415 - only where a manifest is

            return jumbf.look(body)
        if chunk.name in _FACTS:
            return Reading((_FACTS[chunk.name],), len(body) if chunk.name == b"ICCP" else 0)
        return Reading(unread=0 if chunk.name == b"ANIM" else len(body))

    def _exif(self, body: memoryview) -> Reading:
        # RFC 9649 §2.7.1.5 has the block without JPEG's mark, and many writers put it there all the same.
        read = exif.read(body[exif.MARK_BYTES :] if bytes(body[: exif.MARK_BYTES]) == _EXIF_MARK else body)
        if self.respects_exif and self.exif is None:
            self.exif = read
        else:
            self.other_orientation = self.other_orientation or read.orientation
        return read.reading()

    def _list(self, chunk: Chunk) -> Reading:
        found: list[Fact] = []
        unread = chunk.body_end - chunk.body - _LIST_HEAD_BYTES
        try:
            for part in riff.chunks(self.data, chunk.body + _LIST_HEAD_BYTES, chunk.body_end):
                if part.name in _INFO and len(found) < MAX_READ_BLOCKS:
                    unread -= part.end - part.start
                    kind, name = _INFO[part.name]
                    found.append(Fact(kind, name, readable(memoryview(self.data)[part.body : part.body_end])))
        except UnsupportedImage:  # of a broken list, what stands before its break is read
            pass
        return Reading(tuple(found), max(unread, 0))
