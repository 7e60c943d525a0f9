"""What a person states before a photo leaves the vault: purpose and reason (R20), by flag or at the terminal.

Both are asked in one order, behind the passphrase, when it is seen whose photo it is: the purpose, then the reason.
Without a terminal everything that is missing or wrong is reported at once, the identity included (exit code 13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Final, TypeVar

import typer

from imgfile.cli.identity import IDENTITY, IDENTITY_HINT
from imgfile.clinical.dates import show_date
from imgfile.clinical.interview.choices import YES_OR_NO, is_choice, numbered, of_purpose, pick, pick_by_number
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.permitted_uses import MAY_LEAVE_FOR
from imgfile.clinical.record.model import Record
from imgfile.clinical.text import parse_line
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import AnswerInvalid, Problem
from imgfile.terminal import Terminal, asking

_Value = TypeVar("_Value")

ReasonOption = Annotated[
    str | None,
    typer.Option("--reason", metavar="TEXT", help="Why; sealed to the patient, and named in the audit trail."),
]


def parse_purpose(text: str) -> Purpose:
    """Read a purpose by its code or its words. Raises `AnswerInvalid`."""
    for purpose in Purpose:
        if is_choice(text, [of_purpose(purpose)]):
            return purpose
    raise AnswerInvalid(f"is no purpose; one of: {', '.join(MAY_LEAVE_FOR)}")


def problem_with(slug: str, given: str | None, parse: Callable[[str], object], terminal: Terminal) -> Problem | None:
    """Return what is wrong with an answer given by flag, or that it is missing and nobody can be asked."""
    flag = f"--{slug}"
    if given is None:
        return None if terminal.can_ask else Problem(slug, flag, "is missing", is_missing=True)
    try:
        parse(given)
    except AnswerInvalid as error:
        return Problem(slug, flag, error.message)
    return None


def refuse(problems: Iterable[Problem | None], command: str) -> None:
    """Raise `AnswerInvalid` with everything that is missing or wrong, if anything is, for `imgfile COMMAND`."""
    found = tuple(problem for problem in problems if problem is not None)
    if not found:
        return
    hint = f"imgfile {command} --help explains them."
    if any(problem.question == IDENTITY for problem in found):
        hint = f"{IDENTITY_HINT}\n{hint}"
    raise AnswerInvalid.of(found, hint)


def stated_purpose(given: str | None, offered: Sequence[Purpose], terminal: Terminal, *, default: Purpose) -> Purpose:
    """Return the purpose of a flag that `problem_with` passed, or ask: by number, code or words, of those offered.

    Enter takes the default. A purpose that is none of those is taken too where somebody types it: whoever judges it
    says why it may not be.
    """
    choices = tuple(map(of_purpose, offered))
    listed = numbered(choices, has_all=True)

    def parse(text: str) -> Purpose:
        try:
            return parse_purpose(pick_by_number(text, choices)) if text else default
        except AnswerInvalid:
            raise AnswerInvalid(f"is no purpose that a photo may leave for; one of: {listed}") from None

    if given is not None:
        return parse_purpose(given)
    explanation = replace(_PURPOSE, meaning=f"{_PURPOSE.meaning} {listed}.", example=default.label)
    return stated(f"Purpose [{default.label}] (? lists):", explanation, parse, terminal)


def stated_reason(given: str | None, words: str, terminal: Terminal, *, default: str = "", example: str = "") -> str:
    """Return the reason of a flag that `problem_with` passed, or ask for one.

    `example` is one for what is done here; without it the reason is why somebody looks, or takes a copy.
    """
    if given is not None:
        return parse_line(given)
    explained = Explanation(_WHY, _DOER, example) if example else _REASON
    return stated(words, explained, parse_line, terminal, default=default)


def stated_line(given: str | None, words: str, explanation: Explanation, terminal: Terminal) -> str:
    """Return one line of a flag that `problem_with` passed, or ask for it."""
    return stated(words, explanation, parse_line, terminal) if given is None else parse_line(given)


def stated_yes(words: str, explanation: Explanation, terminal: Terminal) -> bool:
    """Ask until it is answered with yes or no; return whether it was yes."""
    while True:
        try:
            return pick(asking.answer(terminal, words, explanation), YES_OR_NO) == "yes"
        except AnswerInvalid:
            terminal.show("  y or n; q quits.")


def stated(
    words: str, explanation: Explanation, parse: Callable[[str], _Value], terminal: Terminal, *, default: str = ""
) -> _Value:
    """Ask until it is answered with something that `parse` reads."""
    while True:
        typed = asking.answer(terminal, words, explanation, default=default)
        try:
            return parse(typed)
        except AnswerInvalid as error:
            terminal.show(f"  That {error.message}.")


def about(facts: Record, *, waits: bool = False) -> str:
    """Return whose photo it is, and what it shows: seen before it is looked at or leaves.

    What `waits` in the inbox is filed for nothing yet.
    """
    born = f"{facts.patient.scheme.label} {facts.patient.grouped}, born {show_date(facts.date_of_birth)}"
    return f"{born}; {facts.decision.body_site}; {'' if waits else 'filed '}for {facts.decision.purpose.label}"


_WHOEVER: Final = "Whoever looks or takes the copy: it is entered under the name of the identity that opens the record."
_PURPOSE: Final = Explanation(
    "What the copy is for; a photo leaves only for what was agreed (R5), and that is entered in the audit trail.",
    _WHOEVER,
    "1, or its words",
)
_WHY: Final = "Why, in a few words. It is sealed, and whoever looks later at what was done can open it."
_DOER: Final = "Whoever does this."
_REASON: Final = Explanation(
    "Why you look at the photo or take it, and who gets it. It is sealed to the patient; the audit trail names it, and "
    "audit --reasons opens it.",
    _WHOEVER,
    "2WW clinic, St Example's",
)
