"""Every format becomes a JPEG of the same colours, the right way up, on white, with nothing beside the picture."""

from __future__ import annotations

import io

import imagecodecs
import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageOps

from imgfile.clinical.proofs import MediaType
from imgfile.images.decode.child.made_profiles import of_code_points
from imgfile.images.decode.decode import Decoded, decode, shown_directly
from kit.photos import heif as photos_heif
from kit.photos import jpeg_png as photos
from kit.photos.judge import survivors

pytestmark = pytest.mark.slow  # each photo is decoded in a process of its own

WIDTH, HEIGHT = 96, 64
RED, GREEN, BLUE, GREY = (200, 40, 40), (40, 180, 60), (50, 60, 200), (128, 128, 128)
POINTS = {(12, 12): RED, (84, 12): GREEN, (12, 52): BLUE, (84, 52): GREY}
"""Where each colour is seen when the picture is the right way up."""
TOLERANCE = 6
P3 = of_code_points((12, 13)) or b""

pillow_heif.register_heif_opener()


def scene() -> Image.Image:
    """Make a picture whose four quarters differ."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), RED)
    picture.paste(GREEN, (WIDTH // 2, 0, WIDTH, HEIGHT // 2))
    picture.paste(BLUE, (0, HEIGHT // 2, WIDTH // 2, HEIGHT))
    picture.paste(GREY, (WIDTH // 2, HEIGHT // 2, WIDTH, HEIGHT))
    return picture


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Save a picture."""
    page = io.BytesIO()
    picture.save(page, kind, **options)
    return page.getvalue()


def in_p3(picture: Image.Image) -> Image.Image:
    """Spell the same colours in Display P3."""
    source, target = ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(P3))
    done = ImageCms.profileToProfile(picture, source, target, ImageCms.Intent.RELATIVE_COLORIMETRIC)
    assert done is not None
    done.info.clear()  # what is saved would have the profile by itself
    return done


def turned_back(picture: Image.Image, orientation: int) -> Image.Image:
    """Turn a picture so that this orientation shows it as it was."""
    exif = picture.getexif()
    exif[0x0112] = {6: 8, 8: 6}.get(orientation, orientation)
    turned = ImageOps.exif_transpose(picture)
    turned.info.clear()
    turned.getexif().clear()
    return turned


