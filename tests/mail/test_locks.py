"""Mail programs are kept out while a mailbox is read and changed, and every lock is let go."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from imgfile.errors import SourceChanged, SourceInUse, SourceUnavailable
from imgfile.files import opened_source
from imgfile.mail import locks
from imgfile.mail.locks import Lock, find_profile, hold
from kit.mail import mailboxes as made
from kit.tools import tool

HOLDER: Final = """
import fcntl, sys
with open(sys.argv[1], "r+b" if sys.argv[2] == "old" else "w+b") as held:
    fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(name="box")
def box_path(tmp_path: Path) -> Path:
    """Make an mbox."""
    path = tmp_path / "box"
    path.write_bytes(made.mbox([made.mail(made.photo(made.png()))]))
    return path


@pytest.fixture(name="inbox")
def inbox_path(tmp_path: Path, box: Path) -> Path:
    """Make a mailbox in a Thunderbird profile."""
    inbox = tmp_path / "x.default" / "Mail" / "Local Folders" / "Inbox"
    inbox.parent.mkdir(parents=True)
    (tmp_path / "x.default" / "prefs.js").touch()
    return box.rename(inbox)


def another_program(path: Path, mode: str = "old") -> subprocess.Popen[bytes]:
    """Lock a file in another process, as mail programs do; closing its stdin lets go."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, path, mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    return holder


def is_locked_for_others(path: Path) -> bool:
    """Try a classic lock in another process."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, path, "old"], stdin=-3, stdout=-1, stderr=-3) as holder:
        return holder.wait() != 0


def test_an_mbox_is_held_by_dotlock_and_fcntl_and_let_go(box: Path) -> None:
    """Other programs are refused meanwhile, even after the file was opened and closed within."""
    dotlock = box.with_name("box.lock")
    with hold(box) as held:
        assert held.locks == (Lock.DOTLOCK, Lock.SYSTEM)
        assert dotlock.exists()
        with opened_source(box):
            pass
        assert is_locked_for_others(box)
    assert not dotlock.exists()
    assert not is_locked_for_others(box)


def test_locks_are_let_go_when_something_fails(box: Path) -> None:
    """An error within passes through."""
    with pytest.raises(KeyError), hold(box):
        raise KeyError
    with hold(box):
        pass


def test_a_single_mail_is_not_locked(tmp_path: Path) -> None:
    """Nobody looks for a lock there, and a Maildir has more files than may be open at once."""
    path = tmp_path / "rash.eml"
    path.write_bytes(made.mail(made.text()))
    with hold(path) as held:
        assert held.locks == ()


def test_a_dotlock_of_another_program_is_respected_even_if_forgotten(box: Path) -> None:
    """It is never taken away; the hint says what to do."""
    box.with_name("box.lock").touch()
    with pytest.raises(SourceInUse, match="locked by another") as caught, hold(box):
        pass
    assert "box.lock" in caught.value.hint
    assert box.with_name("box.lock").exists()


def test_a_dotlock_that_someone_replaced_is_not_removed(box: Path) -> None:
    """Only the file that was made here goes."""
    dotlock = box.with_name("box.lock")
    with hold(box):
        dotlock.unlink()
        dotlock.touch()
    assert dotlock.exists()


def refuse_opening(monkeypatch: pytest.MonkeyPatch, name: str, code: int) -> None:
    """Let the system refuse to open files whose names begin so."""
    real: Callable[..., int] = os.open

    def fail(path: Path, flags: int, mode: int = 0o777) -> int:
        if Path(path).name.startswith(name) and flags & (os.O_CREAT | os.O_RDWR):
            raise OSError(code, os.strerror(code))
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", fail)


