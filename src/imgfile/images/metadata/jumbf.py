"""What a JUMBF superbox says: C2PA's manifests, their assertions and thumbnails (ISO/IEC 19566-5, C2PA 2.1).

An assertion is JSON or CBOR of many vocabularies; names of properties are judged by what is in them. Signatures and
hashes are not read, and counted.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from typing import Final

from imgfile.images.limits import MAX_METADATA_BYTES, MAX_VALUE_CHARACTERS
from imgfile.images.metadata import cbor
from imgfile.images.metadata.model import Fact, Kind, Reading

MAX_BOXES: Final = 2000
MAX_FACTS: Final = 400
_SIGNATURE: Final = "c2pa.signature"
"""Its certificates, which name the signer, are not read."""
_HEAD_BYTES: Final = 8
_LONG_HEAD_BYTES: Final = 16
_DESCRIPTION_HEAD_BYTES: Final = 17
"""A type of 16 bytes, and toggles; a label follows where the second of these is set (§A.3)."""
_HAS_LABEL: Final = 2
_PASSED: Final = re.compile(
    r"(?i)(alg|hash|pad\d*|url|exclusions|start|length|@type|@context|@id|format|relationship|version|label|signature"
    r"|instanceid|documentid|xmp:?instanceid|identifier|hashes?|content_type|mime_?type|action|kind|value|code|success"
    r"|icon|explanation|data_types?|type|redacted.*|remote_manifests)$"
)
"""Names whose values are digests, addresses within the manifest, and words of closed lists."""
_KINDS: Final = (
    (
        Kind.PLACE,
        re.compile(r"(?i).*(gps|latitude|longitude|location|city|country|region|address|province|coordinates)"),
    ),
    (Kind.TIME, re.compile(r"(?i).*(date|when|time|created|modified)")),
    (Kind.DEVICE, re.compile(r"(?i).*(make|model|serial|lens|camera|device)$")),
    (Kind.SOFTWARE, re.compile(r"(?i).*(software|generator|operating_?system|tool|application)")),
    (
        Kind.PERSON,
        re.compile(r"(?i)(.*:)?(.*(author|creator|person|owner|credit|copyright|signer|issuer|email)|name|sameas)"),
    ),
    (
        Kind.TEXT,
        re.compile(r"(?i).*(title|description|caption|keyword|comment|subject|headline|instructions|notes?|prompt)$"),
    ),
)
"""The first that matches a property's name; of others it is history."""


def look(data: bytes | memoryview) -> Reading:
    """Return what superboxes say, and how many bytes of them were not read."""
    facts: list[Fact] = [Fact(Kind.HISTORY, "C2PA")]
    unread = 0
    for label, kind, body in _contents(bytes(data)):
        if kind in {b"json", b"cbor"}:
            found, is_whole = _assertion(kind, body)
            facts += found
            unread += 0 if is_whole and label != _SIGNATURE else len(body)
        elif kind == b"bidb":
            facts.append(_embedded(label))
        elif kind not in {b"jumd", b"bfdb", b"c2sh", b"free"}:
            unread += len(body)
    return Reading(tuple(facts[:MAX_FACTS]), unread)


def _contents(data: bytes) -> Iterator[tuple[str, bytes, bytes]]:
    """Yield each content box with the label of its superbox; what reaches past its container ends there."""
    waiting: list[tuple[int, int, str]] = [(0, len(data), "")]
    for _ in range(MAX_BOXES):
        if not waiting:
            return
        at, end, label = waiting.pop()
        if at + _HEAD_BYTES > end:
            continue
        length, kind = struct.unpack_from(">L4s", data, at)
        body = at + _HEAD_BYTES
        if length == 1 and at + _LONG_HEAD_BYTES <= end:
            length, body = struct.unpack_from(">Q", data, body)[0], at + _LONG_HEAD_BYTES
        stop = end if length < body - at else min(at + length, end)
        waiting.append((stop, end, label))
        if kind == b"jumb":
            waiting.append((body, stop, _label(data, body, stop) or label))
        else:
            yield label, kind, data[body:stop]


def _label(data: bytes, at: int, end: int) -> str:
    """Read the label of a superbox, out of the description that it begins with."""
    start = at + _HEAD_BYTES + _DESCRIPTION_HEAD_BYTES
    if data[at + 4 : at + _HEAD_BYTES] != b"jumd" or start > end or not data[start - 1] & _HAS_LABEL:
        return ""
    return data[start : min(end, start + MAX_VALUE_CHARACTERS)].partition(b"\0")[0].decode("ascii", "replace")


def _embedded(label: str) -> Fact:
    kind = Kind.THUMBNAIL if "thumbnail" in label else Kind.PICTURE
    return Fact(kind, "C2PA thumbnail" if kind is Kind.THUMBNAIL else "picture within C2PA")


def _assertion(kind: bytes, body: bytes) -> tuple[list[Fact], bool]:
    """Read an assertion; False unless it was read to its end."""
    found: list[Fact] = []
    try:
        pairs = cbor.texts(body) if kind == b"cbor" else _json_texts(body)
        for name, text in pairs:
            fact = _fact(name, text)
            found += [fact] if fact is not None else []
    except cbor.BrokenError:
        return found, False
    return found, True


def _json_texts(body: bytes) -> Iterator[tuple[str, str]]:
    if len(body) > MAX_METADATA_BYTES:
        raise cbor.BrokenError
    try:
        waiting: list[tuple[str, object]] = [("", json.loads(body))]
    except (ValueError, RecursionError) as error:
        raise cbor.BrokenError from error
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += reversed([(str(key), inner) for key, inner in value.items()])
        elif isinstance(value, list):
            waiting += reversed([(name, inner) for inner in value])
        elif value is not None and not isinstance(value, bool):
            yield name, str(value)


def _fact(name: str, text: str) -> Fact | None:
    text = text.strip()[:MAX_VALUE_CHARACTERS]
    if not text or not name or _PASSED.match(name.rpartition(":")[2]):
        return None
    kind = next((kind for kind, pattern in _KINDS if pattern.match(name)), None)
    if kind is None:
        kind = Kind.HISTORY if any(map(str.isalpha, text)) else None
    return Fact(kind, name[:80], text) if kind is not None else None
