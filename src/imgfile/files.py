"""The file system: the one seam for fault tests and for platforms.

Every byte that imgfile writes, and every source that it reads, goes through here. Rules:

1. A source is opened without following a link and without waiting on a FIFO; only a regular file passes.
2. A new file is create-only. `publish` makes it appear whole or not at all; `create` may leave a partial
   file behind after a crash, so it is only for names that nothing points to yet.
3. Durable means: the file is synced down to the device, then its directory. Closing is not syncing. Several files
   wait for the device together in a `Staging`.
4. Nothing here knows what the bytes mean, and nothing here deletes except `unlink`.

Errors are `SourceUnavailable` for what people name as input and `NotWritable` for what imgfile writes; both
carry the path as it was given and the operating system's reason, never content.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from imgfile import device
from imgfile.errors import NotWritable, SourceChanged, SourceUnavailable
from imgfile.frozen import dataclass

CHUNK_BYTES: Final = 1 << 20
PRIVATE_FILE_MODE: Final = 0o600
PRIVATE_FOLDER_MODE: Final = 0o700
TEMPORARY_PREFIX: Final = ".imgfile-"
"""Begins every temporary name; whatever has it is unfinished and means nothing."""

MOST_NAMES: Final = 100_000
"""How many names of one folder are looked at for what an earlier run left."""

NO_HARD_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL})
"""What link(2) says where there are no hard links (exFAT, some shares)."""

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_NON_BLOCKING = getattr(os, "O_NONBLOCK", 0)
_CLOSE_ON_EXEC = getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Which file this is, and whether it changed: device, inode, size in bytes, mtime in ns, link count."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    links: int

    @classmethod
    def of(cls, descriptor: int) -> FileIdentity:
        """Read the identity of an open file."""
        return cls._from(os.fstat(descriptor))

    @classmethod
    def at(cls, path: Path) -> FileIdentity | None:
        """Read the identity of what a name holds, be it a link; None when nothing is there. Raises OSError."""
        try:
            return cls._from(os.lstat(path))
        except (FileNotFoundError, NotADirectoryError):
            return None

    @classmethod
    def _from(cls, facts: os.stat_result) -> FileIdentity:
        return cls(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_nlink)


def state_of(descriptor: int) -> tuple[FileIdentity, int]:
    """Return the identity of an open file, and its ctime in ns, which no program sets. Raises OSError.

    On Windows the second is when it was created.
    """
    facts = os.fstat(descriptor)
    return FileIdentity._from(facts), facts.st_ctime_ns  # noqa: SLF001 - one module


# --- reading what people name ---------------------------------------------------------------------------


@contextlib.contextmanager
def opened_source(path: Path, *, writable: bool = False) -> Iterator[int]:
    """Open a regular file that a person named, without following a link; yield its descriptor.

    Raises `SourceUnavailable` when it is absent, not a regular file, a link, or not permitted.
    """
    access = os.O_RDWR if writable else os.O_RDONLY
    try:
        descriptor = os.open(path, access | _NO_FOLLOW | _BINARY | _NON_BLOCKING | _CLOSE_ON_EXEC)
    except (OSError, ValueError) as error:
        raise _unavailable(path, error) from error
    try:
        with reading(path):
            mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise SourceUnavailable(
                f"{path} is {kind_of(mode)}, not a file.", "Give the path of a photo or a mailbox file."
            )
        if not _NO_FOLLOW and path.is_symlink():
            raise _unavailable(path, OSError(errno.ELOOP, os.strerror(errno.ELOOP)))
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn a disk that fails while a source is read into `SourceUnavailable`."""
    try:
        yield
    except OSError as error:
        raise _unavailable(path, error) from error


def _unavailable(path: Path, error: OSError | ValueError) -> SourceUnavailable:
    code = error.errno if isinstance(error, OSError) else errno.EINVAL
    match code:
        case errno.ENOENT | errno.ENOTDIR:
            return SourceUnavailable(f"{path} does not exist.", "Check the path; quote it if it has spaces.")
        case errno.ELOOP | errno.EMLINK:
            return SourceUnavailable(
                f"{path} is a symbolic link, and links are not followed.", "Give the path of the file itself."
            )
        case errno.EACCES | errno.EPERM:
            return SourceUnavailable(f"{path} cannot be opened: permission denied.", "Ask its owner for access.")
        case errno.EISDIR:
            return SourceUnavailable(f"{path} is a folder, not a file.", "Give the path of a file in it.")
        case errno.ENXIO:
            return SourceUnavailable(f"{path} is a FIFO or a device, not a file.", "Pipe it in:  imgfile … - < FILE")
        case _:
            return SourceUnavailable(f"{path} cannot be opened: {_reason(error)}.")


