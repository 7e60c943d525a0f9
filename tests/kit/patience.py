"""How much processor time a test grants: what is measured line by line, for coverage, takes several times as long."""

from __future__ import annotations

import sys

TRACED_FACTOR = 5


def granted(seconds: float) -> float:
    """Return how many seconds of processor time a test may take of those it would without a trace."""
    return seconds * TRACED_FACTOR if sys.gettrace() is not None else seconds
