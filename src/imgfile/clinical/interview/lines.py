"""What is asked together: two pairs of questions share a line, since that is how people say them.

"mother phone" answers who agreed and how; "Dr A. Example, 21 Nov 2026" answers who asked and when (`typed` takes them
apart). Each half can also be given, wrong or asked on its own.
"""

from __future__ import annotations

from typing import Final

from imgfile.clinical.facts import Facts
from imgfile.clinical.interview import choices
from imgfile.clinical.interview.choices import Choice
from imgfile.clinical.interview.questions import QUESTIONS

Line = tuple[str, ...]
"""The slugs of questions asked together."""

CONSENTED: Final[Line] = ("giver", "form")
ASKED: Final[Line] = ("obtained_by", "obtained_at")
USED: Final[Line] = ("purpose", "consent_document")
"""Never on one line: the form is asked for once a purpose needs it, and without one another purpose is."""
_PAIRS: Final = (CONSENTED, ASKED, USED)

LINES: Final[tuple[Line, ...]] = tuple(
    next((pair for pair in _PAIRS if pair[0] == slug), (slug,))
    for slug in QUESTIONS
    if slug not in {pair[1] for pair in _PAIRS}
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
        some = zip(choices.givers(facts), ("phone", "video"), strict=False)  # of some bases only one person agrees
        examples = ", ".join(f"{giver.label} {way}" for giver, way in some)
        return f"Who agreed, and how ({examples}, ...; ? lists):"
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
