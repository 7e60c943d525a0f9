"""What hides behind a picture's end: further pictures, gain maps, previews, motion videos, makers' own data.

Each part is looked for by its signature, and passed over by its own structure: what looks like a picture inside of a
video is none.
"""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Callable, Mapping
from typing import Final

from imgfile.errors import UnsupportedImage
from imgfile.images.draft import GAIN_MAP_LOST
from imgfile.images.formats.jpeg_segments import APP1, EOI, FRAMES, Segment, segments
from imgfile.images.metadata import exif
from imgfile.images.metadata.model import SECOND, Block, Fact, Kind

MAX_PICTURES: Final = 256
"""Pictures and videos that are counted one by one, a burst's among them; what follows is one block."""
MAX_READ_PICTURES: Final = 16
"""Further pictures whose own Exif is read."""
PREVIEW: Final = "preview"
GAIN_MAP: Final = "gain map"
DEPTH_MAP, MATTE = "depth map", "matte of a person"
_MADE: Final = frozenset({GAIN_MAP, DEPTH_MAP, MATTE})
"""What is made for the picture that is kept, or from it."""
_MARKS: Final = (
    (re.compile(rb"hdrgm|hdrgainmap|GainMap|urn:iso:std:iso:ts:21496"), GAIN_MAP),
    (re.compile(rb"urn:(mpeg:hevc:2015:auxid:2|com:apple:photo:\d{4}:aux:(depth|disparity))"), DEPTH_MAP),
    (re.compile(rb"urn:com:apple:photo:\d{4}:aux:\w{0,40}matte"), MATTE),
)
"""What a further picture's own packet calls it: Adobe's and Apple's words, ISO 21496-1, HEVC's auxiliary types."""
_MARKED_BYTES: Final = 1 << 16
_SOI: Final = b"\xff\xd8\xff"
_FRAME_WITHIN_BYTES: Final = 1 << 20
_FRAME_WITHIN_SEGMENTS: Final = 64
"""Where a JPEG's frame stands: behind its metadata, of which there may be sixteen segments of 64 kB."""
_MAX_STARTS: Final = 1000
"""What only begins like a picture, before the next that is one; data that hold more are passed over as data."""
_STARTS: Final = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF.{4}WEBP|GIF8[79]a|\0\0\0\x0cJXL \r\n\x87\n|ftyp", re.DOTALL
)
_STILL_BRANDS: Final = frozenset(b"heic heix heim heis hevc avif avis mif1 mif2 msf1 jxl ".split(b" "))
_MAX_BOXES: Final = 10_000
"""Boxes of one file; a video in fragments has some thousand."""
_BOX_HEAD_BYTES: Final = 8
_BOXES: Final = frozenset(
    name.replace(b"_", b" ")
    for name in b"ftyp meta moov mdat free skip wide uuid moof mfra sidx styp pdin "
    b"JXL_ jxll jxlc jxlp jxli jbrd jumb jhgm brob Exif xml_".split()
)
"""What a video, a HEIF file and a JPEG XL consist of."""
_EXIF_MARK: Final = b"Exif\0\0"


def read(data: bytes, start: int, roles: Callable[[], Mapping[int, str]] = dict) -> tuple[list[Block], list[str]]:
    """List what lies from `start` to the end of the file, and warn of gain maps.

    `roles` gives what the pictures are that begin at some places, where an index in the file says so. A video is named
    where it is listed; of further pictures `further` speaks.
    """
    blocks: list[Block] = []
    position, known = start, None
    for number in range(MAX_PICTURES):  # each looks at a bounded piece of what only begins like a picture
        found = _next(data, position)
        if found is None:
            break
        at, end, is_video = found
        if at > position:
            blocks.append(_rest(data, position, at))
        if is_video:
            name = video_name(data, at)
            blocks.append(Block(name, end - at, (Fact(Kind.VIDEO, name),)))
        else:
            known = roles() if known is None else known
            blocks.append(_picture(data, at, end, known.get(at), is_read=number < MAX_READ_PICTURES))
        position = end
    if position < len(data):
        blocks.append(_rest(data, position, len(data)))
    return blocks, [GAIN_MAP_LOST] if any(block.name == GAIN_MAP for block in blocks) else []


def _rest(data: bytes, start: int, end: int) -> Block:
    is_padding = data.count(b"\0", start, end) == end - start
    name = "padding after the end" if is_padding else "data after the end"
    return Block(name, end - start, unread=0 if is_padding else end - start)


# --- pictures and videos --------------------------------------------------------------------------------


