"""Transfer encodings, decoded as leniently as mail readers do (RFC 2045 §6), and how long a body is without them.

Base64 skips whatever is outside its alphabet, as RFC 2045 §6.8 asks, and does without missing padding. A footer that a
mailing list appended after the last base64 line is no part of the photo: `payload_end` finds where the payload stops.
"""

from __future__ import annotations

import binascii
import contextlib
import re
from enum import StrEnum
from typing import Final, assert_never

from imgfile.errors import UnreadableMail
from imgfile.mail.view import View

MAX_BODY_BYTES: Final = 176 << 20
"""The longest encoded body that is decoded: base64 of 128 MiB with its line breaks, beyond any photo."""
HEAD_BYTES: Final = 512
"""How much of a body is decoded to see what it is: every format is known by less."""
_COUNTED_AT_ONCE_BYTES: Final = 1 << 20
"""How much of a body is copied to count its letters; more would only take memory."""
_LONGEST_LINE_BYTES: Final = 1024
"""The longest line that lengths are reckoned by: RFC 2045 §6.8 (5) allows 76 characters, RFC 5322 §2.1.1 998."""

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_WITH_LINE_BREAKS: Final = _ALPHABET + b"\r\n"
_BLANKS: Final = b" \t\r\n"
_QUAD: Final = 4
"""Four letters of base64 are three bytes."""
_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_LINES: Final = re.compile(rb"(?:[ \t]*+[A-Za-z0-9+/]++[ \t\r]*+(?:\n[ \t\r\n]*+|\Z))*+")
"""As many lines of base64 as follow each other without padding, and blank lines between them."""
_PADDED_LINE: Final = re.compile(rb"[ \t]*[A-Za-z0-9+/]+={1,3}")
"""The last line of base64; some programs pad with one `=` too many."""
_GOES_ON: Final = re.compile(rb"[^\n]*?[A-Za-z0-9+/]{40}|[^\n]*\n[A-Za-z0-9+/]{40}")
"""A stray character within base64, not the end of it: much of the line, or the next line, is base64 still."""
_UU_LINE: Final = re.compile(rb"([ -`][ -`]{0,88})\r*\n")
"""A line of uuencode: its length as a character, and four characters for three bytes (POSIX.1-2017, `uuencode`)."""
_UU_ZERO: Final = 32
"""The character that stands for nought; the back quote stands for it too, 64 further on."""


class Encoding(StrEnum):
    """How a body's bytes stand in the mail."""

    BASE64 = "base64"
    QUOTED_PRINTABLE = "quoted-printable"
    IDENTITY = "8bit"
    """7bit, 8bit, binary, or nothing declared."""
    UUENCODE = "x-uuencode"


def declared_encoding(value: str) -> Encoding | None:
    """Return the encoding that a Content-Transfer-Encoding declares (RFC 2045 §6.1); None for one that is not known."""
    match value.partition(";")[0].strip().lower():
        case "base64" | "x-base64":
            return Encoding.BASE64
        case "quoted-printable":
            return Encoding.QUOTED_PRINTABLE
        case "" | "7bit" | "8bit" | "binary" | "7-bit" | "8-bit":
            return Encoding.IDENTITY
        case "x-uuencode" | "uuencode" | "x-uue" | "uue":
            return Encoding.UUENCODE
        case _:
            return None


# --- decoding ---


def decode(raw: bytes, encoding: Encoding) -> bytes:
    """Undo a transfer encoding. Raises `UnreadableMail` for base64 that no padding completes."""
    match encoding:
        case Encoding.BASE64:
            return _decode_base64(raw)
        case Encoding.QUOTED_PRINTABLE:
            return binascii.a2b_qp(raw)
        case Encoding.IDENTITY:
            return raw
        case Encoding.UUENCODE:
            return _decode_uuencode(raw)
        case _:
            assert_never(encoding)


def _decode_base64(raw: bytes) -> bytes:
    """Decode base64; where padding is missing (RFC 2045 §6.8 wants it), it is added."""
    for padding in (b"", b"=", b"=="):
        try:
            return binascii.a2b_base64(raw + padding if padding else raw)
        except binascii.Error:
            continue
    raise UnreadableMail("the attachment's base64 is broken.", "Ask the sender to send the photo again.")


def _decode_uuencode(raw: bytes) -> bytes:
    """Decode the lines between `begin` and `end`; a line's first character says how much of it counts."""
    decoded: list[bytes] = []
    for match in _UU_LINE.finditer(raw, raw.find(b"\n") + 1):
        line = match[1]
        length = (line[0] - _UU_ZERO) & 63
        # Some programs append a checksum or blanks, at which the decoder would take offence: only what counts is given.
        characters = (length * 4 + 2) // 3
        decoded.append(binascii.a2b_uu(line[: 1 + characters]))
    return b"".join(decoded)


