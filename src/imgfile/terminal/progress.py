"""How far a long task has come: a bar on the screen, for what lasts longer than `PROGRESS_DELAY_SECONDS` (rule 8)."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from rich.progress import Progress

PROGRESS_DELAY_SECONDS: Final = 0.5


class ProgressBar:
    """The bar of one task, drawn by Rich on standard error; `total` is None where nobody knows how much it is."""

    def __init__(self, description: str, total: int | None, *, has_colour: bool) -> None:
        self._description = description
        self._total = total
        self._has_colour = has_colour
        self._done = 0
        self._began = time.monotonic()
        self._shown: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hide()

    def hide(self) -> None:
        """Leave the screen; the next advance shows it again."""
        if self._shown is not None:
            self._shown.stop()
        self._shown = None

    def advance(self, count: int) -> None:
        """Go on by so much."""
        self._done += count
        if self._shown is None and time.monotonic() - self._began > PROGRESS_DELAY_SECONDS:
            self._shown = self._start()
        if self._shown is not None:
            self._shown.update(self._shown.task_ids[0], completed=self._done)

    def _start(self) -> Progress:
        from rich.console import Console  # noqa: PLC0415 - 90 ms, and only what lasts needs it
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        console = Console(stderr=True, color_system="standard" if self._has_colour else None)
        words = TextColumn("{task.description}", markup=False)
        columns = (words, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True))
        bar = Progress(*columns, console=console, transient=True, redirect_stdout=False)
        bar.add_task(self._description, total=self._total)
        bar.start()
        return bar
