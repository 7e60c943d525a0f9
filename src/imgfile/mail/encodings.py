"""Transfer encodings, as lenient as mail readers are (RFC 2045 §6), and what a body's first bytes decode to.

Base64 skips whatever is outside its alphabet and does without missing padding. A footer that a mailing list
appended after the last base64 line is no part of the photo: `payload_end` finds where the payload stops.
"""

from __future__ import annotations

import binascii
import contextlib
import re
from enum import StrEnum
from typing import Final, assert_never

from imgfile.clinical.proofs import MediaType
from imgfile.errors import UnreadableMail
from imgfile.images.identify import Foreign, identify
from imgfile.mail.view import View

MAX_BODY_BYTES: Final = 176 << 20
"""The longest encoded body that is decoded: base64 of 128 MiB, beyond any photo."""
_COUNTED_AT_ONCE_BYTES: Final = 1 << 20
_LONGEST_LINE_BYTES: Final = 1024
"""The longest line that lengths are reckoned by; base64 has 76 characters in one, some programs twice as many."""
HEAD_BYTES: Final = 512
"""How much of a body is decoded to see what it is."""

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_WITH_LINE_BREAKS: Final = _ALPHABET + b"\r\n"
_QUAD: Final = 4
_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_LINES: Final = re.compile(rb"(?:[ \t]*+[A-Za-z0-9+/]++[ \t\r]*+(?:\n[ \t\r\n]*+|\Z))*+")
_UNDECLARED_BASE64: Final = re.compile(rb"[ \t\r\n]{0,100}[A-Za-z0-9+/]{40}")
_GOES_ON: Final = re.compile(rb"[^\n]*?[A-Za-z0-9+/]{40}|[^\n]*\n[A-Za-z0-9+/]{40}")
"""A stray character within base64, not the end of it: much of the line, or the next line, is base64 still."""
_PADDED_LINE: Final = re.compile(rb"[ \t]*[A-Za-z0-9+/]+={1,3}")
_UU_LINE: Final = re.compile(rb"([ -`][ -`]{0,88})\r*\n")


Kind = MediaType | Foreign
"""What a picture's bytes are: a format that can be filed, or one that can only be named."""
_NO_PICTURES: Final = frozenset({Foreign.PDF, Foreign.SVG, Foreign.VIDEO, Foreign.ARCHIVE})


_TEXT: Final = re.compile(rb"(?![ \t\r\n]{0,100}[A-Za-z0-9+/]{40})(?:[\t\n\r -<>-~]++|=(?![0189A-Fa-f]))*+")
"""ASCII text that is no base64, and in quoted-printable is ASCII text too (`=3D` and the like)."""
_ENOUGH_TEXT_BYTES: Final = 200
"""More than any picture has before its first byte that is no text."""


class Encoding(StrEnum):
    """How a body's bytes stand in the mail."""

    BASE64 = "base64"
    QUOTED_PRINTABLE = "quoted-printable"
    IDENTITY = "8bit"
    """7bit, 8bit, binary, or nothing declared."""
    UUENCODE = "x-uuencode"


