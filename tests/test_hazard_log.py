"""The hazard log: each hazard has a control, and a test that is there; no act on a filed photo is without one."""

from __future__ import annotations

import re

import pytest

from kit.tools import REPOSITORY

LOG = (REPOSITORY / "docs" / "explanation" / "hazard-log.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in LOG.splitlines() if line.startswith("| H")]
ACTS = {
    "amend": "tests/acts/life/test_amend.py",
    "note": "tests/cli/commands/test_note.py",
    "move": "tests/acts/life/test_move.py",
    "rekey": "tests/acts/life/test_rekey.py",
    "withdraw": "tests/acts/life/test_withdraw.py",
    "consent add": "tests/acts/life/test_agree.py",
    "a form at filing": "tests/acts/ingest/test_signed_form.py",
    "destroy, legal hold": "tests/acts/life/test_destroy.py",
    "safeguarding hold, dispositions": "tests/acts/ingest/test_not_filing.py",
    "dispositions in a table": "tests/acts/ingest/test_dispositions_at_every_door.py",
    "inbox": "tests/acts/inbox/test_settle.py",
    "quarantine": "tests/acts/ingest/test_quarantined_copy.py",
    "policy": "tests/clinical/practice/test_words.py",
}
"""What is done to a photo that came, and a test that its hazards name."""


def test_the_hazards_are_numbered_in_their_order() -> None:
    """So that a number can be cited."""
    assert [row[0].removeprefix("| ").strip() for row in ROWS] == [f"H{number}" for number in range(1, len(ROWS) + 1)]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_hazard_has_cause_and_control_and_its_tests_are_there(row: list[str]) -> None:
    """Or says that it is open."""
    assert len(row) == 5, row
    assert all(len(cell) > 3 for cell in row[1:4])
    named = re.findall(r"`(tests/[^`]+)`", row[4])
    assert named or ("**open**" in row[3] and row[4] == "none"), row
    for path in named:
        assert (REPOSITORY / path).is_file(), path


@pytest.mark.parametrize("act", ACTS)
def test_every_act_on_a_photo_has_its_hazards(act: str) -> None:
    """By the test that shows its control."""
    assert any(f"`{ACTS[act]}`" in row[4] for row in ROWS)
