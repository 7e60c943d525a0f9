"""`imgfile ingest --inbox` and `imgfile inbox`: a computer without the key that names patients files all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imgfile.acts.disclosure.one_page_server import Door
from imgfile.acts.practice import approve
from imgfile.cli import main
from imgfile.vault import layout
from imgfile.vault.roster.model import Use
from kit.photos.jpeg_png import jpeg
from kit.terminal.accounts import Account
from kit.terminal.accounts import approve as let_in
from kit.terminal.desk import Desk, ndjson
from kit.vault.filings import MOLE, RASH
from kit.vault.inbox import put
from kit.vault.joining import account, administrator, ask, enrolled
from kit.vault.practice import NOON, Practice


def flags(answers: dict[str, str]) -> list[str]:
    """Give answers as flags."""
    return ["--allow-test-id", *(part for each in answers.items() for part in _flag(*each))]


def _flag(slug: str, text: str) -> tuple[str, ...]:
    name = f"--{slug.replace('_', '-')}"
    return (name,) if text == "yes" else (name, text)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Save a photo to be filed."""
    path = tmp_path / "mole.jpg"
    path.write_bytes(jpeg())
    return path


@pytest.fixture
def front(practice: Practice, tmp_path: Path, desk: Desk) -> Desk:
    """Sit down at a reception computer that was let in without the key that names patients' directories."""
    state = tmp_path / "front"
    with account(state):
        asked = ask(practice, use=Use.RECEPTION, name="FRONT")
    approve.approve(practice.reopened(), asked.request, None, administrator(practice), at=NOON, into_inbox=True)
    with account(state):
        vault = enrolled(asked)
    assert not vault.here.pseudonym_digest
    return Desk(Practice(vault, practice.folder, practice.recovery_file), state, desk.identity)


def test_a_computer_without_the_key_files_into_the_inbox_and_a_clinician_accepts(
    front: Desk, desk: Desk, photo: Path
) -> None:
    """Without --inbox it is told how; the source goes when the copy is proven; accepting needs the key and a person."""
    told = front.run("ingest", photo, *flags(MOLE), "--yes")
    assert told.status != 0
    assert "imgfile ingest --inbox" in told.words
    assert photo.exists()
    (point,) = (each for each in ndjson(front.run("check", "--json")) if each.get("point") == "station")
    assert (point["level"], "files into the inbox alone" in point["message"]) == ("ok", True)  # as it was let in
    with front.sit("ingest", photo, "--allow-test-id") as session:
        session.expect("imgfile ingest --inbox")  # before any question: it would wait for the answer
        assert session.finish().status != 0
    done = front.run("ingest", "--inbox", photo, *flags(MOLE), "--yes", "--json")
    assert done.status == 0, done.words
    assert not photo.exists()
    assert [line["outcome"] for line in ndjson(done) if line["type"] == "photo"] == ["in_inbox"]
    (item,) = ndjson(desk.run("inbox", "list", "--json"))
    assert (item["why"], item["station"]) == ("no_pseudonyms", "FRONT")
    assert "1 photo waits in the inbox (imgfile inbox)" in desk.run("status").stdout.decode()
    refused = front.as_clinician("inbox", "accept", item["item"], "--yes")
    assert (refused.status, "R26" in refused.words) == (17, True)
    missing = desk.as_clinician("inbox", "accept", item["item"])
    assert (missing.status, "--yes" in missing.words) == (13, True)
    accepted = desk.as_clinician("inbox", "accept", item["item"], "--yes", "--json")
    assert accepted.status == 0, accepted.words
    (line,) = ndjson(accepted)
    shown = desk.as_clinician("show", line["record"]).stdout.decode()
    assert "left shoulder" in shown
    assert desk.run("verify", "--quiet").status == 0
    assert desk.run("inbox").words.strip().endswith("Nothing waits in the inbox.")


