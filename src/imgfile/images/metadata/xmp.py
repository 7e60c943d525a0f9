"""What an XMP packet says (ISO 16684-1), read by pattern rather than by an XML parser.

An XML parser brings entity bombs and rejects the half-broken packets that phones write. Patterns see each property
written as an attribute or as an element; every repetition in them is bounded, so the time is linear.
"""

from __future__ import annotations

import re
from typing import Final

from imgfile.images.limits import MAX_METADATA_BYTES
from imgfile.images.metadata.model import Fact, Kind, Reading, readable

UNBLURRED: Final = "picture before its background was blurred"
"""What Google's camera keeps in a packet beside a portrait."""
MAX_FACTS: Final = 200
"""Values kept of one packet; edit histories run to thousands of lines, all of the same kinds."""

_NAME = rb"([\w-]{1,40}):([\w-]{1,60})"
_ATTRIBUTE = re.compile(rb"\b" + _NAME + rb"""\s{0,9}=\s{0,9}["']([^"'<]{1,1000})""")
_ELEMENT = re.compile(rb"<" + _NAME + rb"[^<>]{0,300}>([^<]{1,1000})")
_LIST = re.compile(
    rb"<" + _NAME + rb"[^<>]{0,300}>\s{0,99}<rdf:(?:Seq|Bag|Alt)[^<>]{0,300}>\s{0,99}<rdf:li[^<>]{0,300}>([^<]{1,1000})"
)
_COMMENT = re.compile(rb"<!--([^<>]{1,1000}?)--")
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
"""The first that matches names the kind; a property that none matches is a setting, or free words."""
_MARKUP: Final = re.compile(r"(xmlns|xml|x|rdf|rdfs):")
"""Namespaces, languages, and what holds a packet together: no property at all."""
_SETTINGS: Final = re.compile(
    r"(tiff|exif|crs|hdrgm|HDRGainMap|apple-fi|apdi|Container|Item|GContainer|GCamera|GPano|xmpG|xmpTPg|stDim|stFnt"
    r"|stArea|stJob|xmpDM|hdr_metadata|aas|xmpidq|pdfx?|GDepth|GImage|GAudio|GIMP|depthData|depthBlurEffect|portraitLightingEffect|OpCamera|MiCamera|XiaomiCamera):"
    r"|xmp:(Rating|Label|Thumbnails|PageInfo|BaseURL)|xmpGImg:(width|height|format)|dc:(format|Format|type|language)"
    r"|photoshop:(ColorMode|ICCProfile|Urgency|LegacyIPTCDigest|SidecarForExtension|EmbeddedXMPDigest|DocumentAncestors)"
    r"|xmpRights:Marked|plus:|mwg-rs:(Type|AppliedToDimensions|Area|Regions|RegionList|Extensions)|MPReg:Rectangle"
    r"|Iptc4xmpExt:DigitalSourceType|lr:|acdsee:(rating|colorclass|tagged|rawrppused|rppused)|MicrosoftPhoto:Rating"
)
"""Properties whose values are numbers, codes or the program's own: they say nothing about people."""
_PICTURES: Final = {
    "GImage:Data": Fact(Kind.FURTHER, UNBLURRED),
    "GDepth:Data": Fact(Kind.PICTURE, "depth map"),
    "GDepth:Confidence": Fact(Kind.PICTURE, "depth map"),
    "GAudio:Data": Fact(Kind.VIDEO, "hidden sound"),
    "xmpGImg:image": Fact(Kind.THUMBNAIL, "xmpGImg"),
}
"""Pictures and sounds that stand in a packet, in base64 (Google's and Adobe's namespaces)."""
_MARKS: Final = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
"""How a packet begins in each encoding (ISO 16684-1 §7.1: any of Unicode's)."""


def plain(packet: bytes | memoryview) -> bytes:
    """Return a packet's beginning in UTF-8, whichever of Unicode's encodings it is in."""
    data = bytes(packet[:MAX_METADATA_BYTES])
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    return data.decode(encoding, "replace").encode("utf-8", "replace") if encoding else data


def read(packet: bytes | memoryview) -> tuple[Fact, ...]:
    """Return what a packet says; bounded in bytes read and in facts."""
    return look(packet).facts


def look(packet: bytes | memoryview) -> Reading:
    """Return what a packet says, and how many of its bytes were not read: those past a bound, or of no packet."""
    data = plain(packet)
    found: list[Fact] = []
    for pattern in (_LIST, _ATTRIBUTE, _ELEMENT):
        for match in pattern.finditer(data):
            fact = _fact(f"{match[1].decode('latin-1')}:{match[2].decode('latin-1')}", readable(match[3]))
            if fact is not None:
                found.append(fact)
            if len(found) == MAX_FACTS:
                return Reading(tuple(found), len(packet) - match.end())
    found += [Fact(Kind.TEXT, "comment", readable(match[1])) for match in _COMMENT.finditer(data) if match[1].strip()]
    is_packet = b"<" in data and b":" in data
    return Reading(tuple(found[:MAX_FACTS]), max(len(packet) - MAX_METADATA_BYTES, 0) if is_packet else len(packet))


def orientation(packet: bytes | memoryview) -> int | None:
    """Return the orientation that a packet states; some programs respect it where Exif states none."""
    match = _ORIENTATION.search(plain(packet))
    return int(match[1]) if match else None


def _fact(name: str, value: str) -> Fact | None:
    if not value or _MARKUP.match(name):
        return None
    if name in _PICTURES:
        return _PICTURES[name]
    kind = next((kind for kind, pattern in _KINDS if pattern.match(name)), None)
    if kind is None and not _SETTINGS.match(name) and any(map(str.isalpha, value)):
        kind = Kind.TEXT
    return Fact(kind, name, value) if kind is not None else None
