"""Pictures within rich text, as Outlook compresses it (LZFu, [MS-OXRTFCP]); they are noticed, and not read.

Rich text refers back to what it said up to 4 KiB before, beginning with words that every such text uses. It is
unpacked piece by piece, only until the first picture, so that neither a long text nor a hostile one takes memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from struct import Struct
from typing import Final

from imgfile.mail.budget import Budget

MAX_TEXT_BYTES: Final = 64 << 20
"""How much of a text is unpacked; one that goes on is reported as if it held a picture, for words alone do not."""

_HEADER: Final = Struct("<II4sI")
"""COMPSIZE, RAWSIZE, COMPTYPE and CRC (§2.1.3.1.1).

Neither size is believed, and the sum is not compared: a damaged text may hold a picture all the same.
"""
_COMPRESSED: Final = b"LZFu"
_PLAIN: Final = b"MELA"
_BEGINNING: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0"
    b"\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What the dictionary holds before the first byte (§2.1.2.1)."""
_DICTIONARY_BYTES: Final = 4096
"""The dictionary is a ring of so many bytes: all that an offset of 12 bits can point at (§2.1.3.1.5)."""
_LENGTH_BITS: Final = 4
"""How many bits of a reference are its length; the others are an offset in the dictionary (§2.1.3.1.5)."""
_SHORTEST: Final = 2
"""A length is stored as two less than it is, for a shorter reference would save nothing (§2.1.3.1.5)."""
_PIECE_BYTES: Final = 64 << 10
"""How much text is unpacked before it is looked at."""
_PICTURE: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\(?:pict|objdata)(?![A-Za-z])")
"""A picture, or the bytes of an object; an object that is attached has `\\objattph` in its place."""
_LONGEST_MARK_BYTES: Final = 16
"""How much of a piece is kept for the next: a mark across their edge, with a few backslashes before it."""


def holds_picture(compressed: bytes, budget: Budget | None = None) -> bool:
    """Return whether a compressed rich text holds a picture or an object of its own, as far as it can be unpacked.

    Raises `UnreadableMail` when the budget of the file is spent.
    """
    kept, total = b"", 0
    for piece in unpack(compressed):
        if budget is not None:
            budget.read_text(len(piece))
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
    _, _, kind, _ = _HEADER.unpack_from(compressed)
    if kind == _COMPRESSED:
        return _expand(compressed)
    return iter((compressed[_HEADER.size :],)) if kind == _PLAIN else iter(())


def _expand(compressed: bytes) -> Iterator[bytes]:
    """Unpack run after run; the text so far, or its last 4 KiB and more, is the dictionary."""
    text = bytearray(_BEGINNING)
    given = len(text)
    at, has_more = _HEADER.size, True
    while has_more:
        at, has_more = _expand_run(compressed, at, text)
        if len(text) - given >= _PIECE_BYTES:
            yield bytes(text[given:])
            # Whole rings are dropped, so that an offset in the ring stays one in the text.
            del text[: (len(text) // _DICTIONARY_BYTES - 1) * _DICTIONARY_BYTES]
            given = len(text)
    yield bytes(text[given:])


def _expand_run(compressed: bytes, at: int, text: bytearray) -> tuple[int, bool]:
    """Unpack the run that begins at `at`; return where the next one begins, and whether there is one.

    A control byte stands before eight tokens: its lowest bit says of the first whether it is a reference of two bytes,
    its highest bit of the last; any other token is a byte of the text (§2.1.3.1.1, §2.2.3.2).
    """
    end = len(compressed)
    if at >= end:
        return at, False
    control = compressed[at]
    at += 1
    if not control:  # eight bytes of text, as often stand where a text is not repetitive
        text += compressed[at : at + 8]
        return at + 8, True
    for token in range(8):
        if not control >> token & 1:
            text += compressed[at : at + 1]
            at += 1
            continue
        if at + 1 >= end:  # cut off within a reference
            return at, False
        word = compressed[at] << 8 | compressed[at + 1]
        at += 2
        back = (len(text) - (word >> _LENGTH_BITS)) % _DICTIONARY_BYTES
        if not back:  # a reference to where the next byte goes ends the text (§2.1.3.1.5)
            return at, False
        _repeat(text, back, (word & 0xF) + _SHORTEST)
    return at, True


def _repeat(text: bytearray, back: int, length: int) -> None:
    """Append what stood `back` bytes before; what was never written counts as zeros.

    What is appended may be referred to at once (§2.2.3.2 writes byte by byte): so a few bytes repeat themselves.
    """
    unwritten = min(max(0, back - len(text)), length)
    text += bytes(unwritten)
    start, length = len(text) - back, length - unwritten
    if back >= length:
        text += text[start : start + length]
    else:
        text += (text[start:] * (length // back + 1))[:length]
