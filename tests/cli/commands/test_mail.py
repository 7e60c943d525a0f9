"""`imgfile mail`: what was filed from is kept in mind until somebody ticks it off, and no word of the mail is."""

from __future__ import annotations

import csv
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from imgfile.acts import filed_mails
from imgfile.acts.filed_mails import MailMemory
from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Scope
from imgfile.clinical.proofs import RecordId
from imgfile.vault import layout
from kit.mail import mailboxes
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import Outcome, imgfile
from kit.terminal.typed_answers import picture
from promises.test_no_identifier_leaks import needles

ANSWERS = (
    "--allow-test-id", "--no-input", "--yes", "--patient", "9434765870", "--dob", "3/3/71",
    "--body-site", "left shoulder", "--purpose", "diagnosis", "--basis", "patient_capacity_16plus", "--form", "phone",
    "--obtained-at", "20/11/2026", "--rationale", "New pigmented lesion, triage for 2WW",
)  # fmt: skip
SENDER = "parent@example.org"


def mail(number: int, *, subject: str = "") -> bytes:
    """Make a mail with a photo of its own."""
    subject = subject or f"canary subject {number}"
    return mailboxes.mail(mailboxes.text(), picture(number), subject=subject, number=number)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Give a folder to work in, with a mailbox of three mails and a fresh export of the same ones."""
    folder = tmp_path / "here"
    folder.mkdir()
    box = mailboxes.mbox([mail(1), mail(2), mail(3)])
    (folder / "Inbox").write_bytes(box)
    (folder / "export.mbox").write_bytes(box)
    return folder


def run(desk: Desk, here: Path, *arguments: str) -> Outcome:
    """Run a command in that folder, without any terminal."""
    return imgfile(*arguments, cwd=here, env={**desk.environment, "TZ": "UTC"})


ROW = {
    "action": "file",
    "patient": "9434765870",
    "dob": "03/03/1971",
    "body_site": "left shoulder",
    "purpose": "diagnosis",
    "basis": "patient_capacity_16plus",
    "form": "phone",
    "obtained_at": "20/11/2026",
    "rationale": "New pigmented lesion, triage for 2WW",
}


def file_all(desk: Desk, here: Path, *named: str, keeps: bool = False) -> list[str]:
    """File every photo of mailboxes by a table; return the references in the order of filing."""
    table = here / "t.csv"
    table.unlink(missing_ok=True)
    scanned = run(desk, here, "scan", *(named or ("Inbox",)), "--table", "t.csv")
    assert scanned.status == 0, scanned.words
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = [row | ROW for row in csv.DictReader(file)]
    with table.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    wishes = ["--keep-source"] if keeps else []
    outcome = run(desk, here, "ingest", "--table", "t.csv", "--yes", "--json", "--allow-test-id", *wishes)
    assert outcome.status == 0, outcome.words
    (here / "said").write_text(outcome.words)
    return [line["record"] for line in ndjson(outcome) if line["type"] == "photo"]


def waiting(desk: Desk, here: Path, *arguments: str) -> list[dict[str, Any]]:
    """List the mails that wait."""
    outcome = run(desk, here, "mail", "--json", *arguments)
    assert outcome.status == 0, outcome.words
    return ndjson(outcome)


def test_what_was_filed_from_a_mailbox_waits_with_record_mailbox_and_time(desk: Desk, here: Path) -> None:
    """In the order of filing; `mail` alone lists it, and so does `mail list`."""
    filed = file_all(desk, here)
    listed = waiting(desk, here)
    assert [line["record"] for line in listed] == filed
    assert {line["mailbox"] for line in listed} == {"Inbox"}
    assert all(line.keys() == {"type", "record", "mailbox", "sent"} for line in listed)
    assert ndjson(run(desk, here, "mail", "list", "--json")) == listed
    table = run(desk, here, "mail").stdout.decode().splitlines()
    assert table[0] == "record\tsent\tmailbox"
    assert table[1] == f"{filed[0]}\t{listed[0]['sent']}\tInbox"


def test_nothing_is_known_of_a_mail_but_its_record_mailbox_and_time(desk: Desk, here: Path) -> None:
    """Neither sender nor subject stands in the state, nor what the mailbox is called, in any spelling (R23)."""
    (here / "canary subject.eml").write_bytes(mail(4))
    file_all(desk, here, "Inbox", "canary subject.eml")
    assert {line["mailbox"] for line in waiting(desk, here)} == {"Inbox", "canary subject.eml"}
    sought = needles(("canary subject", SENDER, "example.org", "<1@", "Inbox"))
    for path in desk.state.rglob("*"):
        data = path.read_bytes().lower() if path.is_file() else b""
        assert not [word for needle, word in sought.items() if needle.lower() in data], path


@pytest.mark.parametrize("name", ["Inbox", "export.mbox"], ids=["emptied", "exported anew"])
def test_sender_and_subject_are_looked_up_in_the_mailbox_that_is_named(desk: Desk, here: Path, name: str) -> None:
    """By its message id: where the photo was taken out, and where it still is. Nothing is changed there."""
    file_all(desk, here)
    before = (here / name).read_bytes()
    listed = waiting(desk, here, "--from", name)
    assert sorted(line["subject"] for line in listed) == [f"canary subject {number}" for number in (1, 2, 3)]
    assert {line["sender"] for line in listed} == {SENDER}
    assert all(line["found"] for line in listed)
    assert (here / name).read_bytes() == before
    table = run(desk, here, "mail", "--from", name).stdout.decode().splitlines()
    assert table[0] == "record\tsent\tmailbox\tfrom\tsubject"
    assert "canary subject" in table[1]


def test_what_another_mailbox_does_not_hold_is_said(desk: Desk, here: Path) -> None:
    """The rest is found."""
    file_all(desk, here)
    (here / "other").write_bytes(mailboxes.mbox([mail(1)]))
    outcome = run(desk, here, "mail", "--from", "other", "--json")
    assert sorted(line["found"] for line in ndjson(outcome)) == [False, False, True]
    assert "2 of them are not in other." in outcome.words


@pytest.mark.parametrize("name", ["gone", "photo.png", "."])
def test_a_mailbox_that_is_none_is_an_error(desk: Desk, here: Path, name: str) -> None:
    """With the name that was typed."""
    file_all(desk, here)
    for box in ("Inbox", "export.mbox"):
        (here / box).unlink()
    (here / "photo.png").write_bytes(mailboxes.png())
    outcome = run(desk, here, "mail", "--from", name)
    assert outcome.status in {14, 18}
    assert name in outcome.words


def test_mails_without_an_id_are_known_by_what_they_say(desk: Desk, here: Path) -> None:
    """By date, sender and subject together."""
    for name in ("Inbox", "export.mbox"):
        text = (here / name).read_bytes()
        lines = [line for line in text.split(b"\n") if not line.lower().startswith(b"message-id:")]
        (here / name).write_bytes(b"\n".join(lines))
    file_all(desk, here)
    assert len({line["subject"] for line in waiting(desk, here, "--from", "export.mbox")}) == 3


# --- ticking off --------------------------------------------------------------------------------------------


def test_what_is_ticked_off_is_forgotten(desk: Desk, here: Path) -> None:
    """By a reference or its beginning; then all of the rest."""
    first, second, third = file_all(desk, here)
    outcome = run(desk, here, "mail", "done", first, second[:4], "--json")
    assert (outcome.status, ndjson(outcome)) == (
        0,
        [{"type": "done", "record": first}, {"type": "done", "record": second}],
    )
    assert [line["record"] for line in waiting(desk, here)] == [third]
    assert f"Ticked off: the mail of {third}, sent " in run(desk, here, "mail", "done", "--all").words
    assert waiting(desk, here) == []
    assert "No mail waits to be ticked off." in run(desk, here, "mail").words
    assert run(desk, here, "mail", "done", "--all").status == 0


@pytest.mark.parametrize(
    "words", [("zzzz",), ("9943476587",), ("x",), (), ("--all", "7f3k")], ids=["none", "number", "short", "", "both"]
)
def test_a_reference_that_waits_for_nothing_ticks_nothing_off(desk: Desk, here: Path, words: tuple[str, ...]) -> None:
    """Exit 2, and the others stay, also the ones named beside it."""
    filed = file_all(desk, here)
    beside = filed[:1] if words and "--all" not in words else []
    outcome = run(desk, here, "mail", "done", *beside, *words)
    assert outcome.status == 2
    assert "9943476587" not in outcome.words
    assert len(waiting(desk, here)) == 3


def test_ingest_leads_there(desk: Desk, here: Path) -> None:
    """One photo with its own command; several with the list."""
    file_all(desk, here)
    several = (here / "said").read_text()
    assert "Until somebody ticks them off, this computer keeps them in mind:  imgfile mail\n" in several
    (here / "one.eml").write_bytes(mail(9))
    single = run(desk, here, "ingest", "one.eml", *ANSWERS).words
    reference = waiting(desk, here)[-1]["record"]
    assert f"Then tick it off:  imgfile mail done {reference}\n" in single
    assert run(desk, here, "check", "-q").stdout.decode().count("4 mails wait to be deleted") == 1


def test_a_source_that_is_kept_and_a_file_of_its_own_are_no_mail_to_delete(desk: Desk, here: Path) -> None:
    """Nobody wanted it gone."""
    file_all(desk, here, "Inbox", keeps=True)
    (here / "photo.png").write_bytes(mailboxes.png(7))
    assert run(desk, here, "ingest", "photo.png", *ANSWERS).status == 0
    assert waiting(desk, here) == []


def test_the_very_same_mail_waits_once(desk: Desk, here: Path) -> None:
    """Filed from the mailbox, and then from an export of it: already filed, and no second line."""
    file_all(desk, here)
    file_all(desk, here, "export.mbox")
    assert len(waiting(desk, here)) == 3


def test_a_further_copy_that_is_taken_out_waits_too(desk: Desk, here: Path) -> None:
    """It is another mail, which the account has as well."""
    copy = mailboxes.mail(mailboxes.text(), picture(1), subject="again", number=8)
    (here / "Inbox").write_bytes(mailboxes.mbox([mail(1), copy]))
    part = run(desk, here, "ingest", "Inbox", "--part", "1/2", "--erase-copies", *ANSWERS)
    assert part.status == 0, part.words
    (record,) = {line["record"] for line in waiting(desk, here)}
    assert len(waiting(desk, here)) == 2
    assert run(desk, here, "mail", "done", record).status == 0
    assert waiting(desk, here) == []


def test_the_mailbox_need_not_be_there_nor_the_vault(desk: Desk, here: Path) -> None:
    """What waits is this computer's own memory."""
    file_all(desk, here)
    shutil.rmtree(desk.practice.folder)
    (here / "Inbox").unlink()
    assert len(waiting(desk, here)) == 3
    assert run(desk, here, "mail", "done", "--all").status == 0