def kind_of(mode: int) -> str:
    """Return what a file that is no regular one is, by its mode."""
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISFIFO(mode):
        return "a FIFO"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


def read_unchanged(descriptor: int, path: Path, *, limit: int) -> bytes:
    """Read a whole open file of at most `limit` bytes, and see that it did not change meanwhile.

    Raises `SourceUnavailable` when it is larger than `limit` or cannot be read, `SourceChanged` when it changed.
    """
    with reading(path):
        before = FileIdentity.of(descriptor)
        if before.size > limit:
            raise SourceUnavailable(f"{path} is {before.size:,} bytes; the most is {limit:,}.", "Is it a photo?")
        data = _read_at(descriptor, 0, before.size)
        grew = bool(_read_at(descriptor, before.size, 1))
        after = FileIdentity.of(descriptor)
    if len(data) != before.size or grew or after != before:
        raise SourceChanged(f"{path} changed while it was being read.", "Wait until it is complete, then run it again.")
    return data


def read_at(descriptor: int, offset: int, length: int) -> bytes:
    """Read `length` bytes at `offset`; fewer only at the end of the file. Raises OSError."""
    return _read_at(descriptor, offset, length)


def _read_at(descriptor: int, offset: int, length: int) -> bytes:
    parts: list[bytes] = []
    while length > 0:
        part = _pread(descriptor, length, offset)  # mostly all of it at once, and then joined without a copy
        if not part:
            break
        parts.append(part)
        offset += len(part)
        length -= len(part)
    return b"".join(parts)


if sys.platform == "win32":  # pragma: no cover - measured on Linux

    def _pread(descriptor: int, length: int, offset: int) -> bytes:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, length)

    def _pwrite(descriptor: int, data: memoryview, offset: int) -> int:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, data)

    def sync_folder(folder: Path) -> None:
        """Windows offers no way to sync a folder; NTFS journals its own names."""

else:

    def _pread(descriptor: int, length: int, offset: int) -> bytes:
        return os.pread(descriptor, length, offset)

    def _pwrite(descriptor: int, data: memoryview, offset: int) -> int:
        return os.pwrite(descriptor, data, offset)

    def sync_folder(folder: Path) -> None:
        """Make the names in a folder durable. Raises OSError."""
        descriptor = os.open(folder, os.O_RDONLY | _CLOSE_ON_EXEC)
        try:
            sync_names(descriptor)
        finally:
            os.close(descriptor)


def sync_names(descriptor: int) -> None:
    """Make the names in an open folder durable. Raises OSError."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some network file systems cannot sync a folder
            raise


if sys.platform == "darwin":  # pragma: no cover - measured on Linux
    import fcntl

    def sync(descriptor: int) -> None:
        """Bring a file's data and length to the device. Raises OSError."""
        try:  # fsync alone leaves them in the drive's cache
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        except OSError:  # network file systems do not know it
            os.fsync(descriptor)

else:

    def sync(descriptor: int) -> None:
        """Bring a file's data and length to the device. Raises OSError."""
        os.fsync(descriptor)


