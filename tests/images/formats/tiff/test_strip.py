"""TIFF: one hiding place or one fault each, judged by Pillow page by page, exiftool, and tifftools' reader."""

from __future__ import annotations

import dataclasses
import io
import struct
import zlib
from collections.abc import Mapping

import pytest
import tifftools

from imgfile.errors import UnsupportedImage
from imgfile.images.draft import COLOUR_LOST, ORIENTATION_UNSURE
from imgfile.images.formats.tiff import directory as tiff_directory
from imgfile.images.formats.tiff import jpeg as tiff_jpeg
from imgfile.images.formats.tiff import page as tiff_page
from imgfile.images.formats.tiff import strip as tiff_strip
from imgfile.images.formats.tiff.strip import ADOBE_RGB_LOST
from imgfile.images.inspect import inspect
from imgfile.images.strip import draft, strip
from imgfile.images.verify import tiff as verify_tiff
from imgfile.images.verify.check import check
from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import photo, segment
from kit.photos.judge import leaks, shown, survivors
from kit.photos.tiff import (
    ASCII,
    BYTE,
    LONG,
    LONG8,
    RATIONAL,
    SHORT,
    UNDEFINED,
    Page,
    grey,
    jpeg_page,
    metadata_tags,
    pillow,
    tiff,
    tiff_with_metadata,
    tiled,
)
from kit.tools import tool

SECRET = "CANARY-0451-SECRET"
HIDDEN = SECRET.encode()
PLAIN = tiff(grey())
BIG = tiff(grey(), is_big=True)
_BIG_PLACE = struct.pack("<HHQQ", 273, LONG8, 1, 16)
EXIF = photos.exif(1, thumbnail=False)[6:]
TABLES = photos.jpeg(photos.pixels(16, 16, "L"))[:2] + segment(0xFE, HIDDEN) + b"\xff\xd9"


def _tagged(tag: int, kind: int, value: bytes) -> bytes:
    return tiff(grey(tags={tag: (kind, value)}))


def _with_directory() -> bytes:
    """Point to a directory of the file's own, as Exif's: one entry, a maker's note."""
    note = struct.pack("<HHHLLL", 1, 37500, UNDEFINED, len(HIDDEN), 26, 0) + HIDDEN
    return tiff(grey(tags={34665: (LONG, [8])}), base=b"II*\0" + bytes(4) + note)


HIDING_PLACES = {
    **{
        f"tag {tag}": _tagged(tag, kind, value)
        for tag, (kind, value) in metadata_tags().items()
        if isinstance(value, bytes) and tag != 34675
    },
    "a directory of Exif": _with_directory(),
    "an unknown tag": _tagged(65001, ASCII, HIDDEN),
    "an unknown type": _tagged(282, 2, HIDDEN),
    "a text for a number": _tagged(297, ASCII, HIDDEN),
    "too many numbers": _tagged(297, SHORT, HIDDEN),
    "an orientation that is none": _tagged(274, SHORT, b"CN"),
    "an orientation of many numbers": _tagged(274, SHORT, HIDDEN),
    "behind a short value": PLAIN[:-4].replace(
        struct.pack("<HHLHH", 277, SHORT, 1, 1, 0), struct.pack("<HHLH2s", 277, SHORT, 1, 1, b"CN")
    )
    + PLAIN[-4:],
    "a gap": tiff(grey(), base=b"II*\0" + bytes(4) + HIDDEN),
    "behind the end": tiff(grey(), behind=HIDDEN),
    "behind the pixels": tiff(
        dataclasses.replace(grey(), pieces=[grey().pieces[0] + HIDDEN]),
    ),
    "the profile": _tagged(34675, UNDEFINED, photos.display_profile()),
    "a further page's tags": tiff(grey(), tiled(tags={315: (ASCII, HIDDEN), 700: (BYTE, photos.xmp(SECRET))})),
    "JPEG segments in a strip": tiff(jpeg_page(segment(0xE1, photos.exif()), segment(0xFE, HIDDEN))),
    "JFIF and Adobe in a strip": tiff(jpeg_page(segment(0xEE, b"Adobe\0\x64" + HIDDEN))),
    "behind a JPEG strip": tiff(jpeg_page(trailer=HIDDEN)),
    "JPEG tables": tiff(jpeg_page(tables=TABLES)),
}


