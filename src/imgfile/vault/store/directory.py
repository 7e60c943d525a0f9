"""The store beneath a vault: immutable objects with create-only names, in a local directory, or in two.

It is the one seam to where a vault lies: nothing else turns a name of the vault into a path, so that another kind of
store (objects in a bucket) can take its place. What any store must give, and no caller may ask more:

1. Names are relative, with `/`, never `..`, and never hold anything identifying.
2. An object is written once, and create-only: no replace, no rename, and of two writers of one name one loses.
3. `publish` makes an object appear whole and durable, or not at all. `create` may leave a part behind, and its name
   counts after `sync` of its folder alone.
4. `read_back` reads what was stored, not what was sent, and says how far down that reached.
5. What is not there is an answer, what cannot be read is `Damaged`: a share that fails for a moment is not empty.

Here every component of a name is opened beneath the root, without links and on the root's device (`beneath`). Where
`keys` has a root of its own, names of `keys` lie beneath that one and all others beneath the vault's; its marker is
looked at each time it is opened, so that nothing goes into a folder whose disk is away. Whatever begins with
`files.TEMPORARY_PREFIX` is unfinished, and is never listed among the names.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from imgfile import beneath, device, files
from imgfile.errors import Damaged, NotWritable
from imgfile.frozen import dataclass
from imgfile.notes import MAX_NOTE_BYTES
from imgfile.vault import layout

MAX_OBJECT_BYTES: Final = 256 << 20
"""The largest photo (128 MiB) sealed, with room; anything longer in a vault is not ours."""

MAX_SMALL_BYTES: Final = 1 << 20
"""A key, sealed to two readers, takes 5 kB; the practice's policy as much."""
MAX_DEPTH: Final = 4
"""No object of a vault lies deeper."""

_RESTORE: Final = "Restore it from a backup, then:  imgfile verify"
_Expect: TypeAlias = Callable[[beneath.Folder], None]
_LINKS: Final = frozenset({errno.ELOOP, errno.EMLINK})
"""How a system calls a link that it was not to follow: by words that name none."""
_NOT_OURS: Final = _LINKS | {errno.EXDEV, errno.EFBIG, errno.EISDIR, errno.ENXIO, errno.EINVAL}
"""A link, another disk's, too long, a folder, a socket, a pipe, a device: who writes to a share can put one there."""


@dataclass(frozen=True, slots=True)
class KeysRoot:
    """The folder that a vault's `keys` have to themselves, and what it is known by."""

    folder: Path | None
    """None where this computer was not told."""
    digest: str
    """Of its root.note, as the roster states it."""