def sync_file(path: Path) -> None:
    """Bring a file that was written and closed to the device. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | _NO_FOLLOW | _BINARY | _CLOSE_ON_EXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


# --- writing what imgfile owns --------------------------------------------------------------------------


def publish(path: Path, data: bytes) -> None:
    """Make a new file appear whole and durable under its name, or not at all. Raises `NotWritable`.

    After an error the name may be there, whole, but not known to be durable: run it again or look.
    """
    with writing(path):
        with temporary_beside(path) as temporary:
            write_new(temporary, [data])
            rename_create_only(temporary, path)
        sync_folder(path.parent)


def replace(path: Path, data: bytes, *, is_durable: bool = True) -> None:
    """Replace or create a file of imgfile's own state in one step. Raises `NotWritable`.

    What need not be durable may be the old one or empty after a power cut.
    """
    with writing(path):
        with temporary_beside(path) as temporary:
            write_new(temporary, [data], is_synced=is_durable)
            device.while_in_use(lambda: os.replace(temporary, path))
        if is_durable:
            sync_folder(path.parent)


def append(path: Path, data: bytes) -> None:
    """Add to a file of imgfile's own state, or begin it; durable when it returns. Raises `NotWritable`.

    A crash may leave the beginning of `data` at its end.
    """
    with writing(path):
        is_new = not os.path.lexists(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _NO_FOLLOW | _BINARY | _CLOSE_ON_EXEC
        descriptor = os.open(path, flags, PRIVATE_FILE_MODE)
        try:
            _write(descriptor, data)
            sync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            sync_folder(path.parent)


def rewrite(path: Path, data: bytes, *, is_durable: bool = True) -> None:
    """Write over the beginning of a file of imgfile's own state, in place, or begin it. Raises `NotWritable`.

    One sync, where `replace` takes two. A crash may leave any part of it written, so whoever reads it must be able to
    tell; what lay behind `data` stays.
    """
    with writing(path):
        is_new = not os.path.lexists(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | _NO_FOLLOW | _BINARY | _CLOSE_ON_EXEC, PRIVATE_FILE_MODE)
        try:
            overwrite(descriptor, 0, data)
            if is_durable:
                sync(descriptor)
        finally:
            os.close(descriptor)
        if is_new and is_durable:
            sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Create a folder and its missing parents, private and durable; one that exists is fine. Raises `NotWritable`."""
    with writing(path):
        missing: list[Path] = []
        folder = path
        while not folder.is_dir() and folder != folder.parent:
            missing.append(folder)
            folder = folder.parent
        for folder in reversed(missing):
            try:
                os.mkdir(folder, PRIVATE_FOLDER_MODE)
            except FileExistsError:
                if not folder.is_dir():  # a file has the name; a folder is someone else's who was quicker
                    raise
            sync_folder(folder.parent)


def overwrite(descriptor: int, offset: int, data: bytes) -> None:
    """Write over bytes in place; does not sync. Raises OSError."""
    view = memoryview(data)
    while view:
        count = _moved(_pwrite(descriptor, view[:CHUNK_BYTES], offset))
        offset += count
        view = view[count:]


def truncate(descriptor: int, length: int) -> None:
    """Cut an open file to a length in bytes. Raises OSError."""
    os.ftruncate(descriptor, length)


def rename(source: Path, target: Path) -> None:
    """Rename within a folder; what has the target's name is replaced. Raises OSError."""
    device.while_in_use(lambda: os.rename(source, target))


def rename_create_only(source: Path, target: Path, *, folder: int | None = None) -> None:
    """Rename within a folder, but never over a name that exists. Raises OSError.

    With `folder`, an open folder's descriptor, both are names in it.
    """
    follows = os.link not in os.supports_follow_symlinks
    try:
        os.link(source, target, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=follows)
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        from imgfile import renaming  # noqa: PLC0415 - most file systems know links

        if not renaming.rename_to_free(source, target, folder):
            renaming.rename_reserved(source, target, _reservation(target), folder)
    else:
        device.while_in_use(lambda: os.unlink(source, dir_fd=folder))


def _reservation(target: Path) -> Path:
    """Return the name that stands for a target's while it is given: as temporary as any, and the same for everybody."""
    import hashlib  # noqa: PLC0415 - most file systems know links

    return target.with_name(f"{TEMPORARY_PREFIX}{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}")


def unlink(path: Path, *, folder: int | None = None) -> None:
    """Remove one name, in an open folder where there is one. Raises OSError."""
    device.while_in_use(lambda: os.unlink(path, dir_fd=folder))


def remove_folder(path: Path) -> None:
    """Remove an empty folder. Raises OSError."""
    device.while_in_use(lambda: os.rmdir(path))


def can_remove_from(folder: Path) -> bool:
    """Return whether names in a folder may be changed, as far as permissions and a read-only mount say."""
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)


def names_in(folder: Path, *, limit: int) -> list[str]:
    """List at most `limit` names of a folder; none when it is absent or unreadable."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in itertools.islice(entries, limit)]
    except OSError:
        return []


def open_new(path: Path, more: int = 0, *, folder: int | None = None, mode: int = PRIVATE_FILE_MODE) -> int:
    """Open a new file for writing, private, with more flags if need be; return its descriptor. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY | _CLOSE_ON_EXEC | more
    return os.open(path, flags, mode, dir_fd=folder)


