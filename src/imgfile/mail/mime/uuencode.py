"""Uuencoded files within a text, as mail carried them before MIME (POSIX.1-2017, `uuencode`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imgfile.frozen import dataclass
from imgfile.mail.coding.encodings import Encoding, decode_head
from imgfile.mail.header_text import decode_text
from imgfile.mail.view import View

_NAME: Final = re.compile(rb"begin [0-7]{3,4} ([^\r\n]{0,255})")
UUENCODE_BEGIN: Final = re.compile(rb"(?<![^\n])begin [0-7]{3,4} ")
"""The line that begins one, at a text's start or behind a line break."""
_BLOCK: Final = re.compile(rb"begin [0-7]{3,4} [^\n]{0,255}\n(?:[ -`]{1,90}+\r*\n)++(?:end\b)?")
"""A name as long as file systems take; lines of at most 45 bytes, which are 61 letters, and some programs' blanks.

A file that was cut off has no `end`.
"""


@dataclass(frozen=True, slots=True)
class Block:
    """A file between `begin 644 name` and `end`: its first bytes, and where it lies, those two lines included."""

    start: int
    end: int
    head: bytes
    name: str


def find_uuencoded(view: View, start: int, end: int) -> Iterator[Block]:
    """Yield the uuencoded files within a text, whatever they are."""
    searched = start
    for begin in view.matches(UUENCODE_BEGIN, start, end):
        block = view.match(_BLOCK, begin.start(), end)
        # `begin 644 x` may stand in the coded lines themselves: what lies within a block was searched with it.
        if block is None or block.start() < searched:
            continue
        searched = block.end()
        head = decode_head(view, *block.span(), Encoding.UUENCODE)
        name = view.match(_NAME, *block.span())
        if head:
            yield Block(*block.span(), head, decode_text(name[1]) if name else "")
