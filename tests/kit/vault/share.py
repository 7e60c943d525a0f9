"""A folder on a network share, as one of its clients sees it: stood in at the seam to the file system.

Whoever takes the place of another account stands in a share of their own. What that client itself writes or removes it
sees at once; what others did it may see late, or not before `refresh`.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from imgfile import renaming
from kit.vault.erasure import FailingSystem, stand_in

LOOKS_UP = frozenset({"open", "lstat", "stat"})
NAMES_GIVEN = frozenset({"link", "rename", "replace", "mkdir"})


class Share(FailingSystem):
    """What a share does otherwise than a local disk, as far as one asks for it.

    `link_refusal` is what link(2) says; `sync_refusal` what fsync(2) says of a folder; `in_use` is what the first
    `scanned` calls of each kind say of a file that another program has open, for each name once it was written.
    With `lag` a name that others made after `look_away` is not there for so many looks, and one that they removed is
    listed as many times more; with `opens_at_once` only listings are late.
    """

    def __init__(  # noqa: PLR0913 - a share is odd in so many ways
        self,
        roots: Sequence[Path],
        *,
        lag: int = 0,
        opens_at_once: bool = False,
        link_refusal: int = 0,
        sync_refusal: int = 0,
        in_use: int = 0,
        scanned: int = 1,
        scanned_calls: Sequence[str] = ("unlink", "rename", "replace"),
    ) -> None:
        super().__init__(self._weather)
        self.roots = [root.resolve() for root in roots]
        self.lag, self.link_refusal, self.sync_refusal = lag, link_refusal, sync_refusal
        self.opens_at_once = opens_at_once
        self.in_use, self.scanned, self.scanned_calls = in_use, scanned, scanned_calls
        self.met = Counter[str]()
        """How often each oddity was met: a test sees that there was one at all."""
        self._known = set[Path]()
        self._looks = Counter[Path]()
        self._busy = Counter[tuple[str, Path]]()
        self.look_away()

    def look_away(self) -> None:
        """Remember every name as it is now: what others change from here on shows late."""
        self._known = {path for root in self.roots for path in root.rglob("*")}
        self._looks.clear()

    # --- one call -----------------------------------------------------------------------------------------

    def _weather(
        self, _count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        paths = [path for path in _paths(name, arguments, named) if self._is_here(path)]
        if not paths:
            return real(*arguments, **named)
        if name == "scandir":
            return self._listed(paths[0], real, arguments)
        self._refuse_what_shares_refuse(name, arguments, paths)
        makes = name in NAMES_GIVEN or (name == "open" and bool(arguments[1] & os.O_CREAT))
        if self.lag and not self.opens_at_once and name in LOOKS_UP and not makes:
            self._refuse_unseen(paths[0])
        answer = real(*arguments, **named)
        self._known.update(paths[-1:] if makes else ())
        self._known.difference_update(paths[:1] if name in {"unlink", "rename", "replace"} else ())
        return answer

    def _is_here(self, path: Path) -> bool:
        return any(path.is_relative_to(root) for root in self.roots)

    def _refuse_what_shares_refuse(self, name: str, arguments: tuple[Any, ...], paths: Sequence[Path]) -> None:
        if name == "link" and self.link_refusal:
            self._refuse("link", self.link_refusal)
        if name == "fsync" and self.sync_refusal and stat.S_ISDIR(os.fstat(arguments[0]).st_mode):
            self._refuse("sync of a folder", self.sync_refusal)
        if self.in_use and name in self.scanned_calls:
            self._busy[name, paths[0]] += 1
            if self._busy[name, paths[0]] <= self.scanned:
                self._refuse("in use", self.in_use)

    def _refuse(self, oddity: str, code: int) -> None:
        self.met[oddity] += 1
        raise OSError(code, os.strerror(code))

    # --- what shows late ------------------------------------------------------------------------------------

    def _refuse_unseen(self, path: Path) -> None:
        """Answer that a name is not there, which others made, or which lies in a folder that they made."""
        for one in (path, *path.parents):
            if self._is_here(one) and one not in self.roots and one not in self._known and os.path.lexists(one):
                self._looks[one] += 1
                if self._looks[one] <= self.lag:
                    self._refuse("unseen", errno.ENOENT)
                self._known.add(one)

    @contextmanager
    def _listed(self, folder: Path, real: Callable[..., Any], arguments: tuple[Any, ...]) -> Iterator[Iterator[Any]]:
        with real(*arguments) as entries:
            found = {entry.name: entry for entry in entries}
        if self.lag:
            for name in [name for name in found if folder / name not in self._known]:
                self._looks[folder / name] += 1
                if self._looks[folder / name] <= self.lag:
                    self.met["unlisted"] += 1
                    del found[name]
            for path in [path for path in self._known if path.parent == folder and not os.path.lexists(path)]:
                self._looks[path] += 1
                if self._looks[path] <= self.lag:
                    self.met["listed and gone"] += 1
                    found[path.name] = _Entry(path.name)
        yield iter(found.values())


class _Entry:
    """A name that is listed, and of which nothing more is known."""

    def __init__(self, name: str) -> None:
        self.name = name


def _paths(name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> list[Path]:
    """Return the paths that a call is about, whole."""
    folders = {0: named.get("dir_fd", named.get("src_dir_fd")), 1: named.get("dst_dir_fd")}
    count = 2 if name in {"link", "rename", "replace"} else 1
    return [_path(each, folders[place]) for place, each in enumerate(arguments[:count])]


def _path(named: object, folder: int | None) -> Path:
    if isinstance(named, int):
        return Path(f"/proc/self/fd/{named}").readlink()
    if not isinstance(named, (str, Path)):
        return Path("/")
    return (Path(f"/proc/self/fd/{folder}").readlink() if folder is not None else Path.cwd()) / named


@contextmanager
def on(share: Share) -> Iterator[Share]:
    """Work on a share; where links are refused, so is a rename that goes over no name (renameat2), as on most."""
    with pytest.MonkeyPatch.context() as patch:
        stand_in(share, patch.setattr)
        if share.link_refusal:
            patch.setattr(renaming, "rename_to_free", lambda *_: False)
        yield share
