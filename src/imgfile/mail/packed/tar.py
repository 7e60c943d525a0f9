"""A tar archive: files one after the other, as they are, each behind a header of 512 bytes (POSIX.1-2017, pax).

Nothing in it depends on a file's bytes, so a photo can leave it in place. Names beyond a header's 100 bytes stand in a
member of their own before it (GNU `L`, pax `x`); they are for the terminal alone, and a pax name is left unread. The
archive of another order of headers, or with a wrong sum, is damaged from there on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imgfile.errors import UnreadableMail
from imgfile.frozen import dataclass
from imgfile.mail.coding.encodings import HEAD_BYTES
from imgfile.mail.header_text import decode_text
from imgfile.mail.kinds import FileKind, file_kind
from imgfile.mail.model import Enclosed, Hidden, Reason
from imgfile.mail.packed.stretch import Stretch
from imgfile.mail.view import View

_BLOCK_BYTES: Final = 512
_NAME: Final = slice(0, 100)
_SIZE: Final = slice(124, 136)
_SUM: Final = slice(148, 156)
_TYPE: Final = slice(156, 157)
"""Where a header's fields stand."""
_FILES: Final = frozenset({b"0", b"\0", b"7"})
"""A regular file, as it is written, as it was written once, and one that is contiguous."""
_LONG_NAME: Final = b"L"
"""GNU tar: the next file's name."""
_SPARSE: Final = b"S"
"""GNU tar: a file with holes, whose bytes are not all there."""
_MOST_NAME_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class _Member:
    """A header: what follows it, and where."""

    type: bytes
    name: bytes
    start: int
    size: int

    @property
    def following(self) -> int:
        """Where the next header begins: files are filled up to whole blocks."""
        return self.start + -(-self.size // _BLOCK_BYTES) * _BLOCK_BYTES


def find_enclosed(view: View) -> Iterator[Enclosed | Hidden]:
    """Yield every file, numbered from 1 by its place, or why it is not read. Raises `UnreadableMail`."""
    name = b""
    for number, member in enumerate(_members(view), 1):
        view.budget.open_member()
        if member.type == _LONG_NAME:
            name = view.slice(member.start, member.start + min(member.size, _MOST_NAME_BYTES)).rstrip(b"\0")
            continue
        shown, name = decode_text(name or member.name), b""
        if member.type in _FILES:
            end = min(len(view), member.start + member.size)
            head = view.slice(member.start, min(end, member.start + HEAD_BYTES))
            yield Enclosed(str(number), Stretch(member.start, end), end - member.start, head, name=shown)
        elif member.type == _SPARSE:
            kind = file_kind(b"", shown) or FileKind.UNKNOWN
            yield Hidden(str(number), Reason.UNKNOWN_ENCODING, kind, shown, member.size)


def _members(view: View) -> Iterator[_Member]:
    """Yield the headers up to the two empty blocks that end an archive, or to its end."""
    position = 0
    while position + _BLOCK_BYTES <= len(view):
        header = view.slice(position, position + _BLOCK_BYTES)
        if not header.strip(b"\0"):
            return
        if not is_header(header):
            raise UnreadableMail("the tar archive is damaged.", "Unpack it, then name the folder.")
        name = header[_NAME].partition(b"\0")[0]
        member = _Member(header[_TYPE], name, position + _BLOCK_BYTES, _number(header[_SIZE]))
        yield member
        position = member.following


def is_header(block: bytes) -> bool:
    """Return whether a block is a header: the sum of its bytes stands in it, those of the sum itself as blanks."""
    if len(block) < _BLOCK_BYTES:
        return False
    total = sum(block[:_BLOCK_BYTES]) - sum(block[_SUM]) + len(block[_SUM]) * ord(" ")
    return block[0] != 0 and _number(block[_SUM]) == total


def _number(field: bytes) -> int:
    """Read a number: octal digits, or for a large file 255 bits behind a mark (GNU, and POSIX pax since)."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    return int(digits, 8) if digits.isdigit() and not digits.strip(b"01234567") else 0
