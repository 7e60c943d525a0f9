"""TIFF without its metadata: a new file of the same strips and tiles (TIFF 6.0, Technical Notes 1 and 2).

Every page is kept but smaller copies of others. Tags are kept by the list in `tags`; cameras' raw files and the
older kind of JPEG are refused. BigTIFF, whose places could be wider than any photo is long, becomes a classic TIFF.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from imgfile.clinical.proofs import MediaType
from imgfile.images import refusals
from imgfile.images.draft import COLOUR_LOST, ORIENTATION_UNSURE, UNREAD_END, Draft
from imgfile.images.formats.jpeg.tables import Key
from imgfile.images.formats.tiff import directory as tiff_directory
from imgfile.images.formats.tiff import ends
from imgfile.images.formats.tiff import jpeg as tiff_jpeg
from imgfile.images.formats.tiff import page as tiff_page
from imgfile.images.formats.tiff.directory import Directory, Entry
from imgfile.images.formats.tiff.dropped import Reader
from imgfile.images.formats.tiff.page import Coded, Page, Piece
from imgfile.images.formats.tiff.tags import (
    COMPRESSION,
    DROPPED,
    FILL_ORDER,
    JPEG,
    JPEG_TABLES,
    KEPT,
    LONG,
    LONG8,
    OLD_JPEG,
    OLD_JPEG_BYTES,
    ORIENTATION,
    PROFILE,
    REVERSED,
    SHORT,
    STRIP_BYTES,
    STRIP_OFFSETS,
    SUBDIRECTORIES,
    TILE_BYTES,
    TILE_OFFSETS,
    UNDEFINED,
)
from imgfile.images.formats.tiff.write import MAX_LONG, Value, Writer
from imgfile.images.limits import MAX_ANIMATION_PIXELS, MAX_PHOTO_BYTES, MAX_PROFILE_BYTES, MAX_SEGMENTS
from imgfile.images.metadata import exif, icc
from imgfile.images.metadata.further import OLD_PAGE
from imgfile.images.metadata.model import RESERVED, SECOND, Block, Fact, Kind, behind_picture

ADOBE_RGB_LOST: Final = "Only its Exif said that its colours are Adobe RGB: reds and greens may look duller."
"""FillOrder (TIFF 6.0 §8): the lowest bit of each byte comes first."""
MAX_GROWTH_BYTES: Final = 64
"""What a file without any metadata may grow by, for lengths that it did not state."""
_ELSEWHERE: Final = frozenset({*KEPT, *DROPPED})
MAX_SUBDIRECTORIES: Final = 64
"""Sub-directories that are looked into; a camera's raw file has some four."""


@dataclass(slots=True)
class _Walk:
    """What a walk has found: pages to keep, and smaller copies of them."""

    pages: list[Page] = field(default_factory=list)
    reduced: list[Directory] = field(default_factory=list)
    inner: list[Directory] = field(default_factory=list)
    """Pictures of a sub-directory that are no smaller copies."""
    left: list[Directory] = field(default_factory=list)
    """Pages that cannot be stripped, and are left out of several."""
    subdirectories: int = 0
    pixels: int = 0
    pieces: int = 0
    value_bytes: int = 0
    behind: int = 0
    """Bytes that stood behind pictures' ends, in their coded data."""
    grown: int = 0
    """What pieces may take more than they did, as they were compressed anew."""
    is_unread: bool = False
    used_tables: set[Key] = field(default_factory=set)
    """JPEG tables that some strip or tile uses."""


