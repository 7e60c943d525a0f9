"""A sanitised profile names nobody and changes no colour."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.images.draft import COLOUR_LOST
from imgfile.images.limits import MAX_PROFILE_BYTES
from imgfile.images.metadata import icc
from imgfile.images.strip import strip
from imgfile.images.verify import colour
from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import chunk, photo, with_chunks, with_segments
from kit.photos.judge import survivors
from kit.photos.tiff import UNDEFINED, grey, tiff


def _lut(kind: bytes) -> bytes:
    """Write an 8- or 16-bit lookup table that turns colours round, with bytes hidden behind it."""
    grid = bytes(value for red in (0, 255) for green in (0, 255) for blue in (0, 255) for value in (green, blue, red))
    ramp = bytes(range(256)) * 3
    head = bytes((3, 3, 2, 0)) + struct.pack(">9l", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    if kind == b"mft1":
        return kind + bytes(4) + head + ramp + grid + ramp + b"CANARY"
    wide = struct.pack(">2H", 0, 65535) * 3
    return (
        kind
        + bytes(4)
        + head
        + struct.pack(">2H", 2, 2)
        + wide
        + b"".join(bytes((v, v)) for v in grid)
        + wide
        + b"CANARY"
    )


PROFILES = {
    "display, version 4": photos.display_profile(),
    "display, version 2": photos.display_profile(version=2),
    "a scanner's lookup table": photos.rebuilt_profile(version=2, extra={b"A2B0": _lut(b"mft1")}, header={12: b"scnr"}),
    "a wide lookup table": photos.rebuilt_profile(version=2, extra={b"A2B0": _lut(b"mft2")}, header={12: b"scnr"}),
    "a curve of points": photos.rebuilt_profile(
        extra={b"rTRC": b"curv" + bytes(4) + struct.pack(">L5H", 5, 0, 9000, 20000, 40000, 65535) + b"CANARY"}
    ),
}


@pytest.mark.parametrize("name", PROFILES)
def test_no_name_survives_and_no_colour_changes(name: str) -> None:
    """No name survives and no colour changes."""
    original = PROFILES[name]
    sanitised = icc.sanitise(original)
    assert sanitised is not None
    assert survivors(sanitised, (*photos.CANARIES, "CANARY", "CNRYMODL")) == []
    assert colour.is_same(original, sanitised)
    assert len(sanitised) <= len(original)
    assert icc.sanitise(sanitised) == sanitised


@pytest.mark.parametrize("name", PROFILES)
def test_another_colour_is_noticed(name: str) -> None:
    """The control: were a number touched, LittleCMS would show it."""
    sanitised = icc.sanitise(PROFILES[name])
    assert sanitised is not None
    tag = b"A2B0" if b"A2B0" in sanitised else b"rTRC"
    at = sanitised.index(tag)
    start, length = struct.unpack_from(">LL", sanitised, at + 4)
    middle = start + (length - 12 if tag == b"rTRC" else 60)
    assert not colour.is_same(PROFILES[name], sanitised[:middle] + b"\x40\x40\x40\x40" + sanitised[middle + 4 :])


@pytest.mark.parametrize(
    "profile",
    [
        b"",
        bytes(200),
        photos.rebuilt_profile(header={36: b"xxxx"}),
        photos.rebuilt_profile(header={12: b"link"}),
        photos.rebuilt_profile(header={16: b"Lab "}),
        photos.rebuilt_profile()[:128] + bytes(200),
        photos.rebuilt_profile() + bytes(MAX_PROFILE_BYTES),
    ],
    ids=["empty", "zeros", "no mark", "a device link", "Lab", "no tags", "too large"],
)
def test_what_is_no_photos_profile_is_none(profile: bytes) -> None:
    """What is no photos profile is none."""
    assert icc.sanitise(profile) is None


@pytest.mark.parametrize(
    "tag",
    [
        b"",
        b"curv",
        b"curv\0\0\0\0\xff\xff\xff\xff",
        b"para\0\0\0\0\0\x09\0\0" + bytes(40),
        b"mft1\0\0\0\0",
        b"mft2\0\0\0\0\3\3",
        b"mft1\0\0\0\0\xff\xff\xff" + bytes(60),
        b"text\0\0\0\0CANARY",
    ],
)
def test_a_broken_tag_is_left_out(tag: bytes) -> None:
    """A broken tag is left out."""
    sanitised = icc.sanitise(photos.rebuilt_profile(extra={b"lumi": tag}))
    assert sanitised is not None
    assert b"lumi" not in sanitised
    assert b"CANARY" not in sanitised


def test_linked_elements_are_kept_whole() -> None:
    """Linked elements are kept whole."""
    sanitised = icc.sanitise(photos.rebuilt_profile(extra={b"D2B0": b"mpet" + bytes(20)}))
    assert sanitised is not None
    assert b"mpet" + bytes(20) in sanitised


def test_a_profile_without_room_for_neutral_texts_goes_without() -> None:
    """A profile without room for neutral texts goes without."""
    head = photos.rebuilt_profile(header={16: b"GRAY"})[:128]
    tiny = photos.assembled_profile(head, {b"desc": b"desc", b"kTRC": b"curv" + bytes(8)})
    sanitised = icc.sanitise(tiny)
    assert sanitised is not None
    assert len(sanitised) <= len(tiny)
    assert b"desc" not in sanitised


def test_a_tag_outside_the_profile_is_skipped() -> None:
    """A tag outside the profile is skipped."""
    profile = bytearray(photos.rebuilt_profile())
    at = profile.index(b"chad")
    profile[at + 4 : at + 8] = b"\xff\xff\xff\xff"
    sanitised = icc.sanitise(bytes(profile))
    assert sanitised is not None
    assert b"chad" not in sanitised


def test_profiles_that_no_engine_opens_are_alike_and_others_are_not() -> None:
    """Profiles that no engine opens are alike and others are not."""
    broken = photos.rebuilt_profile(extra={b"rXYZ": b"", b"gXYZ": b""})
    sanitised = icc.sanitise(broken)
    assert sanitised is not None
    assert colour.is_same(broken, sanitised)
    assert not colour.is_same(photos.display_profile(), sanitised)
    assert not colour.is_same(photos.rebuilt_profile(header={16: b"GRAY"}), sanitised)
    assert not colour.is_same(photos.display_profile(), photos.rebuilt_profile(header={16: b"Lab "}))


def test_a_pair_once_proven_is_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pair once proven is remembered up to a bound."""
    monkeypatch.setattr(colour, "_proven", set())
    monkeypatch.setattr(colour, "MAX_REMEMBERED", 1)
    pairs = [(profile, icc.sanitise(profile) or b"") for profile in PROFILES.values()]
    assert all(colour.is_same(*pair) for pair in pairs)
    assert len(colour._proven) == 1
    assert colour.is_same(*pairs[0])


