"""What `erase_file` touches, and above all what it leaves alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imgfile.clinical.proofs import Evidence
from imgfile.erase import preconditions
from imgfile.erase.note import Phase
from imgfile.erase.whole_file import erase_file
from imgfile.errors import SourceChanged, SourceRemains
from kit.vault.erasure import FailingSystem, Notes, Source, identity, marked, photo, release, stand_in


@pytest.fixture
def nobody(tmp_path: Path) -> Iterator[None]:
    """Act as an ordinary user, to whom permissions apply."""
    if os.geteuid():  # type: ignore[attr-defined,unused-ignore]
        yield
        return
    for folder in (tmp_path, *tmp_path.parents):
        if folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(0o755)
    os.chown(tmp_path, 65534, 65534)  # type: ignore[attr-defined,unused-ignore]
    os.seteuid(65534)  # type: ignore[attr-defined,unused-ignore]
    yield
    os.seteuid(0)  # type: ignore[attr-defined,unused-ignore]


def test_an_erased_file_is_gone_and_the_note_says_so(tmp_path: Path) -> None:
    """The path and the chosen name are both empty; the note waits for the audit entry."""
    source = photo(tmp_path)
    erasure = source.erase()
    assert source.now() is None
    assert sorted(tmp_path.iterdir()) == [tmp_path / "notes"]
    [note] = source.notes.all()
    assert note.facts["phase"] == Phase.ERASED
    assert note.facts["evidence"] == erasure.evidence
    assert note.facts["sectors"] == ""
    assert erasure.evidence > Evidence.E0
    assert erasure.out_of_reach
    assert erasure.leftovers == ()


def test_a_relative_path_is_noted_as_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later run may start in another folder."""
    source = photo(tmp_path)
    monkeypatch.chdir(tmp_path)
    erase_file(release(source.data), Path("photo.jpg"), source.identity, pending=source.notes)
    assert source.notes.all()[0].facts["path"] == str(source.path)


def test_no_bytes_of_the_photo_are_in_the_note(tmp_path: Path) -> None:
    """Neither plainly nor by chance in base64."""
    source = photo(tmp_path)
    noted: list[bytes] = []
    real = Notes.write

    def write(self: Notes, facts: dict[str, object]) -> object:
        note = real(self, facts)  # type: ignore[arg-type]
        noted.append(note.path.read_bytes())
        return note

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Notes, "write", write)
        source.erase()
    [note] = noted
    assert b"imgfile-marked" not in note
    assert len(note) < len(source.data) // 30


@pytest.mark.parametrize(
    ("change", "how"),
    [
        (lambda path: path.unlink(), "is gone"),
        (lambda path: path.write_bytes(b"x" * path.stat().st_size), "other content"),
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), "another length"),
        (lambda path: (path.rename(path.with_name("mine")), path.write_bytes(marked())), "another file"),
        (lambda path: (path.rename(path.with_name("mine")), path.symlink_to("mine")), "another file"),
        (lambda path: os.mkfifo(path.rename(path.with_name("mine")).with_name("photo.jpg")), "another file"),  # type: ignore[attr-defined,unused-ignore]
        (lambda path: path.rename(path.with_name("mine")).with_name("photo.jpg").mkdir(), "another file"),
    ],
)
def test_a_source_that_changed_since_ingest_is_left_alone(
    tmp_path: Path, change: Callable[[Path], object], how: str
) -> None:
    """Same path, but not the file that was filed: nothing is noted and nothing is touched."""
    source = photo(tmp_path)
    change(source.path)
    before = _everything(tmp_path)
    with pytest.raises(SourceChanged, match=how):
        source.erase()
    assert _everything(tmp_path) == before
    assert not source.notes.all()


def test_a_file_with_another_name_is_left_alone(tmp_path: Path) -> None:
    """A hard link would keep the photo, or lose what nobody named: the person decides (E0)."""
    source = photo(tmp_path)
    (tmp_path / "twin").hardlink_to(source.path)
    with pytest.raises(SourceRemains, match="one other name"):
        source.erase()
    (tmp_path / "triplet").hardlink_to(source.path)
    with pytest.raises(SourceRemains, match="2 other names"):
        source.erase()
    assert source.now() == source.data
    assert not source.notes.all()


def test_a_read_only_file_is_left_alone(tmp_path: Path, nobody: None) -> None:  # noqa: ARG001 - changes the user
    """The hint says what to do; afterwards the same call succeeds."""
    source = photo(tmp_path)
    source.path.chmod(0o400)
    with pytest.raises(SourceRemains, match="permission denied") as raised:
        source.erase()
    assert "writable" in raised.value.hint
    assert source.now() == source.data
    source.path.chmod(0o600)
    source.erase()
    assert source.now() is None


