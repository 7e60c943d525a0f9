"""A second walk of a stripped HEIC, HEIF or AVIF beside its original: allow-listed, and no byte unaccounted for.

Every picture, part and transparency must be coded in the very same bytes, and turned and cropped alike.
Written apart from the stripper and its readers on purpose: this one reads both files' items into plain tables.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from imgfile.images import pixels
from imgfile.images.verify import colour, heif_coded
from imgfile.images.verify.boxes import Numbers, Span, only, split
from imgfile.images.verify.heif_coded import Pair
from imgfile.images.verify.heif_properties import ALPHA, CODED, LENGTHS, PROFILES, Sameness, size_bytes
from imgfile.images.verify.proof import Proof, demand, demand_colour

ALLOWED: Final = (b"ftyp", b"meta", b"mdat")
ALLOWED_IN_META: Final = (b"hdlr", b"pitm", b"iloc", b"iinf", b"iref", b"iprp", b"idat")
ALLOWED_BRANDS: Final = frozenset(
    b"avif avio heic heix heim heis mif1 mif2 mif3 miaf MiHB MiHA MiHE MiPr MA1A MA1B 1pic avci jpeg".split()
)
DERIVED: Final = frozenset({b"grid", b"iovl", b"iden"})
ALLOWED_REFERENCES: Final = frozenset({b"dimg", b"auxl", b"prem"})
SHOWN: Final = frozenset({*LENGTHS, *CODED.values(), b"auxC"}) - {b"amve", b"mdcv", b"clli"}
"""What an output's item must not lack, if the original's has it."""

TAIL_BYTES: Final = 512
"""How much of each picture's end is searched: a decoder may never look at it."""
MAX_SEARCHED_BYTES: Final = 1 << 20
"""All ends together; of thousands of pictures less each."""
MAX_NAME_BYTES: Final = 256
_HANDLER: Final = bytes(8) + b"pict" + bytes(13)


Found = tuple[list[tuple[int, int]], list[tuple[bytes, bytes | None]], list[bytes]]
"""Collected while proving: used ranges of `mdat`, profiles before and after, and bytes in which values are sought."""


@dataclass(slots=True)
class Item:
    """One item as either file has it."""

    kind: bytes
    is_hidden: bool = False
    method: int = 0
    pieces: list[tuple[int, int]] = field(default_factory=list)
    described: list[tuple[bytes, bytes, bool]] = field(default_factory=list)
    """Name and body of each property, and whether it is essential."""


@dataclass(slots=True)
class Items:
    """A `meta` box as tables."""

    primary: int
    items: dict[int, Item]
    references: list[tuple[bytes, int, tuple[int, ...]]]
    idat: Span


def prove(original: bytes, output: bytes) -> Proof:
    """Raise `UnsupportedImage` unless the output is only the original's pictures."""
    mine, theirs = split(output, 0, len(output)), split(original, 0, len(original), is_strict=False)
    names = [span.name for span in mine]
    demand(names == [name for name in ALLOWED if name in names] and names[0] == b"ftyp", "order of boxes")
    _prove_brands(output, mine[0])
    used: list[tuple[int, int]] = []
    profiles: list[tuple[bytes, bytes | None]] = []
    coded: list[bytes] = []
    meta, before = _required(mine, b"meta"), _required(theirs, b"meta")
    size = _prove_items(output, meta, original, before, (used, profiles, coded))
    _prove_still(original, theirs)
    media = only(mine, b"mdat")
    _prove_filled(used, media.start if media else 0, media.end if media else 0)
    return Proof(*size, *_profile_pair(profiles), tuple(coded))


def _required(spans: list[Span], name: bytes) -> Span:
    found = only(spans, name)
    demand(found is not None, "items")
    return found or Span(name, 0, 0)


def _prove_still(original: bytes, spans: list[Span]) -> None:
    """Demand that no animation is lost: the original has no track of several pictures that serves no other.

    A track says its kind in `hdlr`, whom it serves in `tref`, and how many pictures it has in `stsz` or `stz2`.
    """
    for movie in spans:
        if movie.name != b"moov":
            continue
        for track in split(original, movie.start, movie.end, is_strict=False):
            inner = _all_within(original, track) if track.name == b"trak" else []
            kinds = {original[span.start + 8 : span.start + 12] for span in inner if span.name == b"hdlr"}
            serves = {span.name for span in inner} & {b"thmb", b"auxl", b"cdsc"}
            counts = [original[span.start + 8 : span.start + 12] for span in inner if span.name in {b"stsz", b"stz2"}]
            several = any(int.from_bytes(count, "big") > 1 for count in counts)
            demand(b"pict" not in kinds or serves or not several, "lost sequence")


