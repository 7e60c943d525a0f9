"""Ctrl-C in the middle of a batch: what is said of the photos that were under way is true."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from imgfile.cli import main
from kit.photos import jpeg_png as photos
from kit.terminal import triage
from kit.terminal.desk import Desk

ANSWERS = [
    *("--patient", "9434765870", "--dob", "3/3/71", "--body-site", "left shoulder", "--purpose", "diagnosis"),
    *("--basis", "patient_capacity_16plus", "--form", "phone", "--obtained-at", "20/11/2026"),
    *("--rationale", "New pigmented lesion, triage for 2WW", "--allow-test-id", "--no-input", "--yes"),
]


@pytest.mark.parametrize(
    "place",
    [
        "imgfile.vault.records.commit._read_back",
        "imgfile.vault.records.manifest.sign",
        "imgfile.vault.trail.permissions.release",
    ],
)
def test_ctrl_c_while_records_are_written_is_told_as_what_it_is(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    """Unfinished records lie in the vault then: nobody is told that all else is untouched; the next run finishes."""
    folder = tmp_path / "drop"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(photos.phone_jpeg(width=200 + number, height=150))
    table = tmp_path / "photos.csv"
    assert desk.run("scan", folder, "--table", table).status == 0
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = [{**row, **triage.ANSWERS, "action": "file"} for row in csv.DictReader(file)]
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    monkeypatch.setenv("IMGFILE_STATE", str(desk.state))

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    arguments = ["ingest", "--table", str(table), "--allow-test-id", "--no-input", "--yes"]
    with monkeypatch.context() as patch:
        patch.setattr(place, interrupt)
        assert main(arguments) == 130
    said = capsys.readouterr().err
    assert "imgfile: error: you stopped it while 3 photos were being filed." in said
    assert "or unfinished, and then its source is untouched" in said
    assert "the rest is untouched" not in said
    assert len(list(folder.iterdir())) == 3
    assert main(arguments) == 0
    assert list(folder.iterdir()) == []


def test_ctrl_c_before_anything_is_written_says_that_all_is_untouched(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Between photos, or while one is only read."""
    (tmp_path / "rash.jpg").write_bytes(photos.phone_jpeg())
    monkeypatch.setenv("IMGFILE_STATE", str(desk.state))

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("imgfile.acts.ingest.decide.examine", interrupt)
    assert main(["ingest", str(tmp_path / "rash.jpg"), *ANSWERS]) == 130
    assert "the rest is untouched" in capsys.readouterr().err
    assert desk.run("verify", "-q").status == 0
