"""An image sequence's tracks: the animation and its transparency, rebuilt without times, names, sound and other videos.

ISO/IEC 14496-12 §8 for the boxes, ISO/IEC 23008-12 §7 for sequences. A phone hides videos and sound in the same boxes:
a track stays only if it is the file's first of pictures, or that one's transparency.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from imgfile.images import refusals
from imgfile.images.formats.bmff import MAX_BOXES, Box, Cursor, boxes, encode, encode_full
from imgfile.images.formats.heif.items import ORIENTATIONS, is_blank
from imgfile.images.formats.heif.meta_box import Extent
from imgfile.images.formats.heif.properties import ALPHA, CODINGS, PROFILES, rebuild
from imgfile.images.limits import MAX_ANIMATION_PIXELS, MAX_PIXELS
from imgfile.images.metadata.exif import SIDEWAYS, UPRIGHT

MAX_TRACKS: Final = 64
MAX_SAMPLES: Final = 65_536
"""Pictures in one sequence."""

PICTURES, AUXILIARY = b"pict", b"auxv"
_ENTRY_BYTES: Final = 78
"""A visual sample entry's own fields (§12.1.3)."""
SAMPLE_ENTRIES: Final = {**CODINGS, b"hev1": b"hvcC"}
ENTRY_BOXES: Final = frozenset({b"pasp", b"clap", b"colr", b"clli", b"mdcv", b"cclv", b"amve", *CODINGS.values()})
"""What may describe a sequence, in the form that `heif_properties` gives it; besides `ccst` and, of alpha, `auxi`."""
TABLES: Final = {b"stts": 8, b"ctts": 8, b"stss": 4, b"stsc": 12}
"""Kept tables, with the bytes of each row; the sizes and the places of samples are kept besides."""
TRACK_REFERENCES: Final = frozenset({b"auxl", b"prem"})
_UNDETERMINED: Final = 0x55C4
"""The language `und`."""
_ALL_IN_ONE: Final = 1
"""The flag of a data reference to this very file."""


@dataclass(slots=True)
class Track:
    """One track: what it is, what it refers to, its boxes by name, and where its samples lie."""

    box: Box
    number: int
    handler: bytes
    names: tuple[bytes, ...] = field(default=(), repr=False)
    """What its handler and its encoder are called."""
    parts: dict[bytes, Box] = field(default_factory=dict)
    references: dict[bytes, tuple[int, ...]] = field(default_factory=dict)
    entries: bytes = field(default=b"", repr=False)
    """The sample descriptions, written anew."""
    coding: bytes = b""
    configuration: bytes = field(default=b"", repr=False)
    width: int = 0
    height: int = 0
    profiles: tuple[bytes, ...] = field(default=(), repr=False)
    is_colour_lost: bool = False
    is_alpha: bool = False
    turned: tuple[int, int, int, int] = (1, 0, 0, 1)
    chunks: tuple[int, ...] = ()
    samples: tuple[Extent, ...] = ()
    left_out: list[Box] = field(default_factory=list)
    """Boxes that go, of the track and of its sample descriptions."""


@dataclass(slots=True)
class Movie:
    """A `moov` box: the tracks that stay, those that go, and other boxes that go."""

    box: Box
    header: Box
    kept: list[Track] = field(default_factory=list)
    dropped: list[Track] = field(default_factory=list)
    others: list[Box] = field(default_factory=list)


def parse(data: bytes, box: Box) -> Movie:
    """Read a `moov` and choose what stays. Raises `UnsupportedImage` for what is damaged or past a bound."""
    headers: list[Box] = []
    tracks: list[Track] = []
    others: list[Box] = []
    for child in boxes(data, box.body, box.end):
        if child.name == b"mvhd":
            headers.append(child)
        elif child.name == b"trak":
            tracks.append(_track(data, child))
            if len(tracks) > MAX_TRACKS:
                raise refusals.too_large("it has too many sequences")
        else:
            others.append(child)
    if len(headers) != 1 or len({track.number for track in tracks}) != len(tracks):
        raise refusals.damaged("its sequence's description is broken")
    if len(others) + sum(len(track.left_out) for track in tracks) > MAX_BOXES:
        raise refusals.too_large("it has too many parts")
    movie = Movie(box, headers[0], others=others)
    main = next((track for track in tracks if _is_main(track)), None)
    for track in tracks:
        if main is not None and (track is main or _is_alpha_of(data, track, main)):
            movie.kept.append(track)
        else:
            movie.dropped.append(track)
    for track in movie.kept:
        _read_samples(data, track)
    _require_apart(movie.kept)
    return movie


