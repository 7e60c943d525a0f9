"""An option for every question, so that no question is written twice.

`with_question_flags(questions)` gives a command's function one option a question, and what was given as `answers`.
A question that is answered twice is refused: of two patients' numbers, neither may win by standing last.
No variable and no setting can give an answer, so what arrives here came from the command line: its provenance is FLAG.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final, Protocol

import typer

from imgfile.cli.scaffold import Command, with_argument
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import UsageError

ANSWERS: Final = "Answers (what is not given is asked)"
"""The section of a help page that lists the questions."""

_PREFIX: Final = "answer_"
_NO_PREFIX: Final = "no_answer_"


class Flagged(Protocol):
    """What a question must know of itself to become an option; `clinical.interview.questions.Question` does."""

    @property
    def slug(self) -> str:
        """Its name in tables and JSON: `body_site`."""

    @property
    def flag(self) -> str:
        """Its option: `--body-site`."""

    @property
    def help(self) -> str:
        """One line for the help page."""

    @property
    def is_switch(self) -> bool:
        """Whether it is answered by `--intimate` or `--no-intimate` instead of a text."""


def with_question_flags(questions: Iterable[Flagged]) -> Callable[[Command], Command]:
    """Add an option for each question to a command's function, which takes `answers: dict[str, Given]` by slug."""
    asked = tuple(questions)

    def make(**values: Any) -> dict[str, Given]:  # noqa: ANN401 - what Typer parsed
        given = [(question, _given(question, values)) for question in asked]
        return {question.slug: answer for question, answer in given if answer is not None}

    return with_argument("answers", make, [option for question in asked for option in _options(question)])


def _options(question: Flagged) -> list[inspect.Parameter]:
    name = _PREFIX + question.slug
    if not question.is_switch:
        option = typer.Option(question.flag, metavar="TEXT", help=question.help, rich_help_panel=ANSWERS)
        return [_parameter(name, Annotated[list[str] | None, option], None)]
    yes = typer.Option(question.flag, help=question.help, rich_help_panel=ANSWERS)
    no = typer.Option(_opposite(question), help=f"The opposite of {question.flag}.", rich_help_panel=ANSWERS)
    return [
        _parameter(name, Annotated[bool, yes], default=False),
        _parameter(_NO_PREFIX + question.slug, Annotated[bool, no], default=False),
    ]


def _parameter(name: str, annotation: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _opposite(question: Flagged) -> str:
    return f"--no-{question.flag.removeprefix('--')}"


def _given(question: Flagged, values: dict[str, Any]) -> Given | None:
    """Return a question's answer from what was parsed, if it has one."""
    texts = values[_PREFIX + question.slug] or []
    if question.is_switch:
        texts = ["yes"] * bool(texts) + ["no"] * values[_NO_PREFIX + question.slug]
    if len(texts) > 1:
        raise UsageError(f"{question.flag} is answered {len(texts)} times.", "Give each answer once.")
    return Given(texts[0], Provenance.FLAG) if texts else None
