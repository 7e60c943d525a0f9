"""What a device says of an open file: which file it is, where its bytes lie, what memory still holds of it.

All of it is asked, nothing is changed. What a platform does not answer is None, or the weaker claim.
"""

from __future__ import annotations

import errno
import mmap
import os
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from imgfile.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """What tells one file from every other, also after a reboot: for finishing what an earlier run began.

    Device numbers may change when a disk is mounted again, so the file system's own id is kept beside them. Inode
    numbers are used again after a file is gone, so the generation is kept too. 0 and None stand for "unknown".
    """

    device: int
    filesystem: int
    inode: int
    generation: int | None

    @classmethod
    def of(cls, descriptor: int) -> Mark:
        """Read the mark of an open file."""
        facts = os.fstat(descriptor)
        return cls(facts.st_dev, _filesystem_id(descriptor), facts.st_ino, _generation(descriptor))

    def is_on_same_disk(self, other: Mark) -> bool:
        """Return whether both are marks of files on one file system."""
        return self.device == other.device or 0 != self.filesystem == other.filesystem

    def is_same_file(self, other: Mark) -> bool:
        """Return whether both are marks of one file."""
        return self.is_on_same_disk(other) and (self.inode, self.generation) == (other.inode, other.generation)


class ReadBack(StrEnum):
    """How far down a read-back reached."""

    DEVICE = "device"
    """No page of the file was left in memory: the bytes came from the device."""
    REOPENED = "reopened"
    """Opened anew, but memory, a network server or the platform may have answered."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A run of a file on its device: logical and physical offset and length in bytes, and FIEMAP's flags."""

    logical: int
    physical: int
    length: int
    flags: int


class ExtentFlag:
    """FIEMAP flags that decide an evidence level (linux/fiemap.h)."""

    UNKNOWN = 0x0002
    DELALLOC = 0x0004
    ENCODED = 0x0008
    NOT_ALIGNED = 0x0100
    DATA_INLINE = 0x0200
    SHARED = 0x2000


if sys.platform == "win32":  # pragma: no cover - measured on Linux

    def _filesystem_id(descriptor: int) -> int:  # noqa: ARG001 - one signature on every platform
        return 0

else:

    def _filesystem_id(descriptor: int) -> int:
        return os.fstatvfs(descriptor).f_fsid


