"""The check trusts nobody: each test plays a stripper that went wrong in one way, and the check must see it."""

from __future__ import annotations

import dataclasses
import struct
import zlib

import pytest

from imgfile.errors import UnsupportedImage
from imgfile.images.draft import Draft
from imgfile.images.metadata.model import Block, Fact, Kind
from imgfile.images.strip import draft
from imgfile.images.verify import proof
from imgfile.images.verify.check import check
from kit.photos import jpeg_png as photos
from kit.photos.jpeg_png import chunk, photo, segment, with_chunks, with_segments

JPEG = photos.phone_jpeg(has_second=True)
PNG = photos.png_with_metadata()
CMYK = with_segments(photos.jpeg(photos.pixels(mode="CMYK")), segment(0xFE, b"x"))
ANIMATED = with_chunks(photos.animation(), chunk(b"tEXt", b"a\0b"))
PALETTED = with_chunks(photos.png(photos.pixels(mode="P"), transparency=3), chunk(b"tEXt", b"a\0b"))
RGB_TRANSPARENT = with_chunks(photos.png(), chunk(b"tRNS", bytes(6)))
ORIGINALS = {
    "jpeg": JPEG,
    "png": PNG,
    "cmyk": CMYK,
    "animated": ANIMATED,
    "paletted": PALETTED,
    "rgb transparent": RGB_TRANSPARENT,
    "tall": photos.jpeg()[:-2] + b"\xff\xdc\0\4\0\x30\xff\xd9",
    "no profile": photos.jpeg(),
}


def _clean(name: str) -> bytes:
    return draft(ORIGINALS[name]).data


def _swapped(data: bytes, old: bytes, new: bytes) -> bytes:
    assert data.count(old) >= 1
    return data.replace(old, new, 1)


def _cut(data: bytes, name: bytes) -> bytes:
    """Take the first chunk of a name out of a PNG."""
    at = data.index(name) - 4
    return data[:at] + data[at + 12 + struct.unpack_from(">L", data, at)[0] :]


def _rewritten(data: bytes, name: bytes, body: bytes) -> bytes:
    at = data.index(name) - 4
    return data[:at] + chunk(name, body) + data[at + 12 + struct.unpack_from(">L", data, at)[0] :]


def _stream(data: bytes) -> bytes:
    at = data.index(b"IDAT")
    return data[at + 4 : at + 4 + struct.unpack_from(">L", data, at - 4)[0]]


