"""The Exif reader is lenient, bounded, and never raises; what we emit is what piexif emits."""

from __future__ import annotations

import struct
import time
import tracemalloc
from datetime import datetime, timedelta, timezone

import piexif
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.images.metadata import exif
from imgfile.images.metadata.model import Kind
from imgfile.images.verify.proof import expected_exif
from kit.photos import jpeg_png as photos

BLOCK = photos.exif(6)[6:]


def _block(order: str, *entries: bytes, behind: bytes = b"", following: int = 0) -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    head = mark + struct.pack(order + "LH", 8, len(entries))
    return head + b"".join(entries) + struct.pack(order + "L", following) + behind


def test_all_that_matters_is_read() -> None:
    """All that matters is read."""
    read = exif.read(BLOCK)
    assert read.orientation == 6
    assert read.taken_at == datetime(2026, 11, 21, 8, 9, 10, 123000, timezone(timedelta(hours=1)))
    found = {fact.name: fact.text for fact in read.facts}
    assert found["GPSLatitude"] == "51.506992"
    assert (found["Make"], found["XPAuthor"], found["UserComment"]) == (photos.MAKE, photos.OWNER, photos.COMMENT)
    assert {fact.kind for fact in read.facts} >= {Kind.PLACE, Kind.TIME, Kind.PERSON, Kind.DEVICE, Kind.THUMBNAIL}


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    ("kind", "code"), [(1, "B3x"), (3, "H2x"), (4, "L"), (6, "b3x"), (8, "h2x"), (9, "l")], ids=str
)
def test_an_orientation_is_read_from_any_integer_type(order: str, kind: int, code: str) -> None:
    """An orientation is read from any integer type."""
    entry = struct.pack(f"{order}HHL{code}", 274, kind, 1, 6)
    assert exif.read(_block(order, entry)).orientation == 6


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (struct.pack("<HHLH2x", 274, 3, 1, 0x0600), 6),
        (struct.pack("<HHLL", 274, 4, 1, 0x06000000), 6),
        (struct.pack("<HHLH2x", 274, 3, 1, 0), 1),
        (struct.pack("<HHLH2x", 274, 3, 1, 9), 1),
        (struct.pack("<HHLH2x", 274, 3, 1, 0x0601), 1),
        (struct.pack("<HHLL", 274, 2, 2, 0x36), 1),
        (struct.pack("<HHLL", 274, 3, 0, 6), 1),
    ],
    ids=["swapped short", "swapped long", "zero", "nine", "two numbers", "text", "no value"],
)
def test_a_wrongly_written_orientation_is_read_or_ignored(entry: bytes, expected: int) -> None:
    """A wrongly written orientation is read or ignored."""
    assert exif.read(_block("<", entry)).orientation == expected


@pytest.mark.parametrize(
    ("time_", "fraction", "offset", "expected"),
    [
        ("2026:11:21 08:09:10", "", "", "2026-11-21T08:09:10"),
        ("2026-11-21T08:09:10", "5", "Z", "2026-11-21T08:09:10.500000+00:00"),
        ("2026/11/21 08:09", "1234567", "-03:30", "2026-11-21T08:09:00.123456-03:30"),
        ("2026:11:21 08:09:10", "x", "+15:00", "2026-11-21T08:09:10"),
        ("2026:11:21 08:09:10", "", "+1", "2026-11-21T08:09:10"),
        ("0000:00:00 00:00:00", "", "", None),
        ("2026:02:30 08:09:10", "", "", None),
        ("    :  :     :  :  ", "", "", None),
        ("2026:11:21 08:09:10".replace("1", "\N{ARABIC-INDIC DIGIT ONE}"), "", "", None),
    ],
)
def test_a_capture_time_is_read_with_its_offset_or_not_at_all(
    time_: str, fraction: str, offset: str, expected: str | None
) -> None:
    """A capture time is read with its offset or not at all."""
    moment = exif.parse_time(time_, fraction, offset)
    assert (moment.isoformat() if moment else None) == expected


