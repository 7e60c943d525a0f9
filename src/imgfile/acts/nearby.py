"""Vaults that lie near where somebody works, or on a disk that is connected: offered to whoever names no folder.

Nothing of them is believed, and of a folder it is seen only whether it has a first roster. It takes a short time at
most, and few folders: a share may hold thousands.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from imgfile.acts.moved import MOUNT_FOLDERS, folders_in, until_late
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.store.directory import Store

MOST_VAULTS: Final = 9
_DRIVES: Final = tuple(f"{chr(code)}:\\" for code in range(ord("C"), ord("Z") + 1))


def vaults_near(here: Path) -> list[Path]:
    """Return the folders that hold a vault: `here`, those in it and beside it, and on disks, the nearest first."""
    looked_at = dict.fromkeys(until_late(_folders(here.absolute())))
    return list(islice(filter(_holds_one, looked_at), MOST_VAULTS))


def _folders(here: Path) -> Iterator[Path]:
    yield here
    yield from folders_in(here)
    yield from folders_in(here.parent)
    yield from _below(map(Path, _DRIVES)) if sys.platform == "win32" else _on_mounts(map(Path, MOUNT_FOLDERS))


def _on_mounts(parents: Iterable[Path]) -> Iterator[Path]:
    """Yield what is mounted below some folders, and the folders in it; a disk may lie below the name of its user."""
    for mount in (each for parent in parents for each in folders_in(parent)):
        yield from _below(folders_in(mount))


def _below(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from (folder, *folders_in(folder))


def _holds_one(folder: Path) -> bool:
    with suppress(Damaged):
        return Store(folder).exists(layout.roster(1))
    return False
