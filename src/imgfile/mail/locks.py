"""Keeping mail programs out while a mailbox is read and changed.

Thunderbird locks its profile, never a mailbox: the profile's own lock is taken and held. For any other mbox the
customs of mail delivery hold (Debian Policy §11.6): a dotlock `<mbox>.lock`, made only where none exists, then a lock
of the system's (fcntl), then a second look that the path still names the same file. A lock that someone else holds is
never taken away, nor is one that looks forgotten: only the person can know that. Ours are an exception: a living
imgfile holds the system's lock on its dotlock too, so one of ours without it was left by a run that was killed, and is
taken over.

Whoever only looks takes shared locks on files opened for reading, and makes none: a lock of another program's is
respected just the same, and one that comes meanwhile changes the file, which is noticed.

A file of one message has no such customs: a Maildir needs none, since whoever changes it gives the message a new
name or a new file, and `erase` looks at both.

What cannot be had is reported: in a read-only folder no dotlock can be made, and `Held` does not list it. Windows
has neither dotlock customs nor fcntl; there Thunderbird's profile lock is the only one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final, NoReturn

from imgfile.errors import Error, SourceChanged, SourceInUse, SourceUnavailable
from imgfile.files import NO_HARD_LINKS, FileIdentity, opened_source, read_at, reading, temporary_name
from imgfile.frozen import dataclass
from imgfile.mail.detect import PREFIX_BYTES
from imgfile.mail.mbox import is_mbox

_TAKEN: Final = frozenset({errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK})
"""What the system answers where another process holds the lock (POSIX.1-2017, `fcntl`); else it knows no locks."""
_OURS: Final = b"imgfile\n"
"""What our dotlock holds; those of mail programs hold a process number, or nothing."""
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_NON_BLOCKING: Final = getattr(os, "O_NONBLOCK", 0)
"""A dotlock that is a link, or a pipe that would wait for a writer, is no lock that imgfile made."""
_CANNOT_WRITE_HERE: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""No program of this user's can make a dotlock there either."""


class Lock(StrEnum):
    """A lock that is held."""

    PROFILE = "Thunderbird profile"
    DOTLOCK = "dotlock"
    SYSTEM = "fcntl"


@dataclass(frozen=True, slots=True)
class Held:
    """Which locks are held on a mailbox."""

    locks: tuple[Lock, ...]


@contextlib.contextmanager
def hold(path: Path, *, is_shared: bool = False) -> Iterator[Held]:
    """Hold every lock that mail programs respect for a mailbox file; let go on leaving, whatever happened.

    `is_shared` is for who only looks: nothing is made or opened for writing.
    Raises `SourceInUse` when another program holds one, `SourceChanged` when the file was replaced meanwhile.
    """
    with contextlib.ExitStack() as stack:
        locks: list[Lock] = []
        profile = find_profile(path)
        if profile is not None:
            stack.enter_context(_shared_profile_lock(profile, is_shared=is_shared))
            locks.append(Lock.PROFILE)
        if _is_mbox(path):
            take = _take_shared if is_shared else _take_exclusive
            locks += take(path, stack, is_in_profile=profile is not None)
        yield Held(tuple(locks))


def _is_mbox(path: Path) -> bool:
    with opened_source(path) as descriptor, reading(path):
        return is_mbox(read_at(descriptor, 0, PREFIX_BYTES))


def _take_exclusive(path: Path, stack: contextlib.ExitStack, *, is_in_profile: bool) -> list[Lock]:
    """Lock an mbox as delivery agents do, for as long as the stack is open; return which locks could be had.

    Within a profile no dotlock is made: the profile's own lock keeps Thunderbird out.
    """
    locks: list[Lock] = []
    descriptor = stack.enter_context(_opened_for_lock(path))
    with reading(path):
        if not is_in_profile and stack.enter_context(_dotlock(path)):
            locks.append(Lock.DOTLOCK)
        if _lock_file(descriptor, path):
            locks.append(Lock.SYSTEM)
        # Between opening and locking, a program may have put a new file in its place: the lock would be on the old one.
        _refuse_replaced(descriptor, path)
    return locks


def _take_shared(path: Path, stack: contextlib.ExitStack, *, is_in_profile: bool) -> list[Lock]:
    """Respect the locks of an mbox, and keep out who respects the system's; return which could be had."""
    lock = _dotlock_of(path)
    if not is_in_profile and os.path.lexists(lock) and not _is_left_behind(lock):
        _refuse_dotlocked(path, lock)
    descriptor = stack.enter_context(opened_source(path))
    with reading(path):
        locks = [Lock.SYSTEM] if _lock_file(descriptor, path) else []
        _refuse_replaced(descriptor, path)
    return locks


def find_profile(path: Path) -> Path | None:
    """Return the Thunderbird profile that a mailbox lies in, the nearest folder above it with a `prefs.js`; or None."""
    for folder in Path(os.path.abspath(path)).parents:  # noqa: PTH100 - `resolve` would follow links
        if (folder / "prefs.js").is_file():
            return folder
    return None


