"""Putting a new file in the place of one that is somebody else's to change: their latest write is never lost.

1. A file with more than one name is refused: the others would keep what the new one is rid of.
2. The new file has the owner, group, mode and times of the old one, or the old one stays.
3. Names change places in one step; then the old file is looked at, in the place where nobody else looks. If it is not
   the very bytes that the new one was made from, they change back: whoever saved, appended or replaced meanwhile wins.
4. Where a file system cannot exchange names, the old file is compared just before it is replaced.

Part of the seam to the file system, like `files` and `staging`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import sys
from pathlib import Path
from typing import Final

from imgfile import files, renaming
from imgfile.device import Mark
from imgfile.errors import NotWritable, SourceChanged
from imgfile.frozen import dataclass

TRIES: Final = 8
"""How often names change back while somebody else keeps replacing the file."""


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it was read: which one, what it holds, whose it is. Times in ns."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    atime_ns: int
    owner: int
    group: int
    mode: int
    digest: str
    mark: Mark
    """Which file it is, also after a reboot."""

    @classmethod
    def of(cls, descriptor: int, path: Path, data: bytes) -> Original:
        """Describe an open file that holds these bytes. Raises `NotWritable` when it has several names."""
        with files.reading(path):
            seen, mark = os.fstat(descriptor), Mark.of(descriptor)
        if seen.st_nlink > 1:
            raise NotWritable(
                f"{path} has {seen.st_nlink} names (hard links), and the others would keep what is stripped here.",
                "Nothing was changed. Write a copy instead:  -o FILE",
            )
        return cls(
            device=seen.st_dev,
            inode=seen.st_ino,
            size=seen.st_size,
            mtime_ns=seen.st_mtime_ns,
            ctime_ns=seen.st_ctime_ns,
            atime_ns=seen.st_atime_ns,
            owner=seen.st_uid,
            group=seen.st_gid,
            mode=stat.S_IMODE(seen.st_mode),
            digest=hashlib.sha256(data).hexdigest(),
            mark=mark,
        )

    def dress(self, path: Path) -> None:
        """Give a new file this one's owner, group, mode and times. Raises OSError where that is not permitted."""
        made = os.stat(path)
        if sys.platform != "win32" and (made.st_uid, made.st_gid) != (self.owner, self.group):  # Windows keeps no such
            os.chown(path, self.owner, self.group)
        os.chmod(path, self.mode)
        os.utime(path, ns=(self.atime_ns, self.mtime_ns))

    def is_at(self, path: Path) -> bool:
        """Return whether a name holds this very file, with one name and the same bytes."""
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except OSError:
            return False
        try:
            seen = os.fstat(descriptor)
            is_same = (seen.st_dev, seen.st_ino, seen.st_size, seen.st_nlink) == (self.device, self.inode, self.size, 1)
            if not is_same or not stat.S_ISREG(seen.st_mode):
                return False
            return hashlib.sha256(files.read_at(descriptor, 0, self.size + 1)).hexdigest() == self.digest
        except OSError:
            return False
        finally:
            os.close(descriptor)

    def is_untouched(self, path: Path) -> bool:
        """Return whether a name holds this very file, and nobody has changed it since."""
        with contextlib.suppress(OSError):
            seen = os.lstat(path)
            stated = (self.device, self.inode, self.size, self.mtime_ns, self.ctime_ns, 1)
            return stated == (
                *(seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_nlink),
            )
        return False


def replace_original(temporary: Path, path: Path, original: Original) -> None:
    """Put a synced new file in an original's place; the caller syncs the folder.

    Raises `SourceChanged` when the name holds something else by now, which then stays; OSError.
    """
    original.dress(temporary)
    made = os.open(temporary, os.O_RDONLY)  # held open, so that no other file gets its inode number meanwhile
    try:
        _exchange(temporary, path, original, made)
    finally:
        os.close(made)


def _exchange(temporary: Path, path: Path, original: Original, made: int) -> None:
    if not original.is_untouched(path):
        raise _changed(path)
    if not renaming.exchange(temporary, path):
        os.replace(temporary, path)
        return
    if original.is_at(temporary):
        os.unlink(temporary)
        return
    _change_back(temporary, path, made)
    raise _changed(path)


def _change_back(temporary: Path, path: Path, made: int) -> None:
    """Let somebody else's file have its name back, until what is taken out of its place is the new file.

    Raises `SourceChanged` naming where theirs lies when they kept replacing it.
    """
    for _ in range(TRIES):
        renaming.exchange(temporary, path)
        if os.path.samestat(os.stat(temporary, follow_symlinks=False), os.fstat(made)):
            os.unlink(temporary)
            return
    kept = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    os.rename(temporary, kept)
    raise SourceChanged(
        f"{path} was replaced again and again while it was being stripped.", f"One of its states lies in {kept}."
    )


def _changed(path: Path) -> SourceChanged:
    return SourceChanged(
        f"{path} was changed by another program while it was being stripped, and stays as that program left it.",
        "Run it again when that program is done.",
    )
