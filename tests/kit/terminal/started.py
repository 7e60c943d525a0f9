"""How a test starts a program: in a session of its own, and imgfile without a start-up where that is the same."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple, Protocol

IMGFILE = (sys.executable, "-m", "imgfile")

Argument = str | bytes | Path


class Streams(NamedTuple):
    """Where a program's streams lead, as `subprocess` has it, and its controlling terminal, if it has one."""

    stdin: int
    stdout: int
    stderr: int
    terminal: int | None = None


class Process(Protocol):
    """What tests use of `subprocess.Popen`, which a warm command has too."""

    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def poll(self) -> int | None:
        """Return the status if it has ended."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end."""

    def send_signal(self, number: int, /) -> None:
        """Send a signal."""

    def kill(self) -> None:
        """End it."""

    def communicate(self, data: bytes, /, timeout: float) -> tuple[bytes, bytes]:
        """Write all input, and read all output."""


def start(argv: Sequence[Argument], streams: Streams, env: Mapping[str, str], cwd: Path | None) -> Process:
    """Start a program without a controlling terminal but one that is given; imgfile by `warm`, where it serves."""
    if sys.platform != "win32" and tuple(argv[: len(IMGFILE)]) == IMGFILE:
        from kit.terminal import warm  # noqa: PLC0415 - there is none on Windows

        if warm.serves(env):
            return warm.Command(argv[len(IMGFILE) :], streams, env, cwd)
    stdin, stdout, stderr, terminal = streams
    return subprocess.Popen(
        argv,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=env,
        cwd=cwd,
        start_new_session=True,  # a new session has no controlling terminal: opening /dev/tty fails with ENXIO
        preexec_fn=None if terminal is None else lambda: _take_terminal(terminal),  # noqa: PLW1509 - no thread of ours runs yet, and there is no other way
    )


if sys.platform == "win32":

    def _take_terminal(_: int) -> None:
        """Do nothing."""

else:
    import fcntl
    import termios

    def _take_terminal(terminal: int) -> None:
        """Make it this process's controlling terminal; the process leads a session without one."""
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a background job's children ignore Ctrl-C
