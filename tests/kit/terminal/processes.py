"""Real processes, with and without a real terminal, for tests of what people and pipes see.

`run` starts a program that has no controlling terminal at all; `imgfile` runs ours so. `Session` starts one whose
controlling terminal is a pseudo-terminal, while its standard streams may lead elsewhere, as in
`cat photo | imgfile ingest -`.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, Self

import pytest

from kit.terminal import started
from kit.terminal.started import Streams, start

IMGFILE = started.IMGFILE
TIMEOUT_SECONDS = 20.0
POLL_SECONDS = 0.02
COLUMNS, ROWS = 80, 24

_UNSET = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "IMGFILE_DEBUG", "IMGFILE_VAULT", "IMGFILE_STATE")
_STATE = tempfile.TemporaryDirectory(prefix="imgfile-state-")
"""Where a command that was given no state of its own keeps notes on unfinished files: not in this account's."""
_ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")

Argument = started.Argument


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program left: its exit status and the bytes of its two outputs."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def words(self) -> str:
        """Standard error as text."""
        return self.stderr.decode("utf-8", "backslashreplace")


def environment(changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Return this process's environment, free of what steers imgfile, then changed; None removes a variable."""
    result = {name: value for name, value in os.environ.items() if name not in _UNSET}
    result |= {"TERM": "xterm-256color", "XDG_CONFIG_HOME": "/nonexistent", "XDG_STATE_HOME": _STATE.name}
    for name, value in (changes or {}).items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


def run(
    argv: Sequence[Argument],
    stdin: bytes | None = None,
    *,
    env: Mapping[str, str | None] | None = None,
    cwd: Path | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> Outcome:
    """Run a program to its end without any terminal; no stdin means an empty one."""
    pipe = subprocess.PIPE
    process = start(argv, Streams(pipe, pipe, pipe), environment(env), cwd)
    try:
        stdout, stderr = process.communicate(stdin or b"", timeout)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return Outcome(process.wait(), stdout, stderr)


def imgfile(
    *arguments: Argument,
    stdin: bytes | None = None,
    env: Mapping[str, str | None] | None = None,
    cwd: Path | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> Outcome:
    """Run imgfile to its end without any terminal."""
    return run([*IMGFILE, *arguments], stdin, env=env, cwd=cwd, timeout=timeout)


if sys.platform == "win32":

    def terminal_pair() -> tuple[int, int]:
        """Fail: there are none here."""
        pytest.skip("there are no pseudo-terminals on Windows")

else:
    import pty
    import termios

    def terminal_pair() -> tuple[int, int]:
        """Open a pseudo-terminal; return our end and the program's."""
        master, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, (ROWS, COLUMNS))
        return master, terminal


def as_text(received: str) -> str:
    """Return what a terminal received without escape sequences, its lines ended by a newline."""
    return _ESCAPE_SEQUENCE.sub("", received).replace("\r\n", "\n")


class Session:
    """A program at a pseudo-terminal of 80 columns, which is its controlling terminal.

    `stdin` None is the terminal, bytes arrive through a pipe. `stdout` and `stderr` go to the terminal unless they are
    `piped`, which `finish` returns. Leaving the `with` block kills what still runs.
    """

    def __init__(
        self,
        argv: Sequence[Argument],
        *,
        stdin: bytes | None = None,
        piped: Collection[Literal["stdout", "stderr"]] = (),
        env: Mapping[str, str | None] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self._master, self._terminal = terminal_pair()
        terminal = self._terminal  # kept open: a program whose streams lead elsewhere opens /dev/tty now and then
        self.raw = b""
        """All that the terminal received so far."""
        self._seen = 0
        self._collected: dict[str, bytes] = {"stdout": b"", "stderr": b""}
        streams = Streams(
            stdin=terminal if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE if "stdout" in piped else terminal,
            stderr=subprocess.PIPE if "stderr" in piped else terminal,
            terminal=terminal,
        )
        self.process = start(argv, streams, environment(env), cwd)
        self._threads = [
            threading.Thread(target=self._collect, args=(name, stream), daemon=True)
            for name, stream in (("stdout", self.process.stdout), ("stderr", self.process.stderr))
            if stream is not None
        ]
        if stdin is not None:
            self._threads.append(threading.Thread(target=self._feed, args=(stdin,), daemon=True))
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for thread in self._threads:
            thread.join(TIMEOUT_SECONDS)
        os.close(self._master)
        os.close(self._terminal)

    @property
    def screen(self) -> str:
        """What the terminal received so far as text, without escape sequences, lines ended by a newline."""
        return as_text(self.raw.decode("utf-8", "replace"))

    @property
    def words(self) -> str:
        """What the terminal received so far, on one line: for a sentence that is broken wherever the screen ends."""
        return " ".join(self.screen.split())

    def expect(self, text: str, timeout: float = TIMEOUT_SECONDS) -> str:
        """Wait until the text appears after what was expected before; return what stood between."""
        deadline = time.monotonic() + timeout
        while (found := self.screen.find(text, self._seen)) < 0:
            assert self._receive(deadline - time.monotonic()), (
                f"{text!r} never came; the terminal shows:\n{self.screen}"
            )
        between = self.screen[self._seen : found]
        self._seen = found + len(text)
        return between

    def send(self, typed: str | bytes) -> None:
        """Type exactly these keys; Enter is a carriage return."""
        data = typed.encode() if isinstance(typed, str) else typed
        while data:
            data = data[os.write(self._master, data[:1024]) :]
            self._receive(0)

    def answer(self, question: str, typed: str, timeout: float = TIMEOUT_SECONDS) -> None:
        """Wait for a question, then type a line."""
        self.expect(question, timeout)
        self.send(typed + "\r")

    def finish(self, timeout: float = TIMEOUT_SECONDS) -> Outcome:
        """Read until the program ends; return its status and what went to pipes."""
        deadline = time.monotonic() + timeout
        while self._receive(deadline - time.monotonic()):
            pass
        status = self.process.wait(max(deadline - time.monotonic(), 0.1))
        for thread in self._threads:
            thread.join(timeout)
        return Outcome(status, self._collected["stdout"], self._collected["stderr"])

    def _receive(self, timeout: float) -> bool:
        """Take what the program wrote to the terminal; False when nothing came in time, or it has ended."""
        deadline = time.monotonic() + max(timeout, 0)
        while True:
            has_ended = self.process.poll() is not None
            ready, _, _ = select.select([self._master], [], [], POLL_SECONDS if timeout > 0 and not has_ended else 0)
            if ready:
                self.raw += (data := os.read(self._master, 65536))
                return bool(data)
            if has_ended or time.monotonic() >= deadline:
                return False

    def _collect(self, name: str, stream: IO[bytes]) -> None:
        with stream:
            for data in iter(lambda: stream.read(65536), b""):
                self._collected[name] += data

    def _feed(self, data: bytes) -> None:
        stream: Any = self.process.stdin
        with contextlib.suppress(BrokenPipeError), stream:
            stream.write(data)


@contextlib.contextmanager
def imgfile_session(*arguments: Argument, **options: Any) -> Iterator[Session]:  # noqa: ANN401 - Session's own options
    """Start imgfile in a `Session`."""
    with Session([*IMGFILE, *arguments], **options) as session:
        yield session