def test_a_look_as_json_names_the_page_and_nothing_of_the_photo(
    front: Desk, desk: Desk, photo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where it is and for how long, then whether it was loaded; neither whose it is nor what it shows."""
    assert front.run("ingest", "--inbox", photo, *flags(MOLE), "--yes").status == 0
    (item,) = ndjson(desk.run("inbox", "list", "--json"))
    monkeypatch.setattr(Door.wait, "__defaults__", (0.05,))
    arguments = ["--no-browser", "--json", "--identity-file", str(desk.identity)]
    assert main(["inbox", "look", item["item"], *arguments]) == 0
    offered, page = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert offered.pop("address").startswith("http://127.0.0.1:")
    assert offered == {"type": "offered", "seconds": 120, "items": [item["item"]]}
    assert page == {"type": "page", "loaded": False, "items": [item["item"]]}


def test_at_the_terminal_a_child_is_attested_again(front: Desk, desk: Desk, photo: Path) -> None:
    """An intimate photo of a child is filed into no inbox unattended, nor at reception."""
    refused = front.run("ingest", "--inbox", photo, *flags(RASH), "--yes")
    assert refused.status == 17
    assert photo.exists()
    assert ndjson(desk.run("inbox", "list", "--json")) == []


def test_the_only_copy_is_rejected_by_a_typed_act_alone(front: Desk, desk: Desk, photo: Path) -> None:
    """A safeguarding concern and a decision come first, then why; --yes without a terminal never destroys it (R28)."""
    assert front.run("ingest", "--inbox", photo, *flags(MOLE), "--yes").status == 0
    (item,) = ndjson(desk.run("inbox", "list", "--json"))
    for given in ((), ("--yes", "--reason", "not needed")):
        unasked = desk.as_clinician("inbox", "reject", item["item"], *given)
        assert (unasked.status, "R28" in unasked.words, "missing" in unasked.words) == (17, True, False)
    with desk.sit("inbox", "reject", item["item"], "--identity-file", str(desk.identity)) as session:
        session.answer("Any safeguarding concern? (y/n): ", "n")
        session.answer("Did a decision rest on this photo? (y/n): ", "y")
        assert session.finish().status == 17
    assert "imgfile inbox accept" in session.screen
    with desk.sit("inbox", "reject", item["item"], "--identity-file", str(desk.identity)) as session:
        session.answer("Any safeguarding concern? (y/n): ", "n")
        session.answer("Did a decision rest on this photo? (y/n): ", "n")
        session.answer("Why it is not kept: ", "?")
        session.expect("e.g.  blurred, and sent again")
        session.answer("Why it is not kept: ", "sent unasked, not needed")
        session.expect("no other copy is known here")
        session.answer("Destroy it here? (y destroy, q quit): ", "y")
        assert session.finish().status == 0
    gone = desk.as_clinician("inbox", "accept", item["item"], "--yes")
    assert (gone.status, "was rejected" in gone.words) == (2, True)
    assert desk.run("verify", "--quiet").status == 0
    trail = desk.run("audit", "--json").stdout.decode()
    assert '"disposed"' in trail


def test_a_concern_at_the_inbox_leads_to_the_hold(front: Desk, desk: Desk, photo: Path) -> None:
    """From then on it is neither looked at, accepted nor rejected here, until a named person lifts that (R21)."""
    assert front.run("ingest", "--inbox", photo, *flags(MOLE), "--keep-source", "--yes").status == 0
    (item,) = ndjson(desk.run("inbox", "list", "--json"))
    with desk.sit("inbox", "reject", item["item"], "--identity-file", str(desk.identity)) as session:
        session.answer("Any safeguarding concern? (y/n): ", "y")
        assert session.finish().status == 17
    assert "Do not forward" in session.screen
    for words in (("look",), ("accept", "--yes"), ("reject", "--yes", "--reason", "not needed")):
        refused = desk.as_clinician("inbox", words[0], item["item"], *words[1:])
        assert (refused.status, "R21" in refused.words) == (17, True), words
    assert f"inbox item {item['item']}" in desk.run("safeguarding", "list").stdout.decode()


def test_an_item_whose_source_stays_is_rejected_unattended_with_a_reason(front: Desk, desk: Desk, photo: Path) -> None:
    """It is not the only copy; nothing of it opens any more."""
    assert front.run("ingest", "--inbox", photo, *flags(MOLE), "--keep-source", "--yes").status == 0
    (item,) = ndjson(desk.run("inbox", "list", "--json"))
    done = desk.as_clinician("inbox", "reject", item["item"], "--yes", "--reason", "not needed", "--json")
    assert (done.status, ndjson(done)[0]["type"]) == (0, "rejected"), done.words
    keys = desk.practice.folder / layout.THING_KEYS / layout.INBOX
    assert list(keys.iterdir()) == []
    assert photo.exists()
    (of,) = (path.name for path in (desk.practice.folder / layout.INBOX).iterdir() if layout.is_id(path.name))
    (keys / f"{of}.age").write_bytes(b"left by a run that died")
    again = desk.run("inbox", "reject", item["item"], "--no-input")
    assert (again.status, "was rejected, and its key is gone" in again.words) == (0, True), again.words
    assert list(keys.iterdir()) == []
    done = desk.run("inbox", "reject", item["item"], "--no-input")
    assert (done.status, "was rejected" in done.words) == (2, True)


def test_a_computer_of_the_inbox_alone_is_never_asked_for_a_passphrase(front: Desk, photo: Path) -> None:
    """Nobody has one there: each command of the inbox that opens a photo says that it is a reception computer (R26)."""
    assert front.run("ingest", "--inbox", photo, *flags(MOLE), "--yes").status == 0
    (item,) = ndjson(front.run("inbox", "list", "--json"))
    for command in ("look", "accept", "reject"):
        with front.sit("inbox", command, item["item"]) as session:
            session.expect("R26: this is a reception computer")  # a question for a passphrase would wait
            assert session.finish().status == 17, command


def test_a_computer_of_the_inbox_alone_is_told_so_when_it_is_let_in(desk: Desk, tmp_path: Path) -> None:
    """At both ends, with the command that works there."""
    other = Account(desk, tmp_path / "other")
    approved = let_in(desk, other.ask_for_reception(), "--inbox-only")
    assert "Approved. DESK can file into the inbox." in approved.words
    joined = other.join()
    assert "DESK can file into the inbox from now on" in joined.words
    assert "Next: imgfile ingest --inbox PHOTO" in joined.words


def test_a_wrong_answer_among_those_that_wait_is_changed_at_the_confirmation(desk: Desk) -> None:
    """By the same list as at filing: nothing else is asked, and what is shown is filed."""
    of = put(desk.practice)
    words = ("--identity-file", str(desk.identity))
    with desk.sit("inbox", "accept", of.reference, *words) as session:
        session.answer("File it? (y file, c change, q quit): ", "c")
        session.expect(" 3 body site")
        session.answer("Change which (Enter back, q quit): ", "99")
        session.expect("That is none of the numbers above")
        session.answer("Change which (Enter back, q quit): ", "")
        session.answer("File it? (y file, c change, q quit): ", "change")
        session.answer("Change which (Enter back, q quit): ", "3")
        session.answer("Body site: ", "right knee")
        session.expect("right knee, not intimate")
        session.answer("File it? (y file, c change, q quit): ", "yes please")
        session.answer("File it? (y file, c change, q quit): ", "y")
        assert session.finish().status == 0
        assert "and has left the inbox" in session.screen
    (found,) = [line for line in ndjson(desk.as_clinician("find", "knee", "--json")) if line["type"] == "found"]
    assert found["body_site"] == "right knee"
