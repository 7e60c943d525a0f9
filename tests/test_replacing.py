"""A file that is replaced in place: whoever else saves it at that moment loses nothing."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imgfile import files, renaming, replacing
from imgfile.errors import NotWritable, SourceChanged
from imgfile.replacing import Original
from imgfile.staging import Staging
from kit.vault.erasure import FailingSystem, stand_in

OLD, NEW, THEIRS = b"old" * 3_000, b"new" * 2_000, b"theirs" * 2_000


def read(path: Path) -> Original:
    """Read a file as strip does."""
    with files.opened_source(path) as descriptor:
        return Original.of(descriptor, path, files.read_unchanged(descriptor, path, limit=1 << 20))


def replaced(path: Path, original: Original | None = None) -> NotWritable | SourceChanged | None:
    """Replace a file, and return why it was not."""
    original = original or read(path)
    with Staging("strip") as under_way:
        under_way.add(path, NEW, original)
        (outcome,) = under_way.publish()
    return outcome


@pytest.fixture(autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the notes about temporary names outside of the folder that a test looks at."""
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Give a file to replace."""
    path = tmp_path / "rash.jpg"
    path.write_bytes(OLD)
    return path


def test_owner_mode_and_times_stay(photo: Path) -> None:
    """And nothing else is left in the folder."""
    photo.chmod(0o640)
    os.utime(photo, ns=(1_000_000_007, 2_000_000_009))
    shutil.chown(photo, 12, 34)
    assert replaced(photo) is None
    facts = photo.stat()
    assert photo.read_bytes() == NEW
    assert (facts.st_uid, facts.st_gid, stat.S_IMODE(facts.st_mode)) == (12, 34, 0o640)
    assert facts.st_mtime_ns == 2_000_000_009
    assert list(photo.parent.iterdir()) == [photo]


def test_a_file_whose_owner_cannot_be_kept_stays(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replaced file must not become somebody else's."""
    shutil.chown(photo, 12, 34)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    assert isinstance(replaced(photo), NotWritable)
    assert photo.read_bytes() == OLD
    assert list(photo.parent.iterdir()) == [photo]


def test_a_file_with_two_names_is_refused(photo: Path) -> None:
    """The other would keep what this one is rid of."""
    os.link(photo, photo.with_name("other.jpg"))
    with pytest.raises(NotWritable, match="2 names"):
        read(photo)


def save(path: Path) -> None:
    """Save as careful programs do: written aside, renamed."""
    aside = path.with_name("aside")
    aside.write_bytes(THEIRS)
    aside.rename(path)


def append(path: Path) -> None:
    """Write at the end."""
    with path.open("ab") as file:
        file.write(b"more")


def rewrite(path: Path) -> None:
    """Write over it in place, as long as it was, with its old times."""
    before = path.stat()
    with path.open("r+b") as file:
        file.write(THEIRS[:100])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def link(path: Path) -> None:
    """Give it a second name."""
    os.link(path, path.with_name("other.jpg"))


def remove(path: Path) -> None:
    """Delete it."""
    path.unlink()


NEIGHBOURS = [save, append, rewrite, link, remove]


def interfere(at: int, act: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let a neighbour act just before the call of this number; return the list that the calls are noted in."""
    calls: list[str] = []
    exchange = renaming.exchange

    def before(name: str) -> None:
        calls.append(name)
        if len(calls) == at:
            act()

    def fault(
        _count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        before(name)
        return real(*arguments, **named)

    def exchanged(one: Path, other: Path) -> bool:
        before("exchange")
        return exchange(one, other)

    stand_in(FailingSystem(fault), monkeypatch.setattr)
    monkeypatch.setattr(renaming, "exchange", exchanged)
    return calls


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_whatever_a_neighbour_does_at_any_call_is_not_lost(
    tmp_path: Path, neighbour: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every system call from the writing aside to the last: theirs is there, or ours where theirs came after it."""
    at, is_over = 0, False
    while not is_over:
        at += 1
        folder = tmp_path / f"{at}"
        folder.mkdir()
        photo = folder / "rash.jpg"
        photo.write_bytes(OLD)
        seen: list[bytes | None] = []

        def act(photo: Path = photo, seen: list[bytes | None] = seen) -> None:
            before = photo.read_bytes()
            neighbour(photo)
            seen.extend([before, photo.read_bytes() if photo.exists() else None])

        original = read(photo)
        with monkeypatch.context() as patch:
            calls = interfere(at, act, patch)
            try:
                outcome: object = replaced(photo, original)
            except (NotWritable, SourceChanged) as error:
                outcome = error
            is_over = len(calls) < at
        if is_over:
            assert at > 15
            assert photo.read_bytes() == NEW
            break
        before, after = seen
        now = photo.read_bytes() if photo.exists() else None
        if neighbour is link:
            assert (folder / "other.jpg").read_bytes() == now
            assert outcome is None or now == OLD
        elif before == NEW or after != before:
            assert now == after, (at, calls[-3:], outcome)
        left = {path.name for path in folder.iterdir()}
        assert left <= {"rash.jpg", "other.jpg"}, (at, calls[-3:])


def test_a_neighbour_who_does_not_stop_loses_nothing_either(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was taken out of its place by then is named, and lies there."""
    count = 0
    exchange = renaming.exchange

    def exchanged(one: Path, other: Path) -> bool:
        nonlocal count
        count += 1
        aside = photo.with_name("aside")
        aside.write_bytes(b"state %d" % count)
        aside.rename(photo)
        return exchange(one, other)

    monkeypatch.setattr(renaming, "exchange", exchanged)
    outcome = replaced(photo)
    assert isinstance(outcome, SourceChanged)
    assert "again and again" in outcome.message
    states = {path.read_bytes() for path in photo.parent.iterdir()}
    assert b"state %d" % count in states
    assert NEW not in states or len(states) > 1


def test_where_names_cannot_be_exchanged_the_old_file_is_compared_first(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its times as well, for nothing can be looked at afterwards."""
    monkeypatch.setattr(renaming, "exchange", lambda *_: False)
    assert replaced(photo) is None
    assert photo.read_bytes() == NEW
    original = read(photo)
    rewrite(photo)
    photo.with_name("aside").write_bytes(NEW)
    with pytest.raises(SourceChanged):
        replacing.replace_original(photo.with_name("aside"), photo, original)
    assert photo.read_bytes().startswith(b"theirs")
