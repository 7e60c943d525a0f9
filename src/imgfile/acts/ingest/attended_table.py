"""A table's rows in two heaps: those that can be filed as they stand, and those that want somebody at the terminal.

Reception prepares a table, and a clinician attends to what only a clinician may answer. Whether a row needs one is
found by deciding about it as an unattended run would, without filing anything: so no rule is spelled twice. What is
to be left alone needs nobody, and is put on hold or set aside at once (R21).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.pipeline import ingest_items
from imgfile.acts.ingest.plan import Item
from imgfile.acts.outcome import Failed, Outcome, Ready, Refused, SetAside
from imgfile.errors import AnswerInvalid
from imgfile.frozen import dataclass, field


@dataclass(frozen=True, slots=True)
class Sorted:
    """The rows of a table by what they need; every row is in one of the three, each in the table's order."""

    settled: Sequence[tuple[Item, Outcome]] = field(repr=False)
    """Rows that no answer can mend, those that ask for nothing, and those that are left alone from now on."""
    ready: Sequence[Item] = field(repr=False)
    attended: Sequence[Item] = field(repr=False)
    """Rows that a rule refuses where nobody is asked, whose answers lack something, or whose source would stay."""


def sort_rows(run: Run, items: Sequence[Item], advance: Callable[[int], None] = lambda _: None) -> Sorted:
    """Sort a plan's rows. Each photo is read and stripped for it, and nothing is filed; `advance` counts them."""
    alone = replace(run, attendant=None)
    trial = replace(alone, wishes=replace(run.wishes, is_dry=True), patients={})
    settled: list[tuple[Item, Outcome]] = []
    ready: list[Item] = []
    attended: list[Item] = []
    for item, outcome in ingest_items(trial, items):
        advance(1)
        match outcome:
            case Ready(remains=None):
                ready.append(item)
            case Ready() | Refused() | Failed(error=AnswerInvalid()) if item.request:
                attended.append(item)
            case SetAside():
                settled += ingest_items(alone, [item])
            case _:
                settled.append((item, outcome))
    return Sorted(settled, ready, attended)
