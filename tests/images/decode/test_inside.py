"""What the process that decodes does, in this one: every kind of pixel, profile, size and refusal."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnsupportedImage
from imgfile.images.decode import decode as asking
from imgfile.images.decode.child import colour, encode, jxl_colour, main, picture
from imgfile.images.decode.child.made_profiles import ADOBE_RGB, of_code_points, profile_of
from imgfile.images.decode.child.refusal import CannotDecode
from imgfile.images.decode.process import Refused
from imgfile.images.formats.jxl import colour as jxl_codes
from imgfile.images.formats.jxl.bits import Bits
from kit.photos import heif as photos_heif
from kit.photos import jpeg_png as photos
from kit.photos import jxl as photos_jxl

pytestmark = pytest.mark.slow


class Unbound:
    """Bounds that bind nothing: this process goes on."""

    @staticmethod
    def enter() -> set[str]:
        """Hold nothing."""
        return set()

    @staticmethod
    def settle() -> set[str]:
        """Hold nothing."""
        return {"nothing"}


def answered(kind: str, data: bytes, **request: object) -> tuple[dict[str, Any], bytes]:
    """Have a photo decoded here."""
    asked = {"kind": kind, "quality": 92, "max_bytes": None, "max_pixels": 60_000_000, **request}
    return main.answer(asked, lambda: data, Unbound)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """Save a picture."""
    page = io.BytesIO()
    image.save(page, kind, **options)
    return page.getvalue()


def noise(width: int, height: int) -> Image.Image:
    """Make a picture that compresses badly."""
    return Image.fromarray(np.random.default_rng(2).integers(0, 256, (height, width, 3), dtype=np.uint8))


SOUND: dict[str, Callable[[], bytes]] = {
    "image/jpeg": lambda: photos.phone_jpeg(6),
    "image/png": lambda: photos.png_with_metadata(6),
    "image/gif": lambda: saved(photos.pixels(), "GIF"),
    "image/bmp": lambda: saved(photos.pixels(), "BMP"),
    "image/webp": lambda: saved(photos.pixels(), "WEBP", exif=photos.exif(6)),
    "image/tiff": lambda: saved(photos.pixels(), "TIFF", tiffinfo={274: 6}, compression="jpeg"),
    "image/avif": lambda: photos_heif.heif_with_metadata("AVIF"),
    "image/heic": lambda: photos_heif.heif_with_metadata("HEIF"),
    "image/jxl": lambda: photos_jxl.transcoded(6),
}


@pytest.mark.parametrize("kind", SOUND)
def test_all_that_a_format_takes_is_imported_before_files_are_given_up(kind: str) -> None:
    """Whatever was imported later could not be opened; a picture comes out of each, and a small one."""
    code = (
        "import sys; from imgfile.images.decode.child import picture\n"
        f"picture.load_libraries({kind!r}); before = set(sys.modules)\n"
        "data = sys.stdin.buffer.read()\n"
        f"request = dict(kind={kind!r}, quality=92, max_bytes=None, max_pixels=60000000)\n"
        "picture.made(request, data); picture.made({**request, 'box': [9, 9]}, data)\n"
        "assert set(sys.modules) == before, set(sys.modules) - before"
    )
    done = subprocess.run([sys.executable, "-c", code], input=SOUND[kind](), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("kind", SOUND)
def test_a_photo_is_answered_with_its_picture(kind: str) -> None:
    """As a JPEG; as rows of pixels where a box is asked for."""
    head, data = answered(kind, SOUND[kind]())
    with Image.open(io.BytesIO(data)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (head["width"], head["height"]))
    assert head["length"] == len(data)
    small, pixels = answered(kind, SOUND[kind](), box=[12, 9])
    assert small["width"] <= 12
    assert small["height"] <= 9
    assert len(pixels) == 3 * small["width"] * small["height"]


def test_what_cannot_be_decoded_is_answered_in_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a closed list: nothing that a decoder says goes on."""
    assert answered("image/jpeg", b"no photo")[0] == {"refused": "damaged"}
    assert answered("none", b"")[0] == {"held": ["nothing"], "length": 0}

    def refuse(error: BaseException) -> Callable[..., object]:
        def raising(*_: object) -> None:
            raise error

        return raising

    for error, why in ((MemoryError(), "memory"), (CannotDecode("size"), "size"), (RuntimeError("?"), "damaged")):
        monkeypatch.setattr(picture, "made", refuse(error))
        assert answered("image/jpeg", b"")[0] == {"refused": why}
    monkeypatch.setattr(picture, "load_libraries", refuse(ImportError()))
    assert answered("image/jpeg", b"")[0] == {"refused": "library"}


