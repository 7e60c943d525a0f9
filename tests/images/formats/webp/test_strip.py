"""WebP: one hiding place or one fault each."""

from __future__ import annotations

import dataclasses
import struct

import pytest

from imgfile.errors import UnsupportedImage
from imgfile.images.draft import COLOUR_LOST, ORIENTATION_UNSURE
from imgfile.images.formats.webp import riff
from imgfile.images.formats.webp import strip as webp
from imgfile.images.inspect import inspect
from imgfile.images.strip import draft, strip
from imgfile.images.verify.check import check
from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import photo
from kit.photos.judge import leaks, shown, survivors
from kit.photos.webp import (
    ANIMATED,
    EXIF,
    PROFILED,
    TRANSPARENT,
    XMP,
    animated,
    animation_with_metadata,
    chunk,
    extended,
    header,
    information,
    parts,
    transparent,
    webp_with_metadata,
)
from kit.photos.webp import riff as container
from kit.photos.webp import webp as plain
from kit.tools import tool

SECRET = "CANARY-0451-SECRET"
HIDDEN = SECRET.encode()
PLAIN = plain()
LOSSLESS = plain(lossless=True)
MOVING = animated()
LOSSY_ALPHA = dict(parts(transparent()))
PICTURE = dict(parts(PLAIN))[b"VP8 "]


def _replaced(photo_: bytes, name: bytes, body: bytes) -> bytes:
    """Exchange the first chunk of a name; an empty body takes it out."""
    written, is_done = [], False
    for found, old in parts(photo_):
        is_it = found == name and not is_done
        written.append(chunk(found, body if is_it else old) if body or not is_it else b"")
        is_done |= is_it
    return container(*written)


HIDING_PLACES = {
    "Exif": extended(EXIF, chunk(b"EXIF", photos.exif(6)[6:] + HIDDEN)),
    "Exif with the mark of JPEG": extended(EXIF, chunk(b"EXIF", photos.exif(6) + HIDDEN)),
    "Exif that nothing announces": extended(0, chunk(b"EXIF", photos.exif(1)[6:] + HIDDEN)),
    "Exif before the picture": extended(EXIF, before=chunk(b"EXIF", photos.exif(3)[6:] + HIDDEN)),
    "a second Exif": extended(EXIF, chunk(b"EXIF", photos.exif(3)[6:]), chunk(b"EXIF", photos.exif(6)[6:] + HIDDEN)),
    "XMP": extended(XMP, chunk(b"XMP ", photos.xmp(SECRET))),
    "RIFF INFO": extended(0, information(), chunk(b"LIST", b"INFO", chunk(b"INAM", HIDDEN))),
    "RIFF INFO that is cut short": extended(0, chunk(b"LIST", b"INFO", chunk(b"INAM", HIDDEN), b"IART\xff\0\0\0")),
    "INFO outside a list": extended(0, chunk(b"ICMT", HIDDEN)),
    "C2PA": extended(0, chunk(b"C2PA", HIDDEN)),
    "an unknown chunk": extended(0, chunk(b"what", HIDDEN)),
    "an unknown chunk before the picture": extended(0, before=chunk(b"what", HIDDEN)),
    "a chunk behind a simple picture": container(chunk(b"VP8 ", PICTURE), chunk(b"EXIF", photos.exif(1)[6:] + HIDDEN)),
    "a second picture behind a simple one": container(chunk(b"VP8 ", PICTURE), chunk(b"VP8 ", PICTURE)),
    "the profile": extended(PROFILED, before=chunk(b"ICCP", photos.display_profile())),
    "a second profile": extended(
        PROFILED, before=chunk(b"ICCP", photos.display_profile()) + chunk(b"ICCP", photos.rebuilt_profile() + HIDDEN)
    ),
    "a profile that nothing announces": extended(0, before=chunk(b"ICCP", photos.display_profile())),
    "a hidden animation": extended(0, *(chunk(*part) for part in parts(MOVING) if part[0] in {b"ANIM", b"ANMF"})),
    "padding": PLAIN[:-1] + b"!" if len(PICTURE) % 2 else container(chunk(b"VP8 ", PICTURE), b"abc\0\1\0\0\0!\x66"),
    "behind the loop count": _replaced(MOVING, b"ANIM", dict(parts(MOVING))[b"ANIM"] + HIDDEN),
    "within a frame": animation_with_metadata(),
    "the header's reserved bits": _replaced(extended(0), b"VP8X", b"\xc1CNY" + dict(parts(extended(0)))[b"VP8X"][4:]),
    "less than a chunk": container(chunk(b"VP8 ", PICTURE), HIDDEN[:6]),
    "behind the end": PLAIN + HIDDEN,
    "a photo behind the end": PLAIN + photos.phone_jpeg(),
    "everywhere": webp_with_metadata(),
}


