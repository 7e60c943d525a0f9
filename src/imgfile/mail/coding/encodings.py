"""Transfer encodings, decoded as leniently as mail readers do (RFC 2045 §6), and how long a body is without them.

What base64 forgives, and where it stops, `coding.base64` says.
"""

from __future__ import annotations

import binascii
import re
from enum import StrEnum
from typing import Final, assert_never

from imgfile.errors import UnreadableMail
from imgfile.mail.coding import base64
from imgfile.mail.view import View

MAX_BODY_BYTES: Final = 176 << 20
"""The longest encoded body that is decoded: base64 of 128 MiB with its line breaks, beyond any photo."""
HEAD_BYTES: Final = 512
"""How much of a body is decoded to see what it is: every format is known by less."""

_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
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
            return base64.decode(raw)
        case Encoding.QUOTED_PRINTABLE:
            return binascii.a2b_qp(raw)
        case Encoding.IDENTITY:
            return raw
        case Encoding.UUENCODE:
            return _decode_uuencode(raw)
        case _:
            assert_never(encoding)


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
    if encoding is Encoding.QUOTED_PRINTABLE:  # a byte may take three characters (RFC 2045 §6.7)
        return decode(view.slice(start, min(end, start + 3 * HEAD_BYTES)), encoding)[:HEAD_BYTES]
    raw = view.slice(start, min(end, start + HEAD_BYTES))
    return base64.decode_beginning(raw) if encoding is Encoding.BASE64 else decode(raw, encoding)


def decode_image(view: View, start: int, end: int, encoding: Encoding) -> bytes:
    """Decode a picture's body. Raises `UnreadableMail` when it is broken or longer than `MAX_BODY_BYTES`."""
    if end - start > MAX_BODY_BYTES:
        raise UnreadableMail("the attachment is too large for a photo.", "Ask the sender for the photo itself.")
    if encoding is Encoding.BASE64:
        return base64.decode_body(view, start, end)
    return decode(view.slice(start, end), encoding)


# --- where a body stops, and how long it is, decoded ---


def payload_end(view: View, start: int, end: int, encoding: Encoding) -> int:
    """Return where the encoded payload stops: `end`, or before the text that follows complete base64 lines."""
    return base64.payload_end(view, start, end) if encoding is Encoding.BASE64 else end


def decoded_size(view: View, start: int, end: int, encoding: Encoding) -> int:
    """Return how many bytes a body decodes to, without decoding base64; at least so many for one of no photo's size."""
    if encoding is Encoding.BASE64:
        return base64.decoded_size(view, start, end)
    if encoding is Encoding.IDENTITY:
        return end - start
    return len(decode(view.slice(start, min(end, start + MAX_BODY_BYTES)), encoding))
