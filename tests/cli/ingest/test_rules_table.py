"""Every door, rule, age and sensitivity: the page says what each cell does, and going through the doors shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from kit import rules_table
from kit.rules_by_nation import LEAP_ROWS, NATION_ROWS, NATIONS, found
from kit.rules_by_nation import stated as stated_beyond
from kit.rules_table import DOORS, FURTHER, MARK, ROWS, UNATTENDED, Row, bench, kept, page, stated, through


@pytest.fixture(scope="module")
def table() -> Mapping[str, Sequence[str]]:
    """Read what the page says of every door and photo; that it is so is a test of its own."""
    return stated()


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_a_door_does_what_the_page_says(door: str) -> None:
    """With every photo, to the word: PYTHONPATH=tests python -m kit.rules_table writes it anew."""
    with bench() as made:
        assert through(made, door) == stated()[door]


@pytest.mark.long
@pytest.mark.parametrize(("rows", "heading"), [(LEAP_ROWS, FURTHER), (NATION_ROWS, NATIONS)], ids=["leap", "nations"])
@pytest.mark.parametrize("door", DOORS)
def test_every_door_does_what_the_page_says_of_29_february_and_of_each_nation(
    door: str, rows: Sequence[Row], heading: str
) -> None:
    """A minute:  pytest -m long tests/cli/ingest/test_rules_table.py."""
    with bench() as made:
        assert found(made, door, rows) == [said[_column(door)] for said in stated_beyond(rows, heading)]


@pytest.mark.parametrize(("rows", "heading"), [(LEAP_ROWS, FURTHER), (NATION_ROWS, NATIONS)], ids=["leap", "nations"])
def test_a_table_does_what_the_page_says_of_29_february_and_of_each_nation(rows: Sequence[Row], heading: str) -> None:
    """By CSV; each row on its day, and by the law of its nation."""
    with bench() as made:
        assert found(made, "CSV", rows) == [said[-1] for said in stated_beyond(rows, heading)]


def _column(door: str) -> int:
    return -1 if door in UNATTENDED else int(door == "terminal --yes")


def test_the_page_is_written_as_its_cells_are_read(table: Mapping[str, Sequence[str]]) -> None:
    """So that no line of it is left unread."""
    assert MARK + kept().partition(FURTHER)[0] == page(table)


@pytest.mark.parametrize("door", UNATTENDED)
def test_r9_no_unattended_door_files_what_may_be_an_intimate_photo_of_a_child(
    table: Mapping[str, Sequence[str]], door: str
) -> None:
    """Nor one of a site in no list, nor with anything amiss; an ordinary one it does."""
    for row, said in zip(ROWS, table[door], strict=True):
        if row.age.is_child and row.sensitivity != "ordinary" and not row.case.is_filed:
            assert said != "files", row
    usual = {row.age.name: said for row, said in zip(ROWS, table[door], strict=True)
             if row.case is rules_table.NOTHING and row.sensitivity == "ordinary"}  # fmt: skip
    assert set(usual.values()) == {"files"}


@pytest.mark.parametrize("door", DOORS)
def test_r12_r24_no_door_ends_an_objection_well(table: Mapping[str, Sequence[str]], door: str) -> None:
    """Of a new photo, nor of one that is filed."""
    said = [said for row, said in zip(ROWS, table[door], strict=True) if "objection" in row.case.changes]
    assert len(said) == 18
    assert set(said) <= {"R12", "R9"}  # unattended, that nobody may file it there comes first


@pytest.mark.parametrize("door", [door for door in DOORS if door not in UNATTENDED])
def test_r9_at_the_terminal_an_intimate_photo_of_a_child_takes_safeguards_and_digits(
    table: Mapping[str, Sequence[str]], door: str
) -> None:
    """Whatever flags had said, with --yes or without."""
    for row, said in zip(ROWS, table[door], strict=True):
        if said.startswith("files") and row.age.is_child and row.sensitivity == "intimate" and not row.case.is_filed:
            assert said.endswith(" safeguards digits"), row
            assert " intimate" in said, row


@pytest.mark.parametrize("door", DOORS)
def test_r25_no_door_files_the_same_photo_for_a_second_patient(table: Mapping[str, Sequence[str]], door: str) -> None:
    """Unless somebody says that it shows both: here nobody does."""
    said = {said for row, said in zip(ROWS, table[door], strict=True) if row.case.is_others}
    assert said == ({"R25"} if door in UNATTENDED else {"stops"})
