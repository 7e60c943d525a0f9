"""Pictures that stand loose in a text body: uuencoded ones, and `data:` addresses in HTML, which are only noticed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imgfile.errors import UnreadableMail
from imgfile.mail.encodings import Encoding, Kind, decode, decode_head, picture_kind
from imgfile.mail.view import View

_UU_BEGIN: Final = re.compile(rb"\nbegin [0-7]{3,4} ")
_UU_BLOCK: Final = re.compile(rb"begin [0-7]{3,4} [^\n]{0,255}\n(?:[ -`]{1,90}+\r*\n)++(?:end\b)?")
_DATA_URI: Final = re.compile(rb":(?<=[dD][aA][tT][aA]:)(?:=\r?\n)?[iI][mM][aA][gG][eE]/")
"""Begins with the colon, for a search for one letter is many times as quick as one for several."""
MAX_HTML_BYTES: Final = 16 << 20
"""How much of a base64-coded HTML text is decoded to look for `data:` pictures."""


def find_uuencoded(view: View, start: int, end: int) -> Iterator[tuple[Kind, int, int]]:
    """Find images between `begin 644 name` and `end` within a text (POSIX uuencode): what each is, where it lies."""
    searched = start
    for begin in view.matches(_UU_BEGIN, max(start - 1, 0), end):
        block = view.match(_UU_BLOCK, begin.start() + 1, end)
        if block is None or block.start() < searched:
            continue
        searched = block.end()
        kind = picture_kind(decode_head(view, *block.span(), Encoding.UUENCODE))
        if kind is not None:
            yield kind, *block.span()


def has_data_uri(view: View, start: int, end: int, encoding: Encoding | None) -> bool:
    """Say whether an HTML text holds a picture in the address of one."""
    if encoding is not Encoding.BASE64:
        return any(True for _ in view.matches(_DATA_URI, start, end))
    try:
        return _DATA_URI.search(decode(view.slice(start, min(end, start + MAX_HTML_BYTES)), encoding)) is not None
    except UnreadableMail:
        return False
