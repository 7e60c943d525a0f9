"""`imgfile scan --preview`: a look at the photos, on a screen that has colours and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kit.photos import heif as photos_heif
from kit.terminal.processes import imgfile_session
from kit.terminal.triage import scan

ABLE = {"COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}


def test_a_preview_shows_each_photo_beside_its_words(here: Path) -> None:
    """In the terminal's own colours; what cannot be shown says so."""
    (here / "a.heic").write_bytes(photos_heif.heif_with_metadata("HEIF"))
    (here / "path").mkdir()
    (here / "path" / "pillow_heif.py").write_text("raise ImportError\n")
    arguments = ("scan", "triage.mbox", "a.heic", "--preview")
    env = {**ABLE, "TZ": "UTC", "PYTHONPATH": str(here / "path")}
    with imgfile_session(*arguments, cwd=here, env=env) as session:
        assert session.finish().status == 0
    lines = session.screen.splitlines()
    half = "\N{UPPER HALF BLOCK}"
    (first,) = [number for number, line in enumerate(lines) if line.endswith("  11 Nov 2026 08:12")]
    assert lines[first].startswith(half * 24 + " ")
    assert lines[first + 2].endswith('  "pic 11"')
    assert lines[first + 15].startswith(half * 24)
    assert re.search(r"\x1b\[38;2;\d+;\d+;\d+;48;2;", session.raw.decode())
    assert "what decodes HEIC is not installed" in " ".join(session.screen.split())
    assert "it is cut short: " in session.screen


@pytest.mark.parametrize("env", [ABLE, {**ABLE, "NO_COLOR": "1"}])
def test_a_preview_never_goes_anywhere_but_to_a_screen(here: Path, env: dict[str, str | None]) -> None:
    """Not into a pipe, a file, or a terminal without colours."""
    outcome = scan(here, "triage.mbox", "--preview", env=env)
    assert (outcome.status, outcome.stdout) == (2, b"")
    assert "a preview needs a terminal with colours" in outcome.words
    for words in (["--json"], ["--table", "t.csv"]):
        assert "--preview is for the screen alone." in scan(here, "triage.mbox", "--preview", *words, env=env).words
    with imgfile_session("scan", "triage.mbox", "--preview", cwd=here, env={**env, "NO_COLOR": "1"}) as session:
        assert session.finish().status == 2
