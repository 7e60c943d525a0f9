"""The errands of CONTRIBUTING.md lead to files that are there, and that hold what one comes for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from kit.tools import REPOSITORY

ERRANDS = 20
"""How many are promised; there are more."""

CODE = REPOSITORY / "src" / "imgfile"
QUOTED = re.compile(r"`([^`]+)`")
FILE = re.compile(r"[\w/.-]+\.\w+|(?:[\w-]+/)+")
FIRST = re.compile(r"`([^`]+)` \(`([^`]+)`\)")


class Errand(NamedTuple):
    """A row of the table: what to change, where to begin, where to go on, and what tries it."""

    aim: str
    begin: str
    then: str
    tests: str


def errands() -> list[Errand]:
    """Return the rows of the table."""
    _, _, section = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Where do I change …\n")
    rows = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    return [Errand(*(cell.strip() for cell in row.strip("|").split("|"))) for row in rows[2:]]


each_errand = pytest.mark.parametrize("errand", errands(), ids=lambda errand: errand.aim)


def place(name: str) -> Path:
    """Return where a file of the table lies: from the top, or below the package."""
    return REPOSITORY / name if (REPOSITORY / name).exists() else CODE / name


def test_there_are_as_many_errands_as_promised() -> None:
    """Each once."""
    aims = [errand.aim for errand in errands()]
    assert len(set(aims)) == len(aims) >= ERRANDS


@each_errand
def test_every_file_of_an_errand_is_there(errand: Errand) -> None:
    """And each errand begins in a file."""
    named = [name for cell in errand[1:] for name in QUOTED.findall(cell) if FILE.fullmatch(name)]
    assert [name for name in named if not place(name).exists()] == []
    assert FILE.fullmatch(QUOTED.findall(errand.begin)[0])


@each_errand
def test_an_errand_begins_where_its_name_stands(errand: Errand) -> None:
    """What stands in parentheses behind a file is found in it."""
    pairs = [pair for cell in errand[1:] for pair in FIRST.findall(cell) if FILE.fullmatch(pair[0])]
    assert [(file, name) for file, name in pairs if name not in place(file).read_text(encoding="utf-8")] == []
