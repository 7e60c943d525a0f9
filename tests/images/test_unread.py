"""`inspect` reads what it can, in whatever way it is written, and never calls nothing what it did not read."""

from __future__ import annotations

import json
import struct

import pytest

from imgfile.images.draft import ORIENTATION_UNSURE
from imgfile.images.inspect import Findings, inspect
from imgfile.images.metadata import cbor, flir, jumbf
from imgfile.images.metadata.model import Kind
from imgfile.images.strip import strip
from kit.photos import bmp as photos_bmp
from kit.photos import gif as photos_gif
from kit.photos import heif as photos_heif
from kit.photos import jpeg_png as photos
from kit.photos import jxl as photos_jxl
from kit.photos import tiff as photos_tiff
from kit.photos import webp as photos_webp
from kit.photos.heif import Part, picture
from kit.photos.jpeg_png import box, chunk, photo, segment, with_chunks, with_segments

SECRET = b"Mrs Jones, ward 7, 943 476 5870"
JPEG, PNG, WEBP, GIF = photos.jpeg(), photos.png(), photos_webp.webp(), photos_gif.gif()


def _exif_with(tag: int, value: bytes, kind: int = 7) -> bytes:
    """Write an Exif block of one tag."""
    return b"MM\0*\0\0\0\x08\0\1" + struct.pack(">HHLL", tag, kind, len(value), 26) + bytes(4) + value


def _in_jpeg(tiff: bytes) -> bytes:
    return with_segments(JPEG, segment(0xE1, b"Exif\0\0" + tiff))


