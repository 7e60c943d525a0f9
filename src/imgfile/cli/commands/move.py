"""`imgfile move RECORD`: a photo was filed for the wrong patient; it goes to the right one, answered anew (R25)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from imgfile.acts.life import leading
from imgfile.acts.life import move as act
from imgfile.acts.life.concern import heeded
from imgfile.acts.life.disclosures import Disclosure, copies_left, disclosures
from imgfile.acts.life.leading import Destination, Moved, Order
from imgfile.acts.life.person import Actor, admit_person, person_here
from imgfile.cli.acting.sitting_here import expect_role_here, expect_stating
from imgfile.cli.identity import Identities, with_vault_and_identities
from imgfile.cli.life.confirming import which_to_change
from imgfile.cli.life.copies import named, to_recall
from imgfile.cli.life.number import number_given
from imgfile.cli.life.prompts import asker, take_both_digits
from imgfile.cli.options import AllowTestIdOption, RecordArgument
from imgfile.cli.purpose import ReasonOption, problem_with, refuse, stated_reason
from imgfile.cli.question_options import with_question_flags
from imgfile.cli.scaffold import with_argument, with_terminal
from imgfile.clinical.dates import show_date
from imgfile.clinical.facts import Facts
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.confirmation import Confirmation, confirmation
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.interview.interview import Interview
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.record.model import Record
from imgfile.clinical.text import parse_line
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import AnswerInvalid, Problem, RefusedByRule, UsageError
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.history import History
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.records.find import find
from imgfile.vault.records.manifest import Cause, Manifest

ASKED: Final = tuple(question for slug, question in QUESTIONS.items() if slug != "patient")
"""What a flag may answer: the number never, where the shell's history and the list of processes keep it."""
BREACH: Final = (
    "A photo in the wrong record may be a breach to report within 72 hours: ask your data protection officer."
)
_WHY: Final = "Why was it wrong:"
_EXAMPLE: Final = "two charts open, the names alike"
_EXPLAINED_DIGITS: Final = Explanation(
    "The photo goes to the right patient with the answers above. In its old place a note stays that says where it is, "
    "with the old answers sealed; its old key is removed. An intimate photo of a child is attested by this. c changes "
    "an answer first.",
    "A clinician.",
    "5870 5919",
)

