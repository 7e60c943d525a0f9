"""Which pictures of a message its HTML shows: those whose Content-ID an address `cid:` names (RFC 2392)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from imgfile.errors import UnreadableMail
from imgfile.mail.coding.encodings import Encoding, decode
from imgfile.mail.mbox import Span, find_lines
from imgfile.mail.mime.parts import Part, walk_parts
from imgfile.mail.view import View

MAX_HTML_BYTES: Final = 16 << 20
"""How much of the HTML of one message is looked at."""
_ADDRESS: Final = re.compile(rb"\bcid:([^\s\"'<>)\\]{1,500})", re.IGNORECASE)


class ShownPictures:
    """The addresses in a message's HTML; read once, and only where a picture's disposition leaves it open."""

    __slots__ = ("_found", "_message", "_view")

    def __init__(self, view: View, message: Span) -> None:
        self._view = view
        self._message = message
        self._found: frozenset[bytes] | None = None

    def has(self, content_id: str) -> bool:
        """Return whether the HTML shows the picture of a Content-ID, given without its angle brackets."""
        if self._found is None:
            self._found = self._read()
        return content_id.encode("latin-1", "replace") in self._found

    def _read(self) -> frozenset[bytes]:
        view, message = self._view, self._message
        again = Span(message.number, message.header, message.end, find_lines(view, message.header.body, message.end))
        left, found = MAX_HTML_BYTES, set[bytes]()
        for part in walk_parts(view, again):
            if isinstance(part, Part) and "html" in part.declared.type and left > 0:
                start, end = part.block.body, min(part.end, part.block.body + left)
                left -= end - start
                found.update(map(unquote_to_bytes, _ADDRESS.findall(_text(view, start, end, part.declared.encoding))))
        return frozenset(found)


def _text(view: View, start: int, end: int, encoding: Encoding | None) -> bytes:
    try:
        return decode(view.slice(start, end), encoding or Encoding.IDENTITY)
    except UnreadableMail:
        return b""
