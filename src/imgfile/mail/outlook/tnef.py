"""A winmail.dat: the files that Outlook attached to it ([MS-OXTNEF] §2.1.3).

A signature and a key, then attributes: level, id, length, data, and the sum of the data's bytes. Nothing is believed
about a length but what the file itself has room for, so one that claims gigabytes costs nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from imgfile.frozen import dataclass
from imgfile.mail.encodings import HEAD_BYTES
from imgfile.mail.header_text import MAX_TEXT_CHARACTERS, decode_text, plausible
from imgfile.mail.mime.parts import Hidden
from imgfile.mail.model import Enclosed, Message
from imgfile.mail.outlook import cfb as compound
from imgfile.mail.outlook import mapi
from imgfile.mail.view import View
from imgfile.mail.wrapping import Edit, apply

MAGIC: Final = b"\x78\x9f\x3e\x22"
MAX_ATTRIBUTES: Final = 10_000

_HEAD_BYTES: Final = 6
_ATTRIBUTE: Final = struct.Struct("<BII")
_SUM: Final = struct.Struct("<H")
_DATE: Final = struct.Struct("<6H")
_BEGINS_ATTACHMENT: Final = 0x00069002
_TITLE: Final = 0x00018010
_DATA: Final = 0x0006800F
_PROPERTIES: Final = 0x00069005
_SUBJECT: Final = 0x00018004
_SENT: Final = 0x00038005
_MESSAGE_ID: Final = 0x00018009
_MESSAGE_PROPERTIES: Final = 0x00069003
_EMBEDDED: Final = tuple(
    (bytes.fromhex(interface) + magic, len(magic))
    for interface, magic in (
        ("0703020000000000c000000000000046", MAGIC),
        ("0b00000000000000c000000000000046", compound.MAGIC),
    )
)
"""Among an attachment's properties, an attached message or object: its interface id, then a TNEF or compound file."""
_ONE_VALUE: Final = struct.Struct("<HHI")
_LENGTH: Final = struct.Struct("<I")
_BINARY: Final = 0x0102


@dataclass(frozen=True, slots=True)
class Attribute:
    """What stands from `inner` to `inner_end` in an attribute's data; the sum after `end` covers all of that."""

    start: int
    end: int
    inner: int
    inner_end: int

    def open(self, outer: View) -> View:
        """Return what stands there."""
        return View(outer.slice(self.inner, self.inner_end))

    def lift(self, outer: View, edits: Sequence[Edit]) -> list[Edit]:
        """Move the edits to their place, and put the sum right."""
        moved = [Edit(self.inner + edit.offset, edit.text) for edit in edits]
        relative = [Edit(edit.offset - self.start, edit.text) for edit in moved]
        total = sum(apply(outer.slice(self.start, self.end), relative)) & 0xFFFF
        is_whole = self.end + _SUM.size <= len(outer)
        return [*moved, Edit(self.end, _SUM.pack(total))] if is_whole else moved


def find_enclosed(view: View) -> Iterator[Enclosed | Hidden]:
    """Yield the files and messages that are attached, in order, numbered from 1; before them, texts with pictures."""
    number, name = 0, ""
    group: list[Attribute] = []
    for code, start, end in _attributes(view):
        if code == _BEGINS_ATTACHMENT:
            yield from _enclosed(view, number, name, group)
            number, name, group = number + 1, "", []
        elif code == _TITLE:
            name = _text(view, start, end)
        elif code == _DATA:
            group.append(Attribute(start, end, start, end))
        elif code == _PROPERTIES:
            group += _kept_among_properties(view, start, end, has_data=bool(group))
        elif code == _MESSAGE_PROPERTIES:
            yield from mapi.search_bodies("", partial(_body, view, start, end))
    yield from _enclosed(view, number, name, group)


def _kept_among_properties(view: View, start: int, end: int, *, has_data: bool) -> Iterator[Attribute]:
    """Yield what an attachment's properties hold: a message or object, or the file where it stands nowhere else."""
    for mark, length in _EMBEDDED:
        embedded = view.find(mark, start, end)
        if embedded >= 0:
            yield Attribute(start, end, embedded + len(mark) - length, end)
    begin, stop = _binary(view, start, end, mapi.FILE)
    if begin < stop and not has_data:
        yield Attribute(start, end, begin, stop)


def _enclosed(view: View, number: int, name: str, group: Sequence[Attribute]) -> Iterator[Enclosed]:
    for attribute in group:
        start, end = attribute.inner, attribute.inner_end
        head = view.slice(start, min(end, start + HEAD_BYTES))
        is_object = head.startswith(compound.MAGIC) and end == attribute.end and start > attribute.start
        yield Enclosed(str(number), attribute, end - start, head, name=name or None, is_object=is_object)


def _body(view: View, start: int, end: int, code: int) -> bytes:
    begin, stop = _binary(view, start, end, code)
    return view.slice(begin, min(stop, begin + mapi.MAX_BODY_TEXT_BYTES))


def _binary(view: View, start: int, end: int, code: int) -> tuple[int, int]:
    """Find a property of bytes by its type, id and single value ([MS-OXTNEF] §2.1.3.4); return where its bytes are."""
    mark = _ONE_VALUE.pack(_BINARY, code, 1)
    at = view.find(mark, start, end)
    begin = at + len(mark) + _LENGTH.size
    if at < 0 or begin > end:
        return 0, 0
    (length,) = _LENGTH.unpack(view.slice(begin - _LENGTH.size, begin))
    return begin, min(begin + length, end)


def read_message(view: View) -> Message:
    """Read what a winmail.dat by itself tells of its message: no address that mail programs would show."""
    texts = {code: (start, end) for code, start, end in _attributes(view) if code in {_SUBJECT, _MESSAGE_ID, _SENT}}
    subject, message_id = (_text(view, *texts.get(code, (0, 0))) for code in (_SUBJECT, _MESSAGE_ID))
    start, end = texts.get(_SENT, (0, 0))
    return Message(1, "", _date(view.slice(start, min(end, start + _DATE.size))), subject, message_id)


def _attributes(view: View) -> Iterator[tuple[int, int, int]]:
    """Yield each attribute's id and where its data begins and ends; the last one may be cut off."""
    position = _HEAD_BYTES
    for _ in range(MAX_ATTRIBUTES):
        head = view.slice(position, position + _ATTRIBUTE.size)
        if len(head) < _ATTRIBUTE.size:
            return
        _, code, length = _ATTRIBUTE.unpack(head)
        start = position + _ATTRIBUTE.size
        end = min(start + length, len(view))
        yield code, start, end
        position = end + _SUM.size


def _text(view: View, start: int, end: int) -> str:
    return decode_text(view.slice(start, min(end, start + MAX_TEXT_CHARACTERS)).partition(b"\0")[0])


def _date(raw: bytes) -> datetime | None:
    """Read a date of six 16-bit numbers; it has no zone, and Outlook means UTC ([MS-OXTNEF] §2.1.3.3.5)."""
    try:
        year, month, day, hour, minute, second = _DATE.unpack(raw)
        return plausible(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    except (struct.error, ValueError):
        return None
