"""Several files that become durable together: whole, in their own names, or not there at all.

Each way is tried: files without a name until they are durable, and files that lie beside their names, as on systems
that know no others.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgfile import files, staging
from imgfile.draft_notes import DraftNote
from imgfile.errors import NotWritable
from imgfile.replacing import Original
from imgfile.staging import Staging
from kit.vault.erasure import FailingSystem, dying_at, stand_in


@pytest.fixture(autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the notes about temporary names outside of the folder that a test looks at."""
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path_factory.mktemp("state")))


@pytest.fixture(params=["without a name", "named", "cannot be linked"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Stage as systems of several kinds let us."""
    if request.param == "named":
        monkeypatch.setattr(staging, "_UNNAMED", 0)
    elif request.param == "cannot be linked":
        monkeypatch.setattr(staging, "_linked", lambda *_: False)
    return str(request.param)


def test_staged_files_are_durable_before_they_have_names(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is synced before it is named, and the folder once, at the end."""
    names = [tmp_path / f"{number}.jpg" for number in range(5)]
    synced: list[str] = []
    linked: list[str] = []

    def fault(
        _count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - as above
        if name == "fsync":
            synced.append(str(Path(f"/proc/self/fd/{arguments[0]}").readlink()))
        elif name == "link":
            linked.append(str(arguments[1]))
            source = Path(arguments[0])
            assert str(source.readlink() if way == "without a name" else source) in synced
            assert str(tmp_path) not in synced
        return real(*arguments, **named)

    stand_in(FailingSystem(fault), monkeypatch.setattr)
    with Staging("strip") as under_way:
        for name in names:
            under_way.add(name, name.name.encode())
        assert not any(name.exists() for name in names)
        assert under_way.publish() == [None] * 5
    assert sorted(linked) == [str(name) for name in names]
    assert (synced[-1], synced.count(str(tmp_path))) == (str(tmp_path), 1)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {n.name: n.name.encode() for n in names}


def test_one_staged_file_that_cannot_appear_is_no_others_failure(way: str, tmp_path: Path) -> None:
    """A name taken before or meanwhile, a temporary file gone where there is one; nothing temporary is left."""
    (tmp_path / "taken").write_bytes(b"theirs")
    with Staging("strip") as under_way:
        for name in "abcd":
            under_way.add(tmp_path / name, name.encode())
        with pytest.raises(NotWritable, match="File exists"):
            under_way.add(tmp_path / "taken", b"new")
        (tmp_path / "b").write_bytes(b"theirs")
        if way == "named":
            next(path for path in tmp_path.glob(".*") if path.read_bytes() == b"c").unlink()
        errors = under_way.publish()
    reasons = [error and error.message.rpartition(": ")[2] for error in errors]
    assert reasons == [None, "File exists.", "No such file or directory." if way == "named" else None, None]
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    c = {} if way == "named" else {"c": b"c"}
    assert left == {"a": b"a", "b": b"theirs", "d": b"d", "taken": b"theirs", **c}


def test_a_staging_that_is_left_leaves_nothing(way: str, tmp_path: Path) -> None:
    """As after Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt), Staging("strip") as under_way:
        under_way.add(tmp_path / "a", b"new")
        assert len(list(tmp_path.iterdir())) == (way == "named")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [1, 4095, 4096, 4097, 70_000])
@pytest.mark.parametrize("fault", [None, "open", "write", "short"])
def test_a_large_file_is_staged_past_the_cache_where_that_can_be(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int, fault: str | None
) -> None:
    """To the byte; and through the cache where the file system knows no other way, or takes a part only."""
    assert way
    monkeypatch.setattr(staging, "PAST_CACHE_BYTES", 1)
    data = bytes(number % 251 for number in range(length))
    refused: list[str] = []

    def failing(
        _count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - as above
        is_ours = name != "write" or os.readlink(f"/proc/self/fd/{arguments[0]}").startswith(str(tmp_path))  # noqa: PTH115 - it need not exist
        is_first = is_ours and name in {fault, "write"} and not refused  # a note of it is no part of it
        if is_first and (fault == "write" or (fault == "open" == name and arguments[1] & os.O_DIRECT)):  # type: ignore[attr-defined,unused-ignore]
            refused.append(name)
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        if is_first and fault == "short":
            refused.append(name)
            return 512
        return real(*arguments, **named)

    stand_in(FailingSystem(failing), monkeypatch.setattr)
    with Staging("strip") as under_way:
        for name in ("a", "b"):
            under_way.add(tmp_path / name, data)
        assert under_way.publish() == [None, None]
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [data, data]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO])
def test_a_file_that_cannot_be_written_leaves_nothing_open(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Neither a name nor a descriptor."""
    assert way
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - what is open now

    def failing(
        _count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - as above
        if name == "write":
            raise OSError(code, os.strerror(code))
        return real(*arguments, **named)

    with monkeypatch.context() as patch:
        stand_in(FailingSystem(failing), patch.setattr)
        with pytest.raises(NotWritable, match=os.strerror(code)):
            staging.publish(tmp_path / "a", b"new", "export")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - as above
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [b"new", b"n" * (2 << 20)])
def test_a_killed_run_leaves_no_part_of_a_new_file(tmp_path: Path, data: bytes) -> None:
    """Killed at each system call: there is the whole file under its name, or nothing at all."""
    at, status = 0, -9
    while status:
        at += 1
        folder = tmp_path / f"{at}"
        folder.mkdir()
        child = os.fork()  # type: ignore[attr-defined,unused-ignore]
        if not child:
            stand_in(FailingSystem(dying_at(at)))
            staging.publish(folder / "photo.jpg", data, "export")
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in {0, -9}
        left = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert left in ({}, {"photo.jpg": data}), (at, list(left))
    assert left == {"photo.jpg": data}
    assert at > 6


def test_a_killed_run_that_replaces_a_file_leaves_it_or_the_new_one(tmp_path: Path) -> None:
    """What else lies there has a name by which every run knows it; at most calls there is nothing else."""
    at, status, littered = 0, -9, 0
    while status:
        at += 1
        folder = tmp_path / f"{at}"
        folder.mkdir()
        photo = folder / "photo.jpg"
        photo.write_bytes(b"old")
        child = os.fork()  # type: ignore[attr-defined,unused-ignore]
        if not child:
            with files.opened_source(photo) as descriptor:
                original = Original.of(descriptor, photo, b"old")
            stand_in(FailingSystem(dying_at(at)))
            with Staging("strip") as under_way:
                under_way.add(photo, b"new", original)
                under_way.publish()
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert photo.read_bytes() in {b"old", b"new"}
        others = [path for path in folder.iterdir() if path != photo]
        assert all(files.is_leftover(path.name) for path in others)
        littered += bool(others)
    assert photo.read_bytes() == b"new"
    assert 0 < littered < at - 5


@pytest.mark.parametrize("is_renamed_safely", [True, False])
def test_a_folder_appears_whole_under_a_name_that_nothing_has(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_renamed_safely: bool
) -> None:
    """Else nothing of it does: what is there stays, also where the system knows no rename that sees to that."""
    if not is_renamed_safely:
        monkeypatch.setattr("imgfile.renaming.rename_to_free", lambda *_: False)
    pack, contents = tmp_path / "pack", {"photo.pdf": b"%PDF-", "lines.txt": b"two lines"}
    staging.publish_folder(pack, contents, "export")
    with pytest.raises(NotWritable, match="pack"):
        staging.publish_folder(pack, {"photo.pdf": b"another"}, "export")
    assert {path.name: path.read_bytes() for path in pack.iterdir()} == contents
    assert [*tmp_path.iterdir()] == [pack], way


def test_a_file_whose_name_is_taken_is_not_written_over(way: str, tmp_path: Path) -> None:
    """Whoever made it keeps it, and it is said."""
    path = tmp_path / "one"
    staging.publish(path, b"one", "strip")
    with pytest.raises(NotWritable, match="one"):
        staging.publish(path, b"another", "strip")
    assert ([*tmp_path.iterdir()], path.read_bytes()) == ([path], b"one"), way


@pytest.mark.parametrize(
    ("call", "code", "is_there"), [("link", errno.EPERM, True), ("link", errno.EIO, False), ("open", errno.EIO, False)]
)
def test_a_disk_that_fails_as_a_name_is_given_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, *, is_there: bool
) -> None:
    """It is not taken for a system that knows no such call, on which the file gets its name otherwise."""

    def failing(_: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:  # noqa: ANN401 - a system call's result
        if name == call and str(tmp_path) in str(arguments[1] if call == "link" else arguments[0]):
            raise OSError(code, os.strerror(code))
        return real(*arguments, **named)

    path = tmp_path / "one"
    if call == "open":  # under a temporary name, past the cache
        monkeypatch.setattr(staging, "_UNNAMED", 0)
        monkeypatch.setattr(staging, "PAST_CACHE_BYTES", 1)
    with monkeypatch.context() as patch:
        stand_in(FailingSystem(failing), patch.setattr)
        with contextlib.nullcontext() if is_there else pytest.raises(NotWritable, match=os.strerror(code)):
            staging.publish(path, b"one", "strip")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"one"] * is_there


def test_where_no_note_can_be_written_nothing_appears_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk under the state: each file is told why, and what lay beside its name is gone."""
    monkeypatch.setattr(staging, "_linked", lambda *_: False)

    def full(*_: object) -> None:
        raise NotWritable("the disk of the state is full")

    with Staging("strip") as under_way:
        under_way.add(tmp_path / "a.jpg", b"a")
        under_way.add(tmp_path / "b.jpg", b"b")
        monkeypatch.setattr(DraftNote, "made", full)
        errors = under_way.publish()
    assert [error and error.message for error in errors] == ["the disk of the state is full"] * 2
    assert [*tmp_path.iterdir()] == []
