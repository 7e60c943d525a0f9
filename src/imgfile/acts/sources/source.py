"""Where photos come from: a file, a part of a mailbox, or standard input; and how each is erased.

Reading one makes the `Photo`, and this is the one place that does; taking it away needs a `Release`, or a `Disposed`
where it is filed nowhere. What a source tells of itself is sealed in the record, and sanitised when it is shown.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from imgfile import files
from imgfile.clinical.proofs import Disposed, Erasure, MediaType, Photo, RecordId, Release, Removal
from imgfile.errors import SourceChanged, SourceUnavailable, UnreadableMail
from imgfile.files import FileIdentity
from imgfile.frozen import dataclass, field
from imgfile.images.identify import identify
from imgfile.images.limits import MAX_PHOTO_BYTES

if TYPE_CHECKING:
    from imgfile.erase.note import PendingWriter
    from imgfile.mail.mailbox import Export
    from imgfile.mail.model import Attachment, Unsearched


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A photo in a file of its own; `identity` is the file's when it was found."""

    path: Path
    identity: FileIdentity

    @property
    def shown(self) -> str:
        """What to call it: the path as it was typed."""
        return str(self.path)


@dataclass(frozen=True, slots=True)
class MailPart:
    """A photo in a message of a mailbox export, which stays open and locked while its photos are filed."""

    export: Export = field(repr=False)
    attachment: Attachment = field(repr=False)
    beside: tuple[Unsearched, ...] = field(default=(), repr=False, compare=False)
    """What else its message holds that is absent or was not looked into."""
    attachment_number: int = field(default=0, compare=False)
    attachment_count: int = field(default=0, compare=False)
    """Which of its message's attachments it is, and how many these are; 0 for one that is shown in the text."""

    @property
    def shown(self) -> str:
        """What to call it: the export's path, the message's number in it, and the part."""
        message = self.attachment.message
        within = f"message {message.number}, " if message.is_one else ""
        return f"{self.export.path} ({within}part {self.attachment.part})"

    @property
    def part(self) -> str:
        """How `--part` and a table's column name it: `12/2.1`."""
        return f"{self.attachment.message.number}/{self.attachment.part}"

    @property
    def is_signed_by_person(self) -> bool:
        """Return whether taking it out breaks the sender's own signature; a server's is checked on arrival and done."""
        from imgfile.mail.model import Signature  # noqa: PLC0415 - a photo in a file of its own needs no mail

        return self.attachment.signed is Signature.MULTIPART


@dataclass(frozen=True, slots=True)
class Piped:
    """A photo on standard input; there is nothing to erase."""

    stream: BinaryIO = field(repr=False)

    @property
    def shown(self) -> str:
        """What to call it."""
        return "standard input"


Source: TypeAlias = LocalFile | MailPart | Piped


class Fate(StrEnum):
    """What becomes of a source once its photo is filed."""

    ERASED = "erased"
    """The file goes, or the part of a mailbox. Of standard input there is nothing to erase."""
    KEPT = "kept"
    WITH_EXPORT = "with export"
    """It cannot leave its mailbox by itself, and goes when the whole export does."""


def read(source: Source) -> Photo:
    """Read the photo's bytes. Raises `SourceUnavailable`, `SourceChanged` or `UnreadableMail`."""
    match source:
        case LocalFile(path=path, identity=identity):
            with files.opened_source(path) as descriptor:
                with files.reading(path):
                    found = FileIdentity.of(descriptor)
                if found != identity:
                    raise SourceChanged(f"{path} changed since it was found.", "Run the same command again.")
                data = files.read_unchanged(descriptor, path, limit=MAX_PHOTO_BYTES)
        case MailPart(attachment=attachment):
            data = attachment.decode()
        case Piped(stream=stream):
            data = read_pipe(stream)
            _refuse_piped_mail(data)
    return as_photo(data)


def as_photo(data: bytes) -> Photo:
    """Take bytes as they were received for a photo; what they are is found out later."""
    return Photo(data)


def read_pipe(stream: BinaryIO) -> bytes:
    """Read a photo's bytes from standard input. Raises `SourceUnavailable` for more than a photo can have."""
    data = stream.read(MAX_PHOTO_BYTES + 1)
    if len(data) > MAX_PHOTO_BYTES:
        raise SourceUnavailable(f"standard input holds more than {MAX_PHOTO_BYTES:,} bytes.", "Is it a photo?")
    return data


def _refuse_piped_mail(data: bytes) -> None:
    """Raise `UnreadableMail` for a mailbox on standard input: what is taken out of it would have no place to go."""
    if isinstance(identify(data), MediaType):
        return
    from imgfile.mail.detect import PREFIX_BYTES, recognise_container  # noqa: PLC0415 - a photo needs no mail

    if recognise_container(data[:PREFIX_BYTES]) is not None:
        raise UnreadableMail("a mailbox is not read from a pipe.", "Save it, and name its file:  imgfile ingest FILE")


def plan_removal(source: MailPart, record: RecordId | None, *, on: date) -> Removal:
    """Plan how a photo leaves its mailbox once it is filed as `record`; None for one that is filed nowhere.

    Raises `UnreadableMail` for a photo that cannot be taken out; `SourceUnavailable`, `SourceChanged`.
    """
    from imgfile.mail.removal import plan  # noqa: PLC0415 - a photo in a file of its own needs no mail
    from imgfile.mail.tombstone import NOT_FILED  # noqa: PLC0415 - the same
    from imgfile.vault import layout  # noqa: PLC0415 - nor is a vault looked into before something is filed

    return plan.plan_removal(
        source.export, source.attachment, reference=layout.reference(record) if record else NOT_FILED, removed_on=on
    )


def take_away(
    source: Source, release: Release | Disposed, removal: Removal | None, pending: PendingWriter
) -> Erasure | None:
    """Erase the source of a photo that may go: its file, or its part of the mailbox, by its plan. None for a pipe.

    Raises `SourceRemains`, or `SourceChanged` when it is no longer what was filed; ValueError for mail without a plan.
    """
    match source:
        case LocalFile(path=path, identity=identity):
            from imgfile.erase.whole_file import erase_file  # noqa: PLC0415 - stripping and scanning erase nothing

            return erase_file(release, path, identity, pending=pending)
        case MailPart(export=export):
            if removal is None:
                raise ValueError("a photo leaves its mailbox by a plan alone")
            from imgfile.erase.region import erase_region  # noqa: PLC0415 - the same

            return erase_region(release, export.path, export.identity, removal, pending=pending)
        case Piped():
            return None
