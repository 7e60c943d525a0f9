"""`imgfile list`: what is filed. No identity is needed.

A patient's number is best given on standard input, where no shell history and no list of processes keeps it:
`imgfile list --patient - < number.txt`. Nothing else reads standard input: a loop's lines are left to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Annotated, Final

import typer

from imgfile.acts.list import DamagedRecord, Listed, folders_of, list_records, sorted_newest_first
from imgfile.cli.formats import output_moment
from imgfile.cli.scaffold import warn_retired, with_terminal, with_vault
from imgfile.clinical.proofs import PatientFolder
from imgfile.errors import AnswerInvalid, Damaged, Problem
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.times import format_time

STDIN: Final = "-"
_COLUMNS: Final = ("record", "filed", "computer", "damage", "state")
_SHOWN_ALWAYS: Final = 3
"""Nobody should wonder about an empty column on a screen."""

PatientOption = Annotated[
    str | None,
    typer.Option("--patient", metavar="NUMBER", help="Only this patient's; - reads it from standard input, unseen."),
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
    warn_retired(vault, terminal)
    folders = _folders(vault, patient, terminal)
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
        shown = [at for at in range(len(_COLUMNS)) if at < _SHOWN_ALWAYS or any(row[at] for row in rows)]
        terminal.table([_COLUMNS[at] for at in shown], [[row[at] for at in shown] for row in rows])
    else:
        found = (_row(item, terminal) for item in counted)
        for first in found:  # of nothing, not even the columns are printed
            terminal.table(_COLUMNS, chain([first], found))


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


def _folders(vault: Vault, patient: str | None, terminal: Terminal) -> list[PatientFolder] | None:
    if patient is None:
        return None
    number = patient
    if patient == STDIN:
        from imgfile.cli.life.number import number_on_standard_input  # noqa: PLC0415 - where one is read there

        number = number_on_standard_input(
            terminal, "Patient number:", "Give one:  imgfile list --patient - < number.txt"
        )
    try:
        return folders_of(vault, number)
    except AnswerInvalid as error:
        problem = Problem("patient", "--patient", error.message)
        raise AnswerInvalid("that is no patient's number.", "Ten digits; spaces are fine.", (problem,)) from None


def _row(item: Listed | DamagedRecord, terminal: Terminal) -> tuple[str, ...]:
    if isinstance(item, Listed):
        return item.reference, output_moment(item.filed_at, terminal), item.station, "", _state(item)
    return item.reference, "", "", item.message, ""


def _state(item: Listed) -> str:
    where = f", it is {item.now} now" if item.now else ""
    return f"{item.state}: {item.how}{where}" if item.how else item.state


def _facts(item: Listed | DamagedRecord) -> dict[str, object]:
    if isinstance(item, Listed):
        return {
            "type": "record",
            "record": item.reference,
            "filed": format_time(item.filed_at),
            "station": item.station,
            **({"state": item.state.lower()} if item.state else {}),
            **({"how": item.how} if item.how else {}),
            **({"now": item.now} if item.now else {}),
        }
    return {"type": "damaged", "record": item.reference, "where": item.where, "message": item.message}
