"""What a device says of a file: which it is, where it lies, and how far down a read-back reached."""

from __future__ import annotations

import errno
import mmap
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from imgfile import beneath, device, files
from imgfile.device import Mark, ReadBack
from kit.vault.erasure import answering


def test_a_mark_tells_files_apart_beyond_a_reboot(tmp_path: Path) -> None:
    """Another device number is the same place if the file system says so; a used inode number is not the same file."""
    path = tmp_path / "a"
    path.write_bytes(b"photo")
    with files.opened_source(path) as descriptor:
        mark = Mark.of(descriptor)
        assert mark.is_same_file(Mark.of(descriptor))
    assert mark.inode == path.stat().st_ino
    assert Mark(1, 9, 5, 7).is_same_file(Mark(2, 9, 5, 7))
    assert not Mark(1, 0, 5, 7).is_same_file(Mark(2, 0, 5, 7))
    assert not Mark(1, 9, 5, 7).is_same_file(Mark(1, 9, 6, 7))
    assert not Mark(1, 9, 5, 7).is_same_file(Mark(1, 9, 5, 8))
    assert Mark(1, 0, 5, None).is_same_file(Mark(1, 0, 5, None))


def test_a_file_system_without_generations_tells_none() -> None:
    """A device's node, for instance."""
    descriptor = os.open("/dev/null", os.O_RDONLY)
    try:
        assert Mark.of(descriptor).generation is None
        assert device.extents(descriptor) is None
    finally:
        os.close(descriptor)


@pytest.fixture
def scattered(tmp_path: Path) -> Iterator[int]:
    """Open a file of many extents: every other block is a hole."""
    path = tmp_path / "scattered"
    with path.open("w+b") as stream:
        for block in range(0, 1200, 2):
            stream.seek(block * 4096)
            stream.write(b"x" * 4096)
        stream.flush()
        os.fsync(stream.fileno())
        if device.extents(stream.fileno()) is None:
            pytest.skip("this file system tells no extents")
        yield stream.fileno()


def test_all_extents_are_told_however_many(scattered: int) -> None:
    """More than one question holds; each block once, in order."""
    reported = device.extents(scattered)
    assert reported is not None
    covered = {
        block
        for extent in reported
        for block in range(extent.logical // 4096, (extent.logical + extent.length) // 4096)
    }
    assert covered >= set(range(0, 1200, 2))
    assert [extent.logical for extent in reported] == sorted(extent.logical for extent in reported)
    assert len(reported) > 256


def test_extents_of_a_range_are_those_that_touch_it(scattered: int) -> None:
    """None of the others; in a hole, none at all."""
    reported = device.extents(scattered, 4096 * 10 + 5, 4096 * 2)
    assert reported is not None
    assert [extent.logical // 4096 for extent in reported] == [10, 12]
    assert device.extents(scattered, 4096 * 11, 4096) == ()
    assert device.extents(scattered, 0, 4096 * 3 - 1) == device.extents(scattered, 0, 4096 * 3)


def read_back(path: Path) -> tuple[bytes, ReadBack]:
    """Read a file back as a vault does."""
    with beneath.opened(path.parent, ".") as folder:
        return folder.read_back(path.name, limit=1 << 30)


def test_an_empty_file_has_no_extents(tmp_path: Path) -> None:
    """And no pages to be forgotten."""
    path = tmp_path / "empty"
    path.touch()
    with files.opened_source(path) as descriptor:
        assert device.extents(descriptor) in {(), None}
        assert device.drop_cache(descriptor) is ReadBack.REOPENED
    assert read_back(path) == (b"", ReadBack.REOPENED)


def test_a_read_back_says_how_far_down_it_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DEVICE only where no page was left in memory, and never needing write access."""
    path = tmp_path / "object"
    with beneath.opened(tmp_path, ".") as folder:
        folder.create(path.name, [b"sealed" * 99_999])
    path.chmod(0o400)
    data, reached = read_back(path)
    assert data == b"sealed" * 99_999
    assert reached in set(ReadBack)
    with monkeypatch.context() as patch:
        patch.setattr(device, "os", answering("posix_fadvise", None))
        assert path.read_bytes()
        assert read_back(path)[1] is ReadBack.REOPENED

    def cannot(*_: object, **__: object) -> object:
        raise OSError(errno.ENODEV, "no mapping here")

    monkeypatch.setattr(mmap, "mmap", cannot)
    assert read_back(path)[1] is ReadBack.REOPENED
