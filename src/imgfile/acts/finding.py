"""From what a person named to the photos in it: files, folders, mailbox exports, standard input.

A file is a photo or a mailbox by its bytes. A folder gives its files in the order of their names, without those
that are neither. A mailbox gives its photos newest first, and is held (see `mail.locks`) until all are done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from imgfile import files
from imgfile.acts.sources import LocalFile, MailPart, Piped, Source
from imgfile.errors import Error, UnreadableMail
from imgfile.files import FileIdentity
from imgfile.images.identify import identify
from imgfile.mail.attachments import Attachment, Unsearched
from imgfile.mail.export import PREFIX_BYTES, is_mail, open_export
from imgfile.mail.locks import hold

LIKELY_LOGO_MAX_BYTES: Final = 12_000
"""An inline picture smaller than this is most likely a signature's logo; `--all` takes it all the same."""

Progress = Callable[[int, int], None]


@dataclass
class Mailbox:
    """What one export turned out to hold."""

    path: Path
    messages: int = 0
    images: int = 0
    likely_logos: int = 0
    unsearched: list[Unsearched] = field(default_factory=list)


@dataclass
class Found:
    """Everything found in what was named: the photos, the mailboxes, and what could not be opened."""

    sources: list[Source] = field(default_factory=list)
    mailboxes: list[Mailbox] = field(default_factory=list)
    failures: list[tuple[str, Error]] = field(default_factory=list)
    """What was named, and why it gave nothing."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What to look at within what was named, and whom to tell how far a mailbox was walked."""

    is_recursive: bool = False
    with_logos: bool = False
    part: str | None = None
    """Only this part of a mailbox, as `MailPart.part` spells it."""
    progress: Progress | None = None


def find(named: Sequence[str], scope: Scope, held: ExitStack) -> Found:
    """Find the photos; mailboxes stay open and locked until `held` is closed."""
    found = Found()
    for name in named:
        try:
            _find_one(name, scope, held, found)
        except Error as error:
            found.failures.append((name, error))
    return found


def _find_one(name: str, scope: Scope, held: ExitStack, found: Found) -> None:
    if name == "-":
        found.sources.append(Piped(sys.stdin.buffer))
        return
    path = Path(name)
    if path.is_dir():
        for inner in _files_in(path, is_recursive=scope.is_recursive):
            _find_file(inner, scope, held, found, is_named=False)
    else:
        _find_file(path, scope, held, found, is_named=True)


def _files_in(folder: Path, *, is_recursive: bool) -> Iterator[Path]:
    pattern = "**/*" if is_recursive else "*"
    yield from sorted(path for path in folder.glob(pattern) if path.is_file() and not path.is_symlink())


def _find_file(path: Path, scope: Scope, held: ExitStack, found: Found, *, is_named: bool) -> None:
    with files.opened_source(path) as descriptor:
        identity = FileIdentity.of(descriptor)
        head = files.read_at(descriptor, 0, PREFIX_BYTES)
    if identify(head) is None and is_mail(head):
        _find_mail(path, scope, held, found)
    elif is_named or identify(head) is not None:
        found.sources.append(LocalFile(path, identity))


def _find_mail(path: Path, scope: Scope, held: ExitStack, found: Found) -> None:
    held.enter_context(hold(path))
    export = held.enter_context(open_export(path))
    box = Mailbox(path, messages=export.count_messages())
    photos: list[Attachment] = []
    for item in export.scan(scope.progress):
        if isinstance(item, Unsearched):
            box.unsearched.append(item)
            continue
        box.images += 1
        if scope.part is None and not scope.with_logos and _is_likely_logo(item):
            box.likely_logos += 1
        else:
            photos.append(item)
    found.mailboxes.append(box)
    parts = [MailPart(export, item) for item in sorted(photos, key=_newest_first)]
    if scope.part is not None:
        parts = [part for part in parts if part.part == scope.part]
        if not parts:
            raise UnreadableMail(f"{path} has no photo at part {scope.part}.", "List its photos without --part.")
    found.sources.extend(parts)


def _is_likely_logo(item: Attachment) -> bool:
    return item.is_inline and item.size < LIKELY_LOGO_MAX_BYTES


def _newest_first(item: Attachment) -> float:
    sent = item.message.sent_at or datetime(1970, 1, 1, tzinfo=UTC)
    return -sent.timestamp()
