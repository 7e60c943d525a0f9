"""Asking at the terminal with an explanation at hand: `?` at any prompt says what it means, who may answer, and how."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import Final

from imgfile.clinical.interview.explanations import Explanation
from imgfile.errors import Cancelled
from imgfile.terminal import Terminal

NOTHING_CHANGED: Final = "you stopped it. Nothing was changed."
MAX_COLUMNS = 80
_LABEL = r"[a-z. ]+? {2,}|[ ]*[0-9-]+ [a-z ]+? {2,}"
"""What stands before a fact: its continuation lines begin behind it."""


IN_USE: Final = Explanation(
    "The program may write the mailbox while photos are taken out of it, and one of the two would be lost. Enter tries "
    "again.",
    "Whoever can close that program here.",
    "Enter",
)
COPY_BESIDE: Final = Explanation(
    "The same bytes lie beside the photo that is filed and erased: y erases those too, n leaves them.",
    "Whoever files.",
    "y",
)


def ask(terminal: Terminal, words: str, explanation: Explanation, *, prefill: str = "") -> str:
    """Ask for one line, and explain the question as often as that is wanted. Raises as `Terminal.ask` does."""
    while (typed := terminal.ask(words, prefill=prefill)).startswith("?"):
        show(terminal, explanation.lines())
    return typed


def answer(
    terminal: Terminal, words: str, explanation: Explanation, *, default: str = "", is_secret: bool = False
) -> str:
    """Ask for one line that `?` explains and `q` leaves, of a command that changes nothing before all is answered.

    Raises `Cancelled` for `q`, and as `Terminal.ask` does.
    """
    while True:
        try:
            typed = terminal.ask(words, default=default, secret=is_secret)
        except Cancelled:
            raise Cancelled(NOTHING_CHANGED) from None
        match typed.strip().casefold():
            case "?" | "help":
                show(terminal, explanation.lines())
            case "q" | "quit":
                raise Cancelled(NOTHING_CHANGED)
            case _:
                return typed


def show(terminal: Terminal, lines: Iterable[str]) -> None:
    """Show lines, indented, each broken between words where the screen or a page ends, behind its label."""
    width = min(terminal.columns, MAX_COLUMNS)
    for line in lines:
        label = re.match(_LABEL, line)
        hanging = " " * (2 + (label.end() if label and label.end() < width - 15 else 0))
        for part in textwrap.wrap(line, width, initial_indent="  ", subsequent_indent=hanging) or [""]:
            terminal.show(part)
