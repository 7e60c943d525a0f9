"""What the run after a dead one says: what the dead one would have told, or why it cannot be finished."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from erasing import FailingSystem, failing_at
from imgfile import files, station
from imgfile.cli import main
from imgfile.errors import Busy, Damaged, NotWritable, SourceUnavailable
from promises.world import UNATTENDED, World, flags


def _first(world: World, phase: str, name: str) -> int:
    """Count up to the first call of a kind in a phase of a healthy run."""
    world.reset()
    calls = world.ingest().calls
    return next(number for number, call in enumerate(calls, 1) if (call.phase, call.name) == (phase, name))


def _run_again(world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run the same command here."""
    monkeypatch.setenv("HOME", str(world.home))
    status = main(["ingest", str(world.source), *UNATTENDED, *flags()])
    return status, "".join(capfd.readouterr())


def _interrupt(world: World, phase: str, name: str) -> None:
    number = _first(world, phase, name)
    world.reset()
    assert world.ingest(die=number).status < 0
    assert world.pending() == 1


def test_a_source_that_this_run_finished_erasing_is_told_as_filed(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit 0: the record is proven again, and named."""
    _interrupt(world, "overwrite", "pwrite")
    status, said = _run_again(world, monkeypatch, capfd)
    assert status == 0, said
    assert "Finished an interrupted erasure (E3)." in said
    assert world.is_mailbox or "proven again" in said
    assert not [*world.unfinished()]


def test_a_damaged_record_of_an_erasure_that_this_run_finished_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit 16 where the source is gone by now, and its record is not what was filed."""
    _interrupt(world, "overwrite", "pwrite")
    (image,) = world.folder.glob("vault/patients/*/*/image.age")
    image.write_bytes(image.read_bytes()[:-1])
    status, said = _run_again(world, monkeypatch, capfd)
    assert world.is_mailbox or status == Damaged.exit_code, said
    assert world.is_erased()


def test_a_record_taken_away_meanwhile_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The same for a record that is not there at all."""
    _interrupt(world, "overwrite", "pwrite")
    (manifest,) = world.folder.glob("vault/patients/*/*/manifest.note")
    manifest.unlink()
    status, said = _run_again(world, monkeypatch, capfd)
    assert world.is_mailbox or status == Damaged.exit_code, said


def test_another_source_is_not_taken_for_the_finished_one(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever this run finished: a path that nobody filed from does not exist."""
    _interrupt(world, "overwrite", "pwrite")
    monkeypatch.setenv("HOME", str(world.home))
    assert main(["ingest", f"{world.source}.other", *UNATTENDED, *flags()]) == SourceUnavailable.exit_code
    assert "does not exist" in capfd.readouterr().err


def test_a_trail_that_cannot_take_the_evidence_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit 19: filed, erased, and the note stays for the next run."""
    number = _first(world, "note-drop", "link")
    world.reset()
    with monkeypatch.context() as patch:
        patch.setattr(files, "os", FailingSystem(failing_at(number, errno.ENOSPC)))
        status, said = _run_again(world, monkeypatch, capfd)
    assert status == NotWritable.exit_code, said
    assert "the source is erased" in said
    assert world.is_erased()
    assert world.pending() == 1
    assert _run_again(world, monkeypatch, capfd)[0] == 0
    assert not [*world.unfinished()]


def test_half_a_note_is_cleared_away(world: World) -> None:
    """A note that a dead run was still writing may name a path, and means nothing."""
    _interrupt(world, "overwrite", "pwrite")
    vault = world.vault()
    half = vault.station.folder / "pending" / ".imgfile-0123"
    half.write_bytes(b"/home/jane doe.jpg")
    assert len(vault.station.pending()) == 1
    assert not half.exists()


def test_a_lock_that_cannot_be_made_is_told(world: World) -> None:
    """A folder in its place: `NotWritable`, not a mistake of ours."""
    here = world.vault().station
    (here.folder / "lock").unlink(missing_ok=True)
    (here.folder / "lock").mkdir()
    with pytest.raises((NotWritable, Busy)), here.locked():
        pass


def test_a_state_that_cannot_be_listed_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails under the state is damage of the state, not a mistake of ours."""

    def fail(_: Path, __: str) -> None:
        raise OSError(errno.EIO, "Input/output error")

    assert len(station.known_vaults()) == 1
    monkeypatch.setattr(type(world.folder), "glob", fail)
    with pytest.raises(Damaged):
        station.known_vaults()
