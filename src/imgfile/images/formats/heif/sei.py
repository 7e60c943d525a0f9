"""What encoders may write between coded pictures: texts, times, makers' own data; found, and overwritten in place.

HEVC and AVC carry it in supplemental messages (ITU-T H.265 annex D, H.264 annex D), AV1 in metadata and padding
(AV1 §5.8, §5.7). No decoder needs it to show the picture. Each is overwritten with its format's own filler of the
same length, so that no size and no offset changes and every coded sample stays the very same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imgfile.images import refusals
from imgfile.images.formats.bmff import Cursor
from imgfile.images.limits import MAX_SEGMENTS

HEVC, AVC, AV1 = b"hvc1", b"avc1", b"av01"
Patch = tuple[int, bytes]
"""Where in the coded data, and what to write there."""

_SETS: Final = {b"hvcC": frozenset({32, 33, 34})}
"""Parameter sets that a configuration keeps; messages among them go."""
HEVC_KEPT: Final = frozenset({*range(10), *range(16, 22), *range(32, 38)})
"""Unit types that stay (ITU-T H.265 table 7-1): slices, parameter sets, delimiters and ends. 38 is filler; 39 and 40
are messages; the others are reserved or for private use, and no decoder shows them."""
AVC_KEPT: Final = frozenset({*range(1, 6), *range(7, 12), 13, 14, 15, 19, 20})
"""The same (ITU-T H.264 table 7-1); 6 is a message, 12 filler."""
MESSAGES: Final = {HEVC: frozenset({39, 40}), AVC: frozenset({6})}
KEPT_MESSAGES: Final = {
    HEVC: frozenset({0, 1, 6, 45, 47, 129, 132, 137, 144, 147, 148, 149, 165}),
    AVC: frozenset({0, 6, 45, 47, 137, 144, 147, 148, 149, 165}),
}
"""Messages that stay (annexes D): buffering 0, timing without a clock 1 (HEVC's alone: AVC's may hold the time of day),
recovery 6, frame packing 45, display orientation 47, active sets 129, hash 132, mastering display 137, light level 144,
transfer 147, ambient light 148, content volume 149, alpha 165."""
AV1_KEPT: Final = frozenset({1, 2, 3, 4, 6, 7, 8})
"""Unit types that stay (AV1 §6.2.2): sequence header, delimiter, frame headers, tiles, frames, tile lists."""
AV1_METADATA: Final = {1: range(5, 7), 2: range(25, 27), 3: range(2, 64)}
"""Metadata that stay (§6.7.1): light level, mastering display, scalability, with their lengths in bytes. The others are
ITU-T T.35 texts and the time of day."""

MAX_MESSAGE_BYTES: Final = 1 << 16
"""A unit of messages; encoders write some hundred bytes."""
_FILLER_MESSAGE: Final = 3
"""A message of ones that every decoder passes over (annexes D, filler payload)."""
_METADATA, _PADDING = 5, 15
_LONG_TYPE: Final = 255
"""A number of 255 and more takes several bytes."""
_ESCAPE: Final = b"\0\0\3"
"""Two zeros of the content, and the byte put behind them."""
_MAX_SIZE_BYTES: Final = 8
"""AV1 §4.10.5: a number in pieces of seven bits takes at most eight bytes."""
_SEQUENCE_HEADER: Final = 1
_HIGH_PROFILES: Final = frozenset({100, 110, 122, 144, 244})
"""Profiles whose configuration goes on behind its sets (ISO/IEC 14496-15 §5.3.3.1.2)."""


# --- configurations ---------------------------------------------------------------------------------------


def kept_configuration(name: bytes, cursor: Cursor) -> bytes:
    """Write a decoder's configuration anew: its fields and parameter sets, no messages, nothing behind."""
    if name == b"hvcC":
        return _hevc_configuration(cursor)
    return _avc_configuration(cursor) if name == b"avcC" else _av1_configuration(cursor)


