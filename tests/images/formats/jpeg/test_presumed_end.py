"""A presumed end of coded data: right or wrong, the outcome is that of looking."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgfile.clinical.proofs import Stripped
from imgfile.errors import UnsupportedImage
from imgfile.images.formats import jpeg_segments as markers
from imgfile.images.formats.png import strip as png
from imgfile.images.strip import draft, strip
from imgfile.images.verify.check import check
from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import before_scan, photo, segment, with_segments

PLAIN = photos.jpeg()
PHONE = with_segments(PLAIN, segment(0xE1, photos.exif(1)), segment(0xFE, b"a comment"))
SCAN = PLAIN.index(b"\xff\xda")
CODED = SCAN + 2 + int.from_bytes(PLAIN[SCAN + 2 : SCAN + 4], "big")
TABLES = PLAIN[PLAIN.index(b"\xff\xc4") : SCAN]


def _index(length: int, order: str = ">") -> bytes:
    """Write an MPF index whose first picture has this length (CIPA DC-007)."""
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(f"{order}L", 8)
    entries = struct.pack(f"{order}HHHLL", 2, 0xB001, 4, 1, 2) + struct.pack(f"{order}HHLL", 0xB002, 7, 32, 38)
    pictures = struct.pack(f"{order}LLLHH", 0x030000, length, 0, 0, 0) * 2
    return segment(0xE2, b"MPF\0" + head + entries + bytes(4) + pictures)


def _indexed(order: str = ">", wrong: int = 0) -> bytes:
    """Give a photo with a second picture behind it, and an index that says where the first one ends."""
    length = len(with_segments(PHONE, _index(0)))
    return with_segments(PHONE, _index(length + wrong, order)) + PLAIN


def _hiding(*parts: bytes) -> bytes:
    """Put bytes into the midst of a photo's coded data."""
    middle = CODED + 40
    return PLAIN[:middle] + b"".join(parts) + PLAIN[middle:]


PRESUMED = {
    "plain": PHONE,
    "indexed": _indexed(),
    "indexed, little-endian": _indexed("<"),
    "restart markers": photos.jpeg(restart_marker_blocks=1),
    "grey": photos.jpeg(photos.pixels(mode="L")),
    "CMYK": photos.jpeg(photos.pixels(mode="CMYK")),
}
WRONG = {
    "ended before": _hiding(b"\xff\xd9"),
    "a picture behind it": PHONE + PLAIN,
    "an index that overstates": _indexed(wrong=len(PLAIN)),
    "a comment in the coded data": _hiding(segment(0xFE, b"canary")),
    "a table in the coded data": _hiding(segment(0xDB, b"\0" + bytes(range(1, 65)))),
    "a table with something behind it": _hiding(segment(0xC4, TABLES[4:] + b"canary behind a table")),
    "a second scan": PLAIN[:-2] + PLAIN[SCAN:],
    "a marker that nothing keeps": _hiding(segment(0xF7, b"canary")),
}
PNGS = {
    "plain": photos.png(),
    "animated": photos.animation(),
    "several chunks": photos.with_chunks(photos.png(), photos.chunk(b"IDAT", b"")),
}
WRONG_PNGS = {
    "telling": photos.telling_png(),
    "data behind the stream": photos.behind_picture(photos.png(), b"canary"),
    "a damaged stream": photos.with_chunks(photos.png(), photos.chunk(b"IDAT", b"canary")),
}
LOOKED = {
    "progressive": photos.jpeg(progressive=True),
    "a trailer": PHONE + b"SEFT",
    "fill at the end": PLAIN[:-2] + b"\xff\xff" + PLAIN[-2:],
    "an index that understates": _indexed(wrong=-7),
    "an index that says nothing": with_segments(PHONE, segment(0xE2, b"MPF\0II")),
    "an index that ends early": with_segments(PHONE, segment(0xE2, b"MPF\0II*\0" + struct.pack("<LH", 8, 9))) + b"x",
    "no frame": PLAIN[:2] + PLAIN[SCAN:],
    "cut short": PLAIN[:-2],
}


def _looked(data: bytes) -> Stripped | str:
    try:
        return check(photo(data), draft(data))
    except UnsupportedImage as error:
        return error.message


def _stripped(data: bytes) -> Stripped | str:
    try:
        return strip(photo(data))
    except UnsupportedImage as error:
        return error.message


@pytest.mark.parametrize("name", PRESUMED)
def test_an_ordinary_photo_is_not_looked_through_for_its_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check looks through it, once, and finds the same."""
    original = PRESUMED[name]
    looked = _looked(original)
    assert isinstance(looked, Stripped)
    first = draft(original, may_presume=True)
    assert first.is_presumed
    assert first.data == looked.data
    assert first.blocks == draft(original).blocks

    def refuse(*_: object) -> int:
        raise AssertionError

    monkeypatch.setattr(markers, "scan_end", refuse)
    assert _stripped(original) == looked


@pytest.mark.parametrize("name", WRONG)
def test_what_was_presumed_wrongly_is_looked_for(name: str) -> None:
    """A photo that ends elsewhere, or hides something in its coded data, fares as if nothing had been presumed."""
    original = WRONG[name]
    assert draft(original, may_presume=True).is_presumed
    assert _stripped(original) == _looked(original)


def test_a_wrong_presumption_never_carries_anything_out() -> None:
    """What stands between two parts of the coded data is gone or refused, as ever."""
    for original in WRONG.values():
        outcome = _stripped(original)
        assert isinstance(outcome, str) or b"canary" not in outcome.data


@pytest.mark.parametrize("name", LOOKED)
def test_nothing_is_presumed_where_there_is_little_to_go_by(name: str) -> None:
    """Several scans, something behind the end, an index that makes no sense."""
    original = LOOKED[name]
    try:
        assert not draft(original, may_presume=True).is_presumed
    except UnsupportedImage:
        assert isinstance(_looked(original), str)
    assert _stripped(original) == _looked(original)


@pytest.mark.parametrize("name", PNGS)
def test_a_png_is_inflated_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the check, which finds the same."""
    original = PNGS[name]
    looked = _looked(original)
    assert isinstance(looked, Stripped)
    assert draft(original, may_presume=True).blocks == draft(original).blocks
    monkeypatch.setattr(png, "stream_end", None)
    assert _stripped(original) == looked


@pytest.mark.parametrize("name", WRONG_PNGS)
def test_a_png_that_does_not_end_where_it_seems_to_is_looked_through(name: str) -> None:
    """And fares as if nothing had been presumed."""
    outcome = _stripped(WRONG_PNGS[name])
    assert outcome == _looked(WRONG_PNGS[name])
    assert isinstance(outcome, str) or b"canary" not in outcome.data


def test_a_draft_for_reading_alone_presumes_nothing() -> None:
    """`inspect` has no check behind it."""
    assert not draft(PHONE).is_presumed


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_the_bytes_the_outcome_is_that_of_looking(data: st.DataObject) -> None:
    """Any flip, and any bytes put anywhere."""
    source = data.draw(
        st.sampled_from([PHONE, _indexed(), photos.phone_jpeg(), before_scan(PLAIN, segment(0xFE, b"x"))])
    )
    at = data.draw(st.integers(0, len(source) - 1))
    put = data.draw(st.sampled_from([b"", b"\xff\xd9", b"\xff\xfe\0\3x", b"\xff\xd0", TABLES]) | st.binary(max_size=4))
    flipped = source[:at] + put + bytes((source[at] ^ data.draw(st.integers(0, 255)),)) + source[at + 1 :]
    assert _stripped(flipped) == _looked(flipped)
