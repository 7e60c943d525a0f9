"""JPEG XL without its metadata: the codestream verbatim, in a container of nothing else (ISO/IEC 18181-2).

A naked codestream has no room for metadata but its colour profile, which is written anew in the codestream's head, in
either; the coded frames behind it begin at a byte and stay. `jbrd` goes too: the original JPEG, with all that it told,
comes back out of it. What else is told inside the codestream stays, and is said.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from imgfile.clinical.proofs import MediaType
from imgfile.frozen import dataclass
from imgfile.images import refusals
from imgfile.images.formats.bmff import Box, encode, file_boxes
from imgfile.images.formats.draft import ORIENTATION_UNSURE, Draft
from imgfile.images.formats.jxl import header as jxl_header
from imgfile.images.formats.jxl import profile as jxl_profile
from imgfile.images.formats.jxl.bits import Bits, BitWriter
from imgfile.images.formats.jxl.header import Header
from imgfile.images.limits import MAX_METADATA_BYTES, MAX_READ_BLOCKS, MAX_READ_BYTES
from imgfile.images.metadata import exif, icc, xmp
from imgfile.images.metadata.exif import Exif
from imgfile.images.metadata.model import Block, Fact, Kind

SIGNATURE: Final = encode(b"JXL ", b"\r\n\x87\n")
BRANDS: Final = encode(b"ftyp", b"jxl ", bytes(4), b"jxl ")
KEPT: Final = frozenset({b"JXL ", b"ftyp", b"jxll", b"jxlc", b"jxlp"})
"""The signature and the brands are written anew; the level is one byte; the codestream is whole or in parts."""
LEVELS: Final = frozenset({b"\5", b"\x0a"})

MAX_HEAD_BYTES: Final = jxl_header.HEADER_BYTES + jxl_profile.MAX_CODED_BYTES
"""How much of a codestream is looked at where it has a profile."""

PROFILE_STAYS: Final = "Its colour profile is part of the coded picture and stays: it may name a screen or a program."
NAMES_STAY: Final = "Its further channels have names inside the coded picture, and these stay."

_PART_HEAD_BYTES: Final = 4
_LAST: Final = 0x80000000
_EXIF_OFFSET_BYTES: Final = 4
_TELLING: Final = {
    b"jumb": ("C2PA", Kind.HISTORY),
    b"jbrd": ("the original JPEG's own data", Kind.OTHER),
    b"jhgm": ("gain map", Kind.PICTURE),
}
_COMPRESSED: Final = {b"Exif": "compressed Exif", b"xml ": "compressed XMP", b"jumb": "compressed C2PA"}


@dataclass(frozen=True, slots=True)
class _Head:
    """A codestream's head: what it says, what stands in its place if its profile changes, and up to which byte."""

    header: Header
    anew: bytes = b""
    end: int = 0
    lost: int = 0
    """Bytes by which the profile became shorter."""
    keeps_profile: bool = False
    """Whether a profile stays that may tell something."""


def strip(data: bytes) -> Draft:
    """Leave out everything but the codestream. Raises `UnsupportedImage`; what it returns is not yet checked."""
    if data.startswith(jxl_header.MARK):
        head = _head(data, [(0, len(data))])
        return _draft(b"".join((head.anew, memoryview(data)[head.end :])) if head.anew else data, head, Exif(), ())
    walked = list(file_boxes(data))
    kept = [box for box in walked if box.name in KEPT]
    parts = _codestream(data, kept)
    head = _head(data, parts)
    reader = _Reader(data)
    blocks = [reader.block(box) for box in walked if box.name not in KEPT]
    blocks += _rest(data, walked, kept)
    is_unsure = reader.other_orientation not in {None, exif.UPRIGHT, head.header.orientation}
    output = b"".join(_written(data, kept, parts, head))
    return _draft(output, head, reader.told or Exif(), tuple(blocks), is_unsure=is_unsure)


def _draft(output: bytes, head: _Head, told: Exif, blocks: tuple[Block, ...], *, is_unsure: bool = False) -> Draft:
    header = head.header
    warnings = []
    if head.keeps_profile:
        warnings.append(PROFILE_STAYS)
    if header.has_names:
        warnings.append(NAMES_STAY)
    if is_unsure or told.orientation not in {exif.UPRIGHT, header.orientation}:
        warnings.append(ORIENTATION_UNSURE)
    profile = (Block("ICC", head.lost, (Fact(Kind.COLOUR, "ICC"),)),) if head.anew else ()
    return Draft(
        data=output,
        media_type=MediaType.JXL,
        width=header.width,
        height=header.height,
        exif=Exif(header.orientation, told.taken_at, facts=told.facts),
        has_profile=bool(head.anew),
        blocks=(*blocks, *profile),
        warnings=tuple(warnings),
    )