@pytest.mark.parametrize("name", HIDING_PLACES)
def test_nothing_hidden_survives_and_the_picture_is_the_same(name: str) -> None:
    """Nothing hidden survives and the picture is the same."""
    original = HIDING_PLACES[name]
    stripped = strip(photo(original))
    assert survivors(stripped.data, (SECRET, "CN", *photos.CANARIES), photos.GPS_BYTES) == []
    assert shown(stripped.data) == shown(original)
    assert len(stripped.data) <= len(original)
    assert strip(photo(stripped.data)).data == stripped.data
    assert strip(photo(stripped.data)).removed == ()
    assert stripped.removed


@pytest.mark.slow
@pytest.mark.parametrize("name", HIDING_PLACES)
def test_exiftool_finds_nothing_that_identifies(name: str) -> None:
    """Exiftool finds nothing that identifies."""
    assert leaks(strip(photo(HIDING_PLACES[name])).data, tool("exiftool")) == []


@pytest.mark.slow
def test_a_file_full_of_metadata_keeps_its_pages_and_nothing_else() -> None:
    """A file full of metadata keeps its pages and nothing else."""
    stripped = strip(photo(tiff_with_metadata(6)))
    turned = {274: (SHORT, [6]), 34675: (UNDEFINED, photos.display_profile())}
    pages = tiff(grey(rows=3, tags=turned), tiled(), jpeg_page(), order=">")
    assert shown(stripped.data) == shown(pages)
    assert survivors(stripped.data, photos.CANARIES, photos.GPS_BYTES) == []
    assert leaks(stripped.data, tool("exiftool")) == []
    assert (stripped.orientation, stripped.width, stripped.height) == (6, 8, 12)
    assert stripped.taken_at is not None
    assert strip(photo(stripped.data)).removed == ()


def _strips(data: bytes) -> list[list[bytes]]:
    """Read every strip and tile with a reader that is not ours."""
    found = []
    for page in tifftools.read_tiff(io.BytesIO(data))["ifds"]:
        tags = page["tags"]
        offsets, counts = (324, 325) if 324 in tags else (273, 279)
        places = zip(tags[offsets]["data"], tags[counts]["data"], strict=True)
        found.append([data[start : start + length] for start, length in places])
    return found


KINDS = {
    **{
        f"{compression}, {mode}": pillow(photos.pixels(mode=mode), compression=compression)
        for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK")
        for compression in ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "lzma", "zstd")
    },
    **{f"JPEG, {mode}": pillow(photos.pixels(mode=mode), compression="jpeg") for mode in ("L", "RGB", "CMYK")},
    **{f"fax, {kind}": pillow(photos.pixels(mode="1"), compression=kind) for kind in ("group3", "group4")},
    "16 bits": pillow(photos.pixels(mode="L").convert("I;16")),
    "floating point": pillow(photos.pixels(mode="F")),
    "Lab": pillow(photos.pixels(mode="LAB"), icc_profile=b""),
    "pages": pillow(save_all=True, append_images=[photos.pixels(32, 24).copy(), photos.pixels(20, 20, "L")]),
    "strips, big-endian": tiff(grey(rows=3), grey(rows=1), order=">"),
    "tiles": tiff(tiled(), tiled()),
    "short offsets": tiff(grey(tags={273: (SHORT, [8]), 279: (SHORT, [96])})),
    "numbers of other widths": tiff(
        grey(tags={258: (LONG, [8]), 259: (LONG, [1]), 262: (LONG, [1]), 277: (LONG, [1]), 278: (LONG, [8])})
    ),
    "a resolution": tiff(grey(tags={282: (RATIONAL, struct.pack("<LL", 300, 1)), 296: (SHORT, [2])})),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_ordinary_kind_stays_the_same_picture(name: str) -> None:
    """Every ordinary kind stays the same picture, strip by strip."""
    stripped = strip(photo(KINDS[name]))
    assert shown(stripped.data) == shown(KINDS[name])
    assert (stripped.width, stripped.height) == shown(KINDS[name])[0]
    assert stripped.warnings == ()
    again = strip(photo(stripped.data))
    assert (again.data, again.removed) == (stripped.data, ())
    if "JPEG" not in name:
        assert _strips(stripped.data) == _strips(KINDS[name])


