"""A colour profile inside a JPEG XL codestream loses what identifies; libjxl shows the same picture."""

from __future__ import annotations

import dataclasses
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgfile.errors import UnsupportedImage
from imgfile.images.formats.jxl import header as jxl_header
from imgfile.images.formats.jxl import profile as jxl_profile
from imgfile.images.formats.jxl import strip as jxl
from imgfile.images.formats.jxl.bits import Bits, BitWriter
from imgfile.images.formats.jxl.entropy import Broken, Decoder
from imgfile.images.metadata import icc
from imgfile.images.strip import draft, strip
from imgfile.images.verify import colour
from imgfile.images.verify.check import check
from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import box, photo
from kit.photos.judge import shown, survivors
from kit.photos.jxl import container, parts, profiled

DISPLAY = photos.display_profile()


def _curved(*, version: int = 4) -> bytes:
    """Make a profile with curves of many numbers, in place of formulas."""
    curve = b"curv" + bytes(4) + struct.pack(">L256H", 256, *(level * level for level in range(256)))
    tags = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return photos.rebuilt_profile(version=version, extra={**tags, b"mmod": b"mmod" + bytes(4) + photos.SERIAL.encode()})


PROFILES = {
    "of a display": DISPLAY,
    "of an older version": photos.display_profile(version=2),
    "with curves": _curved(),
    "with curves, of an older version": _curved(version=2),
}


def _profile(codestream: bytes) -> bytes:
    place = jxl_header.read(codestream[: jxl_header.HEADER_BYTES]).profile_at
    assert place is not None
    found = jxl_profile.read(Bits(codestream, place))
    assert found is not None
    return found


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_read_as_it_was_written_by_another_program(name: str) -> None:
    """A profile is read as it was, though libjxl wrote it."""
    assert _profile(profiled(PROFILES[name])) == PROFILES[name]


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_inside_loses_its_names_and_shows_the_same(name: str) -> None:
    """A profile inside loses its names and shows the same."""
    original = profiled(PROFILES[name])
    stripped = strip(photo(original))
    after = _profile(stripped.data)
    assert survivors(after, photos.CANARIES) == []
    assert after == icc.sanitise(PROFILES[name])
    assert colour.is_same(PROFILES[name], after)
    assert shown(stripped.data) == shown(original)
    assert stripped.warnings == ()
    assert [removed.block for removed in stripped.removed] == ["ICC"]
    again = strip(photo(stripped.data))
    assert (again.data, again.removed, again.warnings) == (stripped.data, (), ())


@pytest.mark.parametrize("cuts", [(), (9,), (60, 90, 200), (2000,)])
def test_a_profile_in_parts_of_a_container_is_taken_together(cuts: tuple[int, ...]) -> None:
    """A profile in parts of a container is taken together."""
    codestream = profiled(DISPLAY)
    pieces = parts(codestream, *cuts) if cuts else [box(b"jxlc", codestream)]
    stripped = strip(photo(container(box(b"jxll", b"\x0a"), *pieces, box(b"xml ", photos.xmp()))))
    assert shown(stripped.data) == shown(codestream)
    assert stripped.data.endswith(strip(photo(codestream)).data)
    assert box(b"jxll", b"\x0a") in stripped.data


def test_a_profile_that_cannot_be_rebuilt_stays_and_is_said() -> None:
    """A profile that cannot be rebuilt stays and is said: of an unknown kind, or too long."""
    unknown = DISPLAY[:12] + b"link" + DISPLAY[16:]
    long = photos.rebuilt_profile(extra={b"priv": b"data" + bytes(4) + bytes(range(256)) * 600})
    for profile in (unknown, long):
        original = profiled(profile)
        stripped = strip(photo(original))
        assert (stripped.data, stripped.warnings) == (original, (jxl.PROFILE_STAYS,))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(profile=st.binary(min_size=132, max_size=700), size=st.integers(0, 9000))
