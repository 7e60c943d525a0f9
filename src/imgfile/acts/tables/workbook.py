"""Worksheets as a spreadsheet's own file (.xlsx, ECMA-376): written by scan, completed by reception, read by ingest.

Written: every cell is text, so that no program turns a number into 9.4E+09 or a part into a date; the left half, what
the scan found, is locked against a slip of the hand; nothing is sorted, which would move the answers away from their
photos; columns of few answers drop down the words that imgfile takes.

Read: the file is a stranger's archive of XML. Its members are unpacked here, charged with the bytes that really come
out, and only those that a table needs go on, in an archive written anew; a document type, hence any entity, is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from imgfile.errors import NotWritable, UsageError

MAX_UNPACKED_BYTES: Final = 64 << 20
"""What all members may unpack to: a hundred thousand completed rows take half."""
MAX_MEMBERS: Final = 1_000
MAX_COLUMNS: Final = 100
SHEET: Final = "photos"
WORDS_SHEET: Final = "words"

_NEEDED: Final = re.compile(
    r"(\[Content_Types\]\.xml|_rels/\.rels|docProps/.*|xl/(workbook|styles|sharedStrings)\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/worksheets/[^/]+\.xml|xl/theme/[^/]+\.xml)"
)
"""Members that hold a table; pictures, macros, links and comments stay behind."""
_DOCTYPE: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_XML_TEXT: Final = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""What XML 1.0 can hold (section 2.2), hence no control characters and no surrogates."""
_WIDTHS: Final = {"source": 28, "subject": 28, "from": 24, "rationale": 60, "body_site": 20, "sent": 17, "basis": 24}
_HEAD_ROW: Final = 1
_TEXT_FORMAT: Final = "@"
_SAVE: Final = "Save it again as an Excel workbook (.xlsx), or as CSV UTF-8."


def is_workbook(data: bytes) -> bool:
    """Return whether a file is an .xlsx workbook, by its first bytes and its members."""
    if not data.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False


# --- writing ----------------------------------------------------------------------------------------------


def write_workbook(
    heading: Sequence[str],
    rows: Iterable[Mapping[str, str]],
    *,
    locked: frozenset[str],
    words: Mapping[str, Sequence[str]],
) -> bytes:
    """Return a workbook of text cells: columns of `locked` cannot be changed, columns of `words` drop down.

    Raises `NotWritable` for a text with characters that no workbook can hold.
    """
    from openpyxl import Workbook  # noqa: PLC0415 - only a workbook needs it, and it takes a quarter of a second

    rows = list(rows)
    if not all(_XML_TEXT.fullmatch(text) for row in rows for text in row.values()):
        raise NotWritable(
            "a workbook cannot hold the name of a file or mailbox with control characters in it.",
            "Rename it, or write a table as NDJSON:  --table photos.ndjson",
        )
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "A2"
    for at, name in enumerate(heading, 1):
        sheet.column_dimensions[_letter(at)].width = _WIDTHS.get(name, 14)
    protection = sheet.protection
    protection.sheet = True  # without a password: against slips, not against people
    protection.formatColumns = False  # allowed; sorting is not, for it would move the answers alone, not the photos
    styled = _Cells(sheet, locked)
    sheet.append([styled.heading(name) for name in heading])
    last = _HEAD_ROW
    for last, row in enumerate(rows, _HEAD_ROW + 1):  # noqa: B007 - the last row's number bounds the drop-downs
        sheet.append([styled.cell(name, row.get(name, "")) for name in heading])
    _add_words(book, sheet, heading, words, last)
    page = io.BytesIO()
    book.save(page)
    return page.getvalue()


class _Cells:
    """Makes cells that stay text, locked or not by their column."""

    def __init__(self, sheet: Any, locked: frozenset[str]) -> None:  # noqa: ANN401 - openpyxl has no types
        from openpyxl.styles import Alignment, Font, PatternFill, Protection  # noqa: PLC0415 - see above

        self._sheet = sheet
        self._locked = locked
        self._bold, self._top = Font(bold=True), Alignment(vertical="top", wrap_text=True)
        self._grey = PatternFill("solid", fgColor="EEEEEE")
        self._protection = {True: Protection(locked=True), False: Protection(locked=False)}

    def heading(self, name: str) -> Any:  # noqa: ANN401 - openpyxl has no types
        cell = self._text(name)
        cell.font, cell.protection = self._bold, self._protection[True]
        return cell

    def cell(self, name: str, text: str) -> Any:  # noqa: ANN401 - openpyxl has no types
        cell = self._text(text)
        is_locked = name in self._locked
        cell.protection, cell.alignment = self._protection[is_locked], self._top
        if is_locked:
            cell.fill = self._grey
        return cell

    def _text(self, text: str) -> Any:  # noqa: ANN401 - openpyxl has no types
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - see above

        cell = WriteOnlyCell(self._sheet, value=text or None)
        cell.number_format = _TEXT_FORMAT
        if text:
            cell.data_type = "s"  # else a subject that begins with = would be calculated
        return cell


