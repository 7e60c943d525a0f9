"""A PDF document (ISO 32000-1): the photos in it, and the files attached to it.

A photo in a document is a stream of its own, and mostly a whole JPEG (`DCTDecode`, §7.4.8) or JPEG 2000. Streams are
found where the keyword `stream` stands (§7.3.8), by the dictionary before it, without the tables that a reader uses: in
a damaged document, or in an older version of one, they are found too. Pictures in another coding than these are no file
by themselves: that there are some is reported. Nothing changes in place: a signature, or a second reference to the
stream, would break unseen.

Documents are long, and the keywords few: each is sought as a run of bytes, many times as quickly as a pattern is, and
only what stands there is compared with the pattern; what a stream holds is passed over.
"""

from __future__ import annotations

import binascii
import re
import zlib
from base64 import a85decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass  # the standard one: there is one for each stream
from typing import Final, NoReturn

from imgfile.errors import UnreadableMail
from imgfile.mail.coding.encodings import HEAD_BYTES
from imgfile.mail.kinds import FileKind
from imgfile.mail.model import Enclosed, Hidden, Reason
from imgfile.mail.verdict.coded_text import coded_file, is_text
from imgfile.mail.view import View
from imgfile.mail.wrapping import MAX_WRAPPED_BYTES, Edit

_KEYWORD: Final = b"stream"
_STREAM: Final = re.compile(rb"(?<!end)stream(?:\r\n|\n|\r)")
"""§7.3.8.1; CR alone is forbidden, and written in places."""
_END: Final = b"endstream"
_DICTIONARY_BYTES: Final = 4096
"""How far before a stream its dictionary is sought."""
_OBJECT_KEYWORD: Final = b"obj"
_OBJECT_BYTES: Final = 64
"""More than the numbers before that keyword take, as programs write them; longer ones are found by a longer search."""
_OBJECT: Final = re.compile(rb"(\d{1,10})[ \t\r\n\0]+\d{1,5}[ \t\r\n\0]+obj\b")
_LENGTH: Final = re.compile(rb"/Length[ \t\r\n]+(\d{1,12})(?![ \t\r\n]+\d+[ \t\r\n]+R|\d)")
_FILTER: Final = re.compile(rb"/Filter[ \t\r\n]*(\[[^\]]{0,200}\]|/[A-Za-z0-9]+)")
_NAME: Final = re.compile(rb"/([A-Za-z0-9]+)")
_IS_IMAGE: Final = re.compile(rb"/Subtype[ \t\r\n]*/Image\b")
_IS_MASK: Final = re.compile(rb"/ImageMask[ \t\r\n]+true\b")
_IS_FILE: Final = re.compile(rb"/EmbeddedFile\b")
_MASK: Final = b"Mask"
_MASK_OF: Final = re.compile(rb"(?:(?<=/)|(?<=/S))Mask[ \t\r\n]+(\d{1,10})[ \t\r\n]+\d{1,5}[ \t\r\n]+R")
_ENCRYPT: Final = b"/Encrypt"
_IS_ENCRYPTED: Final = re.compile(rb"/Encrypt[ \t\r\n]+(?:\d+[ \t\r\n]+\d+[ \t\r\n]+R|<<)")
"""§7.6: then every stream is, and no picture begins as one."""

_CODED_WHOLE: Final = frozenset({b"DCTDecode", b"DCT", b"JPXDecode"})
"""What is a file as it stands, once the filters before it are undone (§7.4, table 6)."""
_UNDONE: Final = {
    b"FlateDecode": b"Fl",
    b"Fl": b"Fl",
    b"ASCII85Decode": b"A85",
    b"A85": b"A85",
    b"ASCIIHexDecode": b"AHx",
    b"AHx": b"AHx",
}
_HOLDS_NO_PICTURE: Final = re.compile(
    rb"/(?:XRef|ObjStm|Metadata|FontFile[23]?|Length[123]|Type1C|CIDFontType0C|OpenType|FunctionType|ShadingType)\b"
)
"""Fonts, tables, functions: a page's own streams have none of these keys."""
_INLINE: Final = re.compile(rb"(?<![^\s])BI[\s/][^<>]{0,300}?[\s\]]ID[ \r\n]")
_INLINE_END: Final = re.compile(rb"[\s>]EI(?![^\s])")
_LEAST_INLINE_BYTES: Final = 2000
_DRAWN_BYTES: Final = 4 << 20
"""How much of what a page draws is looked at."""
_LINE_ENDS: Final = (b"\r\n", b"\n", b"\r")


