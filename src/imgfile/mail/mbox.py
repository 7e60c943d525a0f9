"""Where messages begin in an mbox, of every flavour (RFC 4155; mboxo, mboxrd, mboxcl, mboxcl2).

A separator is `From ` at a line's start followed by a line that looks like a header field. No blank line before
it is needed, and a bare `From ` counts: old Thunderbird stores have it. mboxcl2 does not quote `From ` in
bodies, so a Content-Length is believed where it lands exactly on a separator or the end of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass  # the standard one: there is one for each message
from typing import Final

from imgfile.mail.headers import Block, read_block
from imgfile.mail.view import View

_MARK: Final = re.compile(rb"\n(?:--|From |begin [0-7]{3,4} )")
"""What may be a separator, a boundary line, or where a uuencoded file begins: one search, for it sees every line."""
_SEPARATOR_LENGTH: Final = len(b"\nFrom ")
_SEPARATOR: Final = re.compile(rb"(?:\r?\n)*From [^\n]{0,1000}\n(?=(?:>?From |[!-9;-~]{1,200}[ \t]*:))")
"""RFC 4155 appendix A, without what it says of address and date: programs write what they like there.

A field's name must follow (RFC 5322 §2.2), or a second separator, which some gateways add, quoted or not.
"""
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_REST: Final = re.compile(rb"(?:\r?\n)*\Z")
"""What may follow the last message."""
_NUMBER: Final = re.compile(r"\d{1,15}")

MAX_LINES: Final = 100_000
"""How many lines of one message are kept in mind; a message with more of them is searched once more."""


@dataclass(frozen=True, slots=True)
class Span:
    """One message: its number from 1, its header, where it ends, and its lines."""

    number: int
    header: Block
    end: int
    lines: Iterable[int]
    """Where the lines begin that may mean something, in order; some may stand in the header."""


def text_start(prefix: bytes) -> int:
    """Return where a text begins: behind the byte order mark that some editors write before UTF-8 (RFC 3629 §6)."""
    return len(_BYTE_ORDER_MARK) if prefix.startswith(_BYTE_ORDER_MARK) else 0


def is_mbox(prefix: bytes) -> bool:
    """Return whether a file that begins with these bytes is an mbox."""
    return _SEPARATOR.match(prefix, text_start(prefix)) is not None


def find_lines(view: View, start: int, end: int) -> Iterator[int]:
    """Yield where lines begin that may be a boundary or the beginning of a uuencoded file."""
    return (mark.start() + 1 for mark in view.matches(_MARK, max(start - 1, 0), end) if not _is_separator(mark))


def find_messages(view: View) -> Iterator[Span]:
    """Yield the messages of an mbox in order, each as soon as its end is known."""
    length = len(view)
    first = view.match(_SEPARATOR, text_start(view.slice(0, len(_BYTE_ORDER_MARK))), length)
    if first is None:
        return
    message = _OpenMessage(view, 1, first.end())
    for mark in view.matches(_MARK, first.end() - 1, length):
        start, end = mark.span()
        line = start + 1
        if end - start != _SEPARATOR_LENGTH:
            message.keep_line(line)
            continue
        separator = view.match(_SEPARATOR, line, length)
        if separator and message.may_end(line):
            yield message.span(line)
            message = _OpenMessage(view, message.number + 1, separator.end())
    yield message.span(length)


def _is_separator(mark: re.Match[bytes]) -> bool:
    """Decide by the length, for a group in the pattern makes the search a fifth slower."""
    return mark.end() - mark.start() == _SEPARATOR_LENGTH


class _OpenMessage:
    """A message whose end is not known yet."""

    __slots__ = ("_declared_end", "_header", "_lines", "_start", "_view", "number")

    def __init__(self, view: View, number: int, start: int) -> None:
        self.number = number
        self._view = view
        self._start = start
        self._lines: list[int] = []
        self._header: Block | None = None
        self._declared_end = 0

    def keep_line(self, line: int) -> None:
        """Keep a line that may mean something."""
        if len(self._lines) < MAX_LINES:
            self._lines.append(line)

    def may_end(self, line: int) -> bool:
        """Return whether it may end at a line that looks like a separator: its Content-Length may know better."""
        if self._header is None:
            self._header = read_block(self._view, self._start, line)
            self._declared_end = _declared_end(self._view, self._header)
        return line >= self._declared_end

    def span(self, end: int) -> Span:
        """Return where it lies, now that its end is known."""
        header = self._header or read_block(self._view, self._start, end)
        is_whole = len(self._lines) < MAX_LINES
        return Span(self.number, header, end, self._lines if is_whole else find_lines(self._view, header.body, end))


def _declared_end(view: View, header: Block) -> int:
    """Return where Content-Length says the message ends; 0 where that is not the end of a message."""
    value = header.text(b"content-length")
    number = _NUMBER.fullmatch(value) if value else None
    if number is None or not header.is_terminated:
        return 0
    end = header.body + int(number[0])
    is_end = end <= len(view) and (view.match(_SEPARATOR, end, len(view)) or view.match(_REST, end, len(view)))
    return end if is_end else 0
