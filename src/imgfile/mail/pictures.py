"""Which picture a body is, as its first bytes say, and quickly whether it is none at all."""

from __future__ import annotations

import re
from typing import Final

from imgfile.clinical.proofs import MediaType
from imgfile.images.identify import Foreign, identify
from imgfile.mail.coding.encodings import Encoding, decode_head
from imgfile.mail.view import View

PictureKind = MediaType | Foreign
"""A format that can be filed, or one that can only be named."""
_NO_PICTURES: Final = frozenset({Foreign.PDF, Foreign.SVG, Foreign.VIDEO, Foreign.ARCHIVE})
"""What is recognised so that it can be named when it is given as a photo; in a mail it is a document like others."""

_BASE64_AHEAD: Final = rb"[ \t\r\n]{0,100}[A-Za-z0-9+/]{40}"
"""Forty letters without a blank: the longest words of real texts are shorter, lines of base64 are longer."""
_UNDECLARED_BASE64: Final = re.compile(_BASE64_AHEAD)
_TEXT: Final = re.compile(rb"(?!" + _BASE64_AHEAD + rb")(?:[\t\n\r -<>-~]++|=(?![0189A-Fa-f]))*+")
"""ASCII text that is no base64, and in quoted-printable is ASCII text too (`=3D` and the like, RFC 2045 §6.7 (1)).

An octet in hexadecimal that begins with another digit than 2 to 7 is a control character, or beyond ASCII.
"""
_ENOUGH_TEXT_BYTES: Final = 200
"""More than any picture has before its first byte that is no text."""


def picture_kind(head: bytes) -> PictureKind | None:
    """Return which picture begins with these bytes; None for what is none."""
    kind = identify(head)
    return None if kind in _NO_PICTURES else kind


def begins_as_text(view: View, start: int, end: int) -> bool:
    """Return whether a body is surely no picture and no file of another kind, whatever its encoding.

    False says nothing. Of nearly every text it is True, at a tenth of the cost of decoding its beginning.
    """
    text = view.match(_TEXT, start, min(end, start + _ENOUGH_TEXT_BYTES))
    return text is not None and text.end() == start + _ENOUGH_TEXT_BYTES


def recognise_misdeclared(view: View, start: int, end: int, declared: Encoding) -> tuple[PictureKind, Encoding] | None:
    """Return which picture a body is in another encoding than the declared one; None when it is none.

    A wrong declaration hides a photo from mail readers, and from nobody else.
    """
    for encoding in (Encoding.BASE64, Encoding.IDENTITY):
        if encoding is declared:
            continue
        if encoding is Encoding.BASE64 and not view.match(_UNDECLARED_BASE64, start, end):
            continue
        kind = picture_kind(decode_head(view, start, end, encoding))
        if kind is not None:
            return kind, encoding
    return None
