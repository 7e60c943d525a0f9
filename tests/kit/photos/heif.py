"""HEIC, HEIF and AVIF photos, built box by box: metadata in every place that these formats have.

The coded pictures are real, from libheif's and libaom's encoders; the boxes around them are written here, with a
writer that shares nothing with the stripper.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

import pillow_heif
from PIL import Image

from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import box

ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"
DEPTH = b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth"
GAIN_MAP = b"urn:com:apple:photo:2020:aux:hdrgainmap"
MATTE = b"urn:com:apple:photo:2019:aux:semanticskinmatte"

SIZE = (128, 96)
"""Encoders of HEVC fill up anything below 64 pixels."""

GAIN = struct.pack(">BHHB4L10L", 0, 0, 0, 0x40, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 64, 1, 64)
"""How a gain map is applied (ISO 21496-1)."""

Property = tuple[bytes, bytes, bool]
"""Name, body, whether it is essential."""
Reference = tuple[bytes, int, Sequence[int]]
"""Kind, source, targets."""


@dataclass
class Part:
    """One item: its number, type, data, properties; `pieces` cuts its data into so many extents."""

    number: int
    kind: bytes
    data: bytes = b""
    properties: list[Property] = field(default_factory=list)
    name: bytes = b""
    content: bytes = b""
    flags: int = 0
    in_idat: bool = False
    pieces: int = 1
    protection: int = 0
    elsewhere: int = 0
    method: int | None = None
    same_as: int | None = None
    """Another part, written before, whose data are this one's too."""


@dataclass
class Frames:
    """One track: its number, handler, coding, boxes that describe it, samples."""

    number: int
    samples: list[bytes]
    entry: bytes = b"av01"
    boxes: list[bytes] = field(default_factory=list)
    handler: bytes = b"pict"
    references: list[bytes] = field(default_factory=list)
    extra: bytes = b""
    """Boxes at the track's end."""
    name: bytes = b""