def test_it_answers_on_its_standard_output_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line, then the bytes."""
    given, out = io.BytesIO(b'{"kind": "none"}\n'), io.BytesIO()
    ended: list[int] = []
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(given))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out))
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(main, "answer", lambda *_: ({"length": 2}, b"ab"))
    main.main()
    assert out.getvalue() == b'{"length": 2}\nab'
    assert ended == [0]


# --- sizes ----------------------------------------------------------------------------------------------


def test_a_photo_of_more_pixels_is_made_smaller_and_that_is_said() -> None:
    """A JPEG while it is decoded, others afterwards; the decoder of HEIC and JPEG XL knows no smaller ones."""
    for kind, data in (
        ("image/jpeg", saved(noise(400, 300), "JPEG")),
        ("image/jpeg", saved(noise(400, 300), "JPEG", progressive=True)),
        ("image/png", saved(noise(400, 300), "PNG")),
        ("image/png", saved(noise(400, 300).convert("P"), "PNG")),
        ("image/png", saved(noise(400, 300).convert("1"), "PNG")),
        ("image/png", saved(Image.fromarray(np.full((300, 400), 40_000, np.uint16)), "PNG")),
        ("image/tiff", saved(noise(400, 300), "TIFF")),
        ("image/heic", saved_heic(400, 300)),
    ):
        for most, width in ((60_000, 200), (20_000, 134), (120_000, 400)):
            head, _ = answered(kind, data, max_pixels=most)
            assert head["width"] * head["height"] <= most
            assert head["is_reduced"] is (most < 120_000)
            assert head["width"] in {width, 100}


def saved_heic(width: int, height: int) -> bytes:
    """Code a HEIC."""
    return photos_heif.encoded(noise(width, height), "HEIF")


@pytest.mark.parametrize("kind", ["image/png", "image/tiff", "image/heic", "image/jxl", "image/jpeg"])
def test_a_picture_that_takes_too_much_is_not_decoded(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known by its header."""
    monkeypatch.setattr(picture, "MAX_RASTER_BYTES", 5000)
    assert answered(kind, SOUND[kind]())[0] == {"refused": "size"}
    assert ("refused" in answered(kind, SOUND[kind](), box=[9, 9])[0]) is (kind != "image/jpeg")


def test_a_copy_within_so_many_bytes_loses_quality_first_and_then_size() -> None:
    """And nothing where it fits by itself."""
    photo = saved(noise(600, 500), "PNG")
    plain = answered("image/png", photo)[1]
    assert answered("image/png", photo, max_bytes=len(plain))[1] == plain
    for share, is_reduced in ((0.9, False), (0.2, True)):
        head, data = answered("image/png", photo, max_bytes=int(len(plain) * share))
        assert len(plain) * share * 0.6 < len(data) <= len(plain) * share
        assert head["is_reduced"] is is_reduced
    assert answered("image/png", photo, max_bytes=900)[0] == {"refused": "bytes"}


def test_a_small_picture_keeps_the_colour_of_each_pixel() -> None:
    """4:4:4 below two million pixels, 4:2:0 above."""
    small, _ = encode.encode(Image.new("RGB", (100, 100)), 92, None)
    large, _ = encode.encode(Image.new("RGB", (2000, 1000)), 92, None)
    assert [Image.open(io.BytesIO(data)).layer[0][1:3] for data in (small, large)] == [(1, 1), (2, 2)]  # type: ignore[attr-defined]


# --- colours --------------------------------------------------------------------------------------------


def near(one: Any, other: tuple[int, ...], by: int = 4) -> bool:  # noqa: ANN401 - a pixel
    """Return whether two colours differ by little."""
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def shown(image: Image.Image, profile: bytes | None = None) -> Any:  # noqa: ANN401 - a pixel
    """Return what the first pixel is in the end."""
    return colour.on_white(colour.to_srgb(image, profile)).getpixel((0, 0))