def strip(data: bytes) -> Draft:
    """Leave out everything but the pictures. Raises `UnsupportedImage`; what it returns is not yet checked."""
    walk = _walk(data)
    first = walk.pages[0]
    colours = [_colour(page) for page in walk.pages]
    found = exif.read(data, elsewhere=_ELSEWHERE)
    reader = Reader()
    blocks = [
        block
        for number, page in enumerate(walk.pages)
        for block in reader.blocks(page.directory, None if number else found)
    ]
    output = _written(data, walk, colours)
    blocks += (*_cut(walk, colours), *behind_picture(walk.behind))
    rest = len(data) - len(output) - sum(block.length for block in blocks)
    if rest > 0 and output != data:
        blocks += [Block("other data", rest)]
    is_unsure = first.orientation == exif.UPRIGHT and (reader.other_orientation or exif.UPRIGHT) != exif.UPRIGHT
    has_profile = colours[0] is not None
    warnings = (
        *([COLOUR_LOST] if _has_lost_colour(walk, colours) else []),
        *([ADOBE_RGB_LOST] if found.is_adobe_rgb and not has_profile else []),
        *([ORIENTATION_UNSURE] if is_unsure else []),
        *([UNREAD_END] if walk.is_unread else []),
    )
    return Draft(
        data=output,
        media_type=MediaType.TIFF,
        width=first.width,
        height=first.height,
        exif=dataclasses.replace(found, orientation=first.orientation, is_adobe_rgb=False),
        has_profile=has_profile,
        blocks=() if output == data else tuple(blocks) or (RESERVED,),
        warnings=warnings,
    )


# --- reading --------------------------------------------------------------------------------------------


def _walk(data: bytes) -> _Walk:
    walk = _Walk()
    full: list[Directory] = []
    for directory in tiff_directory.directories(data):
        tiff_page.refuse_raw(directory)
        _look_inside(walk, directory, data)
        (walk.reduced if tiff_page.is_reduced(directory) else full).append(directory)
    if not full:  # a single page that calls itself reduced is what every program shows
        full, walk.reduced = walk.reduced[:1], walk.reduced[1:]
    if not full:
        raise refusals.damaged("it holds no picture")
    readable = [directory for directory in full if directory.integer(COMPRESSION) != OLD_JPEG]
    walk.left = [directory for directory in full if readable and directory not in readable]
    for directory in readable or full:
        walk.pages.append(tiff_page.read(directory, data))
        _bound(walk.pages[-1], walk)
    return walk


def _look_inside(walk: _Walk, directory: Directory, data: bytes) -> None:
    """Raise `UnsupportedImage` if a sub-directory has a camera's raw picture."""
    entry, left = directory.entries.get(SUBDIRECTORIES), MAX_SUBDIRECTORIES - walk.subdirectories
    for place in entry.integers(directory.order)[:left] if entry is not None and left else ():
        walk.subdirectories += 1
        inner = tiff_directory.read(data, directory.form, place)
        if inner is not None and tiff_page.has_data(inner, len(data)):
            tiff_page.refuse_raw(inner, within=directory)
            if not tiff_page.is_reduced(inner) and 2 * tiff_page.area(inner) > tiff_page.area(directory):
                walk.inner.append(inner)


def _bound(page: Page, walk: _Walk) -> None:
    """Bound what pages cost that may all share the same strips and values. Raises `UnsupportedImage`."""
    walk.pixels += page.width * page.height
    walk.pieces += len(page.pieces)
    walk.value_bytes += sum(len(entry.value) for entry in page.tags.values())
    if walk.pixels > MAX_ANIMATION_PIXELS:
        raise refusals.too_large("its pages have too many pixels")
    if walk.pieces > MAX_SEGMENTS or walk.value_bytes > MAX_PHOTO_BYTES:
        raise refusals.too_large("its pages have too many parts")


def _colour(page: Page) -> bytes | None:
    """Sanitise a page's profile; None if it has none, or none that can be read."""
    entry = page.tags.get(PROFILE)
    if entry is None:
        return None
    return icc.sanitise(bytes(entry.value[: MAX_PROFILE_BYTES + 1]))


def _has_lost_colour(walk: _Walk, colours: list[bytes | None]) -> bool:
    return any(PROFILE in page.tags and colour is None for page, colour in zip(walk.pages, colours, strict=True))


# --- writing --------------------------------------------------------------------------------------------


def _written(data: bytes, walk: _Walk, colours: list[bytes | None]) -> bytes:
    """Write pieces, then pages. Raises `UnsupportedImage` if the pieces overlap, so that the file would grow."""
    pages = walk.pages
    wanted = {coded: page for page in pages for coded in page.coded}
    if sum(length for (_, length), _, _ in wanted) > len(data):
        raise refusals.damaged("its parts overlap")
    writer = Writer(pages[0].directory.order)
    places = {coded: _write_piece(writer, data, walk, coded, page) for coded, page in wanted.items()}
    for page, profile in zip(pages, colours, strict=True):
        found = [places[coded] for coded in page.coded]
        writer.directory(_values(writer, page, found, profile, walk.used_tables))
    output = writer.finish()
    if len(output) > len(data) + MAX_GROWTH_BYTES + walk.grown:
        raise refusals.damaged("its parts overlap")
    return output


