"""Where the keys of a vault are, if they have a folder of their own: asked of a computer that does not know it yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from imgfile.cli.founding.answers import Answers, Question, given_path
from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import AnswerInvalid, Damaged, NotWritable

_Found = TypeVar("_Found")

_KEYS: Final = Question(
    "keys",
    "--keys",
    "Folder of the vault's keys (they lie in one of their own):",
    Explanation(
        "Whoever founded the vault gave its keys a folder of their own, on another disk or share. It has a file "
        "root.note in it. Nothing is filed or opened without it.",
        "An administrator of the vault:  imgfile vault keys  shows it.",
        "T:/clinical-keys",
    ),
)


def take_keys(answers: Answers, given: Path | None, accept: Callable[[Path], _Found]) -> _Found:
    """Take the folder of a vault's keys, and return what `accept` makes of it; refuse what is missing or invalid."""

    def parsed(text: str) -> _Found:
        try:
            return accept(Path(text).expanduser())
        except (NotWritable, Damaged) as error:
            raise AnswerInvalid(error.message) from error

    found = answers.take(_KEYS, given_path(given), parsed)
    answers.refuse_problems()
    return found
