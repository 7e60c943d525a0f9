"""From what a person named to the photos in it: files, folders, mailbox exports, standard input.

A file is a photo or a mailbox (see `mailboxes`) by its bytes. A folder gives its files in the order of their names,
without those that are neither.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imgfile import files
from imgfile.acts.sources import LocalFile, Piped, Source
from imgfile.clinical.proofs import MediaType
from imgfile.errors import Cancelled, Error, SourceInUse, SourceUnavailable, UnsupportedImage
from imgfile.files import FileIdentity
from imgfile.images.identify import identify

if TYPE_CHECKING:
    from imgfile.mail.attachments import Unsearched

HEAD_BYTES: Final = 16 << 10
"""How much of a file tells a photo from everything else."""

Progress = Callable[[int, int], None]
"""Called with bytes walked and bytes in all."""


@dataclass
class Mailbox:
    """What one export turned out to hold."""

    path: Path
    messages: int = 0
    images: int = 0
    likely_logos: int = 0
    sent_before: int = 0
    """Images of messages older than was asked for."""
    unsearched: list[Unsearched] = field(default_factory=list)


@dataclass
class Found:
    """Everything found in what was named: the photos, the mailboxes, and what could not be opened."""

    sources: list[Source] = field(default_factory=list)
    mailboxes: list[Mailbox] = field(default_factory=list)
    failures: list[tuple[str, Error]] = field(default_factory=list)
    """What was named, and why it gave nothing."""


def _unwatched(_path: Path) -> AbstractContextManager[Progress | None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Scope:
    """What to look at within what was named, and whom to tell how far a mailbox was walked."""

    is_recursive: bool = False
    with_logos: bool = False
    part: str | None = None
    """Only this part of a mailbox, as `MailPart.part` spells it."""
    since: date | None = None
    """Only photos of messages sent from this day on, or that have no date."""
    watch: Callable[[Path], AbstractContextManager[Progress | None]] = _unwatched
    """Gives what to call while a mailbox is walked."""
    wait: Callable[[SourceInUse], None] | None = None
    """Returns when a mailbox that is in use may be tried again, or raises `Cancelled`; None never waits."""


def find(named: Sequence[str], scope: Scope, held: ExitStack) -> Found:
    """Find the photos; mailboxes stay open and locked until `held` is closed. Raises `Cancelled`."""
    found = Found()
    for name in named:
        with _noting(name, found):
            _find_one(name, scope, held, found)
    return found


@contextmanager
def _noting(name: str, found: Found) -> Iterator[None]:
    """Let what cannot be opened keep nothing else from being found."""
    try:
        yield
    except Cancelled:
        raise
    except Error as error:
        found.failures.append((name, error))


def _find_one(name: str, scope: Scope, held: ExitStack, found: Found) -> None:
    if name == "-":
        found.sources.append(_piped())
        return
    path = Path(name)
    if not path.is_dir():
        _find_file(path, scope, held, found, is_named=True)
        return
    for inner in _files_in(path, is_recursive=scope.is_recursive):
        with _noting(str(inner), found):
            _find_file(inner, scope, held, found, is_named=False)


def _piped() -> Piped:
    if sys.stdin is None or sys.stdin.isatty():
        raise SourceUnavailable("standard input is no file and no pipe.", "Pipe a photo in:  cat rash.jpg | imgfile …")
    return Piped(sys.stdin.buffer)


def _files_in(folder: Path, *, is_recursive: bool) -> list[Path]:
    """List a folder's files; those of a mail program's folder are its mailboxes, however deep they lie."""
    from imgfile.mail.folders import find_mail_files, is_mail_folder  # noqa: PLC0415 - a lone photo needs no mail

    try:
        next(folder.iterdir(), None)  # `glob` passes over what it cannot read
    except OSError as error:
        raise SourceUnavailable(f"{folder} cannot be read: {error.strerror}.", "Ask its owner for access.") from error
    if is_mail_folder(folder):
        return list(find_mail_files(folder))
    pattern = "**/*" if is_recursive else "*"
    return sorted(path for path in folder.glob(pattern) if path.is_file() and not path.is_symlink())


def _find_file(path: Path, scope: Scope, held: ExitStack, found: Found, *, is_named: bool) -> None:
    with files.opened_source(path) as descriptor, files.reading(path):
        identity = FileIdentity.of(descriptor)
        head = files.read_at(descriptor, 0, HEAD_BYTES)
    recognised = identify(head)
    if isinstance(recognised, MediaType):
        found.sources.append(LocalFile(path, identity))
        return
    from imgfile.acts.mailboxes import find_in_mailbox  # noqa: PLC0415 - a photo in a file of its own needs no mail

    if find_in_mailbox(path, scope, held, found):
        return
    if recognised is not None or (is_named and not head):  # an empty file is told as an empty photo
        found.sources.append(LocalFile(path, identity))
    elif is_named:
        raise UnsupportedImage(
            f"{path} is neither a photo nor a mailbox.",
            "Photos are pictures as telephones make them; mailboxes are .eml, mbox, .msg or .pst files, or folders.",
        )
