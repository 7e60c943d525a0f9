"""Whether a disk is encrypted: read off trees of devices as Linux lists them, and off this very computer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgfile.acts.check import encryption
from imgfile.acts.check.encryption import Encryption, encryption_of
from imgfile.erase.filesystem import Mount
from kit.volumes import volume


class Devices:
    """A small /sys: block devices by name, each with what lies beneath it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, name: str, *, uuid: str = "", beneath: tuple[str, ...] = (), backing: str = "") -> str:
        """Add a device."""
        place = self.root / "devices" / name
        (place / "slaves").mkdir(parents=True)
        for each in beneath:
            (place / "slaves" / each).symlink_to(self.root / "devices" / each)
        for attribute, text in (("dm/uuid", uuid), ("loop/backing_file", backing)):
            if text:
                (place / attribute).parent.mkdir()
                (place / attribute).write_text(f"{text}\n")
        return name

    def is_under(self, folder: Path, name: str) -> None:
        """Let a folder lie on a device."""
        number = folder.stat().st_dev
        (self.root / "block").mkdir(exist_ok=True)
        own = f"{os.major(number)}:{os.minor(number)}"  # type: ignore[attr-defined,unused-ignore]
        (self.root / "block" / own).symlink_to(self.root / "devices" / name)


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Devices:
    """Put a small /sys in the place of the real one; the folder lies on ext4."""
    monkeypatch.setattr(encryption, "_BLOCK", tmp_path / "sys" / "block")
    monkeypatch.setattr(encryption, "_BTRFS", tmp_path / "sys" / "btrfs")
    monkeypatch.setattr(encryption, "mount_of", lambda _: Mount("ext4", Path("/"), "/dev/top"))
    return Devices(tmp_path / "sys")


LUKS = "CRYPT-LUKS2-0f1e2d3c4b5a69788796a5b4c3d2e1f0-home"
LVM = "LVM-1a2b3c"


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"sda2": {}}, Encryption.PLAIN),
        ({"sda2": {}, "dm-0": {"uuid": LUKS, "beneath": ("sda2",)}}, Encryption.ENCRYPTED),
        ({"sda2": {}, "dm-0": {"uuid": LVM, "beneath": ("sda2",)}}, Encryption.PLAIN),
        (
            {"sda2": {}, "dm-0": {"uuid": LUKS, "beneath": ("sda2",)}, "dm-1": {"uuid": LVM, "beneath": ("dm-0",)}},
            Encryption.ENCRYPTED,
        ),
        (
            {
                "sda2": {},
                "sdb2": {},
                "dm-0": {"uuid": LUKS, "beneath": ("sda2",)},
                "md0": {"beneath": ("dm-0", "sdb2")},  # one half of the mirror alone
            },
            Encryption.PLAIN,
        ),
        (
            {
                "sda2": {},
                "sdb2": {},
                "dm-0": {"uuid": LUKS, "beneath": ("sda2",)},
                "dm-1": {"uuid": LUKS, "beneath": ("sdb2",)},
                "md0": {"beneath": ("dm-0", "dm-1")},
            },
            Encryption.ENCRYPTED,
        ),
    ],
    ids=["a partition", "LUKS", "LVM", "LVM on LUKS", "half of a mirror", "a mirror of two"],
)
def test_every_way_down_to_the_disks_is_looked_at(
    devices: Devices, tmp_path: Path, tree: dict[str, dict[str, object]], expected: Encryption
) -> None:
    """The last device of the tree is the file system's own."""
    for name, facts in tree.items():
        devices.add(name, **facts)  # type: ignore[arg-type]
    devices.is_under(tmp_path, name)
    assert encryption_of(tmp_path) is expected


