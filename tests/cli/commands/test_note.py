"""`imgfile note`: words beside a filed photo, by anybody at a computer of the practice, without a passphrase."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from imgfile.vault.checks.verify import verify
from kit.terminal.desk import Desk, ndjson, reference
from kit.terminal.records import at_reception, manifest_of, notes
from kit.vault.filings import MOLE, filed
from kit.vault.lives import Life
from kit.vault.practice import as_format_1


@pytest.fixture
def mole(desk: Desk) -> str:
    """File the mole; return its reference."""
    return reference(desk.practice.file_decided(filed(MOLE)))


def test_a_note_is_typed_at_the_terminal(desk: Desk, mole: str) -> None:
    """`?` explains it, an empty one is asked again, and no passphrase is."""
    with desk.sit("note", mole) as session:
        session.answer("Note: ", "?")
        session.expect("What you want to stand beside the photo")
        session.answer("Note: ", "")
        session.answer("Note: ", "Settling, seen on Monday")
        assert session.finish().status == 0
        assert "Passphrase" not in session.screen
        assert f"imgfile show {mole} --history" in session.screen
    (added,) = notes(desk, mole)
    assert (added["kind"], added["signed_by"], added["effects"]) == ("clinical_note", None, [])
    assert added["addition"]["said"] == {"text": "Settling, seen on Monday"}
    assert list(verify(desk.practice.reopened())) == []


def test_q_leaves_and_adds_nothing(desk: Desk, mole: str) -> None:
    """Exit code 130."""
    with desk.sit("note", mole) as session:
        session.answer("Note: ", "q")
        assert session.finish().status == 130
    assert notes(desk, mole) == []


def test_reception_adds_what_came_of_it_by_flags_and_from_a_pipe(desk: Desk, mole: str) -> None:
    """Who says it is whoever is named; one line of JSON."""
    at_reception(desk)
    outcome = desk.run("note", mole, "--text", "Rang: healed", "--outcome", "--by", "R. Desk", "--json")
    assert (outcome.status, ndjson(outcome)) == (0, [{"type": "added", "record": mole, "kind": "outcome"}])
    piped = desk.run("note", mole, "--text", "-", stdin="Zwei Zeilen\nü\n".encode())
    assert (piped.status, "at a clinician's computer:  imgfile show" in piped.words) == (0, True)
    opened = Life(replace(desk.practice, vault=desk.practice.reopened()), manifest_of(desk, mole)).opened()
    said = [(str(each.content.by), getattr(each.content.said, "text", "")) for each in opened.added]
    assert said[0] == ("R. Desk", "Rang: healed")
    assert said[1][1] == "Zwei Zeilen\nü"


@pytest.mark.parametrize(
    ("given", "told_of"),
    [
        ([], "1 answer is missing: --text"),
        (["--text", " "], "--text: is empty"),
        (["--text", "a\u202eb"], "--text: has a character that cannot be seen"),
        (["--text", "ok", "--by", "\x1b[31m"], "--by: has a character that cannot be seen"),
        (["--text", "ok", "--by", ""], "--by: is empty"),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_once_without_a_terminal(
    desk: Desk, mole: str, given: list[str], told_of: str
) -> None:
    """Exit code 13, and nothing is added."""
    outcome = desk.run("note", mole, *given)
    assert outcome.status == 13, outcome.words
    assert told_of in outcome.words
    assert notes(desk, mole) == []


def test_a_record_that_is_gone_or_short_takes_no_note_and_nobody_is_asked(desk: Desk, mole: str) -> None:
    """Said before the first question."""
    life = Life(desk.practice, manifest_of(desk, mole))
    life.move_away()
    with desk.sit("note", mole) as session:
        outcome = session.finish()
        assert outcome.status == 17
        assert "Note:" not in session.screen


def test_in_a_vault_of_format_1_it_is_refused_with_the_way_out(desk: Desk) -> None:
    """No note of that kind is in such a vault."""
    old = as_format_1(desk.practice)
    mole = reference(old.file())
    outcome = replace(desk, practice=old).run("note", mole, "--text", "ok")
    assert outcome.status == 2
    assert "format 1" in outcome.words


def test_the_words_stand_in_no_message_and_no_name(desk: Desk, mole: str) -> None:
    """What is typed about a patient is sealed."""
    outcome = desk.run("note", mole, "--text", "Zyanose der Lippen", "--json")
    assert b"Zyanose" not in outcome.stdout + outcome.stderr
    everything = [path for path in desk.practice.folder.rglob("*") if path.is_file()]
    assert not [path for path in everything if b"Zyanose" in path.read_bytes()]
    json.loads(outcome.stdout)
