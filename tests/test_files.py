"""The seam to the file system: what it opens, what it makes durable, and what it says when it cannot."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile import beneath, device, files, renaming
from imgfile.errors import NotWritable, SourceChanged, SourceUnavailable
from imgfile.files import FileIdentity
from imgfile.staging import PAST_CACHE_BYTES
from kit.vault.erasure import FailingSystem, answering, failing_at, refusing, stage, stand_in


def _modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


# --- reading what people name ---------------------------------------------------------------------------


def test_a_regular_file_is_opened_and_closed_again(tmp_path: Path) -> None:
    """Its descriptor is good inside the block only."""
    path = tmp_path / "a.jpg"
    path.write_bytes(b"photo")
    with files.opened_source(path) as descriptor:
        assert files.read_at(descriptor, 1, 3) == b"hot"
        assert files.read_at(descriptor, 3, 99) == b"to"
        with pytest.raises(OSError, match="Bad file descriptor"):
            files.overwrite(descriptor, 0, b"x")
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _: None, "does not exist"),
        (lambda path: path.mkdir(), "is a folder"),
        (os.mkfifo, "a FIFO"),  # type: ignore[attr-defined,unused-ignore]
        (lambda path: path.symlink_to("target"), "symbolic link"),
        (lambda path: socket.socket(socket.AF_UNIX).bind(os.path.relpath(path)), "FIFO or a device"),  # type: ignore[attr-defined,unused-ignore]
    ],
)
@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_is_no_file_is_refused_without_waiting(
    tmp_path: Path, make: Callable[[Path], object], said: str, *, writable: bool
) -> None:
    """A link is not followed, a FIFO does not hang, and each is called by its name."""
    (tmp_path / "target").write_bytes(b"x")
    make(tmp_path / "source")
    with pytest.raises(SourceUnavailable, match=said), files.opened_source(tmp_path / "source", writable=writable):
        pass


def test_a_device_and_an_impossible_name_are_refused() -> None:
    """`/dev/null` is no photo; a name with a NUL cannot exist."""
    with pytest.raises(SourceUnavailable, match="is a device"), files.opened_source(Path("/dev/null")):
        pass
    with pytest.raises(SourceUnavailable, match="ValueError"), files.opened_source(Path("a\0b")):
        pass


def test_a_part_of_the_path_that_is_a_file_means_absent(tmp_path: Path) -> None:
    """As a person sees it."""
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(SourceUnavailable, match="does not exist"), files.opened_source(tmp_path / "a/b"):
        pass
    assert FileIdentity.at(tmp_path / "a/b") is None


@pytest.mark.parametrize(
    ("code", "said"),
    [(errno.EACCES, "permission denied"), (errno.EISDIR, "is a folder"), (errno.EIO, "Input/output error")],
)
def test_the_reason_for_not_opening_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    """In the system's words where there are no better ones."""
    monkeypatch.setattr(files, "os", refusing("open", code))
    with pytest.raises(SourceUnavailable, match=said), files.opened_source(tmp_path / "a"):
        pass


def test_a_socket_is_called_one() -> None:
    """Where a platform opens it at all."""
    assert files.kind_of(stat.S_IFSOCK) == "a socket"


@pytest.mark.parametrize("is_link", [False, True])
def test_without_o_nofollow_a_link_is_seen_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_link: bool
) -> None:
    """As on Windows."""
    monkeypatch.setattr(files, "_NO_FOLLOW", 0)
    path = tmp_path / "a"
    (tmp_path / "target").write_bytes(b"x")
    if is_link:
        path.symlink_to("target")
        with pytest.raises(SourceUnavailable, match="symbolic link"), files.opened_source(path):
            pass
    else:
        path.write_bytes(b"y")
        with files.opened_source(path) as descriptor:
            assert files.read_at(descriptor, 0, 9) == b"y"


