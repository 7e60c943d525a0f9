"""Answers as they are handed in: by flags, by a row of a table, or by a JSON document of answers.

An answer is text with its provenance; only `questions` knows what it means. The environment and the configuration
file never answer a question about a patient.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final, NoReturn

from imgfile.clinical.consent import SignedForm
from imgfile.clinical.facts import EarlierPhoto
from imgfile.clinical.interview.questions import COLUMNS, QUESTIONS
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import AnswerInvalid, Problem
from imgfile.frozen import dataclass, field

MAX_ANSWERS_BYTES: Final = 1 << 16
"""One photo's answers, with the longest rationale and evidence, stay well below."""
MAX_ANSWER_CHARACTERS: Final = 8_000
"""Beyond the longest answer that a question takes, so that the question itself can say what is too long."""


@dataclass(frozen=True, slots=True)
class Given:
    """One answer before it is understood."""

    text: str = field(repr=False)
    provenance: Provenance


def without(given: Mapping[str, Given], slug: str) -> dict[str, Given]:
    """Drop one answer and those that rest on it, so that the next interview asks them again.

    They are looked through once, in the order of asking: an origin or a sensitivity that a flag gave stays when what
    led to its question is asked again.
    """
    dropped = resting_on({slug})
    return {name: answer for name, answer in given.items() if name not in dropped}


def resting_on(slugs: AbstractSet[str], *, but_for: str = "") -> frozenset[str]:
    """Return answers and all that rest on them, directly or through others; but for those that rest on one alone."""
    found = set(slugs)
    for question in QUESTIONS.values():
        if found.intersection(question.rests_on) - {but_for}:
            found.add(question.slug)
    return frozenset(found)


def shared(given: Mapping[str, Given]) -> dict[str, Given]:
    """Return of one photo's answers those that others of its message may share, as such."""
    return {
        slug: Given(answer.text, Provenance.SHARED) for slug, answer in given.items() if QUESTIONS[slug].is_shareable
    }


def has_shared(given: Mapping[str, Given]) -> bool:
    """Return whether any answer was given for another photo: --yes beforehand does not confirm it for this one."""
    return any(answer.provenance is Provenance.SHARED for answer in given.values())


def from_row(row: Mapping[str, str]) -> dict[str, Given]:
    """Take the answers out of a table's row; an empty cell is no answer. Other columns are left alone."""
    cells = {column: row[column].strip() for column in COLUMNS if row.get(column)}
    return {column: Given(text, Provenance.TABLE) for column, text in cells.items() if text}


def from_json(data: bytes) -> dict[str, Given]:
    """Read `--answers`: one JSON object of questions' slugs to text, true or false, or a list of text.

    Raises AnswerInvalid, with a problem for each wrong key, whatever the bytes.
    """
    if len(data) > MAX_ANSWERS_BYTES:
        raise AnswerInvalid(f"the answers are longer than {MAX_ANSWERS_BYTES:,} bytes.")
    try:
        document = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_pairs, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise AnswerInvalid("the answers are not JSON, or name a question twice.", _HINT) from None
    if not isinstance(document, dict):
        raise AnswerInvalid("the answers are not one JSON object.", _HINT)
    texts = {slug: _text(value) for slug, value in document.items() if value is not None}
    problems = tuple(_problem(slug) for slug, text in texts.items() if slug not in QUESTIONS or text is None)
    if problems:
        raise AnswerInvalid.of(problems, _HINT)
    return {slug: Given(text, Provenance.ANSWERS_FILE) for slug, text in texts.items() if text}


_HINT: Final = 'Write one object, such as {"body_site": "left knee"}; the keys are in docs/reference/questions.md.'


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = ", ".join(value)
    return value if isinstance(value, str) and len(value) <= MAX_ANSWER_CHARACTERS else None


def _problem(slug: str) -> Problem:
    if slug in QUESTIONS:
        return Problem(slug, QUESTIONS[slug].flag, "is no text")
    return Problem("", "an unknown key", "is no question")


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice")
    return document


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("JSON has no such number")


def spelled(value: object) -> str:
    """Return an answer's value in its one spelling, by which two answers are compared."""
    match value:
        case Mapping():
            return ",".join(sorted(str(code) for code, is_true in value.items() if is_true))
        case frozenset():
            return ",".join(sorted(map(str, value)))
        case EarlierPhoto():
            return value.record
        case SignedForm():
            return value.digest
        case _:
            return " ".join(str(value).split())
