"""Bytes that no decoder shows, behind a picture's end in its coded data: gone, told, and no pixel changed.

Each place is tried with one byte, a name and number, and more than a sub-block holds. Pixels are judged by Pillow and
imagecodecs, which know nothing of the stripper; the bytes by a search in what is written and in whatever inflates.
"""

from __future__ import annotations

import dataclasses
import io
import lzma
import random
import struct
import zlib
from collections.abc import Callable
from functools import partial

import imagecodecs
import pytest
from PIL import Image

from imgfile.errors import UnsupportedImage
from imgfile.images.draft import UNDECODED_END, UNREAD_END
from imgfile.images.formats.heif import sei
from imgfile.images.metadata.model import BEHIND_PICTURE
from imgfile.images.metadata.summary import describe
from imgfile.images.strip import draft, strip
from imgfile.images.verify.check import check
from kit.photos import gif as photos_gif
from kit.photos import heif as photos_heif
from kit.photos import jpeg_png as photos
from kit.photos import jxl as photos_jxl
from kit.photos import tiff as photos_tiff
from kit.photos import webp as photos_webp
from kit.photos.jpeg_png import chunk, photo
from kit.photos.judge import layers, shown

SECRET = b"NHS 999 000 0018 Jane Doe, born 1 May 1938, seen at home on the left forearm; "
AMOUNTS = {"one byte": b"\xa7", "a name": SECRET, "200 bytes": (SECRET * 3)[:200], "5,000 bytes": (SECRET * 70)[:5000]}
Plant = Callable[[bytes], bytes]
"""Makes a file with bytes hidden in one place of it."""

# --- GIF ------------------------------------------------------------------------------------------------


def _gif(coded: Callable[[bytes], bytes], photo: bytes = b"") -> bytes:
    """Make a GIF whose every picture has its codes changed."""
    plain = photo or photos_gif.gif()
    out, at = bytearray(plain[: photos_gif.head_bytes(plain)]), photos_gif.head_bytes(plain)
    while plain[at] != 0x3B:
        start = at
        is_picture = plain[at] == 0x2C
        at += 2
        if is_picture:
            at += 8 + (3 << (plain[at + 7] & 7) + 1 if plain[at + 7] & 0x80 else 0) + 1
        body, pieces = at, []
        while plain[at]:
            pieces.append(plain[at + 1 : at + 1 + plain[at]])
            at += plain[at] + 1
        at += 1
        out += plain[start:body] + photos_gif.blocks(coded(b"".join(pieces))) if is_picture else plain[start:at]
    return bytes(out) + b"\x3b"


def _interlaced() -> bytes:
    return photos_gif.gif(interlace=True)


def _unstopped(coded: bytes, root: int = 8) -> bytes:
    """Take the end code out, whose bits are the last ones that are set, and put a clear code there."""
    number = int.from_bytes(coded, "little")
    stop = (1 << root) + 1
    top = number.bit_length()
    number -= stop << top - root - 1
    return (number | (1 << root) << top - root - 1).to_bytes(len(coded), "little")


# --- TIFF -----------------------------------------------------------------------------------------------

ROWS = 48
RAW = photos.pixels(64, ROWS, "RGB").tobytes()
GREY = photos.pixels(64, ROWS, "L").tobytes()


def _lzw(raw: bytes) -> bytes:
    return bytes(imagecodecs.lzw_encode(raw))


def _packbits(raw: bytes) -> bytes:
    return bytes(imagecodecs.packbits_encode(raw))


def _zstd(raw: bytes) -> bytes:
    return bytes(imagecodecs.zstd_encode(raw))


def _page(
    pieces: list[bytes], compression: int, *, rows: int = ROWS, tags: dict[int, photos_tiff.Value] | None = None
) -> photos_tiff.Page:
    described: dict[int, photos_tiff.Value] = {256: (3, [64]), 257: (3, [ROWS]), 258: (3, [8, 8, 8])}
    described |= {259: (3, [compression]), 262: (3, [2]), 277: (3, [3]), 278: (3, [rows]), 284: (3, [1])}
    return photos_tiff.Page(pieces, described | (tags or {}))


