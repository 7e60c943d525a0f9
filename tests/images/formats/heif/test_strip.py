"""HEIC, HEIF and AVIF: the main picture, its parts and its transparency stay as they are; all that identifies goes."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import struct
import time
import tracemalloc

import pytest
from PIL import Image

from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnsupportedImage
from imgfile.images.draft import COLOUR_LOST, GAIN_MAP_LOST, ORIENTATION_UNSURE
from imgfile.images.formats.heif import strip as heif
from imgfile.images.formats.heif.items import ORIENTATIONS
from imgfile.images.inspect import inspect
from imgfile.images.limits import MAX_READ_BLOCKS
from imgfile.images.metadata import further
from imgfile.images.metadata.model import SECOND, Kind
from imgfile.images.strip import draft, strip
from kit.patience import granted
from kit.photos import heif as photos_heif
from kit.photos import jpeg_png as photos
from kit.photos.heif import ALPHA, Part, coded, exif_part, full, picture, xmp_part
from kit.photos.jpeg_png import box, photo
from kit.photos.judge import leaks, shown, survivors
from kit.tools import tool

PLAIN = photos_heif.heif([picture()])
WITH_METADATA = {
    "HEIC": photos_heif.heif_with_metadata("HEIF"),
    "AVIF": photos_heif.heif_with_metadata("AVIF"),
    "HEIC with a video": photos_heif.motion_photo("HEIF"),
    "AVIF with a video": photos_heif.motion_photo("AVIF"),
}
CANARY = photos.SERIAL.encode()
GRID = bytes(4)


def _grid(rows: int, columns: int, width: int, height: int, *, is_wide: bool = False) -> bytes:
    return bytes((0, is_wide, rows - 1, columns - 1)) + struct.pack(">LL" if is_wide else ">HH", width, height)


def _changed(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) >= 1
    return data.replace(old, new, 1)


def _shape(width: int, height: int) -> tuple[bytes, bytes, bool]:
    return b"ispe", struct.pack(">LLL", 0, width, height), False


def _quilt(  # noqa: PLR0913 - each vector names what it varies
    data: bytes,
    *,
    in_idat: bool = True,
    kind: bytes = b"grid",
    is_wide: bool = False,
    coding: str = "AVIF",
    pieces: int = 1,
) -> bytes:
    """Put a picture of 256 x 96 together from two tiles."""
    whole = Part(1, kind, data, [_shape(256, 96)], in_idat=in_idat, pieces=pieces)
    parts = [whole, picture(2, coding), picture(3, coding, turn=180)]
    brands = (b"avif", b"mif1") if coding == "AVIF" else (b"heic", b"mif1")
    return photos_heif.heif(parts, [(b"dimg", 1, [2, 3])], is_wide=is_wide, brands=brands)


# --- what stays -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_METADATA)
def test_a_photo_that_says_everything_comes_out_clean_and_the_same(name: str) -> None:
    """A photo that says everything comes out clean and the same."""
    original = WITH_METADATA[name]
    stripped = strip(photo(original))
    assert survivors(stripped.data, photos.CANARIES, photos.GPS_BYTES) == []
    assert leaks(stripped.data, tool("exiftool")) == []
    assert shown(stripped.data) == shown(original)
    assert len(stripped.data) < len(original)
    assert stripped.taken_at is not None
    assert stripped.taken_at.isoformat() == "2026-11-21T08:09:10.123000+01:00"
    again = strip(photo(stripped.data))
    assert (again.data, again.removed) == (stripped.data, ())


def test_what_was_there_is_reported() -> None:
    """What was there is reported."""
    findings = inspect(photo(WITH_METADATA["HEIC"]))
    assert findings.media_type is MediaType.HEIC
    assert (findings.width, findings.height) == (96, 128)
    assert {"51.506992", photos.CITY} <= {finding.value for finding in findings.where}
    assert photos.TAKEN in {finding.value for finding in findings.when}
    assert photos.ARTIST in {finding.value for finding in findings.who}
    assert {photos.SERIAL, photos.SOFTWARE} <= {finding.value for finding in findings.device}
    assert f"en, {photos.DESCRIPTION}, {photos.CAPTION}" in {finding.value for finding in findings.words}
    assert {"thumbnail", "depth map", "gain map", "matte of a person", "second picture", "hidden 2 s video"} <= {
        finding.block for finding in findings.hidden
    }
    assert findings.history
    assert {GAIN_MAP_LOST, further.sentence([SECOND])} <= {*findings.warnings}
    assert not [value for value in photos.CANARIES if value in repr(findings)]


GOOD = {
    "a picture": PLAIN,
    "HEVC": photos_heif.heif([picture(kind="HEIF")], brands=(b"heic", b"mif1")),
    "a picture in three pieces": photos_heif.heif([dataclasses.replace(picture(), pieces=3)]),
    "a picture of HEVC in three pieces, with notes": photos_heif.heif(
        [dataclasses.replace(photos_heif.with_canaries(picture(kind="HEIF")), pieces=7)], brands=(b"heic", b"mif1")
    ),
    "a picture in idat": photos_heif.heif([dataclasses.replace(picture(), in_idat=True)]),
    "wide numbers": photos_heif.heif([picture(70_000)], primary=70_000, is_wide=True),
    "wide places": photos_heif.heif([picture()], offset_bytes=8),
    "tiles": _quilt(_grid(1, 2, 256, 96)),
    "tiles of the same data": photos_heif.heif(
        [
            Part(1, b"grid", _grid(1, 2, 256, 96), [_shape(256, 96)], in_idat=True),
            picture(2),
            dataclasses.replace(picture(3), same_as=2),
        ],
        [(b"dimg", 1, [2, 3])],
    ),
    "tiles under their own configuration": photos_heif.heif(
        [
            Part(1, b"grid", _grid(1, 2, 256, 96), [_shape(256, 96), picture().properties[0]], in_idat=True),
            picture(2),
            picture(3, turn=180),
        ],
        [(b"dimg", 1, [2, 3])],
    ),
    "tiles with wide numbers": _quilt(_grid(1, 2, 256, 96), is_wide=True),
    "tiles with a wide size": _quilt(_grid(1, 2, 256, 96, is_wide=True)),
    "tiles described in mdat": _quilt(_grid(1, 2, 256, 96), in_idat=False),
    "tiles described in pieces": _quilt(_grid(1, 2, 256, 96) + CANARY, coding="HEIF", pieces=2),
    "tiles with bytes behind their description": _quilt(_grid(1, 2, 256, 96) + CANARY, coding="HEIF"),
    "an overlay": _quilt(
        b"\0\0" + bytes(8) + struct.pack(">HHhhhh", 256, 96, 0, 0, 128, 0) + CANARY, kind=b"iovl", coding="HEIF"
    ),
    "a picture derived by turning": photos_heif.heif(
        [Part(1, b"iden", b"", [_shape(128, 96), (b"irot", b"\1", True)]), picture(2, "HEIF")],
        [(b"dimg", 1, [2])],
        brands=(b"heic", b"mif1"),
    ),
    "transparency that was multiplied": photos_heif.heif(
        [
            picture(),
            dataclasses.replace(
                alpha := picture(2, mode="L"),
                properties=[*alpha.properties, (b"auxC", bytes(4) + ALPHA + b"\0", False)],
            ),
        ],
        [(b"auxl", 2, [1]), (b"prem", 1, [2])],
    ),
    "a brand of sequences, and none in it": photos_heif.heif(
        [picture(kind="HEIF")], brands=(b"heic", b"hevc", b"mif1")
    ),
    "many properties": photos_heif.heif(
        [picture()], loose=[(b"free", struct.pack(">L", number), False) for number in range(200)]
    ),
    "free in meta": photos_heif.heif([picture()], in_meta=box(b"free", CANARY)),
    "bytes behind": PLAIN + CANARY,
    "a box past the end": PLAIN + b"\0\xff\0\0free" + CANARY,
    "an unknown box": PLAIN + box(b"CNRY", CANARY),
    "a long box": PLAIN + struct.pack(">L4sQ", 1, b"skip", 16 + len(CANARY)) + CANARY,
    "the last box open": PLAIN + struct.pack(">L4s", 0, b"skip") + CANARY,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", GOOD)
def test_each_arrangement_comes_out_clean_and_the_same(name: str) -> None:
    """Each arrangement comes out clean and the same."""
    stripped = strip(photo(GOOD[name]))
    assert survivors(stripped.data, photos.CANARIES) == []
    assert leaks(stripped.data, tool("exiftool")) == []
    assert shown(stripped.data) == shown(GOOD[name])
    assert len(stripped.data) <= len(GOOD[name])
    again = strip(photo(stripped.data))
    assert (again.data, again.removed) == (stripped.data, ())


def test_transparency_may_lack_its_size() -> None:
    """Transparency may lack its size."""
    alpha = picture(2, mode="L")
    alpha.properties[1] = b"auxC", bytes(4) + ALPHA + b"\0", False
    stripped = strip(photo(photos_heif.heif([picture(), alpha], [(b"auxl", 2, [1])])))
    assert alpha.data in stripped.data


@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("angle", [None, 0, 1, 2, 3])
def test_orientation_is_what_a_decoder_makes_of_it(angle: int | None, axis: int | None) -> None:
    """Orientation is what a decoder makes of it."""
    part = picture()
    part.properties += [] if angle is None else [(b"irot", bytes((angle,)), True)]
    part.properties += [] if axis is None else [(b"imir", bytes((axis,)), True)]
    original = photos_heif.heif([part])
    stripped = strip(photo(original))
    with Image.open(io.BytesIO(original)) as image:
        assert stripped.orientation == image.getexif().get(274, 1)
    assert shown(stripped.data) == shown(original)
    assert (stripped.width, stripped.height) == shown(original)[0]


def test_every_orientation_has_its_number() -> None:
    """Every orientation has its number."""
    assert sorted(ORIENTATIONS.values()) == list(range(1, 9))


def _cropped(across: int, down: int, *, angle: int = 0, is_turned_first: bool = False) -> Part:
    part = picture()
    crop = (b"clap", struct.pack(">LLLLlLlL", across, 1, down, 1, 0, 1, 0, 1), True)
    turn = [(b"irot", bytes((angle,)), True)] if angle else []
    part.properties += [*turn, crop] if is_turned_first else [crop, *turn]
    return part


def test_a_crop_is_kept_and_a_large_one_is_reported() -> None:
    """A crop is kept and a large one is reported."""
    slight = strip(photo(photos_heif.heif([_cropped(126, 94)])))
    assert (slight.width, slight.height, slight.warnings) == (126, 94, ())
    large = strip(photo(photos_heif.heif([_cropped(60, 40, angle=1)])))
    assert (large.width, large.height, large.warnings) == (40, 60, (heif.CROPPED,))
    turned = strip(photo(photos_heif.heif([_cropped(90, 120, angle=1, is_turned_first=True)])))
    assert (turned.width, turned.height, turned.orientation) == (90, 120, 8)


@pytest.mark.parametrize(("stated", "angle", "is_sure"), [(1, 3, True), (6, 3, True), (6, 0, False), (3, 3, False)])
def test_an_xmp_that_contradicts_the_file_is_reported(stated: int, angle: int, is_sure: bool) -> None:  # noqa: FBT001 - a case
    """An XMP packet that contradicts the file is reported: some programs obey it."""
    part = picture()
    part.properties.append((b"irot", bytes((angle,)), True))
    packet = Part(
        2,
        b"mime",
        photos.xmp(f"<tiff:Orientation>{stated}</tiff:Orientation>"),
        content=b"application/rdf+xml",
        flags=1,
    )
    found = strip(photo(photos_heif.heif([part, packet], [(b"cdsc", 2, [1])])))
    assert (ORIENTATION_UNSURE in found.warnings) is not is_sure


@pytest.mark.parametrize(("stated", "angle", "is_sure"), [(1, 3, True), (6, 3, True), (6, 0, False), (3, 3, False)])
def test_an_exif_that_contradicts_the_file_is_reported(stated: int, angle: int, is_sure: bool) -> None:  # noqa: FBT001 - a case
    """An Exif that contradicts the file is reported."""
    part = picture()
    part.properties.append((b"irot", bytes((angle,)), True))
    found = strip(photo(photos_heif.heif([part, exif_part(2, stated)], [(b"cdsc", 2, [1])])))
    assert (ORIENTATION_UNSURE in found.warnings) is not is_sure
    assert found.orientation == {0: 1, 3: 6}[angle]


def test_the_main_pictures_exif_is_the_one_that_counts() -> None:
    """The main pictures Exif is the one that counts."""
    other = Part(2, b"Exif", b"\0\0\0\6" + photos.adobe_rgb_exif())
    found = strip(photo(photos_heif.heif([picture(), other, exif_part(3, 1)], [(b"cdsc", 3, [1])])))
    assert found.taken_at is not None


@pytest.mark.parametrize("name", [b"prof", b"rICC"])
def test_a_profile_is_sanitised_and_a_broken_one_is_reported(name: bytes) -> None:
    """A profile is sanitised and a broken one is reported."""
    part = picture()
    part.properties.append((b"colr", name + photos.display_profile(), False))
    stripped = strip(photo(photos_heif.heif([part])))
    assert "colr" in {entry.block for entry in stripped.removed}
    assert survivors(stripped.data, (photos.DISPLAY_MODEL, photos.DISPLAY_SERIAL)) == []
    part.properties[-1] = b"colr", name + bytes(300), True
    assert strip(photo(photos_heif.heif([part]))).warnings == (COLOUR_LOST,)


KEPT_PROPERTIES = {
    "light level": (b"clli", b"\1\2\3\4"),
    "mastering display": (b"mdcv", bytes(range(24))),
    "ambient light": (b"amve", bytes(range(8))),
    "content volume": (b"cclv", b"\x3c" + bytes(24 + 12)),
    "a smaller content volume": (b"cclv", b"\x04" + bytes(4)),
    "pixel shape": (b"pasp", struct.pack(">LL", 1, 1)),
    "colours by number": (b"colr", b"nclx" + struct.pack(">HHHB", 1, 13, 6, 0x80)),
    "colours by number, as QuickTime": (b"colr", b"nclc" + struct.pack(">HHH", 1, 1, 1)),
    "operating point": (b"a1op", b"\0"),
    "layer": (b"lsel", b"\xff\xff"),
    "layers": (b"a1lx", b"\0" + bytes(6)),
    "long layers": (b"a1lx", b"\1" + bytes(12)),
}


@pytest.mark.parametrize("name", KEPT_PROPERTIES)
def test_a_property_that_shows_is_kept_without_what_hangs_behind(name: str) -> None:
    """A property that shows is kept without what hangs behind."""
    kind, body = KEPT_PROPERTIES[name]
    part = picture()
    part.properties.append((kind, body + CANARY, False))
    stripped = strip(photo(photos_heif.heif([part])))
    assert box(kind, body) in stripped.data
    assert CANARY not in stripped.data
    assert (kind.decode(), len(CANARY)) in {(entry.block, entry.length) for entry in stripped.removed}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"pixi", b"\1\0\0\0\3\x08\x08\x08"),
        (b"pixi", bytes(4)),
        (b"clli", b"1"),
        (b"cclv", b""),
        (b"cclv", b"\x20"),
        (b"a1lx", b"\0"),
        (b"colr", b"nclx"),
        (b"colr", b"CNRY12345678"),
        (b"rloc", bytes(12)),
    ],
)
def test_a_property_of_another_form_is_dropped_where_it_may_be(kind: bytes, body: bytes) -> None:
    """A property of another form is dropped where it may be, and refused where it is essential."""
    part = picture()
    part.properties = [*part.properties[:2], (kind, body, False)]
    assert box(kind, body) not in strip(photo(photos_heif.heif([part]))).data
    part.properties[2] = kind, body, True
    if kind != b"colr":
        with pytest.raises(UnsupportedImage, match="described in a way"):
            strip(photo(photos_heif.heif([part])))


def test_what_a_channel_is_called_goes() -> None:
    """What a channel is called goes."""
    part = picture()
    part.properties[2] = b"pixi", b"\0\0\0\1\3\x08\x08\x08" + b"\x01" + CANARY + b"\0", False
    assert box(b"pixi", b"\0\0\0\0\3\x08\x08\x08") in strip(photo(photos_heif.heif([part]))).data


# --- what is refused ------------------------------------------------------------------------------------


def _with(name: bytes, body: bytes, *, kind: str = "AVIF") -> bytes:
    part = picture(kind=kind)
    part.properties = [entry for entry in part.properties if entry[0] != name] + ([(name, body, True)] if body else [])
    return photos_heif.heif([part])


def _twice(name: bytes) -> bytes:
    """Write a box within `meta` twice."""
    at = PLAIN.index(name) - 4
    length = struct.unpack_from(">L", PLAIN, at)[0]
    grown = bytearray(PLAIN[: at + length] + PLAIN[at : at + length] + PLAIN[at + length :])
    start = grown.index(b"meta") - 4
    struct.pack_into(">L", grown, start, struct.unpack_from(">L", grown, start)[0] + length)
    return bytes(grown)


_MDAT = PLAIN.index(b"mdat")
_IPMA = PLAIN[PLAIN.index(b"ipma") - 4 : _MDAT - 4]
BAD = {
    "no picture": (photos_heif.heif([]), "it holds no picture"),
    "only its brands": (PLAIN[:24], "it holds no picture"),
    "cut in meta": (PLAIN[:100], "part reaches past"),
    "cut in the picture": (PLAIN[:-100], "about 12 % of the picture is missing"),
    "one byte short": (PLAIN[:-1], "its end is missing"),
    "two main numbers": (_twice(b"pitm"), "lists its parts twice"),
    "two metas": (PLAIN + full(b"meta"), "in more than one place"),
    "fragments": (PLAIN + box(b"moof"), "in more than one place"),
    "no main picture": (_changed(PLAIN, b"pitm", b"free"), "no picture is its main one"),
    "a main picture that is a thumbnail": (
        photos_heif.heif([picture(), picture(2)], [(b"thmb", 1, [2])]),
        "a smaller copy or a part of another",
    ),
    "a main picture that is a transparency": (
        photos_heif.heif([picture(), picture(2)], [(b"auxl", 1, [2])]),
        "a smaller copy or a part of another",
    ),
    "a picture of zeros": (
        photos_heif.heif([dataclasses.replace(picture(), data=bytes(900))]),
        "about 100 % of the picture is missing",
    ),
    "a tile of zeros": (
        photos_heif.heif(
            [
                Part(1, b"grid", _grid(1, 2, 256, 96), [_shape(256, 96)], in_idat=True),
                picture(2),
                dataclasses.replace(picture(3, turn=90), data=bytes(len(picture(2).data))),
            ],
            [(b"dimg", 1, [2, 3])],
        ),
        "about 49 % of the picture is missing",
    ),
    "no items": (_changed(PLAIN, b"iinf", b"free"), "its list of parts is missing"),
    "a handler of videos": (_changed(PLAIN, b"pict", b"vide"), "does not say that it holds a picture"),
    "a main picture that is not there": (photos_heif.heif([picture()], primary=2), "a part of its picture is missing"),
    "a JPEG inside": (photos_heif.heif([dataclasses.replace(picture(), kind=b"jpeg")]), "coded in a way"),
    "a protected picture": (photos_heif.heif([dataclasses.replace(picture(), protection=1)]), "encrypted"),
    "a picture elsewhere": (photos_heif.heif([dataclasses.replace(picture(), elsewhere=1)]), "in another file"),
    "a picture by item": (photos_heif.heif([dataclasses.replace(picture(), method=2)]), "in another file"),
    "a picture without data": (photos_heif.heif([dataclasses.replace(picture(), data=b"")]), "is missing"),
    "a picture past idat": (
        photos_heif.heif([dataclasses.replace(picture(), method=1), Part(2, b"uri ", b"12", in_idat=True)]),
        "is missing",
    ),
    "a picture in no idat": (photos_heif.heif([dataclasses.replace(picture(), method=1)]), "is missing"),
    "no configuration": (_with(b"av1C", b""), "description of a picture is broken"),
    "two configurations": (
        photos_heif.heif([dataclasses.replace(part := picture(), properties=[*part.properties, *part.properties[:1]])]),
        "description of a picture is broken",
    ),
    "another's configuration": (_with(b"hvcC", coded("HEIF")[1]), "description of a picture is broken"),
    "a short configuration": (_with(b"av1C", b"\x81"), "a part ends before its content"),
    "no size": (_with(b"ispe", b""), "description of a picture is broken"),
    "a size of nothing": (_with(b"ispe", bytes(12)), "it states no size"),
    "a short size": (_with(b"ispe", bytes(11)), "description of a picture is broken"),
    "a size of another version": (_with(b"ispe", b"\1" + bytes(11)), "description of a picture is broken"),
    "too large": (_with(b"ispe", struct.pack(">LLL", 0, 30_000, 30_000)), "too large .* 30000 x 30000"),
    "a crop of nothing": (_with(b"clap", bytes(32)), "its crop is broken"),
    "an auxiliary that is main": (_with(b"auxC", bytes(4) + b"x\0"), "description of a picture is broken"),
    "turned twice": (
        photos_heif.heif(
            [dataclasses.replace(part, properties=[*part.properties, (b"irot", b"\1", True), (b"irot", b"\2", True)])]
        ),
        "turned more than once",
    ),
    "tiles that do not fit": (_quilt(_grid(2, 2, 256, 96)), "cannot be put together"),
    "tiles of another version": (_quilt(b"\1" + bytes(7)), "cannot be put together"),
    "tiles without a size": (_quilt(_grid(1, 2, 256, 96)[:6]), "is missing"),
    "tiles without anything": (_quilt(b"", in_idat=False), "cannot be put together"),
    "tiles without parts": (
        photos_heif.heif([Part(1, b"iden", b"", [_shape(1, 1)])]),
        "a part of its picture is missing",
    ),
    "two items of one number": (photos_heif.heif([picture(), picture()]), "have one number"),
    "an item of an old kind": (_changed(PLAIN, b"infe\2", b"infe\1"), "of an old kind"),
    "something else among items": (_changed(PLAIN, b"infe", b"free"), "holds something else"),
    "places of an odd width": (_changed(PLAIN, b"\x44\0\0\1", b"\x54\0\0\1"), "in no known way"),
    "places of an unknown version": (_changed(PLAIN, b"iloc\1", b"iloc\3"), "in no known way"),
    "descriptions out of order": (_changed(PLAIN, b"ipma", b"free"), "in disorder"),
    "a description that is not there": (
        _changed(PLAIN, _IPMA[-1:] + PLAIN[_MDAT - 4 : _MDAT], b"\x7f" + PLAIN[_MDAT - 4 : _MDAT]),
        "description is missing",
    ),
    "a part past its whole": (_changed(PLAIN, b"\0\0\0\x0epitm", b"\0\0\xff\x0epitm"), "reaches past"),
    "a unit past the picture": (_changed(PLAIN, b"mdat\x12\0", b"mdat\x12\xff\x7f"), "do not end where they say"),
    "overlapping pictures": (
        photos_heif.heif(
            [Part(1, b"grid", _grid(1, 2, 256, 96), [_shape(256, 96)], in_idat=True), picture(2), picture(3)],
            [(b"dimg", 1, [2, 3])],
        ).replace(struct.pack(">L", len(coded()[0])), struct.pack(">L", len(coded()[0]) + 1), 1),
        "overlap",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_broken_or_not_understood_is_refused(name: str) -> None:
    """What is broken or not understood is refused."""
    data, words = BAD[name]
    with pytest.raises(UnsupportedImage, match=words):
        strip(photo(data))


def test_places_twice_and_descriptions_twice_are_refused() -> None:
    """Places twice and descriptions twice are refused."""
    two = photos_heif.heif([picture(1), xmp_part(2)])
    at = two.index(b"iloc") + 12
    second = at + 2 + 6 + 8
    with pytest.raises(UnsupportedImage, match="lies in two places"):
        strip(photo(two[:second] + two[at : at + 2] + two[second + 2 :]))
    ipma = two.index(b"ipma") + 12
    with pytest.raises(UnsupportedImage, match="described twice"):
        strip(photo(two[: ipma + 6] + two[ipma : ipma + 2] + two[ipma + 8 :]))


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        ("MAX_ITEMS", "too many parts"),
        ("MAX_EXTENTS", "too many pieces"),
        ("MAX_TARGETS", "refer to one another too often"),
        ("MAX_PROPERTIES", "too many descriptions"),
        ("MAX_ASSOCIATIONS", "too many descriptions"),
    ],
)
def test_bounds_hold(monkeypatch: pytest.MonkeyPatch, bound: str, words: str) -> None:
    """Bounds hold."""
    monkeypatch.setattr(f"imgfile.images.formats.heif.meta_box.{bound}", 1)
    with pytest.raises(UnsupportedImage, match=words):
        strip(photo(WITH_METADATA["AVIF"]))


def test_parts_of_a_file_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a file are bounded."""
    for bound in (2, 4):
        monkeypatch.setattr("imgfile.images.formats.bmff.MAX_BOXES", bound)
        with pytest.raises(UnsupportedImage, match="too many parts"):
            strip(photo(PLAIN))


