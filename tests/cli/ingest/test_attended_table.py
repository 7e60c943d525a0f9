"""A table that reception prepared and a clinician attends: only what is missing, or counts here alone, is asked."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.table_rows import CHILD_CELLS, MOLE_ROW
from kit.terminal.processes import Session, imgfile, imgfile_session
from kit.vault.practice import PASSPHRASE, Practice

CHILD = {**CHILD_CELLS, "rationale": "Worse despite usual care; video failed; told mother why"}
COLUMNS = [*("row", "source", "part", "sha256"), *list(MOLE_ROW)[1:], "giver", "intimate"]
PLAIN, CHILDS, NO_DATE, WRONG, SKIPPED = range(5)
"""The rows, in this order; as a spreadsheet counts, the first is row 2."""


@pytest.fixture
def here(practice: Practice, tmp_path: Path) -> Path:
    """Give a mailbox of five photos and its table: ready, a child's, without a date, misread, skipped."""
    assert practice.folder.is_dir()
    folder = tmp_path / "here"
    folder.mkdir()
    shots = [photos.jpeg(photos.pixels(200 + number, 150)) for number in range(5)]
    mails = [
        mailboxes.mail(
            mailboxes.text(), mailboxes.photo(shot, kind="image/jpeg"), subject=f"pic {number}", number=number
        )
        for number, shot in enumerate(shots, 1)
    ]
    (folder / "triage.mbox").write_bytes(mailboxes.mbox(mails))
    rows = [
        {**MOLE_ROW, "row": f"{number + 1}", "part": f"{number}/2", "sha256": hashlib.sha256(shot).hexdigest()}
        for number, shot in enumerate(shots, 1)
    ]
    rows[CHILDS] |= CHILD
    del rows[NO_DATE]["obtained_at"]
    rows[WRONG]["patient"] = "9434765871"
    rows[SKIPPED]["action"] = "skip"
    write(folder, rows)
    return folder