BIG_KINDS = {
    "strips": (grey(rows=3),),
    "tiles": (tiled(),),
    "pages": (grey(), tiled(), grey(rows=1)),
    "JPEG": (jpeg_page(segment(0xE1, photos.exif())),),
    "wide numbers": (grey(tags={tag: (LONG8, [value]) for tag, value in ((256, 12), (257, 8), (278, 8), (254, 0))}),),
    "turned": (grey(tags={274: (SHORT, [6])}),),
    "values that a classic entry does not hold": (grey(tags={297: (LONG, [1, 2]), 282: (RATIONAL, bytes(7) + b"\1")}),),
}


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("name", BIG_KINDS)
def test_a_big_tiff_becomes_a_classic_one_of_the_same_pieces(name: str, order: str) -> None:
    """A BigTIFF becomes a classic one of the same pieces."""
    original = tiff(*BIG_KINDS[name], order=order, is_big=True)
    stripped = strip(photo(original))
    assert stripped.data[:4] == PLAIN[:4] if order == "<" else stripped.data[:4] == b"MM\0*"
    assert shown(stripped.data) == shown(tiff(*BIG_KINDS[name], order=order))
    assert order == ">" or shown(stripped.data) == shown(original)  # Pillow does not know the other order
    assert name == "JPEG" or _strips(stripped.data) == _strips(original)
    assert strip(photo(stripped.data)).data == stripped.data
    assert len(stripped.data) <= len(original)


@pytest.mark.slow
def test_a_big_tiff_says_what_a_classic_one_says() -> None:
    """A BigTIFF says what a classic one says, and loses it."""
    tags = metadata_tags() | {271: (ASCII, photos.MAKE.encode()), 306: (ASCII, photos.TAKEN.encode())}
    del tags[330]
    original = tiff(grey(tags=tags), is_big=True, behind=HIDDEN)
    stripped = strip(photo(original))
    assert survivors(stripped.data, (SECRET, *photos.CANARIES)) == []
    assert leaks(stripped.data, tool("exiftool")) == []
    found, classic = inspect(photo(original)), inspect(photo(tiff(grey(tags=tags), behind=HIDDEN)))
    assert (found.who, found.device, found.when, found.where) == (
        *(classic.who, classic.device),
        *(classic.when, classic.where),
    )


def test_a_chain_of_pages_that_leads_back_ends_there() -> None:
    """A chain of pages that leads back ends there, as programs read it."""
    two = tiff(grey(), tiled())
    for original in (PLAIN[:-4] + PLAIN[4:8], two[:-4] + two[4:8]):
        stripped = strip(photo(original))
        assert shown(stripped.data) == shown(original)
        assert stripped.data[-4:] == bytes(4)
    assert strip(photo(original)).data == strip(photo(two)).data


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_carried(orientation: int, order: str) -> None:
    """Every orientation is carried."""
    original = tiff(grey(tags={274: (SHORT, [orientation]), 271: (ASCII, HIDDEN)}), order=order)
    stripped = strip(photo(original))
    assert (stripped.orientation, shown(stripped.data)) == (orientation, shown(original))
    assert (stripped.width, stripped.height) == shown(original)[0]


def test_an_orientation_that_only_xmp_states_is_reported() -> None:
    """An orientation that only XMP states is reported."""
    assert ORIENTATION_UNSURE in strip(photo(_tagged(700, BYTE, b'<x tiff:Orientation="8"/>'))).warnings


def test_smaller_copies_go_and_are_reported() -> None:
    """Smaller copies go and are reported."""
    copies = [grey(6, 4, tags={254: (LONG, [1])}), grey(6, 4, tags={255: (SHORT, [2])})]
    stripped = strip(photo(tiff(grey(), *copies)))
    assert (stripped.data, shown(stripped.data)) == (strip(photo(PLAIN)).data, shown(PLAIN))
    assert [entry.kinds for entry in stripped.removed[:2]] == [("thumbnail",)] * 2


def test_a_single_picture_that_calls_itself_a_smaller_copy_stays() -> None:
    """A single picture that calls itself a smaller copy stays."""
    original = tiff(grey(tags={254: (LONG, [1])}), grey(6, 4, tags={254: (LONG, [1])}))
    stripped = strip(photo(original))
    assert (stripped.width, stripped.height) == (12, 8)
    assert len(stripped.removed) == 2


def test_what_pages_share_is_written_once() -> None:
    """What pages share is written once."""
    page = grey()
    shared = tiff(page, Page([], {**page.tags, 273: (LONG, [8]), 279: (LONG, [96])}))
    stripped = strip(photo(shared))
    assert shown(stripped.data) == shown(shared)
    assert len(stripped.data) <= len(shared)


def test_a_sparse_file_keeps_its_holes() -> None:
    """A sparse file keeps its holes."""
    tiles = tiled().pieces
    original = tiff(tiled(tags={324: (LONG, [8, 0, 264, 0]), 325: (LONG, [256, 0, 256, 0])}), behind=HIDDEN)
    assert tiles
    stripped = strip(photo(original))
    assert _strips(stripped.data) == [[tiles[0], b"", tiles[1], b""]]


