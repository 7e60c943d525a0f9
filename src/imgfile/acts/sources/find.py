"""From what a person named to the photos in it: files, folders, mailbox exports, standard input.

A file is a photo or a mailbox (see `in_mailbox`) by its bytes. A folder gives its files in the order of their names,
without those that are neither. Of everything that one name gives, photos in mail come last, the newest of them first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from imgfile import files
from imgfile.acts.sources.found import Found, Progress, Scope, Sighting
from imgfile.acts.sources.source import LocalFile, MailPart, Piped
from imgfile.clinical.proofs import MediaType
from imgfile.errors import Cancelled, Error, SourceUnavailable, UnsupportedImage
from imgfile.files import FileIdentity
from imgfile.images.identify import identify

HEAD_BYTES: Final = 16 << 10
"""How much of a file shows whether it is a photo."""


def find(named: Sequence[str], scope: Scope, held: ExitStack) -> Found:
    """Find the photos; mailboxes stay open and locked until `held` is closed. Raises `Cancelled`."""
    found = Found()
    for name in named:
        first = len(found.photos)
        with _noting(name, found):
            _find_one(name, scope, held, found)
        found.photos[first:] = sorted(found.photos[first:], key=_newest_first)
    if found.mailboxes:
        from imgfile.acts.sources.in_mailbox import leave_out  # noqa: PLC0415 - a photo in a file of its own needs no mail

        leave_out(found, scope)
    return found


def _newest_first(photo: Sighting) -> float:
    if not isinstance(photo.source, MailPart):
        return -float("inf")
    sent = photo.source.attachment.message.sent_at or datetime(1970, 1, 1, tzinfo=UTC)
    return -sent.timestamp()


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
        found.photos.append(Sighting(_piped()))
        return
    path = Path(name)
    with files.reading(path):  # of a name that is too long, even that cannot be asked
        is_folder = path.is_dir()
    if not is_folder:
        _find_file(path, name, scope, held, found, is_named=True)
        return
    _find_folder(path, name, scope, held, found)


def _find_folder(path: Path, name: str, scope: Scope, held: ExitStack, found: Found) -> None:
    from imgfile.acts.sources.folder import conclude, look_into, note_strange  # noqa: PLC0415 - most photos are named by themselves

    folder, inside = look_into(path, name, is_recursive=scope.is_recursive)
    extent, first = found.extent, len(found.photos)
    with scope.watch(path) as progress:
        for inner, within in _each_within(inside, scope, progress):
            with _noting(str(inner), found):
                if not _find_file(inner, name, within, held, found, is_named=False):
                    note_strange(folder, inner)
    folder.photos = sum(isinstance(photo.source, LocalFile) for photo in found.photos[first:])
    found.named_folders.append(folder)
    if found.extent == extent:
        conclude(folder)


def _each_within(inside: Sequence[Path], scope: Scope, progress: Progress | None) -> Iterator[tuple[Path, Scope]]:
    """Yield a folder's files, each with a scope that reports the whole folder's progress."""
    if progress is None:
        yield from ((path, scope) for path in inside)
        return
    sizes = [_size_of(path) for path in inside]
    total, before = max(sum(sizes), 1), 0
    for path, size in zip(inside, sizes, strict=True):
        yield path, replace(scope, watch=_part_of(progress, before, total))
        before += size
        progress(before, total)


def _size_of(path: Path) -> int:
    with suppress(OSError):  # whoever opens it will report it
        return path.lstat().st_size
    return 0


def _part_of(progress: Progress, before: int, total: int) -> Callable[[Path], AbstractContextManager[Progress]]:
    return lambda _: nullcontext(lambda done, _all: progress(before + done, total))


def _piped() -> Piped:
    if sys.stdin is None or sys.stdin.isatty():
        raise SourceUnavailable("standard input is no file and no pipe.", "Pipe a photo in:  cat rash.jpg | imgfile …")
    return Piped(sys.stdin.buffer)


def _find_file(  # noqa: PLR0913 - a file, what it was named by, and a run's parts
    path: Path, name: str, scope: Scope, held: ExitStack, found: Found, *, is_named: bool
) -> bool:
    """Find the photo that a file is, or those of a mailbox; False, and nothing done, for what is neither."""
    with files.opened_source(path) as descriptor, files.reading(path):
        identity = FileIdentity.of(descriptor)
        head = files.read_at(descriptor, 0, HEAD_BYTES)
    if not found.is_new(path, identity):
        return True
    recognised = identify(head)
    if isinstance(recognised, MediaType):
        found.photos.append(_sighted(LocalFile(path, identity), scope))
        return True
    from imgfile.acts.sources.in_mailbox import find_in_mailbox  # noqa: PLC0415 - a photo in a file of its own needs no mail

    if find_in_mailbox(path, name, scope, held, found):
        return True
    if recognised is not None or (is_named and not head):  # an empty file is reported as an empty photo
        found.photos.append(_sighted(LocalFile(path, identity), scope))
        return True
    if is_named:
        raise UnsupportedImage(
            f"{path} is neither a photo nor a mailbox.",
            "Photos are pictures as telephones make them; mailboxes are .eml, mbox, .msg or .pst files, or folders.",
        )
    return False


def _sighted(source: LocalFile, scope: Scope) -> Sighting:
    if not scope.with_looks:
        return Sighting(source)
    from imgfile.acts.sources.look import look_at  # noqa: PLC0415 - a scan looks; filing strips

    look = look_at(source)
    return Sighting(source, look, look.digest)
