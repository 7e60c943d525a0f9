"""What each door does with who was born on 29 February, and what is so in each nation: by going through every door.

PYTHONPATH=tests python -m kit.rules_by_nation    writes the end of docs/reference/rules.md anew

A door is one of `kit.rules_table`. The clock says the day on which an age is judged; the practice's policy, the nation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.policy import change_policy
from imgfile.clinical.facts import Facts
from imgfile.clinical.interview import law
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.policy import Policy
from imgfile.clinical.rules import hold_by_hand
from imgfile.clinical.vocabulary import IntimateUnder18, Nation
from kit import clock
from kit.rules_table import (
    BOUNDARIES,
    DOORS,
    FURTHER,
    GROUPS,
    LEAP,
    MARK,
    NOTHING,
    PAGE,
    UNATTENDED,
    Bench,
    Case,
    Row,
    bench,
    kept,
    through,
)
from kit.vault.practice import NOON, Practice, clinician_of

ADULT: Final = GROUPS[-1]
_EVIDENCE: Final = {"capacity_evidence": "Dr B. Other, 21 Nov 2026"}
_DECIDER: Final = {"giver": None, "decided_by": "R. Ray", "authority": "registered in 2024, seen by Dr A", **_EVIDENCE}
INSTEAD: Final = (
    Case("R7", "an attorney, with evidence", {"basis": "attorney", **_DECIDER}),
    Case("R7", "a deputy or guardian, with evidence", {"basis": "court_deputy_or_guardian", **_DECIDER}),
    Case("R7", "a guardian by that word", {"basis": "guardian", **_DECIDER}),
    Case("R7", "best interests, with evidence",
         {"basis": "best interests", "giver": None, "form": None, "consulted": "family", **_EVIDENCE}),
    Case("R7", "benefit by that word",
         {"basis": "benefit to the patient", "giver": None, "form": None, "consulted": "family", **_EVIDENCE}),
)  # fmt: skip
"""Who decides for an adult who cannot, with all that is asked for it."""
_BY_THEMSELVES: Final = {"basis": "competent_minor", "giver": None, "competence_evidence": "Dr B. Other, today"}
COMPETENT: Final = Case("R6", "a competent child, with evidence", _BY_THEMSELVES)
OWN: Final = Case("R6", "the patient's own", {"basis": "patient_capacity_16plus", "giver": None})
PARENT: Final = Case("R6, R7", "parental responsibility", {"basis": "parental_responsibility", "giver": "mother"})
LEAP_ROWS: Final = (
    *(Row(NOTHING, age, site) for age in LEAP for site in ("ordinary", "intimate")),
    *(Row(case, age, "ordinary") for case in (COMPETENT, OWN, PARENT) for age in LEAP),
)
_EVES: Final = ((COMPETENT, BOUNDARIES[:2]), (OWN, BOUNDARIES[:2]), (PARENT, BOUNDARIES))
"""The birthdays that each turns on."""
NATION_ROWS: Final = tuple(
    Row(case, age, "ordinary", nation=nation)
    for case, ages in (*_EVES, (INSTEAD[0], BOUNDARIES[2:3]), *((case, (ADULT,)) for case in INSTEAD))
    for age in ages
    for nation in Nation
)


def in_nation(practice: Practice, nation: Nation) -> Practice:
    """Let a practice go by the law of a nation; return it as the next command opens it."""
    vault = practice.reopened()
    if vault.policy.nation is not nation:
        by = admit_administrator(vault, [clinician_of(practice)])
        change_policy(vault, by, replace(vault.policy, nation=nation), at=NOON)
    return replace(practice, vault=practice.reopened())


def in_turn(rows: Sequence[Row]) -> Iterator[list[int]]:
    """Yield which rows are of one day and nation, of the earliest day first."""

    def when_and_where(at: int) -> tuple[str, Nation]:
        return str(rows[at].age.on or ""), rows[at].nation

    yield from (list(group) for _, group in groupby(sorted(range(len(rows)), key=when_and_where), when_and_where))


def found(made: Bench, door: str, rows: Sequence[Row]) -> list[str]:
    """Return what a door does with each row, each on its day and by its nation's law."""
    said = dict[int, str]()
    for group in in_turn(rows):
        first = rows[group[0]]
        made.practice = in_nation(made.practice, first.nation)
        with clock.on(first.age.on):
            said |= dict(zip(group, through(made, door, [rows[at] for at in group]), strict=True))
    return [said[at] for at in range(len(rows))]


