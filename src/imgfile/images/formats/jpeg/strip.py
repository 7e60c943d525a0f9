"""JPEG without its metadata: coded data verbatim, colour and orientation carried, everything else left out.

ITU-T T.81 for the stream, T.871 for JFIF, T.872 for Adobe's APP14, ICC.1 annex B.4 for profiles. What is not named
in these lists is dropped if it is an application segment or a comment, and refused if it is anything else.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnsupportedImage
from imgfile.frozen import dataclass, field
from imgfile.images import refusals
from imgfile.images.draft import COLOUR_LOST, DENSITY_KEPT, END_PUT_BACK, GAIN_MAP_LOST, ORIENTATION_UNSURE, Draft
from imgfile.images.formats import jpeg_segments
from imgfile.images.formats.jpeg import app_segments, scan_end, truncation
from imgfile.images.formats.jpeg.tables import Place, is_scan_of, is_whole, size, written
from imgfile.images.formats.jpeg_segments import (
    APP0,
    APP1,
    APP2,
    APP14,
    COM,
    DAC,
    DHT,
    DNL,
    DQT,
    DRI,
    EOI,
    FRAMES,
    SOS,
    Segment,
)
from imgfile.images.limits import MAX_PIXELS, MAX_READ_BLOCKS, MAX_READ_BYTES, MAX_SCANS, MAX_TABLE_BYTES
from imgfile.images.metadata import exif
from imgfile.images.metadata.exif import Density, Exif
from imgfile.images.metadata.model import Block, behind_picture

KEPT: Final = FRAMES | {DHT, DAC, DQT, DNL, DRI, SOS, EOI}
"""Kept verbatim, an SOS with its coded data and restart markers."""
DROPPED: Final = frozenset({*range(APP0, APP0 + 16), COM})
"""Dropped; but JFIF, Adobe's APP14, ICC and a minimal Exif block are written anew where they were."""

_SOI: Final = b"\xff\xd8"
ICC_CHUNK_BYTES: Final = 0xFFFF - 2 - app_segments.ICC_HEAD_BYTES
_DROPPED_BYTES: Final = frozenset(bytes((marker,)) for marker in DROPPED)
_JFIF_BYTES: Final = 14
_JFIF_KEPT_BYTES: Final = 12
"""Version and density; the thumbnail's size follows, written as 0 x 0."""
_ADOBE_BYTES: Final = 12
_GAIN_MAP_MARKS: Final = (b"hdrgm:Version", b'Semantic="GainMap"')


@dataclass(slots=True)
class _Walk:
    """What a walk has found. Decoders respect `jfif`, `adobe`, `profile` and `exif` only before the first scan."""

    jfif: Segment | None = None
    adobe: Segment | None = None
    profile: list[Segment] = field(default_factory=list)
    exif: Exif | None = None
    exif_in: Segment | None = None
    frame: Segment | None = None
    scans: int = 0
    table_bytes: int = 0
    has_picture: bool = False
    stated_behind: int = 0
    kept: list[Segment] = field(default_factory=list)
    dropped: list[Segment] = field(default_factory=list)
    stray_bytes: int = 0
    end: int = 2


def strip(data: bytes, *, with_trial: bool = False) -> Draft:
    """Leave out everything but the picture. Raises `UnsupportedImage`; what it returns is not yet checked.

    With a trial, and where something looks amiss, what stands behind each scan's last block is sought and cut.
    """
    walk = _Walk()
    try:
        _read(data, walk)
    except refusals.Truncated:
        return _put_back(data, walk, with_trial=with_trial)
    return _draft(data, walk, with_trial=with_trial)


