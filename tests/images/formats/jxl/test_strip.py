"""JPEG XL: the codestream stays, the very same bytes; the container loses all that identifies."""

from __future__ import annotations

import itertools

import pytest

from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnsupportedImage
from imgfile.images.draft import ORIENTATION_UNSURE
from imgfile.images.formats.jxl import header as jxl_header
from imgfile.images.formats.jxl import strip as jxl
from imgfile.images.formats.jxl.header import Header
from imgfile.images.inspect import inspect
from imgfile.images.limits import MAX_READ_BLOCKS
from imgfile.images.strip import draft, strip
from kit.photos import jpeg_png as photos
from kit.photos import jxl as photos_jxl
from kit.photos.jpeg_png import box, photo
from kit.photos.judge import leaks, shown, survivors
from kit.photos.jxl import Writer, container, naked, parts
from kit.tools import tool

WITH_METADATA = photos_jxl.jxl_with_metadata()
GOOD = {
    "everything": WITH_METADATA,
    "naked": naked(),
    "naked, with transparency": naked("RGBA"),
    "naked, grey": naked("L"),
    "a JPEG coded anew": photos_jxl.transcoded(),
    "in one box": container(box(b"jxlc", naked()), box(b"xml ", photos.xmp())),
    "in one part": container(*parts(naked())),
    "in a box to the end": container(b"\0\0\0\0jxlc" + naked()),
    "a long box": container(b"\0\0\0\1jxlc" + (16 + len(naked())).to_bytes(8, "big") + naked()),
    "other brands": box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl CNRY") + box(b"jxlc", naked()),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", GOOD)
def test_each_comes_out_clean_and_the_same(name: str) -> None:
    """Each comes out clean and the same."""
    stripped = strip(photo(GOOD[name]))
    assert stripped.media_type is MediaType.JXL
    assert survivors(stripped.data, photos.CANARIES, photos.GPS_BYTES) == []
    assert leaks(stripped.data, tool("exiftool")) == []
    assert shown(stripped.data) == shown(GOOD[name])
    assert (stripped.width, stripped.height) == shown(GOOD[name])[0]
    assert len(stripped.data) <= len(GOOD[name])
    again = strip(photo(stripped.data))
    assert (again.data, again.removed) == (stripped.data, ())


def test_what_was_there_is_reported() -> None:
    """What was there is reported."""
    findings = inspect(photo(WITH_METADATA))
    assert {"51.506992", photos.CITY} <= {finding.value for finding in findings.where}
    assert photos.TAKEN in {finding.value for finding in findings.when}
    assert {photos.MAKE, photos.SERIAL} <= {finding.value for finding in findings.device}
    assert {"C2PA", "XMP"} <= {finding.block for finding in findings.history}
    assert findings.unread
    blocks = {block.name for block in draft(WITH_METADATA).blocks}
    assert {"compressed Exif", "the original JPEG's own data", "index", "unknown part", "data after the end"} <= blocks
    assert "jxll" in blocks
    taken = strip(photo(WITH_METADATA)).taken_at
    assert taken is not None
    assert taken.isoformat() == "2026-11-21T08:09:10.123000+01:00"


def test_an_unknown_compressed_box_is_named_so() -> None:
    """An unknown compressed box is named so."""
    drafted = draft(container(box(b"brob", b"CNRY"), box(b"jxlc", naked())))
    assert [block.name for block in drafted.blocks] == ["compressed data"]


def test_a_jpeg_coded_anew_keeps_its_orientation() -> None:
    """A JPEG coded anew keeps its orientation, which the codestream states."""
    stripped = strip(photo(photos_jxl.transcoded(6)))
    assert (stripped.orientation, stripped.width, stripped.height) == (6, 48, 64)
    assert stripped.warnings == ()


def test_an_exif_that_contradicts_the_codestream_is_reported() -> None:
    """An Exif that contradicts the codestream is reported."""
    found = strip(photo(container(photos_jxl.exif_box(6), box(b"jxlc", naked()))))
    assert (found.orientation, found.warnings) == (1, (ORIENTATION_UNSURE,))


@pytest.mark.parametrize(("stated", "warnings"), [(1, ()), (6, (ORIENTATION_UNSURE,))])
def test_an_xmp_that_contradicts_the_codestream_is_reported(stated: int, warnings: tuple[str, ...]) -> None:
    """An XMP packet that contradicts the codestream is reported."""
    packet = photos.xmp(f"<tiff:Orientation>{stated}</tiff:Orientation>")
    found = strip(photo(container(box(b"xml ", packet), box(b"jxlc", naked()))))
    assert (found.orientation, found.warnings) == (1, warnings)


