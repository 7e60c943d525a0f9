"""Where a header block ends, and what its MIME fields say (RFC 5322 §2.2, RFC 2045 §5, RFC 2183, RFC 2231).

Lenient as mail readers are: a malformed line inside a block is passed over, a block without its blank line
ends at the first line that is no field. Every offset counts from the mailbox's first byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from imgfile.mail.mapping import View
from imgfile.mail.words import decode_parameter

MAX_BLOCK_BYTES: Final = 1 << 20
"""A longer header block is nobody's mail; what follows its limit counts as body."""
MAX_VALUE_BYTES: Final = 16 << 10
"""What is looked at of one field: enough for a long list of addresses, little enough to stay quick."""
MAX_PARAMETERS: Final = 64

_FIELDS: Final = re.compile(rb"(?:(?!--)[!-9;-~]++[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z))*+")
"""As many well-formed fields as follow each other, none included."""
_FIELD: Final = re.compile(rb"([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
_FIELD_AHEAD: Final = re.compile(rb"(?!--)[!-9;-~]{1,200}[ \t]*:")
_BLANK_LINE: Final = re.compile(rb"\r*\n")
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

    __slots__ = ("_folded", "_text", "body", "fields_end", "is_cut", "start")

    def __init__(self, text: bytes, start: int, body: int, *, is_cut: bool = False) -> None:
        self.start = start
        self.fields_end = start + len(text)
        self.body = body
        self.is_cut = is_cut
        """The block is longer than `MAX_BLOCK_BYTES`."""
        self._text = text
        self._folded = b"\n" + text.lower()

    @property
    def is_terminated(self) -> bool:
        """Whether a blank line ends the block."""
        return self.body > self.fields_end

    @property
    def content(self) -> list[Field]:
        """Every `Content-…` field, in order."""
        found, at = [], self._folded.find(b"\ncontent-")
        while at >= 0:
            here = self._field_at(at)
            if here is not None:
                found.append(here)
            at = self._folded.find(b"\ncontent-", at + 1)
        return found

    def find(self, name: bytes) -> Field | None:
        """Return the first field of a name, given in lower case."""
        line = b"\n" + name
        at = self._folded.find(line)
        while at >= 0:
            found = self._field_at(at)
            if found is not None and found.name == name:
                return found
            at = self._folded.find(line, at + 1)
        return None

    def text(self, name: bytes) -> str:
        """Return a field's value on one line, or an empty string: bytes beyond ASCII as Latin-1."""
        found = self.find(name)
        return "" if found is None else " ".join(found.value.decode("latin-1").split())

    def _field_at(self, at: int) -> Field | None:
        """Read the line that begins at an offset in the block; None for one that is malformed."""
        match = _FIELD.match(self._text, at)
        if match is None:
            return None
        return Field(match[1].lower(), self.start + at, self.start + match.end(), match[2][:MAX_VALUE_BYTES])


def read_block(view: View, start: int, end: int) -> Block:
    """Read the header block that begins at `start`, of a part or message that reaches at most to `end`."""
    limit = min(end, start + MAX_BLOCK_BYTES)
    position = start
    while True:
        fields = view.match(_FIELDS, position, limit)
        position = fields.end() if fields else position
        blank = view.match(_BLANK_LINE, position, end)
        following = None if blank else _malformed_line_end(view, position, limit)
        if following is None:
            break
        position = following
    body = blank.end() if blank else position
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
        return _ESCAPED.sub(r"\1", text[1:-1])
    return text