UNREAD = {
    **{f"APP{number}": with_segments(JPEG, segment(0xE0 + number, SECRET)) for number in range(16)},
    "an unknown APP1": with_segments(JPEG, segment(0xE1, b"http://example.org/\0" + SECRET)),
    "bytes between segments": JPEG[:20] + SECRET + JPEG[20:],
    "a comment's end": with_segments(JPEG, segment(0xFE, b"x\0" + SECRET)),
    "behind a JPEG": JPEG + SECRET,
    "an unknown tag": _in_jpeg(_exif_with(0x9999, SECRET)),
    "a maker's own": _in_jpeg(_exif_with(37500, SECRET)),
    "a setting too long for one": _in_jpeg(_exif_with(37121, SECRET * 3)),
    "behind a text's end": _in_jpeg(_exif_with(271, b"Canon\0" + SECRET, 2)),
    "between an Exif's values": _in_jpeg(photos.exif(1)[6:] + SECRET),
    "an Exif that is none": _in_jpeg(SECRET),
    "an unknown resource": with_segments(JPEG, segment(0xED, b"Photoshop 3.0\0" + photos.resource(0x0BB7, SECRET))),
    "behind resources": with_segments(JPEG, segment(0xED, b"Photoshop 3.0\0" + SECRET)),
    "an unknown data set": with_segments(
        JPEG,
        segment(
            0xED, b"Photoshop 3.0\0" + photos.resource(0x0404, b"\x1c\2\xf0" + struct.pack(">H", len(SECRET)) + SECRET)
        ),
    ),
    "a packet that is none": with_segments(JPEG, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)),
    "a manifest that is none": with_segments(JPEG, segment(0xEB, b"JP\0\1\0\0\0\1" + SECRET)),
    "a manifest's unknown box": with_segments(
        JPEG, segment(0xEB, b"JP\0\1\0\0\0\1" + box(b"jumb", box(b"jumd", bytes(17)), box(b"zzzz", SECRET)))
    ),
    "FLIR's records that are none": with_segments(JPEG, segment(0xE1, b"FLIR\0\1\0\0" + SECRET * 4)),
    "an unknown chunk": with_chunks(PNG, chunk(b"prVt", SECRET)),
    "a text that cannot be inflated": with_chunks(PNG, chunk(b"zTXt", b"x\0\0" + SECRET)),
    "a raw profile that is none": with_chunks(PNG, chunk(b"tEXt", b"Raw profile type exif\0" + SECRET)),
    "behind a PNG": PNG + SECRET,
    "behind a PNG's stream": photos.behind_picture(PNG, SECRET),
    "an unknown chunk of WebP": photos_webp.extended(0, photos_webp.chunk(b"prVt", SECRET)),
    "a list of WebP": photos_webp.extended(0, photos_webp.chunk(b"LIST", b"INFO", photos_webp.chunk(b"IXXX", SECRET))),
    "behind a WebP": WEBP + SECRET,
    "an unknown extension": photos_gif.with_parts(GIF, photos_gif.application(b"ABCDEFGH1.0", SECRET)),
    "behind a GIF": GIF + SECRET,
    "a gap in a BMP": photos_bmp.bmp(gap=SECRET),
    "behind a BMP": photos_bmp.bmp() + SECRET,
    "an unknown tag of TIFF": photos_tiff.tiff(photos_tiff.grey(tags={65001: (2, SECRET + b"\0")})),
    "an unknown tag of a further page": photos_tiff.tiff(
        photos_tiff.grey(), photos_tiff.grey(tags={65001: (2, SECRET + b"\0")})
    ),
    "behind a TIFF": photos_tiff.tiff(photos_tiff.grey(), behind=SECRET),
    "an unknown item": photos_heif.heif([picture(), Part(2, b"zzzz", SECRET)]),
    "an unknown box": photos_heif.heif([picture()], front=box(b"zzzz", SECRET)),
    "a free box that is not": photos_heif.heif([picture()], front=box(b"free", SECRET)),
    "a box that names itself by a number": photos_heif.heif([picture()], front=box(b"uuid", bytes(16), SECRET)),
    "unreferenced data": photos_heif.heif([picture()], hidden=SECRET),
    "behind a HEIF": photos_heif.heif([picture()]) + SECRET,
    "an unknown part of JPEG XL": photos_jxl.container(box(b"jxlc", photos_jxl.naked()), box(b"zzzz", SECRET)),
    "a compressed part": photos_jxl.container(box(b"jxlc", photos_jxl.naked()), box(b"brob", b"xml ", SECRET)),
    "behind a JPEG XL": photos_jxl.container(box(b"jxlc", photos_jxl.naked())) + SECRET,
}
READ = {
    "nothing": JPEG,
    "settings alone": _in_jpeg(_exif_with(42080, bytes(8))),
    "padding": _in_jpeg(_exif_with(59932, bytes(2000)) + bytes(90)),
    "zeros behind the end": JPEG + bytes(4000),
    "an index": with_segments(JPEG, segment(0xE2, b"MPF\0MM\0*\0\0\0\x08\0\0\0\0\0\0")),
    "a JFIF twice": with_segments(JPEG, segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")),
    "a free box": photos_heif.heif([picture()], front=box(b"free", bytes(90))),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_was_not_read_is_never_called_nothing(name: str) -> None:
    """At least so many bytes are counted as unread, and the block that they stood in is named."""
    findings = inspect(photo(UNREAD[name]))
    assert sum(length for _, length in findings.unread) >= len(SECRET)
    assert all(block for block, _ in findings.unread)
    assert SECRET not in strip(photo(UNREAD[name])).data


@pytest.mark.parametrize("name", READ)
def test_what_was_read_and_says_nothing_is_not_counted(name: str) -> None:
    """What was read and says nothing is not counted."""
    assert inspect(photo(READ[name])).unread == ()


# --- what is read, however it is written ------------------------------------------------------------------

PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/">'
    '<rdf:RDF><rdf:Description photoshop:City="Leeds" foo:ward="ward 7" xml:lang="en" tiff:Orientation="6"/>'
    "<!-- seen by Dr A --></rdf:RDF></x:xmpmeta>"
)


def _groups(findings: Findings) -> set[tuple[str, str]]:
    names = ("where", "when", "who", "device", "hidden", "history", "words")
    return {(group, finding.value) for group in names for finding in getattr(findings, group)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "utf-32-be", "utf-32"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "GIF", "TIFF", "HEIC", "JPEG XL"])
