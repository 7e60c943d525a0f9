"""Worksheets as a spreadsheet's own file: written so that nothing is recalculated, read within bounds."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgfile.acts.tables import workbook
from imgfile.acts.tables.read import FOR_ROW, SCANNED, Action, read_table
from imgfile.acts.tables.write import HEADING, answer_words, write_worksheet
from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.interview.choices import of as all_of
from imgfile.clinical.interview.choices import pick
from imgfile.clinical.interview.parse import origin_of, read_form, read_spoken_since, read_yes
from imgfile.clinical.vocabulary import Purpose, Sensitivity
from imgfile.errors import NotWritable, UsageError
from kit.office.spreadsheet import completed
from kit.table_rows import PHOTO_ENTRY
from kit.vault.filings import FACTS

ENTRY = replace(
    PHOTO_ENTRY,
    source="=cmd.mbox",
    part="3/2",
    sent_at=datetime(2026, 11, 21, 8, 12, tzinfo=UTC),
    sender="+44@example.org",
    subject="=SUM(1)",
)


def place(column: str, row: int = 2) -> str:
    """Return a cell's name."""
    return f"{openpyxl.utils.get_column_letter(HEADING.index(column) + 1)}{row}"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Write a worksheet of two photos."""
    path = tmp_path / "photos.xlsx"
    write_worksheet(path, [ENTRY, replace(ENTRY, part="3/3", is_likely_logo=True)], shown=str)
    return path


def test_what_was_written_is_read(sheet: Path) -> None:
    """Path, part, digest and action, whatever the path begins with."""
    first, second = read_table(sheet)
    assert (first.source, first.part, first.digest, first.action) == ("=cmd.mbox", "3/2", "0" * 64, Action.UNDECIDED)
    assert (second.part, second.action, second.number) == ("3/3", Action.SKIP, 3)
    assert first.given == {}


def test_every_cell_is_text_and_only_answers_can_be_changed(sheet: Path) -> None:
    """A subject that begins like a formula is none, a part is no date, and what the scan found is locked."""
    photos = openpyxl.load_workbook(sheet)["photos"]
    assert photos.protection.sheet
    assert photos.protection.sort  # forbidden: it would move the answers away from their photos
    for name in HEADING:
        cell = photos[place(name)]
        assert cell.data_type in {"s", "n"}
        assert cell.value is None or cell.data_type == "s"
        assert cell.number_format == "@"
        assert cell.protection.locked is (name in {*SCANNED, FOR_ROW})
    assert photos[place("subject")].value == "=SUM(1)"
    assert photos.freeze_panes == "A2"


def test_every_word_that_drops_down_is_taken() -> None:
    """What reception picks is an answer, in the words in which it is offered."""
    words = answer_words()
    yes_or_no = {"intimate", "view_once", "agreed_to_keep", "objection"}
    assert set(words) == {
        *("action", "disposition", "scheme", "sensitivity", "purpose", "basis", "giver", "form", "spoken_since"),
        *yes_or_no,
    }
    for vocabulary, column in (
        (Purpose, "purpose"),
        (ConsentBasis, "basis"),
        (ConsentGiver, "giver"),
        (Sensitivity, "sensitivity"),
    ):
        assert all(pick(word, all_of(vocabulary)) in set(vocabulary) for word in words[column])
    assert all(read_form(word, replace(FACTS, origin=origin_of(word))) for word in words["form"])
    assert all(read_spoken_since(word, FACTS) for word in words["spoken_since"])
    assert {read_yes(word) for column in yes_or_no for word in words[column]} == {True, False}


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (9434765870, "9434765870"),
        (9434765870.0, "9434765870"),
        (0.5, "0.5"),
        (True, "yes"),
        (False, "no"),
        (date(1971, 3, 3), "1971-03-03"),
        (datetime(1971, 3, 3), "1971-03-03"),  # noqa: DTZ001 - a cell has no zone
        (datetime(1971, 3, 3, 9, 30), "1971-03-03 09:30"),  # noqa: DTZ001 - a cell has no zone
        ("  left shoulder ", "left shoulder"),
    ],
)
def test_what_a_program_made_of_a_cell_is_read_as_it_looks(tmp_path: Path, typed: object, text: str) -> None:
    """Somebody's own workbook, in which numbers and dates are such."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["source", "action", "rationale"], ["a.jpg", "file", typed]):
        book.active.append(row)
    book.save(tmp_path / "own.xlsx")
    (read,) = read_table(tmp_path / "own.xlsx")
    assert read.given["rationale"].text == text