# --- the codestream's head ------------------------------------------------------------------------------


def _head(data: bytes, parts: list[tuple[int, int]]) -> _Head:
    """Read the head, and write it anew where its profile says more than colours."""
    head = b"".join(data[start:end] for start, end in _beginning(parts, jxl_header.HEADER_BYTES))
    header = jxl_header.read(head)
    if header.profile_at is None:
        return _Head(header, keeps_profile=header.has_profile)
    bits = Bits(b"".join(data[start:end] for start, end in _beginning(parts, MAX_HEAD_BYTES)), header.profile_at)
    profile = jxl_profile.read(bits)
    colour = icc.sanitise(profile) if profile is not None else None
    if profile is None or colour is None or colour == profile:
        return _Head(header, keeps_profile=colour is None)
    writer = BitWriter()
    writer.put(Bits(head).take(header.profile_at), header.profile_at)
    jxl_profile.write(writer, colour)
    return _Head(header, writer.finish(), bits.to_byte(), len(profile) - len(colour))


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
    """Give the places of the codestream's first bytes, as many as asked for."""
    for start, end in parts:
        yield start, min(end, start + left)
        left -= min(end - start, left)


class _Reader:
    """Reads dropped boxes in turn; all of one photo share its allowance of blocks and of bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.told: Exif | None = None
        self.other_orientation: int | None = None
        """What an XMP packet states; only some programs obey it."""
        self.blocks_left = MAX_READ_BLOCKS
        self.bytes_left = MAX_READ_BYTES

    def block(self, box: Box) -> Block:
        """Describe a dropped box."""
        if box.name == b"brob":
            return Block(_COMPRESSED.get(self.data[box.body : box.body + 4], "compressed data"), box.length)
        if box.name in _TELLING:
            name, kind = _TELLING[box.name]
            return Block(name, box.length, (Fact(kind, name),))
        name = {b"Exif": "Exif", b"xml ": "XMP", b"jxli": "index", b"free": "free"}.get(box.name, "unknown part")
        if not self.blocks_left:
            return Block(name, box.length)
        self.blocks_left -= 1
        content = self.data[box.body : min(box.end, box.body + min(self.bytes_left, MAX_METADATA_BYTES))]
        facts: tuple[Fact, ...] = ()
        if box.name == b"Exif":
            read = exif.read(content[_EXIF_OFFSET_BYTES + int.from_bytes(content[:_EXIF_OFFSET_BYTES], "big") :])
            self.told = self.told or read
            facts = read.facts
        elif box.name == b"xml ":
            self.other_orientation = self.other_orientation or xmp.orientation(content)
            facts = xmp.read(content)
        self.bytes_left -= len(content)
        return Block(name, box.length, facts)


# --- writing --------------------------------------------------------------------------------------------


def _written(data: bytes, kept: list[Box], parts: list[tuple[int, int]], head: _Head) -> Iterator[bytes | memoryview]:
    """Give the boxes: the codestream's as they were, or one whole where its head is written anew."""
    yield SIGNATURE
    yield BRANDS
    view = memoryview(data)
    for box in kept[2:]:
        if head.anew and box.name != b"jxll":
            continue
        body = view[box.body : box.end]
        if box.name == b"jxll":
            body = body[:1]
        yield struct.pack(">L4s", 8 + len(body), box.name)
        yield body
    if head.anew:
        rest = [view[start:end] for start, end in _behind(parts, head.end)]
        yield struct.pack(">L4s", 8 + len(head.anew) + sum(map(len, rest)), b"jxlc")
        yield head.anew
        yield from rest


def _behind(parts: list[tuple[int, int]], left: int) -> Iterator[tuple[int, int]]:
    """Give the places of the codestream's bytes behind the first ones."""
    for start, end in parts:
        skipped = min(end - start, left)
        left -= skipped
        if start + skipped < end:
            yield start + skipped, end


def _rest(data: bytes, walked: list[Box], kept: list[Box]) -> Iterator[Block]:
    """List what stood in kept boxes, and behind the last box."""
    if len(data) > walked[-1].end:
        yield Block("data after the end", len(data) - walked[-1].end)
    for box in kept:
        if (box.name == b"jxll" and box.end - box.body != 1) or (
            box.name in {b"JXL ", b"ftyp"} and data[box.start : box.end] not in {SIGNATURE, BRANDS}
        ):
            yield Block(box.name.decode("ascii").strip(), box.length)