if sys.platform == "linux":
    import fcntl
    import struct

    _FIEMAP = 0xC020660B
    _FIEMAP_SYNC = 0x0001
    _FIEMAP_LAST = 0x0001
    _FIEMAP_HEAD = struct.Struct("=QQLLLL")
    _FIEMAP_EXTENT = struct.Struct("=QQQQQLLLL")
    _FIEMAP_BATCH = 256
    _GET_VERSION = 0x80087601
    """FS_IOC_GETVERSION (linux/fs.h): the inode's generation, on ext4, xfs, btrfs and others."""
    _GET_FLAGS = 0x80086601
    """FS_IOC_GETFLAGS (linux/fs.h): the inode's flags, as chattr(1) sets them."""
    _JOURNAL_DATA = 0x4000
    """FS_JOURNAL_DATA_FL."""
    _ENCRYPTED = 0x0800
    """FS_ENCRYPT_FL."""

    def extents(descriptor: int, offset: int = 0, length: int = (1 << 63) - 1) -> tuple[Extent, ...] | None:
        """Where a file's bytes lie on its device, or None where the file system does not tell.

        Every extent that touches the `length` bytes at `offset` is returned, whole or cut to that range.
        """
        found: list[Extent] = []
        start, end = offset, offset + length
        while start < end:
            buffer = bytearray(_FIEMAP_HEAD.size + _FIEMAP_BATCH * _FIEMAP_EXTENT.size)
            _FIEMAP_HEAD.pack_into(buffer, 0, start, end - start, _FIEMAP_SYNC, 0, _FIEMAP_BATCH, 0)
            try:
                fcntl.ioctl(descriptor, _FIEMAP, buffer)
            except OSError:
                return None
            count = _FIEMAP_HEAD.unpack_from(buffer)[3]
            for index in range(count):
                logical, physical, length, _, _, flags, *_ = _FIEMAP_EXTENT.unpack_from(
                    buffer, _FIEMAP_HEAD.size + index * _FIEMAP_EXTENT.size
                )
                found.append(Extent(logical, physical, length, flags & ~_FIEMAP_LAST))
                start = logical + length
                if flags & _FIEMAP_LAST:
                    return tuple(found)
            if not count:
                break
        return tuple(found)

    def journals_data(descriptor: int) -> bool:
        """Return whether a file's data go through its file system's journal first (chattr +j, ext3 and ext4)."""
        return bool(_flags(descriptor) & _JOURNAL_DATA)

    def is_encrypted(descriptor: int) -> bool:
        """Return whether a file system encrypts an open file, or what is new in an open folder (fscrypt)."""
        return bool(_flags(descriptor) & _ENCRYPTED)

    def _flags(descriptor: int) -> int:
        answer = bytearray(8)
        try:
            fcntl.ioctl(descriptor, _GET_FLAGS, answer)
        except OSError:
            return 0
        return int.from_bytes(answer[:4], sys.byteorder)

    def _generation(descriptor: int) -> int | None:
        answer = bytearray(8)
        try:
            fcntl.ioctl(descriptor, _GET_VERSION, answer)
        except OSError:
            return None
        return int.from_bytes(answer, sys.byteorder)

    def drop_cache(descriptor: int) -> ReadBack:
        """Ask the kernel to forget a synced file's pages; DEVICE if none is left in memory."""
        size = os.fstat(descriptor).st_size
        if not size:
            return ReadBack.REOPENED
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return ReadBack.REOPENED if _resident_pages(descriptor, size) else ReadBack.DEVICE

    def _resident_pages(descriptor: int, size: int) -> int:
        import ctypes  # noqa: PLC0415 - 6 ms, and only a read-back needs it

        libc = ctypes.CDLL(None, use_errno=True)
        pages = (size + mmap.PAGESIZE - 1) // mmap.PAGESIZE
        try:
            # Private and never written: a view whose address ctypes takes, of a file open for reading only.
            mapping = mmap.mmap(descriptor, size, access=mmap.ACCESS_COPY)
        except OSError:  # some network file systems cannot map
            return pages
        with mapping as view:
            residency = (ctypes.c_ubyte * pages)()
            anchor = ctypes.c_char.from_buffer(view)
            try:
                failed = libc.mincore(ctypes.byref(anchor), ctypes.c_size_t(size), residency)
            finally:
                del anchor
            return pages if failed else sum(page & 1 for page in residency)

else:  # pragma: no cover - measured on Linux

    def extents(
        descriptor: int,  # noqa: ARG001 - one signature on every platform
        offset: int = 0,  # noqa: ARG001
        length: int = 0,  # noqa: ARG001
    ) -> tuple[Extent, ...] | None:
        """Return where a file's bytes lie: not asked on this platform, so None."""
        return None

    def journals_data(descriptor: int) -> bool:  # noqa: ARG001 - one signature on every platform
        """Return whether a file's data go through a journal: not asked on this platform."""
        return False

    def is_encrypted(descriptor: int) -> bool:  # noqa: ARG001 - one signature on every platform
        """Return whether a file system encrypts a file or folder by itself: not asked on this platform."""
        return False

    def _generation(descriptor: int) -> int | None:  # noqa: ARG001 - one signature on every platform
        return None

    def drop_cache(descriptor: int) -> ReadBack:  # noqa: ARG001 - one signature on every platform
        """Make no claim about the cache on this platform."""
        return ReadBack.REOPENED


IN_USE: Final = frozenset({errno.EBUSY, errno.ETXTBSY, errno.EACCES})
"""What a share says of a file that another program has open (Windows and its shares: a sharing violation)."""
PAUSES_SECONDS: Final = (0.05, 0.1, 0.2, 0.4)
"""How long to wait for whoever looks into each new file: a virus scanner, an indexer, a backup."""


def while_in_use(change: Callable[[], None]) -> None:
    """Change a name, again after a moment where something has the file open. Raises OSError."""
    for seconds in PAUSES_SECONDS:
        try:
            return change()
        except OSError as error:
            if error.errno not in IN_USE:
                raise
        time.sleep(seconds)
    return change()
