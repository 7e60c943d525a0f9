"""The table that a scan writes has as many rows as `ingest --table` takes, and never more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.acts.tables import read as tables
from imgfile.acts.tables import write as worksheets
from imgfile.acts.tables.read import Action, read_table
from imgfile.errors import NotWritable, UsageError
from kit.table_rows import PHOTO_ENTRY

ENTRY = replace(
    PHOTO_ENTRY,
    source="-=+@.mbox",
    part="3/2",
    sender="+44@example.org",
    subject="@SUM(1)",
    width=None,
    height=None,
    is_likely_logo=True,
)


@pytest.mark.parametrize("name", ["t.csv", "t.NDJSON", "t.jsonl", "t"])
def test_what_was_written_is_read(tmp_path: Path, name: str) -> None:
    """Path, part, digest and action, whatever the path begins with."""
    worksheets.write_worksheet(tmp_path / name, [ENTRY], shown=str)
    (row,) = read_table(tmp_path / name)
    assert (row.source, row.part, row.digest, row.action) == (ENTRY.source, "3/2", "0" * 64, Action.SKIP)
    assert row.given == {}


@pytest.mark.parametrize("name", ["t.ods", "t.XLS", "t.xlsm", "t.numbers"])
def test_no_other_spreadsheets_name_is_given_to_a_csv(tmp_path: Path, name: str) -> None:
    """It would open as damaged, or not at all."""
    with pytest.raises(NotWritable, match="cannot be written as") as refused:
        worksheets.refuse_unwritable(tmp_path / name)
    assert refused.value.hint == "Name it t.xlsx or .csv."


def test_a_table_that_could_not_be_read_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how to have a smaller one."""
    for module in (worksheets, tables):
        monkeypatch.setattr(module, "MAX_ROWS", 4)
    worksheets.write_worksheet(tmp_path / "a.csv", [ENTRY] * 3, shown=str)
    assert len(read_table(tmp_path / "a.csv")) == 3
    with pytest.raises(UsageError, match="more photos than"):
        worksheets.write_worksheet(tmp_path / "b.csv", [ENTRY] * 4, shown=str)
    assert not (tmp_path / "b.csv").exists()