def test_strips_without_stated_lengths_get_them() -> None:
    """Strips without stated lengths get them."""
    original = tiff(grey(tags={279: (0, b"")}), behind=HIDDEN * 2)
    stripped = strip(photo(original))
    assert _strips(stripped.data) == [[grey().pieces[0]]]


APART = Page(
    [grey().pieces[0]] * 2,
    {**grey().tags, 258: (SHORT, [8, 8]), 277: (SHORT, [2]), 284: (SHORT, [2]), 338: (SHORT, [0])},
)
"""A page of two samples, each in a strip of its own."""


def test_samples_that_lie_apart_stay_apart() -> None:
    """Samples that lie apart stay apart."""
    assert _strips(strip(photo(tiff(APART))).data) == [[grey().pieces[0]] * 2]


def test_subsampled_colours_are_taken_as_they_are() -> None:
    """Subsampled colours are taken as they are: their length follows from no simple rule."""
    tags = {258: (SHORT, [8, 8, 8]), 262: (SHORT, [6]), 277: (SHORT, [3]), 530: (SHORT, [2, 2])}
    original = tiff(grey(tags=tags))
    assert _strips(strip(photo(original)).data) == [[grey().pieces[0]]]


def test_a_profile_that_cannot_be_read_is_left_out_and_said() -> None:
    """A profile that cannot be read is left out and said."""
    stripped = strip(photo(_tagged(34675, UNDEFINED, b"no profile")))
    assert COLOUR_LOST in stripped.warnings
    assert b"no profile" not in stripped.data


def test_every_page_keeps_its_own_colours() -> None:
    """Every page keeps its own colours."""
    profiles = [photos.display_profile(), photos.display_profile(version=2)]
    pages = [pillow(icc_profile=profile) for profile in profiles]
    original = tiff(*(grey(tags={34675: (UNDEFINED, profile)}) for profile in profiles))
    assert all(shown(strip(photo(page)).data) == shown(page) for page in pages)
    assert strip(photo(original)).data.count(b"acsp") == 2


def test_adobe_rgb_that_only_exif_states_is_said() -> None:
    """Adobe RGB that only Exif states is said."""
    base = photos.adobe_rgb_exif()[6:]
    first = struct.unpack_from(">L", base, 4)[0]
    count = struct.unpack_from(">H", base, first)[0]
    page = grey()
    page.entries = base[first + 2 : first + 2 + 12 * count]
    assert strip(photo(tiff(page, order=">", base=base))).warnings == (ADOBE_RGB_LOST,)


def _changed(data: bytes, tag: int, kind: int, count: int, value: bytes) -> bytes:
    """Write over an entry."""
    at = next(at for at in range(8, len(data)) if data[at : at + 2] == struct.pack("<H", tag) and data[at + 3] == 0)
    return data[:at] + struct.pack("<HHL", tag, kind, count) + value.ljust(4, b"\0") + data[at + 12 :]


def _raw(tag: int, *numbers: int) -> bytes:
    return tiff(grey(tags={tag: (SHORT, list(numbers))}))


def _repeated(tag: int) -> bytes:
    page = grey()
    page.entries = struct.pack("<HHLL", tag, SHORT, 1, 9)
    return tiff(page)


def _subdirectory(**tags: int) -> bytes:
    """Point to a sub-directory that describes another picture."""
    numbers = {256: 12, 257: 8, 273: 8, 279: 10, **{int(tag[1:]): value for tag, value in tags.items()}}
    entries = b"".join(struct.pack("<HHLL", tag, SHORT, 1, value) for tag, value in sorted(numbers.items()))
    inner = struct.pack("<H", len(numbers)) + entries + bytes(4)
    return tiff(grey(tags={330: (LONG, [8, 1 << 30])}), base=b"II*\0" + bytes(4) + inner)


