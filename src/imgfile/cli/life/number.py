"""A patient's number from standard input, where no shell history and no list of processes keeps it."""

from __future__ import annotations

import sys
from typing import Final

from imgfile.errors import AnswerInvalid
from imgfile.terminal import Terminal

STDIN: Final = "-"
STDIN_MAX_BYTES: Final = 4096
"""One number, with room for whatever a script leaves around it."""


def number_on_standard_input(terminal: Terminal, words: str, example: str) -> str:
    """Read one number, or ask for it at the keyboard. Raises `AnswerInvalid` for none and for several."""
    if sys.stdin and sys.stdin.isatty():
        return terminal.ask(words)
    data = sys.stdin.buffer.read(STDIN_MAX_BYTES + 1) if sys.stdin else b""
    lines = data.decode("utf-8-sig", "replace").split("\n")
    numbers = [line.strip() for line in lines if line.strip()]
    if len(numbers) == 1 and len(data) <= STDIN_MAX_BYTES:
        return numbers[0]
    count = "more than one patient's number" if numbers else "no patient's number"
    raise AnswerInvalid(f"standard input holds {count}.", f"Give one:  {example}")