def test_reading_is_bounded() -> None:
    """Reading is bounded: blocks behind the bound are dropped unread."""
    boxes = [box(b"xml ", photos.xmp())] * (MAX_READ_BLOCKS + 2)
    found = [bool(block.facts) for block in draft(container(*boxes, box(b"jxlc", naked()))).blocks]
    assert found == [*[True] * MAX_READ_BLOCKS, False, False]


_ONE, _TWO, _LAST = parts(naked(), 40, 90)
BAD = {
    "no picture": (container(), "its picture is missing"),
    "only a signature": (container()[:12], "in disorder"),
    "brands twice": (container(box(b"ftyp", b"jxl "), box(b"jxlc", naked())), "in disorder"),
    "two codestreams": (container(box(b"jxlc", naked()), box(b"jxlc", naked())), "in disorder"),
    "a whole and parts": (container(box(b"jxlc", naked()), _ONE, _LAST), "holds its picture twice"),
    "a part lost": (container(_ONE, _LAST), "in disorder"),
    "parts exchanged": (container(_TWO, _ONE, _LAST), "in disorder"),
    "a part behind the last": (container(*parts(naked()), *parts(naked())), "in disorder"),
    "the last part lost": (container(_ONE, _TWO), "its end is missing"),
    "cut short": (container(box(b"jxlc", naked()))[:-100], r"about \d\d % of the picture is missing"),
    "cut short by a byte": (container(box(b"jxlc", naked() + bytes(300)))[:-1], "its end is missing"),
    "an unknown level": (container(box(b"jxll", b"\7"), box(b"jxlc", naked())), "ordinary programs"),
    "no codestream": (container(box(b"jxlc", b"text")), "does not begin where it should"),
    "nothing behind the mark": (b"\xff\x0a", "its end is missing"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_broken_is_refused(name: str) -> None:
    """What is broken is refused."""
    data, words = BAD[name]
    with pytest.raises(UnsupportedImage, match=words):
        strip(photo(data))


# --- the header, bit by bit -----------------------------------------------------------------------------

_SMALL = ((1, 1), (5, 5), (1, 3))
"""48 x 48 pixels, in eights."""
_PLAIN_DEPTH = ((0, 1), (0, 2))
_TAIL = ((1, 1), (1, 1))
"""Coded for the eye, in the usual colours."""


def _header(*pairs: tuple[int, int]) -> Header:
    return jxl_header.read(Writer().put(*pairs).codestream())


@pytest.mark.parametrize(
    ("bits", "size"),
    [
        ((*_SMALL, (1, 1)), (48, 48)),
        (((1, 1), (5, 5), (0, 3), (2, 5), (1, 1)), (24, 48)),
        (((0, 1), (0, 2), (99, 9), (3, 3), (1, 1)), (133, 100)),
        (((0, 1), (1, 2), (999, 13), (0, 3), (2, 2), (1999, 18), (1, 1)), (2000, 1000)),
        (((0, 1), (3, 2), (9, 30), (7, 3), (1, 1)), (20, 10)),
    ],
)
def test_sizes_are_read(bits: tuple[tuple[int, int], ...], size: tuple[int, int]) -> None:
    """Sizes are read."""
    assert _header(*bits) == Header(*size)


def test_too_many_pixels_are_refused() -> None:
    """Too many pixels are refused."""
    with pytest.raises(UnsupportedImage, match="100000 x 100000"):
        _header((0, 1), (3, 2), (99_999, 30), (1, 3), (1, 1))


def test_a_long_header_is_read_and_one_past_the_bound_is_called_that() -> None:
    """256 channels with the longest names are read; more are too many, and not a header that is cut short."""
    channel = ((0, 1), (1, 2), *_PLAIN_DEPTH, (0, 2), (3, 2), (1023, 10), (1 << 8567, 8568))
    whole = ((*_SMALL, (0, 1), (0, 1), *_PLAIN_DEPTH, (1, 1), (3, 2), (255, 12)), *(channel,) * 256, _TAIL)
    assert _header(*itertools.chain(*whole)).has_names
    with pytest.raises(UnsupportedImage, match="too large to be handled safely: it has too many channels"):
        _header(*_SMALL, (0, 1), (0, 1), *_PLAIN_DEPTH, (1, 1), (3, 2), (256, 12))
    with pytest.raises(UnsupportedImage, match="cut short"):
        jxl_header.read(jxl_header.MARK + b"\1")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_read(orientation: int) -> None:
    """Orientation is read, past an intended size and an animation's clock."""
    extra = ((1, 1), (orientation - 1, 3), (1, 1), *_SMALL, (0, 1), (1, 1))
    clock = ((0, 2), (2, 2), (1, 8), (1, 2), (3, 3), (0, 1))
    found = _header(*_SMALL, (0, 1), *extra, *clock, *_PLAIN_DEPTH, (1, 1), (0, 2), *_TAIL)
    assert found == Header(48, 48, orientation)
    still = _header(*_SMALL, (0, 1), (1, 1), (orientation - 1, 3), (0, 3), *_PLAIN_DEPTH, (1, 1), (0, 2), *_TAIL)
    assert still == found


def test_a_hidden_preview_is_refused() -> None:
    """A hidden preview is refused."""
    with pytest.raises(UnsupportedImage, match="smaller picture is hidden"):
        _header(*_SMALL, (0, 1), (1, 1), (0, 3), (0, 1), (1, 1))


_NAME = ((1, 2), (3, 4), *((letter, 8) for letter in b"Ann"))
CHANNELS = {
    "usual transparency": (((1, 1),), False),
    "named transparency": (((0, 1), (0, 2), *_PLAIN_DEPTH, (0, 2), *_NAME, (1, 1)), True),
    "a spot colour": (((0, 1), (2, 2), (0, 4), (1, 1), (1, 2), (4, 4), (0, 2), (0, 2), (0, 64)), False),
    "a mosaic": (((0, 1), (2, 2), (3, 4), *_PLAIN_DEPTH, (3, 2), (0, 3), (0, 2), (1, 2), (2, 2)), False),
    "depth": (((0, 1), (1, 2), *_PLAIN_DEPTH, (0, 2), (0, 2)), False),
}


_PROFILED, _PLAIN = ((0, 1), (1, 1)), ((1, 1),)
"""A ColourEncoding: not the usual one, but a profile; the usual one."""


@pytest.mark.parametrize("name", CHANNELS)
def test_channels_are_passed_over_and_names_reported(name: str) -> None:
    """Channels are passed over and names reported; a profile behind them is still seen."""
    bits, has_name = CHANNELS[name]
    head = (*_SMALL, (0, 1), (0, 1), *_PLAIN_DEPTH, (1, 1), (1, 2), *bits, (1, 1))
    assert _header(*head, *_PLAIN) == Header(48, 48, has_names=has_name)
    with pytest.raises(UnsupportedImage, match="colour profile inside"):
        _header(*head, *_PROFILED)


def test_what_stays_inside_is_said() -> None:
    """What stays inside is said."""
    bits = CHANNELS["named transparency"][0]
    writer = Writer().put(*_SMALL, (0, 1), (0, 1), *_PLAIN_DEPTH, (1, 1), (1, 2), *bits, (1, 1), *_PLAIN)
    assert strip(photo(writer.codestream())).warnings == (jxl.NAMES_STAY,)


@pytest.mark.parametrize("version", [2, 4])
@pytest.mark.parametrize("cuts", [None, (), (9,), (60, 90, 200)])
def test_a_profile_inside_is_refused_with_advice(version: int, cuts: tuple[int, ...] | None) -> None:
    """A profile inside, as another program wrote it, is refused with advice: naked, in a box, in parts."""
    codestream = photos_jxl.profiled(photos.display_profile(version=version))
    original = codestream if cuts is None else container(*parts(codestream, *cuts), box(b"xml ", photos.xmp()))
    with pytest.raises(UnsupportedImage) as refused:
        strip(photo(original))
    assert (
        refused.value.message
        == "is a JPEG XL with a colour profile inside its coded picture, which cannot be stripped and proven."
    )
    assert "Export it as PNG" in refused.value.hint
    assert refused.value.exit_code == 14


def test_channels_are_bounded() -> None:
    """Channels are bounded."""
    with pytest.raises(UnsupportedImage, match="too many channels"):
        _header(*_SMALL, (0, 1), (0, 1), *_PLAIN_DEPTH, (1, 1), (3, 2), (999, 12))