def _draft(data: bytes, walk: _Walk, *, with_trial: bool) -> Draft:
    width, height = _size(data, walk)
    found = walk.exif or Exif()
    profile = _join(data, walk.profile)
    colour = _sanitised(profile) if profile is not None else None
    heads = [*_heads(data, walk, found, colour)]
    blocks, warnings = _left_out(data, walk, {*heads}, has_orientation=found.orientation != exif.UPRIGHT)
    if walk.profile and colour is None:
        warnings.append(COLOUR_LOST)
    if (density := _carried(data, walk, found)) is not None:
        warnings.append(DENSITY_KEPT.format(density=density.words()))
    cuts, hints = _behind(data, walk, heads, found.orientation, with_trial=with_trial)
    picture = [*_picture(data, walk, cuts)]
    behind = sum(end - start for start, end in cuts)
    unused = sum(segment.end - segment.start for segment in walk.kept) - sum(map(len, picture)) - behind
    if unused:
        blocks.append(Block("unused tables", unused))
    return Draft(
        data=b"".join((_SOI, *heads, *picture)),
        media_type=MediaType.JPEG,
        width=width,
        height=height,
        exif=found,
        has_profile=colour is not None,
        blocks=(*blocks, *behind_picture(behind)),
        warnings=tuple(dict.fromkeys((*warnings, *hints))),
    )


def _picture(data: bytes, walk: _Walk, cuts: Sequence[Place]) -> Iterator[bytes | memoryview]:
    return written(data, walk.kept, walk.frame, cuts) if walk.frame is not None else iter(())


def _behind(
    data: bytes, walk: _Walk, heads: list[bytes], orientation: int, *, with_trial: bool
) -> tuple[list[Place], list[str]]:
    """Return what stands behind scans' last blocks, if that is to be looked at, and what else is to be said of them."""
    if walk.frame is None:
        return [], []
    doubt = scan_end.doubtful_from(data, walk.frame, walk.kept)
    lacking = [*truncation.lacking(data, walk.frame, walk.kept, orientation, doubt)]
    if lacking or not (with_trial or doubt is not None or scan_end.goes_on(data, walk.frame, walk.kept)):
        return [], lacking
    from imgfile.images.formats.jpeg import trial  # noqa: PLC0415 - it decodes, which most photos do not need

    def made(cuts: Sequence[Place]) -> bytes:
        return b"".join((_SOI, *heads, *_picture(data, walk, cuts)))

    return trial.cuts(data, walk.frame, walk.kept, made, is_asked=with_trial)


# --- reading --------------------------------------------------------------------------------------------


def _read(data: bytes, walk: _Walk) -> None:
    for segment in jpeg_segments.segments(data):
        walk.stray_bytes += segment.start - walk.end
        walk.end = segment.end
        if segment.marker in KEPT:
            _keep(data, walk, segment)
        elif segment.marker in DROPPED:
            walk.dropped.append(segment)
            if not walk.scans:
                _remember(data, walk, segment)
        else:
            raise refusals.unknown("it is a kind of JPEG that ordinary programs do not show")
    if not walk.has_picture:
        raise refusals.damaged("it holds no picture")


def _put_back(data: bytes, walk: _Walk, *, with_trial: bool) -> Draft:
    """Strip a photo that lacks its end mark and nothing else. Raises `UnsupportedImage` where more is missing."""
    pixels = math.prod(size(data, walk.frame)) if walk.frame is not None else 0
    candidates = [(data, "padding after the end")]
    if data[walk.end : walk.end + 1] == b"\xff" and data[walk.end + 1 : walk.end + 2] in _DROPPED_BYTES:
        candidates.append((data[: walk.end], "a segment that is cut short"))
    for coded, name in candidates:
        closed = truncation.closed(coded, pixels)
        made = _closed_draft(closed, with_trial=with_trial) if closed is not None else None
        if closed is not None and made is not None and not truncation.is_lacking(made.warnings):
            rest = len(data) - (len(closed) - 2)
            left = [Block(name, rest, unread=rest if coded is not data else 0)] if rest else []
            return replace(made, blocks=(*made.blocks, *left), warnings=(*made.warnings, END_PUT_BACK))
    raise _cut_short(data, walk)


def _closed_draft(closed: bytes, *, with_trial: bool) -> Draft | None:
    """Return a draft of a photo whose end mark was put back; None if it still has no end."""
    walk = _Walk()
    try:
        _read(closed, walk)
    except refusals.Truncated:
        return None
    return _draft(closed, walk, with_trial=with_trial)


