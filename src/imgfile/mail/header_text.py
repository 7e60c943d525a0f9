"""Header text as people read it: encoded words (RFC 2047), parameters (RFC 2231), addresses and dates (RFC 5322).

Lenient and bounded; nothing here raises, whatever the bytes. The results are raw text from a stranger's mail:
whoever shows them sanitises them first.
"""

from __future__ import annotations

import binascii
import codecs
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from urllib.parse import unquote_to_bytes

MAX_TEXT_CHARACTERS: Final = 1000
"""What is kept of one field: nobody reads a longer subject."""

_WORD: Final = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]{0,2000})\?=")
_ADDRESS: Final = re.compile(r"<\s*([^<>\s]{1,320})\s*>")
_BARE_ADDRESS: Final = re.compile(r"[^\s<>()\",;:]{1,64}@[^\s<>()\",;:]{1,255}")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_REFUSED_CODECS: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})
"""Text codecs that are no charset of mail: slow on hostile input, or given to warnings."""
_DATE: Final = re.compile(
    r"(\d{1,2})[\s-]+(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[\s-]+(\d{2,4})"
    r"\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(?:([+-]\d{2}):?(\d{2})|([a-z]{1,5}))?",
    re.IGNORECASE,
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONE_HOURS: Final = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "bst": 1}
"""RFC 5322 §4.3, and British Summer Time; any other name counts as UTC, as that section advises."""
_CENTURY_PIVOT: Final = 50
_SENT_YEARS: Final = range(1970, 9999)
"""Mail is not older; and a moment within these years can be written in any time zone."""


def decode_text(raw: bytes) -> str:
    """Decode a field's value: unfolded, encoded words resolved, at most `MAX_TEXT_CHARACTERS`."""
    text = " ".join(_decode_unmarked(raw[: 8 * MAX_TEXT_CHARACTERS]).split())
    return _decode_words(text)[:MAX_TEXT_CHARACTERS]


def _decode_words(text: str) -> str:
    """Resolve encoded words; neighbours of one charset are joined first, for some split a character."""
    parts: list[str] = []
    charset, pending, position = "", b"", 0
    for match in _WORD.finditer(text):
        gap = text[position : match.start()]
        if position and gap.isspace():
            gap = ""  # RFC 2047 §6.2: white space between encoded words is not shown
        if gap or match[1].lower() != charset:
            parts += (_decode_charset(pending, charset), gap)
            pending = b""
        charset = match[1].lower()
        pending += _word_bytes(match[2], match[3])
        position = match.end()
    parts += (_decode_charset(pending, charset), text[position:])
    return "".join(parts)


def _word_bytes(scheme: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if scheme in "qQ":
        return binascii.a2b_qp(raw, header=True)
    try:
        return binascii.a2b_base64(raw + b"===")
    except binascii.Error:
        return raw


def _decode_unmarked(raw: bytes) -> str:
    """Decode bytes that name no charset: UTF-8 where that fits (RFC 6532), else Latin-1."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _decode_charset(raw: bytes, charset: str) -> str:
    try:
        known = codecs.lookup(charset).name.replace("_", "-")
        text = raw.decode("latin-1" if known in _REFUSED_CODECS else known, "replace")
    except (LookupError, ValueError):
        text = raw.decode("latin-1")
    return _SURROGATE.sub("\ufffd", text)


def decode_parameter(text: str) -> str:
    """Decode `charset'language'percent-encoded` (RFC 2231 §4); text without quotes and percent signs stays."""
    charset, first, rest = text.partition("'")
    _, second, encoded = rest.partition("'")
    if not (first and second):
        charset, encoded = "utf-8", text
    return _decode_charset(unquote_to_bytes(encoded.encode("latin-1", "replace")), charset or "utf-8")


def find_address(text: str) -> str:
    """Return the address in a decoded `From` value; the whole value where none is recognised."""
    match = _ADDRESS.search(text)
    if match:
        return match[1]
    bare = _BARE_ADDRESS.search(text)
    return bare[0] if bare else text


def parse_date(text: str) -> datetime | None:
    """Read a `Date` value, always aware: a missing or unknown zone is UTC. None when it is no date."""
    match = _DATE.search(text[:200])
    if match is None:
        return None
    year = int(match[3])
    if len(match[3]) < len("2026"):
        year += 2000 if year < _CENTURY_PIVOT else 1900
    try:
        zone = _zone(match[7], match[8], match[9])
        month = _MONTHS.index(match[2].lower()) + 1
        sent = datetime(year, month, int(match[1]), int(match[4]), int(match[5]), int(match[6] or 0), tzinfo=zone)
    except ValueError:
        return None
    return plausible(sent)


def plausible(sent: datetime) -> datetime | None:
    """Return a moment that a mail may have been sent at; None for any other."""
    return sent if sent.year in _SENT_YEARS else None


def _zone(hours: str | None, minutes: str | None, name: str | None) -> timezone:
    if hours is not None and minutes is not None:
        sign = -1 if hours.startswith("-") else 1
        return timezone(sign * timedelta(hours=abs(int(hours)), minutes=int(minutes)))
    return timezone(timedelta(hours=_ZONE_HOURS[name.lower()])) if name and name.lower() in _ZONE_HOURS else UTC