def full(name: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    """Write a full box."""
    return box(name, struct.pack(">L", version << 24 | flags), *parts)


# --- real coded pictures --------------------------------------------------------------------------------


def encoded(image: Image.Image, kind: str = "AVIF", **options: object) -> bytes:
    """Encode as Pillow or pillow-heif does."""
    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    image.save(out, kind, **{"quality": 60, **options})
    return out.getvalue()


def boxes(data: bytes, start: int, end: int) -> Iterable[tuple[bytes, int, int]]:
    """Walk boxes with short headers."""
    while start < end:
        length, name = struct.unpack_from(">L4s", data, start)
        yield name, start + 8, start + length
        start += length


@cache
def coded(kind: str = "AVIF", mode: str = "RGB", size: tuple[int, int] = SIZE, turn: int = 0) -> tuple[bytes, bytes]:
    """Return one coded picture and its decoder's configuration."""
    photo = encoded(photos.pixels(*size, mode=mode).rotate(turn), kind, **({"chroma": 420} if kind == "HEIF" else {}))
    found = {name: (start, end) for name, start, end in boxes(photo, 0, len(photo))}
    meta = {name: (start, end) for name, start, end in boxes(photo, found[b"meta"][0] + 4, found[b"meta"][1])}
    properties = {name: (start, end) for name, start, end in boxes(photo, *meta[b"iprp"])}
    wanted = b"av1C" if kind == "AVIF" else b"hvcC"
    described = {name: photo[start:end] for name, start, end in boxes(photo, *properties[b"ipco"])}
    start, end = found[b"mdat"]
    return photo[start:end], described[wanted]


def picture(
    number: int = 1, kind: str = "AVIF", *, mode: str = "RGB", size: tuple[int, int] = SIZE, turn: int = 0
) -> Part:
    """Make a coded item with what it needs."""
    data, configuration = coded(kind, mode, size, turn)
    name, configured = (b"av01", b"av1C") if kind == "AVIF" else (b"hvc1", b"hvcC")
    bits = b"\1\x08" if mode == "L" else b"\3\x08\x08\x08"
    return Part(
        number,
        name,
        data,
        [
            (configured, configuration, True),
            (b"ispe", struct.pack(">LLL", 0, *size), False),
            (b"pixi", bytes(4) + bits, False),
        ],
    )


def exif_part(number: int, orientation: int = 6) -> Part:
    """Make the Exif item that a phone writes."""
    return Part(number, b"Exif", b"\0\0\0\6" + photos.exif(orientation), flags=1)


def xmp_part(number: int) -> Part:
    """Make an XMP item."""
    return Part(number, b"mime", photos.xmp(), content=b"application/rdf+xml", flags=1)


# --- the writer -----------------------------------------------------------------------------------------


def heif(  # noqa: PLR0913 - each vector names what it varies
    parts: Sequence[Part],
    references: Sequence[Reference] = (),
    *,
    primary: int = 1,
    brands: Sequence[bytes] = (b"avif", b"mif1"),
    in_meta: bytes = b"",
    loose: Sequence[Property] = (),
    front: bytes = b"",
    hidden: bytes = b"",
    behind: bytes = b"",
    tracks: Sequence[Frames] = (),
    in_movie: bytes = b"",
    handler: bytes = b"pict\0\0\0\0\0\0\0\0\0\0\0\0\0",
    is_wide: bool = False,
    offset_bytes: int = 4,
    times: int = 0,
) -> bytes:
    """Write a whole file: brands, `front`, `meta`, `moov`, and `mdat` with `hidden` bytes between the items' data."""
    ftyp = box(b"ftyp", brands[0], bytes(4), *brands)
    layout = Layout(primary, handler, in_meta, loose, is_wide, offset_bytes)
    base = 0
    for _ in range(2):
        places: dict[int, int] = {}
        at = base
        for part in parts:
            if part.same_as is not None:
                places[part.number] = places[part.same_as]
            elif not part.in_idat:
                places[part.number] = at
                at += len(part.data) + len(hidden)
        meta = _meta(parts, references, places, layout) if parts else b""
        chunks = []
        for track in tracks:
            chunks.append(at)
            at += sum(map(len, track.samples))
        moov = _movie(tracks, chunks, in_movie, times) if tracks or in_movie else b""
        base = len(ftyp) + len(front) + len(meta) + len(moov) + 8
    media = [part.data + hidden for part in parts if not part.in_idat and part.same_as is None]
    media += [sample for track in tracks for sample in track.samples]
    return ftyp + front + meta + moov + box(b"mdat", *media) + behind


@dataclass
class Layout:
    """How a `meta` is written."""

    primary: int
    handler: bytes
    in_meta: bytes
    loose: Sequence[Property]
    is_wide: bool
    offset_bytes: int


def _meta(parts: Sequence[Part], references: Sequence[Reference], places: dict[int, int], layout: Layout) -> bytes:
    number = ">L" if layout.is_wide else ">H"
    stored = b"".join(part.data for part in parts if part.in_idat)
    entries = [
        full(
            b"infe",
            struct.pack(number + "H4s", part.number, part.protection, part.kind) + part.name + b"\0",
            part.content + b"\0" if part.content else b"",
            version=3 if layout.is_wide else 2,
            flags=part.flags,
        )
        for part in parts
    ]
    return full(
        b"meta",
        full(b"hdlr", bytes(4), layout.handler),
        layout.in_meta,
        full(b"pitm", struct.pack(number, layout.primary), version=int(layout.is_wide)),
        _places(parts, places, number, layout.offset_bytes),
        full(b"iinf", struct.pack(">H", len(entries)), *entries),
        _references(references, number),
        _properties(parts, layout.loose, number),
        box(b"idat", stored) if stored else b"",
    )


def _places(parts: Sequence[Part], places: dict[int, int], number: str, offset_bytes: int) -> bytes:
    code = {4: ">L", 8: ">Q"}[offset_bytes]
    rows, in_idat = [], 0
    for part in parts:
        start = in_idat if part.in_idat else places[part.number]
        in_idat += len(part.data) if part.in_idat else 0
        length = len(part.data) // part.pieces
        cuts = [*range(0, len(part.data), length)][: part.pieces] if part.data else []
        ends = [*cuts[1:], len(part.data)]
        method = int(part.in_idat) if part.method is None else part.method
        rows.append(struct.pack(number + "HHH", part.number, method, part.elsewhere, len(cuts)))
        rows += [struct.pack(code, start + a) + struct.pack(code, b - a) for a, b in zip(cuts, ends, strict=False)]
    widths = bytes((offset_bytes << 4 | offset_bytes, 0))
    return full(b"iloc", widths, struct.pack(number, len(parts)), *rows, version=2 if number == ">L" else 1)


def _references(references: Sequence[Reference], number: str) -> bytes:
    rows = [
        box(kind, struct.pack(f">{number[1]}H{len(targets)}{number[1]}", source, len(targets), *targets))
        for kind, source, targets in references
    ]
    return full(b"iref", *rows, version=int(number == ">L")) if rows else b""


def _properties(parts: Sequence[Part], loose: Sequence[Property], number: str) -> bytes:
    container: list[bytes] = [box(name, body) for name, body, _ in loose]
    rows = []
    is_long = len({(name, body) for part in parts for name, body, _ in part.properties}) + len(loose) > 127
    for part in parts:
        marks = []
        for name, body, is_essential in part.properties:
            written = box(name, body)
            if written not in container:
                container.append(written)
            marks.append(container.index(written) + 1 | (0x8000 if is_long else 0x80) * is_essential)
        rows.append(struct.pack(number + "B", part.number, len(marks)))
        rows.append(struct.pack(f">{len(marks)}{'H' if is_long else 'B'}", *marks))
    ipma = full(b"ipma", struct.pack(">L", len(parts)), *rows, version=int(number == ">L"), flags=int(is_long))
    return box(b"iprp", box(b"ipco", *container), ipma)


def _movie(tracks: Sequence[Frames], chunks: Sequence[int], in_movie: bytes, times: int) -> bytes:
    length = max((len(track.samples) for track in tracks), default=0)
    header = struct.pack(">4xLLLLLH10x", times, times, 10, length, 0x10000, 0x100)
    return box(
        b"moov",
        box(b"mvhd", header, _MATRIX, bytes(24), struct.pack(">L", 99)),
        *(_track(track, at, times) for track, at in zip(tracks, chunks, strict=True)),
        in_movie,
    )


_MATRIX = struct.pack(">9l", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
"""Shown upright."""


def _track(track: Frames, at: int, times: int) -> bytes:
    width, height = SIZE
    count = len(track.samples)
    header = struct.pack(">LLLL4xL", 7, times, times, track.number, count)
    media = struct.pack(">LLLLLHH", 0, times, times, 10, count, 0x15C7, 0)
    header += bytes(16) + _MATRIX + struct.pack(">LL", width << 16, height << 16)
    entry = struct.pack(">6xH16xHHLL4xH", 1, width, height, 72 << 16, 72 << 16, 1)
    encoder = b"\x0fCanary Coder 2.0".ljust(32, b"\0")
    described = box(track.entry, entry, encoder, struct.pack(">Hh", 24, -1), *track.boxes)
    places, sizes = [], [len(sample) for sample in track.samples]
    for size in sizes:
        places.append(at)
        at += size
    table = box(
        b"stbl",
        full(b"stsd", struct.pack(">L", 1), described),
        full(b"stts", struct.pack(">LLL", 1, count, 1)),
        full(b"stsc", struct.pack(">LLLL", 1, 1, 1, 1)),
        full(b"stsz", struct.pack(f">LL{count}L", 0, count, *sizes)),
        full(b"stco", struct.pack(f">L{count}L", count, *places)),
    )
    place = full(b"dref", struct.pack(">L", 1), full(b"url ", flags=1))
    return box(
        b"trak",
        box(b"tkhd", header),
        box(b"tref", *track.references) if track.references else b"",
        box(
            b"mdia",
            box(b"mdhd", media),
            full(b"hdlr", bytes(4), track.handler, bytes(12), track.name + b"\0"),
            box(b"minf", full(b"vmhd", bytes(8), flags=1), box(b"dinf", place), table),
        ),
        track.extra,
    )


# --- photos that say everything ------------------------------------------------------------------------

SEI = b"\x4e\x01"
"""An HEVC unit's head: a message in front."""


def message(kind: int, content: bytes) -> bytes:
    """Write an HEVC unit with one message, with the length in front that an item's units have."""
    unit = SEI + bytes((kind, len(content))) + content + b"\x80"
    return struct.pack(">L", len(unit)) + unit


def user_data(text: str) -> bytes:
    """Write what x265 and camera makers write: a text behind a made-up identifier."""
    return message(5, b"0123456789abcdef" + text.encode())


def obu(kind: int, payload: bytes) -> bytes:
    """Write an AV1 unit that states its length."""
    return bytes((kind << 3 | 2, len(payload))) + payload


def with_canaries(part: Part) -> Part:
    """Write canaries between the coded data's units and into the decoder's configuration."""
    name, configuration, is_essential = part.properties[0]
    if part.kind == b"hvc1":
        part.data = user_data(photos.SERIAL) + part.data + user_data(photos.OWNER)
        note = user_data(photos.SOFTWARE)[4:]
        extra = struct.pack(">BHH", 39, 1, len(note)) + note
        configuration = configuration[:22] + bytes((configuration[22] + 1,)) + configuration[23:] + extra
    else:
        note = obu(5, b"\4\xb5\0\x3c" + photos.SERIAL.encode() + b"\x80")
        part.data = part.data[:2] + note + obu(15, photos.OWNER.encode() + b"\x80") + part.data[2:]
        configuration += note
    part.properties[0] = name, configuration, is_essential
    return part


def heif_with_metadata(kind: str = "HEIF", *, angle: int = 3) -> bytes:
    """Make a photo with metadata in every place: items, properties, names, coded data, boxes inside and outside."""
    main = with_canaries(picture(1, kind))
    main.name = photos.DESCRIPTION.encode()
    main.properties += [
        (b"colr", b"prof" + photos.display_profile(), False),
        (b"udes", bytes(4) + b"en\0" + photos.DESCRIPTION.encode() + b"\0" + photos.CAPTION.encode() + b"\0\0", False),
        (b"altt", bytes(4) + photos.COMMENT.encode() + b"\0en\0", False),
        (b"crtt", bytes(4) + b"CANARYTM", False),
        (b"uuid", b"0123456789abcdef" + photos.SERIAL.encode(), False),
        (b"irot", bytes((angle,)), True),
    ]
    alpha = picture(2, kind, mode="L")
    alpha.properties.append((b"auxC", bytes(4) + ALPHA + b"\0" + photos.SERIAL.encode(), True))
    others = [picture(number, kind, size=(64, 64), turn=90) for number in range(3, 8)]
    for part, auxiliary in zip(others[1:4], (DEPTH, GAIN_MAP, MATTE), strict=True):
        part.properties.append((b"auxC", bytes(4) + auxiliary + b"\0", True))
    parts = [
        main,
        alpha,
        *others,
        exif_part(8),
        xmp_part(9),
        Part(10, b"mime", box(b"jumb", b"c2pa " + photos.OWNER.encode()), content=b"application/x-c2pa-manifest-store"),
        Part(11, b"uri ", photos.ARTIST.encode(), content=b"urn:canary"),
        Part(12, b"tmap", GAIN, [main.properties[1], main.properties[2]]),
        xmp_part(13),
    ]
    references = [
        (b"auxl", 2, [1]),
        (b"thmb", 3, [1]),
        *((b"auxl", number, [1]) for number in (4, 5, 6)),
        (b"cdsc", 8, [1]),
        (b"cdsc", 9, [1]),
        (b"dimg", 12, [1, 5]),
        (b"cdsc", 13, [5]),
    ]
    return heif(
        parts,
        references,
        brands=(b"heic", b"mif1", b"tmap", b"CNRY") if kind == "HEIF" else (b"avif", b"mif1", b"tmap", b"CNRY"),
        in_meta=box(b"uuid", b"0123456789abcdef" + photos.MODEL.encode())
        + box(b"dinf", full(b"dref", struct.pack(">L", 1), full(b"url ", flags=1)))
        + box(b"grpl", full(b"altr", struct.pack(">LLLL", 99, 2, 12, 1))),
        loose=[(b"cmex", bytes(4) + photos.CITY.encode(), False)],
        front=box(b"free", photos.LENS_SERIAL.encode()) + box(b"uuid", bytes(16), photos.MAKE.encode()),
        hidden=photos.EDITOR.encode(),
        behind=box(b"skip", photos.TOOL.encode())
        + box(b"mpvd", photos.motion_video())
        + box(b"sefd", photos.TAKEN.encode()),
        handler=b"pict" + bytes(12) + photos.SOFTWARE.encode() + b"\0",
    )


def frames(kind: str = "AVIF", number: int = 1, *, count: int = 3) -> Frames:
    """Make a track of pictures, each coded by itself."""
    made = [coded(kind, "RGB", SIZE, 90 * turn) for turn in range(count)]
    name, entry = (b"av1C", b"av01") if kind == "AVIF" else (b"hvcC", b"hvc1")
    samples = [data for data, _ in made]
    return Frames(number, samples, entry, [box(name, made[0][1]), full(b"ccst", b"\x7c\0\0\0")])


def sequence(kind: str = "AVIF", *others: Frames, parts: Sequence[Part] = ()) -> bytes:
    """Make an animation, with or without a still beside it."""
    brands = (b"avis", b"avif", b"mif1", b"msf1") if kind == "AVIF" else (b"msf1", b"hevc", b"mif1", b"heic")
    return heif(parts, tracks=[frames(kind), *others], brands=brands)


def motion_photo(kind: str = "HEIF") -> bytes:
    """Make a still with sound, video, times, names and a place in its `moov`, and with brands of sequences."""
    sound = Frames(3, [photos.CAPTION.encode() * 20], b"mp4a", handler=b"soun", name=photos.OWNER.encode())
    video = Frames(4, [photos.COMMENT.encode() * 20], b"hvc1", [box(b"hvcC", coded("HEIF")[1])], handler=b"vide")
    video.extra = box(b"udta", box(b"name", photos.CITY.encode())) + box(b"uuid", bytes(16), photos.SERIAL.encode())
    brands = (b"mif1", b"heic", b"msf1", b"mp42") if kind == "HEIF" else (b"avif", b"mif1", b"avis")
    return heif(
        [picture(1, kind), exif_part(2, 1)],
        [(b"cdsc", 2, [1])],
        brands=(*brands, b"CNRY"),
        tracks=[sound, video],
        in_movie=box(b"udta", box(b"\xa9xyz", b"+51.5070-000.1277/" + photos.MAKE.encode())),
        times=0xE1234567,
    )
