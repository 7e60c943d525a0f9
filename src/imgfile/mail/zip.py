"""A zip archive of mailboxes or photos: its members are read one by one, in memory, and never changed.

APPNOTE.TXT 6.3.10 (PKWARE). To replace bytes within a compressed member would move every byte after it, so a photo in
an archive is found and can be filed, and its removal is refused: the archive is to be unpacked first. What is too
large to be opened in memory, encrypted, or packed in another way than deflate is reported. Office documents are
archives too, and are left (`detect`).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Final, NoReturn

from imgfile.errors import UnreadableMail
from imgfile.frozen import dataclass
from imgfile.mail.encodings import HEAD_BYTES
from imgfile.mail.header_text import decode_text
from imgfile.mail.kinds import FileKind, file_kind
from imgfile.mail.model import Enclosed, Hidden, Reason
from imgfile.mail.view import View
from imgfile.mail.wrapping import MAX_WRAPPED_BYTES, Edit

MAX_MEMBERS: Final = 20_000
"""As many as parts of one message."""
MAX_UNPACKED_BYTES: Final = 2 << 30
"""How much of one archive is unpacked in all: members may share their bytes, so that a small file holds terabytes."""

_LOCAL: Final = struct.Struct("<4x22xHH")
"""A member's own header (§4.3.7), of which only the lengths of its name and extra field are needed."""
_END: Final = struct.Struct("<4s6xHII")
"""The end of the central directory (§4.3.16): signature, number of members, the directory's length and place."""
_END_MAGIC: Final = b"PK\x05\x06"
_LONGEST_END_BYTES: Final = 22 + 0xFFFF
"""The whole of that, and the longest comment that may follow it: so far from the file's end it is sought."""
_MEMBER: Final = struct.Struct("<4s4xHH8xIIHHH8xI")
"""A line of the directory (§4.3.12): signature, flags, method, two sizes, three lengths, where its own header is.

The sizes are those packed and unpacked; the lengths are those of its name, extra field and comment.
"""
_MEMBER_MAGIC: Final = b"PK\x01\x02"
_MOST_COUNTED: Final = 0xFFFF
"""The most that the number of members can be; a larger number stands elsewhere (ZIP64), and is not needed."""
_OVERHEAD_BYTES: Final = 4096
"""So much longer than its content, and a thousandth, can a deflated member be that a sane program made."""
_ENCRYPTED: Final = 1
"""Bit 0 of the flags (§4.4.4)."""
_STORED: Final = 0
_DEFLATED: Final = 8
"""Methods of packing (§4.4.5)."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member's packed bytes, and whether they are deflated."""

    start: int
    end: int
    is_deflated: bool

    def open(self, outer: View) -> View:
        """Unpack it. Raises `UnreadableMail` when it is damaged, or larger than it says."""
        return View(self.unpack(outer, MAX_WRAPPED_BYTES))

    def unpack(self, outer: View, limit: int) -> bytes:
        """Unpack at most so many bytes; a larger member is cut. Raises `UnreadableMail`."""
        if not self.is_deflated:
            return outer.slice(self.start, min(self.end, self.start + limit))
        packed = outer.slice(self.start, min(self.end, self.start + limit + limit // 1000 + _OVERHEAD_BYTES))
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, limit)
        except zlib.error as error:
            raise UnreadableMail("the zip archive is damaged.", "Export the mailbox again.") from error

    def lift(self, outer: View, edits: Sequence[Edit]) -> NoReturn:  # noqa: ARG002 - every wrapping is given them
        """Refuse: nothing in an archive changes in place. Raises `UnreadableMail`."""
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


def find_enclosed(view: View) -> Iterator[Enclosed | Hidden]:
    """Yield every member, numbered from 1 by its place, or why one is not read. Raises `UnreadableMail`.

    Of those beyond `MAX_MEMBERS` only the first is reported.
    """
    unpacked = 0
    for number, line in enumerate(_directory(view), 1):
        part, name = str(number), decode_text(line.name)
        reason = _unread(line, number, unpacked)
        if reason is not None:
            yield Hidden(part, reason, file_kind(b"", name) or FileKind.UNKNOWN, name, line.size)
            if reason is Reason.TOO_MANY_PARTS:
                return
        elif line.size or not name.endswith("/"):  # else a folder
            unpacked += line.size
            member = _find_member(view, line)
            yield Enclosed(part, member, line.size, member.unpack(view, HEAD_BYTES), name=name)


def _unread(line: _Line, number: int, unpacked: int) -> Reason | None:
    """Return why a member is not read; None for one that is."""
    if number > MAX_MEMBERS:
        return Reason.TOO_MANY_PARTS
    if line.flags & _ENCRYPTED:
        return Reason.ENCRYPTED
    if line.method not in {_STORED, _DEFLATED}:
        return Reason.UNKNOWN_ENCODING
    return Reason.TOO_LARGE if unpacked > MAX_UNPACKED_BYTES else None


def _directory(view: View) -> Iterator[_Line]:
    """Yield the lines of the central directory. Raises `UnreadableMail` where it is damaged, or missing.

    It goes on as long as it says: its own count has 16 bits, and begins anew or stays at the most beyond that.
    """
    tail = view.slice(max(0, len(view) - _LONGEST_END_BYTES), len(view))
    at = tail.rfind(_END_MAGIC)
    if at < 0 or len(tail) < at + _END.size:
        raise UnreadableMail("the zip archive is cut off.", "Export the mailbox again.")
    _, count, length, position = _END.unpack_from(tail, at)
    end, found = position + length, 0
    while position < end:
        line = view.slice(position, position + _MEMBER.size)
        if len(line) < _MEMBER.size or not line.startswith(_MEMBER_MAGIC):
            raise _damaged()
        _, flags, method, packed, size, name, extra, comment, offset = _MEMBER.unpack(line)
        begin = position + _MEMBER.size
        yield _Line(flags, method, packed, size, view.slice(begin, begin + name), offset)
        position = begin + name + extra + comment
        found += 1
    if count not in {found & _MOST_COUNTED, _MOST_COUNTED}:
        raise _damaged()


def _find_member(view: View, line: _Line) -> Member:
    """Find a member's bytes behind its own header, whose fields have lengths of their own."""
    try:
        name, extra = _LOCAL.unpack(view.slice(line.offset, line.offset + _LOCAL.size))
    except struct.error as error:
        raise UnreadableMail("the zip archive is damaged.", "Export the mailbox again.") from error
    start = line.offset + _LOCAL.size + name + extra
    return Member(start, start + line.packed, line.method == _DEFLATED)


def _damaged() -> UnreadableMail:
    return UnreadableMail("the zip archive is larger than 4 GB, or damaged.", "Unpack it, then name the folder.")
