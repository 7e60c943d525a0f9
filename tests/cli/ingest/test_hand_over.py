"""`ingest --hand-over FOLDER`: a page of each photo that is filed, without a passphrase for each."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imgfile.vault.checks.verify import verify
from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import Outcome
from kit.terminal.typed_answers import CHILDS, answer
from kit.tools import tool
from kit.vault.filings import KNEE, MOLE


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """Make a folder with a document folder beside it."""
    (tmp_path / "docman").mkdir()
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def put(drop: Path, name: str, seed: int, **answers: str) -> dict[str, str]:
    """Put a photo there; return the row of a table that files it."""
    photo = drop / name
    photo.write_bytes(photos.phone_jpeg(width=64 + seed))
    return {"source": str(photo), "action": "file", **MOLE, **answers}


def file_table(desk: Desk, drop: Path, rows: list[dict[str, str]], *more: str) -> Outcome:
    """File a table of NDJSON unattended, handing over."""
    table = drop.parent / "t.ndjson"
    table.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    wanted = ("--table", table, "--yes", "--allow-test-id", "--no-input", "--hand-over", drop.parent / "docman")
    return desk.run("ingest", *wanted, *more)


def photos_of(outcome: Outcome) -> list[dict[str, Any]]:
    """Return what was reported of each photo."""
    return [line for line in ndjson(outcome) if line["type"] == "photo"]


def test_a_table_is_handed_over_page_by_page(desk: Desk, drop: Path) -> None:
    """Entered as an export by this computer, remembered beside the record; the JPEG inside is what is filed."""
    rows = [put(drop, f"{at}.jpg", at) for at in range(3)]
    outcome = file_table(desk, drop, rows, "--json")
    assert outcome.status == 0, outcome.words
    found = photos_of(outcome)
    for line in found:
        assert line["handed_over"] == str(drop.parent / "docman" / f"{line['record']}.pdf")
    assert not any(path.exists() for path in map(Path, (row["source"] for row in rows))), "erased all the same"
    for line in found:
        page = Path(line["handed_over"])
        subprocess.run([tool("pdfimages"), "-all", page, page.with_suffix("")], check=True)
        copy = desk.as_clinician("export", line["record"], "-o", "-", "--purpose", "diagnosis", "--reason", "compare")
        assert page.with_name(f"{page.stem}-000.jpg").read_bytes() == copy.stdout
    trail = ndjson(desk.as_clinician("audit", "--json", "--reasons"))
    exported = [line for line in trail if line.get("purpose") == "own_clinical_record"]
    assert {line["record"] for line in exported} == {line["record"] for line in found}
    assert "handed over" in desk.as_clinician("show", found[0]["record"], "--history").stdout.decode().lower()
    assert list(verify(desk.practice.reopened())) == []


def test_what_is_not_handed_over_is_said_and_filed_all_the_same(desk: Desk, drop: Path) -> None:
    """What was filed for something beyond care, and what was filed before: warnings, and no failure."""
    first = put(drop, "a.jpg", 1)
    again = put(drop, "b.jpg", 2)
    other = put(drop, "c.jpg", 3, purpose="medico_legal")
    assert file_table(desk, drop, [again]).status == 0
    Path(again["source"]).write_bytes(photos.phone_jpeg(width=66))
    outcome = file_table(desk, drop, [first, again, other], "--json")
    assert outcome.status == 0, outcome.words
    a, b, c = photos_of(outcome)
    assert (a["outcome"], b["outcome"], c["outcome"]) == ("filed", "already_filed", "filed")
    assert Path(a["handed_over"]).exists()
    assert (b["handed_over"], c["handed_over"]) == (None, None)
    assert "NOT handed over: it was filed before" in b["warnings"][-1]
    assert "R5" in c["warnings"][-1]
    assert len(list((drop.parent / "docman").iterdir())) == 2


def test_r9_an_intimate_photo_of_a_child_is_never_handed_over_so(desk: Desk, drop: Path) -> None:
    """Attested at the terminal, filed and erased; no page is written, and that is said."""
    photo = drop / "rash.jpg"
    photo.write_bytes(photos.phone_jpeg())
    with desk.sit("ingest", photo, "--allow-test-id", "--hand-over", drop.parent / "docman") as session:
        answer(session, *CHILDS, ("Last four digits", "0018"))
        assert session.finish().status == 0
        assert "NOT handed over: R9" in session.words
    assert not photo.exists()
    assert list((drop.parent / "docman").iterdir()) == []


def test_at_the_terminal_the_page_is_named(desk: Desk, drop: Path) -> None:
    """An ordinary photo of a child goes there."""
    photo = drop / "knee.jpg"
    photo.write_bytes(photos.phone_jpeg())
    given = [f"--{slug.replace('_', '-')}={text}" for slug, text in KNEE.items() if slug != "intimate"]
    with desk.sit("ingest", photo, *given, "--allow-test-id", "--hand-over", drop.parent / "docman") as session:
        session.answer("Intimate? ", "n")
        session.answer("File it? ", "y")
        assert session.finish().status == 0
        assert "Handed over: " in session.words
    assert len(list((drop.parent / "docman").glob("*.pdf"))) == 1


@pytest.mark.parametrize("wrong", ["absent", "a file", "in the vault", "with --inbox"])
def test_a_folder_that_will_not_do_is_found_before_anything_is_filed(desk: Desk, drop: Path, wrong: str) -> None:
    """The photo is not touched."""
    row = put(drop, "a.jpg", 1)
    folder = {"absent": drop / "nowhere", "a file": Path(row["source"]), "in the vault": desk.practice.folder}
    more = ["--inbox"] if wrong == "with --inbox" else []
    docman = folder.get(wrong, drop.parent / "docman")
    outcome = desk.run("ingest", row["source"], "--no-input", "--hand-over", docman, *more)
    assert outcome.status == (2 if wrong == "with --inbox" else 19), outcome.words
    assert Path(row["source"]).exists()
    assert desk.run("list", "--json").stdout == b""


@pytest.fixture
def full(drop: Path) -> Iterator[Path]:
    """Make the document folder a disk that has room for one file more, whatever its size."""
    docman = drop.parent / "docman"
    subprocess.run([tool("mount"), "-t", "tmpfs", "-o", "nr_inodes=2", "tmpfs", docman], check=True)
    yield docman
    subprocess.run([tool("umount"), docman], check=True)


def test_a_page_that_cannot_be_written_keeps_no_source(desk: Desk, drop: Path, full: Path) -> None:
    """Filed, proven and erased all the same; it is said, with an exit code, and nothing half lies in the folder."""
    rows = [put(drop, f"{at}.jpg", at) for at in range(3)]
    outcome = file_table(desk, drop, rows, "--json")
    assert outcome.status == 3, outcome.words
    found = photos_of(outcome)
    assert [line["outcome"] for line in found] == ["filed"] * 3
    assert all(line["erased"] for line in found)
    (page,) = [line["handed_over"] for line in found if line["handed_over"]]
    assert [str(path) for path in full.iterdir()] == [page]
    assert subprocess.run([tool("qpdf"), "--check", page], capture_output=True, check=False).returncode == 0
    assert outcome.words.count("NOT handed over: ") == 2
    assert "1 handed over, 2 NOT" in outcome.words
    single = desk.run("ingest", put(drop, "d.jpg", 9)["source"], *flags(), "--hand-over", full)
    assert (single.status, "NOT handed over" in single.words) == (19, True), single.words


def flags() -> list[str]:
    """Return the answers about the mole as flags, confirmed."""
    given = [f"--{slug.replace('_', '-')}={text}" for slug, text in MOLE.items()]
    return [*given, "--yes", "--no-input", "--allow-test-id"]