def test_reading_whole_sees_a_limit_and_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too large, growing, shrinking, touched, or broken: each is refused."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 10)

    def read() -> bytes:
        with files.opened_source(path) as descriptor:
            return files.read_unchanged(descriptor, path, limit=10)

    assert read() == b"x" * 10
    path.write_bytes(b"x" * 11)
    with pytest.raises(SourceUnavailable, match="11 bytes; the most is 10"):
        read()

    def meanwhile(change: Callable[[], object]) -> None:
        path.write_bytes(b"x" * 10)
        reads: list[int] = []

        def fault(
            _count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
        ) -> Any:  # noqa: ANN401 - as above
            if name == "pread" and not reads:
                reads.append(1)
                change()
            return real(*arguments, **named)

        with monkeypatch.context() as patch:
            patch.setattr(files, "os", FailingSystem(fault))
            with pytest.raises(SourceChanged):
                read()

    meanwhile(lambda: path.write_bytes(b"y" * 11))
    meanwhile(lambda: os.truncate(path, 3))
    meanwhile(lambda: os.utime(path, ns=(0, 0)))
    monkeypatch.setattr(files, "os", refusing("pread", errno.EIO))
    path.write_bytes(b"x" * 10)
    with pytest.raises(SourceUnavailable, match="Input/output error"):
        read()


def test_an_identity_is_read_from_a_name_or_a_descriptor(tmp_path: Path) -> None:
    """A link is itself, not what it points to."""
    path = tmp_path / "a"
    path.write_bytes(b"photo")
    (tmp_path / "twin").hardlink_to(path)
    (tmp_path / "link").symlink_to(path)
    with files.opened_source(path) as descriptor:
        identity = FileIdentity.of(descriptor)
    assert identity == FileIdentity.at(path) == FileIdentity.at(tmp_path / "twin")
    assert (identity.size, identity.links) == (5, 2)
    assert FileIdentity.at(tmp_path / "link") != identity
    assert FileIdentity.at(tmp_path / "absent") is None


# --- writing what imgfile owns --------------------------------------------------------------------------


def create(path: Path, chunks: Iterable[bytes]) -> None:
    """Create a file as a vault does."""
    with files.writing(path), beneath.opened(path.parent, ".") as folder:
        folder.create(path.name, chunks)


def publish_beneath(path: Path) -> None:
    """Publish a file as a vault does."""
    with files.writing(path), beneath.opened(path.parent, ".") as folder:
        folder.publish(path.name, b"onetwo")


@given(st.lists(st.binary(max_size=9)))
def test_what_is_created_is_what_was_given(tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]) -> None:
    """Whatever its pieces."""
    path = tmp_path_factory.mktemp("created") / "object"
    create(path, chunks)
    assert path.read_bytes() == b"".join(chunks)


def test_new_files_and_folders_are_private(tmp_path: Path) -> None:
    """Whatever the umask."""
    old = os.umask(0)
    try:
        create(tmp_path / "a", [b"x"])
        files.publish(tmp_path / "b", b"x")
        files.replace(tmp_path / "c", b"x")
        files.make_folder(tmp_path / "d/e")
    finally:
        os.umask(old)
    assert _modes(tmp_path) == {"a": 0o600, "b": 0o600, "c": 0o600, "d": 0o700}
    assert _modes(tmp_path / "d") == {"e": 0o700}


@pytest.mark.parametrize("write", [lambda path: create(path, [b"new"]), lambda path: files.publish(path, b"new")])
def test_an_existing_file_is_never_touched(tmp_path: Path, write: Callable[[Path], object]) -> None:
    """Nor a link, wherever it points; and nothing temporary is left."""
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "absent")
    for name in ("a", "link"):
        with pytest.raises(NotWritable, match="File exists") as raised:
            write(tmp_path / name)
        assert str(tmp_path / name) in raised.value.message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "link"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_replace_takes_the_place_of_a_file_or_makes_it(tmp_path: Path) -> None:
    """In one step."""
    path = tmp_path / "state"
    files.replace(path, b"one")
    files.replace(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP])
def test_without_hard_links_publish_looks_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """As on exFAT and some shares."""
    monkeypatch.setattr(files, "os", refusing("link", code))
    files.publish(tmp_path / "a", b"new")
    with pytest.raises(NotWritable, match="File exists"):
        files.publish(tmp_path / "a", b"newer")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


