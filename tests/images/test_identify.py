"""The bytes decide, and a refusal says what to do."""

from __future__ import annotations

import struct

import pytest

from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnsupportedImage
from imgfile.images.identify import Foreign, identify, identify_strippable
from kit.photos import jpeg_png as photos
from kit.tools import samples


def _brands(major: bytes, *compatible: bytes) -> bytes:
    return photos.box(b"ftyp", major, bytes(4), *compatible)


def _tiff(order: str, *tags: int) -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = b"".join(struct.pack(order + "HHLL", tag, 1, 4, 1) for tag in tags)
    return mark + struct.pack(order + "LH", 8, len(tags)) + entries + bytes(4)


FORMATS = {
    "JPEG": (photos.jpeg(), MediaType.JPEG),
    "PNG": (photos.png(), MediaType.PNG),
    "APNG": (photos.animation(), MediaType.PNG),
    "HEIC": (_brands(b"heic", b"mif1", b"heic"), MediaType.HEIC),
    "HEIF of unknown coding": (_brands(b"mif1", b"mif1"), MediaType.HEIC),
    "AVIF": (_brands(b"avif", b"mif1", b"avif"), MediaType.AVIF),
    "AVIF that calls itself HEIF": (_brands(b"mif1", b"avif"), MediaType.AVIF),
    "Canon CR3": (_brands(b"crx ", b"isom"), Foreign.RAW),
    "MP4": (photos.motion_video(), Foreign.VIDEO),
    "QuickTime without brands": (photos.box(b"moov", bytes(8)), Foreign.VIDEO),
    "WebM": (b"\x1aE\xdf\xa3" + bytes(20), Foreign.VIDEO),
    "AVI": (b"RIFF\0\0\0\0AVI LIST", Foreign.VIDEO),
    "WebP": (b"RIFF\0\0\0\0WEBPVP8 ", MediaType.WEBP),
    "GIF": (b"GIF89a" + bytes(10), MediaType.GIF),
    "BMP": (b"BM" + bytes(12) + b"\x28\0\0\0" + bytes(36), MediaType.BMP),
    "TIFF": (_tiff("<", 256), MediaType.TIFF),
    "TIFF, big-endian": (_tiff(">", 256), MediaType.TIFF),
    "BigTIFF": (b"II+\0\x08\0\0\0", MediaType.TIFF),
    "BigTIFF, big-endian": (b"MM\0+\0\x08\0\0", MediaType.TIFF),
    "Phase One IIQ": (b"II*\0\x10\0\0\0IIII", Foreign.RAW),
    "DNG": (_tiff("<", 254, 50706), Foreign.RAW),
    "TIFF that was developed from a DNG": (_tiff("<", 256, 50706), MediaType.TIFF),
    "Canon CR2": (b"II*\0\x10\0\0\0CR\2\0", Foreign.RAW),
    "Fujifilm RAF": (b"FUJIFILMCCD-RAW 0201", Foreign.RAW),
    "JPEG XL": (b"\0\0\0\x0cJXL \r\n\x87\n", MediaType.JXL),
    "JPEG XL, naked": (b"\xff\x0a" + bytes(8), MediaType.JXL),
    "JPEG 2000": (b"\0\0\0\x0cjP  \r\n\x87\n", Foreign.JP2),
    "DICOM": (bytes(128) + b"DICM", Foreign.DICOM),
    "SVG": (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="http://www.w3.org/2000/svg"/>', Foreign.SVG),
    "PDF": (b"%PDF-1.7\n", Foreign.PDF),
    "Photoshop": (b"8BPS\0\1", Foreign.PSD),
    "Word": (b"PK\x03\x04" + bytes(20), Foreign.ARCHIVE),
    "text": (b"this is a text file named .jpg", None),
    "text that begins like a bitmap": (b"BMI was 27 at the last visit", None),
    "HTML": (b"<!DOCTYPE html><html><body></body></html>", None),
    "zeros": (bytes(4096), None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_known_by_its_bytes(name: str) -> None:
    """A format is known by its bytes."""
    data, expected = FORMATS[name]
    assert identify(data) is expected


@pytest.mark.parametrize("kind", Foreign)
def test_every_foreign_format_is_named_with_advice(kind: Foreign) -> None:
    """Every foreign format is named with advice."""
    refused = kind.refusal()
    assert refused.message.startswith(("is a ", "is an "))
    assert refused.hint.endswith(".")


@pytest.mark.parametrize(("data", "words"), [(b"", "is empty."), (b"text", "is not an image."), (b"8BPS", "Photoshop")])
def test_what_cannot_be_stripped_is_refused(data: bytes, words: str) -> None:
    """What cannot be stripped is refused."""
    with pytest.raises(UnsupportedImage, match=words):
        identify_strippable(data)


def test_real_files_are_known_whatever_they_are_called() -> None:
    """Real files are known whatever they are called."""
    by_suffix = {".jpg": MediaType.JPEG, ".jpeg": MediaType.JPEG, ".mpo": MediaType.JPEG, ".png": MediaType.PNG}
    by_suffix_further = {
        ".heic": MediaType.HEIC,
        ".hif": MediaType.HEIC,
        ".avif": MediaType.AVIF,
        ".jxl": MediaType.JXL,
        ".webp": MediaType.WEBP,
    }
    for path in samples("images"):
        expected = (by_suffix | by_suffix_further).get(path.suffix.lower())
        assert expected is None or identify(path.read_bytes()) is expected
