"""A patient's number as an argument: the shell's history and the list of processes would keep it (R23).

Filing takes one, as it takes every answer about a new photo by a flag. Whatever is about photos that are filed asks for
it, or reads it from standard input.
"""

from __future__ import annotations

import re
from typing import TypeAlias

import pytest

from imgfile.cli import main
from kit.terminal.desk import Desk, reference
from kit.tools import REPOSITORY
from kit.vault.filings import ADULT, MOLE, filed

Captured: TypeAlias = pytest.CaptureFixture[str]

UNSEEN: dict[str, list[str]] = {
    "list": [],
    "find": [],
    "audit": [],
    "view": ["--reason", "review"],
    "export": ["--as", "pdf", "-o", ".", "--purpose", "own_clinical_record"],
    "move": ["{}", "--reason", "two charts open"],
    "rekey": ["--reason", "number traced"],
    "destroy propose": ["--reason", "by mistake"],
}
"""Commands of which a number is read unseen, and what else they take."""
AS_AN_ANSWER = {"ingest", "inbox accept"}


def of_the_pages() -> dict[str, str]:
    """Return each command whose help page has `--patient`, and what it takes there."""
    sections = re.split(r"^## imgfile ", (REPOSITORY / "docs" / "reference" / "cli.md").read_text(), flags=re.MULTILINE)
    taken = ((section, re.search(r"^  --patient +(\S+)", section, re.MULTILINE)) for section in sections)
    return {section.splitlines()[0].strip(): found[1] for section, found in taken if found}


def test_every_command_that_takes_a_patient_is_in_the_table() -> None:
    """By its own help page: a new one must decide."""
    assert of_the_pages() == {**dict.fromkeys(UNSEEN, "-"), **dict.fromkeys(AS_AN_ANSWER, "TEXT")}


def test_a_number_as_an_argument_is_a_usage_error_that_says_how(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    """Exit code 2, nothing printed, no part of the number repeated: whole, grouped, split, of another scheme, wrong."""
    monkeypatch.setenv("IMGFILE_STATE", str(desk.state))
    mole = reference(desk.practice.file_decided(filed(MOLE)))
    for command, rest in UNSEEN.items():
        for number in ([ADULT], ["943 476 5870"], ["943", "476", "5870"], ["local T-1234"], ["9434765871"]):
            words = [*command.split(), *(word.format(mole) for word in rest), "--patient", *number]
            status, said = main(words), capfd.readouterr()
            assert (status, said.out) == (2, ""), (words, said)
            assert "not taken from the command line" in said.err, (words, said.err)
            assert "--patient - < number" in said.err, (words, said.err)
            assert not re.search("943|5870|1234", said.err), (words, said.err)
