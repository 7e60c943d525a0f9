"""What an XMP packet says (ISO 16684-1), read by pattern rather than by an XML parser.

An XML parser brings entity bombs and rejects the half-broken packets that phones write. Patterns see each property
written as an attribute or as an element; every repetition in them is bounded, so the time is linear.
"""

from __future__ import annotations

import re
from typing import Final

from imgfile.images.limits import MAX_METADATA_BYTES
from imgfile.images.metadata.model import Fact, Kind, readable

MAX_FACTS: Final = 200
"""Values kept of one packet; edit histories run to thousands of lines, all of the same kinds."""

_NAME = rb"([\w-]{1,40}):([\w-]{1,60})"
_ATTRIBUTE = re.compile(rb"\b" + _NAME + rb"""\s{0,9}=\s{0,9}["']([^"'<]{1,1000})""")
_ELEMENT = re.compile(rb"<" + _NAME + rb"[^<>]{0,300}>([^<]{1,1000})")
_LIST = re.compile(
    rb"<" + _NAME + rb"[^<>]{0,300}>\s{0,99}<rdf:(?:Seq|Bag|Alt)[^<>]{0,300}>\s{0,99}<rdf:li[^<>]{0,300}>([^<]{1,1000})"
)
_ORIENTATION = re.compile(rb"""tiff:Orientation(?:=["']|>)([1-8])""")

_KINDS: Final = (
    (
        Kind.PLACE,
        re.compile(r"exif:GPS|.*:(City|State|Country|CountryCode|CountryName|Location|Sublocation|ProvinceState)$"),
    ),
    (Kind.TIME, re.compile(r".*:(\w*Date\w*|when)$")),
    (
        Kind.PERSON,
        re.compile(
            r"dc:(creator|rights)|.*:(\w*Owner\w*|Author\w*|PersonDisplayName|PersonInImage|Credit|Ci\w+)$|mwg-rs:Name"
        ),
    ),
    (Kind.DEVICE, re.compile(r"tiff:(Make|Model)|aux:|exifEX:|.*:\w*(Serial|Lens|Camera|Device)\w*$")),
    (Kind.SOFTWARE, re.compile(r".*:(CreatorTool|Software|softwareAgent|Producer)$")),
    (Kind.HISTORY, re.compile(r"xmpMM:|stEvt:|stRef:|crs:|photoshop:History")),
    (Kind.TEXT, re.compile(r"dc:(description|title|subject)|.*:(Headline|Caption\w*|Label|Keywords|UserComment)$")),
)
"""The first that matches names the kind; a property that none matches is a setting and stays unlisted."""


def read(packet: bytes | memoryview) -> tuple[Fact, ...]:
    """Return what a packet says; bounded in bytes read and in facts."""
    data = bytes(packet[:MAX_METADATA_BYTES])
    found: list[Fact] = []
    for pattern in (_LIST, _ATTRIBUTE, _ELEMENT):
        for match in pattern.finditer(data):
            name = f"{match[1].decode('latin-1')}:{match[2].decode('latin-1')}"
            fact = _fact(name, readable(match[3]))
            if fact is not None:
                found.append(fact)
            if len(found) == MAX_FACTS:
                return tuple(found)
    return tuple(found)


def orientation(packet: bytes | memoryview) -> int | None:
    """Return the orientation that a packet states; some programs respect it where Exif states none."""
    match = _ORIENTATION.search(bytes(packet[:MAX_METADATA_BYTES]))
    return int(match[1]) if match else None


def _fact(name: str, value: str) -> Fact | None:
    kind = next((kind for kind, pattern in _KINDS if pattern.match(name)), None)
    return Fact(kind, name, value) if kind is not None and value else None
