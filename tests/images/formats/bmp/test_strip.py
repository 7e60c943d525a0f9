"""BMP: one hiding place or one fault each."""

from __future__ import annotations

import dataclasses
import io
import struct

import pytest
from PIL import Image

from imgfile.errors import UnsupportedImage
from imgfile.images.draft import COLOUR_LOST
from imgfile.images.formats.bmp import pixels as bmp_pixels
from imgfile.images.formats.bmp.strip import PROFILE_ELSEWHERE
from imgfile.images.inspect import inspect
from imgfile.images.strip import draft, strip
from imgfile.images.verify.check import check
from kit.photos import jpeg_png as photos
from kit.photos.bmp import HEIGHT, WIDTH, bmp, bmp_with_metadata, palette, pixels, version_5
from kit.photos.jpeg_png import photo
from kit.photos.judge import leaks, shown, survivors
from kit.tools import tool

SECRET = "CANARY-0451-SECRET"
HIDDEN = SECRET.encode()
PATH = "C:\\Users\\Canary Owner Ann\\display.icm"
RUNS = b"".join(bytes((5, row, 0, 8)) + bytes(range(8)) + b"\0\0" for row in range(HEIGHT)) + b"\0\1"
NIBBLES = b"".join(bytes((6, row * 16, 0, 7, 1, 2, 3, 4, 0, 0)) for row in range(HEIGHT)) + b"\0\1"
MOVES = b"\x03\x01\0\2\2\1\4\2\0\0" + b"\x02\x05\0\1"

KINDS = {
    **{f"{depth} bits": bmp(depth=depth, numbers=(0, 0, 0, 0)) for depth in (1, 4, 8, 16, 24, 32)},
    **{f"OS/2, {depth} bits": bmp(12, depth) for depth in (1, 4, 8, 24)},
    "OS/2, few colours": bmp(12, 8, colours=palette(252, 3), coded=bytes(16 * HEIGHT)),
    "OS/2, 16 bytes of header": bmp(16, 24),
    "OS/2 2.x": bmp(64, 8),
    "masks behind the header": bmp(40, 16, compression=3),
    "masks in the header": bmp(52, 16, compression=3),
    "masks with alpha": bmp(56, 32, compression=3),
    "version 4": bmp(108, 32, compression=3, further=b"BGRs"),
    "version 4, calibrated": bmp(108, 24, further=bytes(4) + b"\1\2\3\4" * 12),
    "version 5": version_5(b"BGRs"),
    "version 5, of Windows": version_5(b" niW"),
    "top down": bmp(height=-HEIGHT),
    "few colours": bmp(depth=8, colours=palette(252), numbers=(0, 0, 252, 9), coded=bytes(16 * HEIGHT)),
    "no stated length": bmp(depth=8, stated=0),
    "runs of bytes": bmp(depth=8, compression=1, coded=RUNS),
    "runs of half bytes": bmp(depth=4, compression=2, coded=NIBBLES),
    "runs with moves": bmp(depth=8, compression=1, coded=MOVES),
}

