"""An admin's batch, from the dry run to the run that finds nothing left to do (dialogue B)."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.table_rows import CHILD_CELLS, MOLE_ROW
from kit.terminal.outcomes import YEAR_OLD
from kit.terminal.processes import Outcome, imgfile, imgfile_session
from kit.vault.practice import Practice

COLUMNS = ["row", "source", "part", "sha256", *list(MOLE_ROW)[1:], "giver"]
COUNT = 19
"""One more than go through the stages together."""


@pytest.fixture
def here(practice: Practice, tmp_path: Path) -> Path:
    """Give a mailbox of many photos and a table of them, one row wrong and one for a clinician."""
    assert practice.folder.is_dir()
    folder = tmp_path / "here"
    folder.mkdir()
    shots = [photos.jpeg(photos.pixels(200 + number, 150)) for number in range(COUNT)]
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
    rows[2]["patient"] = "9434765871"
    rows[4] |= CHILD_CELLS
    rows[6] = {name: text for name, text in rows[6].items() if name in {"row", "source", "part"}} | {"action": "skip"}
    write(folder, rows)
    return folder


def write(folder: Path, rows: list[dict[str, str]]) -> None:
    """Write the table as Excel does."""
    with (folder / "triage.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)


def rows_of(folder: Path) -> list[dict[str, str]]:
    """Read the table back."""
    with (folder / "triage.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def ingest(folder: Path, *options: str) -> Outcome:
    """Run the table."""
    return imgfile(
        "ingest", "--table", "triage.csv", "--allow-test-id", *options, cwd=folder, env=_state(folder), timeout=60
    )


def _state(folder: Path) -> Mapping[str, str | None]:
    return {"IMGFILE_STATE": str(folder.parent / "state"), "TZ": "UTC"}


def objects(outcome: Outcome) -> list[dict[str, Any]]:
    """Read standard output."""
    return [json.loads(line) for line in outcome.stdout.splitlines()]


def test_a_batch_is_tried_run_corrected_and_run_again(here: Path) -> None:
    """The whole of dialogue B: what is filed stays filed, and is asked nothing twice."""
    box = (here / "triage.mbox").read_bytes()
    tried = ingest(here, "--dry-run")
    assert tried.status == 3
    assert YEAR_OLD.sub("", tried.words) == (
        "row 4  patient: check digit does not match\n"
        "row 6  R9: an intimate photo of a child is filed by a clinician at the terminal, not in a batch.\n"
        "19 rows: 16 ready, 1 row to correct, 1 refused, 1 skipped. Nothing was changed.\n"
    )
    assert (here / "triage.mbox").read_bytes() == box

    first = ingest(here, "--yes", "--json")
    reported = objects(first)
    assert first.status == 3
    assert reported[0] == {"type": "run", "schema": 1, "rows": COUNT}
    assert [line["row"] for line in reported[1:-1]] == list(range(2, COUNT + 2))
    assert {line["outcome"] for line in reported[1:-1]} == {"filed", "failed", "refused", "skipped"}
    assert reported[3]["column"] == "patient"
    assert reported[3]["message"] == "check digit does not match"
    assert reported[5]["rule"] == "R9"
    assert reported[-1].pop("evidence").popitem()[1] == 16
    assert [message["message_id"] for message in reported[-1].pop("in_account")][:2] == [
        "<1@example.org>",
        "<2@example.org>",
    ]
    assert reported[-1].pop("out_of_reach")[0] == "the mail provider's backups, the sender's phone."
    assert reported[-1] == {
        "type": "summary", "filed": 16, "already_filed": 0, "in_inbox": 0, "ready": 0, "failed": 1, "refused": 1,
        "skipped": 1, "undecided": 0, "erased": 16, "exit": 3,
    }  # fmt: skip
    assert "16 filed and erased from triage.mbox (E" in first.words
    assert "2 not filed: rows 4, 6; their sources are untouched. 1 skipped.\n" in first.words
    assert "16 messages are still in the mail account; list: imgfile scan triage.mbox --filed\n" in first.words
    assert first.words.endswith(
        "triage.csv holds 18 patient numbers in clear: correct rows 4, 6, run again, then delete it.\n"
    )
    after = (here / "triage.mbox").read_bytes()
    assert len(after) == len(box)
    assert after != box

    rows = rows_of(here)
    rows[2]["patient"] = MOLE_ROW["patient"]
    rows[4]["action"] = "skip"
    write(here, rows)
    second = ingest(here, "--yes", "--json")
    assert second.status == 0, second.words
    assert objects(second)[-1] | {"evidence": 0, "in_account": 0, "out_of_reach": 0} == {
        "type": "summary", "filed": 1, "already_filed": 16, "in_inbox": 0, "ready": 0, "failed": 0, "refused": 0,
        "skipped": 2,
        "undecided": 0, "erased": 1, "exit": 0, "evidence": 0, "in_account": 0, "out_of_reach": 0,
    }  # fmt: skip
    assert {line["record"] for line in objects(second) if line.get("outcome") == "already_filed"} == {
        line["record"] for line in reported if line.get("outcome") == "filed"
    }
    assert second.words.endswith("triage.csv holds 18 patient numbers in clear: delete it.\n")

    third = ingest(here, "--yes", "--quiet")
    assert (third.status, third.words) == (0, "")


def test_a_file_that_is_erased_is_recognised_by_its_row_and_only_for_its_patient(here: Path) -> None:
    """The digest in the row says which photo it was."""
    shot = photos.jpeg(photos.pixels(300, 200))
    (here / "a.jpg").write_bytes(shot)
    row = {**MOLE_ROW, "row": "2", "source": "a.jpg", "sha256": hashlib.sha256(shot).hexdigest()}
    write(here, [row])
    assert ingest(here, "--yes").status == 0
    assert not (here / "a.jpg").exists()
    assert ingest(here, "--yes").words.splitlines()[1] == "1 filed already."
    for change in ({"sha256": ""}, {"sha256": "0" * 64}, {"patient": "9990000026"}, {"patient": "x"}, {"patient": ""}):
        write(here, [row | change])
        again = ingest(here, "--yes")
        assert (again.status, again.words.splitlines()[0]) == (18, "row 2  a.jpg does not exist.")


def test_undecided_rows_are_counted_and_not_silently_done(here: Path) -> None:
    """A blank action is nobody's decision, so the run is not complete."""
    rows = rows_of(here)[:2]
    rows[1]["action"] = ""
    write(here, rows)
    outcome = ingest(here, "--yes", "--json")
    assert outcome.status == 3
    assert objects(outcome)[-1]["undecided"] == 1
    assert "1 undecided.\n" in outcome.words
    told = "The column action says what is done: file, or skip. It is empty in row 3.\n"
    assert told in outcome.words
    assert told in ingest(here, "--dry-run").words


