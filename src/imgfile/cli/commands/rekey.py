"""`imgfile rekey`: a patient's number changed, or was temporary, or two numbers are one person's (R25)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Final, TypeVar

import typer

from imgfile.acts.life import rekey as act
from imgfile.acts.life.leading import Moved
from imgfile.acts.life.move import MAY_MOVE
from imgfile.acts.life.person import admit_person
from imgfile.cli.acting.sitting_here import expect_role_here, expect_stating
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.life.number import NUMBER, STDIN, is_keyboard, piped_numbers
from imgfile.cli.life.prompts import asker, take_both_digits
from imgfile.cli.options import AllowTestIdOption
from imgfile.cli.purpose import ReasonOption, problem_with, refuse, stated_reason
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.clinical.dates import parse_birth_date, show_date
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.confirmation import confirmation
from imgfile.clinical.interview.explanations import EXPLANATIONS, Explanation
from imgfile.clinical.text import parse_line
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import AnswerInvalid, Problem, RefusedByRule, UsageError
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.records.manifest import Manifest

_Value = TypeVar("_Value")

_WHY: Final = "Why does the number change:"
_OLD: Final = "Old number, that changed or was temporary (q quit):"
_NEW: Final = "Number as it is from now on (q quit):"
_EXPLAINED_DIGITS: Final = Explanation(
    "All photos of the old number go to the new one, with their answers and what was added. In each old place a note "
    "stays that says where it is now. Intimate photos of a child are attested by this.",
    "A clinician.",
    "5870 5919",
)
_EXAMPLE: Final = "imgfile rekey --patient - < numbers.txt    (a line the old number, a line the new one)"
_UNCONFIRMED: Final = Problem("yes", "--yes", "is missing", is_missing=True)

PatientOption = Annotated[
    str | None,
    typer.Option("--patient", metavar="-", help="Reads both numbers from standard input: old one first, a line each."),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Ask and judge everything, and change nothing.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Where nobody is asked: do it. It attests nothing.")]
BornOption = Annotated[
    str | None, typer.Option("--dob", metavar="DATE", help="The birth date, where it was wrong; else it stays.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rekey", help="Lead all photos of a number that changed, or was temporary, to the new one.")(rekey)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """How it is gone about."""

    patient: PatientOption = None
    dob: BornOption = None
    reason: ReasonOption = None
    dry_run: DryRunOption = False
    yes: YesOption = False
    allow_test_id: AllowTestIdOption = False


@with_argument("task", Task)
@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def rekey(*, vault: Vault, task: Task, identities: Identities, terminal: Terminal) -> None:
    """Lead a patient's photos from one number to another."""
    expect_stating(vault)
    expect_role_here(vault, identities, MAY_MOVE, "change a patient's number")
    old, second = _numbers(vault, task, identities, terminal)
    if not old.here:
        _finish(vault, old, terminal)
        return
    by = admit_person(vault, identities.unlock(), MAY_MOVE, "change a patient's number")
    ask = asker(terminal) if terminal.can_ask else None
    born = _born(task.dob) or _birth_date(act.birth_dates(vault, old, by), terminal)
    how = Provenance.TYPED if ask else Provenance.FLAG
    given = {"patient": Given(second, how), "dob": Given(born.isoformat(), how)}
    to = act.identify(vault, old, given, allow_test=task.allow_test_id, ask=ask)
    plan = act.Plan(old, to, tuple(act.judge(vault, old, to, by, ask=ask, is_dry=task.dry_run)))
    exported = act.exported(vault, old)
    if terminal.can_ask:
        asking.show(terminal, [*_lines(plan), *_copies(exported)])
    said = stated_reason(task.reason, _WHY, terminal, example="temporary, traced on the spine")
    _confirm(plan, terminal)
    if task.dry_run:
        _report_ready(plan, exported, terminal)
        return
    done = []
    for of, moved in act.rekey(vault, plan, said, by, at=datetime.now(UTC)):
        done.append(moved)
        _report(of, moved, terminal)
    _close(done, exported, terminal)


