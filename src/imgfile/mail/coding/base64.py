"""Base64 as mails have it (RFC 2045 §6.8), decoded as leniently as mail readers do, and where it stops.

1. What is outside the alphabet is skipped, as §6.8 asks, wherever it stands; missing padding is added.
2. Padding ends base64. Some programs encode a file in pieces, each padded, and write them one after another: what
   follows padding and is base64 still is the next piece.
3. A footer that a mailing list appended after the last line is no part of the body: where its lines begin, base64 ends.
"""

from __future__ import annotations

import binascii
import contextlib
import re
from collections.abc import Iterator
from typing import Final

from imgfile.errors import UnreadableMail
from imgfile.mail.view import View

ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
NO_LETTERS: Final = bytes(byte for byte in range(256) if byte not in ALPHABET)
"""Everything outside the alphabet: deleted from a text, it leaves the letters that count."""

_NEITHER: Final = NO_LETTERS.replace(b"=", b"")
_WITH_LINE_BREAKS: Final = ALPHABET + b"\r\n"
_QUAD: Final = 4
"""Four letters of base64 are three bytes."""
_COUNTED_AT_ONCE_BYTES: Final = 1 << 20
"""How much of a body is copied to count its letters; more would only take memory."""
_LONGEST_LINE_BYTES: Final = 1024
"""The longest line that lengths are reckoned by: RFC 2045 §6.8 (5) allows 76 characters, RFC 5322 §2.1.1 998."""
_LONGEST_SOUGHT_BYTES: Final = 176 << 20
"""The longest body of which it is looked for where it stops; none that is longer is decoded."""

_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_LINES: Final = re.compile(rb"(?:[ \t]*+[A-Za-z0-9+/]++[ \t\r]*+(?:\n[ \t\r\n]*+|\Z))*+")
"""As many lines of base64 as follow each other without padding, and blank lines between them."""
_PADDED_LINE: Final = re.compile(rb"[ \t]*[A-Za-z0-9+/]+={1,3}")
"""The last line of base64; some programs pad with one `=` too many."""
_GOES_ON: Final = re.compile(
    rb"[^\n]*?[A-Za-z0-9+/]{40}|[^\n]*\n[A-Za-z0-9+/]{40}|(?:[^\n]*\n){1,13}?(?:[ \t]*[A-Za-z0-9+/]{16,}[ \t\r]*\n){3}"
)
"""A stray character within base64, not the end of it: much of the line, or of the next lines, is base64 still."""
_REST_OF_LINE: Final = re.compile(rb"[^\n]*+\n?+")
_LAST_LINES: Final = re.compile(rb"(?:[^\n]{1,1000}(?:\n\s*|\Z)){1,64}\Z")
"""What may be the last lines of all, with stray characters in them."""
_WORDS: Final = re.compile(
    rb"^(?:(?:[A-Za-z]?[a-z]*|[0-9]+)[^A-Za-z0-9+/\s]*[ \t]+)+(?:[A-Za-z]?[a-z]*|[0-9]+)[^A-Za-z0-9+/\s]*\s*$",
    re.MULTILINE,
)
"""A line as people write: words and numbers with blanks between."""
_RULE: Final = re.compile(rb"^[ \t]*[^A-Za-z0-9+/=\s]+[ \t\r]*$(?!\s*\Z)", re.MULTILINE)
"""A line without a letter, with more lines behind it: what separates a footer."""
_PIECE: Final = re.compile(rb"[ \t\r\n]*+(?=[A-Za-z0-9+/]{40}|[A-Za-z0-9+/]{2,39}={1,2}(?:[ \t\r\n]|\Z))")
"""What follows padding, and is base64 still: a long line of it, or a short one that is padded too."""
_LAST_PIECE: Final = re.compile(rb"[ \t\r\n]*+(?=(?:[A-Za-z0-9+/]{4}){1,19}[ \t\r]*(?:\n|\Z))")
"""A last piece without padding, where there were others before it."""
_RUN: Final = re.compile(rb"([^=]+)(=*)")
_MOST_STRAYS: Final = 12
"""In the lines that end a body; lines with more of them are no base64."""


# --- decoding ---


def decode(raw: bytes) -> bytes:
    """Decode base64, piece by piece; where padding is missing, it is added. Raises `UnreadableMail` for broken base64.

    Broken is what has one letter more than whole groups: no padding completes that.
    """
    first_end = raw.find(b"=")
    if first_end < 0 or not raw[first_end:].translate(None, NO_LETTERS):
        return _decode_piece(raw)
    return b"".join(map(_decode_piece, _pieces(raw.translate(None, _NEITHER))))


def decode_beginning(raw: bytes) -> bytes:
    """Decode the beginning of a body, cut off anywhere: only whole groups count, for the end alone may be padded."""
    text = raw.translate(None, _NEITHER)
    if b"=" not in text:
        return binascii.a2b_base64(text[: len(text) - len(text) % _QUAD])
    pieces = _pieces(text, is_cut=True)
    if not text.endswith(b"=") and pieces:
        pieces[-1] = pieces[-1][: len(pieces[-1]) - len(pieces[-1]) % _QUAD]
    with contextlib.suppress(UnreadableMail):
        return b"".join(map(_decode_piece, pieces))
    return b""


def _pieces(text: bytes, *, is_cut: bool = False) -> list[bytes]:
    """Cut letters and padding into pieces; padding that completes no group is a stray character, and is left out."""
    runs = [(run[1], len(run[2])) for run in _RUN.finditer(text)]
    checked = runs[:-1] if is_cut else runs
    if all((len(letters) + padding) % _QUAD == 0 for letters, padding in checked):
        return [letters for letters, _ in runs]
    return [b"".join(letters for letters, _ in runs)]


