"""Several new files under way together: each lies whole beside its name until all are durable and get their names.

For a folder of photos: waiting for the device once for sixteen files takes hardly longer than for one. Part of the seam
to the file system, like `files`: no name is there before its bytes are durable.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
from pathlib import Path
from typing import Final, Self, TypeAlias

from imgfile import files
from imgfile.errors import NotWritable, SourceChanged
from imgfile.replacing import Original, replace_original

MAX_SYNCING: Final = 16
"""How many files wait for the device at once."""
PAST_CACHE_BYTES: Final = 1 << 20
"""From how many bytes on a staged file is written past the system's cache."""

_Staged: TypeAlias = "tuple[Path, Path, Original | None]"
"""A file under way: where it lies, the name it gets, and what it replaces there."""

_PAST_CACHE = getattr(os, "O_DIRECT", 0)


class Staging:
    """Files on their way. What was not published when it is left leaves nothing behind."""

    def __init__(self) -> None:
        self._staged: list[_Staged] = []
        self._pages = _Pages()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for temporary, _path, _original in self._staged:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        self._pages.close()

    def add(self, path: Path, data: bytes, original: Original | None = None) -> None:
        """Write a whole file beside `path`, to appear there or to replace an original.

        Raises `NotWritable`, also for a name that exists where nothing is to be replaced.
        """
        with files.writing(path), files.temporary_beside(path) as temporary:
            if original is None and os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            if not _PAST_CACHE or len(data) < PAST_CACHE_BYTES or not _created_past_cache(temporary, data, self._pages):
                files.write_new(temporary, [data], is_synced=False)
        self._staged.append((temporary, path, original))

    def publish(self) -> list[NotWritable | SourceChanged | None]:
        """Make all durable at once and let them appear; return why each did not, None if it did, in order.

        One that fails is no other's failure. On return the names are durable too: the folders are synced last.
        """
        staged, self._staged = self._staged, []
        errors = self._named_together(staged) if len(staged) > 1 else [self._name(one) for one in staged]
        unsynced = {folder: _failure_of_sync(folder) for folder in {path.parent for _, path, _ in staged}}
        for number, (_, path, _) in enumerate(staged):
            failure = unsynced[path.parent]
            errors[number] = errors[number] or (files.not_writable(path, failure) if failure else None)
        return errors

    def _named_together(self, staged: list[_Staged]) -> list[NotWritable | SourceChanged | None]:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - 5 ms, and few commands need it

        with ThreadPoolExecutor(MAX_SYNCING) as waiting:  # a journal answers those who wait together with one commit
            return list(waiting.map(self._name, staged))

    def _name(self, staged: _Staged) -> NotWritable | SourceChanged | None:
        temporary, path, original = staged
        try:
            with files.writing(path), files.removed_on_failure(temporary):
                files.sync_file(temporary)
                if original is not None:
                    replace_original(temporary, path, original)
                else:
                    files.rename_create_only(temporary, path)
        except (NotWritable, SourceChanged) as error:
            return error
        return None


def _failure_of_sync(folder: Path) -> OSError | None:
    try:
        files.sync_folder(folder)
    except OSError as error:
        return error
    return None


class _Pages:
    """Whole pages of memory, as writing past the cache needs them; kept from file to file, for new ones are dear."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)

    def holding(self, data: bytes) -> memoryview:
        """Fill as many pages as the data need, the last one up with zeros: nothing of a file before stands there."""
        length = -(-len(data) // mmap.PAGESIZE) * mmap.PAGESIZE
        if length > len(self._memory):
            self._memory.close()
            self._memory = mmap.mmap(-1, length)
        self._memory[: len(data)] = data
        self._memory[len(data) : length] = bytes(length - len(data))
        return memoryview(self._memory)[:length]

    def close(self) -> None:
        self._memory.close()


def _created_past_cache(path: Path, data: bytes, pages: _Pages) -> bool:
    """Write a new file straight to its device; False, with nothing left, where that cannot be done.

    A sync finds nothing left to write then, and what others have in the system's cache stays there.
    """
    try:
        descriptor = files.open_new(path, _PAST_CACHE)
        try:
            with pages.holding(data) as whole:
                is_whole = os.write(descriptor, whole) == len(whole)
            os.ftruncate(descriptor, len(data))
        finally:
            os.close(descriptor)
    except OSError as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        if error.errno != errno.EINVAL:  # some file systems know no such thing
            raise
        return False
    if not is_whole:
        os.unlink(path)
    return is_whole
