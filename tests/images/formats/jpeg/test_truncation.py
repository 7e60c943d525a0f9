"""A JPEG that is cut short is refused, and its reader is reported how much of it can still be seen, and where."""

from __future__ import annotations

import pytest
from PIL import Image

from imgfile.errors import UnsupportedImage
from imgfile.images.draft import END_PUT_BACK
from imgfile.images.formats.jpeg import truncation
from imgfile.images.formats.jpeg.truncation import DETAIL, END
from imgfile.images.strip import strip
from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import photo, segment, with_segments

PLAIN = photos.jpeg(photos.pixels(320, 240), quality=90)
SCAN = PLAIN.index(b"\xff\xda") + 14


def _reported(data: bytes) -> str:
    with pytest.raises(UnsupportedImage) as refused:
        strip(photo(data))
    assert refused.value.hint
    return refused.value.message


def _cut(share: float, data: bytes = PLAIN) -> bytes:
    start = data.index(b"\xff\xda") + 14
    return data[: start + int((len(data) - start) * share)]


def _percent(message: str) -> int:
    return int(message.removesuffix(" % is missing.").rpartition(" ")[2])


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.75, 0.9])
def test_how_much_is_missing_is_reported(share: float) -> None:
    """How much is missing is reported: noise takes the same bytes in every row."""
    noise = Image.effect_noise((320, 240), 90)
    percent = _percent(_reported(_cut(share, photos.jpeg(noise))))
    assert abs(percent - 100 * (1 - share)) <= 5


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_kind_of_colour_is_understood(mode: str) -> None:
    """Every kind of colour is understood."""
    message = _reported(_cut(0.5, photos.jpeg(photos.pixels(320, 240, mode))))
    assert message.startswith("is cut short: the lower ")
    assert 5 < _percent(message) < 95


@pytest.mark.parametrize(("orientation", "side"), truncation.SIDES.items())
def test_the_side_is_the_one_that_is_seen(orientation: int, side: str) -> None:
    """The side is the one that is seen: the half of which the picture lost its white."""
    half = Image.new("L", (64, 64), 255)
    half.paste(0, (0, 32, 64, 64))
    turned = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
    seen = half.transpose(Image.Transpose(turned[orientation])) if orientation in turned else half
    corners = {"upper": (32, 8), "lower": (32, 56), "left": (8, 32), "right": (56, 32)}
    assert [where for where, place in corners.items() if seen.getpixel(place) == 0 and _is_far(seen, where)] == [side]
    found = _reported(_cut(0.5, with_segments(PLAIN, segment(0xE1, photos.exif(orientation)))))
    assert f"the {side} " in found


def _is_far(seen: Image.Image, where: str) -> bool:
    """Return whether the side opposite is white."""
    opposite = {"upper": (32, 56), "lower": (32, 8), "left": (56, 32), "right": (8, 32)}
    return seen.getpixel(opposite[where]) == 255


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (PLAIN[:-30], END),
        (PLAIN[:SCAN], END),
        (PLAIN[: PLAIN.index(b"\xff\xc4") + 9], END),
        (PLAIN[:50], END),
        (_cut(0.5, photos.jpeg(photos.pixels(320, 240), progressive=True)), DETAIL),
        (_cut(0.02, photos.jpeg(photos.pixels(320, 240), progressive=True)), END),
    ],
    ids=[
        *("the last blocks", "no coded byte", "no tables", "no frame"),
        *("progressive", "the first scan of a progressive one"),
    ],
)
def test_what_is_missing_is_said_in_words(data: bytes, words: str) -> None:
    """What is missing is said in words."""
    assert _reported(data) == f"is cut short: {words}."


KINDS = {
    "sequential": PLAIN,
    "grey": photos.jpeg(photos.pixels(320, 240, "L")),
    "CMYK": photos.jpeg(photos.pixels(320, 240, "CMYK")),
    "progressive": photos.jpeg(photos.pixels(320, 240), progressive=True),
    "optimised": photos.jpeg(photos.pixels(321, 241), optimize=True),
    "with restarts": photos.jpeg(photos.pixels(320, 240), restart_marker_blocks=7),
    "progressive, with restarts": photos.jpeg(photos.pixels(320, 240), progressive=True, restart_marker_rows=1),
    "fine colours": photos.jpeg(photos.pixels(320, 240), subsampling=0),
    "noise": photos.jpeg(Image.effect_noise((320, 240), 90)),
}
ENDINGS = {"nothing": b"", "half an end mark": b"\xff", "a block of zeros": bytes(500)}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_that_lacks_only_its_end_mark_is_closed(kind: str, ending: str) -> None:
    """Whole but for its end mark, it is stripped, closed, and that is said; its pixels are the very same."""
    whole = KINDS[kind]
    stripped = strip(photo(whole[:-2] + ENDINGS[ending]))
    assert stripped.data == strip(photo(whole)).data
    assert stripped.warnings == (END_PUT_BACK,)


@pytest.mark.parametrize("lost", [3, 4, 8, 40, 400])
@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_that_lacks_more_is_refused(kind: str, lost: int) -> None:
    """One coded byte less is more than an end mark, wherever that leaves the picture."""
    cut = KINDS[kind][: -2 - lost]
    assert "cut short" in _reported(cut)
    assert "cut short" in _reported(cut + bytes(500))


def test_a_progressive_photo_without_its_last_scans_is_refused() -> None:
    """A progressive photo without its last scans is refused: each of those that it has is whole."""
    whole = KINDS["progressive"]
    last = whole.rindex(b"\xff\xc4")
    assert _reported(whole[:last]) == f"is cut short: {DETAIL}."


@pytest.mark.parametrize("kind", ["sequential", "progressive"])
def test_a_segment_behind_the_picture_that_is_cut_goes(kind: str) -> None:
    """What was cut is a comment behind a whole picture."""
    stripped = strip(photo(KINDS[kind][:-2] + segment(0xFE, bytes(90))[:40]))
    assert stripped.data == strip(photo(KINDS[kind])).data
    assert stripped.warnings == (END_PUT_BACK,)


def test_a_large_photo_without_an_end_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large photo without an end is not decoded whole, and refused."""
    monkeypatch.setattr(truncation, "MAX_CLOSED_PIXELS", 320 * 240 - 1)
    assert _reported(PLAIN[:-2]) == f"is cut short: {END}."


def test_a_broken_download_filled_with_zeros_is_measured_without_them() -> None:
    """A broken download filled with zeros is measured without them."""
    assert _reported(_cut(0.5) + bytes(100_000)) == _reported(_cut(0.5))


def test_a_bomb_is_not_decoded() -> None:
    """A bomb is not decoded: past the pixel limit it is refused for that, and Pillow has a limit of its own."""
    frame = PLAIN.index(b"\xff\xc0") + 5
    assert "65535 x 65535" in _reported(PLAIN[:frame] + b"\xff\xff\xff\xff" + PLAIN[frame + 4 : -2])
    assert _reported(PLAIN[:frame] + b"\x36\xb0\x36\xb0" + PLAIN[frame + 4 : -2]) == f"is cut short: {END}."
