"""Commands as processes of their own that cost no start-up: children of one warm process; see `warm_server`.

`IMGFILE_TEST_COLD=1` in the environment of the tests starts a Python for each command instead, as users do; so does
whatever a test changes that a Python reads when it starts.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Final

from kit.terminal.started import Argument, Streams

assert sys.platform != "win32"

NEWS: Final = struct.Struct("<i")
COLD: Final = "IMGFILE_TEST_COLD"
SERVER: Final = Path(__file__).with_name("warm_server.py")
READ_AT_START: Final = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "COVERAGE_")
"""How variables begin that count when a Python starts, or that the server has settled for all its children."""


SETTLED: Final = dict(os.environ)
"""As it was before any test changed it."""


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_START)}


def serves(environment: Mapping[str, str]) -> bool:
    """Return whether a warm command is what a Python of its own would be, in this environment."""
    return COLD not in SETTLED and _read_at_start(environment) == _read_at_start(SETTLED)


class Server:
    """The warm process of this one."""

    def __init__(self) -> None:
        self._jobs, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, SERVER, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                env=SETTLED,
                cwd="/",
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def start(self, job: Mapping[str, object], descriptors: Sequence[int]) -> tuple[int, int]:
        """Start a job; return its process id, and the descriptor from which its status will come."""
        news, theirs = os.pipe()
        try:
            socket.send_fds(self._jobs, [json.dumps(job).encode()], [*descriptors[:3], theirs, *descriptors[3:]])
        finally:
            os.close(theirs)
        began = os.read(news, NEWS.size)
        assert began, "the server of warm commands died"
        return NEWS.unpack(began)[0], news


@cache
def _server_of(_owner: int) -> Server:
    return Server()


_ONE_AT_A_TIME: Final = threading.Lock()


def _server() -> Server:
    """Return this process's server, one for all its threads: another one would end with the first that lets it go."""
    with _ONE_AT_A_TIME:
        return _server_of(os.getpid())


class Command:
    """A warm command, with as much of `subprocess.Popen` as tests use."""

    def __init__(self, words: Sequence[Argument], streams: Streams, env: Mapping[str, str], cwd: Path | None) -> None:
        stdin, stdout, stderr, terminal = streams
        self.returncode: int | None = None
        self.stdin, ours = _pipe(stdin, is_input=True)
        self.stdout, out = _pipe(stdout)
        self.stderr, err = _pipe(stderr)
        job = {"argv": [os.fsdecode(word) for word in words], "env": env, "cwd": str(cwd or Path.cwd())}
        controlling = [] if terminal is None else [terminal]
        self.pid, self._news = _server().start(job, [ours, out, err, *controlling])
        for given, handed in ((stdin, ours), (stdout, out), (stderr, err)):
            if given == subprocess.PIPE:
                os.close(handed)

    def poll(self) -> int | None:
        """Return the status if the command has ended, negative for a signal."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end. Raises `subprocess.TimeoutExpired`."""
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("imgfile", timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it ended just now, and its server has its status
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, data: bytes, timeout: float) -> tuple[bytes, bytes]:
        """Write all input and read all output. Raises `subprocess.TimeoutExpired`, having killed the command."""
        said: dict[str, bytes] = {}
        work = [
            threading.Thread(target=_feed, args=(self.stdin, data), daemon=True),
            *(
                threading.Thread(target=_collect, args=(stream, name, said), daemon=True)
                for name, stream in (("out", self.stdout), ("err", self.stderr))
            ),
        ]
        for thread in work:
            thread.start()
        deadline = time.monotonic() + timeout
        for thread in work:
            thread.join(max(deadline - time.monotonic(), 0))
        if any(thread.is_alive() for thread in work) or self._look(max(deadline - time.monotonic(), 0)) is None:
            self.kill()
            raise subprocess.TimeoutExpired("imgfile", timeout)
        return said["out"], said["err"]

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._news], [], [], timeout)[0]:
            ended = os.read(self._news, NEWS.size)
            assert ended, "the server of warm commands died"
            os.close(self._news)
            self.returncode = os.waitstatus_to_exitcode(NEWS.unpack(ended)[0])
        return self.returncode


def _pipe(wanted: int, *, is_input: bool = False) -> tuple[IO[bytes] | None, int]:
    """Return our end of a pipe, if one is wanted, and what the command is handed."""
    if wanted != subprocess.PIPE:
        return None, wanted
    read, write = os.pipe()
    return (os.fdopen(write, "wb"), read) if is_input else (os.fdopen(read, "rb"), write)


def _feed(stream: IO[bytes] | None, data: bytes) -> None:
    assert stream is not None
    with contextlib.suppress(BrokenPipeError), stream:
        stream.write(data)


def _collect(stream: IO[bytes] | None, name: str, said: dict[str, bytes]) -> None:
    assert stream is not None
    with stream:
        said[name] = stream.read()