def shown(track: Track) -> tuple[int, int, int]:
    """Tell a sequence's width and height as displayed, and its orientation."""
    orientation = ORIENTATIONS.get(track.turned, UPRIGHT)
    is_sideways = orientation in SIDEWAYS
    return (track.height, track.width, orientation) if is_sideways else (track.width, track.height, orientation)


def _is_main(track: Track) -> bool:
    return track.handler == PICTURES and not {b"thmb", b"auxl", b"cdsc"} & track.references.keys()


def _is_alpha_of(data: bytes, track: Track, main: Track) -> bool:
    if track.handler not in {AUXILIARY, PICTURES} or main.number not in track.references.get(b"auxl", ()):
        return False
    return any(
        _auxiliary_kind(data, child) in ALPHA
        for entry in _entries(data, track)
        for child in boxes(data, entry.body + _ENTRY_BYTES, entry.end)
        if entry.body + _ENTRY_BYTES <= entry.end
    )


# --- reading --------------------------------------------------------------------------------------------


KNOWN_PARTS: Final = frozenset(
    b"tkhd tref edts mdia mdhd hdlr minf vmhd nmhd dinf stbl stsd stts ctts stss stsc stsz stz2 stco co64".split()
)
"""Boxes of a track that stay, or that are written anew."""
_NEEDED: Final = frozenset({b"tkhd", b"mdhd", b"hdlr", b"dinf", b"stsd", b"stts", b"stsc"})


