"""The store beneath a vault: immutable objects with create-only names, in a local directory.

Names are relative, with `/`, and never hold anything identifying. There is no replace and no rename here: an
object is written once. Whatever begins with `files.TEMPORARY_PREFIX` is unfinished and is never listed.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imgfile import files
from imgfile.errors import Damaged, NotWritable

MAX_OBJECT_BYTES: Final = 256 << 20
"""The largest photo (128 MiB) sealed, with room; anything longer in a vault is not ours."""


@dataclass(frozen=True, slots=True)
class Store:
    """The directory of one vault."""

    root: Path

    def exists(self, name: str) -> bool:
        """Tell whether an object is there, without reading it."""
        return os.path.lexists(self._path(name))

    def create(self, name: str, chunks: Iterable[bytes]) -> files.Written:
        """Write a new object and sync it; `sync` its folder before relying on its name. Raises `NotWritable`."""
        path = self._path(name)
        files.make_folder(path.parent)
        return files.create(path, chunks)

    def publish(self, name: str, data: bytes) -> files.Written:
        """Make an object appear whole and durable, or not at all. Raises `NotWritable`."""
        path = self._path(name)
        files.make_folder(path.parent)
        return files.publish(path, data)

    def sync(self, folder: str) -> None:
        """Make the names in a folder durable. Raises `NotWritable`."""
        try:
            files.sync_folder(self._path(folder))
        except OSError as error:
            raise NotWritable(f"{folder} in the vault cannot be made durable: {error.strerror}.") from error

    def read(self, name: str) -> bytes:
        """Read a whole object. Raises `Damaged` when it is missing, unreadable or absurdly long."""
        try:
            path = self._path(name)
            if path.stat(follow_symlinks=False).st_size > MAX_OBJECT_BYTES:
                raise Damaged(f"{name} is too long to be an object of a vault.")
            return path.read_bytes()
        except OSError as error:
            raise _unreadable(name, error) from error

    def read_back(self, name: str) -> tuple[bytes, files.ReadBack]:
        """Read an object from its device, as far as the platform lets that be seen. Raises `Damaged`."""
        try:
            return files.read_back(self._path(name))
        except OSError as error:
            raise _unreadable(name, error) from error

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names directly in a folder, sorted; none where the folder is absent. Raises `Damaged`."""
        try:
            with os.scandir(self._path(folder)) as entries:
                found = sorted(entry.name for entry in entries if not entry.name.startswith(files.TEMPORARY_PREFIX))
        except FileNotFoundError:
            return
        except OSError as error:
            raise _unreadable(folder, error) from error
        yield from found

    def unfinished(self, folder: str) -> Iterator[str]:
        """Yield the temporary names that a crash left directly in a folder."""
        if self.exists(folder):
            with os.scandir(self._path(folder)) as entries:
                yield from sorted(entry.name for entry in entries if entry.name.startswith(files.TEMPORARY_PREFIX))

    def is_folder(self, name: str) -> bool:
        """Tell whether a name is a real folder (a link is not)."""
        path = self._path(name)
        return path.is_dir() and not path.is_symlink()

    def _path(self, name: str) -> Path:
        return self.root / name


def _unreadable(name: str, error: OSError) -> Damaged:
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return Damaged(f"{name} is missing from the vault.", "Restore it from a backup, then:  imgfile verify")
    return Damaged(f"{name} in the vault cannot be read: {error.strerror}.", "Check the disk or share it lies on.")