def test_a_rename_never_goes_over_a_name_that_exists(tmp_path: Path) -> None:
    """Where `rename` itself would."""
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    with pytest.raises(FileExistsError):
        files.rename_create_only(tmp_path / "a", tmp_path / "b")
    files.rename_create_only(tmp_path / "a", tmp_path / "c")
    files.rename(tmp_path / "c", tmp_path / "b")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"a"]


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "write access"),
        (errno.EIO, "connected"),
    ],
)
def test_a_write_that_fails_names_the_path_and_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, hint: str
) -> None:
    """The path as it was given, never the temporary one."""
    monkeypatch.setattr(files, "os", refusing("write", code))
    with pytest.raises(NotWritable) as raised:
        files.publish(tmp_path / "a", b"x")
    assert raised.value.message == f"{tmp_path / 'a'} cannot be written: {os.strerror(code)}."
    assert hint in raised.value.hint


ACTS: dict[str, Callable[[Path], object]] = {
    "stage": stage,
    "stage past the cache": lambda path: stage(path, b"onetwo" * (PAST_CACHE_BYTES // 6 + 1)),
    "create": lambda path: create(path, [b"one", b"two"]),
    "publish": lambda path: files.publish(path, b"onetwo"),
    "publish beneath a root": publish_beneath,
    "replace": lambda path: files.replace(path, b"onetwo"),
    "make_folder": files.make_folder,
}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("act", ACTS)
def test_every_failing_call_leaves_nothing_half_visible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str, code: int
) -> None:
    """At call N, for every N: `NotWritable`, and the name is absent or whole (`create` may leave a part)."""
    counting = FailingSystem(failing_at(-1, 0))
    with monkeypatch.context() as patch:
        stand_in(counting, patch.setattr)
        ACTS[act](tmp_path / "counted")
    for number in range(1, len(counting.calls) + 1):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        with monkeypatch.context() as patch:
            stand_in(FailingSystem(failing_at(number, code)), patch.setattr)
            try:
                ACTS[act](folder / "name")
            except NotWritable as error:
                assert str(folder / "name") in error.message  # noqa: PT017 - not every call makes it fail
            else:
                is_in_use = (
                    counting.calls[number - 1] in {"unlink", "replace"} and code in device.IN_USE
                )  # it is asked again
                assert counting.calls[number - 1] == "close" or is_in_use
        left = {path.name: path for path in folder.iterdir()}
        assert len(left) <= 1 or counting.calls[number - 1] == "unlink"
        if act not in {"create", "make_folder"} and "name" in left:
            assert left["name"].read_bytes().startswith(b"onetwo")


def test_a_device_that_swallows_bytes_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing less than said, or nothing at all, is an error and never an endless loop."""
    with monkeypatch.context() as patch:
        patch.setattr(files, "os", answering("write", 3))
        with pytest.raises(NotWritable, match="shorter than what was written"):
            create(tmp_path / "a", [b"abc"])
    with monkeypatch.context() as patch:
        patch.setattr(files, "os", answering("write", 0))
        with pytest.raises(NotWritable, match="took no bytes"):
            create(tmp_path / "b", [b"abc"])
    with monkeypatch.context() as patch:
        patch.setattr(files, "os", answering("pwrite", 0))
        with pytest.raises(OSError, match="took no bytes"):
            files.overwrite(0, 0, b"abc")


def test_folders_are_made_with_their_parents(tmp_path: Path) -> None:
    """One that exists is fine; a file in the way is not, nor one where nothing may be made."""
    files.make_folder(tmp_path / "a/b/c")
    files.make_folder(tmp_path / "a/b/c")
    assert (tmp_path / "a/b/c").is_dir()
    (tmp_path / "file").write_bytes(b"x")
    for path in (tmp_path / "file", tmp_path / "file/below", Path("/proc/imgfile")):
        with pytest.raises(NotWritable, match=str(path)):
            files.make_folder(path)


def test_a_folder_that_someone_else_makes_first_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stations make a patient's folder at once."""

    def fault(
        _count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - as above
        if name == "mkdir":
            real(*arguments, **named)
        return real(*arguments, **named)

    monkeypatch.setattr(files, "os", FailingSystem(fault))
    files.make_folder(tmp_path / "a")
    assert (tmp_path / "a").is_dir()


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EIO])
def test_a_folder_that_cannot_be_synced_is_an_error_unless_none_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Some network file systems know no such thing."""
    monkeypatch.setattr(files, "os", refusing("fsync", code))
    if code == errno.EINVAL:
        files.sync_folder(tmp_path)
    else:
        with pytest.raises(OSError, match="Input/output error"):
            files.sync_folder(tmp_path)


def test_overwriting_changes_only_what_it_covers(tmp_path: Path) -> None:
    """In place, in pieces, without a new length; then it is cut and unlinked."""
    path = tmp_path / "a"
    path.write_bytes(b"." * (3 << 20))
    with files.opened_source(path, writable=True) as descriptor:
        files.overwrite(descriptor, 5, b"x" * (2 << 20))
        files.sync(descriptor)
        assert path.read_bytes() == b"." * 5 + b"x" * (2 << 20) + b"." * ((1 << 20) - 5)
        files.truncate(descriptor, 2)
    assert path.read_bytes() == b".."
    files.unlink(path)
    assert not path.exists()


def test_names_and_permissions_of_a_folder(tmp_path: Path) -> None:
    """At most as many names as asked for; none of a folder that is not there."""
    for name in "abc":
        (tmp_path / name).touch()
    assert sorted(files.names_in(tmp_path, limit=9)) == ["a", "b", "c"]
    assert len(files.names_in(tmp_path, limit=2)) == 2
    assert files.names_in(tmp_path / "absent", limit=9) == []
    assert files.can_remove_from(tmp_path)
    assert not files.can_remove_from(tmp_path / "absent")
    assert not files.can_remove_from(Path("/proc/sys"))


def test_a_name_that_appears_at_this_moment_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are no hard links, renaming itself refuses: nobody looks first, and two that meet do not both win."""
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "taken").write_bytes(b"theirs")
    stand_in(refusing("link", errno.EPERM), monkeypatch.setattr)
    with pytest.raises(FileExistsError):
        files.rename_create_only(tmp_path / "mine", tmp_path / "taken")
    assert (tmp_path / "taken").read_bytes() == b"theirs"
    files.rename_create_only(tmp_path / "mine", tmp_path / "free")
    assert (tmp_path / "free").read_bytes() == b"mine"
    assert not (tmp_path / "mine").exists()


