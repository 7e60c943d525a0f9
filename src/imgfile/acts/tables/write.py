"""The table that a scan writes for somebody to complete, and `ingest --table` then reads (see `read`).

CSV as spreadsheets take it: UTF-8 with its mark, lines ended by CRLF, cells kept from being calculated (`escaped`); or
NDJSON, or a workbook with drop-down lists (`workbook`), where the file's name ends so.
A new file that only its owner can read: once completed, it names patients.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from imgfile import files, staging
from imgfile.acts.scan import Entry
from imgfile.acts.tables.read import ACTION, FOR_ROW, MAX_ROWS, SCANNED, Action, escaped
from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.interview import choices
from imgfile.clinical.interview.questions import COLUMNS
from imgfile.clinical.vocabulary import Disposition, Purpose, Sensitivity
from imgfile.errors import NotWritable, UsageError
from imgfile.vault.times import format_time

NDJSON_SUFFIXES: Final = frozenset({".ndjson", ".jsonl", ".json"})
WORKBOOK_SUFFIX: Final = ".xlsx"
_OTHER_SPREADSHEETS: Final = frozenset({".ods", ".fods", ".xls", ".xlsm", ".xlsb", ".numbers"})
"""Endings that promise another format than the CSV that would stand in the file."""
FIRST_ROW: Final = 2
"""Rows are numbered as a spreadsheet does: the heading is row 1."""

_INSTEAD: Final = ("decided_by", "authority", "consulted")
"""Who decides for a patient who cannot."""
_FORM: Final = ("consent_document", "covers", "outlet", "recognisable")
"""A signed form, and what it is for."""
_LAST: Final = ("rationale", "competence_evidence", "capacity_evidence", *_INSTEAD, *_FORM, "disposition")
ANSWERED: Final = (*(name for name in COLUMNS if name not in _LAST), *_LAST)
"""The columns to complete, in the order of asking; the long text and what is rare come last."""
_AFTER_WHO: Final = ANSWERED.index("dob") + 1
HEADING: Final = (*SCANNED, ACTION, *ANSWERED[:_AFTER_WHO], FOR_ROW, *ANSWERED[_AFTER_WHO:])
"""The row's number stands among the answers again, behind who the patient is: it goes where they go."""


def refuse_unwritable(path: Path) -> None:
    """Refuse a table that could not be made, before anything is searched. Raises `NotWritable`."""
    if path.suffix.casefold() in _OTHER_SPREADSHEETS:
        raise NotWritable(
            f"{path} cannot be written as {path.suffix}.", f"Name it {path.stem}{WORKBOOK_SUFFIX} or .csv."
        )
    if os.path.lexists(path):
        raise NotWritable(f"{path} is there already, and no table is ever overwritten.", "Choose another name.")
    if not files.is_folder(path.parent):
        raise NotWritable(f"{path} cannot be written: there is no such folder.", "Make the folder, or choose another.")


def write_worksheet(path: Path, entries: Sequence[Entry], *, shown: Callable[[str], str]) -> None:
    """Make the table, whole and durable, or not at all; `shown` makes a stranger's text harmless to look at.

    Raises `NotWritable`, or `UsageError` for more rows than a table may have.
    """
    if len(entries) - 1 + FIRST_ROW > MAX_ROWS:
        raise UsageError("there are more photos than a table may have rows.", "Narrow it: --since, --until, --from")
    if path.suffix.casefold() in NDJSON_SUFFIXES:
        staging.publish(path, _as_json(entries), "scan")
        return
    if path.suffix.casefold() == WORKBOOK_SUFFIX:
        staging.publish(path, _as_workbook(entries, shown), "scan")
        return
    try:
        staging.publish(path, _as_csv(entries, shown), "scan")
    except UnicodeEncodeError:  # a path of bytes that are no text
        raise NotWritable(
            f"{path} cannot be written: the name of a mailbox is no text.",
            f"Rename the mailbox, or write:  --table {path.stem}.ndjson",
        ) from None


