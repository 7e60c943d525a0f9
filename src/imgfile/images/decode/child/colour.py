"""In the process that decodes: what any photo's pixels are in sRGB, and what of them is seen on white.

1. A profile counts where it is of the pixels' own kind (RGB, grey, CMYK, Lab); another says nothing about them.
2. Perceptual, and relative colorimetric where a profile holds no table for that: LittleCMS does so by itself.
3. HEIF, AVIF and JPEG XL may name a colour space by numbers instead of a profile: one is made of them.
4. What says nothing is sRGB, and CMYK without a profile is taken as ink on white paper.
"""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any, Final

from imgfile.images.decode.child.made_profiles import ADOBE_RGB, of_code_points, profile_of
from imgfile.images.decode.child.refusal import CannotDecode

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["adobe_rgb", "of_code_points", "on_white", "plain", "says_adobe_rgb", "to_srgb"]

_PLAIN: Final = {
    "1": "L",
    "La": "LA",
    "RGBa": "RGBA",
    "PA": "RGBA",
    "RGBX": "RGB",
    "YCbCr": "RGB",
    "HSV": "RGB",
}
"""What modes of Pillow are made, so that few are left: L, LA, RGB, RGBA, CMYK, LAB."""
_SPACES: Final = {"L": "GRAY", "LA": "GRAY", "RGB": "RGB", "RGBA": "RGB", "CMYK": "CMYK", "LAB": "Lab"}
_INTEROPERABILITY: Final = 0xA005
_NEXT_TO_EQUAL: Final = 1
_LARGE_PIXELS: Final = 1_000_000
_STEPS: Final = range(0, 256, 51)


def to_srgb(picture: Image, profile: bytes | None) -> Image:
    """Put a picture into sRGB; L, LA, RGB or RGBA comes out of it. Raises `CannotDecode`."""
    picture = plain(picture)
    transformed = _by_profile(picture, profile) if profile or picture.mode == "LAB" else None
    if transformed is not None:
        return transformed
    return picture.convert("RGB") if picture.mode in {"CMYK", "LAB"} else picture


def on_white(picture: Image) -> Image:
    """Lay a picture on white where it is transparent; RGB comes out of it."""
    from PIL import Image  # noqa: PLC0415 - imported already

    if picture.mode not in {"LA", "RGBA"}:
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    paper = Image.new("RGB", picture.size, (255, 255, 255))
    alpha = picture.getchannel("A")
    paper.paste(picture.convert("RGB"), mask=alpha)
    return paper


def says_adobe_rgb(exif: Any) -> bool:  # noqa: ANN401 - Pillow's Exif
    """Return whether Exif names Adobe RGB as cameras do without a profile (DCF 2.0: index `R03`)."""
    try:
        return str(exif.get_ifd(_INTEROPERABILITY).get(1, "")).strip("\0 ") == "R03"
    except (AttributeError, ValueError, TypeError, KeyError, OSError):
        return False


def adobe_rgb() -> bytes:
    """Return a profile of Adobe RGB (1998)."""
    return profile_of(*ADOBE_RGB)


def plain(picture: Image) -> Image:
    """Make a picture L, LA, RGB, RGBA, CMYK or LAB, of eight bits. Raises `CannotDecode`."""
    if picture.mode.startswith("I;16"):
        return _from_16_bits(picture)
    if picture.mode in {"I", "F"}:
        raise CannotDecode("format")  # of how many levels, nothing says
    if picture.mode == "P":
        return picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    if "transparency" in picture.info and picture.mode in {"1", "L", "RGB"}:
        return picture.convert("RGBA" if picture.mode == "RGB" else "LA")
    return picture.convert(_PLAIN[picture.mode]) if picture.mode in _PLAIN else picture


def _from_16_bits(picture: Image) -> Image:
    """Keep the upper eight of sixteen bits."""
    from PIL import Image  # noqa: PLC0415 - imported already

    raw = picture.tobytes()
    upper = raw[0::2] if picture.mode == "I;16B" else raw[1::2]
    return Image.frombytes("L", picture.size, upper)


def _by_profile(picture: Image, profile: bytes | None) -> Image | None:
    """Return a picture in sRGB by its profile; None where that says nothing about it, or is damaged."""
    from PIL import ImageCms  # noqa: PLC0415 - imported already

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile) if profile else ImageCms.createProfile("LAB"))
        if source.profile.xcolor_space.strip() != _SPACES.get(picture.mode):
            return None
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), _colour_mode(picture), "RGB", ImageCms.Intent.PERCEPTUAL
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None
    if picture.mode in {"RGB", "RGBA"} and _changes_nothing(transform):
        return picture
    if picture.mode in {"RGB", "L", "CMYK", "LAB"}:
        return _transformed(picture, transform)
    alpha = picture.getchannel("A")
    shown = _transformed(picture.convert(_colour_mode(picture)), transform)
    shown.putalpha(alpha)
    return shown


def _transformed(picture: Image, transform: Any) -> Image:  # noqa: ANN401 - Pillow's transform
    """Apply a transform, to a large picture's halves at the same time: LittleCMS works on one core."""
    if picture.mode != "RGB" or picture.width * picture.height < _LARGE_PIXELS:
        return transform.apply(picture)  # type: ignore[no-any-return]
    picture.load()
    shown = picture.copy() if picture.readonly else picture
    middle = picture.height // 2
    halves = [(0, 0, picture.width, middle), (0, middle, picture.width, picture.height)]
    failed: list[BaseException] = []

    def transform_half(half: tuple[int, int, int, int]) -> None:
        try:
            part = picture.crop(half)
            transform.apply_in_place(part)
            shown.paste(part, half)
        except BaseException as error:  # noqa: BLE001 - raised below, in the thread that asked
            failed.append(error)

    other = threading.Thread(target=transform_half, args=(halves[1],))
    other.start()
    transform_half(halves[0])
    other.join()
    if failed:
        raise failed[0]
    return shown


def _colour_mode(picture: Image) -> str:
    return {"LA": "L", "RGBA": "RGB"}.get(picture.mode, picture.mode)


def _changes_nothing(transform: Any) -> bool:  # noqa: ANN401 - Pillow's transform
    """Return whether a transform moves no colour by more than one level: most profiles are sRGB's."""
    from PIL import Image  # noqa: PLC0415 - imported already

    grid = bytes(level for red in _STEPS for green in _STEPS for blue in _STEPS for level in (red, green, blue))
    shown = transform.apply(Image.frombytes("RGB", (len(_STEPS) ** 3, 1), grid)).tobytes()
    return all(abs(one - other) <= _NEXT_TO_EQUAL for one, other in zip(grid, shown, strict=True))
