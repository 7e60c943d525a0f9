"""What the demonstration shows: its own words, real commands with what they print, and claims with their checks.

A command's standard output is a screen to it, so that its tables are laid out for people; its data and its words are
caught, shown behind a margin, and handed back to be checked.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from imgfile.errors import Cancelled, Error
from imgfile.terminal import CANCELLED_WORDS, Terminal
from imgfile.terminal.asking import MAX_COLUMNS
from imgfile.terminal.text import folded

MARGIN: Final = "    | "
_INDENT: Final = "   "
_REPORT: Final = "Please report this: nothing above is about a real patient."


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left: its data, and its words."""

    data: str
    words: str


@dataclass
class Show:
    """Narrates, runs and checks; remembers what was claimed and did not hold."""

    terminal: Terminal
    run_command: Callable[[list[str]], int]
    """Runs one command of imgfile to its exit code."""
    claimed: int = 0
    failed: list[str] = field(default_factory=list)

    def narrate(self, *lines: str) -> None:
        """Print lines of the demonstration's own, none wider than the screen but for a command."""
        self.terminal.page("".join(f"{part}\n" for line in lines for part in folded(line, self.terminal.columns)))

    def scene(self, title: str, words: str) -> None:
        """Begin a scene, with a paragraph that is broken between words."""
        width = min(self.terminal.columns, MAX_COLUMNS) - len(_INDENT)
        self.narrate("", title, *(f"{_INDENT}{line}" for line in folded(words, width)))

    def quote(self, text: str) -> None:
        """Show somebody else's lines behind the margin."""
        width = self.terminal.columns - len(MARGIN)
        parts = (part for line in text.splitlines() for part in folded(line, width))
        self.terminal.page("".join(f"{MARGIN}{part}".rstrip() + "\n" for part in parts))

    def run(self, *rows: tuple[str, ...], status: int = 0, piped: bytes = b"", note: str = "") -> Ran:
        """Run one real command and show it with what it printed. Raises `Error` on another status than expected."""
        words = [word for row in rows for word in row]
        first, *others = map(shlex.join, rows)
        shown = " \\\n        ".join([f"  $ imgfile {first}", *others])
        self.terminal.page(f"\n{shown}{note}\n")  # a command is there to be copied, and is not broken
        ended, ran = self._caught(words, piped)
        self.quote(ran.data + ran.words)
        if ended == Cancelled.exit_code:
            raise Cancelled(CANCELLED_WORDS)
        if ended != status:
            raise Error(f"imgfile {words[0]} ended with exit code {ended} instead of {status}.", _REPORT)
        return ran

    def _caught(self, words: list[str], piped: bytes) -> tuple[int, Ran]:
        data, caught = io.BytesIO(), io.StringIO()
        screen = _Screen(data, encoding="utf-8", write_through=True)
        stdin, columns = sys.stdin, os.environ.get("COLUMNS")
        sys.stdin = io.TextIOWrapper(io.BytesIO(piped), encoding="utf-8")
        os.environ["COLUMNS"] = str(max(self.terminal.columns - len(MARGIN), 1))  # its tables stand behind the margin
        try:
            with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(caught):
                status = self.run_command(words)
        finally:
            sys.stdin = stdin
            os.environ.pop("COLUMNS")
            if columns is not None:
                os.environ["COLUMNS"] = columns
        return status, Ran(data.getvalue().decode(), caught.getvalue())

    def claim(self, words: str, *, held: bool) -> None:
        """State one claim, with what its check gave."""
        self.claimed += 1
        if not held:
            self.failed.append(words)
        self.narrate(f"  [{'ok' if held else 'FAILED'}] {words}")

    def end(self) -> None:
        """Sum up. Raises `Error` when a claim did not hold."""
        if self.failed:
            count = f"{len(self.failed)} of {self.claimed} claims did not hold"
            raise Error(f"{count}: {'; '.join(self.failed)}.", _REPORT)
        self.narrate("", f"All {self.claimed} claims were checked and held. The folder is gone again.")


class _Screen(io.TextIOWrapper):
    """Where a command's data are caught."""

    def isatty(self) -> bool:
        """Be a screen."""
        return True
