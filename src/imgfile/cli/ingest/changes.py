"""Which answer is to be changed: all of them, numbered, with their words, as D1 of the dialogues has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from imgfile.acts.ingest.attendant import Change
from imgfile.acts.ingest.candidate import Candidate
from imgfile.acts.sources.source import Source
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.interview.shown import Shown, answers
from imgfile.frozen import dataclass, field

ASK = "Change which (Enter back, q quit):"
EXPLAINED = Explanation(
    "Each answer can be changed by its number; what rests on it is asked again, and every rule judges all of it anew.",
    "Whoever answers here.",
    "3",
)
NOT_LISTED = "That is none of the numbers above; Enter goes back without a change."
MAX_WORDS = 56
"""How much of an answer a list shows."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list; without a change where the answer follows from another one."""

    title: str
    words: str = field(repr=False)
    change: Change | None


def of_one(candidate: Candidate) -> list[Entry]:
    """List the answers about one photo."""
    return [_entry(shown) for shown in _answers(candidate)]


def of_several(numbered: Mapping[int, Candidate]) -> list[Entry]:
    """List first what photos share, by the first of them that was asked about, then what each has of its own."""
    asked = {number: candidate for number, candidate in numbered.items() if candidate.filing is not None}
    lead = next(iter(asked.values()))
    entries = [_entry(shown) for shown in _answers(lead) if QUESTIONS[shown.slug].is_shareable]
    for number, candidate in asked.items():
        own = [shown for shown in _answers(candidate) if not QUESTIONS[shown.slug].is_shareable]
        entries += [_entry(shown, f"photo {number}: ", candidate.source) for shown in own if shown.is_changeable]
    return entries


def _answers(candidate: Candidate) -> list[Shown]:
    return answers(candidate.facts, candidate.given) if candidate.facts is not None else []


def _entry(shown: Shown, prefix: str = "", source: Source | None = None) -> Entry:
    leaves_out = ", or leave it out" if source is not None and shown.slug == "body_site" else ""
    change = Change(shown.slug, source) if shown.is_changeable else None
    return Entry(f"{prefix}{shown.title}{leaves_out}", _cut(shown.words), change)


def _cut(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= MAX_WORDS else f"{plain[: MAX_WORDS - 4]} ..."


def lines(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield the list; what follows from another answer has no number."""
    wide = max(len(entry.title) for entry in entries)
    numbers = iter(range(1, len(entries) + 1))
    for entry in entries:
        number = f"{next(numbers):2}" if entry.change else " -"
        yield f"{number} {entry.title:{wide}}  {entry.words}"


def chosen(entries: Sequence[Entry], typed: str) -> Change | None:
    """Return the change that a number, or an answer's name, stands for."""
    changeable = [entry for entry in entries if entry.change]
    if typed.isascii() and typed.isdecimal():
        at = int(typed[:4])
        return changeable[at - 1].change if 0 < at <= len(changeable) else None
    return next((entry.change for entry in changeable if entry.title.casefold() == typed.casefold()), None)
