"""Which format the bytes are, whatever the name says.

JPEG named `.heic` is common, and so is a text file named `.jpg`. What can be stripped is a `MediaType`; what can
only be named is `Foreign`, with advice that its reader can follow; everything else is no image. Signatures are
from each format's own specification, the ISO-BMFF brands from the MP4 registration authority (mp4ra.org).
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache

from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnsupportedImage
from imgfile.images import refusals
from imgfile.images.metadata.exif import is_dng

_JPEG = b"\xff\xd8\xff"
HEAD_BYTES = 4096
"""How much of a file decides its format."""


class Foreign(Enum):
    """A format that is recognised and refused: its name with article, and what to do instead."""

    JP2 = ("a JPEG 2000 picture", "Export it as JPEG or PNG from the program that made it, and file that.")
    RAW = (
        "a camera's raw file",
        "Ask the sender for the JPEG that the camera made beside it, or export one from a program that shows it.",
    )
    DICOM = ("a DICOM image", "It belongs in the imaging archive; export a JPEG there if the record needs a copy.")
    SVG = ("an SVG drawing", "A drawing is no photo: ask the sender for the JPEG from the camera.")
    PDF = ("a PDF document", "File it as a document, or ask the sender for the photo itself.")
    PSD = ("a Photoshop document", "Export it as PNG from Photoshop, and file that.")
    VIDEO = ("a video", "Ask the sender for a photo, or take a still from it.")
    ARCHIVE = ("a ZIP archive or an Office document", "Save the photo out of it, and file that.")
    PROFILED_JXL = (
        "a JPEG XL with a colour profile inside its coded picture",
        "Export it as PNG from the program that made it, and file that.",
    )
    """Known only by its codestream's header: `identify` says JPEG XL."""
    SEQUENCE = ("a HEIF or AVIF image sequence", "Ask the sender for a photo, or take a still from it.")
    """Known only by its tracks: `identify` says HEIC or AVIF."""

    def refusal(self) -> UnsupportedImage:
        """Return a refusal that says what it is and what to do."""
        name, advice = self.value
        return UnsupportedImage(f"is {name}, which cannot be stripped and proven.", advice)


_SIGNATURES: tuple[tuple[bytes, MediaType | Foreign], ...] = (
    (rb"\xff\xd8\xff", MediaType.JPEG),
    (rb"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (rb"GIF8[79]a", MediaType.GIF),
    (rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0", MediaType.BMP),
    (rb"RIFF.{4}WEBP", MediaType.WEBP),
    (rb"RIFF.{4}AVI ", Foreign.VIDEO),
    (rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n", MediaType.JXL),
    (rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", Foreign.JP2),
    (
        rb"II\*\0.{4}(CR|IIII)|MM\0\*.{4}MMMM|II\x1a\0.{4}HEAPCCDR|IIR[OS]|MMOR|IIU\0|FUJIFILMCCD-RAW|FOVb|\0MRM",
        Foreign.RAW,
    ),
    (rb"II\*\0|MM\0\*|II\+\0\x08\0\0\0|MM\0\+\0\x08\0\0", MediaType.TIFF),
    (rb".{128}DICM", Foreign.DICOM),
    (rb"8BPS", Foreign.PSD),
    (rb"PK\x03\x04", Foreign.ARCHIVE),
    (rb".{0,1019}%PDF-", Foreign.PDF),
    (rb"\x1aE\xdf\xa3|\0\0\x01\xba|FLV\x01|\x30\x26\xb2\x75\x8e\x66\xcf\x11", Foreign.VIDEO),
    (rb".{4}(moov|mdat|wide|pnot)", Foreign.VIDEO),
)
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset(b"heic heix heim heis hevc hevx hevm hevs avci avcs mif1 mif2 mif3 msf1".split())
_RAW_BRANDS = frozenset({b"crx "})


def identify(data: bytes) -> MediaType | Foreign | None:
    """Return the format that the leading bytes have; None if it is no picture, video or document that imgfile knows."""
    head = data[:HEAD_BYTES]
    if head[4:8] == b"ftyp":
        return _identify_brands(head)
    if head.startswith(_JPEG):  # what most photos are: no pattern is compiled for it
        return MediaType.JPEG
    match = _any().match(head)
    if match and match.lastgroup:
        kind = _SIGNATURES[int(match.lastgroup[1:])][1]
        return Foreign.RAW if kind is MediaType.TIFF and is_dng(data) else kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return Foreign.SVG if text.startswith((b"<?xml", b"<!", b"<svg")) and b"<svg" in text else None


@cache
def _any() -> re.Pattern[bytes]:
    """Return all signatures in one pattern: mail asks this of every part."""
    named = (b"(?P<s%d>%b)" % (at, pattern) for at, (pattern, _) in enumerate(_SIGNATURES))
    return re.compile(b"|".join(named), re.DOTALL)


def _identify_brands(head: bytes) -> MediaType | Foreign:
    """ISO/IEC 14496-12 §4.3: a major brand, a minor version, then compatible brands to the end of the box."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}
    if brands & _RAW_BRANDS:
        return Foreign.RAW
    if brands & _AVIF_BRANDS:
        return MediaType.AVIF
    return MediaType.HEIC if brands & _HEIF_BRANDS else Foreign.VIDEO


def identify_strippable(data: bytes) -> MediaType:
    """Return the format of a photo that can be stripped. Raises `UnsupportedImage` for every other."""
    if not data:
        raise refusals.empty()
    found = identify(data)
    if found is None:
        raise refusals.not_an_image()
    if isinstance(found, Foreign):
        raise found.refusal()
    return found
