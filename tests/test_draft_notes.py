"""What a killed run leaves under a temporary name is known to the next as its own, and nothing else ever is."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile import draft_notes, files, renaming, replacing, staging
from imgfile.draft_notes import DraftNote, Standing
from imgfile.errors import NotWritable
from imgfile.replacing import Original
from imgfile.staging import Staging
from kit.vault.erasure import FailingSystem, dying_at, stand_in

assert sys.platform != "win32"

OLD, NEW = b"old photo " * 900, b"new photo " * 500
KILLED = -9


@pytest.fixture(autouse=True)
def notes(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a state of its own; return where its notes lie."""
    state = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("IMGFILE_STATE", str(state))
    return state / "drafts"


# --- death at every system call -----------------------------------------------------------------------------


def _unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert monkeypatch


def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "_UNNAMED", 0)


def _past_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "_UNNAMED", 0)
    monkeypatch.setattr(staging, "PAST_CACHE_BYTES", 1)


def _without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "_linked", lambda *_: False)


def _without_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "_UNNAMED", 0)
    monkeypatch.setattr(renaming, "exchange", lambda *_: False)


WAYS = (_unnamed, _named, _past_the_cache, _without_links, _without_exchange)


def stage(folder: Path, *, is_replaced: bool) -> None:
    """Write two copies, or replace two photos."""
    with Staging("strip") as under_way:
        for name in ("a.jpg", "b.jpg"):
            photo = folder / name
            original = None
            if is_replaced:
                with files.opened_source(photo) as descriptor:
                    original = Original.of(descriptor, photo, OLD)
            under_way.add(photo, NEW, original)
        assert under_way.publish() == [None, None]


def killed_at(number: int, folder: Path, *, is_replaced: bool) -> int:
    """Stage in a child that dies at one call of the seam; return its status."""
    child = os.fork()
    if not child:
        stand_in(FailingSystem(dying_at(number)))
        stage(folder, is_replaced=is_replaced)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def holds_nothing_or_is_whole_elsewhere(path: Path) -> bool:
    """Return whether nothing of a photo is in clear under this name alone."""
    facts = path.stat()
    return facts.st_size == 0 or any(
        other.samefile(path) and other.read_bytes() == NEW for other in path.parent.iterdir() if other != path
    )


@pytest.mark.slow
@pytest.mark.parametrize("is_replaced", [False, True], ids=["new", "in place"])
@pytest.mark.parametrize("way", WAYS)
def test_what_is_left_by_a_death_at_any_call_is_removed(
    way: Callable[[pytest.MonkeyPatch], None],
    tmp_path: Path,
    notes: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_replaced: bool,
) -> None:
    """The photo itself is there, old or new, and nothing else.

    Two moments leave a name that is never removed: a file that holds no byte yet is not known to be ours, and a copy
    that has got its own name and not lost the temporary one has two.
    """
    way(monkeypatch)
    monkeypatch.setattr(staging, "_named_together", lambda drafts: [staging._name(draft) for draft in drafts])
    at, status, littered = 0, KILLED, 0
    while status:
        at += 1
        folder = tmp_path / f"{at}"
        folder.mkdir()
        if is_replaced:
            for name in ("a.jpg", "b.jpg"):
                (folder / name).write_bytes(OLD)
        status = killed_at(at, folder, is_replaced=is_replaced)
        assert status in {0, KILLED}
        littered += any(files.is_leftover(name) for name in os.listdir(folder))  # noqa: PTH208 - names
        draft_notes.clean()
        photos = {path.name: path.read_bytes() for path in folder.iterdir() if not files.is_leftover(path.name)}
        whole = {OLD, NEW} if is_replaced else {NEW}
        assert set(photos.values()) <= whole, at
        assert set(photos) <= {"a.jpg", "b.jpg"}
        assert len(photos) == 2 or not is_replaced
        kept = [path for path in folder.iterdir() if files.is_leftover(path.name)]
        assert not kept or holds_nothing_or_is_whole_elsewhere(*kept), at
        shutil.rmtree(folder)
        draft_notes.clean()
        assert not notes.exists() or [*notes.iterdir()] == [] or status == KILLED
        shutil.rmtree(notes, ignore_errors=True)
    assert at > 8
    assert littered or (way is _unnamed and not is_replaced)