def _all_within(data: bytes, track: Span) -> list[Span]:
    """List what lies in a track, in its containers and in its references."""
    found: list[Span] = []
    waiting = [track]
    while waiting:
        outer = waiting.pop()
        inner = split(data, outer.start, outer.end, is_strict=False)
        found += inner
        waiting += [span for span in inner if span.name in {b"mdia", b"minf", b"stbl", b"tref"}]
    return found


def _prove_brands(output: bytes, span: Span) -> None:
    brands = [output[at : at + 4] for at in range(span.start, span.end, 4)]
    demand(len(brands) > 1 and brands.pop(1) == bytes(4) and ALLOWED_BRANDS.issuperset(brands), "brands")


def _prove_filled(used: list[tuple[int, int]], start: int, end: int) -> None:
    """Demand that what is referred to fills a range, without a hole."""
    at = start
    for first, last in sorted(used):
        demand(first <= at, "unreferenced data")
        at = max(at, last)
    demand(at == end and all(first >= start for first, _ in used), "unreferenced data")


def _profile_pair(profiles: list[tuple[bytes, bytes | None]]) -> tuple[bytes | None, bytes | None]:
    """Return the first profile before and after; all others are compared here."""
    if not profiles:
        return None, None
    distinct = list(dict.fromkeys(profiles))
    for before, after in distinct[1:]:
        demand((after is None) == (distinct[0][1] is None), "colour profile")
        demand_colour(after is None or colour.is_same(before, after), before)
    return distinct[0]


# --- reading either file --------------------------------------------------------------------------------


def _read(data: bytes, meta: Span, *, is_strict: bool) -> Items:
    spans = split(data, meta.start + 4, meta.end, is_strict=is_strict)
    found = {span.name: span for span in reversed(spans)}
    demand({b"hdlr", b"pitm", b"iloc", b"iinf", b"iprp"} <= found.keys(), "items")
    if is_strict:
        names = [span.name for span in spans]
        demand(names == [name for name in ALLOWED_IN_META if name in names], "order of boxes")
        demand(data[meta.start : meta.start + 4] == bytes(4), "items")
        demand(data[found[b"hdlr"].start : found[b"hdlr"].end] == _HANDLER, "names")
    version, primary = _full(data, found[b"pitm"])
    items = Items(primary.next(4 if version else 2), {}, [], found.get(b"idat", Span(b"idat", 0, 0)))
    demand(primary.is_done or not is_strict, "items")
    _read_entries(data, found[b"iinf"], items, is_strict=is_strict)
    _read_places(data, found[b"iloc"], items, is_strict=is_strict)
    if b"iref" in found:
        _read_references(data, found[b"iref"], items, is_strict=is_strict)
    _read_descriptions(data, found[b"iprp"], items, is_strict=is_strict)
    return items


def _full(data: bytes, span: Span) -> tuple[int, Numbers]:
    numbers = Numbers(data, span)
    version = numbers.next(1)
    numbers.next(3)
    return version, numbers


def _read_entries(data: bytes, span: Span, items: Items, *, is_strict: bool) -> None:
    version, numbers = _full(data, span)
    count = numbers.next(4 if version else 2)
    for entry in split(data, numbers.at, span.end, is_strict=is_strict):
        wide = data[entry.start] == 3  # noqa: PLR2004 - the version with wide numbers
        inner = Numbers(data, entry)
        flags = inner.next(4) & 0xFFFFFF
        number, protection, kind = inner.next(4 if wide else 2), inner.next(2), inner.raw(4)
        items.items.setdefault(number, Item(kind, bool(flags & 1)))
        if is_strict:
            is_plain = inner.raw(1) == b"\0" and inner.is_done and not protection and flags <= 1
            demand(entry.name == b"infe" and is_plain, "names")
    demand(not is_strict or count == len(items.items), "items")


