"""New files in clear under way, one or several together, until all are durable and get their names.

1. A file has no name at all until its bytes are durable, where the system knows such files (O_TMPFILE of open(2)):
   a run that is killed leaves nothing. Elsewhere it lies beside its name as `.imgfile-` and hexadecimal digits, and a
   killed run leaves that; so does the moment in which `--in-place` lets two names change places. What is to have such a
   name stands in a durable note first (`draft_notes`), so that a later run knows it as ours.
2. A folder of several files gets its name last: until then it lies there as `.imgfile-` and digits too, and each file
   in it stands in the note.
3. Waiting for the device once for sixteen files takes hardly longer than for one.

Part of the seam to the file system, like `files`.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Self

from imgfile import files
from imgfile.device import Mark
from imgfile.draft_notes import DraftNote
from imgfile.errors import NotWritable, SourceChanged
from imgfile.replacing import Original, replace_original

MAX_SYNCING: Final = 16
"""How many files wait for the device at once."""
PAST_CACHE_BYTES: Final = 1 << 20
"""From how many bytes on a staged file is written past the system's cache."""

_PAST_CACHE: Final = getattr(os, "O_DIRECT", 0)
_UNNAMED: Final = getattr(os, "O_TMPFILE", 0)
_DESCRIPTORS: Final = Path("/proc/self/fd")
_NO_UNNAMED: Final = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL})
"""What open(2) says where there are no files without a name: of the file system, and of an old kernel."""
_NOT_LINKED: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.ENOENT})
"""What linkat(2) says where a file without a name cannot be given one."""


class _Draft:
    """A file under way: open and without a name, or closed beside the name that it gets; and what it replaces there."""

    def __init__(self, path: Path, original: Original | None, note: DraftNote) -> None:
        self.path = path
        self.original = original
        self.note = note
        self.beside = files.temporary_name(path)
        self.descriptor: int | None = None

    def discard(self) -> None:
        """Leave nothing of it."""
        self.close()
        with contextlib.suppress(OSError):
            os.unlink(self.beside)

    def close(self) -> None:
        """Close it; what has no name is gone then."""
        if self.descriptor is not None:
            os.close(self.descriptor)
        self.descriptor = None

    @property
    def mark_to_come(self) -> tuple[Path, Mark, Original | None] | None:
        """What is noted of a file that has no name yet and must get a temporary one; None of every other."""
        if self.descriptor is None or self.original is None:
            return None
        return self.beside, Mark.of(self.descriptor), self.original

    def created(self, descriptor: int) -> None:
        """Note which file has just got the temporary name, before it holds a byte. Raises `NotWritable`."""
        self.note.made([(self.beside, Mark.of(descriptor), self.original)])

    def write_named(self, chunks: Iterable[bytes], *, is_synced: bool) -> None:
        """Write it under its temporary name. Raises OSError, `NotWritable`."""
        _write_named(self.beside, chunks, self.note, self.original, is_synced=is_synced)

    def appear(self) -> None:
        """Make it durable, and give it its name, or let it replace its original. Raises OSError, `SourceChanged`."""
        if self.descriptor is None:
            files.sync_file(self.beside)
        else:
            files.sync(self.descriptor)
            if self.original is None and _linked(self.descriptor, self.path):
                return
            if self.original is None:
                self.created(self.descriptor)
            if not _linked(self.descriptor, self.beside):
                self.write_named(_chunks(self.descriptor), is_synced=True)
        if self.original is not None:
            replace_original(self.beside, self.path, self.original)
        else:
            files.rename_create_only(self.beside, self.path)


