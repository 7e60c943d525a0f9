"""In the process that decodes: a picture coded as a JPEG with nothing beside it, within so many bytes if need be.

Small pictures keep the colour of each pixel (4:4:4), larger ones that of each four. What is too large is coded at lower
qualities down to `MIN_QUALITY`, the best that fits, and only then made smaller.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Final

from imgfile.images.decode.child.refusal import CannotDecode

if TYPE_CHECKING:
    from PIL.Image import Image

FULL_COLOUR_PIXELS: Final = 2_000_000
MIN_QUALITY: Final = 70
"""Below it blocks and edges show that the skin has not."""
MIN_SIDE: Final = 320
_TARGET: Final = 0.9
"""How much of what is allowed a smaller copy aims at."""
_TRIES: Final = 8
_STEP: Final = 4
"""How near to the best quality is near enough: each step codes the whole picture once more."""


def encode(picture: Image, quality: int, max_bytes: int | None) -> tuple[bytes, Image]:
    """Code a picture, RGB; return the JPEG, and the picture that is in it. Raises `CannotDecode`."""
    data = _coded(picture, quality)
    if max_bytes is None or len(data) <= max_bytes:
        return data, picture
    for _ in range(_TRIES):
        best = _best_quality(picture, min(quality, 100), max_bytes)
        if isinstance(best, bytes):
            return best, picture
        side = min(picture.size)
        scale = min(math.sqrt(_TARGET * max_bytes / best), _TARGET)
        if side <= MIN_SIDE:
            break
        scale = max(scale, MIN_SIDE / side)
        picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    raise CannotDecode("bytes")


def _best_quality(picture: Image, below: int, max_bytes: int) -> bytes | int:
    """Return the JPEG of nearly the highest quality that fits; where none does, how long that of the lowest is."""
    least = _coded(picture, MIN_QUALITY)
    if len(least) > max_bytes:
        return len(least)
    best, low, high = least, MIN_QUALITY, below
    while high - low > _STEP:
        middle = (low + high) // 2
        data = _coded(picture, middle)
        if len(data) <= max_bytes:
            best, low = data, middle
        else:
            high = middle
    return best


def _coded(picture: Image, quality: int) -> bytes:
    page = io.BytesIO()
    is_small = picture.width * picture.height < FULL_COLOUR_PIXELS
    picture.info = {}  # a comment would be written from there
    picture.save(page, "JPEG", quality=quality, subsampling=0 if is_small else 2)
    return page.getvalue()
