"""The second walk of a HEIF trusts nobody: each test plays a stripper that went wrong in one way."""

from __future__ import annotations

import dataclasses
import struct

import pytest

from imgfile.errors import UnsupportedImage
from imgfile.images.strip import draft
from imgfile.images.verify import heif_coded
from imgfile.images.verify.boxes import Numbers, Span, split
from imgfile.images.verify.check import check
from imgfile.images.verify.heif_coded import Pair
from imgfile.images.verify.heif_properties import is_described
from kit.photos import heif as photos_heif
from kit.photos import jpeg_png as photos
from kit.photos.heif import ALPHA, Part, full, message, obu, picture
from kit.photos.jpeg_png import box, photo


def _alpha(number: int = 2) -> Part:
    part = picture(number, mode="L")
    part.properties.append((b"auxC", bytes(4) + ALPHA + b"\0", True))
    return part


def _grid(*numbers: int) -> Part:
    shape = (b"ispe", struct.pack(">LLL", 0, 256, 96), False)
    return Part(1, b"grid", b"\0\0\0" + bytes((len(numbers) - 1,)) + struct.pack(">HH", 256, 96), [shape], in_idat=True)


def _turned(angle: int) -> Part:
    part = picture()
    part.properties.append((b"irot", bytes((angle,)), True))
    return part


def _profiled(profile: bytes) -> Part:
    part = picture()
    part.properties.append((b"colr", b"prof" + profile, False))
    return part


def _with(part: Part, *properties: photos_heif.Property) -> Part:
    return dataclasses.replace(part, properties=[*part.properties, *properties])


def _without(part: Part, name: bytes) -> Part:
    return dataclasses.replace(part, properties=[entry for entry in part.properties if entry[0] != name])


TRANSPARENT = photos_heif.heif([picture(), _alpha()], [(b"auxl", 2, [1])])
QUILT = photos_heif.heif([_grid(2, 3), picture(2), picture(3, turn=180)], [(b"dimg", 1, [2, 3])])
STORED = photos_heif.heif([dataclasses.replace(picture(), in_idat=True)])
TURNED = photos_heif.heif([_turned(1)])
PROFILED = photos_heif.heif([_profiled(photos.display_profile())])
PLAIN = photos_heif.heif([picture()])


def _output(data: bytes) -> bytes:
    return draft(data).data


def _swapped(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) >= 1, old
    return data.replace(old, new, 1)


def _grown(data: bytes, path: tuple[bytes, ...], extra: bytes) -> bytes:
    """Append bytes to a box, and correct its length and those of what holds it; its places are not corrected."""
    at, starts = 0, []
    for name in path:
        at = data.index(name, at) - 4
        starts.append(at)
        at += 4
    end = starts[-1] + struct.unpack_from(">L", data, starts[-1])[0]
    out = bytearray(data[:end] + extra + data[end:])
    for start in starts:
        struct.pack_into(">L", out, start, struct.unpack_from(">L", out, start)[0] + len(extra))
    return bytes(out)


