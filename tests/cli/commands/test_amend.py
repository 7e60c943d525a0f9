"""`imgfile amend`: a clinician corrects answers at the terminal or by flags; reception marks as intimate, no more."""

from __future__ import annotations

from datetime import date

import pytest

from imgfile.clinical.record.additions import Amendment
from imgfile.clinical.vocabulary import Provenance
from imgfile.vault.checks.verify import verify
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from kit.terminal.desk import Desk, ndjson, reference
from kit.terminal.records import at_reception, notes
from kit.vault.filings import KNEE, MOLE, RASH, filed
from kit.vault.lives import Life
from kit.vault.practice import PASSPHRASE

WHY = ["--reason", "sides mixed up"]


@pytest.fixture
def mole(desk: Desk) -> str:
    """File the mole; return its reference."""
    return reference(desk.practice.file_decided(filed(MOLE)))


def now(desk: Desk, record: str) -> dict[str, dict[str, object]]:
    """Return the facts of a record as they are now."""
    facts: dict[str, dict[str, object]] = ndjson(desk.as_clinician("show", record, "--json"))[0]["facts"]
    return facts


def test_an_answer_is_changed_by_its_number_and_confirmed(desk: Desk, mole: str) -> None:
    """The list is numbered; Enter ends it; what was and what will be is shown, and `?` explains."""
    with desk.sit("amend", mole) as session:
        session.answer("Passphrase: ", PASSPHRASE)
        session.expect("NHS 943 476 5870")
        session.answer("Change which (Enter ends, q quits and changes nothing): ", "?")
        session.expect("every rule judges all of it anew")
        session.answer("Change which (Enter ends, q quits and changes nothing): ", "99")
        session.expect("none of the numbers above")
        session.answer("Change which (Enter ends, q quits and changes nothing): ", "body site")
        session.answer("Body site", "right shoulder")
        session.answer("Change which (Enter ends, q quits and changes nothing): ", "")
        session.answer("Why was it wrong: ", "sides mixed up")
        session.expect("left shoulder -> right shoulder")
        session.answer("Amend it? (y amend, q quit): ", "maybe")
        session.answer("Amend it? (y amend, q quit): ", "y")
        assert session.finish().status == 0, session.screen
    assert now(desk, mole)["decision"]["body_site"] == "right shoulder"
    (added,) = notes(desk, mole)
    assert (added["kind"], added["signed_by"]) == ("amendment", "Dr A. Example, GMC 7654321")
    assert added["addition"]["said"]["provenance"] == {"body_site": "typed"}
    assert list(verify(desk.practice.reopened())) == []


@pytest.mark.parametrize(
    "typed",
    [
        [("Change which", "q")],
        [("Change which", "1"), ("Date of birth", "q")],
        [("Change which", "1"), ("Date of birth", "\x03")],
        [("Change which", "")],
    ],
    ids=["at the list", "at a question", "Ctrl-C there", "nothing changed"],
)
def test_whoever_leaves_changes_nothing(desk: Desk, mole: str, typed: list[tuple[str, str]]) -> None:
    """By q anywhere, or by Enter before anything was changed."""
    with desk.sit("amend", mole) as session:
        session.answer("Passphrase: ", PASSPHRASE)
        for question, answer in typed:
            session.answer(question, answer)
        assert session.finish().status in {130, 2}
        assert "Nothing was changed." in session.words
    assert notes(desk, mole) == []


def test_by_flags_without_a_terminal_with_the_identity_file(desk: Desk, mole: str) -> None:
    """Several at once; one line of JSON says which answers are others now."""
    change = ["--body-site", "left knee", "--purpose", "monitoring_response"]
    outcome = desk.as_clinician("amend", mole, *change, *WHY, "--json")
    assert outcome.status == 0, outcome.words
    assert ndjson(outcome) == [{"type": "amended", "record": mole, "answers": ["body_site", "purpose"]}]
    decision = now(desk, mole)["decision"]
    assert (decision["body_site"], decision["purpose"]) == ("left knee", "monitoring_response")
    shown = desk.as_clinician("show", mole, "--history").stdout.decode()
    assert "was left shoulder" in shown
    assert "now left knee" in shown
    assert "sides mixed up" in shown


def test_everything_that_is_missing_is_said_at_once(desk: Desk, mole: str) -> None:
    """The answer, the reason, the identity; exit code 13."""
    outcome = desk.run("amend", mole)
    assert outcome.status == 13
    assert "3 answers are missing: an answer --reason --identity-file" in outcome.words
    assert desk.as_clinician("amend", mole, "--body-site", "left knee").status == 13
    assert notes(desk, mole) == []


def test_nobody_amends_the_patients_number(desk: Desk, mole: str) -> None:
    """There is no such option: that photo is moved."""
    assert desk.as_clinician("amend", mole, "--patient", "9434765870", *WHY).status == 2
    assert desk.as_clinician("amend", mole, "--scheme", "nhs", *WHY).status == 2


def test_the_patients_other_photos_with_the_old_birth_date_are_named(desk: Desk, mole: str) -> None:
    """Until all agree nothing more is filed under the number, by whichever of the two dates."""
    other = reference(desk.practice.file_decided(filed(MOLE), b"another"))
    words = ("--dob", "4/3/71", "--basis", "patient_capacity_16plus", "--form", "phone", *WHY)
    told = desk.as_clinician("amend", mole, *words)
    assert told.status == 0, told.words
    assert f"With another birth date under this number: {other}." in told.words
    assert f"imgfile amend {other}" in told.words
    (line,) = ndjson(desk.as_clinician("amend", mole, "--dob", "5/3/71", *words[2:], "--json"))
    assert line["born_otherwise"] == [other]
    (line,) = ndjson(desk.as_clinician("amend", other, "--dob", "5/3/71", *words[2:], "--json"))
    assert "born_otherwise" not in line


