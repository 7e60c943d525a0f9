"""What a file lies in: the kind of file system, a folder that is copied elsewhere, and what that leaves behind.

The sentences name what imgfile cannot reach. They promise nothing about a medium: the host cannot see below it.
"""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Final

from imgfile.clinical.proofs import Evidence
from imgfile.frozen import dataclass


class Medium(StrEnum):
    """How a file system treats an overwrite."""

    LOCAL = "local"
    JOURNALLED = "journalled"
    """Every byte goes into a journal first, and stays there until the journal comes round (data=journal)."""
    COPY_ON_WRITE = "copy on write"
    NETWORK = "network"
    """Also what a program serves (FUSE): where the bytes lie is its affair."""


_COPY_ON_WRITE: Final = {"aufs", "apfs", "bcachefs", "btrfs", "f2fs", "nilfs2", "overlay", "zfs"}
_NETWORK: Final = {
    *("9p", "afs", "ceph", "cifs", "davfs", "fuse", "glusterfs", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"),
    *("vboxsf", "virtiofs"),
}
_MOST_MOUNT_BYTES: Final = 4 << 20
"""A container host lists thousands of mounts; each line is a few hundred bytes."""
_MOUNTS: Final = Path("/proc/self/mountinfo")
_EXT4_OPTIONS: Final = Path("/proc/fs/ext4")
"""A folder a device, with every option in force."""
_JOURNALLING: Final = {"data=journal", "data=log"}
"""ext3, ext4, ocfs2; reiserfs calls it a log."""
_OCTAL: Final = rb"\\([0-7]{3})"

_FOLDER_NAMES: Final = {
    "OneDrive": r"OneDrive( - .*)?",
    "Dropbox": r"Dropbox( \(.*\))?",
    "iCloud": "iCloudDrive|Mobile Documents",
    "Google Drive": "Google Drive|GoogleDrive-.*",
    "a cloud service": "CloudStorage",
}
"""How the services name the folder they sync (macOS keeps several in Library/CloudStorage)."""
_MARKERS: Final = {
    "OneDrive": (".849C9593-D756-4E56-8D6E-42412F2A707B",),
    "Dropbox": (".dropbox.cache",),  # not ".dropbox": every home with Dropbox in it has that folder
    "Nextcloud": (".nextcloudsync.log", ".sync_*.db", "._sync_*.db", ".owncloudsync.log"),
    "Google Drive": (".tmp.drivedownload", ".tmp.driveupload"),
    "Syncthing": (".stfolder",),
}
"""What the services leave in that folder, whatever its name."""
_KEPT_BY_SYSTEM: Final = {
    "win32": "Windows keeps small previews (thumbcache) and earlier versions (File History).",
    "darwin": "macOS keeps small previews (Quick Look) and local Time Machine snapshots.",
}


if sys.platform == "linux":

    def medium_of(path: Path) -> Medium:
        """Return what kind of file system holds a path."""
        mount = mount_of(path)
        if mount.kind in _NETWORK or mount.kind.startswith("fuse."):
            return Medium.NETWORK
        if mount.kind in _COPY_ON_WRITE:
            return Medium.COPY_ON_WRITE
        return Medium.JOURNALLED if _journals_data(mount) else Medium.LOCAL

    def _journals_data(mount: Mount) -> bool:
        """Return whether a mount writes data into its journal: by its options, or the driver's own list of them.

        The mount table leaves out what the superblock sets as the default (tune2fs -o journal_data).
        """
        options = set(mount.options)
        device = Path(mount.source).resolve().name  # /dev/mapper/… leads to dm-0
        with suppress(OSError):
            options |= set((_EXT4_OPTIONS / device / "options").read_text("ascii", "replace").split())
        return not options.isdisjoint(_JOURNALLING)

elif sys.platform == "darwin":  # pragma: no cover - measured on Linux

    def medium_of(path: Path) -> Medium:  # noqa: ARG001 - one signature on every platform
        """Assume APFS, which writes every change elsewhere."""
        return Medium.COPY_ON_WRITE

else:  # pragma: no cover - measured on Linux

    def medium_of(path: Path) -> Medium:
        """Return whether a path is on a share or a disk; of a mapped drive letter that is not known."""
        return Medium.NETWORK if str(path).startswith("\\\\") else Medium.LOCAL


@dataclass(frozen=True, slots=True)
class Mount:
    """A line of the mount table (proc(5), mountinfo): the kind of file system, its place, its source, its options."""

    kind: str
    point: Path
    source: str = ""
    options: tuple[str, ...] = ()


def mount_of(path: Path) -> Mount:
    """Return the mount that holds a path; one of no kind at / where the kernel does not tell."""
    try:
        with _MOUNTS.open("rb") as stream:
            lines = stream.read(_MOST_MOUNT_BYTES).splitlines()
    except OSError:
        lines = []
    return _mount_in(lines, PurePosixPath(path.parent.resolve() / path.name))


def _mount_in(lines: list[bytes], path: PurePosixPath) -> Mount:
    found = Mount("", Path("/"))
    for line in lines:
        before, _, after = line.partition(b" - ")
        point = PurePosixPath(_text(before.split()[4]))
        if path.is_relative_to(point) and len(point.parts) >= len(found.point.parts):  # a later one covers an earlier
            kind, source, options = (*map(_text, after.split()), "", "", "")[:3]
            found = Mount(kind, Path(point), source, tuple(options.split(",")))
    return found


def _text(field: bytes) -> str:
    return re.sub(_OCTAL, _unescaped, field).decode("utf-8", "surrogateescape")


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 8) & 0xFF])


def synced_by(path: Path) -> str | None:
    """Name the service that copies the folder a path lies in to other computers, if its marks are there."""
    for folder in path.absolute().parents:
        for service, pattern in _FOLDER_NAMES.items():
            if re.fullmatch(pattern, folder.name):
                return service
        for service, markers in _MARKERS.items():
            if any(_has(folder, marker) for marker in markers):
                return service
    return None


def _has(folder: Path, marker: str) -> bool:
    try:
        return next(folder.glob(marker), None) is not None if "*" in marker else (folder / marker).exists()
    except OSError:
        return False


def out_of_reach(path: Path, evidence: Evidence) -> tuple[str, ...]:
    """Return what an erasure could not reach, in sentences for a person."""
    medium = medium_of(path)
    said = []
    if evidence is Evidence.E0:
        said.append("Clones or snapshots share its disk blocks and still hold it: delete them too.")
    elif medium is Medium.NETWORK:
        said.append("It lay on a network drive: the server decides what becomes of the old bytes.")
    elif medium is Medium.COPY_ON_WRITE:
        said.append("This file system writes changes elsewhere: the old blocks stay until they are used again.")
    elif evidence is Evidence.E1:
        said.append(
            "This file system keeps data in its journal, or coded: the old bytes stay until it is written over."
        )
    said.append("Backups and snapshots made before now still hold it, and flash storage may keep old blocks.")
    service = synced_by(path)
    if service:
        said.append(
            f"{service[0].upper()}{service[1:]} copies this folder: delete it there, with its earlier versions."
        )
    if sys.platform in _KEPT_BY_SYSTEM:
        said.append(_KEPT_BY_SYSTEM[sys.platform])
    return tuple(said)
