"""A zip archive of mailboxes or photos: its members are read one by one, in memory, and never changed.

APPNOTE.TXT 6.3.10 (PKWARE). To replace bytes within a compressed member would move every byte after it, so a photo in
an archive is found and can be filed, and its removal is refused: the archive is to be unpacked first. What is too
large to be opened in memory, encrypted, or packed in another way than deflate is told. Office documents are archives
too, and are left.
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
from imgfile.mail.model import Enclosed, Hidden, Reason
from imgfile.mail.view import View
from imgfile.mail.wrapping import MAX_WRAPPED_BYTES, Edit

MAGIC: Final = b"PK\x03\x04"
MAX_MEMBERS: Final = 20_000
MAX_UNPACKED_BYTES: Final = 2 << 30
"""How much of one archive is unpacked in all: members may share their bytes, so that a small file holds terabytes."""

_LOCAL: Final = struct.Struct("<4x22xHH")
_END: Final = struct.Struct("<4s6xHII")
_END_MAGIC: Final = b"PK\x05\x06"
_LONGEST_END_BYTES: Final = 22 + 0xFFFF
_MEMBER: Final = struct.Struct("<4s4xHH8xIIHHH8xI")
_MEMBER_MAGIC: Final = b"PK\x01\x02"
_MOST_COUNTED: Final = 0xFFFF
_OVERHEAD_BYTES: Final = 4096
"""So much longer than its content, and a thousandth, can a deflated member be that a sane program made."""
_ENCRYPTED: Final = 1
_STORED: Final = 0
_DEFLATED: Final = 8
_DOCUMENT_BEGINNINGS: Final = (b"[Content_Types].xml", b"mimetype", b"_rels/", b"META-INF/", b"word/", b"xl/", b"ppt/")


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

    def lift(self, outer: View, edits: Sequence[Edit]) -> NoReturn:  # noqa: ARG002 - every wrapping is told
        """Refuse: nothing in an archive changes in place. Raises `UnreadableMail`."""
        raise UnreadableMail(
            "a photo lies in a zip archive, and cannot be taken out of it in place.",
            "Unpack the archive and name the folder, or erase it whole once its photos are filed:  --destroy-export",
        )


def is_document(prefix: bytes) -> bool:
    """Say whether an archive that begins with these bytes is an office document."""
    return prefix[30:].startswith(_DOCUMENT_BEGINNINGS)


def find_enclosed(view: View) -> Iterator[Enclosed | Hidden]:
    """Yield every member, numbered from 1 by its place, or why one is not read. Raises `UnreadableMail`.

    Of those beyond `MAX_MEMBERS` only the first is told.
    """
    left = MAX_UNPACKED_BYTES
    for number, (flags, method, packed, size, name, offset) in enumerate(_members(view), 1):
        if number > MAX_MEMBERS:
            yield Hidden(str(number), Reason.TOO_MANY_PARTS)
            return
        if flags & _ENCRYPTED:
            yield Hidden(str(number), Reason.ENCRYPTED)
        elif method not in {_STORED, _DEFLATED}:
            yield Hidden(str(number), Reason.UNKNOWN_ENCODING)
        elif left < 0:
            yield Hidden(str(number), Reason.TOO_LARGE)
        elif size:
            left -= size
            member = _located(view, offset, packed, is_deflated=method == _DEFLATED)
            yield Enclosed(str(number), member, size, member.unpack(view, HEAD_BYTES), name=decode_text(name))


def _members(view: View) -> Iterator[tuple[int, int, int, int, bytes, int]]:
    """Yield from the directory: flags, method, packed and unpacked size, name, offset.

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
        yield flags, method, packed, size, view.slice(begin, begin + name), offset
        position = begin + name + extra + comment
        found += 1
    if count not in {found & _MOST_COUNTED, _MOST_COUNTED}:
        raise _damaged()


def _located(view: View, offset: int, packed: int, *, is_deflated: bool) -> Member:
    """Find a member's bytes behind its own header, whose fields have lengths of their own."""
    try:
        name, extra = _LOCAL.unpack(view.slice(offset, offset + _LOCAL.size))
    except struct.error as error:
        raise UnreadableMail("the zip archive is damaged.", "Export the mailbox again.") from error
    start = offset + _LOCAL.size + name + extra
    return Member(start, start + packed, is_deflated)


def _damaged() -> UnreadableMail:
    return UnreadableMail("the zip archive is larger than 4 GB, or damaged.", "Unpack it, then name the folder.")
