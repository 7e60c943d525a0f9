"""An option for every question, so that no question is written twice.

`with_question_flags(questions)` gives a command's function one option a question, and hands it what was given as
`answers`. A flag that is given twice is refused: of two patients' numbers, neither may win by standing last. There is
no environment variable and no setting for an answer.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Protocol

import typer

from imgfile.errors import UsageError

ANSWERS: Final = "Answers (what is not given is asked)"
"""The section of a help page that lists the questions."""

_PREFIX: Final = "answer_"


class Flagged(Protocol):
    """What a question must know of itself to become an option."""

    @property
    def slug(self) -> str:
        """Its name in tables and JSON: `body_site`."""

    @property
    def flag(self) -> str:
        """Its option: `--body-site`."""

    @property
    def help(self) -> str:
        """One line for the help page."""


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as it was given, and how: `provenance` is `flag`."""

    text: str = field(repr=False)
    provenance: str = "flag"


def with_question_flags(questions: Iterable[Flagged]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add an option for each question to a command's function, which takes `answers: dict[str, Given]` by slug."""
    asked = {f"{_PREFIX}{question.slug}": question for question in questions}

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        own = inspect.signature(function, eval_str=True).parameters
        kept = [parameter for name, parameter in own.items() if name != "answers"]

        @functools.wraps(function)
        def command(**values: Any) -> Any:  # noqa: ANN401 - what Typer parsed, handed through
            given = {name: values.pop(name) for name in asked}
            answers = {asked[name].slug: _one(asked[name], texts) for name, texts in given.items() if texts}
            return function(answers=answers, **values)

        parameters = [*kept, *map(_option, asked, asked.values())]
        ordered = sorted(parameters, key=lambda parameter: parameter.kind)
        command.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]  # what inspect looks for
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in ordered}
        return command

    return decorate


def _option(name: str, question: Flagged) -> inspect.Parameter:
    option = typer.Option(question.flag, metavar="TEXT", help=question.help, rich_help_panel=ANSWERS)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[list[str] | None, option]
    )


def _one(question: Flagged, texts: list[str]) -> Given:
    if len(texts) > 1:
        raise UsageError(f"{question.flag} was given {len(texts)} times.", "Give each answer once.")
    return Given(texts[0])
