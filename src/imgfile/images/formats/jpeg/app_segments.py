"""What a JPEG's application segments are called, and what they say.

Names as in the registrations that writers follow: T.871 JFIF, CIPA DC-008 Exif, ISO 16684-3 XMP, CIPA DC-007 MPF,
ICC.1 annex B.4, ISO 19566-5 JUMBF (which carries C2PA), Adobe's Photoshop 3.0 resources, T.872 APP14.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from imgfile.images.formats.jpeg_segments import APP0, APP1, APP2, APP11, APP13, APP14, COM, Segment
from imgfile.images.metadata import exif
from imgfile.images.metadata.model import Block, Fact, Kind, Reading, readable

JFIF, EXIF, ICC, ADOBE = b"JFIF\0", b"Exif\0", b"ICC_PROFILE\0", b"Adobe"
XMP, XMP_EXTENSION = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
PHOTOSHOP = b"Photoshop 3.0\0"
MPF = b"MPF\0"

FLIR, JUMBF = b"FLIR\0", b"JP"
ICC_HEAD_BYTES: Final = 14
_JFIF_BYTES, _ADOBE_BYTES = 14, 12
_FLIR_HEAD_BYTES: Final = 8
"""The name, a 1, this part's number, and the last one's."""
_JUMBF_HEAD_BYTES: Final = 8
"""The name, the superbox's number, and this part's."""
_EXTENSION_HEAD_BYTES: Final = len(XMP_EXTENSION) + 40
"""A GUID, the whole length and this part's offset follow the name."""

_Reader = Callable[[memoryview], Reading]


def _always(kind: Kind, name: str) -> _Reader:
    return lambda _: Reading((Fact(kind, name),))


def _nothing(_: memoryview) -> Reading:
    return Reading()


def _read_packet(packet: memoryview) -> Reading:
    from imgfile.images.metadata import xmp  # noqa: PLC0415 - only where a packet is

    return xmp.look(packet)


def _read_resources(resources: memoryview) -> Reading:
    from imgfile.images.metadata import iptc  # noqa: PLC0415 - only where Photoshop's resources are

    return iptc.look(resources)


def _read_manifest(boxes: memoryview) -> Reading:
    """Read C2PA's manifest; what is not described as a superbox is none."""
    if bytes(boxes[12:16]) != b"jumd":
        return Reading((Fact(Kind.HISTORY, "C2PA"),), len(boxes))
    from imgfile.images.metadata import jumbf  # noqa: PLC0415 - only where a manifest is

    return jumbf.look(boxes)


def _read_flir(records: memoryview) -> Reading:
    from imgfile.images.metadata import flir  # noqa: PLC0415 - only where a FLIR camera's records are

    return flir.look(bytes(records))


_SEGMENTS: Final[tuple[tuple[int, bytes, str, _Reader], ...]] = (
    (
        APP0,
        JFIF,
        "APP0 JFIF",
        lambda body: Reading((Fact(Kind.THUMBNAIL, "JFIF"),)) if len(body) > _JFIF_BYTES else Reading(),
    ),
    (APP0, b"JFXX\0", "APP0 JFXX", _always(Kind.THUMBNAIL, "JFXX")),
    (APP1, EXIF, "APP1 Exif", lambda body: exif.read(body[exif.MARK_BYTES :]).reading()),
    (APP1, XMP, "APP1 XMP", lambda body: _read_packet(body[len(XMP) :])),
    (APP1, XMP_EXTENSION, "APP1 XMP extension", lambda body: _read_packet(body[_EXTENSION_HEAD_BYTES:])),
    (APP1, FLIR, "APP1 FLIR", lambda body: _read_flir(body[_FLIR_HEAD_BYTES:])),
    (APP2, ICC, "APP2 ICC", lambda body: Reading((Fact(Kind.COLOUR, "ICC"),), len(body))),
    (APP2, MPF, "APP2 MPF", _nothing),
    (APP2, b"urn:iso:std:iso:ts:21496", "APP2 gain map description", _nothing),
    (APP2, b"FPXR\0", "APP2 FlashPix", _always(Kind.THUMBNAIL, "FlashPix")),
    (APP11, JUMBF, "APP11 JUMBF", lambda body: _read_manifest(body[_JUMBF_HEAD_BYTES:])),
    (APP13, PHOTOSHOP, "APP13 Photoshop", lambda body: _read_resources(body[len(PHOTOSHOP) :])),
    (APP14, ADOBE, "APP14 Adobe", lambda body: Reading(unread=max(len(body) - _ADOBE_BYTES, 0))),
    (COM, b"", "COM", lambda body: Reading((Fact(Kind.TEXT, "Comment", readable(body)),), _behind_text(body))),
)


