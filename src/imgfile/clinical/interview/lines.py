"""What is asked together: two pairs of questions share a line, since that is how people say them.

"mother phone" answers who agreed and how; "Dr A. Example, 21 Nov 2026" answers who asked and when. Each half can
also be given, wrong or asked on its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from imgfile.clinical.facts import Facts
from imgfile.clinical.interview import choices
from imgfile.clinical.interview.choices import Choice, pick, pick_by_number
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.errors import AnswerInvalid

Line = tuple[str, ...]
"""The slugs of questions asked together."""

CONSENTED: Final[Line] = ("giver", "form")
ASKED: Final[Line] = ("obtained_by", "obtained_at")

LINES: Final[tuple[Line, ...]] = tuple(
    next((pair for pair in (CONSENTED, ASKED) if pair[0] == slug), (slug,))
    for slug in QUESTIONS
    if slug not in {CONSENTED[1], ASKED[1]}
)
"""Every question, in the order of asking."""
IDENTIFYING: Final[tuple[Line, ...]] = tuple(line for line in LINES if line[0] in {"patient", "scheme", "dob"})
"""What says who the patient is."""
OTHERS: Final[tuple[Line, ...]] = tuple(line for line in LINES if line not in IDENTIFYING)
"""What is asked when it is known whether the photo is filed."""


def opening(facts: Facts) -> Line:
    """Return what a photo's questions begin with: where it may be left."""
    return ("body_site",) if facts.is_sharing else LINES[0]


def words(line: Line, facts: Facts) -> str:
    """Return what is asked."""
    if line == CONSENTED:
        first, second, *_ = choices.givers(facts)
        return f"Who agreed, and how ({first.label} phone, {second.label} video, ...; ? lists):"
    if line == ASKED:
        defaults = [QUESTIONS[slug].default(facts) for slug in line]
        return f"Asked by, on [{', '.join(text or '...' for text in defaults)}]:" if any(defaults) else "Asked by, on:"
    return QUESTIONS[line[0]].words(facts)


def default(line: Line, facts: Facts) -> str:
    """Return what Enter accepts, or nothing when some of it must be typed."""
    defaults = [text for slug in line if (text := QUESTIONS[slug].default(facts))]
    return ", ".join(defaults) if len(defaults) == len(line) else ""


def choices_of(line: Line, facts: Facts) -> tuple[Choice, ...]:
    """Return what `?` lists."""
    return tuple(choice for slug in line for choice in QUESTIONS[slug].choices(facts))


def split(line: Line, text: str, facts: Facts) -> Mapping[str, str]:
    """Share out what was typed among the line's questions; a part not typed is left out. Raises AnswerInvalid."""
    if not text:
        return {}
    if line == CONSENTED:
        return _split_consented(text, facts)
    if line == ASKED:
        return _split_asked(text)
    return {line[0]: pick_by_number(text, QUESTIONS[line[0]].choices(facts))}


def _split_consented(text: str, facts: Facts) -> Mapping[str, str]:
    parts = text.replace(",", " ").split()
    for cut in range(len(parts), 0, -1):
        giver, form = " ".join(parts[:cut]), " ".join(parts[cut:])
        if _is_choice(giver, choices.givers(facts)):
            return {"giver": giver, "form": form} if form else {"giver": giver}
    if _is_choice(text, choices.FORMS):
        return {"form": text}
    named = ", ".join(choice.label for choice in choices.givers(facts))
    raise AnswerInvalid(f"begins with none of: {named}")


def _is_choice(text: str, offered: tuple[Choice, ...]) -> bool:
    try:
        pick(text, offered)
    except AnswerInvalid:
        return False
    return True


def _split_asked(text: str) -> Mapping[str, str]:
    name, comma, day = (part.strip() for part in text.rpartition(","))
    if not day[:1].isdecimal():  # a comma inside a name: "Dr A. Example, GMC 7654321"
        return {"obtained_by": text}
    return {"obtained_by": name, "obtained_at": day} if comma and name else {"obtained_at": day}
