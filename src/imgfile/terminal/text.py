r"""Which characters may reach a terminal or a line of data: what Python calls printable, and no more.

`sanitise` is for people and replaces, `reversible` is for data and escapes; both keep one line one line. The
allow-list is `str.isprintable` (Unicode categories L, M, N, P, S) less the letters and marks that nobody sees.
`folded` breaks a line that a screen would break within a word.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_COMMAND: Final = "  imgfile "
"""What a command follows, or begins with, in a line for people."""
_TIE: Final = "\N{NO-BREAK SPACE}"
"""Stands for a space at which a line is not broken; `sanitise` lets no other one through."""
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_INVISIBLE: Final = frozenset(
    "\N{COMBINING GRAPHEME JOINER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}\N{KHMER VOWEL INHERENT AQ}"
    "\N{KHMER VOWEL INHERENT AA}\N{HANGUL FILLER}\N{HALFWIDTH HANGUL FILLER}\N{BRAILLE PATTERN BLANK}"
    "\u180b\u180c\u180d\u180f"
) | frozenset(map(chr, (*range(0xFE00, 0xFE0E), *range(0xE0100, 0xE01F0))))
"""Letters and marks that Unicode calls printable and nobody sees; U+FE0E and U+FE0F only choose an emoji's style."""


def sanitise(text: str) -> str:
    """Return text that can only be read, never obeyed, by a terminal: one line, idempotent.

    A tab and every kind of space become a space; C0, C1, bidi, zero-width, line separators, surrogates and what is
    unassigned become a visible replacement.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_harmless, text))


def _harmless(char: str) -> str:
    if _is_plain(char):
        return char
    return " " if char == "\t" or unicodedata.category(char) == "Zs" else _REPLACEMENT


def _is_plain(char: str) -> bool:
    return char.isprintable() and char not in _INVISIBLE


def reversible(text: str) -> str:
    r"""Return data on one line with every other character as a JSON escape: a newline is `\n`, ESC `\u001b`."""
    return "".join(char if _is_plain(char) else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    import json  # noqa: PLC0415 - few texts have such a character

    return json.dumps(char)[1:-1]


def folded(line: str, columns: int) -> list[str]:
    """Break a line for a screen of so many columns: between what two spaces part, or else between words.

    A command stays whole, to be copied, and begins a line where it is too long for the rest of one; so does a word
    that is longer than the screen is wide.
    """
    if len(line) <= columns:
        return [line]
    before, command, behind = line.partition(_COMMAND)
    if command:
        return [*(folded(before.rstrip(), columns) if before.strip() else ()), f"{command}{behind}"]
    import textwrap  # noqa: PLC0415 - few lines are too long

    words = line.lstrip(" ")
    indent = " " * (len(line) - len(words))
    if all(len(indent + part) <= columns for part in words.split("  ")):
        words = re.sub("(?<! ) (?! )", _TIE, words)
    parts = textwrap.wrap(
        words,
        columns,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [part.replace(_TIE, " ") for part in parts] or [line]
