"""JPEG: one hiding place or one fault each."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from imgfile.errors import UnsupportedImage
from imgfile.images import strip as images_strip
from imgfile.images.draft import COLOUR_LOST, GAIN_MAP_LOST, ORIENTATION_UNSURE
from imgfile.images.formats.jpeg.strip import strip as draft
from imgfile.images.strip import strip
from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import photo
from kit.photos.judge import leaks, shown, survivors
from kit.tools import tool

SECRET = "CANARY-0451-SECRET"
HIDDEN = SECRET.encode()
PLAIN = photos.jpeg()
SOS = PLAIN.index(b"\xff\xda")
EOI = len(PLAIN) - 2


def _segments(*segments: bytes) -> bytes:
    return photos.with_segments(PLAIN, *segments)


def _jfif_with_thumbnail() -> bytes:
    thumbnail = HIDDEN + bytes(3 * 12 - len(HIDDEN))
    return PLAIN[:2] + photos.segment(0xE0, PLAIN[6:18] + bytes((4, 3)) + thumbnail) + PLAIN[20:]


HIDING_PLACES = {
    **{f"APP{number}": _segments(photos.segment(0xE0 + number, HIDDEN)) for number in range(16)},
    "COM": _segments(photos.segment(0xFE, HIDDEN)),
    "COM in UTF-16": _segments(photos.segment(0xFE, SECRET.encode("utf-16-le"))),
    "COM before the scan": photos.before_scan(PLAIN, photos.segment(0xFE, HIDDEN)),
    "COM behind the scan": PLAIN[:EOI] + photos.segment(0xFE, HIDDEN) + PLAIN[EOI:],
    "APP14 behind the scan": PLAIN[:EOI] + photos.segment(0xEE, b"Adobe" + HIDDEN) + PLAIN[EOI:],
    "bytes between segments": photos.before_scan(PLAIN, HIDDEN),
    "fill bytes before the end": PLAIN[:EOI] + b"\xff" * 200_000 + PLAIN[EOI:],
    "JFIF's thumbnail": _jfif_with_thumbnail(),
    "a second JFIF": _segments(photos.segment(0xE0, b"JFIF\0" + bytes(9) + HIDDEN)),
    "behind Adobe's twelve bytes": photos.with_segments(
        photos.jpeg(photos.pixels(mode="CMYK"))[:2] + photos.jpeg(photos.pixels(mode="CMYK"))[18:],
        photos.segment(0xEE, b"Adobe\0\x64\0\0\0\0\2" + HIDDEN),
    ),
    "JFXX": _segments(photos.segment(0xE0, b"JFXX\0\x10" + photos.jpeg(photos.pixels(16, 12)) + HIDDEN)),
    "FlashPix": _segments(photos.segment(0xE2, b"FPXR\0" + HIDDEN)),
    "Exif": _segments(photos.segment(0xE1, photos.exif() + HIDDEN)),
    "a second Exif": _segments(photos.segment(0xE1, photos.exif(3)), photos.segment(0xE1, photos.exif() + HIDDEN)),
    "Exif behind the scan": PLAIN[:EOI] + photos.segment(0xE1, photos.exif() + HIDDEN) + PLAIN[EOI:],
    "XMP": _segments(photos.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + photos.xmp(SECRET))),
    "Photoshop": _segments(photos.segment(0xED, photos.photoshop() + photos.resource(0x0FA0, HIDDEN))),
    "the profile's private tag": _segments(
        *photos.profile_segments(photos.rebuilt_profile(extra={b"prvt": b"text\0\0\0\0" + HIDDEN}))
    ),
    "behind a curve in the profile": _segments(
        *photos.profile_segments(
            photos.rebuilt_profile(extra={b"rTRC": b"para" + bytes(8) + struct.pack(">l", 0x20000) + HIDDEN})
        )
    ),
    "a profile behind the scan": PLAIN[:EOI] + photos.profile_segments(photos.display_profile())[0] + PLAIN[EOI:],
    "behind the end": PLAIN + HIDDEN,
    "a picture behind the end": PLAIN + photos.with_segments(PLAIN, photos.segment(0xFE, HIDDEN)),
    "a video behind the end": PLAIN + photos.motion_video() + HIDDEN,
    "padding, then a picture, then a broken one": PLAIN + bytes(64) + PLAIN + HIDDEN + PLAIN[:SOS],
    "everywhere": photos.phone_jpeg(),
}


@pytest.mark.parametrize("name", HIDING_PLACES)
def test_nothing_hidden_survives_and_the_picture_is_the_same(name: str) -> None:
    """Nothing hidden survives and the picture is the same."""
    original = HIDING_PLACES[name]
    stripped = strip(photo(original))
    assert survivors(stripped.data, (SECRET, *photos.CANARIES), photos.GPS_BYTES) == []
    assert shown(stripped.data) == shown(original)
    assert len(stripped.data) <= len(original) + 36
    assert strip(photo(stripped.data)).data == stripped.data
    assert strip(photo(stripped.data)).removed == ()
    if stripped.data != original:
        assert stripped.removed


@pytest.mark.slow
@pytest.mark.parametrize("name", HIDING_PLACES)
def test_exiftool_finds_nothing_that_identifies(name: str) -> None:
    """Exiftool finds nothing that identifies."""
    assert leaks(strip(photo(HIDING_PLACES[name])).data, tool("exiftool")) == []


def _patched(photo_: bytes, at: int, value: bytes) -> bytes:
    return photo_[:at] + value + photo_[at + len(value) :]


SOF = PLAIN.index(b"\xff\xc0")
DQT = PLAIN.index(b"\xff\xdb")
FAULTS = {
    "cut in the scan": (PLAIN[: SOS + 40], "cut short"),
    "cut in the header": (PLAIN[: DQT + 30], "cut short"),
    "cut in a length": (PLAIN[: DQT + 3], "cut short"),
    "no scan": (PLAIN[:SOS] + b"\xff\xd9", "holds no picture"),
    "an empty scan": (PLAIN[: SOS + 14] + b"\xff\xd9", "holds no picture"),
    "a scan before its frame": (PLAIN[:SOF] + PLAIN[SOF + 19 :], "contradict"),
    "two frames": (photos.before_scan(PLAIN, PLAIN[SOF : SOF + 19]), "twice"),
    "a scan of unknown components": (_patched(PLAIN, SOS + 5, b"\x09"), "contradict"),
    "a picture in the picture": (photos.before_scan(PLAIN, b"\xff\xd8"), "second picture begins"),
    "a segment shorter than its length": (photos.before_scan(PLAIN, b"\xff\xe5\0\1"), "impossible length"),
    "a hierarchical frame": (_patched(PLAIN, SOF + 1, b"\xc5"), "ordinary programs"),
    "JPEG-LS": (_patched(PLAIN, SOF + 1, b"\xf7"), "ordinary programs"),
    "no height": (_patched(PLAIN, SOF + 5, b"\0\0"), "no size"),
    "no width": (_patched(PLAIN, SOF + 7, b"\0\0"), "no size"),
    "a bomb": (_patched(PLAIN, SOF + 5, b"\xff\xff\xff\xff"), "65535 x 65535"),
    "bytes behind a quantisation table": (photos.before_scan(PLAIN, photos.segment(0xDB, HIDDEN)), "length"),
    "bytes behind a Huffman table": (photos.before_scan(PLAIN, photos.segment(0xC4, bytes(17) + HIDDEN)), "length"),
    "bytes behind a restart interval": (photos.before_scan(PLAIN, photos.segment(0xDD, b"\0\0" + HIDDEN)), "length"),
    "an odd arithmetic table": (photos.before_scan(PLAIN, photos.segment(0xCC, b"\0\0\0")), "length"),
    "an empty frame": (photos.before_scan(PLAIN, photos.segment(0xC0, b"")), "length"),
    "an empty scan header": (photos.before_scan(PLAIN, photos.segment(0xDA, b"")), "length"),
    "a frame of nine components": (_patched(PLAIN, SOF + 9, b"\x09"), "length"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_refused_with_a_clear_sentence(name: str) -> None:
    """A fault is refused with a clear sentence."""
    data, words = FAULTS[name]
    with pytest.raises(UnsupportedImage) as refused:
        strip(photo(data))
    assert words in refused.value.message
    assert refused.value.message.endswith(".")
    assert refused.value.hint
    assert SECRET not in refused.value.message


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_carried_and_the_displayed_size_follows(orientation: int) -> None:
    """Every orientation is carried and the displayed size follows."""
    original = _segments(photos.segment(0xE1, photos.exif(orientation)))
    stripped = strip(photo(original))
    assert (stripped.orientation, shown(stripped.data)) == (orientation, shown(original))
    assert (stripped.width, stripped.height) == shown(original)[0]
    assert (b"Exif" in stripped.data) == (orientation != 1)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_blocks": 1}, {"subsampling": 0}, {"keep_rgb": True}]
)
def test_every_ordinary_kind_stays_byte_for_byte(mode: str, options: dict[str, object]) -> None:
    """Every ordinary kind stays byte for byte."""
    original = photos.jpeg(photos.pixels(mode=mode), **options)
    assert strip(photo(original)).data == original


def test_restart_markers_and_tem_between_segments_go() -> None:
    """Pillow opens no such file; libjpeg skips both."""
    stripped = strip(photo(photos.before_scan(PLAIN, b"\xff\xd3\xff\x01")))
    assert stripped.data == PLAIN
    assert stripped.removed


def test_a_huge_profile_is_put_together_and_cut_again() -> None:
    """A huge profile is put together and cut again."""
    noise = bytes(index * 7 % 251 for index in range(140_000))
    table = b"mft2" + bytes(4) + bytes((3, 3, 33, 0)) + bytes(36) + struct.pack(">HH", 2, 2)
    lut = table + b"\0\0\xff\xff" * 3 + (noise * 2)[: 33**3 * 6] + b"\0\0\xff\xff" * 3
    original = _segments(*photos.profile_segments(photos.rebuilt_profile(extra={b"A2B0": lut}), size=30_000))
    stripped = strip(photo(original))
    assert shown(stripped.data) == shown(original)
    assert stripped.data.count(b"ICC_PROFILE\0") == 4


@pytest.mark.parametrize(
    "chunks",
    [
        photos.profile_segments(photos.display_profile(), size=300)[1:],
        [photos.profile_segments(photos.display_profile(), size=300)[0]] * 2,
        [photos.segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(200))],
    ],
    ids=["one missing", "one twice", "no profile"],
)
def test_a_profile_that_cannot_be_read_is_left_out_and_said(chunks: list[bytes]) -> None:
    """A profile that cannot be read is left out and said."""
    stripped = strip(photo(_segments(*chunks)))
    assert COLOUR_LOST in stripped.warnings
    assert b"ICC_PROFILE" not in stripped.data


def test_adobe_rgb_without_a_profile_stays_adobe_rgb() -> None:
    """Adobe RGB without a profile stays Adobe RGB."""
    original = _segments(photos.segment(0xE1, photos.adobe_rgb_exif()))
    stripped = strip(photo(original))
    assert b"R03" in stripped.data
    assert survivors(stripped.data, photos.CANARIES) == []
    assert len(stripped.data) < len(original)


def test_adobe_rgb_by_interop_gives_way_to_a_profile() -> None:
    """Adobe RGB by interop gives way to a profile."""
    segments = [photos.segment(0xE1, photos.adobe_rgb_exif()), *photos.profile_segments(photos.display_profile())]
    assert b"R03" not in strip(photo(_segments(*segments))).data


def test_inverted_cmyk_keeps_its_adobe_marker() -> None:
    """Inverted CMYK keeps its adobe marker."""
    original = photos.with_segments(photos.jpeg(photos.pixels(mode="CMYK")), photos.segment(0xFE, b"x"))
    assert b"Adobe" in original
    with Image.open(io.BytesIO(strip(photo(original)).data)) as image:
        assert image.info["adobe"] == 100


def test_a_gain_map_and_a_video_are_reported() -> None:
    """A gain map and a video are reported."""
    gain_map = photos.with_segments(PLAIN, photos.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0 hdrgm:Version='1'"))
    stripped = strip(photo(PLAIN + gain_map + photos.motion_video(seconds=3)))
    assert stripped.warnings == (GAIN_MAP_LOST,)
    assert [entry.block for entry in stripped.removed] == ["gain map", "hidden 3 s video"]


def test_a_gain_map_that_only_the_packet_announces_is_reported() -> None:
    """A gain map that only the packet announces is reported."""
    packet = photos.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0 hdrgm:Version='1'")
    assert GAIN_MAP_LOST in strip(photo(_segments(packet))).warnings


@pytest.mark.parametrize(
    "header", [b"", b"mvhd", b"mvhd" + bytes(40), b"mvhd\1" + bytes(19) + b"\0\0\0\1" + b"\0" * 7 + b"\5"]
)
def test_a_video_without_a_readable_length_is_still_a_video(header: bytes) -> None:
    """A video without a readable length is still a video."""
    (video,) = strip(photo(PLAIN + b"\0\0\0\x14ftypmp42\0\0\0\0" + header)).removed
    assert video.block == ("hidden 5 s video" if header[4:5] == b"\1" else "hidden video")


def test_pictures_behind_the_end_are_counted_up_to_a_bound() -> None:
    """Pictures behind the end are counted up to a bound."""
    tiny = photos.jpeg(photos.pixels(8, 8, "L"))
    stripped = strip(photo(PLAIN + tiny * 256 + b"\xff\xd8\xff\xd9" * 9999))
    assert stripped.further_pictures == 256
    assert stripped.warnings == ("256 further pictures in the same file were left out.",)
    assert stripped.removed[-1].block == "data after the end"


def test_an_orientation_that_only_xmp_states_is_reported() -> None:
    """An orientation that only XMP states is reported."""
    packet = b'http://ns.adobe.com/xap/1.0/\0<rdf:Description tiff:Orientation="6"/>'
    assert ORIENTATION_UNSURE in strip(photo(_segments(photos.segment(0xE1, packet)))).warnings
    both = _segments(photos.segment(0xE1, packet), photos.segment(0xE1, photos.exif(6)))
    assert ORIENTATION_UNSURE not in strip(photo(both)).warnings


def test_the_height_may_stand_behind_the_scan() -> None:
    """DNL (T.81 B.2.5): libjpeg cannot show these, so only the draft's size is compared."""
    original = _patched(PLAIN, SOF + 5, b"\0\0")
    original = original[:EOI] + b"\xff\xdc\0\4\0\x30" + b"\xff\xdc\0\4\0\x31" + original[EOI:]
    stripped = strip(photo(original))
    assert (stripped.data, stripped.width, stripped.height) == (original, 64, 48)


