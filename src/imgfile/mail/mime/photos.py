"""The pictures of one message: in its parts, loose in its texts, and what in it is to be opened in turn.

A part is known by its bytes, never by what is declared of it: types are wrong in places, and so are encodings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imgfile.mail.data_uri import has_data_uri
from imgfile.mail.detect import CFB_MAGIC, TNEF_MAGIC, ZIP_MAGIC, recognise_container
from imgfile.mail.encodings import Encoding, decode_head
from imgfile.mail.header_text import decode_text
from imgfile.mail.headers import parse_value
from imgfile.mail.mbox import Span
from imgfile.mail.mime.encoded_part import EncodedPart
from imgfile.mail.mime.parts import MESSAGE_TYPES, Part, walk_parts
from imgfile.mail.mime.uuencode import find_uuencoded
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
from imgfile.mail.pictures import PictureKind, begins_as_text, picture_kind, recognise_misdeclared
from imgfile.mail.smime import reason_of_part
from imgfile.mail.tombstone import loose_references, placeholder_reference, text_reference
from imgfile.mail.view import View
from imgfile.mail.wrapping import Content

_HIDDEN_TYPES: Final = {
    "application/pgp-encrypted": Reason.ENCRYPTED,  # RFC 3156 §4
    "message/partial": Reason.PARTIAL,  # RFC 2046 §5.2.2
}
_TNEF_TYPES: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
"""A winmail.dat, as it is registered, and as old gateways name it."""


def find_in_message(
    content: Content, message: Span, prefix: str, signed: Signature | None
) -> Iterator[Found | Wrapped]:
    """Yield every picture of a message, and every part to be opened in turn, in the order of the bytes.

    `prefix` is the number of the part that the message itself is, `signed` what was signed around it.
    """
    for part in walk_parts(content.view, message, prefix, signed):
        if isinstance(part, Part):
            yield from _find_in_part(content, part)
        else:
            yield part


def _find_in_part(content: Content, part: Part) -> Iterator[Found | Wrapped]:
    """Look at a part's first bytes, then at the whole of what is no picture."""
    view, start, end = content.view, part.block.body, part.end
    # Nearly every part of a mailbox ends here. (A tombstone is text: where those are sought, no text is passed over.)
    if part.declared.is_text and not content.seeks_taken_out and begins_as_text(view, start, end):
        yield from _find_loose(content, part)
        return
    encoding = part.declared.encoding or Encoding.IDENTITY
    head = decode_head(view, start, end, encoding)
    yield from _find_hidden(part, head)
    kind = picture_kind(head)
    if kind is not None:
        yield from _picture_or_tombstone(content, part, kind, encoding, head)
    elif _may_hold_more(part, head):
        yield Wrapped(part.path, EncodedPart(start, end, encoding), end - start, part.signed)
    else:
        yield from _find_in_other(content, part, encoding, head)


def _find_hidden(part: Part, head: bytes) -> Iterator[Hidden]:
    """Report a part that hides what it holds, or is not what it is declared to be."""
    declared = part.declared
    reason = reason_of_part(declared.type, declared.parameters) or _HIDDEN_TYPES.get(declared.type)
    if reason is not None:
        yield Hidden(part.path, reason)
    if declared.type in _TNEF_TYPES and not head.startswith(TNEF_MAGIC):
        yield Hidden(part.path, Reason.BROKEN)


def _may_hold_more(part: Part, head: bytes) -> bool:
    """Return whether a part is to be opened: a message in an encoding of its own, or a file that is a mailbox."""
    if part.declared.type in MESSAGE_TYPES:
        # The walk enters a message that is not encoded, and cannot enter one that is (RFC 2046 §5.2.1 forbids it).
        return part.declared.encoding is not Encoding.IDENTITY
    if part.header is Header.NONE or part.declared.type.startswith("text/"):
        # A text may quote a mail, and is none for that: here, only files that are no text are opened.
        return head.startswith((TNEF_MAGIC, CFB_MAGIC, ZIP_MAGIC))
    return recognise_container(head) is not None


def _find_in_other(content: Content, part: Part, encoding: Encoding, head: bytes) -> Iterator[Found]:
    """Search what is neither a picture as it is declared nor a mailbox."""
    view, start, end = content.view, part.block.body, part.end
    misdeclared = recognise_misdeclared(view, start, end, encoding)
    if misdeclared is not None:
        kind, true_encoding = misdeclared
        head = decode_head(view, start, end, true_encoding)
        yield from _picture_or_tombstone(content, part, kind, true_encoding, head)
    elif content.seeks_taken_out:
        yield from _find_tombstones(view, part, head)
    elif part.declared.encoding is None:
        yield Hidden(part.path, Reason.UNKNOWN_ENCODING)
    else:
        yield from _find_loose(content, part)


def _picture_or_tombstone(
    content: Content, part: Part, kind: PictureKind, encoding: Encoding, head: bytes
) -> Iterator[Picture | Emptied]:
    """Report a part that is a picture; one that stands in a photo's place is reported where those are sought."""
    reference = placeholder_reference(head)
    if reference is None:
        place = Place(part.block.start, part.block.body, part.end, part.header, encoding, content.wrappings)
        yield Picture(content, part.path, kind, place, _label(part), part.signed)
    elif content.seeks_taken_out:
        yield Emptied(part.path, reference)


def _find_loose(content: Content, part: Part) -> Iterator[Found]:
    """Find what stands loose in a text: uuencoded files, and pictures in the addresses of HTML."""
    view, start, end, encoding = content.view, part.block.body, part.end, part.declared.encoding
    if part.begin is not None and encoding is not Encoding.BASE64:
        for count, (kind, begin, stop) in enumerate(find_uuencoded(view, part.begin, end), 1):
            place = Place(begin, begin, stop, Header.NONE, Encoding.UUENCODE, content.wrappings)
            yield Picture(content, f"{part.path}.uu{count}", kind, place, Label(), part.signed)
    if "html" in part.declared.type and has_data_uri(view, start, end, encoding):
        yield Hidden(part.path, Reason.DATA_URI)


def _find_tombstones(view: View, part: Part, head: bytes) -> Iterator[Emptied]:
    """Find what an earlier run wrote in the place of a photo: a text of its own, or a line where uuencode stood."""
    reference = text_reference(head, part.block.text(b"x-imgfile"))
    if reference is not None:
        yield Emptied(part.path, reference)
    elif part.declared.encoding is not Encoding.BASE64:
        for count, (_, loose) in enumerate(loose_references(view, part.block.body, part.end), 1):
            yield Emptied(f"{part.path}.uu{count}", loose)


def _label(part: Part) -> Label:
    """Read what a part's header says of it: RFC 2183 (disposition and file name), RFC 2045 §7 (Content-ID)."""
    if part.header is Header.NONE:
        return Label()
    disposition, facts = parse_value(part.block.text(b"content-disposition"))
    content_id = part.block.text(b"content-id").strip("<> ") or None
    # RFC 2183 §2.3 names the file in the disposition; the `name` of Content-Type is older, and common.
    name = facts.get("filename") or part.declared.parameters.get("name")
    is_inline = content_id is not None and disposition != "attachment"
    return Label(part.declared.type, _decode_name(name) if name else None, content_id, is_inline)


def _decode_name(name: str) -> str:
    """Decode a parameter's text, unless RFC 2231 did that already: then it may have letters beyond Latin-1."""
    try:
        return decode_text(name.encode("latin-1"))
    except UnicodeEncodeError:
        return name
