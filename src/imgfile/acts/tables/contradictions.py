"""Rows of a table that contradict each other: which of them is right only a person knows, so none of them is filed.

1. Answers that were typed for another row's photo: a spreadsheet sorted them, shifted or copied them.
2. One patient's number with two dates of birth.

A number or a date that cannot be read contradicts nothing: it is reported by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from imgfile.acts.tables.read import FOR_ROW, Row
from imgfile.clinical.dates import parse_birth_date
from imgfile.clinical.interview.choices import LOCAL, is_choice
from imgfile.clinical.patient import patients_named
from imgfile.errors import AnswerInvalid, Problem

_IN_NO_MESSAGE: Final = "0"
"""The number that a part has which lies in an archive by itself."""
_ROW_NUMBER: Final = re.compile(r"[0-9]{1,7}")
"""Anything else in its place may be an answer, and is not repeated."""


def contradictions(rows: Sequence[Row], today: date) -> dict[int, AnswerInvalid]:
    """Return what is wrong with rows that contradict themselves or others, by the numbers of the rows."""
    to_file = [row for row in rows if row.is_to_file]
    found: dict[int, list[Problem]] = {}
    for row in to_file:
        if row.for_row is not None and row.of_row and row.for_row != row.of_row:
            found.setdefault(row.number, []).append(_moved(row))
    for number, other in _with_other_birth_dates(to_file, today):
        sentence = f"differs from row {other}'s, and the patient's number is the same"
        found.setdefault(number, []).append(Problem("dob", "dob", sentence))
    return {number: AnswerInvalid.of(problems) for number, problems in found.items()}


def remarks(rows: Sequence[Row]) -> dict[int, str]:
    """Return of which rows somebody should look twice, and why: photos of one message that are of several patients.

    A mother may write about two children, and a surgery forward several mails in one: the rows may be right.
    """
    by_message: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row in rows:
        message, _, is_in_message = row.part.partition("/")
        patient = _number(row) if row.is_to_file and is_in_message and message != _IN_NO_MESSAGE else None
        if patient is not None:
            by_message.setdefault((row.source, message), []).append((row.number, patient))
    return {
        number: f"row {other}'s photo came in the same message, and that row names another patient"
        for group in by_message.values()
        for number, patient in group
        if (other := next((other for other, whose in group if whose != patient), 0))
    }


def _moved(row: Row) -> Problem:
    typed, own = (text if _ROW_NUMBER.fullmatch(text) else "" for text in (row.for_row or "", row.of_row))
    whose = f"is {typed}" if typed else "is no row's number"
    return Problem(FOR_ROW, FOR_ROW, f"{whose}: were these answers typed for this photo? Then type {own or 'its row'}")


def _with_other_birth_dates(rows: Sequence[Row], today: date) -> Iterator[tuple[int, int]]:
    """Yield the rows whose patient has another birth date in another row, each with that row's number."""
    by_patient: dict[str, list[tuple[int, date]]] = {}
    for row in rows:
        patient, born = _number(row), _born(row, today)
        if patient is not None and born is not None:
            by_patient.setdefault(patient, []).append((row.number, born))
    for group in by_patient.values():
        if len({born for _, born in group}) > 1:
            for number, born in group:
                yield number, next(other for other, otherwise in group if otherwise != born)


def _number(row: Row) -> str | None:
    stated = row.given.get("patient")
    scheme = row.given.get("scheme")
    is_local = scheme is not None and is_choice(scheme.text, [LOCAL])
    try:
        return patients_named(f"local {stated.text}" if is_local else stated.text)[0].number if stated else None
    except AnswerInvalid:
        return None


def _born(row: Row, today: date) -> date | None:
    stated = row.given.get("dob")
    try:
        return parse_birth_date(stated.text, today=today) if stated else None
    except AnswerInvalid:
        return None