@dataclass(frozen=True, slots=True)
class PdfStream:
    """A stream's bytes, and the filters that are to be undone, in their order."""

    start: int
    end: int
    filters: tuple[bytes, ...] = ()

    def open(self, outer: View) -> View:
        """Undo the filters. Raises `UnreadableMail` when it is damaged, or too large."""
        return View(self.read(outer, MAX_WRAPPED_BYTES))

    def read(self, outer: View, limit: int, *, is_head: bool = False) -> bytes:
        """Undo the filters; of a head at most `limit` bytes. Raises `UnreadableMail`."""
        raw_limit = 4 * limit + _DICTIONARY_BYTES if is_head and self.filters else limit
        data = outer.slice(self.start, min(self.end, self.start + raw_limit) if is_head else self.end)
        for name in self.filters:
            data = _undo(name, data, limit, is_head=is_head)
        if len(data) > limit and not is_head:
            raise _too_large()
        return data[:limit]

    def lift(self, outer: View, edits: Sequence[Edit]) -> NoReturn:  # noqa: ARG002 - every wrapping is given them
        """Refuse: nothing in a document changes in place. Raises `UnreadableMail`."""
        raise UnreadableMail(
            "a photo lies in a PDF document, and is not taken out of it.",
            "Delete the message in the mail program, or erase the export whole:  --destroy-export",
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """A stream with what its dictionary says of it."""

    dictionary: bytes
    number: int
    """Of the object that it is; 0 where that cannot be known."""
    stream: PdfStream
    rest: tuple[bytes, ...]
    """The filters that stay."""


def find_enclosed(view: View) -> Iterator[Enclosed | Hidden] | None:
    """Return every photo and attached file, numbered from 1 by its place, then what is not looked into.

    None for a document without a stream: it has no page, or is cut off.
    """
    return _find_enclosed(view) if next(_found(view, _KEYWORD, _STREAM), None) else None


def _find_enclosed(view: View) -> Iterator[Enclosed | Hidden]:
    if next(_found(view, _ENCRYPT, _IS_ENCRYPTED), None):
        yield Hidden("1", Reason.ENCRYPTED, FileKind.PDF, size=len(view))
        return
    masks = {int(mask[1]) for mask in _found(view, _MASK, _MASK_OF)}
    bare = 0
    for count, found in enumerate(_streams(view), 1):
        view.budget.open_member()
        is_picture = bool(_IS_IMAGE.search(found.dictionary))
        head = _head(view, found.stream)
        if _is_file(found, head):
            yield Enclosed(str(count), found.stream, _size(view, found.stream), head)
        elif is_picture:
            is_mask = found.number in masks or _IS_MASK.search(found.dictionary)
            bare = bare or (0 if is_mask else count)
        elif not bare and not _HOLDS_NO_PICTURE.search(found.dictionary) and _holds_picture(view, found):
            bare = count
    if bare:
        yield Hidden(str(bare), Reason.NOT_OPENED, FileKind.PICTURE)


def _found(view: View, keyword: bytes, pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """Yield each match of a pattern that begins with a keyword."""
    at, length = view.find(keyword, 0, len(view)), len(view)
    while at >= 0:
        match = view.match(pattern, at, length)
        if match:
            yield match
        at = view.find(keyword, at + 1, length)


def _is_file(found: _Found, head: bytes) -> bool:
    """Return whether a stream is a file: a coded picture, one attached, or a JPEG whatever is said of it."""
    is_coded = bool(found.rest) and found.rest[0] in _CODED_WHOLE
    is_attached = not found.rest and bool(_IS_FILE.search(found.dictionary))
    return is_coded or is_attached or head.startswith(b"\xff\xd8\xff")


def _holds_picture(view: View, found: _Found) -> bool:
    """Return whether what a page draws, or a form, has a picture within itself: inline (§8.9.7), or coded in words."""
    if found.rest:
        return False
    try:
        drawn = found.stream.read(view, _DRAWN_BYTES, is_head=True)
    except UnreadableMail:  # damaged: no reader shows it
        return False
    view.budget.unpack(len(drawn))
    if b"ID" in drawn and any(_is_large(drawn, begin.end()) for begin in _INLINE.finditer(drawn)):
        return True
    if not drawn.lstrip().startswith(b"<"):  # a form of XML (XFA) has its pictures in base64
        return False
    view.budget.read_text(len(drawn))
    return is_text(drawn) and coded_file(drawn) is not None


def _is_large(drawn: bytes, start: int) -> bool:
    """Return whether an inline picture is larger than a letter of a font, or a symbol, which are made so too."""
    end = _INLINE_END.search(drawn, start)
    return (end.start() if end else len(drawn)) - start >= _LEAST_INLINE_BYTES


def _head(view: View, stream: PdfStream) -> bytes:
    try:
        return stream.read(view, HEAD_BYTES, is_head=True)
    except UnreadableMail:
        return b""


def _size(view: View, stream: PdfStream) -> int:
    """Return how many bytes a stream has, unpacked; 0 for one that is damaged or too large, which reading it says."""
    if not stream.filters:
        return stream.end - stream.start
    try:
        data = stream.read(view, MAX_WRAPPED_BYTES)
    except UnreadableMail:
        view.budget.unpack(MAX_WRAPPED_BYTES)
        return 0
    view.budget.unpack(len(data))
    return len(data)


def _streams(view: View) -> Iterator[_Found]:
    """Yield the streams in the order of the bytes."""
    passed = 0
    at, length = view.find(_KEYWORD, 0, len(view)), len(view)
    while at >= 0:
        keyword = view.match(_STREAM, at, length)
        if keyword:
            found = _stream(view, view.slice(max(passed, at - _DICTIONARY_BYTES), at), keyword.end())
            yield found
            passed = found.stream.end  # the bytes up to here are this stream's
        at = view.find(_KEYWORD, max(passed, at + 1), length)


def _stream(view: View, before: bytes, start: int) -> _Found:
    """Return the stream that begins at `start`, by what stands before it."""
    number, dictionary = _dictionary(before)
    filters = _filters(dictionary)
    undone = 0
    while undone < len(filters) and filters[undone] in _UNDONE:
        undone += 1
    stream = PdfStream(start, _end_of(view, dictionary, start), tuple(_UNDONE[name] for name in filters[:undone]))
    return _Found(dictionary, number, stream, tuple(filters[undone:]))


def _dictionary(before: bytes) -> tuple[int, bytes]:
    """Return the number of the object that begins last in these bytes, and what stands behind that."""
    last = before.rfind(_OBJECT_KEYWORD)
    near = max(0, last - _OBJECT_BYTES)
    begun = list(_OBJECT.finditer(before, near, last + len(_OBJECT_KEYWORD) + 1)) if last >= 0 else []
    if last >= 0 and not (begun and begun[-1].start() > near):  # `endobj`, or numbers that are written far apart
        begun = list(_OBJECT.finditer(before))
    return (int(begun[-1][1]), before[begun[-1].end() :]) if begun else (0, before)


def _filters(dictionary: bytes) -> list[bytes]:
    found = _FILTER.search(dictionary)
    return _NAME.findall(found[1]) if found else []


def _end_of(view: View, dictionary: bytes, start: int) -> int:
    """Return where a stream ends: at the length that is stated, if it ends there, else at the keyword after it."""
    stated = _LENGTH.search(dictionary)
    if stated:
        end = start + int(stated[1])
        if view.slice(end, end + len(_END) + 2).lstrip(b"\r\n").startswith(_END):
            return end
    end = view.find(_END, start, len(view))
    if end < 0:
        return len(view)
    line_end = next((mark for mark in _LINE_ENDS if view.slice(start, end).endswith(mark)), b"")
    return end - len(line_end)


def _undo(name: bytes, data: bytes, limit: int, *, is_head: bool) -> bytes:
    """Undo one filter (§7.4.2, §7.4.3, §7.4.4)."""
    try:
        if name == b"Fl":
            return _inflate(data, limit, is_head=is_head)
        text = bytes(data.translate(None, b" \t\r\n\f\0"))
        if name == b"AHx":
            digits = text.partition(b">")[0]
            return binascii.unhexlify(digits[: len(digits) & ~1])
        coded = text.removeprefix(b"<~").partition(b"~")[0]
        return a85decode(coded[: len(coded) // 5 * 5] if is_head else coded)
    except (zlib.error, ValueError) as error:
        raise UnreadableMail("the PDF document is damaged.", "Open it, and save the photo out of it.") from error


def _inflate(data: bytes, limit: int, *, is_head: bool) -> bytes:
    engine = zlib.decompressobj()
    unpacked = engine.decompress(data, limit + (not is_head))
    if len(unpacked) > limit:
        raise _too_large()
    return unpacked


def _too_large() -> UnreadableMail:
    return UnreadableMail("a photo in a PDF document is too large.", "Open it, and save the photo out of it.")