def test_a_packet_is_read_in_every_encoding(kind: str, encoding: str) -> None:
    """Its place, free words and a comment are told, a namespace is no device, and its turn is warned of.

    In a GIF the packet's own bytes lead from one sub-block to the next, which only UTF-8 does.
    """
    if kind == "GIF":
        encoding = "utf-8"
    packet = PACKET.encode(encoding)
    data = {
        "JPEG": with_segments(JPEG, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)),
        "PNG": with_chunks(PNG, photos.international("XML:com.adobe.xmp", packet)),
        "WebP": photos_webp.extended(4, photos_webp.chunk(b"XMP ", packet)),
        "GIF": photos_gif.with_parts(
            GIF, photos_gif.application(b"XMP DataXMP", b"")[:-1] + packet + bytes(range(255, 0, -1)) + b"\0\0"
        ),
        "TIFF": photos_tiff.tiff(photos_tiff.grey(tags={700: (1, packet)})),
        "HEIC": photos_heif.heif([picture(), Part(2, b"mime", packet, content=b"application/rdf+xml")]),
        "JPEG XL": photos_jxl.container(box(b"jxlc", photos_jxl.naked()), box(b"xml ", packet)),
    }[kind]
    findings = inspect(photo(data))
    assert {("where", "Leeds"), ("words", "ward 7"), ("words", "seen by Dr A")} <= _groups(findings)
    assert findings.device == ()
    assert ORIENTATION_UNSURE in findings.warnings


@pytest.mark.parametrize(
    ("name", "words"), [("HEVC Image", ()), ("Color", ()), ("Mrs Jones, arm", ("Mrs Jones, arm",))]
)
def test_an_items_type_is_no_device_and_its_name_is_words(name: str, words: tuple[str, ...]) -> None:
    """What an encoder calls an item says nothing; what a person called it are words."""
    item = picture()
    item.name = name.encode() + b"\0"
    findings = inspect(photo(photos_heif.heif([item])))
    assert (findings.device, tuple(finding.value for finding in findings.words)) == ((), words)
    assert findings.unread == ()


@pytest.mark.parametrize("mark", [b"Exif\0\0", b""], ids=["with its mark", "without"])
@pytest.mark.parametrize("name", ["exif", "APP1", "app1"])
@pytest.mark.parametrize("is_upper", [False, True])
def test_a_raw_profile_is_read_with_a_mark_or_without(mark: bytes, name: str, *, is_upper: bool) -> None:
    """The place is told, and an orientation that most programs pass over is warned of."""
    profile = mark + photos.exif(6)[6:]
    digits = profile.hex().upper() if is_upper else profile.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    text = f"\n{name}\n{len(profile):8}\n{lines}\n".encode()
    findings = inspect(photo(with_chunks(PNG, chunk(b"tEXt", f"Raw profile type {name}\0".encode() + text))))
    assert "51.506992" in {finding.value for finding in findings.where}
    assert findings.warnings == (ORIENTATION_UNSURE,)


def test_what_goes_on_in_a_further_segment_is_read_as_one() -> None:
    """Photoshop's resources, an extended packet and a manifest are cut where a segment is full."""
    resources = photos.resource(0x0404, b"\x1c\2\x5a\0\x05Leeds\x1c\2\x50\0\x09Dr A Name")
    halves = (resources[:20], resources[20:])
    cut = with_segments(JPEG, *(segment(0xED, b"Photoshop 3.0\0" + half) for half in halves))
    assert {("where", "Leeds"), ("who", "Dr A Name")} <= _groups(inspect(photo(cut)))
    packet, guid = PACKET.encode(), b"0" * 32
    heads = (struct.pack(">LL", len(packet), place) for place in (180, 0))
    parts = (packet[180:], packet[:180])
    cut = with_segments(
        JPEG,
        *(
            segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + guid + head + part)
            for head, part in zip(heads, parts, strict=True)
        ),
    )
    assert {("where", "Leeds"), ("words", "ward 7")} <= _groups(inspect(photo(cut)))


# --- C2PA -------------------------------------------------------------------------------------------------


def _superbox(label: str, *parts: bytes) -> bytes:
    return box(b"jumb", box(b"jumd", bytes(16), b"\3", label.encode() + b"\0"), *parts)


def _cbor_text(text: str) -> bytes:
    return struct.pack(">BB", 0x78, len(text)) + text.encode()


