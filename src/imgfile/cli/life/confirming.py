"""Confirming what was answered about a photo, or changing an answer first: as D1 of the dialogues has it.

At filing, moving and accepting alike: `c` lists all answers, numbered, with their words; of the one that is picked, and
of what rests on it, the interview asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from imgfile.acts.ingest.attendant import Change
from imgfile.acts.sources.source import Source
from imgfile.clinical.facts import Facts
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.confirmation import Confirmation
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.interview.shown import Shown, answers
from imgfile.frozen import dataclass, field
from imgfile.terminal import Terminal, asking

ASK: Final = "Change which (Enter back, q quit):"
EXPLAINED: Final = Explanation(
    "Each answer can be changed by its number; what rests on it is asked again, and every rule judges all of it anew.",
    "Whoever answers here.",
    "3",
)
NOT_LISTED: Final = "That is none of the numbers above; Enter goes back without a change."
NOT_TAKEN: Final = "is none of the answers; ? explains them"
NOT_THE_DIGITS: Final = "Those are not the last four digits of the number above."
MAX_WORDS: Final = 56
"""How much of an answer a list shows."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list; without a change where the answer follows from another one."""

    title: str
    words: str = field(repr=False)
    change: Change | None


def entry(shown: Shown, prefix: str = "", source: Source | None = None) -> Entry:
    """Return the line of an answer; of photos that are confirmed together, of which one it is."""
    leaves_out = ", or leave it out" if source is not None and shown.slug == "body_site" else ""
    change = Change(shown.slug, source) if shown.is_changeable else None
    return Entry(f"{prefix}{shown.title}{leaves_out}", _cut(shown.words), change)


def of_answers(facts: Facts, given: Mapping[str, Given]) -> list[Entry]:
    """List the answers about one photo."""
    return [entry(shown) for shown in answers(facts, given)]


def _cut(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= MAX_WORDS else f"{plain[: MAX_WORDS - 4]} ..."


def lines(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield the list; what follows from another answer has no number."""
    wide = max(len(each.title) for each in entries)
    numbers = iter(range(1, len(entries) + 1))
    for each in entries:
        number = f"{next(numbers):2}" if each.change else " -"
        yield f"{number} {each.title:{wide}}  {each.words}"


def chosen(entries: Sequence[Entry], typed: str) -> Change | None:
    """Return the change that a number, or an answer's name, stands for."""
    changeable = [each for each in entries if each.change]
    if typed.isascii() and typed.isdecimal():
        at = int(typed[:4])
        return changeable[at - 1].change if 0 < at <= len(changeable) else None
    return next((each.change for each in changeable if each.title.casefold() == typed.casefold()), None)


def ask_change(
    entries: Sequence[Entry], ask: Callable[[], str], show: Callable[[Iterable[str]], None]
) -> Change | None:
    """Show the list and return which answer is to be changed; None to go back without a change."""
    show(lines(entries))
    while typed := ask():
        if (change := chosen(entries, typed)) is not None:
            return change
        show([NOT_LISTED])
    return None


def is_confirmed(confirmation: Confirmation, ask: Callable[[], str], show: Callable[[Iterable[str]], None]) -> bool:
    """Take what confirms; return False where something is to be changed."""
    while True:
        typed = ask()
        if confirmation.accepts(typed):
            return True
        if is_change(typed):
            return False
        not_taken = NOT_TAKEN if typed else "an answer is needed"
        show([NOT_THE_DIGITS if confirmation.needs_digits else not_taken])


def is_change(typed: str) -> bool:
    """Return whether what was typed at a confirmation is to change an answer."""
    return typed.strip().casefold() in {"c", "change"}


def which_to_change(terminal: Terminal, facts: Facts, given: Mapping[str, Given]) -> str:
    """Ask which answer is to be changed, where no photo is at hand; return its question, or "" for none."""
    ask = partial(asking.answer, terminal, ASK, EXPLAINED)
    change = ask_change(of_answers(facts, given), lambda: ask().strip(), partial(asking.show, terminal))
    return change.slug if change is not None else ""