def write(folder: Path, rows: list[dict[str, str]]) -> None:
    """Write the table as Excel does."""
    with (folder / "triage.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)


def state(folder: Path) -> Mapping[str, str | None]:
    """Return where the practice's station is."""
    return {"IMGFILE_STATE": str(folder.parent / "state"), "TZ": "UTC"}


def attending(here: Path, *options: str) -> AbstractContextManager[Session]:
    """Sit down before the table."""
    arguments = ("ingest", "--table", "triage.csv", "--attend", "--allow-test-id", *options)
    return imgfile_session(*arguments, cwd=here, env=state(here))


def objects(session: Session) -> list[dict[str, Any]]:
    """Read what --json printed on this terminal."""
    return [json.loads(line) for line in session.screen.splitlines() if line.startswith("{")]


def answer_childs_row(session: Session) -> str:
    """Answer what R9 wants of the child's row, and return what was shown before its first question."""
    shown = session.expect("Intimate? ")
    session.send("\n")
    session.answer("Asked by [Dr A. Example]: ", "")
    session.answer("are required)\n> ", "1257")
    session.answer("attest and file (c change, s skip, q quit): ", "0018")
    return shown


def test_what_needs_nobody_is_filed_then_a_clinician_answers_three_things(here: Path) -> None:
    """Dialogue D3b: rows that are ready at one Enter, the child's with three answers and the digits, a gap with one."""
    with attending(here, "--json") as session:
        session.expect("1 row is ready and needs nobody. 3 need a clinician.\n")
        session.answer("File it first; its source goes [Y/n] (q quit): ", "")
        shown = answer_childs_row(session)
        assert "Row 3 of triage.csv (1 of 3 that need you)\n" in shown
        assert '"pic 2"' in shown
        assert "patient number     9990000018\n" in shown
        assert "body site          nappy area\n" in shown
        assert "rationale          Worse despite usual care; video failed; told mother why\n" in shown
        session.answer("Asked by, on", "21/11/2025")
        session.answer("File it? (y file, c change, s skip, q quit): ", "y")
        session.expect("check digit does not match")
        session.answer("Patient number", "9434765870")
        session.answer("Asked by [Dr A. Example]: ", "")
        session.answer("File it? (y file, c change, s skip, q quit): ", "y")
        done = session.finish()
    lines = objects(session)
    assert done.status == 0
    assert [(line["row"], line["outcome"]) for line in lines if line["type"] == "photo"] == [
        *((6, "skipped"), (2, "filed")),
        *((3, "filed"), (4, "filed"), (5, "filed")),
    ]
    assert lines[-1]["erased"] == 4


def test_a_record_says_what_the_table_answered_and_what_was_asked_here(here: Path) -> None:
    """Its provenance: R9's answers are this prompt's, the rest the table's."""
    with attending(here, "--yes", "--json") as session:
        answer_childs_row(session)
        session.answer("Asked by, on", "q")
        assert session.finish().status == 130
    (childs,) = [line for line in objects(session) if line.get("row") == CHILDS + 2]
    command = ("show", childs["record"], "--json", "--identity-command", f"echo {PASSPHRASE}")
    shown = imgfile(*command, env={"IMGFILE_STATE": os.environ["IMGFILE_STATE"]})
    provenance = json.loads(shown.stdout)["facts"]["provenance"]
    assert {slug: provenance[slug] for slug in ("patient", "body_site", "rationale")} == dict.fromkeys(
        ("patient", "body_site", "rationale"), "table"
    )
    assert (provenance["intimate"], provenance["safeguards"]) == ("defaulted", "typed")


def test_each_row_can_be_left_and_a_stop_keeps_what_is_filed(here: Path) -> None:
    """`s` at any question goes on to the next row; after `q` the rows that were filed are filed, the others are not."""
    box = (here / "triage.mbox").read_bytes()
    with attending(here) as session:
        session.answer("File it first; its source goes [Y/n] (q quit): ", "y")
        session.answer("Intimate? ", "s")
        session.answer("Asked by, on", "21/11/2025")
        session.answer("File it? (y file, c change, s skip, q quit): ", "s")
        session.answer("Patient number", "q")
        assert session.finish().status == 130
    assert "1 filed and erased from triage.mbox" in session.screen
    after = (here / "triage.mbox").read_bytes()
    assert (len(after), after != box) == (len(box), True)
    with attending(here) as session:
        session.answer("Intimate? ", "q")
        assert session.finish().status == 130
    assert "3 not reached: rows 3, 4, 5." in session.screen
    assert "go on with rows 3, 4, 5, run again, then delete it." in " ".join(session.screen.split())


def test_r9_a_row_with_a_safeguarding_concern_is_left_and_never_to_be_corrected(here: Path) -> None:
    """What to do by hand is said, and nobody is sent back to answer otherwise."""
    with attending(here, "--yes") as session:
        session.expect("Intimate? ")
        session.send("\n")
        session.answer("Asked by [Dr A. Example]: ", "")
        session.answer("are required)\n> ", "125")
        session.answer("are required)\n> ", "12 5")
        session.answer("Asked by, on", "q")
        assert session.finish().status == 130
    words = " ".join(session.screen.split())
    assert "A safeguarding concern, or you are not sure? Leave 7 out again" in words
    assert "row 3 R9: nobody said that there is no safeguarding concern; the photo is left as it is." in words
    assert "Do not forward or delete the message; tell whoever leads on safeguarding in the practice now." in words
    assert "This computer leaves it alone until a named person lifts that: imgfile safeguarding list" in words
    assert "correct row" not in words
    assert "Leave row 3 as it is: set the action to skip." in words
    assert "A clinician finishes" not in words


def test_a_no_leaves_what_is_ready_and_goes_on(here: Path) -> None:
    """It is counted as undecided, so that the run is not complete."""
    with attending(here) as session:
        session.answer("File it first; its source goes [Y/n] (q quit): ", "n")
        answer_childs_row(session)
        session.answer("Asked by, on", "s")
        session.answer("Patient number", "s")
        assert session.finish().status == 3
    assert "1 filed and erased from triage.mbox" in session.screen
    assert "1 undecided" in session.screen


def test_a_change_goes_back_to_one_answer_of_a_row(here: Path) -> None:
    """`c` at the confirmation, as everywhere; the row's other answers stay."""
    with attending(here) as session:
        session.answer("File it first; its source goes [Y/n] (q quit): ", "n")
        session.answer("Intimate? ", "s")
        session.answer("Asked by, on", "21/11/2025")
        session.answer("File it? (y file, c change, s skip, q quit): ", "c")
        menu = session.expect("Change which")
        number = next(line.split()[0] for line in menu.splitlines() if "body site" in line)
        session.send(f"{number}\n")
        session.answer("Body site", "right shoulder")
        shown = session.expect("File it? (y file, c change, s skip, q quit): ")
        assert "right shoulder" in shown
        session.send("q\n")
        assert session.finish().status == 130


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (("--no-input",), 13, "--attend asks a clinician at the terminal, and nobody can be"),
        (("--dry-run",), 2, "--dry-run asks nothing, and --attend does."),
    ],
)
def test_without_somebody_nothing_begins(here: Path, options: tuple[str, ...], status: int, words: str) -> None:
    """It is refused before the table's photos are read."""
    box = (here / "triage.mbox").read_bytes()
    with attending(here, *options) as session:
        assert session.finish().status == status
    assert words in session.screen
    assert (here / "triage.mbox").read_bytes() == box


def test_it_is_about_a_table(here: Path) -> None:
    """A photo that is named is asked about anyway."""
    with imgfile_session("ingest", "triage.mbox", "--attend", cwd=here, env=state(here)) as session:
        assert session.finish().status == 2
    assert "--attend is about the rows of a table." in session.screen


def test_a_row_whose_file_holds_a_further_picture_needs_somebody(here: Path) -> None:
    """Filed unattended its source would stay: it is brought up, the loss is shown, and then it goes."""
    pair = photos.jpeg(photos.pixels(210, 150)) + photos.jpeg(photos.pixels(150, 210))
    mail = mailboxes.mail(mailboxes.text(), mailboxes.photo(pair, kind="image/jpeg"), subject="pair", number=1)
    (here / "triage.mbox").write_bytes(mailboxes.mbox([mail]))
    write(here, [{**MOLE_ROW, "row": "2", "part": "1/2", "sha256": hashlib.sha256(pair).hexdigest()}])
    with attending(here, "--json") as session:
        session.answer("Asked by [Dr A. Example]: ", "")
        shown = session.expect("File it? (y file, c change, s skip, q quit): ")
        assert "With it goes 1 further picture of the same file, in no record" in shown
        session.send("y\r")
        assert session.finish().status == 0
    assert objects(session)[-1]["erased"] == 1
