"""What a path lies in, and what is said about it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from imgfile.clinical.proofs import Evidence
from imgfile.erase import filesystem as surroundings
from imgfile.erase import synced_by
from imgfile.erase.filesystem import Medium, medium_of, out_of_reach

LINES = [
    b"21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
    b"30 21 0:40 / /home rw shared:5 master:2 - btrfs /dev/sdb rw,subvol=/home",
    b"31 21 0:41 / /mnt/my\\040share rw - cifs //server/share rw",
    b"32 21 0:42 / /mnt/mobile rw - fuse.sshfs host: rw",
    b"33 21 0:43 / /mnt/ntfs rw - fuseblk /dev/sdc1 rw",
    b"34 21 0:44 / /mnt/over rw - ext4 /dev/sdd rw",
    b"35 34 0:45 / /mnt/over rw - nfs4 server:/x rw",
    b"36 21 0:46 / /mnt/journal rw shared:7 - ext3 /dev/sde1 rw,errors=remount-ro,data=journal",
    b"37 21 0:47 / /mnt/hidden rw - ext4 /dev/sdf1 rw",
    b"38 21 0:48 / /mnt/log rw - reiserfs /dev/sdg rw,data=log",
]


@pytest.mark.parametrize(
    ("path", "medium"),
    [
        ("/a.jpg", Medium.LOCAL),
        ("/home/gp/a.jpg", Medium.COPY_ON_WRITE),
        ("/homely/a.jpg", Medium.LOCAL),
        ("/mnt/my share/a.jpg", Medium.NETWORK),
        ("/mnt/mobile/a.jpg", Medium.NETWORK),
        ("/mnt/ntfs/a.jpg", Medium.LOCAL),
        ("/mnt/over/a.jpg", Medium.NETWORK),
        ("/mnt/journal/a.jpg", Medium.JOURNALLED),
        ("/mnt/hidden/a.jpg", Medium.JOURNALLED),
        ("/mnt/log/a.jpg", Medium.JOURNALLED),
    ],
)
def test_the_innermost_and_latest_mount_decides(
    path: str, medium: Medium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As proc(5) lists them."""
    (tmp_path / "mountinfo").write_bytes(b"\n".join(LINES))
    monkeypatch.setattr(surroundings, "_MOUNTS", tmp_path / "mountinfo")
    (tmp_path / "sdf1").mkdir()
    (tmp_path / "sdf1" / "options").write_text("rw\nbarrier\ndata=journal\n")
    monkeypatch.setattr(surroundings, "_EXT4_OPTIONS", tmp_path)
    assert medium_of(Path(path)) is medium


def test_a_kernel_that_does_not_tell_is_taken_as_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Extents still have to prove it."""
    monkeypatch.setattr(surroundings, "_MOUNTS", tmp_path / "absent")
    assert medium_of(tmp_path / "a") is Medium.LOCAL


def test_this_machine_s_mounts_are_read(tmp_path: Path) -> None:
    """The mount point is above the path."""
    mount = surroundings.mount_of(tmp_path / "a")
    assert mount.kind
    assert PurePosixPath(tmp_path).is_relative_to(mount.point)


@pytest.mark.parametrize(
    ("folder", "marker", "service"),
    [
        ("OneDrive - Elm Practice/photos", "", "OneDrive"),
        ("OneDriver", "", None),
        ("Dropbox (Elm)", "", "Dropbox"),
        ("drop/in", "drop/.dropbox.cache", "Dropbox"),
        ("Library/Mobile Documents/x", "", "iCloud"),
        ("Library/CloudStorage/Box-Box", "", "a cloud service"),
        ("Google Drive/x", "", "Google Drive"),
        ("nc/in", "nc/.sync_0a1b.db", "Nextcloud"),
        ("st/in", "st/.stfolder", "Syncthing"),
        ("plain/in", "", None),
    ],
)
def test_a_synced_folder_is_known_by_its_name_or_its_marks(
    tmp_path: Path, folder: str, marker: str, service: str | None
) -> None:
    """And then the person is told."""
    (tmp_path / folder).mkdir(parents=True)
    if marker:
        (tmp_path / marker).touch()
    path = tmp_path / folder / "rash.jpg"
    assert synced_by(path) == service
    said = " ".join(out_of_reach(path, Evidence.E3))
    assert ("copies this folder" in said) is (service is not None)


def test_a_folder_that_cannot_be_looked_into_is_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No mark seen, nothing said."""

    def denied(*_: object) -> object:
        raise PermissionError

    monkeypatch.setattr(Path, "glob", denied)
    assert synced_by(tmp_path / "a") is None


def test_network_and_copy_on_write_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in its words, and never a promise about the medium."""
    said = {}
    for medium in Medium:
        monkeypatch.setattr(surroundings, "medium_of", lambda _, medium=medium: medium)
        for evidence in Evidence:
            said[medium, evidence] = " ".join(out_of_reach(tmp_path / "a", evidence))
    assert "the server decides" in said[Medium.NETWORK, Evidence.E1]
    assert "writes changes elsewhere" in said[Medium.COPY_ON_WRITE, Evidence.E1]
    assert all("share its disk blocks" in said[medium, Evidence.E0] for medium in Medium)
    assert all("Backups" in sentence and "flash" in sentence for sentence in said.values())
    assert not any(word in sentence.lower() for sentence in said.values() for word in ("securely", "nist", "wiped"))
