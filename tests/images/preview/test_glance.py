"""A photo at a glance, and made small: the same size and the same way up as it is filed, and never beyond bounds."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageOps

from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnsupportedImage
from imgfile.images.decode import decode
from imgfile.images.preview.glance import glance
from imgfile.images.preview.thumbnail import thumbnail
from imgfile.images.strip import strip
from kit.photos import heif as photos_heif
from kit.photos import jpeg_png as photos
from kit.photos import jxl as photos_jxl

in_a_process = pytest.mark.slow
"""Decoded in a process of its own."""
SIDE = 16


def coloured(width: int = 60, height: int = 40) -> Image.Image:
    """Make a picture whose four quarters differ."""
    picture = Image.new("RGB", (width, height), (200, 30, 30))
    picture.paste((30, 200, 30), (width // 2, 0, width, height // 2))
    picture.paste((30, 30, 200), (0, height // 2, width // 2, height))
    return picture


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Save a picture."""
    page = io.BytesIO()
    picture.save(page, kind, **options)
    return page.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_glance_says_what_stripping_says(orientation: int) -> None:
    """Displayed size, orientation, and when it was taken."""
    data = photos.phone_jpeg(orientation, width=64, height=48)
    seen, stripped = glance(data), strip(photos.photo(data))
    assert (seen.width, seen.height) == (stripped.width, stripped.height)
    assert (seen.orientation, seen.taken_at) == (stripped.orientation, stripped.taken_at)
    assert seen.media_type is stripped.media_type


def test_what_cannot_be_stripped_says_why() -> None:
    """In the words of the stripper."""
    with pytest.raises(UnsupportedImage, match="is cut short"):
        glance(photos.jpeg()[:-100])


@in_a_process
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_thumbnail_is_the_right_way_up(orientation: int) -> None:
    """As Pillow turns it by the same Exif."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(coloured(), "JPEG", quality=95, exif=exif)
    small = thumbnail(data, glance(data), side=SIDE)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).resize((small.width, small.height))
    shown = Image.frombytes("RGB", (small.width, small.height), small.pixels)
    for at in ((2, 2), (small.width - 3, 2), (2, small.height - 3), (small.width - 3, small.height - 3)):
        pair = zip(shown.getpixel(at), expected.getpixel(at), strict=True)  # type: ignore[arg-type]
        assert max(abs(one - other) for one, other in pair) < 40
    assert max(small.width, small.height) == SIDE


@in_a_process
@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF"])
def test_other_formats_are_made_small_too(kind: str) -> None:
    """Whatever Pillow decodes."""
    data = saved(coloured(), kind)
    small = thumbnail(data, glance(data), side=SIDE)
    assert (small.width, small.height) == (SIDE, 11)
    assert len(small.pixels) == 3 * SIDE * 11


@in_a_process
def test_what_is_transparent_lies_on_white() -> None:
    """As on paper."""
    data = saved(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG")
    assert set(thumbnail(data, glance(data), side=SIDE).pixels) == {255}


@in_a_process
@pytest.mark.parametrize("media_type", [MediaType.HEIC, MediaType.JXL])
def test_what_is_missing_to_decode_a_format_is_said(media_type: MediaType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same way up as it is filed, where its decoder is installed; else how to get it."""
    for data in {
        MediaType.HEIC: (photos_heif.heif_with_metadata("HEIF"),),
        MediaType.JXL: (photos_jxl.naked(), photos_jxl.transcoded(6)),
    }[media_type]:
        seen = glance(data)
        small = thumbnail(data, seen, side=SIDE)
        assert max(small.width, small.height) == SIDE
        assert (small.width >= small.height) is (seen.width >= seen.height)
    _, name, command = decode._NEEDS[media_type]
    monkeypatch.setitem(decode._NEEDS, media_type, ("no_such.decoder", name, command))
    with pytest.raises(UnsupportedImage, match=f"cannot be shown here: what decodes {name} is not installed") as caught:
        thumbnail(data, seen, side=SIDE)
    assert command in str(caught.value.hint)


@in_a_process
def test_a_thumbnail_fits_into_a_room_of_any_shape() -> None:
    """Of a screen's columns and lines."""
    for orientation in (1, 6):
        data = photos.phone_jpeg(orientation, width=640, height=480)
        for across, down in ((80, 20), (20, 80), (300, 44)):
            small = thumbnail(data, glance(data), side=across, height=down)
            assert small.width <= across
            assert small.height <= down
            assert across in {small.width, small.height} or down in {small.width, small.height}


@in_a_process
def test_whatever_the_decoder_stumbles_over_is_a_refusal() -> None:
    """The bytes are a stranger's."""
    data = saved(coloured(), "WEBP")
    seen = glance(data)
    for end in (0, 12, 40):
        with pytest.raises(UnsupportedImage, match="cannot be shown"):
            thumbnail(data[:end], seen, side=SIDE)
