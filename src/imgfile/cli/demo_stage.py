"""Where the demonstration plays: a folder and an environment of its own, in which real commands run and are shown.

A command's standard output is a screen to it, so that its tables are laid out for people; what it says and prints
is caught, shown behind a margin, and handed back to be checked.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from imgfile.errors import Cancelled, Error
from imgfile.terminal import CANCELLED_WORDS, Terminal

MARGIN: Final = "    | "
_WIDTH_COLUMNS: Final = 110
"""For a command's tables: wide enough that none of the demonstration's is folded."""
_REPORT: Final = "Please report this: nothing above is about a real patient."


@contextlib.contextmanager
def stage(vault: Path) -> Iterator[None]:
    """Be in a temporary folder, in an environment that leads nowhere else; afterwards both are as before."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="imgfile-demo-") as name:
        folder = Path(name).resolve()
        kept = {key: value for key, value in before.items() if not key.startswith(("IMGFILE_", "XDG_"))}
        try:
            _set_environment(kept | _own_environment(folder, vault))
            with contextlib.chdir(folder):
                yield
        finally:
            _set_environment(before)


def _own_environment(folder: Path, vault: Path) -> dict[str, str]:
    """Return what keeps state, settings, thumbnails and the list of recent files inside the folder."""
    homes = {f"XDG_{kind}_HOME": str(folder / "home" / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA", "STATE")}
    return {
        **homes,
        "IMGFILE_STATE": str(folder / "state"),
        "IMGFILE_VAULT": str(folder / vault),
        "IMGFILE_JSON": "0",  # these three win over a configuration file, wherever this platform keeps one
        "IMGFILE_QUIET": "0",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "COLUMNS": str(_WIDTH_COLUMNS),
        "NO_COLOR": "1",
    }


def _set_environment(values: dict[str, str]) -> None:
    for name in os.environ.keys() - values.keys():
        del os.environ[name]
    os.environ.update(values)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left: its data, and what it said."""

    data: str
    words: str


@dataclass
class Show:
    """Tells, runs and checks; remembers what was claimed and did not hold."""

    terminal: Terminal
    claimed: int = 0
    failed: list[str] = field(default_factory=list)

    def tell(self, *lines: str) -> None:
        """Narrate."""
        self.terminal.page("".join(f"{line}\n" for line in lines))

    def scene(self, title: str, *lines: str) -> None:
        """Begin a scene."""
        self.tell("", title, *(f"   {line}" for line in lines))

    def quote(self, text: str) -> None:
        """Show somebody else's lines behind the margin."""
        self.tell(*(f"{MARGIN}{line}".rstrip() for line in text.splitlines()))

    def run(self, *rows: tuple[str, ...], status: int = 0, piped: bytes = b"", note: str = "") -> Ran:
        """Run one real command and show it with what it printed. Raises `Error` on another status than expected."""
        words = [word for row in rows for word in row]
        self.tell("", "  $ imgfile " + " \\\n        ".join(shlex.join(row) for row in rows) + note)
        ended, ran = _run_main(words, piped)
        self.quote(ran.data + ran.words)
        if ended == Cancelled.exit_code:
            raise Cancelled(CANCELLED_WORDS)
        if ended != status:
            raise Error(f"imgfile {words[0]} ended with exit code {ended} instead of {status}.", _REPORT)
        return ran

    def claim(self, words: str, *, held: bool) -> None:
        """State one claim, with what its check gave."""
        self.claimed += 1
        if not held:
            self.failed.append(words)
        self.tell(f"  [{'ok' if held else 'FAILED'}] {words}")

    def end(self) -> None:
        """Sum up. Raises `Error` when a claim did not hold."""
        if self.failed:
            count = f"{len(self.failed)} of {self.claimed} claims did not hold"
            raise Error(f"{count}: {'; '.join(self.failed)}.", _REPORT)
        self.tell("", f"All {self.claimed} claims were checked and held. The folder is gone again.")


class _Screen(io.TextIOWrapper):
    """Where a command's data are caught."""

    def isatty(self) -> bool:
        """Be a screen."""
        return True


def _run_main(words: list[str], piped: bytes) -> tuple[int, Ran]:
    from imgfile.cli import main  # noqa: PLC0415 - it is what found this module

    data, said = io.BytesIO(), io.StringIO()
    screen = _Screen(data, encoding="utf-8", write_through=True)
    stdin = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(piped), encoding="utf-8")
    try:
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(said):
            status = main(words)
    finally:
        sys.stdin = stdin
    return status, Ran(data.getvalue().decode(), said.getvalue())
