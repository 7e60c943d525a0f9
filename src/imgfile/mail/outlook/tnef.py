"""A winmail.dat: what it says of its message, and the files that Outlook attached to it ([MS-OXTNEF] §2.1.3).

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
from imgfile.mail.coding.encodings import HEAD_BYTES
from imgfile.mail.detect import CFB_MAGIC, TNEF_MAGIC
from imgfile.mail.header_text import MAX_TEXT_CHARACTERS, decode_text, plausible
from imgfile.mail.kinds import FileKind
from imgfile.mail.model import Enclosed, Hidden, Message
from imgfile.mail.outlook import mapi
from imgfile.mail.verdict.coded_text import holds_coded
from imgfile.mail.verdict.outside import find_raw, gaps, outside
from imgfile.mail.view import View
from imgfile.mail.wrapping import Edit, apply

MAX_ATTRIBUTES: Final = 10_000
"""A message has about twenty, and each attachment about six."""

_HEAD_BYTES: Final = 6
"""The signature and LegacyKey, which means nothing any more (§2.1.3.2)."""
_ATTRIBUTE: Final = struct.Struct("<BII")
"""Before each attribute's data: its level (message or attachment), its id, its length (§2.1.3.1)."""
_SUM: Final = struct.Struct("<H")
"""After each attribute's data: the sum of its bytes, modulo 65536 (§2.1.3)."""

# The ids of attributes (§2.1.3.2); the upper half is the type, the lower one says which.
_SUBJECT: Final = 0x00018004
_SENT: Final = 0x00038005
_MESSAGE_ID: Final = 0x00018009
_MESSAGE_PROPERTIES: Final = 0x00069003
_BEGINS_ATTACHMENT: Final = 0x00069002
"""attAttachRendData: each attachment's attributes begin with it (§2.1.3.3.15)."""
_TITLE: Final = 0x00018010
_DATA: Final = 0x0006800F
_PROPERTIES: Final = 0x00069005

_DATE: Final = struct.Struct("<6H")
"""Year, month, day, hour, minute and second; a day of the week follows, which is not needed (§2.1.3.3.5)."""

_EMBEDDED: Final = (
    (bytes.fromhex("0703020000000000c000000000000046"), TNEF_MAGIC),
    (bytes.fromhex("0b00000000000000c000000000000046"), CFB_MAGIC),
)
"""What begins a message or object among an attachment's properties (§2.1.3.4): an interface's id, then a file.

IID_IMessage stands before a TNEF stream, IID_IStorage before a compound file.
"""
_BINARY: Final = 0x0102
"""PtypBinary, the type of a property whose value is bytes ([MS-OXCDATA] §2.11.1)."""
_ONE_VALUE: Final = struct.Struct("<HHI")
"""How a property begins: its type, its id, and how many values it has."""
_LENGTH: Final = struct.Struct("<I")


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
        # The last attribute of a file that was cut off has no sum.
        is_whole = self.end + _SUM.size <= len(outer)
        return [*moved, Edit(self.end, _SUM.pack(total))] if is_whole else moved


class TnefMessage:
    """The message that a winmail.dat belongs to."""

    def __init__(self, view: View) -> None:
        self._view = view

    def read_message(self, number: int) -> Message:
        """Read what a winmail.dat by itself says of its message: no address that mail programs would show."""
        wanted = {_SUBJECT, _MESSAGE_ID, _SENT}
        places = {code: (start, end) for code, start, end in _attributes(self._view) if code in wanted}
        subject, message_id = (_text(self._view, *places.get(code, (0, 0))) for code in (_SUBJECT, _MESSAGE_ID))
        start, end = places.get(_SENT, (0, 0))
        sent = _date(self._view.slice(start, min(end, start + _DATE.size)))
        return Message(number, "", sent, subject, message_id)

    def find_enclosed(self) -> Iterator[Enclosed | Hidden]:
        """Yield the files and messages that are attached, in order, numbered from 1; before them, texts with pictures.

        What stands before the first attachment's beginning is the message's own: it has number 0, and no data.
        """
        view, number, name = self._view, 0, ""
        places: list[Attribute] = []
        for code, start, end in _attributes(view):
            view.budget.open_member()
            if code == _BEGINS_ATTACHMENT:
                yield from _describe(view, number, name, places)
                number, name, places = number + 1, "", []
            elif code == _TITLE:
                name = _text(view, start, end)
            elif code == _DATA:
                places.append(Attribute(start, end, start, end))
            elif code == _PROPERTIES:
                places += _kept_among_properties(view, start, end, has_data=bool(places))
            elif code == _MESSAGE_PROPERTIES:
                yield from mapi.search_bodies("", partial(_body, view, start, end), view.budget)
        yield from _describe(view, number, name, places)

    def find_outside(self) -> Iterator[Hidden]:
        """Report files in words, in properties and attributes of which nothing is known, and behind the last one."""
        wrappings = (each.wrapping for each in self.find_enclosed() if isinstance(each, Enclosed))
        covered = [(each.inner, each.inner_end) for each in wrappings if isinstance(each, Attribute)]
        left = list(gaps(covered, 0, len(self._view)))
        found = find_raw(self._view, left)
        if found:
            yield outside("outside", found)
        coded = sum(end - start for start, end in left if holds_coded(self._view.slice(start, end)))
        if coded:
            yield outside("words", coded, FileKind.CODED)


