"""A reception computer files, and attests nothing: an intimate photo of a child is handed over (R9, R26)."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.vault.roster.model import Person, Role, StationEntry, Use
from kit.photos import jpeg_png as photos
from kit.terminal.processes import Session, imgfile
from kit.terminal.typed_answers import answer, at_terminal
from kit.vault.practice import Practice, change_roster

RATIONALE = "Worse despite usual care; video failed, family isolating; told mother why; swab or F2F if needed"


@pytest.fixture
def reception(practice: Practice, tmp_path: Path) -> Path:
    """Give a photo, at a computer that the roster calls reception's; return its folder."""

    def at_the_desk(entry: StationEntry) -> StationEntry:
        return replace(entry, use=Use.RECEPTION, person="")

    change_roster(practice, lambda newest: replace(newest, stations=tuple(map(at_the_desk, newest.stations))))
    (tmp_path / "rash.jpg").write_bytes(photos.phone_jpeg())
    return tmp_path


def type_all(session: Session, *lines: str) -> None:
    """Answer each prompt in turn."""
    for line in lines:
        while not session.screen.endswith((": ", "> ")):
            assert session._receive(20), session.screen
        before = session.screen
        session.send(line + "\r")
        while session.screen == before:
            assert session._receive(20), session.screen


def test_an_intimate_photo_of_a_child_is_handed_over(reception: Path) -> None:
    """At the terminal it ends where it is said to be intimate, before anything more is asked; the photo stays."""
    with at_terminal(reception, "rash.jpg") as session:
        answer(session, ("Patient number", "9990000018"), ("Date of birth", "14/9/25"), ("Body site", "nappy area"))
        session.answer("Intimate?", "")
        assert session.finish().status == 17
    assert "R9: a reception computer cannot attest an intimate photo of a child" in session.words
    assert "Leave it where it is and tell a clinician." in session.words
    assert (reception / "rash.jpg").read_bytes() == photos.phone_jpeg()


def test_no_flag_attests_there(reception: Path) -> None:
    """Nor anywhere else (R9)."""
    flags = {
        "patient": "9990000018",
        "dob": "14/9/25",
        "body-site": "nappy area",
        "sensitivity": "intimate",
        "purpose": "diagnosis",
        "basis": "parental_responsibility",
        "giver": "mother",
        "form": "verbal_telephone",
        "rationale": RATIONALE,
    }
    state = {"IMGFILE_STATE": os.environ["IMGFILE_STATE"]}
    words = [word for name, value in flags.items() for word in (f"--{name}", value)]
    outcome = imgfile("ingest", "rash.jpg", "--allow-test-id", "--no-input", "--yes", *words, cwd=reception, env=state)
    assert outcome.status == 17, outcome.words
    assert (reception / "rash.jpg").exists()


def test_an_ordinary_photo_is_filed_there(reception: Path) -> None:
    """The practice's only clinician is offered as who asked."""
    with at_terminal(reception, "rash.jpg") as session:
        type_all(session, "9434765870", "3/3/71", "left shoulder", "", "1", "phone", "", RATIONALE, "y")
        assert session.finish().status == 0
    assert "asked by Dr A. Example" in session.words
    assert "Look at it" not in session.words  # a reception computer never does (R26)
    assert not (reception / "rash.jpg").exists()


def test_only_clinicians_are_offered_to_attest(practice: Practice, tmp_path: Path) -> None:
    """A person of another role is named as what they are."""
    manager = Person("0" * 32, "M. Manager", "NMC 12A3456E", (Role.ADMINISTRATOR,), ())
    change_roster(
        practice,
        lambda newest: replace(
            newest,
            people=(*newest.people, manager),
            stations=tuple(replace(entry, person=manager.who) for entry in newest.stations),
        ),
    )
    (tmp_path / "rash.jpg").write_bytes(photos.phone_jpeg())
    with at_terminal(tmp_path, "rash.jpg") as session:
        type_all(session, "9990000018", "14/9/25", "nappy area", "", "", "1", "mother phone", "", RATIONALE, "1257")
        type_all(session, "q")
        assert session.finish().status == 130
    assert "M. Manager" not in session.words
