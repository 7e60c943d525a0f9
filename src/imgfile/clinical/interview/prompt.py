"""What a question looks like to whoever is asked: one line, what may be chosen, and why it is asked again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from imgfile.clinical.interview.choices import Choice
from imgfile.frozen import dataclass, field


@dataclass(frozen=True, slots=True)
class Prompt:
    """One line to ask. The terminal shows `notice`, then `problem`, then `words`, and returns what was typed."""

    slugs: tuple[str, ...]
    words: str = field(repr=False)
    default: str = field(default="", repr=False)
    """What an empty answer accepts; empty when an answer is needed."""
    choices: tuple[Choice, ...] = field(default=(), repr=False)
    notice: tuple[str, ...] = field(default=(), repr=False)
    """Lines about what was just learnt."""
    problem: str = ""
    """Why the last answer was not taken."""
    is_listing: bool = False
    """Whether the last answer was `?`: the choices are to be shown."""
    can_skip: bool = False
    """Whether the photo may be left here."""


Ask: TypeAlias = Callable[[Prompt], str]
"""Asks one line, and returns what was typed. What it raises (Cancelled) ends the interview."""