def test_a_loop_device_is_as_its_file_is(devices: Devices, tmp_path: Path) -> None:
    """It lies in a folder, which lies on a device."""
    devices.add("sda2")
    devices.add("dm-0", uuid=LUKS, beneath=("sda2",))
    devices.is_under(tmp_path, "dm-0")
    loop = devices.root / "devices" / devices.add("loop0", backing=str(tmp_path / "disk.img"))
    found = encryption._of_device(loop, encryption.MAX_DEPTH)  # type: ignore[attr-defined,unused-ignore]
    assert found is Encryption.ENCRYPTED


def test_devices_that_lie_beneath_themselves_end(devices: Devices, tmp_path: Path) -> None:
    """A kernel has no such thing; a bound is cheap."""
    devices.add("dm-0", beneath=("dm-0",))
    devices.is_under(tmp_path, "dm-0")
    assert encryption_of(tmp_path) is Encryption.UNSEEN


def test_what_has_no_block_device_is_not_seen(devices: Devices, tmp_path: Path) -> None:
    """Memory, and what is laid over other file systems."""
    assert devices
    assert encryption_of(tmp_path) is Encryption.UNSEEN


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ecryptfs", Encryption.ENCRYPTED),
        ("fuse.gocryptfs", Encryption.ENCRYPTED),
        ("fuse.encfs", Encryption.ENCRYPTED),
        ("fuse.cryfs", Encryption.ENCRYPTED),
    ],
)
def test_a_file_system_that_encrypts_is_known_by_its_kind(
    devices: Devices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, expected: Encryption
) -> None:
    """Whatever lies beneath."""
    devices.is_under(tmp_path, devices.add("sda2"))
    monkeypatch.setattr(encryption, "mount_of", lambda _: Mount(kind, Path("/"), "x"))
    assert encryption_of(tmp_path) is expected


@pytest.mark.parametrize("is_encrypted", [True, False])
def test_of_btrfs_every_device_counts(
    devices: Devices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_encrypted: bool
) -> None:
    """Its files have a device number of their own, which leads nowhere."""
    devices.add("sda2")
    devices.add("dm-0", uuid=LUKS, beneath=("sda2",))
    devices.add("sdb2")
    volume_devices = tmp_path / "sys" / "btrfs" / "uuid" / "devices"
    volume_devices.mkdir(parents=True)
    for name in ("dm-0",) if is_encrypted else ("dm-0", "sdb2"):
        (volume_devices / name).symlink_to(devices.root / "devices" / name)
    monkeypatch.setattr(encryption, "mount_of", lambda _: Mount("btrfs", Path("/"), "/dev/dm-0"))
    assert encryption_of(tmp_path) is (Encryption.ENCRYPTED if is_encrypted else Encryption.PLAIN)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("off", Encryption.PLAIN),
        ("aes-256-gcm", Encryption.ENCRYPTED),
        ("-", Encryption.UNSEEN),
        (None, Encryption.UNSEEN),
    ],
)
def test_zfs_is_asked_for_the_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str | None, expected: Encryption
) -> None:
    """By its own command, where there is one."""
    monkeypatch.setattr(encryption, "mount_of", lambda _: Mount("zfs", Path("/"), "tank/home"))
    monkeypatch.setenv("PATH", str(tmp_path))
    if answer is not None:
        command = tmp_path / "zfs"
        command.write_text(f'#!/bin/sh\n[ "$*" = "get -H -o value encryption tank/home" ] && echo {answer}\n')
        command.chmod(0o700)
    assert encryption_of(tmp_path) is expected


def test_a_real_loop_device_on_this_computer_is_seen_through(tmp_path: Path) -> None:
    """Down to the disk that its image file lies on: what is said of the one is said of the other."""
    here = encryption_of(tmp_path)
    with volume("ext4", tmp_path) as mounted:
        assert encryption_of(mounted.folder) is here


def test_a_folder_that_is_not_there_is_not_seen(tmp_path: Path) -> None:
    """Nor raises it."""
    assert encryption_of(tmp_path / "gone") is Encryption.UNSEEN
