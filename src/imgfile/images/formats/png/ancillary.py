"""What a PNG's other chunks are called, and what they say (PNG Third Edition §11.3; ImageMagick's raw profiles)."""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from typing import Final

from imgfile.images.formats.png.chunks import Chunk
from imgfile.images.inflate import inflate
from imgfile.images.limits import MAX_METADATA_BYTES, MAX_READ_BLOCKS, MAX_READ_BYTES
from imgfile.images.metadata import exif, iptc, xmp
from imgfile.images.metadata.exif import Exif
from imgfile.images.metadata.model import Block, Fact, Kind, readable

XMP_KEYWORD: Final = "XML:com.adobe.xmp"
_RAW_PROFILE: Final = "Raw profile type "
_EXIF_MARK: Final = b"Exif\0\0"
_PHOTOSHOP_MARK: Final = b"8BIM"
_MAX_KEYWORD_BYTES: Final = 79

_TEXT_KINDS: Final = (
    (Kind.TIME, ("time", "date", "timestamp")),
    (Kind.PERSON, ("author", "artist", "copyright", "owner", "creator")),
    (Kind.DEVICE, ("source", "make", "model", "camera", "serial", "device")),
    (Kind.SOFTWARE, ("software", "program")),
    (Kind.PLACE, ("gps", "location", "latitude", "longitude")),
)
"""Words in a keyword; free text otherwise."""

_FACTS: Final = {
    b"tIME": Fact(Kind.TIME, "tIME"),
    b"caBX": Fact(Kind.HISTORY, "C2PA"),
    b"iCCP": Fact(Kind.COLOUR, "ICC"),
}


@dataclass(slots=True)
class Reader:
    """Reads dropped chunks in turn; all of one photo share its allowance of blocks and of bytes."""

    data: bytes
    exif: Exif | None = None
    """The first Exif block, of an `eXIf` chunk."""
    other_orientation: int | None = None
    """What an XMP packet or a raw profile states; only some programs respect these."""
    is_contradicted: bool = False
    """Whether a further Exif block states another orientation; decoders take the first or the last."""
    blocks_left: int = MAX_READ_BLOCKS
    bytes_left: int = MAX_READ_BYTES

    def block(self, chunk: Chunk) -> Block:
        """Describe a dropped chunk."""
        facts: tuple[Fact, ...] = ()
        if self.blocks_left or (chunk.name == b"eXIf" and self.exif is None):  # the orientation, however far behind
            self.blocks_left = max(self.blocks_left - 1, 0)
            facts = self._facts(chunk)
        return Block(chunk.name.decode("ascii"), chunk.end - chunk.start, facts)

    def _facts(self, chunk: Chunk) -> tuple[Fact, ...]:
        body = memoryview(self.data)[chunk.body : chunk.body_end]
        if chunk.name == b"eXIf":
            return self._exif(body)
        if chunk.name in {b"tEXt", b"zTXt", b"iTXt"}:
            keyword, text = self._text(chunk.name, bytes(body[: min(self.bytes_left, MAX_METADATA_BYTES)]))
            self.bytes_left -= len(text)
            return self._text_facts(keyword, text)
        return (_FACTS[chunk.name],) if chunk.name in _FACTS else ()

    def _exif(self, body: memoryview) -> tuple[Fact, ...]:
        read = exif.read(body[exif.MARK_BYTES :] if bytes(body[: exif.MARK_BYTES]) == _EXIF_MARK else body)
        if self.exif is None:
            self.exif = read
        self.is_contradicted |= read.orientation != self.exif.orientation
        return read.facts

    def _text(self, name: bytes, body: bytes) -> tuple[str, bytes]:
        """Split a text chunk into its keyword and its text, inflated where it is compressed."""
        keyword, _, rest = body.partition(b"\0")
        is_compressed = name == b"zTXt"
        if is_compressed:
            rest = rest[1:]
        elif name == b"iTXt":
            is_compressed = rest[:1] == b"\1"
            rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        if is_compressed:
            rest = inflate(rest, limit=min(self.bytes_left, MAX_METADATA_BYTES)) or b""
        return readable(keyword[:_MAX_KEYWORD_BYTES], "latin-1"), rest

    def _text_facts(self, keyword: str, text: bytes) -> tuple[Fact, ...]:
        if keyword == XMP_KEYWORD:
            self.other_orientation = self.other_orientation or xmp.orientation(text)
            return xmp.read(text)
        if keyword.startswith(_RAW_PROFILE):
            return self._raw_profile_facts(text)
        words = keyword.lower()
        kind = next((kind for kind, marks in _TEXT_KINDS if any(mark in words for mark in marks)), Kind.TEXT)
        return (Fact(kind, keyword, readable(text)),)

    def _raw_profile_facts(self, text: bytes) -> tuple[Fact, ...]:
        """ImageMagick writes a profile as lines: its name, its length, then hexadecimal digits."""
        try:
            profile = binascii.unhexlify(b"".join(text.split(b"\n")[3:]).strip())
        except ValueError:
            return ()
        if profile.startswith(_EXIF_MARK):
            read = exif.read(memoryview(profile)[exif.MARK_BYTES :])
            self.other_orientation = self.other_orientation or read.orientation
            return read.facts
        if profile.startswith(_PHOTOSHOP_MARK):
            return iptc.read(profile)
        return xmp.read(profile) or iptc.read_datasets(profile)
