"""File systems on loop devices, to look at the raw bytes beneath an erased file."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from kit.tools import tool

_SIZES_MIB = {"ext4": 16, "ext3": 16, "xfs": 300, "btrfs": 128}
"""The least that each mkfs takes."""


@dataclass
class Volume:
    """A file system in an image file. The loop device stays the same, so that a restored copy keeps its number."""

    kind: str
    image: Path
    folder: Path
    device: str

    def mount(self) -> None:
        """Attach it to the tree."""
        _run("mount", self.device, self.folder)

    def unmount(self) -> None:
        """Detach it; everything is on the device then."""
        _run("umount", self.folder)

    def count(self, needle: bytes) -> int:
        """Count a needle in the raw device, with the file system unmounted so that nothing is in memory alone."""
        self.unmount()
        data = self.image.read_bytes()
        self.mount()
        return data.count(needle)

    def copy(self, to: Path) -> Path:
        """Copy what the device would hold if the power went now."""
        _run("cp", "--sparse=always", self.image, to)
        return to

    def restore(self, copy: Path) -> None:
        """Put a copy's bytes onto the same device, and mount it: the journal is replayed."""
        self.unmount()
        _run("cp", "--sparse=always", copy, self.image)
        _run("blockdev", "--flushbufs", self.device)
        self.mount()


@contextmanager
def volume(kind: str, folder: Path) -> Iterator[Volume]:
    """Make and mount a file system; without the right to, skip, or fail where everything must work."""
    tool(f"mkfs.{kind}")
    if os.geteuid():  # type: ignore[attr-defined,unused-ignore]
        _absent("only root can mount")
    image, mounted = folder / f"{kind}.img", folder / kind
    mounted.mkdir()
    with image.open("wb") as stream:
        stream.truncate(_SIZES_MIB[kind] << 20)
    _run(f"mkfs.{kind}", "-q", image)
    try:
        device = _run("losetup", "--find", "--show", image).strip()
    except subprocess.CalledProcessError as error:
        _absent(f"no loop device: {error.stderr}")
        raise
    made = Volume(kind, image, mounted, device)
    try:
        made.mount()
        yield made
    finally:
        subprocess.run(["umount", mounted], check=False, capture_output=True)
        _run("losetup", "--detach", device)
        shutil.rmtree(folder, ignore_errors=True)


def release_stale(folder: Path) -> list[Path]:
    """Unmount and detach what a killed run left beneath a folder, which nobody else may be using; return what it was.

    A mounted volume cannot be removed, so a run that begins in the same folder would fail before its first test.
    """
    mounts = [Path(line.split()[4]) for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    stale = [each for each in mounts if each.is_relative_to(folder.resolve())]
    for each in reversed(stale):
        _run("umount", each)
    for line in _run("losetup", "--list", "--noheadings", "--raw", "--output", "NAME,BACK-FILE").splitlines():
        device, _, image = line.partition(" ")
        if Path(image.removesuffix(" (deleted)").removesuffix("\\x20(deleted)")).is_relative_to(folder.resolve()):
            _run("losetup", "--detach", device)
    return stale


def _absent(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"CI must not skip: {reason}")
    pytest.skip(reason)


def _run(*command: str | Path) -> str:
    return subprocess.run([*map(str, command)], check=True, capture_output=True, text=True).stdout
