"""What becomes of a part that is no picture and is not opened: harmless, announced but absent, or not looked into.

1. What is announced as a picture or video, by type or name, and is empty, kept elsewhere or none, is absent. One that
   begins behind other bytes is there, and was not looked into.
2. Text, HTML and what is known to hold no photo (calendar entries, receipts, signatures) is harmless; where such a
   text can hold one all the same (a contact card, rich text, a file in base64), the whole of it is looked at.
3. Everything else was not looked into, whatever it is. What is not known is never harmless.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from imgfile.frozen import dataclass, field
from imgfile.mail.kinds import FileKind, announces_picture, ending, file_kind, kind_by_bytes
from imgfile.mail.model import Reason
from imgfile.mail.verdict.coded_text import coded_file, is_text
from imgfile.mail.verdict.outside import begins_later
from imgfile.mail.verdict.signatures import MAX_SIGNATURE_BYTES, SIGNATURE_TYPES, is_signature

MAX_TEXT_BYTES: Final = 16 << 20
"""How much of a text is looked at; words alone are not so long, and what is longer was not looked into."""

_BLANK: Final = b" \t\r\n\0"
_TEXT_TYPES: Final = frozenset(
    {
        "message/delivery-status",  # RFC 3464 §2.1
        "message/global-delivery-status",  # RFC 6533 §3
        "message/disposition-notification",  # RFC 8098 §3.1
        "message/global-disposition-notification",
        "message/feedback-report",  # RFC 5965 §2
        "message/tracking-status",  # RFC 3886
        "application/ics",
        "application/pgp-keys",  # RFC 3156 §7
        "application/pgp-encrypted",  # its content, RFC 3156 §4, is one line; what is encrypted follows in a part
        "application/x-pgp-keys",
        "application/json",
        "application/xml",
        "application/xhtml+xml",
        "application/x-javascript",
        "application/javascript",
        "application/octet-stream",
        "application/x-msdownload",
        "application/vcard",
        "application/directory",
        "",
    }
)
"""What a text may be declared as, beside `text/…`; its bytes decide."""
_TEXTS: Final = "txt text csv tsv log md htm html xhtml xml json css ics vcs ifb vcf ldif ini"
_TEXT_SUFFIXES: Final = frozenset(_TEXTS.split())

_ON_DEMAND: Final = re.compile(rb"download(?:ed)? on demand|not (?:yet )?(?:been )?downloaded", re.IGNORECASE)
"""What Thunderbird keeps in the place of a part that it did not fetch from the server."""
_CARD_PICTURE: Final = re.compile(rb"^(?:[A-Za-z0-9-]+\.)?(?:PHOTO|LOGO)[;:](?!\s*$)", re.IGNORECASE | re.MULTILINE)
"""RFC 6350 §6.2.4, §6.6.3, with a group before it or without; in whatever encoding, or at an address."""
_CALENDAR_FILE: Final = re.compile(rb"^(?:ATTACH|IMAGE)[;:][^\n]*(?:BASE64|data:)", re.IGNORECASE | re.MULTILINE)
"""RFC 5545 §3.8.1.1, RFC 7986 §5.10."""
_LIST_PICTURE: Final = re.compile(rb"^(?:jpegPhoto|photo|thumbnail\w*)(?:;binary)?::", re.IGNORECASE | re.MULTILINE)
"""RFC 2849, and the attributes of RFC 2798 §2.6."""
_RICH_PICTURE: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\(?:pict|objdata)(?![A-Za-z])")
_SECURE_NAME: Final = re.compile(r"secur|crypt|protect|message(?:_v\d|_zdm)?\.html?$|click|egress|zix", re.IGNORECASE)
"""How services name the page that holds an encrypted mail; the page itself is a long coded text."""


_READ_AS_TEXT: Final = frozenset({None, FileKind.RTF, FileKind.VCARD})
"""Kinds that are texts, of which the whole is looked at."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part, as far as its verdict needs it."""

    declared_type: str
    name: str | None = field(repr=False)
    head: bytes = field(repr=False)
    """Its first bytes, decoded."""
    size: int
    read: Callable[[int], bytes] = field(repr=False)
    """Decode its first bytes, so many at most."""
    is_elsewhere: bool = False
    """Its header says that a mail program keeps it outside the message, or deleted it."""
    is_undelivered: bool = False
    """Its header says that it was never fetched."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a part is reported, and what it is."""

    reason: Reason
    kind: FileKind


