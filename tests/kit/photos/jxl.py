"""JPEG XL photos: codestreams from libjxl's encoder, containers written here, headers written bit by bit."""

from __future__ import annotations

import itertools
import struct
from functools import cache

import imagecodecs
import numpy as np

from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import box

SIGNATURE = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ")


@cache
def naked(mode: str = "RGB") -> bytes:
    """Encode a codestream."""
    return bytes(imagecodecs.jpegxl_encode(np.asarray(photos.pixels(mode=mode)), usecontainer=False))


@cache
def transcoded(orientation: int = 6) -> bytes:
    """Code a phone's JPEG anew without loss: libjxl puts its metadata, and what rebuilds it, into a container."""
    return bytes(imagecodecs.jpegxl_encode_jpeg(photos.phone_jpeg(orientation, has_profile=False)))


@cache
def profiled(profile: bytes, mode: str = "RGB") -> bytes:
    """Code a JPEG with this profile anew without loss, and take the codestream out: it holds the profile."""
    whole = bytes(imagecodecs.jpegxl_encode_jpeg(photos.jpeg(photos.pixels(mode=mode), icc_profile=profile)))
    found, at = b"", 0
    while at < len(whole):
        length, name = struct.unpack_from(">L4s", whole, at)
        end = at + length if length else len(whole)
        found += {b"jxlc": whole[at + 8 : end], b"jxlp": whole[at + 12 : end]}.get(name, b"")
        at = end
    return found


def container(*boxes: bytes) -> bytes:
    """Write a container."""
    return SIGNATURE + b"".join(boxes)


def parts(codestream: bytes, *cuts: int) -> list[bytes]:
    """Cut a codestream into numbered parts."""
    places = [0, *cuts, len(codestream)]
    pieces = [codestream[a:b] for a, b in itertools.pairwise(places)]
    return [
        box(b"jxlp", (number | (1 << 31) * (number == len(pieces) - 1)).to_bytes(4, "big"), piece)
        for number, piece in enumerate(pieces)
    ]


def exif_box(orientation: int = 1) -> bytes:
    """Write the Exif box that a phone's program writes."""
    return box(b"Exif", bytes(4), photos.exif(orientation)[6:])


def jxl_with_metadata() -> bytes:
    """Make a photo with metadata in every box that a container may have, between the codestream's parts and behind."""
    first, second, last = parts(naked(), 40, 90)
    return (
        container(
            box(b"jxll", b"\x0a" + photos.OWNER.encode()),
            exif_box(),
            first,
            box(b"xml ", photos.xmp()),
            box(b"brob", b"Exif" + photos.SERIAL.encode()),
            second,
            box(b"jumb", b"c2pa " + photos.ARTIST.encode()),
            box(b"jbrd", photos.SOFTWARE.encode()),
            box(b"jxli", photos.TOOL.encode()),
            box(b"jhgm", photos.EDITOR.encode()),
            box(b"CNRY", photos.MAKE.encode()),
            last,
            box(b"free", photos.LENS.encode()),
        )
        + photos.CAPTION.encode()
    )


class Writer:
    """Writes numbers from the lowest bit of the first byte on."""

    def __init__(self) -> None:
        self.number, self.length = 0, 0

    def put(self, *pairs: tuple[int, int]) -> Writer:
        """Append numbers, each with its count of bits."""
        for value, count in pairs:
            self.number |= value << self.length
            self.length += count
        return self

    def codestream(self) -> bytes:
        """Return the bytes behind the mark, and some more."""
        return b"\xff\x0a" + self.number.to_bytes(self.length // 8 + 80, "little")
