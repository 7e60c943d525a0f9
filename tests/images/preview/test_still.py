"""What moves is known, so that it is shown as a still."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from imgfile.clinical.proofs import MediaType
from imgfile.images.preview.still import is_still
from kit.photos.gif import animated, control, gif, with_parts
from kit.photos.jpeg_png import jpeg, pixels, png


def made(kind: str, *, is_moving: bool) -> bytes:
    """Make a photo of one picture or of two."""
    file, more = io.BytesIO(), [pixels(64, 48).rotate(180)] if is_moving else []
    pixels(64, 48).save(file, kind, save_all=is_moving, append_images=more)
    return file.getvalue()


CASES = {
    "a GIF": (gif(), MediaType.GIF, True),
    "an animated GIF": (animated(), MediaType.GIF, False),
    "a GIF with two controls and one picture": (with_parts(gif(), control()), MediaType.GIF, True),
    "a PNG": (png(), MediaType.PNG, True),
    "a PNG that speaks of acTL behind its pixels": (
        png() + b"acTL",
        MediaType.PNG,
        True,
    ),
    "an animated PNG": (made("PNG", is_moving=True), MediaType.PNG, False),
    "a WebP": (made("WEBP", is_moving=False), MediaType.WEBP, True),
    "an animated WebP": (made("WEBP", is_moving=True), MediaType.WEBP, False),
    "a JPEG": (jpeg(), MediaType.JPEG, True),
}


@pytest.mark.parametrize(("data", "media_type", "expected"), CASES.values(), ids=CASES.keys())
def test_an_animation_is_not_still(data: bytes, media_type: MediaType, expected: bool) -> None:  # noqa: FBT001 - a column
    """Of each format that browsers animate; a single picture is, whatever else stands in the file."""
    with Image.open(io.BytesIO(data)) as image:
        assert (getattr(image, "n_frames", 1) == 1) is expected
    assert is_still(data, media_type) is expected
