"""Write docs/reference/stripping.md from the allow-lists that strip obeys.

PYTHONPATH=tests python -m kit.stripping_page
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from imgfile.images.formats.bmp import strip as bmp
from imgfile.images.formats.gif import strip as gif
from imgfile.images.formats.heif import items as heif_items
from imgfile.images.formats.heif import properties as heif_properties
from imgfile.images.formats.heif import sei
from imgfile.images.formats.heif import write as heif_write
from imgfile.images.formats.jpeg import strip as jpeg
from imgfile.images.formats.jpeg_segments import FRAMES
from imgfile.images.formats.jxl import strip as jxl
from imgfile.images.formats.png import strip as png
from imgfile.images.formats.tiff import tags as tiff_tags
from imgfile.images.formats.webp import strip as webp
from imgfile.images.identify import Foreign
from imgfile.images.metadata import icc
from kit.tools import REPOSITORY

PAGE: Final = REPOSITORY / "docs" / "reference" / "stripping.md"

_HEAD: Final = """\
# What stays in a photo, and what goes

Made from the lists that `imgfile strip` obeys by `tests/kit/stripping_page.py`; a test compares the two. What is not
named here is dropped; what is not understood is refused. Coded pictures are never decoded and encoded again: their
bytes stay the very same up to the picture's end, and the result is checked by a second walk before anything is
written.

In every format: places, dates, names, makers, models, serial numbers, software, comments, thumbnails, editing history,
further pictures, videos and whatever follows the picture's end go. How the photo is turned stays, and so do its
colours: a profile is rebuilt from the tags that colour is computed from, without the names and serials in it. A scan's
density that its Exif alone states stays, in JFIF or pHYs. How many further pictures went, and what they are, is said.

