"""Where the vault and this station's own state lie: who may read them, what copies them, what becomes of old bytes."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from imgfile.acts.check.encryption import Encryption, encryption_of
from imgfile.acts.check.points import Level, Point
from imgfile.counts import counted
from imgfile.erase.filesystem import Medium, medium_of, synced_by

MAX_ENTRIES: Final = 10_000
"""How many files of the state are looked at."""
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_HAS_MODES: Final = sys.platform != "win32"
_ERASED: Final = {
    Medium.LOCAL: "what is erased there is written over in place",
    Medium.NETWORK: "what is erased there is left to its server (E1)",
    Medium.COPY_ON_WRITE: "it writes changes elsewhere, so old blocks stay until they are used again (E1)",
    Medium.JOURNALLED: "it writes data into its journal too, where what is erased stays for a while (E1)",
}
_BACKUPS: Final = "docs: back-up-and-restore"
_DISKS: Final = "docs: check-your-set-up"


def check_sync(vault: Path, state: Path, keys: Path | None = None) -> Iterator[Point]:
    """Warn of a vault, its keys' own folder, or a state that lies in a folder that a service copies elsewhere."""
    found = False
    places = {"the vault": vault, "the folder of the vault's keys": keys, "this computer's own state": state}
    for what, folder in places.items():
        service = synced_by(folder / "inside") if folder is not None else None
        if service:
            found = True
            yield Point("sync", Level.WARN, f"{what} lies in a folder that {service} copies elsewhere", _BACKUPS)
    if not found:
        yield Point("sync", Level.OK, "neither the vault nor this computer's state lies in a synchronised folder")


def check_permissions(state: Path) -> Iterator[Point]:
    """Warn of state that other accounts of this computer may reach; nothing where files have no such modes."""
    if not _HAS_MODES:
        return
    open_to_others = [path for path, facts in _walk(state) if _is_open(facts)]
    if not open_to_others:
        yield Point("permissions", Level.OK, "no other account may reach this computer's state")
        return
    what = counted(len(open_to_others), "file or folder", "files and folders")
    message = f"{what} in {state} can be reached by other accounts"
    yield Point("permissions", Level.WARN, message, f"chmod -R go-rwx {state}")


def _walk(state: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield what is in the state, and the folder itself; what vanishes meanwhile is passed."""
    waiting, seen = [state], 0
    while waiting and seen < MAX_ENTRIES:
        path = waiting.pop()
        seen += 1
        try:
            facts = path.lstat()
            if stat.S_ISDIR(facts.st_mode):
                waiting += path.iterdir()
        except OSError:
            continue
        yield path, facts


if sys.platform == "win32":  # pragma: no cover - measured on Linux

    def _is_open(facts: os.stat_result) -> bool:  # noqa: ARG001 - one signature on every platform
        """Windows has access lists in the place of modes: nothing is asked."""
        return False

else:

    def _is_open(facts: os.stat_result) -> bool:
        """Return whether others than this account own it or may do anything with it."""
        return facts.st_uid != os.getuid() or bool(stat.S_IMODE(facts.st_mode) & _OTHERS)


def check_filesystem(vault: Path) -> Point:
    """Report what becomes of bytes that are erased where the vault lies."""
    medium = medium_of(vault / "inside")
    level = Level.LOOK if medium is Medium.JOURNALLED else Level.OK
    message = f"the vault's file system: {_ERASED[medium]}"
    return Point("filesystem", level, message, "docs: erase-honestly" if level is Level.LOOK else "")


def check_encryption(vault: Path, state: Path) -> Iterator[Point]:
    """Report whether the disks are encrypted, as far as that can be seen.

    All in the vault is sealed anyway; in the state lie the keys with which this computer files.
    """
    yield _STATE_DISK[encryption_of(state)]
    yield _VAULT_DISK[encryption_of(vault)]


_STATE_DISK: Final = {
    Encryption.ENCRYPTED: Point("state-disk", Level.OK, "this computer's state lies on an encrypted disk"),
    Encryption.PLAIN: Point(
        "state-disk", Level.WARN, "this computer's keys for filing lie on a disk that is not encrypted", _DISKS
    ),
    Encryption.UNSEEN: Point(
        "state-disk", Level.LOOK, "whether this computer's disk is encrypted cannot be seen from here", _DISKS
    ),
}
_VAULT_DISK: Final = {
    Encryption.ENCRYPTED: Point("vault-disk", Level.OK, "the vault lies on an encrypted disk"),
    Encryption.PLAIN: Point(
        "vault-disk",
        Level.LOOK,
        "the vault's disk is not encrypted: its photos are sealed, their number, sizes and times are not",
        _DISKS,
    ),
    Encryption.UNSEEN: Point(
        "vault-disk",
        Level.OK,
        "whether the vault's disk is encrypted cannot be seen from here; its photos are sealed all the same",
    ),
}