def _read_places(data: bytes, span: Span, items: Items, *, is_strict: bool) -> None:
    version, numbers = _full(data, span)
    widths = numbers.next(2)
    offset, length, base, index = widths >> 12, widths >> 8 & 15, widths >> 4 & 15, widths & 15 if version else 0
    wide = 4 if version > 1 else 2
    for _ in range(numbers.next(wide)):
        number = numbers.next(wide)
        method = numbers.next(2) & 15 if version else 0
        outside = numbers.next(2)
        origin = numbers.next(base) + (items.idat.start if method else 0)
        pieces = []
        for _ in range(numbers.next(2)):
            numbers.next(index)
            start = origin + numbers.next(offset)
            pieces.append((start, start + numbers.next(length)))
        demand(not numbers.is_over, "places")
        item = items.items.get(number)
        if item is not None:
            item.method, item.pieces = method, pieces
        demand(not is_strict or (item is not None and not outside and method < 2), "places")  # noqa: PLR2004 - mdat, idat
    demand(not is_strict or numbers.is_done, "places")


def _read_references(data: bytes, span: Span, items: Items, *, is_strict: bool) -> None:
    version, numbers = _full(data, span)
    width = 4 if version else 2
    for entry in split(data, numbers.at, span.end, is_strict=is_strict):
        inner = Numbers(data, entry)
        source = inner.next(width)
        targets = tuple(inner.next(width) for _ in range(inner.next(2)))
        demand(inner.is_done if is_strict else not inner.is_over, "references")
        items.references.append((entry.name, source, targets))


def _read_descriptions(data: bytes, span: Span, items: Items, *, is_strict: bool) -> None:
    spans = split(data, span.start, span.end, is_strict=is_strict)
    demand([part.name for part in spans] == [b"ipco", b"ipma"] or not is_strict, "properties")
    container = only(spans, b"ipco") or span
    spans_of = split(data, container.start, container.end, is_strict=is_strict)
    properties = [(part.name, data[part.start : part.end]) for part in spans_of]
    named: set[int] = set()
    for table in spans:
        if table.name != b"ipma":
            continue
        version, numbers = _full(data, table)
        mark = 0x8000 if data[table.start + 3] & 1 else 0x80
        for _ in range(numbers.next(4)):
            item = items.items.get(numbers.next(4 if version else 2))
            for _ in range(numbers.next(1)):
                index = numbers.next(2 if mark > 0x80 else 1)  # noqa: PLR2004 - the mark of short ones
                named.add(index & ~mark)
                demand(index & ~mark <= len(properties), "properties")
                if item is not None and index & ~mark:
                    item.described.append((*properties[(index & ~mark) - 1], bool(index & mark)))
            demand(not numbers.is_over and (item is not None or not is_strict), "properties")
        demand(numbers.is_done or not is_strict, "properties")
    demand(not is_strict or named == set(range(1, len(properties) + 1)), "properties")


# --- comparing ------------------------------------------------------------------------------------------


