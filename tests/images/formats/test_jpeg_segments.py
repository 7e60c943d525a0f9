"""What hides in the midst of a JPEG's coded data, or ends them early: gone or refused, and the picture stays."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgfile.errors import UnsupportedImage
from imgfile.images.strip import strip
from kit.fast import many
from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import before_scan, photo, segment, with_segments
from kit.photos.judge import shown

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
    """Return a photo with a second picture behind it, and an index that says where the first one ends."""
    length = len(with_segments(PHONE, _index(0)))
    return with_segments(PHONE, _index(length + wrong, order)) + PLAIN


def _hiding(*parts: bytes) -> bytes:
    """Put bytes into the midst of a photo's coded data."""
    middle = CODED + 40
    return PLAIN[:middle] + b"".join(parts) + PLAIN[middle:]


HIDDEN = {
    "an end before the end": _hiding(b"\xff\xd9", b"canary"),
    "a picture behind it": PHONE + PLAIN + b"canary",
    "an index that overstates": _indexed(wrong=len(PLAIN)) + b"canary",
    "an index that understates": _indexed(wrong=-7) + b"canary",
    "an index that says nothing": with_segments(PHONE, segment(0xE2, b"MPF\0II")) + b"canary",
    "an index that ends early": with_segments(PHONE, segment(0xE2, b"MPF\0II*\0" + struct.pack("<LH", 8, 9)))
    + b"canary",
    "a comment in the coded data": _hiding(segment(0xFE, b"canary")),
    "fill before the end": PLAIN[:-2] + b"\xff\xff" + PLAIN[-2:] + b"canary",
}
REFUSED = {
    "a table with something behind it": (_hiding(segment(0xC4, TABLES[4:] + b"canary behind a table")), "contradicts"),
    "a marker that nothing keeps": (_hiding(segment(0xF7, b"canary")), "ordinary programs"),
    "no frame": (PLAIN[:2] + PLAIN[SCAN:], "contradict"),
    "cut short": (PLAIN[:-200], "is cut short"),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_hides_in_coded_data_or_behind_them_goes(name: str) -> None:
    """What hides in coded data or behind them goes, wherever an index says that the picture ends."""
    stripped = strip(photo(HIDDEN[name]))
    assert b"canary" not in stripped.data
    assert shown(stripped.data) == shown(HIDDEN[name])


@pytest.mark.parametrize("order", [">", "<"])
def test_a_second_picture_behind_goes_and_is_reported(order: str) -> None:
    """A second picture behind goes and is reported, with an index of either byte order."""
    stripped = strip(photo(_indexed(order)))
    assert stripped.data.endswith(PLAIN[SCAN:])
    assert "second picture" in {removed.block for removed in stripped.removed}
    assert stripped.warnings == ("A further picture in the same file was left out.",)


@pytest.mark.parametrize("name", REFUSED)
def test_what_contradicts_the_coded_data_is_refused(name: str) -> None:
    """What contradicts the coded data is refused."""
    data, words = REFUSED[name]
    with pytest.raises(UnsupportedImage, match=words):
        strip(photo(data))


@pytest.mark.slow
@settings(max_examples=many(200), deadline=None)
@given(at=st.integers(CODED, len(PLAIN)), marker=st.sampled_from([0xD9, *range(0xE0, 0xF0), 0xFE]), data=st.binary())
def test_whatever_is_put_into_coded_data_is_not_carried_out(at: int, marker: int, data: bytes) -> None:
    """Whatever is put into coded data is not carried out: any segment that names somebody, or an end, anywhere."""
    hidden = b"canary" + data
    put = b"\xff\xd9" + hidden if marker == 0xD9 else segment(marker, hidden)
    for original in (PLAIN[:at] + put + PLAIN[at:], before_scan(PLAIN[:at], segment(0xFE, b"x")) + put + PLAIN[at:]):
        try:
            stripped = strip(photo(original))
        except UnsupportedImage:
            continue
        assert b"canary" not in stripped.data
        assert strip(photo(stripped.data)).data == stripped.data
