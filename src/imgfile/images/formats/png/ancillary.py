"""What a PNG's other chunks are called, and what they say (PNG Third Edition §11.3; ImageMagick's raw profiles)."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from typing import Final

from imgfile.images import tiff_layout
from imgfile.images.formats.png.chunks import Chunk
from imgfile.images.inflate import inflate
from imgfile.images.limits import MAX_METADATA_BYTES, MAX_READ_BLOCKS, MAX_READ_BYTES
from imgfile.images.metadata import exif, iptc, xmp
from imgfile.images.metadata.exif import Exif
from imgfile.images.metadata.model import Block, Fact, Kind, Reading, readable

XMP_KEYWORD: Final = "XML:com.adobe.xmp"
_RAW_PROFILE: Final = "Raw profile type "
_EXIF_MARK: Final = b"Exif\0\0"
_PHOTOSHOP_MARK: Final = b"8BIM"
_XMP_MARK: Final = b"http://ns.adobe.com/xap/1.0/\0"
_DATASET_MARK: Final = b"\x1c"
_RAW_PROFILE_TEXT: Final = re.compile(rb"\s*[^\s]{1,79}\s+[0-9]{1,10}\s+([0-9A-Fa-f\s]+?)[\s\0]*\Z")
_MAX_KEYWORD_BYTES: Final = 79
_EMPTY_TEXT_BYTES: Final = 16
"""What stands beside a keyword in a chunk whose text is empty: separators, flags, an empty stream."""
_HARMLESS: Final = frozenset(
    {
        b"sRGB",
        b"gAMA",
        b"cHRM",
        b"pHYs",
        b"sBIT",
        b"bKGD",
        b"hIST",
        b"tRNS",
        b"oFFs",
        b"sCAL",
        b"sTER",
        b"gIFg",
        b"vpAg",
        b"caNv",
        b"orNT",
        b"iDOT",
    }
)
"""Numbers about a picture, dropped where they stand twice or in no place of theirs."""

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
        name, length = chunk.name.decode("ascii"), chunk.end - chunk.start
        if self.blocks_left or (chunk.name == b"eXIf" and self.exif is None):  # the orientation, however far behind
            self.blocks_left = max(self.blocks_left - 1, 0)
            return self._reading(chunk).block(name, length)
        return Block(name, length)

    def _reading(self, chunk: Chunk) -> Reading:
        body = memoryview(self.data)[chunk.body : chunk.body_end]
        if chunk.name == b"eXIf":
            return self._exif(body)
        if chunk.name in {b"tEXt", b"zTXt", b"iTXt"}:
            keyword, text = self._text(chunk.name, bytes(body[: min(self.bytes_left, MAX_METADATA_BYTES)]))
            self.bytes_left -= len(text)
            return self._text_reading(keyword, text, len(body))
        if chunk.name == b"caBX":
            from imgfile.images.metadata import jumbf  # noqa: PLC0415 - only where a manifest is

            return jumbf.look(body)
        unread = 0 if chunk.name in _HARMLESS else len(body)
        return Reading((_FACTS[chunk.name],) if chunk.name in _FACTS else (), 0 if chunk.name == b"tIME" else unread)

    def _exif(self, body: memoryview) -> Reading:
        read = exif.read(body[exif.MARK_BYTES :] if bytes(body[: exif.MARK_BYTES]) == _EXIF_MARK else body)
        if self.exif is None:
            self.exif = read
        self.is_contradicted |= read.orientation != self.exif.orientation
        return read.reading()

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

    def _text_reading(self, keyword: str, text: bytes, length: int) -> Reading:
        if not text and length > len(keyword) + _EMPTY_TEXT_BYTES:
            return Reading((Fact(Kind.TEXT, keyword),), length - len(keyword))  # damaged, or more than is inflated
        if keyword == XMP_KEYWORD:
            self.other_orientation = self.other_orientation or xmp.orientation(text)
            return xmp.look(text)
        if keyword.startswith(_RAW_PROFILE):
            return self._raw_profile_reading(text)
        words = keyword.lower()
        kind = next((kind for kind, marks in _TEXT_KINDS if any(mark in words for mark in marks)), Kind.TEXT)
        return Reading((Fact(kind, keyword, readable(text)),), len(text.partition(b"\0")[2]))

    def _raw_profile_reading(self, text: bytes) -> Reading:
        """Read a profile as ImageMagick writes one: its name, its length, then hexadecimal digits, in lines.

        Exif stands there with JPEG's mark or without, as libavif and libjxl write it.
        """
        found = _RAW_PROFILE_TEXT.match(text)
        try:
            profile = binascii.unhexlify(b"".join(found[1].split())) if found else b""
        except ValueError:
            profile = b""
        if not profile:
            return Reading(unread=len(text))
        tiff = memoryview(profile)[exif.MARK_BYTES if profile.startswith(_EXIF_MARK) else 0 :]
        if tiff_layout.form(tiff) is not None:
            read = exif.read(tiff)
            if self.other_orientation in {None, exif.UPRIGHT}:
                self.other_orientation = read.orientation
            return read.reading()
        if profile.startswith(_PHOTOSHOP_MARK):
            return iptc.look(profile)
        if profile.startswith(_DATASET_MARK):
            return iptc.look_at_datasets(profile)
        packet = profile.removeprefix(_XMP_MARK)
        self.other_orientation = self.other_orientation or xmp.orientation(packet)
        return xmp.look(packet)
