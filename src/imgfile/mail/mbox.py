"""Where messages begin in an mbox, of every flavour (RFC 4155; mboxo, mboxrd, mboxcl, mboxcl2).

A separator is `From ` at a line's start followed by a line that looks like a header field. No blank line before
it is needed, and a bare `From ` counts: old Thunderbird stores have it. mboxcl2 does not quote `From ` in
bodies, so a Content-Length is believed where it lands exactly on a separator or the end of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from imgfile.mail.headers import read_block
from imgfile.mail.mapping import View

_MARK: Final = re.compile(rb"\nFrom ")
_SEPARATOR: Final = re.compile(rb"(?:\r?\n)*From [^\n]{0,1000}\n(?=(?:>?From |[!-9;-~]{1,200}[ \t]*:))")
_REST: Final = re.compile(rb"(?:\r?\n)*\Z")
_LENGTH: Final = b"\ncontent-length"
MAX_LENGTH_OFFSET_BYTES: Final = 64 << 10
"""How far into a message Content-Length is looked for."""
_NUMBER: Final = re.compile(r"\d{1,15}")


@dataclass(frozen=True, slots=True)
class Span:
    """One message: its number from 1, where its header begins, where it ends."""

    number: int
    start: int
    end: int


def is_mbox(prefix: bytes) -> bool:
    """Say whether a file that begins with these bytes is an mbox."""
    return _SEPARATOR.match(prefix) is not None


def find_messages(view: View) -> Iterator[Span]:
    """Yield the messages of an mbox in order, each as soon as its end is known."""
    number, start = 0, 0
    declared_end: int | None = None
    for begin, header in _separators(view):
        if number:
            if declared_end is None:
                declared_end = _declared_end(view, start, begin)
            if begin < declared_end:
                continue
            yield Span(number, start, begin)
        number, start, declared_end = number + 1, header, None
    if number:
        yield Span(number, start, len(view))


def _separators(view: View) -> Iterator[tuple[int, int]]:
    """Yield where each separator line begins, and where the header after it does."""
    first = view.match(_SEPARATOR, 0, len(view))
    if first is None:
        return
    yield 0, first.end()
    for mark in view.matches(_MARK, first.end() - 1, len(view)):
        match = view.match(_SEPARATOR, mark.start() + 1, len(view))
        if match:
            yield mark.start() + 1, match.end()


def _declared_end(view: View, header: int, separator: int) -> int:
    """Return where Content-Length says the message ends; 0 where that is not the end of a message."""
    if _LENGTH not in view.slice(header, min(separator, header + MAX_LENGTH_OFFSET_BYTES)).lower():
        return 0  # nearly always, and found out without reading every header twice
    block = read_block(view, header, len(view))
    number = _NUMBER.fullmatch(block.text(b"content-length"))
    if number is None:
        return 0
    end = block.body + int(number[0])
    is_end = end <= len(view) and (view.match(_SEPARATOR, end, len(view)) or view.match(_REST, end, len(view)))
    return end if is_end else 0