_P = _output(PLAIN)
FAULTS = {
    "a box too many": (PLAIN, _P + box(b"free"), "order of boxes"),
    "bytes behind": (PLAIN, _P + b"x", "boxes"),
    "a box past the end": (PLAIN, _P[:-1], "boxes"),
    "brands behind": (PLAIN, _P[24:] + _P[:24], "order of boxes"),
    "an unknown brand": (PLAIN, _swapped(_P, b"mif1", b"CNRY"), "brands"),
    "a minor version": (PLAIN, _swapped(_P, b"ftypavif\0\0\0\0", b"ftypavif\0\0\0\1"), "brands"),
    "meta lost": (PLAIN, _P[:24] + _P[_P.index(b"mdat") - 4 :], "items"),
    "meta of another version": (PLAIN, _swapped(_P, b"meta\0", b"meta\1"), "items"),
    "another handler": (PLAIN, _swapped(_P, b"pict", b"vide"), "names"),
    "a handler's name": (PLAIN, _swapped(_P, b"pict" + bytes(12), b"pict" + bytes(11) + b"A"), "names"),
    "a box too many in meta": (PLAIN, _grown(_P, (b"meta",), box(b"uuid", bytes(16))), "order of boxes"),
    "an item's name": (PLAIN, _grown(_P, (b"meta", b"iinf", b"infe"), b"A\0"), "names"),
    "a box among items": (PLAIN, _swapped(_P, b"infe", b"free"), "names"),
    "a count of items": (PLAIN, _swapped(_P, b"iinf\0\0\0\0\0\1", b"iinf\0\0\0\0\0\2"), "items"),
    "a flag": (PLAIN, _swapped(_P, b"infe\2\0\0\0", b"infe\2\0\0\1"), "items"),
    "bytes behind the main number": (PLAIN, _grown(_P, (b"meta", b"pitm"), b"A"), "items"),
    "another main item": (
        photos_heif.heif([picture(1), picture(2)]),
        _output(photos_heif.heif([picture(2)], primary=2)),
        "main picture",
    ),
    "an item that was not there": (PLAIN, _output(TRANSPARENT), "items"),
    "an item of another type": (PLAIN, _output(photos_heif.heif([picture(kind="HEIF")])), "items"),
    "bytes behind places": (PLAIN, _grown(_P, (b"meta", b"iloc"), b"A"), "places"),
    "places of nothing": (PLAIN, _swapped(_P, b"\x44\0\0\1", b"\x44\0\0\2"), "places"),
    "another file": (PLAIN, _swapped(_P, b"\x44\0\0\1\0\1\0\0", b"\x44\0\0\1\0\1\0\1"), "places"),
    "a place too far": (
        PLAIN,
        _swapped(_P, struct.pack(">L", _P.index(b"mdat") + 4), struct.pack(">L", _P.index(b"mdat") + 3)),
        "coded data|unreferenced",
    ),
    "a byte nobody refers to": (PLAIN, _grown(_P, (b"mdat",), b"A"), "unreferenced data"),
    "a changed byte": (PLAIN, _P[:-20] + bytes((_P[-20] ^ 1,)) + _P[-19:], "coded data"),
    "a loose property": (PLAIN, _grown(_P, (b"meta", b"iprp", b"ipco"), box(b"free")), "properties"),
    "bytes behind associations": (PLAIN, _grown(_P, (b"meta", b"iprp", b"ipma"), b"A"), "properties"),
    "a property that is not there": (
        PLAIN,
        _P[: _P.index(b"mdat") - 5] + b"\x09" + _P[_P.index(b"mdat") - 4 :],
        "properties",
    ),
    "an association of nobody": (PLAIN, _swapped(_P, b"\0\0\0\1\0\1\3\x81", b"\0\0\0\1\0\2\3\x81"), "properties"),
    "two tables of associations": (PLAIN, _grown(_P, (b"meta", b"iprp"), full(b"ipma", bytes(4))), "properties"),
    "an essential mark lost": (PLAIN, _swapped(_P, b"\3\x81\2\3", b"\3\1\2\3"), "properties"),
    "a turn lost": (TURNED, _P, "lost properties"),
    "another turn": (TURNED, _output(photos_heif.heif([_turned(2)])), "lost properties"),
    "a property that was not there": (PLAIN, _output(TURNED), "properties"),
    "another size": (
        PLAIN,
        _output(
            photos_heif.heif([_with(_without(picture(), b"ispe"), (b"ispe", struct.pack(">LLL", 0, 64, 64), False))])
        ),
        "properties",
    ),
    "another configuration": (PLAIN, _swapped(_P, b"av1C\x81", b"av1C\x80"), "properties"),
    "transparency lost": (TRANSPARENT, _P, "lost transparency"),
    "transparency of nobody": (TRANSPARENT, _swapped(_output(TRANSPARENT), b"auxl", b"free"), "references"),
    "a reference to a part that is not there": (
        TRANSPARENT,
        _swapped(_output(TRANSPARENT), b"auxl\0\2\0\1\0\1", b"auxl\0\2\0\1\0\7"),
        "references",
    ),
    "bytes behind a reference": (
        TRANSPARENT,
        _grown(_output(TRANSPARENT), (b"meta", b"iref", b"auxl"), b"A"),
        "references",
    ),
    "tiles exchanged": (QUILT, _swapped(_output(QUILT), b"\0\1\0\2\0\2\0\3", b"\0\1\0\2\0\3\0\2"), "parts"),
    "a tile lost": (
        photos_heif.heif([_grid(2, 2), picture(2), picture(3)], [(b"dimg", 1, [2, 2]), (b"dimg", 1, [3])]),
        None,
        "parts|cannot be put",
    ),
    "tiles of another arrangement": (
        QUILT,
        _swapped(_output(QUILT), b"\0\0\0\1\1\0\0\x60", b"\0\0\1\0\1\0\0\x60"),
        "coded data",
    ),
    "a byte of idat nobody refers to": (STORED, _grown(_output(STORED), (b"meta", b"idat"), b"A"), "unreferenced"),
    "another colour": (
        PROFILED,
        _swapped(_output(PROFILED), b"XYZ \0\0\0\0\0\0\x83", b"XYZ \0\0\0\0\0\0\x63"),
        "colour",
    ),
    "a profile lost": (PROFILED, _P, "colour profile"),
    "a movie that was not there": (PLAIN, _P + box(b"moov"), "order of boxes"),
    "brands of a sequence": (PLAIN, _swapped(_P, b"ftypavif", b"ftypavis"), "brands"),
}


