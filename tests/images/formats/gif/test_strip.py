"""GIF: one hiding place or one fault each."""

from __future__ import annotations

import dataclasses
import io

import pytest
from PIL import Image

from imgfile.errors import UnsupportedImage
from imgfile.images.draft import COLOUR_LOST, ORIENTATION_UNSURE
from imgfile.images.formats.gif import blocks as gif_blocks
from imgfile.images.formats.gif import strip as gif
from imgfile.images.formats.gif.strip import END_MISSING
from imgfile.images.inspect import inspect
from imgfile.images.strip import draft, strip
from imgfile.images.verify.check import check
from kit.photos import jpeg_png as photos
from kit.photos.gif import (
    TRAILER,
    animated,
    application,
    comment,
    control,
    extension,
    gif_with_metadata,
    head_bytes,
    plain_text,
    with_parts,
    xmp,
)
from kit.photos.gif import gif as plain
from kit.photos.jpeg_png import photo
from kit.photos.judge import leaks, shown, survivors
from kit.tools import tool

SECRET = "CANARY-0451-SECRET"
HIDDEN = SECRET.encode()
PLAIN = plain()
MOVING = animated()
HEAD = PLAIN[: head_bytes(PLAIN)]
PICTURE = PLAIN[PLAIN.index(b"\x2c\0\0\0\0\x40\0\x30\0") : -1]
LOOP = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x05\x00\x00"
PROFILED = application(b"ICCRGBG1012", photos.display_profile())


def _made(*parts: bytes) -> bytes:
    return HEAD + b"".join(parts) + TRAILER


HIDING_PLACES = {
    "a comment": _made(comment(SECRET), PICTURE),
    "a comment between control and picture": _made(control(), comment(SECRET), PICTURE),
    "a comment behind the picture": _made(PICTURE, comment(SECRET)),
    "a long comment": _made(comment(SECRET * 100), PICTURE),
    "plain text": _made(plain_text(SECRET), PICTURE),
    "plain text with its control": _made(control(4), plain_text(SECRET), control(), PICTURE),
    "plain text whose control viewers obey for the picture": _made(control(1), plain_text(SECRET), PICTURE),
    "XMP": _made(xmp(SECRET), PICTURE),
    "XMP in sub-blocks": _made(application(b"XMP DataXMP", photos.xmp(SECRET)), PICTURE),
    "Photoshop": _made(application(b"MGK8BIM0000", photos.resource(0x0FA0, HIDDEN)), PICTURE),
    "C2PA": _made(application(b"C2PA_GIF\1\0\0", HIDDEN), PICTURE),
    "an unknown application": _made(application(b"CANARYAP1.0", HIDDEN), PICTURE),
    "an application with a short name": _made(extension(0xFF, HIDDEN, size=5), PICTURE),
    "an unknown extension": _made(extension(0x42, HIDDEN), PICTURE),
    "behind the loop count": _made(LOOP[:-1] + b"\x12" + HIDDEN + b"\0", PICTURE),
    "within the loop count": _made(b"\x21\xff\x0bANIMEXTS1.0\x15\x01\5\0" + HIDDEN + b"\0", PICTURE),
    "a loop count that is none": _made(application(b"NETSCAPE2.0", b"\2" + HIDDEN), PICTURE),
    "a loop count without a count": _made(application(b"NETSCAPE2.0", b""), PICTURE),
    "a second loop count": _made(LOOP, application(b"NETSCAPE2.0", b"\1\0\0" + HIDDEN), PICTURE),
    "behind a control": _made(extension(0xF9, bytes(4) + HIDDEN), PICTURE),
    "a second control": _made(control(0, 0x4E43, 0x52), control(), PICTURE),
    "a control that is too short": _made(extension(0xF9, b"CNR"), PICTURE),
    "a control behind the pictures": _made(PICTURE, control(0, 0x4E43, 0x52)),
    "a control's reserved bits": _made(control(0xE0), PICTURE),
    "the profile": _made(PROFILED, PICTURE),
    "a second profile": _made(PROFILED, application(b"ICCRGBG1012", photos.rebuilt_profile() + HIDDEN), PICTURE),
    "an empty profile": _made(application(b"ICCRGBG1012", b""), PICTURE),
    "fill between the parts": _made(control(), bytes(40), PICTURE),
    "behind the end": PLAIN + HIDDEN,
    "a photo behind the end": PLAIN + photos.phone_jpeg(),
    "everywhere": gif_with_metadata(),
}

UNOPENABLE = frozenset({"a loop count without a count", "a control that is too short"})
"""Pillow stumbles over these; browsers step over them."""