def _hevc_configuration(cursor: Cursor) -> bytes:
    """ISO/IEC 14496-15 §8.3.3.1: 22 bytes of fields, then arrays of units, each of one type."""
    head, arrays = cursor.copy(22), []
    for _ in range(cursor.integer(1)):
        start = cursor.at
        kind = cursor.integer(1) & 63  # before it, whether the array is complete, and a reserved bit
        for _ in range(cursor.integer(2)):
            cursor.take(cursor.integer(2))
        if kind in _SETS[b"hvcC"]:
            arrays.append(cursor.data[start : cursor.at])
    return b"".join((head, bytes((len(arrays),)), *arrays))


def _avc_configuration(cursor: Cursor) -> bytes:
    """ISO/IEC 14496-15 §5.3.3.1: version, profile, compatibility, level, width of lengths; then sets."""
    start = cursor.at
    profile = cursor.copy(5)[1]
    for _ in range(cursor.integer(1) & 31):  # sequence parameter sets; three reserved bits
        cursor.take(cursor.integer(2))
    for _ in range(cursor.integer(1)):  # picture parameter sets
        cursor.take(cursor.integer(2))
    if profile in _HIGH_PROFILES and cursor.left:  # files from before the second edition end here
        cursor.take(3)  # chroma format and bit depths
        for _ in range(cursor.integer(1)):  # extensions of sequence parameter sets
            cursor.take(cursor.integer(2))
    return cursor.data[start : cursor.at]


def _av1_configuration(cursor: Cursor) -> bytes:
    """AV1-ISOBMFF §2.3.3: four bytes of fields, then units; only a sequence header says how to decode."""
    head, kept = cursor.copy(4), []
    obus = cursor.copy(cursor.left)
    for kind, start, _, end in units(obus):
        if kind == _SEQUENCE_HEADER:
            kept.append(obus[start:end])
    return b"".join((head, *kept))


# --- coded data -------------------------------------------------------------------------------------------


def length_size(name: bytes, configuration: bytes) -> int:
    """Return how many bytes state each unit's length; 0 where units state it themselves."""
    at = {b"hvcC": 21, b"avcC": 4}.get(name)
    return 0 if at is None else (configuration[at] & 3) + 1


def patches(coding: bytes, size_bytes: int, coded: bytes | memoryview) -> Iterator[Patch]:
    """Find what must be overwritten in one picture's coded data. Raises `UnsupportedImage` for broken data."""
    found = _av1_patches(coded) if coding == AV1 else _nal_patches(coding, size_bytes, coded)
    return (patch for patch in found if coded[patch[0] : patch[0] + len(patch[1])] != patch[1])


def _nal_patches(coding: bytes, size_bytes: int, coded: bytes | memoryview) -> Iterator[Patch]:
    """Find messages and units that no decoder shows; what they hold becomes filler, their heads stay."""
    head_bytes = 2 if coding == HEVC else 1  # H.265 §7.3.1.2, H.264 §7.3.1
    kept = HEVC_KEPT if coding == HEVC else AVC_KEPT
    for start, end in nal_units(coded, size_bytes):
        if end - start <= head_bytes:
            continue
        kind = coded[start] >> 1 & 63 if coding == HEVC else coded[start] & 31
        body = bytes(coded[start + head_bytes : end]) if kind not in kept else b""
        if kind in MESSAGES[coding]:
            yield start + head_bytes, silenced(body, KEPT_MESSAGES[coding])
        elif kind not in kept:
            # Ones are no start code, and the last byte is the end that every unit has (§7.3.2.11).
            yield start + head_bytes, b"\xff" * (len(body) - 1) + b"\x80"


def nal_units(coded: bytes | memoryview, size_bytes: int) -> Iterator[tuple[int, int]]:
    """Walk units that state their lengths (ISO/IEC 14496-15 §4.3.2); zeros may fill up what is behind the last."""
    at = 0
    for _ in range(MAX_SEGMENTS):
        start = at + size_bytes
        length = int.from_bytes(coded[at:start], "big")
        if not length:
            break
        if start + length > len(coded):
            raise refusals.damaged("its coded data do not end where they say")
        at = start + length
        yield start, at
    else:
        raise refusals.too_large("its coded data are in too many pieces")
    if bytes(coded[at:]).strip(b"\0"):
        raise refusals.damaged("its coded data do not end where they say")