def test_a_part_of_another_parts_data_is_seen() -> None:
    """A part of another part's data is seen: sharing is proven for each."""
    shared = photos_heif.heif(
        [_grid(2, 3), picture(2), dataclasses.replace(picture(3), same_as=2)], [(b"dimg", 1, [2, 3])]
    )
    with pytest.raises(UnsupportedImage, match="coded data"):
        check(photo(QUILT), dataclasses.replace(draft(QUILT), data=_output(shared)))


def test_a_reference_too_many_is_seen() -> None:
    """A reference too many is seen."""
    more = photos_heif.heif([picture(), _alpha()], [(b"auxl", 2, [1]), (b"prem", 1, [2])])
    sound = draft(TRANSPARENT)
    with pytest.raises(UnsupportedImage, match="references"):
        check(photo(TRANSPARENT), dataclasses.replace(sound, data=_output(more)))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_stripper_is_seen(name: str) -> None:
    """A fault of the stripper is seen."""
    original, data, words = FAULTS[name]
    if data is None:
        with pytest.raises(UnsupportedImage, match=words):
            draft(original)
        return
    sound = draft(original)
    assert check(photo(original), sound).data == sound.data
    assert data != sound.data
    with pytest.raises(UnsupportedImage, match=f"could not be proven clean: .*({words})"):
        check(photo(original), dataclasses.replace(sound, data=data))


# --- coded data -----------------------------------------------------------------------------------------

NOTE = photos.SERIAL.encode()
SLICE = struct.pack(">L", 4) + b"\x28\x01\xaf\x09"
_FILLED = message(3, b"\xff" * len(NOTE))
_PRIVATE = struct.pack(">L", 2 + len(NOTE)) + b"\x7c\1"
_AV1 = obu(2, b"") + obu(1, b"seq")
_PADDING = obu(15, bytes(len(NOTE) - 1) + b"\x80")
NOTES = {
    "a message left": (b"hvc1", message(5, NOTE), message(5, NOTE), False),
    "a message filled": (b"hvc1", _FILLED, message(5, NOTE), True),
    "a message filled with words": (b"hvc1", message(3, NOTE), message(5, NOTE), False),
    "a message that shows": (b"hvc1", message(137, b"\1\2"), message(137, b"\1\2"), True),
    "a message that shows, changed": (b"hvc1", message(137, b"\1\2"), message(137, b"\1\3"), False),
    "a message of another head": (b"hvc1", _FILLED.replace(b"\x4e\1", b"\x4e\2"), message(5, NOTE), False),
    "a message of another length": (b"hvc1", _FILLED, message(5, NOTE[:-3] + b"\0\0\3"), False),
    "a long message": (
        b"hvc1",
        struct.pack(">L", 306) + b"\x4e\1\3\xff\x2d" + b"\xff" * 300 + b"\x80",
        struct.pack(">L", 306) + b"\x4e\1\5\xff\x2d" + b"x" * 300 + b"\x80",
        True,
    ),
    "a message's other end": (b"hvc1", message(3, b"\xff")[:-1] + b"\x40", message(3, b"\xff"), False),
    "a private unit left": (b"hvc1", _PRIVATE + NOTE, _PRIVATE + NOTE, False),
    "a private unit filled": (b"hvc1", _PRIVATE + b"\xff" * (len(NOTE) - 1) + b"\x80", _PRIVATE + NOTE, True),
    "a changed slice": (b"hvc1", SLICE, SLICE[:-1] + b"\x08", False),
    "a head without a body": (b"hvc1", b"\0\0\0\2\x7c\1" + SLICE, b"\0\0\0\2\x7c\1" + SLICE, True),
    "an empty unit": (b"hvc1", bytes(4) + SLICE, bytes(4) + SLICE, False),
    "zeros behind": (b"hvc1", SLICE + bytes(9), SLICE + bytes(9), True),
    "a unit past the end": (b"hvc1", b"\0\0\0\x09ab", b"\0\0\0\x09ab", False),
    "bytes behind": (b"hvc1", SLICE + b"ab", SLICE + b"ab", False),
    "another length": (b"hvc1", SLICE, SLICE + bytes(1), False),
    "AVC's message left": (b"avc1", b"\0\0\0\5\6\5\1a\x80", b"\0\0\0\5\6\5\1a\x80", False),
    "AVC's slice": (b"avc1", b"\0\0\0\3\x65ab", b"\0\0\0\3\x65ab", True),
    "AV1's metadata left": (b"av01", _AV1 + obu(5, NOTE), _AV1 + obu(5, NOTE), False),
    "AV1's light level": (b"av01", obu(5, b"\1abcd\x80"), obu(5, b"\1abcd\x80"), True),
    "AV1's padding": (b"av01", _AV1 + _PADDING, _AV1 + obu(5, NOTE), True),
    "AV1's padding of words": (b"av01", _AV1 + obu(15, NOTE), _AV1 + obu(5, NOTE), False),
    "AV1's picture made padding": (b"av01", _PADDING, obu(6, NOTE), False),
    "AV1's unit of another size": (b"av01", _PADDING, bytes((5 << 3,)) + _PADDING[1:], False),
    "AV1's unit past the end": (b"av01", b"\x0a\x7fa", b"\x0a\x7fa", False),
    "AV1's endless size": (b"av01", b"\x0a" + b"\xff" * 9, b"\x0a" + b"\xff" * 9, False),
    "AV1's unit without a size": (b"av01", _AV1 + b"\x30abc", _AV1 + b"\x30abc", True),
    "AV1's unit of nothing": (b"av01", obu(9, b""), obu(9, b""), True),
}