def declared_encoding(value: str) -> Encoding | None:
    """Read a Content-Transfer-Encoding value; None for one that is not known."""
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
        length = (line[0] - 32) & 63
        decoded.append(binascii.a2b_uu(line[: 1 + (length * 4 + 2) // 3]))
    return b"".join(decoded)


def decode_head(view: View, start: int, end: int, encoding: Encoding) -> bytes:
    """Decode a body's first bytes; empty where they are not in this encoding."""
    if encoding is not Encoding.IDENTITY:
        blank = view.match(_SPACE, start, end)
        start = blank.end() if blank else start
    raw = view.slice(start, min(end, start + HEAD_BYTES))
    if encoding is Encoding.BASE64:
        letters = raw.translate(None, b" \t\r\n")
        raw = letters[: len(letters) - len(letters) % _QUAD]
    try:
        return decode(raw, encoding)
    except UnreadableMail:
        return b""


def picture_kind(head: bytes) -> Kind | None:
    """Say which picture begins with these bytes; None for what is none."""
    kind = identify(head)
    return None if kind in _NO_PICTURES else kind


def begins_as_text(view: View, start: int, end: int) -> bool:
    """Say whether a body is surely no picture and no file of another kind, whatever its encoding; False says nothing.

    Nearly every text is told so, at a tenth of the cost of decoding its beginning.
    """
    text = view.match(_TEXT, start, min(end, start + _ENOUGH_TEXT_BYTES))
    return text is not None and text.end() == start + _ENOUGH_TEXT_BYTES


def recognise_misdeclared(view: View, start: int, end: int, declared: Encoding) -> tuple[Kind, Encoding] | None:
    """Say which picture a body is in another encoding than the declared one; None when it is none.

    A wrong one hides a photo from mail readers only.
    """
    for encoding in (Encoding.BASE64, Encoding.IDENTITY):
        if encoding is declared or (encoding is Encoding.BASE64 and not view.match(_UNDECLARED_BASE64, start, end)):
            continue
        kind = picture_kind(decode_head(view, start, end, encoding))
        if kind is not None:
            return kind, encoding
    return None


def payload_end(view: View, start: int, end: int, encoding: Encoding) -> int:
    """Return where the encoded payload stops: `end`, or before the text that follows complete base64 lines."""
    if encoding is not Encoding.BASE64 or _is_clean(view.slice(start, end)):
        return end
    blank = view.match(_SPACE, start, end)
    lines = view.match(_LINES, blank.end() if blank else start, end)
    stop = lines.end() if lines else start
    last = view.match(_PADDED_LINE, stop, end)
    if last:
        return last.end()
    if stop == end or view.match(_GOES_ON, stop, end):
        return end
    text = view.slice(start, stop)
    letters = _count_letters(text)
    return start + len(text.rstrip()) if letters and letters % _QUAD == 0 else end


def _is_clean(raw: bytes) -> bool:
    """Say whether this is base64 and line breaks to its end: four times as quick as the patterns."""
    padding = raw.translate(None, _WITH_LINE_BREAKS)
    return padding in {b"", b"=", b"=="} and raw.rstrip(b"\r\n").endswith(padding)


def _count_letters(raw: bytes) -> int:
    return len(raw) - len(raw.translate(None, _ALPHABET))


def decoded_size(view: View, start: int, end: int, encoding: Encoding) -> int:
    """Return how many bytes a body decodes to, without decoding base64; at least so many for one of no photo's size."""
    if encoding is Encoding.BASE64:
        lines = _even_lines(view, start, end)
        return (lines[0] if lines else _letters(view, start, end)) * 3 // 4
    if encoding is Encoding.IDENTITY:
        return end - start
    return len(decode(view.slice(start, min(end, start + MAX_BODY_BYTES)), encoding))


def _letters(view: View, start: int, end: int) -> int:
    pieces = range(start, end, _COUNTED_AT_ONCE_BYTES)
    return sum(_count_letters(view.slice(at, min(end, at + _COUNTED_AT_ONCE_BYTES))) for at in pieces)


def _even_lines(view: View, start: int, end: int) -> tuple[int, int] | None:
    """Count the letters of base64 whose lines are all as long as the first: by that one and the rest after them.

    Tell too where that rest begins. None where lines differ. It looks at one byte a line, for a photo has a million
    letters.
    """
    tail = view.slice(max(start, end - _LONGEST_LINE_BYTES), end)
    end -= len(tail) - len(tail.rstrip() or tail)
    line_end = view.find(b"\n", start, min(end, start + _LONGEST_LINE_BYTES)) + 1
    if not line_end:
        return None
    width = line_end - start
    rest = end - (end - start) % width
    if view.every(width, line_end - 1, rest) != b"\n" * ((rest - start) // width):
        return None
    lines = max(0, (rest - start) // width - 1)  # the last may be padded
    letters = _count_letters(view.slice(start, line_end))
    last = start + lines * width
    return lines * letters + _count_letters(view.slice(last, end)), last


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
    if lines and _is_clean(view.slice(lines[1], end)):  # a footer's letters would count too
        with contextlib.suppress(binascii.Error):
            data = binascii.a2b_base64(view.slice(start, end))
            if len(data) == lines[0] * 3 // 4:
                return data
    return decode(view.slice(start, payload_end(view, start, end, Encoding.BASE64)), Encoding.BASE64)
