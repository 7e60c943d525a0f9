"""Joining, acted out by accounts with states of their own: at real terminals, by flags, and where it cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imgfile.vault import layout
from kit.photos.jpeg_png import jpeg
from kit.terminal.accounts import COPPER, PERSON, Account, approve
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import Session, imgfile, imgfile_session


@pytest.fixture
def other(desk: Desk, tmp_path: Path) -> Account:
    """Give another computer that reaches the vault's folder."""
    return Account(desk, tmp_path / "other")


def test_two_people_at_two_terminals(desk: Desk, other: Account) -> None:
    """Dialogue D4: words read out both ways, typed; the new computer waits for the approval and goes on by itself."""
    command = ("join", str(other.vault), "--station-name", "LAPTOP-9")
    with imgfile_session(*command, env=other.environment) as new:
        new.expect("imgfile roster fingerprint")
        new.answer("Type the words that they read out: ", "tiger " * 8)
        new.expect("Those are not this vault's words. 2 more tries.")
        new.answer("Type the words that they read out: ", other.words.replace(" / ", "-").upper())
        new.answer("it only files\n> ", "1")
        new.answer("Your name and registration number: ", "Dr B. Colleague, GMC 7111111")
        new.answer("Enter makes one: ", "")
        new.expect("\n  ")
        made = new.expect("      write it down now\n")
        new.answer("Type it: ", made)
        new.expect("Your words:\n")
        approve_at_terminal(desk, new.expect("\nRead them to an administrator").strip())
        new.expect("Approved. Dr B. Colleague, GMC 7111111 can look at photos from now on")
        assert new.finish().status == 0
    assert made not in new.screen.split("Asked to join")[1]
    listed = ndjson(other.run("people", "list", "--json"))
    assert [(one["name"], one["roles"], one["attester"]) for one in listed] == [
        ("Dr A. Example", ["administrator", "clinician"], ""),
        ("Dr B. Colleague", ["clinician"], "doctor"),
    ]


def approve_at_terminal(desk: Desk, words: str) -> None:
    """Approve as the founder, at a terminal."""
    with desk.sit("people", "approve", "--identity-file", desk.identity) as founder:
        founder.answer("(they read them to you): ", "ocean velvet north candle amber fossil quiet marble")
        founder.expect("No request in this vault has these words (yet).")
        founder.answer("(they read them to you): ", words)
        founder.expect("That is LAPTOP-9, asked ")
        assert "to look and to file" in founder.expect("Whose is it?")
        founder.answer("as you know them: ", "Dr B. Colleague, wizard, GMC 7111111")
        founder.expect("has no role between name and registration")
        founder.answer("as you know them: ", "Dr A. Colleague, doctor, GMC 7654321")
        assert "is the registration of Dr A. Example" in _next(founder)
        founder.answer("as you know them: ", PERSON)
        founder.expect("Approved. Dr B. Colleague can look at photos from now on, and LAPTOP-9 can file.")
        assert founder.finish().status == 0


def _next(session: Session) -> str:
    session.expect("GMC 7654321")
    return " ".join(session.expect("Whose is it?").split())


def test_wholly_by_flags_and_gone_on_with(desk: Desk, other: Account) -> None:
    """Asked, run again, approved, run again; then it looks, files, and verifies."""
    words = other.ask()
    again = other.join()
    assert again.status == 10
    assert "no approval is there yet" in again.words
    assert words in again.words
    approved = approve(desk, words, "--person", PERSON, "--json")
    assert approved.status == 0, approved.words
    facts = json.loads(approved.stdout)
    assert (facts["type"], facts["roster"], facts["name"], facts["station_name"]) == (
        "approved",
        2,
        "Dr B. Colleague",
        "LAPTOP-9",
    )
    joined = other.join("--json")
    assert joined.status == 0, joined.words
    (line,) = ndjson(joined)
    assert (line["type"], line["person"], line["use"]) == ("joined", "Dr B. Colleague, GMC 7111111", "clinical")
    assert other.join().status == 2
    assert "belongs to that vault already" in other.join().words
    assert other.run("verify", "--decrypt", "--identity-command", COPPER).status == 0
    stations = ndjson(other.run("station", "list", "--json"))
    assert [(one["station_name"], one["person"], one["is_here"]) for one in stations] == [
        ("RECEPTION-3", "Dr A. Example, GMC 7654321", False),
        ("LAPTOP-9", "Dr B. Colleague, GMC 7111111", True),
    ]
    rosters = ndjson(other.run("roster", "show", "--json"))
    assert [one["signed_by"] for one in rosters] == ["Dr A. Example, GMC 7654321"] * 2
    assert rosters[1]["changes"] == ["Dr B. Colleague, GMC 7111111 is listed", "LAPTOP-9 files"]
    assert b"roster 2" in desk.run("audit").stdout


