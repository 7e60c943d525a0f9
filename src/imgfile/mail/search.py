"""Every photo of a mailbox file: message after message, and into what is wrapped in a message.

What is wrapped (an encoded message, a winmail.dat, an Outlook message, a mailbox as an attachment) is opened and
searched the same way, to a bounded depth and size; what is not opened is reported. Modules that read a kind of file are
imported when such a file is met: most mailboxes are text, and have no other in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Final, Protocol, assert_never

from imgfile.errors import UnreadableMail
from imgfile.mail.coding.encodings import decode_image, decoded_size
from imgfile.mail.coding.text_form import recognise_form
from imgfile.mail.detect import PREFIX_BYTES, TEXTS, Container, recognise_attached, recognise_container
from imgfile.mail.enclosed import find_in_files, within_budget
from imgfile.mail.header_text import decode_text, find_address, parse_date
from imgfile.mail.headers import Block
from imgfile.mail.kinds import FileKind, file_kind
from imgfile.mail.mime.photos import find_in_message, find_in_text
from imgfile.mail.model import (
    Attachment,
    Emptied,
    Enclosed,
    Found,
    Hidden,
    Message,
    Picture,
    Place,
    Reason,
    TakenOut,
    Unsearched,
    Wrapped,
)
from imgfile.mail.text_mailbox import find_spans
from imgfile.mail.verdict.coded_text import coded_file, holds_file
from imgfile.mail.verdict.outside import outside
from imgfile.mail.view import View
from imgfile.mail.wrapping import MAX_WRAPPED_BYTES, MAX_WRAPPINGS, Content, Opener, unwrap

_NOBODY: Final = Message(0, "", None, "", "")
"""Whose a file is that lies in no message."""
_LONGEST_BETWEEN_BYTES: Final = 4000
"""A separator line, or the property list behind a message of Apple Mail's: a few hundred bytes."""

Walked = Callable[[int], None]
"""Called after each message with where it ends in the file."""
Report = Attachment | Unsearched | TakenOut


class _OutlookMessage(Protocol):
    """A message in one of Outlook's own formats, opened."""

    def read_message(self, number: int) -> Message:
        """Read the facts of the message."""

    def find_enclosed(self) -> Iterator[Enclosed | Hidden]:
        """Yield the files in it."""

    def find_outside(self) -> Iterator[Hidden]:
        """Yield what in it no file accounts for."""


def search_mailbox(
    content: Content, container: Container, *, walked: Walked = lambda _: None, first: int = 1, prefix: str = ""
) -> Iterator[Report]:
    """Yield every image of a mailbox, and every part that was not searched, in the order of the bytes.

    `walked` is called after each message, with where it ends in the file (0 in an archive); the messages are numbered
    from `first`. `prefix` begins the numbers of what belongs to no message.
    Raises `UnreadableMail` for a file that is no text and damaged.
    """
    match container:
        case Container.EML | Container.EMLX | Container.MBOX:
            yield from _search_text(content, container, walked, first)
        case Container.TNEF | Container.MSG:
            outlook = _open_outlook(content.view, container)
            if outlook is not None:  # pragma: no branch - another compound file is no container
                yield from _search_outlook(content, outlook, first)
                walked(len(content.view))
        case Container.PST:
            yield from _search_data_file(content, walked, first)
        case Container.ZIP | Container.GZIP | Container.TAR | Container.OFFICE | Container.PDF:
            yield from _search_archive(content, container, walked, first, prefix)
        case _:
            assert_never(container)


# --- one message after another ---


def _search_text(content: Content, container: Container, walked: Walked, first: int) -> Iterator[Report]:
    """Search a mailbox of text; one in a form that no program keeps is read as the text that it is."""
    form = recognise_form(content.view.slice(0, PREFIX_BYTES))
    content = content.within(form) if form else content
    before = 0
    for number, span in enumerate(find_spans(content.view, container), first):
        found = _open_all(content, find_in_message(content, span, "", None))
        yield from _reported(found, partial(_read_message, number, span.header))
        if content.looks_everywhere:
            yield from _between_messages(content, before, span.header.start)
        before = span.end
        walked(form.outer(span.end) if form else span.end)
    if content.looks_everywhere:
        yield from _between_messages(content, before, len(content.view))


def _between_messages(content: Content, start: int, end: int) -> Iterator[Report]:
    """Report a file before, between or behind the messages of a text mailbox: there are separators, and little else."""
    text = content.view.slice(start, end)
    if holds_file(text) or coded_file(text) or len(text.strip()) > _LONGEST_BETWEEN_BYTES:
        found = find_in_files(content, (outside("outside", len(text)),), "", None)
        yield from _reported(_open_all(content, found), lambda: _NOBODY)


