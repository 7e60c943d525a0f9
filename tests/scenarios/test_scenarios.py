"""Every scenario of the TOML files beside this: argv, files and input → status, both outputs, what became of it all.

    [[scenario]]
    name = "a sentence"           what happens, which names the test
    files = {NAME = RECIPE}       see `stage.make`; in a name, <ff> is a byte that is no text
    argv = [...]                  `{adult}` stands for every answer to an adult's photo, as flags
    stdin = RECIPE                bytes through a pipe
    env = {…}
    modes = {NAME = "000"}        permissions, in octal
    status = 14
    stdout = '''…'''              exactly; see `DIFFERING`; the folder stands as HERE,
                                  {digest:a} and {size:a} for a photo's
    stderr = '''…'''
    erased = [NAME]               sources that must be gone; every other must be as it was, byte for byte
    changed = [NAME]              sources that must be changed in place
    filed = 0                     how many records become visible

Whatever a scenario says, no output holds an identifier, a value of a photo's metadata, or a traceback.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from kit.terminal.outcomes import YEAR_OLD
from kit.vault.practice import Practice
from scenarios.stage import Stage, adult_flags, filled, leaks, make, snapshot

FOLDER = Path(__file__).parent
SCENARIOS = [
    pytest.param(scenario, id=f"{path.stem}: {scenario['name']}")
    for path in sorted(FOLDER.glob("*.toml"))
    for scenario in tomllib.loads(path.read_text(encoding="utf-8"))["scenario"]
]
KEYS = {"name", "files", "argv", "stdin", "env", "modes", "status", "stdout", "stderr", "erased", "changed", "filed"}
DIFFERING = (
    (re.compile(r"\b[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{4}\b"), "RECORD"),
    (re.compile(r"(?m)^(Erased .*: ).*\(E[123]\)\."), r"\1EVIDENCE."),
    (re.compile(r"(?m)^Out of reach: [A-Z].*\n"), ""),
    (re.compile(r"\(E[123]\)"), "(EVIDENCE)"),
    (YEAR_OLD, ""),
    (re.compile(r', "warnings": \["R13: [^]]*"\]'), ""),
    (re.compile(r'"read_back": "(device|reopened)"'), '"read_back": "REACHED"'),
    (re.compile(r'"evidence": "E[123]"'), '"evidence": "EVIDENCE"'),
    (re.compile(r'"evidence": {"E[123]": '), '"evidence": {"EVIDENCE": '),
    (re.compile(r'"out_of_reach": \[".*?"\]'), '"out_of_reach": [...]'),
)
"""A record's reference; what turns on the disk: how much of an erasure is proven, and what is out of reach; and what
turns on the day: that a photo or a consent of these tests is more than a year old by now."""


@pytest.fixture
def stage(practice: Practice, tmp_path: Path) -> Stage:
    """Give an empty folder beside a vault."""
    here = tmp_path / "here"
    here.mkdir()
    return Stage(here, practice.folder, tmp_path / "state")


def real_name(name: str) -> str:
    """Turn <ff> into the byte, which TOML cannot spell."""
    return re.sub(r"<(..)>", lambda match: os.fsdecode(bytes.fromhex(match[1])), name)


def repeatable(data: bytes, stage: Stage) -> str:
    """Return what was said, less what differs from run to run or with the disk that the tests run on."""
    text = data.decode("utf-8", "backslashreplace").replace(str(stage.here), "HERE").replace(str(stage.vault), "VAULT")
    for pattern, stand_in in DIFFERING:
        text = pattern.sub(stand_in, text)
    return text


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario: dict[str, Any], stage: Stage, tmp_path: Path) -> None:
    """Play it."""
    assert scenario.keys() <= KEYS
    for name, recipe in scenario.get("files", {}).items():
        make(stage.here / real_name(name), recipe)
    for name, mode in scenario.get("modes", {}).items():
        (stage.here / name).chmod(int(mode, 8))
    stdin = b""
    if "stdin" in scenario:
        make(tmp_path / "stdin", scenario["stdin"])
        stdin = (tmp_path / "stdin").read_bytes()
    before = snapshot(stage.here)

    argv = [word for arg in scenario["argv"] for word in (adult_flags() if arg == "{adult}" else [real_name(arg)])]
    outcome = stage.run(*argv, stdin=stdin, env=scenario.get("env"))

    assert repeatable(outcome.stderr, stage) == scenario.get("stderr", "")
    assert repeatable(outcome.stdout, stage) == filled(scenario.get("stdout", ""))
    assert outcome.status == scenario["status"]
    assert leaks(outcome) == []
    after = snapshot(stage.here)
    erased = {name.encode().hex() for name in scenario.get("erased", [])}
    changed = {name.encode().hex() for name in scenario.get("changed", [])}
    assert after.keys() == before.keys() - erased
    assert {name for name in after if after[name] != before[name]} == changed
    assert len(stage.records()) == scenario.get("filed", 0)
    assert stage.run("verify").status == 0
