"""`imgfile explain`: without a vault, and by the policy of the one that this computer knows."""

from __future__ import annotations

from pathlib import Path

from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import imgfile


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
