"""What another program does to a file while it is erased: nothing of theirs is lost, and it is said."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgfile import files
from imgfile.erase import note as notes
from imgfile.errors import SourceChanged, SourceRemains
from kit.vault.erasure import FailingSystem, Source, export, photo, stand_in

THEIRS = b"theirs" * 40
PLACES: tuple[Callable[[Path], Source], ...] = (photo, export)


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a long file's stretches be a mebibyte, so that the export has two."""
    monkeypatch.setattr(notes, "MOST_BYTES", files.CHUNK_BYTES)


def save(path: Path) -> None:
    """Save as careful programs do: written aside, renamed."""
    aside = path.with_name("aside")
    aside.write_bytes(THEIRS)
    aside.rename(path)


def append(path: Path) -> None:
    """Write at the end."""
    with path.open("ab") as file:
        file.write(THEIRS)


def rewrite(path: Path) -> None:
    """Write over it in place, as long as it was, with its old times."""
    before = path.stat()
    with path.open("r+b") as file:
        file.write(THEIRS)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def link(path: Path) -> None:
    """Give it a second name."""
    os.link(path, path.with_name("other.jpg"))


def remove(path: Path) -> None:
    """Delete it."""
    path.unlink()


def shorten(path: Path) -> None:
    """Cut it, and write what is left."""
    path.write_bytes(THEIRS)


UNSEEN = {
    (rewrite, "pwrite"),
    (shorten, "pwrite"),
    (append, "ftruncate"),
    (rewrite, "ftruncate"),
    (shorten, "ftruncate"),
}
"""Who acts between the last look and the very call that follows it: no system call compares and writes in one."""


def _interfering(at: int, act: Callable[[], None]) -> FailingSystem:
    def fault(
        count: int, _name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        if count == at:
            act()
        return real(*arguments, **named)

    return FailingSystem(fault)


def _act(neighbour: Callable[[Path], None], path: Path, done: list[bool]) -> Callable[[], None]:
    """Let a neighbour act; note whether the name held a file at that moment."""

    def act() -> None:
        is_there = path.exists()
        if is_there or neighbour in {save, append, shorten}:
            neighbour(path)
            done.append(is_there)

    return act


@pytest.mark.parametrize("make", PLACES)
@pytest.mark.parametrize("neighbour", [save, append, rewrite, shorten, link, remove])
def test_whatever_a_neighbour_writes_at_any_call_is_not_lost(
    make: Callable[[Path], Source], neighbour: Callable[[Path], None], tmp_path: Path
) -> None:
    """At every system call of an erasure: what they wrote is in the file that has the name, or an error says so."""
    at, seen = 0, 0
    while True:
        at += 1
        folder = tmp_path / f"{at}"
        folder.mkdir()
        source = make(folder)
        done: list[bool] = []
        system = _interfering(at, _act(neighbour, source.path, done))
        error: SourceChanged | SourceRemains | None = None
        with pytest.MonkeyPatch.context() as patch:
            stand_in(system, patch.setattr)
            try:
                erasure = source.erase()
            except (SourceChanged, SourceRemains) as raised:
                error = raised
        if len(system.calls) < at:
            break
        call = system.calls[at - 1]
        if not done or (neighbour, call) in UNSEEN:
            continue
        seen += 1
        now = source.now()
        where = (at, system.calls[max(0, at - 4) : at + 1], error)
        if neighbour in {save, append, rewrite, shorten}:
            assert now is not None, where
            assert THEIRS in now, where
            if done == [True]:
                left = "Another file has its name now, and was left."
                assert error is not None or left in erasure.out_of_reach, where
        elif neighbour is link:
            assert error is not None or source.notes.all()[0].facts["phase"] == "erased", where
            if error is not None:
                assert "other name" in error.message or "being written" in error.message, where
    assert seen > 20


def test_a_mode_that_changes_meanwhile_stops_nothing(tmp_path: Path) -> None:
    """What the file holds is looked at, not that it was touched: a scanner of viruses may set an attribute."""
    source = photo(tmp_path)
    system: FailingSystem

    def fault(
        _count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        if name == "pwrite":
            source.path.chmod(0o600 if source.path.stat().st_mode & 0o040 else 0o640)
        return real(*arguments, **named)

    system = FailingSystem(fault)
    with pytest.MonkeyPatch.context() as patch:
        stand_in(system, patch.setattr)
        source.erase()
    assert source.now() is None


def test_what_was_written_meanwhile_is_left_by_the_next_run_too(tmp_path: Path) -> None:
    """The note stays, and finds that the file is not the one that it speaks of."""
    source = photo(tmp_path)
    system: FailingSystem

    def fault(
        _count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        if name == "fsync" and "pwrite" in system.calls and source.path.stat().st_size == len(source.data):
            append(source.path)
        return real(*arguments, **named)

    system = FailingSystem(fault)
    with pytest.MonkeyPatch.context() as patch:
        stand_in(system, patch.setattr)
        with pytest.raises(SourceRemains, match="another program wrote"):
            source.erase()
    with pytest.raises(SourceChanged, match="another length"):
        source.finish()
    now = source.now()
    assert now is not None
    assert now.endswith(THEIRS)