@given(st.integers(0, len(photos.display_profile()) - 1), st.integers(0, 255))
def test_no_flip_makes_the_sanitiser_raise_or_leak(at: int, value: int) -> None:
    """No flip makes the sanitiser raise or leak."""
    profile = bytearray(photos.display_profile())
    profile[at] = value
    sanitised = icc.sanitise(bytes(profile))
    assert sanitised is None or photos.DISPLAY_SERIAL.encode() not in sanitised


# --- profiles that are taken otherwise once they are rebuilt ----------------------------------------------


def _doubled() -> bytes:
    """Write a profile with a tag twice, which LittleCMS refuses; rebuilt, it has it once."""
    plain = photos.display_profile()
    count = struct.unpack_from(">L", plain, 128)[0]
    entry = plain[132:144]
    moved = b"".join(
        struct.pack(">4sLL", name, start + 12, length)
        for name, start, length in (struct.unpack_from(">4sLL", plain, 132 + 12 * index) for index in range(count))
    )
    again = moved[:12] if entry else b""
    body = plain[132 + 12 * count :]
    return struct.pack(">L", len(plain) + 12) + plain[4:128] + struct.pack(">L", count + 1) + moved + again + body


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_profile_that_gives_other_colours_once_it_is_rebuilt_is_dropped_and_said(kind: str) -> None:
    """An odd old profile refuses no photo: it goes, and that colours may look different is said."""
    profile = _doubled()
    rebuilt = icc.sanitise(profile)
    assert rebuilt is None or not colour.is_same(profile, rebuilt)
    plain, original = {
        "JPEG": (photos.jpeg(), with_segments(photos.jpeg(), *photos.profile_segments(profile))),
        "PNG": (photos.png(), with_chunks(photos.png(), chunk(b"iCCP", b"x\0\0" + zlib.compress(profile)))),
        "TIFF": (tiff(grey()), tiff(grey(tags={34675: (UNDEFINED, profile)}))),
    }[kind]
    stripped = strip(photo(original))
    assert stripped.warnings == (COLOUR_LOST,)
    assert stripped.data == strip(photo(plain)).data
    assert icc.sanitise(photos.display_profile())
