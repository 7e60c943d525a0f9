"""What Outlook's properties say of a message and of its attachments ([MS-OXPROPS]).

A saved message, a data file and a winmail.dat hold the same properties, each in a shape of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from imgfile.mail.budget import Budget
from imgfile.mail.coding.encodings import Encoding
from imgfile.mail.data_uri import MAX_HTML_BYTES, has_data_uri
from imgfile.mail.header_text import decode_text, find_address, plausible
from imgfile.mail.headers import Block, read_block
from imgfile.mail.kinds import FileKind
from imgfile.mail.model import Enclosed, Hidden, Message, Reason
from imgfile.mail.outlook.rtf import holds_picture
from imgfile.mail.verdict.coded_text import holds_coded
from imgfile.mail.verdict.judge import Leaf, judge
from imgfile.mail.verdict.outside import outside
from imgfile.mail.view import View
from imgfile.mail.wrapping import Wrapping

FILE: Final = 0x3701
"""An attachment's bytes, or the object that it is."""
METHOD: Final = 0x3705
EMBEDDED_MESSAGE: Final = 5
"""The method of an attachment that is a message."""
BODY: Final = 0x1000
HTML: Final = 0x1013
RICH_TEXT: Final = 0x1009
MAX_BODY_TEXT_BYTES: Final = MAX_HTML_BYTES
"""How much of a message's text is looked at."""
HEADERS: Final = 0x007D
MAX_HEADERS_BYTES: Final = 64 << 10
"""How much is read of a message's header, for two of its fields."""
_WORDS: Final = {BODY: "body", HTML: "html", HEADERS: "headers"}
TIMES: Final = (0x0039, 0x0E06)
"""When it was sent, then when it was delivered: 100 ns since 1601."""

_SUBJECT: Final = 0x0037
_MESSAGE_ID: Final = 0x1035
_SENDERS: Final = (0x5D01, 0x0C1F, 0x0C1A)
"""The sender's SMTP address, the address of whatever kind, the name: the first that is an address, else the last."""
_ENCAPSULATED: Final = "IMCEA"
"""Begins an address of another system, spelled so that it looks like one of ours ([MS-OXOMSG])."""
_NAMES: Final = (0x3707, 0x3704)
"""A file's long name, then its short one."""
_TYPE: Final = 0x370E
_CONTENT_ID: Final = 0x3712
TEXTS_OF_MESSAGE: Final = (_SUBJECT, _MESSAGE_ID, *_SENDERS)
TEXTS_OF_FILE: Final = (*_NAMES, _TYPE, _CONTENT_ID)

_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_PREFIX_MARK: Final = "\x01"
"""Before a subject in a data file: this, and how long its "Re: " is ([MS-PST] §2.5.3.1.1.1)."""


def read_message(number: int, texts: Mapping[int, str], ticks: int, headers: Callable[[], bytes]) -> Message:
    """Return the facts of a message; its header as it travelled helps out where Outlook kept no address or id."""
    named = [texts[code] for code in _SENDERS if texts.get(code)]
    sender = next((text for text in named if "@" in text and not text.startswith(_ENCAPSULATED)), "")
    message_id = texts.get(_MESSAGE_ID, "")
    if not (sender and message_id):
        raw = headers()
        block = read_block(View(raw), 0, len(raw))
        sender = sender or find_address(_field(block, b"from"))
        message_id = message_id or _field(block, b"message-id")
    subject = texts.get(_SUBJECT, "")
    subject = subject[2:] if subject.startswith(_PREFIX_MARK) else subject
    return Message(number, sender or (named[-1] if named else ""), _time(ticks), subject, message_id)


def _field(block: Block, name: bytes) -> str:
    found = block.find(name)
    return decode_text(found.value) if found else ""


def _time(ticks: int) -> datetime | None:
    try:
        return plausible(_EPOCH + timedelta(microseconds=ticks // 10))
    except OverflowError:
        return None


def describe_file(part: str, wrapping: Wrapping, size: int, head: bytes, texts: Mapping[int, str]) -> Enclosed:
    """Return an attachment with what its properties say of it."""
    return Enclosed(
        part,
        wrapping,
        size,
        head,
        name=name_of(texts),
        declared_type=type_of(texts),
        content_id=texts.get(_CONTENT_ID, "").strip("<> ") or None,
    )


def name_of(texts: Mapping[int, str]) -> str | None:
    """Return an attachment's name as its properties say it."""
    return next((texts[code] for code in _NAMES if texts.get(code)), None)


def type_of(texts: Mapping[int, str]) -> str:
    """Return an attachment's type as its properties say it, in lower case."""
    return texts.get(_TYPE, "").lower()


def report_absent(part: str, name: str | None, declared_type: str) -> Iterator[Hidden]:
    """Report an attachment without bytes, if it announces a picture or video: that lies elsewhere, or was cut off."""
    finding = judge(Leaf(declared_type, name, b"", 0, lambda _limit: b""))
    if finding is not None:
        yield Hidden(part, finding.reason, finding.kind, name)


def search_bodies(prefix: str, read: Callable[[int], bytes], budget: Budget) -> Iterator[Hidden]:
    """Report a message's texts in which pictures stand; `read` gives the first `MAX_BODY_TEXT_BYTES` of a property.

    A text that is longer is reported too: words alone are not so long.
    """
    html, rich = read(HTML), read(RICH_TEXT)
    narrow = html.replace(b"\0", b"")  # HTML in UTF-16 is searched as if it were ASCII
    if len(html) == MAX_BODY_TEXT_BYTES or has_data_uri(View(narrow), 0, len(narrow), Encoding.IDENTITY):
        yield Hidden(join(prefix, "html"), Reason.DATA_URI, FileKind.HTML, size=len(html))
    if len(rich) == MAX_BODY_TEXT_BYTES or holds_picture(rich, budget):
        yield Hidden(join(prefix, "rtf"), Reason.RICH_TEXT, FileKind.RTF, size=len(rich))


def search_words(prefix: str, read: Callable[[int], bytes]) -> Iterator[Hidden]:
    """Report a message's words in which a file stands coded; looked for only where everything is."""
    for code in (BODY, HTML, HEADERS):
        words = read(code)
        if holds_coded(words):
            yield outside(join(prefix, _WORDS[code]), len(words), FileKind.CODED)


def join(prefix: str, part: str) -> str:
    """Return the number of a part within a part."""
    return f"{prefix}.{part}" if prefix else part
