"""Tables of photos to file: a workbook, CSV as spreadsheets write it, or NDJSON; one row a photo (R2).

A row names its source, and its part where that is a mailbox; `action` says `file`, `skip`, or nothing (undecided,
left alone). Every other column is an answer, or was written by a scan and is only compared. A column that nobody
knows refuses the whole table: a misspelt heading must not turn an answer into silence.

Cells are such as a spreadsheet shows as they are, neither calculated nor turned into dates. A cell that would begin a
formula runs in whatever opens the table, and its text is a stranger's (OWASP, CSV injection); a part such as `3/2`
would come back as the third of February. An apostrophe before either keeps it text; reading takes it away again, so
that every text survives the way there and back.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from imgfile import files
from imgfile.clinical.interview.answers import Given, from_row
from imgfile.clinical.interview.questions import COLUMNS
from imgfile.errors import AnswerInvalid, UsageError
from imgfile.frozen import dataclass, field

MAX_TABLE_BYTES: Final = 64 << 20
MAX_ROWS: Final = 100_000
"""A practice's largest batch by far; a table is held in memory."""

SCANNED: Final = (
    *("row", "source", "part", "name", "sha256", "sent", "from", "subject", "message_id", "type", "pixels", "bytes"),
    *("taken", "note"),
)
"""Columns that say what a photo is, not what is to be done with it, in the order in which a scan writes them."""
_PLACES: Final = ("source", "part", "sha256")
"""Of those, the ones that somebody may write by hand."""
SCANNED_JSON: Final = frozenset({"media_type", "width", "height", "likely_logo", "messages"})
"""What the lines of `scan --json` have besides: they become a table of NDJSON by adding answers."""
ACTION: Final = "action"
FOR_ROW: Final = "for_row"
"""Among the answers, the number of the row that they were typed for: they may be sorted or shifted by themselves."""
_KNOWN: Final = SCANNED_JSON | {*SCANNED, ACTION, FOR_ROW, *COLUMNS}
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n]")
_FRACTION: Final = re.compile(r"'*[0-9]+/[0-9]")
_DATE: Final = re.compile(r"[0-9]{1,4}([-/.])[0-9A-Za-z]{1,9}\1[0-9]{1,4}(?: .*)?|[0-9]{1,2}[- ][A-Za-z]{3,9}")
_STATED: Final = re.compile(r"\"?sep=(?P<by>[,;\t|])\"?\r?\n")
"""A first line by which Excel is told, and tells, what separates the cells; it shows no such row, nor counts it."""
_NAME: Final = re.compile(r"[a-z][a-z _-]{0,30}")
"""What may be a heading. Anything else may be somebody's data, where a table has no heading: it is not repeated."""
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_ZIP: Final = b"PK\x03\x04"
_SAVE: Final = "Save it as an Excel workbook (.xlsx) or, in Excel, as: CSV UTF-8 (comma delimited)."


