"""Where it is certain that whoever sits at a computer may not do something, they are told so before they are asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from imgfile.acts.practice.administrator import Administrator, admit_administrator
from imgfile.acts.practice.leaving import Leaver, remove, retire
from imgfile.cli import main
from imgfile.errors import AnswerInvalid, Closed, NoVault, RefusedByRule, UsageError
from imgfile.vault.roster.model import Role, Roster
from kit.vault.filings import KNEE
from kit.vault.inbox import put
from kit.vault.lives import Life
from kit.vault.people import enrol_person
from kit.vault.practice import NOON, Practice, change_roster

Words: TypeAlias = tuple[str, ...]
ACTS: tuple[Words, ...] = (
    ("amend", "RECORD"),
    ("move", "RECORD"),
    ("rekey",),
    ("consent", "add", "RECORD"),
    ("destroy", "propose", "RECORD"),
    ("destroy", "approve"),
    ("legal-hold", "lift", "RECORD"),
    ("inbox", "look", "ITEM"),
    ("inbox", "accept", "ITEM"),
    ("inbox", "reject", "ITEM"),
)
"""What a named person does of records: their role is judged."""
LEAVING: tuple[Words, ...] = (
    ("view", "RECORD"),
    ("export", "RECORD", "-o", "x.jpg"),
    ("consent", "show", "RECORD", "--document", "x"),
)
"""What is entered in this computer's trail."""
READING: tuple[Words, ...] = (("show", "RECORD"), ("consent", "show", "RECORD"))
ADMINISTERING: tuple[Words, ...] = (
    ("people", "approve"),
    ("people", "remove", "Dr B. Second"),
    ("people", "role", "Dr B. Second", "clinician"),
    ("policy", "edit", "--file", "policy.toml"),
    ("keys", "recovery", "new", "--new-recovery-file", "new.txt"),
    ("station", "rename", "COMPUTER", "desk"),
    ("station", "retire", "COMPUTER"),
)


class Desk:
    """The founder's computer, and what is done there without a terminal or an identity that a flag names."""

    def __init__(self, practice: Practice, capsys: pytest.CaptureFixture[str]) -> None:
        self.practice, self._capsys = practice, capsys
        self.item = put(practice).reference
        self.of = Life.begin(practice, KNEE).of

    def run(self, words: Words) -> tuple[int, str]:
        """Run a command; return its status, and what it says."""
        names = {"RECORD": self.of.reference, "ITEM": self.item, "COMPUTER": self.practice.vault.here.name}
        status = main([*(names.get(word, word) for word in words), "--no-input"])
        return status, self._capsys.readouterr().err


@pytest.fixture
def second(practice: Practice) -> tuple[Practice, Administrator]:
    """Give a practice with a second administrator, as they are admitted."""
    both, newcomer = enrol_person(practice, "Dr B. Second", "GMC 7111111", Role.CLINICIAN, Role.ADMINISTRATOR)
    return both, admit_administrator(both.vault, [newcomer.identity])


@pytest.fixture
def desk(
    second: tuple[Practice, Administrator],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Desk:
    """Sit down at the founder's computer, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Desk(second[0], capsys)


def test_a_retired_computer_refuses_before_it_asks(desk: Desk, second: tuple[Practice, Administrator]) -> None:
    """Whatever would be entered in its trail; what only reads goes on, and lacks an identity here."""
    practice, by = second
    retire(practice.vault, by, practice.vault.here, at=NOON)
    for words in (*ACTS, *LEAVING):
        status, said = desk.run(words)
        assert (status, "this computer was retired" in said) == (NoVault.exit_code, True), (words, said)
    for words in READING:
        assert desk.run(words)[0] == AnswerInvalid.exit_code, words


def test_whoever_left_is_told_so_before_they_are_asked(desk: Desk, second: tuple[Practice, Administrator]) -> None:
    """At a computer that stays the practice's: what takes a role, what administers, and what was filed since."""
    practice, by = second
    founder = practice.vault.roster.person(practice.founder)
    assert founder is not None
    vault = remove(practice.vault, by, Leaver(founder), at=NOON)
    for words in ACTS:
        status, said = desk.run(words)
        assert (status, f"this identity is {founder.title}, who left" in said) == (17, True), (words, said)
    for words in ADMINISTERING:
        status, said = desk.run(words)
        assert (status, f"the identity of {founder.title}, who left" in said) == (UsageError.exit_code, True), (
            words,
            said,
        )
    for words in (*LEAVING, *READING):
        assert desk.run(words)[0] == AnswerInvalid.exit_code, words
    desk.of = Life.begin(replace(practice, vault=vault), {**KNEE, "body_site": "left elbow"}).of
    for words in (*LEAVING, *READING):
        status, said = desk.run(words)
        assert (status, f"{desk.of.reference} is closed to this identity" in said) == (Closed.exit_code, True), words


def test_a_role_that_is_not_theirs_is_told_before_they_are_asked(desk: Desk) -> None:
    """Of whoever has this computer; with an identity that a flag names nothing is certain."""

    def without_clinical_role(newest: Roster) -> Roster:
        founder, other = newest.people
        return replace(newest, people=(replace(founder, roles=(Role.RECEPTION,)), other))

    change_roster(desk.practice, without_clinical_role)
    for words in ACTS:
        status, said = desk.run(words)
        assert (status, "R26: only" in said) == (RefusedByRule.exit_code, True), (words, said)
    assert desk.run(("destroy", "propose", "RECORD", "--identity-command", "true"))[0] != RefusedByRule.exit_code
