"""What somebody new to it types into the questions of a practice: each slip is named, and few of them cost anything."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from imgfile.acts.nearby import vaults_near
from imgfile.cli.founding.recovery_place import recovery_path
from imgfile.errors import AnswerInvalid, NotWritable
from imgfile.vault.roster.model import words_slip
from imgfile.vault.store.directory import Store
from kit.terminal.accounts import PERSON, Account, approve
from kit.terminal.desk import Desk
from kit.terminal.processes import imgfile_session

EIGHT = "zoo " * 8


@pytest.fixture
def other(desk: Desk, tmp_path: Path) -> Account:
    """Give another computer that reaches the vault's folder."""
    return Account(desk, tmp_path / "other")


@pytest.mark.parametrize("command", [("join",), ("recover",), ("roster", "pin")])
def test_no_folder_is_asked_for(other: Account, command: tuple[str, ...]) -> None:
    """With what lies near, and `?`; a folder without a vault is asked again. Without a terminal it is missing."""
    here = other.vault.parent / "here"  # a folder of this test's own: what lies beside it is known
    here.mkdir()
    with imgfile_session(*command, env=other.environment, cwd=here) as session:
        session.answer("Folder of the vault", "?")
        session.expect("S:/clinical-photos")
        session.answer("Folder of the vault", "/nowhere")
        session.expect("/nowhere")
        session.answer("Folder of the vault", "")
        session.expect("Recovery file:" if command == ("recover",) else "eight words" if len(command) > 1 else "words")
        session.answer("", "q")
        assert session.finish().status == 130
    missing = other.run(*command, "--no-input")
    assert (missing.status, "1 answer is missing: FOLDER" in missing.words) == (13, True), missing.words


def test_vaults_near_are_found_in_a_folder_and_beside_it(desk: Desk) -> None:
    """A folder without a first roster is none."""
    vault = desk.practice.folder
    beside = vault.parent / "beside"
    beside.mkdir(exist_ok=True)
    assert vault in vaults_near(vault)
    assert vault in vaults_near(vault.parent)
    assert vault in vaults_near(beside)
    assert beside not in vaults_near(beside)


def test_a_folder_that_may_not_be_looked_into_is_not_called_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may look into every folder, so the system's refusal is played."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    assert not Store(tmp_path / ("x" * 300)).is_connected()
    assert not Store(Path("a\0b")).is_connected()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", refuse)
        with pytest.raises(NotWritable, match="may not be looked into by this account"):
            Store(tmp_path).is_connected()


@pytest.mark.parametrize(
    ("typed", "least", "slip"),
    [
        ("", 8, "No word was typed; there are eight."),
        ("Tiger!", 8, "1 word was typed; there are eight."),
        ("tiger armour lemon ninety orbit gentle swan", 8, "7 words were typed; there are eight."),
        ("tiger " * 9, 8, "9 words were typed; there are eight."),
        ("tiger " * 8, 8, ""),
        ("tiger " * 5, 6, "5 words were typed; there are eight, or the first six."),
        ("tiger " * 6, 6, ""),
    ],
)
def test_a_wrong_count_of_words_is_named(typed: str, least: int, slip: str) -> None:
    """Whatever stands between them."""
    assert words_slip(typed, least=least) == slip


def test_a_wrong_count_of_words_costs_no_try(desk: Desk, other: Account) -> None:
    """At each question for eight words, as often as it happens; wrong words are typed three times at most."""
    doors = (
        (imgfile_session("join", other.vault, env=other.environment), "they read out: "),
        (imgfile_session("roster", "pin", other.vault, env=other.environment), "as a colleague reads them out:"),
        (desk.sit("people", "approve", "--identity-file", desk.identity), "read them to you): "),
    )
    for door, question in doors:
        with door as session:
            for typed in ("", "tiger", "tiger armour lemon", "zoo " * 9):
                session.answer(question, typed)
                session.expect("word was typed" if len(typed.split()) < 2 else "words were typed") if typed else None
            for _ in range(3):
                session.answer(question, EIGHT)
            done = session.finish()
        assert done.status in {12, 13}, session.screen
    for flags in (
        ("join", other.vault, "--fingerprint", "tiger"),
        ("roster", "pin", other.vault, "--fingerprint", "tiger"),
    ):
        assert "1 word was typed" in other.run(*flags, "--no-input").words
    assert "1 word was typed" in desk.as_clinician("people", "approve", "--words", "tiger", "--no-input").words