def test_a_file_in_a_read_only_folder_is_left_alone(tmp_path: Path, nobody: None) -> None:  # noqa: ARG001 - as above
    """Its name could not be removed, so its bytes are not either."""
    source = photo(tmp_path)
    tmp_path.chmod(0o500)
    with pytest.raises(SourceRemains, match=r"the folder of .* is read-only"):
        source.erase()
    assert source.now() == source.data
    assert not source.notes.all()
    tmp_path.chmod(0o700)


def test_what_the_note_cannot_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file past the limit is left to the person."""
    source = photo(tmp_path)
    monkeypatch.setattr(preconditions, "MOST_FILE_BYTES", len(source.data) - 1)
    with pytest.raises(SourceRemains, match="more than can be noted"):
        source.erase()
    assert source.now() == source.data


def test_more_photos_than_the_note_can_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export of so many goes by hand: a note that names only some could not prove the others before it goes on."""
    source = photo(tmp_path)
    monkeypatch.setattr(preconditions, "MOST_RECORDS", 0)
    with pytest.raises(SourceRemains, match="holds 1 filed photos, more than can be noted"):
        source.erase()
    assert source.now() == source.data


def test_a_file_written_to_while_it_is_noted_is_left_alone(tmp_path: Path) -> None:
    """The last look before the first overwrite sees it; the note is dropped again."""
    source = photo(tmp_path)
    real = source.notes.write

    class Appending(Notes):
        def write(self, facts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as its parent
            note = real(facts)
            with source.path.open("ab") as stream:
                stream.write(b"more")
            return note

    with pytest.raises(SourceChanged, match="being written to"):
        erase_file(release(source.data), source.path, source.identity, pending=Appending(source.notes.folder))
    assert source.now() == source.data + b"more"
    assert not source.notes.all()


def _during(source: Source, call: str, act: Callable[[], object]) -> pytest.MonkeyPatch:
    """Let another program act right before the first such system call."""
    acted: list[str] = []

    def fault(_count, name, real, arguments, named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        # Until the note is there, the very same calls are made for reading it.
        if name == call and not acted and source.notes.all():
            acted.append(name)
            act()
        return real(*arguments, **named)

    patch = pytest.MonkeyPatch()
    stand_in(FailingSystem(fault), patch.setattr)
    return patch


def test_bytes_appended_while_overwriting_are_kept(tmp_path: Path) -> None:
    """The photo's bytes are gone, but another program's are not thrown away."""
    source = photo(tmp_path)

    def append() -> None:
        with source.path.open("ab") as stream:
            stream.write(b"a stranger's bytes")

    patch = _during(source, "pwrite", append)
    try:
        with pytest.raises(SourceRemains, match="another program wrote"):
            source.erase()
    finally:
        patch.undo()
    now = source.now()
    assert now is not None
    assert now.endswith(b"a stranger's bytes")
    assert b"imgfile-marked" not in now
    with pytest.raises(SourceChanged, match="another length"):
        source.finish()


@pytest.mark.parametrize("call", ["ftruncate", "rename"])
def test_a_stranger_that_takes_the_name_meanwhile_survives(tmp_path: Path, call: str) -> None:
    """Swapped at the last moment, it is left or put back under its name; the photo is erased all the same."""
    source = photo(tmp_path)

    def swap() -> None:
        source.path.rename(tmp_path / "moved")
        source.path.write_bytes(b"a stranger")

    patch = _during(source, call, swap)
    try:
        erasure = source.erase()
    finally:
        patch.undo()
    assert source.now() == b"a stranger"
    assert (tmp_path / "moved").read_bytes() == b""
    assert any("Another file has its name" in said for said in erasure.out_of_reach)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["moved", "notes", "photo.jpg"]


def test_a_folder_that_takes_the_name_meanwhile_survives(tmp_path: Path) -> None:
    """What cannot have hard links is put back by looking first."""
    source = photo(tmp_path)
    patch = _during(source, "rename", lambda: source.path.replace(tmp_path / "moved").with_name("photo.jpg").mkdir())
    try:
        source.erase()
    finally:
        patch.undo()
    assert source.path.is_dir()


def test_a_file_with_a_name_that_is_no_text_is_erased(tmp_path: Path) -> None:
    """Newlines, escapes and broken UTF-8 are only bytes."""
    notes = Notes(tmp_path / "notes")
    notes.folder.mkdir()
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/-rash \n\x1b[1m\xff.jpg"))
    path.write_bytes(b"x")
    erase_file(release(b"x"), path, identity(path), pending=notes)
    assert not path.exists()


def _everything(folder: Path) -> dict[str, object]:
    return {
        path.name: (path.lstat().st_ino, path.read_bytes() if path.is_file() else None) for path in folder.iterdir()
    }