def judge(leaf: Leaf) -> Finding | None:
    """Return why a part that is no picture and is not opened is reported; None for what is harmless."""
    kind = file_kind(leaf.head, leaf.name, leaf.declared_type)
    if kind is FileKind.VIDEO or (announces_picture(leaf.name, leaf.declared_type) and kind is not FileKind.VECTOR):
        return _announced(leaf, kind)
    if kind is FileKind.EXTERNAL:
        return Finding(Reason.ELSEWHERE, kind)
    if _is_blank(leaf) or _is_signature(leaf) or (leaf.is_elsewhere and is_text(leaf.head)):
        return None
    if _is_text(leaf, kind):
        return _in_text(leaf)
    if kind is None:
        return Finding(Reason.NOT_OPENED, _unknown(leaf))
    return Finding(Reason.ENCRYPTED if kind is FileKind.ENCRYPTED else Reason.NOT_OPENED, kind)


def _unknown(leaf: Leaf) -> FileKind:
    """Return what stands where a text was declared, and is none from its beginning."""
    coded = coded_file(leaf.read(MAX_TEXT_BYTES)) if leaf.declared_type.startswith("text/") else None
    return coded or FileKind.UNKNOWN


def _is_blank(leaf: Leaf) -> bool:
    return not leaf.head.strip(_BLANK) and leaf.size <= len(leaf.head)


def _is_signature(leaf: Leaf) -> bool:
    if leaf.declared_type not in SIGNATURE_TYPES or leaf.size > MAX_SIGNATURE_BYTES:
        return False
    return is_signature(leaf.read(MAX_SIGNATURE_BYTES))


def _announced(leaf: Leaf, kind: FileKind | None) -> Finding:
    """Judge what was announced as a picture or a video (rule 1)."""
    announced = FileKind.VIDEO if kind is FileKind.VIDEO else FileKind.PICTURE
    by_bytes = kind_by_bytes(leaf.head)
    if by_bytes is not None:
        return Finding(Reason.NOT_OPENED, by_bytes)
    if leaf.is_elsewhere:
        return Finding(Reason.ELSEWHERE, announced)
    if leaf.is_undelivered or (is_text(leaf.head) and _ON_DEMAND.search(leaf.head)):
        return Finding(Reason.NOT_DOWNLOADED, announced)
    if _is_blank(leaf):
        return Finding(Reason.EMPTY, announced)
    if announced is FileKind.VIDEO and not is_text(leaf.head):
        return Finding(Reason.NOT_OPENED, announced)
    return Finding(Reason.BEHIND if begins_later(leaf.head) else Reason.NO_PICTURE, announced)


def _is_text(leaf: Leaf, kind: FileKind | None) -> bool:
    """Return whether a part is a text: it says so, or nothing else, and its first bytes are one."""
    if not is_text(leaf.head) or kind not in _READ_AS_TEXT:
        return False
    declared = leaf.declared_type
    if declared.startswith(("text/", "multipart/")) or declared in _TEXT_TYPES or kind is not None:
        return True
    return ending(leaf.name or "") in _TEXT_SUFFIXES


def _in_text(leaf: Leaf) -> Finding | None:
    """Look at the whole of a text that may hold a photo (rule 2)."""
    if leaf.size > MAX_TEXT_BYTES:
        return Finding(Reason.TOO_LARGE, file_kind(leaf.head, leaf.name, leaf.declared_type) or FileKind.UNKNOWN)
    text = leaf.read(MAX_TEXT_BYTES)
    narrow = text.replace(b"\0", b"") if b"\0" in text[:4] else text
    return _special(narrow) or _coded(leaf, narrow)


def _special(text: bytes) -> Finding | None:
    """Judge texts of formats in which pictures have their own place."""
    start = text[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{\\rt"):
        return Finding(Reason.NOT_OPENED, FileKind.RTF) if _RICH_PICTURE.search(text) else None
    upper = start[:64].upper()
    if upper.startswith(b"BEGIN:VCARD"):
        return Finding(Reason.NOT_OPENED, FileKind.VCARD) if _CARD_PICTURE.search(text) else None
    if upper.startswith(b"BEGIN:VCALENDAR"):
        return Finding(Reason.NOT_OPENED, FileKind.CALENDAR) if _CALENDAR_FILE.search(text) else None
    if _LIST_PICTURE.search(text):
        return Finding(Reason.NOT_OPENED, FileKind.DIRECTORY)
    return None


def _coded(leaf: Leaf, text: bytes) -> Finding | None:
    """Judge a text in which a file may stand coded: protected mail is a page of HTML around one."""
    coded = coded_file(text)
    is_page = ending(leaf.name or "") in {"htm", "html", "xhtml"}
    if is_page and (coded or b"<form" in text.lower()) and _SECURE_NAME.search(leaf.name or ""):
        return Finding(Reason.ENCRYPTED, FileKind.ENCRYPTED)
    return Finding(Reason.NOT_OPENED, coded) if coded else None
