"""`imgfile destroy` and `imgfile legal-hold`: two persons at their own computers, and what keeps a record from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from imgfile import sealing
from imgfile.clinical.patient import grouped
from imgfile.vault import layout
from imgfile.vault.roster.model import Role
from kit.terminal.desk import Desk, ndjson, reference
from kit.vault.destroying import Two
from kit.vault.filings import ADULT, MOLE, filed
from kit.vault.harm import flipped
from kit.vault.lives import Life
from kit.vault.people import enrol_person
from kit.vault.practice import PASSPHRASE


@dataclass(frozen=True)
class Both:
    """The founder's computer, and the identity file of a senior clinician."""

    desk: Desk
    mole: str
    senior: Path

    def propose(self) -> str:
        """Propose to destroy the mole, as the founder; return the proposal's reference."""
        done = self.desk.as_clinician("destroy", "propose", self.mole, "--reason", "kept by mistake", "--json")
        assert (done.status, "Who may: Dr S. Senior, GMC 7333333." in done.words) == (0, True), done.words
        (line,) = ndjson(done)
        assert (line["type"], line["records"]) == ("proposed", [self.mole])
        return str(line["proposal"])

    def state(self) -> list[str]:
        """Return the states of all proposals."""
        return [line["state"] for line in ndjson(self.desk.run("destroy", "list", "--json"))]


@pytest.fixture
def both(desk: Desk, tmp_path: Path) -> Both:
    """File the mole, and enrol the second person."""
    practice, senior = enrol_person(desk.practice, "Dr S. Senior", "GMC 7333333", Role.SENIOR_CLINICIAN)
    path = tmp_path / "senior.txt"
    path.write_bytes(sealing.render_identity_file(senior.identity))
    return Both(replace(desk, practice=practice), reference(practice.file_decided(filed(MOLE))), path)


def test_it_is_said_at_once_where_nobody_may_be_the_second_person(desk: Desk) -> None:
    """And as what somebody could; it is proposed all the same."""
    mole = reference(desk.practice.file_decided(filed(MOLE)))
    done = desk.as_clinician("destroy", "propose", mole, "--reason", "kept by mistake")
    assert (done.status, "nobody of the practice may yet: it takes a senior clinician or a witness." in done.words) == (
        0,
        True,
    ), done.words
    assert "\N{REPLACEMENT CHARACTER}" not in done.words


def test_a_second_person_destroys_it_at_the_terminal_and_has_a_certificate(both: Both, tmp_path: Path) -> None:
    """Shown are the reference before, patient and reason after the identity; the digits are typed; then it is gone."""
    proposal, paper = both.propose(), tmp_path / "certificate.txt"
    with both.desk.sit("destroy", "approve", "-o", paper, "--identity-file", both.senior) as session:
        session.answer("Last four digits of the patient number to destroy", "0000")
        session.answer("Last four digits of the patient number to destroy", ADULT[-4:])
        assert session.finish().status == 0
        assert "Dr A. Example, GMC 7654321" in session.words
        assert grouped(ADULT) in session.words
        assert "Why: kept by mistake" in session.words
        assert "That is not how the number ends" in session.words
        assert "Wrote the certificate: " in session.words
    text = paper.read_text()
    assert all(part in text for part in (both.mole, proposal, "Dr S. Senior", "GMC 7654321", "backup", "pseudonym"))
    assert ADULT not in text.replace(" ", "")
    assert both.state() == ["destroyed"]
    gone = both.desk.as_clinician("show", both.mole)
    assert (gone.status, "two persons destroyed it" in gone.words) == (17, True)
    assert both.desk.run("verify").status == 0
    again = both.desk.run("destroy", "approve", proposal, "--identity-file", both.senior)
    assert (again.status, again.stdout.decode()) == (0, text)
    audited = both.desk.as_clinician("audit", "--reasons")
    assert audited.status == 0, audited.words


def test_whoever_proposed_it_is_refused_before_a_passphrase_is_typed(both: Both) -> None:
    """At their own computer; and with their own identity file, after it."""
    proposal = both.propose()
    with both.desk.sit("destroy", "approve", proposal) as session:
        assert session.finish().status == 17
        assert "Passphrase" not in session.words
        assert "another person approves it" in session.words
    with both.desk.sit("destroy", "approve", proposal, "--identity-file", both.desk.identity) as session:
        assert session.finish().status == 17
        assert "another person approves it" in session.words
    assert both.state() == ["waiting"]


def test_nobody_destroys_unattended(both: Both) -> None:
    """It is said that it takes a terminal, not that help explains a flag; until then `status` says what waits."""
    assert "destroy list" not in both.desk.run("status").stdout.decode()
    both.propose()
    assert "1 proposal waits for another person to destroy records" in both.desk.run("status", "-q").stdout.decode()
    outcome = both.desk.run("destroy", "approve", "--no-input", "--identity-file", both.senior)
    assert outcome.status == 13
    assert "digits" in outcome.words
    assert "typed at a terminal" in outcome.words
    assert "--help" not in outcome.words
    assert both.state() == ["waiting"]


