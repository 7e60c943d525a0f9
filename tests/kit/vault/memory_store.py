"""A store in memory, with the rules of the one on a disk: for thousands of short histories of one vault.

Whole files beneath their names; a folder is there while something lies in it. What a disk can do besides (links, other
devices, a cache that lies) is for the tests of `store.directory`.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from imgfile import files
from imgfile.device import ReadBack
from imgfile.errors import Damaged, NotWritable
from imgfile.vault.store.directory import Store


class MemoryStore(Store):
    """Objects by name, in a dictionary that several stations may share."""

    __slots__ = ("objects",)

    objects: dict[str, bytes]

    @classmethod
    def over(cls, objects: dict[str, bytes], root: Path) -> MemoryStore:
        """Return a store of these objects; `root` is what it says of where it lies."""
        store = cls(root)
        object.__setattr__(store, "objects", objects)
        return store

    @classmethod
    def copy_of(cls, store: Store) -> MemoryStore:
        """Read a vault on a disk into memory."""
        paths = [path for path in store.root.rglob("*") if path.is_file()]
        return cls.over({path.relative_to(store.root).as_posix(): path.read_bytes() for path in paths}, store.root)

    def is_connected(self) -> bool:
        """Return that it is there."""
        return True

    def exists(self, name: str) -> bool:
        """Return whether an object, or a folder, has this name."""
        return name in self.objects or self.is_folder(name)

    def standing(self, folder: str, names: Sequence[str]) -> set[str]:
        """Return which of these names, relative to a folder, are there."""
        return {name for name in names if self.exists(f"{folder}/{name}")}

    def create(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a new object."""
        self.publish(name, b"".join(chunks))

    def publish(self, name: str, data: bytes) -> None:
        """Make an object appear; of two writers of one name one loses."""
        if name in self.objects:
            error = FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            raise NotWritable(f"{name} cannot be written: it exists.") from error
        self.objects[name] = data

    def burn(self, name: str) -> None:
        """Remove an object."""
        self.objects.pop(name, None)

    def sync(self, folder: str) -> None:
        """Do nothing: nothing here outlives the test."""

    def read(self, name: str, *, limit: int | None = None) -> bytes:
        """Read a whole object."""
        del limit
        if name not in self.objects:
            raise Damaged(f"{name} is missing from the vault.", "")
        return self.objects[name]

    def read_back(self, name: str) -> tuple[bytes, ReadBack]:
        """Read an object again."""
        return self.read(name), ReadBack.REOPENED

    def holds(self, name: str, digest: str) -> bool:
        """Return whether an object is there whole."""
        return name in self.objects and hashlib.sha256(self.objects[name]).hexdigest() == digest

    def is_folder(self, name: str) -> bool:
        """Return whether anything lies beneath a name."""
        return any(each.startswith(f"{name}/") for each in self.objects)

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names directly in a folder, sorted."""
        yield from (name for name in self._listed(folder) if not name.startswith(files.TEMPORARY_PREFIX))

    def unfinished(self, folder: str) -> Iterator[str]:
        """Yield none: nothing is ever half written here."""
        del folder
        yield from ()

    def _listed(self, folder: str) -> list[str]:
        inside = "" if folder in {"", "."} else f"{folder}/"
        return sorted({each[len(inside) :].split("/")[0] for each in self.objects if each.startswith(inside)})
