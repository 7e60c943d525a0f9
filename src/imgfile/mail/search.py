"""Every image in a message: by its bytes, in its parts, within its texts, and in what is wrapped in it.

What is wrapped (an encoded message, a winmail.dat, an Outlook message, a mailbox as an attachment) is opened and
searched the same way, to a bounded depth and size; what is not opened is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final, assert_never

from imgfile.errors import UnreadableMail
from imgfile.frozen import dataclass
from imgfile.mail import zip as archive
from imgfile.mail.detect import PREFIX_BYTES, Container, find_spans, recognise_container
from imgfile.mail.encodings import (
    Encoding,
    Kind,
    begins_as_text,
    decode_head,
    decode_image,
    decoded_size,
    picture_kind,
    recognise_misdeclared,
)
from imgfile.mail.header_text import decode_text, find_address, parse_date
from imgfile.mail.headers import Block, parse_value
from imgfile.mail.mbox import Span, find_messages
from imgfile.mail.mime.encoded_part import Coded
from imgfile.mail.mime.inline_text import find_uuencoded, has_data_uri
from imgfile.mail.mime.parts import MESSAGE_TYPES, Hidden, Part, walk_parts
from imgfile.mail.model import (
    Attachment,
    Enclosed,
    Header,
    Message,
    Place,
    Reason,
    Signature,
    TakenOut,
    Unsearched,
)
from imgfile.mail.outlook import cfb as compound
from imgfile.mail.outlook import embedded_objects as objects
from imgfile.mail.outlook import msg, tnef
from imgfile.mail.outlook.pst import messages as pst
from imgfile.mail.tombstone import loose_references, placeholder_reference, text_reference
from imgfile.mail.view import View
from imgfile.mail.wrapping import MAX_WRAPPED_BYTES, MAX_WRAPPINGS, Content, Opener, Wrapping, unwrap

_HIDDEN_TYPES: Final = {"application/pgp-encrypted": Reason.ENCRYPTED, "message/partial": Reason.PARTIAL}
_PKCS7_TYPES: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_DER_SEQUENCE: Final = b"\x30"
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
"""The object identifier of a message that is signed and not encrypted (RFC 5652 §5.1)."""
_TNEF_TYPES: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass(frozen=True, slots=True)
class _Label:
    """What is said of an image beside its bytes."""

    declared_type: str = ""
    name: str | None = None
    content_id: str | None = None
    is_inline: bool = False


@dataclass(frozen=True, slots=True)
class _Image:
    content: Content
    path: str
    kind: Kind
    place: Place
    label: _Label
    signed: Signature | None


@dataclass(frozen=True, slots=True)
class _Wrapped:
    """Something that may hold images in turn: its number, how long it is as it lies there, who signed around it."""

    path: str
    wrapping: Wrapping
    length: int
    signed: Signature | None
    is_object: bool = False


@dataclass(frozen=True, slots=True)
class _Tombstone:
    """What an earlier run left in a photo's place."""

    path: str
    reference: str


_Found = _Image | Hidden | _Tombstone


def search_mailbox(
    content: Content, container: Container, *, walked: Callable[[int], None] = lambda _: None, first: int = 1
) -> Iterator[Attachment | Unsearched | TakenOut]:
    """Yield every image of a mailbox, and every part that was not searched, in the order of the bytes.

    `walked` is called after each message, with where it ends in the file (0 in an archive); the messages are numbered
    from `first`.
    Raises `UnreadableMail` for a file that is no text and damaged.
    """
    match container:
        case Container.TNEF:
            message = replace(tnef.read_message(content.view), number=first)
            yield from _search_file(content, tnef.find_enclosed(content.view), message)
            walked(len(content.view))
        case Container.MSG:
            outlook = msg.open_message(content.view)
            if outlook:  # pragma: no branch - the others are no containers
                message = replace(outlook.read_message(), number=first)
                yield from _search_file(content, outlook.find_enclosed(), message)
                walked(len(content.view))
        case Container.PST:
            yield from _search_data_file(content, walked, first)
        case Container.ZIP:
            yield from _search_archive(content, walked)
        case Container.EML | Container.EMLX | Container.MBOX:
            for span in find_spans(content.view, container):
                yield from _search_message(content, first + span.number - 1, span)
                walked(span.end)
        case _:
            assert_never(container)