# --- what is given ----------------------------------------------------------------------------------------------


def _numbers(vault: Vault, task: Task, identities: Identities, terminal: Terminal) -> tuple[act.Old, str]:
    """Return what is filed under the old number, and the new one; whatever else is missing is reported first."""
    if task.patient not in {None, STDIN}:
        raise UsageError(
            "numbers are not taken from the command line, where others see them.", f"Give them by:  {_EXAMPLE}"
        )
    is_asked = terminal.can_ask and (task.patient is None or is_keyboard())
    refuse(
        [
            None if is_asked or task.patient else Problem("patient", "--patient", "is missing", is_missing=True),
            problem_with("reason", task.reason, parse_line, terminal),
            _birth_date_problem(task),
            None if terminal.can_ask or task.yes or task.dry_run else _UNCONFIRMED,
            identities.problem(),
        ],
        "rekey",
    )
    if is_asked:
        old = _asked(_OLD, partial(act.find_old, vault), terminal)
        return old, _asked(_NEW, partial(_new, vault, old, task), terminal) if old.here else ""
    first, second = _piped()
    try:
        return act.find_old(vault, first), second
    except AnswerInvalid as error:
        problem = Problem("patient", "--patient, the old number", error.message)
        raise AnswerInvalid.of([problem], "Nothing was changed.") from None


def _new(vault: Vault, old: act.Old, task: Task, typed: str) -> str:
    """Return a number that can be the new one. Raises `AnswerInvalid`, `UsageError`."""
    act.expect_new(vault, typed, old, allow_test=task.allow_test_id)
    return typed


def _asked(words: str, read: Callable[[str], _Value], terminal: Terminal) -> _Value:
    """Ask for a number until it is one that can be meant: what is wrong with it is said at its own question."""
    while True:
        try:
            return read(asking.answer(terminal, words, NUMBER))
        except AnswerInvalid as error:
            asking.show(terminal, [f"It {error.message}."])
        except UsageError as error:
            asking.show(terminal, [f"{error.message[0].upper()}{error.message[1:]}", error.hint])


def _piped() -> tuple[str, str]:
    numbers, is_all = piped_numbers()
    if len(numbers) == 2 and is_all:  # noqa: PLR2004 - old and new
        return numbers[0], numbers[1]
    raise AnswerInvalid("standard input does not hold two numbers, a line each.", f"Give them by:  {_EXAMPLE}")


def _birth_date_problem(task: Task) -> Problem | None:
    try:
        _born(task.dob)
    except AnswerInvalid as error:
        return Problem("dob", "--dob", error.message)
    return None


def _born(text: str | None) -> date | None:
    return None if text is None else parse_birth_date(text, today=datetime.now().astimezone().date())


def _birth_date(dates: Sequence[date], terminal: Terminal) -> date:
    """Return the birth date that the photos have, or another one where somebody says that it was wrong."""
    if not terminal.can_ask:
        if len(dates) == 1:
            return dates[0]
        raise AnswerInvalid.of([Problem("dob", "--dob", "is missing: the photos have several", is_missing=True)])
    known = show_date(dates[0]) if len(dates) == 1 else ""
    if not known:
        asking.show(terminal, [f"These photos have several birth dates: {', '.join(map(show_date, dates))}."])
    words = f"Date of birth (Enter keeps {known}; q quit):" if known else "Date of birth (q quit):"
    while True:
        typed = asking.answer(terminal, words, EXPLANATIONS["dob"])
        if not typed and known:
            return dates[0]
        try:
            return parse_birth_date(typed, today=datetime.now().astimezone().date())
        except AnswerInvalid as error:
            asking.show(terminal, [f"It {error.message}."])


# --- what is shown ----------------------------------------------------------------------------------------------


