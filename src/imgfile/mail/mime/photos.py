"""The parts of one message: which are pictures, which are to be opened in turn, which are absent or not looked into.

A picture is known by its bytes, never by what is declared of it: types are wrong in places, and so are encodings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Final, TypeVar

from imgfile.errors import UnreadableMail
from imgfile.mail.coding.encodings import Encoding, decode, decode_head
from imgfile.mail.data_uri import has_data_uri
from imgfile.mail.detect import TEXTS, recognise_attached
from imgfile.mail.headers import Block
from imgfile.mail.kinds import FileKind, file_kind
from imgfile.mail.mbox import Span
from imgfile.mail.mime.content_type import LOOSE_TEXT
from imgfile.mail.mime.encoded_part import EncodedPart
from imgfile.mail.mime.leaves import Body, label_of, leaf_of, length_of, name_of
from imgfile.mail.mime.parts import MESSAGE_TYPES, Part, walk_parts
from imgfile.mail.mime.plain_text import is_plain, may_hold_coded
from imgfile.mail.mime.shown import ShownPictures
from imgfile.mail.mime.uuencode import UUENCODE_BEGIN, find_uuencoded
from imgfile.mail.model import (
    Emptied,
    Found,
    Header,
    Hidden,
    Label,
    Picture,
    Place,
    Reason,
    Signature,
    Wrapped,
)
from imgfile.mail.pictures import PictureKind, picture_kind, recognise_misdeclared
from imgfile.mail.smime import reason_of_part
from imgfile.mail.tombstone import loose_references, placeholder_reference, text_reference
from imgfile.mail.verdict.coded_text import begins_coded, foreign_to_base64, holds_file, is_text
from imgfile.mail.verdict.judge import MAX_TEXT_BYTES, Finding, Leaf, judge
from imgfile.mail.verdict.outside import Range, gaps, outside
from imgfile.mail.view import View
from imgfile.mail.wrapping import Content

_HIDDEN_TYPES: Final = {
    "application/pgp-encrypted": Reason.ENCRYPTED,  # RFC 3156 §4
    "message/partial": Reason.PARTIAL,  # RFC 2046 §5.2.2
}
_TNEF_TYPES: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
"""A winmail.dat, as it is registered, and as old gateways name it."""
_LEAST_FILE_BYTES: Final = 400
"""Text around the parts that is shorter holds no photo, in whatever encoding."""


def find_in_message(
    content: Content, message: Span, prefix: str, signed: Signature | None
) -> Iterator[Found | Wrapped]:
    """Yield every picture of a message, every part to be opened in turn, and what is absent or not looked into.

    In the order of the bytes. `prefix` is the number of the part that the message itself is, `signed` what was signed
    around it. Each part counts once in the content's account.
    """
    parts = walk_parts(content.view, message, prefix, signed)
    if content.wrappings:  # the walked file's own messages are as many as there are
        parts = _charged(content, parts)
    # Tombstones are texts: where those are sought, no text is passed over; nor where everything is looked through.
    if content.seeks_taken_out or content.looks_everywhere:
        return _find_thoroughly(content, message, prefix, parts)
    return _find_quickly(content, message, parts)


def _charged(content: Content, parts: Iterator[Part | Hidden]) -> Iterator[Part | Hidden]:
    for part in parts:
        content.view.budget.open_member()
        yield part


def _find_quickly(content: Content, message: Span, parts: Iterator[Part | Hidden]) -> Iterator[Found | Wrapped]:
    view, account, end = content.view, content.account, message.end
    search: _MessageSearch | None = None
    for part in parts:
        if not isinstance(part, Part):
            yield _besides(content, part)
            continue
        account.parts += 1
        if part.declared.is_body and is_plain(view, part, end):  # nearly every part of a mailbox
            account.harmless += 1
            continue
        search = search or _MessageSearch(content, message)
        yield from search.find(part)


def _find_thoroughly(
    content: Content, message: Span, prefix: str, parts: Iterator[Part | Hidden]
) -> Iterator[Found | Wrapped]:
    search = _MessageSearch(content, message)
    bodies: list[Range] = []
    for part in parts:
        if isinstance(part, Part):
            content.account.parts += 1
            bodies.append((part.block.body, part.end))
            yield from search.find(part)
        else:
            yield _besides(content, part)
    if content.looks_everywhere:
        yield from _find_outside(content, message, prefix, bodies)


def _find_outside(content: Content, message: Span, prefix: str, bodies: Sequence[Range]) -> Iterator[Hidden]:
    """Report a file that stands in a header or between the parts."""
    view = content.view
    between = b"\n".join(view.slice(*gap) for gap in gaps(bodies, message.header.start, message.end))
    if holds_file(between):
        yield _besides(content, outside(prefix, len(between), FileKind.CODED))


def find_in_text(content: Content, path: str, signed: Signature | None) -> Iterator[Found | Wrapped]:
    """Yield what stands uuencoded in a text that was in an encoding of its own, and whether anything else does."""
    block, end = Block(b"", 0, 0), len(content.view)
    part = Part(path, block, Header.NONE, LOOSE_TEXT, signed, end, 0)
    content.account.parts += 1
    message = Span(1, block, end, ())
    yield from _MessageSearch(content, message).find(part)


_Besides = TypeVar("_Besides", Picture, Hidden)


def _besides(content: Content, found: _Besides) -> _Besides:
    """Count what is no part of the message, and is reported as if it were one."""
    content.account.parts += 1
    if isinstance(found, Picture):
        content.account.pictures += 1
    else:
        content.account.report(is_absent=found.reason.is_absence)
    return found


class _MessageSearch:
    """The search of one message, part by part; each part gets one verdict."""

    __slots__ = ("_account", "_content", "_loose_files", "_message", "_shown")

    def __init__(self, content: Content, message: Span) -> None:
        self._content = content
        self._account = content.account
        self._message = message
        self._loose_files: list[Range] = []
        """Where the part that is looked at has uuencoded files, each with a verdict of its own."""
        self._shown: ShownPictures | None = None

    def find(self, part: Part) -> Iterator[Found | Wrapped]:
        """Look at a part's first bytes, then at the whole of what is no picture."""
        self._loose_files = []
        content = self._content
        view, start, end = content.view, part.block.body, part.end
        encoding = part.declared.encoding or Encoding.IDENTITY
        head = decode_head(view, start, end, encoding)
        kind = picture_kind(head)
        if content.looks_everywhere and encoding is Encoding.BASE64:
            yield from self._behind_base64(part)
        if kind is not None:
            yield from self._picture_or_tombstone(part, kind, encoding, head)
        elif _may_hold_more(part, head):
            self._account.opened += 1
            kind_of_file = file_kind(head, name_of(part), part.declared.type) or FileKind.UNKNOWN
            coded = EncodedPart(start, end, encoding)
            yield Wrapped(part.path, coded, end - start, part.signed, kind=kind_of_file, name=name_of(part))
        elif (hidden := _hidden(view, part, head)) is not None:
            self._account.unsearched += 1
            yield hidden
        else:
            yield from self._in_other(part, encoding, head)

    def _behind_base64(self, part: Part) -> Iterator[Hidden]:
        """Report bytes in a coded body that are no base64: they are left out where it is decoded."""
        junk = foreign_to_base64(self._content.view.slice(part.block.body, part.end))
        if junk:
            yield _besides(self._content, outside(part.path, junk))

    def _in_other(self, part: Part, encoding: Encoding, head: bytes) -> Iterator[Found | Wrapped]:
        """Search what is neither a picture as it is declared nor a mailbox."""
        content = self._content
        view, start, end = content.view, part.block.body, part.end
        if content.holds_copy is not None and encoding is Encoding.BASE64 and content.holds_copy(_decoded(view, part)):
            yield Hidden(part.path, Reason.COPY)
        misdeclared = recognise_misdeclared(view, start, end, encoding)
        if misdeclared is not None:
            kind, true_encoding = misdeclared
            head = decode_head(view, start, end, true_encoding)
            yield from self._picture_or_tombstone(part, kind, true_encoding, head)
        elif content.seeks_taken_out:
            yield from self._tombstones(part, head)
        elif part.declared.encoding is None:
            self._account.unsearched += 1
            yield Hidden(part.path, Reason.UNKNOWN_ENCODING, size=length_of(view, part), name=name_of(part))
        elif part.declared.is_body and not content.looks_everywhere and is_text(head):
            yield from self._in_text(part, encoding, head)
        elif (coded := self._coded_uuencode(part)) is not None:
            yield coded
        else:
            yield from self._loose(part)
            yield from self._judged(part, encoding, head)

    def _picture_or_tombstone(
        self, part: Part, kind: PictureKind, encoding: Encoding, head: bytes
    ) -> Iterator[Picture | Emptied]:
        """Report a part that is a picture; one that stands in a photo's place is reported where those are sought."""
        content, reference = self._content, placeholder_reference(head)
        if reference is None:
            self._account.pictures += 1
            place = Place(part.block.start, part.block.body, part.end, part.header, encoding, content.wrappings)
            self._shown = self._shown or ShownPictures(content.view, self._message)
            yield Picture(content, part.path, kind, place, label_of(part, self._shown), part.signed)
            return
        self._account.taken_out += 1
        if content.seeks_taken_out:
            yield Emptied(part.path, reference)

    # --- texts ---

    def _in_text(self, part: Part, encoding: Encoding, head: bytes) -> Iterator[Found | Wrapped]:
        """Find what stands in a text that is shown; where a file may stand coded in it, look at all of it."""
        coded = self._coded_uuencode(part)
        if coded is not None:
            yield coded
            return
        if part.begin is not None:
            yield from self._loose(part)
        view = self._content.view
        if _has_data_uri(view, part):
            self._account.unsearched += 1
            yield Hidden(part.path, Reason.DATA_URI, FileKind.HTML, size=length_of(view, part))
        elif begins_coded(head) or self._may_hold_coded(part, encoding):
            yield from self._judged(part, encoding, head)
        else:
            self._account.harmless += 1

    def _may_hold_coded(self, part: Part, encoding: Encoding) -> bool:
        """Return whether a file may stand in a text: seen in the text itself, which base64 is not."""
        if encoding is not Encoding.BASE64:
            return may_hold_coded(self._content.view, part.block.body, part.end)
        words = _decoded(self._content.view, part).replace(b"\0", b"")
        return may_hold_coded(View(words), 0, len(words))

    def _coded_uuencode(self, part: Part) -> Wrapped | None:
        """Return a text as what is to be opened where uuencode stands in it in an encoding that hides some of it."""
        view, start, end, encoding = self._content.view, part.block.body, part.end, part.declared.encoding
        if encoding is Encoding.BASE64:
            is_hidden = (
                part.declared.type.startswith("text/") and UUENCODE_BEGIN.search(_decoded(view, part)) is not None
            )
        else:
            # Where no `=` stands behind its beginning, it can be read, and taken out, as it stands (RFC 2045 §6.7).
            is_coded = encoding is Encoding.QUOTED_PRINTABLE and part.begin is not None
            is_hidden = is_coded and view.find(b"=", part.begin or start, end) >= 0
        if not is_hidden or encoding is None:
            return None
        self._account.opened += 1
        coded = EncodedPart(start, end, encoding)
        return Wrapped(
            part.path, coded, end - start, part.signed, kind=FileKind.CODED, name=name_of(part), is_text=True
        )

    def _loose(self, part: Part) -> Iterator[Found]:
        """Find the uuencoded files that stand loose in a text: each counts as a part of its own."""
        if part.begin is None or part.declared.encoding is Encoding.BASE64:
            return
        content, pictures, others = self._content, count(1), count(1)
        for block in find_uuencoded(content.view, part.begin, part.end):
            self._loose_files.append((block.start, block.end))
            kind = picture_kind(block.head)
            if kind is not None:
                path = f"{part.path}.uu{next(pictures)}"
                place = Place(block.start, block.start, block.end, Header.NONE, Encoding.UUENCODE, content.wrappings)
                yield _besides(content, Picture(content, path, kind, place, Label(), part.signed))
                continue
            body = Body(content.view, block.start, block.end, Encoding.UUENCODE)
            finding = judge(Leaf("", block.name, block.head, body.size, body.read))
            if finding is not None:
                path = f"{part.path}.uufile{next(others)}"
                yield _besides(content, Hidden(path, finding.reason, finding.kind, block.name, body.size))

    def _tombstones(self, part: Part, head: bytes) -> Iterator[Emptied]:
        """Find what an earlier run wrote in the place of a photo: a text, or a line where uuencode stood."""
        reference = text_reference(head, part.block.text(b"x-imgfile"))
        if reference is not None:
            self._account.taken_out += 1
            yield Emptied(part.path, reference)
            return
        self._account.harmless += 1
        if part.declared.encoding is not Encoding.BASE64:
            found = loose_references(self._content.view, part.block.body, part.end)
            for number, (_, loose) in enumerate(found, 1):
                yield Emptied(f"{part.path}.uu{number}", loose)

    # --- the others ---

    def _judged(self, part: Part, encoding: Encoding, head: bytes) -> Iterator[Hidden]:
        """Report a part that is absent or was not looked into."""
        if self._content.wrappings:
            self._content.view.budget.read_text(part.end - part.block.body)
        finding = self._finding(part, encoding, head)
        if finding is None:
            self._account.harmless += 1
            if not part.declared.is_body and not part.declared.type.endswith("-signature"):
                self._account.attached.append(part.path)
            return
        self._account.report(is_absent=finding.reason.is_absence)
        length = length_of(self._content.view, part)
        yield Hidden(part.path, finding.reason, finding.kind, name_of(part), length)

    def _finding(self, part: Part, encoding: Encoding, head: bytes) -> Finding | None:
        view, start, end = self._content.view, part.block.body, part.end
        if _has_data_uri(view, part):
            return Finding(Reason.DATA_URI, FileKind.HTML)
        is_short = part.header is Header.NONE and end - start < _LEAST_FILE_BYTES
        is_passed = is_short and is_text(head) and not self._content.looks_everywhere
        if is_passed:
            return None
        leaf = leaf_of(view, part, encoding, head)
        return judge(
            replace(leaf, read=partial(self._read_without_files, part, encoding)) if self._loose_files else leaf
        )

    def _read_without_files(self, part: Part, encoding: Encoding, limit: int) -> bytes:
        """Decode a text but for the files in it that have a verdict of their own."""
        view, end = self._content.view, min(part.end, part.block.body + 3 * limit)
        words = b"".join(view.slice(*gap) for gap in gaps(self._loose_files, part.block.body, end))
        return decode(words, encoding)[:limit]