def anew(sheet: Path, change: Callable[[str, bytes], bytes | None], *more: tuple[str, bytes]) -> Path:
    """Write a workbook's members again, each as `change` gives it, and more."""
    page = io.BytesIO()
    with zipfile.ZipFile(sheet) as old, zipfile.ZipFile(page, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            text = change(member.filename, old.read(member))
            if text is not None:
                new.writestr(member.filename, text)
        for name, text in more:
            new.writestr(name, text)
    sheet.write_bytes(page.getvalue())
    return sheet


def kept(_name: str, text: bytes) -> bytes:
    """Change nothing."""
    return text


ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>'


@pytest.mark.parametrize("code", ["utf-8", "utf-16-le", "utf-16-be"])
def test_an_entity_is_refused(sheet: Path, code: str) -> None:
    """In whatever width the XML is coded."""
    head = ENTITY.decode().encode(code)
    with pytest.raises(UsageError, match="document type"):
        read_table(anew(sheet, lambda name, text: head + text if name.endswith("sheet1.xml") else text))


def test_a_bomb_is_refused_before_it_is_unpacked(sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what comes out of it, in one member or in many."""
    monkeypatch.setattr(workbook, "MAX_UNPACKED_BYTES", 1 << 20)
    assert len(read_table(sheet)) == 2
    bomb = ("xl/worksheets/sheet9.xml", b" " * (1 << 20))
    assert sheet.stat().st_size < 20_000
    with pytest.raises(UsageError, match="unpacks to more than"):
        read_table(anew(sheet, kept, bomb))


def test_what_a_table_does_not_need_is_not_unpacked(sheet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures, macros and links are left where they are."""
    monkeypatch.setattr(workbook, "MAX_UNPACKED_BYTES", 1 << 20)
    assert (
        len(read_table(anew(sheet, kept, ("xl/media/image1.png", b"\0" * (4 << 20)), ("xl/vbaProject.bin", b"x")))) == 2
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_stands_twice_is_refused(sheet: Path) -> None:
    """Two readers would not agree which one counts."""
    with pytest.raises(UsageError, match="twice"):
        read_table(anew(sheet, kept, ("xl/workbook.xml", b"<workbook/>")))


def test_an_archive_of_too_many_members_is_refused(sheet: Path) -> None:
    """Counting them costs more than a table could."""
    with pytest.raises(UsageError, match="more than 1,000 members"):
        read_table(anew(sheet, kept, *((f"x/{number}", b"") for number in range(1_000))))


@pytest.mark.parametrize("name", ["[Content_Types].xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"])
def test_a_workbook_that_lacks_a_member_is_refused(sheet: Path, name: str) -> None:
    """With a sentence, whatever its reader raises."""
    with pytest.raises(UsageError):
        read_table(anew(sheet, lambda each, text: None if each == name else text))


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    """An export of mails, say."""
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("a.eml", "")
    with pytest.raises(UsageError, match="no Excel workbook"):
        read_table(tmp_path / "t.xlsx")


def small() -> bytes:
    """Make a workbook of a heading."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["source", "action"])
    page = io.BytesIO()
    book.save(page)
    return page.getvalue()


SMALL = small()


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_the_bytes_it_is_read_or_refused(data: st.DataObject) -> None:
    """Changed at any place, cut anywhere: rows or `UsageError`, never anything else."""
    text = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 4))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(text[: data.draw(st.integers(0, len(text)))]) if data.draw(st.booleans()) else bytes(text)
    with contextlib.suppress(UsageError):
        assert all(number <= 10 for number, _ in workbook.read_workbook(cut, Path("t.xlsx"), max_rows=10))


def test_too_many_rows_are_refused(sheet: Path) -> None:
    """As in every table."""
    with pytest.raises(UsageError, match="more than 2 rows"):
        list(workbook.read_workbook(sheet.read_bytes(), sheet, max_rows=2))


def test_cells_beside_the_heading_are_refused(tmp_path: Path) -> None:
    """An answer in a column without a name would be silence."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["source", "action"], ["a.jpg", "file", "what is this"]):
        book.active.append(row)
    book.save(tmp_path / "own.xlsx")
    with pytest.raises(UsageError, match="row 2 has more cells"):
        read_table(tmp_path / "own.xlsx")


@pytest.mark.parametrize("source", ["a\x01.mbox", "a\udcff.mbox"])
def test_a_name_that_no_workbook_holds_is_refused(tmp_path: Path, source: str) -> None:
    """And nothing is written."""
    with pytest.raises(NotWritable, match="workbook cannot hold"):
        write_worksheet(tmp_path / "t.xlsx", [replace(ENTRY, source=source)], shown=str)
    assert not (tmp_path / "t.xlsx").exists()


def test_in_libreoffice_it_is_completed_and_saved_as_both(sheet: Path, tmp_path: Path) -> None:
    """Drop-downs drop down, the left half refuses, numbers and dates stay as typed; both files read alike."""
    typed = {
        place("action"): "file",
        place("patient"): "0101990014",
        place("dob"): "3/3/71",
        place("body_site"): "left shoulder",
        place("basis"): "patient's own",
        place("source"): "other.mbox",
        place("rationale"): "=not a formula, we only asked, and it is long enough",
    }
    as_xlsx, as_csv, report = completed(sheet, typed, folder=tmp_path)
    assert report["protected"]
    assert {place("action"), place("basis")} <= set(report["validated"])
    assert place("body_site") not in report["validated"]
    rows = [read_table(path) for path in (as_xlsx, as_csv)]
    for first, second in rows:
        assert (first.source, first.part, first.action) == ("=cmd.mbox", "3/2", Action.FILE)
        assert {slug: answer.text for slug, answer in first.given.items()} == {
            "patient": "0101990014",
            "dob": "3/3/71",
            "body_site": "left shoulder",
            "basis": "patient's own",
            "rationale": "=not a formula, we only asked, and it is long enough",
        }
        assert second.action is Action.SKIP
