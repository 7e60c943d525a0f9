"""A JPEG that was cut and closed again is stripped, and its reader is reported how much of it is missing."""

from __future__ import annotations

import random
import re

import pytest
from PIL import Image, ImageFilter

from imgfile.images.formats.jpeg import scan_end, truncation
from imgfile.images.formats.jpeg.truncation import LACKING_DETAIL
from imgfile.images.formats.jpeg_segments import DHT, DRI, SOS, Segment, segments
from imgfile.images.strip import strip
from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import photo

NOISE = Image.effect_noise((320, 240), 90).convert("RGB").filter(ImageFilter.GaussianBlur(1))
KINDS = {
    "colour": photos.jpeg(NOISE, quality=85),
    "every sample": photos.jpeg(NOISE, quality=85, subsampling=0),
    "halved across": photos.jpeg(NOISE, quality=85, subsampling=1),
    "grey": photos.jpeg(NOISE.convert("L"), quality=85),
    "CMYK": photos.jpeg(NOISE.convert("CMYK"), quality=85),
    "own tables": photos.jpeg(NOISE, quality=85, optimize=True),
    "restarts": photos.jpeg(NOISE, quality=85, restart_marker_blocks=7),
    "a restart a row": photos.jpeg(NOISE, quality=85, restart_marker_rows=1),
    "flat": photos.jpeg(Image.new("RGB", (320, 240), "white"), quality=85, optimize=True),
    "small": photos.jpeg(photos.pixels(16, 16)),
}
FRAMES = {0xC0, 0xC1, 0xC2}


def _scan(data: bytes) -> Segment:
    return next(segment for segment in segments(data) if segment.marker == SOS)


def _closed(data: bytes, share: float, filling: bytes = b"") -> bytes:
    """Cut the coded data and put an end mark behind them."""
    scan = _scan(data)
    at = scan.header_end + int((scan.end - scan.header_end) * share)
    return data[:at].rstrip(b"\xff") + filling + b"\xff\xd9"


def _lacking(data: bytes) -> list[str]:
    stripped = strip(photo(data))
    assert stripped.data[-2:] == b"\xff\xd9"
    return [warning for warning in stripped.warnings if warning.endswith("though its file has an end.")]


def _percent(data: bytes) -> int:
    (warning,) = _lacking(data)
    found = re.search(r"lower (\d+) %", warning)
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", [1, 6])
def test_nothing_is_said_of_a_whole_photo(kind: str, orientation: int) -> None:
    """Nothing is said of a whole photo, and it is not decoded to find that out."""
    data = photos.with_segments(KINDS[kind], photos.segment(0xE1, photos.exif(orientation)))
    kept = [segment for segment in segments(data) if segment.marker in {*FRAMES, DHT, DRI, SOS}]
    frame = next(segment for segment in kept if segment.marker in FRAMES)
    assert scan_end.doubtful_from(data, frame, kept) is None
    assert _lacking(data) == []


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"flat", "small"}))
@pytest.mark.parametrize("share", [0.15, 0.5, 0.85])
def test_how_much_is_missing_is_reported(kind: str, share: float) -> None:
    """How much is missing is reported: noise takes the same bytes in every row. A few cuts look like an end."""
    around = [percent for nudge in range(3) if (percent := _percent_of(_closed(KINDS[kind], share + nudge / 1000)))]
    assert around
    assert all(abs(percent - 100 * (1 - share)) <= 8 for percent in around)


def _percent_of(data: bytes) -> int:
    return _percent(data) if _lacking(data) else 0


@pytest.mark.slow
def test_of_many_cuts_nearly_all_are_seen() -> None:
    """Of many cuts nearly all are seen."""
    chance = random.Random(4)  # noqa: S311 - where to cut, no secret
    cuts = [_closed(KINDS[kind], chance.uniform(0.05, 0.95)) for kind in ("colour", "own tables") for _ in range(60)]
    assert sum(bool(_lacking(data)) for data in cuts) >= 110


@pytest.mark.parametrize("kind", ["colour", "grey", "restarts"])
def test_what_was_filled_with_zeros_is_reported(kind: str) -> None:
    """What was filled with zeros is reported, up to the end or with coded data behind them."""
    data = KINDS[kind]
    assert abs(_percent(_closed(data, 0.5, bytes(500))) - 50) <= 8
    scan = _scan(data)
    middle = (scan.header_end + scan.end) // 2
    assert abs(_percent(data[:middle] + bytes(100) + data[middle + 100 :]) - 50) <= 8


def test_zeros_that_are_the_code_of_a_flat_picture_are_no_damage() -> None:
    """Zeros that are the code of a flat picture are no damage."""
    flat = photos.jpeg(Image.new("L", (4096, 64), 128), optimize=True)
    assert bytes(64) in flat[_scan(flat).header_end :]
    assert _lacking(flat) == []


@pytest.mark.parametrize("at", [0, 3, 4, 5, 6, 7])
def test_a_cut_between_restarts_is_reported(at: int) -> None:
    """A cut just between two restarts is reported, before the marker and behind it: the markers count to eight."""
    data = KINDS["restarts"]
    scan = _scan(data)
    marker = data.index(b"\xff" + bytes((0xD0 + at,)), (scan.header_end + scan.end) // 2)
    missing = 100 * (scan.end - marker) / (scan.end - scan.header_end)
    assert abs(_percent(data[:marker] + b"\xff\xd9") - missing) <= 8
    assert abs(_percent(data[: marker + 2] + b"\xff\xd9") - missing) <= 8


def test_a_picture_of_too_few_bytes_for_its_size_is_reported() -> None:
    """A picture of too few bytes for its size is reported: none of it is there."""
    data = KINDS["colour"]
    frame = data.index(b"\xff\xc0") + 5
    taller = data[:frame] + (8000).to_bytes(2, "big") + data[frame + 2 :]
    assert abs(_percent(taller) - 97) <= 1


@pytest.mark.parametrize("side", ["lower", "upper", "left", "right"])
def test_the_side_is_the_one_that_is_seen(side: str) -> None:
    """The side is the one that is seen."""
    orientation = next(number for number, name in truncation.SIDES.items() if name == side)
    cut = _closed(KINDS["colour"], 0.5)
    (warning,) = _lacking(photos.with_segments(cut, photos.segment(0xE1, photos.exif(orientation))))
    assert f"The {side} " in warning


@pytest.mark.parametrize("kept", [1, 3, 9])
def test_a_progressive_photo_without_its_last_scans_is_reported(kept: int) -> None:
    """A progressive photo without its last scans is reported; a whole one is not."""
    data = photos.jpeg(NOISE, progressive=True)
    scans = [segment for segment in segments(data) if segment.marker == SOS]
    assert len(scans) > kept
    assert _lacking(data) == []
    assert _lacking(data[: scans[kept - 1].end] + b"\xff\xd9") == [LACKING_DETAIL]


def test_a_photo_without_a_table_is_left_to_decoders() -> None:
    """A photo whose tables come from elsewhere, as in some videos, gives no doubt."""
    data = KINDS["grey"]
    tables = [segment for segment in segments(data) if segment.marker == DHT]
    assert _lacking(data[: tables[0].start] + data[tables[-1].end :]) == []