def _as_csv(entries: Sequence[Entry], shown: Callable[[str], str]) -> bytes:
    page = io.StringIO(newline="")
    writer = csv.DictWriter(page, HEADING, restval="")
    writer.writeheader()
    for number, entry in enumerate(entries, FIRST_ROW):
        writer.writerow({name: escaped(cell) for name, cell in _row(number, entry, shown).items()})
    return page.getvalue().encode("utf-8-sig")


def _as_workbook(entries: Sequence[Entry], shown: Callable[[str], str]) -> bytes:
    from imgfile.acts.tables.workbook import write_workbook  # noqa: PLC0415 - few tables are workbooks

    rows = (_row(number, entry, shown) for number, entry in enumerate(entries, FIRST_ROW))
    return write_workbook(HEADING, rows, locked=frozenset({*SCANNED, FOR_ROW}), words=answer_words())


def _row(number: int, entry: Entry, shown: Callable[[str], str]) -> dict[str, str]:
    return {"row": str(number), **cells_of(entry, shown), ACTION: _action(entry), FOR_ROW: str(number)}


def answer_words() -> dict[str, tuple[str, ...]]:
    """Return, of each column with few answers, the words that `ingest --table` takes, as somebody picks them."""
    return {
        ACTION: (Action.FILE.value, Action.SKIP.value),
        "disposition": tuple(code.label for code in Disposition if code is not Disposition.DESCRIBE_AND_DESTROY),
        "scheme": tuple(choice.label for choice in choices.SCHEMES),
        "sensitivity": tuple(code.label for code in Sensitivity),
        "purpose": tuple(code.label for code in Purpose if code.kind in choices.CARE),
        "basis": tuple(code.label for code in ConsentBasis if code.terms.is_filed_on),
        "giver": tuple(code.label for code in ConsentGiver),
        "form": tuple(choice.label for choice in choices.FORMS),
        "spoken_since": tuple(choice.label for choice in choices.SPOKEN),
        **dict.fromkeys(("intimate", "view_once", "agreed_to_keep", "objection"), ("yes", "no")),
    }


def cells_of(entry: Entry, shown: Callable[[str], str]) -> dict[str, str]:
    """Return what a scan tells of a photo as the cells of a row, moments by the clock on the wall."""
    return {
        "source": entry.source,
        "part": entry.part,
        "name": shown(entry.name),
        "sha256": entry.digest,
        "sent": _minute(entry.sent_at and entry.sent_at.astimezone()),
        "from": shown(entry.sender),
        "subject": shown(entry.subject),
        "message_id": shown(entry.message_id),
        "type": entry.kind,
        "pixels": f"{entry.width}x{entry.height}" if entry.width else "",
        "bytes": str(entry.length),
        "taken": _minute(entry.taken_at),
        "note": shown(entry.note),
    }


def facts_of(entry: Entry) -> dict[str, object]:
    """Return what a scan tells of a photo for scripts, what is not known left out (docs/reference/json.md)."""
    facts: Mapping[str, object] = {
        "source": entry.source,
        "part": entry.part,
        "sha256": entry.digest,
        "sent": format_time(entry.sent_at) if entry.sent_at else "",
        "from": entry.sender,
        "subject": entry.subject,
        "message_id": entry.message_id,
        "media_type": entry.media_type,
        "width": entry.width,
        "height": entry.height,
        "bytes": entry.length,
        "taken": entry.taken_at.isoformat(timespec="seconds") if entry.taken_at else "",
        "likely_logo": entry.is_likely_logo,
        "messages": entry.messages,
        "note": entry.note,
    }
    return {name: fact for name, fact in facts.items() if fact not in {None, ""}}


def _as_json(entries: Sequence[Entry]) -> bytes:
    lines = [
        {"type": "photo", "row": number, "name": entry.name, **facts_of(entry), ACTION: _action(entry)}
        | dict.fromkeys(ANSWERED, "")
        for number, entry in enumerate(entries, 1)
    ]
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


def _action(entry: Entry) -> str:
    return (Action.SKIP if entry.is_likely_logo or entry.is_on_hold else Action.UNDECIDED).value


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