def test_a_second_computer_is_a_second_credential(desk: Desk, other: Account, tmp_path: Path) -> None:
    """The same name and registration, whose roles stay what they are; nobody is listed twice."""
    assert approve(desk, other.ask(), "--person", PERSON).status == 0
    third = Account(desk, tmp_path / "third")
    assert approve(desk, third.ask(), "--person", "dr b.  colleague, gmc 7111111").status == 0
    assert third.join().status == 0
    listed = ndjson(desk.run("people", "list", "--json"))
    assert [len(one["credentials"]) for one in listed] == [1, 2]


def test_reception_files_and_never_looks(desk: Desk, other: Account) -> None:
    """It is nobody's, brings no key that opens records, and refuses to look with somebody else's (R26)."""
    words = other.ask_for_reception()
    approved = approve(desk, words)
    assert approved.status == 0, approved.words
    assert "Approved. DESK can file." in approved.words
    joined = other.join()
    assert "nothing here opens a record" in joined.words
    assert not (other.state / "vaults" / desk.practice.vault.id / "identity.age").exists()
    identity = ("--identity-file", str(desk.identity))
    for command in (
        ("show", "7f3k", *identity),
        ("view", "7f3k", *identity, "--reason", "none"),
        ("export", "7f3k", "-o", "x.jpg", *identity),
        ("audit", "--reasons", *identity),
        ("verify", "--decrypt", *identity),
    ):
        refused = other.run(*command)
        assert refused.status == 17, command
        assert "R26: this is a reception computer" in refused.words
    assert other.run("list").status == 0
    assert other.run("verify").status == 0


def test_reception_does_not_get_a_key_that_opens_records(desk: Desk, other: Account) -> None:
    """Nor is a clinician let in without a registration, nor anybody without a role."""
    words = other.ask()
    for person, said in (
        ("R. Desk, reception", "reception files and does not look (R26)"),
        ("Dr B. Colleague, doctor", "needs a registration too"),
        ("Dr B. Colleague, GMC 7111111", "needs a role between name and registration, such as doctor"),
        ("dr a. example", "dr a. example is listed by name and registration: type both"),
        ("GMC 7654321", "GMC 7654321 is listed by name and registration: type both"),
        ("Dr A. Colleague, doctor, GMC 7654321", "is the registration of Dr A. Example"),
    ):
        refused = approve(desk, words, "--person", person)
        assert refused.status == 13, person
        assert said in refused.words, person
    nobody = approve(desk, words, "--nobody")
    assert nobody.status == 2
    assert "is somebody's" in nobody.words
    assert desk.run("roster", "show", "--json").stdout.count(b"\n") == 1


def test_what_differs_from_what_they_typed_is_said(desk: Desk, other: Account) -> None:
    """The administrator's own words count."""
    approved = approve(desk, other.ask(), "--person", "Dr B. Colegue, doctor, GMC 7111111")
    assert approved.status == 0
    assert "at the new computer they typed: Dr B. Colleague, GMC 7111111" in approved.words