@pytest.mark.parametrize("name", NOTES)
def test_coded_data_differ_only_in_filler(name: str) -> None:
    """Coded data differ only in filler."""
    coding, mine, theirs, is_sound = NOTES[name]
    pair = Pair(mine, 0, theirs, 0, len(theirs))
    if is_sound:
        heif_coded.prove(coding, 4, pair)
        return
    with pytest.raises(UnsupportedImage, match="coded data"):
        heif_coded.prove(coding, 4, pair)


# --- properties -----------------------------------------------------------------------------------------

_HVCC = b"\1" + bytes(21) + b"\1" + b"\x21\0\1\0\2ab"
SAME = {
    "a turn's reserved bits": (b"irot", b"\1", b"\xfd", True),
    "a turn with reserved bits": (b"irot", b"\xfd", b"\xfd", False),
    "a flip": (b"imir", b"\1", b"\3", True),
    "a flip of nothing": (b"imir", b"", b"", False),
    "light": (b"clli", b"1234", b"12345", True),
    "long light": (b"clli", b"12345", b"12345", False),
    "HEVC": (b"hvcC", _HVCC, _HVCC, True),
    "HEVC without a message": (b"hvcC", _HVCC, _HVCC[:22] + b"\2" + b"\x27\0\1\0\2no" + _HVCC[23:], True),
    "HEVC with a message": (b"hvcC", _HVCC.replace(b"\x21", b"\x27"), _HVCC.replace(b"\x21", b"\x27"), False),
    "HEVC of other sets": (b"hvcC", _HVCC.replace(b"ab", b"cd"), _HVCC, False),
    "HEVC cut off": (b"hvcC", _HVCC[:10], _HVCC[:10], False),
    "AVC": (b"avcC", b"\1\x42\0\1\xff\xe0\0", b"\1\x42\0\1\xff\xe0\0more", True),
    "AVC, another": (b"avcC", b"\1\x42\0\1\xff\xe0\1", b"\1\x42\0\1\xff\xe0\0", False),
    "AV1 with a note": (b"av1C", b"\x81\0\0\0" + obu(5, b"x"), b"\x81\0\0\0" + obu(5, b"x"), False),
    "transparency": (b"auxC", bytes(4) + ALPHA + b"\0", bytes(4) + ALPHA + b"\0more", True),
    "depth": (b"auxC", bytes(4) + b"depth\0", bytes(4) + b"depth\0", False),
    "short layers": (b"a1lx", b"\0" + bytes(6), b"\xfe" + bytes(6), True),
    "long layers": (b"a1lx", b"\1" + bytes(12), b"\1" + bytes(12), True),
    "layers cut off": (b"a1lx", b"\0", b"\0", False),
    "volume": (b"cclv", b"\x2c" + bytes(32), b"\x2c" + bytes(32), True),
    "volume cut off": (b"cclv", b"", b"\x2c", False),
    "bits": (b"pixi", bytes(4) + b"\1\x08", b"\0\0\0\1\1\x08label", True),
    "no bits": (b"pixi", bytes(4), bytes(4), False),
    "numbers": (b"colr", b"nclx123456\x80", b"nclx123456\xff", True),
    "numbers with reserved bits": (b"colr", b"nclx123456\xff", b"nclx123456\xff", False),
    "QuickTime's numbers": (b"colr", b"nclc123456", b"nclc123456x", True),
    "another kind of colour": (b"colr", b"prof", b"rICC", False),
    "an unknown kind of colour": (b"colr", b"CNRY", b"CNRY", False),
    "an unknown property": (b"udes", b"x", b"x", False),
}


