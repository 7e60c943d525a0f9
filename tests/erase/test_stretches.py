"""A file too long to be noted at once goes in stretches: what is before one is new, what is after it is old."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile import files
from imgfile.clinical.proofs import Evidence
from imgfile.erase import note
from imgfile.erase.note import PendingErasure
from imgfile.erase.whole_file import erase_export
from imgfile.errors import SourceChanged, SourceRemains
from kit.vault.erasure import FailingSystem, Source, clearance, export, identity, marked, stand_in

LENGTH = 3
"""How many stretches the export has, the last one short."""


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a stretch be a mebibyte."""
    monkeypatch.setattr(note, "MOST_BYTES", files.CHUNK_BYTES)


class Stopped(BaseException):
    """A death that a test survives."""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Give an export of three stretches."""
    made = export(tmp_path)
    return Source(made.path, made.notes, marked(2 * files.CHUNK_BYTES // 4096 + 9), is_export=True)


def during(source: Source, number: int, action: Callable[[], None]) -> None:
    """Erase; do something right before the n-th overwrite."""
    seen = 0

    def fault(_count, name, real, arguments, named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        nonlocal seen
        if name == "pwrite" and source.notes.all():
            seen += 1
            if seen == number:
                action()
        return real(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        stand_in(FailingSystem(fault), patch.setattr)
        source.erase()


def stop() -> None:
    """Die."""
    raise Stopped


def spoil(source: Source, offset: int) -> Callable[[], None]:
    """Let another program change a byte."""

    def change() -> None:
        with source.path.open("r+b") as stream:
            stream.seek(offset)
            stream.write(b"!")

    return change


def noted(source: Source) -> PendingErasure:
    """Read the only note."""
    (left,) = source.notes.all()
    return PendingErasure.from_facts(left.facts)


def test_a_whole_export_goes_and_is_proven_as_any_file(source: Source) -> None:
    """Nothing is left of it, nor of the note once it is dropped."""
    erasure = source.erase()
    assert source.now() is None
    assert erasure.evidence > Evidence.E0


@pytest.mark.parametrize("number", range(1, LENGTH + 1))
def test_the_note_never_holds_more_than_one_stretch_and_any_death_is_finished(source: Source, number: int) -> None:
    """What is done is new on the device before the next stretch is noted."""
    with pytest.raises(Stopped):
        during(source, number, stop)
    target = noted(source).target
    assert target.runs[0][0] == (number - 1) * files.CHUNK_BYTES
    done = source.path.read_bytes()[: target.runs[0][0]]
    assert not any(done[at : at + 64] == source.data[at : at + 64] for at in range(0, len(done), 4096))
    [erasure] = source.finish()
    assert source.now() is None
    assert erasure.evidence > Evidence.E0


@pytest.mark.parametrize("offset", [7, files.CHUNK_BYTES + 7, 2 * files.CHUNK_BYTES + 7])
def test_a_torn_export_that_somebody_wrote_to_is_left_alone(source: Source, offset: int) -> None:
    """In what is done, in what is under way, and in what comes: it is somebody's by now."""
    with pytest.raises(Stopped):
        during(source, 2, stop)
    spoil(source, offset)()
    before = source.now()
    with pytest.raises(SourceChanged):
        source.finish()
    assert source.now() == before


def test_what_is_written_into_a_later_stretch_meanwhile_stops_it(source: Source) -> None:
    """The next stretch is not the one that was walked: it stays, and that is said."""
    with pytest.raises(SourceRemains, match="another program wrote"):
        during(source, 1, spoil(source, files.CHUNK_BYTES + 7))
    after = source.now()
    assert after is not None
    assert after[files.CHUNK_BYTES + 8 :] == source.data[files.CHUNK_BYTES + 8 :]


def test_an_export_that_is_not_the_one_that_was_walked_is_not_touched(source: Source) -> None:
    """A message that came in between was in nobody's list."""
    spoil(source, 2 * files.CHUNK_BYTES + 7)()
    before = source.now()
    with pytest.raises(SourceChanged):
        erase_export(clearance(source.data), source.path, identity(source.path), pending=source.notes)
    assert source.now() == before
    assert not source.notes.all()


def test_a_note_whose_stretches_do_not_fit_the_file_is_refused(source: Source) -> None:
    """Nothing is overwritten on its word."""
    with pytest.raises(Stopped):
        during(source, 1, stop)
    whole = noted(source)
    assert isinstance(whole.target, note.WholeFile)
    for target in (
        dataclasses.replace(whole.target, rest=whole.target.rest[8:]),
        dataclasses.replace(whole.target, length=whole.size + 1),
    ):
        with pytest.raises(ValueError, match=r"^$"):
            dataclasses.replace(whole, target=target)