class Staging:
    """Files on their way. What was not published when it is left leaves nothing behind.

    `maker` says in one word what makes them, for the note that a killed run leaves: `strip`, `export`.
    """

    def __init__(self, maker: str) -> None:
        self._drafts: list[_Draft] = []
        self._pages = _Pages()
        self._note = DraftNote(maker)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for draft in self._drafts:
            draft.discard()
        self._note.close()
        self._pages.close()

    def add(self, path: Path, data: bytes, original: Original | None = None) -> None:
        """Write a whole file, to appear at `path` or to replace an original there.

        Raises `NotWritable`, also for a name that exists where nothing is to be replaced.
        """
        draft = _Draft(path, original, self._note)
        with files.writing(path):
            try:
                if original is None and os.path.lexists(path):
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
                self._write(draft, data)
            except BaseException:
                draft.discard()
                raise
        self._drafts.append(draft)

    def _write(self, draft: _Draft, data: bytes) -> None:
        pages = self._pages if _PAST_CACHE and len(data) >= PAST_CACHE_BYTES else None
        folder = draft.path.parent
        draft.descriptor = (pages and _unnamed_past_cache(folder, data, pages)) or _unnamed(folder, data)
        if draft.descriptor is None and not (pages and _created_past_cache(draft, data, pages)):
            draft.write_named([data], is_synced=False)

    def publish(self) -> list[NotWritable | SourceChanged | None]:
        """Make all durable at once and let them appear; return why each did not, None if it did, in order.

        One that fails is no other's failure. On return the names are durable too: the folders are synced last.
        """
        drafts, self._drafts = self._drafts, []
        try:
            self._note.made([made for draft in drafts if (made := draft.mark_to_come)])
        except NotWritable as error:
            for draft in drafts:
                draft.discard()
            return [error for _ in drafts]
        errors = _named_together(drafts) if len(drafts) > 1 else [_name(draft) for draft in drafts]
        unsynced = {folder: _failure_of_sync(folder) for folder in {draft.path.parent for draft in drafts}}
        for number, draft in enumerate(drafts):
            failure = unsynced[draft.path.parent]
            errors[number] = errors[number] or (files.not_writable(draft.path, failure) if failure else None)
        return errors


def publish(path: Path, data: bytes, maker: str) -> None:
    """Make one new file in clear appear whole and durable under its name, or not at all. Raises `NotWritable`.

    `maker` is as of a `Staging`. After an error the name may be there, whole, but not known to be durable: run it again
    or look.
    """
    with Staging(maker) as under_way:
        under_way.add(path, data)
        for error in under_way.publish():
            if error is not None:
                raise error


def publish_folder(path: Path, contents: Mapping[str, bytes], maker: str) -> None:
    """Make a new folder of files in clear appear whole and durable under its name, or not at all.

    `contents` are the files by their names; `maker` is as of a `Staging`. Raises `NotWritable`.
    """
    note, beside = DraftNote(maker), files.temporary_name(path)
    nameless: dict[str, int | None] = {}
    try:
        with files.writing(path):
            try:
                for name, data in contents.items():  # a full disk is met before anything has a name
                    nameless[name] = _unnamed(path.parent, data)
                _fill(beside, contents, nameless, note)
                _rename_folder(beside, path)
            except BaseException:
                _discard_folder(beside, contents)
                raise
            files.sync_folder(path.parent)
    finally:
        for opened in filter(None, nameless.values()):
            os.close(opened)
        note.close()


def _fill(folder: Path, contents: Mapping[str, bytes], nameless: Mapping[str, int | None], note: DraftNote) -> None:
    """Make a folder under a temporary name, and give each file its name in it, durable. Raises OSError."""
    for opened in filter(None, nameless.values()):
        files.sync(opened)
    os.mkdir(folder, files.PRIVATE_FOLDER_MODE)
    for name, data in contents.items():
        inside, descriptor = folder / name, nameless[name]
        if descriptor is not None:
            note.made([(inside, Mark.of(descriptor), None)])
        if descriptor is None or not _linked(descriptor, inside):
            _write_named(inside, [data], note, is_synced=True)
    files.sync_folder(folder)


def _write_named(
    path: Path, chunks: Iterable[bytes], note: DraftNote, original: Original | None = None, *, is_synced: bool
) -> None:
    """Write a file under a temporary name, or in a folder of such a name. Raises OSError, `NotWritable`."""
    note.expect(path)
    descriptor = files.open_new(path)
    try:
        note.made([(path, Mark.of(descriptor), original)])
        files.write_all(descriptor, chunks)
        if is_synced:
            files.sync(descriptor)
    finally:
        os.close(descriptor)