def _lines(plan: act.Plan) -> Iterator[str]:
    count = len(plan.rows)
    yield f"{count} photo{'s go' if count != 1 else ' goes'} to the new number, with the answers that were given:"
    for row in plan.rows:
        facts, filed = row.opened.facts, show_date(row.old.filed_at.astimezone().date())
        marks = [
            *(["use stopped"] if row.opened.history.is_use_stopped else []),
            *(["legal hold"] if row.opened.history.is_held else []),
            *([f"a run that died filed it as {row.begun[0].reference}"] if row.begun else []),
        ]
        yield "; ".join((f"  {row.old.reference}  {facts.decision.body_site}", f"filed {filed}", *marks))
    for row in plan.rows:
        if row.filing is not None and (asked := confirmation(row.filing)).needs_digits:
            yield f"{row.old.reference}, an intimate photo of a child, is attested anew:"
            yield from (f"  {line}" for line in asked.lines)


def _copies(exported: Sequence[str]) -> Iterator[str]:
    if exported:
        yield f"Copies left of {', '.join(exported)}. They bear the old number, and need no recall: it is one person."


def _confirm(plan: act.Plan, terminal: Terminal) -> None:
    """Have both numbers confirmed; so intimate photos of a child are attested (R9)."""
    if not terminal.can_ask:
        if any(row.filing is not None and confirmation(row.filing).needs_digits for row in plan.rows):
            raise RefusedByRule(
                "R9",
                "among them is an intimate photo of a child: its number is changed by a clinician at the terminal.",
                "Nothing was changed. Run it there.",
            )
        return
    was, to = plan.rows[0].opened.facts, plan.to
    fate = f"from  {was.patient.grouped}, born {show_date(was.date_of_birth)}"
    asking.show(terminal, [f"{fate}      to  {to.patient.grouped}, born {show_date(to.born)}"])
    take_both_digits(terminal, f"{was.patient.last_four}{to.patient.last_four}", "old", _EXPLAINED_DIGITS)


# --- what became of it ------------------------------------------------------------------------------------------


def _finish(vault: Vault, old: act.Old, terminal: Terminal) -> None:
    """Report that all photos of the old number are under another one, with the keys removed that a run left."""
    done = act.finish(vault, old)
    if not done:
        raise UsageError("nothing is filed under the old number any more.", "What became of it:  imgfile list")
    for moved in done:
        _facts(moved.tombstone.reference, moved, terminal)
    if terminal.is_json:
        terminal.data({"type": "summary", "rekeyed": len(done), "exported": []})
    names = ", ".join(f"{moved.tombstone.reference} is {moved.now}" for moved in done)
    terminal.say(f"Done already: {names}. Nothing was changed.")


def _report_ready(plan: act.Plan, exported: Sequence[str], terminal: Terminal) -> None:
    if terminal.is_json:
        for row in plan.rows:
            terminal.data({"type": "ready", "record": row.old.reference, "exported": row.old.reference in exported})
    terminal.say(f"{len(plan.rows)} would go to the new number. Nothing was changed.")


def _facts(reference: str, moved: Moved, terminal: Terminal) -> None:
    if terminal.is_json:
        terminal.data({"type": "rekeyed", "record": reference, "now": moved.now, "is_kept": moved.is_kept})


def _report(of: Manifest, moved: Moved, terminal: Terminal) -> None:
    _facts(of.reference, moved, terminal)
    terminal.say(f"{of.reference} is {moved.now} now.")


def _close(done: Sequence[Moved], exported: Sequence[str], terminal: Terminal) -> None:
    if terminal.is_json:
        terminal.data({"type": "summary", "rekeyed": len(done), "exported": list(exported)})
    for line in _copies(exported):
        terminal.say(line)
    if any(moved.is_kept for moved in done):
        terminal.say("A legal hold keeps what was under the old number, and stands under the new one too.")
    terminal.say("Change the number in the practice's clinical record too, if it is not yet there.")
