"""What every command that looks at a vault has in common."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk, reference
from kit.terminal.processes import IMGFILE, environment, imgfile
from kit.vault.filings import MOLE, filed

COMMANDS = {
    "list": ["list"],
    "show": ["show", "7f3k"],
    "view": ["view", "7f3k"],
    "export": ["export", "7f3k", "-o", "-"],
    "verify": ["verify"],
    "audit": ["audit"],
    "check": ["check"],
    "status": ["status"],
}
OPENING = [name for name in COMMANDS if name in {"show", "view", "export"}]


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_without_a_vault_that_is_said_first_of_all(command: list[str], tmp_path: Path) -> None:
    """Exit code 10, whatever else is missing."""
    outcome = imgfile(*command, env={"IMGFILE_STATE": str(tmp_path)})
    assert outcome.status == 10
    assert outcome.stdout == b""
    assert "imgfile init" in outcome.words


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_another_vault_than_the_pinned_one_is_not_opened(command: list[str], desk: Desk, tmp_path: Path) -> None:
    """--vault names it."""
    assert desk.run(*command, "--vault", tmp_path).status == 10
    outcome = desk.run(*command, "--vault", desk.practice.folder)
    assert outcome.status == ({"list": 0, "verify": 0, "audit": 0, "check": 3, "status": 0}.get(command[0], 2))


@pytest.mark.parametrize("name", OPENING)
def test_a_record_that_does_not_exist_is_said_before_any_secret_is_asked_for(name: str, desk: Desk) -> None:
    """Nobody types a passphrase for nothing."""
    with desk.sit(*COMMANDS[name], piped=["stdout"]) as session:
        assert session.finish().status == 2
        assert "no record is called 7f3k." in session.screen
    for word in ("x", "no-such-thing", "../../etc"):
        assert desk.run(name, word, *COMMANDS[name][2:]).status == 2


def test_a_forged_directory_makes_no_reference_ambiguous(desk: Desk) -> None:
    """Only a manifest that a station signed makes a record; whoever writes to the share cannot hide one."""
    done = desk.practice.file_decided(filed(MOLE))
    record = desk.practice.folder / "patients" / done.patient / done.record
    twin = record.with_name(done.record[:9] + ("0" if done.record[9] != "0" else "1") + done.record[10:])
    twin.mkdir()
    (twin / "manifest.note").write_bytes(b"")
    outcome = desk.as_clinician("show", reference(done)[:4])
    assert outcome.status == 0
    assert reference(done).encode() in outcome.stdout


@pytest.mark.parametrize("name", OPENING)
def test_everything_that_is_missing_is_named_at_once(name: str, desk: Desk) -> None:
    """Without a terminal: exit code 13."""
    done = desk.practice.file_decided(filed(MOLE))
    outcome = desk.run(name, reference(done), *COMMANDS[name][2:])
    assert outcome.status == 13
    flags = {"show": "--identity-file", "view": "--reason --identity-file"}
    expected = flags.get(name, "--purpose --reason --identity-file")
    assert f"missing: {expected}\n" in outcome.words
    assert "--identity-command" in outcome.words


UNASKED = {
    **COMMANDS,
    "scan": ["scan", "."],
    "inspect": ["inspect", "photo.jpg"],
    "strip": ["strip", "photo.jpg", "--check-only"],
    "ingest": ["ingest", "photo.jpg", "--no-input", "--dry-run"],
    "init": ["init", "--no-input"],
    "help": ["--help"],
}


@pytest.mark.parametrize("command", UNASKED.values(), ids=UNASKED.keys())
def test_no_command_reads_standard_input_that_was_not_named(command: list[str], desk: Desk, tmp_path: Path) -> None:
    """An idle pipe hangs nothing, and what stands in one is there for the next command."""
    (tmp_path / "photo.jpg").write_bytes(photos.jpeg())
    reading, writing = os.pipe()
    try:
        os.write(writing, b"left alone")
        done = subprocess.run(
            [*IMGFILE, *command],
            stdin=reading,
            capture_output=True,
            env=environment(desk.environment),
            cwd=tmp_path,
            timeout=20,
            check=False,
            start_new_session=True,
        )
        assert done.returncode in {0, 2, 3, 13}, done.stderr
        assert os.read(reading, 100) == b"left alone"
    finally:
        os.close(reading)
        os.close(writing)