def _rename_folder(beside: Path, path: Path) -> None:
    """Give a folder its name, never over one that is taken. Raises OSError."""
    from imgfile import renaming  # noqa: PLC0415 - of folders alone, here

    if renaming.rename_to_free(beside, path, None):
        return
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    files.rename(beside, path)


def _discard_folder(folder: Path, contents: Iterable[str]) -> None:
    for name in contents:
        with contextlib.suppress(OSError):
            os.unlink(folder / name)
    with contextlib.suppress(OSError):
        files.remove_folder(folder)


def _named_together(drafts: list[_Draft]) -> list[NotWritable | SourceChanged | None]:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - 5 ms, and few commands need it

    with ThreadPoolExecutor(MAX_SYNCING) as waiting:  # a journal answers those who wait together with one commit
        return list(waiting.map(_name, drafts))


def _name(draft: _Draft) -> NotWritable | SourceChanged | None:
    try:
        with files.writing(draft.path), files.removed_on_failure(draft.beside):
            draft.appear()
    except (NotWritable, SourceChanged) as error:
        return error
    finally:
        draft.close()
    return None


def _unnamed(folder: Path, data: bytes) -> int | None:
    """Write a private file that has no name, on the device of a folder; None where there is no such thing.

    Raises OSError. What has no name is gone when it is closed, however that comes about.
    """
    descriptor = _open_unnamed(folder)
    if descriptor is not None:
        with _closed_on_failure(descriptor):
            files.write_all(descriptor, [data])
    return descriptor


def _unnamed_past_cache(folder: Path, data: bytes, pages: _Pages) -> int | None:
    """Do the same straight to the device; None as well where that cannot be done."""
    descriptor = _open_unnamed(folder, _PAST_CACHE)
    if descriptor is None:
        return None
    with _closed_on_failure(descriptor):
        if _wrote_past_cache(descriptor, data, pages):
            return descriptor
    os.close(descriptor)
    return None


def _open_unnamed(folder: Path, more: int = 0) -> int | None:
    if not _UNNAMED or not os.path.isdir(_DESCRIPTORS):
        return None
    try:
        return files.open_unnamed(folder, _UNNAMED | more)
    except OSError as error:
        if error.errno in _NO_UNNAMED:  # what else is wrong with the folder is said by whoever opens a name in it
            return None
        raise


@contextlib.contextmanager
def _closed_on_failure(descriptor: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        os.close(descriptor)
        raise


def _linked(descriptor: int, path: Path) -> bool:
    """Give an open file a name that nothing has; False where that cannot be done. Raises OSError."""
    try:  # with a descriptor for the folder it is linkat(2) with AT_SYMLINK_FOLLOW, which /proc needs
        os.link(_DESCRIPTORS / str(descriptor), path, src_dir_fd=descriptor, follow_symlinks=True)
    except OSError as error:
        if error.errno in _NOT_LINKED:
            return False
        raise
    return True


def _chunks(descriptor: int) -> Iterator[bytes]:
    """Read an open file anew: what is written past the cache may not be read at any place."""
    with open(_DESCRIPTORS / str(descriptor), "rb") as file:
        while chunk := file.read(files.CHUNK_BYTES):
            yield chunk


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


def _created_past_cache(draft: _Draft, data: bytes, pages: _Pages) -> bool:
    """Write a draft under its temporary name straight to its device; False, with nothing left, where that cannot be."""
    path = draft.beside
    draft.note.expect(path)
    try:
        descriptor = files.open_new(path, _PAST_CACHE)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some file systems know no such thing
            raise
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        return False
    try:
        draft.created(descriptor)
        is_whole = _wrote_past_cache(descriptor, data, pages)
    finally:
        os.close(descriptor)
    if not is_whole:
        os.unlink(path)
    return is_whole


def _wrote_past_cache(descriptor: int, data: bytes, pages: _Pages) -> bool:
    """Write an open file straight to its device; False where that cannot be done, or was done in part.

    A sync finds nothing left to write then, and what others have in the system's cache stays there.
    """
    try:
        with pages.holding(data) as whole:
            is_whole = os.write(descriptor, whole) == len(whole)
        os.ftruncate(descriptor, len(data))
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return False
    return is_whole
