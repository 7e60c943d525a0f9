"""Where photos come from: a file, a part of a mailbox, or standard input; and how each is erased.

Reading one makes the `Photo`; erasing one takes a `Release`. What a source tells about itself for the record is
sealed there; what it shows on the screen is sanitised by the terminal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from imgfile import erase, files, mail
from imgfile.clinical.proofs import Digest, Erasure, Photo, Release
from imgfile.errors import SourceChanged, SourceUnavailable, UnsupportedImage, UsageError
from imgfile.files import FileIdentity
from imgfile.mail import Attachment, Export

MAX_PHOTO_BYTES: Final = 128 << 20
"""The largest photo that is read: twice the largest that a telephone makes."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A photo in a file of its own."""

    path: Path

    @property
    def shown(self) -> str:
        """What to call it: the path as it was typed."""
        return str(self.path)


@dataclass(frozen=True, slots=True)
class MailPart:
    """A photo in a message of an open mailbox export."""

    export: Export = field(repr=False)
    attachment: Attachment = field(repr=False)

    @property
    def shown(self) -> str:
        """What to call it: the export's path, the message's number and the part."""
        return f"{self.export.path}, message {self.attachment.message.number}, part {self.attachment.part}"


@dataclass(frozen=True, slots=True)
class Piped:
    """A photo on standard input; there is nothing to erase."""

    stream: BinaryIO = field(repr=False)

    @property
    def shown(self) -> str:
        """What to call it."""
        return "standard input"


Source: TypeAlias = LocalFile | MailPart | Piped