def test_a_folder_that_cannot_be_written_gets_no_dotlock(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's lock still holds."""
    refuse_opening(monkeypatch, ".imgfile-", errno.EROFS)
    with hold(box) as held:
        assert held.locks == (Lock.SYSTEM,)


def test_any_other_failure_to_make_a_dotlock_is_reported(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, say."""
    refuse_opening(monkeypatch, ".imgfile-", errno.ENOSPC)
    with pytest.raises(SourceUnavailable, match="cannot be locked"), hold(box):
        pass


def test_a_full_disk_leaves_no_dotlock(tmp_path: Path) -> None:
    """An empty one would keep every later run out; once there is room again, the mailbox is locked as before."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run([tool("mount"), "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=True)
    try:
        box = disk / "box"
        box.write_bytes(made.mbox([made.mail(made.photo(made.png()))]))
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while filler.write(bytes(4096)):
                pass
        with pytest.raises(SourceUnavailable, match="cannot be locked: No space left"), hold(box):
            pass
        assert sorted(path.name for path in disk.iterdir()) == ["box", "filler"]
        (disk / "filler").unlink()
        with hold(box) as held:
            assert Lock.DOTLOCK in held.locks
        assert [path.name for path in disk.iterdir()] == ["box"]
    finally:
        subprocess.run([tool("umount"), disk], check=True)


@pytest.mark.parametrize("fails", [False, True])
def test_without_hard_links_a_dotlock_is_made_whole_or_removed(
    box: Path, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    """As on exFAT and some shares."""

    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    real = os.fsync
    synced = [0]

    def failing(descriptor: int) -> None:
        synced[0] += 1
        if fails and synced[0] == 2:  # the first is of the file aside
            raise OSError(errno.EIO, "the disk fails")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    if fails:
        with pytest.raises(SourceUnavailable, match="the disk fails"), hold(box):
            pass
    else:
        with hold(box):
            assert {path.name for path in box.parent.iterdir()} == {box.name, "box.lock"}
            assert (box.parent / "box.lock").read_bytes() == b"imgfile\n"
    assert {path.name for path in box.parent.iterdir()} == {box.name}


def test_a_dotlock_is_respected_where_nothing_can_be_written(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program may have made it before the folder was closed to this one."""
    (box.parent / "box.lock").touch()
    refuse_opening(monkeypatch, ".imgfile-", errno.EACCES)
    with pytest.raises(SourceInUse, match=r"box\.lock is there"), hold(box):
        pass


def test_a_mailbox_that_may_only_be_read_gets_a_shared_lock(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps writers out, as far as they ask."""
    refuse_opening(monkeypatch, "box", errno.EACCES)
    with hold(box) as held:
        assert held.locks == (Lock.DOTLOCK, Lock.SYSTEM)
        assert is_locked_for_others(box)


def test_a_mailbox_that_another_program_has_locked_is_refused(box: Path) -> None:
    """By fcntl, as delivery agents do; the dotlock made meanwhile goes again."""
    with another_program(box) as holder:
        with pytest.raises(SourceInUse, match="locked by another mail program"), hold(box):
            pass
        holder.communicate()
    assert not box.with_name("box.lock").exists()


def test_a_file_system_without_locks_is_reported(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dotlock alone holds."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks, "_set_lock", refuse)
    with hold(box) as held:
        assert held.locks == (Lock.DOTLOCK,)


def test_a_mailbox_that_is_not_there_is_reported(tmp_path: Path) -> None:
    """No lock is left behind."""
    with pytest.raises(SourceUnavailable, match="does not exist"), hold(tmp_path / "box"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("replacement", [b"From \nFrom: other\n\n", None])
def test_a_mailbox_replaced_while_it_was_locked_is_refused(
    box: Path, monkeypatch: pytest.MonkeyPatch, replacement: bytes | None
) -> None:
    """A compaction slipped in: the lock is on a file that has no name any more."""
    real = locks._lock_file

    def replace_then_lock(descriptor: int, path: Path) -> bool:
        box.rename(box.with_name("old"))
        if replacement is not None:
            box.write_bytes(replacement)
        return real(descriptor, path)

    monkeypatch.setattr(locks, "_lock_file", replace_then_lock)
    with pytest.raises(SourceChanged, match="replaced"), hold(box):
        pass


# --- Thunderbird ---


def test_a_mailbox_in_a_profile_is_held_by_the_profiles_own_lock(inbox: Path) -> None:
    """`.parentlock`, found upwards from the mailbox by `prefs.js`; no dotlock is left among the folders."""
    profile = inbox.parents[2]
    assert find_profile(inbox) == profile
    with hold(inbox) as held:
        assert held.locks == (Lock.PROFILE, Lock.SYSTEM)
        assert is_locked_for_others(profile / ".parentlock")
        assert not inbox.with_name("Inbox.lock").exists()
    assert not is_locked_for_others(profile / ".parentlock")


def test_mailboxes_of_one_profile_share_its_lock(inbox: Path) -> None:
    """It is let go when the last of them is."""
    profile, sent = inbox.parents[2], inbox.with_name("Sent")
    sent.write_bytes(inbox.read_bytes())
    first, second = contextlib.ExitStack(), contextlib.ExitStack()
    first.enter_context(hold(inbox))
    second.enter_context(hold(sent))
    first.close()
    assert is_locked_for_others(profile / ".parentlock")
    second.close()
    assert not is_locked_for_others(profile / ".parentlock")


def test_an_open_thunderbird_is_reported_and_nothing_is_read(inbox: Path) -> None:
    """The words of the dialogue, and a second try after it was closed."""
    with another_program(inbox.parents[2] / ".parentlock", "new") as holder:
        with pytest.raises(SourceInUse) as caught, hold(inbox):
            pass
        assert caught.value.message == "Thunderbird is open and is using this mailbox. Nothing was read."
        holder.communicate()
    with hold(inbox):
        pass


def test_a_profile_that_cannot_be_locked_is_reported(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone else's profile, say: a copy of the mailbox helps."""
    refuse_opening(monkeypatch, ".parentlock", errno.EACCES)
    with pytest.raises(SourceUnavailable, match="profile") as caught, hold(inbox):
        pass
    assert "Copy" in caught.value.hint


def test_outside_a_profile_there_is_none(box: Path) -> None:
    """The search ends at the root."""
    assert find_profile(box) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has locks that end with the open file")
def test_the_dotlock_of_a_killed_imgfile_is_taken_over(box: Path) -> None:
    """Nobody needs to remove it by hand; a living imgfile's is left alone, and so is an empty one."""
    child = os.fork()  # type: ignore[attr-defined,unused-ignore]
    if not child:
        with hold(box):
            os._exit(0)  # as sudden as a SIGKILL: nothing is cleaned up
    os.waitpid(child, 0)
    dotlock = box.with_name("box.lock")
    assert dotlock.exists()
    with hold(box) as held:
        assert Lock.DOTLOCK in held.locks
        with pytest.raises(SourceInUse), hold(box):
            pass
    assert not dotlock.exists()
    dotlock.touch()
    with pytest.raises(SourceInUse), hold(box):
        pass


# --- for who only looks ---


def test_looking_makes_nothing_and_writes_nothing(box: Path, inbox: Path) -> None:
    """Not even a lock: a read-only medium can be looked through."""
    assert not box.exists()  # it became the inbox
    before = {path: path.stat().st_mtime_ns for path in inbox.parents[2].rglob("*")}
    with hold(inbox, is_shared=True) as held:
        assert set(held.locks) == {Lock.PROFILE, Lock.SYSTEM}
        assert {path: path.stat().st_mtime_ns for path in inbox.parents[2].rglob("*")} == before
        assert is_locked_for_others(inbox)


def test_looking_respects_the_locks_of_others(box: Path) -> None:
    """A dotlock, and the system's; but not a dotlock that a killed imgfile left."""
    lock = box.with_name("box.lock")
    lock.touch()
    with pytest.raises(SourceInUse, match=r"box\.lock is there"), hold(box, is_shared=True):
        pass
    lock.write_bytes(locks._OURS)
    with hold(box, is_shared=True):
        pass
    assert lock.read_bytes() == locks._OURS
    lock.unlink()
    with hold(box), pytest.raises(SourceInUse), hold(box, is_shared=True):
        pass
    holder = another_program(box)
    with pytest.raises(SourceInUse, match="locked by another"), hold(box, is_shared=True):
        pass
    holder.communicate()


def test_looking_waits_for_thunderbird_and_keeps_it_out(inbox: Path) -> None:
    """Its own lock is shared; where Thunderbird never ran, there is none to take."""
    parent = inbox.parents[2] / ".parentlock"
    parent.touch()
    holder = another_program(parent)
    with pytest.raises(SourceInUse, match="Thunderbird is open"), hold(inbox, is_shared=True):
        pass
    holder.communicate()
    with hold(inbox, is_shared=True):
        assert is_locked_for_others(parent)
    assert not is_locked_for_others(parent)


def test_two_may_look_at_once(box: Path) -> None:
    """A shared lock keeps only writers out."""
    with hold(box, is_shared=True), hold(box, is_shared=True):
        pass