@pytest.mark.parametrize(
    ("bound", "words"), [("MAX_COLOURS", "colour profiles"), ("MAX_DESCRIPTION_BYTES", "descriptions")]
)
def test_descriptions_are_bounded(monkeypatch: pytest.MonkeyPatch, bound: str, words: str) -> None:
    """Descriptions are bounded."""
    monkeypatch.setattr(f"imgfile.images.formats.heif.items.{bound}", 0)
    with pytest.raises(UnsupportedImage, match=words):
        strip(photo(WITH_METADATA["AVIF"]))


def test_pixels_put_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pixels put together are bounded."""
    monkeypatch.setattr("imgfile.images.formats.heif.items.MAX_ANIMATION_PIXELS", 2 * 128 * 96 - 1)
    with pytest.raises(UnsupportedImage, match="too many pixels"):
        strip(photo(GOOD["tiles"]))


# --- what is reported of what goes --------------------------------------------------------------------------


def test_reading_is_bounded() -> None:
    """Reading is bounded: blocks behind the bound are dropped unread."""
    parts = [picture(), *(xmp_part(number) for number in range(2, MAX_READ_BLOCKS + 4))]
    found = [bool(block.facts) for block in draft(photos_heif.heif(parts)).blocks]
    assert found == [*[True] * MAX_READ_BLOCKS, False, False]


def test_hidden_pictures_are_counted_with_their_parts_and_each_part_once() -> None:
    """Hidden pictures are counted with their parts, and each part once; parts that refer in circles are one."""
    hidden = [Part(2, b"grid", b"12345678", []), picture(3), picture(4), Part(5, b"grid", b"", []), Part(6, b"grid")]
    references = [(b"dimg", 2, [3, 4, 99]), (b"dimg", 5, [3, 6]), (b"dimg", 6, [5])]
    blocks = [block for block in draft(photos_heif.heif([picture(), *hidden], references)).blocks if block.length > 8]
    assert [(block.name, block.length) for block in blocks] == [("second picture", 8 + 2 * len(coded()[0]))]


def test_an_auxiliary_of_an_unknown_kind_is_named_so() -> None:
    """An auxiliary of an unknown kind is named so."""
    other = picture(2)
    other.properties.append((b"auxC", bytes(4) + b"urn:x\0", False))
    drafted = draft(photos_heif.heif([picture(), other], [(b"auxl", 2, [1])]))
    assert [block.name for block in drafted.blocks] == ["auxiliary picture"]
    assert drafted.warnings == ()


def test_places_and_descriptions_of_nothing_are_passed_over() -> None:
    """Places and descriptions of nothing are passed over."""
    two = photos_heif.heif([picture(1), xmp_part(2)])
    for name in (b"iloc", b"ipma"):
        at = two.index(name)
        second = two.index(b"\0\2", at + 12 if name == b"iloc" else at + 14)
        data = two[:second] + b"\0\7" + two[second + 2 :]
        stripped = strip(photo(data))
        assert stripped.data == strip(photo(PLAIN)).data


def test_pictures_may_lie_nowhere_at_all() -> None:
    """Pictures may lie nowhere at all, but then they are missing."""
    with pytest.raises(UnsupportedImage, match="is missing"):
        strip(photo(_changed(PLAIN, b"iloc", b"free")))


def test_a_file_without_brands_is_given_one() -> None:
    """A file without brands is given one: a caller may have decided otherwise what it is."""
    stored = photos_heif.heif([dataclasses.replace(picture(), in_idat=True)])
    assert heif.strip(stored[24:]).data[8:12] == b"mif1"


def test_names_of_unknown_boxes_are_not_repeated() -> None:
    """Names of unknown boxes are not repeated: they might be values."""
    part = picture()
    part.properties.append((b"JOHN", b"x", False))
    data = photos_heif.heif([part, Part(2, b"MARY", b"12")], in_meta=box(b"SUSY")) + box(b"PETR", b"x")
    names = {block.name for block in draft(data).blocks}
    assert names == {"unknown part", "property unknown part"}


def test_a_description_without_words_has_none() -> None:
    """A description without words has none."""
    part = picture()
    part.properties.append((b"udes", bytes(4) + b"\xff\0\0", False))
    (block,) = draft(photos_heif.heif([part])).blocks
    assert [(fact.kind, fact.text) for fact in block.facts] == [(Kind.TEXT, "")]


# --- bombs ----------------------------------------------------------------------------------------------

_MANY = 8000
_IDENTITIES = [Part(number, b"iden", b"", [_shape(128, 96)]) for number in range(2, _MANY)]
_CHAIN = [(b"dimg", number, [number + 1]) for number in range(1, _MANY - 1)]
_FIRST = Part(1, b"iden", b"", [_shape(128, 96)])
_WIDE = Part(1, b"iovl", b"\0\0" + bytes(8 + 4 + 4 * 60_000), [_shape(128, 96)])


def _with_kind(number: int) -> Part:
    return Part(number, b"av01", b"", [(b"auxC", bytes(4) + b"a" * 50_000, True)])


def _piled(count: int) -> Part:
    """Put so many small parameter sets into a configuration."""
    part = picture(kind="HEIF")
    name, body, _ = part.properties[0]
    part.properties[0] = name, body[:22] + b"\1" + b"\x27" + struct.pack(">H", count) + b"\0\1a" * count, True
    return part


BOMBS = {
    "a chain of thousands": photos_heif.heif(
        [_FIRST, *_IDENTITIES, picture(_MANY)], [*_CHAIN, (b"dimg", _MANY - 1, [_MANY])]
    ),
    "a picture of the same part many times": photos_heif.heif([_WIDE, picture(2)], [(b"dimg", 1, [2] * 60_000)]),
    "thousands of references": photos_heif.heif([picture(1), picture(2)], [(b"auxl", 2, [1])] * 19_000),
    "thousands of hidden pictures": photos_heif.heif([picture(1), *(picture(number) for number in range(2, _MANY))]),
    "a circle": photos_heif.heif([_FIRST, *_IDENTITIES], [*_CHAIN, (b"dimg", _MANY - 1, [1])]),
    "a long auxiliary kind": photos_heif.heif(
        [picture(), *(_with_kind(number) for number in range(2, 4000))],
        [(b"auxl", number, [1]) for number in range(2, 4000)],
    ),
    "parameter sets": photos_heif.heif([_piled(60_000)], brands=(b"heic", b"mif1")),
    "boxes": PLAIN + box(b"free") * 1_000_000,
    "boxes in meta": photos_heif.heif([picture()], in_meta=box(b"free") * 1_000_000),
    "boxes in a track": photos_heif.heif(
        [picture()], tracks=[dataclasses.replace(photos_heif.frames(count=1), extra=box(b"free") * 1_000_000)]
    ),
    "tracks": photos_heif.heif([picture()], in_movie=box(b"trak") * 1_000_000),
    "empty units": photos_heif.heif(
        [dataclasses.replace(picture(kind="HEIF"), data=bytes(16_000_000))], brands=(b"heic", b"mif1")
    ),
    "empty units of AV1": photos_heif.heif([dataclasses.replace(picture(), data=b"\x12\0" * 4_000_000)]),
    "a unit of messages": photos_heif.heif(
        [
            dataclasses.replace(
                picture(kind="HEIF"), data=struct.pack(">L", 8_000_002) + b"\x4e\1" + b"\5\0" * 4_000_000
            )
        ],
        brands=(b"heic", b"mif1"),
    ),
    "many notes in many pieces": photos_heif.heif(
        [dataclasses.replace(picture(kind="HEIF"), data=photos_heif.user_data("x") * 60_000, pieces=60_000)],
        brands=(b"heic", b"mif1"),
    ),
    "a long name": photos_heif.heif([dataclasses.replace(picture(), name=b"x" * 8_000_000)]),
    "a long description": photos_heif.heif(
        [picture()], loose=[(b"udes", bytes(8_000_000), False), (b"crtt", bytes(8_000_000), False)]
    ),
    "many media": photos_heif.heif(
        [dataclasses.replace(picture(), data=picture().data * 100, pieces=60_000)], behind=box(b"mdat", b"x") * 19_000
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_seconds_at_most(name: str) -> None:
    """A bomb takes seconds at most."""
    started = time.process_time()
    with contextlib.suppress(UnsupportedImage):
        strip(photo(BOMBS[name]))
    assert time.process_time() - started < granted(5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["boxes in a track", "parameter sets", "thousands of references", "a long name"])
def test_a_bomb_stays_within_memory(name: str) -> None:
    """A bomb stays within memory: twice its size beside itself, and 64 MB."""
    tracemalloc.start()
    with contextlib.suppress(UnsupportedImage):
        strip(photo(BOMBS[name]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * len(BOMBS[name]) + (64 << 20)
