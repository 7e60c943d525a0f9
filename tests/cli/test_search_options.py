"""The options that narrow a search of mailboxes, which a scan and an ingest share."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import imgfile
from kit.terminal.triage import photo_lines, scan


@pytest.mark.parametrize(
    ("words", "parts", "said"),
    [
        (["--from", "GRANNY"], ["2/2"], "4 from other senders"),
        (["--subject", "pic 1"], ["4/2", "4/4", "2/2", "1/2"], "1 with another subject"),
        (["--since", "13/11/2026"], ["4/2", "4/4", "3/2"], "2 sent before 13 Nov 2026"),
        (["--since", "today"], [], "5 sent before "),
        (["--since", "Yesterday"], [], "5 sent before "),
        (["--until", "2026-11-12"], ["2/2", "1/2"], "3 sent after 12 Nov 2026"),
        (["--message-id", "12@example.org"], ["2/2"], "4 in other messages"),
        (["--min-pixels", "150x203"], ["4/2", "4/4", "3/2"], "2 of fewer than 30,450 pixels"),
    ],
)
def test_a_scan_and_an_ingest_are_narrowed_alike(
    desk: Desk, here: Path, words: list[str], parts: list[str], said: str
) -> None:
    """What is left out is counted; a photo whose size is not known is not too small."""
    outcome = scan(here, "triage.mbox", *words, "--json")
    assert [line["part"] for line in photo_lines(outcome)] == parts
    assert f"; 4 look like logos and are left out (--all); {said}" in outcome.words
    if not parts:
        return
    dry = imgfile(
        *("ingest", "triage.mbox", *words, "--dry-run", "--no-input", "--json", "--allow-test-id"),
        cwd=here, env={**desk.environment, "TZ": "UTC"},
    )  # fmt: skip
    counted = re.escape(f"; 4 look like logos and are left out (--all); {said}")
    assert re.search(rf"{counted}(?:; not looked into: 1 encrypted file)?\.\n", dry.words)
    assert len([line for line in ndjson(dry) if line["type"] == "photo"]) == len(parts)


def test_a_table_is_not_narrowed(here: Path, desk: Desk) -> None:
    """It names its own photos."""
    (here / "t.csv").write_text("source,action\na.jpg,file\n")
    assert desk.run("ingest", "--table", here / "t.csv", "--from", "x").status == 2