UNOPENABLE = frozenset({"a hidden animation", "less than a chunk", "the header's reserved bits"})
"""libwebp's reader for animations, which Pillow uses, gives up on these; its plain reader shows them."""


@pytest.mark.parametrize("name", HIDING_PLACES)
def test_nothing_hidden_survives_and_the_picture_is_the_same(name: str) -> None:
    """Nothing hidden survives and the picture is the same."""
    original = HIDING_PLACES[name]
    stripped = strip(photo(original))
    assert survivors(stripped.data, (SECRET, HIDDEN[:6].decode(), *photos.CANARIES), photos.GPS_BYTES) == []
    assert shown(stripped.data) == shown(PLAIN if name in UNOPENABLE else original)
    assert len(stripped.data) <= len(original) + 36
    assert strip(photo(stripped.data)).data == stripped.data
    assert strip(photo(stripped.data)).removed == ()
    assert stripped.removed


@pytest.mark.slow
@pytest.mark.parametrize("name", HIDING_PLACES)
def test_exiftool_finds_nothing_that_identifies(name: str) -> None:
    """Exiftool finds nothing that identifies."""
    assert leaks(strip(photo(HIDING_PLACES[name])).data, tool("exiftool")) == []


def _frame(width: int = 64, height: int = 48, left: int = 0, *picture: bytes) -> bytes:
    fields = (left, 0, width - 1, height - 1, 100)
    return chunk(b"ANMF", *(field.to_bytes(3, "little") for field in fields), b"\0", *picture)


def _moving(*chunks: bytes, loop: bytes = bytes(6)) -> bytes:
    return container(header(ANIMATED), chunk(b"ANIM", loop), *chunks)


