"""What a question looks like to whoever is asked: one line, what may be chosen, and why it is asked again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final, TypeAlias

from imgfile.clinical.dates import show_age, show_date
from imgfile.clinical.facts import EarlierPhoto, Facts
from imgfile.clinical.interview import law, lines
from imgfile.clinical.interview.choices import Choice
from imgfile.clinical.interview.lines import Line
from imgfile.clinical.interview.questions import QUESTIONS, Question
from imgfile.clinical.interview.shown import title, words_for
from imgfile.clinical.patient import PatientId
from imgfile.counts import counted
from imgfile.frozen import dataclass, field


@dataclass(frozen=True, slots=True)
class Prompt:
    """One line to ask. The terminal shows `notice`, then `problem`, then `words`, and returns what was typed."""

    slugs: tuple[str, ...]
    words: str = field(repr=False)
    default: str = field(default="", repr=False)
    """What an empty answer accepts; empty when an answer is needed."""
    choices: tuple[Choice, ...] = field(default=(), repr=False)
    listed: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict, repr=False)
    """The same by question: where two share the line, each half has its own numbers."""
    law: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """What the law of the practice's nation says of it, by question; nothing of most."""
    notice: tuple[str, ...] = field(default=(), repr=False)
    """Lines about what was just learnt."""
    problem: str = ""
    """Why the last answer was not taken."""
    is_listing: bool = False
    """Whether the last answer was `?`: the choices are to be shown."""
    is_opening: bool = False
    """Whether it is the first question about a photo: where it may be looked at."""
    can_skip: bool = False
    """Whether the photo may be left here."""
    can_dispose: bool = False
    """Whether it may be said here that the photo is not filed."""
    now: str = field(default="", repr=False)
    """The words of the answer that is to be changed, which Enter keeps; empty where there is none."""
    prefill: str = field(default="", repr=False)
    """What stands on the line already, to be edited, where the terminal can do that."""


def prompt_for(line: Line, facts: Facts, problem: str = "") -> Prompt:
    """Return what is asked of a line's questions."""
    return Prompt(
        slugs=line,
        words=lines.words(line, facts),
        default=lines.default(line, facts),
        choices=lines.choices_of(line, facts),
        listed={slug: QUESTIONS[slug].choices(facts) for slug in line},
        law={slug: law.of(slug, facts.policy.nation) for slug in line},
        problem=problem,
        is_opening=line == lines.opening(facts),
        can_skip=facts.can_skip,
        can_dispose=facts.can_dispose and line == lines.opening(facts),
    )


def prompt_for_change(question: Question, facts: Facts, problem: str = "") -> Prompt:
    """Return what is asked of an answer that is to be changed: it is shown, and Enter keeps it.

    In brackets, as a default is, where the question may have one at all; of a long text, on the line itself.
    """
    now = words_for(question.slug, facts) if getattr(facts, question.slug) is not None else ""
    asked = replace(prompt_for((question.slug,), facts, problem), now=now)
    plain = asked.words or f"{title(question.slug).capitalize()}{' (? lists)' if asked.choices else ''}:"
    if question.is_switch:
        return replace(asked, words=plain.replace("[Y/n]", "(y/n)"), default="")
    plain = re.sub(r" \[[^\]]*\]", "", plain)
    if question.has_default and now:
        return replace(asked, words=_bracketed(plain, now), default=now, now="")
    return replace(asked, words=plain, default="", prefill=now if question.is_long else "")


def recognised(patient: PatientId, born: date, earlier: Sequence[EarlierPhoto] | None, today: date) -> tuple[str, ...]:
    """Return the lines that show who the patient is, and which photos are filed; None if nobody could look."""
    words = f"{patient.scheme.label} {patient.grouped}, born {show_date(born)}, {show_age(born, today)}"
    if earlier is None:
        return (f"{words}.",)
    if not earlier:
        return (f"{words}. No earlier photo here.",)
    last, count = earlier[-1], len(earlier)
    photos = counted(count, "earlier photo", "earlier photos, the last")
    return f"{words}, as before.", f"{photos}: {last.reference}, filed {show_date(last.filed_on)}."


BIRTH_DATE_OR_NUMBER: Final = "Date of birth (n another number):"


def birth_date_or_number(facts: Facts, problem: str) -> Prompt:
    """Return what is asked where a birth date differs from the one filed under the number: either may be the slip."""
    return replace(prompt_for(("dob",), facts, problem), words=BIRTH_DATE_OR_NUMBER)


def wants_another_number(typed: str) -> bool:
    """Return whether it is the number that is to be typed anew."""
    return typed.casefold() in {"n", "number", "another number"}


def _bracketed(words: str, now: str) -> str:
    """Put the answer before what stands in parentheses, and before the colon."""
    end = next((words.index(mark) for mark in (" (", ";", ":") if mark in words), len(words))
    return f"{words[:end]} [{now}]{words[end:]}"


Ask: TypeAlias = Callable[[Prompt], str]
"""Asks one line, and returns what was typed. What it raises (Cancelled) ends the interview."""