def test_any_profile_is_read_as_it_was_written(profile: bytes, size: int) -> None:
    """Any profile is read as it was written."""
    whole = profile.ljust(size, b"A")
    writer = BitWriter()
    writer.put(5, 3)
    jxl_profile.write(writer, whole)
    bits = Bits(writer.finish() + b"frames", 3)
    assert jxl_profile.read(bits) == whole
    assert bits.data[bits.to_byte() :] == b"frames"


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_flip_in_a_profile_gives_a_verified_result_or_a_refusal(data: st.DataObject) -> None:
    """Any flip in a profile gives a verified result, the same bytes, or a refusal."""
    source = profiled(DISPLAY)
    at = data.draw(st.integers(2, 700))
    flipped = source[:at] + bytes((source[at] ^ data.draw(st.integers(1, 255)),)) + source[at + 1 :]
    try:
        stripped = strip(photo(flipped))
    except UnsupportedImage:
        return
    assert strip(photo(stripped.data)).data == stripped.data


# --- what is coded by how often it comes ----------------------------------------------------------------


def _written(pairs: list[tuple[int, int]]) -> bytes:
    writer = BitWriter()
    for value, width in pairs:
        writer.put(value, width)
    return writer.finish() + bytes(4)


def _numbers(pairs: list[tuple[int, int]], contexts: list[int], count: int) -> list[int]:
    decoder = Decoder(Bits(_written(pairs)), max(contexts) + 1)
    found = [decoder.next(contexts[at % len(contexts)]) for at in range(count)]
    if not decoder.is_done():
        raise Broken
    return found


_ONE = ((0, 1), (0, 1), (0, 2))
"""No repeats; ANS, of 32 symbols."""
_PLAIN = (5, 3)
"""A symbol is a number."""
_STATE = (0x130000, 32)
_PREFIX = ((0, 1), (1, 1), (15, 4), (1, 1), (2, 4), (3, 2))
"""No repeats; a prefix code of eight symbols, each a number."""
STREAMS = {
    "one symbol": ([*_ONE, _PLAIN, (1, 1), (0, 1), (1, 1), (2, 3), (1, 2), _STATE], [5, 5, 5]),
    "a prefix code of one": ([*_PREFIX, (1, 2), (0, 2), (6, 3)], [6, 6]),
    "a prefix code of two": ([*_PREFIX, (1, 2), (1, 2), (6, 3), (2, 3), (0b10, 2)], [2, 6]),
    "a prefix code of three": ([*_PREFIX, (1, 2), (2, 2), (6, 3), (2, 3), (1, 3), (0b11010, 5)], [6, 1, 2]),
    "a prefix code of four": (
        [*_PREFIX, (1, 2), (3, 2), (7, 3), (2, 3), (1, 3), (0, 3), (0, 1), (0b11011000, 8)],
        [0, 1, 2, 7],
    ),
    "a longer one of four": (
        [*_PREFIX, (1, 2), (3, 2), (7, 3), (2, 3), (1, 3), (0, 3), (1, 1), (0b111011010, 9)],
        [7, 2, 0, 1],
    ),
    "an empty prefix code": ([(0, 1), (1, 1), (15, 4), (0, 1)], [0, 0, 0]),
}


@pytest.mark.parametrize("name", STREAMS)
def test_numbers_are_read(name: str) -> None:
    """Numbers are read from each form of a code."""
    pairs, numbers = STREAMS[name]
    assert _numbers(pairs, [0], len(numbers)) == numbers


def test_contexts_share_codes_as_another_code_says() -> None:
    """Contexts share codes as another code says: of three, the first and the last the same."""
    map_of_three = [(0, 1), (1, 1), *_PREFIX, (1, 2), (1, 2), (0, 3), (1, 3), (0b110, 3)]
    codes = [(1, 1), (15, 4), (15, 4), *((1, 1), (2, 4), (3, 2)) * 2, (1, 2), (0, 2), (6, 3), (1, 2), (0, 2), (3, 3)]
    assert _numbers([(0, 1), *map_of_three, *codes], [0, 1, 2], 3) == [6, 3, 6]


