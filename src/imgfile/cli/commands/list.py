"""`imgfile list`: what is filed. No identity is needed.

A patient's number stands on standard input or is typed, never on the command line, where the shell's history and the
list of processes would keep it: `imgfile list --patient - < number.txt`. Nothing else reads standard input: a loop's
lines are left to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Annotated, Final

import typer

from imgfile.acts.list import DamagedRecord, Listed, Order, folders_of, in_order, list_records
from imgfile.cli.formats import output_moment
from imgfile.cli.options import OfPatientOption
from imgfile.cli.scaffold import warn_retired, with_argument, with_terminal, with_vault
from imgfile.clinical.proofs import PatientFolder
from imgfile.errors import AnswerInvalid, Damaged, Problem, UsageError
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.times import format_time

_COLUMNS: Final = ("record", "filed", "computer", "damage", "state")
_SHOWN_ALWAYS: Final = 3
"""Nobody should wonder about an empty column on a screen."""

SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="DAY", help="Filed then or later: yesterday, 21/11/2026.")
]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="DAY", help="Filed until the end of that day.")]
LimitOption = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Only the first so many.")]
SortOption = Annotated[
    Order | None, typer.Option("--sort", metavar="ORDER", help="newest | oldest | computer; without it, newest first.")
]
UnsortedOption = Annotated[
    bool, typer.Option("--unsorted", help="Print each record as it is found, in no order: for very many.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which records are listed, and in which order."""

    patient: OfPatientOption = None
    since: SinceOption = None
    until: UntilOption = None
    limit: LimitOption = None
    sort: SortOption = None
    unsorted: UnsortedOption = False


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list", help="List what is filed: references, times, computers. Needs no passphrase.")(list_)


@with_argument("which", Which)
@with_terminal("no_input", "json", "quiet", "no_pager")
@with_vault
def list_(*, vault: Vault, which: Which, terminal: Terminal) -> None:
    """List the records of all patients, or of one."""
    if which.unsorted and which.sort is not None:
        raise UsageError("--unsorted and --sort were both given.", "Give one of them.")
    warn_retired(vault, terminal)
    folders = _folders(vault, which.patient, terminal)
    counted = _Counted(_in_order(_within(list_records(vault, folders), which), which))
    _print(counted, terminal)
    if not counted.records and not counted.damaged:
        terminal.say(_nothing(folders, which))
    if counted.damaged:
        from imgfile.counts import counted as in_words  # noqa: PLC0415 - hardly any record is damaged

        what = in_words(counted.damaged, "record is", "records are")
        raise Damaged(f"{what} damaged.", "imgfile verify tells what is wrong.")


def _nothing(folders: list[PatientFolder] | None, which: Which) -> str:
    if which.since is not None or which.until is not None:
        return "Nothing was filed on these days."
    return "Nothing is filed." if folders is None else "Nothing is filed for this patient."


def _within(found: Iterator[Listed | DamagedRecord], which: Which) -> Iterator[Listed | DamagedRecord]:
    if which.since is None and which.until is None:
        return found
    from imgfile.acts.list import filed_within  # noqa: PLC0415 - where days are given
    from imgfile.cli.finding.days import parse_ends  # noqa: PLC0415

    return filed_within(found, parse_ends(which.since, which.until))


def _in_order(found: Iterator[Listed | DamagedRecord], which: Which) -> Iterable[Listed | DamagedRecord]:
    if which.unsorted:
        return found if which.limit is None else islice(found, which.limit)
    return in_order(found, which.sort or Order.NEWEST, which.limit)


def _print(counted: _Counted, terminal: Terminal) -> None:
    if terminal.is_json:
        for item in counted:
            terminal.data(_facts(item))
    elif terminal.has_screen:
        rows = [_row(item, terminal) for item in counted]
        shown = [at for at in range(len(_COLUMNS)) if at < _SHOWN_ALWAYS or any(row[at] for row in rows)]
        terminal.table([_COLUMNS[at] for at in shown], [[row[at] for at in shown] for row in rows], is_long=True)
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
    from imgfile.cli.life.number import number_given  # noqa: PLC0415 - where one is given

    number = number_given(patient, terminal, "list")
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
