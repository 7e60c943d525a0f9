"""Every act of a record's life against every rule, age and sensitivity: the page says what each does.

The whole of it, five minutes:  pytest -m long tests/acts/life/test_life_rules_table.py
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from imgfile.vault.life import history as life
from kit.life_rules_table import (
    ACTS,
    AGREEMENT_ROWS,
    DOORS,
    LIFE_ROWS,
    NATION_ROWS,
    NUMBER_ROWS,
    PAGE,
    WHY,
    agreed,
    an_office,
    by_nation,
    cell,
    page,
    run,
)
from kit.rules_table import BOUNDARIES, GROUPS, LEAP, NOTHING, PATIENTS, Row, flag_of

CHILD_AGES = {age.name for age in (*GROUPS, *BOUNDARIES, *LEAP) if age.is_child}
SAMPLED = {"another site, intimate", "an objection"}


@pytest.mark.long
def test_the_page_says_what_every_act_does() -> None:
    """To the word: PYTHONPATH=tests python -m kit.life_rules_table writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


def rows_of(heading: str) -> list[list[str]]:
    """Return the rows of one table of the page, each as its cells."""
    part = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [line.strip("| ").split(" | ") for line in lines[2:]]


def said_on_page(table: list[list[str]], row: Row, *before: str) -> list[str]:
    """Return the page's cells for a row; `before` are those that stand before its age."""
    (found,) = [
        cells[len(before) + 2 :]
        for cells in table
        if (*cells[: len(before)], cells[len(before)]) == (*before, row.age.name)
        and (cells[len(before) + 1] == "any" or row.sensitivity in cells[len(before) + 1])
    ]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_a_sample_of_the_acts_does_what_the_page_says(door: str) -> None:
    """What becomes intimate, and what somebody objects to, at every age; in memory."""
    table = rows_of("Amending, moving, accepting")
    with an_office() as office:
        for row in (row for row in LIFE_ROWS if row.case.words in SAMPLED):
            said = said_on_page(table, row, row.case.rule, row.case.words)
            for number, act in enumerate(ACTS):
                assert cell(office, row, act, door) == said[number * len(DOORS) + DOORS.index(door)], (act, row)


@pytest.mark.slow
def test_who_was_born_on_29_february_and_each_nation_is_amended_as_the_page_says() -> None:
    """By flags: each row on its day, and by the law of its nation."""
    usual, by_law = rows_of("Amending, moving, accepting"), rows_of("In each nation")
    column = ACTS.index("amend") * len(DOORS) + DOORS.index("flags")
    with an_office() as office:
        for row in (row for row in LIFE_ROWS if row.age in LEAP):
            assert (
                cell(office, row, "amend", "flags") == said_on_page(usual, row, row.case.rule, row.case.words)[column]
            )
        for row, said in zip(NATION_ROWS, by_nation(office, NATION_ROWS, "amend", "flags"), strict=True):
            (found,) = (
                cells[4:]
                for cells in by_law
                if cells[:3] == [row.case.rule, row.case.words, row.age.name]
                and (cells[3] == "any" or row.nation.label in cells[3].split(", "))
            )
            assert said == found[column], (row.case.words, row.nation)


@pytest.mark.slow
def test_a_number_changes_and_an_agreement_is_added_as_the_page_says() -> None:
    """Each age of a number by flags; a form for research by whoever agreed."""
    numbers, since = rows_of("Changing a number"), rows_of("Agreed since filing")
    with an_office() as office:
        for row in NUMBER_ROWS:
            assert cell(office, row, "rekey", "flags") == said_on_page(numbers, row, "R6, R7, R9, R25")[1], row
        for row in AGREEMENT_ROWS:
            assert agreed(office, row, 0) == said_on_page(since, row, "R3", "research, a signed form"), row


def test_r9_no_act_by_flags_leaves_an_intimate_photo_of_a_child() -> None:
    """Neither amended nor moved nor accepted, to the page's own words; at the terminal it takes the digits."""
    for _, _, age, site, *said in rows_of("Amending, moving, accepting"):
        if age in CHILD_AGES and site == "intimate":
            assert "done" not in said[1::2], (age, said)
            assert all(each.endswith(" digits") for each in said[::2] if each.startswith("done")), (age, said)
    for _, age, site, terminal, unattended in rows_of("Changing a number"):
        if age in CHILD_AGES and site in {"intimate", "any"}:
            assert unattended != "done", age
            assert terminal.endswith("digits"), age
    for *_, age, site, one, two, three in rows_of("Agreed since filing"):
        if age in CHILD_AGES and site == "intimate":
            assert "done" not in {one, two, three}, age


def test_r12_no_act_ends_an_objection_well() -> None:
    """At no door, of no age."""
    said = {
        each
        for _, words, *cells in rows_of("Amending, moving, accepting")
        if words == "an objection"
        for each in cells[2:]
    }
    assert said <= {"R12", "R9"}
    assert "R12" in said


@pytest.mark.slow
@pytest.mark.parametrize("becomes", ["ordinary", "intimate"])
def test_r9_no_act_by_flags_makes_an_intimate_photo_of_a_child_an_adults(becomes: str) -> None:
    """By another birth date, another number, or both: then nothing of R9 would hold of it any more."""
    child, grown = Row(NOTHING, GROUPS[0], "intimate"), Row(NOTHING, GROUPS[-1], becomes)
    given = [word for slug, text in grown.usual.items() if slug != "patient" for word in flag_of(slug, text)]
    number = ("--patient", "-", "--yes", "--allow-test-id", "--reason", WHY)
    with an_office() as office:
        of, other = office.file(child), f"{PATIENTS[-2]}\n"
        assert run("amend", of.reference, *given, "--reason", WHY, by=office) == "R9"
        assert run("move", of.reference, *number, *given, by=office, stdin=other) in {"R9", "R10"}
        changed = run("rekey", *number, "--dob", "3/3/1971", by=office, stdin=f"{child.patient}\n{other}")
        assert changed == "wants basis form"  # which no flag of it gives
        accepted = run(
            "inbox", "accept", office.put(replace(child, number=PATIENTS[-3])).reference, *given, "--yes", by=office
        )
        assert accepted in {"R9", "R10"}  # as in a move: what it was when it was put there counts too
        history = life.load(office.practice.vault, of)
        assert (history.additions, history.gone) == ((), None)