def _next(data: bytes, position: int) -> tuple[int, int, bool] | None:
    """Find the next picture or video: where it begins and ends, and whether it is a video."""
    for found in itertools.islice(_STARTS.finditer(data, position), _MAX_STARTS):
        at = found.start()
        if found[0] == b"ftyp":
            at -= 4
            if at >= position:
                return at, _boxes_end(data, at), data[at + 8 : at + 12] not in _STILL_BRANDS
        elif not found[0].startswith(_SOI) or _has_frame(data, at):
            return at, _end(data, at), False
    return None


def _has_frame(data: bytes, at: int) -> bool:
    """Return whether what begins like a JPEG describes a picture soon; three bytes are found in any data."""
    head = segments(data[at : at + _FRAME_WITHIN_BYTES])
    try:
        return any(segment.marker in FRAMES for segment in itertools.islice(head, _FRAME_WITHIN_SEGMENTS))
    except UnsupportedImage:
        return False


def _end(data: bytes, at: int) -> int:
    """Return where a picture ends; a broken one, and one whose end only decoding tells, reaches to the end."""
    if data.startswith(b"\xff\xd8", at):
        return _jpeg_end(data, at)
    if data.startswith(b"\x89PNG", at):
        end = data.find(b"IEND\xae\x42\x60\x82", at)
        return end + 8 if end >= 0 else len(data)
    if data.startswith(b"RIFF", at):
        return int(min(at + 8 + struct.unpack_from("<L", data, at + 4)[0], len(data)))
    return _boxes_end(data, at) if data.startswith(b"JXL ", at + 4) else len(data)


def _jpeg_end(data: bytes, start: int) -> int:
    try:
        return next(segment.end for segment in segments(data, start) if segment.marker == EOI)
    except (StopIteration, UnsupportedImage):
        return len(data)


def _boxes_end(data: bytes, start: int) -> int:
    """Pass over a file's boxes (ISO/IEC 14496-12 §4.2); one of which nothing but its first is readable has no end."""
    at, passed = start, 0
    while passed < _MAX_BOXES and data[at + 4 : at + _BOX_HEAD_BYTES] in _BOXES:
        length = struct.unpack_from(">L", data, at)[0]
        if length == 1 and at + 16 <= len(data):  # the length follows, in eight bytes
            length = struct.unpack_from(">Q", data, at + _BOX_HEAD_BYTES)[0]
        if length < _BOX_HEAD_BYTES or at + length > len(data):  # to the end of the file, or past it
            return len(data)
        at, passed = at + length, passed + 1
    return at if passed > 1 else len(data)


def _picture(data: bytes, at: int, end: int, role: str | None, *, is_read: bool) -> Block:
    """Describe a picture by what its index says, or by marks of its own; a preview is a smaller copy."""
    limit = min(end, at + _MARKED_BYTES)
    name = next((made for mark, made in _MARKS if mark.search(data, at, limit)), None) or role or SECOND
    kind = Kind.PICTURE if name in _MADE else Kind.THUMBNAIL if name == PREVIEW else Kind.FURTHER
    own = Fact(kind, name)
    return Block(name, end - at, (own, *(_exif_facts(data, at) if is_read else ())))


def _exif_facts(data: bytes, at: int) -> tuple[Fact, ...]:
    """Read what a further JPEG's own Exif says, but for its thumbnail."""
    if not data.startswith(b"\xff\xd8", at):
        return ()
    try:
        found = next(filter(lambda segment: _is_exif(data, segment), segments(data, at)), None)
    except UnsupportedImage:
        return ()
    if found is None:
        return ()
    read_facts = exif.read(memoryview(data)[found.body + exif.MARK_BYTES : found.end]).facts
    return tuple(fact for fact in read_facts if fact.kind is not Kind.THUMBNAIL)


def _is_exif(data: bytes, segment: Segment) -> bool:
    return segment.marker == APP1 and data.startswith(_EXIF_MARK, segment.body, segment.end)


def video_name(data: bytes, start: int) -> str:
    """Name a video with its length in seconds, from its movie header (ISO/IEC 14496-12 §8.2.2)."""
    header = data.find(b"mvhd", start)
    is_long = data[header + 4 : header + 5] == b"\x01"
    layout, at = (">LQ", header + 24) if is_long else (">LL", header + 16)
    if header < 0 or at + struct.calcsize(layout) > len(data):
        return "hidden video"
    scale, ticks = struct.unpack_from(layout, data, at)
    seconds = round(ticks / scale) if scale else 0
    return f"hidden {seconds} s video" if seconds else "hidden video"
