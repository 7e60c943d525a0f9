"""One page of a TIFF: whether it can be shown, which tags describe it, and where its strips or tiles lie.

TIFF 6.0; Technical Note 2 for JPEG. What is stored uncompressed is cut to what its pixels need.
"""

from __future__ import annotations

from typing import Final

from imgfile.frozen import dataclass
from imgfile.images import refusals
from imgfile.images.formats.tiff import ends
from imgfile.images.formats.tiff.directory import Directory, Entry
from imgfile.images.formats.tiff.tags import (
    BITS,
    COMPRESSION,
    COMPRESSIONS,
    FILL_ORDER,
    JPEG,
    JPEG_TABLES,
    KEPT,
    LENGTH,
    OLD_JPEG,
    OLD_SUBFILE,
    ORIENTATION,
    PHOTOMETRIC,
    PHOTOMETRICS,
    PLANAR,
    RAW_COMPRESSIONS,
    RAW_PHOTOMETRICS,
    RAW_TAGS,
    REVERSED,
    ROWS,
    SAMPLES,
    STRIP_BYTES,
    STRIP_OFFSETS,
    SUBFILE,
    SUBSAMPLING,
    THUMBNAIL,
    TILE_BYTES,
    TILE_LENGTH,
    TILE_OFFSETS,
    TILE_WIDTH,
    UNCOMPRESSED,
    WIDTH,
    YCBCR,
    Count,
)
from imgfile.images.identify import Foreign
from imgfile.images.limits import MAX_PIXELS, MAX_SEGMENTS, MAX_TABLE_BYTES

MAX_SAMPLES: Final = 32
"""Samples a pixel; photos have up to four, and microscopes some ten channels."""
MAX_BITS: Final = 64
"""Bits a sample: the widest floating-point number."""
_REDUCED: Final = 1
"""NewSubfileType, bit 0: a smaller version of another picture in this file (TIFF 6.0 §8)."""
_OLD_REDUCED: Final = 2
"""SubfileType, which TIFF 5.0 had in its place (§8)."""
_APART: Final = 2
"""Planar configuration: each sample in strips or tiles of its own."""
_TABLE_BITS: Final = 16
"""Samples deeper than this have no table of colours."""
_TILE_TAGS: Final = frozenset({TILE_WIDTH, TILE_LENGTH, TILE_OFFSETS, TILE_BYTES})
_CONTRADICTION: Final = "a page's description contradicts itself"

Piece = tuple[int, int]
"""Where a strip or tile lies, and how many bytes it takes."""
Coded = tuple[Piece, int, int]
"""A piece with its compression, and how many bytes its pixels take uncompressed."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is kept: its tags as they may be written, and its strips or tiles in their order."""

    directory: Directory
    tags: dict[int, Entry]
    pieces: tuple[Piece, ...]
    width: int
    height: int
    orientation: int
    compression: int
    needed: tuple[int, ...]
    """How many bytes the pixels of each piece take uncompressed; 0 where that is not known."""

    @property
    def is_tiled(self) -> bool:
        """Whether its pieces are tiles."""
        return TILE_OFFSETS in self.tags

    @property
    def coded(self) -> list[Coded]:
        """Its pieces with what is needed to find their ends."""
        return [(piece, self.compression, need) for piece, need in zip(self.pieces, self.needed, strict=True)]


def is_reduced(directory: Directory) -> bool:
    """Return whether a directory describes a smaller copy of another page, or a thumbnail as Exif has them."""
    if directory.integer(SUBFILE) & _REDUCED or directory.integer(OLD_SUBFILE) == _OLD_REDUCED:
        return True
    # Exif 3.0 §4.6.2: IFD1 holds a JPEG thumbnail by its place and length, without strips.
    has_pieces = {STRIP_OFFSETS, TILE_OFFSETS} & directory.entries.keys()
    return THUMBNAIL in directory.entries and not has_pieces


def refuse_raw(directory: Directory, *, within: Directory | None = None) -> None:
    """Raise `UnsupportedImage` for a camera's raw file, or where a sub-directory has the larger picture.

    Raw files are TIFFs whose first page is a preview: the sensor's data are in a sub-directory (TIFF/EP, DNG), in a
    page of a raw kind of colour (a mosaic), or in a maker's own compression.
    """
    is_coded_raw = (
        directory.integer(PHOTOMETRIC) in RAW_PHOTOMETRICS or directory.integer(COMPRESSION) in RAW_COMPRESSIONS
    )
    # A raw file's preview has its tags, and so has a picture that was developed from one: that one calls itself whole.
    is_preview = within is None and RAW_TAGS & directory.entries.keys() and directory.integer(SUBFILE) & _REDUCED
    if is_coded_raw or is_preview:
        raise Foreign.RAW.refusal()
    if within is not None and not is_reduced(directory) and area(directory) > area(within):
        raise refusals.unknown("its larger picture stands where ordinary programs do not look")


def area(directory: Directory) -> int:
    """Return how many pixels a directory states."""
    return directory.integer(WIDTH) * directory.integer(LENGTH)


