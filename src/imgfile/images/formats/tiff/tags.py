"""Which tags a stripped TIFF may hold, and what others are called (TIFF 6.0; Technical Notes 1 and 2; ICC.1)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from imgfile.frozen import dataclass

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, FLOAT, DOUBLE, LONG8 = 1, 2, 3, 4, 5, 7, 11, 12, 16
CODES: Final = {BYTE: "B", SHORT: "H", LONG: "L", 13: "L", LONG8: "Q", 18: "Q"}
"""Unsigned integer types as `struct` codes."""


class Count(StrEnum):
    """How many values a tag has, where that depends on the page."""

    SAMPLES = "one a sample"
    COLOURS = "a table of colours"
    PIECES = "one a strip or tile"
    BYTES = "any"


@dataclass(frozen=True, slots=True)
class Tag:
    """What a kept tag must look like. One that does not is left out; if the picture needs it, the page is refused."""

    name: str
    types: frozenset[int]
    count: int | Count
    is_needed: bool = False


_WHOLE: Final = frozenset({BYTE, SHORT, LONG, LONG8})
"""Integers of any width: writers take whichever they like, and libtiff reads them all. BigTIFF's are narrowed."""
_SHORT: Final = frozenset({SHORT})
_RATIO: Final = frozenset({RATIONAL})
_RAW: Final = frozenset({BYTE, UNDEFINED})
_NUMBERS: Final = frozenset({BYTE, SHORT, LONG, RATIONAL, 6, 8, 9, FLOAT, DOUBLE})

SUBFILE, OLD_SUBFILE, WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC = 254, 255, 256, 257, 258, 259, 262
REVERSED: Final = 2
"""FillOrder: the lowest bit of a byte comes first."""
FILL_ORDER, STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS, STRIP_BYTES, PLANAR = 266, 273, 274, 277, 278, 279, 284
TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_BYTES = 322, 323, 324, 325
SUBDIRECTORIES, JPEG_TABLES, THUMBNAIL, SUBSAMPLING, PROFILE = 330, 347, 513, 530, 34675

