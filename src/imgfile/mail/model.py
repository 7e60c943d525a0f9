"""What a search finds: photos, parts that are absent or not looked into, places that photos were taken out of.

Every mail container gives the same shape. Names, addresses and subjects are a stranger's text: kept out of
every repr, sanitised by whoever shows them. A file name is written to no file but a list that somebody asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final

from imgfile.frozen import dataclass, field
from imgfile.mail.coding.encodings import Encoding
from imgfile.mail.kinds import FileKind
from imgfile.mail.pictures import PictureKind
from imgfile.mail.wrapping import Content, Wrapping


class Signature(StrEnum):
    """A signature over a message that taking a part out breaks."""

    DKIM = "dkim"
    """The sending server's; checked on arrival, seldom afterwards."""
    MULTIPART = "multipart/signed"
    """A person's: S/MIME or PGP."""


class Reason(StrEnum):
    """Why a part was not searched for photos."""

    ENCRYPTED = "encrypted"
    OPAQUE_SIGNED = "signed in a form that hides its content"
    PARTIAL = "one fragment of a message sent in several"
    BROKEN = "an attached message or file that is damaged"
    TOO_LARGE = "a message or file within another, too large to be opened there"
    DATA_URI = "a picture inside HTML text"
    RICH_TEXT = "a picture inside rich text"
    UNKNOWN_ENCODING = "an encoding that is not known"
    TOO_DEEP = "nested too deeply"
    TOO_MANY_PARTS = "more parts than are searched"
    TOO_MUCH = "for the file unpacks to far more than it holds"
    HEADER_TOO_LONG = "a header too long to be read"
    NOT_OPENED = "a file of a kind that is not opened"
    COPY = "a copy of a photo, within a text"
    OUTSIDE = "bytes outside the parts that may be a file"
    BEHIND = "a picture or file that begins behind other bytes"
    # What was announced, and is not there:
    EMPTY = "announced, and empty"
    ELSEWHERE = "announced, and kept outside the message or deleted from it"
    NOT_DOWNLOADED = "announced, and never downloaded"
    NO_PICTURE = "announced, and no picture that can be recognised"

    @property
    def is_absence(self) -> bool:
        """Return whether a picture or video was announced that is not there."""
        return self in _ABSENCES

    @property
    def says_kind(self) -> bool:
        """Return whether there is no more to it than that it is of a kind that is not opened."""
        return self is Reason.NOT_OPENED

    @property
    def leaves_nothing(self) -> bool:
        """Return whether there is nothing that could be lost: no bytes of what was announced are there."""
        return self in {Reason.EMPTY, Reason.ELSEWHERE, Reason.NOT_DOWNLOADED}

    @property
    def counted_as(self) -> str:
        """Return the words under which such parts are counted: bytes that are there are never called absent."""
        if self.leaves_nothing:
            return "announced and absent"
        return "not recognised" if self.is_absence else "not looked into"


_ABSENCES: Final = frozenset({Reason.EMPTY, Reason.ELSEWHERE, Reason.NOT_DOWNLOADED, Reason.NO_PICTURE})


class Header(StrEnum):
    """Whose header block stands before a part's body, hence how much of it may change."""

    PART = "part"
    """The part's own: all of it."""
    MESSAGE = "message"
    """A whole message's: only its `Content-…` fields."""
    NONE = "none"
    """Nobody's: the photo stands loose in other text."""
    BINARY = "binary"
    """Nobody's, for the photo is a whole file within one that is no text."""


