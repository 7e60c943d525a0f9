"""A second walk of an image sequence's tracks beside the original's: allow-listed, timeless, the very same pictures.

Written apart from `heif_tracks` on purpose.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from imgfile.images.verify import colour
from imgfile.images.verify import heif_coded as recheck_coded
from imgfile.images.verify.heif_boxes import Numbers, Span, only, split
from imgfile.images.verify.heif_coded import Pair
from imgfile.images.verify.heif_properties import ALPHA, PROFILES, is_described, size_bytes
from imgfile.images.verify.proof import demand

ALLOWED: Final = {
    b"moov": (b"mvhd", b"trak"),
    b"trak": (b"tkhd", b"tref", b"edts", b"mdia"),
    b"edts": (b"elst",),
    b"mdia": (b"mdhd", b"hdlr", b"minf"),
    b"minf": (b"vmhd", b"dinf", b"stbl"),
    b"stbl": (b"stsd", b"stts", b"ctts", b"stss", b"stsc", b"stsz", b"stz2", b"stco"),
    b"tref": (b"auxl", b"prem"),
}
"""Every container that an output's movie may hold, and what of it, in this order."""
ENTRIES: Final = {b"hvc1": b"hvcC", b"hev1": b"hvcC", b"av01": b"av1C", b"avc1": b"avcC"}
ALLOWED_IN_ENTRY: Final = frozenset(
    {b"pasp", b"clap", b"colr", b"clli", b"mdcv", b"cclv", b"amve", b"ccst", b"auxi", b"hvcC", b"av1C", b"avcC"}
)
ROWS: Final = {b"stts": 8, b"ctts": 8, b"stss": 4, b"stsc": 12}
_HERE: Final = b"\0\0\0\0\0\0\0\1\0\0\0\x0curl \0\0\0\1"
_ENTRY_BYTES: Final = 78
TAIL_BYTES: Final = 64
MAX_SEARCHED_BYTES: Final = 1 << 20
RESERVED: Final = {b"mvhd": ((-74, -64), (-28, -4)), b"tkhd": ((-60, -52), (-46, -44)), b"mdhd": ()}
"""What of a header is zero besides its times, counted from its end; `tkhd` has four bytes more behind its number."""

Found = tuple[list[tuple[int, int]], list[tuple[bytes, bytes | None]], list[bytes]]
"""Collected while proving: used ranges of `mdat`, profiles before and after, and bytes in which values are sought."""


@dataclass(slots=True)
class Track:
    """One track as either file tells it: its boxes by name, its handler, where each sample lies."""

    parts: dict[bytes, Span]
    handler: bytes = b""
    references: dict[bytes, tuple[int, ...]] = field(default_factory=dict)
    samples: list[tuple[int, int]] = field(default_factory=list)


def has_pictures(data: bytes, movie: Span | None) -> bool:
    """Tell whether a movie has a track of pictures that is no thumbnail and nobody's auxiliary."""
    tracks = _read(data, movie, is_strict=False).values() if movie is not None else ()
    return any(_is_main(track) for track in tracks)


def prove(output: bytes, movie: Span, original: bytes, before: Span, found: Found) -> tuple[int, int]:
    """Raise `UnsupportedImage` unless the movie is the original's pictures; give the first track's size."""
    mine, theirs = _read(output, movie, is_strict=True), _read(original, before, is_strict=False)
    header, other = (
        _part(split(output, movie.start, movie.end), b"mvhd"),
        _part(split(original, before.start, before.end, is_strict=False), b"mvhd"),
    )
    _prove_header(output, header, original, other)
    demand(mine and mine.keys() <= theirs.keys(), "tracks")
    sizes: list[tuple[int, int]] = []
    for number, track in mine.items():
        sizes.append(_prove_track(output, track, original, theirs[number], found))
    main = next((number for number, track in theirs.items() if _is_main(track)), 0)
    demand(main in mine, "lost sequence")
    for number, track in theirs.items():
        is_alpha = main in track.references.get(b"auxl", ()) and _says_alpha(original, track)
        demand((number in mine) == (number == main or is_alpha), "tracks")
    return sizes[list(mine).index(main)]


def _is_main(track: Track) -> bool:
    return track.handler == b"pict" and not {b"thmb", b"auxl", b"cdsc"} & track.references.keys()


def _says_alpha(original: bytes, track: Track) -> bool:
    entry = track.parts.get(b"stsd", Span(b"", 0, 0))
    return track.handler in {b"auxv", b"pict"} and any(
        kind[4:-1] in original[entry.start : entry.end] for kind in ALPHA
    )


def _part(spans: list[Span], name: bytes) -> Span:
    part = only(spans, name)
    demand(part is not None, "sequence")
    return part or Span(name, 0, 0)


# --- reading either file --------------------------------------------------------------------------------


