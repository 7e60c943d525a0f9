"""What a person states before a photo leaves the vault: purpose and reason (R20), by flag or at the terminal.

Without a terminal everything that is missing or wrong is reported at once, the identity included (exit code 13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

import typer

from imgfile.cli.identity import IDENTITY, IDENTITY_HINT
from imgfile.clinical.text import parse_line
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import AnswerInvalid, Problem
from imgfile.terminal import Terminal

_Value = TypeVar("_Value")

ReasonOption = Annotated[
    str | None,
    typer.Option("--reason", metavar="TEXT", help="Why; sealed to the patient, and named in the audit trail."),
]


def parse_reason(text: str) -> str:
    """Read a reason: one line. Raises `AnswerInvalid`."""
    return parse_line(text)


def parse_purpose(text: str) -> Purpose:
    """Read a purpose by its code or its words. Raises `AnswerInvalid`."""
    typed = text.strip().casefold()
    for purpose in Purpose:
        if typed in {purpose.value, purpose.label.casefold()}:
            return purpose
    raise AnswerInvalid("is no purpose; one of docs/reference/vocabulary.md is")


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


def given_or_asked(
    given: str | None, words: str, parse: Callable[[str], _Value], terminal: Terminal, *, default: str = ""
) -> _Value:
    """Return the answer of a flag that `problem_with` passed, or ask until one can be used."""
    if given is not None:
        return parse(given)
    while True:
        typed = terminal.ask(words, default=default)
        try:
            return parse(typed)
        except AnswerInvalid as error:
            terminal.show(f"  That {error.message}.")