@pytest.mark.parametrize("name", SAME)
def test_a_property_says_the_same_in_one_form(name: str) -> None:
    """A property says the same in one form."""
    kind, mine, theirs, is_same = SAME[name]
    assert is_described(kind, mine, theirs) is is_same


def test_a_configuration_that_contradicts_itself_is_seen() -> None:
    """A configuration that contradicts itself is seen."""
    with pytest.raises(UnsupportedImage, match="properties"):
        is_described(b"hvcC", _HVCC + b"x", _HVCC + b"x")


def test_several_profiles_are_each_compared() -> None:
    """Several profiles are each compared, and none is lost beside another."""
    tile = _with(picture(2), (b"colr", b"prof" + photos.display_profile(), False))
    other = _with(picture(3, turn=180), (b"colr", b"prof" + photos.display_profile(version=2), False))
    original = photos_heif.heif([_grid(2, 3), tile, other], [(b"dimg", 1, [2, 3])])
    sound = draft(original)
    assert check(photo(original), sound).warnings == ()
    broken = _with(picture(3, turn=180), (b"colr", b"prof" + bytes(300), False))
    half = photos_heif.heif([_grid(2, 3), tile, broken], [(b"dimg", 1, [2, 3])])
    with pytest.raises(UnsupportedImage, match="colour profile"):
        check(photo(half), draft(half))


# --- boxes ----------------------------------------------------------------------------------------------


def test_boxes_of_an_original_are_read_leniently() -> None:
    """Boxes of an original are read leniently: long ones, open ones, ones past the end."""
    long = struct.pack(">L4sQ", 1, b"long", 20) + b"1234"
    opened = long + struct.pack(">L4s", 0, b"open") + b"5678"
    assert [(span.name, opened[span.start : span.end]) for span in split(opened, 0, len(opened), is_strict=False)] == [
        (b"long", b"1234"),
        (b"open", b"5678"),
    ]
    past = long + b"\0\xff\0\0past12"
    assert [span.name for span in split(past, 0, len(past), is_strict=False)] == [b"long", b"past"]
    for data in (opened, past, long, box(b"good") + b"x"):
        with pytest.raises(UnsupportedImage, match="boxes"):
            split(data, 0, len(data))


def test_numbers_past_the_end_are_nothing_and_said() -> None:
    """Numbers past the end are nothing and said."""
    numbers = Numbers(b"\0\1", Span(b"", 0, 2))
    assert (numbers.next(2), numbers.is_done, numbers.next(1), numbers.raw(3), numbers.is_over) == (
        1,
        True,
        0,
        b"",
        True,
    )


@pytest.mark.parametrize("table", [b"stsz", b"stz2"])
def test_a_lost_sequence_is_seen(table: bytes) -> None:
    """A lost sequence is seen, whichever table counts its pictures; a thumbnail's or a single picture is none."""
    several = photos_heif.frames(count=2)
    animated = photos_heif.heif([picture()], tracks=[several]).replace(b"stsz", table)
    with pytest.raises(UnsupportedImage, match="lost sequence"):
        check(photo(animated), draft(PLAIN))
    single = photos_heif.heif([picture()], tracks=[photos_heif.frames(count=1)])
    several.references = [box(b"thmb", struct.pack(">L", 9))]
    for still in (single, photos_heif.heif([picture()], tracks=[several])):
        assert check(photo(still), draft(PLAIN)).data == _P
