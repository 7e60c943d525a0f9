"""What a vault that cannot be had does to filing: one clear error, the source as it was, nothing half visible."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imgfile import state
from imgfile.clinical.proofs import RecordId
from imgfile.vault import layout
from kit.terminal.processes import IMGFILE, Outcome, environment
from kit.tools import tool
from kit.vault.practice import Practice, found_practice
from scenarios.stage import Stage, adult_flags, bound, leaks, make, photo_called, snapshot

UNATTENDED = ("--yes", "--no-input")
WRITE_DELAY_SECONDS = 3


@pytest.fixture
def stage(practice: Practice, tmp_path: Path) -> Stage:
    """Give a folder with one photo beside a vault."""
    here = tmp_path / "here"
    make(here / "rash.jpg", "photo")
    return Stage(here, practice.folder, tmp_path / "state")


def refuses(stage: Stage, outcome: Outcome, status: int, said: str) -> None:
    """See that a run failed so, and changed nothing that anybody sees."""
    assert outcome.words.startswith(f"imgfile: error: {said}"), outcome.words
    assert outcome.status == status
    assert leaks(outcome) == []
    assert [path.name for path in stage.here.iterdir()] == ["rash.jpg"]
    assert stage.records() == []


def test_without_a_vault_nothing_is_read(stage: Stage) -> None:
    """Dialogue A0: said before the photo is read and before any question."""
    stage.here.joinpath("rash.jpg").chmod(0)
    outcome = stage.run("ingest", "rash.jpg", env={"IMGFILE_STATE": str(stage.here.parent / "elsewhere")})
    assert outcome.words == (
        "imgfile: error: this computer does not know a vault yet. rash.jpg was not touched.\n"
        "imgfile: hint: your practice has one already: imgfile join FOLDER\n"
        "imgfile: hint: this is the first computer:    imgfile init\n"
        "imgfile: hint: you hold its recovery key:     imgfile recover FOLDER\n"
    )
    assert outcome.status == 10


def test_somebody_elses_vault_is_not_filed_into(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a pin, no folder is a vault, whatever lies in it."""
    (tmp_path / "other").mkdir()
    with monkeypatch.context() as patch:
        patch.setenv(state.STATE_VARIABLE, str(tmp_path / "other" / "state"))
        other = found_practice(tmp_path / "other")
    outcome = stage.run("ingest", "rash.jpg", "--vault", str(other.folder), *adult_flags(), *UNATTENDED)
    refuses(stage, outcome, 10, "this computer has no pin for the vault")


def test_a_vault_whose_share_is_away_refuses(stage: Stage) -> None:
    """The folder is not there: not connected, or moved to where nobody looks."""
    (stage.vault.parent / "elsewhere" / "deep").mkdir(parents=True)
    stage.vault.rename(stage.vault.parent / "elsewhere" / "deep" / "vault")
    before = snapshot(stage.here)
    outcome = stage.run("ingest", "rash.jpg", *adult_flags(), *UNATTENDED)
    refuses(stage, outcome, 19, "")
    assert snapshot(stage.here) == before
    assert not stage.vault.exists()


def test_a_vault_that_may_not_be_written_refuses(stage: Stage) -> None:
    """Read-only for this account."""
    before = snapshot(stage.here)
    for folder in (path for path in [stage.vault, *stage.vault.rglob("*")] if path.is_dir()):
        folder.chmod(0o555)
    outcome = stage.run("ingest", "rash.jpg", *adult_flags(), *UNATTENDED)
    refuses(stage, outcome, 19, "")
    assert snapshot(stage.here) == before


def test_a_full_disk_refuses_and_the_same_command_files_once_there_is_room(stage: Stage, tmp_path: Path) -> None:
    """A disk of 256 kB."""
    make(stage.here / "rash.jpg", "photo")
    before = snapshot(stage.here)
    with small_disk(stage.vault, tmp_path / "kept", kilobytes=256) as fill:
        fill()
        outcome = stage.run("ingest", "rash.jpg", *adult_flags(), *UNATTENDED)
        refuses(stage, outcome, 19, "")
        assert snapshot(stage.here) == before
        (stage.vault / ".filler").unlink()
        assert stage.run("ingest", "rash.jpg", *adult_flags(), *UNATTENDED).status == 0
        assert stage.run("verify").status == 0
        assert len(stage.records()) == 1


@contextmanager
def small_disk(vault: Path, kept: Path, *, kilobytes: int) -> Iterator[Callable[[], None]]:
    """Move a vault onto a file system of its own that can be filled to the last page."""
    shutil.move(vault, kept)
    vault.mkdir()
    subprocess.run([tool("mount"), "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", vault], check=True)

    def fill() -> None:
        with (vault / ".filler").open("wb", buffering=0) as stream:
            try:
                while stream.write(bytes(4096)):
                    pass
            except OSError:
                return

    try:
        shutil.copytree(kept, vault, dirs_exist_ok=True)
        yield fill
    finally:
        subprocess.run(["umount", vault], check=True)


def test_a_wrong_passphrase_opens_nothing(stage: Stage) -> None:
    """And filing, which needs none, is not asked for one."""
    assert stage.run("ingest", "rash.jpg", *adult_flags(), *UNATTENDED).status == 0
    reference = layout.reference(RecordId(stage.records()[0].split("/")[2]))
    outcome = stage.run("show", reference, "--identity-command", "echo no-such-passphrase")
    assert outcome.status == 12, outcome.words
    assert outcome.stdout == b""
    assert leaks(outcome) == []


def test_a_photo_that_changes_while_it_is_read_is_not_filed(stage: Stage) -> None:
    """Its reading is delayed from outside, and meanwhile somebody saves it again."""
    make(stage.here / "rash.jpg", "photo")
    photo, calls = stage.here / "rash.jpg", stage.here.parent / "calls"
    calls.touch()
    delayed = [tool("strace"), "-f", "-o", str(calls), "-P", str(photo)]
    delayed += ["-e", f"inject=pread64:delay_exit={WRITE_DELAY_SECONDS}000000:when=2"]
    env = environment(stage.environment)
    command = [*bound(), *delayed, *IMGFILE, "ingest", str(photo), *adult_flags(), *UNATTENDED]
    with subprocess.Popen(command, cwd=stage.here, env=env, stderr=subprocess.PIPE, start_new_session=True) as running:
        deadline = time.monotonic() + 60
        while b"pread64(" not in calls.read_bytes():  # the first has ended; the second waits
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(WRITE_DELAY_SECONDS / 6)
        photo.write_bytes(photo_called("another"))
        _, said = running.communicate(timeout=60)
    assert b"changed" in said, said
    assert running.returncode == 18
    assert photo.read_bytes() == photo_called("another")
    assert stage.records() == []
