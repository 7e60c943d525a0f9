"""One question that is answered with y or n, and with y by Enter alone."""

from __future__ import annotations

from imgfile.clinical.interview.explanations import Explanation
from imgfile.terminal import Terminal, asking

YES_OR_NO = "[Y/n]:"


def is_agreed(terminal: Terminal, question: str, explanation: Explanation) -> bool:
    """Return what somebody answers, asked until it is one of the two. Raises `Cancelled`."""
    while True:
        typed = asking.answer(terminal, f"{question} {YES_OR_NO}", explanation).strip().casefold()
        if typed in {"", "y", "yes"}:
            return True
        if typed in {"n", "no"}:
            return False