def test_reception_marks_as_intimate_and_amends_nothing(desk: Desk, mole: str) -> None:
    """No identity is asked for, and none helps; it takes effect where somebody looks."""
    at_reception(desk)
    assert desk.as_clinician("amend", mole, "--body-site", "left knee", *WHY).status == 17
    assert desk.as_clinician("amend", mole, "--no-intimate", *WHY).status == 17
    outcome = desk.run("amend", mole, "--intimate", *WHY, "--json")
    assert outcome.status == 0, outcome.words
    assert ndjson(outcome) == [{"type": "amended", "record": mole, "answers": ["intimate"]}]
    assert list(verify(desk.practice.reopened())) == []


def test_without_an_identity_a_mark_tightens_at_once(desk: Desk, mole: str) -> None:
    """Also in a script at a clinician's computer; the facts, the page and the history say so."""
    assert desk.run("amend", mole, "--intimate", *WHY).status == 0
    assert now(desk, mole)["decision"]["intimate_site"] == "other_as_regarded_by_patient"
    shown = desk.as_clinician("show", mole, "--history").stdout.decode()
    assert "it counts as intimate since it was filed" in shown
    assert "signed by the computer" in shown


def test_an_intimate_photo_of_a_child_is_not_made_in_a_script(desk: Desk) -> None:
    """R9, with every safeguard by flag; nor is one that is one already amended there."""
    knee = reference(desk.practice.file_decided(filed(KNEE)))
    rash = reference(desk.practice.file_decided(filed(RASH), b"another"))
    safeguards = ["--safeguards", "1245 67"]
    assert desk.as_clinician("amend", knee, "--body-site", "nappy area", *safeguards, *WHY).status == 17
    assert desk.as_clinician("amend", rash, "--rationale", "Worse; told the mother why, at length", *WHY).status == 17
    assert notes(desk, knee) + notes(desk, rash) == []


def test_an_intimate_photo_of_a_child_is_attested_at_the_terminal(desk: Desk) -> None:
    """The safeguards are asked, and the last four digits of the number confirm."""
    knee = reference(desk.practice.file_decided(filed(KNEE)))
    with desk.sit("amend", knee, "--body-site", "nappy area", *WHY) as session:
        session.answer("Passphrase: ", PASSPHRASE)
        session.answer("Intimate? A nappy area counts as intimate [Y/n]: ", "")
        assert "No earlier photo" not in session.screen  # nobody looked for one
        session.answer("(1 2 5 7 are required)", "1245 67")
        while "Last four digits" not in session.screen:
            session.send("\r")
            session.expect(": ")
        session.send("?\r")
        session.expect("0018")
        session.send("0000\r")
        session.expect("not the answer that is asked for")
        session.send("0018\r")
        assert session.finish().status == 0, session.screen
    decision = now(desk, knee)["decision"]
    assert decision["intimate_site"] == "nappy_area"
    assert decision["attested_by"] == {"name": "Dr A. Example", "registration": "GMC 7654321"}


def test_an_intimate_photo_of_a_child_that_nobody_attested_says_so_and_is_attested(desk: Desk) -> None:
    """One changed the site and another the birth date, at once; what was no question any more is not in the way."""
    answers = {**MOLE, "body_site": "groin", "intimate": "yes", "view_once": "no"}
    life = Life.begin(desk.practice, answers)
    of_a_child = {
        "basis": "parental_responsibility",
        "giver": "mother",
        "pr_evidence": "stated",
        "capacity": "presumed",
    }
    born = Amendment(
        changes={"patient": {"born": "2020-09-14"}, "consent": of_a_child},
        reason="another sibling's",
        provenance=dict.fromkeys(("dob", "basis", "giver", "pr_evidence"), Provenance.FLAG),
    )
    guard = open_pseudonyms(desk.practice.vault).birth_guard(life.of.folder, date(2020, 9, 14))
    life.add(born, key=life.founder, birth_guard=guard)
    groin = life.of.reference
    shown = desk.as_clinician("show", groin)
    assert "NOT ATTESTED (R9)" in shown.stdout.decode()
    assert ndjson(desk.as_clinician("show", groin, "--json"))[0]["not_attested"] is True
    to = ["--purpose", "referral_advice", "--reason", "advice", "-o", str(desk.state / "a.jpg")]
    assert f"R9: nobody attested the safeguards of {groin}" in desk.as_clinician("export", groin, *to).words
    with desk.sit("amend", groin, "--reason", "attested since") as session:
        session.answer("Passphrase: ", PASSPHRASE)
        session.answer("Change which (Enter ends, q quits and changes nothing): ", "safeguards")
        session.answer("(1 2 5 7 are required)", "1245 67")
        session.answer("Change which (Enter ends, q quits and changes nothing): ", "")
        session.answer("Last four digits", "5870")
        assert session.finish().status == 0, session.screen
    assert now(desk, groin)["decision"]["attested_by"]
    assert "NOT ATTESTED" not in desk.as_clinician("show", groin).stdout.decode()
