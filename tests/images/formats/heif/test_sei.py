"""What encoders write between coded pictures is found and made filler, in place; what shows is left alone."""

from __future__ import annotations

import struct

import pytest

from imgfile.errors import UnsupportedImage
from imgfile.images.formats.bmff import Cursor
from imgfile.images.formats.heif import sei
from imgfile.images.formats.heif.sei import AV1, AVC, HEVC
from imgfile.images.strip import strip
from kit.photos import heif as photos_heif
from kit.photos import jpeg_png as photos
from kit.photos.heif import message, obu, picture
from kit.photos.jpeg_png import photo
from kit.photos.judge import shown, survivors

NOTE = photos.SERIAL.encode()
SLICE = struct.pack(">L", 4) + b"\x28\x01\xaf\x09"


def _patched(coding: bytes, size_bytes: int, coded: bytes) -> bytes:
    out = bytearray(coded)
    for at, content in sei.patches(coding, size_bytes, coded):
        out[at : at + len(content)] = content
    assert len(out) == len(coded)
    assert list(sei.patches(coding, size_bytes, bytes(out))) == []
    return bytes(out)


def _unit(head: bytes, body: bytes, size_bytes: int = 4) -> bytes:
    return len(head + body).to_bytes(size_bytes, "big") + head + body


@pytest.mark.parametrize("kind", [4, 5, 136, 200])
def test_a_message_that_identifies_becomes_filler(kind: int) -> None:
    """A message that identifies becomes filler: texts, makers' data, times of day and whatever is unknown."""
    coded = message(kind, NOTE) + SLICE
    assert _patched(HEVC, 4, coded) == message(3, b"\xff" * len(NOTE)) + SLICE


@pytest.mark.parametrize("kind", [0, 129, 132, 137, 144, 147])
def test_a_message_that_shows_stays(kind: int) -> None:
    """A message that shows stays."""
    coded = message(kind, bytes(range(1, 5))) + SLICE
    assert _patched(HEVC, 4, coded) == coded


def test_several_messages_in_one_unit_are_reported_apart() -> None:
    """Several messages in one unit are distinguished, empty and long ones too."""
    long = bytes((5, 255, 45)) + b"x" * 300
    body = bytes((137, 2)) + b"ab" + bytes((5, 0)) + long + b"\x80"
    filled = bytes((137, 2)) + b"ab" + bytes((3, 0)) + bytes((3, 255, 45)) + b"\xff" * 300 + b"\x80"
    assert _patched(HEVC, 4, _unit(photos_heif.SEI, body)) == _unit(photos_heif.SEI, filled)


def test_escapes_stay_in_their_places() -> None:
    """Escapes stay in their places: zeros that would look like a start code."""
    escaped = b"ab\0\0\3\1\0\0\3\0cd"
    coded = _unit(photos_heif.SEI, bytes((5, len(escaped) - 2)) + escaped + b"\x80")
    assert _patched(HEVC, 4, coded) == _unit(
        photos_heif.SEI, bytes((3, len(escaped) - 2)) + b"\xff\xff\0\0\3\xff\0\0\3\xff\xff\xff" + b"\x80"
    )


def test_units_that_no_decoder_shows_become_filler() -> None:
    """Units that no decoder shows become filler: reserved and private ones, and filler that is none."""
    for kind in (38, 41, 48, 62, 63, 12, 30):
        head = bytes((kind << 1, 1))
        assert _patched(HEVC, 4, _unit(head, NOTE)) == _unit(head, b"\xff" * (len(NOTE) - 1) + b"\x80")
        assert _patched(HEVC, 4, _unit(head, b"") + SLICE) == _unit(head, b"") + SLICE
    with pytest.raises(UnsupportedImage, match="do not end where they say"):
        _patched(HEVC, 4, bytes(4) + SLICE)


def test_avc_is_understood_too() -> None:
    """AVC is understood too, and lengths of other widths."""
    message_unit = _unit(b"\x06", bytes((5, len(NOTE))) + NOTE + b"\x80", 2)
    filled = _unit(b"\x06", bytes((3, len(NOTE))) + b"\xff" * len(NOTE) + b"\x80", 2)
    rest = _unit(b"\x65", b"slice", 2)
    assert _patched(AVC, 2, message_unit + rest) == filled + rest
    assert _patched(AVC, 2, _unit(b"\x18", NOTE, 2)) == _unit(b"\x18", b"\xff" * (len(NOTE) - 1) + b"\x80", 2)


HEADER = obu(2, b"") + obu(1, b"seq")


