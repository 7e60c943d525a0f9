"""Renaming in one step where link(2) is not to be had: exFAT, and shares that know no hard links.

1. Linux: renameat2(2), which exchanges two names, or refuses a name that is taken.
2. Elsewhere, a reservation: a file beside the target that O_EXCL makes once. Whoever made it makes the target, empty,
   with O_EXCL too, renames over that, and removes the reservation; everybody else waits. Two that write one number in
   one moment never meet. An empty file is no object of a vault: a run that died between leaves one, and it counts for
   nothing until whoever comes next gives the name.
3. A reservation that stays the same file for as long as anybody waits is a dead run's, and is removed. Its age is
   measured by waiting, not by clocks, which differ. Whoever is stopped between looking and renaming for longer than
   that, and goes on, may still meet another: signed notes of one number with two digests are refused by all.

Part of the seam to the file system, beneath `files`, which imports it where a link was refused, and no sooner.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from imgfile import device

WAITING_SECONDS: Final = 10
"""How long a reservation stands that nobody uses; its maker needs a look and a rename."""
_PAUSE_SECONDS: Final = 0.02
_PRIVATE_MODE: Final = 0o600
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL

if sys.platform == "linux":

    def exchange(one: Path, other: Path) -> bool:
        """Let two names of one folder change places, in one step; False where that is not to be had. Raises OSError."""
        return _renamed(one, other, _RENAME_EXCHANGE, None)

    def rename_to_free(source: Path, target: Path, folder: int | None) -> bool:
        """Rename, in one step that refuses a name that is taken; False where that is not to be had. Raises OSError."""
        return _renamed(source, target, _RENAME_NOREPLACE, folder)

    def _renamed(one: Path, other: Path, flag: int, folder: int | None) -> bool:
        import ctypes  # noqa: PLC0415 - 8 ms, and few commands replace what is not theirs, or write where links are not

        rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)  # since glibc 2.28
        if rename is None:
            return False
        where = _AT_CWD if folder is None else folder
        if rename(where, os.fsencode(one), where, os.fsencode(other), flag) == 0:
            return True
        code = ctypes.get_errno()
        if code in {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM}:  # no such call, or not on this file system
            return False
        raise OSError(code, os.strerror(code))

    _AT_CWD = -100
    _RENAME_NOREPLACE = 1
    _RENAME_EXCHANGE = 2

else:  # pragma: no cover - measured on Linux

    def exchange(one: Path, other: Path) -> bool:  # noqa: ARG001 - one signature on every platform
        """Report that names cannot change places in one step here."""
        return False

    def rename_to_free(source: Path, target: Path, folder: int | None) -> bool:  # noqa: ARG001 - the same
        """Report that there is no such call here."""
        return False


def rename_reserved(source: Path, target: Path, reservation: Path, folder: int | None) -> None:
    """Rename, never over a name that exists, while a file holds a name that stands for the target's. Raises OSError.

    The target itself is made with O_EXCL first, empty, because a look may be answered from what a share remembers.
    """
    with _reserved(reservation, folder):
        try:
            os.close(os.open(target, _NEW, _PRIVATE_MODE, dir_fd=folder))
        except FileExistsError:
            if not _is_empty(target, folder):
                raise
        try:
            device.while_in_use(lambda: os.replace(source, target, src_dir_fd=folder, dst_dir_fd=folder))
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(target, dir_fd=folder)
            raise


@contextlib.contextmanager
def _reserved(name: Path, folder: int | None) -> Iterator[None]:
    """Hold the only reservation of a name, having waited for others'. Raises OSError."""
    seen, waited = None, 0.0
    while True:
        try:
            os.close(os.open(name, _NEW, _PRIVATE_MODE, dir_fd=folder))
            break
        except FileExistsError:
            seen, before = _which(name, folder), seen
            waited = waited + _PAUSE_SECONDS if seen == before else 0.0
            if waited >= WAITING_SECONDS:
                os.unlink(name, dir_fd=folder)
            time.sleep(_PAUSE_SECONDS)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # whoever comes next takes it for a dead run's
            device.while_in_use(lambda: os.unlink(name, dir_fd=folder))


def _which(name: Path, folder: int | None) -> tuple[int, int] | None:
    try:
        facts = os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return None
    return facts.st_ino, facts.st_mtime_ns


def _is_empty(name: Path, folder: int | None) -> bool:
    """Return whether a name was begun to be given, by a run that died: whoever asks holds its reservation."""
    try:
        facts = os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return stat.S_ISREG(facts.st_mode) and not facts.st_size
