"""`imgfile rekey`: a temporary number is replaced, as a GP does it at the terminal, and as a script would."""

from __future__ import annotations

import pytest

from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.records import manifest
from imgfile.vault.records.find import find
from kit.terminal.desk import Desk, ndjson, reference
from kit.terminal.processes import Outcome
from kit.vault.filings import MOLE, RASH, filed
from kit.vault.lives import HOLD, Life
from kit.vault.practice import PASSPHRASE

BOTH = b"9434765870\n999 000 0026\n"


def changed(desk: Desk, *more: str, numbers: bytes = BOTH) -> Outcome:
    """Change a number without a terminal."""
    words = ("rekey", "--no-input", "--allow-test-id", "--identity-file", str(desk.identity), *more)
    return desk.run(*words, stdin=numbers)


@pytest.fixture
def record(desk: Desk) -> str:
    """File a mole."""
    return reference(desk.practice.file_decided(filed(MOLE)))


def test_the_dialogue_of_an_intimate_photo_of_a_child(desk: Desk) -> None:
    """Both numbers, the birth date by Enter, what is attested anew, the digits of both."""
    done = desk.practice.file_decided(filed(RASH))
    of = reference(done)
    with desk.sit("rekey", "--allow-test-id") as session:
        session.answer("Old number, that changed or was temporary (q quit):", RASH["patient"])
        session.answer("Number as it is from now on (q quit):", "9990000034")
        session.answer("Passphrase: ", PASSPHRASE)
        session.answer("Date of birth (Enter keeps", "")
        session.expect("1 photo goes to the new number")
        session.expect(f"{of}, an intimate photo of a child, is attested anew:")
        session.answer("Why does the number change:", "temporary, traced")
        session.answer("old one first (q quit):", "0034 0018")
        session.expect("Those are not the last four digits of both")
        session.answer("old one first (q quit):", f"{RASH['patient'][-4:]} 0034")
        assert session.finish().status == 0
        assert f"{of} is " in session.screen
    stated = manifest.load(desk.practice.vault, done.patient, done.record)
    gone = life.load(desk.practice.vault, stated).gone
    assert gone is not None
    refused = desk.run("show", of, "--no-input")
    assert refused.status == 17
    assert "number changed" in refused.words


def test_q_leaves_everything_as_it_was(desk: Desk, record: str) -> None:
    """At the last question too."""
    with desk.sit("rekey", "--allow-test-id", "--reason", "traced") as session:
        session.answer("Old number", MOLE["patient"])
        session.answer("from now on", "9990000026")
        session.answer("Passphrase: ", PASSPHRASE)
        session.answer("Date of birth", "")
        session.answer("old one first (q quit):", "q")
        assert session.finish().status != 0
        assert "Nothing was changed" in session.screen
    assert "gone" not in desk.run("list").stdout.decode()
    assert record in desk.run("list").stdout.decode()


def test_what_no_number_can_be_is_asked_again_and_a_question_names_its_photo(desk: Desk, record: str) -> None:
    """At its own question, not behind the passphrase; what another birth date leaves open is asked photo by photo."""
    with desk.sit("rekey", "--reason", "traced", "--allow-test-id") as session:
        for typed, said in (("12", "It has 2 digits instead of 10."), ("9990000034", "Nothing is filed under the old")):
            session.answer("Old number", typed)
            session.expect(said)
        session.answer("Old number", MOLE["patient"])
        for typed, said in (("a bc", "It has characters"), (MOLE["patient"], "The old number and the new one are")):
            session.answer("from now on", typed)
            session.expect(said)
        session.answer("from now on", "9990000026")
        session.answer("Passphrase: ", PASSPHRASE)
        session.answer("Date of birth", "4/3/1971")
        session.expect(f"{record}: left shoulder; filed ")
        session.answer("Consent basis", "q")
        assert session.finish().status != 0
    with desk.sit("rekey") as session:
        session.answer("Old number", MOLE["patient"])
        session.answer("from now on", "9990000026")
        session.expect("It is a test number")
        session.answer("from now on", "q")
    unattended = changed(desk, "--patient", "-", "--reason", "traced", "--yes", numbers=b"943476587\n9990000026\n")
    assert (unattended.status, "--patient, the old number: has 9 digits" in unattended.words) == (13, True)
    assert "gone" not in desk.run("list").stdout.decode()


def test_unattended_it_takes_both_numbers_from_standard_input(desk: Desk, record: str) -> None:
    """And says so in JSON; a dry run changes nothing; run again it says that it is done; a hold stays on both."""
    Life(desk.practice, find(desk.practice.vault, record)).add(HOLD, Effect.HELD)
    rest = ("--patient", "-", "--reason", "traced")
    assert ndjson(changed(desk, *rest, "--dry-run", "--json")) == [
        {"type": "ready", "record": record, "exported": False}
    ]
    line, summary = ndjson(changed(desk, *rest, "--yes", "--json"))
    assert (line["type"], line["record"], line["is_kept"]) == ("rekeyed", record, True)
    assert summary == {"type": "summary", "rekeyed": 1, "exported": []}
    again = changed(desk, *rest, "--yes")
    assert again.status == 0
    assert f"Done already: {record} is {line['now']}" in again.words
    assert line["now"] in desk.run("legal-hold", "list").stdout.decode()


def test_unattended_everything_that_is_missing_is_said_at_once(desk: Desk, record: str) -> None:
    """Before anybody's identity is opened."""
    outcome = changed(desk)
    assert outcome.status == 13
    for flag in ("--patient", "--reason", "--yes"):
        assert flag in outcome.words
    assert record in desk.run("list").stdout.decode()


@pytest.mark.parametrize(
    ("more", "numbers", "status"),
    [
        (("--patient", "9434765870"), BOTH, 2),
        (("--patient", "-"), b"9434765870\n", 13),
        (("--patient", "-"), BOTH + b"9990000034\n", 13),
        (("--patient", "-"), b"9434765870\n9434765870\n", 2),
        (("--patient", "-"), b"9990000034\n9990000026\n", 2),
        (("--patient", "-", "--dob", "yesterdays"), BOTH, 13),
    ],
    ids=["an argument", "one", "three", "the same", "nothing there", "no date"],
)
def test_numbers_that_are_none_are_refused(
    desk: Desk, record: str, more: tuple[str, ...], numbers: bytes, status: int
) -> None:
    """And never repeated."""
    outcome = changed(desk, *more, "--reason", "traced", "--yes", numbers=numbers)
    assert outcome.status == status, outcome.words
    assert "9434765870" not in outcome.words
    assert "gone" not in desk.run("list").stdout.decode()
    assert record in desk.run("list").stdout.decode()


def test_a_childs_intimate_photo_is_refused_unattended(desk: Desk) -> None:
    """R9."""
    desk.practice.file_decided(filed(RASH))
    numbers = f"{RASH['patient']}\n9990000034\n".encode()
    outcome = changed(desk, "--patient", "-", "--reason", "traced", "--yes", numbers=numbers)
    assert outcome.status == 17
