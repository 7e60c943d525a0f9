"""What a JPEG's application segments are called, and what they say.

Names as in the registrations that writers follow: T.871 JFIF, CIPA DC-008 Exif, ISO 16684-3 XMP, CIPA DC-007 MPF,
ICC.1 annex B.4, ISO 19566-5 JUMBF (which carries C2PA), Adobe's Photoshop 3.0 resources, T.872 APP14.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from imgfile.images.formats.jpeg_segments import APP0, APP1, APP2, APP11, APP13, APP14, COM, Segment
from imgfile.images.metadata import exif
from imgfile.images.metadata.model import Block, Fact, Kind, readable

JFIF, EXIF, ICC, ADOBE = b"JFIF\0", b"Exif\0", b"ICC_PROFILE\0", b"Adobe"
XMP, XMP_EXTENSION = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
PHOTOSHOP = b"Photoshop 3.0\0"
MPF = b"MPF\0"

ICC_HEAD_BYTES: Final = 14
_EXTENSION_HEAD_BYTES: Final = len(XMP_EXTENSION) + 40
"""A GUID, the whole length and this part's offset follow the name."""

_Reader = Callable[[memoryview], tuple[Fact, ...]]


def _always(kind: Kind, name: str) -> _Reader:
    return lambda _: (Fact(kind, name),)


def _nothing(_: memoryview) -> tuple[Fact, ...]:
    return ()


def _read_packet(packet: memoryview) -> tuple[Fact, ...]:
    from imgfile.images.metadata import xmp  # noqa: PLC0415 - only where a packet is

    return xmp.read(packet)


def _read_resources(resources: memoryview) -> tuple[Fact, ...]:
    from imgfile.images.metadata import iptc  # noqa: PLC0415 - only where Photoshop's resources are

    return iptc.read(resources)


_SEGMENTS: Final[tuple[tuple[int, bytes, str, _Reader], ...]] = (
    (APP0, JFIF, "APP0 JFIF", _always(Kind.THUMBNAIL, "JFIF")),
    (APP0, b"JFXX\0", "APP0 JFXX", _always(Kind.THUMBNAIL, "JFXX")),
    (APP1, EXIF, "APP1 Exif", lambda body: exif.read(body[exif.MARK_BYTES :]).facts),
    (APP1, XMP, "APP1 XMP", lambda body: _read_packet(body[len(XMP) :])),
    (APP1, XMP_EXTENSION, "APP1 XMP extension", lambda body: _read_packet(body[_EXTENSION_HEAD_BYTES:])),
    (APP2, ICC, "APP2 ICC", _always(Kind.COLOUR, "ICC")),
    (APP2, MPF, "APP2 MPF", _nothing),
    (APP2, b"urn:iso:std:iso:ts:21496", "APP2 gain map description", _nothing),
    (APP2, b"FPXR\0", "APP2 FlashPix", _always(Kind.THUMBNAIL, "FlashPix")),
    (APP11, b"JP", "APP11 JUMBF", _always(Kind.HISTORY, "C2PA")),
    (APP13, PHOTOSHOP, "APP13 Photoshop", lambda body: _read_resources(body[len(PHOTOSHOP) :])),
    (APP14, ADOBE, "APP14 Adobe", _nothing),
    (COM, b"", "COM", lambda body: (Fact(Kind.TEXT, "Comment", readable(body)),)),
)


def is_a(data: bytes, segment: Segment, marker: int, prefix: bytes) -> bool:
    """Return whether a segment is an application segment of this marker and name."""
    return segment.marker == marker and data.startswith(prefix, segment.body, segment.end)


def block(data: bytes, segment: Segment, *, is_read: bool = True, facts: tuple[Fact, ...] | None = None) -> Block:
    """Describe a dropped segment; its values only if `is_read`, and `facts` if they were read before."""
    length = segment.end - segment.start
    for marker, prefix, name, reader in _SEGMENTS:
        if is_a(data, segment, marker, prefix):
            if is_read and facts is None:
                facts = reader(memoryview(data)[segment.body : segment.end])
            return Block(name, length, facts if is_read and facts else ())
    return Block(f"APP{segment.marker - APP0}", length)