def test_every_mode_of_pixels_comes_out_as_what_it_shows() -> None:
    """Grey, palettes, ink, Lab, sixteen bits, and transparency of each kind."""
    red = Image.new("RGB", (2, 2), (200, 30, 30))
    for mode in ("RGB", "P", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "RGBa"):
        image = (
            red.convert("RGBA").convert(mode)
            if mode == "RGBa"
            else red.quantize()
            if mode == "P"
            else red.convert(mode)
        )
        assert near(shown(image), (200, 30, 30), 8), mode
    for mode, value in (("L", 90), ("LA", (90, 255)), ("La", (90, 255))):
        image = Image.new("LA" if mode == "La" else mode, (2, 2), value)
        assert near(shown(image.convert(mode)), (90, 90, 90))
    assert shown(Image.new("1", (2, 2), 1)) == (255, 255, 255)
    assert near(shown(Image.new("LAB", (2, 2), (138, 128, 128))), (129, 129, 129))
    for kind in ("<u2", ">u2"):
        image = Image.frombytes("I;16" if kind == "<u2" else "I;16B", (2, 2), np.full(4, 0x8123, kind).tobytes())
        assert shown(image) == (0x81,) * 3
    for mode in ("I", "F"):
        with pytest.raises(CannotDecode, match="format"):
            shown(Image.new(mode, (2, 2)))
    assert shown(Image.new("LA", (2, 2), (0, 0))) == (255, 255, 255)
    for mode, key in (("L", 7), ("RGB", (7, 7, 7)), ("P", 0)):
        image = Image.new(mode, (2, 2), 7 if mode == "L" else (7, 7, 7) if mode == "RGB" else 0)
        image.info["transparency"] = key
        assert shown(image) == (255, 255, 255)


def test_a_profile_counts_where_it_is_of_the_pixels_kind() -> None:
    """Display P3, with transparency too and for a large picture; none for grey, and a damaged one is none."""
    p3 = of_code_points((12, 13))
    red = Image.new("RGB", (2, 2), (200, 30, 30))
    wide = shown(red, p3)
    assert wide[0] > 210
    assert near(shown(red.convert("RGBA"), p3), wide, 1)
    assert near(shown(red.resize((1200, 1000)), p3), wide, 1)
    assert near(shown(red.convert("L"), p3), (77, 77, 77))
    assert shown(red, b"no profile") == (200, 30, 30)
    assert shown(red, p3[:200] if p3 else None) == (200, 30, 30)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert colour.to_srgb(red, srgb) is red, "what changes nothing is not done"


def test_what_fails_in_a_half_fails_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """In whichever thread."""
    monkeypatch.setattr(colour, "_changes_nothing", lambda _: False)
    monkeypatch.setattr(colour, "_LARGE_PIXELS", 1)
    monkeypatch.setattr(Image.Image, "crop", lambda *_: (_ for _ in ()).throw(MemoryError()))
    with pytest.raises(MemoryError):
        colour.to_srgb(Image.new("RGB", (4, 4)), of_code_points((12, 13)))


def test_profiles_made_of_numbers_are_those_of_the_standards() -> None:
    """White stays white, grey grey; the primaries of sRGB give nothing to do; curves differ as they should."""
    for points in ((1, 13), (2, 2), (1, 1), (99, 99)):
        assert of_code_points(points) is None
    for primaries in (4, 5, 6, 7, 9, 11, 12):
        profile = of_code_points((primaries, 13))
        for level in (0, 128, 255):
            assert near(shown(Image.new("RGB", (2, 2), (level,) * 3), profile), (level,) * 3, 2), primaries
    assert near(shown(Image.new("RGB", (2, 2), (148, 148, 148)), of_code_points((9, 16))), (255, 255, 255), 3)
    assert near(shown(Image.new("RGB", (2, 2), (191, 191, 191)), of_code_points((9, 18))), (255, 255, 255), 3)
    assert shown(Image.new("RGB", (2, 2), (64, 64, 64)), of_code_points((9, 18)))[0] > 64
    assert shown(Image.new("RGB", (2, 2), (50, 50, 50)), of_code_points((1, 8)))[0] > 110
    assert near(shown(Image.new("RGB", (2, 2), (100, 100, 100)), of_code_points((1, 4))), (100, 100, 100), 5)
    adobe = profile_of(*ADOBE_RGB)
    assert near(shown(Image.new("RGB", (2, 2), (200, 30, 30)), adobe), (233, 21, 24), 8)


def test_adobe_rgb_that_only_exif_names_counts() -> None:
    """As cameras write it; damaged Exif names nothing."""
    plain = saved(Image.new("RGB", (16, 16), (150, 60, 60)), "JPEG", quality=98)
    named = photos.with_segments(plain, photos.segment(0xE1, b"Exif\0\0" + photos.adobe_rgb_exif()))
    seen = [Image.open(io.BytesIO(answered("image/jpeg", data)[1])).getpixel((8, 8)) for data in (plain, named)]
    assert seen[1][0] > seen[0][0] + 8  # type: ignore[index]
    assert not colour.says_adobe_rgb(None)


def test_samples_of_jpeg_xl_become_bytes() -> None:
    """Of 8, 16, 32 and floating-point bits; of further channels the first three."""
    for array, seen in (
        (np.full((2, 2), 9, np.uint8), (2, 2)),
        (np.full((2, 2, 1), 0x0901, np.uint16), (2, 2)),
        (np.full((2, 2, 3), 9 << 24, np.uint32), (2, 2, 3)),
        (np.full((2, 2, 4), 9 / 255, np.float32), (2, 2, 4)),
        (np.full((2, 2, 5), 9, np.uint8), (2, 2, 3)),
    ):
        eight = jxl_colour.in_eight_bits(array)
        assert (eight.dtype, eight.shape, int(eight.flat[0])) == (np.uint8, seen, 9)


