"""A HEIF file written anew from what stays: brands, `meta`, and one `mdat` without holes.

Places of data are kept in only one table, `iloc` (ISO/IEC 14496-12 §8.11.3), which is rewritten.
"""

from __future__ import annotations

import bisect
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from imgfile.images.formats.bmff import HEADER_BYTES, encode, encode_full
from imgfile.images.formats.heif.file import File
from imgfile.images.formats.heif.items import Picture
from imgfile.images.formats.heif.meta_box import IN_FILE, IN_IDAT, Extent, Item

STILL_BRANDS: Final = frozenset(
    b"avif avio heic heix heim heis mif1 mif2 mif3 miaf MiHB MiHA MiHE MiPr MA1A MA1B 1pic avci jpeg".split()
)
"""Brands of still pictures; any other says something about the file's maker, or about what is left out."""


class Layout:
    """Where each kept byte of the original comes to lie: all of them, in their order, one behind the other."""

    def __init__(self, extents: Iterable[Extent]) -> None:
        self.pieces: list[Extent] = []
        for start, end in sorted(extents):
            if self.pieces and start <= self.pieces[-1][1]:
                self.pieces[-1] = self.pieces[-1][0], max(end, self.pieces[-1][1])
            elif start < end:
                self.pieces.append((start, end))
        self._starts = [start for start, _ in self.pieces]
        self._moved: list[int] = []
        self.length = 0
        for start, end in self.pieces:
            self._moved.append(self.length)
            self.length += end - start

    def place(self, at: int) -> int:
        """Return where a byte comes to lie; 0 for one that is not kept (an empty extent's)."""
        index = bisect.bisect_right(self._starts, at) - 1
        if index < 0 or at >= self.pieces[index][1]:
            return 0
        return self._moved[index] + at - self._starts[index]

    def shared(self, other: Layout) -> int:
        """Return how many bytes are in both."""
        total, at = 0, 0
        for start, end in self.pieces:
            while at < len(other.pieces) and other.pieces[at][1] <= start:
                at += 1
            index = at
            while index < len(other.pieces) and other.pieces[index][0] < end:
                total += min(end, other.pieces[index][1]) - max(start, other.pieces[index][0])
                index += 1
            at = max(at, index - 1)
        return total

    def written(self, data: bytes, patches: dict[int, bytes]) -> Iterator[bytes | memoryview]:
        """Yield the kept bytes in pieces, with those patches in place of what they cover."""
        view, places = memoryview(data), sorted(patches)
        for start, end in self.pieces:
            at = start
            for place in places[bisect.bisect_left(places, start) : bisect.bisect_left(places, end)]:
                yield view[at:place]
                yield patches[place]
                at = place + len(patches[place])
            yield view[at:end]


# --- writing --------------------------------------------------------------------------------------------


def written(data: bytes, file: File, patches: dict[int, bytes]) -> Iterator[bytes | memoryview]:
    """Yield the output's parts. Places depend on the length of what stands in front, so that is made twice."""
    layout = _layout(file)
    unplaced = b"".join(_heads(data, file, patches, layout.place))
    base = len(unplaced) + HEADER_BYTES
    yield from _heads(data, file, patches, lambda at: base + layout.place(at))
    if layout.length:
        yield struct.pack(">L4s", HEADER_BYTES + layout.length, b"mdat")
        yield from layout.written(data, patches)


def _layout(file: File) -> Layout:
    return Layout(extent for item in file.picture.items if item.method == IN_FILE for extent in item.extents)


def _heads(data: bytes, file: File, patches: dict[int, bytes], moved: Callable[[int], int]) -> Iterator[bytes]:
    brands = kept_brands(file.brands)
    yield encode(b"ftyp", brands[0], bytes(4), *brands[1:])
    idat = Layout(extent for item in file.picture.items if item.method == IN_IDAT for extent in item.extents)
    places = {IN_FILE: moved, IN_IDAT: idat.place}
    stored = b"".join(idat.written(data, patches))
    yield _encode_meta(file.picture, places, stored)


def kept_brands(brands: list[bytes]) -> list[bytes]:
    """Return the major brand and the compatible ones that stay."""
    compatible = [brand for brand in brands[1:] if brand in STILL_BRANDS]
    major = next((brand for brand in brands if brand in STILL_BRANDS), b"mif1")
    return [major, *(compatible or [major])]


def _encode_meta(picture: Picture, places: dict[int, Callable[[int], int]], stored: bytes) -> bytes:
    is_wide = max(item.number for item in picture.items) > 0xFFFF  # noqa: PLR2004 - what 16 bits hold
    number = ">L" if is_wide else ">H"
    return encode_full(
        b"meta",
        encode_full(b"hdlr", bytes(4), b"pict", bytes(13)),
        encode_full(b"pitm", struct.pack(number, picture.primary), version=int(is_wide)),
        _encode_places(picture.items, places, number),
        _encode_items(picture.items, number),
        _encode_references(picture, number),
        _encode_properties(picture, number),
        encode(b"idat", stored) if stored else b"",
    )


def _encode_items(items: tuple[Item, ...], number: str) -> bytes:
    is_wide = number == ">L"
    entries = (
        encode_full(
            b"infe",
            struct.pack(number + "H4sx", item.number, 0, item.kind),
            version=3 if is_wide else 2,
            flags=item.flags,
        )
        for item in items
    )
    return encode_full(b"iinf", struct.pack(">H", len(items)), *entries)


def _encode_places(items: tuple[Item, ...], places: dict[int, Callable[[int], int]], number: str) -> bytes:
    is_wide = number == ">L"
    version = 2 if is_wide else int(any(item.method != IN_FILE for item in items))
    rows: list[bytes] = []
    for item in items:
        place = places[item.method]
        head = struct.pack(number, item.number) + (struct.pack(">H", item.method) if version else b"")
        extents = (struct.pack(">LL", place(start), end - start) for start, end in item.extents)
        rows += [head, struct.pack(">HH", 0, len(item.extents)), *extents]
    return encode_full(b"iloc", b"\x44\0", struct.pack(number, len(items)), *rows, version=version)


def _encode_references(picture: Picture, number: str) -> bytes:
    rows = (
        encode(
            reference.kind,
            struct.pack(number, reference.source),
            struct.pack(f">H{len(reference.targets)}{number[1]}", len(reference.targets), *reference.targets),
        )
        for reference in picture.references
    )
    return encode_full(b"iref", *rows, version=int(number == ">L")) if picture.references else b""


def _encode_properties(picture: Picture, number: str) -> bytes:
    indices = {old: new for new, old in enumerate(sorted(picture.properties), start=1)}
    is_long = len(indices) > 0x7F  # noqa: PLR2004 - what 7 bits hold
    width, mark = ("H", 0x8000) if is_long else ("B", 0x80)
    rows = [
        struct.pack(number + "B", item.number, len(item.properties))
        + struct.pack(
            f">{len(item.properties)}{width}",
            *(indices[index] | (mark if is_essential else 0) for index, is_essential in item.properties),
        )
        for item in sorted(picture.items, key=lambda item: item.number)
    ]
    container = encode(b"ipco", *(encode(*picture.properties[index]) for index in sorted(picture.properties)))
    count = struct.pack(">L", len(rows))
    return encode(
        b"iprp", container, encode_full(b"ipma", count, *rows, version=int(number == ">L"), flags=int(is_long))
    )