def test_the_time_of_digitising_stands_in() -> None:
    """The time of digitising stands in."""
    block = piexif.dump({"Exif": {36868: "2020:01:02 03:04:05"}})[6:]
    assert str(exif.read(block).taken_at) == "2020-01-02 03:04:05"


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        (b"UNICODE\0" + "Ünïcode".encode("utf-16-le"), "Ünïcode"),
        (b"UNICODE\0" + "wide".encode("utf-16-be"), "wide"),
        (b"\0" * 8 + b"plain", "plain"),
    ],
)
def test_a_user_comment_is_read_in_its_own_code(comment: bytes, expected: str) -> None:
    """A user comment is read in its own code."""
    block = piexif.dump({"Exif": {37510: comment}})[6:]
    assert [fact.text for fact in exif.read(block).facts] == [expected]


def test_values_outside_the_block_are_as_if_absent() -> None:
    """Values outside the block are as if absent."""
    entry = struct.pack("<HHLL", 271, 2, 100, 1 << 30)
    assert [fact.text for fact in exif.read(_block("<", entry)).facts] == [""]


def test_an_altitude_and_a_zero_denominator_are_read() -> None:
    """An altitude and a zero denominator are read."""
    block = piexif.dump({"GPS": {6: (255, 10), 2: ((1, 0), (1, 0), (1, 0))}})[6:]
    assert {fact.name: fact.text for fact in exif.read(block).facts} == {
        "GPSAltitude": "25.5",
        "GPSLatitude": "0.000000",
    }


@pytest.mark.parametrize("space", [65535, 2])
def test_adobe_rgb_is_reported_by_interop(space: int) -> None:
    """Adobe RGB is reported by interop."""
    block = piexif.dump({"Exif": {40961: space}, "Interop": {1: b"R03"}})[6:]
    assert exif.read(block).is_adobe_rgb


def test_srgb_is_not_adobe_rgb() -> None:
    """SRGB is not Adobe RGB."""
    block = piexif.dump({"Exif": {40961: 1}, "Interop": {1: b"R03"}})[6:]
    assert not exif.read(block).is_adobe_rgb


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("is_adobe_rgb", [False, True])
def test_the_block_that_is_emitted_is_the_block_that_the_check_expects(*, orientation: int, is_adobe_rgb: bool) -> None:
    """The block that is emitted is the block that the check expects."""
    emitted = exif.minimal(orientation, is_adobe_rgb=is_adobe_rgb)
    assert emitted == expected_exif(orientation, is_adobe_rgb=is_adobe_rgb)
    read = exif.read(emitted[6:])
    assert (read.orientation, read.is_adobe_rgb, read.facts) == (orientation, is_adobe_rgb, ())


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_raise(noise: bytes) -> None:
    """No bytes make the reader raise."""
    for mark in (b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"):
        assert exif.read(mark + noise).orientation in range(1, 9)


@given(st.integers(0, len(BLOCK) - 1), st.integers(0, 255))
def test_no_flip_makes_the_reader_raise(at: int, value: int) -> None:
    """No flip makes the reader raise."""
    assert exif.read(BLOCK[:at] + bytes((value,)) + BLOCK[at + 1 :]).orientation in range(1, 9)


def _loop() -> bytes:
    return _block("<", struct.pack("<HHLL", 34665, 4, 1, 8), following=8)


def _chain() -> bytes:
    """Each directory empty, each pointing to the next."""
    return b"II*\0\x08\0\0\0" + b"".join(struct.pack("<HL", 0, 14 + 6 * number) for number in range(100_000))


def _crowd() -> bytes:
    """Sixty-five thousand entries whose values are all the same megabyte."""
    entries = [struct.pack("<HHLL", 271, 2, 1 << 20, 8)] * 65_535
    return _block("<", *entries, behind=bytes(1 << 20))


@pytest.mark.parametrize("bomb", [_loop, _chain, _crowd])
def test_a_bomb_costs_little_time_and_memory(bomb: object) -> None:
    """A bomb costs little time and memory."""
    assert callable(bomb)
    block = bomb()
    tracemalloc.start()
    started = time.process_time()
    exif.read(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - started < 2
    assert peak < 16 << 20