_held_profiles: Final[dict[Path, tuple[contextlib.ExitStack, list[None]]]] = {}
"""The profile locks of this process: mailboxes of one profile share it, for a second one would find the first."""


@contextlib.contextmanager
def _shared_profile_lock(profile: Path, *, is_shared: bool) -> Iterator[None]:
    """Hold a profile's lock as long as any mailbox in it is held."""
    if profile not in _held_profiles:
        lock = contextlib.ExitStack()
        lock.enter_context(_profile_lock(profile, is_shared=is_shared))
        _held_profiles[profile] = lock, []
    lock, holders = _held_profiles[profile]
    holders.append(None)
    try:
        yield
    finally:
        holders.pop()
        if not holders:
            del _held_profiles[profile]
            lock.close()


@contextlib.contextmanager
def _opened_for_lock(path: Path) -> Iterator[int]:
    """Open a mailbox to lock it: an exclusive lock wants it writable, a read-only file gets a shared one."""
    with contextlib.ExitStack() as stack:
        try:
            descriptor = stack.enter_context(opened_source(path, writable=True))
        except SourceUnavailable:
            descriptor = stack.enter_context(opened_source(path))
        yield descriptor


@contextlib.contextmanager
def _dotlock(path: Path) -> Iterator[bool]:
    """Make `<mbox>.lock`, and remove it on leaving.

    False where the folder cannot be written, so that no one else can make one either.
    Raises `SourceInUse` where one is there, `SourceUnavailable` where it cannot be made for another reason.
    """
    lock = _dotlock_of(path)
    try:
        descriptor = _make_dotlock(lock)
    except FileExistsError as error:
        _refuse_dotlocked(path, lock, error)
    except OSError as error:
        if error.errno not in _CANNOT_WRITE_HERE:
            raise SourceUnavailable(f"{path} cannot be locked: {error.strerror}.") from error
        yield False
        return
    made = FileIdentity.of(descriptor)
    try:
        yield True
    finally:
        # Only our own is removed: somebody may have taken it for forgotten, and made another.
        with contextlib.suppress(OSError):
            now = lock.lstat()  # with its time: inode numbers are used again at once
            if (now.st_dev, now.st_ino, now.st_mtime_ns) == (made.device, made.inode, made.mtime_ns):
                lock.unlink()
        os.close(descriptor)


