"""From what a person named to the photos in it: files, folders, mailbox exports, standard input.

A file is a photo or a mailbox by its bytes. A folder gives its files in the order of their names, without those
that are neither. A mailbox gives its photos newest first, and is held (see `mail.locks`) until all are done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from imgfile import files
from imgfile.acts.sources import LocalFile, MailPart, Piped, Source
from imgfile.errors import Cancelled, Error, SourceInUse, SourceUnavailable, UnreadableMail, UnsupportedImage
from imgfile.files import FileIdentity
from imgfile.images.identify import identify
from imgfile.mail.attachments import Attachment, Unsearched
from imgfile.mail.export import PREFIX_BYTES, Progress, is_mail, open_export
from imgfile.mail.locks import hold

LIKELY_LOGO_MAX_BYTES: Final = 12_000
"""An inline picture smaller than this is most likely a signature's logo; `--all` takes it all the same."""


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
    try:
        next(folder.iterdir(), None)  # `glob` passes over what it cannot read
    except OSError as error:
        raise SourceUnavailable(f"{folder} cannot be read: {error.strerror}.", "Ask its owner for access.") from error
    pattern = "**/*" if is_recursive else "*"
    return sorted(path for path in folder.glob(pattern) if path.is_file() and not path.is_symlink())


def _find_file(path: Path, scope: Scope, held: ExitStack, found: Found, *, is_named: bool) -> None:
    with files.opened_source(path) as descriptor, files.reading(path):
        identity = FileIdentity.of(descriptor)
        head = files.read_at(descriptor, 0, PREFIX_BYTES)
    is_photo = identify(head) is not None
    if not is_photo and is_mail(head):
        _find_mail(path, scope, held, found)
    elif is_photo or (is_named and not head):  # an empty file is told as an empty photo
        found.sources.append(LocalFile(path, identity))
    elif is_named:
        raise UnsupportedImage(
            f"{path} is neither a photo nor a mailbox.", "Photos are JPEG or PNG files, mailboxes .eml or mbox files."
        )


def _find_mail(path: Path, scope: Scope, held: ExitStack, found: Found) -> None:
    _hold(path, scope, held)
    export = held.enter_context(open_export(path))
    box = Mailbox(path, messages=export.count_messages())
    photos: list[Attachment] = []
    with scope.watch(path) as progress:
        for item in export.scan(progress):
            if isinstance(item, Unsearched):
                box.unsearched.append(item)
            elif _is_wanted(item, scope, box):
                photos.append(item)
    found.mailboxes.append(box)
    parts = [MailPart(export, item) for item in sorted(photos, key=_newest_first)]
    if scope.part is not None:
        parts = [part for part in parts if part.part == scope.part]
        if not parts:
            raise UnreadableMail(f"{path} has no photo at part {scope.part}.", "List its photos without --part.")
    found.sources.extend(parts)


def _hold(path: Path, scope: Scope, held: ExitStack) -> None:
    while True:
        try:
            held.enter_context(hold(path))
        except SourceInUse as error:
            if scope.wait is None:
                raise
            scope.wait(error)
        else:
            return


def _is_wanted(item: Attachment, scope: Scope, box: Mailbox) -> bool:
    """Tell whether to ask about an image, and count it."""
    box.images += 1
    if scope.part is not None:
        return True
    if not scope.with_logos and item.is_inline and item.size < LIKELY_LOGO_MAX_BYTES:
        box.likely_logos += 1
        return False
    sent = item.message.sent_at
    if scope.since and sent and sent.astimezone().date() < scope.since:
        box.sent_before += 1
        return False
    return True


def _newest_first(item: Attachment) -> float:
    sent = item.message.sent_at or datetime(1970, 1, 1, tzinfo=UTC)
    return -sent.timestamp()
