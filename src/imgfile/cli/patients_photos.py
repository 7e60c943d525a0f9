"""A patient's photos in words, so that each is known by its number, and which of them an answer picks.

An intimate photo of a child is picked by its own number or reference alone: "all" and a range take none (R9).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from imgfile.acts.disclosure.of_patient import made_at
from imgfile.clinical.dates import show_date
from imgfile.clinical.permitted_uses import shows_child_intimately
from imgfile.clinical.record.model import Record
from imgfile.counts import counted
from imgfile.errors import AnswerInvalid
from imgfile.vault import layout
from imgfile.vault.life.open import OpenedRecord

_FEW: Final = 6
_ALL: Final = frozenset({"a", "all"})
_RANGE: Final = re.compile(r"([0-9]{1,4})-([0-9]{1,4})")


def numbers_of_own(opened: Sequence[OpenedRecord]) -> list[int]:
    """Return the numbers, from 1, of the photos that only their own number picks: a child's intimate ones (R9)."""
    return [number for number, each in enumerate(opened, 1) if shows_child_intimately(each.facts)]


def which_words(opened: Sequence[OpenedRecord]) -> str:
    """Return the question which of these photos are meant."""
    count = len(opened)
    numbers = " ".join(str(number) for number in range(1, count + 1)) if count <= _FEW else f"1 to {count}"
    takes_all = ", a all" if count > 1 and not numbers_of_own(opened) else ""
    return f"Which ({numbers}{takes_all}, q quit):"


def pick(typed: str, opened: Sequence[OpenedRecord]) -> frozenset[int]:
    """Return the numbers that an answer picks, the first being 1. Raises `AnswerInvalid`, the end of a sentence."""
    own = set(numbers_of_own(opened))
    picked: set[int] = set()
    swept: set[int] = set()
    for word in typed.casefold().replace(",", " ").split():
        if word in _ALL:
            swept.update(range(1, len(opened) + 1))
        elif (ends := _RANGE.fullmatch(word)) and int(ends[1]) < int(ends[2]) <= len(opened) and int(ends[1]):
            swept.update(range(int(ends[1]), int(ends[2]) + 1))
        else:
            picked.add(_one(word, opened))
    if left := sorted((swept & own) - picked):
        named = ", ".join(map(str, left))
        raise AnswerInvalid(f"takes {named} with others: an intimate photo of a child is picked by its own number")
    if not picked | swept:
        raise AnswerInvalid("picks none: type their numbers")
    return frozenset(picked | swept)


def _one(word: str, opened: Sequence[OpenedRecord]) -> int:
    if word.isascii() and word.isdecimal() and 1 <= int(word[:4]) <= len(opened) and len(word) < _LEAST_REFERENCE:
        return int(word)
    wanted = layout.normalise_reference(word)
    found = [number for number, each in enumerate(opened, 1) if wanted and each.manifest.reference.startswith(wanted)]
    if len(found) != 1:
        which = "picks none" if not found else "picks several"
        raise AnswerInvalid(f"{which} of these: their numbers are 1 to {len(opened)}")
    return found[0]


_LEAST_REFERENCE: Final = 4


# --- what is shown of them --------------------------------------------------------------------------------------


def lines_of(opened: Sequence[OpenedRecord]) -> list[str]:
    """Return what says which photos there are, so that each is known by its number."""
    first = opened[0].facts
    own = numbers_of_own(opened)
    count = counted(len(opened), "photo")
    whose = f"{count} of {first.patient.grouped}"
    note = _own_note(len(opened), own)
    if len({each.facts.decision.body_site for each in opened}) == 1 and _tells_apart(opened):
        return [f"{whose}, {first.decision.body_site}: {_dates(opened)}.{note}"]
    return [f"{whose}:{note}", *(_row(number, each) for number, each in enumerate(opened, 1))]


def _own_note(count: int, own: Sequence[int]) -> str:
    if not own:
        return ""
    if len(own) == count:
        return " Intimate: each by its number." if count > 1 else " Intimate: by its number."
    return f" Intimate, each by its number: {' '.join(map(str, own))}."


def _tells_apart(opened: Sequence[OpenedRecord]) -> bool:
    """Return whether their days alone say which is which."""
    days = {made_at(each.facts).date() for each in opened}
    return len(days) == len(opened) <= _FEW and not any(each.history.is_use_stopped for each in opened)


def _dates(opened: Sequence[OpenedRecord]) -> str:
    days = [made_at(each.facts).date() for each in opened]
    if len({day.year for day in days}) == 1:
        shown = [*(show_date(day).rsplit(" ", 1)[0] for day in days[:-1]), show_date(days[-1])]
    else:
        shown = [show_date(day) for day in days]
    between = (days[-1] - days[0]).days
    return ", ".join(shown) + ("" if len(days) == 1 else f" ({between} day{'s' * (between != 1)})")


def _row(number: int, each: OpenedRecord) -> str:
    facts = each.facts
    parts = [f"{each.manifest.reference}  {_made(facts)}, {facts.decision.body_site}"]
    if facts.decision.follows is not None:
        parts.append(f"follows {layout.reference(facts.decision.follows)[:_LEAST_REFERENCE]}")
    if facts.decision.intimate_site is not None:
        parts.append("intimate")
    if each.history.is_use_stopped:
        parts.append("WITHDRAWN")
    return f"{number}  {'; '.join(parts)}"


def _made(facts: Record) -> str:
    at = made_at(facts)
    how = "taken" if facts.picture.taken_at is not None else "filed"
    return f"{how} {show_date(at.date())} {at:%H:%M}"
