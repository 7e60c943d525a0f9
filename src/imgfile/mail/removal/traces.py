"""By what a photo would be known again, chosen while it still stands in its mailbox.

1. The photo itself: its length and digest, for a copy that is found as a picture of its own.
2. Letters of its base64. A copy has the very same ones wherever its lines break and whatever stands before each line;
   but three bytes are four letters, so there are three sequences, by where in such a group of three the photo begins.
   In each, some pieces of 32 letters are chosen that begin with two letters that are always the same: to look for any
   number of photos is then one search for those two.
3. Bytes as they stand in the file, where that is not base64: a copy beside it stands there in the same way.

A picture too small or too plain has none of the last two.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Collection, Iterator
from itertools import islice, pairwise
from typing import Final

from imgfile.errors import SourceChanged, SourceUnavailable, UnreadableMail
from imgfile.frozen import dataclass, field
from imgfile.mail.coding.base64 import NO_LETTERS
from imgfile.mail.coding.encodings import Encoding, decode_image
from imgfile.mail.mailbox import Export
from imgfile.mail.model import Attachment, Place
from imgfile.mail.view import View
from imgfile.mail.wrapping import Edit, lift_all, unwrap

PIECE_BYTES: Final = 32
MAX_PIECES: Final = 4
ANCHOR: Final = b"Zq"
"""Two letters that no word has; in a photo of 100 kB they stand about 30 times."""
SHORT_ANCHOR: Final = ANCHOR[:1]
"""For a photo in which they do not stand."""
_ANCHOR: Final = re.compile(ANCHOR)
_SHORT_ANCHOR: Final = re.compile(SHORT_ANCHOR)
_LEAST_DISTINCT_BYTES: Final = 12
"""A piece of fewer, such as a run of one letter, stands in other photos too."""
_LOOK_AHEAD_BYTES: Final = 4096
_FIRST_SHARE: Final = 0.4
"""Where in a photo the first piece is, at the earliest."""
_JPEG: Final = b"\xff\xd8\xff"
_SCAN_OR_END: Final = re.compile(rb"\xff[\xda\xd9]")
"""Where a scan begins, or a picture ends (ISO/IEC 10918-1 §B.1.1.3): tables stand outside of that."""
_START_OF_SCAN: Final = 0xDA
_FEW: Final = 24
"""So many plain searches are no slower than one for a single letter."""
_TRIPLE: Final = 3


@dataclass(frozen=True, slots=True)
class Traces:
    """What to look for of one photo."""

    size: int
    digest: str
    anchored: tuple[bytes, ...] = field(repr=False)
    """Pieces of its base64 that begin with `ANCHOR`."""
    letters: tuple[bytes, ...] = field(repr=False)
    """The same that begin with `SHORT_ANCHOR`, where there are none of those."""
    raw: tuple[bytes, ...] = field(repr=False)
    """Pieces as they stand in the file."""


def choose_traces(export: Export, attachment: Attachment) -> Traces | None:
    """Choose what to look for; None for a photo that cannot be read, or cannot be taken out anyway."""
    place = attachment.place
    try:
        with export.opened() as root:
            views = unwrap(root, place.wrappings)
            data = decode_image(views[-1], place.body_start, place.body_end, place.encoding)
            is_plain = place.encoding is Encoding.BASE64 and not place.wrappings
            raw = () if is_plain else tuple(dict.fromkeys(_raw_pieces(views, place)))
    except (SourceUnavailable, SourceChanged, UnreadableMail):
        return None
    anchored: list[bytes] = []
    letters: list[bytes] = []
    telling = _telling(data)
    for shift in range(_TRIPLE):
        text = _letters(telling, shift)
        found = _pieces(text, ANCHOR)
        anchored += found
        letters += [] if found else _pieces(text, SHORT_ANCHOR)
    return Traces(len(data), hashlib.sha256(data).hexdigest(), tuple(anchored), tuple(letters), raw)


def _telling(data: bytes) -> bytes:
    """Return the part of a photo that no other has: its second three fifths, of a JPEG only of its longest scan.

    Before that stand tables and profiles, which all photos of one phone share; in a small JPEG they take most of it.
    """
    start = int(len(data) * _FIRST_SHARE)
    if not data.startswith(_JPEG):
        return data[start:]
    marks = [found.start() for found in _SCAN_OR_END.finditer(data)]
    scans = [(at, end) for at, end in pairwise([*marks, len(data)]) if data[at + 1] == _START_OF_SCAN]
    begin, end = max(scans, key=lambda scan: scan[1] - scan[0], default=(start, len(data)))
    return data[max(start, begin) if start < end else begin : end]


def _letters(data: bytes, shift: int) -> bytes:
    """Encode a photo as its letters stand where it begins so many bytes before the end of a group of three."""
    end = len(data) - (len(data) - shift) % _TRIPLE
    return binascii.b2a_base64(memoryview(data)[shift:end], newline=False)


def _pieces(text: bytes, anchor: bytes) -> list[bytes]:
    """Choose pieces spread evenly over a text, each of enough different letters to be told from others."""
    pieces: dict[bytes, None] = {}
    for share in range(MAX_PIECES):
        start = len(text) * share // MAX_PIECES
        for piece in islice(_beginning_with(text, anchor, start), 20):
            if len(set(piece)) >= _LEAST_DISTINCT_BYTES:
                pieces[piece] = None
                break
    return list(pieces)


def _beginning_with(text: bytes, anchor: bytes, start: int) -> Iterator[bytes]:
    at = text.find(anchor, start)
    while 0 <= at <= len(text) - PIECE_BYTES:
        yield text[at : at + PIECE_BYTES]
        at = text.find(anchor, at + 1)


def _raw_pieces(views: list[View], place: Place) -> Iterator[bytes]:
    """Yield pieces as they stand in the file, whatever is wrapped around the photo."""
    start, end = place.body_start, place.body_end
    for share in range(MAX_PIECES):
        position = start + int((end - start) * (_FIRST_SHARE + (1 - _FIRST_SHARE) * share / MAX_PIECES))
        unchanged = Edit(position, views[-1].slice(position, min(position + _LOOK_AHEAD_BYTES, end)))
        for edit in lift_all(views, place.wrappings, [unchanged])[:1]:
            runs = (run for line in edit.text.splitlines() for run in (line[:PIECE_BYTES],) if len(run) == PIECE_BYTES)
            yield from islice((found for found in runs if len(set(found)) >= _LEAST_DISTINCT_BYTES), 1)


class Sought:
    """The pieces of many photos, put in order to be looked for together."""

    def __init__(self, traces: Collection[Traces]) -> None:
        self.anchored = {piece for one in traces for piece in one.anchored}
        self.letters = {piece for one in traces for piece in one.letters}
        self.raw = {piece for one in traces for piece in one.raw}

    def in_text(self, text: bytes) -> bool:
        """Return whether a text holds a piece of base64."""
        return any(True for _ in self.places(text.translate(None, NO_LETTERS)))

    def places(self, letters: bytes) -> Iterator[int]:
        """Yield where pieces stand among letters from which everything else was taken out."""
        if self.anchored:
            yield from _anchored(letters, _ANCHOR, self.anchored)
        if len(self.letters) > _FEW:
            yield from _anchored(letters, _SHORT_ANCHOR, self.letters)
        else:
            for piece in self.letters:
                yield from _each(letters, piece)

    def raw_places(self, data: bytes) -> Iterator[int]:
        """Yield where pieces stand that are looked for as they are."""
        for piece in self.raw:
            yield from _each(data, piece)


def _anchored(letters: bytes, anchor: re.Pattern[bytes], pieces: Collection[bytes]) -> Iterator[int]:
    """Find pieces by what they begin with: a pattern is quicker there than one search after another."""
    for found in anchor.finditer(letters):
        at = found.start()
        if letters[at : at + PIECE_BYTES] in pieces:
            yield at


def _each(data: bytes, piece: bytes) -> Iterator[int]:
    at = data.find(piece)
    while at >= 0:
        yield at
        at = data.find(piece, at + len(piece))
