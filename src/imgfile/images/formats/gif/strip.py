"""GIF without its metadata: colours and pictures verbatim (GIF89a specification; Netscape's loop; ICC in GIF).

Kept are the head, and each picture with the control block that decoders obey for it. What is not named is dropped.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from imgfile.clinical.proofs import MediaType
from imgfile.images import refusals
from imgfile.images.draft import COLOUR_LOST, ORIENTATION_UNSURE, UNREAD_END, Draft
from imgfile.images.formats import lzw, trailer
from imgfile.images.formats.gif import blocks as gif_blocks
from imgfile.images.formats.gif.blocks import APPLICATION, COMMENT, CONTROL, EXTENSION, IMAGE, PLAIN_TEXT, TRAILER, Part
from imgfile.images.limits import (
    MAX_ANIMATION_PIXELS,
    MAX_METADATA_BYTES,
    MAX_PIXELS,
    MAX_PROFILE_BYTES,
    MAX_READ_BLOCKS,
    MAX_READ_BYTES,
)
from imgfile.images.metadata import exif, icc, iptc, xmp
from imgfile.images.metadata.exif import Exif
from imgfile.images.metadata.model import RESERVED, Block, Fact, Kind, Reading, behind_picture, readable

LOOPS: Final = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0"})
PROFILE: Final = b"ICCRGBG1012"
KEPT: Final = {
    "header": "version, screen size, colours, verbatim",
    "graphic control": "one before each picture: delay, disposal, transparent colour",
    "image": "verbatim up to its last pixel, with its own colours",
    "NETSCAPE2.0": "loop count",
    "ANIMEXTS1.0": "loop count",
    "ICCRGBG1012": "colour profile, sanitised",
}
"""Every part that an output may hold."""

END_MISSING: Final = "Its end mark is missing: if it was an animation, its last pictures may be lost."

_XMP: Final = b"XMP DataXMP"
_APPLICATION_BYTES: Final = 12
"""An application's name and code, and their length before them."""
_APPLICATIONS: Final = {
    _XMP: "XMP",
    PROFILE: "ICC",
    b"MGK8BIM0000": "Photoshop",
    b"MGKIPTC0000": "IPTC",
    b"C2PA_GIF\1\0\0": "C2PA",
} | dict.fromkeys(LOOPS, "loop count")
_CONTROL_BYTES: Final = 4
_CONTROL_BITS: Final = 0x1F
"""Disposal, user input and transparency; the other bits mean nothing."""
_LOOP_BLOCK_BYTES: Final = 3
_LOOP_KIND: Final = 1


@dataclass(slots=True)
class _Walk:
    """What a walk has found so far."""

    data: bytes
    head: int
    written: list[bytes | memoryview] = field(default_factory=list)
    dropped: list[Part] = field(default_factory=list)
    loop: Part | None = None
    profile: Part | None = None
    waiting: list[Part] = field(default_factory=list)
    """Control blocks before the next picture; decoders obey the last."""
    of_text: list[Part] = field(default_factory=list)
    """Control blocks before a plain text; viewers ignore such text, and obey them for a picture that has none."""
    width: int = 0
    height: int = 0
    pixels: int = 0
    pictures: int = 0
    behind: int = 0
    """Bytes that stood behind pictures' ends, in their coded data."""
    is_unread: bool = False
    end: int = 0
    is_ended: bool = False


def strip(data: bytes) -> Draft:
    """Leave out everything but the pictures. Raises `UnsupportedImage`; what it returns is not yet checked."""
    walk = _walk(data)
    profile = b"".join(itertools.islice(gif_blocks.blocks(data, walk.profile), 1, None)) if walk.profile else b""
    colour = icc.sanitise(profile[: MAX_PROFILE_BYTES + 1]) if profile else None
    reader = _Reader(data)
    blocks = [reader.block(part) for part in walk.dropped]
    view = memoryview(data)
    output = b"".join((view[: walk.head], _encoded_profile(colour), *walk.written, bytes((TRAILER,))))
    if walk.profile is not None and profile != colour:
        blocks.append(Block("ICC", len(profile) - len(colour or b""), (Fact(Kind.COLOUR, "ICC"),)))
    hidden, hints = trailer.read(data, walk.end)
    blocks += (*behind_picture(walk.behind), *hidden)
    warnings = [COLOUR_LOST] if walk.profile is not None and colour is None else []
    warnings += [] if walk.is_ended else [END_MISSING]
    warnings += [UNREAD_END] if walk.is_unread else []
    warnings += [ORIENTATION_UNSURE] if (reader.orientation or exif.UPRIGHT) != exif.UPRIGHT else []
    return Draft(
        data=output,
        media_type=MediaType.GIF,
        width=walk.width,
        height=walk.height,
        exif=Exif(),
        has_profile=colour is not None,
        blocks=tuple(blocks) if blocks or output == data else (RESERVED,),
        warnings=(*warnings, *hints),
    )


# --- reading --------------------------------------------------------------------------------------------


def _walk(data: bytes) -> _Walk:
    walk = _Walk(data, gif_blocks.colours_end(data))
    walk.width, walk.height = struct.unpack_from("<HH", data, 6)
    walk.end = walk.head
    for part in gif_blocks.parts(data, walk.head):
        walk.end = part.end
        if part.introducer == IMAGE:
            _take_picture(walk, part)
        elif part.introducer == EXTENSION:
            _take_extension(walk, part)
        walk.is_ended = part.introducer == TRAILER
    walk.dropped += walk.waiting + walk.of_text
    if not walk.pictures:
        raise refusals.damaged("it holds no picture")
    return walk