What no stripping removes: burned-in text, faces, the sensor's noise, an encoder's habits, and names of files and
folders.
"""

_ENDS: Final = (
    (
        "GIF",
        "behind the last pixel's code, or the end code",
        "colours that no pixel uses; how codes are cut into sub-blocks",
    ),
    (
        "TIFF: LZW, PackBits, Deflate, LZMA, none",
        "behind the last pixel, or the end of the stream",
        "an LZMA stream that holds more than its pixels; colours that no pixel uses",
    ),
    ("TIFF: Zstandard", "behind the frame", "a frame that holds more than its pixels"),
    (
        "TIFF: fax group 3 and 4",
        "behind the codes that end a page",
        "what follows the last line where those codes are missing; group 3 without codes at all",
    ),
    ("TIFF: JPEG", "tables that no strip or tile uses", "what follows the last block of a scan"),
    (
        "PNG",
        "behind the stream; a palette of true colour; more colours than the depth can name",
        "colours that no pixel uses",
    ),
    (
        "JPEG",
        "tables that no scan uses; with `strip --prove`, or where it looks amiss, behind the last block of a scan",
        "without `--prove`: what looks like coded data; arithmetic and lossless coding; more than 64 million pixels",
    ),
    (
        "WebP",
        "what libwebp, by way of Pillow, decodes without at the end of a lossless picture, transparency or partition",
        "less than four bytes a partition; without `--prove`, pictures of more than 8 million pixels",
    ),
    (
        "HEIC, HEIF, AVIF",
        "with `strip --prove`, or where letters stand there: what decodes without at the end of a slice or of tiles",
        "less than eight bytes; a tile before the last of its frame",
    ),
    ("JPEG XL", "nothing; letters at its end are told", "what follows the last bits of the codestream"),
)
"""Where bytes that no decoder shows may stand in coded data: the format, what goes, what is not looked at."""

_JPEG_SEGMENTS: Final = {
    "SOF": "frame, verbatim: baseline, extended, progressive, lossless; Huffman or arithmetic",
    "DHT": "tables that some scan uses, verbatim",
    "DAC": "tables that some scan uses, verbatim",
    "DQT": "tables that some scan uses, verbatim",
    "DNL": "height, verbatim",
    "DRI": "restart interval that some scan uses, verbatim",
    "SOS": "scan with its coded data, verbatim",
    "EOI": "end",
    "APP0 JFIF": "version and density, if it was there; no thumbnail",
    "APP1 Exif": "only the orientation, or the mark of Adobe RGB, in a minimal block",
    "APP2 ICC": "colour profile, sanitised",
    "APP14 Adobe": "how the colours are coded, if it was there",
}

_JXL_BOXES: Final = {
    b"JXL ": "the signature",
    b"ftyp": "its one brand, written anew",
    b"jxll": "the level, one byte",
    b"jxlc": "the codestream, verbatim",
    b"jxlp": "a part of the codestream, verbatim",
}

_CHANGED: Final = {
    tiff_tags.PROFILE: "sanitised",
    tiff_tags.JPEG_TABLES: "without application segments and comments",
}


def page() -> str:
    """Return the whole page."""
    return "\n".join((_HEAD, *_sections(), *_ends(), *_refused(), *_profiles()))


def _sections() -> Iterator[str]:
    yield from _section("JPEG", _JPEG_SEGMENTS)
    yield "A JPEG without its end is refused, with how much of it can be seen. One that was cut and closed again, or"
    yield "filled with zeros, is stripped, and how much is missing is said. Of what cameras write (sequential, Huffman,"
    yield "one scan) about 98 of 100 such cuts are noticed from the last bits; of progressive ones, scans that lack.\n"
    yield from _section("PNG and APNG", dict(sorted(_png_chunks())))
    yield from _section("WebP", {name.decode().strip(): how for name, how in webp.KEPT.items()})
    yield from _section("GIF", gif.KEPT)
    yield from _section("BMP", bmp.KEPT)
    yield from _heif_sections()
    yield from _section("TIFF", dict(_tiff_tags()))
    yield "Strips and tiles stay verbatim, up to their pixels' end, in these compressions:"
    yield f"{_listed(tiff_tags.COMPRESSIONS.values())}."
    yield "In JPEG strips and tables, application segments and comments go. Smaller copies of a page go; pages stay."
    yield f"Named among what goes: {_listed(dict.fromkeys(tiff_tags.DROPPED.values()))}; every private tag.\n"


def _ends() -> Iterator[str]:
    yield "## Behind the picture, in its coded data\n"
    yield "Bytes that no decoder shows can stand in the coded data themselves, where all pixels are there already."
    yield "Where the format says where that is, they go, and are told as `data behind the picture`. Codes that break"
    yield "off before all pixels are there stay as they are, which is said: programs disagree about what they show.\n"
    yield "A JPEG does not say where a scan's last block ends. Its codes are stepped through where `strip --prove` asks"
    yield "for it, which takes a second or more, and by itself, in `ingest` and `inspect` too, where something looks"
    yield "amiss: text before a marker, bits that do not end with a block, or more bytes than its pixels can take."
    yield "Before restarts in the middle of more than a megabyte text is not looked for. What is found is cut only if"
    yield "a decoder (Pillow) shows the very same pixels with and without it; else its size is said.\n"
    yield "| format | what goes | what is not looked at |"
    yield "| --- | --- | --- |"
    yield from (f"| {name} | {gone} | {left} |" for name, gone, left in _ENDS)
    yield ""


def _heif_sections() -> Iterator[str]:
    yield from _section("HEIC, HEIF and AVIF", dict(_heif_parts()))
    yield "Items stay if they are the main picture, a part of it, or its transparency. The file is written anew from"
    yield f"these; brands that stay: {_ticked(heif_write.STILL_BRANDS)}.\n"
    yield "Tracks go: a motion photo's video and sound, and a single picture, which is said. An image sequence (a track"
    yield "of several pictures, or of one without a main picture beside it) is refused: no phone mails such files, and"
    yield "a second, independent reading of their tables would cost more than it serves.\n"
    yield "What encoders write between coded pictures is overwritten with filler of the same length. Messages that"
    yield f"stay: of HEVC {_numbered(sei.KEPT_MESSAGES[sei.HEVC])};"
    yield f"of AVC {_numbered(sei.KEPT_MESSAGES[sei.AVC])};"
    yield f"metadata of AV1 {_numbered(sei.AV1_METADATA)}.\n"
    yield from _section("JPEG XL", {name.decode().strip(): _JXL_BOXES[name] for name in sorted(jxl.KEPT)})
    yield "A naked codestream has no boxes. In either, names of channels inside the codestream stay, which is said."
    yield "With a preview inside, the photo is refused; so it is with a colour profile, which is entropy-coded and may"
    yield "name a screen or a program: an independent decoder for it would cost more than it serves. Colours that the"
    yield "codestream gives by numbers (sRGB, Display P3) stay.\n"


def _heif_parts() -> Iterator[tuple[str, str]]:
    anew = {b"colr": "property; a profile in it sanitised", b"auxC": "property; of transparency only"}
    for kind in sorted(heif_items.KEPT_ITEMS):
        how = "put together from others" if kind in heif_items.DERIVED else "coded, verbatim"
        yield kind.decode(), f"item; {how}"
    for kind in sorted(heif_items.KEPT_REFERENCES):
        yield kind.decode(), "reference between items that stay"
    for name in sorted(heif_properties.KEPT):
        is_configuration = name in heif_properties.CODINGS.values()
        plain = "property; its parameter sets alone" if is_configuration else "property, without what hangs behind"
        yield name.decode(), anew.get(name, plain)


def _numbered(numbers: Iterable[int]) -> str:
    return _listed(map(str, sorted(numbers)))


def _ticked(names: Iterable[bytes]) -> str:
    return " ".join(f"`{name.decode()}`" for name in sorted(names))


def _section(name: str, kept: Mapping[str, str]) -> Iterator[str]:
    yield f"## {name}\n"
    yield "| stays | how |"
    yield "| --- | --- |"
    yield from (f"| `{part}` | {how} |" for part, how in kept.items())
    yield ""


def _png_chunks() -> Iterator[tuple[str, str]]:
    yield from ((name.decode(), "verbatim") for name in png.CRITICAL - {b"PLTE"})
    yield "PLTE", "verbatim, where pixels name its colours, and as many as they can name"
    yield from ((name.decode(), "verbatim, once, of its one valid length") for name in (*png.FIXED, *png.VARIED))
    yield from ((name.decode(), "verbatim, where `acTL` announces an animation") for name in png.ANIMATION)
    yield "iCCP", "colour profile, renamed and sanitised"
    yield "eXIf", "only the orientation, or the mark of Adobe RGB, in a minimal block"


def _tiff_tags() -> Iterator[tuple[str, str]]:
    anew = {tiff_tags.STRIP_OFFSETS, tiff_tags.STRIP_BYTES, tiff_tags.TILE_OFFSETS, tiff_tags.TILE_BYTES}
    for number, tag in tiff_tags.KEPT.items():
        how = "written anew" if number in anew else _CHANGED.get(number, "verbatim")
        yield tag.name, f"{number}; {how}"


def _refused() -> Iterator[str]:
    yield "## Refused\n"
    yield "| what it is | what to do |"
    yield "| --- | --- |"
    yield from (f"| {kind.value[0]} | {kind.value[1]} |" for kind in Foreign)
    yield ""


def _profiles() -> Iterator[str]:
    yield "## Colour profiles\n"
    tags = " ".join(f"`{tag.decode()}`" for tag in sorted(icc.KEPT_TAGS))
    yield f"Tags that stay: {tags}.\n"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def is_complete() -> bool:
    """Return whether the words for JPEG name every kind of segment that is kept."""
    return len(jpeg.KEPT - FRAMES) + 1 == sum(not name.startswith("APP") for name in _JPEG_SEGMENTS)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
