"""A patient's number from standard input, where no shell history and no list of processes keeps it."""

from __future__ import annotations

import sys
from typing import Final

from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import AnswerInvalid, UsageError
from imgfile.terminal import Terminal, asking

STDIN: Final = "-"
STDIN_MAX_BYTES: Final = 4096
"""One number, with room for whatever a script leaves around it."""
NUMBER: Final = Explanation(
    "Whose photos are meant: the NHS, CHI or H&C number, ten digits, grouped or not; a practice's own with the word "
    "local before it. It is not kept in any history.",
    "Whoever does this, from the patient's record.",
    "999 000 0018",
)


def number_given(patient: str, terminal: Terminal, command: str, words: str = "Patient number:") -> str:
    """Return the number that --patient names: on standard input, or typed. Raises `UsageError`, `AnswerInvalid`."""
    example = f"imgfile {command} --patient - < number.txt"
    if patient != STDIN:
        raise UsageError("a number is not taken from the command line, where others see it.", f"Give it by:  {example}")
    return number_on_standard_input(terminal, words, f"Give one:  {example}")


def number_on_standard_input(terminal: Terminal, words: str, hint: str, explanation: Explanation = NUMBER) -> str:
    """Read one number, or ask for it at the keyboard. Raises `AnswerInvalid` for none and for several.

    No error repeats what stands there.
    """
    if is_keyboard():
        return asking.answer(terminal, words, explanation)
    numbers, is_all = piped_numbers()
    if len(numbers) == 1 and is_all:
        return numbers[0]
    count = "more than one patient's number" if numbers else "no patient's number"
    raise AnswerInvalid(f"standard input holds {count}.", hint)


def is_keyboard() -> bool:
    """Return whether somebody types what stands on standard input."""
    return bool(sys.stdin and sys.stdin.isatty())


def piped_numbers() -> tuple[list[str], bool]:
    """Read the numbers on standard input, a line each; return them, and whether that is all that stands there."""
    data = sys.stdin.buffer.read(STDIN_MAX_BYTES + 1) if sys.stdin else b""
    lines = (line.strip() for line in data.decode("utf-8-sig", "replace").split("\n"))
    return [line for line in lines if line], len(data) <= STDIN_MAX_BYTES
