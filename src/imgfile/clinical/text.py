"""Free text that people type: bounded, visible, and more than a placeholder.

Nothing is repaired in silence: text with a character that nobody can see is refused, so what is stored is what was
read. (Unicode categories C, Zl and Zp: control, bidirectional, zero-width, surrogate, private and unassigned.)
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from imgfile.errors import AnswerInvalid

MAX_LINE_CHARACTERS: Final = 120
"""A body site, a name or a reference."""
MAX_TEXT_CHARACTERS: Final = 4_000
"""A rationale or evidence: about a page."""
MIN_RATIONALE_CHARACTERS: Final = 20
"""R1."""
MIN_REASON_CHARACTERS: Final = 8
"""Of a reason in a few words: a yes or a date is none."""


def parse_line(text: str) -> str:
    """Read one line of free text, runs of spaces made one. Raises AnswerInvalid."""
    line = " ".join(filter(None, text.strip().split(" ")))
    check_line(line)
    return line


def parse_reason(text: str) -> str:
    """Read a reason in a few words. Raises AnswerInvalid for a yes, a date, or one thing repeated."""
    reason = parse_line(text)
    if len(reason) < MIN_REASON_CHARACTERS or is_placeholder(reason):
        raise AnswerInvalid("says too little")
    return reason


def parse_outlet(text: str) -> str:
    """Read the one place where a photo may be published (R4). Raises AnswerInvalid for several, and for any of them."""
    outlet = parse_line(text)
    if re.search(_SEVERAL, outlet, re.IGNORECASE):
        raise AnswerInvalid("names no one place: each publication has a form of its own (R4)")
    return outlet


_SEVERAL: Final = (
    r";|\s/\s|\b(or|etc)\b|^(any|all|every|various|several|other|some|both|no)\b|^(tbc|tbd|unknown|undecided)$"
)
"""What stands between outlets or for all of them; a name may well hold a comma or an "and"."""


def check_line(line: str) -> None:
    """Check that a line can be stored and shown. Raises AnswerInvalid."""
    _check(line, MAX_LINE_CHARACTERS)


def parse_text(text: str) -> str:
    """Read free text of several lines; tabs become spaces. Raises AnswerInvalid."""
    plain = text.replace("\r\n", "\n").replace("\t", " ").strip()
    check_text(plain)
    return plain


def check_text(text: str) -> None:
    """Check that text of several lines can be stored and shown. Raises AnswerInvalid."""
    _check(text.replace("\n", " "), MAX_TEXT_CHARACTERS)


def _check(text: str, limit: int) -> None:
    if not text.strip():
        raise AnswerInvalid("is empty")
    if len(text) > limit:
        raise AnswerInvalid(f"is longer than {limit:,} characters")
    for character in text:
        category = unicodedata.category(character)
        if category.startswith("C") or category in {"Zl", "Zp"}:
            raise AnswerInvalid(f"has a character that cannot be seen (U+{ord(character):04X}); type it anew")


def is_placeholder(text: str) -> bool:
    """Return whether text is one short thing over and over: "xxxx...", "test test test", "n/a n/a n/a"."""
    letters = _letters(text)
    return not letters or _shortest_period(letters) * 2 <= len(letters)


def is_name_of(text: str, file_name: str) -> bool:
    """Return whether text is a file's own name, with or without its ending, punctuation and case aside."""
    stem, _, _ = file_name.rpartition(".")
    return _letters(text) in {_letters(file_name), _letters(stem)} - {""}


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _shortest_period(text: str) -> int:
    """Return the length of the shortest piece that, repeated and cut off, gives the text (Knuth, Morris, Pratt)."""
    borders = [0]
    for character in text[1:]:
        border = borders[-1]
        while border and text[border] != character:
            border = borders[border - 1]
        borders.append(border + (text[border] == character))
    return len(text) - borders[-1]