def _write_piece(writer: Writer, data: bytes, walk: _Walk, coded: Coded, page: Page) -> Piece:
    """Write a strip or tile up to where its picture ends, and count what stood behind."""
    (start, length), compression, needed = coded
    if not length:
        return 0, 0
    piece = data[start : start + length]
    if compression == JPEG:
        piece = tiff_jpeg.strip(piece, walk.used_tables)
        return writer.write(piece), len(piece)
    made = ends.trimmed(piece, compression, needed, is_reversed=page.directory.integer(FILL_ORDER) == REVERSED)
    walk.is_unread |= made is None
    if made is not None and made is not piece:
        walk.behind += max(length - len(made), 1)  # less than a byte may have stood there
        walk.grown += max(len(made) - length, 0)
        piece = made
    return writer.write(piece), len(piece)


def _values(
    writer: Writer, page: Page, pieces: list[Piece], profile: bytes | None, used_tables: set[Key]
) -> dict[int, Value]:
    """Yield a page's tags as they are written: as they were, but for what moved or is sanitised."""
    values = {tag: _narrowed(writer, entry, page.directory.order) for tag, entry in page.tags.items()}
    offsets, counts = (TILE_OFFSETS, TILE_BYTES) if page.is_tiled else (STRIP_OFFSETS, STRIP_BYTES)
    kinds = [values[tag].type if tag in values else SHORT for tag in (offsets, counts)]
    values[offsets] = writer.integers([start for start, _ in pieces], kinds[0])
    values[counts] = writer.integers([length for _, length in pieces], kinds[1])
    if ORIENTATION in values:
        values[ORIENTATION] = writer.integers([page.orientation], SHORT)
    if JPEG_TABLES in values:
        tables = tiff_jpeg.tables(bytes(values[JPEG_TABLES].data), used_tables)
        values[JPEG_TABLES] = Value(UNDEFINED, len(tables), tables)
    values.pop(PROFILE, None)
    if profile is not None:
        values[PROFILE] = Value(UNDEFINED, len(profile), profile)
    return values


def _narrowed(writer: Writer, entry: Entry, order: str) -> Value:
    """Return a value in a type that the classic form has. Raises `UnsupportedImage` if it does not fit."""
    if entry.type != LONG8:
        return Value(entry.type, entry.count, entry.value)
    numbers = list(entry.integers(order))
    if max(numbers) > MAX_LONG:
        raise refusals.damaged("a page's description contradicts itself")
    return writer.integers(numbers, LONG)


# --- what was left out ----------------------------------------------------------------------------------


def _cut(walk: _Walk, colours: list[bytes | None]) -> Iterator[Block]:
    """List smaller copies, and what was taken out of profiles."""
    largest = max(page.width * page.height for page in walk.pages)
    for directory in walk.reduced:
        # What is called a smaller copy, and is not much smaller, may be another picture.
        is_copy = 2 * tiff_page.area(directory) <= largest
        yield _lost(directory, "reduced picture", Kind.THUMBNAIL) if is_copy else _lost(directory, SECOND, Kind.FURTHER)
    yield from (_lost(directory, SECOND, Kind.FURTHER) for directory in walk.inner)
    yield from (_lost(directory, OLD_PAGE, Kind.FURTHER) for directory in walk.left)
    for page, profile in zip(walk.pages, colours, strict=True):
        entry = page.tags.get(PROFILE)
        if entry is not None and entry.value != (profile or b""):
            yield Block("ICC", max(len(entry.value) - len(profile or b""), 0), (Fact(Kind.COLOUR, "ICC"),))


def _lost(directory: Directory, name: str, kind: Kind) -> Block:
    """Describe a picture that is left out, by how many bytes its pieces take."""
    tags = (STRIP_BYTES, TILE_BYTES, OLD_JPEG_BYTES)
    entries = [directory.entries[tag] for tag in tags if tag in directory.entries]
    return Block(name, sum(sum(entry.integers(directory.order)) for entry in entries[:1]), (Fact(kind, name),))
