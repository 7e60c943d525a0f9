"""Rows that contradict each other: what a spreadsheet does to answers, and what people type twice."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from imgfile.acts.tables.contradictions import contradictions, remarks
from imgfile.acts.tables.read import read_table
from imgfile.acts.tables.write import write_worksheet
from kit.table_rows import PHOTO_ENTRY

TODAY = date(2026, 11, 28)
PHOTO = PHOTO_ENTRY
Cells = list[dict[str, str]]
PEOPLE = (("943 476 5870", "3/3/1971"), ("401 023 2137", "14 Sep 1980"), ("943 476 5919", "1951-03-03"))


def cells_of(table: Path) -> Cells:
    """Open a table as a spreadsheet does."""
    with table.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def write_cells(table: Path, cells: Cells) -> None:
    """Save it as a spreadsheet does."""
    with table.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(cells[0]))
        writer.writeheader()
        writer.writerows(cells)


@pytest.fixture
def cells(tmp_path: Path) -> Cells:
    """Scan three photos, and complete who they are of."""
    entries = [replace(PHOTO, part=f"{n}/2", digest=f"{n}" * 64) for n in (1, 2, 3)]
    write_worksheet(tmp_path / "scanned.csv", entries, shown=str)
    cells = cells_of(tmp_path / "scanned.csv")
    for row, (number, born) in zip(cells, PEOPLE, strict=True):
        row.update(action="file", patient=number, dob=born)
    return cells


def wrong(tmp_path: Path, cells: Cells) -> dict[int, str]:
    """Save the table, and return which rows contradict others, each with the column that does."""
    write_cells(tmp_path / "completed.csv", cells)
    found = contradictions(read_table(tmp_path / "completed.csv"), TODAY)
    return {number: " ".join(problem.question for problem in error.problems) for number, error in found.items()}


def swapped(first: int, second: int) -> Callable[[Cells], Cells]:
    """Swap the answers of two rows, as sorting them alone does."""

    def swap(cells: Cells) -> Cells:
        answers = [dict(list(row.items())[list(row).index("action") :]) for row in cells]
        cells[first] |= answers[second]
        cells[second] |= answers[first]
        return cells

    return swap


def shifted_up(cells: Cells) -> Cells:
    """Delete the first row's answers and shift those below up."""
    cells = swapped(1, 2)(swapped(0, 1)(cells))
    cells[2] |= dict.fromkeys(list(cells[2])[list(cells[2]).index("action") :], "")
    return cells


def with_cell(at: int, **answers: str) -> Callable[[Cells], Cells]:
    """Type into one row."""

    def typed(cells: Cells) -> Cells:
        cells[at] |= answers
        return cells

    return typed


@pytest.mark.parametrize(
    ("slip", "expected"),
    [
        pytest.param(lambda cells: cells, {}, id="nothing"),
        pytest.param(lambda cells: cells[::-1], {}, id="whole rows sorted"),
        pytest.param(lambda cells: cells[1:], {}, id="a row deleted"),
        pytest.param(swapped(0, 2), {2: "for_row", 4: "for_row"}, id="answers sorted"),
        pytest.param(shifted_up, {2: "for_row", 3: "for_row"}, id="answers shifted up"),
        pytest.param(with_cell(1, for_row="2"), {3: "for_row"}, id="answers copied down"),
        pytest.param(with_cell(1, for_row=""), {3: "for_row"}, id="answers pasted over it"),
        pytest.param(with_cell(1, for_row="Jo Bloggs"), {3: "for_row"}, id="another answer in its place"),
        pytest.param(with_cell(1, for_row="2", action="skip"), {}, id="moved, and not to be filed"),
        pytest.param(with_cell(1, row="", for_row=""), {}, id="a row made by hand"),
        pytest.param(
            with_cell(1, sha256="1" * 64, patient="9434765870", dob="3 Mar 1971"), {}, id="one photo came twice"
        ),
        pytest.param(with_cell(2, patient="NHS 943-476-5870"), {2: "dob", 4: "dob"}, id="one patient, two birth dates"),
        pytest.param(with_cell(2, patient="9434765870", dob="03/03/1971"), {}, id="one patient, one date spelled anew"),
        pytest.param(with_cell(2, patient="9434765870", dob="31/2/1971"), {}, id="a date that is none"),
        pytest.param(with_cell(2, patient="943", dob="3/3/1971"), {}, id="a number that is none"),
        pytest.param(with_cell(2, patient="", dob=""), {}, id="nobody"),
    ],
)
def test_a_slip_of_the_spreadsheet_files_no_photo_for_the_wrong_patient(
    tmp_path: Path, cells: Cells, slip: Callable[[Cells], Cells], expected: dict[int, str]
) -> None:
    """Every row that may be wrong is kept back, and no other one."""
    assert wrong(tmp_path, slip(cells)) == expected


def test_what_is_said_repeats_nothing_that_somebody_typed(tmp_path: Path, cells: Cells) -> None:
    """A cell in the wrong place may be a name."""
    write_cells(tmp_path / "t.csv", with_cell(0, for_row="Jo Bloggs")(with_cell(1, for_row="4")(cells)))
    found = contradictions(read_table(tmp_path / "t.csv"), TODAY)
    said = {number: [problem.message for problem in error.problems] for number, error in found.items()}
    assert said == {
        2: ["is no row's number: were these answers typed for this photo? Then type 2"],
        3: ["is 4: were these answers typed for this photo? Then type 3"],
    }


def test_photos_of_one_message_for_two_patients_deserve_a_second_look(tmp_path: Path, cells: Cells) -> None:
    """They are filed all the same: a mother may write about two children."""
    cells[1]["part"] = "1/3"
    write_cells(tmp_path / "t.csv", cells)
    rows = read_table(tmp_path / "t.csv")
    assert contradictions(rows, TODAY) == {}
    assert remarks(rows) == {
        2: "row 3's photo came in the same message, and that row names another patient",
        3: "row 2's photo came in the same message, and that row names another patient",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"part": "1/3", "patient": "943-476-5870", "dob": "3/3/71"},
        {"part": "1/3", "source": "Sent"},
        {"part": "1/3", "action": "skip"},
        {"part": "1/3", "patient": ""},
        {"part": ""},
    ],
)
def test_nothing_is_remarked_of_one_patient_of_another_mailbox_or_of_a_row_that_is_left(
    tmp_path: Path, cells: Cells, change: dict[str, str]
) -> None:
    """Nor of what lies in an archive by itself, which is no message."""
    for row in cells[:2]:
        row["part"] = "1/2"
    cells[1] |= change
    write_cells(tmp_path / "t.csv", cells)
    assert remarks(read_table(tmp_path / "t.csv")) == {}
    for at, row in enumerate(cells):
        row |= {"part": f"0/{at}", "patient": PEOPLE[at][0], "action": "file", "source": "photos.zip"}
    write_cells(tmp_path / "t.csv", cells)
    assert remarks(read_table(tmp_path / "t.csv")) == {}