def test_q_leaves_everything_as_it_is(both: Both) -> None:
    """At the digits too, behind the passphrase."""
    both.propose()
    with both.desk.sit("destroy", "approve", "--identity-file", both.senior) as session:
        session.answer("Last four digits of the patient number to destroy", "q")
        assert session.finish().status == 130
        assert "Nothing was changed" in session.words
    assert both.state() == ["waiting"]


def test_a_legal_hold_is_named_and_lifted_by_a_person(both: Both) -> None:
    """No passphrase puts it on; it stops proposing and approving; whoever lifts it says why."""
    held = both.desk.run("legal-hold", "add", both.mole, "--reason", "claim of May", "--json")
    assert ndjson(held) == [{"type": "held", "record": both.mole}]
    refused = both.desk.as_clinician("destroy", "propose", both.mole, "--reason", "by mistake")
    assert (refused.status, "R18" in refused.words, "legal hold" in refused.words) == (17, True, True)
    (line,) = ndjson(both.desk.run("legal-hold", "list", "--json"))
    assert (line["record"], line["station"]) == (both.mole, "RECEPTION-3")
    missing = both.desk.run("legal-hold", "lift", both.mole)
    assert (missing.status, "--reason" in missing.words, "--identity-file" in missing.words) == (13, True, True)
    assert both.desk.run("legal-hold", "add", both.mole, "--reason", "an inquiry").status == 0
    with both.desk.sit("legal-hold", "lift", both.mole) as session:
        session.expect("It is under 2 legal holds, and all of them are lifted.")
        session.answer("Why is it lifted:", "settled")
        session.answer("Passphrase:", PASSPHRASE)
        assert session.finish().status == 0
    assert ndjson(both.desk.run("legal-hold", "list", "--json")) == []
    both.propose()


def test_a_patients_number_is_read_unseen(both: Both) -> None:
    """From a pipe; never as an argument."""
    argument = both.desk.as_clinician("destroy", "propose", "--patient", ADULT, "--reason", "by mistake")
    assert (argument.status, "history" in argument.words) == (2, True)
    given = [
        "destroy",
        "propose",
        "--patient",
        "-",
        "--reason",
        "by mistake",
        "--identity-file",
        str(both.desk.identity),
    ]
    assert both.desk.run(*given, stdin=grouped(ADULT).encode()).status == 0
    assert both.state() == ["waiting"]


def test_what_is_damaged_is_not_passed_over_as_if_there_were_none(both: Both) -> None:
    """Neither a hold nor a proposal: each list ends with 16, and never says that there is none."""
    held = both.desk.run("legal-hold", "add", both.mole, "--reason", "claim of May")
    assert held.status == 0, held.words
    assert both.desk.run("legal-hold", "add", both.mole, "--reason", "an inquiry").status == 0
    lifted = both.desk.as_clinician("legal-hold", "lift", both.mole, "--reason", "settled", "--json")
    assert (lifted.status, "2 legal holds were lifted: " in lifted.words) == (0, True), lifted.words
    assert ndjson(lifted) == [{"type": "lifted", "record": both.mole, "holds": 2, "held": False, "is_kept": False}]
    proposal = both.propose()
    for path in both.desk.practice.folder.glob("p*/**/*.note"):  # of patients and of proposals
        if path.name != "manifest.note":
            path.write_bytes(flipped(path.read_bytes()))
    for command, words in (
        (("legal-hold", "list"), f"{both.mole}: nobody can know whether it is under a legal hold."),
        (("destroy", "list"), "1 note of a proposal is damaged: nobody can know what it proposes."),
        (("destroy", "approve", proposal), "1 note of a proposal is damaged"),
        (("destroy", "approve"), "1 note of a proposal is damaged"),
    ):
        told = both.desk.run(*command)
        assert (told.status, words in told.words) == (16, True), told.words
        assert not any(line in told.words for line in ("No record is", "othing is proposed", "no proposal"))
    for act in ("legal-hold", "destroy"):
        (line,) = ndjson(both.desk.run(act, "list", "--json"))
        assert (line["type"], bool(line["message"])) == ("damaged", True)


def test_what_one_of_two_signed_is_damaged_once_the_record_is_gone(desk: Desk) -> None:
    """Then the list names that note, and status goes on."""
    two = Two.of(desk.practice)
    two.destroy(Life.begin(two.practice).of)
    note = next(desk.practice.folder.glob(f"{layout.PROPOSALS}/*.note"))
    note.write_bytes(flipped(note.read_bytes()))
    told = desk.run("destroy", "list")
    assert (told.status, "1 note of a proposal is damaged" in told.words) == (16, True), told.words
    assert desk.run("status").status == 0