class Action(StrEnum):
    """What a row asks for."""

    FILE = "file"
    SKIP = "skip"
    UNDECIDED = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet counts (the heading is row 1), what it names, what it answers."""

    number: int
    action: Action
    source: str = field(repr=False)
    part: str
    digest: str
    """SHA-256 of the photo as it was scanned; empty when the table does not say."""
    given: Mapping[str, Given] = field(repr=False)
    of_row: str = ""
    """Of which row the photo is, as the scan numbered it; empty where no scan did."""
    for_row: str | None = None
    """For which row the answers were typed; None where the table does not say."""

    @property
    def is_to_file(self) -> bool:
        """Whether the row asks for its photo to be filed."""
        return self.action is Action.FILE


def read_table(path: Path) -> list[Row]:
    """Read a table. Raises `SourceUnavailable`, `UsageError` for the table as a whole, `AnswerInvalid` for a cell."""
    with files.opened_source(path) as descriptor:
        data = files.read_unchanged(descriptor, path, limit=MAX_TABLE_BYTES)
    rows = [_row(number, cells, path) for number, cells in _cells_of(data, path)]
    if not rows:
        raise UsageError(f"{path} has no rows.")
    return rows


def _cells_of(data: bytes, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    if data.startswith(_ZIP):
        return _from_workbook(data, path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8.", _SAVE) from error
    return _from_json(text, path) if text.lstrip()[:1] == "{" else _from_csv(text, path)


def _from_workbook(data: bytes, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    from imgfile.acts.tables.workbook import is_workbook, read_workbook  # noqa: PLC0415 - few tables are workbooks

    if not is_workbook(data):
        raise UsageError(f"{path} is an archive, and no Excel workbook.", _SAVE)
    rows = read_workbook(data, path, max_rows=MAX_ROWS)
    _, first = next(rows, (1, []))
    heading = [name.casefold() for name in first]
    while heading and not heading[-1]:
        heading.pop()
    _check_columns(heading, path)
    for number, cells in rows:
        if any(cells[len(heading) :]):
            raise UsageError(f"{path}, row {number} has more cells than the heading.", "Clear the cells to the right.")
        yield number, dict(zip(heading, cells, strict=False))


def _from_csv(text: str, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    stated = _STATED.match(text)
    text = text[stated.end() :] if stated else text
    first, _, _ = text.partition("\n")
    delimiter = stated["by"] if stated else max((",", ";", "\t"), key=first.count)  # Excel uses the country's
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        heading = [name.strip().casefold() for name in next(reader, [])]
        _check_columns(heading, path)
        for number, cells in enumerate(reader, 2):
            if len(cells) > len(heading):
                raise UsageError(f"{path}, row {number} has more cells than the heading.", "Quote cells with commas.")
            if number > MAX_ROWS:
                raise UsageError(f"{path} has more than {MAX_ROWS:,} rows.", "Split it.")
            if any(cells):
                yield number, {name: unescaped(cell.strip()) for name, cell in zip(heading, cells, strict=False)}
    except csv.Error as error:
        raise UsageError(f"{path} is not a well-formed CSV table: {error}.", "Save it again as CSV UTF-8.") from error


def _from_json(text: str, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line, object_pairs_hook=_unique)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path}, line {number} is not JSON, or has a key twice.") from error
        if not isinstance(cells, dict):
            raise UsageError(f"{path}, line {number} is not a JSON object.")
        if cells.pop("type", "photo") != "photo":  # a scan's other lines
            continue
        _check_columns(list(cells), path)
        yield number, {name: "" if cell is None else str(cell) for name, cell in cells.items()}


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    cells = dict(pairs)
    if len(cells) != len(pairs):
        raise ValueError
    return cells


def _check_columns(heading: list[str], path: Path) -> None:
    if len(set(heading)) != len(heading):
        raise UsageError(f"{path} has a column twice.", "Each column may stand once.")
    unknown = [(at, name) for at, name in enumerate(heading, 1) if name not in _KNOWN]
    if unknown:
        raise _unknown_columns(unknown, path)
    missing = [name for name in ("source", ACTION) if name not in heading]
    if missing:
        raise UsageError(f"{path} lacks the columns: {' '.join(missing)}.", "Its first row names the columns.")


def _unknown_columns(unknown: list[tuple[int, str]], path: Path) -> UsageError:
    import difflib  # noqa: PLC0415 - only a slip of the hand needs it

    named = ", ".join(f"{name} ({at})" if _NAME.fullmatch(name) else f"column {at}" for at, name in unknown)
    near = {name: difflib.get_close_matches(name, (*COLUMNS, ACTION, *_PLACES), n=1, cutoff=0.7) for _, name in unknown}
    guesses = [f"{name} is {found[0]}" for name, found in near.items() if found and _NAME.fullmatch(name)]
    hint = f"Misspelt? Perhaps {', '.join(guesses)}." if guesses else "docs/reference/questions.md lists the columns."
    count = "a column that is" if len(unknown) == 1 else f"{len(unknown)} columns that are"
    return UsageError(f"{path} has {count} not known: {named}.", hint)


def _row(number: int, cells: Mapping[str, str], path: Path) -> Row:
    action = cells.get(ACTION, "").strip().casefold()
    if action not in set(Action):
        raise AnswerInvalid(
            f"row {number}: the action is none of file, skip and nothing.",
            "Nothing was filed: correct it and run it again.",
        )
    if not cells.get("source", "").strip():
        raise AnswerInvalid(f"row {number} names no source.", "Nothing was filed: correct it and run it again.")
    part = cells.get("part", "").strip()
    if is_rewritten_part(part):
        raise AnswerInvalid(
            f"row {number}: the spreadsheet has turned the part into a date.",
            "Nothing was filed: copy it from the scan, with the apostrophe before it, and run it again.",
        )
    return Row(
        number=number,
        action=Action(action),
        source=cells["source"],
        part=part,
        digest=cells.get("sha256", "").strip().casefold(),
        given=_beside_table(from_row(cells), path),
        of_row=cells.get("row", "").strip(),
        for_row=cells[FOR_ROW].strip() if FOR_ROW in cells else None,
    )


def _beside_table(given: dict[str, Given], path: Path) -> dict[str, Given]:
    """Return a row's answers with the file of its signed form as the table names it: from where the table lies."""
    form = given.get("consent_document")
    if form is None or _DIGEST.fullmatch(form.text):
        return given
    return {**given, "consent_document": Given(str(path.parent / form.text), form.provenance)}


# --- cells -------------------------------------------------------------------------------------------------


def escaped(text: str) -> str:
    """Return a text as a cell that stays text."""
    return f"'{text}" if _FORMULA.match(text) or _FRACTION.match(text) else text


def unescaped(cell: str) -> str:
    """Return the text of a cell that `escaped` wrote, or that somebody typed."""
    return cell[1:] if cell.startswith("'") and (_FORMULA.match(cell) or _FRACTION.match(cell)) else cell


def is_rewritten_part(part: str) -> bool:
    """Return whether a part is what a spreadsheet makes of one: `03-Feb`, `2026-02-03`, `03/02/2026`."""
    return _DATE.fullmatch(part) is not None