def _search_message(content: Content, number: int, span: Span) -> Iterator[Attachment | Unsearched | TakenOut]:
    message: Message | None = None
    for found in _search_text(content, span, "", None):
        message = message or _read_message(number, span.header)
        yield _told(message, found)


def _search_file(
    content: Content, enclosed: Iterator[Enclosed | Hidden], message: Message
) -> Iterator[Attachment | Unsearched | TakenOut]:
    return (_told(message, found) for found in _search_enclosed(content, enclosed, "", None))


def _search_data_file(
    content: Content, walked: Callable[[int], None], first: int
) -> Iterator[Attachment | Unsearched | TakenOut]:
    """Search message after message; how far it is come is told by how many of them are done."""
    total = pst.count_messages(content.view)
    for count, stored in enumerate(pst.find_messages(content.view)):
        message: Message | None = None
        for found in _search_enclosed(content, stored.find_enclosed(), "", None):
            message = message or stored.read_message(first + count)
            yield _told(message, found)
        if count < total:
            walked(len(content.view) * (count + 1) // total)


def _search_archive(content: Content, walked: Callable[[int], None]) -> Iterator[Attachment | Unsearched | TakenOut]:
    """Search member after member; messages are numbered through, and what is no mailbox belongs to none."""
    nobody, number = Message(0, "", None, "", ""), 1

    def counted(_end: int) -> None:
        nonlocal number
        number += 1
        walked(0)

    for file, mailbox in _members(content):
        if mailbox is None:
            yield from _search_file(content, iter((file,)), nobody)
        else:
            yield from search_mailbox(*mailbox, walked=counted, first=number)


def _members(content: Content) -> Iterator[tuple[Enclosed | Hidden, tuple[Content, Container] | None]]:
    """Yield an archive's members, and those opened that are mailboxes."""
    for file in archive.find_enclosed(content.view):
        yield file, None if isinstance(file, Hidden) else _as_mailbox(content, file)


def _as_mailbox(content: Content, file: Enclosed) -> tuple[Content, Container] | None:
    container = recognise_container(file.head)
    if container in {None, Container.ZIP} or file.size > MAX_WRAPPED_BYTES:
        return None
    try:
        inner = content.within(file.wrapping)
        is_mailbox = container is not Container.MSG or msg.open_message(inner.view) is not None
    except UnreadableMail:
        return None  # it is told when it is searched as a file
    return (inner, container) if container and is_mailbox else None


def _read_message(number: int, header: Block) -> Message:
    names = (b"from", b"date", b"subject", b"message-id")
    sender, date, subject, message_id = (
        decode_text(found.value if (found := header.find(name)) else b"") for name in names
    )
    return Message(number, find_address(sender), parse_date(date), subject, message_id)


def _told(message: Message, found: _Found) -> Attachment | Unsearched | TakenOut:
    if isinstance(found, Hidden):
        return Unsearched(message, found.path, found.reason)
    if isinstance(found, _Tombstone):
        return TakenOut(message, found.path, found.reference)
    place, label = found.place, found.label
    return Attachment(
        message=message,
        part=found.path,
        kind=found.kind,
        declared_type=label.declared_type,
        name=label.name,
        content_id=label.content_id,
        is_inline=label.is_inline,
        size=decoded_size(found.content.view, place.body_start, place.body_end, place.encoding),
        signed=found.signed,
        place=place,
        read=partial(_read, found.content.opened, place),
    )


def _read(opened: Opener, place: Place) -> bytes:
    with opened() as root:
        return decode_image(unwrap(root, place.wrappings)[-1], place.body_start, place.body_end, place.encoding)


# --- the parts of a mail ---


def _search_text(content: Content, span: Span, prefix: str, signed: Signature | None) -> Iterator[_Found]:
    for part in walk_parts(content.view, span, prefix, signed):
        if isinstance(part, Part):
            yield from _search_part(content, part)
        else:
            yield part


def _search_part(content: Content, part: Part) -> Iterator[_Found]:
    view, start, end = content.view, part.block.body, part.end
    if part.declared.is_text and not content.seeks_taken_out and begins_as_text(view, start, end):
        yield from _search_loose(content, part)
        return
    reason = _hidden_reason(part)
    if reason is not None:
        yield Hidden(part.path, reason)
    encoding = part.declared.encoding or Encoding.IDENTITY
    head = decode_head(view, start, end, encoding)
    if part.declared.type in _TNEF_TYPES and not head.startswith(tnef.MAGIC):
        yield Hidden(part.path, Reason.BROKEN)
    kind = picture_kind(head)
    if kind is None and _may_hold_more(part, head):
        yield from _search_wrapped(content, _Wrapped(part.path, Coded(start, end, encoding), end - start, part.signed))
        return
    image = (kind, encoding) if kind else recognise_misdeclared(view, start, end, encoding)
    if image is not None:
        reference = placeholder_reference(head if kind else decode_head(view, start, end, image[1]))
        if reference is None:
            place = Place(part.block.start, start, end, part.header, image[1], content.wrappings)
            yield _Image(content, part.path, image[0], place, _label(part), part.signed)
        elif content.seeks_taken_out:
            yield _Tombstone(part.path, reference)
    elif content.seeks_taken_out:
        yield from _search_tombstones(view, part, head)
    elif part.declared.encoding is None:
        yield Hidden(part.path, Reason.UNKNOWN_ENCODING)
    else:
        yield from _search_loose(content, part)


def _hidden_reason(part: Part) -> Reason | None:
    if part.declared.type in _PKCS7_TYPES:
        is_signed = part.declared.parameters.get("smime-type", "").lower() == "signed-data"
        return Reason.OPAQUE_SIGNED if is_signed else Reason.ENCRYPTED
    return _HIDDEN_TYPES.get(part.declared.type)


def _may_hold_more(part: Part, head: bytes) -> bool:
    """Say whether a part is to be opened: a message in an encoding of its own, or a file that is a mailbox."""
    if part.declared.type in MESSAGE_TYPES:
        return part.declared.encoding is not Encoding.IDENTITY
    if part.header is Header.NONE or part.declared.type.startswith("text/"):
        return head.startswith((tnef.MAGIC, compound.MAGIC, archive.MAGIC))
    return recognise_container(head) is not None


def _search_loose(content: Content, part: Part) -> Iterator[_Found]:
    view, start, end, encoding = content.view, part.block.body, part.end, part.declared.encoding
    if part.begin is not None and encoding is not Encoding.BASE64:
        for count, (kind, begin, stop) in enumerate(find_uuencoded(view, part.begin, end), 1):
            place = Place(begin, begin, stop, Header.NONE, Encoding.UUENCODE, content.wrappings)
            yield _Image(content, f"{part.path}.uu{count}", kind, place, _Label(), part.signed)
    if "html" in part.declared.type and has_data_uri(view, start, end, encoding):
        yield Hidden(part.path, Reason.DATA_URI)


def _search_tombstones(view: View, part: Part, head: bytes) -> Iterator[_Tombstone]:
    reference = text_reference(head, part.block.text(b"x-imgfile"))
    if reference is not None:
        yield _Tombstone(part.path, reference)
    elif part.declared.encoding is not Encoding.BASE64:
        for count, (_, loose) in enumerate(loose_references(view, part.block.body, part.end), 1):
            yield _Tombstone(f"{part.path}.uu{count}", loose)


def _label(part: Part) -> _Label:
    if part.header is Header.NONE:
        return _Label()
    disposition, facts = parse_value(part.block.text(b"content-disposition"))
    content_id = part.block.text(b"content-id").strip("<> ") or None
    name = facts.get("filename") or part.declared.parameters.get("name")
    is_inline = content_id is not None and disposition != "attachment"
    return _Label(part.declared.type, _decode_name(name) if name else None, content_id, is_inline)


def _decode_name(name: str) -> str:
    """Decode a parameter's text, unless RFC 2231 did that already."""
    try:
        return decode_text(name.encode("latin-1"))
    except UnicodeEncodeError:
        return name


# --- what is wrapped ---


def _search_wrapped(content: Content, wrapped: _Wrapped) -> Iterator[_Found]:
    """Open something that may hold images, and search it as what it is."""
    if len(content.wrappings) >= MAX_WRAPPINGS:
        yield Hidden(wrapped.path, Reason.TOO_DEEP)
    elif wrapped.length > MAX_WRAPPED_BYTES:
        yield Hidden(wrapped.path, Reason.TOO_LARGE)
    else:
        try:
            inner = content.within(wrapped.wrapping)
            yield from _search_opened(inner, wrapped)
        except UnreadableMail:
            yield Hidden(wrapped.path, Reason.BROKEN)


def _search_opened(content: Content, wrapped: _Wrapped) -> Iterator[_Found]:
    view, path, signed = content.view, wrapped.path, wrapped.signed
    match recognise_container(view.slice(0, PREFIX_BYTES)):
        case Container.TNEF:
            yield from _search_enclosed(content, tnef.find_enclosed(view), path, signed)
        case Container.MSG:
            yield from _search_enclosed(content, _find_in_compound(view, wrapped), path, signed)
        case Container.PST:
            for count, stored in enumerate(pst.find_messages(view), 1):
                yield from _search_enclosed(content, stored.find_enclosed(), f"{path}.{count}", signed)
        case Container.ZIP:
            yield from _search_enclosed(content, archive.find_enclosed(view), path, signed)
        case Container.MBOX:
            for span in find_messages(view):
                yield from _search_text(content, span, f"{path}.{span.number}", signed)
        case container:
            for span in find_spans(view, container):
                yield from _search_text(content, span, path, signed)


def _find_in_compound(view: View, wrapped: _Wrapped) -> Iterator[Enclosed | Hidden]:
    outlook = msg.open_message(view)
    if outlook:
        return outlook.find_enclosed()
    return objects.find_enclosed(view) if wrapped.is_object else iter(())


def _search_enclosed(
    content: Content, enclosed: Iterator[Enclosed | Hidden], prefix: str, signed: Signature | None
) -> Iterator[_Found]:
    for file in enclosed:
        if isinstance(file, Hidden):
            yield Hidden(f"{prefix}.{file.path}" if prefix else file.path, file.reason)
            continue
        path = f"{prefix}.{file.part}" if prefix else file.part
        kind = picture_kind(file.head)
        if kind is None:
            if recognise_container(file.head) is not None:
                yield from _search_wrapped(content, _Wrapped(path, file.wrapping, file.size, signed, file.is_object))
            elif _is_opaque(file):
                yield Hidden(path, Reason.OPAQUE_SIGNED if _SIGNED_DATA in file.head else Reason.ENCRYPTED)
        elif (reference := placeholder_reference(file.head)) is None:
            yield _enclosed_image(content, file, path, kind, signed)
        elif content.seeks_taken_out:
            yield _Tombstone(path, reference)


def _is_opaque(file: Enclosed) -> bool:
    """Say whether a file is what Outlook keeps of an S/MIME message: one attachment, whose content is in DER."""
    is_pkcs7 = file.declared_type in _PKCS7_TYPES or (file.name or "").lower().endswith(".p7m")
    return is_pkcs7 and file.head.startswith(_DER_SEQUENCE)


def _enclosed_image(content: Content, file: Enclosed, path: str, kind: Kind, signed: Signature | None) -> _Image:
    inner = Content(View(file.head), content.opened, (*content.wrappings, file.wrapping))
    place = Place(0, 0, file.size, Header.BINARY, Encoding.IDENTITY, inner.wrappings)
    label = _Label(file.declared_type, file.name, file.content_id, file.content_id is not None)
    return _Image(inner, path, kind, place, label, signed)