def test_a_computer_of_a_name_that_is_listed_is_warned_of(desk: Desk, other: Account, tmp_path: Path) -> None:
    """Whoever approves sees whose that one is, and what to do with it. One of another name is not warned of."""
    first = approve(desk, other.ask(), "--person", PERSON)
    assert (first.status, "is listed already" in first.words) == (0, False)
    second = approve(desk, Account(desk, tmp_path / "third").ask("--station-name", "laptop 9"), "--person", PERSON)
    assert second.status == 0
    assert "a computer called LAPTOP-9 is listed already, Dr B. Colleague, GMC 7111111's" in second.words
    assert "imgfile station retire " in second.words
    renamed = second.words.partition("imgfile station rename ")[2].split()[0]  # what is named works as it stands
    assert desk.as_clinician("station", "rename", renamed, "LAPTOP-10").status == 0
    assert "LAPTOP-10" in desk.run("station", "list").stdout.decode()


def test_whoever_was_let_in_as_somebody_else_is_told(desk: Desk, other: Account, tmp_path: Path) -> None:
    """The wrong request approved: the administrator was warned, and the new computer's screen says it too."""
    third = Account(desk, tmp_path / "third")
    words = third.ask("--name", "Dr C. Third", "--registration", "GMC 7333333")
    approved = approve(desk, words, "--person", PERSON)
    assert "at the new computer they typed: Dr C. Third, GMC 7333333" in approved.words
    joined = third.join()
    assert (joined.status, "was let in as Dr B. Colleague, GMC 7111111's" in joined.words) == (0, True), joined.words
    approve(desk, other.ask("--station-name", "ROOM-2"), "--person", PERSON)
    assert "was let in as" not in other.join().words


@pytest.mark.parametrize(
    "typed", ["7222222", "GMC 7222222", "gmc7222222", "12A3456C", "PH123456", "y", "No", "u", " 42 ", "2026 11 29"]
)
def test_what_answers_another_question_is_no_file_for_a_recovery_key(typed: str) -> None:
    """Else a key that opens every record lies under a number in whatever folder somebody happens to be in."""
    with pytest.raises(AnswerInvalid, match="looks like the answer to another question"):
        recovery_path(typed)


@pytest.mark.parametrize("typed", ["recovery.txt", "E:/7222222", "/media/stick/2", "7222222.txt", "recovery-2", "key"])
def test_what_is_a_file_is_taken(typed: str) -> None:
    """An ending or a folder says so."""
    assert recovery_path(typed) == Path(typed)


def test_no_door_writes_a_recovery_key_to_a_number(desk: Desk, tmp_path: Path) -> None:
    """By flags too."""
    for command in (
        ("keys", "recovery", "new", "--new-recovery-file", "7222222"),
        ("init", tmp_path / "v", "--recovery-file", "7222222"),
    ):
        refused = (
            desk.as_clinician(*command, "--no-input") if command[0] == "keys" else desk.run(*command, "--no-input")
        )
        assert (refused.status, "another question" in refused.words) == (13, True), refused.words


def test_a_wrong_registration_is_typed_three_times_at_most(desk: Desk, other: Account) -> None:
    """Enter costs no try, and nothing is changed."""
    assert approve(desk, other.ask(), "--person", PERSON).status == 0
    with desk.sit("people", "remove", "Dr B. Colleague", "--held-recovery-key", "n", "--keep-computers") as session:
        session.answer("(q quit): ", "")
        session.expect("an answer is needed")
        for typed in ("1", "2", "3"):
            session.answer("(q quit): ", typed)
        done = session.finish()
    assert (done.status, "3 tries. Nothing was changed." in session.screen) == (13, True), session.screen
    assert "Dr B. Colleague" in desk.run("people", "list").stdout.decode()


def test_of_several_vaults_near_one_is_named_by_its_number(other: Account) -> None:
    """A copy beside it is another folder; nobody chooses for whoever sits there."""
    shutil.copytree(other.vault, other.vault.parent / "copy")
    with imgfile_session("recover", env=other.environment, cwd=other.vault.parent) as session:
        listed = session.expect("Folder of the vault (its number, or another one):")
        session.answer("", str(1 + (f"2 {other.vault}" in "".join(listed.split("\n  ")))))
        session.answer("Recovery file:", "q")
        assert session.finish().status == 130
