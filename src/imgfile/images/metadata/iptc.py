"""What Photoshop's resources and the IPTC record in them say (Photoshop File Formats, IPTC-IIM 4.2)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from imgfile.images.metadata import exif, xmp
from imgfile.images.metadata.model import Fact, Kind, readable

MAX_RESOURCES: Final = 1000
"""Resources, and data sets, that are read of one block."""

_IPTC, _EXIF, _XMP = 0x0404, 0x0422, 0x0424
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
    return tuple(fact for number, payload in _resources(memoryview(resources)) for fact in _facts(number, payload))


def read_datasets(record: bytes | memoryview) -> tuple[Fact, ...]:
    """Return what a bare IPTC-IIM record says."""
    return tuple(_datasets(memoryview(record)))


def _facts(number: int, payload: memoryview) -> tuple[Fact, ...]:
    if number == _IPTC:
        return read_datasets(payload)
    if number == _EXIF:
        return exif.read(payload).facts
    if number == _XMP:
        return xmp.read(payload)
    if number in _THUMBNAILS:
        return (Fact(Kind.THUMBNAIL, "PhotoshopThumbnail"),)
    return (Fact(Kind.HISTORY, "Photoshop"),) if number in _HISTORY else ()


def _resources(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    at = 0
    for _ in range(MAX_RESOURCES):
        if bytes(data[at : at + 4]) != b"8BIM" or at + 7 > len(data):
            return
        number = struct.unpack_from(">H", data, at + 4)[0]
        at += 6 + (data[at + 6] + 2 & ~1)  # a Pascal string, padded to an even length
        if at + 4 > len(data):
            return
        length = struct.unpack_from(">L", data, at)[0]
        yield number, data[at + 4 : at + 4 + length]
        at += 4 + (length + 1 & ~1)


def _datasets(data: memoryview) -> Iterator[Fact]:
    at = 0
    for _ in range(MAX_RESOURCES):
        if at + 5 > len(data) or data[at] != _DATASET_MARK:
            return
        record, number, length = struct.unpack_from(">BBH", data, at + 1)
        at += 5
        if length >= _EXTENDED_LENGTH:
            return  # nothing that names a person is longer than 32 kB
        kind, name = _DATASETS.get(number, (Kind.OTHER, ""))
        if record == _APPLICATION_RECORD and name:
            yield Fact(kind, name, readable(data[at : at + length]))
        at += length