@dataclass(frozen=True, slots=True)
class Message:
    """The facts of the message, in the mailbox's own order, that a part was found in."""

    number: int
    """Counted from 1; 0 where a part is in no message, as a photo is that lies by itself in an archive."""
    sender: str = field(repr=False)
    """The address, or what stands in its place."""
    sent_at: datetime | None = field(repr=False)
    """Always aware; None when the message has no readable date."""
    subject: str = field(repr=False)
    message_id: str = field(repr=False)

    @property
    def is_one(self) -> bool:
        """Whether there is such a message, that a mail account could still hold."""
        return self.number > 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part lies: what is wrapped around it, and the offsets of its header block and body in bytes there."""

    header_start: int
    body_start: int
    body_end: int
    header: Header
    encoding: Encoding
    wrappings: tuple[Wrapping, ...] = ()
    """The outermost first; none for a part of the mailbox's own text."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One image in a message, as its bytes say; `part` counts as IMAP does (RFC 3501 §6.4.5), and on into wrappings."""

    message: Message
    part: str
    kind: PictureKind
    declared_type: str = field(repr=False)
    name: str | None = field(repr=False)
    """The declared file name, for the terminal and a list that somebody asks for."""
    content_id: str | None = field(repr=False)
    is_inline: bool
    """Shown within the text: it has a Content-ID and is not declared an attachment."""
    size: int
    """Decoded bytes; exact unless the encoding is broken."""
    signed: Signature | None
    place: Place
    read: Callable[[], bytes] = field(repr=False, compare=False)

    def decode(self) -> bytes:
        """Return the image's bytes. Raises `UnreadableMail` when it is broken or too large."""
        return self.read()


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A place that a filed photo was taken out of; the message may lie in the mail account still, with the photo."""

    message: Message
    part: str
    reference: str
    """The record that the photo was filed as; empty where there was no room to say so."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file within a file that is no text, whatever it is: its number in there, what is said of it, where it lies."""

    part: str
    wrapping: Wrapping
    size: int
    head: bytes = field(repr=False)
    """Its first bytes."""
    name: str | None = field(repr=False, default=None)
    declared_type: str = field(repr=False, default="")
    content_id: str | None = field(repr=False, default=None)
    is_object: bool = False
    """Pasted into a text by a program, rather than attached: its parts are no document of their own."""
    is_property: bool = False
    """One of the bytes that Outlook keeps beside an attached file: harmless, unless it is a file by its bytes."""


@dataclass(frozen=True, slots=True)
class Unsearched:
    """A part that may hold a photo and was not looked into, or was announced as a picture and is absent.

    Reported, never passed over in silence.
    """

    message: Message
    part: str
    reason: Reason
    kind: FileKind = FileKind.UNKNOWN
    name: str | None = field(default=None, repr=False)
    """The declared file name, for the terminal and a list that somebody asks for."""
    size: int = 0
    """Decoded bytes, as far as that is known."""

    @property
    def is_absent(self) -> bool:
        """Return whether it is a picture or video that was announced and is not there."""
        return self.reason.is_absence


# --- on the way, before it is known which message they belong to ---


@dataclass(frozen=True, slots=True)
class Hidden:
    """A place that is not looked into, by its number within the message; reported as `Unsearched`."""

    path: str
    reason: Reason
    kind: FileKind = FileKind.UNKNOWN
    name: str | None = field(default=None, repr=False)
    size: int = 0


@dataclass(frozen=True, slots=True)
class Emptied:
    """A place that a photo was taken out of, known by the tombstone there; reported as `TakenOut`."""

    path: str
    reference: str


@dataclass(frozen=True, slots=True)
class Label:
    """What a mail says of a picture beside its bytes."""

    declared_type: str = ""
    name: str | None = None
    content_id: str | None = None
    is_inline: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, and the bytes that its place counts in; reported as `Attachment`."""

    content: Content
    path: str
    kind: PictureKind
    place: Place
    label: Label
    signed: Signature | None


@dataclass(frozen=True, slots=True)
class Wrapped:
    """Something that may hold pictures in turn: a message or file, in an encoding of its own or in another file."""

    path: str
    wrapping: Wrapping
    length: int
    """In bytes, as it lies there."""
    signed: Signature | None
    """What was signed around it."""
    is_object: bool = False
    """As in `Enclosed`."""
    kind: FileKind = FileKind.UNKNOWN
    name: str | None = field(default=None, repr=False)
    is_text: bool = False
    """A text in which a file stands coded, and no message."""


Found = Picture | Hidden | Emptied