PatientOption = Annotated[
    str | None,
    typer.Option("--patient", metavar="-", help="Reads the right patient's number from standard input, unseen."),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Ask and judge everything, and change nothing.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Where nobody is asked: move it. It attests nothing.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("move", help="Move a photo that was filed for the wrong patient to the right one, with fresh answers.")(
        move
    )


_UNCONFIRMED: Final = Problem("yes", "--yes", "is missing", is_missing=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """How it is gone about."""

    patient: PatientOption = None
    reason: ReasonOption = None
    dry_run: DryRunOption = False
    yes: YesOption = False
    allow_test_id: AllowTestIdOption = False


@with_question_flags(ASKED)
@with_argument("task", Task)
@with_terminal("no_input", "json", "quiet")
@with_vault_and_identities
def move(  # noqa: PLR0913 - a group of options each
    *,
    record: RecordArgument,
    vault: Vault,
    answers: Mapping[str, Given],
    task: Task,
    identities: Identities,
    terminal: Terminal,
) -> None:
    """Move a record to the right patient."""
    expect_stating(vault)
    expect_role_here(vault, identities, act.MAY_MOVE, "move a record")
    of = find(vault, record)
    history = life.load(vault, of)
    if history.gone is not None:
        _finish(vault, history, task, identities, terminal)
        return
    given = _with_number(answers, task.patient, terminal)
    base = act.base_facts(vault, person_here(vault), at=datetime.now(UTC), allow_test=task.allow_test_id)
    began = leading.begun(vault, of)
    _expect_move(began)
    missing = () if terminal.can_ask or began else _missing(given, base)
    refuse([*missing, *_unsaid(task, identities, terminal)], "move")
    by = admit_person(vault, identities.unlock(), act.MAY_MOVE, "move a record")
    opened = open_record(vault, of, by.practice)
    exported = _show_old(vault, of, opened.facts, terminal)
    if began:
        there = open_record(vault, began[0], by.practice).facts
        _show(terminal, [f"A move was begun, and died: it is {began[0].reference} already, and goes on from there."])
        said = stated_reason(task.reason, _WHY, terminal, example=_EXAMPLE)
        _confirm(opened.facts, there.patient.last_four, _fate(opened.facts, _whose(there)), terminal)
        done = None if task.dry_run else leading.go_on(vault, Order(opened, said, by, datetime.now(UTC)), began)
    else:
        to, said = _answered(vault, opened, given, task, by, terminal)
        done = None if task.dry_run else act.move(vault, Order(opened, said, by, datetime.now(UTC)), to)
    _report(of, done, exported, terminal)


def _answered(  # noqa: PLR0913, PLR0917 - what is moved, by whom, and how it is gone about
    vault: Vault, opened: OpenedRecord, given: Mapping[str, Given], task: Task, by: Actor, terminal: Terminal
) -> tuple[Destination, str]:
    """Have everything answered, changed where somebody wants to, and confirmed; return where it goes, and why."""
    base = act.base_facts(vault, by.person, at=datetime.now(UTC), allow_test=task.allow_test_id)
    ask, of, said, changing = asker(terminal) if terminal.can_ask else None, opened.manifest, "", ""
    while True:
        try:
            to = act.settle(vault, opened, given, base, ask, changing=changing)
        except RefusedByRule as refusal:
            raise (refusal if task.dry_run else heeded(vault, of, refusal, by.person, at=datetime.now(UTC))) from None
        said = said or stated_reason(task.reason, _WHY, terminal, example=_EXAMPLE)
        if not (changing := _changing(opened.facts, to, terminal)):
            return to, said
        given = to.given


def _changing(old: Record, to: Destination, terminal: Terminal) -> str:
    """Have it confirmed where a photo goes, by which answers; return which of these is to be changed, or ""."""
    whose = f"{to.filing.patient.grouped}, born {show_date(to.filing.date_of_birth)}"
    while not _confirm(old, to.filing.patient.last_four, _fate(old, whose), terminal, confirmation(to.filing)):
        if to.facts is not None and (slug := which_to_change(terminal, to.facts, to.given)):
            return slug
    return ""


def _unsaid(task: Task, identities: Identities, terminal: Terminal) -> list[Problem | None]:
    """Return what is missing beside the answers."""
    return [
        problem_with("reason", task.reason, parse_line, terminal),
        None if terminal.can_ask or task.yes or task.dry_run else _UNCONFIRMED,
        identities.problem(),
    ]


def _expect_move(began: Sequence[Manifest]) -> None:
    """See that what was begun is a move. Raises `UsageError`."""
    if began and began[0].origin is not None and began[0].origin.how is Cause.REKEYED:
        raise UsageError(
            f"its number was being changed, and a run died: it is {began[0].reference} already.",
            "Finish that first, with the same two numbers:  imgfile rekey",
        )


# --- what is given ----------------------------------------------------------------------------------------------


def _with_number(answers: Mapping[str, Given], patient: str | None, terminal: Terminal) -> dict[str, Given]:
    if patient is None:
        return dict(answers)
    number = number_given(patient, terminal, "move RECORD", "Right patient's number:")
    return {**answers, "patient": Given(number, Provenance.FLAG)}


def _missing(given: Mapping[str, Given], base: Facts) -> tuple[Problem, ...]:
    """Return everything that is missing or wrong of the answers, before anybody's identity is opened."""
    try:
        interview = Interview(given, base)
        interview.identify()
        interview.complete()
    except RefusedByRule:  # it is judged again, with what is known of the photo
        return ()
    except AnswerInvalid as error:
        return error.problems
    return ()


# --- what is shown ----------------------------------------------------------------------------------------------


def _whose(facts: Record) -> str:
    return f"{facts.patient.grouped}, born {show_date(facts.date_of_birth)}"


def _fate(old: Record, new: str) -> str:
    return f"from  {_whose(old)}      to  {new}"


def _show(terminal: Terminal, lines: list[str]) -> None:
    if terminal.can_ask:
        asking.show(terminal, lines)


def _show_old(vault: Vault, of: Manifest, facts: Record, terminal: Terminal) -> list[Disclosure]:
    """Show whose record it is, and how the photo was shown or left; return the copies that left."""
    found = disclosures(vault, of)
    filed = show_date(of.filed_at.astimezone().date())
    copies = [each for each in found if each.is_copy]
    looked = sorted({each.day for each in found if not each.is_copy})
    lines = [f"{of.reference}: {_whose(facts)}; {facts.decision.body_site}; filed {filed}."]
    if copies:
        lines.append(f"Exported {'once' if len(copies) == 1 else f'{len(copies)} times'}: {named(copies)}.")
    if looked:
        lines.append(f"Looked at: {', '.join(map(show_date, looked))}.")
    _show(terminal, lines)
    return copies


def _confirm(old: Record, digits: str, fate: str, terminal: Terminal, asked: Confirmation | None = None) -> bool:
    """Show where it goes, and have it confirmed by both numbers; so an intimate photo of a child is attested (R9).

    Return False where an answer is to be changed first: not of a move that goes on, of which nothing is `asked`.
    """
    if not terminal.can_ask:
        if asked is not None and asked.needs_digits:
            raise RefusedByRule(
                "R9",
                "an intimate photo of a child is moved by a clinician at the terminal.",
                "Nothing was changed. Run it there.",
            )
        return True
    asking.show(terminal, [*(asked.lines if asked else ()), fate])
    both, can_change = f"{old.patient.last_four}{digits}", asked is not None
    return take_both_digits(terminal, both, "wrong", _EXPLAINED_DIGITS, can_change=can_change)


# --- what became of it ------------------------------------------------------------------------------------------


def _finish(vault: Vault, history: History, task: Task, identities: Identities, terminal: Terminal) -> None:
    """Remove what a move that died left; of a record that is gone otherwise, or wholly, it is said where it went."""
    of, rivals = history.manifest, leading.rivals(vault, history)
    if rivals:
        refuse(_unsaid(task, identities, terminal), "move")
        said = stated_reason(task.reason, _WHY, terminal, example=_EXAMPLE)
        by = admit_person(vault, identities.unlock(), act.MAY_MOVE, "move a record")
        order = Order(open_record(vault, rivals[0], by.practice), said, by, datetime.now(UTC))
        done = None if task.dry_run else leading.settle_gone(vault, order, history, rivals)
    elif (done := leading.finish(vault, history)) is None:
        history.expect_here()
        return
    _report(of, done, copies_left(vault, of), terminal)


def _report(of: Manifest, done: Moved | None, copies: Sequence[Disclosure], terminal: Terminal) -> None:
    """Report where it is now; of a dry run, that it would be moved."""
    exported = [day.isoformat() for day in sorted({each.day for each in copies})]
    if done is None:
        if terminal.is_json:
            terminal.data({"type": "ready", "record": of.reference, "exported": exported})
        terminal.say(f"{of.reference} would be moved. Nothing was changed.")
        return
    if terminal.is_json:
        line = {"type": "moved", "record": of.reference, "now": done.now, "exported": exported}
        terminal.data({**line, "is_kept": done.is_kept})
    for sentence in _sentences(of, done, copies):
        terminal.say(sentence)


def _sentences(of: Manifest, done: Moved, copies: Sequence[Disclosure]) -> Iterator[str]:
    yield f"Moved: now {done.now}. {of.reference} leads there. {to_recall(copies)}".rstrip()
    if copies:
        yield f"Who got {'it' if len(copies) == 1 else 'each'}:  imgfile audit --record {done.now} --reasons"
    if done.is_kept:
        yield "A legal hold keeps what it was, under the old number: its key stays until the hold is lifted."
    yield BREACH
