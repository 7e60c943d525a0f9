"""R9, R11, R21, R28: what becomes of a photo that is not filed, by every unattended door, of whomever and whatever.

| said | what every door without anybody at it does | exit |
| --- | --- | --- |
| `safeguarding_hold`, `quarantine` | leaves it alone from now on, whoever it shows; copies nothing | 17 |
| `reject_return` | a text for the sender; keeps nothing, erases nothing | 0 |
| `describe_and_destroy` | refuses: a clinician's typed act alone erases what is not filed | 17 |
| `file` | files it, but for what R9 keeps from every such door | 0, or 17 |
| anything else | refuses the answer | 13 |
"""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.acts.inbox.list import waiting
from imgfile.record_state.set_aside import PhotosSetAside
from imgfile.vault.checks.verify import verify
from kit.rules_table import GROUPS, NOTHING, UNATTENDED, Bench, Row, lines_through
from kit.vault.practice import Practice
from kit.vault.sources import entered

SHOWN = [(GROUPS[0], "ordinary"), (GROUPS[0], "intimate"), (GROUPS[-1], "ordinary"), (GROUPS[-1], "intimate")]
"""A child and an adult, each at an ordinary site and an intimate one."""
SAID = {
    "safeguarding_hold": "held",
    "quarantine": "quarantined",
    "reject_return": "returned",
    "describe_and_destroy": "refused R28",
    "file": "filed",
    "": "filed",
    "burn it": "failed",
    "quarantine_with_copy": "failed",
}
"""What is said → what a door does with it."""


def through(bench: Bench, door: str, photos: list[Path], answers: list[dict[str, str]]) -> list[str]:
    """Go through a door with every photo; return what it did with each."""
    lines = lines_through(bench.folder, door, photos, answers)
    return [f"{line['outcome']} {line['rule']}" if "rule" in line else str(line["outcome"]) for line in lines]


@pytest.mark.parametrize("door", [door for door in UNATTENDED if door != "flags"])
def test_no_unattended_door_erases_copies_or_shows_by_a_disposition(
    practice: Practice, tmp_path: Path, door: str
) -> None:
    """Child or adult, intimate or not: only what is filed leaves its source."""
    folder = tmp_path / "photos"
    folder.mkdir()
    bench = Bench(folder, practice)
    cases = [(said, Row(NOTHING, age, site)) for said in SAID for age, site in SHOWN]
    photos = [bench.photo(row) for _, row in cases]
    answers = [{**row.answers, **({"disposition": said} if said else {})} for said, row in cases]
    did = through(bench, door, photos, answers)
    for (said, row), photo, one in zip(cases, photos, did, strict=True):
        expected = SAID[said]
        if expected == "filed" and row.age.is_child and row.sensitivity == "intimate":
            expected = "refused R9"
        assert one.split(" R")[0] == expected.split(" R")[0], (said, row.age.name, row.sensitivity, one)
        assert expected.rpartition(" ")[2] in one or " R" not in expected, (said, one)
        assert photo.exists() is (door == "pipe" or expected != "filed"), (said, row, one)
    acts = [name for name, _ in entered(practice, "held", "waits", "disposed", "filed", "erased")]
    assert (acts.count("held"), acts.count("waits"), acts.count("disposed")) == (4, 4, 0)
    assert acts.count("filed") == 6
    assert len(PhotosSetAside(practice.reopened().station).all()) == 8
    assert list(waiting(practice.reopened())) == []
    assert list(verify(practice.reopened())) == []
