"""What was typed on one line, shared out among the questions that the line asks.

"mother phone" answers who agreed and how; "Dr A. Example, yesterday" who asked and when, in either order, with a comma
or without. Numbers are those that `?` lists: of both halves, "1 2". A part that was not typed is left out, and asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imgfile.clinical.dates import is_day, parse_recent_date
from imgfile.clinical.facts import Facts
from imgfile.clinical.interview import choices
from imgfile.clinical.interview.choices import is_choice, pick_by_number
from imgfile.clinical.interview.lines import ASKED, CONSENTED, Line
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.errors import AnswerInvalid


def split(
    line: Line, text: str, facts: Facts, *, givers: tuple[choices.Choice, ...] | None = None
) -> Mapping[str, str]:
    """Share out what was typed among the line's questions; a part not typed is left out. Raises AnswerInvalid.

    `givers` are who may be named as agreeing; without them, who the answers so far leave.
    """
    if not text:
        return {}
    if line == CONSENTED:
        return _split_consented(text, choices.givers(facts) if givers is None else givers)
    if line == ASKED:
        return _split_asked(text, facts)
    if QUESTIONS[line[0]].is_long:  # a number begins it at most
        return {line[0]: text}
    return {line[0]: pick_by_number(text, QUESTIONS[line[0]].choices(facts))}


# --- who agreed, and how --------------------------------------------------------------------------------


def _split_consented(text: str, givers: tuple[choices.Choice, ...]) -> Mapping[str, str]:
    parts, forms = text.replace(",", " ").split(), choices.FORMS
    if parts[0].isdecimal():
        form = pick_by_number(" ".join(parts[1:]), forms) if parts[1:] else ""
        return _halves(pick_by_number(parts[0], givers), form)
    for cut in range(len(parts), 0, -1):
        giver, form = " ".join(parts[:cut]), " ".join(parts[cut:])
        if is_choice(giver, givers):
            return _halves(giver, pick_by_number(form, forms) if form else "")
    if is_choice(text, forms):
        return {"form": text}
    named = ", ".join(choice.label for choice in givers)
    raise AnswerInvalid(f"begins with none of: {named}")


def _halves(giver: str, form: str) -> Mapping[str, str]:
    return {"giver": giver, "form": form} if form else {"giver": giver}


# --- who asked, and when --------------------------------------------------------------------------------


def _split_asked(text: str, facts: Facts) -> Mapping[str, str]:
    """Find the day: the longest end or beginning that is one; else what means to be one, so that it is asked again."""
    for name, day in (*_divisions(text), *_at_commas(text)):
        if _is_date(day, facts) and (not name or any(map(str.isalnum, name))):
            return _asked(name, day, facts)
    for name, day in _at_commas(text):
        if is_day(day) and not day.isdecimal():  # a number alone is one that `?` lists
            return _asked(name, day, facts)
    return {"obtained_by": _numbered_name(text, facts)}


def _divisions(text: str) -> Iterator[tuple[str, str]]:
    """Yield what is before, and the end; what is behind, and the beginning; the longest end and beginning first."""
    words = text.split(" ")
    for cut in range(len(words)):
        yield _trimmed(" ".join(words[:cut])), _trimmed(" ".join(words[cut:]))
        if cut:
            yield _trimmed(" ".join(words[-cut:])), _trimmed(" ".join(words[:-cut]))


def _at_commas(text: str) -> Iterator[tuple[str, str]]:
    first, _, behind = map(str.strip, text.partition(","))
    before, _, last = map(str.strip, text.rpartition(","))
    yield before, last
    if behind:
        yield behind, first


def _trimmed(text: str) -> str:
    return text.strip(" ,").removesuffix(" on").removeprefix("on ").removeprefix("asked by ").strip(" ,")


def _is_date(text: str, facts: Facts) -> bool:
    try:
        parse_recent_date(text, today=facts.today)
    except AnswerInvalid:
        return False
    return True


def _asked(name: str, day: str, facts: Facts) -> Mapping[str, str]:
    return {"obtained_by": _numbered_name(name, facts), "obtained_at": day} if name else {"obtained_at": day}


def _numbered_name(text: str, facts: Facts) -> str:
    return pick_by_number(text, choices.attesters(facts))