HIDING_PLACES = {
    "the file header's reserved bytes": bmp(reserved=b"CNRY"),
    "a gap before the pixels": bmp(gap=HIDDEN),
    "an optimal palette that nothing uses": bmp(gap=HIDDEN, numbers=(0, 0, 4, 4)),
    "the colours' reserved bytes": bmp(depth=8, colours=palette(256, reserved=0x43)),
    "the rows' padding": bmp(coded=pixels(24, padding=0x43)),
    "the rows' padding and last bits": bmp(depth=1, coded=pixels(1, padding=0x7F)),
    "numbers that mean nothing": bmp(depth=8, numbers=(0, 0, 0, 0x59524E43)),
    "the fields for printers": bmp(64, 8, further=b"CNRYCNRY"),
    "a version 4 of another colour space": bmp(108, further=b"CNRY" + HIDDEN.ljust(48, b"!")),
    "endpoints that mean nothing": bmp(108, further=b"BGRs" + HIDDEN.ljust(48, b"!")),
    "version 5's reserved bytes": bmp(124, further=b"BGRs" + bytes(48) + struct.pack("<LLL", 4, 0, 0) + b"CNRY"),
    "an unknown intent": bmp(124, further=b"BGRs" + bytes(48) + b"CNRY"),
    "a place of no profile": bmp(124, further=b"BGRs" + bytes(48) + struct.pack("<L", 4) + b"CNRYCNRY"),
    "the path of a profile": version_5(b"KNIL", PATH.encode() + b"\0"),
    "the profile": version_5(b"DEBM", photos.display_profile()),
    "between pixels and profile": version_5(b"DEBM", photos.display_profile(), before=HIDDEN),
    "behind the profile": version_5(b"DEBM", photos.display_profile(), behind=HIDDEN),
    "a profile before the pixels": bmp(
        124,
        gap=photos.display_profile(),
        further=b"DEBM" + bytes(48) + struct.pack("<LLL", 4, 124, len(photos.display_profile())),
    ),
    "behind the runs": bmp(depth=8, compression=1, coded=RUNS + HIDDEN),
    "behind the end": bmp(behind=HIDDEN),
    "a photo behind the end": bmp(behind=photos.phone_jpeg()),
    "everywhere": bmp_with_metadata(),
}


@pytest.mark.parametrize("name", HIDING_PLACES)
def test_nothing_hidden_survives_and_the_picture_is_the_same(name: str) -> None:
    """Nothing hidden survives and the picture is the same."""
    original = HIDING_PLACES[name]
    stripped = strip(photo(original))
    assert survivors(stripped.data, (SECRET, "CNR", "CCC", PATH, *photos.CANARIES), photos.GPS_BYTES) == []
    assert shown(stripped.data) == shown(original)
    assert len(stripped.data) <= len(original)
    assert strip(photo(stripped.data)).data == stripped.data
    assert strip(photo(stripped.data)).removed == ()
    assert stripped.removed


@pytest.mark.slow
@pytest.mark.parametrize("name", HIDING_PLACES)
def test_exiftool_finds_nothing_that_identifies(name: str) -> None:
    """Exiftool finds nothing that identifies."""
    assert leaks(strip(photo(HIDING_PLACES[name])).data, tool("exiftool")) == []


@pytest.mark.parametrize("name", KINDS)
def test_every_ordinary_kind_stays_byte_for_byte(name: str) -> None:
    """Every ordinary kind stays byte for byte."""
    stripped = strip(photo(KINDS[name]))
    assert (stripped.data, stripped.removed, stripped.warnings) == (KINDS[name], (), ())
    assert (stripped.width, stripped.height) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_what_pillow_writes_stays_the_same_picture(mode: str) -> None:
    """What Pillow writes stays the same picture."""
    out = io.BytesIO()
    photos.pixels(33, 21).convert(mode).save(out, "BMP")
    stripped = strip(photo(out.getvalue()))
    assert shown(stripped.data) == shown(out.getvalue())
    assert Image.open(io.BytesIO(stripped.data)).mode == Image.open(io.BytesIO(out.getvalue())).mode


def _changed(original: bytes, at: int, value: bytes) -> bytes:
    return original[:at] + value + original[at + len(value) :]