def _track(data: bytes, box: Box) -> Track:
    parts: dict[bytes, Box] = {}
    others: list[Box] = []
    waiting = [box]
    while waiting:
        container = waiting.pop()
        for child in boxes(data, container.body, container.end):
            if child.name not in KNOWN_PARTS or child.name in parts:
                others.append(child)
                continue
            parts[child.name] = child
            if child.name in {b"mdia", b"minf", b"stbl"}:
                waiting.append(child)
    if not {b"tkhd", b"hdlr"} <= parts.keys():
        raise refusals.damaged("its sequence's description is broken")
    header = Cursor(data, parts[b"tkhd"].body, parts[b"tkhd"].end)
    version, _ = header.full()
    header.take(16 if version else 8)
    handler = Cursor(data, parts[b"hdlr"].body, parts[b"hdlr"].end)
    handler.take(8)
    track = Track(box, header.integer(4), handler.copy(4), parts=parts, left_out=others)
    header.take(8 + 4 * version + 16)
    right, down, _, left, low, _ = (number >> 16 for number in struct.unpack(">6l", header.copy(24)))
    track.turned = right, left, down, low
    track.names = (data[handler.at + 12 : handler.end],)
    if b"tref" in parts:
        for child in boxes(data, parts[b"tref"].body, parts[b"tref"].end):
            numbers = Cursor(data, child.body, child.end).integers((child.end - child.body) // 4, 4)
            track.references[child.name] = numbers
    return track


def _entries(data: bytes, track: Track) -> list[Box]:
    if b"stsd" not in track.parts:
        return []
    box = track.parts[b"stsd"]
    cursor = Cursor(data, box.body, box.end)
    cursor.take(8)
    return list(boxes(data, cursor.at, box.end))


def _auxiliary_kind(data: bytes, box: Box) -> bytes:
    return data[box.body + 4 : box.end].partition(b"\0")[0] if box.name == b"auxi" else b""


def _read_samples(data: bytes, track: Track) -> None:
    if _NEEDED - track.parts.keys() or not _is_self_contained(data, track.parts[b"dinf"]):
        raise refusals.unknown("its sequence is incomplete or lies in another file")
    entries = _entries(data, track)
    if any(box.name in KNOWN_PARTS for box in track.left_out):  # twice: programs disagree about which counts
        raise refusals.damaged("its sequence's description is broken")
    if len(entries) != 1 or entries[0].name not in SAMPLE_ENTRIES:
        raise refusals.unknown("its sequence is coded in a way that ordinary programs do not show")
    _describe(data, track, entries[0])
    sizes = _sizes(data, track)
    pixels = track.width * track.height
    if pixels > MAX_PIXELS or pixels * len(sizes) > MAX_ANIMATION_PIXELS:
        raise refusals.too_large("its sequence has too many pixels")
    track.chunks = _chunks(data, track)
    track.samples = tuple(_places(data, track, sizes))
    if track.samples and max(end for _, end in track.samples) > len(data):
        raise refusals.truncated("the end of its sequence is missing")
    if any(is_blank(data, (sample,)) for sample in track.samples):
        raise refusals.truncated("a part of its sequence is missing")


def _is_self_contained(data: bytes, dinf: Box) -> bool:
    references = [child for child in boxes(data, dinf.body, dinf.end) if child.name == b"dref"]
    if len(references) != 1:
        return False
    cursor = Cursor(data, references[0].body, references[0].end)
    cursor.take(8)
    entries = list(boxes(data, cursor.at, references[0].end))
    return len(entries) == 1 and Cursor(data, entries[0].body, entries[0].end).full()[1] == _ALL_IN_ONE


def _describe(data: bytes, track: Track, entry: Box) -> None:
    """Write the sample description anew: its size and resolution, and allow-listed boxes."""
    cursor = Cursor(data, entry.body, entry.end)
    fields = cursor.copy(_ENTRY_BYTES)
    track.coding = {b"hev1": b"hvc1"}.get(entry.name, entry.name)
    track.width, track.height = struct.unpack_from(">HH", fields, 24)
    if not track.width or not track.height:
        raise refusals.damaged("it states no size")
    kept: list[bytes] = []
    profiles: list[bytes] = []
    for child in boxes(data, cursor.at, entry.end):
        body = _entry_box(data, child)
        if body is None:
            track.is_colour_lost |= child.name == b"colr"
            track.left_out.append(child)
            continue
        if body != data[child.body : child.end]:
            track.left_out.append(child)
        kept.append(encode(child.name, body))
        if child.name == SAMPLE_ENTRIES[entry.name]:
            track.configuration = body
        elif child.name == b"colr" and body[:4] in PROFILES:
            profiles.append(body[4:])
        track.is_alpha |= child.name == b"auxi"
    if not track.configuration:
        raise refusals.damaged("the description of a picture is broken")
    track.names = *track.names, fields[43:74]
    track.profiles = tuple(profiles)
    plain = struct.pack(">6xH16x", 1) + fields[24:36] + struct.pack(">4xH32x", 1) + fields[74:76] + b"\xff\xff"
    track.entries = encode(entry.name, plain, *kept)


def _entry_box(data: bytes, box: Box) -> bytes | None:
    body = data[box.body : box.end]
    if box.name == b"ccst":
        return body[:8] if len(body) >= 8 and body[:4] == bytes(4) else None  # noqa: PLR2004 - version, flags, one word
    if box.name == b"auxi":
        kind = _auxiliary_kind(data, box)
        return bytes(4) + kind + b"\0" if kind in ALPHA else None
    return rebuild(box.name, body) if box.name in ENTRY_BOXES else None


def _sizes(data: bytes, track: Track) -> tuple[int, ...]:
    """Read `stsz` or `stz2`: bytes of each sample."""
    box = track.parts.get(b"stsz") or track.parts.get(b"stz2")
    if box is None:
        raise refusals.damaged("its sequence's description is broken")
    cursor = Cursor(data, box.body, box.end)
    cursor.full()
    uniform, count = cursor.integer(4), cursor.integer(4)
    _bounded(count)
    if box.name == b"stsz":
        return (uniform,) * count if uniform else cursor.integers(count, 4)
    if uniform not in {8, 16}:
        raise refusals.unknown("its sequence lists its pictures in an unusual way")
    return cursor.integers(count, uniform // 8)


def _bounded(count: int) -> int:
    if count > MAX_SAMPLES:
        raise refusals.too_large("its sequence has too many pictures")
    return count


def _chunks(data: bytes, track: Track) -> tuple[int, ...]:
    box = track.parts.get(b"stco") or track.parts.get(b"co64")
    if box is None:
        raise refusals.damaged("its sequence's description is broken")
    cursor = Cursor(data, box.body, box.end)
    cursor.full()
    count = _bounded(cursor.integer(4))
    return cursor.integers(count, 4 if box.name == b"stco" else 8)


def _places(data: bytes, track: Track, sizes: tuple[int, ...]) -> Iterator[Extent]:
    """Follow `stsc`: how many samples lie in each chunk, one behind the other (§8.7.4)."""
    box = track.parts[b"stsc"]
    cursor = Cursor(data, box.body, box.end)
    cursor.full()
    numbers = cursor.integers(3 * _bounded(cursor.integer(4)), 4)
    rows = list(zip(numbers[::3], numbers[1::3], strict=False))
    if any(behind[0] <= before[0] for before, behind in itertools.pairwise(rows)):
        raise refusals.damaged("its sequence's description is broken")
    sample, row = 0, -1
    for number, at in enumerate(track.chunks, start=1):
        while row + 1 < len(rows) and rows[row + 1][0] <= number:
            row += 1
        in_chunk = rows[row][1] if row >= 0 else 0
        for length in sizes[sample : sample + in_chunk]:
            yield at, at + length
            at += length  # noqa: PLW2901 - the next sample lies right behind
        sample += in_chunk
    if sample != len(sizes):
        raise refusals.damaged("pictures of its sequence are missing")


def _require_apart(tracks: Iterable[Track]) -> None:
    places = sorted(place for track in tracks for place in track.samples)
    if any(behind[0] < before[1] for before, behind in itertools.pairwise(places)):
        raise refusals.damaged("pictures of its sequence overlap")


# --- writing --------------------------------------------------------------------------------------------


def encode_movie(data: bytes, movie: Movie, moved: Callable[[int], int]) -> bytes:
    """Write the `moov` anew, with each chunk where `moved` says."""
    numbers = {track.number for track in movie.kept}
    head, rest = _timeless(data, movie.header, 88)
    tail = rest[-80:]
    header = encode(b"mvhd", head, rest[:-80], tail[:6], bytes(10), tail[16:52], bytes(24), tail[76:])
    return encode(b"moov", header, *(_encode_track(data, track, numbers, moved) for track in movie.kept))


def _timeless(data: bytes, box: Box, rest_bytes: int) -> tuple[bytes, bytes]:
    """Read a header: its version, flags and two times as zero, and what follows (version 1 has a wider duration)."""
    cursor = Cursor(data, box.body, box.end)
    version, flags = cursor.full()
    if version > 1:
        raise refusals.unknown("its sequence is of an unknown kind")
    cursor.take(8 + 8 * version)
    return struct.pack(">L", version << 24 | flags) + bytes(8 + 8 * version), cursor.copy(rest_bytes + 4 * version)


def _encode_track(data: bytes, track: Track, numbers: set[int], moved: Callable[[int], int]) -> bytes:
    head, rest = _timeless(data, track.parts[b"tkhd"], 72)
    header = encode(b"tkhd", head, rest[:4], bytes(4), rest[8:-60], bytes(8), rest[-52:-46], bytes(2), rest[-44:])
    head, rest = _timeless(data, track.parts[b"mdhd"], 12)
    media_header = encode(b"mdhd", head, rest[:-4], struct.pack(">HH", _UNDETERMINED, 0))
    media = encode(
        b"mdia",
        media_header,
        encode_full(b"hdlr", bytes(4), track.handler, bytes(13)),
        encode(b"minf", encode_full(b"vmhd", bytes(8), flags=1), _IN_THIS_FILE, _encode_tables(data, track, moved)),
    )
    return encode(b"trak", header, _encode_references(track, numbers), _encode_edits(data, track), media)


_IN_THIS_FILE: Final = encode(
    b"dinf", encode_full(b"dref", struct.pack(">L", 1), encode_full(b"url ", flags=_ALL_IN_ONE))
)


def _encode_references(track: Track, numbers: set[int]) -> bytes:
    kept = [
        encode(kind, *(struct.pack(">L", number) for number in targets if number in numbers))
        for kind, targets in track.references.items()
        if kind in TRACK_REFERENCES and numbers.intersection(targets)
    ]
    return encode(b"tref", *kept) if kept else b""


def _encode_edits(data: bytes, track: Track) -> bytes:
    """Copy the edit list: which part is shown, when and how often (§8.6.6)."""
    if b"edts" not in track.parts:
        return b""
    box = track.parts[b"edts"]
    lists = [child for child in boxes(data, box.body, box.end) if child.name == b"elst"]
    if len(lists) != 1:
        return b""
    cursor = Cursor(data, lists[0].body, lists[0].end)
    version, _ = cursor.full()
    length = cursor.integer(4) * (20 if version else 12)
    cursor.take(length)
    return encode(b"edts", encode(b"elst", data[lists[0].body : cursor.at]))


def _encode_tables(data: bytes, track: Track, moved: Callable[[int], int]) -> bytes:
    tables = [_table(data, track.parts[name], width) for name, width in TABLES.items() if name in track.parts]
    sizes = track.parts.get(b"stsz") or track.parts[b"stz2"]
    uniform = struct.unpack_from(">L", data, sizes.body + 4)[0]
    width = 4 if sizes.name == b"stsz" else uniform // 8
    length = 12 + (0 if sizes.name == b"stsz" and uniform else width * len(track.samples))
    offsets = struct.pack(f">{len(track.chunks)}L", *map(moved, track.chunks))
    return encode(
        b"stbl",
        encode_full(b"stsd", struct.pack(">L", 1), track.entries),
        *tables,
        encode(sizes.name, data[sizes.body : sizes.body + length]),
        encode_full(b"stco", struct.pack(">L", len(track.chunks)), offsets),
    )


def _table(data: bytes, box: Box, row_bytes: int) -> bytes:
    """Copy a table's own rows, and nothing behind them."""
    cursor = Cursor(data, box.body, box.end)
    cursor.full()
    cursor.take(cursor.integer(4) * row_bytes)
    return encode(box.name, data[box.body : cursor.at])