def test_who_has_no_registration_says_so(desk: Desk, other: Account) -> None:
    """A practice manager has none: neither asked for one without end, nor taken for somebody else for it."""
    with imgfile_session("join", other.vault, env=other.environment) as session:
        session.answer("Type the words that they read out: ", other.words)
        session.answer("> ", "1")
        session.answer("Your name and registration number: ", "Ms P. Manager")
        session.answer("Who has none: Ms P. Manager, none", "\x03")
    flags = ("--name", "Ms P. Manager", "--registration", "none", "--identity-command", COPPER)
    asked = other.join("--fingerprint", other.words, *flags, "--station-name", "OFFICE")
    approved = approve(desk, Account._words(asked), "--person", "Ms P. Manager, administrator")
    joined = other.join()
    assert (approved.status, joined.status) == (0, 0), joined.words
    assert not any("warning" in words for words in (approved.words, joined.words))


def test_only_an_administrator_approves(desk: Desk, other: Account, tmp_path: Path) -> None:
    """A clinician does not, the recovery key does."""
    approve(desk, other.ask(), "--person", PERSON)
    other.join()
    words = Account(desk, tmp_path / "third").ask_for_reception()
    refused = other.run("people", "approve", "--no-input", "--words", words, "--identity-command", COPPER)
    assert refused.status == 2
    assert "may not change the practice's people, computers or policy" in refused.words
    recovery = ("--identity-file", str(desk.practice.recovery_file))
    assert other.run("people", "approve", "--no-input", "--words", words, *recovery).status == 0


def test_a_request_is_approved_once(desk: Desk, other: Account) -> None:
    """Replayed it is refused."""
    words = other.ask()
    assert approve(desk, words, "--person", PERSON).status == 0
    again = approve(desk, words, "--person", PERSON)
    assert again.status == 2
    assert "approved already, in roster 2" in again.words
    assert "Nobody asks to join." in desk.run("people", "requests").words


def test_everything_that_is_missing_is_said_at_once(desk: Desk, other: Account) -> None:
    """On both sides."""
    outcome = other.join()
    assert outcome.status == 13
    assert "4 answers are missing: --fingerprint --reception --name --identity-command" in outcome.words
    bare = imgfile("people", "approve", "--no-input", env=desk.environment)
    assert bare.status == 13
    assert "2 answers are missing: --words --identity-file" in bare.words


def test_wrong_words_write_nothing(desk: Desk, other: Account) -> None:
    """Three at a terminal, one by flag."""
    before = sorted(desk.practice.folder.rglob("*"))
    outcome = other.join("--fingerprint", "tiger " * 8, "--reception")
    assert outcome.status == 12
    assert "Nothing was written" in outcome.words
    with imgfile_session("join", other.vault, env=other.environment) as session:
        for _ in range(3):
            session.answer("Type the words that they read out: ", "tiger armour " * 4)
        assert session.finish().status == 12
    assert sorted(desk.practice.folder.rglob("*")) == before
    assert not other.state.exists()


