"""Further pictures in one file are in no record, so unattended their source stays, at every door."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from kit.mail import mailboxes
from kit.photos import jpeg_png as photos
from kit.table_rows import MOLE_ROW
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import Argument, Outcome
from kit.terminal.typed_answers import ADULTS, answer, at_terminal
from kit.vault.practice import Practice

TWO = photos.jpeg() + photos.jpeg(photos.pixels(64, 48).rotate(90))
SAID = "A further picture in the same file was left out."
KEPT = "is kept: its file holds a further picture, which is in no record."
WORDS = {slug: text for slug, text in MOLE_ROW.items() if slug not in {"source", "action"}}
FLAGS = [word for slug, text in WORDS.items() for word in (f"--{slug.replace('_', '-')}", text)]


def by_flags(desk: Desk, named: Path, *options: Argument) -> Outcome:
    """Give every answer by a flag."""
    return desk.run("ingest", named, "--allow-test-id", "--yes", "--no-input", *FLAGS, *options)


def by_answers(desk: Desk, named: Path, *options: Argument) -> Outcome:
    """Give every answer in a file."""
    answers = named.with_name("answers.json")
    answers.write_text(json.dumps(WORDS))
    return desk.run("ingest", named, "--allow-test-id", "--yes", "--no-input", "--answers", answers, *options)


def by_pipe(desk: Desk, named: Path, *options: Argument) -> Outcome:
    """Give every answer on standard input."""
    words = ("ingest", named, "--allow-test-id", "--yes", "--answers", "-", *options)
    return desk.run(*words, stdin=json.dumps(WORDS).encode())


def by_table(desk: Desk, named: Path, *options: Argument) -> Outcome:
    """Give every answer in a row."""
    table = named.with_name("triage.csv")
    row = {"row": "2", "source": str(named), "part": "", "sha256": hashlib.sha256(TWO).hexdigest(), "action": "file"}
    row |= WORDS | ({"part": "1/2"} if named.suffix == ".eml" else {})
    quoted = (",".join(f'"{cell}"' for cell in cells) for cells in (row, row.values()))
    table.write_text("\n".join(quoted) + "\n", encoding="utf-8-sig")
    return desk.run("ingest", "--table", table, "--allow-test-id", "--yes", *options)


def in_file(folder: Path) -> Path:
    """Save the photo."""
    (folder / "pair.jpg").write_bytes(TWO)
    return folder / "pair.jpg"


def in_mail(folder: Path) -> Path:
    """Save a mail that the photo came in."""
    (folder / "pair.eml").write_bytes(mailboxes.mail(mailboxes.text(), mailboxes.photo(TWO, kind="image/jpeg")))
    return folder / "pair.eml"


DOORS = [by_flags, by_answers, by_pipe, by_table]


@pytest.mark.parametrize("make", [in_file, in_mail])
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_unattended_it_is_filed_and_its_source_kept(desk: Desk, tmp_path: Path, door: object, make: object) -> None:
    """Exit code 15, in the dry run too; said on the screen and in NDJSON; a second run ends the same way."""
    assert callable(door)
    assert callable(make)
    named = make(tmp_path)
    before = named.read_bytes()
    tried = door(desk, named, "--dry-run", "--json")
    assert tried.status == 15, tried.words
    for is_new in (True, False):
        outcome = door(desk, named, "--json")
        assert outcome.status == 15, outcome.words
        assert named.read_bytes() == before
        (line,) = (each for each in ndjson(outcome) if each["type"] == "photo")
        assert (line["outcome"], line["erased"]) == ("filed" if is_new else "already_filed", False)
        assert (line["slug"], line["exit"], line["warnings"]) == ("source-remains", 15, [SAID])
        assert KEPT in line["message"]
        assert SAID in outcome.words
    quiet = door(desk, named, "--quiet")
    assert KEPT in quiet.words
    assert SAID in quiet.words


@pytest.mark.parametrize("door", [by_flags, by_table], ids=lambda door: door.__name__)
def test_a_source_that_was_to_be_kept_is_no_failure(desk: Desk, tmp_path: Path, door: object) -> None:
    """With --keep-source nothing is lost: exit code 0, and it is said all the same."""
    assert callable(door)
    named = in_file(tmp_path)
    outcome = door(desk, named, "--keep-source")
    assert outcome.status == 0, outcome.words
    assert SAID in outcome.words
    assert named.exists()


def test_an_export_that_holds_one_is_kept_unless_unfiled_photos_may_be_lost(desk: Desk, tmp_path: Path) -> None:
    """`--destroy-export` counts its photo as not filed; `--destroy-unfiled` agrees to just that."""
    named = in_mail(tmp_path)
    kept = by_flags(desk, named, "--destroy-export")
    assert kept.status == 15
    assert "1 photo in it is not filed" in kept.words
    assert named.exists()
    gone = by_flags(desk, named, "--destroy-export", "--destroy-unfiled", "--json")
    assert gone.status == 0, gone.words
    assert not named.exists()


def test_a_photo_from_a_pipe_has_no_source_to_lose(desk: Desk) -> None:
    """A photo from a pipe has no source to lose; what was left out is said."""
    outcome = desk.run("ingest", "-", "--allow-test-id", "--yes", *FLAGS, stdin=TWO)
    assert outcome.status == 0, outcome.words
    assert SAID in outcome.words


def test_whoever_is_asked_is_told_before_and_at_the_confirmation(practice: Practice, tmp_path: Path) -> None:
    """At the terminal it is said before the first question and where the photo is confirmed; then it goes."""
    assert practice.folder.is_dir()
    named = in_mail(tmp_path)
    with at_terminal(tmp_path, named.name) as session:
        answer(session, *ADULTS)
        shown = session.expect("File it? (y file, c change, q quit): ")
        assert "With it goes 1 further picture of the same file, in no record" in shown
        assert f"note   {SAID}" in session.screen
        session.send("y\r")
        assert session.finish().status == 0
    assert photos.jpeg()[-60:-30] not in named.read_bytes()
    assert b"Erased from pair.eml" in session.screen.encode()