# --- the memory itself --------------------------------------------------------------------------------------


def test_torn_foreign_and_changed_lines_count_for_nothing(desk: Desk, here: Path) -> None:
    """What is whole stays; a line of another computer's is none of ours."""
    file_all(desk, here)
    memory = MailMemory(desk.practice.vault.station)
    path = desk.practice.vault.station.folder / "mails"
    lines = path.read_bytes().split(b"\n")
    whole = [line for line in lines if line]
    flipped = bytes([whole[0][20] ^ 1])
    path.write_bytes(
        b"\n".join([whole[0][:20] + flipped + whole[0][21:], whole[1], b"", whole[2][:-9], b"x", b"A" * 90, b"\xff"])
    )
    assert len(memory.waiting()) == 1
    assert len(waiting(desk, here)) == 1
    assert memory.tick_off([memory.waiting()[0].record])
    assert path.read_bytes() == b""


def test_the_memory_is_bounded(desk: Desk, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten."""
    file_all(desk, here)
    monkeypatch.setattr(filed_mails, "MAX_MAILS", 2)
    monkeypatch.setenv("IMGFILE_STATE", str(desk.state))
    memory = MailMemory(desk.practice.vault.station)
    last = memory.waiting()[-1]
    with ExitStack() as held:
        (source, *_) = find([str(here / "export.mbox")], Scope(with_logos=True), held).sources
        memory.remember([(source, RecordId(layout.new_id()))])
    kept = memory.waiting()
    assert len(kept) == 2
    assert kept[0] == last
    assert kept[1].mailbox == str(here / "export.mbox")