_J, _P = _clean("jpeg"), _clean("png")
_SOS = _J.index(b"\xff\xda")
FAULTS = {
    "a segment too many": ("jpeg", _J[:2] + segment(0xE5, b"x") + _J[2:], "coded segments"),
    "a comment": ("jpeg", _J[:_SOS] + segment(0xFE, b"x") + _J[_SOS:], "coded segments"),
    "a table lost": ("jpeg", _J[: _J.index(b"\xff\xdb")] + _J[_J.index(b"\xff\xdb") + 69 :], "tables"),
    "a changed byte in the scan": ("jpeg", _J[:-30] + bytes((_J[-30] ^ 1,)) + _J[-29:], "coded data"),
    "a scan cut short": ("jpeg", _J[:-30] + b"\xff\xd9", "coded data"),
    "a scan without its end": ("jpeg", _J[:-2], "end of a scan"),
    "only its start": ("jpeg", b"\xff\xd8", "coded segments"),
    "no start": ("jpeg", _J[2:], "start of file"),
    "bytes behind the end": ("jpeg", _J + b"x", "end of file"),
    "another orientation": ("jpeg", _swapped(_J, b"\1\x12\0\3\0\0\0\1\0\6", b"\1\x12\0\3\0\0\0\1\0\7"), "Exif"),
    "no orientation": ("jpeg", _swapped(_J, segment(0xE1, proof.expected_exif(6, is_adobe_rgb=False)), b""), "Exif"),
    "an Exif twice": ("jpeg", with_segments(_J[:2] + _J[20:], segment(0xE1, b""), segment(0xE1, b"")), "repeated"),
    "JFIF lost": ("jpeg", _J[:2] + _J[20:], "JFIF"),
    "segments in disorder": ("jpeg", with_segments(_J, segment(0xEE, bytes(12))), "order of segments"),
    "Adobe lost": ("cmyk", _clean("cmyk")[:2] + _clean("cmyk")[18:], "Adobe"),
    "a profile's chunk misnumbered": (
        "jpeg",
        _swapped(_J, b"ICC_PROFILE\0\1\1", b"ICC_PROFILE\0\2\1"),
        "colour profile",
    ),
    "a profile's date": (
        "jpeg",
        _swapped(_J, b"acsp", b"acsp")[: _J.index(b"acsp") - 12] + b"\7" + _J[_J.index(b"acsp") - 11 :],
        "colour",
    ),
    "another colour": ("jpeg", _swapped(_J, b"XYZ \0\0\0\0\0\0\x83", b"XYZ \0\0\0\0\0\0\x63"), "colour"),
    "a chunk too many": ("png", with_chunks(_P, chunk(b"tEXt", b"a\0b")), "chunks"),
    "a chunk that was not there": ("png", with_chunks(_P, chunk(b"gAMA", b"1234")), "kept chunks"),
    "a chunk of another length": ("png", with_chunks(_P, chunk(b"gAMA", b"12345")), "chunks"),
    "a wrong checksum": ("png", _P[:-1] + b"x", "checksums"),
    "a chunk past the end": ("png", _P[:-12] + b"\0\0\0\1IEND" + _P[-4:], "chunks"),
    "no signature": ("png", _P[1:], "start of file"),
    "no end": ("png", _P[:-12], "order of chunks"),
    "bytes behind the png's end": ("png", _P + b"x", "end of file"),
    "an Exif lost": ("png", _cut(_P, b"eXIf"), "Exif"),
    "an Exif written twice": ("png", with_chunks(_P, chunk(b"eXIf", b"")), "repeated chunks"),
    "a profile's old name": ("png", _rewritten(_P, b"iCCP", b"Ann\0\0" + zlib.compress(b"x")), "colour profile"),
    "another picture": ("png", _rewritten(_P, b"IDAT", zlib.compress(bytes(9264))), "coded data"),
    "half a stream": ("png", _rewritten(_P, b"IDAT", _stream(_P)[:-9]), "picture"),
    "bytes behind the stream": ("png", _rewritten(_P, b"IDAT", _stream(_P) + photos.DESCRIPTION.encode()), "picture"),
    "more than the original": ("png", _rewritten(_P, b"IDAT", _stream(_P) * 2), "coded data"),
    "frames lost": ("animated", _cut(_clean("animated"), b"fdAT"), "frames"),
    "the announcement lost": ("animated", _cut(_clean("animated"), b"acTL"), "lost chunks"),
    "a palette's transparency lost": ("paletted", _cut(_clean("paletted"), b"tRNS"), "lost chunks"),
    "a colour's transparency lost": ("rgb transparent", _cut(_clean("rgb transparent"), b"tRNS"), "lost chunks"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_stripper_is_seen(name: str) -> None:
    """A fault of the stripper is seen."""
    source, data, words = FAULTS[name]
    sound = draft(ORIGINALS[source])
    assert check(photo(ORIGINALS[source]), sound).data == sound.data
    with pytest.raises(UnsupportedImage, match=f"could not be proven clean: .*{words}"):
        check(photo(ORIGINALS[source]), dataclasses.replace(sound, data=data))


def _refused(original: bytes, read: Draft, words: str) -> None:
    with pytest.raises(UnsupportedImage, match=words):
        check(photo(original), read)


def test_a_size_that_is_not_the_pictures_is_seen() -> None:
    """A size that is not the pictures is seen."""
    _refused(JPEG, dataclasses.replace(draft(JPEG), width=65), "size")


def test_a_profile_lost_without_a_word_is_seen() -> None:
    """A profile lost without a word is seen."""
    lost = with_segments(photos.jpeg(), *photos.profile_segments(bytes(300)))
    assert check(photo(lost), draft(lost)).warnings
    _refused(lost, dataclasses.replace(draft(lost), warnings=()), "colour profile")


def test_a_profile_that_was_not_announced_is_seen() -> None:
    """A profile that was not announced is seen."""
    _refused(JPEG, dataclasses.replace(draft(JPEG), has_profile=False), "colour profile")


def _with_facts(sound: Draft, *facts: Fact) -> Draft:
    return dataclasses.replace(sound, blocks=(*sound.blocks, Block("APP9", 9, facts)))


@pytest.mark.parametrize("name", ["jpeg", "png"])
@pytest.mark.parametrize(
    "value", ["profile", "-27", "JOT", "acsp", "mntrRGB XYZ ", "\u0100\u0200\u0300", "none", "2026", "9" * 12]
)
def test_what_our_own_profile_spells_refuses_nothing(name: str, value: str) -> None:
    """A removed value that the neutral profile spells, in any encoding, is no trace: each of its bytes is allowed."""
    steps = b"".join(value.encode(encoding) for encoding in ("utf-16-le", "utf-16-be", "utf-8"))
    curve = b"curv" + bytes(4) + struct.pack(">L", len(steps) // 2) + steps[: len(steps) & ~1]
    profile = photos.rebuilt_profile(extra={b"rTRC": curve})
    if name == "jpeg":
        original = with_segments(photos.jpeg(), *photos.profile_segments(profile), segment(0xFE, value.encode()))
    else:
        original = with_chunks(
            photos.png(),
            chunk(b"iCCP", b"x\0\0" + zlib.compress(profile)),
            photos.international("a", value.encode()),
        )
    stripped = check(photo(original), draft(original))
    assert steps[: len(steps) & ~1] in (
        stripped.data if name == "jpeg" else zlib.decompress(_profile_in(stripped.data))
    )
    assert stripped.warnings == ()


def _profile_in(data: bytes) -> bytes:
    at = data.index(b"iCCP")
    return data[at + 4 + len(b"icc\0\0") : at + 4 + struct.unpack_from(">L", data, at - 4)[0]]


def test_a_value_at_the_end_of_a_scan_is_found() -> None:
    """A value at the end of a scan is found."""
    sound = draft(JPEG)
    _refused(JPEG, _with_facts(sound, Fact(Kind.OTHER, "raw", raw=sound.data[-40:-20])), "search for the values")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("value", [photos.ARTIST, "9434765870", "2026:11-21 08:09"])
def test_a_name_or_a_long_number_that_stays_is_found(value: str, encoding: str) -> None:
    """Names of eight characters and numbers of ten are sought, however they are encoded, in tables too."""
    hidden = value.encode(encoding)
    plain = photos.jpeg()
    table = plain.index(b"\xff\xdb") + 5  # one that the scan uses: others go
    original = with_segments(plain[:table] + (hidden * 9)[:64] + plain[table + 64 :], segment(0xFE, value.encode()))
    _refused(original, draft(original), "search for the values")


@pytest.mark.parametrize(
    "fact",
    [
        Fact(Kind.DEVICE, "Serial", "456789"),
        Fact(Kind.DEVICE, "Serial", "CDEFGHIJSTUV"),
        Fact(Kind.DEVICE, "Serial", "123456789"),
        Fact(Kind.OTHER, "raw", raw=bytes(20)),
        Fact(Kind.PLACE, "Ref", "N"),
        Fact(Kind.PLACE, "GPSAltitude", raw=b"\0\0\0\x48\0\0\0\1"),
        Fact(Kind.TEXT, "Comment", "aaaaaaaaaaaa"),
    ],
    ids=lambda fact: fact.text or fact.name,
)
def test_a_value_that_anything_could_spell_is_not_sought(fact: Fact) -> None:
    """A value that anything could spell is not sought: short, a run, a lone fraction, the standard tables' symbols."""
    spelled = fact.raw or fact.text.encode()
    table = segment(0xDB, b"\3" + (spelled * 64)[:64])
    original = with_segments(photos.jpeg(), table, segment(0xFE, b"x"))
    sound = draft(original)
    assert check(photo(original), _with_facts(sound, fact)).data == sound.data


def test_runs_of_bytes_are_compared_where_they_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of bytes are compared where they lie, or in pieces where a look takes a copy."""
    assert proof.is_same(b"0123456789", 1, b"x123456789", 1, 9)
    assert not proof.is_same(b"0123456789", 1, b"x12345678x", 1, 9)
    assert not proof.is_same(b"0123", 1, b"0123", 1, 4)
    monkeypatch.setattr("imgfile.images.verify.png.COMPARED_BYTES", 3)
    assert check(photo(PNG), draft(PNG)).data == _P


def test_a_height_behind_the_scan_is_the_pictures_height() -> None:
    """A height behind the scan is the pictures height."""
    original = ORIGINALS["tall"]
    assert check(photo(original), draft(original)).height == 48


@pytest.mark.parametrize(("name", "mark", "ahead"), [("no profile", b"\xff\xda", 0), ("rgb transparent", b"IDAT", 4)])
def test_a_draft_of_another_photo_is_seen(name: str, mark: bytes, ahead: int) -> None:
    """A draft of another photo is seen."""
    beginning = ORIGINALS[name][: ORIGINALS[name].rindex(mark) - ahead]
    _refused(beginning, draft(ORIGINALS[name]), "could not be proven clean")
