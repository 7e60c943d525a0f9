"""PNG and APNG: one hiding place or one fault each."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from imgfile.errors import UnsupportedImage
from imgfile.images.draft import COLOUR_LOST, END_PUT_BACK, ORIENTATION_UNSURE
from imgfile.images.formats.png import animation
from imgfile.images.formats.png import picture as png_picture
from imgfile.images.strip import strip
from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import chunk, photo, with_chunks
from kit.photos.judge import leaks, shown, survivors
from kit.tools import tool

SECRET = "CANARY-0451-SECRET"
HIDDEN = SECRET.encode()
PLAIN = photos.png()
PALETTED = photos.png(photos.pixels(mode="P"))
GREY = photos.png(photos.pixels(mode="L"))
ANIMATED = photos.animation()
HEADER = PLAIN[8:33]


def _profiled(profile: bytes, name: bytes = HIDDEN) -> bytes:
    return with_chunks(PLAIN, chunk(b"iCCP", name + b"\0\0" + zlib.compress(profile)))


HIDING_PLACES = {
    **{
        name.decode(): with_chunks(PLAIN, chunk(name, HIDDEN))
        for name in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME", b"caBX", b"iDOT", b"prVt", b"sPLT", b"hIST", b"oFFs")
    },
    **{
        f"a {name.decode()} of the wrong length": with_chunks(PLAIN, chunk(name, HIDDEN * 2))
        for name in (b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"pHYs", b"tRNS", b"acTL")
    },
    "a second gAMA": with_chunks(PLAIN, chunk(b"gAMA", b"\0\0\xb1\x8f"), chunk(b"gAMA", b"CNRY")),
    "a gAMA behind the picture": with_chunks(PLAIN, chunk(b"gAMA", b"CNRY"), before=b"IEND"),
    "a palette in a grey picture": with_chunks(GREY, chunk(b"PLTE", HIDDEN)),
    "a transparency longer than the palette": with_chunks(
        PALETTED[: PALETTED.index(b"PLTE") - 4]
        + chunk(b"PLTE", bytes(range(255)) * 3)
        + PALETTED[PALETTED.index(b"IDAT") - 4 :],
        chunk(b"tRNS", HIDDEN + bytes(256)),
    ),
    "text behind the picture": with_chunks(PLAIN, chunk(b"tEXt", b"Comment\0" + HIDDEN), before=b"IEND"),
    "compressed text": with_chunks(PLAIN, chunk(b"zTXt", b"Comment\0\0" + zlib.compress(HIDDEN))),
    "text that is no zlib stream": with_chunks(PLAIN, chunk(b"zTXt", b"Comment\0\0" + HIDDEN)),
    "a raw profile that is no hexadecimal": with_chunks(PLAIN, chunk(b"tEXt", b"Raw profile type exif\0\n\n\nxyz")),
    "a raw XMP profile": with_chunks(PLAIN, photos.raw_profile("xmp", photos.xmp(SECRET))),
    "a raw IPTC record": with_chunks(PLAIN, photos.raw_profile("iptc", b"\x1c\x02\x78\0\x12" + HIDDEN)),
    "Exif with the mark of JPEG": with_chunks(PLAIN, chunk(b"eXIf", photos.exif(6))),
    "a second Exif": with_chunks(
        PLAIN, chunk(b"eXIf", photos.exif(6)[6:]), chunk(b"eXIf", photos.exif(3)[6:] + HIDDEN)
    ),
    "Exif behind the picture": with_chunks(PLAIN, chunk(b"eXIf", photos.exif(8)[6:]), before=b"IEND"),
    "the profile's name": _profiled(photos.display_profile()),
    "behind the profile's stream": with_chunks(
        PLAIN, chunk(b"iCCP", b"x\0\0" + zlib.compress(photos.display_profile()) + HIDDEN)
    ),
    "inside IEND": PLAIN[:-12] + chunk(b"IEND", HIDDEN),
    "behind the picture's stream, in its chunk": PLAIN[:33]
    + chunk(b"IDAT", PLAIN[PLAIN.index(b"IDAT") + 4 : -16] + HIDDEN)
    + PLAIN[-12:],
    "behind the picture's stream, in another chunk": photos.behind_picture(PLAIN, HIDDEN),
    "behind the end": PLAIN + HIDDEN,
    "a photo behind the end": PLAIN + photos.phone_jpeg(),
    "frames that nothing announces": photos.animation(is_announced=False),
    "everywhere": photos.png_with_metadata(),
}


UNOPENABLE = frozenset({"eXIf", "a acTL of the wrong length", "a raw profile that is no hexadecimal", "a second Exif"})
"""Pillow gives up on a broken block, and obeys the last of several."""


@pytest.mark.parametrize("name", HIDING_PLACES)
def test_nothing_hidden_survives_and_the_picture_is_the_same(name: str) -> None:
    """Nothing hidden survives and the picture is the same."""
    original = HIDING_PLACES[name]
    stripped = strip(photo(original))
    assert survivors(stripped.data, (SECRET, "CNRY", *photos.CANARIES), photos.GPS_BYTES) == []
    if name not in UNOPENABLE:
        assert shown(stripped.data) == shown(original)
    assert len(stripped.data) <= len(original) + 36
    assert strip(photo(stripped.data)).data == stripped.data
    assert strip(photo(stripped.data)).removed == ()
    assert stripped.removed


@pytest.mark.slow
@pytest.mark.parametrize("name", HIDING_PLACES)
def test_exiftool_finds_nothing_that_identifies(name: str) -> None:
    """Exiftool finds nothing that identifies."""
    assert leaks(strip(photo(HIDING_PLACES[name])).data, tool("exiftool")) == []


def _frame_control(sequence: int, width: int = 32, height: int = 24, left: int = 0) -> bytes:
    return chunk(b"fcTL", struct.pack(">LLLLLHHBB", sequence, width, height, left, 0, 1, 10, 0, 0))


def _header(**changes: int) -> bytes:
    fields = {"width": 64, "height": 48, "depth": 8, "colour": 2, "compression": 0, "filter": 0, "interlace": 0}
    return chunk(b"IHDR", struct.pack(">LLBBBBB", *(fields | changes).values()))


def _with_header(**changes: int) -> bytes:
    return PLAIN[:8] + _header(**changes) + PLAIN[33:]


def _pictured(raw: bytes, *, wrap: bytes = b"") -> bytes:
    return PLAIN[:33] + chunk(b"IDAT", zlib.compress(raw) + wrap) + PLAIN[-12:]


RAW = zlib.decompress(PLAIN[PLAIN.index(b"IDAT") + 4 : -16])
STREAM = zlib.compress(RAW)
CONTRADICTION = "animation contradicts"
FAULTS = {
    "cut in the picture": (PLAIN[:200], "cut short"),
    "only a signature": (PLAIN[:8], "cut short"),
    "no header": (PLAIN[:8] + PLAIN[33:], "header"),
    "a short header": (PLAIN[:8] + chunk(b"IHDR", bytes(12)) + PLAIN[33:], "wrong length"),
    "an unknown colour type": (_with_header(colour=5), "does not have"),
    "an unknown depth": (_with_header(depth=4), "does not have"),
    "an unknown compression": (_with_header(compression=1), "does not have"),
    "an unknown filter": (_with_header(filter=1), "does not have"),
    "an unknown interlacing": (_with_header(interlace=2), "does not have"),
    "no width": (_with_header(width=0), "no size"),
    "a bomb": (_with_header(width=30_000, height=30_000), "30000 x 30000"),
    "a wrong checksum": (PLAIN[:-20] + b"XXXX" + PLAIN[-16:], "checksum"),
    "a chunk without a name": (with_chunks(PLAIN, chunk(b"t\0Xt", b"")), "valid name"),
    "an unknown critical chunk": (with_chunks(PLAIN, chunk(b"CgBX", b"1234")), "ordinary programs"),
    "Apple's own variant": (PLAIN[:8] + chunk(b"CgBI", b"1234") + PLAIN[8:], "variant of PNG (CgBI)"),
    "an interrupted picture": (
        photos.behind_picture(with_chunks(PLAIN, chunk(b"tEXt", b"a\0b"), before=b"IEND"), b""),
        "interrupted",
    ),
    "no palette": (PALETTED.replace(b"PLTE", b"prVt"), "palette is missing"),
    "a broken palette": (
        PALETTED[: PALETTED.index(b"PLTE") - 4] + chunk(b"PLTE", b"1234") + PALETTED[PALETTED.index(b"IDAT") - 4 :],
        "palette has the wrong length",
    ),
    "half a picture": (_pictured(RAW[: len(RAW) // 2]), "about 50 % of the picture is missing"),
    "all but the last pixel": (_pictured(RAW[:-1]), "its end is missing"),
    "a stream without its end": (PLAIN[:33] + chunk(b"IDAT", STREAM[:-3]) + PLAIN[-12:], "cut short"),
    "no picture at all": (PLAIN[:33] + PLAIN[-12:], "100 % of the picture"),
    "a broken stream": (PLAIN[:33] + chunk(b"IDAT", b"no zlib") + PLAIN[-12:], "cannot be read"),
    "more rows than the picture has": (_pictured(RAW + HIDDEN), "more than its pixels"),
    "frames in the wrong order": (ANIMATED.replace(b"fcTL\0\0\0\1", b"fcTL\0\0\0\2"), "checksum"),
    "a wrong sequence": (with_chunks(ANIMATED, _frame_control(7), before=b"IEND"), CONTRADICTION),
    "more frames than announced": (with_chunks(ANIMATED, _frame_control(5), before=b"IEND"), CONTRADICTION),
    "a frame control of the wrong length": (
        with_chunks(ANIMATED, chunk(b"fcTL", b"\0\0\0\5"), before=b"IEND"),
        CONTRADICTION,
    ),
    "a frame control too short to number": (
        with_chunks(ANIMATED, chunk(b"fcTL", b"\0"), before=b"IEND"),
        CONTRADICTION,
    ),
    "a frame outside the picture": (with_chunks(ANIMATED, _frame_control(5, left=1), before=b"IEND"), CONTRADICTION),
    "a frame of no size": (with_chunks(ANIMATED, _frame_control(5, width=0), before=b"IEND"), CONTRADICTION),
    "announced twice": (
        with_chunks(photos.animation(), chunk(b"acTL", b"\0\0\0\3\0\0\0\0")),
        CONTRADICTION,
    ),
    "announced but without frames": (with_chunks(PLAIN, chunk(b"acTL", b"\0\0\0\2\0\0\0\0")), CONTRADICTION),
    "data before any frame": (
        with_chunks(PLAIN, chunk(b"acTL", b"\0\0\0\1\0\0\0\0"), chunk(b"fdAT", bytes(4))),
        CONTRADICTION,
    ),
    "a first frame smaller than the picture": (
        with_chunks(PLAIN, chunk(b"acTL", b"\0\0\0\1\0\0\0\0"), _frame_control(0)),
        CONTRADICTION,
    ),
    "bytes behind a frame": (
        with_chunks(ANIMATED, chunk(b"fdAT", b"\0\0\0\5" + HIDDEN), before=b"IEND"),
        "hide behind a frame",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_refused_with_a_clear_sentence(name: str) -> None:
    """A fault is refused with a clear sentence."""
    data, words = FAULTS[name]
    with pytest.raises(UnsupportedImage) as refused:
        strip(photo(data))
    assert words in refused.value.message
    assert SECRET not in refused.value.message


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
@pytest.mark.parametrize("size", [(64, 48), (1, 1), (3, 5)])
def test_every_ordinary_kind_stays_byte_for_byte(mode: str, size: tuple[int, int]) -> None:
    """Every ordinary kind stays byte for byte."""
    original = photos.png(photos.pixels(*size).convert("I" if mode == "I;16" else mode).convert(mode))
    assert strip(photo(original)).data == original


def test_colour_and_density_chunks_stay() -> None:
    """Colour and density chunks stay."""
    kept = (
        *(chunk(b"cICP", b"\x0c\x0d\0\1"), chunk(b"sRGB", b"\0"), chunk(b"gAMA", b"\0\0\xb1\x8f")),
        *(chunk(b"cHRM", bytes(32)), chunk(b"mDCV", bytes(24)), chunk(b"cLLI", bytes(8)), chunk(b"sBIT", b"\5\6\5")),
        *(chunk(b"bKGD", bytes(6)), chunk(b"tRNS", bytes(6)), chunk(b"pHYs", bytes(9))),
    )
    original = with_chunks(PLAIN, *kept)
    assert strip(photo(original)).data == original


def test_an_animation_stays_byte_for_byte() -> None:
    """An animation stays byte for byte."""
    assert strip(photo(ANIMATED)).data == ANIMATED


def test_an_animation_with_a_still_picture_of_its_own_stays() -> None:
    """An animation with a still picture of its own stays."""
    original = photos.png(
        photos.pixels(32, 24), save_all=True, append_images=[photos.pixels(32, 24).rotate(180)], default_image=True
    )
    assert strip(photo(original)).data == original


def test_an_animation_of_too_many_pixels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An animation of too many pixels is refused."""
    monkeypatch.setattr(animation, "MAX_ANIMATION_PIXELS", 1000)
    with pytest.raises(UnsupportedImage, match="animation has too many pixels"):
        strip(photo(ANIMATED))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_carried(orientation: int) -> None:
    """Every orientation is carried."""
    original = with_chunks(PLAIN, chunk(b"eXIf", photos.exif(orientation)[6:]))
    stripped = strip(photo(original))
    assert (stripped.orientation, shown(stripped.data)) == (orientation, shown(original))
    assert (stripped.width, stripped.height) == shown(original)[0]