def test_with_quiet_only_what_went_wrong_is_said(here: Path) -> None:
    """As warnings."""
    outcome = ingest(here, "--yes", "--quiet")
    assert YEAR_OLD.sub("", outcome.words) == (
        "imgfile: warning: row 4  patient: check digit does not match\n"
        "imgfile: warning: row 6  R9: an intimate photo of a child is filed by a clinician at the terminal, "
        "not in a batch.\n"
    )


def test_a_table_is_never_asked_about_row_by_row(here: Path) -> None:
    """At a terminal too: R9 stays refused, and missing answers are reported."""
    with imgfile_session(
        "ingest", "--table", "triage.csv", "--yes", "--allow-test-id", cwd=here, env=_state(here)
    ) as session:
        assert session.finish(60).status == 3
    assert "row 6  R9: " in session.screen
    assert "Patient number" not in session.screen


def test_the_clinician_files_the_row_that_a_batch_may_not(here: Path) -> None:
    """`imgfile ingest triage.mbox --part 5/2` asks about that one photo."""
    arguments = ("ingest", "triage.mbox", "--part", "5/2", "--allow-test-id")
    with imgfile_session(*arguments, cwd=here, env=_state(here)) as session:
        session.expect("Photo 1 of 1\n")
        for question, typed in (
            ("Patient number", "9990000018"), ("Date of birth: ", "14/9/25"), ("Body site: ", "nappy area"),
            ("Intimate? ", ""), ("Purpose ", ""), ("Consent basis: ", "1"), ("Who agreed, and how", "mother phone"),
            ("Asked by, on", "yesterday"), ("Rationale: ", "Worse despite usual care; video failed"),
            ("are required)\n> ", "1257"), ("Last four digits", "0018"),
        ):  # fmt: skip
            session.answer(question, typed)
        assert session.finish().status == 0