def _cbor_map(**pairs: str) -> bytes:
    return bytes((0xA0 | len(pairs),)) + b"".join(_cbor_text(key) + _cbor_text(text) for key, text in pairs.items())


ASSERTED = {
    "exif:GPSLatitude": "53,47.9N",
    "exif:GPSLongitude": "1,32.9W",
    "tiff:Make": "Leica",
    "dc:creator": ["Dr A Name"],
    "nested": {"exif:DateTimeOriginal": "2026-11-21T08:09:00"},
}
ACTIONS = b"\xbf" + _cbor_text("actions") + b"\x9f" + _cbor_map(softwareAgent="Snap 3", when="2026-11-22") + b"\xff\xff"
MANIFEST = _superbox(
    "c2pa",
    _superbox(
        "urn:uuid:1",
        _superbox("stds.exif", box(b"json", json.dumps(ASSERTED).encode())),
        _superbox("c2pa.actions", box(b"cbor", ACTIONS)),
        _superbox("c2pa.thumbnail.claim.jpeg", box(b"bfdb", b"\0image/jpeg\0"), box(b"bidb", JPEG)),
        _superbox("c2pa.signature", box(b"cbor", b"\xd2\x84\x40\x58\x40" + bytes(64) + b"\xf6\x40")),
    ),
)
TOLD = {
    ("where", "53,47.9N"),
    ("where", "1,32.9W"),
    ("device", "Leica"),
    ("who", "Dr A Name"),
    ("when", "2026-11-21T08:09:00"),
    ("device", "Snap 3"),
    ("when", "2026-11-22"),
}


def _in_segments(boxes: bytes, size: int) -> bytes:
    """Cut a superbox into segments, each with its head (ISO/IEC 19566-5 annex D)."""
    parts = [boxes[:size], *(boxes[:8] + boxes[at : at + size] for at in range(size, len(boxes), size))]
    return with_segments(
        JPEG, *(segment(0xEB, struct.pack(">2sHL", b"JP", 1, at) + part) for at, part in enumerate(parts, start=1))
    )


CARRIERS = {
    "JPEG": _in_segments(MANIFEST, 60_000),
    "JPEG, in many segments": _in_segments(MANIFEST, 200),
    "PNG": with_chunks(PNG, chunk(b"caBX", MANIFEST)),
    "WebP": photos_webp.extended(0, photos_webp.chunk(b"C2PA", MANIFEST)),
    "GIF": photos_gif.with_parts(GIF, photos_gif.application(b"C2PA_GIF\1\0\0", MANIFEST)),
    "TIFF": photos_tiff.tiff(photos_tiff.grey(tags={52545: (7, MANIFEST)})),
    "HEIC": photos_heif.heif([picture()], front=box(b"uuid", bytes(16), bytes(4), b"manifest\0", bytes(8), MANIFEST)),
    "JPEG XL": photos_jxl.container(box(b"jxlc", photos_jxl.naked()), MANIFEST),
}


@pytest.mark.parametrize("name", CARRIERS)
def test_a_manifests_assertions_are_read_in_every_format(name: str) -> None:
    """Its place, people, times, programs and thumbnails are told, and that its signature was not read."""
    findings = inspect(photo(CARRIERS[name]))
    assert _groups(findings) >= TOLD
    assert "C2PA thumbnail" in {finding.name for finding in findings.hidden}
    assert findings.unread
    assert "place" in {kind for removed in strip(photo(CARRIERS[name])).removed for kind in removed.kinds}


@pytest.mark.parametrize(
    "broken",
    [
        b"\x5f",
        b"\xff",
        b"\x9f" * 500,
        b"\xdb" + bytes(8) + b"\xa1",
        b"\xbb" + b"\xff" * 8,
        b"\x7b" + b"\xff" * 8,
        b"\x1c",
        b"\xfb\0",
        b"\xa1\x61",
        b"\x9b" + b"\xff" * 8 + b"\0" * 50_000,
        b"",
    ],
)
def test_broken_cbor_ends_the_reading(broken: bytes) -> None:
    """What is broken, too deep or too much ends the reading, and is counted."""
    with pytest.raises(cbor.BrokenError):
        list(cbor.texts(broken))
    assert jumbf.look(_superbox("x", box(b"cbor", broken))).unread == len(broken)


