"""A torn erasure is finished from its note, or refused when the file is not ours any more."""

from __future__ import annotations

import dataclasses
import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imgfile.clinical.proofs import Evidence
from imgfile.erase import sectors
from imgfile.erase.note import PendingErasure, PendingFacts, Phase
from imgfile.erase.resume import resume
from imgfile.errors import Error, SourceChanged, SourceRemains
from kit.vault.erasure import FailingSystem, Source, mailbox, photo, refusing, scattered, stand_in

PLACES: tuple[Callable[[Path], Source], ...] = (photo, mailbox, scattered)


def _replace(path: Path) -> None:
    data = path.read_bytes()
    path.rename(path.with_name("moved"))
    path.write_bytes(data)


class Stopped(BaseException):
    """A death that a test survives."""


def _torn(make: Callable[[Path], Source], folder: Path, call: str) -> Source:
    """Begin an erasure and stop it right before the first such call that follows the note."""
    source = make(folder)

    def fault(_count, name, real, arguments, named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if name == call and (call != "pwrite" or source.notes.all()) and _phase(source) in {"noted", "overwritten"}:
            raise Stopped
        return real(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        with pytest.raises(Stopped):
            source.erase()
    return source


def _phase(source: Source) -> object:
    notes = source.notes.all()
    return notes[0].facts["phase"] if notes else None


def _expect_changed(error: Error, source: Source, how: str) -> None:
    """Check the words of a refusal that no later run can do anything about."""
    assert error.message == (
        f"the erasure of {source.path} was interrupted, and cannot be finished: it {how}. It was left as it is."
    )
    assert error.hint == "The photo is filed. Find what is left of its source and delete it by hand."


@pytest.mark.parametrize("make", PLACES)
def test_an_erasure_stopped_before_the_overwrite_is_finished(make: Callable[[Path], Source], tmp_path: Path) -> None:
    """Every sector is old: all of them are overwritten."""
    source = _torn(make, tmp_path, "pwrite")
    assert source.now() == source.data
    [erasure] = source.finish()
    assert source.now() == source.erased
    assert erasure.evidence > Evidence.E0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    make=st.sampled_from(PLACES),
    new=st.sets(st.integers(0, 520)),
    foreign=st.none() | st.integers(0, 520),
)
def test_any_mixture_of_old_and_new_sectors_is_finished_and_a_foreign_one_refused(
    tmp_path_factory: pytest.TempPathFactory, make: Callable[[Path], Source], new: set[int], foreign: int | None
) -> None:
    """Sectors reach a device in any order; one that is neither old nor new means that the file is not ours."""
    folder = tmp_path_factory.mktemp("torn")
    source = _torn(make, folder, "pwrite")
    target = PendingErasure.from_facts(source.notes.all()[0].facts).target
    fresh = bytearray(source.data)
    for start, step in (piece for run in target.runs for piece in sectors.pieces(*run)):
        fresh[start : start + step] = target.fresh(start, step)
    data = bytearray(source.data)
    cuts = [
        slice(max(first, start), min(first + length, start + 512))
        for first, length in target.runs
        for start in range(first // 512 * 512, first + length, 512)
    ]
    for cut in (cuts[number] for number in new if number < len(cuts)):
        data[cut] = fresh[cut]
    is_foreign = foreign is not None and foreign < len(cuts)
    if foreign is not None and is_foreign:
        data[cuts[foreign].start] ^= 1
    with source.path.open("r+b") as stream:
        stream.write(data)
    if is_foreign:
        with pytest.raises(SourceChanged) as caught:
            source.finish()
        _expect_changed(caught.value, source, "has other content now")
        assert source.now() == bytes(data)
    else:
        source.finish()
        assert source.now() == source.erased


@pytest.mark.parametrize("call", ["ftruncate", "rename", "unlink"])
def test_an_erasure_stopped_after_the_overwrite_is_finished(tmp_path: Path, call: str) -> None:
    """Overwritten, emptied or renamed: the rest follows, and the evidence is what was noted."""
    source = _torn(photo, tmp_path, call)
    noted = source.notes.all()[0].facts["evidence"]
    assert _phase(source) == Phase.OVERWRITTEN
    [erasure] = source.finish()
    assert erasure.evidence == noted
    assert sorted(tmp_path.iterdir()) == [tmp_path / "notes"]


def test_an_erasure_stopped_after_the_unlink_is_finished(tmp_path: Path) -> None:
    """Neither name is there: it was erased, with the evidence that was noted."""
    source = _torn(photo, tmp_path, "unlink")
    next(tmp_path.glob(".imgfile-*")).unlink()
    noted = source.notes.all()[0].facts["evidence"]
    [erasure] = source.finish()
    assert erasure.evidence == noted


def test_an_erased_source_only_waits_for_its_evidence(tmp_path: Path) -> None:
    """Whatever has the name by now is not looked at."""
    source = photo(tmp_path)
    first = source.erase()
    source.path.write_bytes(b"a stranger")
    [second] = source.finish()
    assert second == first
    assert source.now() == b"a stranger"


@pytest.mark.parametrize("make", PLACES)
@pytest.mark.parametrize(
    ("change", "how"),
    [
        (lambda path: path.unlink(), "was moved or deleted"),
        (_replace, "another file"),
        (lambda path: path.write_bytes(path.read_bytes() + b"From new mail\n"), "another length"),
        (lambda path: (path.rename(path.with_name("mine")), path.symlink_to("mine")), "symbolic link"),
        (lambda path: path.with_name("twin").hardlink_to(path), "one other name"),
    ],
)
def test_a_file_that_is_not_ours_any_more_is_left_alone(
    make: Callable[[Path], Source], tmp_path: Path, change: Callable[[Path], object], how: str
) -> None:
    """Compacted, replaced, grown or moved meanwhile: nothing is touched, and it is said."""
    source = _torn(make, tmp_path, "pwrite")
    change(source.path)
    now = source.now()
    lasts = how not in {"symbolic link", "one other name"}  # what the person can mend, a later run can finish
    with pytest.raises(SourceChanged if lasts else SourceRemains, match=how) as caught:
        source.finish()
    if lasts:
        how = how.replace("another file", "is another file now").replace("another length", "has another length now")
        _expect_changed(caught.value, source, how)
    assert source.now() == now
    assert source.notes.all()


def test_a_drive_that_is_not_connected_is_waited_for(tmp_path: Path) -> None:
    """No folder, no judgement: the note is kept for the run that finds the drive."""
    (tmp_path / "drive").mkdir()
    source = _torn(photo, tmp_path / "drive", "pwrite")
    [note] = source.notes.all()
    facts = note.facts
    (tmp_path / "drive").rename(tmp_path / "elsewhere")
    with pytest.raises(SourceRemains) as caught:
        resume(facts, proven=source.proven, pending=note)
    assert caught.value.message == (f"the erasure of {source.path} was interrupted, and its folder is not there.")
    assert caught.value.hint == "Connect its drive."
    (tmp_path / "elsewhere").rename(tmp_path / "drive")
    [erasure] = source.finish()
    assert erasure.evidence > Evidence.E0


def test_a_mailbox_that_changed_beside_the_region_is_left_alone(tmp_path: Path) -> None:
    """The region may be intact by chance; the guards say that the mailbox is not."""
    source = _torn(mailbox, tmp_path, "pwrite")
    with source.path.open("r+b") as stream:
        stream.seek(source.region.stop + 4095)
        stream.write(b"!")
    now = source.now()
    with pytest.raises(SourceChanged) as caught:
        source.finish()
    _expect_changed(caught.value, source, "has changed around the photo")
    assert source.now() == now


@pytest.mark.parametrize("content", [b"a stranger", b""])
def test_a_stranger_with_a_used_inode_number_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """After the unlink the number may be used again, even for an empty file: its generation is another."""
    source = _torn(photo, tmp_path, "unlink")
    next(tmp_path.glob(".imgfile-*")).unlink()
    source.path.write_bytes(content)
    note = source.notes.all()[0]
    erasure = PendingErasure.from_facts(note.facts)
    used_again = dataclasses.replace(erasure.mark, inode=source.path.stat().st_ino)
    note.update(dataclasses.replace(erasure, mark=dataclasses.replace(used_again, generation=7)).to_facts())
    [finished] = source.finish()
    assert source.now() == content
    assert any("Another file has its name" in said for said in finished.out_of_reach)


def test_an_overwritten_file_that_someone_wrote_to_is_left_alone(tmp_path: Path) -> None:
    """What is in it now is not the photo, and not ours."""
    for change in (b"longer" * 999_999, b"x" * len(photo(tmp_path).data)):
        source = _torn(photo, tmp_path, "ftruncate")
        with source.path.open("r+b") as stream:
            stream.write(change)
        with pytest.raises(SourceChanged) as caught:
            source.finish()
        _expect_changed(caught.value, source, "was overwritten, and has other content now")
        assert source.now() == change
        source.notes.all()[0].drop()


def test_a_stranger_under_the_chosen_name_gets_its_name_back(tmp_path: Path) -> None:
    """A run that died while putting it back is finished by the next."""
    source = _torn(photo, tmp_path, "unlink")
    [hidden] = tmp_path.glob(".imgfile-*")
    hidden.unlink()
    hidden.write_bytes(b"a stranger")
    source.finish()
    assert source.now() == b"a stranger"


def test_a_stranger_that_was_half_put_back_keeps_one_name(tmp_path: Path) -> None:
    """Died between linking it to its name and unlinking the chosen one."""
    source = _torn(photo, tmp_path, "unlink")
    [hidden] = tmp_path.glob(".imgfile-*")
    hidden.unlink()
    source.path.write_bytes(b"a stranger")
    hidden.hardlink_to(source.path)
    source.finish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes", "photo.jpg"]
    assert source.now() == b"a stranger"


def test_a_note_that_cannot_be_updated_at_the_end_does_not_undo_the_end(tmp_path: Path) -> None:
    """The file is gone; from the older phase the next run comes to the same end."""
    source = _torn(photo, tmp_path, "ftruncate")
    note = source.notes.all()[0]
    facts = note.facts
    note.path = tmp_path / "absent" / "note"
    erasure = resume(facts, proven=source.proven, pending=note)
    assert source.now() is None
    assert source.finish() == [erasure]


def test_another_device_number_is_the_same_file_where_the_file_system_is_the_same(tmp_path: Path) -> None:
    """A reboot may number the disks anew; without a file system's id, that is another file."""
    source = _torn(photo, tmp_path, "pwrite")
    [note] = source.notes.all()
    mark = PendingErasure.from_facts(note.facts).mark
    if not mark.filesystem:
        pytest.skip("this file system has no id")
    moved: PendingFacts = {**note.facts, "mark": [mark.device + 1, 0, mark.inode, mark.generation]}
    with pytest.raises(SourceChanged, match="another file"):
        resume(moved, proven=source.proven, pending=note)
    resume(
        {**moved, "mark": [mark.device + 1, mark.filesystem, mark.inode, mark.generation]},
        proven=source.proven,
        pending=note,
    )
    assert source.now() is None


def test_a_resumed_erasure_writes_every_sector_again(tmp_path: Path) -> None:
    """After a failed sync, memory may hold what the device does not: reading it proves nothing."""
    written: list[int] = []

    def fault(_count, name, real, arguments, named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        result = real(*arguments, **named)
        if name == "pwrite":
            written.append(result)
        return result

    source = _torn(photo, tmp_path, "pwrite")
    [note] = source.notes.all()
    target = PendingErasure.from_facts(note.facts).target
    source.path.write_bytes(target.fresh(0, len(source.data)))
    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        resume(note.facts, proven=source.proven, pending=note)
    assert sum(written) == len(source.data)


def test_a_renamed_file_is_emptied_where_it_is_although_a_stranger_has_its_name(tmp_path: Path) -> None:
    """Both names are looked at: one may be somebody's, and the other ours."""
    source = _torn(photo, tmp_path, "ftruncate")
    hidden = PendingErasure.from_facts(source.notes.all()[0].facts).hidden
    source.path.rename(hidden)
    source.path.write_bytes(b"a stranger")
    [erasure] = source.finish()
    assert source.now() == b"a stranger"
    assert not hidden.exists()
    assert "Another file has its name now, and was left." in erasure.out_of_reach


def test_a_disk_that_fails_while_it_is_finished_is_explained(tmp_path: Path) -> None:
    """The note is kept, and the same command tries again."""
    source = _torn(photo, tmp_path, "pwrite")
    with pytest.MonkeyPatch.context() as patch:
        stand_in(refusing("pwrite", errno.EIO), patch.setattr)
        note = source.notes.all()[0]
        with pytest.raises(SourceRemains) as caught:
            resume(note.facts, proven=source.proven, pending=note)
    assert caught.value.message == (
        f"filed, but the erasure of {source.path} could not be finished: Input/output error."
    )
    assert source.finish()