def _add_words(book: Any, sheet: Any, heading: Sequence[str], words: Mapping[str, Sequence[str]], last: int) -> None:  # noqa: ANN401 - openpyxl has no types
    """Let columns drop down their words, which stand on a sheet of their own: a list in a cell is 255 characters."""
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415 - see above

    columns = [name for name in heading if name in words]
    for at, name in enumerate(columns, 1):
        letter, length = _letter(at), len(words[name])
        rule = DataValidation("list", formula1=f"{WORDS_SHEET}!${letter}$1:${letter}${length}", allow_blank=True)
        rule.errorTitle, rule.error = name, "This is none of the answers. The arrow beside the cell lists them."
        rule.showErrorMessage = True
        place = _letter(heading.index(name) + 1)
        rule.add(f"{place}{_HEAD_ROW + 1}:{place}{max(last, _HEAD_ROW + 1)}")
        sheet.data_validations.append(rule)
    listed = book.create_sheet(WORDS_SHEET)
    listed.sheet_state = "hidden"
    for at in range(max((len(words[name]) for name in columns), default=0)):
        listed.append([words[name][at] if at < len(words[name]) else None for name in columns])


def _letter(column: int) -> str:
    """Return a column's letters, from 1: A, Z, AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


# --- reading ----------------------------------------------------------------------------------------------


def read_workbook(data: bytes, path: Path, *, max_rows: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a workbook's first sheet as text, the heading first, each with its number; blank ones not.

    Raises `UsageError`, whatever the bytes.
    """
    safe = _unpacked(data, path)
    import openpyxl  # noqa: PLC0415 - only a workbook needs it

    try:
        book = openpyxl.load_workbook(io.BytesIO(safe), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size is not believed
        for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), 1):
            if number > max_rows:
                raise UsageError(f"{path} has more than {max_rows:,} rows.", "Split it.")
            texts = [_text_of(cell) for cell in cells]
            if any(texts):
                yield number, texts
    except UsageError:
        raise
    except Exception as error:  # a parser of others': whatever it raises, the file is none that it reads
        raise UsageError(f"{path} cannot be read as a workbook ({type(error).__name__}).", _SAVE) from error


def _text_of(cell: object) -> str:  # noqa: PLR0911 - one return a kind of cell
    """Return a cell as somebody sees it: a date with its day, a whole number without a point."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case date():
            return cell.isoformat()
        case _:
            return str(cell).strip()


def _unpacked(data: bytes, path: Path) -> bytes:
    """Return a workbook of the members that a table needs, unpacked within bounds. Raises `UsageError`."""
    page = io.BytesIO()
    left = MAX_UNPACKED_BYTES
    seen: set[str] = set()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(page, "w") as anew:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise UsageError(f"{path} has more than {MAX_MEMBERS:,} members: it is no worksheet of ours.", _SAVE)
            for member in members:
                if not _NEEDED.fullmatch(member.filename):
                    continue
                if member.filename in seen:
                    raise UsageError(f"{path} holds {member.filename} twice.", _SAVE)
                seen.add(member.filename)
                with archive.open(member) as stream:
                    text = stream.read(left + 1)  # what comes out is counted, not what is declared
                if len(text) > left:
                    raise UsageError(f"{path} unpacks to more than {MAX_UNPACKED_BYTES:,} bytes.", "Split it.")
                left -= len(text)
                if _has_doctype(text):
                    raise UsageError(f"{path} declares a document type, which no worksheet needs.", _SAVE)
                anew.writestr(member.filename, text)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise UsageError(f"{path} is a damaged or encrypted workbook.", _SAVE) from error
    return page.getvalue()


def _has_doctype(text: bytes) -> bool:
    """Return whether XML declares a document type, in whatever width its characters are coded."""
    return _DOCTYPE.search(text) is not None or _DOCTYPE.search(text.replace(b"\0", b"")) is not None