def has_data(directory: Directory, length: int) -> bool:
    """Return whether a directory's strips or tiles lie in a file of this length: editors copy directories without."""
    for offsets, counts in ((STRIP_OFFSETS, STRIP_BYTES), (TILE_OFFSETS, TILE_BYTES)):
        if offsets in directory.entries and counts in directory.entries:
            starts, taken = (directory.entries[tag].integers(directory.order) for tag in (offsets, counts))
            return any(taken) and all(start + count <= length for start, count in zip(starts, taken, strict=False))
    return False


def read(directory: Directory, data: bytes) -> Page:
    """Read a page that is to be kept. Raises `UnsupportedImage` unless all of it is understood and there."""
    width, height = directory.integer(WIDTH), directory.integer(LENGTH)
    compression, samples = directory.integer(COMPRESSION, UNCOMPRESSED), directory.integer(SAMPLES, 1)
    if compression == OLD_JPEG:  # TIFF 6.0 §22, which Technical Note 2 withdrew
        raise refusals.unknown("its picture is in an older kind of JPEG that programs show differently")
    if compression not in COMPRESSIONS or directory.integer(PHOTOMETRIC) not in PHOTOMETRICS:
        raise refusals.unknown("it is a kind of TIFF that ordinary programs do not show")
    if not width or not height:
        raise refusals.damaged("it states no size")
    if width * height > MAX_PIXELS:
        raise refusals.too_large(f"{width} x {height} pixels")
    if not 0 < samples <= MAX_SAMPLES:
        raise refusals.damaged(_CONTRADICTION)
    tags = _tags(directory, samples)
    is_tiled = _is_tiled(directory, width)
    if not is_tiled:
        tags = {tag: entry for tag, entry in tags.items() if tag not in _TILE_TAGS}
    needed = _needed_bytes(directory, is_tiled=is_tiled)
    is_plain = compression == UNCOMPRESSED and not _is_subsampled(directory)
    pieces = _pieces(directory, len(data), needed if is_plain else [0] * len(needed))
    if not any(taken for _, taken in pieces):
        pieces = (_sought(directory, data, compression, needed),)
    orientation = directory.integer(ORIENTATION, 1) if ORIENTATION in tags else 1
    return Page(directory, tags, pieces, width, height, orientation, compression, tuple(needed))


# --- tags -----------------------------------------------------------------------------------------------


def _tags(directory: Directory, samples: int) -> dict[int, Entry]:
    """Choose the tags that may be written. Raises `UnsupportedImage` if one that the picture needs is broken."""
    kept: dict[int, Entry] = {}
    for tag, entry in sorted(directory.entries.items()):
        if tag not in KEPT:
            continue
        fits = _fits(directory, entry, samples)
        # TIFF 6.0 §2: entries are sorted, so a tag stands there once; of two, programs take the first or the last.
        if KEPT[tag].is_needed and (not fits or tag in directory.has_repeated):
            raise refusals.damaged(_CONTRADICTION)
        if fits:
            kept[tag] = entry
    return kept


def _fits(directory: Directory, entry: Entry, samples: int) -> bool:
    """Return whether a tag's type and count are what the list asks for, and its value is there."""
    tag = KEPT[entry.tag]
    if entry.type not in tag.types or not entry.value:
        return False
    if entry.tag == ORIENTATION:  # §8: 1 to 8, as in Exif
        return entry.count == 1 and entry.integers(directory.order)[0] in range(1, 9)
    if tag.count == Count.SAMPLES:  # one value a sample; writers of grey give fewer
        return 1 <= entry.count <= samples
    if tag.count == Count.COLOURS:  # §5: a table of 2^BitsPerSample entries, one curve or three
        bits = directory.integer(BITS, 1)
        return bits <= _TABLE_BITS and entry.count in {1 << bits, 3 << bits}
    if entry.tag == JPEG_TABLES:
        return entry.count <= MAX_TABLE_BYTES
    return isinstance(tag.count, Count) or entry.count == tag.count


# --- strips and tiles -----------------------------------------------------------------------------------


def _is_tiled(directory: Directory, width: int) -> bool:
    """Return whether a page is in tiles, which take the place of strips (§15).

    Some writers leave the tags of both behind. Where both say the same, of pieces as wide as the picture, they are
    strips; where not, programs show one or the other. Raises `UnsupportedImage` then, and where there is neither.
    """
    strips, tiles = directory.entries.get(STRIP_OFFSETS), directory.entries.get(TILE_OFFSETS)
    if strips is None or tiles is None:
        if strips is tiles:
            raise refusals.damaged("a page has no picture")
        return strips is None
    places, others = strips.integers(directory.order), tiles.integers(directory.order)
    if others not in {(), places} or directory.integer(TILE_WIDTH) not in {0, width}:
        raise refusals.unknown(
            "it describes a picture twice, in strips and in tiles, and programs show one or the other"
        )
    return False