def test_the_header_of_jpeg_xl_is_found_in_its_boxes() -> None:
    """In one box, in parts, with a length of eight bytes or none at all; else it is refused."""
    stream = photos_jxl.naked()
    for data in (
        stream,
        photos_jxl.container(photos.box(b"jxlc", stream)),
        photos_jxl.container(*photos_jxl.parts(stream, 3, 9)),
        photos_jxl.SIGNATURE + b"\0\0\0\1jxlc" + (16 + len(stream)).to_bytes(8, "big") + stream,
        photos_jxl.SIGNATURE + b"\0\0\0\0jxlc" + stream,
    ):
        assert jxl_colour.read(data).width == 64
    for data in (photos_jxl.SIGNATURE + b"\0\0\0\3free", photos_jxl.SIGNATURE, b""):
        with pytest.raises(CannotDecode):
            jxl_colour.read(data)


def bits(*fields: tuple[int, int]) -> Bits:
    """Write numbers of so many bits each, the lowest first."""
    number = at = 0
    for value, count in fields:
        number |= value << at
        at += count
    return Bits(number.to_bytes(at // 8 + 1, "little"))


def test_the_colours_of_jpeg_xl_are_read_by_number() -> None:
    """Display P3 and DCI-P3 have one name and two whites; grey has no primaries; points of its own are passed over."""
    zero, one = (0, 2), (1, 2)

    def named(value: int) -> tuple[tuple[int, int], ...]:
        return (one,) if value == 1 else (((2, 2), (value - 2, 4)) if value < 18 else ((3, 2), (value - 18, 6)))

    own = ((0, 2), (7, 19))
    for fields, code in (
        ((zero, *named(1), *named(11), (0, 1), *named(13)), (12, 13)),
        ((zero, *named(11), *named(11), (0, 1), *named(17)), (11, 17)),
        ((zero, *named(1), *named(9), (0, 1), *named(18)), (9, 18)),
        ((one, *named(1), (0, 1), *named(8)), (2, 8)),
        ((zero, *named(1), *named(1), (1, 1), (4_545_455, 24)), (1, 2)),
        ((zero, *named(2), *own, *own, *named(2), *own * 6, (0, 1), *named(13)), (2, 13)),
        (named(2), (2, 2)),
    ):
        assert jxl_codes.read(bits(*fields)) == code


# --- asking ---------------------------------------------------------------------------------------------


def test_what_is_not_installed_is_said_before_anything_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """JPEG XL without its extra, for instance; what Pillow always decodes needs nothing."""
    for media_type in MediaType:
        asking.expect_decodable(media_type)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(asking, "find_spec", lambda _: None)
    with pytest.raises(UnsupportedImage, match="what decodes JPEG XL is not installed") as caught:
        asking.expect_decodable(MediaType.JXL)
    assert caught.value.hint == "Install it, then try again:  pip install 'imgfile[jxl]'"
    asking.expect_decodable(MediaType.TIFF)


def test_a_decoder_that_does_not_load_is_one_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found only when it is imported."""

    def refusing(*_: object, **__: object) -> None:
        raise Refused("library")

    monkeypatch.setattr(asking, "ask", refusing)
    with pytest.raises(UnsupportedImage, match="what decodes HEIC is not installed"):
        asking.decode(SOUND["image/heic"](), MediaType.HEIC)
    with pytest.raises(UnsupportedImage, match="its decoder broke off"):
        asking.decode(SOUND["image/bmp"](), MediaType.BMP)


def test_only_the_photos_own_decoder_is_given_it() -> None:
    """What is called something else than it is goes to none."""
    with pytest.raises(UnsupportedImage, match="does not know this kind"):
        asking.decode(SOUND["image/png"](), MediaType.TIFF)


def test_several_come_in_order_each_with_its_own_end() -> None:
    """Several at once; one that fails takes none with it."""

    def width_of(case: tuple[bytes, MediaType]) -> int | None:
        try:
            return asking.decode(*case).width
        except UnsupportedImage:
            return None

    cases = [(photos.jpeg(photos.pixels(40 + number, 20)), MediaType.JPEG) for number in range(3)]
    cases.insert(1, (photos.jpeg()[:300], MediaType.JPEG))
    with ThreadPoolExecutor(len(cases)) as threads:
        assert list(threads.map(width_of, cases)) == [40, None, 41, 42]