KEPT: Final[dict[int, Tag]] = {
    SUBFILE: Tag("NewSubfileType", _WHOLE, 1),
    WIDTH: Tag("ImageWidth", _WHOLE, 1, is_needed=True),
    LENGTH: Tag("ImageLength", _WHOLE, 1, is_needed=True),
    BITS: Tag("BitsPerSample", _WHOLE, Count.SAMPLES, is_needed=True),
    COMPRESSION: Tag("Compression", _WHOLE, 1, is_needed=True),
    PHOTOMETRIC: Tag("PhotometricInterpretation", _WHOLE, 1, is_needed=True),
    263: Tag("Threshholding", _WHOLE, 1),
    FILL_ORDER: Tag("FillOrder", _WHOLE, 1, is_needed=True),
    STRIP_OFFSETS: Tag("StripOffsets", _WHOLE, Count.PIECES, is_needed=True),
    ORIENTATION: Tag("Orientation", _WHOLE, 1),
    SAMPLES: Tag("SamplesPerPixel", _WHOLE, 1, is_needed=True),
    ROWS: Tag("RowsPerStrip", _WHOLE, 1, is_needed=True),
    STRIP_BYTES: Tag("StripByteCounts", _WHOLE, Count.PIECES, is_needed=True),
    280: Tag("MinSampleValue", _WHOLE, Count.SAMPLES),
    281: Tag("MaxSampleValue", _WHOLE, Count.SAMPLES),
    282: Tag("XResolution", _RATIO, 1),
    283: Tag("YResolution", _RATIO, 1),
    PLANAR: Tag("PlanarConfiguration", _WHOLE, 1, is_needed=True),
    290: Tag("GrayResponseUnit", _WHOLE, 1),
    291: Tag("GrayResponseCurve", _SHORT, Count.COLOURS),
    292: Tag("T4Options", _WHOLE, 1, is_needed=True),
    293: Tag("T6Options", _WHOLE, 1, is_needed=True),
    296: Tag("ResolutionUnit", _WHOLE, 1),
    297: Tag("PageNumber", _WHOLE, 2),
    301: Tag("TransferFunction", _SHORT, Count.COLOURS),
    317: Tag("Predictor", _WHOLE, 1, is_needed=True),
    318: Tag("WhitePoint", _RATIO, 2),
    319: Tag("PrimaryChromaticities", _RATIO, 6),
    320: Tag("ColorMap", _SHORT, Count.COLOURS, is_needed=True),
    TILE_WIDTH: Tag("TileWidth", _WHOLE, 1, is_needed=True),
    TILE_LENGTH: Tag("TileLength", _WHOLE, 1, is_needed=True),
    TILE_OFFSETS: Tag("TileOffsets", _WHOLE, Count.PIECES, is_needed=True),
    TILE_BYTES: Tag("TileByteCounts", _WHOLE, Count.PIECES, is_needed=True),
    332: Tag("InkSet", _WHOLE, 1, is_needed=True),
    334: Tag("NumberOfInks", _WHOLE, 1),
    338: Tag("ExtraSamples", _WHOLE, Count.SAMPLES, is_needed=True),
    339: Tag("SampleFormat", _WHOLE, Count.SAMPLES, is_needed=True),
    340: Tag("SMinSampleValue", _NUMBERS, Count.SAMPLES),
    341: Tag("SMaxSampleValue", _NUMBERS, Count.SAMPLES),
    JPEG_TABLES: Tag("JPEGTables", _RAW, Count.BYTES, is_needed=True),
    529: Tag("YCbCrCoefficients", _RATIO, 3, is_needed=True),
    SUBSAMPLING: Tag("YCbCrSubSampling", _WHOLE, 2, is_needed=True),
    531: Tag("YCbCrPositioning", _WHOLE, 1),
    532: Tag("ReferenceBlackWhite", _RATIO, 6, is_needed=True),
    PROFILE: Tag("ICCProfile", _RAW, Count.BYTES),
}
"""Every tag that an output may hold. Strips, tiles, JPEG tables and profiles are written anew or sanitised."""

COMPRESSIONS: Final = {
    1: "none",
    2: "CCITT RLE",
    3: "fax group 3",
    4: "fax group 4",
    5: "LZW",
    7: "JPEG",
    8: "Deflate",
    32773: "PackBits",
    32946: "older Deflate",
    34925: "LZMA",
    50000: "Zstandard",
}
PHOTOMETRICS: Final = frozenset({0, 1, 2, 3, 4, 5, 6, 8, 9, 10})
"""Grey, RGB, palette, mask, CMYK, YCbCr and the three kinds of Lab."""
UNCOMPRESSED, OLD_JPEG, JPEG = 1, 6, 7
OLD_JPEG_BYTES: Final = 514
"""How long an older JPEG, or a thumbnail, is (TIFF 6.0 §22)."""
YCBCR: Final = 6

RAW_PHOTOMETRICS: Final = frozenset({32803, 34892})
"""A colour filter array, and Adobe's linear raw."""
RAW_COMPRESSIONS: Final = frozenset({32767, 32769, 32770, 34713, 65000, 65535})
"""Sony, Epson, Samsung, Nikon, Kodak, Pentax."""
RAW_TAGS: Final = frozenset({33421, 33422, 50706, 50710})
"""The patterns of a filter array; DNG's version and colours."""

DROPPED: Final = {
    269: "DocumentName",
    285: "PageName",
    SUBDIRECTORIES: "SubIFDs",
    333: "InkNames",
    700: "XMP",
    32781: "ImageID",
    33550: "GeoTIFF",
    33723: "IPTC",
    33922: "GeoTIFF",
    34264: "GeoTIFF",
    34377: "Photoshop",
    34665: "Exif",
    34735: "GeoTIFF",
    34736: "GeoTIFF",
    34737: "GeoTIFF",
    34853: "GPS",
    37724: "Photoshop layers",
    42112: "GDAL metadata",
    50341: "PrintIM",
    52545: "C2PA",
}
"""Names for what is dropped; every tag that is not kept is."""