def _cut_short(data: bytes, walk: _Walk) -> UnsupportedImage:
    """Return the refusal that says how much can still be seen, if that can be said within the limits."""
    if walk.frame is None:
        return refusals.truncated()
    _size(data, walk)
    found = walk.exif or Exif()
    return refusals.truncated(truncation.describe(data, {segment.marker for segment in walk.kept}, found.orientation))


def _keep(data: bytes, walk: _Walk, segment: Segment) -> None:
    if not is_whole(data, segment):
        raise refusals.damaged("a table's length contradicts its content")
    if segment.marker in FRAMES:
        if walk.frame is not None:
            raise refusals.damaged("it describes its picture twice")
        walk.frame = segment
    elif segment.marker == SOS:
        if walk.frame is None or not is_scan_of(data, segment, walk.frame):
            raise refusals.damaged("its coded data contradict its description")
        walk.scans += 1
        walk.has_picture |= segment.end > segment.header_end
    elif segment.marker == DNL:
        walk.stated_behind = walk.stated_behind or struct.unpack_from(">H", data, segment.body)[0]
    walk.table_bytes += segment.header_end - segment.start
    if walk.scans > MAX_SCANS or walk.table_bytes > MAX_TABLE_BYTES:
        raise refusals.too_large("it has more scans or tables than any photo needs")
    walk.kept.append(segment)


def _remember(data: bytes, walk: _Walk, segment: Segment) -> None:
    """Remember what is written anew: the last JFIF and APP14, as libjpeg obeys them, and the first Exif."""
    length = segment.end - segment.body
    if app_segments.is_a(data, segment, APP0, app_segments.JFIF) and length >= _JFIF_BYTES:
        walk.jfif = segment
    elif app_segments.is_a(data, segment, APP14, app_segments.ADOBE) and length >= _ADOBE_BYTES:
        walk.adobe = segment
    elif app_segments.is_a(data, segment, APP2, app_segments.ICC) and length > app_segments.ICC_HEAD_BYTES:
        walk.profile.append(segment)
    elif app_segments.is_a(data, segment, APP1, app_segments.EXIF) and walk.exif is None:
        walk.exif_in = segment
        walk.exif = exif.read(memoryview(data)[segment.body + exif.MARK_BYTES : segment.end])


def _size(data: bytes, walk: _Walk) -> tuple[int, int]:
    width, height = size(data, walk.frame) if walk.frame is not None else (0, 0)
    height = height or walk.stated_behind
    if not width or not height:
        raise refusals.damaged("it states no size")
    if width * height > MAX_PIXELS:
        raise refusals.too_large(f"{width} x {height} pixels")
    return width, height


def _sanitised(profile: bytes) -> bytes | None:
    from imgfile.images.metadata import icc  # noqa: PLC0415 - only where a profile is

    return icc.sanitise(profile)


def _join(data: bytes, chunks: list[Segment]) -> bytes | None:
    """Put a profile together by its chunks' numbers; None if one is missing or twice."""
    parts = {data[chunk.body + 12]: chunk for chunk in chunks}
    if not chunks or sorted(parts) != list(range(1, len(chunks) + 1)) or data[chunks[0].body + 13] != len(chunks):
        return None
    return b"".join(data[part.body + app_segments.ICC_HEAD_BYTES : part.end] for _, part in sorted(parts.items()))


# --- writing --------------------------------------------------------------------------------------------


def _heads(data: bytes, walk: _Walk, found: Exif, colour: bytes | None) -> Iterator[bytes]:
    """Write anew what colour and orientation need, in the order that JFIF and Exif ask for."""
    density = _carried(data, walk, found)
    if density is not None:
        unit = 2 if density.is_metric else 1  # T.871 §10.1: a unit, then how many across and down
        yield _segment(APP0, app_segments.JFIF + struct.pack(">HBHH2x", 0x0102, unit, density.across, density.down))
    elif walk.jfif is not None:
        yield _segment(APP0, data[walk.jfif.body : walk.jfif.body + _JFIF_KEPT_BYTES] + bytes(2))
    block = exif.minimal(found.orientation, is_adobe_rgb=found.is_adobe_rgb and colour is None)
    if block:
        yield _segment(APP1, block)
    parts = [colour[at : at + ICC_CHUNK_BYTES] for at in range(0, len(colour), ICC_CHUNK_BYTES)] if colour else []
    for number, part in enumerate(parts, start=1):
        yield _segment(APP2, app_segments.ICC + bytes((number, len(parts))) + part)
    if walk.adobe is not None:
        yield _segment(APP14, data[walk.adobe.body : walk.adobe.body + _ADOBE_BYTES])