def every_door(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Return what every door does with each row."""
    table = {}
    for door in DOORS:
        with bench() as made:
            table[door] = found(made, door, rows)
    return table


# --- the page ---------------------------------------------------------------------------------------------------

_BORN: Final = f"""{FURTHER}
The same doors, on the day that is named. Who was born on 29 February is 16 on the 29th, but for 1 March of a year
without one, as 2100; and 18 on 1 March, since no such year has one.

| rule | the photo | age | site | terminal | terminal, --yes | unattended |
| --- | --- | --- | --- | --- | --- | --- |
"""
NATIONS: Final = "\n## In each nation\n"
_NATIONS: Final = f"""{NATIONS}
An ordinary photo, by the law of the nation that the practice's policy names.

| rule | the photo | age | nation | terminal | terminal, --yes | unattended |
| --- | --- | --- | --- | --- | --- | --- |
"""
_WORDS: Final = """
What is asked and said there. No number is built in but 999: whom else to call is the practice's own word.

| nation | who decides for an adult | asked where capacity is lacking | competence | capacity | of a photo on hold |
| --- | --- | --- | --- | --- | --- |
"""


def page(leap: Mapping[str, Sequence[str]], nations: Mapping[str, Sequence[str]]) -> str:
    """Return the end of the page, by what each door does with each row."""
    return "".join((
        _BORN, *_lines(LEAP_ROWS, leap, lambda row: row.sensitivity),
        _NATIONS, *_lines(NATION_ROWS, nations, lambda row: row.nation.label),
        _WORDS, *map(_words, Nation),
    ))  # fmt: skip


def _lines(rows: Sequence[Row], table: Mapping[str, Sequence[str]], of: Callable[[Row], str]) -> Iterator[str]:
    lines = [(row, said_of(table, at)) for at, row in enumerate(rows)]
    for (_, said), group in groupby(lines, lambda line: ((line[0].case, line[0].age), line[1])):
        those = [row for row, _ in group]
        alike = [row for row in rows if (row.case, row.age) == (those[0].case, those[0].age)]
        which = "any" if those == alike and len(those) > 1 else ", ".join(of(row) for row in those)
        yield f"| {' | '.join((those[0].case.rule, those[0].case.words, those[0].age.name, which, *said))} |\n"


def said_of(table: Mapping[str, Sequence[str]], at: int) -> tuple[str, str, str]:
    """Return what the terminal, the terminal with --yes, and all unattended doors do with a row."""
    (unattended,) = {table[door][at] for door in UNATTENDED}
    return table["terminal"][at], table["terminal --yes"][at], unattended


def _words(nation: Nation) -> str:
    policy = Policy(nation=nation, intimate_under_18=IntimateUnder18.REFUSE, safeguarding_contact="(the practice's)")
    facts = Facts(policy=policy, today=NOON.date(), dob=NOON.date().replace(year=1971))
    offered = ", ".join(choice.label for choice in QUESTIONS["basis"].choices(facts) if choice.is_offered)
    asked = QUESTIONS["capacity_evidence"].words(facts)
    laws = (re.split(r": |\. ", law.of(slug, nation)[0])[0] for slug in ("competence", "capacity_evidence"))
    held = hold_by_hand(policy).replace("\n", " ")
    return f"| {' | '.join((nation.label, offered, asked, *laws, held))} |\n"


def stated(rows: Sequence[Row], heading: str) -> list[tuple[str, str, str]]:
    """Return what the page says of each row: terminal, terminal with --yes, unattended."""
    lines = [
        line[2:-2].split(" | ")
        for line in (MARK + kept()).partition(heading)[2].partition("\n## ")[0].splitlines()
        if line.startswith("| ")
    ]
    found_lines = []
    for row in rows:
        (said,) = (
            line[4:]
            for line in lines
            if line[:3] == [row.case.rule, row.case.words, row.age.name]
            and (line[3] == "any" or {row.sensitivity, row.nation.label} & {*line[3].split(", ")})
        )
        found_lines.append((said[0], said[1], said[2]))
    return found_lines


if __name__ == "__main__":
    written = page(every_door(LEAP_ROWS), every_door(NATION_ROWS))
    head = PAGE.read_text(encoding="utf-8").partition(FURTHER)[0]
    PAGE.write_text(head + written, encoding="utf-8")
