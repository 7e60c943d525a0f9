"""The pictures among the files within a file that is no text: an Outlook message, a winmail.dat, a zip archive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from imgfile.mail.detect import recognise_container
from imgfile.mail.encodings import Encoding
from imgfile.mail.model import (
    Emptied,
    Enclosed,
    Found,
    Header,
    Hidden,
    Label,
    Picture,
    Place,
    Signature,
    Wrapped,
)
from imgfile.mail.pictures import PictureKind, picture_kind
from imgfile.mail.smime import reason_of_file
from imgfile.mail.tombstone import placeholder_reference
from imgfile.mail.view import View
from imgfile.mail.wrapping import Content


def find_in_files(
    content: Content, files: Iterable[Enclosed | Hidden], prefix: str, signed: Signature | None
) -> Iterator[Found | Wrapped]:
    """Yield every picture among some files, and every file to be opened in turn.

    `prefix` is the number of what the files lie in, `signed` what was signed around it.
    """
    for file in files:
        if isinstance(file, Hidden):
            yield Hidden(_number(prefix, file.path), file.reason)
        else:
            yield from _find_in_file(content, file, _number(prefix, file.part), signed)


def _find_in_file(content: Content, file: Enclosed, path: str, signed: Signature | None) -> Iterator[Found | Wrapped]:
    kind = picture_kind(file.head)
    if kind is not None:
        yield from _picture_or_tombstone(content, file, path, kind, signed)
    elif recognise_container(file.head) is not None:
        yield Wrapped(path, file.wrapping, file.size, signed, file.is_object)
    else:
        reason = reason_of_file(file)
        if reason is not None:
            yield Hidden(path, reason)


def _number(prefix: str, part: str) -> str:
    return f"{prefix}.{part}" if prefix else part


def _picture_or_tombstone(
    content: Content, file: Enclosed, path: str, kind: PictureKind, signed: Signature | None
) -> Iterator[Picture | Emptied]:
    """Report a file that is a picture; one that stands in a photo's place is reported where those are sought."""
    reference = placeholder_reference(file.head)
    if reference is None:
        inner = Content(View(file.head), content.opened, (*content.wrappings, file.wrapping))
        place = Place(0, 0, file.size, Header.BINARY, Encoding.IDENTITY, inner.wrappings)
        label = Label(file.declared_type, file.name, file.content_id, file.content_id is not None)
        yield Picture(inner, path, kind, place, label, signed)
    elif content.seeks_taken_out:
        yield Emptied(path, reference)