def _carried(data: bytes, walk: _Walk, found: Exif) -> Density | None:
    """Return the density that only the Exif states, where JFIF can state it and changes no colour by being there.

    To decoders JFIF means YCbCr, as do components 1, 2 and 3 without it; Adobe's mark may say otherwise.
    """
    density = found.density
    if density is None or walk.adobe is not None or walk.frame is None:
        return None
    if walk.jfif is not None:  # a unit of 0 states the shape of a pixel alone
        unit, across, down = struct.unpack_from(">BHH", data, walk.jfif.body + len(app_segments.JFIF) + 2)
        return density if unit == 0 and across == down else None
    components = data[walk.frame.body + 6 : walk.frame.end : 3]
    return density if len(components) == 1 or components == b"\1\2\3" else None


def _segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


# --- what was left out ----------------------------------------------------------------------------------


def _left_out(data: bytes, walk: _Walk, written: set[bytes], *, has_orientation: bool) -> tuple[list[Block], list[str]]:
    blocks: list[Block] = []
    warnings: list[str] = []
    read_bytes = 0
    readings = app_segments.joined(data, walk.dropped, MAX_READ_BYTES)
    if walk.exif is not None and walk.exif_in is not None:
        readings[walk.exif_in.start] = walk.exif.reading()
    for segment in walk.dropped:
        if data[segment.start : segment.end] in written:
            continue
        read_bytes += segment.end - segment.start
        is_read = len(blocks) < MAX_READ_BLOCKS and read_bytes <= MAX_READ_BYTES
        blocks.append(app_segments.block(data, segment, is_read=is_read, reading=readings.get(segment.start)))
        if app_segments.is_a(data, segment, APP1, app_segments.XMP):
            warnings += _packet_warnings(data[segment.body : segment.end], has_orientation=has_orientation)
    if walk.stray_bytes:
        blocks.append(Block("bytes between segments", walk.stray_bytes))
    if walk.end == len(data):
        return blocks, warnings
    from imgfile.images.formats import trailer  # noqa: PLC0415 - most photos end with their picture

    hidden, found = trailer.read(data, walk.end, partial(_roles, data, walk))
    return blocks + hidden, warnings + found


def _roles(data: bytes, walk: _Walk) -> dict[int, str]:
    """Return what the pictures behind the first are, by the index that says it."""
    index = next((each for each in walk.dropped if app_segments.is_a(data, each, APP2, app_segments.MPF)), None)
    packet = next((each for each in walk.dropped if app_segments.is_a(data, each, APP1, app_segments.XMP)), None)
    if walk.frame is None or (index is None and packet is None):
        return {}
    from imgfile.images.formats.jpeg import mpf  # noqa: PLC0415 - only where something lists what is behind

    head = len(app_segments.XMP)
    found = mpf.listed(data[packet.body + head : packet.end], walk.end) if packet is not None else {}
    return found | (mpf.roles(data, index, math.prod(size(data, walk.frame))) if index is not None else {})


def _packet_warnings(packet: bytes, *, has_orientation: bool) -> Iterator[str]:
    from imgfile.images.metadata import xmp  # noqa: PLC0415 - only where a packet is

    packet = xmp.plain(packet[len(app_segments.XMP) :])
    if any(mark in packet for mark in _GAIN_MAP_MARKS):
        yield GAIN_MAP_LOST
    if not has_orientation and (xmp.orientation(packet) or exif.UPRIGHT) != exif.UPRIGHT:
        yield ORIENTATION_UNSURE
