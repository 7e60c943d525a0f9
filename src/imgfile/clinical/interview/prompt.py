"""What a question looks like to whoever is asked: one line, what may be chosen, and why it is asked again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from imgfile.clinical.facts import Facts
from imgfile.clinical.interview import lines
from imgfile.clinical.interview.choices import Choice
from imgfile.clinical.interview.lines import Line
from imgfile.clinical.interview.questions import QUESTIONS, Question
from imgfile.clinical.interview.shown import title, words_for
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
        problem=problem,
        is_opening=line == lines.opening(facts),
        can_skip=facts.can_skip and line == lines.opening(facts),
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


def _bracketed(words: str, now: str) -> str:
    """Put the answer before what stands in parentheses, and before the colon."""
    end = next((words.index(mark) for mark in (" (", ";", ":") if mark in words), len(words))
    return f"{words[:end]} [{now}]{words[end:]}"


Ask: TypeAlias = Callable[[Prompt], str]
"""Asks one line, and returns what was typed. What it raises (Cancelled) ends the interview."""
