"""What hides behind a JPEG's end: further pictures, gain maps, motion videos, makers' own data."""

from __future__ import annotations

import struct
from typing import Final

from imgfile.errors import UnsupportedImage
from imgfile.images.draft import GAIN_MAP_LOST
from imgfile.images.formats.jpeg_segments import EOI, segments
from imgfile.images.metadata.model import Block, Fact, Kind

MAX_PICTURES: Final = 16
"""Pictures that are counted one by one; what follows is one block."""
_GAIN_MAP_MARKS: Final = (b"hdrgm", b"GainMap", b"urn:iso:std:iso:ts:21496")
_SOI = b"\xff\xd8\xff"


def read(data: bytes, start: int) -> tuple[list[Block], list[str]]:
    """List what lies from `start` to the end of the file, and warn of pictures; a video is named where it is listed."""
    blocks: list[Block] = []
    warnings: list[str] = []
    video = data.find(b"ftyp", start)
    pictures_end = video - 4 if video >= start + 4 else len(data)
    position = start
    for _ in range(MAX_PICTURES):
        at = data.find(_SOI, position, pictures_end)
        if at < 0:
            break
        if at > position:
            blocks.append(_rest(data, position, at))
        end = _picture_end(data, at, pictures_end)
        is_gain_map = any(data.find(mark, at, min(end, at + (1 << 16))) >= 0 for mark in _GAIN_MAP_MARKS)
        name = "gain map" if is_gain_map else "second picture"
        blocks.append(Block(name, end - at, (Fact(Kind.PICTURE, name),)))
        warnings.append(GAIN_MAP_LOST if is_gain_map else "A further picture in the same file was left out.")
        position = end
    if position < pictures_end:
        blocks.append(_rest(data, position, pictures_end))
    if pictures_end < len(data):
        name = video_name(data, pictures_end)
        blocks.append(Block(name, len(data) - pictures_end, (Fact(Kind.VIDEO, name),)))
    return blocks, list(dict.fromkeys(warnings))


def _rest(data: bytes, start: int, end: int) -> Block:
    is_padding = data.count(b"\0", start, end) == end - start
    return Block("padding after the end" if is_padding else "data after the end", end - start)


def _picture_end(data: bytes, start: int, limit: int) -> int:
    """Find where a further picture ends; a broken one reaches to the limit."""
    try:
        return next(segment.end for segment in segments(data, start) if segment.marker == EOI and segment.end <= limit)
    except (StopIteration, UnsupportedImage):
        return limit


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