def test_a_name_that_a_dead_run_began_is_given_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither links nor renameat2 are to be had: its reservation and its empty target are taken over."""
    monkeypatch.setattr(renaming, "WAITING_SECONDS", 0)
    monkeypatch.setattr(renaming, "rename_to_free", lambda *_: False)
    stand_in(refusing("link", errno.EPERM), monkeypatch.setattr)
    (tmp_path / "1.note").touch()
    files._reservation(tmp_path / "1.note").touch()
    with beneath.opened(tmp_path, "") as folder:
        assert not folder.exists("1.note")
        folder.publish("1.note", b"whole")
        with pytest.raises(FileExistsError):
            folder.publish("1.note", b"another")
        assert folder.names() == ["1.note"]
    assert (tmp_path / "1.note").read_bytes() == b"whole"


@pytest.mark.parametrize(("code", "is_left"), [(errno.EPERM, True), (errno.ENOTSUP, True), (errno.EIO, False)])
def test_a_file_system_that_takes_no_mode_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, *, is_left: bool
) -> None:
    """As a memory card does; a disk that fails is told from it."""

    def failing(_: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:  # noqa: ANN401 - a system call's result
        if name == "chmod":
            raise OSError(code, os.strerror(code))
        return real(*arguments, **named)

    path = tmp_path / "one"
    path.touch(mode=0o644)
    monkeypatch.setattr(files, "os", FailingSystem(failing))
    if is_left:
        files.give_mode(path, 0o600)
        return
    with pytest.raises(OSError, match="Input/output error"):
        files.give_mode(path, 0o600)