def _pieces(directory: Directory, length: int, needed: list[int]) -> tuple[Piece, ...]:
    """Find every strip or tile, cut to what it needs, where that is not 0.

    Raises `UnsupportedImage` for one outside of the file, or too few.
    """
    is_tiled = TILE_OFFSETS in directory.entries
    offsets, counts = (TILE_OFFSETS, TILE_BYTES) if is_tiled else (STRIP_OFFSETS, STRIP_BYTES)
    starts = directory.entries[offsets].integers(directory.order)
    if len(starts) < len(needed):  # more than the size needs are never looked at by a decoder, and go
        raise refusals.truncated("a part of its picture is missing")
    stated = directory.entries[counts].integers(directory.order) if counts in directory.entries else ()
    lengths = [*stated[: len(needed)], *(0,) * (len(needed) - len(stated))]
    return tuple(_piece(*one, length) for one in zip(starts, lengths, needed, strict=False))


def _sought(directory: Directory, data: bytes, compression: int, needed: list[int]) -> Piece:
    """Find where a page's only piece ends, which nothing states, by its own codes; libtiff takes all up to the end.

    Raises `UnsupportedImage` where the codes do not say it: what follows may be anything.
    """
    tag = TILE_OFFSETS if TILE_OFFSETS in directory.entries else STRIP_OFFSETS
    start = directory.integer(tag)
    if 0 < start < len(data) and len(needed) == 1:
        if compression == JPEG:  # ends with its end mark
            return start, len(data) - start
        is_reversed = directory.integer(FILL_ORDER) == REVERSED
        rest = data[start:]
        made = ends.trimmed(rest, compression, needed[0], is_reversed=is_reversed)
        if made and (made is not rest or compression in ends.COUNTED):
            return start, len(made)
    raise refusals.damaged("it says of no part of its picture how long it is")


def _piece(start: int, count: int, need: int, length: int) -> Piece:
    """Return where a piece lies, up to its last pixel. Raises `UnsupportedImage` if it is not all there.

    Old writers leave lengths out, or write 0. What is uncompressed can do without; of what is compressed and has none,
    nothing is stored.
    """
    if start and not count:
        count = need
    if need and 0 < count < need:
        raise refusals.truncated("a part of its picture is missing")
    taken = min(count, need) if need else count
    if start + taken > length:
        raise refusals.truncated("a part of its picture is missing")
    return (start, taken) if taken > 0 else (0, 0)


def _needed_bytes(directory: Directory, *, is_tiled: bool) -> list[int]:
    """Return how many bytes each piece's pixels take uncompressed; 0 if they do not say so."""
    width, height = directory.integer(WIDTH), directory.integer(LENGTH)
    bits = _sample_bits(directory)
    is_apart = directory.integer(PLANAR, 1) == _APART
    across, down = (directory.integer(TILE_WIDTH), directory.integer(TILE_LENGTH)) if is_tiled else (width, 0)
    down = down if is_tiled else min(directory.integer(ROWS, height), height)  # the default of 2^32 - 1 is one strip
    if not across or not down:
        raise refusals.damaged(_CONTRADICTION)
    columns, rows = -(-width // across), -(-height // down)
    groups = [[depth] for depth in bits] if is_apart else [bits]  # §3: planar, all pieces of a sample, then the next
    if columns * rows * len(groups) > MAX_SEGMENTS:
        raise refusals.too_large("it has too many parts")
    needed: list[int] = []
    for group in groups:
        for row in range(rows):
            lines = down if is_tiled else min(down, height - row * down)  # the last strip is lower, a tile is filled up
            needed += [_block_bytes(directory, across, lines, group)] * columns
    return needed


def _block_bytes(directory: Directory, across: int, lines: int, bits: list[int]) -> int:
    """Return how many bytes so many pixels and lines take; 0 for an unknown kind of coarser colours."""
    if not _is_subsampled(directory):
        return -(-across * sum(bits) // 8) * lines  # §3: each row begins at a byte
    entry = directory.entries.get(SUBSAMPLING)
    factors = entry.integers(directory.order) if entry is not None else (2, 2)  # §21: the default
    if len(factors) != 2 or not all(factor in {1, 2, 4} for factor in factors) or bits != [8, 8, 8]:  # noqa: PLR2004
        return 0
    wide, high = factors  # §21: a unit is so many samples of brightness, and one of each colour
    return -(-across // wide) * -(-lines // high) * (wide * high + 2)


def _sample_bits(directory: Directory) -> list[int]:
    """Return the bits of each sample. One number stands for all, as many writers have it against §3."""
    samples = directory.integer(SAMPLES, 1)
    entry = directory.entries.get(BITS)
    stated = list(entry.integers(directory.order)) if entry is not None else [1]
    bits = stated if len(stated) == samples else stated[:1] * samples
    if not bits or not all(0 < depth <= MAX_BITS for depth in bits):
        raise refusals.damaged(_CONTRADICTION)
    return bits


def _is_subsampled(directory: Directory) -> bool:
    """Return whether colours are stored more coarsely than brightness (§21), so that pixels do not say the length."""
    is_full = SUBSAMPLING in directory.entries and directory.entries[SUBSAMPLING].integers(directory.order) == (1, 1)
    return directory.integer(PHOTOMETRIC) == YCBCR and not is_full