@pytest.mark.parametrize(
    ("data", "pairs"),
    [
        (b"\xa1\x61a\x01", [("a", "1")]),
        (b"\x39\x01\0", [("", "-257")]),
        (b"\xf9\x3e\0", [("", "1.5")]),
        (b"\xfb" + struct.pack(">d", 53.8), [("", "53.8")]),
        (b"\x7f\x61a\x61b\xff", [("", "ab")]),
        (b"\xc0\x61a", [("", "a")]),
        (b"\xa1\x61a\x82\x61b\xf5", [("a", "b")]),
        (b"\xa1\x01\x61b", [("1", "b")]),
        (b"\x40", []),
    ],
)
def test_cbor_is_flattened(data: bytes, pairs: list[tuple[str, str]]) -> None:
    """Texts and numbers are given with the names under which they stand (RFC 8949 appendix A)."""
    assert list(cbor.texts(data)) == pairs


def test_broken_boxes_end_the_reading() -> None:
    """A box past its container, one without a length, many, and deep ones."""
    for boxes in (b"\0\0\xff\xffjumb", b"\0\0\0\0json{", b"\0\0\0\1jumb" + b"\xff" * 8, box(b"free") * 9999, b"x"):
        assert jumbf.look(boxes).facts
    deep = b""
    for _ in range(500):
        deep = _superbox("x", deep)
    assert jumbf.look(deep).facts
    assert jumbf.look(_superbox("x", box(b"json", b"[" * 100_000))).unread == 100_000


# --- FLIR -------------------------------------------------------------------------------------------------


def _records(order: str = ">") -> bytes:
    camera = bytearray(1000)
    camera[:2] = struct.pack(f"{order}H", 2)
    camera[212:221] = b"FLIR E60\0"
    camera[260:269] = b"49001234\0"
    camera[900:904] = struct.pack(f"{order}L", 1_763_712_540)
    position = struct.pack(f"{order}L", 1) + bytes(4) + b"N\0W\0" + bytes(4) + struct.pack(f"{order}dd", 53.8, -1.55)
    bodies = [(1, b"\1\2" * 40), (0x0E, JPEG), (0x20, bytes(camera)), (0x2B, position), (0x23, b"note"), (9, b"x" * 50)]
    at = 64 + 32 * len(bodies)
    table = b""
    for kind, body in bodies:
        table += struct.pack(f"{order}HHLLLL12x", kind, 0, 0, 0, at, len(body))
        at += len(body)
    head = b"FFF\0" + b"cam".ljust(16, b"\0") + struct.pack(f"{order}LLL", 100, 64, len(bodies))
    return head.ljust(64, b"\0") + table + b"".join(body for _, body in bodies)


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("size", [60_000, 900])
def test_a_flir_cameras_records_are_read(order: str, size: int) -> None:
    """Serial, time and place are told; the picture in visible light is a further one; unknown records are counted."""
    records = _records(order)
    parts = [records[at : at + size] for at in range(0, len(records), size)]
    original = with_segments(
        JPEG,
        *(segment(0xE1, b"FLIR\0\1" + bytes((at, len(parts) - 1)) + part) for at, part in enumerate(parts)),
    )
    findings = inspect(photo(original))
    told = {("device", "FLIR E60"), ("device", "49001234"), ("where", "53.800000"), ("when", "2025:11:21 08:09:00")}
    assert told <= _groups(findings)
    assert ("words", "note") in _groups(findings)
    assert findings.unread
    stripped = strip(photo(original))
    assert stripped.further_pictures == 1
    assert stripped.warnings == ("A further picture in the same file was left out: the same in visible light.",)


@pytest.mark.parametrize("broken", [b"", b"FFF\0", _records()[:70], _records()[:64].ljust(100, b"\xff")])
def test_broken_records_end_the_reading(broken: bytes) -> None:
    """Broken records end the reading."""
    assert {fact.kind for fact in flir.look(broken).facts} == {Kind.DEVICE}
