"""What stands in a photo's place: one line of text, or a small picture where the message shows one inline.

Neither repeats the old file name, which may hold a patient's. A placeholder is an eight-pixel grey square that
carries the same words as a comment (JPEG COM, PNG tEXt, GIF comment extension), so that it is known again.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from datetime import date
from typing import Final

from imgfile.clinical.proofs import MediaType
from imgfile.frozen import dataclass
from imgfile.mail.pictures import PictureKind
from imgfile.mail.view import View

_REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MARK: Final = re.compile(rb"imgfile removed; ref=([A-Za-z0-9][A-Za-z0-9._-]{0,63}); sha256=([0-9a-f]{8})")
_FACTS: Final = re.compile(r"removed; ref=([A-Za-z0-9][A-Za-z0-9._-]{0,63}); sha256=[0-9a-f]{8}")
_SENTENCE: Final = re.compile(
    rb"This photo was (?:filed as ([A-Za-z0-9][A-Za-z0-9._-]{0,63}) and|not filed, and) removed from here on "
    rb"\d{4}-\d\d-\d\d\."
)
NOT_FILED: Final = "not-filed"
"""What stands for the record of a photo that was removed and is filed nowhere."""
_SENTENCE_BEGINS: Final = b"This photo"
"""Whatever the lines that a sentence was broken into, the first of an encoded photo is longer than this."""
_MAX_BROKEN_SENTENCE_BYTES: Final = 600
_DIGEST_CHARACTERS: Final = 8
_SIDE_PIXELS: Final = 8
_GREY: Final = 128
_MAX_PLACEHOLDER_BYTES: Final = 600


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What a removed photo's place says: the record it was filed as, when it went, and its digest's beginning."""

    reference: str
    removed_on: date
    sha256: str

    def __post_init__(self) -> None:
        """Refuse a reference that could break out of a header line. Raises ValueError."""
        if not _REFERENCE.fullmatch(self.reference):
            raise ValueError("a reference is letters, digits, dots, hyphens and underscores")

    def sentence(self) -> str:
        """Return the line that a reader shows."""
        if self.reference == NOT_FILED:
            return f"This photo was not filed, and removed from here on {self.removed_on.isoformat()}."
        return f"This photo was filed as {self.reference} and removed from here on {self.removed_on.isoformat()}."

    def facts(self) -> str:
        """Return the value of the `X-Imgfile` field."""
        return f"removed; ref={self.reference}; sha256={self.sha256[:_DIGEST_CHARACTERS]}"

    def placeholder(self, kind: PictureKind) -> bytes:
        """Return the small picture, of the photo's own format where browsers show that, else a PNG."""
        comment = f"imgfile {self.facts()}".encode()
        if kind is MediaType.JPEG:
            return _jpeg(comment)
        return _gif(comment) if kind is MediaType.GIF else _png(comment)


def placeholder_reference(data: bytes) -> str | None:
    """Return the record that a placeholder stands for; None for any other picture."""
    mark = _MARK.search(data, 0, _MAX_PLACEHOLDER_BYTES)
    is_ours = mark is not None and data.startswith((_jpeg(mark[0]), _gif(mark[0]), _png(mark[0])))
    return _named(mark[1]) if mark and is_ours else None


def text_reference(head: bytes, facts: str) -> str | None:
    """Return the record that a text part stands for, by its first bytes and its `X-Imgfile` field; None for any other.

    It is empty where there was no room to name the record.
    """
    sentence = _SENTENCE.match(_unbroken(head))
    if sentence:
        return _named(sentence[1])
    named = _FACTS.fullmatch(facts.rstrip(". "))  # dots and blanks are what a header is filled up with
    if named:
        return _named(named[1].encode())
    return "" if facts.startswith("removed") else None


def loose_references(view: View, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield where within a text photos stood that were no part of their own, and the records they were filed as."""
    at = view.find(_SENTENCE_BEGINS, start, end)
    while at >= 0:
        sentence = _SENTENCE.match(_unbroken(view.slice(at, min(end, at + _MAX_BROKEN_SENTENCE_BYTES))))
        if sentence:
            yield at, _named(sentence[1])
        at = view.find(_SENTENCE_BEGINS, at + 1, end)


def _named(reference: bytes | None) -> str:
    """Return the record that a tombstone names; empty for a photo that is filed nowhere."""
    return "" if reference is None or reference == NOT_FILED.encode() else reference.decode()


def _unbroken(text: bytes) -> bytes:
    """Join what M4 left on lines of the photo's own."""
    return text.translate(None, b"\r\n")


def _png(comment: bytes) -> bytes:
    """Make a grey PNG with a tEXt chunk (PNG, third edition, §11)."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", _SIDE_PIXELS, _SIDE_PIXELS, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes([_GREY]) * _SIDE_PIXELS) * _SIDE_PIXELS, 9)
    chunks = ((b"IHDR", header), (b"tEXt", b"Comment\0" + comment), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in chunks)


def _jpeg(comment: bytes) -> bytes:
    """Make a grey baseline JPEG of one block: both Huffman tables hold a single code, `0` (ITU-T T.81, B.2)."""

    def segment(marker: int, body: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body

    one_code = bytes([1]) + bytes(15) + b"\0"
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xFE, comment),
            segment(0xDB, b"\0" + b"\1" * 64),
            segment(0xC0, struct.pack(">BHHBBBB", 8, _SIDE_PIXELS, _SIDE_PIXELS, 1, 1, 0x11, 0)),
            segment(0xC4, b"\x00" + one_code),
            segment(0xC4, b"\x10" + one_code),
            segment(0xDA, bytes([1, 1, 0, 0, 63, 0])),
            b"\x3f\xff\xd9",  # a zero difference, the end of the block, ones to fill the byte
        )
    )


def _gif(comment: bytes) -> bytes:
    """Make a GIF of one grey pixel with a comment (GIF89a §24)."""
    return b"".join(
        (
            b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes([_GREY] * 3 + [0] * 3),
            b"\x21\xfe" + bytes([len(comment)]) + comment + b"\0",
            b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00\x3b",
        )
    )
