"""What may describe a picture in a HEIF file, and in which exact form (ISO/IEC 23008-12 §6.5, AV1-ISOBMFF, AVIF).

Each kept property is written anew from its own fields: reserved bits, texts and whatever lies behind them stay out.
A property that is not named here is dropped, and refused where the file says that it is essential.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from imgfile.images import refusals
from imgfile.images.formats.bmff import Cursor
from imgfile.images.formats.heif.sei import kept_configuration
from imgfile.images.metadata import icc

ALPHA: Final = frozenset(
    {
        b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha",
        b"urn:mpeg:hevc:2015:auxid:1",
        b"urn:mpeg:avc:2015:auxid:1",
    }
)
"""What auxiliary pictures of transparency are called; all others (depth, gain maps, mattes) are dropped."""

_FULL: Final = frozenset({b"ispe", b"pixi", b"auxC"})
_LENGTHS: Final = {
    b"ispe": 12,
    b"pasp": 8,
    b"clap": 32,
    b"irot": 1,
    b"imir": 1,
    b"clli": 4,
    b"mdcv": 24,
    b"amve": 8,
    b"lsel": 2,
    b"a1op": 1,
}
"""Bytes of those that are always as long."""
_MASKS: Final = {b"irot": 3, b"imir": 1}
"""The bits that say something; the rest is reserved."""
CODINGS: Final = {b"hvc1": b"hvcC", b"av01": b"av1C", b"avc1": b"avcC"}
"""What each coding is configured by."""

TURNING: Final = frozenset({b"clap", b"irot", b"imir"})
"""What changes the picture's shape, in the order given."""
REQUIRED: Final = TURNING | frozenset(CODINGS.values()) | {b"ispe", b"auxC", b"lsel", b"a1op"}
"""What must not be dropped, even if it is not marked as essential: damaged, it damages the picture."""
PROFILES: Final = frozenset({b"prof", b"rICC"})


def rebuild(name: bytes, body: bytes) -> bytes | None:
    """Write a property's body anew; None if it may not stay. Raises `UnsupportedImage` if it must and cannot."""
    maker = _MAKERS.get(name)
    made = maker(name, body) if maker is not None else None
    if made is None and name in REQUIRED:
        raise refusals.damaged("the description of a picture is broken")
    return made


def is_alpha(body: bytes) -> bool:
    """Return whether an `auxC` says that its picture is the transparency of another."""
    return body[:4] == bytes(4) and body[4:].partition(b"\0")[0] in ALPHA


def _fixed(name: bytes, body: bytes) -> bytes | None:
    length = _LENGTHS[name]
    if len(body) < length or (name in _FULL and body[:4] != bytes(4)):
        return None
    return bytes((body[0] & _MASKS[name],)) if name in _MASKS else body[:length]


def _pixels(_: bytes, body: bytes) -> bytes | None:
    """`pixi`: bits of each channel; what its third edition says besides may be a text, and stays out."""
    length = 5 + body[4] if len(body) > 5 else 0  # noqa: PLR2004 - version, flags and count, and at least one channel
    return bytes(4) + body[4:length] if 0 < length <= len(body) and not body[0] else None


def _auxiliary(_: bytes, body: bytes) -> bytes | None:
    return bytes(4) + body[4:].partition(b"\0")[0] + b"\0" if is_alpha(body) else None


def _colour(_: bytes, body: bytes) -> bytes | None:
    kind = body[:4]
    if kind in PROFILES:
        profile = icc.sanitise(body[4:])
        return kind + profile if profile is not None else None
    if kind == b"nclx" and len(body) >= 11:  # noqa: PLR2004 - three numbers and a flag behind the type
        return body[:10] + bytes((body[10] & 0x80,))
    return body[:10] if kind == b"nclc" and len(body) >= 10 else None  # noqa: PLR2004 - three numbers


def _layers(_: bytes, body: bytes) -> bytes | None:
    """`a1lx`: sizes of three layers, of 2 or of 4 bytes each."""
    length = 13 if body[:1] == b"\1" else 7
    return bytes((body[0] & 1,)) + body[1:length] if len(body) >= length else None


def _content_volume(_: bytes, body: bytes) -> bytes | None:
    """`cclv`: primaries of three colours, then up to three luminances, as its first byte says."""
    if not body:
        return None
    present = body[0]
    length = 1 + 24 * bool(present & 0x20) + 4 * sum(bool(present & bit) for bit in (0x10, 0x08, 0x04))
    return body[:length] if len(body) >= length else None


def _configuration(name: bytes, body: bytes) -> bytes | None:
    return kept_configuration(name, Cursor(body, 0, len(body)))


_MAKERS: Final[dict[bytes, Callable[[bytes, bytes], bytes | None]]] = {
    **dict.fromkeys(_LENGTHS, _fixed),
    b"pixi": _pixels,
    b"auxC": _auxiliary,
    b"colr": _colour,
    b"a1lx": _layers,
    b"cclv": _content_volume,
    **dict.fromkeys(CODINGS.values(), _configuration),
}
KEPT: Final = frozenset(_MAKERS)
"""The allow-list."""
