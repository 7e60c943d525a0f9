"""What a path lies in, and what is said about it."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath

import pytest

from imgfile.clinical.proofs import Evidence
from imgfile.erase import filesystem as surroundings
from imgfile.erase.filesystem import Medium, medium_of, out_of_reach, synced_by

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
    """And then the person learns of it."""
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


KEPT = "Backups and snapshots made before now still hold it, and flash storage may keep old blocks."
CLONES = "Clones or snapshots share its disk blocks and still hold it: delete them too."
SERVER = "It lay on a network drive: the server decides what becomes of the old bytes."
ELSEWHERE = "This file system writes changes elsewhere: the old blocks stay until they are used again."
JOURNAL = "This file system keeps data in its journal, or coded: the old bytes stay until it is written over."


@pytest.mark.parametrize(
    ("medium", "evidence", "said"),
    [
        *((medium, Evidence.E0, (CLONES, KEPT)) for medium in Medium),
        *((Medium.NETWORK, evidence, (SERVER, KEPT)) for evidence in Evidence if evidence),
        *((Medium.COPY_ON_WRITE, evidence, (ELSEWHERE, KEPT)) for evidence in Evidence if evidence),
        *((medium, Evidence.E1, (JOURNAL, KEPT)) for medium in (Medium.LOCAL, Medium.JOURNALLED)),
        *((Medium.LOCAL, evidence, (KEPT,)) for evidence in (Evidence.E2, Evidence.E3)),
    ],
)
def test_what_is_out_of_reach_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, medium: Medium, evidence: Evidence, said: tuple[str, ...]
) -> None:
    """Each in its words, and never a promise about the medium."""
    monkeypatch.setattr(surroundings, "medium_of", lambda _: medium)
    assert out_of_reach(tmp_path / "a", evidence) == said
    assert not any(word in sentence.lower() for sentence in said for word in ("securely", "nist", "wiped"))


def test_a_service_that_copies_the_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Last, with what to do there."""
    monkeypatch.setattr(surroundings, "medium_of", lambda _: Medium.LOCAL)
    for folder, name in (("Dropbox", "Dropbox"), ("CloudStorage", "A cloud service"), ("OneDrive", "OneDrive")):
        (tmp_path / folder).mkdir()
        assert out_of_reach(tmp_path / folder / "a", Evidence.E3) == (
            KEPT,
            f"{name} copies this folder: delete it there, with its earlier versions.",
        )


@pytest.mark.parametrize(
    ("system", "kept"),
    [
        ("win32", "Windows keeps small previews (thumbcache) and earlier versions (File History)."),
        ("darwin", "macOS keeps small previews (Quick Look) and local Time Machine snapshots."),
    ],
)
def test_what_a_system_keeps_by_itself_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, kept: str
) -> None:
    """Where it is that system."""
    monkeypatch.setattr(surroundings, "medium_of", lambda _: Medium.LOCAL)
    monkeypatch.setattr(surroundings, "synced_by", lambda _: None)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", system)
        said = out_of_reach(tmp_path / "a", Evidence.E3)
    assert said == (KEPT, kept)


def test_a_line_of_the_mount_table_is_read_as_proc_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever bytes a mount point or a source is named by, the separator among them."""
    lines = [
        b"21 1 8:1 / / rw - ext4 /dev/sda1 rw",
        b"22 21 0:40 / /mnt/\\377x\\040y rw - cifs //server/a\\040-\\040b rw,vers=3",
        b"23 21 0:41 / /mnt/bare rw - tmpfs",
    ]
    (tmp_path / "mountinfo").write_bytes(b"\n".join(lines))
    monkeypatch.setattr(surroundings, "_MOUNTS", tmp_path / "mountinfo")
    odd = os.fsdecode(b"/mnt/\xffx y")
    assert surroundings.mount_of(Path(odd, "a")) == surroundings.Mount(
        "cifs", Path(odd), "//server/a - b", ("rw", "vers=3")
    )
    assert surroundings.mount_of(Path("/mnt/bare/a")) == surroundings.Mount("tmpfs", Path("/mnt/bare"), "", ("",))
    assert surroundings.mount_of(Path("/elsewhere")) == surroundings.Mount("ext4", Path("/"), "/dev/sda1", ("rw",))
    monkeypatch.setattr(surroundings, "_MOUNTS", tmp_path / "absent")
    assert surroundings.mount_of(tmp_path / "a") == surroundings.Mount("", Path("/"))


def test_of_an_endless_mount_table_the_beginning_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many lines are no real system's."""
    first = b"21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
    (tmp_path / "mountinfo").write_bytes(first + b"22 21 0:40 / /mnt rw - nfs4 server:/x rw\n")
    monkeypatch.setattr(surroundings, "_MOUNTS", tmp_path / "mountinfo")
    assert surroundings.mount_of(Path("/mnt/a")).kind == "nfs4"
    monkeypatch.setattr(surroundings, "_MOST_MOUNT_BYTES", len(first))
    assert surroundings.mount_of(Path("/mnt/a")).kind == "ext4"
