"""R1 to R13: `ingest --inbox` asks and judges exactly as `ingest`: only whose records there are it cannot know.

| door | with --inbox |
| --- | --- |
| flags, `--answers`, CSV, workbook, NDJSON, a pipe, each with `--yes` | the same finding, row by row (here) |
| the terminal | the same questions, and the attestation (`test_at_the_terminal_it_asks_the_same`) |
| recognition (R24, R25), earlier photos | whoever accepts it: `tests/acts/inbox/test_settle.py` |
"""

from __future__ import annotations

from pathlib import Path

import pytest

from imgfile.acts.ingest.pipeline import ingest
from imgfile.acts.options import Request, Wishes
from imgfile.acts.outcome import Filed
from kit import clock
from kit.rules_by_nation import LEAP_ROWS, NATION_ROWS, in_nation, in_turn
from kit.rules_table import CASES, GROUPS, SITES, Bench, Row, lines_through
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
    photos = [bench.photo(row) for row in rows]
    lines = lines_through(bench.folder, "CSV", photos, [row.answers for row in rows], "--dry-run", *options)
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


def test_29_february_and_each_nation_are_judged_alike_with_inbox(practice: Practice, tmp_path: Path) -> None:
    """Each row on its day, and by the law of its nation: the birthday itself, and who decides for whom."""
    (tmp_path / "photos").mkdir()
    bench, seen = Bench(tmp_path / "photos", practice), set()
    rows = [*(row for row in LEAP_ROWS if not row.age.is_eve), *NATION_ROWS]
    for group in in_turn(rows):
        those = [rows[at] for at in group]
        bench.practice = in_nation(bench.practice, those[0].nation)
        with clock.on(those[0].age.on):
            usual, into_inbox = found(bench, those), found(bench, those, "--inbox")
        assert usual == into_inbox, (those[0].age.on, those[0].nation)
        seen |= {outcome for outcome, _ in usual}
    assert seen == {"ready", "refused", "failed"}


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