def silenced(body: bytes, kept: frozenset[int]) -> bytes:
    """Return a unit's messages, each that is not kept turned into filler of the same length."""
    if len(body) > MAX_MESSAGE_BYTES:
        raise refusals.too_large("a message in its coded data")
    # Escapes keep zeros from looking like a start code; they stay where they are, and say nothing.
    places = _unescaped(body)
    plain = bytes(body[place] for place in places)
    out = bytearray(body)
    for at, kind, start, end in _messages(plain):
        if kind in kept:
            continue
        if kind >= _LONG_TYPE:
            raise refusals.unknown("its coded data hold messages of an unknown kind")
        out[places[at]] = _FILLER_MESSAGE
        if end > start:
            first, last = places[start], places[end - 1] + 1
            out[first:last] = _ESCAPE.join(b"\xff" * len(part) for part in body[first:last].split(_ESCAPE))
    silent = bytes(out)
    if _unescaped(silent) != places:  # filler behind two zeros reads as an escape
        raise refusals.unknown("messages in its coded data cannot be taken out")
    return silent


def _unescaped(body: bytes) -> list[int]:
    """List the places of a unit's bytes that are no escapes (ITU-T H.265 §7.3.1.1)."""
    places: list[int] = []
    at, found = 0, body.find(_ESCAPE)
    while found >= 0:
        places += range(at, found + 2)  # the two zeros are content
        at = found + 3
        found = body.find(_ESCAPE, at)
    return [*places, *range(at, len(body))]


def _messages(plain: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Walk a unit's messages (H.265 §7.3.5): where the type stands, the type, where the content starts and ends."""
    # Behind the last message stands one bit and zeros up to the byte; zeros may follow that (§7.3.2.11).
    at, last = 0, len(plain.rstrip(b"\0")) - 1
    while at < last:
        type_at = at
        kind, at = _summed(plain, at)
        length, at = _summed(plain, at)
        if at + length > last:
            raise refusals.damaged("a message in its coded data does not end where it says")
        yield type_at, kind, at, at + length
        at += length


def _summed(plain: bytes, at: int) -> tuple[int, int]:
    """Read a number written as 255s and a rest."""
    start = at
    while plain[at : at + 1] == b"\xff":
        at += 1
    return _LONG_TYPE * (at - start) + int.from_bytes(plain[at : at + 1], "big"), at + 1


def _av1_patches(coded: bytes | memoryview) -> Iterator[Patch]:
    for kind, start, payload, end in units(coded):
        if kind in AV1_KEPT or _is_kept_metadata(kind, bytes(coded[payload:end])):
            continue
        # The head becomes padding's: the type's four bits are replaced, the flags stay (AV1 §5.3.2).
        yield start, bytes((coded[start] & 0x07 | _PADDING << 3,))
        if end > payload:  # zeros, then the bit that ends every unit (§5.3.4)
            yield payload, bytes(end - payload - 1) + b"\x80"


def _is_kept_metadata(kind: int, payload: bytes) -> bool:
    return kind == _METADATA and len(payload) in AV1_METADATA.get(payload[0] if payload else 0, ())


def units(coded: bytes | memoryview) -> Iterator[tuple[int, int, int, int]]:
    """Walk AV1's units (§5.3): type, where each starts, where its payload lies."""
    at = 0
    for _ in range(MAX_SEGMENTS):
        if at >= len(coded):
            return
        start, header = at, coded[at]
        at += 2 if header & 4 else 1  # a second byte numbers the layer
        length = len(coded) - at
        if header & 2:  # the unit states its size; without, it fills the rest
            length, at = _leb128(coded, at)
        if at + length > len(coded) or length < 0:
            raise refusals.damaged("its coded data do not end where they say")
        yield header >> 3 & 15, start, at, at + length
        at += length
    raise refusals.too_large("its coded data are in too many pieces")


def _leb128(coded: bytes | memoryview, at: int) -> tuple[int, int]:
    """Read a number in pieces of seven bits, the lowest first (§4.10.5), and return where it ends."""
    number = 0
    for index, byte in enumerate(coded[at : at + _MAX_SIZE_BYTES]):
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says there is more
            return number, at + index + 1
    raise refusals.damaged("its coded data do not end where they say")