@pytest.mark.parametrize(
    ("folder", "status", "said"),
    [("away", 19, "is not there"), ("empty", 10, "there is no vault in"), ("damaged", 16, "a note is not laid out")],
)
def test_where_there_is_no_vault(other: Account, tmp_path: Path, folder: str, status: int, said: str) -> None:
    """It says so before it asks anything."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "damaged" / "roster").mkdir(parents=True)
    (tmp_path / "damaged" / layout.roster(1)).write_bytes(b"rubbish")
    outcome = other.run("join", tmp_path / folder, "--no-input", "--reception", "--fingerprint", other.words)
    assert outcome.status == status, outcome.words
    assert said in outcome.words


def test_the_first_computer_is_told_of_both_ways(tmp_path: Path) -> None:
    """Without a vault (dialogue A0)."""
    outcome = imgfile("list", env={"IMGFILE_STATE": str(tmp_path)})
    assert outcome.status == 10
    assert "your practice has one already: imgfile join FOLDER" in outcome.words


def test_asked_anew_the_old_words_are_forgotten(desk: Desk, other: Account) -> None:
    """With other keys: what was asked before opens nothing, whoever approves it."""
    first = other.ask()
    second = other.ask("--again")
    assert first != second
    assert approve(desk, second, "--person", PERSON).status == 0
    assert other.join().status == 0


def test_a_forgotten_passphrase_is_a_new_key_at_the_same_computer(desk: Desk, other: Account) -> None:
    """Without any words of the vault, which is pinned; the key before it stays where it is until the new one opens."""
    approve(desk, other.ask(), "--person", PERSON)
    other.join()
    before = (other.state / "vaults" / desk.practice.vault.id / "identity.age").read_bytes()
    asked = other.run(  # without the folder: this computer knows the vault
        "join",
        "--no-input",
        "--wait",
        "0",
        "--again",
        "--name",
        "Dr B. Colleague",
        "--registration",
        "GMC 7111111",
        "--identity-command",
        "echo new-words-here",
    )
    assert asked.status == 0, asked.words
    words = Account._words(asked)
    assert other.run("verify", "--decrypt", "--identity-command", COPPER).status == 0
    assert other.join().status == 10
    approved = approve(desk, words, "--person", "Dr B. Colleague, GMC 7111111")
    assert approved.status == 0, approved.words
    assert "to look" in approved.words
    assert other.join().status == 0
    assert other.run("verify", "--decrypt", "--identity-command", "echo new-words-here").status == 0
    assert (other.state / "vaults" / desk.practice.vault.id / "identity.old.age").read_bytes() == before
    assert [len(one["credentials"]) for one in ndjson(desk.run("people", "list", "--json"))] == [1, 2]
    assert len(ndjson(desk.run("station", "list", "--json"))) == 2
    assert other.join().status == 2


def test_a_retired_computer_joins_again_after_one_question(desk: Desk, other: Account) -> None:
    """By the flag, or at the terminal; its old keys are kept beside, and it gets another id."""
    approve(desk, other.ask(), "--person", PERSON)
    assert other.join().status == 0
    vault = desk.practice.vault.id
    first = json.loads((other.state / "vaults" / vault / "pin.json").read_bytes())["station"]
    assert desk.as_clinician("station", "retire", "LAPTOP-9", "--no-input").status == 0
    refused = other.join()
    assert (refused.status, "retired from that vault, by roster 3" in refused.words) == (2, True)
    assert "imgfile join FOLDER --again" in refused.words
    with imgfile_session("join", other.vault, env=other.environment) as session:
        session.answer("Join again, under a new id?", "?")
        session.expect("what it had is kept beside")
        session.answer("Join again, under a new id?", "")
        done = session.finish()
    assert (done.status, (other.state / "retired").exists()) == (130, False)
    words = other.ask("--again")
    (kept,) = (other.state / "retired").iterdir()
    assert kept.name.startswith(f"{vault}-20")
    assert approve(desk, words, "--person", "Dr B. Colleague, GMC 7111111").status == 0
    assert other.join().status == 0
    assert json.loads((other.state / "vaults" / vault / "pin.json").read_bytes())["station"] != first
    assert other.run("list").status == 0


def test_a_retired_computer_is_asked_at_the_terminal(desk: Desk, other: Account) -> None:
    """Y goes on with the vault's words, as at a new computer."""
    approve(desk, other.ask_for_reception())
    assert other.join().status == 0
    photo = other.state.parent / "held.jpg"
    photo.write_bytes(jpeg())
    assert other.run("ingest", photo, "--disposition", "safeguarding_hold", "--no-input").status == 17
    retired = desk.as_clinician("station", "retire", "DESK", "--no-input")
    assert (retired.status, "1 photo is on a safeguarding hold at DESK" in retired.words) == (0, True)
    with imgfile_session("join", other.vault, "--wait", "0", env=other.environment) as session:
        session.answer("Join again, under a new id?", "y")
        session.expect("is kept in")
        session.answer("Type the words that they read out:", other.words)
        session.answer("You: 1 I look", "2")
        session.expect("Your words:")
        assert session.finish().status == 0
