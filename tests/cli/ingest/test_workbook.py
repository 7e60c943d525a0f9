"""A workbook from scan to ingest, completed in a real spreadsheet program on the way."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from kit.mail import mailboxes
from kit.office.spreadsheet import completed
from kit.photos import jpeg_png as photos
from kit.terminal.desk import Desk, ndjson

ANSWERS = {
    "action": "file",
    "patient": "9434765870",
    "dob": "3/3/71",
    "body_site": "left shoulder",
    "purpose": "diagnosis",
    "basis": "patient's own",
    "form": "phone",
    "obtained_at": "20/11/2026",
    "rationale": "New pigmented lesion, triage for 2WW",
}


@pytest.mark.parametrize("saved_as", ["xlsx", "csv"])
def test_reception_works_in_a_spreadsheet(desk: Desk, tmp_path: Path, saved_as: str) -> None:
    """Scanned to a workbook, completed in LibreOffice, saved, filed, and gone from the mailbox."""
    box = tmp_path / "triage.mbox"
    mail = mailboxes.mail(mailboxes.text(), mailboxes.photo(photos.jpeg(photos.pixels(200, 150)), kind="image/jpeg"))
    box.write_bytes(mailboxes.mbox([mail]))
    sheet = tmp_path / "triage.xlsx"
    assert desk.run("scan", box, "--table", sheet).status == 0
    heading = [cell.value for cell in openpyxl.load_workbook(sheet)["photos"][1]]
    cells = {f"{openpyxl.utils.get_column_letter(heading.index(name) + 1)}2": text for name, text in ANSWERS.items()}
    as_xlsx, as_csv, _ = completed(sheet, cells, folder=tmp_path)
    table = {"xlsx": as_xlsx, "csv": as_csv}[saved_as]
    done = desk.run("ingest", "--table", table, "--yes", "--allow-test-id", "--json")
    assert done.status == 0, done.stderr
    assert [line["outcome"] for line in ndjson(done) if line["type"] == "photo"] == ["filed"]