def test_an_orientation_is_found_behind_any_number_of_chunks() -> None:
    """An orientation is found behind any number of chunks."""
    notes = [chunk(b"tEXt", b"Note\0%d" % number) for number in range(300)]
    original = with_chunks(PLAIN, *notes, chunk(b"eXIf", photos.exif(6)[6:]))
    assert strip(photo(original)).orientation == 6


def test_blocks_that_contradict_each_other_are_reported() -> None:
    """Blocks that contradict each other are reported."""
    assert ORIENTATION_UNSURE in strip(photo(HIDING_PLACES["a second Exif"])).warnings


@pytest.mark.parametrize(
    "part",
    [
        photos.international("XML:com.adobe.xmp", b'<x tiff:Orientation="8"/>'),
        photos.raw_profile("exif", photos.exif(6)),
    ],
    ids=["XMP", "raw profile"],
)
def test_an_orientation_that_only_some_programs_obey_is_reported(part: bytes) -> None:
    """An orientation that only some programs obey is reported."""
    assert ORIENTATION_UNSURE in strip(photo(with_chunks(PLAIN, part))).warnings


@pytest.mark.parametrize(
    "profile", [b"", b"no profile", photos.display_profile()[:100]], ids=["empty", "none", "cut off"]
)
def test_a_profile_that_cannot_be_read_is_left_out_and_said(profile: bytes) -> None:
    """A profile that cannot be read is left out and said."""
    stripped = strip(photo(_profiled(profile)))
    assert COLOUR_LOST in stripped.warnings
    assert b"iCCP" not in stripped.data