def _take_picture(walk: _Walk, part: Part) -> None:
    """Write a picture behind the control block that decoders obey for it."""
    left, top, width, height = gif_blocks.extents(walk.data, part)
    if not width or not height:
        raise refusals.damaged("a picture states no size")
    if not walk.pictures:
        walk.width, walk.height = max(walk.width, left + width), max(walk.height, top + height)
    walk.pixels += width * height
    if walk.width * walk.height > MAX_PIXELS:
        raise refusals.too_large(f"{walk.width} x {walk.height} pixels")
    if walk.pixels > MAX_ANIMATION_PIXELS:
        raise refusals.too_large("its animation has too many pixels")
    controls = walk.of_text + walk.waiting
    if controls:
        control = controls.pop()
        said = next(gif_blocks.blocks(walk.data, control))[:_CONTROL_BYTES]
        walk.written.append(gif_blocks.encode(CONTROL, bytes((said[0] & _CONTROL_BITS,)) + said[1:]))
    walk.dropped += controls
    walk.of_text, walk.waiting = [], []
    walk.written += _picture(walk, part, width * height)
    walk.pictures += 1


def _picture(walk: _Walk, part: Part, pixels: int) -> Iterator[bytes | memoryview]:
    """Yield a picture as it is, or, where something stands behind its last pixel, up to there."""
    view = memoryview(walk.data)
    coded = b"".join(gif_blocks.blocks(walk.data, part))
    needed = lzw.trimmed(coded, pixels, lzw.GIF, view[part.body - 1])  # appendix F: the codes' first size
    walk.is_unread |= needed is None
    if needed is None or needed is coded:
        yield view[part.start : part.end]
        return
    walk.behind += max(len(coded) - len(needed), 1)  # less than a byte may have stood there
    yield view[part.start : part.body]
    yield gif_blocks.divided(needed)


def _take_extension(walk: _Walk, part: Part) -> None:
    data = walk.data
    first = next(gif_blocks.blocks(data, part), b"")
    if part.label == CONTROL and len(first) >= _CONTROL_BYTES:
        walk.waiting.append(part)
        return
    if part.label == PLAIN_TEXT:
        walk.of_text += walk.waiting
        walk.waiting = []
    elif part.label == APPLICATION and first in LOOPS and walk.loop is None:
        count = _loop_count(data, part)
        if count:
            walk.loop = part
            walk.written.append(gif_blocks.encode(APPLICATION, first, count))
            return
    elif part.label == APPLICATION and first == PROFILE and walk.profile is None:
        walk.profile = part
        return
    walk.dropped.append(part)


def _loop_count(data: bytes, part: Part) -> bytes:
    """Read the sub-block that says how often to play; empty if there is none."""
    block = next(itertools.islice(gif_blocks.blocks(data, part), 1, None), b"")
    is_loop = len(block) >= _LOOP_BLOCK_BYTES and block[0] & 7 == _LOOP_KIND
    return bytes((_LOOP_KIND,)) + block[1:_LOOP_BLOCK_BYTES] if is_loop else b""


def _encoded_profile(colour: bytes | None) -> bytes:
    if not colour:
        return b""
    return gif_blocks.encode(APPLICATION, PROFILE)[:-1] + gif_blocks.divided(colour)


# --- what was left out ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    """Reads dropped parts in turn, within one photo's allowance of blocks and of bytes."""

    data: bytes
    orientation: int | None = None
    """What an XMP packet states; only some programs obey it."""
    blocks_left: int = MAX_READ_BLOCKS
    bytes_left: int = MAX_READ_BYTES

    def block(self, part: Part) -> Block:
        """Describe a dropped part."""
        length = part.end - part.start
        self.blocks_left -= 1
        self.bytes_left -= length
        is_read = self.blocks_left >= 0 and self.bytes_left >= 0
        name = {COMMENT: "comment", PLAIN_TEXT: "plain text", CONTROL: "graphic control"}.get(part.label, "extension")
        if part.label == APPLICATION:
            name = _APPLICATIONS.get(next(gif_blocks.blocks(self.data, part), b""), "application extension")
        return self._reading(name, part).block(name, length) if is_read else Block(name, length)

    def _reading(self, name: str, part: Part) -> Reading:  # noqa: PLR0911 - one for each kind
        if name == "XMP":  # not in sub-blocks: the packet stands as it is, up to a trailer that imitates some
            packet = memoryview(self.data)[part.body + _APPLICATION_BYTES : part.end]
            self.orientation = self.orientation or xmp.orientation(packet)
            return xmp.look(packet)
        payload = b"".join(itertools.islice(gif_blocks.blocks(self.data, part), 1, None))[:MAX_METADATA_BYTES]
        if name == "comment":
            words = b"".join(gif_blocks.blocks(self.data, part))
            return Reading((Fact(Kind.TEXT, "Comment", readable(words)),), _behind_text(words))
        if name == "plain text":
            return Reading((Fact(Kind.TEXT, "PlainText", readable(payload)),), _behind_text(payload))
        if name == "Photoshop":
            return iptc.look(payload)
        if name == "IPTC":
            return iptc.look_at_datasets(payload)
        if name == "C2PA":
            from imgfile.images.metadata import jumbf  # noqa: PLC0415 - only where a manifest is

            return jumbf.look(payload)
        if name == "ICC":
            return Reading((Fact(Kind.COLOUR, "ICC"),), len(payload))
        return Reading(unread=0 if name in {"graphic control", "loop count"} else part.end - part.start)


def _behind_text(words: bytes) -> int:
    """Count what stands behind a text's first NUL."""
    return len(words.partition(b"\0")[2].strip(b"\0"))
