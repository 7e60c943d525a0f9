"""What a power cut would leave of a folder, call by call, as the strictest file system may.

A name survives when the folder that holds it was synced after the name was given, and so on up to the top; the bytes
under it are those that the file had when it was last synced, and none if it never was. Everything that was there at
first survives. This is stricter than any real device, and quicker: tests/promises/test_power_loss.py cuts real ones.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kit.vault.erasure import FailingSystem, stand_in

Check = Callable[["Power"], object]


class Power:
    """The power of the device that a folder lies on."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.syncs = 0
        """How often anything was synced: what would be left changes by nothing else."""
        self._names: dict[int, dict[str, int]] = {}
        """Of each synced folder's inode, the names in it then, with their inodes."""
        self._bytes: dict[int, bytes] = {}
        """Of each synced file's inode, its bytes then."""
        for path in (root, *root.rglob("*")):
            self.sync(path)

    def sync(self, path: Path) -> None:
        """Take a file's bytes, or a folder's names, for durable as they are now."""
        self.syncs += 1
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            self._names[facts.st_ino] = {}
            for one in path.iterdir():
                inside = one.stat(follow_symlinks=False)
                self._names[facts.st_ino][one.name] = inside.st_ino
                self._names.setdefault(inside.st_ino, {})  # a new folder is empty until it is synced itself
                if stat.S_ISDIR(inside.st_mode):  # it may have the number of a file that is gone
                    self._bytes.pop(inside.st_ino, None)
        else:
            self._bytes[facts.st_ino] = path.read_bytes()

    def sync_unnamed(self, path: Path) -> None:
        """Take the bytes of an open file that has no name yet for durable as they are now."""
        self.syncs += 1
        self._bytes[path.stat().st_ino] = path.read_bytes()

    def survivors(self) -> dict[str, bytes]:
        """Return what would be left, by name below the folder: of a file that was never synced, an empty one."""
        return dict(self._walk(self.root.stat().st_ino, ""))

    def _walk(self, folder: int, prefix: str) -> Iterator[tuple[str, bytes]]:
        for name, inode in self._names[folder].items():
            if inode in self._bytes or not self._names[inode]:
                yield prefix + name, self._bytes.get(inode, b"")
            else:
                yield from self._walk(inode, f"{prefix}{name}/")

    def survives(self, name: str) -> bool:
        """Return whether a file would be left as it is now."""
        return self.survivors().get(name) == (self.root / name).read_bytes()


@contextmanager
def watched_power(root: Path, check: Check = lambda _: None) -> Iterator[Power]:
    """Watch what is synced below a folder, and check something after every call through the seam to the system."""
    power = Power(root)

    def watch(
        _count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        answer = real(*arguments, **named)
        if name == "fsync":
            open_file = Path(f"/proc/self/fd/{arguments[0]}")
            if open_file.stat().st_nlink == 0:
                power.sync_unnamed(open_file)
            elif open_file.readlink().is_relative_to(root):
                power.sync(open_file.readlink())
        check(power)
        return answer

    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(watch), patch.setattr)
        yield power
