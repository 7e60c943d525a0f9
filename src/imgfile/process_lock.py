"""One process at a time: a file that is locked while somebody is at work, and waited for by the others.

1. The lock is the system's own: it ends with the process that holds it, however that ends.
2. The file holds nothing and stays. Removing it would let two in: one by the old file, one by the new.
3. POSIX locks the open file (flock), Windows its first byte, as the library `filelock` does in earlier versions of
   imgfile: an old and a new one on the same computer keep each other out.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

POLL_SECONDS: Final = 0.05
"""How soon a lock that was let go is noticed: a person does not, and eight waiting processes cost nothing."""

_OPENING: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_PRIVATE: Final = 0o600

if sys.platform == "win32":  # pragma: no cover - measured on Linux
    import msvcrt

    def _take(descriptor: int) -> bool:
        """Lock the first byte, there or not, if nobody else has; return whether that was so."""
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:  # what Windows says of a byte that another process has locked
            return False
        return True

    def _let_go(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        """Lock the file if nobody else has; return whether that was so. Raises OSError."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _let_go(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


class StillLocked(Exception):
    """Somebody else held the lock for as long as there was time to wait."""


@contextlib.contextmanager
def locked(path: Path, *, patience_seconds: float) -> Iterator[None]:
    """Hold the lock, made where it is not there yet, after waiting for whoever holds it.

    Raises `StillLocked`; OSError when the file cannot be opened or this file system knows no locks.
    """
    descriptor = os.open(path, _OPENING, _PRIVATE)
    try:
        _wait_for(descriptor, until=time.monotonic() + patience_seconds)
        try:
            yield
        finally:
            _let_go(descriptor)
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, *, until: float) -> None:
    while not _take(descriptor):
        if time.monotonic() >= until:
            raise StillLocked
        time.sleep(POLL_SECONDS)