def test_what_repeats_is_copied() -> None:
    """What repeats is copied: one number, then three times the same."""
    head = [(1, 1), (0, 2), (0, 2), (8, 4), (1, 1), (0, 2), (1, 1), (15, 4), (1, 1), (7, 4), (127, 7)]
    assert _numbers([*head, (1, 2), (1, 2), (9, 8), (224, 8), (0b010, 3)], [0], 4) == [9, 9, 9, 9]


def test_numbers_of_two_equal_symbols_are_read() -> None:
    """Numbers of two equally frequent symbols are read, stated by halves or as flat."""
    flat = [*_ONE, _PLAIN, (0, 1), (1, 1), (1, 1), (0, 3)]
    halves = [*_ONE, _PLAIN, (1, 1), (1, 1), (0, 1), (1, 1), (0, 3), (2048, 12)]
    for head in (flat, halves):
        with pytest.raises(Broken):
            _numbers([*head, (0x130001, 32)], [0], 1)
        decoder = Decoder(Bits(_written([*head, (0x130000, 32)])), 1)
        assert decoder.next(0) == 0
        assert decoder.state == 2048 * (0x130000 >> 12)


BROKEN = {
    "the wrong end": [*_ONE, _PLAIN, (1, 1), (0, 1), (0, 1), (0x130001, 32)],
    "one symbol twice": [*_ONE, _PLAIN, (1, 1), (1, 1), (0, 1), (0, 1)],
    "a split that is none": [*_ONE, (4, 3), (5, 3)],
    "a split of more bits than it has": [*_ONE, (4, 3), (2, 3), (3, 2)],
    "too wide a shift": [*_ONE, _PLAIN, (0, 1), (0, 1), (7, 3), (7, 3)],
    "symbols beyond the alphabet": [*_PREFIX, (1, 2), (1, 2), (2, 3), (2, 3)],
    "a code that is not full": [*_PREFIX, (0, 2), *((0, 2) for _ in range(18))],
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_contradicts_the_specification_is_seen(name: str) -> None:
    """What contradicts the specification is seen."""
    with pytest.raises(Broken):
        _numbers(BROKEN[name], [0], 1)


# --- the check ------------------------------------------------------------------------------------------


def _with(codestream: bytes, profile: bytes) -> bytes:
    """Exchange the profile."""
    place = jxl_header.read(codestream[: jxl_header.HEADER_BYTES]).profile_at or 0
    bits = Bits(codestream, place)
    jxl_profile.read(bits)
    writer = BitWriter()
    writer.put(Bits(codestream).take(place), place)
    jxl_profile.write(writer, profile)
    return writer.finish() + codestream[bits.to_byte() :]


CODED = profiled(DISPLAY)
SOUND = draft(CODED).data
DEFECTS = {
    "another colour": (
        _with(SOUND, icc.sanitise(photos.rebuilt_profile(extra={b"gXYZ": DISPLAY[300:320]})) or b""),
        "colour",
    ),
    "another frame": (SOUND[:-5] + b"\0" + SOUND[-4:], "coded data"),
    "a frame cut": (SOUND[:-1], "coded data"),
    "bytes behind": (SOUND + b"x", "coded data"),
    "another head": (SOUND[:4] + bytes((SOUND[4] ^ 1,)) + SOUND[5:], "."),
    "no profile": (strip(photo(photos.png())).data, "."),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_fault_of_the_stripper_is_seen(name: str) -> None:
    """A fault of the stripper is seen."""
    data, words = DEFECTS[name]
    assert check(photo(CODED), draft(CODED)).data == SOUND
    with pytest.raises(UnsupportedImage, match=words):
        check(photo(CODED), dataclasses.replace(draft(CODED), data=data))
