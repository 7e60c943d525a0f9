"""Several files that become durable together: whole, in their own names, or not there at all."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgfile import staging
from imgfile.errors import NotWritable
from imgfile.staging import Staging
from kit.vault.erasure import FailingSystem, stand_in


def test_staged_files_are_durable_before_they_have_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
            assert str(arguments[0]) in synced
            assert str(tmp_path) not in synced
        return real(*arguments, **named)

    stand_in(FailingSystem(fault), monkeypatch.setattr)
    with Staging() as under_way:
        for name in names:
            under_way.add(name, name.name.encode())
        assert not any(name.exists() for name in names)
        assert under_way.publish() == [None] * 5
    assert sorted(linked) == [str(name) for name in names]
    assert (synced[-1], synced.count(str(tmp_path))) == (str(tmp_path), 1)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {n.name: n.name.encode() for n in names}


def test_one_staged_file_that_cannot_appear_is_no_others_failure(tmp_path: Path) -> None:
    """A name taken before or meanwhile, a temporary file gone; nothing temporary is left."""
    (tmp_path / "taken").write_bytes(b"theirs")
    with Staging() as under_way:
        for name in "abcd":
            under_way.add(tmp_path / name, name.encode())
        with pytest.raises(NotWritable, match="File exists"):
            under_way.add(tmp_path / "taken", b"new")
        (tmp_path / "b").write_bytes(b"theirs")
        next(path for path in tmp_path.glob(".*") if path.read_bytes() == b"c").unlink()
        errors = under_way.publish()
    reasons = [error and error.message.rpartition(": ")[2] for error in errors]
    assert reasons == [None, "File exists.", "No such file or directory.", None]
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert left == {"a": b"a", "b": b"theirs", "d": b"d", "taken": b"theirs"}


def test_a_staging_that_is_left_leaves_nothing(tmp_path: Path) -> None:
    """As after Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt), Staging() as under_way:
        under_way.add(tmp_path / "a", b"new")
        assert len(list(tmp_path.iterdir())) == 1
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [1, 4095, 4096, 4097, 70_000])
@pytest.mark.parametrize("fault", [None, "open", "write", "short"])
def test_a_large_file_is_staged_past_the_cache_where_that_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int, fault: str | None
) -> None:
    """To the byte; and through the cache where the file system knows no other way, or takes a part only."""
    monkeypatch.setattr(staging, "PAST_CACHE_BYTES", 1)
    data = bytes(number % 251 for number in range(length))
    refused: list[str] = []

    def failing(
        _count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - as above
        is_first = name in {fault, "write"} and not refused
        if is_first and (fault == "write" or (fault == "open" == name and arguments[1] & os.O_DIRECT)):  # type: ignore[attr-defined,unused-ignore]
            refused.append(name)
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        if is_first and fault == "short":
            refused.append(name)
            return 512
        return real(*arguments, **named)

    stand_in(FailingSystem(failing), monkeypatch.setattr)
    with Staging() as under_way:
        for name in ("a", "b"):
            under_way.add(tmp_path / name, data)
        assert under_way.publish() == [None, None]
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [data, data]
