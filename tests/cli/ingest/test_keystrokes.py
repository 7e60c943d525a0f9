"""How much is typed: the seed case takes ten answers and a confirmation, an adult's photo eight and one.

With one clinician in the roster, and with five, at the computer of one of them, at a real terminal of a real vault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from imgfile import sealing
from imgfile.clinical.dates import show_date
from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.roster.model import Credential, Person, Role, StationEntry
from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.terminal.processes import Session
from kit.terminal.typed_answers import at_terminal, picture
from kit.vault.practice import Practice, change_roster

COLLEAGUES = (
    ("Dr B. Colleague", "GMC 7111111"), ("Dr L. Locum", "GMC 7222222"), ("Sister N. Nurse", "NMC 12A3456E"),
    ("R. Desk", ""),
)  # fmt: skip
WORDS = "Worse despite usual care; video failed, family isolating; told mother why; swab/F2F if needed; compare later"
ADULTS = ("9434765870", "3/3/71", "left shoulder", "", "1", "phone", "{asked}", WORDS, "y")
SEED = ("9990000018", "14/9/25", "nappy area", "", "", "1", "mother phone", "{asked}", WORDS, "1245 67", "0018")


@pytest.fixture(params=["one clinician", "a roster of five", "nobody's computer, of five"])
def asked(request: pytest.FixtureRequest, practice: Practice) -> str:
    """Give what says who asked: whose the computer is, or the only clinician there is, is offered."""
    if request.param == "one clinician":
        return ""
    change_roster(practice, lambda newest: replace(newest, people=(*newest.people, *map(colleague, COLLEAGUES))))
    if request.param == "a roster of five":
        return ""
    change_roster(practice, lambda newest: replace(newest, stations=tuple(map(nobodys, newest.stations))))
    return "dr a example"


def nobodys(entry: StationEntry) -> StationEntry:
    """Have a computer be nobody's."""
    return replace(entry, person="")


def colleague(named: tuple[str, str]) -> Person:
    """Make somebody who is listed in a roster."""
    key, identity = SigningKey.generate(layout.new_id()), sealing.generate_identity(post_quantum=False)
    credential = Credential(key.name, str(identity.recipient), key.public, "0" * 64)
    name, registration = named
    return Person(layout.new_id(), name, registration, (Role.CLINICIAN,) if registration else (), (credential,))


def type_all(session: Session, lines: Sequence[str], asked: str) -> None:
    """Answer each prompt in turn with one line; then the program must be done."""
    for line in lines:
        while not session.screen.endswith((": ", "> ")):
            assert session._receive(20), session.screen
        before = session.screen
        session.send(line.format(asked=asked) + "\r")
        while session.screen == before:
            assert session._receive(20), session.screen
    assert session.finish().status == 0, session.screen


def test_an_adults_photo_takes_eight_answers_and_one_confirmation(asked: str, tmp_path: Path) -> None:
    """Of a file of its own, with the day of the photo."""
    taken = date.today() - timedelta(days=1)  # noqa: DTZ011 - the clinician's own calendar
    mole = photos.phone_jpeg().replace(b"2026:11:21", f"{taken:%Y:%m:%d}".encode())
    (tmp_path / "mole.jpg").write_bytes(mole)
    with at_terminal(tmp_path, "mole.jpg") as session:
        type_all(session, ADULTS, asked)
    assert f"asked by Dr A. Example {show_date(taken)}" in session.words
    assert not (tmp_path / "mole.jpg").exists()


def test_the_seed_case_takes_ten_answers_and_the_digits(asked: str, tmp_path: Path) -> None:
    """Of a mailbox; whoever asked attests, which is shown, and confirmed with the digits."""
    sent = date.today() - timedelta(days=1)  # noqa: DTZ011 - the clinician's own calendar
    mail = mailboxes.mail(picture(1), subject="rash pic").replace(b"Sat, 21 Nov 2026", f"{sent:%a, %d %b %Y}".encode())
    (tmp_path / "Inbox").write_bytes(mailboxes.mbox([mail]))
    with at_terminal(tmp_path, "Inbox") as session:
        type_all(session, SEED, asked)
    assert "attested by Dr A. Example, GMC 7654321" in session.words
    assert b"\n/9j/" not in (tmp_path / "Inbox").read_bytes()
