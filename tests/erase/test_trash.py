"""Copies that lie in a Trash are found by their bytes, in each place that the specification names, and left."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgfile.erase import filesystem, trash
from kit.vault.erasure import digest_of

PHOTO = b"the photo, as it was received"


def _thrown_away(folder: Path, name: str = "rash.jpg", data: bytes = PHOTO) -> Path:
    (folder / "files").mkdir(parents=True, exist_ok=True)
    (folder / "files" / name).write_bytes(data)
    return folder / "files" / name


def _told(path: Path) -> tuple[str, ...]:
    return trash.copies(path, len(PHOTO), digest_of(PHOTO))


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let a folder be where the disk of the photo is mounted."""
    (tmp_path / "disk").mkdir()
    monkeypatch.setattr(trash, "mount_of", lambda _: filesystem.Mount("ext4", tmp_path / "disk"))
    return tmp_path / "disk"


def test_a_copy_in_each_of_the_three_trashes_is_told(disk: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account's own; on the disk the shared one, and the one of this account's number."""
    user = "4711"
    monkeypatch.setattr(os, "getuid", lambda: int(user), raising=False)
    places = (home / "data/Trash", disk / ".Trash" / user, disk / f".Trash-{user}")
    copies = [_thrown_away(place) for place in places]
    assert _told(disk / "rash.jpg") == tuple(f"A copy lies in the Trash: {copy}" for copy in copies)
    assert all(copy.read_bytes() == PHOTO for copy in copies)


def test_without_a_variable_the_trash_is_where_the_standard_says(
    disk: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below the home."""
    monkeypatch.delenv("XDG_DATA_HOME")
    copy = _thrown_away(home / ".local/share/Trash")
    assert _told(disk / "rash.jpg") == (f"A copy lies in the Trash: {copy}",)


def test_a_system_that_knows_no_user_numbers_is_searched_as_far_as_it_goes(
    disk: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows has a Recycle Bin of another kind."""
    monkeypatch.delattr(os, "getuid", raising=False)
    copies = [_thrown_away(home / "data/Trash"), _thrown_away(disk / ".Trash-0")]
    assert _told(disk / "rash.jpg") == tuple(f"A copy lies in the Trash: {copy}" for copy in copies)


def test_what_is_longer_or_other_or_unreadable_is_no_copy(disk: Path, home: Path) -> None:
    """By its bytes, all of them: not by how it begins, nor by its name."""
    for name, data in (("longer.jpg", PHOTO + b"."), ("other.jpg", PHOTO[:-1] + b"."), ("shorter.jpg", PHOTO[:-1])):
        _thrown_away(home / "data/Trash", name, data)
    (home / "data/Trash/files/link").symlink_to(_thrown_away(disk, "elsewhere.jpg"))
    (home / "data/Trash/files/folder").mkdir()
    assert _told(disk / "rash.jpg") == ()


def test_five_copies_are_told_in_the_order_of_their_names(disk: Path, home: Path) -> None:
    """The rest lie beside them."""
    copies = [_thrown_away(home / "data/Trash", f"{number}.jpg") for number in (6, 5, 4, 3, 2, 1, 0)]
    assert _told(disk / "rash.jpg") == tuple(f"A copy lies in the Trash: {copy}" for copy in copies[:1:-1])
