"""The second walk of a JPEG XL trusts nobody: each test plays a stripper that went wrong in one way."""

from __future__ import annotations

import dataclasses

import pytest

from imgfile.errors import UnsupportedImage
from imgfile.images.strip import draft, strip
from imgfile.images.verify import jxl, jxl_header
from imgfile.images.verify.check import check
from kit.photos import jpeg_png as photos
from kit.photos import jxl as photos_jxl
from kit.photos.jpeg_png import box, photo
from kit.photos.jxl import Writer, container, naked, parts

WITH_METADATA = photos_jxl.jxl_with_metadata()

_CLEAN = draft(WITH_METADATA)
FAULTS = {
    "a box too many": (WITH_METADATA, _CLEAN.data + box(b"xml ", b"x"), "coded data"),
    "bytes behind": (WITH_METADATA, _CLEAN.data + b"x", "boxes"),
    "a lost part": (WITH_METADATA, _CLEAN.data[: -len(parts(naked(), 40, 90)[2])], "coded data"),
    "parts joined": (WITH_METADATA, container(box(b"jxlc", naked())), "coded data"),
    "a changed byte": (WITH_METADATA, _CLEAN.data[:-1] + b"x", "coded data"),
    "another level": (WITH_METADATA, _CLEAN.data.replace(b"jxll\x0a", b"jxll\5"), "level"),
    "a level with bytes behind it": (WITH_METADATA, _CLEAN.data.replace(b"\x09jxll\x0a", b"\x0ajxll\x0a!"), "level"),
    "two levels": (WITH_METADATA, container(box(b"jxll", b"\x0a")) + _CLEAN.data[len(container()) :], "level"),
    "other brands": (WITH_METADATA, _CLEAN.data.replace(b"ftypjxl ", b"ftypjxlX"), "start of file"),
    "a naked one cut": (naked(), naked()[:-1], "coded data"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_stripper_is_seen(name: str) -> None:
    """A fault of the stripper is seen."""
    original, data, words = FAULTS[name]
    sound = draft(original)
    assert check(photo(original), sound).data == sound.data
    assert data != sound.data
    with pytest.raises(UnsupportedImage, match=f"could not be proven clean: .*{words}"):
        check(photo(original), dataclasses.replace(sound, data=data))


def test_a_value_at_the_codestreams_end_is_found() -> None:
    """A value at the codestreams end is found."""
    original = container(photos_jxl.exif_box(), box(b"jxlc", naked() + photos.SERIAL.encode()))
    with pytest.raises(UnsupportedImage, match="search for the values"):
        strip(photo(original))


def test_parts_may_be_many() -> None:
    """Parts may be many."""
    original = container(*parts(naked(), *range(1, 200)))
    assert jxl.prove(original, draft(original).data).width == 64


# --- the header, read a second time ---------------------------------------------------------------------

_SMALL = ((1, 1), (5, 5), (1, 3))
_DEPTH = ((0, 1), (0, 2))
_NO_CHANNELS = (*_DEPTH, (1, 1), (0, 2))
_USUAL_COLOUR = ((1, 1), (1, 1))
_EXTRA_FIELDS = (
    *((1, 1), (5, 3)),  # an orientation
    *((1, 1), *_SMALL),  # an intended size
    (0, 1),  # no preview
    *((1, 1), (0, 2), (2, 2), (1, 8), (1, 2), (3, 3), (0, 1)),  # a clock
)
SIZES = {
    "in eights, by ratio": ((*_SMALL, (1, 1)), (48, 48)),
    "in eights": (((1, 1), (5, 5), (0, 3), (2, 5), (1, 1)), (24, 48)),
    "by ratio": (((0, 1), (0, 2), (99, 9), (3, 3), (1, 1)), (133, 100)),
    "both stated": (((0, 1), (1, 2), (999, 13), (0, 3), (2, 2), (1999, 18), (1, 1)), (2000, 1000)),
    "with an intended size and a clock": ((*_SMALL, (0, 1), *_EXTRA_FIELDS, *_NO_CHANNELS, *_USUAL_COLOUR), (48, 48)),
}
_NAME = ((1, 2), (3, 4), *((letter, 8) for letter in b"Ann"))
CHANNELS = {
    "plain transparency": ((1, 1),),
    "named transparency": ((0, 1), (0, 2), *_DEPTH, (0, 2), *_NAME, (1, 1)),
    "a spot colour": ((0, 1), (2, 2), (0, 4), (1, 1), (1, 2), (4, 4), (0, 2), (0, 2), (0, 64)),
    "a sensor's filter": ((0, 1), (2, 2), (3, 4), *_DEPTH, (3, 2), (0, 3), (0, 2), (1, 2), (2, 2)),
    "depth": ((0, 1), (1, 2), *_DEPTH, (0, 2), (0, 2)),
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes_are_read_a_second_time(name: str) -> None:
    """Sizes are read a second time."""
    bits, size = SIZES[name]
    assert jxl_header.size(Writer().put(*bits).codestream()) == size


@pytest.mark.parametrize("name", CHANNELS)
def test_a_profile_left_inside_is_seen(name: str) -> None:
    """A profile left inside is seen, whatever channels stand before it."""
    head = (*_SMALL, (0, 1), (0, 1), *_DEPTH, (1, 1), (1, 2), *CHANNELS[name], (1, 1))
    assert jxl_header.size(Writer().put(*head, (1, 1)).codestream()) == (48, 48)
    with pytest.raises(UnsupportedImage, match="colour profile"):
        jxl_header.size(Writer().put(*head, (0, 1), (1, 1)).codestream())


def test_another_programs_profile_left_inside_is_seen() -> None:
    """Another program's profile left inside is seen: the whole check refuses it."""
    original = photos_jxl.profiled(photos.display_profile())
    with pytest.raises(UnsupportedImage, match="colour profile"):
        jxl.prove(original, original)


def test_a_preview_left_inside_is_seen() -> None:
    """A preview left inside is seen."""
    with pytest.raises(UnsupportedImage, match="preview"):
        jxl_header.size(Writer().put(*_SMALL, (0, 1), (1, 1), (0, 3), (0, 1), (1, 1)).codestream())


@pytest.mark.parametrize("codestream", [b"", b"\xff\x0b" + bytes(80), b"\xff\x0a", b"\xff\x0a\0\0"])
def test_what_is_no_header_is_seen(codestream: bytes) -> None:
    """What is no header is seen: another mark, or an end before its fields'."""
    with pytest.raises(UnsupportedImage, match="coded data"):
        jxl_header.size(codestream)
