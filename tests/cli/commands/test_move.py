"""`imgfile move`: the wrong patient, as a GP notices it a day later, and as a script would."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from imgfile.acts.life.disclosures import Disclosure
from imgfile.cli.life.copies import to_recall
from imgfile.vault import layout
from imgfile.vault.life import history as life
from imgfile.vault.records import manifest
from kit.terminal.desk import Desk, ndjson, reference
from kit.terminal.processes import Outcome
from kit.vault.filings import MOLE, RASH, filed
from kit.vault.practice import PASSPHRASE

ANSWERS = {**MOLE, "dob": "3/3/51", "body_site": "left forearm"}


def flags(**changes: str) -> list[str]:
    """Give every answer but the number as a flag."""
    given = {slug: text for slug, text in (ANSWERS | changes).items() if slug != "patient"}
    return [word for slug, text in given.items() for word in (f"--{slug.replace('_', '-')}", text)]


def moved(desk: Desk, record: str, *more: str, number: bytes = b"999 000 0026\n") -> Outcome:
    """Move a record without a terminal."""
    words = ("move", record, "--no-input", "--allow-test-id", "--identity-file", str(desk.identity), *more)
    return desk.run(*words, stdin=number)


@pytest.fixture
def record(desk: Desk) -> str:
    """File a mole for the wrong patient."""
    return reference(desk.practice.file_decided(filed(MOLE)))


def test_the_dialogue(desk: Desk, record: str) -> None:
    """Whose it is, what left, everything anew, both numbers; then where it is, what to recall, and the breach."""
    copy = desk.state / "copy.jpg"
    words = ("export", record, "-o", copy, "--purpose", "referral_advice", "--reason", "2WW")
    assert desk.as_clinician(*words).status == 0
    with desk.sit("move", record[:4], "--allow-test-id", *flags()) as session:
        session.answer("Passphrase: ", PASSPHRASE)
        session.expect(f"{record}: 943 476 5870, born 3 Mar 1971; left shoulder; filed")
        session.expect("Exported once: ")
        session.answer("number", "9990000026")
        session.answer("Why was it wrong:", "?")
        session.expect("e.g.  two charts open")
        session.answer("Why was it wrong:", "two charts open")
        session.expect("from  943 476 5870, born 3 Mar 1971      to  999 000 0026, born 3 Mar 1951")
        session.answer("wrong one first (c change, q quit):", "c")
        session.expect("1 patient number")
        session.answer("Change which (Enter back, q quit):", "body site")
        session.answer("Body site:", "right knee")
        session.expect("right knee, not intimate")
        session.expect("from  943 476 5870")
        session.answer("wrong one first (c change, q quit):", "0026 5870")
        session.expect("Those are not the last four digits of both")
        session.answer("wrong one first (c change, q quit):", "5870 0026")
        assert session.finish().status == 0
        assert "Moved: now " in session.screen
        assert f"{record} leads there. Recall the exported copy of " in session.screen
        assert "Who got it:  imgfile audit --record " in session.screen
        assert "72 hours" in session.screen
    for command in (("show", record), ("view", record), ("export", record, "-o", desk.state / "x"), ("note", record)):
        refused = desk.run(*command, "--no-input")
        assert (refused.status, "R25" in refused.words or "wrong patient" in refused.words) == (17, True), refused.words
    listed = {line["record"]: line for line in ndjson(desk.run("list", "--json"))}
    assert (listed[record]["state"], listed[record]["how"]) == ("gone", "moved")
    now = str(listed[record]["now"])
    told = ndjson(desk.as_clinician("audit", "--record", now, "--reasons", "--json"))
    why = {line["act"]: line["reason"] for line in told if "reason" in line}
    assert why == {"exported": "2WW", "gone": "two charts open"}
    history = desk.as_clinician("show", now, "--history").stdout.decode()
    assert f"  came from     {record}, where it was filed for the wrong patient, " in " ".join(history.split("\n"))
    assert "right knee" in history
    assert "Nothing was added since." in history
    assert "5870" not in history


def test_every_copy_that_left_is_recalled_not_one_a_day() -> None:
    """Two of one day are two: one lies in the wrong record, and somebody was sent the other."""
    noon = datetime(2026, 11, 29, 12, tzinfo=UTC)
    copies = [Disclosure("exported", noon, purpose) for purpose in ("own_clinical_record", "referral_advice")]
    days = "29 Nov 2026, our own clinical record; 29 Nov 2026, referral or advice"
    assert [to_recall(copies[:count]) for count in range(3)] == [
        "",
        "Recall the exported copy of 29 Nov 2026.",
        f"Recall all 2 exported copies: {days}.",
    ]


def test_q_leaves_everything_as_it_was(desk: Desk, record: str) -> None:
    """At the last question too."""
    with desk.sit("move", record, "--allow-test-id", "--reason", "two charts", *flags()) as session:
        session.answer("Passphrase: ", PASSPHRASE)
        session.answer("number", "9990000026")
        session.answer("wrong one first (c change, q quit):", "q")
        assert session.finish().status != 0
        assert "Nothing was changed" in session.screen
    assert "gone" not in desk.run("list").stdout.decode()


def test_unattended_it_takes_the_number_from_standard_input(desk: Desk, record: str) -> None:
    """And says so in JSON; a dry run changes nothing; run again it is refused with where it went."""
    rest = ("--patient", "-", "--reason", "two charts open", *flags())
    (ready,) = ndjson(moved(desk, record, *rest, "--dry-run", "--json"))
    assert ready == {"type": "ready", "record": record, "exported": []}
    (line,) = ndjson(moved(desk, record, *rest, "--yes", "--json"))
    assert (line["type"], line["record"], line["exported"], line["is_kept"]) == ("moved", record, [], False)
    again = moved(desk, record, *rest, "--yes")
    assert again.status == 17
    assert line["now"] in again.words


def test_unattended_everything_that_is_missing_is_said_at_once(desk: Desk, record: str) -> None:
    """Before anybody's identity is opened."""
    outcome = moved(desk, record)
    assert outcome.status == 13
    for flag in ("--patient", "--dob", "--body-site", "--reason", "--yes"):
        assert flag in outcome.words


def test_a_number_on_the_command_line_is_refused(desk: Desk, record: str) -> None:
    """The shell's history and the list of processes would keep it."""
    outcome = moved(desk, record, "--patient", "9990000026")
    assert outcome.status == 2
    assert "9990000026" not in outcome.words


def test_a_child_s_intimate_photo_is_moved_at_the_terminal_alone(desk: Desk) -> None:
    """R9: flags attest nothing, whichever of the two patients is the child."""
    done = desk.practice.file_decided(filed(RASH))
    rest = ("--patient", "-", "--reason", "two charts open", "--yes")
    for number, answers in ((b"9434765870", MOLE), (b"9990000026", RASH)):
        given = {slug: text for slug, text in answers.items() if slug not in {"patient", "intimate"}}
        words = [word for slug, text in given.items() for word in (f"--{slug.replace('_', '-')}", text)]
        switch = ["--intimate"] if "intimate" in answers else ["--no-intimate"]
        outcome = moved(desk, reference(done), *rest, *words, *switch, number=number)
        assert outcome.status == 17, outcome.words
    of = manifest.load(desk.practice.vault, done.patient, done.record)
    assert life.load(desk.practice.vault, of).gone is None
    assert desk.practice.vault.store.exists(f"{layout.record(done.patient, done.record)}/{layout.MANIFEST}")