PLAIN = bmp()
FAULTS = {
    "cut in the header": (PLAIN[:30], "cut short"),
    "so high that its rows are its profile": (
        _changed(version_5(b"DEBM", photos.display_profile()), 22, struct.pack("<l", 15)),
        "profile and its pixels overlap",
    ),
    "cut in the pixels": (PLAIN[:194], "about 50 % of the picture is missing"),
    "cut by a byte": (bmp(width=100, height=100)[:-1], "its end is missing"),
    "cut before the pixels": (bmp(gap=bytes(90))[:100], "about 100 % of the picture is missing"),
    "cut in the runs": (bmp(depth=8, compression=1, coded=RUNS[:40]), "cut short"),
    "two planes": (_changed(PLAIN, 26, b"\2"), "ordinary programs"),
    "an unknown depth": (_changed(PLAIN, 28, b"\x07"), "ordinary programs"),
    "an unknown compression": (_changed(PLAIN, 30, b"\4"), "ordinary programs"),
    "no width": (_changed(PLAIN, 18, bytes(4)), "no size"),
    "a negative width": (_changed(PLAIN, 18, b"\xff\xff\xff\xff"), "no size"),
    "no height": (_changed(PLAIN, 22, bytes(4)), "no size"),
    "a bomb": (_changed(PLAIN, 18, struct.pack("<ll", 30_000, 30_000)), "30000 x 30000"),
    "colours in the pixels": (_changed(bmp(depth=8), 10, b"\x40\0\0\0"), "overlap"),
    "a run past its row": (bmp(depth=8, compression=1, coded=b"\x0e\1\0\1"), "more than its pixels"),
    "bytes past their row": (bmp(depth=8, compression=1, coded=b"\0\x12" + HIDDEN + b"\0\1"), "more than its pixels"),
    "a run behind the last row": (bmp(depth=8, compression=1, coded=RUNS[:-2] + b"\1\1\0\1"), "more than its pixels"),
    "runs that lead nowhere": (bmp(depth=8, compression=1, coded=b"\0\2\0\0" * 9), "lead nowhere"),
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


def test_runs_longer_than_any_photo_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs longer than any photo are refused."""
    monkeypatch.setattr(bmp_pixels, "MAX_RUN_BYTES", 20)
    with pytest.raises(UnsupportedImage, match="runs are longer"):
        strip(photo(bmp(depth=8, compression=1, coded=RUNS)))


def test_a_profile_that_is_elsewhere_is_said() -> None:
    """A profile that is elsewhere is said."""
    stripped = strip(photo(version_5(b"KNIL", PATH.encode() + b"\0")))
    assert stripped.warnings == (PROFILE_ELSEWHERE,)
    assert inspect(photo(version_5(b"KNIL", PATH.encode() + b"\0"))).words[0].value == PATH


@pytest.mark.parametrize("profile", [b"", b"no profile"])
def test_a_profile_that_cannot_be_read_is_left_out_and_said(profile: bytes) -> None:
    """A profile that cannot be read is left out and said."""
    original = version_5(b"DEBM", profile) if profile else _changed(version_5(b"DEBM"), 126, b"\x7c")
    stripped = strip(photo(original))
    assert stripped.warnings == (COLOUR_LOST,)
    assert stripped.data == _changed(version_5(b"BGRs"), 122, b"\4")


def test_what_follows_is_found() -> None:
    """What follows is found."""
    findings = inspect(photo(bmp_with_metadata()))
    assert [finding.name for finding in findings.hidden] == ["second picture"]
    assert findings.unread
    assert (findings.width, findings.height) == (WIDTH, HEIGHT)


_V5, _RUNS, _PADDED = draft(version_5(b"DEBM", photos.display_profile())).data, KINDS["runs of bytes"], bmp(depth=1)
_FIRST = 14 + 40 + 1024


def _shorter(original: bytes) -> bytes:
    """Take the last sixteen bytes away, and say so."""
    return _changed(original[:-16], 2, struct.pack("<L", len(original) - 16))


DEFECTS = {
    "no start": (PLAIN, b"BA" + PLAIN[2:], "start of file"),
    "bytes behind": (PLAIN, PLAIN + b"x", "file header"),
    "reserved bytes": (PLAIN, _changed(PLAIN, 6, b"x"), "file header"),
    "another header": (PLAIN, _changed(PLAIN, 14, b"\x34"), "header"),
    "pixels past the end": (PLAIN, _changed(PLAIN, 10, b"\xff\xff"), "header"),
    "another resolution": (PLAIN, _changed(PLAIN, 38, b"x"), "header"),
    "another size": (PLAIN, _changed(PLAIN, 18, b"\x0c"), "header"),
    "another length": (PLAIN, _changed(PLAIN, 34, b"\x01"), "header"),
    "another length in version 4": (KINDS["version 4"], _changed(KINDS["version 4"], 34, b"\x01"), "header"),
    "another number of colours": (PLAIN, _changed(PLAIN, 46, b"\x21"), "header"),
    "another number that matters": (PLAIN, _changed(PLAIN, 50, b"\x21"), "header"),
    "fields for printers": (KINDS["OS/2 2.x"], _changed(KINDS["OS/2 2.x"], 70, b"x"), "header"),
    "another old header": (KINDS["OS/2, 24 bits"], _changed(KINDS["OS/2, 24 bits"], 18, b"\x0c"), "header"),
    "another colour space": (KINDS["version 5"], _changed(KINDS["version 5"], 70, b" niW"), "colour space"),
    "a profile in version 4": (bmp(108, further=b"DEBM"), bmp(108, further=b"DEBM"), "colour space"),
    "endpoints": (KINDS["version 5"], _changed(KINDS["version 5"], 80, b"x"), "colour space"),
    "version 5's reserved bytes": (KINDS["version 5"], _changed(KINDS["version 5"], 134, b"x"), "colour space"),
    "another intent": (KINDS["version 5"], _changed(KINDS["version 5"], 122, b"\1"), "colour space"),
    "a place of no profile": (KINDS["version 5"], _changed(KINDS["version 5"], 126, b"x"), "colour profile"),
    "a profile elsewhere": (version_5(b"DEBM", photos.display_profile()), _changed(_V5, 126, b"\0"), "colour profile"),
    "another colour": (
        version_5(b"DEBM", photos.display_profile()),
        _V5.replace(b"XYZ \0\0\0\0\0\0\x83", b"XYZ \0\0\0\0\0\0\x63", 1),
        "colour",
    ),
    "another palette": (KINDS["8 bits"], _changed(KINDS["8 bits"], 60, b"x"), "palette"),
    "a palette that says more": (KINDS["8 bits"], _changed(KINDS["8 bits"], 57, b"x"), "palette"),
    "a palette too long": (bmp(gap=bytes(4)), bmp(gap=bytes(4)), "palette"),
    "other pixels": (PLAIN, _changed(PLAIN, 60, b"x"), "coded data"),
    "other pixels beside padding": (_PADDED, _changed(_PADDED, 62, b"x"), "coded data"),
    "other pixels without padding": (KINDS["32 bits"], _changed(KINDS["32 bits"], 60, b"x"), "coded data"),
    "a row lost": (KINDS["no stated length"], _shorter(KINDS["no stated length"]), "pixels"),
    "other runs": (_RUNS, _changed(_RUNS, _FIRST + 1, b"x"), "coded data"),
    "runs without an end": (_RUNS, _changed(_RUNS, len(_RUNS) - 1, b"\0"), "pixels"),
    "runs behind the end": (_RUNS, _changed(_RUNS, _FIRST, b"\0\1"), "pixels"),
    "moves without an end": (
        KINDS["runs with moves"],
        _changed(KINDS["runs with moves"], _FIRST + 13, b"\0"),
        "pixels",
    ),
    "half runs without an end": (
        KINDS["runs of half bytes"],
        _changed(KINDS["runs of half bytes"], len(KINDS["runs of half bytes"]) - 1, b"\0"),
        "pixels",
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


@pytest.mark.parametrize("place", [b"\xff\xff", b"\0\0"], ids=["outside", "in the header"])
@pytest.mark.parametrize("space", [b"DEBM", b"KNIL"])
def test_a_profile_that_cannot_be_there_refuses_no_photo(place: bytes, space: bytes) -> None:
    """A profile outside of the file, or in its header, is none: that is said, and the picture stays."""
    original = _changed(version_5(space, b"x" * 20), 126, place)
    stripped = strip(photo(original))
    assert stripped.warnings
    assert shown(stripped.data) == shown(version_5(b"BGRs", b""))
