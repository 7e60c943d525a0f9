"""R1 to R13: `ingest --inbox` asks and judges exactly as `ingest`: only whose records there are it cannot know.

| door | with --inbox |
| --- | --- |
| flags, `--answers`, CSV, workbook, NDJSON, a pipe, each with `--yes` | the same finding, row by row (here) |
| the terminal | the same questions, and the attestation (`test_at_the_terminal_it_asks_the_same`) |
| recognition (R24, R25), earlier photos | whoever accepts it: `tests/acts/inbox/test_settle.py` |
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.options import Request, Wishes
from imgfile.acts.outcome import Filed
from imgfile.clinical.interview.questions import COLUMNS
from kit.rules_table import CASES, GROUPS, SITES, Bench, Row, run_command
from kit.vault.filings import RASH
from kit.vault.ingest_runs import Attendant, local, run_of
from kit.vault.practice import Practice

JUDGED = [
    Row(case, age, site)
    for case in CASES
    if not (case.is_filed or case.is_others)
    for age in (GROUPS[0], GROUPS[-1])
    for site in SITES
]


def found(bench: Bench, rows: list[Row], *options: str) -> list[tuple[object, object]]:
    """Try every row, and return what is said of each: the outcome, and the rule or what is missing."""
    table = bench.folder / "t.csv"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["source", "action", *COLUMNS], restval="")
        writer.writeheader()
        writer.writerows({"source": str(bench.photo(row)), "action": "file", **row.answers} for row in rows)
    lines = run_command("--table", str(table), "--dry-run", *options)
    said = [[str(each) for each in line.get("problems", ())] for line in lines]  # type: ignore[attr-defined]
    return [(line["outcome"], line.get("rule") or each) for line, each in zip(lines, said, strict=True)]


def test_every_rule_finds_the_same_with_inbox(practice: Practice, tmp_path: Path) -> None:
    """Row by row: what is ready, which rule refuses, what is missing."""
    (tmp_path / "photos").mkdir()
    bench = Bench(tmp_path / "photos", practice)
    usual, into_inbox = found(bench, JUDGED), found(bench, JUDGED, "--inbox")
    for row, one, other in zip(JUDGED, usual, into_inbox, strict=True):
        assert one == other, row
    assert {"ready", "refused", "failed"} <= {outcome for outcome, _ in usual}


@pytest.mark.parametrize("into_inbox", [False, True])
def test_at_the_terminal_it_asks_the_same(practice: Practice, tmp_path: Path, *, into_inbox: bool) -> None:
    """An intimate photo of a child: whether it is, the safeguards, the digits."""
    path = tmp_path / "rash.jpg"
    path.write_bytes(Bench(tmp_path, practice).photo(JUDGED[0]).read_bytes())
    typed = {slug: [text] for slug, text in RASH.items()} | {"giver": [f"mother {RASH['form']}"]}
    typed |= {"obtained_by": [""], "obtained_at": [RASH.get("obtained_at", "yesterday")], "intimate": ["y"]}
    typed |= {"safeguards": ["1 2 5 7"], "purpose": [""], "basis": ["1"]}
    somebody = Attendant(typed)
    wishes = Wishes(allow_test=True, into_inbox=into_inbox)
    ((_, outcome),) = ingest(run_of(practice, wishes, somebody), [Request(local(path), {})])
    assert isinstance(outcome, Filed), outcome
    assert outcome.is_item is into_inbox
    assert somebody.asked == ["patient", "dob", "body_site", "intimate", "purpose", "basis", "giver", "obtained_by",
                              "obtained_at", "rationale", "safeguards"]  # fmt: skip
    ((_, confirmation),) = somebody.confirmed
    assert confirmation.needs_digits