def _read(data: bytes, movie: Span, *, is_strict: bool) -> dict[int, Track]:
    tracks: dict[int, Track] = {}
    for span in _children(data, movie, is_strict=is_strict):
        if span.name != b"trak":
            continue
        track = Track({})
        waiting = [span]
        while waiting:
            for part in _children(data, waiting.pop(), is_strict=is_strict):
                demand(part.name not in track.parts or not is_strict, "tracks")
                track.parts.setdefault(part.name, part)
                waiting += [part] if part.name in {b"mdia", b"minf", b"stbl"} else []
        number = _number(data, _part([*track.parts.values()], b"tkhd"))
        demand(number not in tracks, "tracks")
        tracks[number] = track
        handler = _part([*track.parts.values()], b"hdlr")
        track.handler = data[handler.start + 8 : handler.start + 12]
        if (references := track.parts.get(b"tref")) is not None:
            for kind in _children(data, references, is_strict=is_strict):
                numbers = Numbers(data, kind)
                track.references[kind.name] = tuple(numbers.next(4) for _ in range((kind.end - kind.start) // 4))
    return tracks


def _children(data: bytes, span: Span, *, is_strict: bool) -> list[Span]:
    spans = split(data, span.start, span.end, is_strict=is_strict)
    if is_strict:
        allowed = ALLOWED[span.name]
        order = [allowed.index(part.name) if part.name in allowed else -1 for part in spans]
        demand(-1 not in order and order == sorted(order), "sequence")
    return spans


def _number(data: bytes, header: Span) -> int:
    numbers = Numbers(data, header)
    wide = numbers.next(1)
    numbers.raw(3 + (16 if wide else 8))
    return numbers.next(4)


def _samples(data: bytes, track: Track) -> Iterator[tuple[int, int]]:
    """Follow chunks and sizes to each sample."""
    places = track.parts.get(b"stco") or _part([*track.parts.values()], b"co64")
    numbers = Numbers(data, places)
    numbers.next(4)
    chunks = [numbers.next(4 if places.name == b"stco" else 8) for _ in range(numbers.next(4))]
    demand(not numbers.is_over, "samples")
    sizes = _sizes(data, track)
    rows = Numbers(data, _part([*track.parts.values()], b"stsc"))
    rows.next(4)
    count = rows.next(4)
    demand(rows.at + 12 * count <= rows.end, "samples")
    runs = [(rows.next(4), rows.next(4), rows.next(4)) for _ in range(count)]
    firsts = [first for first, _, _ in runs]
    demand(firsts == sorted(set(firsts)), "samples")
    for (first, count, _), (after, _, _) in itertools.pairwise([*runs, (len(chunks) + 1, 0, 0)]):
        for at in chunks[first - 1 : after - 1]:
            for length in itertools.islice(sizes, count):
                yield at, at + length
                at += length  # noqa: PLW2901 - the next lies right behind
    demand(next(sizes, None) is None, "samples")


def _sizes(data: bytes, track: Track) -> Iterator[int]:
    span = track.parts.get(b"stsz") or _part([*track.parts.values()], b"stz2")
    numbers = Numbers(data, span)
    numbers.next(4)
    uniform, count = numbers.next(4), numbers.next(4)
    if span.name == b"stsz" and uniform:
        return itertools.repeat(uniform, count)
    width = 4 if span.name == b"stsz" else uniform // 8
    demand(width and numbers.at + width * count <= span.end, "samples")
    return iter([numbers.next(width) for _ in range(count)])


# --- comparing ------------------------------------------------------------------------------------------


def _prove_header(output: bytes, mine: Span, original: bytes, theirs: Span) -> None:
    """See that a header is the original's, but for its times, its language and what is reserved."""
    lengths = {b"mvhd": (100, 112), b"tkhd": (84, 96), b"mdhd": (24, 36)}[mine.name]
    expected = bytearray(original[theirs.start : min(theirs.end, theirs.start + lengths[original[theirs.start] == 1])])
    times_end = 20 if expected[:1] == b"\1" else 12
    zeros = [(4, times_end), *RESERVED[mine.name]]
    zeros += [(times_end + 4, times_end + 8)] if mine.name == b"tkhd" else []
    for start, end in zeros:
        expected[start:end] = bytes(end - start)
    if mine.name == b"mdhd":
        expected[-4:] = b"\x55\xc4\0\0"
    demand(output[mine.start : mine.end] == bytes(expected), "times of the sequence")


def _prove_track(output: bytes, track: Track, original: bytes, other: Track, found: Found) -> tuple[int, int]:
    used, profiles, coded = found
    demand(track.handler == other.handler and _body(output, track, b"hdlr")[12:] == bytes(13), "names")
    demand(_body(output, track, b"vmhd") == b"\0\0\0\1" + bytes(8), "sequence")
    demand(_body(output, track, b"dinf")[8:] == _HERE, "sequence")
    for name in (b"tkhd", b"mdhd"):
        _prove_header(output, track.parts[name], original, _part([*other.parts.values()], name))
    _prove_tables(output, track, original, other)
    coding, configuration, size = _prove_entry(output, track, original, other, profiles)
    mine, theirs = list(_samples(output, track)), list(_samples(original, other))
    demand(len(mine) == len(theirs), "samples")
    for (start, end), (first, last) in zip(mine, theirs, strict=True):
        demand(end - start == last - first, "samples")
        recheck_coded.prove(coding, configuration, Pair(output, start, original, first, end - start))
    used += mine
    tail_bytes = min(TAIL_BYTES, MAX_SEARCHED_BYTES // max(len(mine), 1))
    coded += [_body(output, track, b"stsd"), b"\0\0".join(output[max(a, b - tail_bytes) : b] for a, b in mine)]
    return size


def _body(data: bytes, track: Track, name: bytes) -> bytes:
    span = _part([*track.parts.values()], name)
    return data[span.start : span.end]


def _prove_tables(output: bytes, track: Track, original: bytes, other: Track) -> None:
    """See that times, sync samples and sizes are the original's, and exactly as long as they say."""
    for name in (*ROWS, b"stsz", b"stz2"):
        demand((name in track.parts) == (name in other.parts), "samples")
        if name in track.parts:
            mine = _body(output, track, name)
            count = int.from_bytes(mine[4:8] if name in ROWS else mine[8:12], "big")
            demand(_body(original, other, name).startswith(mine), "samples")
            width = ROWS.get(name, 4 if name == b"stsz" else int.from_bytes(mine[4:8], "big") // 8)
            is_uniform = name == b"stsz" and any(mine[4:8])
            demand(len(mine) == (8 if name in ROWS else 12) + width * count * (not is_uniform), "samples")
    if b"edts" in track.parts:
        edits = _body(output, track, b"edts")
        row = 20 if edits[8:9] == b"\1" else 12
        demand(edits[4:8] == b"elst" and len(edits) == 16 + row * int.from_bytes(edits[12:16], "big"), "sequence")
        demand(b"edts" in other.parts and edits[8:] in _body(original, other, b"edts"), "sequence")


def _prove_entry(
    output: bytes, track: Track, original: bytes, other: Track, profiles: list[tuple[bytes, bytes | None]]
) -> tuple[bytes, int, tuple[int, int]]:
    """Compare the sample descriptions; give the coding, the bytes of a unit's length, and the size."""
    stsd, before = track.parts[b"stsd"], _part([*other.parts.values()], b"stsd")
    entries = split(output, stsd.start + 8, stsd.end)
    old = split(original, before.start + 8, before.end, is_strict=False)
    demand(len(entries) == len(old) == 1 and entries[0].name == old[0].name in ENTRIES, "sequence")
    entry, fields = entries[0], output[entries[0].start : entries[0].start + _ENTRY_BYTES]
    theirs = original[old[0].start : old[0].start + _ENTRY_BYTES]
    plain = bytes(7) + b"\1" + bytes(16) + theirs[24:36] + bytes(4) + b"\0\1" + bytes(32) + theirs[74:76] + b"\xff\xff"
    demand(fields == plain, "names")
    boxes = [
        (span.name, output[span.start : span.end]) for span in split(output, entry.start + _ENTRY_BYTES, entry.end)
    ]
    spans = split(original, old[0].start + _ENTRY_BYTES, old[0].end, is_strict=False)
    rest = [(span.name, original[span.start : span.end]) for span in spans]
    for name, body in boxes:
        demand(name in ALLOWED_IN_ENTRY, "properties")
        matching = [other_body for found, other_body in rest if found == name and _is_entry_box(name, body, other_body)]
        demand(matching, "properties")
        if name == b"colr" and body[:4] in PROFILES:
            profiles.append((matching[0][4:], body[4:]))
    names = [name for name, _ in boxes]
    demand(all(name in names for name, _ in rest if name in {b"clap", b"pasp"}), "lost properties")
    if b"colr" not in names:
        profiles += [(body[4:], None) for name, body in rest if name == b"colr" and body[:4] in PROFILES]
    size = int.from_bytes(fields[24:26], "big"), int.from_bytes(fields[26:28], "big")
    coding = b"hvc1" if entry.name == b"hev1" else entry.name
    described = ((name, body, False) for name, body in boxes)
    return coding, size_bytes(ENTRIES[entry.name], described), size


def _is_entry_box(name: bytes, mine: bytes, theirs: bytes) -> bool:
    if name == b"ccst":
        return len(mine) == 8 and theirs.startswith(mine)  # noqa: PLR2004 - version, flags, one word
    if name == b"auxi":
        return mine in ALPHA and theirs.startswith(mine[:-1])
    if name == b"colr" and mine[:4] in PROFILES:
        return mine[:4] == theirs[:4] and colour.is_same(theirs[4:], mine[4:])
    return is_described(name, mine, theirs)
