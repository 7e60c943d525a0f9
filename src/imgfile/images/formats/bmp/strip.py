"""BMP without its metadata: headers, palette and pixels (Microsoft's bitmap storage; IBM's OS/2 bitmaps).

Fields that mean nothing are zeroed, gaps and what follows the pixels are dropped. A profile that the file only names
is a path on someone's computer, and goes.
"""

from __future__ import annotations

import struct
from typing import Final

from imgfile.clinical.proofs import MediaType
from imgfile.images import refusals
from imgfile.images.draft import COLOUR_LOST, Draft
from imgfile.images.formats import trailer
from imgfile.images.formats.bmp import pixels as bmp_pixels
from imgfile.images.formats.bmp.header import (
    CALIBRATED,
    CORE,
    EMBEDDED,
    FILE_HEADER_BYTES,
    LINKED,
    OS2,
    PLAIN,
    SPACES,
    STANDARD,
    V4,
    V5,
    Header,
)
from imgfile.images.limits import MAX_PROFILE_BYTES
from imgfile.images.metadata import icc
from imgfile.images.metadata.exif import Exif
from imgfile.images.metadata.model import RESERVED, Block, Fact, Kind, readable

KEPT: Final = {
    "file header": "lengths and offsets, corrected",
    "bitmap header": "size, depth, compression, resolution, colour masks, colour space",
    "palette": "verbatim, its reserved bytes zeroed",
    "pixels": "verbatim, the padding of rows zeroed",
    "embedded profile": "colour profile, sanitised",
}
"""Every part that an output may hold."""

PROFILE_ELSEWHERE: Final = "Its colour profile is a file on another computer: colours may look different."

_SPACE, _ENDPOINTS, _INTENT, _PROFILE = 56, 60, 108, 112
"""Offsets in a header of version 4 or 5, in bytes."""
_INTENTS: Final = frozenset({1, 2, 4, 8})


def strip(data: bytes) -> Draft:
    """Leave out everything but the picture. Raises `UnsupportedImage`; what it returns is not yet checked."""
    header = Header.parse(data)
    end = bmp_pixels.end(data, header)
    space, start, profile = _profile(data, header)
    if profile and start < end and start + len(profile) > header.pixels:  # what is read as rows would stay, unread
        raise refusals.damaged("its colour profile and its pixels overlap")
    colour = icc.sanitise(profile) if space == EMBEDDED else None
    view = memoryview(data)
    output = b"".join(
        (
            *_heads(data, header, colour, end - header.pixels),
            view[FILE_HEADER_BYTES + header.size : header.palette],
            _palette(data, header),
            bmp_pixels.cleaned(view[header.pixels : end], header),
            colour or b"",
        )
    )
    behind = start + len(profile) if profile and start >= end else end
    hidden, hints = trailer.read(data, behind)
    blocks = [*_gaps(header, start - end if behind > end else 0), *_profile_block(space, profile, colour), *hidden]
    warnings = [COLOUR_LOST] if space == EMBEDDED and colour is None else []
    return Draft(
        data=output,
        media_type=MediaType.BMP,
        width=header.width,
        height=header.height,
        exif=Exif(),
        has_profile=colour is not None,
        blocks=tuple(blocks) if blocks or output == data else (RESERVED,),
        warnings=(*warnings, *([PROFILE_ELSEWHERE] if space == LINKED else []), *hints),
    )


def _profile(data: bytes, header: Header) -> tuple[bytes, int, bytes]:
    """Read the colour space, and where a profile, or the path of one, stands; one outside of the file is none."""
    if header.size != V5:
        return STANDARD, 0, b""
    space = data[FILE_HEADER_BYTES + _SPACE : FILE_HEADER_BYTES + _SPACE + 4]
    if space not in {EMBEDDED, LINKED}:
        return space, 0, b""
    start, length = struct.unpack_from("<LL", data, FILE_HEADER_BYTES + _PROFILE)
    start += FILE_HEADER_BYTES
    if start + length > len(data) or start < header.palette_end:
        return space, 0, b""
    return space, start, data[start : start + min(length, MAX_PROFILE_BYTES + 1)]


# --- writing --------------------------------------------------------------------------------------------


def _heads(data: bytes, header: Header, colour: bytes | None, pixel_bytes: int) -> tuple[bytes, bytes]:
    """Write both headers: lengths corrected, and zero in what is not named above."""
    size = header.palette_end + pixel_bytes + len(colour or b"")
    file_header = b"BM" + struct.pack("<L4xL", size, header.palette_end)
    old = data[FILE_HEADER_BYTES : FILE_HEADER_BYTES + header.size]
    if header.size < PLAIN:
        return file_header, old
    stated, across, down, used, important = struct.unpack_from("<LllLL", old, 20)
    fields = (
        pixel_bytes if stated else 0,
        *(across, down),
        header.colours if used else 0,
        important if important <= header.colours else 0,
    )
    masks = old[PLAIN : PLAIN + 16] if header.size != OS2 else b""
    written = old[:20] + struct.pack("<LllLL", *fields) + masks + _space(old, header, colour, pixel_bytes)
    return file_header, written.ljust(header.size, b"\0")


def _space(old: bytes, header: Header, colour: bytes | None, pixel_bytes: int) -> bytes:
    """Write what versions 4 and 5 say of colour."""
    if header.size < V4:
        return b""
    space = old[_SPACE:_ENDPOINTS]
    written = EMBEDDED if colour else space if space in SPACES else STANDARD
    endpoints = old[_ENDPOINTS:_INTENT] if space == CALIBRATED else bytes(_INTENT - _ENDPOINTS)
    if header.size == V4:
        return written + endpoints
    intent = struct.unpack_from("<L", old, _INTENT)[0]
    place = (header.palette_end - FILE_HEADER_BYTES + pixel_bytes, len(colour)) if colour else (0, 0)
    return written + endpoints + struct.pack("<LLL", intent if intent in _INTENTS else 0, *place)


def _palette(data: bytes, header: Header) -> bytes:
    entries = bytearray(data[header.palette : header.palette_end])
    if header.size != CORE:
        entries[3::4] = bytes(header.colours)
    return bytes(entries)


# --- what was left out ----------------------------------------------------------------------------------


def _gaps(header: Header, before_profile: int) -> list[Block]:
    lengths = (header.pixels - header.palette_end, before_profile)
    return [Block("gap", length) for length in lengths if length]


def _profile_block(space: bytes, profile: bytes, colour: bytes | None) -> list[Block]:
    if space == LINKED:
        return [Block("linked profile", len(profile), (Fact(Kind.TEXT, "ProfilePath", readable(profile, "cp1252")),))]
    if profile == (colour or b""):
        return []
    return [Block("ICC", len(profile) - len(colour or b""), (Fact(Kind.COLOUR, "ICC"),))]
