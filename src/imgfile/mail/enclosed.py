"""The pictures among the files within a file that is no text, and what is absent there or not looked into.

Such a file is an Outlook message, a winmail.dat or a zip archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from imgfile.errors import UnreadableMail
from imgfile.mail.coding.encodings import Encoding
from imgfile.mail.detect import recognise_attached
from imgfile.mail.kinds import FileKind, file_kind, kind_by_bytes
from imgfile.mail.model import (
    Emptied,
    Enclosed,
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
from imgfile.mail.pictures import PictureKind, picture_kind
from imgfile.mail.smime import reason_of_file
from imgfile.mail.tombstone import placeholder_reference
from imgfile.mail.verdict.judge import Finding, Leaf, judge
from imgfile.mail.verdict.outside import find_raw
from imgfile.mail.view import View
from imgfile.mail.wrapping import Content


def find_in_files(
    content: Content, files: Iterable[Enclosed | Hidden], prefix: str, signed: Signature | None
) -> Iterator[Found | Wrapped]:
    """Yield every picture among some files, and every file to be opened in turn.

    `prefix` is the number of what the files lie in, `signed` what was signed around it.
    """
    for file in within_budget(content, files):
        if isinstance(file, Hidden):
            content.account.parts += 1
            content.account.report(is_absent=file.reason.is_absence)
            yield replace(file, path=_number(prefix, file.path))
        else:
            content.account.parts += 1
            yield from _find_in_file(content, file, _number(prefix, file.part), signed)


def within_budget(content: Content, files: Iterable[Enclosed | Hidden]) -> Iterator[Enclosed | Hidden]:
    """Yield files as long as the budget lasts that their readers take them from; then report that more may come."""
    part = "1"
    try:
        for file in files:
            part = file.path if isinstance(file, Hidden) else file.part
            yield file
    except UnreadableMail:
        if not content.view.budget.is_spent:
            raise
        yield Hidden(f"{part}+", Reason.TOO_MUCH)


def _find_in_file(content: Content, file: Enclosed, path: str, signed: Signature | None) -> Iterator[Found | Wrapped]:
    kind = picture_kind(file.head)
    if kind is not None:
        yield from _picture_or_tombstone(content, file, path, kind, signed)
    elif recognise_attached(file.head) is not None:
        content.account.opened += 1
        named = file_kind(file.head, file.name, file.declared_type) or FileKind.UNKNOWN
        yield Wrapped(path, file.wrapping, file.size, signed, file.is_object, named, file.name)
    else:
        yield from _judged(content, file, path)


def _judged(content: Content, file: Enclosed, path: str) -> Iterator[Hidden]:
    """Report a file that is absent or was not looked into."""
    if content.holds_copy is not None and content.holds_copy(_content_of(content, file)):
        yield Hidden(path, Reason.COPY)
    finding = _finding(content, file)
    if finding is None:
        content.account.harmless += 1
        if not file.is_property:
            content.account.attached.append(path)
        return
    content.account.report(is_absent=finding.reason.is_absence)
    yield Hidden(path, finding.reason, finding.kind, file.name, file.size)


def _content_of(content: Content, file: Enclosed) -> bytes:
    """Unpack a file; none of one that cannot be unpacked, which is reported as such."""
    try:
        view = content.within(file.wrapping).view
    except UnreadableMail:
        return b""
    return view.slice(0, len(view))


def _finding(content: Content, file: Enclosed) -> Finding | None:
    reason = reason_of_file(file)
    if reason is not None:
        return Finding(reason, FileKind.ENCRYPTED)
    if file.is_property:
        known = kind_by_bytes(file.head)
        if known and known is not FileKind.VECTOR:
            return Finding(Reason.NOT_OPENED, known)
        return Finding(Reason.OUTSIDE, FileKind.RAW_BYTES) if _holds_raw(content, file) else None

    def read(limit: int) -> bytes:
        if file.size <= len(file.head):
            return file.head
        text = content.within(file.wrapping).view.slice(0, limit)
        content.view.budget.read_text(len(text))
        return text

    try:
        return judge(Leaf(file.declared_type, file.name, file.head, file.size, read))
    except UnreadableMail:
        reason = Reason.TOO_MUCH if content.view.budget.is_spent else Reason.BROKEN
        return Finding(reason, file_kind(file.head, file.name, file.declared_type) or FileKind.UNKNOWN)


def _holds_raw(content: Content, file: Enclosed) -> bool:
    """Return whether a property holds a file further on; looked for only where everything is."""
    if not content.looks_everywhere or file.size <= len(file.head):
        return False
    with suppress(UnreadableMail):
        whole = file.wrapping.open(content.view)
        return find_raw(whole, [(0, len(whole))]) > 0
    return True


def _number(prefix: str, part: str) -> str:
    return f"{prefix}.{part}" if prefix else part


def _picture_or_tombstone(
    content: Content, file: Enclosed, path: str, kind: PictureKind, signed: Signature | None
) -> Iterator[Picture | Emptied]:
    """Report a file that is a picture; one that stands in a photo's place is reported where those are sought."""
    reference = placeholder_reference(file.head)
    if reference is None:
        content.account.pictures += 1
        inner = replace(content, view=View(file.head), wrappings=(*content.wrappings, file.wrapping))
        place = Place(0, 0, file.size, Header.BINARY, Encoding.IDENTITY, inner.wrappings)
        label = Label(file.declared_type, file.name, file.content_id, file.content_id is not None)
        yield Picture(inner, path, kind, place, label, signed)
        return
    content.account.taken_out += 1
    if content.seeks_taken_out:
        yield Emptied(path, reference)