def test_what_needs_no_temporary_name_leaves_no_note(tmp_path: Path, notes: Path) -> None:
    """Nor is a state made for it."""
    staging.publish(tmp_path / "a.jpg", NEW, "export")
    assert not notes.exists()


@pytest.mark.parametrize("way", WAYS)
def test_a_run_that_ends_well_or_fails_leaves_no_note(
    way: Callable[[pytest.MonkeyPatch], None], tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that replaces, one that makes new files, one whose name is taken meanwhile."""
    way(monkeypatch)
    stage(tmp_path, is_replaced=False)
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(OLD)
    stage(tmp_path, is_replaced=True)
    with Staging("strip") as under_way:
        under_way.add(tmp_path / "c.jpg", NEW)
        (tmp_path / "c.jpg").write_bytes(b"theirs")
        assert under_way.publish() != [None]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jpg", "b.jpg", "c.jpg"]
    assert not notes.exists() or [*notes.iterdir()] == []


def test_a_file_that_cannot_be_noted_is_not_begun(tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The note comes first: a state that cannot be written stops it, and names no photo."""
    _named(monkeypatch)
    notes.parent.rmdir()
    notes.parent.write_bytes(b"no folder")
    with pytest.raises(NotWritable, match="drafts"):
        staging.publish(tmp_path / "a.jpg", NEW, "export")
    assert [*tmp_path.iterdir()] == []


# --- what is not ours -----------------------------------------------------------------------------------


@pytest.fixture
def left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leave a copy in clear, by a run that is killed while its second file is written."""
    _named(monkeypatch)
    child = os.fork()
    if not child:
        under_way = Staging("export")
        under_way.add(tmp_path / "a.jpg", NEW)
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    (path,) = tmp_path.iterdir()
    return path


def standing() -> list[Standing]:
    """Return how what is left stands."""
    return [each.standing for each in draft_notes.find_left()]


def test_the_very_file_is_removed_and_its_note_with_it(left: Path, notes: Path) -> None:
    """Looking first changes nothing."""
    assert left.read_bytes() == NEW
    assert standing() == [Standing.OURS]
    assert left.exists()
    (removed,) = draft_notes.clean()
    assert (removed.is_removed, removed.draft.maker, removed.draft.path) == (True, "export", left)
    assert not left.exists()
    assert [*notes.iterdir()] == []
    assert draft_notes.clean() == []


def _hard_link(left: Path) -> None:
    left.with_name("kept.jpg").hardlink_to(left)


def _replace(left: Path) -> None:
    """Put another file there, which may get the very same inode number."""
    left.unlink()
    left.write_bytes(b"theirs")


def _rename_onto(left: Path) -> None:
    other = left.with_name("other.jpg")
    other.write_bytes(NEW)
    other.rename(left)


def _link(left: Path) -> None:
    left.rename(left.with_name("moved.jpg"))
    left.symlink_to(left.with_name("moved.jpg"))


def _folder(left: Path) -> None:
    left.unlink()
    left.mkdir()


def _pipe(left: Path) -> None:
    left.unlink()
    os.mkfifo(left)


def _folder_is_a_link_to_another(left: Path) -> None:
    moved = left.parent.with_name("moved")
    left.parent.rename(moved)
    elsewhere = left.parent.with_name("elsewhere")
    elsewhere.mkdir()
    (elsewhere / left.name).write_bytes(NEW)
    left.parent.symlink_to(elsewhere)


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (_hard_link, Standing.NAMED_TWICE),
        (_replace, Standing.ANOTHER),
        (_rename_onto, Standing.ANOTHER),
        (_link, Standing.ANOTHER),
        (_folder, Standing.ANOTHER),
        (_pipe, Standing.ANOTHER),
        (_folder_is_a_link_to_another, Standing.ANOTHER),
    ],
)
def test_what_is_not_the_very_file_is_never_removed(
    left: Path, plant: Callable[[Path], None], expected: Standing
) -> None:
    """It is told, and stays, as often as one cleans."""
    plant(left)
    before = sorted(left.parent.iterdir())
    for _ in range(2):
        assert [(each.standing, each.is_removed) for each in draft_notes.clean()] == [(expected, False)]
    assert sorted(left.parent.iterdir()) == before


def test_a_look_alike_that_no_note_names_is_never_removed(left: Path) -> None:
    """Neither one of our names, nor of another length."""
    planted = [left.with_name(name) for name in (".imgfile-0123456789abcdef", ".imgfile-x", ".imgfile-")]
    for path in planted:
        path.write_bytes(NEW)
    draft_notes.clean()
    assert sorted(left.parent.iterdir()) == sorted(planted)


def test_a_name_that_is_taken_again_from_a_run_that_noted_no_file_stays(tmp_path: Path, notes: Path) -> None:
    """It died between the name and the file: whatever has the name now is not known to be its."""
    note, path = DraftNote("export"), tmp_path / ".imgfile-0123456789abcdef"
    note.expect(path)
    note._held.close()  # as its process would
    path.write_bytes(NEW)
    assert [(each.standing, each.is_removed) for each in draft_notes.clean()] == [(Standing.ANOTHER, False)]
    assert path.exists()
    path.unlink()
    assert draft_notes.clean() == []
    assert [*notes.iterdir()] == []


def test_a_run_that_is_alive_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its note is locked: nothing is found, and nothing removed."""
    _named(monkeypatch)
    with Staging("export") as under_way:
        under_way.add(tmp_path / "a.jpg", NEW)
        assert draft_notes.find_left() == []
        assert draft_notes.clean() == []
        assert under_way.publish() == [None]
    assert [path.name for path in tmp_path.iterdir()] == ["a.jpg"]


def test_what_lies_on_a_disk_that_is_away_is_kept_in_mind(left: Path) -> None:
    """Until it is there again."""
    away = left.parent.with_name("away")
    left.parent.rename(away)
    assert [each.standing for each in draft_notes.clean()] == [Standing.AWAY]
    away.rename(left.parent)
    assert [each.is_removed for each in draft_notes.clean()] == [True]


@pytest.mark.parametrize(
    "tampered",
    [
        b"",
        b"\n{",
        b"[]\n",
        b'{"name":"a.jpg"}\n',
        lambda facts: facts | {"name": "../photo.jpg"},
        lambda facts: facts | {"name": "photo.jpg"},
        lambda facts: facts | {"name": ".imgfile-0123456789abcdef/../photo.jpg"},
        lambda facts: facts | {"folder": "relative"},
        lambda facts: facts | {"mark": [1, 2]},
        lambda facts: facts | {"mark": [True, 0, -1, None]},
        lambda facts: facts | {"at": "yesterday"},
    ],
)
def test_a_note_that_says_no_such_thing_counts_for_nothing(
    left: Path, notes: Path, tampered: bytes | Callable[[dict[str, object]], dict[str, object]]
) -> None:
    """Torn, or changed by hand: nothing is removed on its word."""
    (note,) = notes.iterdir()
    if callable(tampered):
        facts = json.loads(note.read_bytes().splitlines()[-1])
        tampered = json.dumps(tampered(facts), sort_keys=True, separators=(",", ":")).encode() + b"\n"
    note.write_bytes(tampered)
    (left.parent / "photo.jpg").write_bytes(OLD)
    assert not any(each.is_removed for each in draft_notes.clean())
    assert left.exists()


# --- an original that was replaced --------------------------------------------------------------------------


@pytest.fixture
def replaced(tmp_path: Path) -> Path:
    """Let a run die after names changed places and before the original went; return where the original lies."""
    photo = tmp_path / "rash.jpg"
    photo.write_bytes(OLD)
    child = os.fork()
    if not child:
        with files.opened_source(photo) as descriptor:
            original = Original.of(descriptor, photo, OLD)
        replacing.Original.is_at = lambda *_: os.kill(os.getpid(), 9)  # type: ignore[method-assign,assignment]
        with Staging("strip") as under_way:
            under_way.add(photo, NEW, original)
            under_way.publish()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED
    assert photo.read_bytes() == NEW
    (path,) = (path for path in tmp_path.iterdir() if path != photo)
    assert path.read_bytes() == OLD
    return path


def test_the_original_that_a_replaced_photo_left_is_removed(replaced: Path) -> None:
    """Its stripped copy lies in its place."""
    assert [each.is_removed for each in draft_notes.clean()] == [True]
    assert [path.read_bytes() for path in replaced.parent.iterdir()] == [NEW]


def test_an_original_that_somebody_wrote_to_stays(replaced: Path) -> None:
    """Through a file that was open: it holds more than what was stripped."""
    with replaced.open("ab") as file:
        file.write(b"edited")
    assert [each.standing for each in draft_notes.clean()] == [Standing.ANOTHER]
    assert replaced.exists()


def test_an_original_whose_stripped_copy_is_gone_stays(replaced: Path) -> None:
    """It is the only one left; a copy of the new one is not the new one."""
    photo = replaced.with_name("rash.jpg")
    shutil.copy2(photo, replaced.with_name("copy.jpg"))
    photo.unlink()
    assert [each.standing for each in draft_notes.clean()] == [Standing.ANOTHER]
    assert replaced.exists()


# --- a folder that gets its name as a whole -----------------------------------------------------------------


CONTENTS = {"7f3k-q2ma.pdf": NEW, "7f3k-q2ma.jpg": OLD, "paste.txt": b"lines"}


def folder_killed_at(number: int, path: Path) -> int:
    """Make a folder of files in a child that dies at one call of the seam; return its status."""
    child = os.fork()
    if not child:
        stand_in(FailingSystem(dying_at(number)))
        staging.publish_folder(path, CONTENTS, "export")
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.slow
@pytest.mark.parametrize(
    "way",
    [_unnamed, pytest.param(_named, marks=pytest.mark.long), pytest.param(_without_links, marks=pytest.mark.long)],
)
def test_a_folder_is_there_whole_or_not_at_all_whenever_its_run_dies(
    way: Callable[[pytest.MonkeyPatch], None], tmp_path: Path, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left of one in clear is known to the next run, and goes; but for a file that holds no byte yet.

    Where there are no nameless files, or no links: pytest -m long tests/test_draft_notes.py
    """
    way(monkeypatch)
    at, status = 0, KILLED
    while status:
        at += 1
        here = tmp_path / f"{at}"
        here.mkdir()
        status = folder_killed_at(at, here / "pack")
        assert status in {0, KILLED}
        draft_notes.clean()
        for path in here.iterdir():
            if path.name == "pack":
                assert {each.name: each.read_bytes() for each in path.iterdir()} == CONTENTS, at
            else:
                assert files.is_leftover(path.name)
                assert [each.stat().st_size for each in path.iterdir()] in ([0], []), at
        shutil.rmtree(here)
        draft_notes.clean()
        shutil.rmtree(notes, ignore_errors=True)
    assert at > 12


def test_a_folder_whose_name_is_taken_leaves_nothing(tmp_path: Path, notes: Path) -> None:
    """By a file, or by a folder, be it empty; what has the name stays."""
    (tmp_path / "pack").mkdir()
    (tmp_path / "file").write_bytes(OLD)
    for name in ("pack", "file"):
        with pytest.raises(NotWritable):
            staging.publish_folder(tmp_path / name, CONTENTS, "export")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "pack"]
    assert list((tmp_path / "pack").iterdir()) == []
    assert not notes.exists() or not list(notes.iterdir())
