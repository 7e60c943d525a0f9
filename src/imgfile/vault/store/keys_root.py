"""The folder that a vault's keys have to themselves: whether it is there, and is the one that the roster names.

1. It is known by its marker, `root.note`, whose digest the roster states: never by its path alone.
2. Without the marker it is no keys folder: an empty folder is what a disk leaves behind that is not connected.
3. The marker is read from the open folder, before anything beneath is reached, each time.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Final

from imgfile import beneath, files, notes
from imgfile.errors import Damaged, NotWritable
from imgfile.vault import layout

KIND: Final = "root"
WAYS_ON: Final = (
    "Nothing is filed or opened without it, and no source is touched. Connect the disk or share that it lies on.\n"
    "If it was moved:  imgfile vault keys FOLDER"
)


def there(folder: Path | None) -> Path:
    """Return where the keys lie. Raises `NotWritable` where that is not known, or nothing is there."""
    if folder is None:
        raise NotWritable("this computer was not told where the vault's keys folder is.", WAYS_ON)
    if not files.is_folder(folder):
        raise NotWritable(f"the vault's keys folder {folder} is not there.", WAYS_ON)
    return folder


def expecting(digest: str) -> Callable[[beneath.Folder], None]:
    """Return what raises `NotWritable` or `Damaged` for an open folder without the marker of this digest."""

    def expect(root: beneath.Folder) -> None:
        marker = _marker(root)
        if marker.digest != digest:
            what = f"the keys folder of another vault, {marker.vault[:8]}" if marker.kind == KIND else "no keys folder"
            raise Damaged(f"{root.path} is {what}: the roster names another {layout.ROOT_NOTE}.", WAYS_ON)

    return expect


def holds(folder: Path, digest: str) -> bool:
    """Return whether a folder has the marker of this digest. Raises `Damaged` where that cannot be known."""
    try:
        with beneath.opened(folder, "") as root:
            return notes.parse(root.read(layout.ROOT_NOTE, limit=notes.MAX_NOTE_BYTES)).digest == digest
    except (FileNotFoundError, NotADirectoryError, Damaged):
        return False
    except OSError as error:
        raise Damaged(f"{folder} cannot be looked into: {error.strerror}.") from error


def _marker(root: beneath.Folder) -> notes.Note:
    try:
        return notes.parse(root.read(layout.ROOT_NOTE, limit=notes.MAX_NOTE_BYTES))
    except FileNotFoundError as error:
        missing = f"{root.path} holds no {layout.ROOT_NOTE}: it is not the vault's keys folder, or its disk is away."
        raise NotWritable(missing, WAYS_ON) from error
    except OSError as error:
        is_link = error.errno in {errno.ELOOP, errno.EMLINK}
        reason = "is a link" if is_link else f"cannot be read: {error.strerror}"
        raise Damaged(f"{layout.ROOT_NOTE} in the keys folder {root.path} {reason}.", WAYS_ON) from error
    except Damaged as error:
        raise Damaged(f"{layout.ROOT_NOTE} in the keys folder {root.path} is damaged.", WAYS_ON) from error
