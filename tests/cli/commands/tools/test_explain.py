"""`imgfile explain`: without a vault, and by the policy of the one that this computer knows."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import pytest

from imgfile.cli import main
from imgfile.cli.registry import COMMANDS
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import imgfile

Captured: TypeAlias = pytest.CaptureFixture[str]


def test_it_needs_no_vault_and_takes_a_nation(tmp_path: Path) -> None:
    """And says what it knows in JSON too."""
    nowhere = {"IMGFILE_STATE": str(tmp_path), "COLUMNS": "60"}
    shown = imgfile("explain", "competence", "--nation", "scotland", env=nowhere)
    assert (shown.status, shown.words) == (0, "")
    assert b"s2(4)" in shown.stdout
    assert b"Gillick" not in shown.stdout
    assert max(map(len, shown.stdout.decode().splitlines())) <= 60
    (facts,) = ndjson(imgfile("explain", "competence", "--json", env=nowhere))
    assert list(facts["law"]) == ["england", "wales", "scotland", "northern_ireland"]
    listed = ndjson(imgfile("explain", "--json", env=nowhere))
    assert {"basis", "quarantine_days"} <= {line["topic"] for line in listed}
    assert imgfile("explain", "xyzzy", env=nowhere).status == 2
    assert imgfile("explain", "basis", "--vault", tmp_path / "gone", env=nowhere).status == 10
    assert imgfile("explain", "basis", "--nation", "atlantis", env=nowhere).status == 2


def test_the_practices_own_policy_says_whose_law_and_what_is_set(desk: Desk) -> None:
    """As it says when a photo is filed."""
    (facts,) = ndjson(desk.run("explain", "competence", "--json"))
    assert list(facts["law"]) == ["england"]
    (facts,) = ndjson(desk.run("explain", "quarantine_days", "--json"))
    assert facts["here"] == "7"


def test_a_command_is_led_to_its_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured) -> None:
    """Whoever asks what a command does is told where that stands; a topic of the same name is explained."""
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path))
    asked = {"hand over": "handed", "handover": "handed", "Inbox accept": "inbox accept", "rekey 999 000 0018": "rekey"}
    also_topics = {"roster"}  # a word of the policy too
    for words, command in {**{name: name for name in COMMANDS if name not in also_topics}, **asked}.items():
        assert main(["explain", *words.split()]) == 2, words
        assert capfd.readouterr().err == (
            f"imgfile: error: {command} is a command, and no topic.\n"
            f"imgfile: hint: What it does:  imgfile {command} --help\n"
        )
    assert [main(["explain", word]) for word in ("quarantine", *also_topics)] == [0, 0]