@pytest.mark.parametrize("missing", [1, 4, 5])
def test_a_profile_counts_even_if_its_stream_has_no_end(missing: int) -> None:
    """A profile that is all there counts even if its stream has no end: libpng shows its colours."""
    packed = zlib.compress(photos.display_profile())[:-missing]
    original = with_chunks(PLAIN, chunk(b"iCCP", b"x\0\0" + packed))
    stripped = strip(photo(original))
    assert stripped.warnings == ()
    assert stripped.data == strip(photo(_profiled(photos.display_profile()))).data


def test_a_profile_of_which_a_part_is_missing_is_left_out_and_said() -> None:
    """A profile of which a part is missing is left out and said."""
    packed = zlib.compress(photos.display_profile())[:-80]
    stripped = strip(photo(with_chunks(PLAIN, chunk(b"iCCP", b"x\0\0" + packed))))
    assert stripped.warnings == (COLOUR_LOST,)


def test_a_profile_shows_the_same_colours_without_its_names() -> None:
    """A profile shows the same colours without its names."""
    stripped = strip(photo(_profiled(photos.display_profile())))
    with Image.open(io.BytesIO(stripped.data)) as image:
        assert survivors(image.info["icc_profile"], photos.CANARIES) == []
    assert shown(stripped.data) == shown(_profiled(photos.display_profile()))