def turn(orientation: int) -> Image.Exif:
    """Return Exif that says it: a writer may take it out of there."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def opened(shown: Decoded) -> Image.Image:
    """Open what came out, which is a JPEG of the size that was said."""
    picture = Image.open(io.BytesIO(shown.data))
    assert picture.format == "JPEG"
    assert picture.size == (shown.width, shown.height)
    return picture.convert("RGB")


def off(shown: Decoded, points: dict[tuple[int, int], tuple[int, int, int]] | None = None) -> int:
    """Return by how much the colour that is furthest off is off."""
    picture = opened(shown)
    pairs = [(picture.getpixel(at), colour) for at, colour in (points or POINTS).items()]
    return max(abs(one - other) for seen, colour in pairs for one, other in zip(seen, colour, strict=True))  # type: ignore[arg-type]


def jxl(picture: Image.Image, *, usecontainer: bool = False) -> bytes:
    """Code a picture as JPEG XL, without loss."""
    return bytes(imagecodecs.jpegxl_encode(np.asarray(picture), lossless=True, usecontainer=usecontainer))


SAVED: dict[str, tuple[MediaType, str, dict[str, object]]] = {
    "HEIC": (MediaType.HEIC, "HEIF", {"quality": 95, "chroma": 444}),
    "AVIF": (MediaType.AVIF, "AVIF", {"quality": 95, "subsampling": "4:4:4"}),
    "TIFF": (MediaType.TIFF, "TIFF", {"compression": "tiff_lzw"}),
    "TIFF of a JPEG": (MediaType.TIFF, "TIFF", {"compression": "jpeg", "quality": 95}),
    "JPEG": (MediaType.JPEG, "JPEG", {"quality": 98, "subsampling": 0}),
    "PNG": (MediaType.PNG, "PNG", {}),
    "WebP": (MediaType.WEBP, "WEBP", {"lossless": True}),
}
"""Formats that hold a profile: how Pillow saves them."""


def test_every_format_keeps_its_colours() -> None:
    """Three known pixels and more, without a profile, and in Display P3."""
    for name, (media_type, kind, options) in SAVED.items():
        plain = decode(saved(scene(), kind, **options), media_type)
        assert off(plain) <= TOLERANCE, name
        assert (plain.width, plain.height, plain.is_reduced, plain.pages) == (WIDTH, HEIGHT, False, 1), name
        wide = decode(saved(in_p3(scene()), kind, icc_profile=P3, **options), media_type)
        assert off(wide) <= TOLERANCE, f"{name} in Display P3"
        unmanaged = opened(decode(saved(in_p3(scene()), kind, **options), media_type)).getpixel((12, 12))
        assert isinstance(unmanaged, tuple)
        assert abs(unmanaged[0] - RED[0]) > TOLERANCE, f"{name}: the profile would make no difference"


def test_formats_without_a_profile_keep_their_colours() -> None:
    """BMP, GIF and JPEG XL."""
    for media_type, data in (
        (MediaType.BMP, saved(scene(), "BMP")),
        (MediaType.GIF, saved(scene(), "GIF")),
        (MediaType.JXL, jxl(scene())),
        (MediaType.JXL, jxl(scene(), usecontainer=True)),
    ):
        assert off(decode(data, media_type)) <= TOLERANCE, media_type


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_format_is_turned_once(orientation: int) -> None:
    """By its Exif, by its own boxes or by its decoder: never twice."""
    coded = turned_back(scene(), orientation)
    for name, (media_type, kind, options) in SAVED.items():
        picture = coded.copy()
        if kind == "HEIF":  # its writer makes boxes of what the picture says, and leaves given Exif as it is
            picture.getexif()[0x0112] = orientation
        said = {} if kind == "HEIF" else {"exif": turn(orientation)}
        shown = decode(saved(picture, kind, **said, **options), media_type)
        assert (shown.width, shown.height) == (WIDTH, HEIGHT), name
        assert off(shown) <= TOLERANCE, name
    data = bytes(
        imagecodecs.jpegxl_encode_jpeg(saved(coded, "JPEG", quality=98, subsampling=0, exif=turn(orientation)))
    )
    assert off(decode(data, MediaType.JXL)) <= TOLERANCE


def test_what_is_transparent_lies_on_white() -> None:
    """As on paper; half of it is half white."""
    picture = scene().convert("RGBA")
    picture.putalpha(Image.new("L", picture.size, 0))
    white = dict.fromkeys(POINTS, (255, 255, 255))
    for media_type, kind in ((MediaType.PNG, "PNG"), (MediaType.WEBP, "WEBP"), (MediaType.TIFF, "TIFF")):
        assert off(decode(saved(picture, kind), media_type), white) <= TOLERANCE, kind
    for media_type, kind in ((MediaType.HEIC, "HEIF"), (MediaType.AVIF, "AVIF")):
        assert off(decode(saved(picture, kind, quality=95), media_type), white) <= TOLERANCE, kind
    assert off(decode(jxl(picture), MediaType.JXL), white) <= TOLERANCE
    picture.putalpha(Image.new("L", picture.size, 128))
    half = {at: tuple((value + 255) // 2 for value in colour) for at, colour in POINTS.items()}
    assert off(decode(saved(picture, "PNG"), MediaType.PNG), half) <= TOLERANCE  # type: ignore[arg-type]


def test_nothing_of_the_metadata_comes_out() -> None:
    """No Exif, XMP, profile, comment or name: a JPEG with a JFIF header alone."""
    data = photos_heif.heif_with_metadata("HEIF")
    shown = decode(data, MediaType.HEIC)
    assert not survivors(shown.data, ("IMGFILE-CANARY",))
    assert set(opened(shown).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    commented = decode(saved(scene(), "JPEG", comment=b"IMGFILE-CANARY", exif=photos.exif(6)), MediaType.JPEG)
    assert b"CANARY" not in commented.data
    with Image.open(io.BytesIO(commented.data)) as picture:
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_what_a_browser_shows_itself() -> None:
    """The four formats that each of them knows, up to sixty million pixels by their own headers."""
    for kind, media_type in (("JPEG", MediaType.JPEG), ("PNG", MediaType.PNG), ("GIF", MediaType.GIF)):
        assert shown_directly(saved(scene(), kind), media_type)
    for lossless in (True, False):
        assert shown_directly(saved(scene(), "WEBP", lossless=lossless), MediaType.WEBP)
    assert shown_directly(saved(scene().convert("RGBA"), "WEBP", exif=photos.exif(1)), MediaType.WEBP)
    for kind, media_type in (("TIFF", MediaType.TIFF), ("BMP", MediaType.BMP), ("AVIF", MediaType.AVIF)):
        assert not shown_directly(saved(scene(), kind), media_type)
    for media_type in (MediaType.JPEG, MediaType.PNG, MediaType.GIF, MediaType.WEBP):
        assert not shown_directly(b"", media_type)
    huge = bytearray(saved(scene(), "PNG"))
    huge[16:24] = (60_000).to_bytes(4, "big") * 2
    assert not shown_directly(bytes(huge), MediaType.PNG)
