"""Whether what is written to a folder is encrypted before it reaches the disk, as far as the system tells anybody.

Linux, without any privilege, in this order:

1. A file system that encrypts: eCryptfs (its kind in proc(5), mountinfo), gocryptfs, EncFS, CryFS, securefs (FUSE), ZFS
   (`zfs get encryption`, zfsprops(7)), a folder under fscrypt (FS_ENCRYPT_FL of ioctl_iflags(2)).
2. The block device of the file system, /sys/dev/block/MAJOR:MINOR, and every device beneath it (`slaves`, a loop
   device's `backing_file`): encrypted where dm-crypt says so (`dm/uuid` begins with CRYPT-, as cryptsetup writes it) on
   every way down. A btrfs volume has several devices (/sys/fs/btrfs/UUID/devices).

A disk that encrypts itself, a host beneath a virtual machine, a server behind a share are not seen. macOS is asked by
`fdesetup status`, Windows for System.Volume.BitLockerProtection, which any account may read: both are documented
commands, and neither was tried by imgfile's tests.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path
from typing import Final

from imgfile import device
from imgfile.erase.filesystem import Medium, Mount, medium_of, mount_of

MAX_DEPTH: Final = 16
"""How many devices may lie beneath one another: logical volumes on a RAID on partitions are four."""
MAX_ANSWER_BYTES: Final = 4096
ANSWER_SECONDS: Final = 10

_BLOCK: Final = Path("/sys/dev/block")
_BTRFS: Final = Path("/sys/fs/btrfs")
_ENCRYPTING: Final = frozenset({"ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs", "fuse.securefs"})
_DM_CRYPT: Final = "CRYPT-"


class Encryption(Enum):
    """What can be seen of it."""

    ENCRYPTED = auto()
    PLAIN = auto()
    UNSEEN = auto()


if sys.platform == "linux":

    def encryption_of(folder: Path) -> Encryption:
        """Return whether what is written to a folder is encrypted on its way to the disk."""
        mount = mount_of(folder / "inside")
        if mount.kind in _ENCRYPTING or _is_under_fscrypt(folder):
            return Encryption.ENCRYPTED
        if mount.kind == "zfs":
            return _of_zfs(_answer("zfs", "get", "-H", "-o", "value", "encryption", mount.source))
        if medium_of(folder / "inside") is Medium.NETWORK:
            return Encryption.UNSEEN
        try:
            return _joined(_of_device(each, MAX_DEPTH) for each in _devices(folder, mount))
        except OSError:
            return Encryption.UNSEEN

    def _is_under_fscrypt(folder: Path) -> bool:
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except OSError:
            return False
        try:
            return device.is_encrypted(descriptor)
        finally:
            os.close(descriptor)

    def _devices(folder: Path, mount: Mount) -> Iterator[Path]:
        """Yield the block devices of a file system, as folders of sysfs. Raises OSError."""
        if mount.kind == "btrfs":  # its files have a device number of its own making
            source = Path(mount.source).resolve().name
            volumes = [volume for volume in _BTRFS.glob("*/devices") if os.path.lexists(volume / source)]
            yield from (each.resolve() for volume in volumes for each in volume.iterdir())
            return
        number = folder.stat().st_dev
        place = _BLOCK / f"{os.major(number)}:{os.minor(number)}"
        if place.exists():  # what lies in memory, or is laid over others, has no block device
            yield place.resolve()

    def _of_device(place: Path, depth: int) -> Encryption:
        """Look at a device and all beneath it. Raises OSError."""
        if depth == 0:
            return Encryption.UNSEEN
        if _text(place / "dm/uuid").startswith(_DM_CRYPT):
            return Encryption.ENCRYPTED
        beneath = [each.resolve() for each in (place / "slaves").iterdir()] if (place / "slaves").is_dir() else []
        if beneath:
            return _joined(_of_device(each, depth - 1) for each in beneath)
        backing = _text(place / "loop/backing_file")
        if backing:
            folder = Path(backing).parent
            return _joined(_of_device(each, depth - 1) for each in _devices(folder, mount_of(Path(backing))))
        return Encryption.PLAIN

elif sys.platform == "darwin":  # pragma: no cover - measured on Linux

    def encryption_of(folder: Path) -> Encryption:
        """Ask macOS about its start-up disk; of another one it is not asked."""
        if folder.stat().st_dev != Path.home().stat().st_dev:
            return Encryption.UNSEEN
        return _of_words(_answer("fdesetup", "status"), on="FileVault is On.", off="FileVault is Off.")

else:  # pragma: no cover - measured on Linux

    def encryption_of(folder: Path) -> Encryption:
        """Ask Windows about the drive that a folder lies on; a share has none."""
        drive = os.path.splitdrive(folder.resolve())[0]
        answer = _answer("powershell", "-NoProfile", "-Command", f"& {{{_BITLOCKER}}} '{drive}\\'")
        return _of_words(answer, on="1", off="2")


def _joined(found: Iterator[Encryption]) -> Encryption:
    """Join what is seen of several devices: encrypted where all are, plain where any is."""
    seen = set(found)
    if Encryption.PLAIN in seen:
        return Encryption.PLAIN
    return Encryption.ENCRYPTED if seen == {Encryption.ENCRYPTED} else Encryption.UNSEEN


def _text(path: Path) -> str:
    """Read an attribute of sysfs; empty where there is none."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_ANSWER_BYTES).decode("utf-8", "surrogateescape").strip()
    except OSError:
        return ""


def _of_zfs(answer: str) -> Encryption:
    """Read the property `encryption` of a dataset: off, or the name of a cipher."""
    if not answer or answer == "-":
        return Encryption.UNSEEN
    return Encryption.PLAIN if answer == "off" else Encryption.ENCRYPTED


def _answer(*command: str) -> str:
    """Return what a command prints, run without a shell; empty where it is not there or fails."""
    import subprocess  # noqa: PLC0415 - few file systems have to be asked by a command

    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, without a shell
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=ANSWER_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout[:MAX_ANSWER_BYTES].decode("utf-8", "replace").strip() if done.returncode == 0 else ""


_BITLOCKER: Final = (
    "(New-Object -ComObject Shell.Application).NameSpace($args[0]).Self.ExtendedProperty"
    "('System.Volume.BitLockerProtection')"
)


def _of_words(answer: str, *, on: str, off: str) -> Encryption:
    """Read one of two answers; every other one says nothing."""
    if answer.startswith(on):
        return Encryption.ENCRYPTED
    return Encryption.PLAIN if answer.startswith(off) else Encryption.UNSEEN
