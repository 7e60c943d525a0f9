"""The parts of one message, found by walking its boundary lines once (RFC 2046 §5.1, RFC 3501 §6.4.5).

Broken mail is common, so two things go beyond the grammar: a line `--anything` that `Content-…:` follows begins
a part even where nobody declared that boundary, and preambles and epilogues are given out like parts, if they hold
anything. Work is linear in the message: its lines were searched once (`mbox`), only those that may mean something are
looked at, and the stack is short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from imgfile.mail.coding.encodings import Encoding
from imgfile.mail.headers import Block, read_block, skip_blank_lines
from imgfile.mail.kinds import FileKind
from imgfile.mail.mbox import Span
from imgfile.mail.mime.content_type import LOOSE_TEXT, Declared, read_declared
from imgfile.mail.model import Header, Hidden, Reason, Signature
from imgfile.mail.view import View

MAX_DEPTH: Final = 50
"""Multiparts and messages within each other; real mail stays below 10."""
MAX_PARTS: Final = 20_000
"""Parts of one message, of which each costs memory for its numbers and names; real mail has less than a hundred."""

_BOUNDARY_LINE: Final = re.compile(rb"--([^\r\n]{0,1000}+)[^\n]*+(?:\n|\Z)")
"""Two hyphens at a line's start (RFC 2046 §5.1.1), which allows 70 characters after them; some programs take more."""
_CONTENT_FIELD: Final = re.compile(rb"[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[A-Za-z-]{2,40}[ \t]*:")
"""A part's own fields all begin so (RFC 2045 §9)."""
_LEAST_LOOSE_BYTES: Final = 24
"""What stands before or after the parts is mostly a line break; no picture is as short as this, in any encoding."""
_ARMOUR: Final = b"---BEGIN PGP MESSAGE-----"
"""What follows two hyphens where an encrypted text begins (RFC 9580 §6.2.1)."""
MESSAGE_TYPES: Final = frozenset({"message/rfc822", "message/global", "message/news"})
"""RFC 2046 §5.2.1, RFC 6532 §3.7, and one that is obsolete: a whole message as a part."""
_DIGEST: Final = "multipart/digest"


@dataclass(slots=True)
class Part:
    """A leaf, or the text before or after a multipart's parts. Its body is at `block.body`, up to `end`."""

    path: str
    block: Block
    header: Header
    declared: Declared
    signed: Signature | None
    end: int = 0
    """Set once, when the walk leaves the part."""
    begin: int | None = None
    """Where the first line begins that reads `begin 644 name`."""


@dataclass(slots=True)
class _Level:
    """An open multipart: its boundary, how its parts are numbered, and what holds for all of them."""

    boundary: bytes
    prefix: str
    depth: int
    signed: Signature | None
    default_type: str
    count: int = 0


def walk_parts(view: View, message: Span, prefix: str = "", signed: Signature | None = None) -> Iterator[Part | Hidden]:
    """Yield the parts of a message, in the order of the bytes.

    `prefix` is the number of the part that the message itself is, `signed` what was signed around it.
    """
    return _Walk(view, message, prefix, signed).run()


