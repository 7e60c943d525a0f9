"""A GP at a real terminal with several photos of one message."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kit.mail import mailboxes
from kit.terminal.processes import imgfile
from kit.terminal.typed_answers import ADULTS, CHILDS, MOLES, answer, at_terminal, picture
from kit.vault.practice import PASSPHRASE, Practice

SHARE = "Same patient, consent and rationale for all of them? (y yes, n no, q quit): "
SITE = "Body site (v look, d do not file, s skip, q quit): "


@pytest.fixture
def here(practice: Practice, tmp_path: Path) -> Path:
    """Give a folder beside a vault, with a mailbox: three photos of one message, and an older message with one."""
    assert practice.folder.is_dir()
    folder = tmp_path / "here"
    folder.mkdir()
    older = mailboxes.mail(picture(9), subject="elbow", number=2).replace(b"21 Nov 2026", b"20 Nov 2026")
    moles = mailboxes.mail(mailboxes.text(), picture(1), picture(2), picture(3), subject="moles", number=1)
    (folder / "Inbox").write_bytes(mailboxes.mbox([older, moles]))
    return folder


def pictures_left(here: Path) -> int:
    """Count the JPEGs that the mailbox still holds."""
    return (here / "Inbox").read_bytes().count(b"\n/9j/")


def test_three_photos_of_one_message_take_two_more_answers_and_one_confirmation(here: Path) -> None:
    """What they share is shown once, each photo and its fate by its number; the record says what was shared."""
    with at_terminal(here, "Inbox") as session:
        answer(session, *ADULTS)
        session.expect("  2 more photos came in this message.\n")
        answer(session, (SHARE, ""), (SHARE, "y"))
        session.expect("Photo 2 of 4\n")
        session.expect("  NHS 943 476 5870, born 3 Mar 1971, ")
        answer(session, (SITE, "left arm"), (SITE, "left hand"))
        reported = session.expect("File photos 1, 2 and 3? (y file, c change, q quit): ")
        assert "  943 476 5870, born 3 Mar 1971, " in reported
        assert "  patient's own consent, by phone, asked by Dr A. Example " in reported
        assert f"  rationale  {MOLES}\n  patient's own consent, by phone, asked by Dr A. Example " in reported
        assert '  "moles" from parent@example.org\n' in reported
        for number, site in ((1, "left shoulder"), (2, "left arm"), (3, "left hand")):
            assert f"  photo {number}: {site}, not intimate; WILL BE ERASED from Inbox\n" in reported
            assert f"           Jane Doe rash.png, part {number + 1}\n" in reported
        session.send("y\r")
        references = [session.expect(", read back, erased").rpartition(" ")[2] for _ in range(3)]
        session.expect("Photo 4 of 4\n")
        answer(session, ("Patient number (v look, d do not file, s skip, q quit): ", "s"))
        assert session.finish().status == 0
    closing = session.screen.partition("left as it is.\n")[2]
    assert closing.startswith("3 filed and erased from Inbox (E")
    assert (
        '1 message is still in the mail account: delete it there too.\n  "moles" from parent@example.org, ' in closing
    )
    assert closing.count("Out of reach: the mail provider's backups") == 1
    assert pictures_left(here) == 1
    first, second = (provenance(reference) for reference in references[:2])
    assert (first["patient"], second["patient"], second["rationale"]) == ("typed", "shared", "shared")
    assert (first["purpose"], second["purpose"], second["body_site"]) == ("defaulted", "shared", "typed")


def provenance(reference: str) -> dict[str, str]:
    """Read where a record's answers came from."""
    command = ("show", reference, "--json", "--identity-command", f"echo {PASSPHRASE}")
    reported = imgfile(*command, env={"IMGFILE_STATE": os.environ["IMGFILE_STATE"]})
    answers: dict[str, str] = json.loads(reported.stdout)["facts"]["provenance"]
    return answers


def test_each_intimate_photo_of_a_child_is_attested_by_itself_before_anything_is_filed(here: Path) -> None:
    """R9: its own safeguards, its own four digits; whoever stops before the last one has changed nothing."""
    before = (here / "Inbox").read_bytes()
    for last in ("q", "0018"):
        with at_terminal(here, "Inbox") as session:
            answer(session, *CHILDS, (SHARE, "y"), (SITE, "left arm"), ("Intimate? (y/n): ", "n"))
            answer(session, (SITE, "groin"), ("Intimate? ", ""), ("are required)\n> ", "12567"))
            answer(session, ("File photo 2? ", "y"))
            answer(session, ("Photo 1. Last four digits", "1234"), ("Photo 1. Last four digits", "0018"))
            answer(session, ("Photo 3. Last four digits", last))
            if last == "q":
                assert session.finish().status == 130
                assert (here / "Inbox").read_bytes() == before
                continue
            answer(session, ("Patient number (v look, d do not file, s skip, q quit): ", "q"))
            assert session.finish().status == 130
        assert "3 filed and erased from Inbox (E" in session.screen
    assert pictures_left(here) == 1


def test_who_says_no_answers_every_photo_from_the_start(here: Path) -> None:
    """Nothing is taken over without a yes."""
    with at_terminal(here, "Inbox") as session:
        answer(session, *ADULTS, (SHARE, "n"), ("File it? ", "y"))
        session.expect("Photo 2 of 4\n")
        answer(session, ("Patient number (v look, d do not file, s skip, q quit): ", "s"), ("Patient number", "q"))
        assert session.finish().status == 130
    assert pictures_left(here) == 3


def test_yes_beforehand_does_not_stand_for_what_is_shared(here: Path) -> None:
    """--yes at a terminal: the offer, and the confirmation of what photos share, are asked all the same."""
    with at_terminal(here, "Inbox", "--yes") as session:
        answer(session, *ADULTS, (SHARE, "y"), (SITE, "s"), (SITE, "left hand"), ("File photos 1 and 3? ", "c"))
        session.expect("   1 patient number  ")
        session.expect("  NHS 943 476 5870\n")
        session.expect("   9 photo 1: body site, or leave it out  ")
        session.expect("  11 photo 3: body site, or leave it out  ")
        answer(session, ("Change which (Enter back, q quit): ", "11"))
        session.expect("Photo 3 of 4\n")
        answer(session, (SITE, "right hand"))
        session.expect("photo 3: right hand, not intimate; WILL BE ERASED from Inbox\n")
        answer(session, ("File photos 1 and 3? ", "y"), ("Patient number", "q"))
        assert session.finish().status == 130
    assert "2 filed and erased from Inbox (E" in session.screen


def test_a_photo_left_alone_with_shared_answers_is_still_confirmed(here: Path) -> None:
    """--yes at a terminal: whoever leaves out the photo that the answers were of has not confirmed the other."""
    both = mailboxes.mail(mailboxes.text(), picture(1), picture(2), subject="moles")
    (here / "Inbox").write_bytes(mailboxes.mbox([both]))
    with at_terminal(here, "Inbox", "--yes") as session:
        answer(session, *ADULTS, (SHARE, "y"), (SITE, "left hand"), ("File photos 1 and 2? ", "c"))
        answer(session, ("Change which (Enter back, q quit): ", "9"), (SITE, "s"), ("File it? ", "q"))
        assert session.finish().status == 130
    assert pictures_left(here) == 2