def decode_head(view: View, start: int, end: int, encoding: Encoding) -> bytes:
    """Decode a body's first bytes; empty where they are not in this encoding."""
    if encoding is not Encoding.IDENTITY:
        blank = view.match(_SPACE, start, end)
        start = blank.end() if blank else start
    raw = view.slice(start, min(end, start + HEAD_BYTES))
    if encoding is Encoding.BASE64:
        # Cut after a whole group of four letters: only the body's end may be padded.
        letters = raw.translate(None, _BLANKS)
        raw = letters[: len(letters) - len(letters) % _QUAD]
    try:
        return decode(raw, encoding)
    except UnreadableMail:
        return b""


def decode_image(view: View, start: int, end: int, encoding: Encoding) -> bytes:
    """Decode a picture's body. Raises `UnreadableMail` when it is broken or longer than `MAX_BODY_BYTES`."""
    if end - start > MAX_BODY_BYTES:
        raise UnreadableMail("the attachment is too large for a photo.", "Ask the sender for the photo itself.")
    if encoding is Encoding.BASE64:
        return _decode_base64_image(view, start, end)
    return decode(view.slice(start, end), encoding)


def _decode_base64_image(view: View, start: int, end: int) -> bytes:
    """Decode to the end when every letter up to there counted; else there is more than base64, and it is looked for."""
    lines = _even_lines(view, start, end)
    if lines is not None:
        letters, rest = lines
        if _is_clean(view.slice(rest, end)):  # a footer's letters would count too
            with contextlib.suppress(binascii.Error):
                data = binascii.a2b_base64(view.slice(start, end))
                if len(data) == letters * 3 // 4:
                    return data
    return decode(view.slice(start, payload_end(view, start, end, Encoding.BASE64)), Encoding.BASE64)


# --- where base64 stops ---


def payload_end(view: View, start: int, end: int, encoding: Encoding) -> int:
    """Return where the encoded payload stops: `end`, or before the text that follows complete base64 lines."""
    if encoding is not Encoding.BASE64 or _is_clean(view.slice(start, end)):
        return end
    blank = view.match(_SPACE, start, end)
    lines = view.match(_LINES, blank.end() if blank else start, end)
    stop = lines.end() if lines else start
    # Padding ends base64 (RFC 2045 §6.8): what follows the line that has it is not payload, whatever it is.
    last = view.match(_PADDED_LINE, stop, end)
    if last:
        return last.end()
    if stop == end or view.match(_GOES_ON, stop, end):
        return end
    # Without padding the lines are complete only when they decode without any: else a letter of the payload may be
    # among what follows, and all of it is decoded as mail readers would.
    text = view.slice(start, stop)
    letters = _count_letters(text)
    is_complete = letters > 0 and letters % _QUAD == 0
    return start + len(text.rstrip()) if is_complete else end


def _is_clean(raw: bytes) -> bool:
    """Return whether this is base64 and line breaks to its end: four times as quick as the patterns."""
    padding = raw.translate(None, _WITH_LINE_BREAKS)
    return padding in {b"", b"=", b"=="} and raw.rstrip(b"\r\n").endswith(padding)


def _count_letters(raw: bytes) -> int:
    return len(raw) - len(raw.translate(None, _ALPHABET))


# --- how long a body is, decoded ---


def decoded_size(view: View, start: int, end: int, encoding: Encoding) -> int:
    """Return how many bytes a body decodes to, without decoding base64; at least so many for one of no photo's size."""
    if encoding is Encoding.BASE64:
        lines = _even_lines(view, start, end)
        letters = lines[0] if lines else _letters(view, start, end)
        return letters * 3 // 4
    if encoding is Encoding.IDENTITY:
        return end - start
    return len(decode(view.slice(start, min(end, start + MAX_BODY_BYTES)), encoding))


def _letters(view: View, start: int, end: int) -> int:
    pieces = range(start, end, _COUNTED_AT_ONCE_BYTES)
    return sum(_count_letters(view.slice(at, min(end, at + _COUNTED_AT_ONCE_BYTES))) for at in pieces)


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
    if view.every(width, line_end - 1, rest) != b"\n" * ((rest - start) // width):
        return None
    even_lines = max(0, (rest - start) // width - 1)  # the last may be padded, so its letters are counted
    letters = _count_letters(view.slice(start, line_end))
    last = start + even_lines * width
    return even_lines * letters + _count_letters(view.slice(last, end)), last
