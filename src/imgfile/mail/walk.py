"""The parts of one message, found by walking its boundary lines once (RFC 2046 §5.1, RFC 3501 §6.4.5).

Broken mail is common, so two things go beyond the grammar: a line `--anything` that `Content-…:` follows begins
a part even where nobody declared that boundary, and preambles and epilogues are given out like parts. Work is
linear in the message: each line is looked at once, and the stack is short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from imgfile.mail.attachments import Header, Reason, Signature
from imgfile.mail.encodings import Encoding, declared_encoding
from imgfile.mail.headers import Block, parse_value, read_block, skip_blank_lines
from imgfile.mail.mapping import View

MAX_DEPTH: Final = 50
"""Multiparts and messages within each other; real mail stays below 10."""
MAX_PARTS: Final = 20_000
"""Parts of one message."""

_DASHES: Final = re.compile(rb"\n--")
_BOUNDARY_LINE: Final = re.compile(rb"--([^\r\n]{0,1000}+)[^\n]*+(?:\n|\Z)")
_CONTENT_FIELD: Final = re.compile(rb"[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[A-Za-z-]{2,40}[ \t]*:")
_ARMOUR: Final = b"---BEGIN PGP MESSAGE-----"
MESSAGE_TYPES: Final = frozenset({"message/rfc822", "message/global", "message/news"})


@dataclass(slots=True)
class Part:
    """A leaf, or the text before or after a multipart's parts. Its body is at `block.body`, up to `end`."""

    path: str
    block: Block
    header: Header
    type: str
    parameters: dict[str, str] = field(repr=False)
    encoding: Encoding | None
    """None for one that is not known."""
    signed: Signature | None
    end: int = 0
    """Set once, when the walk leaves the part."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A place that the walk does not enter."""

    path: str
    reason: Reason


@dataclass(slots=True)
class _Level:
    """An open multipart: its boundary, how its parts are numbered, and what holds for all of them."""

    boundary: bytes
    prefix: str
    depth: int
    signed: Signature | None
    default_type: str
    count: int = 0


def walk_parts(
    view: View, start: int, end: int, prefix: str = "", signed: Signature | None = None
) -> Iterator[Part | Hidden]:
    """Yield the parts of the message from `start` to `end`, in the order of the bytes.

    `prefix` is the number of the part that the message itself is, `signed` what was signed around it.
    """
    return _Walk(view, end, prefix, signed).run(start)


class _Walk:
    def __init__(self, view: View, end: int, prefix: str, signed: Signature | None) -> None:
        self._view = view
        self._end = end
        self._levels = [_Level(b"", prefix, 0, signed, "text/plain")]
        self._hidden: list[Hidden] = []
        self._parts = 0

    def run(self, start: int) -> Iterator[Part | Hidden]:
        prefix = self._levels[0].prefix
        part = self._open(start, _join(prefix, 1), prefix, Header.MESSAGE)
        for mark in self._view.matches(_DASHES, max(part.block.body - 1, 0), self._end):
            opened = self._open_at(mark.start() + 1, part)
            if opened is not None:
                yield self._closed(part, mark.start())
                part = opened
            yield from self._drain()
            if self._parts > MAX_PARTS:
                yield Hidden(part.path, Reason.TOO_MANY_PARTS)
                return
        yield from self._drain()
        yield self._closed(part, self._end)

    def _drain(self) -> list[Hidden]:
        hidden, self._hidden = self._hidden, []
        return hidden

    def _closed(self, part: Part, end: int) -> Part:
        """Give a part its end: the line break before a boundary belongs to the boundary."""
        start = part.block.body
        while start < end < self._end and self._view.slice(end - 1, end) == b"\r":
            end -= 1
        part.end = max(start, end)
        return part

    # --- lines that begin with two hyphens ---

    def _open_at(self, start: int, part: Part) -> Part | None:
        """Open the part that a line begins, if it is a boundary line."""
        line = self._view.match(_BOUNDARY_LINE, start, self._end)
        if line is None:  # pragma: no cover - two hyphens stand there
            return None
        token, after = line[1].rstrip(), line.end()
        for index in range(len(self._levels) - 1, 0, -1):
            boundary = self._levels[index].boundary
            if token == boundary:
                del self._levels[index + 1 :]
                return self._open_next(after)
            if token == boundary + b"--":
                del self._levels[index:]
                return self._open_epilogue(after)
        if token.startswith(_ARMOUR):
            self._hidden.append(Hidden(part.path, Reason.ENCRYPTED))
        elif part.type not in MESSAGE_TYPES and self._view.match(_CONTENT_FIELD, after, self._end):
            return self._open_next(after)
        return None

    def _open_next(self, start: int) -> Part:
        level = self._levels[-1]
        level.count += 1
        path = _join(level.prefix, level.count)
        return self._open(start, path, path, Header.PART)

    def _open_epilogue(self, start: int) -> Part:
        level = self._levels[-1]
        block = Block(b"", start, start)
        path = _join(level.prefix, max(1, level.count))
        return Part(path, block, Header.NONE, "text/plain", {}, Encoding.IDENTITY, level.signed)

    # --- header blocks ---

    def _open(self, start: int, path: str, prefix: str, header: Header) -> Part:
        """Read the header block at `start`, and those of the messages it contains; `path` is a leaf's number."""
        outer = self._levels[-1]
        depth, signed, default = outer.depth, outer.signed, outer.default_type
        while True:
            self._parts += 1
            block = read_block(self._view, start, self._end)
            kind, parameters = parse_value(block.text(b"content-type") or default)
            encoding = declared_encoding(block.text(b"content-transfer-encoding"))
            signed = _signature(kind, header, block, signed)
            if block.is_cut:
                self._hidden.append(Hidden(path, Reason.HEADER_TOO_LONG))
            is_message = kind in MESSAGE_TYPES and encoding is Encoding.IDENTITY
            if not (is_message or kind.startswith("multipart/")):
                break
            if depth >= MAX_DEPTH:
                self._hidden.append(Hidden(path, Reason.TOO_DEEP))
                break
            depth += 1
            if not is_message:
                self._push(kind, parameters, prefix, depth, signed)
                header = Header.NONE
                break
            start = skip_blank_lines(self._view, block.body, self._end)
            path, prefix, header, default = _join(path, 1), path, Header.MESSAGE, "text/plain"
        return Part(path, block, header, kind, parameters, encoding, signed)

    def _push(self, kind: str, parameters: dict[str, str], prefix: str, depth: int, signed: Signature | None) -> None:
        boundary = parameters.get("boundary", "").rstrip().encode("latin-1", "replace")
        default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        if boundary:
            self._levels.append(_Level(boundary, prefix, depth, signed, default))


def _join(prefix: str, number: int) -> str:
    return f"{prefix}.{number}" if prefix else str(number)


def _signature(kind: str, header: Header, block: Block, outer: Signature | None) -> Signature | None:
    """Say what is signed here; a person's signature counts for more than a server's."""
    if kind == "multipart/signed" or outer is Signature.MULTIPART:
        return Signature.MULTIPART
    if header is Header.MESSAGE and block.find(b"dkim-signature"):
        return Signature.DKIM
    return outer