@pytest.mark.parametrize("name", HIDING_PLACES)
def test_nothing_hidden_survives_and_the_picture_is_the_same(name: str) -> None:
    """Nothing hidden survives and the picture is the same."""
    original = HIDING_PLACES[name]
    stripped = strip(photo(original))
    assert survivors(stripped.data, (SECRET, "CNR", *photos.CANARIES), photos.GPS_BYTES) == []
    assert shown(stripped.data) == shown(PLAIN if name in UNOPENABLE else original)
    assert len(stripped.data) <= len(original)
    assert strip(photo(stripped.data)).data == stripped.data
    assert strip(photo(stripped.data)).removed == ()
    assert stripped.removed


@pytest.mark.slow
@pytest.mark.parametrize("name", HIDING_PLACES)
def test_exiftool_finds_nothing_that_identifies(name: str) -> None:
    """Exiftool finds nothing that identifies."""
    assert leaks(strip(photo(HIDING_PLACES[name])).data, tool("exiftool")) == []


FAULTS = {
    "cut in the header": (PLAIN[:9], "cut short"),
    "cut in the colours": (PLAIN[:100], "cut short"),
    "cut in a picture": (PLAIN[:-20], "cut short"),
    "cut in a picture's description": (HEAD + PICTURE[:5], "cut short"),
    "cut in an extension": (HEAD + b"\x21", "cut short"),
    "cut in a sub-block": (HEAD + comment(SECRET)[:-5], "cut short"),
    "no picture": (_made(comment(SECRET)), "holds no picture"),
    "a picture without a size": (_made(PICTURE[:5] + bytes(2) + PICTURE[7:]), "no size"),
    "a bomb": (_made(PICTURE[:5] + b"\xff\xff\xff\xff" + PICTURE[9:]), "65535 x 65535"),
    "a screen that is a bomb": (HEAD[:6] + b"\xff\xff\xff\xff" + HEAD[10:] + PICTURE + TRAILER, "65535 x 65535"),
    "something between the parts": (_made(PICTURE, b"\x55" + HIDDEN), "unknown stands between"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_refused_with_a_clear_sentence(name: str) -> None:
    """A fault is refused with a clear sentence."""
    data, words = FAULTS[name]
    with pytest.raises(UnsupportedImage) as refused:
        strip(photo(data))
    assert words in refused.value.message
    assert refused.value.message.endswith(".")
    assert SECRET not in refused.value.message


def _local_colours() -> bytes:
    frames = [photos.pixels(32, 24), photos.pixels(24, 32).resize((32, 24)).point(lambda level: 255 - level)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=50, disposal=2)
    return out.getvalue()


@pytest.mark.parametrize(
    "original",
    [
        *(
            PLAIN,
            MOVING,
            _local_colours(),
            plain(photos.pixels(mode="L")),
            plain(interlace=False),
            plain(transparency=3),
        ),
        plain(photos.pixels(1, 1)),
        _made(control(), PICTURE, LOOP, control(), PICTURE),
    ],
    ids=["plain", "animated", "local colours", "grey", "not interlaced", "transparent", "one pixel", "late loop"],
)
def test_every_ordinary_kind_stays_byte_for_byte(original: bytes) -> None:
    """Every ordinary kind stays byte for byte."""
    stripped = strip(photo(original))
    assert (stripped.data, stripped.removed, stripped.warnings) == (original, (), ())
    assert (stripped.width, stripped.height) == shown(original)[0]


def test_a_picture_larger_than_the_screen_enlarges_it() -> None:
    """A picture larger than the screen enlarges it, as in browsers."""
    original = HEAD[:6] + b"\x09\0\x09\0" + HEAD[10:] + PICTURE + TRAILER
    stripped = strip(photo(original))
    assert (stripped.data, stripped.width, stripped.height) == (original, 64, 48)


@pytest.mark.parametrize("end", [b"", bytes(9)], ids=["nothing", "fill"])
def test_a_missing_end_is_written_and_said(end: bytes) -> None:
    """A missing end is written and said."""
    stripped = strip(photo(PLAIN[:-1] + end))
    assert (stripped.data, stripped.warnings) == (PLAIN, (END_MISSING,))


def test_a_profile_shows_the_same_colours_without_its_names() -> None:
    """A profile shows the same colours without its names."""
    stripped = strip(photo(_made(PROFILED, PICTURE)))
    assert b"ICCRGBG1012" in stripped.data
    with Image.open(io.BytesIO(stripped.data)) as image:
        assert image.size == (64, 48)


def test_a_profile_that_cannot_be_read_is_left_out_and_said() -> None:
    """A profile that cannot be read is left out and said."""
    stripped = strip(photo(_made(application(b"ICCRGBG1012", b"no profile"), PICTURE)))
    assert COLOUR_LOST in stripped.warnings
    assert b"ICCRGBG1012" not in stripped.data


def test_an_orientation_that_only_some_programs_obey_is_reported() -> None:
    """An orientation that only some programs obey is reported."""
    assert ORIENTATION_UNSURE in strip(photo(_made(xmp('<x tiff:Orientation="8"/>'), PICTURE))).warnings


def test_an_animation_of_too_many_pixels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An animation of too many pixels is refused."""
    monkeypatch.setattr(gif, "MAX_ANIMATION_PIXELS", 1000)
    with pytest.raises(UnsupportedImage, match="animation has too many pixels"):
        strip(photo(MOVING))


def test_more_parts_than_any_photo_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """More parts than any photo has are refused."""
    monkeypatch.setattr(gif_blocks, "MAX_SEGMENTS", 10)
    with pytest.raises(UnsupportedImage, match="too many parts"):
        strip(photo(_made(*[comment("x")] * 10, PICTURE)))


def test_blocks_past_the_bound_are_dropped_unread() -> None:
    """Blocks past the bound are dropped unread."""
    comments = [comment(f"{SECRET} {number}") for number in range(300)]
    stripped = strip(photo(_made(*comments, PICTURE)))
    assert [entry.kinds for entry in stripped.removed].count(("text",)) == 256


def test_every_group_is_filled_with_values() -> None:
    """Every group is filled with values."""
    findings = inspect(photo(gif_with_metadata()))
    assert photos.CITY in {finding.value for finding in findings.where}
    assert "2026-11-21T08:09:10+01:00" in {finding.value for finding in findings.when}
    assert photos.ARTIST in {finding.value for finding in findings.who}
    assert photos.SERIAL in {finding.value for finding in findings.device}
    assert {finding.name for finding in findings.hidden} == {"PhotoshopThumbnail", "second picture"}
    assert photos.DOCUMENT_ID in {finding.value for finding in findings.history}
    assert {photos.COMMENT, photos.DESCRIPTION} <= {finding.value for finding in findings.words}
    assert not [value for value in photos.CANARIES if value in repr(findings)]


_M, _P = draft(MOVING).data, draft(_made(PROFILED, PICTURE)).data
_MARK, _BODY = _M.index(b"\x21\xf9"), head_bytes(_M)
DEFECTS = {
    "a comment": (MOVING, with_parts(_M, comment("x")), "parts"),
    "a comment behind": (MOVING, _M[:-1] + comment("x") + TRAILER, "parts"),
    "bytes behind the end": (MOVING, _M + b"x", "end of file"),
    "no end": (MOVING, _M[:-1], "parts"),
    "cut in a part": (MOVING, _M[:-9], "parts"),
    "only a head": (MOVING, _M[:_BODY], "header"),
    "another head": (MOVING, _M[:14] + b"x" + _M[15:], "header"),
    "a control lost": (MOVING, _M[:_MARK] + _M[_MARK + 8 :], "graphic control"),
    "a control twice": (MOVING, with_parts(_M, control(), at=_MARK), "graphic control"),
    "a control's reserved bits": (MOVING, _M[: _MARK + 3] + b"\xe0" + _M[_MARK + 4 :], "graphic control"),
    "another delay": (MOVING, _M[: _MARK + 4] + b"\x63" + _M[_MARK + 5 :], "graphic control"),
    "a control that controls nothing": (MOVING, _M[:-1] + control() + TRAILER, "end of file"),
    "the loop count lost": (MOVING, _M[:_BODY] + _M[_BODY + 19 :], "loop count"),
    "the loop count twice": (MOVING, with_parts(_M, LOOP), "loop count"),
    "a long loop count": (MOVING, _M[:_BODY] + LOOP[:-1] + b"\1x\0" + _M[_BODY + 19 :], "loop count"),
    "a picture lost": (PLAIN, HEAD + TRAILER, "pictures"),
    "another picture": (PLAIN, PLAIN[:-20] + bytes((PLAIN[-20] ^ 1,)) + PLAIN[-19:], "coded data"),
    "a shorter picture": (PLAIN, HEAD + PICTURE[:10] + b"\x08\1x\0" + TRAILER, "coded data"),
    "the profile lost": (_made(PROFILED, PICTURE), PLAIN, "colour profile"),
    "another colour": (
        _made(PROFILED, PICTURE),
        _P.replace(b"XYZ \0\0\0\0\0\0\x83", b"XYZ \0\0\0\0\0\0\x63", 1),
        "colour",
    ),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_fault_of_the_stripper_is_seen(name: str) -> None:
    """A fault of the stripper is seen."""
    original, data, words = DEFECTS[name]
    sound = draft(original)
    assert check(photo(original), sound).data == sound.data
    with pytest.raises(UnsupportedImage, match=f"could not be proven clean: .*{words}"):
        check(photo(original), dataclasses.replace(sound, data=data))
