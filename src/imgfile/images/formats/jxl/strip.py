"""JPEG XL without its metadata: the codestream verbatim, in a container of nothing else (ISO/IEC 18181-2).

A naked codestream has no room for metadata but names of channels, which stay and are said, and a colour profile, with
which it is refused (see `header`). `jbrd` goes too: the original JPEG, with all that it held, comes back out of it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from imgfile.clinical.proofs import MediaType
from imgfile.images import refusals
from imgfile.images.draft import LETTERS_STAY, ORIENTATION_UNSURE, UNDECODED_END, Draft
from imgfile.images.formats import letters, trailer
from imgfile.images.formats.bmff import HEADER_BYTES, Box, encode, file_boxes
from imgfile.images.formats.jxl import header as jxl_header
from imgfile.images.formats.jxl.header import Header
from imgfile.images.limits import MAX_METADATA_BYTES, MAX_READ_BLOCKS, MAX_READ_BYTES
from imgfile.images.metadata import exif, xmp
from imgfile.images.metadata.exif import Exif
from imgfile.images.metadata.model import Block, Fact, Kind, Reading

SIGNATURE: Final = encode(b"JXL ", b"\r\n\x87\n")
BRANDS: Final = encode(b"ftyp", b"jxl ", bytes(4), b"jxl ")
KEPT: Final = frozenset({b"JXL ", b"ftyp", b"jxll", b"jxlc", b"jxlp"})
"""The signature and the brands are written anew; the level is one byte; the codestream is whole or in parts."""
LEVELS: Final = frozenset({b"\5", b"\x0a"})

NAMES_STAY: Final = "Its further channels have names inside the coded picture, and these stay."

_PART_HEAD_BYTES: Final = 4
_LAST: Final = 0x80000000
_EXIF_OFFSET_BYTES: Final = 4
_FACTS: Final = {
    b"jbrd": ("the original JPEG's own data", Kind.OTHER),
    b"jhgm": ("gain map", Kind.PICTURE),
}
_COMPRESSED: Final = {b"Exif": "compressed Exif", b"xml ": "compressed XMP", b"jumb": "compressed C2PA"}


def strip(data: bytes, *, with_trial: bool = False) -> Draft:
    """Leave out everything but the codestream. Raises `UnsupportedImage`; what it returns is not yet checked.

    Nothing here decodes it: a trial says so, and letters at its end are reported.
    """
    read = _stripped(data)
    count = letters.at_end(read.data, 0, len(read.data))
    hints = [LETTERS_STAY.format(count=count)] if count else [UNDECODED_END] if with_trial else []
    return replace(read, warnings=(*read.warnings, *hints))


def _stripped(data: bytes) -> Draft:
    if data.startswith(jxl_header.MARK):
        return _draft(data, jxl_header.read(data), Exif(), ())
    walked = list(file_boxes(data))
    kept = [box for box in walked if box.name in KEPT]
    head = b"".join(data[start:end] for start, end in _beginning(_codestream(data, kept), jxl_header.HEADER_BYTES))
    header = jxl_header.read(head)
    reader = _Reader(data)
    blocks = [reader.block(box) for box in walked if box.name not in KEPT]
    blocks += _rest(data, walked, kept)
    is_unsure = reader.other_orientation not in {None, exif.UPRIGHT, header.orientation}
    output = b"".join(_written(data, kept))
    return _draft(output, header, reader.exif or Exif(), tuple(blocks), is_unsure=is_unsure)


def _draft(output: bytes, header: Header, found: Exif, blocks: tuple[Block, ...], *, is_unsure: bool = False) -> Draft:
    warnings = []
    if header.has_names:
        warnings.append(NAMES_STAY)
    if is_unsure or found.orientation not in {exif.UPRIGHT, header.orientation}:
        warnings.append(ORIENTATION_UNSURE)
    return Draft(
        data=output,
        media_type=MediaType.JXL,
        width=header.width,
        height=header.height,
        exif=Exif(header.orientation, found.taken_at, facts=found.facts),
        has_profile=False,
        blocks=blocks,
        warnings=tuple(warnings),
    )


# --- reading --------------------------------------------------------------------------------------------


def _codestream(data: bytes, kept: list[Box]) -> list[tuple[int, int]]:
    """List where the codestream's parts lie, in their order. Raises `UnsupportedImage` unless it is whole."""
    names = [box.name for box in kept]
    if names[:2] != [b"JXL ", b"ftyp"] or any(names.count(once) > 1 for once in KEPT - {b"jxlp"}):
        raise refusals.damaged("its parts are in disorder")
    if kept[-1].missing:
        raise refusals.truncated(_missing(kept))
    if any(box.name == b"jxll" and data[box.body : box.body + 1] not in LEVELS for box in kept):
        raise refusals.unknown("it is a kind of JPEG XL that ordinary programs do not show")
    whole = [(box.body, box.end) for box in kept if box.name == b"jxlc"]
    parts = [box for box in kept if box.name == b"jxlp"]
    if whole and parts:
        raise refusals.damaged("it holds its picture twice")
    if parts:
        heads = [data[box.body : min(box.body + _PART_HEAD_BYTES, box.end)] for box in parts]
        numbers = [int.from_bytes(head, "big") for head in heads]
        if numbers[-1] < _LAST:
            raise refusals.truncated()
        if [number & ~_LAST for number in numbers] != list(range(len(parts))) or max(numbers[:-1], default=0) >= _LAST:
            raise refusals.damaged("its parts are in disorder")
        whole = [(box.body + _PART_HEAD_BYTES, box.end) for box in parts]
    if not whole:
        raise refusals.truncated("its picture is missing")
    return whole


