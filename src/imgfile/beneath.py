"""Reaching what lies beneath a folder, one component at a time: no link is followed, and no other device is entered.

Whoever may write to a share can put a link in the place of a folder, and a disk can be mounted there, or be gone.
A path that the system resolves would lead a photo out of the vault, to be lost with whatever it led to. Rules:

1. The root is opened as it was named, by whatever links somebody chose to reach it.
2. Each component below it is opened from its parent's descriptor (openat(2) with O_NOFOLLOW | O_DIRECTORY), and must be
   on the root's device. A mount of the very same device passes for a folder; it takes an administrator to make one.
3. Files are read, made and listed from the descriptor of their folder, so that a folder exchanged meanwhile changes
   nothing.
4. Where the system has no such calls (Windows), every component is looked at first, and the path is used then.
5. What is made is its owner's alone, unless it is made in a folder that passes its group on (set-group-ID): that is how
   an administrator shares a folder among accounts, and then the group may do in it what it may do in that folder.
   Otherwise a vault on a server would be closed to every account but the one that made it. Nobody else gets anything.

Part of the seam to the file system, like `files`.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from imgfile import device, files
from imgfile.frozen import dataclass

_HAS_DESCRIPTORS: Final = (
    os.scandir in os.supports_fd and {os.open, os.mkdir, os.link, os.unlink, os.rename, os.stat} <= os.supports_dir_fd
)
_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_READ: Final = (
    os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
)

MAX_NAMES: Final = 1_000_000
"""In one folder. A station's trail has a note for each run of filing: a century has fewer."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An open folder beneath a root, held by its descriptor where the system has calls that take one."""

    root: Path
    name: str
    """Its own, below the root, with `/`."""
    descriptor: int | None
    device_number: int
    """The root's, as st_dev."""
    shared: int = 0
    """What its group may do with what is made in it, as mode bits; none where the folder does not pass its group on."""

    @property
    def path(self) -> Path:
        """Where it was when it was opened."""
        return self.root / self.name

    def exists(self, name: str) -> bool:
        """Return whether a name stands in it, whatever has it, but for an empty file: that is not given yet.

        Raises OSError.
        """
        facts = self._facts_of(name)
        return facts is not None and not (stat.S_ISREG(facts.st_mode) and not facts.st_size)

    def is_folder(self, name: str) -> bool:
        """Return whether a name is a real folder's; a link is none. Raises OSError."""
        facts = self._facts_of(name)
        return facts is not None and stat.S_ISDIR(facts.st_mode)

    def standing(self, names: Iterable[str]) -> set[str]:
        """Return which of these names stand in it or in a folder of its own, as `exists` has it. Raises OSError.

        They are relative, with one `/` at most; names of one folder that follow one another cost one opening of it.
        """
        found = set[str]()
        for folder, inside in itertools.groupby(names, key=lambda name: name.rpartition("/")[0]):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError), self._inner(folder) as here:
                found.update(name for name in inside if here.exists(name.rpartition("/")[2]))
        return found

    @contextlib.contextmanager
    def _inner(self, name: str) -> Iterator[Folder]:
        if not name:
            yield self
        elif self.descriptor is None:
            with opened(self.root, f"{self.name}/{name}") as here:
                yield here
        else:
            descriptor = _inner(self.descriptor, name, is_made=False)
            try:
                _refuse_other_device(os.fstat(descriptor), self.device_number)
                yield Folder(self.root, f"{self.name}/{name}", descriptor, self.device_number)
            finally:
                os.close(descriptor)

    def names(self) -> list[str]:
        """List its names, in no order. Raises OSError, also where there are more than any vault has."""
        with os.scandir(self.path if self.descriptor is None else self.descriptor) as entries:
            found = [entry.name for entry in itertools.islice(entries, MAX_NAMES + 1)]
        if len(found) > MAX_NAMES:
            raise OSError(errno.EFBIG, f"it holds more than {MAX_NAMES:,} names")
        return found

    def read(self, name: str, *, limit: int) -> bytes:
        """Read a whole file of at most `limit` bytes.

        Raises OSError, also for a link, a pipe or a device put in its place: reading one might never end.
        """
        with self._opened(name) as descriptor:
            return _whole(descriptor, limit)

    def read_back(self, name: str, *, limit: int) -> tuple[bytes, device.ReadBack]:
        """Read a file of at most `limit` bytes anew, from the device where that can be had. Raises OSError."""
        with self._opened(name) as descriptor:
            reached = device.drop_cache(descriptor)
            return _whole(descriptor, limit), reached

    def create(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a new file and sync it; its name is durable after `sync`. Raises OSError."""
        files.write_new(self._named(name), chunks, folder=self.descriptor, mode=self._file_mode)

    def publish(self, name: str, data: bytes) -> None:
        """Make a new file appear whole and durable, or not at all, and never over another one. Raises OSError."""
        path, here = self._named(name), self.descriptor
        temporary = files.temporary_name(path)
        with files.removed_on_failure(temporary, folder=here):
            files.write_new(temporary, [data], folder=here, mode=self._file_mode)
            files.rename_create_only(temporary, path, folder=here)
        self.sync()

    def remove(self, name: str) -> None:
        """Remove a file's name; a link, a pipe or a device is none of ours, and stays. Raises OSError."""
        facts = self._facts_of(name)
        if facts is not None and stat.S_ISREG(facts.st_mode):
            os.unlink(self._named(name), dir_fd=self.descriptor)

    def burn(self, name: str) -> None:
        """Overwrite a file once, as far as the system writes in place, and remove its name, durably. Raises OSError.

        A link, a pipe or a device in its place is refused. One with a further name is not overwritten: that may be
        somebody else's file.
        """
        with self._opened(name, os.O_RDWR) as descriptor:
            facts = os.fstat(descriptor)
            if facts.st_nlink == 1:
                files.overwrite(descriptor, 0, secrets.token_bytes(facts.st_size))
                files.sync(descriptor)
        files.unlink(self._named(name), folder=self.descriptor)
        self.sync()

    def sync(self) -> None:
        """Make its names durable. Raises OSError."""
        if self.descriptor is None:
            files.sync_folder(self.path)
        else:
            files.sync_names(self.descriptor)

    # --- within -------------------------------------------------------------------------------------------

    @property
    def _file_mode(self) -> int:
        return files.PRIVATE_FILE_MODE | self.shared & (stat.S_IRGRP | stat.S_IWGRP)

    def _named(self, name: str) -> Path:
        return self.path / name if self.descriptor is None else Path(name)

    def _facts_of(self, name: str) -> os.stat_result | None:
        try:
            return os.lstat(self._named(name), dir_fd=self.descriptor)
        except FileNotFoundError:
            return None

    @contextlib.contextmanager
    def _opened(self, name: str, access: int = os.O_RDONLY) -> Iterator[int]:
        if not _NO_FOLLOW and (self.path / name).is_symlink():
            raise _link()
        descriptor = os.open(self._named(name), access | _READ, dir_fd=self.descriptor)
        try:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise OSError(errno.EINVAL, f"it is {files.kind_of(facts.st_mode)}")
            _refuse_other_device(facts, self.device_number)
            yield descriptor
        finally:
            os.close(descriptor)


def _whole(descriptor: int, limit: int) -> bytes:
    size = os.fstat(descriptor).st_size
    if size > limit:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return files.read_at(descriptor, 0, size)


@contextlib.contextmanager
def opened(
    root: Path, folder: str, *, is_made: bool = False, expect_root: Callable[[Folder], None] | None = None
) -> Iterator[Folder]:
    """Open a folder beneath a root by its name, relative and with `/`; with `is_made`, missing ones are made.

    `expect_root` looks at the open root first, and raises where that is not the one that is meant; such a root is never
    made. Raises FileNotFoundError, NotADirectoryError, or OSError, with ELOOP for a link and EXDEV for another device.
    """
    parts = [part for part in folder.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise OSError(errno.EINVAL, "a name in a vault never leads up")
    if is_made and expect_root is None and not os.path.isdir(root):
        _make_root(root)
    enter = _entered if _HAS_DESCRIPTORS else _looked_at
    here = enter(root, parts, expect_root or _expect_nothing, is_made=is_made)
    try:
        yield here
    finally:
        if here.descriptor is not None:
            os.close(here.descriptor)


def _expect_nothing(_root: Folder) -> None:
    """Take the root that was named for the one that is meant."""


def _entered(root: Path, parts: Sequence[str], expect_root: Callable[[Folder], None], *, is_made: bool) -> Folder:
    """Open one folder from the other; only the last one stays open."""
    descriptor = os.open(root, _FOLDER)
    try:
        number = os.fstat(descriptor).st_dev
        expect_root(Folder(root, "", descriptor, number))
        for part in parts:
            inner = _inner(descriptor, part, is_made=is_made)
            descriptor, outer = inner, descriptor
            os.close(outer)
            _refuse_other_device(os.fstat(descriptor), number)
    except BaseException:
        os.close(descriptor)
        raise
    return Folder(root, "/".join(parts), descriptor, number, _shared_in(os.fstat(descriptor)))


def _make_root(root: Path) -> None:
    """Make the root and what is missing on the way to it, shared as the folder that they are made in."""
    made = [root]
    while not made[-1].parent.is_dir() and made[-1] != made[-1].parent:
        made.append(made[-1].parent)
    files.make_folder(root)
    with files.writing(root):
        for folder in reversed(made):
            if shared := _shared_in(os.stat(folder.parent)):
                files.give_mode(folder, _folder_mode(shared))


def _shared_in(folder: os.stat_result) -> int:
    """Return what a folder's group may do with what is made in it, as mode bits."""
    return folder.st_mode & stat.S_IRWXG if folder.st_mode & stat.S_ISGID else 0


def _folder_mode(shared: int) -> int:
    return files.PRIVATE_FOLDER_MODE | shared | (stat.S_ISGID if shared else 0)


def _inner(outer: int, part: str, *, is_made: bool) -> int:
    """Open a folder in an open one; where it is missing, make it first if that is wanted. Raises OSError."""
    try:
        return os.open(part, _FOLDER | _NO_FOLLOW, dir_fd=outer)
    except FileNotFoundError:
        if not is_made:
            raise
    except NotADirectoryError:
        if stat.S_ISLNK(os.lstat(part, dir_fd=outer).st_mode):
            raise _link() from None
        raise
    mode = _folder_mode(_shared_in(os.fstat(outer)))
    try:
        os.mkdir(part, mode, dir_fd=outer)
    except FileExistsError:  # somebody else was quicker
        is_ours = False
    else:
        is_ours = True
    inner = _inner(outer, part, is_made=False)
    if is_ours and mode != files.PRIVATE_FOLDER_MODE:
        files.give_mode(inner, mode)
    files.sync_names(outer)
    return inner


def _looked_at(root: Path, parts: Sequence[str], expect_root: Callable[[Folder], None], *, is_made: bool) -> Folder:
    """Look at one folder after the other, where none can be held."""
    path, number = root, os.stat(root).st_dev
    expect_root(Folder(root, "", None, number))
    for part in parts:
        path = path / part
        if is_made and not os.path.lexists(path):
            files.make_folder(path)
        facts = os.lstat(path)
        is_junction = bool(getattr(facts, "st_reparse_tag", False))
        if stat.S_ISLNK(facts.st_mode) or is_junction:
            raise _link()
        if not stat.S_ISDIR(facts.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        _refuse_other_device(facts, number)
    return Folder(root, "/".join(parts), None, number)


def _refuse_other_device(facts: os.stat_result, number: int) -> None:
    if facts.st_dev != number:
        raise OSError(errno.EXDEV, "it lies on another device than the vault")


def _link() -> OSError:
    return OSError(errno.ELOOP, "it is a link, or lies behind one")
