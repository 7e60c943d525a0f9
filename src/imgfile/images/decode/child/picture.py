"""In the process that decodes: one photo opened, turned, put into sRGB, laid on white, and coded as asked for.

Each format has its opener; formats that hold their own turns have them applied by their decoder, the others are turned
by what Exif says, once. A decoder other than the one that the photo's format names is never tried.
"""

from __future__ import annotations

import importlib
import io
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from imgfile.images.decode.child.refusal import CannotDecode

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_RASTER_BYTES: Final = 840 << 20
"""What a picture that is decoded whole may take: 220 million pixels of colour, as Pillow holds them."""
_BYTES_A_PIXEL: Final = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "LA": 4}
_COLOUR_BYTES: Final = 4

_EXIF: Final = "PIL.TiffImagePlugin"
"""What Pillow reads Exif with; it would import it only then."""
_LIBRARIES: Final = {
    "image/jpeg": ("PIL.JpegImagePlugin", _EXIF),
    "image/png": ("PIL.PngImagePlugin", _EXIF),
    "image/gif": ("PIL.GifImagePlugin",),
    "image/bmp": ("PIL.BmpImagePlugin",),
    "image/webp": ("PIL.WebPImagePlugin", _EXIF),
    "image/tiff": ("PIL.TiffImagePlugin",),
    "image/avif": ("PIL.AvifImagePlugin", "pillow_heif", _EXIF),
    "image/heic": ("pillow_heif", _EXIF),
    "image/jxl": ("imagecodecs", "imagecodecs._jpegxl", "imgfile.images.decode.child.jxl_colour"),
}
_CLASSES: Final = {
    "image/jpeg": "JpegImageFile",
    "image/png": "PngImageFile",
    "image/gif": "GifImageFile",
    "image/bmp": "BmpImageFile",
    "image/webp": "WebPImageFile",
    "image/tiff": "TiffImageFile",
    "image/avif": "AvifImageFile",
}
_ALWAYS: Final = (
    "PIL.Image",
    "PIL.ImageCms",
    "PIL.JpegImagePlugin",
    "imgfile.images.decode.child.colour",
    "imgfile.images.decode.child.encode",
)


@dataclass(slots=True)
class Opened:
    """A picture of which the header is read: its size in pixels, its profile, how many pages or frames."""

    picture: Image
    width: int
    height: int
    profile: bytes | None
    pages: int = 1
    is_turned: bool = False
    """Its decoder has turned it already."""


def load_libraries(kind: str) -> None:
    """Import all that decoding a format takes: afterwards no file can be opened."""
    from PIL import Image  # noqa: PLC0415 - in this process alone

    for name in (*_ALWAYS, *_LIBRARIES[kind]):
        importlib.import_module(name)
    Image.MAX_IMAGE_PIXELS = None  # the bounds are ours
    Image._initialized = 2  # noqa: SLF001 - else saving would import the plugins of all formats, 20 ms


def made(request: dict[str, Any], data: bytes) -> tuple[dict[str, object], bytes]:
    """Decode a photo and code it as a request says. Raises `CannotDecode`, and whatever a decoder raises."""
    with warnings.catch_warnings(action="ignore"):
        opened = _OPENERS[request["kind"]](request["kind"], data, request)
        if "box" in request:
            return _small(opened, tuple(request["box"]))
        return _jpeg(opened, request)


def _jpeg(opened: Opened, request: dict[str, Any]) -> tuple[dict[str, object], bytes]:
    from imgfile.images.decode.child import encode  # noqa: PLC0415 - imported already

    picture = _within(opened, request["max_pixels"])
    shown = _shown(picture, opened)
    data, shown = encode.encode(shown, request["quality"], request["max_bytes"])
    is_reduced = shown.width * shown.height < opened.width * opened.height
    return {"width": shown.width, "height": shown.height, "is_reduced": is_reduced, "pages": opened.pages}, data


def _small(opened: Opened, box: tuple[int, int]) -> tuple[dict[str, object], bytes]:
    from PIL import Image  # noqa: PLC0415 - imported already

    from imgfile.images.decode.child import colour  # noqa: PLC0415 - imported already

    picture, side = opened.picture, max(box)
    picture.draft(picture.mode, (2 * side, 2 * side))
    _refuse_too_large(picture.size, picture.mode)
    picture = colour.plain(picture)  # of a palette's numbers, none can be blended
    picture.thumbnail((side, side), Image.Resampling.BICUBIC)
    shown = _shown(picture, opened)
    shown.thumbnail(box)
    return {"width": shown.width, "height": shown.height, "pages": opened.pages}, shown.tobytes()