def _strips(encode: Callable[[bytes], bytes], compression: int, hidden: bytes, *, rows: int = ROWS) -> bytes:
    """Make a TIFF of strips, with bytes hidden behind each."""
    size = 64 * 3 * rows
    return photos_tiff.tiff(
        _page([encode(RAW[at : at + size]) + hidden for at in range(0, len(RAW), size)], compression, rows=rows)
    )


def _tiles(encode: Callable[[bytes], bytes], compression: int, hidden: bytes) -> bytes:
    """Make a TIFF of grey tiles, 16 pixels wide and high."""
    image = Image.frombytes("L", (64, ROWS), GREY)
    boxes = [(left, top, left + 16, top + 16) for top in range(0, ROWS, 16) for left in range(0, 64, 16)]
    page = _page([encode(image.crop(box).tobytes()) + hidden for box in boxes], compression)
    grey: dict[int, photos_tiff.Value] = {258: (3, [8]), 262: (3, [1]), 277: (3, [1]), 322: (3, [16]), 323: (3, [16])}
    return photos_tiff.tiff(
        photos_tiff.Page(page.pieces, {tag: value for tag, value in page.tags.items() if tag != 278} | grey, True)
    )


def _pages(hidden: bytes) -> bytes:
    lzw, packed = _lzw(RAW) + hidden, _packbits(RAW) + hidden
    return photos_tiff.tiff(_page([lzw], 5), _page([packed], 32773), is_big=True)


def _fax(compression: int, hidden: bytes) -> bytes:
    """Make a fax page as libtiff does, whose codes end with those that end a page."""
    name = {4: "group4", 3: "group3"}[compression]
    made = photos_tiff.pillow(photos.pixels(64, ROWS, "1"), compression=name)
    with Image.open(io.BytesIO(made)) as image:
        tags = dict(image.tag_v2)  # type: ignore[attr-defined] # of a TIFF alone
        start, length = tags[273][0], tags[279][0]
    end = bytes.fromhex("001001001001001001001001001001") if compression == 3 else b""
    described: dict[int, photos_tiff.Value] = {256: (3, [64]), 257: (3, [ROWS]), 258: (3, [1]), 259: (3, [compression])}
    described |= {262: (3, [tags[262]]), 277: (3, [1]), 278: (3, [ROWS]), 266: (3, [tags.get(266, 1)])}
    return photos_tiff.tiff(photos_tiff.Page([made[start : start + length] + end[:9] + hidden], described))


def _reversed(hidden: bytes) -> bytes:
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in zlib.compress(RAW) + hidden)
    return photos_tiff.tiff(_page([turned], 8, tags={266: (3, [2])}))


