"""What a FLIR camera writes into a JPEG: its serial numbers, the time, a place, and further pictures (FFF, by its use).

FLIR publishes no specification; records and offsets are as ExifTool's documentation of its FLIR tags has them. A file
of records begins with `FFF`; its directory has 32 bytes a record: type, places, lengths.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from imgfile.images.metadata.further import VISIBLE
from imgfile.images.metadata.model import Fact, Kind, Reading, readable

MAX_RECORDS: Final = 200
_HEAD_BYTES: Final = 64
_ENTRY_BYTES: Final = 32
_UNUSED, _RAW, _EMBEDDED, _CAMERA, _PALETTE, _TEXT, _SOUND, _POSITION = 0, 1, 0x0E, 0x20, 0x22, 0x23, 0x24, 0x2B
_CAMERA_TEXTS: Final = (
    (212, 32, Kind.DEVICE, "CameraModel"),
    (244, 16, Kind.DEVICE, "CameraPartNumber"),
    (260, 16, Kind.DEVICE, "CameraSerialNumber"),
    (276, 16, Kind.SOFTWARE, "CameraSoftware"),
    (368, 32, Kind.DEVICE, "LensModel"),
    (400, 16, Kind.DEVICE, "LensPartNumber"),
    (416, 16, Kind.DEVICE, "LensSerialNumber"),
    (492, 16, Kind.DEVICE, "FilterModel"),
    (540, 32, Kind.DEVICE, "FilterSerialNumber"),
)
"""Where texts stand in the camera's record, and how long they may be."""
_TAKEN_AT: Final = 900
_LATITUDE_REF_AT: Final = 8
_PLACE_AT: Final = 16


def look(data: bytes) -> Reading:
    """Return what the records say, and how many of their bytes were not read."""
    facts: list[Fact] = [Fact(Kind.DEVICE, "FLIR")]
    read_bytes = 0
    for kind, body in _records(data):
        found = _facts(kind, body)
        facts += found
        read_bytes += len(body) if found or kind == _PALETTE else 0
    return Reading(tuple(facts), max(len(data) - read_bytes - _HEAD_BYTES, 0))


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    if not data.startswith(b"FFF\0") or len(data) < _HEAD_BYTES:
        return
    order = ">" if 100 <= struct.unpack_from(">L", data, 0x14)[0] < 200 else "<"  # noqa: PLR2004 - versions in use
    at, count = struct.unpack_from(f"{order}LL", data, 0x18)
    for index in range(min(count, MAX_RECORDS)):
        place = at + index * _ENTRY_BYTES
        if place + _ENTRY_BYTES > len(data):
            return
        kind = struct.unpack_from(f"{order}H", data, place)[0]
        start, length = struct.unpack_from(f"{order}LL", data, place + 12)
        if kind != _UNUSED and start + length <= len(data):
            yield kind, data[start : start + length]


def _facts(kind: int, body: bytes) -> list[Fact]:
    if kind == _RAW:
        return [Fact(Kind.PICTURE, "thermal picture")]
    if kind == _EMBEDDED:
        return [Fact(Kind.FURTHER, VISIBLE)]
    if kind == _SOUND:
        return [Fact(Kind.VIDEO, "hidden sound")]
    if kind == _TEXT:
        return [Fact(Kind.TEXT, "FLIR text", readable(body))]
    if kind == _CAMERA:
        return [*_camera(body)]
    return [*_position(body)] if kind == _POSITION else []


def _camera(body: bytes) -> Iterator[Fact]:
    for at, length, kind, name in _CAMERA_TEXTS:
        text = readable(body[at : at + length])
        if text:
            yield Fact(kind, name, text)
    if len(body) >= _TAKEN_AT + 4:
        order = "<" if body[:2] == b"\2\0" else ">"
        seconds = struct.unpack_from(f"{order}L", body, _TAKEN_AT)[0]
        if seconds:
            yield Fact(
                Kind.TIME, "DateTimeOriginal", datetime.fromtimestamp(seconds, UTC).strftime("%Y:%m:%d %H:%M:%S")
            )


def _position(body: bytes) -> Iterator[Fact]:
    if len(body) < _PLACE_AT + 16 or not any(body[:4]):
        return
    order = "<" if body[0] else ">"
    for number, name in zip(
        struct.unpack_from(f"{order}dd", body, _PLACE_AT), ("GPSLatitude", "GPSLongitude"), strict=True
    ):
        yield Fact(Kind.PLACE, name, f"{number:.6f}")
    reference = readable(body[_LATITUDE_REF_AT : _LATITUDE_REF_AT + 4])
    if reference:
        yield Fact(Kind.PLACE, "GPSLatitudeRef", reference)
