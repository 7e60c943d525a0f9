"""What must hold before a source is touched: each limit to the byte, and each refusal to the letter."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from imgfile import files
from imgfile.clinical.proofs import Digest, Patch
from imgfile.erase import preconditions
from imgfile.errors import Error, NotWritable, SourceChanged, SourceRemains, SourceUnavailable
from kit.vault.erasure import identity

PATH = Path("/photos/rash.jpg")
AGAIN = "Run the same command again when that is mended."


def _expect(error: Error, kind: type[Error], message: str, hint: str) -> None:
    assert type(error) is kind
    assert (error.message, error.hint) == (message, hint)


def test_a_changed_source_is_said_to_be_left(tmp_path: Path) -> None:
    """And that what was read before is filed."""
    _expect(
        preconditions.changed(PATH, "is gone"),
        SourceChanged,
        "/photos/rash.jpg is gone: it was left as it is.",
        "What was read before is filed. Look at it; ingest it anew if it counts.",
    )
    assert tmp_path.exists()


@pytest.mark.parametrize(
    ("length", "records", "message", "hint"),
    [
        (
            (64 << 30) + 1,
            1,
            "filed, but not erased: 68,719,476,737 bytes of /photos/rash.jpg are more than can be noted.",
            "Delete it by hand. The most is 68,719,476,736 bytes.",
        ),
        (
            64 << 30,
            4097,
            "filed, but not erased: /photos/rash.jpg holds 4,097 filed photos, more than can be noted.",
            "Delete it by hand. The most is 4,096.",
        ),
    ],
)
def test_a_file_longer_or_fuller_than_a_note_is_left(length: int, records: int, message: str, hint: str) -> None:
    """At the limits it is not."""
    preconditions.refuse_long_file(PATH, 64 << 30, 4096)
    with pytest.raises(SourceRemains) as caught:
        preconditions.refuse_long_file(PATH, length, records)
    _expect(caught.value, SourceRemains, message, hint)


def _patches(count: int, length: int, packed: int) -> list[Patch]:
    """Make patches of so many bytes in all, and of so many as the note would hold them."""
    rest = [Patch(number, Digest("0" * 64), 0, b"") for number in range(1, count)]
    return [Patch(0, Digest("0" * 64), length, bytes(packed)), *rest]


MOST = (4096, 128 << 20, 512 << 10)
"""Runs, bytes, and bytes as the note holds them."""


@pytest.mark.parametrize("beyond", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_a_region_longer_or_more_scattered_than_a_note_is_left(beyond: tuple[int, int, int]) -> None:
    """At all three limits it is not; past any one of them it is."""
    preconditions.refuse_long_region(PATH, _patches(*MOST))
    count, length, packed = (most + more for most, more in zip(MOST, beyond, strict=True))
    with pytest.raises(SourceRemains) as caught:
        preconditions.refuse_long_region(PATH, _patches(count, length, packed))
    _expect(
        caught.value,
        SourceRemains,
        f"filed, but not erased: {length:,} bytes of /photos/rash.jpg are more than can be noted.",
        "Delete it by hand. The most is 134,217,728 bytes.",
    )


def test_a_file_with_other_names_is_left(tmp_path: Path) -> None:
    """How many, and how to find them."""
    path = tmp_path / "rash.jpg"
    path.write_bytes(b"x")
    for number, names in ((1, "one other name (hard link)"), (2, "2 other names (hard links)")):
        (tmp_path / f"twin{number}").hardlink_to(path)
        with files.opened_source(path) as descriptor, pytest.raises(SourceRemains) as caught:
            preconditions.refuse_other_names(descriptor, path)
        _expect(
            caught.value,
            SourceRemains,
            f"filed, but not erased: {path} has {names}.",
            "Find them (find / -xdev -samefile FILE), delete them, then run the same command again.",
        )


def test_a_file_in_a_folder_that_nothing_can_be_removed_from_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is the one it lies in."""
    asked: list[Path] = []
    monkeypatch.setattr(files, "can_remove_from", lambda folder: asked.append(folder) or len(asked) == 1)  # type: ignore[func-returns-value]
    preconditions.refuse_fixed_folder(PATH)
    with pytest.raises(SourceRemains) as caught:
        preconditions.refuse_fixed_folder(PATH)
    assert asked == [Path("/photos")] * 2
    _expect(
        caught.value,
        SourceRemains,
        "filed, but not erased: the folder of /photos/rash.jpg is read-only.",
        "Make the folder writable, or remount the disk or card writable, then run the same command again.",
    )


def test_a_file_that_cannot_be_opened_for_writing_is_left(tmp_path: Path) -> None:
    """Whatever the system's reason is."""
    with pytest.raises(SourceRemains) as caught, preconditions.open_for_writing(tmp_path):
        raise AssertionError
    _expect(
        caught.value,
        SourceRemains,
        f"filed, but not erased: {tmp_path} is a folder, not a file.",
        "Make it an ordinary, writable file again, close it elsewhere, then run the same command again.",
    )


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        (OSError(errno.EIO, os.strerror(errno.EIO)), "filed, but it failed: Input/output error.", AGAIN),
        (OSError(), "filed, but it failed: an error.", AGAIN),
        (NotWritable("the disk is full."), "filed, but it failed. the disk is full.", AGAIN),
        (NotWritable("the disk is full.", "Make room."), "filed, but it failed. the disk is full.", "Make room."),
        (SourceUnavailable("it is gone."), "filed, but it failed. it is gone.", AGAIN),
    ],
)
def test_a_failing_disk_is_explained(error: Exception, message: str, hint: str) -> None:
    """By what it means for the source."""
    with pytest.raises(SourceRemains) as caught, preconditions.explained("it failed"):
        raise error
    _expect(caught.value, SourceRemains, message, hint)
    assert caught.value.__cause__ is error


def test_the_file_must_be_the_very_one_that_was_read(tmp_path: Path) -> None:
    """Same device, same inode, same length; of its time nothing is asked."""
    path = tmp_path / "rash.jpg"
    path.write_bytes(b"photo")
    found = identity(path)
    os.utime(path, ns=(1, 1))
    with preconditions.opened(path, found) as descriptor:
        assert files.read_at(descriptor, 0, 9) == b"photo"
        files.overwrite(descriptor, 0, b"PHOTO")
    for changed, how in (
        (files.FileIdentity(found.device + 1, found.inode, found.size, found.mtime_ns, 1), "is another file now"),
        (files.FileIdentity(found.device, found.inode + 1, found.size, found.mtime_ns, 1), "is another file now"),
        (files.FileIdentity(found.device, found.inode, 4, found.mtime_ns, 1), "has another length now"),
    ):
        with pytest.raises(SourceChanged) as caught, preconditions.opened(path, changed):
            raise AssertionError
        assert caught.value.message == f"{path} {how}: it was left as it is."
    path.unlink()
    with pytest.raises(SourceChanged) as caught, preconditions.opened(path, found):
        raise AssertionError
    assert caught.value.message == f"{path} is gone: it was left as it is."