@pytest.mark.slow
def test_more_segments_than_any_photo_has_are_refused() -> None:
    """More segments than any photo has are refused."""
    flood = PLAIN[:2] + b"\xff\xfe\0\2" * 100_001 + PLAIN[2:]
    with pytest.raises(UnsupportedImage, match="too many segments"):
        strip(photo(flood))


def test_blocks_past_the_bound_are_dropped_unread() -> None:
    """Blocks past the bound are dropped unread."""
    comments = [photos.segment(0xFE, b"%s %d" % (HIDDEN, number)) for number in range(300)]
    stripped = strip(photo(_segments(*comments)))
    assert HIDDEN not in stripped.data
    assert [entry.kinds for entry in stripped.removed].count(("text",)) == 256


def test_the_draft_says_what_it_dropped_without_any_value() -> None:
    """The draft says what it dropped without any value."""
    read = draft(photos.phone_jpeg())
    assert not [value for value in photos.CANARIES if value in repr(read)]
    assert not [value for value in photos.CANARIES if value in repr(strip(photo(photos.phone_jpeg())))]
    assert read.exif.taken_at is not None
    assert read.exif.taken_at.isoformat() == "2026-11-21T08:09:10.123000+01:00"


def test_a_photo_past_the_size_limit_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A photo past the size limit is refused before it is read."""
    monkeypatch.setattr(images_strip, "MAX_PHOTO_BYTES", len(PLAIN) - 1)
    with pytest.raises(UnsupportedImage, match="too large"):
        strip(photo(PLAIN))
