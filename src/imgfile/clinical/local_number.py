"""A practice's own patient numbers: for who has no NHS, CHI or H&C number, by a pattern in the practice's policy.

A pattern is read from left to right: `#` is one digit, `@` one letter A to Z; `A` to `Z`, `0` to `9`, `-` and `/` stand
for themselves. Behind `#` or `@`, `{4}` says how many, `{4,8}` how few and how many. What stands for itself has no
count, so that no number has two spellings. There is nothing else in it: reading and matching take a bounded number of
steps, whatever the pattern and the number.

1. Each number that fits has 4 to 20 characters.
2. None is ten digits: those are an NHS, CHI or H&C number, and must stay one (a patient would have two records).
"""

from __future__ import annotations

import re
from typing import Final

from imgfile.clinical.patient import DIGITS, MAX_LOCAL_CHARACTERS, MIN_LOCAL_CHARACTERS, local_spelling
from imgfile.errors import AnswerInvalid
from imgfile.frozen import dataclass

MAX_PATTERN_CHARACTERS: Final = 60
_ITEM: Final = re.compile(r"([#@A-Z0-9/-])(?:\{([0-9]{1,2})(?:,([0-9]{1,2}))?\})?")
_ANY_DIGIT: Final = "#"
_ANY_LETTER: Final = "@"


@dataclass(frozen=True, slots=True)
class _Slot:
    """One character of a number: what may stand there, and whether it may be left out."""

    kind: str
    is_optional: bool = False

    def takes(self, character: str) -> bool:
        if self.kind == _ANY_DIGIT:
            return "0" <= character <= "9"
        return "A" <= character <= "Z" if self.kind == _ANY_LETTER else character == self.kind

    @property
    def takes_a_digit(self) -> bool:
        return self.kind == _ANY_DIGIT or "0" <= self.kind <= "9"


@dataclass(frozen=True, slots=True)
class LocalPattern:
    """A pattern that was read. One that breaks a rule of this module cannot be made by `parse_pattern`."""

    text: str
    slots: tuple[_Slot, ...]

    def fits(self, number: str) -> bool:
        """Return whether a number in its one spelling is one of the practice's."""
        if len(number) > MAX_LOCAL_CHARACTERS:
            return False
        reached = self._skipping({0})
        for character in number:
            reached = self._skipping({at + 1 for at in reached if self._takes(at, character)})
        return len(self.slots) in reached

    def _takes(self, at: int, character: str) -> bool:
        return at < len(self.slots) and self.slots[at].takes(character)

    def _skipping(self, reached: set[int]) -> set[int]:
        """Return the places that are reached, with those behind what may be left out."""
        for at, slot in enumerate(self.slots):
            if at in reached and slot.is_optional:
                reached.add(at + 1)
        return reached

    def may_be_ten_digits(self) -> bool:
        """Return whether some number that fits is ten digits."""
        wanted = [slot for slot in self.slots if not slot.is_optional]
        possible = sum(slot.takes_a_digit for slot in self.slots)
        return all(slot.takes_a_digit for slot in wanted) and len(wanted) <= DIGITS <= possible


def parse_pattern(text: str) -> LocalPattern:
    """Read a pattern. Raises AnswerInvalid with the end of a sentence."""
    if not text or len(text) > MAX_PATTERN_CHARACTERS:
        raise AnswerInvalid(f"is empty, or longer than {MAX_PATTERN_CHARACTERS} characters")
    slots: list[_Slot] = []
    at = 0
    while at < len(text):
        item = _ITEM.match(text, at)
        if item is None:
            raise AnswerInvalid(
                f"cannot be read from its character {at + 1} on: # is a digit, @ a letter, {{4}} or {{4,8}} says how "
                "many; A to Z, 0 to 9, - and / stand for themselves"
            )
        slots += _slots(*item.groups())
        at = item.end()
    pattern = LocalPattern(text, tuple(slots))
    _check(pattern)
    return pattern


def _slots(kind: str, least: str | None, most: str | None) -> list[_Slot]:
    if least is None:
        return [_Slot(kind)]
    if kind not in {_ANY_DIGIT, _ANY_LETTER}:
        raise AnswerInvalid("counts something else than # and @, so that one number would have two spellings")
    few, many = int(least), int(most or least)
    if not few <= many or not many:
        raise AnswerInvalid("has a count of nothing, or one that ends before it begins")
    return [_Slot(kind)] * few + [_Slot(kind, is_optional=True)] * (many - few)


def _check(pattern: LocalPattern) -> None:
    least = sum(not slot.is_optional for slot in pattern.slots)
    if least < MIN_LOCAL_CHARACTERS or len(pattern.slots) > MAX_LOCAL_CHARACTERS:
        raise AnswerInvalid(f"lets numbers be other than {MIN_LOCAL_CHARACTERS} to {MAX_LOCAL_CHARACTERS} characters")
    if not any(slot.takes_a_digit for slot in pattern.slots):
        raise AnswerInvalid("has no digit")
    if pattern.may_be_ten_digits():
        raise AnswerInvalid("lets a number be ten digits, which are an NHS, CHI or H&C number; put a letter before it")


def parse_local_number(text: str, pattern: LocalPattern) -> str:
    """Read one of the practice's own numbers, as people type it, into its one spelling. Raises AnswerInvalid."""
    number = local_spelling(text)
    if len(text) > 2 * MAX_LOCAL_CHARACTERS or not pattern.fits(number):
        raise AnswerInvalid(f"is none of this practice's own numbers, which are like {pattern.text}")
    return number