def _coarse(hidden: bytes) -> bytes:
    """Make a page of colours stored more coarsely than brightness, uncompressed."""
    data = bytes(range(256)) * (64 * ROWS * 3 // 2 // 256)
    return photos_tiff.tiff(_page([data + hidden], 1, tags={262: (3, [6]), 530: (3, [2, 2])}))


def _packed_too_far(hidden: bytes) -> bytes:
    """Hide bytes within the last packet, behind what the pixels need."""
    packed = _packbits(RAW[:-1])
    tail = (RAW[-1:] + hidden)[:128]
    return photos_tiff.tiff(_page([packed + bytes((len(tail) - 1,)) + tail], 32773))


# --- PNG ------------------------------------------------------------------------------------------------


def _png_palette(hidden: bytes) -> bytes:
    suggested = (hidden * 3)[: min(768, 3 * len(hidden))]
    return photos.with_chunks(photos.png(), chunk(b"PLTE", suggested[: len(suggested) // 3 * 3]))


def _png_long_palette(hidden: bytes) -> bytes:
    plain = photos.png(photos.pixels(32, 24).convert("P", palette=Image.Palette.ADAPTIVE, colors=4), bits=2)
    at = plain.index(b"PLTE") - 4
    length = struct.unpack_from(">L", plain, at)[0]
    colours = plain[at + 8 : at + 8 + length].ljust(12, b"\0") + (hidden * 3)[: min(756, 3 * len(hidden))]
    return plain[:at] + chunk(b"PLTE", colours) + plain[at + 12 + length :]


# --- WebP -----------------------------------------------------------------------------------------------


def _webp(plain: bytes, name: bytes, hidden: bytes) -> bytes:
    """Hide bytes at the end of each chunk of that name, in frames too."""
    chunks = []
    for chunk_name, body in photos_webp.parts(plain):
        if chunk_name == b"ANMF":
            frame = photos_webp.riff(photos_webp.chunk(b"ANMF"))[:12] + body[16:]
            inner = [(inner, content + hidden * (inner == name)) for inner, content in photos_webp.parts(frame)]
            body = body[:16] + b"".join(photos_webp.chunk(inner, content) for inner, content in inner)  # noqa: PLW2901
        chunks.append(photos_webp.chunk(chunk_name, body + hidden * (chunk_name == name)))
    return photos_webp.riff(*chunks)


def _first_partition(hidden: bytes) -> bytes:
    """Hide bytes at the end of a lossy picture's first partition, whose length its head states."""
    body = dict(photos_webp.parts(photos_webp.webp()))[b"VP8 "]
    tag = int.from_bytes(body[:3], "little")
    end = 10 + (tag >> 5)
    tag += len(hidden) << 5
    return photos_webp.riff(photos_webp.chunk(b"VP8 ", tag.to_bytes(3, "little") + body[3:end] + hidden + body[end:]))


MOVING = photos_webp.animated()
WEBP: dict[str, Plant] = {
    "lossy": lambda hidden: _webp(photos_webp.webp(), b"VP8 ", hidden),
    "lossy, in the first partition": _first_partition,
    "lossless": lambda hidden: _webp(photos_webp.webp(lossless=True), b"VP8L", hidden),
    "transparency": lambda hidden: _webp(photos_webp.transparent(), b"ALPH", hidden),
    "lossy with transparency": lambda hidden: _webp(photos_webp.transparent(), b"VP8 ", hidden),
    "lossless with transparency": lambda hidden: _webp(photos_webp.transparent(lossless=True), b"VP8L", hidden),
    "an animation": lambda hidden: _webp(MOVING, b"VP8 ", hidden),
    "a lossless animation": lambda hidden: _webp(photos_webp.animated(lossless=True), b"VP8L", hidden),
}
"""Found by decoding: less than four bytes are what encoders write there."""

# --- HEIC, AVIF, JPEG XL ----------------------------------------------------------------------------------


def _longer(part: photos_heif.Part, hidden: bytes) -> photos_heif.Part:
    """Hide bytes at the end of a picture's last unit, whose length is stated before it."""
    data, at = part.data, 0
    if part.kind == b"hvc1":
        while at + 4 + int.from_bytes(data[at : at + 4], "big") < len(data):
            at += 4 + int.from_bytes(data[at : at + 4], "big")
        grown = (len(data) - at - 4 + len(hidden)).to_bytes(4, "big") + data[at + 4 :] + hidden
        return dataclasses.replace(part, data=data[:at] + grown)
    units = []
    for kind, _, start, end in sei.units(data):
        payload = data[start:end] + hidden * (end == len(data))
        low, high = len(payload) & 127 | 128, len(payload) >> 7  # the size, in two bytes of seven bits
        units.append(bytes((kind << 3 | 2, low, high)) + payload)
    return dataclasses.replace(part, data=b"".join(units))


BRANDS = {"HEIF": (b"heic", b"mif1"), "AVIF": (b"avif", b"mif1")}


def _heif(kind: str, hidden: bytes, *, mode: str = "RGB", pieces: int = 1) -> bytes:
    part = dataclasses.replace(_longer(photos_heif.picture(kind=kind, mode=mode), hidden), pieces=pieces)
    return photos_heif.heif([part], brands=BRANDS[kind])


def _tiles_of(kind: str, hidden: bytes, *, which: int) -> bytes:
    tiles = [photos_heif.picture(number, kind, turn=90 * number) for number in (2, 3)]
    tiles[which] = _longer(tiles[which], hidden)
    size = struct.pack(">LLL", 0, 256, 96)
    grid = photos_heif.Part(1, b"grid", bytes((0, 0, 0, 1)) + struct.pack(">HH", 256, 96), [(b"ispe", size, False)])
    return photos_heif.heif([grid, *tiles], [(b"dimg", 1, (2, 3))], brands=BRANDS[kind])


HEIF_PLACES: dict[str, Callable[[str, bytes], bytes]] = {
    "": _heif,
    ", grey": partial(_heif, mode="L"),
    ", in pieces": partial(_heif, pieces=3),
    ", the first tile": partial(_tiles_of, which=0),
    ", the last tile": partial(_tiles_of, which=1),
}
HEIFS: dict[str, Plant] = {
    f"{kind}{place}": partial(plant, kind) for kind in BRANDS for place, plant in HEIF_PLACES.items()
}

PLACES: dict[str, Plant] = {
    "GIF, behind the end code": lambda hidden: _gif(lambda coded: coded + hidden),
    "GIF, interlaced": lambda hidden: _gif(lambda coded: coded + hidden, _interlaced()),
    "GIF, in every picture of an animation": lambda hidden: _gif(lambda coded: coded + hidden, photos_gif.animated()),
    "GIF, codes that go on behind the last pixel": lambda hidden: _gif(lambda coded: _unstopped(coded) + hidden),
    "TIFF, LZW": lambda hidden: _strips(_lzw, 5, hidden),
    "TIFF, LZW in strips": lambda hidden: _strips(_lzw, 5, hidden, rows=10),
    "TIFF, LZW in tiles": lambda hidden: _tiles(_lzw, 5, hidden),
    "TIFF, LZW of more than the pixels": lambda hidden: _strips(lambda raw: _lzw(raw + hidden), 5, b""),
    "TIFF, pages in BigTIFF": _pages,
    "TIFF, Deflate": lambda hidden: _strips(zlib.compress, 8, hidden),
    "TIFF, older Deflate in strips": lambda hidden: _strips(zlib.compress, 32946, hidden, rows=7),
    "TIFF, Deflate in tiles": lambda hidden: _tiles(zlib.compress, 8, hidden),
    "TIFF, Deflate of more than the pixels": lambda hidden: _strips(lambda raw: zlib.compress(raw + hidden), 8, b""),
    "TIFF, Deflate with bits in reverse": _reversed,
    "TIFF, PackBits": lambda hidden: _strips(_packbits, 32773, hidden),
    "TIFF, PackBits in strips": lambda hidden: _strips(_packbits, 32773, hidden, rows=10),
    "TIFF, PackBits, within the last packet": _packed_too_far,
    "TIFF, LZMA": lambda hidden: _strips(lzma.compress, 34925, hidden),
    "TIFF, Zstandard": lambda hidden: _strips(_zstd, 50000, hidden),
    "TIFF, fax group 4": lambda hidden: _fax(4, hidden),
    "TIFF, fax group 3": lambda hidden: _fax(3, hidden),
    "PNG, a palette of true colour": _png_palette,
    "PNG, a palette longer than the depth": _png_long_palette,
    "PNG, behind the stream": lambda hidden: photos.behind_picture(photos.png(), hidden),
}


# --- JPEG -----------------------------------------------------------------------------------------------

JPEGS = {
    "": photos.jpeg(),
    ", grey": photos.jpeg(photos.pixels(mode="L")),
    ", four colours": photos.jpeg(photos.pixels(mode="CMYK")),
    ", finer colours": photos.jpeg(subsampling=0),
    ", an odd size": photos.jpeg(photos.pixels(61, 43)),
    ", progressive": photos.jpeg(progressive=True),
    ", progressive with restarts": photos.jpeg(progressive=True, restart_marker_blocks=3),
    ", with restarts": photos.jpeg(restart_marker_blocks=2),
}


def _before_marker(plain: bytes, marker: bytes, hidden: bytes, *, number: int = 0) -> bytes:
    """Hide bytes before the marker of that number behind the first scan's start."""
    at = plain.index(b"\xff\xda") + 2
    for _ in range(number + 1):
        at = plain.index(marker, at) + 2
    return plain[: at - 2] + hidden.replace(b"\xff", b"") + plain[at - 2 :]


TRIED: dict[str, Plant] = {
    f"JPEG{name}, before the end": lambda hidden, plain=plain: _before_marker(plain, b"\xff\xd9", hidden)
    for name, plain in JPEGS.items()
} | {
    "JPEG, between scans": lambda hidden: _before_marker(JPEGS[", progressive"], b"\xff\xc4", hidden),
    "JPEG, between later scans": lambda hidden: _before_marker(JPEGS[", progressive"], b"\xff\xc4", hidden, number=2),
    "JPEG, before a restart": lambda hidden: _before_marker(JPEGS[", with restarts"], b"\xff\xd0", hidden),
    "JPEG, before a later restart": lambda hidden: _before_marker(JPEGS[", with restarts"], b"\xff\xd3", hidden),
    "JPEG, progressive, before a restart": lambda hidden: _before_marker(
        JPEGS[", progressive with restarts"], b"\xff\xd1", hidden, number=4
    ),
}
"""Found by a trial; text also without, since it looks amiss."""


def _table(marker: int, head: int, hidden: bytes, length: int) -> bytes:
    return photos.segment(marker, bytes((head,)) + (hidden * length)[:length])


def _codes(number: int, hidden: bytes) -> bytes:
    symbols = hidden[:162]
    counts = bytes(15) + bytes((len(symbols),))
    return photos.segment(0xC4, bytes((number,)) + counts + symbols)


def _beside_steps(hidden: bytes) -> bytes:
    plain = photos.jpeg()
    at = plain.index(b"\xff\xdb")
    length = struct.unpack_from(">H", plain, at + 2)[0]
    return (
        plain[:at]
        + photos.segment(0xDB, plain[at + 4 : at + 2 + length] + b"\3" + (hidden * 64)[:64])
        + plain[at + 2 + length :]
    )


UNUSED: dict[str, Plant] = {
    "steps of a number that nothing names": lambda hidden: photos.with_segments(
        photos.jpeg(), _table(0xDB, 3, hidden, 64)
    ),
    "wide steps": lambda hidden: photos.with_segments(photos.jpeg(), _table(0xDB, 0x12, hidden, 128)),
    "steps that others replace": lambda hidden: photos.with_segments(photos.jpeg(), _table(0xDB, 0, hidden, 64)),
    "steps behind the scan": lambda hidden: photos.jpeg()[:-2] + _table(0xDB, 0, hidden, 64) + b"\xff\xd9",
    "steps within a segment of others": _beside_steps,
    "codes of a number that nothing names": lambda hidden: photos.with_segments(photos.jpeg(), _codes(0x13, hidden)),
    "codes that others replace": lambda hidden: photos.with_segments(photos.jpeg(), _codes(0x10, hidden)),
    "codes of colours in a grey picture": lambda hidden: photos.with_segments(JPEGS[", grey"], _codes(1, hidden)),
    "restart intervals that others replace": lambda hidden: photos.with_segments(
        JPEGS[", with restarts"],
        *(photos.segment(0xDD, hidden[at : at + 2].ljust(2, b"x")) for at in range(0, len(hidden), 2)),
    ),
}


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("place", PLACES)
def test_what_stands_behind_a_picture_goes_and_no_pixel_changes(place: str, amount: str) -> None:
    """What stands behind a picture goes, is told, and no pixel changes."""
    planted = PLACES[place](AMOUNTS[amount])
    stripped = strip(photo(planted))
    assert shown(stripped.data) == shown(planted)
    assert SECRET[:16] not in b"".join(layers(stripped.data))
    assert len(stripped.data) < len(planted) or amount == "one byte"
    assert stripped.removed
    again = strip(photo(stripped.data))
    assert (again.data, again.removed, again.warnings) == (stripped.data, (), ())


@pytest.mark.parametrize("place", PLACES)
def test_the_second_walk_refuses_what_still_has_it(place: str) -> None:
    """The second walk refuses what still has it, though the first should say nothing."""
    planted, clean = PLACES[place](AMOUNTS["200 bytes"]), draft(PLACES[place](b""))
    with pytest.raises(UnsupportedImage, match="proven clean"):
        check(photo(planted), dataclasses.replace(clean, data=planted))


@pytest.mark.parametrize("place", ["GIF, behind the end code", "TIFF, LZW", "TIFF, Deflate", "TIFF, PackBits"])
def test_how_much_stood_there_is_in_the_inventory(place: str) -> None:
    """How much stood there is in the inventory, and in the line that people read."""
    stripped = strip(photo(PLACES[place](AMOUNTS["200 bytes"])))
    entry = next(entry for entry in stripped.removed if entry.block == BEHIND_PICTURE)
    assert entry.length == 200
    assert "200 bytes after the picture's end" in describe(stripped.removed)


@pytest.mark.parametrize(
    "broken",
    [
        _gif(lambda coded: coded[: len(coded) // 2] + SECRET),
        _strips(lambda raw: _lzw(raw)[:300] + b"\xff\xfe\xff" + SECRET, 5, b""),
        _strips(lambda raw: zlib.compress(raw)[:100] + SECRET, 8, b""),
    ],
)
def test_codes_that_break_off_are_told(broken: bytes) -> None:
    """Codes that break off stay as they are, and it is said that more may stand behind them."""
    assert UNREAD_END in strip(photo(broken)).warnings


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("place", TRIED)
def test_a_trial_finds_what_stands_behind_a_scan(place: str, amount: str) -> None:
    """A trial finds what stands behind a scan's last block, in the middle of the file too."""
    planted = TRIED[place](AMOUNTS[amount])
    stripped = strip(photo(planted), with_trial=True)
    assert stripped.data == strip(photo(TRIED[place](b"")), with_trial=True).data
    assert shown(stripped.data) == shown(planted)
    assert sum(entry.length for entry in stripped.removed if entry.block == BEHIND_PICTURE) == len(AMOUNTS[amount])
    assert stripped.warnings == ()
    again = strip(photo(stripped.data), with_trial=True)
    assert (again.data, again.removed) == (stripped.data, ())


@pytest.mark.parametrize("place", TRIED)
def test_text_behind_a_scan_looks_amiss(place: str) -> None:
    """Text behind a scan looks amiss, so nobody has to ask for the trial."""
    for text in (SECRET, SECRET.decode().encode("utf-16-le"), SECRET.decode().encode("utf-16-be")):
        assert strip(photo(TRIED[place](text))).data == strip(photo(TRIED[place](b""))).data


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("place", UNUSED)
def test_tables_that_no_scan_uses_go(place: str, amount: str) -> None:
    """Tables that no scan uses go, and no pixel changes."""
    planted = UNUSED[place](AMOUNTS[amount])
    stripped = strip(photo(planted))
    assert shown(stripped.data) == shown(planted)
    assert stripped.data == strip(photo(UNUSED[place](b"x"))).data
    assert [entry.block for entry in stripped.removed] == ["unused tables"]
    with pytest.raises(UnsupportedImage, match="proven clean"):
        check(photo(planted), dataclasses.replace(draft(planted), data=planted))


def test_conditions_of_arithmetic_codes_go_where_there_are_none() -> None:
    """Conditions of arithmetic codes go where codes are Huffman's; Pillow's libjpeg refuses to decode what has them."""
    planted = photos.with_segments(photos.jpeg(), photos.segment(0xCC, b"\0\5\x10\7"))
    assert strip(photo(planted)).data == photos.jpeg()


@pytest.mark.parametrize("amount", ["a name", "200 bytes", "5,000 bytes"])
@pytest.mark.parametrize("place", WEBP)
def test_what_a_webp_decodes_without_goes(place: str, amount: str) -> None:
    """What a WebP decodes without goes, in every partition and every frame."""
    planted = WEBP[place](AMOUNTS[amount])
    stripped = strip(photo(planted))
    assert shown(stripped.data) == shown(planted)
    assert SECRET[4:16] not in stripped.data
    assert len(stripped.data) <= len(WEBP[place](b"")) + 4  # zeros that a decoder looks ahead to
    assert (stripped.removed[0].block, stripped.warnings) == (BEHIND_PICTURE, ())
    again = strip(photo(stripped.data), with_trial=True)
    assert (again.data, again.removed) == (stripped.data, ())


@pytest.mark.parametrize("place", WEBP)
def test_an_ordinary_webp_stays_as_it_is(place: str) -> None:
    """An ordinary WebP stays as it is, in a trial too."""
    plain = WEBP[place](b"")
    for with_trial in (False, True):
        stripped = strip(photo(plain), with_trial=with_trial)
        assert (stripped.data, stripped.removed, stripped.warnings) == (plain, (), ())


@pytest.mark.parametrize("amount", ["200 bytes"])
@pytest.mark.parametrize("place", HEIFS)
def test_what_stands_behind_a_slice_or_a_tile_is_overwritten(place: str, amount: str) -> None:
    """What stands behind a slice or a tile is overwritten: text without being asked, other bytes in a trial."""
    noise = random.Random(1).randbytes(len(AMOUNTS[amount])).replace(b"\0", b"\1")  # noqa: S311 - no secret
    for hidden, with_trial in ((AMOUNTS[amount], False), (noise, True)):
        planted = HEIFS[place](hidden)
        stripped = strip(photo(planted), with_trial=with_trial)
        assert shown(stripped.data) == shown(planted)
        assert hidden[4:20] not in stripped.data
        found = sum(entry.length for entry in stripped.removed if entry.block == BEHIND_PICTURE)
        assert len(hidden) <= found <= len(hidden) + 8
        assert stripped.warnings == ()
        again = strip(photo(stripped.data), with_trial=True)
        assert (again.data, again.removed, again.warnings) == (stripped.data, (), ())


@pytest.mark.parametrize("place", HEIFS)
def test_an_ordinary_heif_stays_as_it_is(place: str) -> None:
    """An ordinary HEIC or AVIF has nothing behind its slices and tiles, and nothing is said of it."""
    plain = strip(photo(HEIFS[place](b"")))
    tried = strip(photo(HEIFS[place](b"")), with_trial=True)
    assert (tried.data, tried.removed, tried.warnings) == (plain.data, plain.removed, ())


def test_what_nothing_here_decodes_is_told() -> None:
    """What nothing here decodes is told in a trial, and letters at its end always, with how many."""
    for plain, planted in (
        (photos_jxl.naked(), photos_jxl.naked() + AMOUNTS["200 bytes"]),
        (photos_jxl.container(photos.box(b"jxlc", photos_jxl.naked())),) * 2,
    ):
        assert strip(photo(plain)).warnings == ()
        assert strip(photo(plain), with_trial=True).warnings == (UNDECODED_END,)
        if planted != plain:
            assert any("200 letters stand at the end" in words for words in strip(photo(planted)).warnings)
