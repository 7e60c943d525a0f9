"""Which kind of mailbox some bytes are, decided by the bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from imgfile.mail import zip as archive
from imgfile.mail.headers import read_block, skip_blank_lines
from imgfile.mail.mbox import Span, find_lines, find_messages, is_mbox
from imgfile.mail.outlook import cfb as compound
from imgfile.mail.outlook import tnef
from imgfile.mail.outlook.pst import blocks as pst_blocks
from imgfile.mail.view import View

PREFIX_BYTES: Final = 16 << 10
"""How much of a file decides."""

_FIELDS: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:[ \t\r]*+\n){0,20}+((?:[!-9;-~]{1,80}[ \t]*:[^\n]*+(?:\n|\Z)(?:[ \t][^\n]*+(?:\n|\Z))*+)++)"
)
_MAIL_FIELD: Final = re.compile(
    rb"^(?:from|to|subject|date|received|return-path|delivered-to|message-id|mime-version|content-type"
    rb"|x-mozilla-status|x-gm-thrid)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_COUNT: Final = re.compile(rb"(\d{1,12})[ \t]*\r?\n")
_LIST: Final = b"<?xml"


class Container(StrEnum):
    """A kind of mailbox file."""

    EML = "eml"
    """One message, as RFC 5322 has it."""
    MBOX = "mbox"
    EMLX = "emlx"
    """One message as Apple Mail keeps it: its length on a line, the message, a property list."""
    TNEF = "winmail.dat"
    MSG = "msg"
    """One message as Outlook saves it, or another compound file: the file's directory tells."""
    PST = "pst"
    """Everything that Outlook keeps for an account, which is only read; an `.ost` is one too."""
    ZIP = "zip"
    """An archive of any of these, which is only read."""


_MAGICS: Final = (
    (tnef.MAGIC, Container.TNEF),
    (compound.MAGIC, Container.MSG),
    (pst_blocks.MAGIC, Container.PST),
)


def recognise_container(prefix: bytes) -> Container | None:
    """Say what a file is that begins with these bytes; `PREFIX_BYTES` suffice."""
    for magic, container in _MAGICS:
        if prefix.startswith(magic):
            return container
    if prefix.startswith(archive.MAGIC) and not archive.is_document(prefix):
        return Container.ZIP
    if is_mbox(prefix):
        return Container.MBOX
    if _is_message(prefix, 0):
        return Container.EML
    counted = _COUNT.match(prefix)
    return Container.EMLX if counted and _is_message(prefix, counted.end()) else None


def _is_message(prefix: bytes, start: int) -> bool:
    fields = _FIELDS.match(prefix, start)
    return fields is not None and _MAIL_FIELD.search(fields[1]) is not None


def find_spans(view: View, container: Container | None) -> Iterator[Span]:
    """Yield where the messages of a text mailbox lie; what is no container counts as one message."""
    match container:
        case Container.MBOX:
            return find_messages(view)
        case Container.EMLX:
            return iter((_emlx_span(view),))
        case _:
            return iter((_span(view, 0, len(view)),))


def _span(view: View, start: int, end: int) -> Span:
    """Take all there is as one message; some begin with blank lines."""
    header = read_block(view, skip_blank_lines(view, start, end), end)
    return Span(1, header, end, find_lines(view, header.body, end))


def _emlx_span(view: View) -> Span:
    """Return where the message of an `.emlx` file lies: up to its property list, or all there is."""
    counted = view.match(_COUNT, 0, len(view))
    if counted is None:  # pragma: no cover - it was recognised by this
        return _span(view, 0, len(view))
    end = counted.end() + int(counted[1])
    return _span(view, counted.end(), end if view.slice(end, end + len(_LIST)) == _LIST else len(view))
