"""The mailbox that the photo arrived in: an mbox of four messages, as a mail program exports one.

It is written byte by byte, so that it is known where the photo's part begins and ends, whatever finds it later.
"""

from __future__ import annotations

import base64
import textwrap
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Final

from imgfile.frozen import dataclass, field

PARENT: Final = "A Parent <parent@example.org>"
SUBJECT: Final = "her arm, as you asked"
PRACTICE: Final = "surgery@example.org"

_BOUNDARY: Final = "=_imgfile-demo"
_LINE: Final = 76


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An mbox, how many messages it holds, and where in it the photo's part lies: its header block and its body."""

    data: bytes = field(repr=False)
    messages: int
    part: range


def mailbox_with(photo: bytes, sent: datetime) -> Mailbox:
    """Write a mailbox in which the second of four messages brings the photo."""
    part = _part(photo)
    before = (
        _mail("Reception <reception@example.org>", "Flu clinic on Saturday", sent - timedelta(hours=3), _CLINIC)
        + _separator(sent)
        + _header(PARENT, SUBJECT, sent, f'multipart/mixed; boundary="{_BOUNDARY}"')
        + f"--{_BOUNDARY}\nContent-Type: text/plain; charset=utf-8\n\n{_NOTE}\n--{_BOUNDARY}\n".encode()
    )
    after = (
        f"\n--{_BOUNDARY}--\n\n".encode()
        + _mail("The lab <lab@example.org>", "Results are in", sent + timedelta(hours=1), _RESULTS)
        + _mail(PARENT, "Re: her arm", sent + timedelta(hours=2), _THANKS)
    )
    return Mailbox(before + part + after, messages=4, part=range(len(before), len(before) + len(part)))


_CLINIC: Final = "Dear all,\n\n>From 9 to 12, both rooms. Please tell whoever asks.\n"
_NOTE: Final = "Dear doctor,\n\nhere is the photo of her arm.\n"
_RESULTS: Final = "The results of yesterday are in the system.\n"
_THANKS: Final = "Thank you for ringing back so quickly.\n"


def _part(photo: bytes) -> bytes:
    coded = "\n".join(textwrap.wrap(base64.b64encode(photo).decode("ascii"), _LINE))
    return (
        'Content-Type: image/jpeg; name="IMG_2041.jpg"\nContent-Transfer-Encoding: base64\n'
        f'Content-Disposition: attachment; filename="IMG_2041.jpg"\n\n{coded}'
    ).encode("ascii")


def _mail(sender: str, subject: str, sent: datetime, words: str) -> bytes:
    return _separator(sent) + _header(sender, subject, sent, "text/plain; charset=utf-8") + f"{words}\n".encode()


def _separator(sent: datetime) -> bytes:
    return f"From demo@example.org {sent:%a %b} {sent.day:2} {sent:%H:%M:%S %Y}\n".encode()


def _header(sender: str, subject: str, sent: datetime, kind: str) -> bytes:
    return (
        f"From: {sender}\nTo: {PRACTICE}\nSubject: {subject}\nDate: {format_datetime(sent)}\n"
        f"Message-ID: <{sent:%H%M%S}@example.org>\nMIME-Version: 1.0\nContent-Type: {kind}\n\n"
    ).encode()