def _dotlock_of(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _refuse_dotlocked(path: Path, lock: Path, cause: OSError | None = None) -> NoReturn:
    raise SourceInUse(
        f"{path} is locked by another mail program: {lock.name} is there. Nothing was read.",
        f"Close that program and run the command again. If none is running, remove {lock.name} first.",
    ) from cause


def _make_dotlock(lock: Path) -> int:
    """Make the dotlock and hold it, or take over one that a killed imgfile left. Raises OSError.

    It is written and claimed aside, and gets its name whole: an empty one, as a full disk or a power cut would leave,
    could be anybody's, and would keep every later run out.
    """
    try:
        if os.path.lexists(lock):  # also where nothing could be written aside
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        return _linked_dotlock(lock)
    except FileExistsError:
        descriptor = os.open(lock, os.O_RDWR | _NO_FOLLOW | _NON_BLOCKING)
        if not _is_forgotten(descriptor, lock):
            os.close(descriptor)
            raise
        _claim(descriptor)
        return descriptor


def _linked_dotlock(lock: Path) -> int:
    """Make a dotlock of a file that is whole by then: like O_EXCL, link(2) makes a name or fails (POSIX.1-2017)."""
    aside = temporary_name(lock)
    descriptor = _written_dotlock(aside)
    try:
        os.link(aside, lock)
    except OSError as error:
        os.close(descriptor)
        if error.errno not in NO_HARD_LINKS:
            raise
        return _written_dotlock(lock)
    except BaseException:
        os.close(descriptor)
        raise
    finally:
        with contextlib.suppress(OSError):
            aside.unlink()
    return descriptor


def _written_dotlock(path: Path) -> int:
    """Make a new file that says that it is ours, and claim it; after any error none is left. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _claim(descriptor)
        if os.write(descriptor, _OURS) != len(_OURS):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(descriptor)
        raise
    return descriptor


def _is_forgotten(descriptor: int, lock: Path) -> bool:
    """Return whether an imgfile made this dotlock, and does not live any more: then its lock is ours from here on."""
    try:
        if read_at(descriptor, 0, len(_OURS) + 1) != _OURS or not _claim(descriptor):
            return False
        _refuse_replaced(descriptor, lock)  # where this is so, its imgfile ended well just now, and removed it
    except (OSError, Error):  # it is no regular file, or not there any more
        return False
    return True


def _is_left_behind(lock: Path) -> bool:
    """Return, without changing it, whether a dotlock is one of ours whose imgfile does not live any more."""
    try:
        with opened_source(lock) as descriptor:
            return _is_forgotten(descriptor, lock)
    except Error:
        return False


def _refuse_replaced(descriptor: int, path: Path) -> None:
    """Raise `SourceChanged` when a path no longer names the file that was opened."""
    held = FileIdentity.of(descriptor)
    try:
        now = path.lstat()
    except OSError:
        now = None
    if now is None or (now.st_dev, now.st_ino) != (held.device, held.inode):
        raise SourceChanged(f"{path} was replaced while it was being locked.", "Run the command again.")


def _refuse_open_thunderbird(cause: OSError) -> NoReturn:
    raise SourceInUse(
        "Thunderbird is open and is using this mailbox. Nothing was read.",
        "Close Thunderbird, then run the command again.",
    ) from cause


if sys.platform == "win32":  # pragma: no cover - Windows
    import ctypes
    from ctypes import wintypes

    _GENERIC_WRITE = 0x40000000
    _GENERIC_READ = 0x80000000
    _SHARE_READ = 1
    _OPEN_EXISTING = 3
    _OPEN_ALWAYS = 4
    _FILE_NOT_FOUND = 2
    _SHARING_VIOLATION = 32
    _INVALID_HANDLE = wintypes.HANDLE(-1).value

    @contextlib.contextmanager
    def _profile_lock(profile: Path, *, is_shared: bool) -> Iterator[None]:
        """Open `parent.lock` with share mode 0, as Thunderbird does (nsProfileLock.cpp)."""
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateFileW.restype = wintypes.HANDLE
        access, share = (_GENERIC_READ, _SHARE_READ) if is_shared else (_GENERIC_WRITE, 0)
        disposition = _OPEN_EXISTING if is_shared else _OPEN_ALWAYS
        handle = kernel.CreateFileW(str(profile / "parent.lock"), access, share, None, disposition, 0, None)
        if handle == _INVALID_HANDLE:
            cause = ctypes.WinError(ctypes.get_last_error())
            if is_shared and cause.winerror == _FILE_NOT_FOUND:  # Thunderbird never ran here
                yield
                return
            if cause.winerror == _SHARING_VIOLATION:
                _refuse_open_thunderbird(cause)
            raise SourceUnavailable("the Thunderbird profile of this mailbox cannot be locked.") from cause
        try:
            yield
        finally:
            kernel.CloseHandle(wintypes.HANDLE(handle))

    def _lock_file(descriptor: int, path: Path) -> bool:  # noqa: ARG001 - one signature on every platform
        """Windows' locks would keep imgfile itself out: none is taken."""
        return False

    def _claim(descriptor: int) -> bool:  # noqa: ARG001 - one signature on every platform
        """Claim nothing: Windows has no dotlock customs."""
        return False

else:
    import fcntl
    import struct

    @contextlib.contextmanager
    def _profile_lock(profile: Path, *, is_shared: bool) -> Iterator[None]:
        """Lock `.parentlock`, as Thunderbird does (nsProfileLock.cpp)."""
        flags = os.O_RDONLY if is_shared else os.O_WRONLY | os.O_CREAT
        with contextlib.ExitStack() as stack:
            try:
                descriptor = os.open(profile / ".parentlock", flags | os.O_CLOEXEC, 0o600)
                stack.callback(os.close, descriptor)
                _set_lock(descriptor, fcntl.F_RDLCK if is_shared else fcntl.F_WRLCK)
            except FileNotFoundError:  # Thunderbird never ran here
                pass
            except BlockingIOError as error:
                _refuse_open_thunderbird(error)
            except OSError as error:
                raise SourceUnavailable(
                    f"the Thunderbird profile {profile} cannot be locked: {error.strerror}.",
                    "Copy the mailbox file to a folder of your own, and use the copy.",
                ) from error
            yield

    def _lock_file(descriptor: int, path: Path) -> bool:
        """Lock the whole file; False where the file system knows no locks."""
        try:
            _set_lock(descriptor, _kind_for(descriptor))
        except OSError as error:
            if error.errno in _TAKEN:
                raise SourceInUse(
                    f"{path} is locked by another mail program. Nothing was read.",
                    "Close that program, then run the command again.",
                ) from error
            return False
        return True

    def _claim(descriptor: int) -> bool:
        """Lock our dotlock for as long as this process lives; False where another does, or it cannot be known."""
        try:
            _set_lock(descriptor, _kind_for(descriptor))
        except OSError:
            return False
        return True

    def _kind_for(descriptor: int) -> int:
        """Choose an exclusive lock where the file was opened for writing: the system gives no other one to a reader."""
        is_writable = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR
        return fcntl.F_WRLCK if is_writable else fcntl.F_RDLCK

    def _set_lock(descriptor: int, kind: int) -> None:
        """Lock a whole file at once or fail. Raises OSError.

        Linux has locks that belong to the open file: a plain one would be lost as soon as imgfile closes any
        other descriptor of the same file, which reading and erasing do.
        """
        if sys.platform == "linux":
            whole_file = struct.pack("hhqqi4x", kind, os.SEEK_SET, 0, 0, 0)
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, whole_file)
        else:  # pragma: no cover - macOS
            fcntl.lockf(descriptor, (fcntl.LOCK_EX if kind == fcntl.F_WRLCK else fcntl.LOCK_SH) | fcntl.LOCK_NB)