def _decode_piece(raw: bytes) -> bytes:
    for padding in (b"", b"=", b"=="):
        try:
            return binascii.a2b_base64(raw + padding if padding else raw)
        except binascii.Error:
            continue
    raise UnreadableMail("the attachment's base64 is broken.", "Ask the sender to send the photo again.")


def decode_body(view: View, start: int, end: int) -> bytes:
    """Decode to the end when every letter up to there counted; else there is more than base64, and it is looked for.

    Raises `UnreadableMail`.
    """
    lines = _even_lines(view, start, end)
    if lines is not None:
        letters, rest = lines
        if _is_clean(view.slice(rest, end)):  # a footer's letters would count too
            with contextlib.suppress(binascii.Error):
                data = binascii.a2b_base64(view.slice(start, end))
                if len(data) == letters * 3 // 4:
                    return data
    return decode(view.slice(start, payload_end(view, start, end)))


# --- where base64 stops ---


def payload_end(view: View, start: int, end: int) -> int:
    """Return where base64 stops: `end`, or before the text that follows its last line."""
    if _is_clean(view.slice(start, end)):
        return end
    blank = view.match(_SPACE, start, end)
    at = begin = first = blank.end() if blank else start
    while True:
        lines = view.match(_LINES, at, end)
        at = lines.end() if lines else at
        padded = view.match(_PADDED_LINE, at, end)
        if padded:  # rule 2
            at = padded.end()
            piece = view.match(_PIECE, at, end) or (view.match(_LAST_PIECE, at, end) if begin > first else None)
            if piece is None:
                return at
            at = begin = piece.end()
        elif at < end and view.match(_GOES_ON, at, end):  # rule 1
            rest = view.match(_REST_OF_LINE, at, end)
            at = rest.end() if rest else end
        else:
            return at if at == end else _end_of_complete(view, begin, at, end)


def _end_of_complete(view: View, start: int, stop: int, end: int) -> int:
    """Return where complete base64 ends before what is no line of it (rule 3); `end` where it would not be complete.

    Without padding the lines are complete only when they decode without any: else a letter of the payload may be among
    what follows, and all of it is decoded as mail readers would.
    """
    text = view.slice(start, stop)
    letters = _count_letters(text)
    is_complete = letters > 0 and (letters % _QUAD == 0 or text.rstrip().endswith(b"="))
    if not is_complete or _are_last_lines(view, stop, end):
        return end
    return start + len(text.rstrip())


def _are_last_lines(view: View, start: int, end: int) -> bool:
    """Return whether what is left are a few lines of base64 with stray characters in them.

    In doubt they are: a word that is taken for base64 adds a few bytes behind a photo, the contrary cuts its end off.
    """
    last = view.match(_LAST_LINES, start, end)
    if last is None or _WORDS.search(last[0]) or _RULE.search(last[0]):
        return False
    text = last[0].translate(None, b" \t\r\n")
    coded = text.translate(None, _NEITHER)
    letters = len(coded.rstrip(b"="))
    padding, strays = len(coded) - letters, len(text) - len(coded)
    return (letters + padding) % _QUAD == 0 and strays <= min(letters, _MOST_STRAYS)


def _is_clean(raw: bytes) -> bool:
    """Return whether this is base64 and line breaks to its end: four times as quick as the patterns."""
    padding = raw.translate(None, _WITH_LINE_BREAKS)
    return padding in {b"", b"=", b"=="} and raw.rstrip(b"\r\n").endswith(padding)


def _count_letters(raw: bytes) -> int:
    return len(raw) - len(raw.translate(None, ALPHABET))


# --- how long a body is, decoded ---


def decoded_size(view: View, start: int, end: int) -> int:
    """Return how many bytes a body decodes to, mostly without decoding it.

    Two too many, at most, for each piece whose padding happens to end a whole line.
    """
    lines = _even_lines(view, start, end)
    if lines is not None and _is_clean(view.slice(lines[1], end)):
        return lines[0] * 3 // 4
    if end - start > _LONGEST_SOUGHT_BYTES:
        return sum(_letters(view, start, end)) * 3 // 4
    end = payload_end(view, start, end)
    padding = view.find(b"=", start, end)
    if padding >= 0 and _count_letters(view.slice(padding, min(end, padding + _LONGEST_LINE_BYTES))):
        with contextlib.suppress(UnreadableMail):
            return len(decode(view.slice(start, end)))
    return sum(_letters(view, start, end)) * 3 // 4


def _letters(view: View, start: int, end: int) -> Iterator[int]:
    for at in range(start, end, _COUNTED_AT_ONCE_BYTES):
        yield _count_letters(view.slice(at, min(end, at + _COUNTED_AT_ONCE_BYTES)))


def _even_lines(view: View, start: int, end: int) -> tuple[int, int] | None:
    """Return how many letters base64 has, and where its last lines begin; None unless all lines are equally long.

    The first line's letters are counted, and those of the last lines; of the others, one byte a line is looked at,
    for a photo has a million letters.
    """
    # Line breaks after the last line are no lines.
    tail = view.slice(max(start, end - _LONGEST_LINE_BYTES), end)
    end -= len(tail) - len(tail.rstrip() or tail)
    line_end = view.find(b"\n", start, min(end, start + _LONGEST_LINE_BYTES)) + 1
    if not line_end:
        return None
    width = line_end - start
    rest = end - (end - start) % width
    if view.find(b"=", start, line_end) >= 0:  # each line is a piece
        return None
    if view.every(width, line_end - 1, rest) != b"\n" * ((rest - start) // width):
        return None
    even_lines = max(0, (rest - start) // width - 1)  # the last may be padded, so its letters are counted
    letters = _count_letters(view.slice(start, line_end))
    last = start + even_lines * width
    return even_lines * letters + _count_letters(view.slice(last, end)), last
