"""A file packed by gzip (RFC 1952): a mailbox, a photo, or a tar archive, which is then read in turn.

A file may have several members, one after the other, which are one file unpacked (§2.2). Nothing changes in place: to
replace bytes in deflate would move every byte after them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Final, NoReturn

from imgfile.errors import UnreadableMail
from imgfile.frozen import dataclass
from imgfile.mail.coding.encodings import HEAD_BYTES
from imgfile.mail.header_text import decode_text
from imgfile.mail.model import Enclosed, Hidden
from imgfile.mail.verdict.outside import is_blank, outside
from imgfile.mail.view import View
from imgfile.mail.wrapping import MAX_WRAPPED_BYTES, Edit

_FORMAT: Final = 16 + zlib.MAX_WBITS
"""What zlib calls gzip."""
_PIECE_BYTES: Final = 1 << 16
_HEADER_BYTES: Final = 10
_EXTRA: Final = 4
_NAMED: Final = 8
"""Bits of the flags (§2.3.1): an extra field, a file name that ends in a null byte."""
_LONGEST_NAME_BYTES: Final = 255


@dataclass(frozen=True, slots=True)
class Packed:
    """The whole of a gzip file."""

    def open(self, outer: View) -> View:
        """Unpack it. Raises `UnreadableMail` when it is damaged, or too large."""
        return View(unpack(outer, MAX_WRAPPED_BYTES))

    def lift(self, outer: View, edits: Sequence[Edit]) -> NoReturn:  # noqa: ARG002 - every wrapping is given them
        """Refuse: nothing in it changes in place. Raises `UnreadableMail`."""
        raise UnreadableMail(
            "a photo lies in a gzip file, and cannot be taken out of it in place.",
            "Unpack it and name what it holds, or erase it whole once its photos are filed:  --destroy-export",
        )


def find_enclosed(view: View) -> Iterator[Enclosed | Hidden]:
    """Yield the one file in it, and report what follows the last member. Raises `UnreadableMail`."""
    data, end = _unpack(view, MAX_WRAPPED_BYTES)  # nothing that it says of its length can be relied on
    view.budget.unpack(len(data))
    yield Enclosed("1", Packed(), len(data), data[:HEAD_BYTES], name=_name(view))
    if not is_blank(view, [(end, len(view))]):  # tapes and block devices fill up with noughts
        yield outside("2", len(view) - end)


def unpack(view: View, limit: int) -> bytes:
    """Unpack every member. Raises `UnreadableMail` beyond `limit` bytes, and when it is damaged or cut off."""
    return _unpack(view, limit)[0]


def _unpack(view: View, limit: int) -> tuple[bytes, int]:
    """Unpack every member, and return where the last one ends too. Raises `UnreadableMail`."""
    pieces: list[bytes] = []
    length, engine = 0, zlib.decompressobj(_FORMAT)
    position, packed = 0, b""
    while True:
        if not packed:
            packed = view.slice(position, min(len(view), position + _PIECE_BYTES))
            position += len(packed)
        if engine.eof and not packed.startswith(b"\x1f\x8b"):  # what follows is no member
            return b"".join(pieces), position - len(packed)
        if not packed:
            raise UnreadableMail("the gzip file is cut off.", "Ask for it again.")
        engine = zlib.decompressobj(_FORMAT) if engine.eof else engine
        try:
            pieces.append(engine.decompress(packed, limit + 1 - length))
        except zlib.error as error:
            raise UnreadableMail("the gzip file is damaged.", "Unpack it, then name what it holds.") from error
        length += len(pieces[-1])
        if length > limit:
            view.budget.unpack(length)
            raise UnreadableMail("the gzip file is too large to be opened.", "Unpack it, then name what it holds.")
        packed = engine.unused_data if engine.eof else engine.unconsumed_tail


def _name(view: View) -> str | None:
    """Read the name of the file that was packed (§2.3)."""
    header = view.slice(0, _HEADER_BYTES)
    if not header[3:4] or not header[3] & _NAMED or header[3] & _EXTRA:
        return None
    return decode_text(view.slice(_HEADER_BYTES, _HEADER_BYTES + _LONGEST_NAME_BYTES).partition(b"\0")[0])