def _prove_items(output: bytes, meta: Span, original: bytes, before: Span, found: Found) -> tuple[int, int]:
    mine, theirs = _read(output, meta, is_strict=True), _read(original, before, is_strict=False)
    used, profiles, coded = found
    demand(mine.primary == theirs.primary and mine.primary in mine.items, "main picture")
    demand(mine.items.keys() <= theirs.items.keys(), "items")
    _prove_references(mine, theirs)
    stored: list[tuple[int, int]] = []
    cut: set[str] = set()
    tails: list[bytes] = []
    proven: set[tuple[bytes, tuple[tuple[int, int], ...]]] = set()
    tail_bytes = min(TAIL_BYTES, MAX_SEARCHED_BYTES // len(mine.items))
    parts = Counter(source for kind, source, targets in mine.references if kind == b"dimg" for _ in targets)
    same = Sameness()
    for number, item in mine.items.items():
        other = theirs.items[number]
        demand(item.kind == other.kind and item.is_hidden == other.is_hidden, "items")
        profiles += _prove_described(item, other, same)
        (stored if item.method else used).extend(item.pieces)
        pair = _pair(output, item, original, other)
        coded_at = item.kind, (*item.pieces, *other.pieces)
        if item.kind in DERIVED:
            length = _derived_bytes(item.kind, pair.output_part(0, 2), parts[number])
            demand(pair.length == length, "parts")
            demand(pair.is_same(0, pair.length), "coded data")
        elif coded_at not in proven:  # tiles may share their data, which are looked at once
            proven.add(coded_at)
            demand(item.kind in CODED and pair.length == sum(end - start for start, end in other.pieces), "coded data")
            if heif_coded.prove(item.kind, size_bytes(CODED[item.kind], item.described), pair):
                cut.add("AVIF" if item.kind == b"av01" else pixels.HEIF)
            tails.append(pair.output_part(max(0, pair.length - tail_bytes), pair.length))
    demand(all(pixels.are_same(original, output, kind) for kind in cut), "pixels of the coded data")
    _prove_filled(stored, mine.idat.start, mine.idat.end)
    bodies = {body for item in mine.items.values() for name, body, _ in item.described if name != b"colr"}
    coded += [b"\0\0".join(sorted(bodies)), b"\0\0".join(tails)]
    return _shown(mine.items[mine.primary])


def _pair(output: bytes, item: Item, original: bytes, other: Item) -> Pair:
    """Put both files' data of an item side by side, copied only where they lie in several pieces."""
    if len(item.pieces) == len(other.pieces) == 1:
        start, end = item.pieces[0]
        return Pair(output, start, original, other.pieces[0][0], end - start)
    mine = b"".join(output[start:end] for start, end in item.pieces)
    theirs = b"".join(original[start:end] for start, end in other.pieces)
    return Pair(mine, 0, theirs, 0, len(mine))


def _derived_bytes(kind: bytes, head: bytes, parts: int) -> int:
    if kind == b"iden":
        return 0
    wide = 4 if head[1:2] and head[1] & 1 else 2
    return 4 + 2 * wide if kind == b"grid" else 10 + 2 * wide * (1 + parts)


def _prove_references(mine: Items, theirs: Items) -> None:
    """Demand that pictures are put together from the same parts in the same order, and that no transparency is lost."""
    kept = {(kind, source, targets) for kind, source, targets in mine.references}
    before = set()
    for kind, source, targets in theirs.references:
        before.add((kind, source, tuple(number for number in targets if number in mine.items)))
        demand(kind != b"dimg" or source not in mine.items or (kind, source, targets) in kept, "parts")
    for kind, source, targets in kept:
        demand(kind in ALLOWED_REFERENCES and mine.items.keys() >= {source, *targets}, "references")
        demand((kind, source, targets) in before, "references")
    alphas = {source for kind, source, _ in kept if kind == b"auxl"}
    for kind, source, targets in theirs.references:
        is_of_picture = any(number in mine.items and number not in alphas for number in targets)
        if kind == b"auxl" and is_of_picture and source not in mine.items and source in theirs.items:
            described = theirs.items[source].described
            demand(not any(_is_alpha(name, body) for name, body, _ in described), "lost transparency")


def _is_alpha(name: bytes, body: bytes) -> bool:
    return name == b"auxC" and body[: body.find(b"\0", 4, MAX_NAME_BYTES) + 1] in ALPHA


def _prove_described(item: Item, other: Item, same: Sameness) -> Iterator[tuple[bytes, bytes | None]]:
    """Demand that an item is described as it was, and yield its profiles before and after."""
    left = iter(item.described)
    want = next(left, None)
    for name, body, is_essential in other.described:
        is_profile = name == b"colr" and body[:4] in PROFILES
        if want is not None and want[0] == name and want[2] == is_essential and same.is_described(name, want[1], body):
            if is_profile:
                yield body[4:], want[1][4:]
            want = next(left, None)
        elif is_profile:
            yield body[4:], None
        else:
            demand(name not in SHOWN and (not is_essential or name == b"colr"), "lost properties")
    demand(want is None, "properties")


def _shown(item: Item) -> tuple[int, int]:
    """Return the main picture's size with its crop, before it is turned."""
    width = height = 0
    is_turned = False
    for name, body, _ in item.described:
        if name == b"ispe":
            width, height = struct.unpack_from(">LL", body, 4)
    for name, body, _ in item.described:
        if name == b"clap":
            across, under, down, below = struct.unpack_from(">LLLL", body)
            demand(under and below, "size")
            crop = across // under, down // below
            width, height = (min(width, crop[is_turned]), min(height, crop[not is_turned]))
        elif name == b"irot":
            is_turned = bool(body[0] & 1)
    return width, height
