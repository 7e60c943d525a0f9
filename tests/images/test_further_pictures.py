"""Further pictures in one file: how many, and what they are, in every format and wherever they hide."""

from __future__ import annotations

import struct

import pytest

from imgfile.clinical.proofs import Stripped
from imgfile.images.inspect import inspect
from imgfile.images.metadata.summary import describe
from imgfile.images.strip import strip
from kit.photos import bmp as photos_bmp
from kit.photos import gif as photos_gif
from kit.photos import heif as photos_heif
from kit.photos import jpeg_png as photos
from kit.photos import jxl as photos_jxl
from kit.photos import webp as photos_webp
from kit.photos.heif import picture
from kit.photos.jpeg_png import box, photo, segment, with_segments

ONE, OTHER, SMALL = photos.jpeg(), photos.jpeg(photos.pixels(64, 48).rotate(90)), photos.jpeg(photos.pixels(32, 24))
LEFT_OUT = "A further picture in the same file was left out"


def mpo(*others: bytes, kinds: tuple[int, ...] = (), first: bytes = ONE) -> bytes:
    """Put pictures behind one, with the index that says what they are (CIPA DC-007)."""

    def index(places: list[tuple[int, int]]) -> bytes:
        rows = b"".join(struct.pack(">LLLHH", kind, 0, at, 0, 0) for kind, at in places)
        entry = struct.pack(">HHHLL", 1, 0xB002, 7, len(rows), 26)
        return segment(0xE2, b"MPF\0MM\0*\0\0\0\x08" + entry + bytes(4) + rows)

    at = len(with_segments(first, index([(0x030000, 0), *((0, 0) for _ in others)])))
    base = 2 + 4 + 4  # the start mark, the marker with its length, the index's own mark
    places = [(0x030000, 0)]
    for other, kind in zip(others, kinds or (0,) * len(others), strict=True):
        places.append((kind, at - base))
        at += len(other)
    return with_segments(first, index(places)) + b"".join(others)


def google(*items: tuple[str, int]) -> bytes:
    """Write a photo whose packet lists what is behind it."""
    listed = "".join(
        f"<rdf:li><Container:Item Item:Mime='image/jpeg' Item:Semantic='{meaning}' Item:Length='{length}'/></rdf:li>"
        for meaning, length in items
    )
    packet = f"<x:xmpmeta><Container:Directory>{listed}</Container:Directory></x:xmpmeta>".encode()
    return with_segments(ONE, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet))


def group(kind: bytes, *members: int) -> bytes:
    """Write the box that puts pictures into a group."""
    return box(b"grpl", box(kind, struct.pack(f">LLL{len(members)}L", 0, 1, len(members), *members)))


def heic(count: int, kind: bytes | None = None) -> bytes:
    """Write a file of several pictures, in a group or in none."""
    numbers = range(1, count + 1)
    return photos_heif.heif([picture(number) for number in numbers], in_meta=group(kind, *numbers) if kind else b"")