WHOLE = chunk(b"VP8 ", PICTURE)
CONTRADICTION = "animation contradicts"
FAULTS = {
    "only a head": (PLAIN[:12], "cut short"),
    "cut in the picture": (PLAIN[: len(PLAIN) // 2], "about"),
    "cut by a byte": (extended(0, chunk(b"what", bytes(400)))[:-1], "its end is missing"),
    "no chunk": (container(), "holds no picture"),
    "a chunk past the end": (container(struct.pack("<4sL", b"VP8 ", 99)), "past its end"),
    "no picture": (container(header(0)), "holds no picture"),
    "no frame": (container(header(ANIMATED), chunk(b"ANIM", bytes(6))), "holds no picture"),
    "another chunk first": (container(chunk(b"EXIF", b""), WHOLE), "begin with its picture"),
    "a short header": (container(chunk(b"VP8X", bytes(9)), WHOLE), "wrong length"),
    "two headers": (container(header(0), header(0), WHOLE), "two headers"),
    "two pictures": (container(header(0), WHOLE, WHOLE), "twice"),
    "two transparencies": (container(header(0), chunk(b"ALPH", b"\1"), chunk(b"ALPH", b"\1"), WHOLE), "twice"),
    "another canvas": (container(header(0, 65), WHOLE), "contradicts its header"),
    "a bomb": (container(header(0, 1 << 15, 1 << 15), WHOLE), "32768 x 32768"),
    "a frame that follows another": (container(chunk(b"VP8 ", b"\1", PICTURE[1:])), "cannot be read"),
    "a frame that is not shown": (container(chunk(b"VP8 ", bytes((PICTURE[0] & ~0x10,)), PICTURE[1:])), "be read"),
    "an unknown profile": (container(chunk(b"VP8 ", bytes((PICTURE[0] | 0x0E,)), PICTURE[1:])), "cannot be read"),
    "a partition past the end": (container(chunk(b"VP8 ", PICTURE[:2], b"\xff", PICTURE[3:])), "cannot be read"),
    "no start code": (container(chunk(b"VP8 ", PICTURE[:3], b"\0", PICTURE[4:])), "cannot be read"),
    "no width": (container(chunk(b"VP8 ", PICTURE[:6], b"\0\0", PICTURE[8:])), "cannot be read"),
    "an empty lossless picture": (container(chunk(b"VP8L", b"")), "cannot be read"),
    "another lossless version": (container(chunk(b"VP8L", b"\x2f\0\0\0\x20", bytes(9))), "cannot be read"),
    "transparency before a lossless picture": (
        container(header(0), chunk(b"ALPH", b"\1"), *(chunk(*part) for part in parts(LOSSLESS))),
        "contradicts its header",
    ),
    "an empty transparency": (container(header(TRANSPARENT), chunk(b"ALPH", b""), WHOLE), "contradicts"),
    "bytes behind the transparency": (
        container(header(TRANSPARENT), chunk(b"ALPH", b"\0", bytes(64 * 48), HIDDEN), WHOLE),
        "contradicts",
    ),
    "a picture beside frames": (_moving(_frame(64, 48, 0, WHOLE), WHOLE), CONTRADICTION),
    "a frame before the loop count": (container(header(ANIMATED), _frame(64, 48, 0, WHOLE)), CONTRADICTION),
    "a short loop count": (_moving(_frame(64, 48, 0, WHOLE), loop=b"\0"), CONTRADICTION),
    "a short frame": (_moving(chunk(b"ANMF", bytes(15))), CONTRADICTION),
    "a frame outside the canvas": (_moving(_frame(64, 48, 1, WHOLE)), CONTRADICTION),
    "a frame without a picture": (_moving(_frame()), CONTRADICTION),
    "a frame of another size": (_moving(_frame(60, 48, 0, WHOLE)), CONTRADICTION),
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


@pytest.mark.parametrize(
    "original",
    [
        *(PLAIN, LOSSLESS, transparent(), transparent(lossless=True), MOVING, animated(lossless=True)),
        plain(photos.pixels(63, 47), quality=1),
        container(header(TRANSPARENT), chunk(b"ALPH", b"\0", bytes(64 * 48)), WHOLE),
    ],
    ids=["lossy", "lossless", "lossy alpha", "lossless alpha", "animated", "lossless animated", "odd", "raw alpha"],
)
def test_every_ordinary_kind_stays_byte_for_byte(original: bytes) -> None:
    """Every ordinary kind stays byte for byte."""
    stripped = strip(photo(original))
    assert (stripped.data, stripped.removed) == (original, ())
    assert (stripped.width, stripped.height) == shown(original)[0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_carried(orientation: int) -> None:
    """Every orientation is carried."""
    original = extended(EXIF, chunk(b"EXIF", photos.exif(orientation)[6:]))
    stripped = strip(photo(original))
    assert (stripped.orientation, shown(stripped.data)) == (orientation, shown(original))
    assert (stripped.width, stripped.height) == shown(original)[0]
    assert stripped.taken_at is not None


def test_adobe_rgb_without_a_profile_stays_adobe_rgb() -> None:
    """Adobe RGB without a profile stays Adobe RGB."""
    stripped = strip(photo(extended(EXIF, chunk(b"EXIF", photos.adobe_rgb_exif()[6:]))))
    assert b"R03" in stripped.data
    assert survivors(stripped.data, photos.CANARIES) == []


@pytest.mark.parametrize(
    "original",
    [
        extended(0, chunk(b"EXIF", photos.exif(6)[6:])),
        container(WHOLE, chunk(b"EXIF", photos.exif(6)[6:])),
        extended(XMP, chunk(b"XMP ", b'<x tiff:Orientation="8"/>')),
        extended(EXIF, *(chunk(b"EXIF", photos.exif(number)[6:]) for number in (1, 6))),
    ],
    ids=["not announced", "behind a simple picture", "XMP", "a second block"],
)
def test_an_orientation_that_only_some_programs_obey_is_reported(original: bytes) -> None:
    """An orientation that only some programs obey is reported."""
    stripped = strip(photo(original))
    assert ORIENTATION_UNSURE in stripped.warnings
    assert stripped.orientation == 1


def test_a_profile_that_cannot_be_read_is_left_out_and_said() -> None:
    """A profile that cannot be read is left out and said."""
    stripped = strip(photo(extended(PROFILED, before=chunk(b"ICCP", b"no profile"))))
    assert COLOUR_LOST in stripped.warnings
    assert stripped.data == extended(0)


def test_an_animation_of_too_many_pixels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An animation of too many pixels is refused."""
    monkeypatch.setattr(webp, "MAX_ANIMATION_PIXELS", 1000)
    with pytest.raises(UnsupportedImage, match="animation has too many pixels"):
        strip(photo(MOVING))


def test_more_chunks_than_any_photo_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """More chunks than any photo has are refused."""
    monkeypatch.setattr(riff, "MAX_SEGMENTS", 10)
    with pytest.raises(UnsupportedImage, match="too many chunks"):
        strip(photo(extended(0, *[chunk(b"what", b"")] * 10)))


def test_blocks_past_the_bound_are_dropped_unread_but_for_the_orientation() -> None:
    """Blocks past the bound are dropped unread, but for the orientation."""
    notes = [chunk(b"ICMT", b"%s %d" % (HIDDEN, number)) for number in range(300)]
    stripped = strip(photo(extended(EXIF, *notes, chunk(b"EXIF", photos.exif(6)[6:]))))
    assert [entry.kinds for entry in stripped.removed].count(("text",)) == 256
    assert stripped.orientation == 6


def test_every_group_is_filled_with_values() -> None:
    """Every group is filled with values."""
    findings = inspect(photo(webp_with_metadata()))
    assert "51.506992" in {finding.value for finding in findings.where}
    assert photos.TAKEN in {finding.value for finding in findings.when}
    assert photos.ARTIST in {finding.value for finding in findings.who}
    assert {photos.MAKE, photos.SERIAL} <= {finding.value for finding in findings.device}
    assert {finding.name for finding in findings.hidden} >= {"hidden 2 s video"}
    assert photos.DOCUMENT_ID in {finding.value for finding in findings.history}
    assert photos.COMMENT in {finding.value for finding in findings.words}
    assert (findings.width, findings.height) == (48, 64)
    assert not [value for value in photos.CANARIES if value in repr(findings)]


_T, _M = draft(webp_with_metadata()).data, draft(MOVING).data
_LOSSLESS_DRAFT = draft(LOSSLESS).data
DEFECTS = {
    "a chunk too many": (
        webp_with_metadata(),
        container(*(chunk(*part) for part in parts(_T)), chunk(b"XMP ", b"x")),
        "order",
    ),
    "no start": (webp_with_metadata(), b"RIFX" + _T[4:], "start of file"),
    "no chunk left": (webp_with_metadata(), container(), "chunks"),
    "a wrong size": (webp_with_metadata(), _T + b"\0\0", "end of file"),
    "bytes behind the last chunk": (
        webp_with_metadata(),
        container(*(chunk(*part) for part in parts(_T)), b"abcd"),
        "end of",
    ),
    "a padding that speaks": (LOSSLESS, container(chunk(b"VP8L", b"x")[:-1] + b"y"), "padding"),
    "flags that lie": (webp_with_metadata(), _replaced(_T, b"VP8X", b"\x2c" + dict(parts(_T))[b"VP8X"][1:]), "header"),
    "the header lost": (extended(0), PLAIN, "header"),
    "another canvas": (webp_with_metadata(), _replaced(_T, b"VP8X", dict(parts(_T))[b"VP8X"][:-1] + b"\1"), "header"),
    "the Exif lost": (
        webp_with_metadata(),
        _replaced(_replaced(_T, b"EXIF", b""), b"VP8X", b"\x20\0\0\0\x3f\0\0\x2f\0\0"),
        "Exif",
    ),
    "another colour": (
        webp_with_metadata(),
        _T.replace(b"XYZ \0\0\0\0\0\0\x83", b"XYZ \0\0\0\0\0\0\x63", 1),
        "colour",
    ),
    "another picture": (LOSSLESS, _LOSSLESS_DRAFT[:-9] + b"x" + _LOSSLESS_DRAFT[-8:], "coded data"),
    "half a picture": (PLAIN, container(chunk(b"VP8 ", PICTURE[:-20])), "coded data"),
    "a frame lost": (MOVING, container(*(chunk(*part) for part in list(parts(_M))[:-1])), "coded chunks"),
    "another loop count": (MOVING, _replaced(_M, b"ANIM", b"123456"), "animation"),
    "another duration": (
        MOVING,
        _replaced(
            _M,
            b"ANMF",
            dict(reversed(list(parts(_M))))[b"ANMF"][:12] + b"\7" + dict(reversed(list(parts(_M))))[b"ANMF"][13:],
        ),
        "animation",
    ),
    "an animation that is not announced": (
        MOVING,
        _replaced(_M, b"VP8X", bytes(4) + dict(parts(_M))[b"VP8X"][4:]),
        "header",
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