def _open_outlook(view: View, container: Container) -> _OutlookMessage | None:
    """Open a winmail.dat or an Outlook message; None for a compound file that is none. Raises `UnreadableMail`."""
    if container is Container.TNEF:
        from imgfile.mail.outlook.tnef import TnefMessage

        return TnefMessage(view)
    from imgfile.mail.outlook.msg import open_message

    return open_message(view)


def _search_outlook(content: Content, message: _OutlookMessage, number: int) -> Iterator[Report]:
    found = _open_all(content, find_in_files(content, _files_in(content, message), "", None))
    return _reported(found, partial(message.read_message, number))


def _search_data_file(content: Content, walked: Walked, first: int) -> Iterator[Report]:
    """Search an Outlook data file; its messages lie anywhere in it, so progress is the share of them that is done."""
    from imgfile.mail.outlook.pst.messages import count_messages, find_messages

    total, length = count_messages(content.view), len(content.view)
    for done, message in enumerate(find_messages(content.view), 1):
        yield from _search_outlook(content, message, first + done - 1)
        if done <= total:  # the hidden ones come last, and are not counted
            walked(length * done // total)


def _search_archive(
    content: Content, container: Container, walked: Walked, first: int, prefix: str
) -> Iterator[Report]:
    """Search member after member; messages are numbered through, and what is no mailbox belongs to none."""
    messages = first - 1

    def count(_end: int) -> None:
        nonlocal messages
        messages += 1
        walked(0)  # a member has no place of its own in the file's length, unpacked as it is

    files = _files_within(content, container) or iter(())
    for member in within_budget(content, files):
        mailbox = None if isinstance(member, Hidden) else _as_mailbox(content, member)
        if isinstance(member, Enclosed) and mailbox is not None:
            inner, kind = mailbox
            number = f"{prefix}.{member.part}" if prefix else member.part
            try:
                yield from search_mailbox(inner, kind, walked=count, first=messages + 1, prefix=number)
            except UnreadableMail:
                content.account.opened -= 1
                content.account.unsearched += 1
                reason = Reason.TOO_MUCH if content.view.budget.is_spent else Reason.BROKEN
                named = file_kind(member.head, member.name) or FileKind.MESSAGE
                yield Unsearched(_NOBODY, number, reason, named, member.name, member.size)
        else:
            found = _open_all(content, find_in_files(content, (member,), prefix, None))
            yield from _reported(found, lambda: _NOBODY)


def _as_mailbox(content: Content, member: Enclosed) -> tuple[Content, Container] | None:
    """Open an archive's member that is a mailbox; None for any other, which is searched as a file of no message."""
    container = recognise_container(member.head)
    if container is None or container is Container.ZIP or member.size > MAX_WRAPPED_BYTES:
        return None
    try:
        inner = content.within(member.wrapping)
        if container is Container.MSG and _open_outlook(inner.view, container) is None:
            return None
    except UnreadableMail:
        return None  # reported as broken when it is searched as a file
    content.account.parts += 1
    content.account.opened += 1
    return inner, container


# --- what is wrapped ---


def _open_all(content: Content, found: Iterable[Found | Wrapped]) -> Iterator[Found]:
    """Yield what was found; what is to be opened in turn is searched in its place."""
    for one in found:
        if isinstance(one, Wrapped):
            yield from _search_wrapped(content, one)
        else:
            yield one


def _search_wrapped(content: Content, wrapped: Wrapped) -> Iterator[Found]:
    """Open something that may hold images, and search it as what its bytes are."""
    budget = content.view.budget
    if len(content.wrappings) >= MAX_WRAPPINGS:
        yield _unopened(content, wrapped, Reason.TOO_DEEP)
    elif wrapped.length > MAX_WRAPPED_BYTES:
        yield _unopened(content, wrapped, Reason.TOO_LARGE)
    elif budget.is_spent:
        yield _unopened(content, wrapped, Reason.TOO_MUCH)
    else:
        try:
            inner = content.within(wrapped.wrapping)
            prefix = inner.view.slice(0, PREFIX_BYTES)
            form = recognise_form(prefix) if recognise_attached(prefix) in TEXTS else None
            inner = inner.within(form) if form else inner
            if content.holds_copy is not None and content.holds_copy(inner.view.slice(0, len(inner.view))):
                yield Hidden(wrapped.path, Reason.COPY)
            yield from _open_all(inner, _search_opened(inner, wrapped))
        except UnreadableMail:
            yield _unopened(content, wrapped, Reason.TOO_MUCH if budget.is_spent else Reason.BROKEN)


def _unopened(content: Content, wrapped: Wrapped, reason: Reason) -> Hidden:
    """Report what was to be opened and was not, or not to its end."""
    content.account.opened -= 1
    content.account.unsearched += 1
    return Hidden(wrapped.path, reason, wrapped.kind, wrapped.name, wrapped.length)


def _search_opened(content: Content, wrapped: Wrapped) -> Iterator[Found | Wrapped]:
    """Search what was wrapped; where it has several messages, their numbers follow the part's."""
    path, signed = wrapped.path, wrapped.signed
    if wrapped.is_text:
        yield from find_in_text(content, path, signed)
        return
    container = recognise_attached(content.view.slice(0, PREFIX_BYTES))
    match container:
        case Container.PST:
            from imgfile.mail.outlook.pst.messages import find_messages

            for number, message in enumerate(find_messages(content.view), 1):
                content.view.budget.open_member()
                yield from find_in_files(content, message.find_enclosed(), f"{path}.{number}", signed)
        case Container.MBOX:
            for span in find_spans(content.view, container):
                yield from find_in_message(content, span, f"{path}.{span.number}", signed)
        case None | Container.EML | Container.EMLX:  # text of which nobody can say what it is counts as one message
            for span in find_spans(content.view, container):
                yield from find_in_message(content, span, path, signed)
        case _:
            files = _files_within(content, container, is_object=wrapped.is_object)
            if files is None:
                yield _unopened(content, wrapped, Reason.NOT_OPENED)
            else:
                yield from find_in_files(content, files, path, signed)


def _files_within(
    content: Content, container: Container, *, is_object: bool = False
) -> Iterator[Enclosed | Hidden] | None:
    """Return the files in an archive, document or Outlook message; in another compound file, those of a pasted object.

    None for any other compound file, an office document of the old kind: it is not looked into.
    """
    view = content.view
    match container:
        case Container.ZIP | Container.OFFICE:
            from imgfile.mail.packed import zip as archive

            return archive.find_enclosed(view, is_document=container is Container.OFFICE)
        case Container.GZIP:
            from imgfile.mail.packed import gzip

            return gzip.find_enclosed(view)
        case Container.TAR:
            from imgfile.mail.packed import tar

            return tar.find_enclosed(view)
        case Container.PDF:
            from imgfile.mail.packed import pdf

            return pdf.find_enclosed(view)
        case _:
            return _files_of_outlook(content, container, is_object=is_object)


def _files_of_outlook(content: Content, container: Container, *, is_object: bool) -> Iterator[Enclosed | Hidden] | None:
    outlook = _open_outlook(content.view, container)
    if outlook is not None:
        return _files_in(content, outlook)
    if is_object:
        from imgfile.mail.outlook import embedded_objects

        return embedded_objects.find_enclosed(content.view)
    return None


def _files_in(content: Content, message: _OutlookMessage) -> Iterator[Enclosed | Hidden]:
    """Return the files in an Outlook message; where everything is looked through, what is in none of them too."""
    files = message.find_enclosed()
    return chain(files, message.find_outside()) if content.looks_everywhere else files


# --- what is reported ---


def _reported(found: Iterable[Found], read_message: Callable[[], Message]) -> Iterator[Report]:
    """Report what was found in a message. Its facts are read when there is something to report: mostly there is not."""
    message: Message | None = None
    for one in found:
        message = message or read_message()
        yield _report(message, one)


def _report(message: Message, found: Found) -> Report:
    match found:
        case Hidden(path, reason, kind, name, size):
            return Unsearched(message, path, reason, kind, name, size)
        case Emptied(path, reference):
            return TakenOut(message, path, reference)
        case Picture():
            return _attachment(message, found)
        case _:
            assert_never(found)


def _attachment(message: Message, found: Picture) -> Attachment:
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


def _read_message(number: int, header: Block) -> Message:
    """Read the facts of a text message from its header (RFC 5322 §3.6)."""
    names = (b"from", b"date", b"subject", b"message-id")
    fields = (header.find(name) for name in names)
    sender, date, subject, message_id = (decode_text(field.value if field else b"") for field in fields)
    return Message(number, find_address(sender), parse_date(date), subject, message_id)