HOLDING = {
    "two JPEGs joined": (ONE + OTHER, 1, f"{LEFT_OUT}."),
    "eleven JPEGs joined": (ONE + OTHER * 10, 10, "10 further pictures in the same file were left out."),
    "junk between": (ONE + b"SEFHe\0\0" + OTHER + bytes(90) + OTHER, 2, "2 further pictures in the same file"),
    "a picture behind a video": (ONE + photos.motion_video() + OTHER, 1, f"{LEFT_OUT}."),
    "one that is cut short": (ONE + OTHER[:-40], 1, f"{LEFT_OUT}."),
    "a stereo pair": (mpo(OTHER, kinds=(0x020002,)), 1, f"{LEFT_OUT}: the other view of a stereo pair."),
    "more angles": (mpo(OTHER, OTHER, kinds=(0x020003,) * 2), 2, "left out: 2 views of a stereo pair."),
    "a panorama": (mpo(OTHER, kinds=(0x020001,)), 1, f"{LEFT_OUT}: another part of a panorama."),
    "an index that says nothing": (mpo(OTHER), 1, f"{LEFT_OUT}."),
    "what is called a preview and is as large": (mpo(OTHER, kinds=(0x010001,)), 1, f"{LEFT_OUT}."),
    "a preview and another": (mpo(SMALL, OTHER, kinds=(0x010002, 0)), 1, f"{LEFT_OUT}."),
    "a JPEG behind a PNG": (photos.png() + OTHER, 1, f"{LEFT_OUT}."),
    "a PNG behind a JPEG": (ONE + photos.png(), 1, f"{LEFT_OUT}."),
    "a WebP and an AVIF behind a JPEG": (ONE + photos_webp.webp() + heic(1), 2, "2 further pictures"),
    "a GIF behind a JPEG": (ONE + photos_gif.gif(), 1, f"{LEFT_OUT}."),
    "a JPEG XL behind a JPEG": (ONE + photos_jxl.jxl_with_metadata(), 1, f"{LEFT_OUT}."),
    "a JPEG behind a GIF": (photos_gif.gif() + OTHER, 1, f"{LEFT_OUT}."),
    "a JPEG behind a BMP": (photos_bmp.bmp() + OTHER, 1, f"{LEFT_OUT}."),
    "a JPEG behind a WebP": (photos_webp.webp() + OTHER, 1, f"{LEFT_OUT}."),
    "a JPEG behind an AVIF": (heic(1) + OTHER, 1, f"{LEFT_OUT}."),
    "a JPEG behind a JPEG XL": (photos_jxl.jxl_with_metadata() + OTHER, 1, f"{LEFT_OUT}."),
    "a portrait before it was blurred": (
        google(("Primary", 0), ("Depth", len(SMALL)), ("Original", len(OTHER))) + SMALL + OTHER,
        1,
        f"{LEFT_OUT}: the same before its background was blurred.",
    ),
    "what a list says nothing of": (google(("Primary", 0), ("Depth", len(SMALL))) + SMALL + OTHER, 1, f"{LEFT_OUT}."),
    "a hidden animation": (photos.animation(is_announced=False), 1, "an animation that no program shows"),
    "two pictures of HEIF": (heic(2), 1, f"{LEFT_OUT}."),
    "a burst of ten": (heic(10, b"brst"), 9, "9 further pictures in the same file were left out: 9 of its burst."),
    "a spatial photo": (heic(2, b"ster"), 1, f"{LEFT_OUT}: the other view of a stereo pair."),
    "exposures": (heic(3, b"aebr"), 2, "left out: 2 exposures of it."),
    "a group without the main picture": (
        photos_heif.heif([picture(number) for number in (1, 2, 3)], in_meta=group(b"brst", 2, 3)),
        2,
        "2 further pictures in the same file were left out.",
    ),
    "a group that is broken": (
        photos_heif.heif([picture(1), picture(2)], in_meta=box(b"grpl", box(b"brst", b"\0\0"))),
        1,
        f"{LEFT_OUT}.",
    ),
}
NONE = {
    "one picture": ONE,
    "its preview": mpo(SMALL, kinds=(0x010001,)),
    "a video": ONE + photos.motion_video(),
    "what only begins like a picture": ONE + b"\xff\xd8\xff" * 50 + b"\xff\xd8\xff\xe1\0\x04ab" + b"ftypxy",
    "a gain map": ONE + with_segments(OTHER, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0hdrgm:Version")),
    "a portrait's depth and mattes, as Apple writes them": ONE
    + b"".join(
        with_segments(
            SMALL, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<a apdi:AuxiliaryImageType='" + kind + b"'/>")
        )
        for kind in (
            b"urn:mpeg:hevc:2015:auxid:2",
            b"urn:com:apple:photo:2018:aux:portraiteffectsmatte",
            b"urn:com:apple:photo:2020:aux:hdrgainmap",
            b"urn:com:apple:photo:2019:aux:semanticskinmatte",
        )
    ),
    "a portrait's depth, as Google lists it": google(("Primary", 0), ("Depth", len(OTHER))) + OTHER,
    "the same arranged otherwise": photos_heif.heif(
        [picture(1), photos_heif.Part(2, b"iden", b"", [(b"ispe", struct.pack(">LLL", 0, 64, 48), False)])],
        [(b"dimg", 2, [1])],
    ),
}


def further(stripped: Stripped) -> list[str]:
    """Return what was said of further pictures."""
    return [warning for warning in stripped.warnings if "further picture" in warning]


@pytest.mark.parametrize("name", HOLDING)
def test_further_pictures_are_counted_and_named(name: str) -> None:
    """How many they are is said once, and what they are, where the file says it; the one line counts them too."""
    data, count, words = HOLDING[name]
    stripped = strip(photo(data))
    assert stripped.further_pictures == count
    (said,) = further(stripped)
    assert words in said
    assert inspect(photo(data)).warnings == stripped.warnings
    assert describe(stripped.removed) != "nothing"


@pytest.mark.parametrize("name", NONE)
def test_smaller_copies_maps_and_videos_are_no_further_pictures(name: str) -> None:
    """Smaller copies, maps and videos are no further pictures."""
    stripped = strip(photo(NONE[name]))
    assert (stripped.further_pictures, further(stripped)) == (0, [])


def test_many_are_one_entry_of_the_one_line() -> None:
    """Ten pictures of a burst are one entry of what was stripped."""
    assert "9 pictures of a burst (" in describe(strip(photo(heic(10, b"brst"))).removed)


def test_what_a_further_picture_says_of_itself_is_read() -> None:
    """The place that only a further picture states is found."""
    second = with_segments(OTHER, segment(0xE1, photos.exif(1)))
    findings = inspect(photo(ONE + second))
    assert "51.506992" in {finding.value for finding in findings.where}
    assert {finding.name for finding in findings.hidden} == {"second picture"}
