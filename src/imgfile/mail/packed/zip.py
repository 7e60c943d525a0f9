"""A zip archive of mailboxes or photos, or an office document, which is one too: its members are read one by one.

APPNOTE.TXT 6.3.10 (PKWARE), with what it says of archives beyond 4 GB (ZIP64), whose directory has a second end and
whose members say their sizes in an extra field. To replace bytes within a compressed member would move every byte after
it, so a photo in an archive is found and can be filed, and its removal is refused. What is encrypted, packed in another
way than deflate, or lies there without being named in the directory is reported.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Final, NoReturn

from imgfile.errors import UnreadableMail
from imgfile.frozen import dataclass
from imgfile.mail.coding.encodings import HEAD_BYTES, MAX_BODY_BYTES
from imgfile.mail.header_text import decode_text
from imgfile.mail.kinds import FileKind, file_kind
from imgfile.mail.model import Enclosed, Hidden, Reason
from imgfile.mail.verdict.outside import Range, gaps
from imgfile.mail.view import View
from imgfile.mail.wrapping import MAX_WRAPPED_BYTES, Edit

_LOCAL: Final = struct.Struct("<4s22xHH")
"""A member's own header (§4.3.7), of which only the lengths of its name and extra field are needed."""
_LOCAL_MAGIC: Final = b"PK\x03\x04"
_DESCRIPTOR_MAGIC: Final = b"PK\x07\x08"
_DESCRIPTOR_BYTES: Final = 16
"""What may follow a member's bytes (§4.3.9); 24 of a large one, 12 where the signature is left out."""
_END: Final = struct.Struct("<4s6xHIIH")
"""The end of the central directory (§4.3.16): signature, number of members, the directory's length and place, and how
long a comment follows."""
_END_MAGIC: Final = b"PK\x05\x06"
_LONGEST_END_BYTES: Final = _END.size + 0xFFFF
"""The whole of that, and the longest comment that may follow it: so far from the file's end it is sought."""
_LOCATOR: Final = struct.Struct("<4s4xQ4x")
"""Just before that, in an archive of the larger kind: where its own end of the directory stands (§4.3.15)."""
_LOCATOR_MAGIC: Final = b"PK\x06\x07"
_LARGE_END: Final = struct.Struct("<4s28xQQQ")
"""The end of the directory that has room (§4.3.14): signature, number of members, the directory's length and place."""
_LARGE_END_MAGIC: Final = b"PK\x06\x06"
_MEMBER: Final = struct.Struct("<4s4xHH8xIIHHH8xI")
"""A line of the directory (§4.3.12): signature, flags, method, two sizes, three lengths, where its own header is.

The sizes are those packed and unpacked; the lengths are those of its name, extra field and comment.
"""
_MEMBER_MAGIC: Final = b"PK\x01\x02"
_EXTRA: Final = struct.Struct("<HH")
"""Before each record of an extra field: its kind and length (§4.5.1)."""
_LARGE_SIZES: Final = 1
"""The record that has sizes and place where the directory's line has no room for them (§4.5.3)."""
_ELSEWHERE: Final = 0xFFFFFFFF
"""What stands in the line, or in the end, in place of a number that stands there."""
_MOST_COUNTED: Final = 0xFFFF
"""The most that the number of members can be; a larger number stands elsewhere."""
_OVERHEAD_BYTES: Final = 4096
"""So much longer than its content, and a thousandth, can a deflated member be that a sane program made."""
_ENCRYPTED: Final = 1
_HAS_DESCRIPTOR: Final = 8
"""Bits 0 and 3 of the flags (§4.4.4)."""
_STORED: Final = 0
_DEFLATED: Final = 8
"""Methods of packing (§4.4.5)."""
_LEAST_GAP_BYTES: Final = 32
"""Longer than the sizes that may follow a member's bytes without a signature (§4.3.9.3), which are not sought."""
_LEAST_UNNAMED_BYTES: Final = 128
"""What lies between the members and is shorter holds no photo."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member's packed bytes, whether they are deflated, and how many they are unpacked, as the directory says."""

    start: int
    end: int
    is_deflated: bool
    size: int
    is_document: bool = False

    def open(self, outer: View) -> View:
        """Unpack it. Raises `UnreadableMail` when it is damaged, or not as long as it says."""
        limit = min(max(self.size, MAX_WRAPPED_BYTES), MAX_BODY_BYTES)
        data = self.unpack(outer, limit)
        if len(data) == self.size:
            return View(data)
        outer.budget.unpack(len(data))  # what it cost is counted all the same
        raise _damaged()

    def unpack(self, outer: View, limit: int) -> bytes:
        """Unpack at most so many bytes; a larger member is cut. Raises `UnreadableMail`."""
        if not self.is_deflated:
            return outer.slice(self.start, min(self.end, self.start + limit))
        packed = outer.slice(self.start, min(self.end, self.start + limit + limit // 1000 + _OVERHEAD_BYTES))
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, limit)
        except zlib.error as error:
            raise _damaged() from error

    def lift(self, outer: View, edits: Sequence[Edit]) -> NoReturn:  # noqa: ARG002 - every wrapping is given them
        """Refuse: nothing in an archive changes in place. Raises `UnreadableMail`."""
        if self.is_document:
            raise UnreadableMail(
                "a photo lies in an Office document, and is not taken out of it.",
                "Delete the message in the mail program, or erase the export whole:  --destroy-export",
            )
        raise UnreadableMail(
            "a photo lies in a zip archive, and cannot be taken out of it in place.",
            "Unpack the archive and name the folder, or erase it whole once its photos are filed:  --destroy-export",
        )


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the directory, as far as it is needed; sizes in bytes."""

    flags: int
    method: int
    packed: int
    size: int
    """Unpacked, as it is stated."""
    name: bytes
    offset: int
    """Of the member's own header."""


@dataclass(frozen=True, slots=True)
class _Directory:
    """Where the directory lies, how many members it should name, and how long the comment at the archive's end is."""

    start: int
    end: int
    count: int
    is_large: bool
    comment: int


def find_enclosed(view: View, *, is_document: bool = False) -> Iterator[Enclosed | Hidden]:
    """Yield every member, numbered from 1 by its place, or why one is not read; last, what no line names.

    Raises `UnreadableMail`.
    """
    directory = _find_directory(view)
    number = extra = 0
    named: list[Range] = []
    for number, line in enumerate(_lines(view, directory), 1):
        view.budget.open_member()
        member, length = _find_member(view, line, is_document=is_document)
        named.append((line.offset, line.offset + length))
        extra = max(extra, _extra_bytes(view, line, member))
        name = decode_text(line.name)
        reason = _unread(line)
        if reason is not None:
            yield Hidden(str(number), reason, file_kind(b"", name) or FileKind.UNKNOWN, name, line.size)
        elif line.size or not name.endswith("/"):  # else a folder
            yield Enclosed(str(number), member, line.size, member.unpack(view, HEAD_BYTES), name=name)
    between = sum(end - start for start, end in gaps(named, 0, directory.start) if end - start >= _LEAST_GAP_BYTES)
    unnamed = max(between, directory.comment, extra)
    if unnamed >= _LEAST_UNNAMED_BYTES:
        yield Hidden(str(number + 1), Reason.OUTSIDE, FileKind.RAW_BYTES, size=unnamed)


def _extra_bytes(view: View, line: _Line, member: Member) -> int:
    """Return how many bytes a member's header has besides, without the zeros by which Office leaves room to grow."""
    start = line.offset + _LOCAL.size + len(line.name)
    return len(view.slice(start, member.start).translate(None, b"\0"))


def _unread(line: _Line) -> Reason | None:
    """Return why a member is not read; None for one that is."""
    if line.flags & _ENCRYPTED:
        return Reason.ENCRYPTED
    return None if line.method in {_STORED, _DEFLATED} else Reason.UNKNOWN_ENCODING


# --- the directory ---


def _find_directory(view: View) -> _Directory:
    """Find the directory by its end, or by the larger end before that. Raises `UnreadableMail`."""
    base = max(0, len(view) - _LONGEST_END_BYTES)
    tail = view.slice(base, len(view))
    at = tail.rfind(_END_MAGIC)
    if at < 0 or len(tail) < at + _END.size:
        raise UnreadableMail("the zip archive is cut off.", "Export the mailbox again.")
    _, count, length, position, comment = _END.unpack_from(tail, at)
    end = base + at
    comment = max(comment, len(view) - end - _END.size)
    large = _find_large_end(view, end)
    if large is None:
        return _Directory(position, position + length, count, is_large=False, comment=comment)
    large_count, large_length, large_position = large
    position = large_position if position == _ELSEWHERE else position
    length = large_length if length == _ELSEWHERE else length
    return _Directory(position, position + length, large_count, is_large=True, comment=comment)


def _find_large_end(view: View, end: int) -> tuple[int, int, int] | None:
    """Return number of members, length and place of the directory of an archive of the larger kind; None for none."""
    locator = view.slice(max(0, end - _LOCATOR.size), end)
    if len(locator) < _LOCATOR.size or not locator.startswith(_LOCATOR_MAGIC):
        return None
    _, position = _LOCATOR.unpack(locator)
    record = view.slice(position, position + _LARGE_END.size)
    if len(record) < _LARGE_END.size or not record.startswith(_LARGE_END_MAGIC):
        raise _damaged()
    _, count, length, place = _LARGE_END.unpack(record)
    return count, length, place


def _lines(view: View, directory: _Directory) -> Iterator[_Line]:
    """Yield the lines of the directory. Raises `UnreadableMail` where it is damaged.

    It goes on as long as it says: its short count has 16 bits, and begins anew or stays at the most beyond that.
    """
    position, found = directory.start, 0
    while position < directory.end:
        raw = view.slice(position, position + _MEMBER.size)
        if len(raw) < _MEMBER.size or not raw.startswith(_MEMBER_MAGIC):
            raise _damaged()
        _, flags, method, packed, size, name, extra, comment, offset = _MEMBER.unpack(raw)
        begin = position + _MEMBER.size
        record = view.slice(begin + name, begin + name + extra)
        size, packed, offset = _full_sizes(record, size, packed, offset)
        yield _Line(flags, method, packed, size, view.slice(begin, begin + name), offset)
        position = begin + name + extra + comment
        found += 1
    counts = {found} if directory.is_large else {found & _MOST_COUNTED, _MOST_COUNTED}
    if directory.count not in counts:
        raise _damaged()


def _full_sizes(extra: bytes, *short: int) -> tuple[int, ...]:
    """Return unpacked size, packed size and place; each that has no room in the line stands in the extra field.

    There they have the same order. Raises `UnreadableMail` where one is missing.
    """
    if _ELSEWHERE not in short:
        return short
    record = _large_sizes(extra)
    numbers = iter(struct.unpack(f"<{len(record) // 8}Q", record[: len(record) // 8 * 8]))
    full = tuple(next(numbers, None) if number == _ELSEWHERE else number for number in short)
    if None in full:
        raise _damaged()
    return tuple(number for number in full if number is not None)


def _large_sizes(extra: bytes) -> bytes:
    """Return the record with the large sizes; none where there is none."""
    position = 0
    while position + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, position)
        position += _EXTRA.size
        if kind == _LARGE_SIZES:
            return extra[position : position + length]
        position += length
    return b""


def _find_member(view: View, line: _Line, *, is_document: bool) -> tuple[Member, int]:
    """Find a member's bytes behind its own header, and how much it takes of the archive; the header has lengths too."""
    header = view.slice(line.offset, line.offset + _LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(_LOCAL_MAGIC):
        raise _damaged()
    _, name, extra = _LOCAL.unpack(header)
    start = line.offset + _LOCAL.size + name + extra
    end = start + line.packed
    length = end - line.offset
    if line.flags & _HAS_DESCRIPTOR and view.slice(end, end + len(_DESCRIPTOR_MAGIC)) == _DESCRIPTOR_MAGIC:
        length += _DESCRIPTOR_BYTES
    return Member(start, end, line.method == _DEFLATED, line.size, is_document), length


def _damaged() -> UnreadableMail:
    return UnreadableMail("the zip archive is damaged.", "Export the mailbox again, or unpack it and name the folder.")
