"""Copies of a photo that lie in the Trash (freedesktop.org Trash specification 1.0): found, reported, left alone.

Someone put them there; emptying the Trash is theirs to do.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from imgfile import files
from imgfile.clinical.proofs import Digest
from imgfile.erase import desktop_copies as leftovers
from imgfile.erase import sectors
from imgfile.erase.filesystem import mount_of
from imgfile.errors import SourceUnavailable

_MOST_NAMES: Final = 10_000
"""How many names a Trash may hold before the rest are not looked at."""
_MOST_NAMED: Final = 5


def copies(path: Path, size: int, digest: Digest) -> tuple[str, ...]:
    """Name the files in this account's Trash, and in the Trash of the disk `path` lies on, with the same bytes."""
    found: list[str] = []
    for folder in _folders(path):
        for name in sorted(files.names_in(folder, limit=_MOST_NAMES)):
            if len(found) < _MOST_NAMED and _is_copy(folder / name, size, digest):
                found.append(f"A copy lies in the Trash: {folder / name}")
    return tuple(found)


def _folders(path: Path) -> list[Path]:
    user = getattr(os, "getuid", int)()  # Windows has neither; its Recycle Bin is not searched
    home = leftovers.data_folder("XDG_DATA_HOME", ".local/share")
    mount = mount_of(path).point
    return [trash / "files" for trash in (home / "Trash", mount / ".Trash" / str(user), mount / f".Trash-{user}")]


def _is_copy(path: Path, size: int, digest: Digest) -> bool:
    try:
        with files.opened_source(path) as descriptor:
            is_as_long = files.FileIdentity.of(descriptor).size == size
            return is_as_long and sectors.digests(descriptor, 0, size)[0] == digest
    except (SourceUnavailable, OSError):
        return False
