"""A photo made very small, to be looked at in a terminal: decoded in memory within bounds, and never written anywhere.

Pillow decodes, at the scale nearest to what is shown where the format allows that (JPEG). It knows neither HEIC nor
JPEG XL: those have no thumbnail.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Final

from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnsupportedImage
from imgfile.frozen import dataclass, field
from imgfile.images.limits import MAX_PIXELS
from imgfile.images.preview.glance import Glance

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_DECODED_PIXELS: Final = 50_000_000
"""What is decoded whole at most: 150 MB. A JPEG is decoded at an eighth of its size, and may have 64 times as many."""
_FORMATS: Final = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF")
_TURNS: Final = {2: (0,), 3: (3,), 4: (1,), 5: (5,), 6: (4,), 7: (6,), 8: (2,)}
"""Exif orientations as `PIL.Image.Transpose` operations."""
_PAPER: Final = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """Rows of pixels from the top, three bytes each: red, green, blue."""

    width: int
    height: int
    pixels: bytes = field(repr=False)


def thumbnail(data: bytes, seen: Glance, *, side: int) -> Thumbnail:
    """Make a photo at most `side` pixels wide and high; `seen` says that its structure is within bounds.

    Raises `UnsupportedImage`, whose message is a predicate, for what Pillow cannot decode.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged metadata is not what is shown
            picture = _decoded(data, seen, side)
    except UnsupportedImage:
        raise
    except Exception as error:
        raise UnsupportedImage("cannot be shown small here.", "File it, and look at it with:  imgfile view") from error
    return Thumbnail(picture.width, picture.height, picture.tobytes())


def _decoded(data: bytes, seen: Glance, side: int) -> Image:
    from PIL import Image, ImageOps  # noqa: PLC0415 - 40 ms, and only a preview needs it

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own bound is less than one sensor; the glance has kept ours
    with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
        is_whole = "progressive" in opened.info  # of such a JPEG, all coefficients are held whatever the scale
        pixels = opened.width * opened.height
        opened.draft("RGB", (2 * side, 2 * side))
        if (pixels if is_whole else opened.width * opened.height) > MAX_DECODED_PIXELS:
            raise UnsupportedImage("is too large to be shown small.", "File it, and look at it with:  imgfile view")
        opened.thumbnail((side, side))
        small = opened.convert("RGBA")
        if seen.media_type is MediaType.AVIF:  # its own turns, which Pillow gives as Exif does
            small = ImageOps.exif_transpose(small)
    paper = Image.new("RGBA", small.size, _PAPER)
    shown: Image.Image = Image.alpha_composite(paper, small).convert("RGB")
    for turn in _TURNS.get(seen.orientation, ()):
        shown = shown.transpose(Image.Transpose(turn))
    return shown