def _missing(kept: list[Box]) -> str:
    missing = kept[-1].missing
    percent = 100 * missing // (missing + sum(box.length for box in kept))
    return f"about {percent} % of the picture is missing" if percent else "its end is missing"


def _beginning(parts: list[tuple[int, int]], left: int) -> Iterator[tuple[int, int]]:
    """Yield the places of the codestream's first bytes, as many as asked for."""
    for start, end in parts:
        yield start, min(end, start + left)
        left -= min(end - start, left)


class _Reader:
    """Reads dropped boxes in turn; all of one photo share its allowance of blocks and of bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.exif: Exif | None = None
        self.other_orientation: int | None = None
        """What an XMP packet states; only some programs respect it."""
        self.blocks_left = MAX_READ_BLOCKS
        self.bytes_left = MAX_READ_BYTES

    def block(self, box: Box) -> Block:
        """Describe a dropped box."""
        if box.name == b"brob":
            return Block(_COMPRESSED.get(self.data[box.body : box.body + 4], "compressed data"), box.length)
        if box.name in _FACTS:
            name, kind = _FACTS[box.name]
            return Block(name, box.length, (Fact(kind, name),), box.length if kind is Kind.OTHER else 0)
        name = {b"Exif": "Exif", b"xml ": "XMP", b"jumb": "C2PA", b"jxli": "index", b"free": "free"}.get(
            box.name, "unknown part"
        )
        if not self.blocks_left:
            return Block(name, box.length)
        self.blocks_left -= 1
        content = self.data[box.body : min(box.end, box.body + min(self.bytes_left, MAX_METADATA_BYTES))]
        reading = Reading(unread=0 if box.name in {b"jxli", b"free"} and not any(content) else box.length)
        if box.name == b"jumb":
            from imgfile.images.metadata import jumbf  # noqa: PLC0415 - only where a manifest is

            reading = jumbf.look(self.data[box.start : min(box.end, box.body + MAX_METADATA_BYTES)])
        elif box.name == b"Exif":
            read = exif.read(content[_EXIF_OFFSET_BYTES + int.from_bytes(content[:_EXIF_OFFSET_BYTES], "big") :])
            self.exif = self.exif or read
            reading = read.reading()
        elif box.name == b"xml ":
            self.other_orientation = self.other_orientation or xmp.orientation(content)
            reading = xmp.look(content)
        self.bytes_left -= len(content)
        return reading.block(name, box.length)


# --- writing --------------------------------------------------------------------------------------------


def _written(data: bytes, kept: list[Box]) -> Iterator[bytes | memoryview]:
    """Yield the boxes that stay: the first two written anew, a level of one byte, the codestream's as they were."""
    yield SIGNATURE
    yield BRANDS
    for box in kept[2:]:
        body = memoryview(data)[box.body : box.end]
        if box.name == b"jxll":
            body = body[:1]
        yield struct.pack(">L4s", HEADER_BYTES + len(body), box.name)
        yield body


def _rest(data: bytes, walked: list[Box], kept: list[Box]) -> Iterator[Block]:
    """List what stood in kept boxes, and behind the last box."""
    if len(data) > walked[-1].end:
        yield from trailer.read(data, walked[-1].end)[0]
    for box in kept:
        if (box.name == b"jxll" and box.end - box.body != 1) or (
            box.name in {b"JXL ", b"ftyp"} and data[box.start : box.end] not in {SIGNATURE, BRANDS}
        ):
            yield Block(box.name.decode("ascii").strip(), box.length)
