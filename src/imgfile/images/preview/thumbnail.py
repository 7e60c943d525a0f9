"""A photo made small, to be looked at in a terminal or a browser: decoded in memory within bounds, and never written.

Pillow decodes, at the scale nearest to what is shown where the format allows that (JPEG). By itself it knows neither
HEIC nor JPEG XL: those are shown where its plugin for them is installed (`pillow-heif`, `pillow-jxl-plugin`), or
`imagecodecs`.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

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
_PLUGINS: Final = {MediaType.HEIC: ("pillow_heif", "HEIF"), MediaType.JXL: ("pillow_jxl", "JXL")}
"""What else Pillow decodes with, where it is installed: the module, and what it calls the format."""
_CODECS: Final = {MediaType.JXL: ("imagecodecs", "jpegxl_decode")}
"""What decodes where even that is not installed: the module, and its function, which gives an array."""
_TURNS: Final = {2: (0,), 3: (3,), 4: (1,), 5: (5,), 6: (4,), 7: (6,), 8: (2,)}
"""Exif orientations as `PIL.Image.Transpose` operations."""
_PAPER: Final = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """Rows of pixels from the top, three bytes each: red, green, blue."""

    width: int
    height: int
    pixels: bytes = field(repr=False)


def thumbnail(data: bytes, seen: Glance, *, side: int, height: int = 0) -> Thumbnail:
    """Make a photo at most `side` pixels wide and `height`, or `side`, high; `seen` says that it is within bounds.

    Raises `UnsupportedImage`, whose message is a predicate, for what Pillow cannot decode.
    """
    picture = _small(data, seen, (side, height or side))
    return Thumbnail(picture.width, picture.height, picture.tobytes())


def as_png(data: bytes, seen: Glance, *, side: int) -> bytes:
    """Make a photo a PNG, at most `side` pixels wide and high, for a browser that does not know its format.

    Raises `UnsupportedImage` as `thumbnail` does.
    """
    page = io.BytesIO()
    _small(data, seen, (side, side)).save(page, "PNG")
    return page.getvalue()


def _small(data: bytes, seen: Glance, box: tuple[int, int]) -> Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged metadata is not what is shown
            picture = _decoded(data, seen, max(box))
            picture.thumbnail(box)
    except UnsupportedImage:
        raise
    except Exception as error:
        raise UnsupportedImage(f"cannot be shown small here{_lacking(seen.media_type)}.", _HINT) from error
    return picture


_HINT: Final = "File it, and look at it with:  imgfile view"


def _lacking(media_type: MediaType) -> str:
    if media_type not in _PLUGINS or _plugin(media_type) or _codec(media_type):
        return ""
    return ": nothing that is installed decodes " + media_type.value.rpartition("/")[2].upper()


def _plugin(media_type: MediaType) -> ModuleType | None:
    """Return Pillow's plugin for a format, ready to be used; None where none is needed or installed."""
    with contextlib.suppress(ImportError, KeyError):
        plugin = importlib.import_module(_PLUGINS[media_type][0])
        if hasattr(plugin, "register_heif_opener"):
            plugin.register_heif_opener()
        return plugin
    return None


def _codec(media_type: MediaType) -> Callable[[bytes], Any] | None:
    """Return what else decodes a format here; None where that is Pillow."""
    if media_type not in _CODECS or _plugin(media_type):
        return None
    module, name = _CODECS[media_type]
    with contextlib.suppress(ImportError):
        codec: Callable[[bytes], Any] = getattr(importlib.import_module(module), name)
        return codec
    return None


def _opened(data: bytes, seen: Glance) -> Image:
    """Open a picture, as yet undecoded where the format allows that; only the formats that are stripped here."""
    from PIL import Image  # noqa: PLC0415 - 40 ms, and only a preview needs it

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own bound is less than one sensor; the glance has kept ours
    codec = _codec(seen.media_type)
    if codec is not None:
        _refuse_too_large(seen.width * seen.height)
        return Image.fromarray(codec(data))
    formats = (*_FORMATS, _PLUGINS[seen.media_type][1]) if _plugin(seen.media_type) else _FORMATS
    return Image.open(io.BytesIO(data), formats=formats)


def _refuse_too_large(pixels: int) -> None:
    if pixels > MAX_DECODED_PIXELS:
        raise UnsupportedImage("is too large to be shown small.", _HINT)


def _decoded(data: bytes, seen: Glance, side: int) -> Image:
    from PIL import Image, ImageOps  # noqa: PLC0415 - 40 ms, and only a preview needs it

    with _opened(data, seen) as opened:
        is_whole = "progressive" in opened.info  # of such a JPEG, all coefficients are held whatever the scale
        pixels = opened.width * opened.height
        opened.draft("RGB", (2 * side, 2 * side))
        _refuse_too_large(pixels if is_whole else opened.width * opened.height)
        opened.thumbnail((side, side))
        small = opened.convert("RGBA")
        if seen.media_type is MediaType.AVIF:  # its own turns, which Pillow gives as Exif does
            small = ImageOps.exif_transpose(small)
    paper = Image.new("RGBA", small.size, _PAPER)
    shown: Image.Image = Image.alpha_composite(paper, small).convert("RGB")
    for turn in () if seen.media_type in _PLUGINS else _TURNS.get(seen.orientation, ()):  # their plugins turn them
        shown = shown.transpose(Image.Transpose(turn))
    return shown
