"""What the run after a dead one says: what the dead one would have reported, or why it cannot be finished."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from imgfile import station
from imgfile.cli import main
from imgfile.errors import Busy, Damaged, NotWritable, SourceInUse, SourceUnavailable
from imgfile.vault import layout
from kit.vault.erasure import FailingSystem, failing_at, stand_in
from promises.world import UNATTENDED, World, flags


def _first(world: World, phase: str, name: str) -> int:
    """Count up to the first call of a kind in a phase of a healthy run."""
    world.reset()
    calls = world.ingest().calls
    return next(number for number, call in enumerate(calls, 1) if (call.phase, call.name) == (phase, name))


def _run_again(world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run the same command here."""
    monkeypatch.setenv("HOME", str(world.home))
    status = main(world.command())
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
    reported = {"photo.jpg": "proven again", "Inbox": "nothing to file", "export.zip": "Erased all of export.zip"}
    assert reported[world.source.name] in said
    assert not [*world.unfinished()]


def _flip_the_image(world: World) -> None:
    """Let a disk change a byte of the photo."""
    (image,) = world.folder.glob("vault/patients/*/*/image.age")
    image.write_bytes(image.read_bytes()[:-1])


def _lose_the_record(world: World) -> None:
    """Put the vault back from an older backup."""
    (manifest,) = world.folder.glob("vault/patients/*/*/manifest.note")
    shutil.rmtree(manifest.parent)


def _lose_the_keys(world: World) -> None:
    """Put it back without its keys."""
    shutil.rmtree(world.folder / "vault" / layout.THING_KEYS)


LOSSES: Final = (_flip_the_image, _lose_the_record, _lose_the_keys)


@pytest.mark.parametrize("lose", LOSSES)
def test_an_erasure_is_not_finished_on_the_word_of_a_record_that_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], lose: Callable[[World], None]
) -> None:
    """R15 holds for what an earlier run began: not one more byte is overwritten. Once mended, it is finished."""
    _interrupt(world, "overwrite", "pwrite")
    torn, vault = world.source.read_bytes(), world.folder / "vault"
    shutil.copytree(vault, world.folder / "mended")
    lose(world)
    monkeypatch.setenv("HOME", str(world.home))
    assert main(["ingest", f"{world.source}.other", *UNATTENDED, *flags()]) == SourceUnavailable.exit_code
    assert "was interrupted, and is not finished" in capfd.readouterr().err
    assert world.source.read_bytes() == torn
    assert world.pending() == 1
    shutil.rmtree(vault)
    (world.folder / "mended").rename(vault)
    status, said = _run_again(world, monkeypatch, capfd)
    assert status == 0, said
    assert world.is_erased()
    assert not [*world.unfinished()]


@pytest.mark.parametrize("lose", LOSSES)
def test_a_lost_record_of_a_source_that_is_gone_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], lose: Callable[[World], None]
) -> None:
    """Exit 16: nothing is left in the source that could be kept."""
    _interrupt(world, "note-drop", "linkat")
    lose(world)
    status, said = _run_again(world, monkeypatch, capfd)
    assert world.is_mailbox or status == Damaged.exit_code, said
    assert world.is_erased()


def test_a_mailbox_in_use_is_not_changed_by_finishing_either(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A mail program that compacts it meanwhile would keep the photo in its copy. When it is done, it is finished."""
    _interrupt(world, "overwrite", "pwrite")
    torn, lock = world.source.read_bytes(), world.source.with_name(f"{world.source.name}.lock")
    lock.write_text("4711")
    status, said = _run_again(world, monkeypatch, capfd)
    if world.is_mailbox:
        assert status == SourceInUse.exit_code, said
        assert world.source.read_bytes() == torn
        lock.unlink()
        _run_again(world, monkeypatch, capfd)
    assert world.is_erased()
    assert world.pending() == 0


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
    number = _first(world, "note-drop", "linkat")
    world.reset()
    with monkeypatch.context() as patch:
        stand_in(FailingSystem(failing_at(number, errno.ENOSPC)), patch.setattr)
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

    def fail(_: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    assert len(station.known_vaults()) == 1
    monkeypatch.setattr(type(world.folder), "iterdir", fail)
    with pytest.raises(Damaged):
        station.known_vaults()
