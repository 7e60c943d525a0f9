"""Where a header block ends, and what its MIME fields say (RFC 5322 §2.2, RFC 2045 §5, RFC 2183, RFC 2231).

Lenient as mail readers are: a malformed line inside a block is passed over, a block without its blank line
ends at the first line that is no field. Every offset counts from the mailbox's first byte.
"""

from __future__ import annotations

import re
from typing import Final

from imgfile.frozen import dataclass, field
from imgfile.mail.header_text import decode_parameter
from imgfile.mail.view import View

MAX_BLOCK_BYTES: Final = 1 << 20
"""A longer header block is nobody's mail; what follows its limit counts as body."""
MAX_VALUE_BYTES: Final = 16 << 10
"""What is looked at of one field: enough for a long list of addresses, little enough to stay quick."""
MAX_PARAMETERS: Final = 64

_FIELDS: Final = re.compile(rb"((?:(?!--)[!-9;-~]++[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z))*+)(\r*+\n)?+")
"""As many well-formed fields as follow each other, none included, and the blank line after them."""
_FIELD: Final = re.compile(rb"([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
_FIELD_AHEAD: Final = re.compile(rb"(?!--)[!-9;-~]{1,200}[ \t]*:")
_BLANK_LINES: Final = re.compile(rb"(?:[ \t\r]*\n)*+")
_LINE: Final = re.compile(rb"[^\n]*+(?:\n|\Z)")
_PARAMETER: Final = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*+"|[^;\s]*)', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_SECTION: Final = re.compile(r"(.+?)\*(\d{1,3})\*?")


@dataclass(frozen=True, slots=True)
class Field:
    """One header field: its lower-case name, where it begins, and where the line after it begins."""

    name: bytes
    start: int
    end: int
    value: bytes = field(repr=False)
    """At most `MAX_VALUE_BYTES`, unfolded by whoever reads it."""


class Block:
    """A header block: its first byte, the end of its field lines, and the first byte of the body.

    Fields are looked up when somebody asks: of most parts, two are of interest.
    """

    __slots__ = ("_folded", "body", "is_cut", "raw", "start")

    def __init__(self, raw: bytes, start: int, body: int, *, is_cut: bool = False) -> None:
        self.start = start
        self.body = body
        self.is_cut = is_cut
        """The block is longer than `MAX_BLOCK_BYTES`."""
        self.raw = raw
        """The field lines."""
        self._folded: bytes | None = None

    @property
    def fields_end(self) -> int:
        """Where the field lines end, and the blank line begins if there is one."""
        return self.start + len(self.raw)

    @property
    def is_terminated(self) -> bool:
        """Whether a blank line ends the block."""
        return self.body > self.fields_end

    @property
    def content(self) -> list[Field]:
        """Every `Content-…` field, in order."""
        found = []
        match = self._next(b"content-", 0)
        while match:
            found.append(self._field(match))
            match = self._next(b"content-", match.end())
        return found

    def find(self, name: bytes) -> Field | None:
        """Return the first field of a name, given in lower case."""
        match = self._named(name)
        return self._field(match) if match else None

    def has(self, name: bytes) -> bool:
        """Return whether there is a field of a name, given in lower case."""
        return b"\n" + name + b":" in (self._folded or self._fold())

    def text(self, name: bytes) -> str:
        """Return a field's value on one line, or an empty string: bytes beyond ASCII as Latin-1."""
        match = self._named(name)
        return " ".join(match[2][:MAX_VALUE_BYTES].decode("latin-1").split()) if match else ""

    def _named(self, name: bytes) -> re.Match[bytes] | None:
        match = self._next(name, 0)
        while match and len(match[1]) != len(name):
            match = self._next(name, match.end())
        return match

    def _next(self, beginning: bytes, at: int) -> re.Match[bytes] | None:
        """Match the next well-formed field whose name begins so, in whatever case, from a line's start on."""
        folded, line = self._folded or self._fold(), b"\n" + beginning
        at = folded.find(line, at)
        while at >= 0:
            match = _FIELD.match(self.raw, at)
            if match:
                return match
            at = folded.find(line, at + 1)
        return None

    def _fold(self) -> bytes:
        """Return the block in lower case, a line break before it, and keep it."""
        self._folded = b"\n" + self.raw.lower()
        return self._folded

    def _field(self, match: re.Match[bytes]) -> Field:
        start, end = match.span()
        return Field(match[1].lower(), self.start + start, self.start + end, match[2][:MAX_VALUE_BYTES])


def read_block(view: View, start: int, end: int) -> Block:
    """Read the header block that begins at `start`, of a part or message that reaches at most to `end`."""
    limit = min(end, start + MAX_BLOCK_BYTES)
    fields = view.match(_FIELDS, start, limit)
    if fields is not None and fields[2]:  # so it is nearly always, and needs no second look
        return Block(fields[1], start, fields.end())
    position = start
    while fields is not None:
        position = fields.end(1)
        following = None if fields[2] else _malformed_line_end(view, position, limit)
        if following is None:
            break
        fields = view.match(_FIELDS, following, limit)
    body = fields.end() if fields else position
    return Block(view.slice(start, position), start, body, is_cut=position >= limit < end)


def _malformed_line_end(view: View, position: int, limit: int) -> int | None:
    """Return where the line after a malformed one begins, if the block goes on there."""
    line = view.match(_LINE, position, limit)
    if line is None or not line[0].strip() or line[0].startswith(b"--"):
        return None
    return line.end() if view.match(_FIELD_AHEAD, line.end(), limit) else None


def skip_blank_lines(view: View, start: int, end: int) -> int:
    """Return where the first line that holds anything begins."""
    match = view.match(_BLANK_LINES, start, end)
    return match.end() if match else start


def parse_value(value: str) -> tuple[str, dict[str, str]]:
    """Split `type/subtype; name=value; …` into its lower-case first word and its parameters (RFC 2045, 2231)."""
    word, semicolon, _ = value.partition(";")
    if not semicolon:
        return word.strip().lower(), {}
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, str]] = {}
    for index, match in enumerate(_PARAMETER.finditer(value[:MAX_VALUE_BYTES])):
        if index >= MAX_PARAMETERS:
            break
        name, text = match[1].lower(), _unquote(match[2])
        if "*" not in name:
            plain.setdefault(name, text)
            continue
        section = _SECTION.fullmatch(name)
        if section:
            sections.setdefault(section[1], {}).setdefault(int(section[2]), text)
        elif name.endswith("*"):
            sections.setdefault(name[:-1], {}).setdefault(0, text)
        else:
            plain.setdefault(name, text)
    for name, numbered in sections.items():
        plain[name] = decode_parameter("".join(numbered[index] for index in sorted(numbered)))
    return word.strip().lower(), plain


def _unquote(text: str) -> str:
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        text = text[1:-1]
        return _ESCAPED.sub(r"\1", text) if "\\" in text else text
    return text
