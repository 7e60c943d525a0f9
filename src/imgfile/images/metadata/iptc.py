"""What Photoshop's resources and the IPTC record in them say (Photoshop File Formats, IPTC-IIM 4.2)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from imgfile.images.metadata import exif, xmp
from imgfile.images.metadata.model import Fact, Kind, Reading, readable

MAX_RESOURCES: Final = 1000
"""Resources, and data sets, that are read of one block."""

_IPTC, _EXIF, _XMP = 0x0404, 0x0422, 0x0424
_SIGNATURES: Final = frozenset({b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR"})
"""Adobe's programs write one each; they read all."""
_SETTINGS: Final = frozenset(
    {
        *range(0x03E8, 0x0400),
        0x0406,
        0x0408,
        0x040A,
        0x040B,
        0x040D,
        0x0410,
        0x0411,
        0x0414,
        0x0415,
        0x0416,
        0x0417,
        0x0419,
        0x041C,
        0x041D,
        0x041F,
        0x0425,
        0x0426,
        0x0428,
        0x042A,
        0x042D,
        0x0430,
        0x0435,
        0x043A,
        0x043B,
        0x043C,
        0x2710,
    }
)
"""Print and display settings, guides, angles, digests (Photoshop File Formats, image resource IDs)."""
_CODES: Final = frozenset(
    {0, 3, 4, 7, 8, 10, 12, 15, 20, 75, 100, 130, 131, 135, 150, 151, 152, 153, 154, 200, 201, 202}
)
"""Data sets of IPTC-IIM 4.2 §6 that hold versions, codes and ratings."""
_MAX_CODE_BYTES: Final = 64
_THUMBNAILS: Final = frozenset({0x0409, 0x040C})
_HISTORY: Final = frozenset({0x0421, 0x042F, 0x0434})
_DATASET_MARK: Final = 0x1C
_APPLICATION_RECORD: Final = 2
_EXTENDED_LENGTH: Final = 0x8000

_DATASETS: Final = {
    5: (Kind.TEXT, "ObjectName"),
    25: (Kind.TEXT, "Keywords"),
    55: (Kind.TIME, "DateCreated"),
    60: (Kind.TIME, "TimeCreated"),
    62: (Kind.TIME, "DigitalCreationDate"),
    63: (Kind.TIME, "DigitalCreationTime"),
    65: (Kind.SOFTWARE, "OriginatingProgram"),
    80: (Kind.PERSON, "By-line"),
    85: (Kind.PERSON, "By-lineTitle"),
    90: (Kind.PLACE, "City"),
    92: (Kind.PLACE, "Sub-location"),
    95: (Kind.PLACE, "Province-State"),
    100: (Kind.PLACE, "Country-PrimaryLocationCode"),
    101: (Kind.PLACE, "Country-PrimaryLocationName"),
    105: (Kind.TEXT, "Headline"),
    110: (Kind.PERSON, "Credit"),
    115: (Kind.PERSON, "Source"),
    116: (Kind.PERSON, "CopyrightNotice"),
    118: (Kind.PERSON, "Contact"),
    120: (Kind.TEXT, "Caption-Abstract"),
    122: (Kind.PERSON, "Writer-Editor"),
}


def read(resources: bytes | memoryview) -> tuple[Fact, ...]:
    """Return what a run of `8BIM` resources says."""
    return look(resources).facts


def look(resources: bytes | memoryview) -> Reading:
    """Return what a run of resources says, and how many bytes of it were not read."""
    data = memoryview(resources)
    return _together(data, ((_reading(number, payload), end) for number, payload, end in _resources(data)))


def read_datasets(record: bytes | memoryview) -> tuple[Fact, ...]:
    """Return what a bare IPTC-IIM record says."""
    return look_at_datasets(record).facts


def look_at_datasets(record: bytes | memoryview) -> Reading:
    """Return what a bare IPTC-IIM record says, and how many bytes of it were not read."""
    data = memoryview(record)
    found = (
        (Reading((), length) if fact is None else Reading((fact,), 0), end) for fact, length, end in _datasets(data)
    )
    return _together(data, found)


def _together(data: memoryview, parts: Iterable[tuple[Reading, int]]) -> Reading:
    """Join what parts say, each with where it ends; what follows the last one was not read, but for padding."""
    facts: list[Fact] = []
    read_bytes = unread = 0
    for part, end in parts:
        facts += part.facts
        unread += part.unread
        read_bytes = end
    return Reading(tuple(facts), unread + len(bytes(data[read_bytes:]).strip(b"\0")))


def _reading(number: int, payload: memoryview) -> Reading:
    if number == _IPTC:
        return look_at_datasets(payload)
    if number == _EXIF:
        return exif.read(payload).reading()
    if number == _XMP:
        return xmp.look(payload)
    if number in _THUMBNAILS:
        return Reading((Fact(Kind.THUMBNAIL, "PhotoshopThumbnail"),))
    if number in _HISTORY:
        return Reading((Fact(Kind.HISTORY, "Photoshop"),))
    return Reading(unread=0 if number in _SETTINGS else len(payload))


def _resources(data: memoryview) -> Iterator[tuple[int, memoryview, int]]:
    """Yield each resource's number, its payload, and where it ends."""
    at = 0
    for _ in range(MAX_RESOURCES):
        if bytes(data[at : at + 4]) not in _SIGNATURES or at + 7 > len(data):
            return
        number = struct.unpack_from(">H", data, at + 4)[0]
        at += 6 + (data[at + 6] + 2 & ~1)  # a Pascal string, padded to an even length
        if at + 4 > len(data):
            return
        length = struct.unpack_from(">L", data, at)[0]
        end = at + 4 + (length + 1 & ~1)
        yield number, data[at + 4 : at + 4 + length], end
        at = end


def _datasets(data: memoryview) -> Iterator[tuple[Fact | None, int, int]]:
    """Yield what each data set says, None of one that is unknown; how many bytes of it are unread, and its end."""
    at = 0
    for _ in range(MAX_RESOURCES):
        if at + 5 > len(data) or data[at] != _DATASET_MARK:
            return
        record, number, length = struct.unpack_from(">BBH", data, at + 1)
        at += 5
        if length >= _EXTENDED_LENGTH:
            return  # nothing that names a person is longer than 32 kB
        value = data[at : at + length]
        at += length
        kind, name = _DATASETS.get(number, (Kind.OTHER, ""))
        if record == _APPLICATION_RECORD and name:
            yield Fact(kind, name, readable(value)), 0, at
        else:
            is_code = record != _APPLICATION_RECORD or number in _CODES
            yield None, 0 if is_code and length <= _MAX_CODE_BYTES else len(value), at