def _attributes(view: View) -> Iterator[tuple[int, int, int]]:
    """Yield each attribute's id and where its data begins and ends; the last one may be cut off."""
    position = _HEAD_BYTES
    for _ in range(MAX_ATTRIBUTES):
        head = view.slice(position, position + _ATTRIBUTE.size)
        if len(head) < _ATTRIBUTE.size:
            return
        _, code, length = _ATTRIBUTE.unpack(head)  # the level says nothing that the id does not
        start = position + _ATTRIBUTE.size
        end = min(start + length, len(view))
        yield code, start, end
        # The sum is not compared: a damaged attribute may hold a whole photo all the same.
        position = end + _SUM.size


def _describe(view: View, number: int, name: str, places: Sequence[Attribute]) -> Iterator[Enclosed | Hidden]:
    if number and not places:
        yield from mapi.report_absent(str(number), name or None, "")
    for place in places:
        start, end = place.inner, place.inner_end
        head = view.slice(start, min(end, start + HEAD_BYTES))
        # A compound file among the properties, to their end, is an object; in attAttachData, or as the value of one
        # property, it is an attached file such as a Word document.
        is_object = head.startswith(CFB_MAGIC) and end == place.end and start > place.start
        yield Enclosed(str(number), place, end - start, head, name=name or None, is_object=is_object)


# --- properties, as an attribute holds them ---


def _kept_among_properties(view: View, start: int, end: int, *, has_data: bool) -> Iterator[Attribute]:
    """Yield what an attachment's properties hold: a message or object, or the file where it stands nowhere else.

    The list is not walked, but searched for what begins such a value: in a damaged list too, it is found.
    """
    for interface, magic in _EMBEDDED:
        at = view.find(interface + magic, start, end)
        if at >= 0:
            yield Attribute(start, end, at + len(interface), end)
    begin, stop = _find_binary(view, start, end, mapi.FILE)
    if begin < stop and not has_data:
        yield Attribute(start, end, begin, stop)


def _body(view: View, start: int, end: int, code: int) -> bytes:
    begin, stop = _find_binary(view, start, end, code)
    return view.slice(begin, min(stop, begin + mapi.MAX_BODY_TEXT_BYTES))


def _find_binary(view: View, start: int, end: int, code: int) -> tuple[int, int]:
    """Return where the bytes of a property begin and end, known by its type, id and one value; (0, 0) for none."""
    mark = _ONE_VALUE.pack(_BINARY, code, 1)
    at = view.find(mark, start, end)
    begin = at + len(mark) + _LENGTH.size
    if at < 0 or begin > end:
        return 0, 0
    (length,) = _LENGTH.unpack(view.slice(begin - _LENGTH.size, begin))
    return begin, min(begin + length, end)


def _text(view: View, start: int, end: int) -> str:
    """Read a text, which ends at its first null character."""
    return decode_text(view.slice(start, min(end, start + MAX_TEXT_CHARACTERS)).partition(b"\0")[0])


def _date(raw: bytes) -> datetime | None:
    """Read a date; it has no zone, and Outlook means UTC (§2.1.3.3.5)."""
    try:
        year, month, day, hour, minute, second = _DATE.unpack(raw)
        return plausible(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    except (struct.error, ValueError):
        return None
