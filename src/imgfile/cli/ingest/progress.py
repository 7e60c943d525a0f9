"""How far a run that asks nothing has come, while it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from imgfile.terminal import Terminal

if TYPE_CHECKING:
    from imgfile.acts.ingest.plan import Item
    from imgfile.acts.outcome import Outcome


def with_progress(
    terminal: Terminal, count: int, found: Iterator[tuple[Item, Outcome]]
) -> Iterator[tuple[Item, Outcome]]:
    """Yield the outcomes of a run that asks nothing, and show how far it is."""
    with terminal.progress("Filing", count) as advance:
        for each in found:
            advance(1)
            yield each