class _Walk:
    """A walk over the lines of one message that may mean something."""

    def __init__(self, view: View, message: Span, prefix: str, signed: Signature | None) -> None:
        self._view = view
        self._message = message
        self._end = message.end
        self._levels = [_Level(b"", prefix, 0, signed, "text/plain")]
        self._hidden: list[Hidden] = []
        self._parts = 0

    def run(self) -> Iterator[Part | Hidden]:
        """Yield each part when the line is reached that ends it."""
        prefix = self._levels[0].prefix
        part = self._open(self._message.header, _join(prefix, 1), prefix, Header.MESSAGE)
        for line in self._message.lines:
            if line < part.block.body:
                continue  # within the part's own header
            opened = self._open_at(line, part)
            if opened is not None:
                if self._close(part, line - 1):
                    yield part
                part = opened
            if self._hidden:
                yield from self._drain()
            if self._parts > MAX_PARTS:
                yield Hidden(part.path, Reason.TOO_MANY_PARTS)
                return
        if self._hidden:
            yield from self._drain()
        if self._close(part, self._end):
            yield part

    def _drain(self) -> list[Hidden]:
        """Take what was met on the way that is not entered."""
        hidden, self._hidden = self._hidden, []
        return hidden

    def _close(self, part: Part, end: int) -> bool:
        """Give a part its end, and return whether it is given out: text around the parts only if it holds much.

        The line break before a boundary belongs to the boundary (RFC 2046 §5.1.1), the message's last one does not.
        """
        start = part.block.body
        while start < end < self._end and self._view.slice(end - 1, end) == b"\r":
            end -= 1
        part.end = max(start, end)
        return part.header is not Header.NONE or end - start >= _LEAST_LOOSE_BYTES

    # --- lines that begin with two hyphens ---

    def _open_at(self, start: int, part: Part) -> Part | None:
        """Open the part that a line begins, if it is a boundary line; else it may begin a uuencoded file."""
        line = self._view.match(_BOUNDARY_LINE, start, self._end)
        if line is None:  # `begin`, the one other line that is searched for
            if part.begin is None:
                part.begin = start
            return None
        token, after = line[1].rstrip(), line.end()  # blanks may follow a boundary (RFC 2046 §5.1.1)
        # The innermost multipart first; a boundary of an outer one ends those within it, closed or not (§5.1.2).
        for index in range(len(self._levels) - 1, 0, -1):
            boundary = self._levels[index].boundary
            if token == boundary:
                del self._levels[index + 1 :]
                return self._open_next(after)
            if token == boundary + b"--":
                del self._levels[index:]
                return self._open_epilogue(after)
        if token.startswith(_ARMOUR):
            if part.declared.is_body or start > part.block.body:  # else the part as a whole is known by its beginning
                self._hidden.append(Hidden(part.path, Reason.ENCRYPTED, FileKind.ENCRYPTED))
            return None
        if part.declared.type in MESSAGE_TYPES:
            return None  # an encoded message is opened whole: its lines begin no part of this one
        is_undeclared_boundary = self._view.match(_CONTENT_FIELD, after, self._end) is not None
        return self._open_next(after) if is_undeclared_boundary else None

    def _open_next(self, start: int) -> Part:
        """Open the next part of the innermost multipart; its header begins at `start`."""
        level = self._levels[-1]
        level.count += 1
        path = _join(level.prefix, level.count)
        return self._open(read_block(self._view, start, self._end), path, path, Header.PART)

    def _open_epilogue(self, start: int) -> Part:
        """Open what follows a multipart's last boundary: it is to be ignored (RFC 2046 §5.1.1), and may hold a photo.

        It has the number of the part before it.
        """
        level = self._levels[-1]
        block = Block(b"", start, start)
        path = _join(level.prefix, max(1, level.count))
        return Part(path, block, Header.NONE, LOOSE_TEXT, level.signed)

    # --- header blocks ---

    def _open(self, block: Block, path: str, prefix: str, header: Header) -> Part:
        """Open what a header block begins, and the messages that it contains.

        `path` is the number it has as a leaf, `prefix` begins those of its parts if it is a multipart: a message's own
        multipart adds no number (RFC 3501 §6.4.5).
        """
        outer = self._levels[-1]
        depth, signed, default = outer.depth, outer.signed, outer.default_type
        while True:
            self._parts += 1
            declared = read_declared(block, default)
            signed = _signature(declared, header, signed)
            if block.is_cut:
                self._hidden.append(Hidden(path, Reason.HEADER_TOO_LONG))
            is_multipart = declared.type.startswith("multipart/")
            # An encoded message is a leaf, which `search` opens.
            is_message = declared.type in MESSAGE_TYPES and declared.encoding is Encoding.IDENTITY
            if not is_multipart and not is_message:
                return Part(path, block, header, declared, signed)
            if depth >= MAX_DEPTH:
                self._hidden.append(Hidden(path, Reason.TOO_DEEP))
                return Part(path, block, header, declared, signed)
            depth += 1
            if is_multipart:  # what follows its header is the preamble, up to its first boundary
                self._push(declared, prefix, depth, signed)
                return Part(path, block, Header.NONE, declared, signed)
            # A message's header follows that of the part; some programs leave more than one blank line between.
            block = read_block(self._view, skip_blank_lines(self._view, block.body, self._end), self._end)
            path, prefix, header, default = _join(path, 1), path, Header.MESSAGE, "text/plain"

    def _push(self, declared: Declared, prefix: str, depth: int, signed: Signature | None) -> None:
        """Keep a multipart; one without a boundary has no parts that could be told from its text."""
        boundary = declared.parameters.get("boundary", "").rstrip().encode("latin-1", "replace")
        default = "message/rfc822" if declared.type == _DIGEST else "text/plain"  # RFC 2046 §5.1.5, RFC 2045 §5.2
        if boundary:
            self._levels.append(_Level(boundary, prefix, depth, signed, default))


def _join(prefix: str, number: int) -> str:
    return f"{prefix}.{number}" if prefix else str(number)


def _signature(declared: Declared, header: Header, outer: Signature | None) -> Signature | None:
    """Return what is signed here (RFC 1847 §2.1, RFC 6376); a person's signature counts for more than a server's."""
    if declared.type == "multipart/signed" or outer is Signature.MULTIPART:
        return Signature.MULTIPART
    return Signature.DKIM if header is Header.MESSAGE and declared.has_dkim else outer