def _behind_text(body: memoryview) -> int:
    """Count what stands behind a comment's first NUL, or past what is kept of a value."""
    return len(bytes(body).partition(b"\0")[2].strip(b"\0"))


def is_a(data: bytes, segment: Segment, marker: int, prefix: bytes) -> bool:
    """Return whether a segment is an application segment of this marker and name."""
    return segment.marker == marker and data.startswith(prefix, segment.body, segment.end)


def block(data: bytes, segment: Segment, *, is_read: bool = True, reading: Reading | None = None) -> Block:
    """Describe a dropped segment; its values only if `is_read`, and `reading` if they were read before."""
    length = segment.end - segment.start
    for marker, prefix, name, reader in _SEGMENTS:
        if is_a(data, segment, marker, prefix):
            if not is_read:
                return Block(name, length)
            return (reading or reader(memoryview(data)[segment.body : segment.end])).block(name, length)
    return Block(f"APP{segment.marker - APP0}", length)


# --- what goes on in a further segment ----------------------------------------------------------------------


def _extension_key(data: bytes, segment: Segment) -> tuple[bytes, int]:
    """Return an extended packet's GUID, and this part's place in it (XMP part 3 §1.1.3.1)."""
    at = segment.body + len(XMP_EXTENSION)
    return data[at : at + 32], int.from_bytes(data[at + 36 : at + 40], "big")


def _manifest_key(data: bytes, segment: Segment) -> tuple[bytes, int]:
    """Return a superbox's number, and this part's place in it (ISO/IEC 19566-5 §D.2)."""
    return data[segment.body + 2 : segment.body + 4], int.from_bytes(data[segment.body + 4 : segment.body + 8], "big")


_CONTINUED: Final[tuple[tuple[int, bytes, int, int, Callable[[bytes, Segment], tuple[bytes, int]], _Reader], ...]] = (
    (APP1, XMP_EXTENSION, _EXTENSION_HEAD_BYTES, _EXTENSION_HEAD_BYTES, _extension_key, _read_packet),
    (APP1, FLIR, _FLIR_HEAD_BYTES, _FLIR_HEAD_BYTES, lambda data, each: (b"", data[each.body + 6]), _read_flir),
    (APP11, JUMBF, _JUMBF_HEAD_BYTES, _JUMBF_HEAD_BYTES + 8, _manifest_key, _read_manifest),
    (APP13, PHOTOSHOP, len(PHOTOSHOP), len(PHOTOSHOP), lambda _, each: (b"", each.start), _read_resources),
)
"""Segments that may go on in others of their kind: the head of the first and of others in bytes, whose part each is and
which, and what reads the whole. Parts of a superbox repeat its head of eight bytes."""


def joined(data: bytes, segments: Sequence[Segment], limit: int) -> dict[int, Reading]:
    """Read what goes on over several segments as one; by each segment's place, the first has it all."""
    found: dict[int, Reading] = {}
    for marker, prefix, first_head, other_head, key, reader in _CONTINUED:
        groups: dict[bytes, list[tuple[int, Segment]]] = {}
        for segment in segments:
            if is_a(data, segment, marker, prefix) and segment.end - segment.body >= first_head:
                whose, number = key(data, segment)
                groups.setdefault(whose, []).append((number, segment))
        for parts in groups.values():
            if len(parts) > 1:
                ordered = [segment for _, segment in sorted(parts, key=lambda part: part[0])]
                heads = [first_head] + [other_head] * (len(ordered) - 1)
                whole = b"".join(data[each.body + head : each.end] for each, head in zip(ordered, heads, strict=True))
                found |= dict.fromkeys((segment.start for segment in ordered), Reading())
                found[ordered[0].start] = reader(memoryview(whole[:limit]))
    return found