def test_small_zlib_bombs_do_not_add_up() -> None:
    """Small zlib bombs do not add up."""
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1 << 20), 9))
    stripped = strip(photo(with_chunks(PLAIN, *[bomb] * 200)))
    assert stripped.data == PLAIN
    assert len(stripped.removed) == 200


def test_interlaced_pictures_of_every_small_size_are_measured_right() -> None:
    """The expected length of Adam7 (PNG §8.2), against a count of the pixels of each pass."""
    pattern = ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"]
    for width in range(1, 12):
        for height in range(1, 12):
            header = png_picture.Header(width, height, 1, 0, is_interlaced=True)
            rows = [[pattern[y % 8][x % 8] for x in range(width)] for y in range(height)]
            expected = sum(1 + -(-row.count(step) // 8) for row in rows for step in set(row))
            assert header.stream_bytes(width, height) == expected


@pytest.mark.slow
def test_more_chunks_than_any_photo_has_are_refused() -> None:
    """More chunks than any photo has are refused."""
    with pytest.raises(UnsupportedImage, match="too many chunks"):
        strip(photo(with_chunks(PLAIN, chunk(b"prVt", b"") * 100_001)))


@pytest.mark.parametrize("left", [0, 4, 8, 11])
@pytest.mark.parametrize("original", [PLAIN, PALETTED, photos.animation()], ids=["plain", "paletted", "animation"])
def test_a_picture_that_lacks_only_its_end_is_closed(original: bytes, left: int) -> None:
    """Whole but for its end chunk, it is stripped, closed, and that is said; a byte less of the picture is refused."""
    stripped = strip(photo(original[: len(original) - 12 + left]))
    assert stripped.data == strip(photo(original)).data
    assert stripped.warnings == (END_PUT_BACK,)
    with pytest.raises(UnsupportedImage, match="cut short"):
        strip(photo(PLAIN[: -12 - 5]))
