"""The turns that somebody tired takes in a practice: each is refused before it asks, and names a command that works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from kit.terminal.accounts import PERSON, Account, approve
from kit.terminal.desk import Desk, ndjson

FOUNDER = "Dr A. Example, GMC 7654321"
ADMINISTERING = (
    ("people", "approve", "--words", "ocean velvet north candle amber fossil quiet marble"),
    ("people", "remove", "Dr A. Example"),
    ("people", "role", "Dr A. Example", "clinician"),
    ("station", "rename", "RECEPTION-3", "ROOM-1"),
    ("station", "retire", "RECEPTION-3"),
    ("keys", "recovery", "new"),
)
"""Every command that signs a roster of a vault in use, with nothing else that could be missed first."""


@pytest.fixture
def other(desk: Desk, tmp_path: Path) -> Account:
    """Give another computer that reaches the vault's folder."""
    return Account(desk, tmp_path / "other")


def _rosters(desk: Desk) -> int:
    return len(ndjson(desk.run("roster", "show", "--json")))


def test_who_may_not_sign_is_told_before_any_question(desk: Desk, other: Account, tmp_path: Path) -> None:
    """At a clinician's computer and at reception, and who may is named."""
    clinician, reception = other, Account(desk, tmp_path / "third")
    approve(desk, clinician.ask(), "--person", PERSON)
    approve(desk, reception.ask_for_reception())
    for account, status, said in (
        (clinician, 2, "Dr B. Colleague, GMC 7111111 may not change the practice's people, computers or policy."),
        (reception, 13, "nobody has a key at this computer that could sign this."),
    ):
        assert account.join().status == 0
        for command in ADMINISTERING:
            refused = account.run(*command, "--no-input")
            assert (refused.status, said in refused.words, FOUNDER in refused.words) == (status, True, True), command
            assert "missing" not in refused.words, command
    assert _rosters(desk) == 3


def test_before_the_approval_every_command_says_what_is_waited_for(desk: Desk, other: Account) -> None:
    """And the command that it names joins, once somebody approved."""
    words = other.ask()
    for command in (("status",), ("list",), ("check",), ("verify",), ("people", "list"), ("ingest", "rash.jpg")):
        waiting = other.run(*command)
        assert waiting.status == 10, command
        assert f"this computer asked to join {other.vault}, and is not let in yet." in waiting.words, command
    approve(desk, words, "--person", PERSON)
    assert other.run(*_named(waiting.words)).status == 0
    assert other.run("list").status == 0


def _named(words: str) -> list[str]:
    """Return the last command that a hint names, as a shell reads it."""
    return shlex.split(re.findall(r"imgfile (join .*)", words)[-1])


def test_what_changes_nothing_signs_nothing(desk: Desk) -> None:
    """A name that a computer has, roles that somebody has: no passphrase is asked for."""
    for command, said in (
        (("station", "rename", "RECEPTION-3", "RECEPTION-3"), "is called so already"),
        (("people", "role", "Dr A. Example", "administrator", "clinician"), "clinician already. Nothing was changed."),
        (("people", "role", "7654321", "administrator", "clinician"), "clinician already. Nothing was changed."),
    ):
        outcome = desk.run(*command, "--no-input")
        assert (outcome.status, said in outcome.words) == (0, True), outcome.words
    assert _rosters(desk) == 1


def test_what_was_done_of_a_computer_is_said_when_it_is_repeated(desk: Desk, other: Account) -> None:
    """By its old name too, and by its id; without a passphrase. The retired computer reads, and is told so."""
    approve(desk, other.ask(), "--person", PERSON)
    assert other.join().status == 0
    assert desk.as_clinician("station", "rename", "LAPTOP-9", "ROOM-1", "--no-input").status == 0
    again = desk.run("station", "rename", "LAPTOP-9", "ROOM-1", "--no-input")
    assert (again.status, "ROOM-1 is called so already." in again.words) == (0, True), again.words
    assert desk.run("station", "rename", "LAPTOP-9", "ROOM-2", "--no-input").status == 2
    assert desk.run("station", "rename", "LAPTOP-9", "RECEPTION-3", "--no-input").status == 2
    (retired,) = ndjson(desk.as_clinician("station", "retire", "ROOM-1", "--no-input", "--json"))
    for typed in ("room 1", retired["station"][:8]):
        again = desk.run("station", "retire", typed, "--no-input", "--json")
        assert (again.status, ndjson(again)) == (0, [retired]), again.words
        assert "ROOM-1 was retired already, by roster 4. Nothing is left to do." in again.words
    assert _rosters(desk) == 4
    for command in ("status", "list", "verify"):
        told = other.run(command)
        lines = [line for line in told.words.splitlines() if "this computer was retired from the vault" in line]
        assert (told.status, len(lines)) == (0, 1), told.words
        assert _named(lines[0]) == ["join", str(other.vault)]
        assert "retired" not in desk.run(command).words


@pytest.mark.parametrize(
    ("command", "said", "way"),
    [
        (("people", "remove", "Dr N. Body"), "lists nobody called Dr N. Body", "imgfile people list"),
        (("people", "role", "Dr N. Body", "clinician"), "lists nobody called Dr N. Body", "imgfile people list"),
        (("station", "retire", "LAPTOP-0"), "lists no computer called LAPTOP-0", "imgfile station list"),
        (("station", "rename", "LAPTOP-0", "X"), "lists no computer called LAPTOP-0", "imgfile station list"),
        (("people", "remove", "Dr A. Example"), "nobody removes themselves", "imgfile people role NAME"),
        (("people", "role", "Dr A. Example", "clinician"), "one administrator must remain", "imgfile people role NAME"),
    ],
)
def test_a_slip_of_the_administrator_names_what_to_do(
    desk: Desk, command: tuple[str, ...], said: str, way: str
) -> None:
    """Before the passphrase where it can be known, and nothing is changed."""
    signs = command[:2] == ("people", "role")
    refused = desk.as_clinician(*command, "--no-input") if signs else desk.run(*command, "--no-input")
    assert (refused.status, said in refused.words, way in refused.words) == (2, True, True), refused.words
    assert _rosters(desk) == 1


def test_a_folder_around_the_vault_leads_to_it(desk: Desk, other: Account) -> None:
    """The vault's folder is named, as it is typed."""
    refused = other.run("join", desk.practice.folder.parent, "--no-input")
    assert refused.status == 10
    assert _named(refused.words) == ["join", str(desk.practice.folder)]
