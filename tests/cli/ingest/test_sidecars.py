"""Files beside a photo: named before it is filed, its very copies erased on request, everything else named and left."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk, ndjson
from kit.terminal.processes import Session

ADULT = ["--allow-test-id", "--no-input", "--yes", "--patient", "9434765870", "--dob", "3/3/71"]
ANSWERS = ["--body-site", "left shoulder", "--purpose", "diagnosis", "--basis", "patient_capacity_16plus"]
CONSENT = ["--form", "phone", "--obtained-at", "20/11/2026", "--rationale", "New pigmented lesion, triage for 2WW"]
GIVEN = [*ADULT, *ANSWERS, *CONSENT]
PHOTO = photos.phone_jpeg()


@pytest.fixture
def mole(tmp_path: Path) -> Path:
    """Give a photo with a copy, a live video and its edits beside it."""
    folder = tmp_path / "phone"
    folder.mkdir()
    for name in ("mole.jpg", "mole (1).jpg"):
        (folder / name).write_bytes(PHOTO)
    (folder / "mole.MOV").write_bytes(b"video")
    (folder / "mole.AAE").write_bytes(b"edits")
    return folder / "mole.jpg"


def left(mole: Path) -> list[str]:
    """List what is still there."""
    return sorted(path.name for path in mole.parent.iterdir())


def companions(lines: list[dict[str, object]]) -> list[tuple[object, ...]]:
    """Pick what was reported of the files beside a photo: name, kind, whether it was erased."""
    found = [line for line in lines if line["type"] == "companion"]
    return [(Path(str(line["path"])).name, line["kind"], line["erased"]) for line in found]


def test_nothing_beside_a_photo_is_touched_unasked(desk: Desk, mole: Path) -> None:
    """Each is named, with what to do; the command still succeeds."""
    outcome = desk.run("ingest", mole, *GIVEN)
    assert outcome.status == 0, outcome.words
    assert left(mole) == ["mole (1).jpg", "mole.AAE", "mole.MOV"]
    assert "Still there: mole (1).jpg, the very same photo. To erase it:  imgfile ingest '" in outcome.words
    assert "Still there: mole.MOV, its live video. No record holds it" in outcome.words
    assert "Still there: mole.AAE, how it was edited." in outcome.words
    again = desk.run("ingest", mole.with_name("mole (1).jpg"), *ADULT, "--json")
    assert again.status == 0, again.words
    assert left(mole) == ["mole.AAE", "mole.MOV"]


def test_its_very_copies_go_on_request_and_nothing_else(desk: Desk, mole: Path) -> None:
    """Each with its evidence in the trail, as of the source; a photo of such a name that differs stays."""
    mole.with_name("mole (2).jpg").write_bytes(PHOTO)
    mole.with_name("mole (3).jpg").write_bytes(PHOTO[:-1] + b"?")
    outcome = desk.run("ingest", mole, *GIVEN, "--erase-copies", "--json")
    assert outcome.status == 0, outcome.words
    lines = ndjson(outcome)
    assert companions(lines) == [
        ("mole (1).jpg", "copy", True),
        ("mole (2).jpg", "copy", True),
        ("mole.AAE", "edits", False),
        ("mole.MOV", "live video", False),
    ]
    evidence = {line["evidence"] for line in lines if line["type"] == "companion" and line["erased"]}
    assert evidence <= {"E1", "E2", "E3"}
    assert left(mole) == ["mole (3).jpg", "mole.AAE", "mole.MOV"]
    assert "Erased its copy mole (1).jpg: " in outcome.words
    acts = [entry["act"] for entry in ndjson(desk.run("audit", "--json")) if "act" in entry]
    assert acts.count("erased") == 3
    assert acts.count("matched") == 1
    assert desk.run("verify").status == 0


def test_a_copy_that_cannot_go_is_told_and_ends_with_15(desk: Desk, mole: Path) -> None:
    """As of a source: a second name of it stands in the way."""
    os.link(mole.with_name("mole (1).jpg"), mole.parent / "elsewhere")
    outcome = desk.run("ingest", mole, *GIVEN, "--erase-copies", "--json")
    assert outcome.status == 15, outcome.words
    assert companions(ndjson(outcome))[0] == ("mole (1).jpg", "copy", False)
    assert "has one other name (hard link)" in outcome.words
    assert "mole (1).jpg" in left(mole)
    assert not mole.exists()


def test_a_copy_that_is_named_itself_is_no_companion(desk: Desk, mole: Path) -> None:
    """A whole folder is filed: its copy is recognised as filed, and goes as a source of its own."""
    mole.with_name("mole.MOV").unlink()
    mole.with_name("mole.AAE").unlink()
    table = mole.parent.parent / "table.csv"
    columns = "action,source,patient,dob,body_site,purpose,basis,form,obtained_at,rationale"
    row = "9434765870,3/3/71,left shoulder,diagnosis,patient_capacity_16plus,phone,20/11/2026,New lesion for 2WW triage"
    rows = [f"file,{path},{row}" for path in (mole, mole.with_name("mole (1).jpg"))]
    table.write_text("\n".join((columns, *rows)) + "\n")
    outcome = desk.run("ingest", "--table", table, "--yes", "--allow-test-id", "--json", "--no-input")
    assert outcome.status == 0, outcome.words
    assert companions(ndjson(outcome)) == []
    assert left(mole) == []


def test_keeping_the_source_keeps_what_lies_beside_it(desk: Desk, mole: Path) -> None:
    """And asking for both makes no sense."""
    assert desk.run("ingest", mole, *GIVEN, "--keep-source", "--erase-copies").status == 2
    outcome = desk.run("ingest", mole, *GIVEN, "--keep-source", "--json")
    assert outcome.status == 0
    assert companions(ndjson(outcome)) == []
    assert left(mole) == ["mole (1).jpg", "mole.AAE", "mole.MOV", "mole.jpg"]


def _answered(desk: Desk, mole: Path, typed: str) -> Session:
    questions = ["--allow-test-id", "--patient", "9434765870", "--dob", "3/3/71", *ANSWERS, *CONSENT]
    with desk.sit("ingest", mole.name, *questions, cwd=mole.parent) as session:
        session.answer("Asked by [Dr A. Example]", "")
        assert "  beside mole (1).jpg, the very same photo\n" in session.screen
        assert "  beside mole.MOV, its live video\n" in session.screen
        session.answer("File it? (y file, c change, q quit): ", "y")
        session.answer("Erase the copy beside it too? (y yes, n no): ", "perhaps")
        session.answer("Erase the copy beside it too? (y yes, n no): ", typed)
        assert session.finish().status == 0
    return session


def test_at_the_terminal_the_copy_is_offered_once_its_photo_is_gone(desk: Desk, mole: Path) -> None:
    """Listed before anything is confirmed; erased only by an answer."""
    session = _answered(desk, mole, "y")
    assert "Erased its copy mole (1).jpg: " in session.screen
    assert left(mole) == ["mole.AAE", "mole.MOV"]


def test_at_the_terminal_no_means_no(desk: Desk, mole: Path) -> None:
    """And the report says how it goes later."""
    session = _answered(desk, mole, "n")
    assert "Still there: mole (1).jpg, the very same photo." in session.screen
    assert "mole (1).jpg" in left(mole)


def test_strip_and_inspect_tell_what_lies_beside(mole: Path, desk: Desk, tmp_path: Path) -> None:
    """Of a folder, only what is not itself among the photos; a hostile name is made harmless."""
    mole.with_name("mole.\x1b[2Jjson").unlink(missing_ok=True)
    mole.with_name("mole.xmp").write_bytes(b"<x/>")
    (tmp_path / "out").mkdir()
    one = desk.run("strip", mole, "-o", tmp_path / "out")
    assert "left as it is beside it: mole (1).jpg (the very same photo), mole.AAE (how it was edited)" in one.words
    [line] = ndjson(desk.run("inspect", mole, "--json"))
    kinds = [companion["kind"] for companion in line["companions"]]
    assert kinds == ["copy", "edits", "live video", "notes"]
    folder = desk.run("inspect", mole.parent, "--json")
    by_name = {Path(line["source"]).name: line.get("companions") for line in ndjson(folder)}
    assert by_name["mole.jpg"] == []
    assert left(mole) == ["mole (1).jpg", "mole.AAE", "mole.MOV", "mole.jpg", "mole.xmp"]


def test_a_name_beside_a_photo_steers_no_terminal(desk: Desk, tmp_path: Path) -> None:
    """Strangers name files."""
    name = "rash\x1b]0;owned\x07\u202e"
    (tmp_path / f"{name}.jpg").write_bytes(photos.jpeg())
    (tmp_path / f"{name}.MOV").write_bytes(b"video")
    outcome = desk.run("strip", tmp_path / f"{name}.jpg", "--check-only")
    assert "its live video" in outcome.words
    assert not any(character in outcome.words for character in "\x1b\x07\u202e")