def test_av1_metadata_that_identify_become_padding() -> None:
    """AV1 metadata that identify become padding, and padding zeros."""
    padding = obu(15, bytes(len(NOTE)) + b"\x80")
    for kind in (5, 9, 15):
        assert _patched(AV1, 0, HEADER + obu(kind, NOTE + b"\x04")) == HEADER + padding
    assert _patched(AV1, 0, HEADER + obu(9, b"")) == HEADER + obu(15, b"")
    assert (
        _patched(AV1, 0, HEADER + bytes((5 << 3,)) + NOTE) == HEADER + bytes((15 << 3,)) + padding[2:-1][1:] + b"\x80"
    )
    light = obu(5, b"\1" + bytes(4) + b"\x80")
    assert _patched(AV1, 0, HEADER + light) == HEADER + light
    layered = bytes((6 << 3 | 6, 0x20, 3)) + b"abc"
    assert _patched(AV1, 0, HEADER + layered) == HEADER + layered


BROKEN = {
    "a unit past the end": (HEVC, struct.pack(">L", 9) + b"\x28\x01", "do not end where they say"),
    "bytes behind the last unit": (HEVC, SLICE + b"ab", "do not end where they say"),
    "a message past its unit": (HEVC, _unit(photos_heif.SEI, b"\5\x7f" + NOTE + b"\x80"), "does not end where it says"),
    "a message of an endless kind": (HEVC, _unit(photos_heif.SEI, b"\xff\1\2ab\x80"), "unknown kind"),
    "a very long message": (HEVC, _unit(photos_heif.SEI, bytes(1 << 17)), "too large"),
    "a message that filler would spoil": (
        HEVC,
        _unit(photos_heif.SEI, b"\x81\2\0\0" + b"\5\2\1\1\x80"),
        "cannot be taken out",
    ),
    "an AV1 unit past the end": (AV1, b"\x0a\x7f", "do not end where they say"),
    "an AV1 unit without its head": (AV1, b"\x0e", "do not end where they say"),
    "an endless AV1 length": (AV1, b"\x0a" + b"\xff" * 9, "do not end where they say"),
    "an AV1 length cut off": (AV1, b"\x0a\xff", "do not end where they say"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_coded_data_are_refused(name: str) -> None:
    """Broken coded data are refused."""
    coding, coded, words = BROKEN[name]
    with pytest.raises(UnsupportedImage, match=words):
        list(sei.patches(coding, 4, coded))


def test_zeros_behind_the_last_unit_are_nothing() -> None:
    """Zeros behind the last unit are nothing."""
    assert _patched(HEVC, 4, SLICE + bytes(3)) == SLICE + bytes(3)


def test_units_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Units are bounded."""
    monkeypatch.setattr(sei, "MAX_SEGMENTS", 2)
    with pytest.raises(UnsupportedImage, match="too many pieces"):
        list(sei.patches(HEVC, 4, SLICE * 3))
    with pytest.raises(UnsupportedImage, match="too many pieces"):
        list(sei.patches(AV1, 0, HEADER + HEADER))


def _configured(name: bytes, configuration: bytes) -> bytes:
    return sei.kept_configuration(name, Cursor(configuration, 0, len(configuration)))


def test_a_configuration_keeps_its_parameter_sets_alone() -> None:
    """A configuration keeps its parameter sets alone."""
    plain = b"\1\x64\0\x1f\xff\xe1\0\3sps\1\0\3pps"
    assert _configured(b"avcC", plain + b"\xfd\xf8\xf8\1\0\1e" + NOTE) == plain + b"\xfd\xf8\xf8\1\0\1e"
    assert _configured(b"avcC", plain) == plain
    assert _configured(b"avcC", b"\1\x42" + plain[2:] + NOTE) == b"\1\x42" + plain[2:]
    assert _configured(b"av1C", b"\x81\0\0\0" + obu(1, b"seq") + obu(5, NOTE)) == b"\x81\0\0\0" + obu(1, b"seq")
    assert sei.length_size(b"avcC", plain) == 4


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_a_photo_with_notes_shows_the_same_without_them(kind: str) -> None:
    """A photo with notes shows the same without them."""
    part = photos_heif.with_canaries(picture(kind=kind))
    original = photos_heif.heif([part], brands=(b"heic", b"mif1") if kind == "HEIF" else (b"avif", b"mif1"))
    stripped = strip(photo(original))
    assert survivors(stripped.data, photos.CANARIES) == []
    assert "encoder's notes" in {entry.block for entry in stripped.removed}
    assert shown(stripped.data) == shown(original)
