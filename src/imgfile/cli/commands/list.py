"""`imgfile list`: what is filed. No identity is needed.

A patient's number is best given on standard input, from a file or a pipe, where no shell history and no list of
processes keeps it: `imgfile list --json < number.txt`. A terminal and `/dev/null` give none.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from typing import Annotated, Final

import typer

from imgfile.acts.list import DamagedRecord, Listed, folders_of, list_records, sorted_newest_first
from imgfile.cli.formats import output_moment
from imgfile.cli.scaffold import with_terminal, with_vault
from imgfile.clinical.proofs import PatientFolder
from imgfile.errors import AnswerInvalid, Damaged, Problem
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.times import format_time

STDIN_MAX_BYTES: Final = 4096
"""One number, with room for whatever a script leaves around it."""
_COLUMNS: Final = ("record", "filed", "computer", "damage")

PatientOption = Annotated[
    str | None,
    typer.Option("--patient", metavar="NUMBER", help="Only this patient's; better on standard input: < number.txt"),
]
UnsortedOption = Annotated[
    bool, typer.Option("--unsorted", help="Print each record as it is found, in no order: for very many.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list", help="List what is filed: references, times, computers. Needs no passphrase.")(list_)


@with_terminal("json", "quiet")
@with_vault
def list_(*, vault: Vault, patient: PatientOption = None, unsorted: UnsortedOption = False, terminal: Terminal) -> None:
    """List the records of all patients, or of one."""
    folders = _folders(vault, patient)
    found = list_records(vault, folders)
    counted = _Counted(found if unsorted else sorted_newest_first(found))
    _print(counted, terminal)
    if not counted.records and not counted.damaged:
        terminal.say("Nothing is filed." if folders is None else "Nothing is filed for this patient.")
    if counted.damaged:
        what = "1 record is" if counted.damaged == 1 else f"{counted.damaged} records are"
        raise Damaged(f"{what} damaged.", "imgfile verify tells what is wrong.")


def _print(counted: _Counted, terminal: Terminal) -> None:
    if terminal.is_json:
        for item in counted:
            terminal.data(_facts(item))
    elif terminal.has_screen:
        rows = [_row(item, terminal) for item in counted]
        columns = _COLUMNS if counted.damaged else _COLUMNS[:-1]  # nobody should wonder about an empty column
        terminal.table(columns, [row[: len(columns)] for row in rows])
    else:
        terminal.table(_COLUMNS, (_row(item, terminal) for item in counted))


class _Counted:
    """What is listed, counted as it passes."""

    def __init__(self, found: Iterable[Listed | DamagedRecord]) -> None:
        self._found = found
        self.records = 0
        self.damaged = 0

    def __iter__(self) -> Iterator[Listed | DamagedRecord]:
        for item in self._found:
            if isinstance(item, Listed):
                self.records += 1
            else:
                self.damaged += 1
            yield item


def _folders(vault: Vault, patient: str | None) -> list[PatientFolder] | None:
    number = patient if patient is not None else _number_on_standard_input()
    if number is None:
        return None
    try:
        return folders_of(vault, number)
    except AnswerInvalid as error:
        problem = Problem("patient", "--patient", error.message)
        raise AnswerInvalid("that is no patient's number.", "Ten digits; spaces are fine.", (problem,)) from None


def _number_on_standard_input() -> str | None:
    """Read the number from a file or a pipe; an empty one names nobody. Raises `AnswerInvalid` for more than one."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):  # closed, or no stream of the system's
        return None
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        return None
    data = sys.stdin.buffer.read(STDIN_MAX_BYTES + 1)
    lines = data.decode("utf-8-sig", "replace").split("\n")
    numbers = [line.strip() for line in lines if line.strip()]
    if len(numbers) > 1 or len(data) > STDIN_MAX_BYTES:
        hint = "Give one number, or none:  imgfile list < /dev/null"
        raise AnswerInvalid("standard input holds more than one patient's number.", hint)
    return numbers[0] if numbers else None


def _row(item: Listed | DamagedRecord, terminal: Terminal) -> tuple[str, ...]:
    if isinstance(item, Listed):
        return item.reference, output_moment(item.filed_at, terminal), item.station, ""
    return item.reference, "", "", item.message


def _facts(item: Listed | DamagedRecord) -> dict[str, object]:
    if isinstance(item, Listed):
        return {
            "type": "record",
            "record": item.reference,
            "filed": format_time(item.filed_at),
            "station": item.station,
        }
    return {"type": "damaged", "record": item.reference, "where": item.where, "message": item.message}