def open_unnamed(folder: Path, flags: int) -> int:
    """Open a new private file in a folder, for which the flags say that it has no name. Raises OSError."""
    return os.open(folder, os.O_RDWR | _CLOSE_ON_EXEC | flags, PRIVATE_FILE_MODE)


def write_new(
    path: Path,
    chunks: Iterable[bytes],
    *,
    is_synced: bool = True,
    folder: int | None = None,
    mode: int = PRIVATE_FILE_MODE,
) -> None:
    """Write a new file at this name, with this mode whatever the umask; sync it unless the caller does. Raises OSError.

    Where the file system takes no modes, it has what the mount gives it.
    """
    descriptor = open_new(path, folder=folder, mode=mode)
    try:
        if mode != PRIVATE_FILE_MODE:
            give_mode(descriptor, mode)
        write_all(descriptor, chunks)
        if is_synced:
            sync(descriptor)
    finally:
        os.close(descriptor)


def give_mode(file: int | Path, mode: int) -> None:
    """Give a file or a folder a mode whatever the umask; where the file system takes none, leave it. Raises OSError."""
    if stat.S_IMODE(os.stat(file).st_mode) == mode:
        return
    try:
        os.chmod(file, mode)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}:
            raise


def temporary_name(path: Path) -> Path:
    """Choose a name beside `path` for a file that becomes it."""
    return path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}")


def is_leftover(name: str) -> bool:
    """Return whether a file's name is one that imgfile gives to what is unfinished."""
    return name.startswith(TEMPORARY_PREFIX)


def leftovers_in(folder: Path) -> list[Path]:
    """List what a run that was ended from outside left unfinished in a folder; nothing where it cannot be read."""
    return sorted(folder / name for name in names_in(folder, limit=MOST_NAMES) if is_leftover(name))


if sys.platform == "win32":  # pragma: no cover - measured on Linux

    @contextlib.contextmanager
    def opened_folder(path: Path) -> Iterator[int | None]:  # noqa: ARG001 - one signature on every platform
        """Yield None: Windows gives no descriptor of a folder."""
        yield None

else:

    @contextlib.contextmanager
    def opened_folder(path: Path) -> Iterator[int | None]:
        """Open a folder, and yield its descriptor. Raises OSError."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _CLOSE_ON_EXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def is_folder(path: Path) -> bool:
    """Return whether a name is a folder's; of a name that no file can have, or that may not be asked, it is not."""
    return os.path.isdir(path)


@contextlib.contextmanager
def temporary_beside(path: Path) -> Iterator[Path]:
    """Yield a name beside `path` for a file that becomes it; after any error no such file is left."""
    temporary = temporary_name(path)
    with removed_on_failure(temporary):
        yield temporary


@contextlib.contextmanager
def removed_on_failure(temporary: Path, *, folder: int | None = None) -> Iterator[None]:
    """Leave no such file behind after any error."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def write_all(descriptor: int, chunks: Iterable[bytes]) -> None:
    """Write an open new file, and see that it is as long as what was written. Raises OSError."""
    length = sum(_write(descriptor, chunk) for chunk in chunks)
    if os.fstat(descriptor).st_size != length:  # a full or lying network share can swallow writes
        raise OSError(errno.EIO, "the file is shorter than what was written")


def _write(descriptor: int, data: bytes) -> int:
    """Write all of some bytes, and return how many that are."""
    view = memoryview(data)
    while view:
        view = view[_moved(os.write(descriptor, view[:CHUNK_BYTES])) :]
    return len(data)


def _moved(count: int) -> int:
    if not count:  # writing nothing again and again would never end
        raise OSError(errno.EIO, "the device took no bytes")
    return count


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a disk that fails while a file is written into `NotWritable`."""
    try:
        yield
    except OSError as error:
        raise not_writable(path, error) from error


def not_writable(path: Path, error: OSError) -> NotWritable:
    """Return the error for a file that cannot be written, with what to do."""
    hint = {
        errno.ENOSPC: "The disk is full: free some space, then run the same command again.",
        errno.EDQUOT: "The quota is used up: free some space, then run the same command again.",
        errno.EROFS: "It is read-only: check how the disk or share is connected.",
        errno.EACCES: "Ask whoever runs the share for write access.",
        errno.ENAMETOOLONG: "Give it a shorter name.",
        errno.EEXIST: "Nothing that exists is written over: choose another name or folder.",
    }.get(error.errno or 0, "Check that the disk or share is connected, then run the same command again.")
    return NotWritable(f"{path} cannot be written: {_reason(error)}.", hint)
