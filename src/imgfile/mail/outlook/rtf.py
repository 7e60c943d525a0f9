"""Pictures within rich text, as Outlook compresses it (LZFu, [MS-OXRTFCP]); they are noticed, and not read.

Rich text refers back to what it said up to 4 KiB before, beginning with words that every such text uses. It is
unpacked piece by piece, only until the first picture, so that neither a long text nor a hostile one takes memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import Struct
from typing import Final

MAX_TEXT_BYTES: Final = 64 << 20
"""How much of a text is unpacked; one that goes on is told as if it held a picture, for words alone do not."""

_HEADER: Final = Struct("<II4sI")
_COMPRESSED: Final = b"LZFu"
_PLAIN: Final = b"MELA"
_BEGINNING: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0"
    b"\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW_BYTES: Final = 4096
_PIECE_BYTES: Final = 64 << 10
_LONGEST_MARK_BYTES: Final = 16
_PICTURE: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\(?:pict|objdata)(?![A-Za-z])")
"""A picture, or the bytes of an object; an object that is attached has `\\objattph` in its place."""
_LENGTH_BITS: Final = 4
_SHORTEST: Final = 2
_FLAGS: Final = tuple(tuple(bool(flags >> bit & 1) for bit in range(8)) for flags in range(256))


def holds_picture(compressed: bytes) -> bool:
    """Say whether a compressed rich text holds a picture or an object of its own, as far as it can be unpacked."""
    kept, total = b"", 0
    for piece in unpack(compressed):
        text = kept + piece
        total += len(piece)
        if total > MAX_TEXT_BYTES or _PICTURE.search(text):
            return True
        kept = text[-_LONGEST_MARK_BYTES:]
    return False


def unpack(compressed: bytes) -> Iterator[bytes]:
    """Yield a text piece by piece, as far as it goes; a damaged one ends early."""
    if len(compressed) < _HEADER.size:
        return iter(())
    kind = _HEADER.unpack_from(compressed)[2]
    if kind == _COMPRESSED:
        return _expand(compressed)
    return iter((compressed[_HEADER.size :],)) if kind == _PLAIN else iter(())


def _expand(compressed: bytes) -> Iterator[bytes]:
    text = bytearray(_BEGINNING)
    given = len(text)
    at, end = _HEADER.size, len(compressed)
    while at < end:
        flags = _FLAGS[compressed[at]]
        at += 1
        for is_reference in flags:
            if not is_reference:
                text += compressed[at : at + 1]
                at += 1
                continue
            if at + 1 >= end:
                break
            word = compressed[at] << 8 | compressed[at + 1]
            at += 2
            back = (len(text) - (word >> _LENGTH_BITS)) % _WINDOW_BYTES
            if not back:
                at = end
                break
            _repeat(text, back, (word & 0xF) + _SHORTEST)
        if len(text) - given >= _PIECE_BYTES:
            yield bytes(text[given:])
            del text[: (len(text) // _WINDOW_BYTES - 1) * _WINDOW_BYTES]
            given = len(text)
    yield bytes(text[given:])


def _repeat(text: bytearray, back: int, length: int) -> None:
    """Append what stood `back` bytes before; what was never written counts as zeros."""
    unwritten = min(max(0, back - len(text)), length)
    text += bytes(unwritten)
    start, length = len(text) - back, length - unwritten
    if back >= length:
        text += text[start : start + length]
    else:
        text += (text[start:] * (length // back + 1))[:length]