CUT = "cut short"
CONTRADICTION = "contradicts itself"
RAW = "camera's raw file"
FAULTS = {
    "cut in the head": (PLAIN[:6], CUT),
    "no page": (b"II*\0" + bytes(8), "holds no picture"),
    "a directory outside": (b"II*\0\xff\xff\0\0" + bytes(20), CUT),
    "a directory in the head": (b"II*\0\4\0\0\0" + bytes(20), CUT),
    "an empty directory": (b"II*\0\x08\0\0\0" + bytes(20), CUT),
    "a directory of too many entries": (b"II*\0\x08\0\0\0\xff\xff" + bytes(800_000), CUT),
    "BigTIFF, cut in the head": (BIG[:15], CUT),
    "BigTIFF, a directory outside": (BIG[:8] + b"\xff" * 7 + b"\0" + BIG[16:], CUT),
    "BigTIFF, more entries than bytes": (BIG[:16] + BIG[16:].replace(struct.pack("<Q", 9), b"\xff" * 8), CUT),
    "BigTIFF, a strip outside": (BIG.replace(_BIG_PLACE, struct.pack("<HHQQ", 273, LONG8, 1, 1 << 60)), CUT),
    "BigTIFF, a wide number": (tiff(grey(tags={278: (LONG8, [1 << 40])}), is_big=True), CONTRADICTION),
    "an older kind of JPEG": (_raw(259, 6), "older kind of JPEG"),
    "an unknown compression": (_raw(259, 34712), "ordinary programs"),
    "an unknown photometric": (_raw(262, 32844), "ordinary programs"),
    "a filter array": (_raw(262, 32803), RAW),
    "linear raw": (_raw(262, 34892), RAW),
    "a maker's compression": (_raw(259, 34713), RAW),
    "a preview with a filter's pattern": (tiff(grey(tags={33422: (SHORT, [1]), 254: (LONG, [1])})), RAW),
    "a preview that calls itself a DNG's": (tiff(grey(tags={50710: (SHORT, [1]), 254: (LONG, [1])})), RAW),
    "raw in a sub-directory": (_subdirectory(_262=32803), RAW),
    "a larger picture in a sub-directory": (_subdirectory(_256=13), "where ordinary programs do not look"),
    "no width": (_raw(256, 0), "no size"),
    "no height": (_raw(257, 0), "no size"),
    "a bomb": (tiff(grey(tags={256: (LONG, [1 << 20]), 257: (LONG, [1 << 20])})), "1048576 x 1048576"),
    "no samples": (_raw(277, 0), CONTRADICTION),
    "too many samples": (_raw(277, 33), CONTRADICTION),
    "a sample of no bits": (_raw(258, 0), CONTRADICTION),
    "a sample of too many bits": (_raw(258, 65), CONTRADICTION),
    "bits for more samples": (_raw(258, 8, 8), CONTRADICTION),
    "a needed tag twice": (_repeated(262), CONTRADICTION),
    "a needed tag of another type": (tiff(grey(tags={317: (ASCII, HIDDEN)})), CONTRADICTION),
    "a needed tag outside": (_changed(PLAIN, 258, SHORT, 9, b"\xff\xff\xff\x7f"), CONTRADICTION),
    "a table of colours of the wrong length": (_raw(320, 1, 2, 3), CONTRADICTION),
    "no strips": (tiff(grey(tags={273: (0, b"")})), "a page has no picture"),
    "strips and tiles": (_raw(324, 9), "twice, in strips and in tiles"),
    "strips outside": (tiff(grey(tags={273: (LONG, [1 << 20])})), "part of its picture is missing"),
    "strips that are too short": (tiff(grey(tags={279: (LONG, [90])})), "part of its picture is missing"),
    "too few strips": (_raw(278, 2), "part of its picture is missing"),
    "no lengths of compressed strips": (tiff(grey(tags={259: (SHORT, [8]), 279: (0, b"")})), "how long it is"),
    "no length of a fax without an end": (tiff(grey(tags={259: (SHORT, [4]), 279: (LONG, [0])})), "how long it is"),
    "no length of what is compressed otherwise": (
        tiff(grey(tags={259: (SHORT, [34925]), 279: (LONG, [0])})),
        "how long it is",
    ),
    "no rows": (_raw(278, 0), CONTRADICTION),
    "no tile width": (tiff(tiled(tags={322: (SHORT, [0])})), CONTRADICTION),
    "too many tiles": (tiff(tiled(1 << 14, 1 << 13, tags={322: (SHORT, [1]), 323: (SHORT, [1])})), "too many parts"),
    "strips that overlap": (
        tiff(grey(rows=1, tags={273: (LONG, [*range(8, 16)]), 259: (SHORT, [5]), 279: (LONG, [90] * 8)})),
        "overlap",
    ),
    "strips that overlap a little": (
        tiff(grey(rows=1, tags={273: (LONG, [*range(8, 16)]), 259: (SHORT, [5]), 279: (LONG, [30] * 8)})),
        "overlap",
    ),
    "a strip that is no JPEG": (tiff(grey(tags={259: (SHORT, [7])})), "not the JPEG"),
    "a JPEG without an end": (
        tiff(dataclasses.replace(jpeg_page(), pieces=[jpeg_page().pieces[0][:-2]])),
        CUT,
    ),
    "a JPEG of another kind": (
        tiff(dataclasses.replace(jpeg_page(), pieces=[jpeg_page().pieces[0].replace(b"\xff\xc0", b"\xff\xc5")])),
        "not the JPEG",
    ),
    "a JPEG with two frames": (tiff(jpeg_page(segment(0xC0, b"\x08\0\x10\0\x10\1\1\x11\0"))), CONTRADICTION),
    "a JPEG without a size": (
        tiff(
            dataclasses.replace(jpeg_page(), pieces=[jpeg_page().pieces[0].replace(b"\0\x10\0\x10\1", b"\0\0\0\x10\1")])
        ),
        CONTRADICTION,
    ),
    "a JPEG bomb": (
        tiff(
            dataclasses.replace(
                jpeg_page(), pieces=[jpeg_page().pieces[0].replace(b"\0\x10\0\x10\1", b"\xff\xff\xff\xff\1")]
            )
        ),
        "65535 x 65535",
    ),
    "a JPEG without a frame": (
        tiff(
            dataclasses.replace(jpeg_page(), pieces=[b"\xff\xd8" + segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x55\xff\xd9"])
        ),
        CONTRADICTION,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_refused_with_a_clear_sentence(name: str) -> None:
    """A fault is refused with a clear sentence."""
    data, words = FAULTS[name]
    with pytest.raises(UnsupportedImage) as refused:
        strip(photo(data))
    assert words in refused.value.message
    assert refused.value.message.endswith(".")
    assert SECRET not in refused.value.message


@pytest.mark.parametrize(
    ("module", "bound", "value", "words"),
    [
        (tiff_directory, "MAX_PAGES", 1, "too many pages"),
        (tiff_directory, "MAX_ALL_ENTRIES", 1, "too many pages"),
        (tiff_strip, "MAX_ANIMATION_PIXELS", 99, "too many pixels"),
        (tiff_page, "MAX_PIXELS", 10, "12 x 8 pixels"),
        (tiff_jpeg, "MAX_SCANS", 0, "more scans or tables"),
    ],
)
def test_more_than_any_photo_has_is_refused(
    module: object, bound: str, value: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than any photo has is refused."""
    monkeypatch.setattr(module, bound, value)
    with pytest.raises(UnsupportedImage, match=words):
        strip(photo(tiff(jpeg_page()) if module is tiff_jpeg else tiff(grey(), grey())))


def test_tags_past_the_bound_are_dropped_unread() -> None:
    """Tags past the bound are dropped unread."""
    pages = [grey(tags={285: (ASCII, HIDDEN + b" %d" % number)}) for number in range(300)]
    stripped = strip(photo(tiff(*pages)))
    assert [entry.kinds for entry in stripped.removed].count(("text",)) == 256
    assert HIDDEN not in stripped.data


def test_every_group_is_filled_with_values() -> None:
    """Every group is filled with values."""
    findings = inspect(photo(tiff_with_metadata()))
    assert "51.506992" in {finding.value for finding in findings.where}
    assert photos.TAKEN in {finding.value for finding in findings.when}
    assert photos.ARTIST in {finding.value for finding in findings.who}
    assert {photos.MAKE, photos.SERIAL} <= {finding.value for finding in findings.device}
    assert {finding.name for finding in findings.hidden} >= {"SubIFDs", "Photoshop layers", "reduced picture"}
    assert photos.DOCUMENT_ID in {finding.value for finding in findings.history}
    assert {photos.COMMENT, photos.CAPTION} <= {finding.value for finding in findings.words}
    assert (findings.width, findings.height) == (8, 12)
    assert not [value for value in photos.CANARIES if value in repr(findings)]


_P, _J = draft(PLAIN).data, draft(tiff(jpeg_page())).data
_TWO = tiff(grey(), grey(tags={34675: (UNDEFINED, photos.display_profile())}))
_TURNED = tiff(grey(tags={274: (SHORT, [6])}))
_COLOURED = _tagged(34675, UNDEFINED, photos.display_profile())
_OTHER_COLOUR = (b"XYZ \0\0\0\0\0\0\x83", b"XYZ \0\0\0\0\0\0\x63")
DEFECTS = {
    "no start": (PLAIN, b"MM\0*" + _P[4:], "start of file"),
    "bytes behind": (PLAIN, _P + b"xx", "end of file"),
    "bytes between": (PLAIN, tiff(grey(), base=b"II*\0\0\0\0\0xx"), "belong to nothing"),
    "a page lost": (tiff(grey(), grey()), _P, "pages"),
    "a directory outside": (PLAIN, _P[:4] + b"\xff\xff\0\0" + _P[8:], "pages"),
    "a directory cut": (PLAIN, _P[:-6], "pages"),
    "a circle": (PLAIN, _P[:-4] + _P[4:8], "pages"),
    "a tag too many": (PLAIN, tiff(grey(tags={305: (ASCII, b"abc")})), "tags"),
    "a tag that was not there": (PLAIN, tiff(grey(tags={292: (LONG, [1])})), "tags"),
    "a tag lost": (tiff(grey(tags={317: (SHORT, [1])})), _P, "tags"),
    "a tag twice": (PLAIN, _repeated(278), "tags"),
    "a tag of no length": (PLAIN, tiff(Page(grey().pieces, grey().tags, entries=bytes(12))), "tags"),
    "bytes behind a short value": (PLAIN, HIDING_PLACES["behind a short value"], "tags"),
    "another value": (PLAIN, _raw(262, 0), "tags"),
    "another orientation": (PLAIN, _TURNED, "orientation"),
    "an orientation lost": (_TURNED, _P, "orientation"),
    "another strip": (PLAIN, _P[:9] + b"x" + _P[10:], "coded data"),
    "a strip cut": (PLAIN, tiff(Page([grey().pieces[0][:90]], grey().tags)), "pieces"),
    "a strip lost": (tiff(grey(rows=4)), tiff(Page(grey(rows=4).pieces[:1], grey(rows=4).tags)), "pieces"),
    "another scan": (tiff(jpeg_page()), _J.replace(b"\xff\xd9", b"\x55\xd9"), "end of a scan"),
    "the profile lost": (_COLOURED, _P, "colour profile"),
    "another colour": (_COLOURED, draft(_COLOURED).data.replace(*_OTHER_COLOUR, 1), "colour"),
    "a further page's profile lost": (_TWO, draft(tiff(grey(), grey())).data, "colour profile"),
    "a further page's other colour": (_TWO, draft(_TWO).data.replace(*_OTHER_COLOUR, 1), "colour"),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_fault_of_the_stripper_is_seen(name: str) -> None:
    """A fault of the stripper is seen."""
    original, data, words = DEFECTS[name]
    sound = draft(original)
    assert check(photo(original), sound).data == sound.data
    with pytest.raises(UnsupportedImage, match=f"could not be proven clean: .*{words}"):
        check(photo(original), dataclasses.replace(sound, data=data))


def test_another_orientation_than_was_said_is_seen() -> None:
    """Another orientation than was said is seen."""
    sound = draft(_TURNED)
    with pytest.raises(UnsupportedImage, match="orientation"):
        check(photo(_TURNED), dataclasses.replace(sound, exif=dataclasses.replace(sound.exif, orientation=3)))


def test_a_page_of_other_strips_than_its_size_needs_is_seen() -> None:
    """A page of other strips than its size needs is seen, whatever the original has."""
    both = tiff(grey(tags={278: (SHORT, [2])}))
    with pytest.raises(UnsupportedImage, match="pieces"):
        verify_tiff.prove(both, both, b"")


# --- whole pictures that were refused -------------------------------------------------------------------


def _packed(page: Page, *, compression: int = 8) -> Page:
    """Compress a page's pieces."""
    return dataclasses.replace(
        page,
        pieces=[zlib.compress(piece) for piece in page.pieces],
        tags={**page.tags, 259: (SHORT, [compression])},
    )


WHOLE = {
    "more tiles than the size needs": tiff(dataclasses.replace(tiled(), pieces=[*tiled().pieces, bytes(256), HIDDEN])),
    "more strips than the size needs": tiff(Page([*grey().pieces, HIDDEN], grey().tags)),
    "a length of 0": tiff(grey(tags={279: (LONG, [0])})),
    "some lengths of 0": tiff(grey(rows=4, tags={279: (LONG, [48, 0])})),
    "too few lengths": tiff(grey(rows=4, tags={279: (LONG, [48])})),
    "more lengths than strips": tiff(grey(tags={279: (LONG, [96, 7, 7])})),
    "a compressed strip's length of 0": tiff(_packed(grey(tags={279: (LONG, [0])}))),
    "a compressed strip without a length": tiff(_packed(grey(tags={279: (0, b"")}))),
    "a JPEG strip's length of 0": tiff(
        dataclasses.replace(jpeg_page(), tags={**jpeg_page().tags, 279: (LONG, [0])}), behind=HIDDEN
    ),
    "a filter's pattern that a developed picture kept": tiff(grey(tags={33422: (SHORT, [1])})),
    "a DNG's version that a developed picture kept": tiff(grey(tags={50706: (BYTE, [1, 4, 0, 0])})),
    "a raw sub-directory without its data": _subdirectory(_262=32803, _279=40_000),
    "a larger sub-directory without its data": _subdirectory(_256=1300, _279=0),
    "a sub-directory that calls itself smaller and is larger": _subdirectory(_254=1, _256=13),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_picture_is_stripped_whatever_is_odd_about_it(name: str) -> None:
    """What decoders pass over goes, and they show the same picture before and after."""
    stripped = strip(photo(WHOLE[name]))
    assert SECRET.encode() not in stripped.data
    assert stripped.data == strip(photo(stripped.data)).data
    plain = strip(photo({"more tiles than the size needs": tiff(tiled())}.get(name, PLAIN))).data
    if "JPEG" not in name and "tiles" not in name:
        assert shown(stripped.data) == shown(plain)


def _doubled(page: Page, tags: Mapping[int, tuple[int, list[int]]]) -> bytes:
    """Write a page whose tiles are said to lie where its strips do."""
    marked = tiff(dataclasses.replace(page, tags={**page.tags, **tags, 324: (LONG, [0xABCDEF])}))
    place = marked.index(struct.pack("<HHL", 273, LONG, 1)) + 8
    return marked.replace(struct.pack("<L", 0xABCDEF), marked[place : place + 4])


@pytest.mark.parametrize(
    "tags",
    [{}, {322: (SHORT, [12]), 323: (SHORT, [8]), 325: (LONG, [96])}, {325: (LONG, [96])}],
    ids=["offsets alone", "all four", "offsets and lengths"],
)
def test_tags_of_tiles_that_say_what_the_strips_say_go(tags: Mapping[int, tuple[int, list[int]]]) -> None:
    """Tags of tiles beside strips go where both say the same; where not, the page is refused."""
    original = _doubled(grey(), tags)
    stripped = strip(photo(original))
    assert stripped.data == strip(photo(PLAIN)).data
    with pytest.raises(UnsupportedImage, match="twice, in strips and in tiles"):
        strip(photo(tiff(grey(tags={324: (LONG, [9]), **tags}))))


def test_one_page_of_an_older_jpeg_refuses_no_other() -> None:
    """Of several pages, one that cannot be stripped is left out and said, as a further picture; alone it is refused."""
    old = grey(tags={259: (SHORT, [6])})
    several = strip(photo(tiff(grey(), old, grey(6, 4, rows=4))))
    assert several.data == strip(photo(tiff(grey(), grey(6, 4, rows=4)))).data
    assert several.further_pictures == 1
    assert several.warnings == ("A further picture in the same file was left out: a page in an older kind of JPEG.",)
    assert strip(photo(tiff(old, grey(), old))).further_pictures == 2
    with pytest.raises(UnsupportedImage, match="older kind of JPEG"):
        strip(photo(tiff(old, old)))


@pytest.mark.parametrize(
    ("pages", "count"),
    [
        ((grey(), grey(6, 4, rows=4, tags={254: (LONG, [1])})), 0),
        ((grey(), grey(tags={254: (LONG, [1])})), 1),
        ((grey(), grey(tags={255: (SHORT, [2])})), 1),
    ],
)
def test_what_calls_itself_a_smaller_copy_and_is_not_smaller_is_a_further_picture(
    pages: tuple[Page, ...], count: int
) -> None:
    """What calls itself a smaller copy and is not smaller is a further picture; in a sub-directory too."""
    assert strip(photo(tiff(*pages))).further_pictures == count
    assert strip(photo(_subdirectory(_256=12 if count else 5))).further_pictures == count


def test_a_further_pages_profile_that_cannot_be_read_goes_and_is_said() -> None:
    """A further page's profile that cannot be read goes, and that is said; nothing else may lose one."""
    original = tiff(grey(), grey(tags={34675: (UNDEFINED, b"no profile")}))
    stripped = strip(photo(original))
    assert stripped.warnings == (COLOUR_LOST,)
    assert stripped.data == strip(photo(tiff(grey(), grey()))).data
    with pytest.raises(UnsupportedImage, match="colour profile"):
        check(photo(original), dataclasses.replace(draft(original), warnings=()))