@dataclass(frozen=True, slots=True)
class Store:
    """The directory of one vault, and that of its keys where they have one of their own."""

    root: Path
    """Nobody else's business: a path is no more than this kind of store's address."""
    keys: KeysRoot | None = None
    """None where they lie with the rest."""

    @property
    def place(self) -> str:
        """Where the vault lies, in words."""
        return str(self.root)

    @property
    def keys_place(self) -> str:
        """Where the keys lie, in words; "" where they lie with the rest, or this computer was not told."""
        return str(self.keys.folder) if self.keys is not None and self.keys.folder is not None else ""

    def is_connected(self) -> bool:
        """Return whether the place is there at all, be it empty. Raises `NotWritable` where nobody may look."""
        try:
            return stat.S_ISDIR(self.root.stat().st_mode)
        except PermissionError as error:
            raise NotWritable(
                f"the folder {self.place} may not be looked into by this account: {error.strerror}.",
                "Nothing was changed. Whoever looks after the share can allow it; else sign in as somebody who may.",
            ) from error
        except (OSError, ValueError):  # absent, away, or a name that no folder can have
            return False

    def exists(self, name: str) -> bool:
        """Return whether an object is there, without reading it. Raises `Damaged` where that cannot be known."""
        try:
            with self._beside(name) as (here, own):
                return here.exists(own)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:  # a share that fails for a moment is not an empty one, nor is a link
            raise _unreadable(name, error) from error

    def standing(self, folder: str, names: Sequence[str]) -> set[str]:
        """Return which of these names, relative to a folder, are there: `exists` of many, with one way to the folder.

        Raises `Damaged` where that cannot be known.
        """
        try:
            with self._opened(folder) as here:
                return here.standing(names)
        except OSError:  # one after the other, so that the error is of the one whose it is
            return {name for name in names if self.exists(f"{folder}/{name}")}

    def create(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a new object and sync it; `sync` its folder before relying on its name. Raises `NotWritable`."""
        with self._making(name) as (here, own):
            here.create(own, chunks)

    def publish(self, name: str, data: bytes) -> None:
        """Make an object appear whole and durable, or not at all. Raises `NotWritable`."""
        with self._making(name) as (here, own):
            here.publish(own, data)

    def claim(self, name: str, data: bytes) -> bool:
        """Publish an object under a name that others may be making at this moment; return whether this one came first.

        Where it did not, what lies there is somebody else's, whole, to be read. Raises `NotWritable`.
        """
        try:
            self.publish(name, data)
        except NotWritable as error:
            if isinstance(error.__cause__, FileExistsError):
                return False
            raise
        return True

    def mark_keys(self, note: bytes) -> None:
        """Put its marker into the keys' own folder, new or empty: none of its names can be reached before.

        Raises `NotWritable`.
        """
        if self.keys is not None and (folder := self.keys.folder) is not None:
            with files.writing(folder / layout.ROOT_NOTE), beneath.opened(folder, "", is_made=True) as here:
                here.publish(layout.ROOT_NOTE, note)

    def expect_keys(self) -> None:
        """See that the keys can be reached where they have a root of their own.

        Raises `NotWritable` where that is away, `Damaged` where it is another one.
        """
        try:
            if self.keys is not None:
                with self._opened(layout.KEYS):
                    pass
        except OSError as error:
            raise _unreadable(layout.KEYS, error) from error

    def with_keys(self, keys: KeysRoot) -> Store:
        """Return the same with the keys in that folder of their own."""
        return Store(self.root, keys)

    @property
    def has_keys(self) -> bool:
        """Whether the keys can be reached, wherever they lie."""
        try:
            self.expect_keys()
        except (NotWritable, Damaged):
            return False
        return True

    @contextlib.contextmanager
    def _making(self, name: str) -> Iterator[tuple[beneath.Folder, str]]:
        root, below, _ = self._placed(name)
        with files.writing(root / below), self._beside(name, is_made=True) as place:
            yield place

    @contextlib.contextmanager
    def _beside(self, name: str, *, is_made: bool = False) -> Iterator[tuple[beneath.Folder, str]]:
        """Open the folder that an object lies in, and yield it with the object's name there. Raises OSError."""
        root, below, expect = self._placed(name)
        folder, _, own = below.rpartition("/")
        with beneath.opened(root, folder, is_made=is_made, expect_root=expect) as here:
            yield here, own

    @contextlib.contextmanager
    def _opened(self, folder: str) -> Iterator[beneath.Folder]:
        """Open a folder by its name. Raises OSError."""
        root, below, expect = self._placed(folder)
        with beneath.opened(root, below, expect_root=expect) as here:
            yield here

    def _placed(self, name: str) -> tuple[Path, str, _Expect | None]:
        """Return the root that a name lies beneath, its name there, and what sees that it is that root.

        Raises `NotWritable` where the keys have a root of their own, and it is away.
        """
        parts = [part for part in name.split("/") if part not in {"", "."}]
        if self.keys is None or parts[:1] != [layout.KEYS]:
            return self.root, name, None
        from imgfile.vault.store.keys_root import expecting, there  # noqa: PLC0415 - few vaults have one

        return there(self.keys.folder), "/".join(parts[1:]), expecting(self.keys.digest)

    def burn(self, name: str) -> None:
        """Overwrite an object once where it lies, and remove it, durably: for keys alone, after a tombstone.

        What is not there any more is burnt. Raises `NotWritable`.
        """
        try:
            root, below, _ = self._placed(name)
            with files.writing(root / below), self._beside(name) as (here, own):
                here.burn(own)
        except NotWritable as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise

    def sync(self, folder: str) -> None:
        """Make the names in a folder durable. Raises `NotWritable`."""
        try:
            with self._opened(folder) as here:
                here.sync()
        except OSError as error:
            raise NotWritable(f"{folder} in the vault cannot be made durable: {error.strerror}.") from error

    def read(self, name: str, *, limit: int | None = None) -> bytes:
        """Read a whole object. Raises `Damaged` when it is missing, unreadable, a link or a pipe, or absurdly long.

        So it is where a folder on the way is a link, or lies on another device.
        """
        try:
            with self._beside(name) as (here, own):
                return here.read(own, limit=limit or most_bytes(name))
        except OSError as error:
            raise _unreadable(name, error) from error

    def read_matching(self, name: str, digest: str, what: str, hint: str = "Restore it from a backup.") -> bytes:
        """Read a whole object whose SHA-256 is stated elsewhere; `what` says what it then is, to end a sentence.

        Raises `Damaged` when it cannot be read, or is another.
        """
        data = self.read(name)
        if not is_digest_of(data, digest):
            raise Damaged(f"{name} is not {what}.", hint)
        return data

    def holds(self, name: str, digest: str) -> bool:
        """Return whether an object is there whole, as its SHA-256 says."""
        try:
            return is_digest_of(self.read(name), digest)
        except Damaged:
            return False

    def no_file(self, name: str) -> str:
        """Return why what stands under a name is no file of the vault's, be it a link; empty of a file, and of nothing.

        For whoever compares digests: what stands there is not another text, but none.
        """
        try:
            self.read(name)
        except Damaged as error:
            is_strange = isinstance(error.__cause__, OSError) and error.__cause__.errno in _NOT_OURS
            return error.message if is_strange else ""
        return ""

    def read_back(self, name: str) -> tuple[bytes, device.ReadBack]:
        """Read an object from its device, as far as the platform lets that be seen. Raises `Damaged`."""
        try:
            with self._beside(name) as (here, own):
                return here.read_back(own, limit=most_bytes(name))
        except OSError as error:
            raise _unreadable(name, error) from error

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names directly in a folder, sorted; none where the folder is absent. Raises `Damaged`."""
        yield from (name for name in self._listed(folder) if not name.startswith(files.TEMPORARY_PREFIX))

    def unfinished(self, folder: str) -> Iterator[str]:
        """Yield the temporary names that a crash left directly in a folder. Raises `Damaged`."""
        yield from (name for name in self._listed(folder) if name.startswith(files.TEMPORARY_PREFIX))

    def _listed(self, folder: str) -> list[str]:
        try:
            with self._opened(folder) as here:
                return sorted(here.names())
        except FileNotFoundError:
            return []
        except NotADirectoryError as error:
            raise Damaged(f"{folder} in the vault is no folder.", _RESTORE) from error
        except OSError as error:
            raise _unreadable(folder, error) from error

    def is_folder(self, name: str) -> bool:
        """Return whether a name is a real folder (a link is not). Raises `Damaged` where that cannot be known."""
        try:
            with self._beside(name) as (here, own):
                return here.is_folder(own)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unreadable(name, error) from error

    def contains(self, path: Path) -> bool:
        """Return whether a file of this name would lie in the vault, by whatever links it is reached."""
        folder = path.absolute().parent.resolve()
        return any(folder.is_relative_to(root.resolve()) for root in self._roots())

    def remove_unfounded(self) -> None:
        """Remove every file beneath the root, of a vault that never came to exist: no roster names any of them.

        Raises `Damaged` where a folder on the way is a link, or lies on another device; what is there stays.
        """
        for name in self.names("."):
            self._remove_files(name, MAX_DEPTH)

    def remove_unfounded_keys(self) -> None:
        """Remove every file beneath a folder that keys were to have to themselves, its marker last; else the same."""
        for name in self.names("."):
            if self.is_folder(name):
                self._remove_files(name, MAX_DEPTH)
        for name in self._listed("."):
            if name == layout.ROOT_NOTE or name.startswith(files.TEMPORARY_PREFIX):
                self._remove(".", name)

    def _remove_files(self, folder: str, levels: int) -> None:
        if not levels:
            return
        for name in self._listed(folder):
            if self.is_folder(f"{folder}/{name}"):
                self._remove_files(f"{folder}/{name}", levels - 1)
                continue
            self._remove(folder, name)

    def _remove(self, folder: str, name: str) -> None:
        try:
            with self._opened(folder) as here:
                here.remove(name)
        except OSError as error:
            raise _unreadable(f"{folder}/{name}", error) from error

    def _roots(self) -> list[Path]:
        keys = None if self.keys is None else self.keys.folder
        return [self.root] if keys is None else [self.root, keys]


def most_bytes(name: str) -> int:
    """Return how long an object of this name can be: whoever writes to a share can put anything in its place."""
    if name.endswith(".note"):
        return MAX_NOTE_BYTES
    return MAX_SMALL_BYTES if name.startswith((f"{layout.KEYS}/", f"{layout.POLICY}/")) else MAX_OBJECT_BYTES


def is_digest_of(data: bytes, digest: str) -> bool:
    """Return whether a SHA-256, as lower-case hex, is of these bytes."""
    return hashlib.sha256(data).hexdigest() == digest


def _unreadable(name: str, error: OSError) -> Damaged:
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return Damaged(f"{name} is missing from the vault.", _RESTORE)
    if error.errno in _NOT_OURS:
        is_plain = error.errno not in _LINKS or str(error.strerror).startswith("it is")
        reason = error.strerror if is_plain else "it is a link"
        return Damaged(f"{name} in the vault is no file that imgfile wrote: {reason}.", _RESTORE)
    return Damaged(f"{name} in the vault cannot be read: {error.strerror}.", "Check the disk or share it lies on.")