def _within(opened: Opened, max_pixels: int) -> Image:
    """Decode at a scale at which there are at most so many pixels: of a JPEG, while it is decoded."""
    from imgfile.images.decode.child import colour  # noqa: PLC0415 - imported already

    picture = opened.picture
    if (factor := _factor(picture, max_pixels)) > 1:
        picture.draft(picture.mode, (opened.width // factor, opened.height // factor))
    _refuse_too_large(picture.size, picture.mode)
    picture.load()
    if (factor := _factor(picture, max_pixels)) > 1:
        picture = colour.plain(picture).reduce(factor)  # of a palette's numbers, none can be blended
    return picture


def _factor(picture: Image, max_pixels: int) -> int:
    """Return by which whole number its sides are divided so that there are at most so many pixels."""
    factor = max(1, math.isqrt(picture.width * picture.height // max_pixels))
    while math.prod(-(-side // factor) for side in picture.size) > max_pixels:
        factor += 1
    return factor


def _refuse_too_large(size: tuple[int, int], mode: str = "RGB") -> None:
    if math.prod(size) * _BYTES_A_PIXEL.get(mode, _COLOUR_BYTES) > MAX_RASTER_BYTES:
        raise CannotDecode("size")


def _shown(picture: Image, opened: Opened) -> Image:
    """Turn a picture, put it into sRGB and lay it on white."""
    from imgfile.images.decode.child import colour  # noqa: PLC0415 - imported already

    if not opened.is_turned:
        exif = opened.picture.getexif()
        picture = _turned(picture, exif.get(0x0112, 1))
    return colour.on_white(colour.to_srgb(picture, opened.profile))


_TURNS: Final = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""Exif orientations as `PIL.Image.Transpose` numbers them."""


def _turned(picture: Image, orientation: object) -> Image:
    from PIL import Image  # noqa: PLC0415 - imported already

    if not isinstance(orientation, int) or orientation not in _TURNS:
        return picture
    info = picture.info
    turned = picture.transpose(Image.Transpose(_TURNS[orientation]))
    turned.info = info
    return turned


# --- openers ------------------------------------------------------------------------------------------------


def _by_pillow(kind: str, data: bytes, _request: dict[str, Any]) -> Opened:
    plugin = importlib.import_module(_LIBRARIES[kind][0])
    picture = getattr(plugin, _CLASSES[kind])(io.BytesIO(data))
    return Opened(
        picture, picture.width, picture.height, picture.info.get("icc_profile"), getattr(picture, "n_frames", 1)
    )


def _jpeg_file(kind: str, data: bytes, request: dict[str, Any]) -> Opened:
    from imgfile.images.decode.child import colour  # noqa: PLC0415 - imported already

    opened = _by_pillow(kind, data, request)
    if opened.profile is None and colour.says_adobe_rgb(opened.picture.getexif()):
        opened.profile = colour.adobe_rgb()
    return opened


def _tiff_file(kind: str, data: bytes, request: dict[str, Any]) -> Opened:
    """Pillow turns a TIFF while it loads it."""
    opened = _by_pillow(kind, data, request)
    opened.is_turned = True
    _refuse_too_large(opened.picture.size, opened.picture.mode)
    opened.picture.load()
    return opened


def _avif_file(kind: str, data: bytes, request: dict[str, Any]) -> Opened:
    """Pillow keeps nothing of a colour space that is no profile: libheif reads that, which decodes none here."""
    import pillow_heif  # noqa: PLC0415 - imported already

    from imgfile.images.decode.child import colour  # noqa: PLC0415 - imported already

    opened = _by_pillow(kind, data, request)
    if opened.profile is None:
        opened.profile = colour.of_code_points(_code_points(pillow_heif.open_heif(data).info))
    return opened


def _heic_file(_kind: str, data: bytes, _request: dict[str, Any]) -> Opened:
    import pillow_heif  # noqa: PLC0415 - imported already

    from imgfile.images.decode.child import colour  # noqa: PLC0415 - imported already

    found = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
    _refuse_too_large(found.size)
    picture = found.to_pillow()
    profile = found.info.get("icc_profile") or colour.of_code_points(_code_points(found.info))
    picture.info = {}
    return Opened(picture, *picture.size, profile, is_turned=True)


def _code_points(info: dict[str, Any]) -> tuple[int, int]:
    """Return primaries and transfer function as ITU-T H.273 numbers them; 2 is unsaid."""
    said = info.get("nclx_profile") or {}
    return int(said.get("color_primaries", 2)), int(said.get("transfer_characteristics", 2))


def _jxl_file(_kind: str, data: bytes, _request: dict[str, Any]) -> Opened:
    import imagecodecs  # noqa: PLC0415 - imported already
    from PIL import Image  # noqa: PLC0415 - imported already

    from imgfile.images.decode.child import colour, jxl_colour  # noqa: PLC0415 - imported already

    header = jxl_colour.read(data)
    _refuse_too_large((header.width, header.height))
    pixels = imagecodecs.jpegxl_decode(data, index=0, numthreads=2)
    picture = Image.fromarray(jxl_colour.in_eight_bits(pixels))
    return Opened(picture, *picture.size, colour.of_code_points(header.colour), is_turned=True)


_OPENERS: Final[dict[str, Callable[[str, bytes, dict[str, Any]], Opened]]] = {
    **dict.fromkeys(_CLASSES, _by_pillow),
    "image/jpeg": _jpeg_file,
    "image/tiff": _tiff_file,
    "image/avif": _avif_file,
    "image/heic": _heic_file,
    "image/jxl": _jxl_file,
}