def _decoded(view: View, part: Part) -> bytes:
    """Decode a text in base64; as far as texts are looked at, and none where it is broken."""
    start = part.block.body
    try:
        return decode(view.slice(start, min(part.end, start + MAX_TEXT_BYTES)), Encoding.BASE64)
    except UnreadableMail:
        return b""


def _has_data_uri(view: View, part: Part) -> bool:
    is_html = "html" in part.declared.type
    return is_html and has_data_uri(view, part.block.body, part.end, part.declared.encoding)


def _hidden(view: View, part: Part, head: bytes) -> Hidden | None:
    """Report a part that hides what it holds, or is not what it is declared to be."""
    declared = part.declared
    reason = reason_of_part(declared.type, declared.parameters) or _HIDDEN_TYPES.get(declared.type)
    if reason is None and declared.type in _TNEF_TYPES:
        reason = Reason.BROKEN
    if reason is None:
        return None
    return Hidden(
        part.path,
        reason,
        file_kind(head, None, declared.type) or FileKind.UNKNOWN,
        name_of(part),
        length_of(view, part),
    )


def _may_hold_more(part: Part, head: bytes) -> bool:
    """Return whether a part is to be opened: a message in an encoding of its own, or a file that is a mailbox."""
    if part.declared.type in MESSAGE_TYPES:
        # The walk enters a message that is not encoded, and cannot enter one that is (RFC 2046 §5.2.1 forbids it).
        return part.declared.encoding is not Encoding.IDENTITY
    container = recognise_attached(head)
    if part.header is Header.NONE or part.declared.type.startswith("text/"):
        # A text may quote a mail, and is none for that: here, only files that are no text are opened.
        return container not in {None, *TEXTS}
    return container is not None
