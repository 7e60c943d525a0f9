"""Which kind of mailbox a file is, decided by its first bytes.

The bytes that each kind begins with stand here, so that to recognise a file none of the modules is imported that read
one.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from imgfile.mail.coding.text_form import recognise_form
from imgfile.mail.mbox import is_mbox

PREFIX_BYTES: Final = 16 << 10
"""How much of a file decides."""

TNEF_MAGIC: Final = b"\x78\x9f\x3e\x22"
"""TNEFSignature ([MS-OXTNEF] §2.1.3.2): 0x223E9F78, least byte first."""
CFB_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The signature of a compound file ([MS-CFB] §2.2): an Outlook message, an office document, a pasted object."""
PST_MAGIC: Final = b"!BDN"
"""dwMagic of an Outlook data file ([MS-PST] §2.2.2.6)."""
ZIP_MAGIC: Final = b"PK\x03\x04"
"""The signature of a member's own header (APPNOTE.TXT §4.3.7): an archive with members begins with one."""
GZIP_MAGIC: Final = b"\x1f\x8b\x08"
"""Its two bytes, and deflate, the only method there is (RFC 1952 §2.3.1)."""
TAR_MAGIC: Final = b"ustar"
_TAR_MAGIC_AT: Final = 257
"""In the first header (POSIX.1-2017, pax)."""
_PDF_MAGIC: Final = b"%PDF-"
_PDF_MAGIC_BEFORE: Final = 1024
"""Readers take a PDF's first line within so many bytes (ISO 32000-1 annex H)."""

EMLX_LENGTH: Final = re.compile(rb"(\d{1,12})[ \t]*\r?\n")
"""The first line of an `.emlx`: how many bytes its message has. Apple documents nothing of this format."""
_FIELDS: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:[ \t\r]*+\n){0,20}+((?:[!-9;-~]{1,80}[ \t]*:[^\n]*+(?:\n|\Z)(?:[ \t][^\n]*+(?:\n|\Z))*+)++)"
)
"""A run of header fields (RFC 5322 §2.2), behind a byte order mark and blank lines, which exports have in places."""
_MAIL_FIELD: Final = re.compile(
    rb"^(?:from|to|subject|date|received|return-path|delivered-to|message-id|mime-version|content-type"
    rb"|x-mozilla-status|x-gm-thrid)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
"""One field that only mail has: `NAME: text` alone begins many a note and configuration file."""

_MEMBER_NAME_AT: Final = 30
"""Where the first member's name stands in a zip archive (APPNOTE.TXT §4.3.7)."""
_DOCUMENT_BEGINNINGS: Final = (b"[Content_Types].xml", b"mimetype", b"_rels/", b"META-INF/", b"word/", b"xl/", b"ppt/")
"""The first members of office documents, e-books and Java archives."""


class Container(StrEnum):
    """A kind of mailbox file."""

    EML = "eml"
    """One message, as RFC 5322 has it."""
    MBOX = "mbox"
    EMLX = "emlx"
    """One message as Apple Mail keeps it: its length on a line, the message, a property list."""
    TNEF = "winmail.dat"
    MSG = "msg"
    """One message as Outlook saves it, or another compound file: the file's directory decides."""
    PST = "pst"
    """Everything that Outlook keeps for an account, which is only read; an `.ost` is one too."""
    ZIP = "zip"
    """An archive of any of these, which is only read."""
    GZIP = "gzip"
    """Any of these packed, or a tar archive, which is only read."""
    TAR = "tar"
    """An archive of any of these, as they are."""
    OFFICE = "office"
    """An office document, which is no mailbox: attached to a mail, it may hold photos."""
    PDF = "pdf"
    """The same."""


_MAGICS: Final = (
    (TNEF_MAGIC, Container.TNEF),
    (CFB_MAGIC, Container.MSG),
    (PST_MAGIC, Container.PST),
    (GZIP_MAGIC, Container.GZIP),
)
TEXTS: Final = frozenset({Container.EML, Container.EMLX, Container.MBOX})
"""The kinds that are text."""


def recognise_container(prefix: bytes) -> Container | None:
    """Return what a file is that begins with these bytes, of which `PREFIX_BYTES` suffice; None for anything else."""
    for magic, container in _MAGICS:
        if prefix.startswith(magic):
            return container
    if prefix.startswith(ZIP_MAGIC) and not _is_document(prefix):
        return Container.ZIP
    if prefix[_TAR_MAGIC_AT:].startswith(TAR_MAGIC):
        return Container.TAR
    form = recognise_form(prefix)
    return _recognise_text(form.read(prefix) if form else prefix)


def recognise_attached(prefix: bytes) -> Container | None:
    """Return as what a file within a mail is opened; documents too, which by themselves are no mailbox."""
    if prefix.startswith(ZIP_MAGIC) and _is_document(prefix):
        return Container.OFFICE
    if _PDF_MAGIC in prefix[:_PDF_MAGIC_BEFORE]:
        return Container.PDF
    return recognise_container(prefix)


def _recognise_text(prefix: bytes) -> Container | None:
    if is_mbox(prefix):
        return Container.MBOX
    if _is_message(prefix, 0):
        return Container.EML
    length = EMLX_LENGTH.match(prefix)
    return Container.EMLX if length and _is_message(prefix, length.end()) else None


def _is_document(prefix: bytes) -> bool:
    """Return whether an archive is an office document, an e-book or a program: no mail is in it."""
    return prefix[_MEMBER_NAME_AT:].startswith(_DOCUMENT_BEGINNINGS)


def _is_message(prefix: bytes, start: int) -> bool:
    fields = _FIELDS.match(prefix, start)
    return fields is not None and _MAIL_FIELD.search(fields[1]) is not None
