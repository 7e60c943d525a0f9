"""A process that has read imgfile's modules once, and forks for every command that a test runs.

What it forks does what `python -m imgfile` does, with the streams, terminal, environment and folder it is handed. Four
things differ: the modules are there already, which `tests/cli/test_start.py` starts real processes to look into; an
identity that is sealed costs no second of scrypt; nobody waits for what a share would show late, nor until what is
written to the disk of the temporary files would outlast a power cut (`kit.disk`).
With coverage, each child is measured, and so is the reading.

    python warm_server.py SOCKET    serve jobs that arrive at this descriptor, until it is closed

A job is one message: JSON of {argv, env, cwd}, with the descriptors for standard input, output and error, for news of
the child, and, if it has one, for its controlling terminal. The news is two numbers: its process id, and its status as
`waitpid` has it. It imports nothing of the tests, so that a child finds what a user's command would.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import io
import json
import os
import pkgutil
import posix
import runpy
import select
import signal
import socket
import struct
import sys
import termios
import time
from pathlib import Path
from typing import Any, Final, NoReturn

assert sys.platform != "win32"

JOB_LIMIT: Final = 1 << 20
"""More than the system lets a message be."""
NEWS: Final = struct.Struct("<i")
MEASURED: Final = "COVERAGE_PROCESS_CONFIG"
CHILD_OPTIONS: Final[dict[str, list[str]]] = {
    "run:source_pkgs": [],
    "run:include": ["*/imgfile/*"],
    "run:disable_warnings": ["already-imported", "no-data-collected"],
}
FIRST_FREE: Final = 3
"""The first descriptor that is no standard stream."""
DESCRIPTOR_LIMIT: Final = 4096
STREAMS: Final = (("stdin", "rb"), ("stdout", "wb"), ("stderr", "wb"))


def warm_up() -> None:
    """Read every command's modules, under coverage where that is asked for."""
    measured = _measure()
    commands = importlib.import_module("imgfile.cli.commands")
    for found in pkgutil.walk_packages(commands.__path__, f"{commands.__name__}."):
        importlib.import_module(found.name)
    importlib.import_module("imgfile.cli.app")
    importlib.import_module("imgfile.cli.ingest.run")
    if measured:
        measured.stop()
        measured.save()
        os._exit = posix._exit  # what coverage put there would save this process's lines again for every child
    _seal_lightly()
    _expect_a_local_disk()
    _wait_for_no_disk()
    gc.freeze()


def _measure() -> Any:  # noqa: ANN401 - a `Coverage`, which is imported only to measure
    if MEASURED not in os.environ:
        return None
    import coverage  # noqa: PLC0415 - as above

    return coverage.Coverage.current() or coverage.process_startup(force=True)  # it may have begun with the interpreter


def _measure_child() -> None:
    """Measure a command, and leave it to this server to list the files of which nothing ran: it takes 40 ms."""
    if MEASURED not in os.environ:
        return
    import coverage  # noqa: PLC0415 - as above

    measured = coverage.Coverage(config_file=f":data:{os.environ[MEASURED]}", auto_data=True)
    for option, value in CHILD_OPTIONS.items():
        measured.set_option(option, value)
    measured.start()


def _seal_lightly() -> None:
    identity_file = importlib.import_module("imgfile.acts.practice.identity_file")
    strong = vars(identity_file)["Passphrase"]
    vars(identity_file)["Passphrase"] = lambda text: strong(text, work_factor=1)


def _expect_a_local_disk() -> None:
    patience = importlib.import_module("imgfile.vault.store.patience")
    vars(patience).update(SHOWING_SECONDS=0.2, CLAIMED_SECONDS=1)


def _wait_for_no_disk() -> None:
    really_wait, device = os.fsync, Path(os.environ.get("TMPDIR", "/tmp")).stat().st_dev  # noqa: S108 - as `tempfile`

    def fsync(descriptor: int) -> None:
        if os.fstat(descriptor).st_dev != device:
            really_wait(descriptor)

    vars(os).update(fsync=fsync)


def serve(jobs: socket.socket) -> None:
    """Fork for each job, and report what becomes of each child, until nobody can send a job."""
    rung, ring = os.pipe()
    os.set_blocking(ring, False)
    signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([jobs.fileno(), rung], [], [])
        if rung in ready:
            os.read(rung, 4096)
            _report(running)
        if jobs.fileno() in ready:
            message, descriptors, *_ = socket.recv_fds(jobs, JOB_LIMIT, 5)
            if not message:
                return
            child = os.fork()
            if not child:
                become(json.loads(message), descriptors)
            running[child] = descriptors[3]
            os.write(descriptors[3], NEWS.pack(child))
            for descriptor in (*descriptors[:3], *descriptors[4:]):
                os.close(descriptor)


def _report(running: dict[int, int]) -> None:
    while running:
        child, status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        news = running.pop(child)
        os.write(news, NEWS.pack(status))
        os.close(news)


def become(job: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """Be the command of a job; what escapes it ends this process as it would have ended the interpreter."""
    status = 1
    try:
        _settle(job, descriptors)
        _measure_child()
        runpy.run_module("imgfile", run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - nothing may reach the loop of the server
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
    finally:
        os._exit(status)
    raise AssertionError


def _settle(job: dict[str, Any], descriptors: list[int]) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    for terminal in descriptors[4:]:
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for number in range(FIRST_FREE):
        os.dup2(descriptors[number], number)
    os.closerange(FIRST_FREE, DESCRIPTOR_LIMIT)
    os.environ.clear()
    os.environ.update(job["env"])
    time.tzset()
    os.chdir(job["cwd"])
    sys.argv = ["imgfile", *job["argv"]]
    sys.path[0] = job["cwd"]
    for number, (name, mode) in enumerate(STREAMS):
        stream = _stream(number, name, mode)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _stream(number: int, name: str, mode: str) -> io.TextIOWrapper:
    """Open a standard stream as Python does when it starts (create_stdio in its pylifecycle.c)."""
    before: io.TextIOWrapper = getattr(sys, name)
    is_direct = bool(os.environ.get("PYTHONUNBUFFERED")) and mode == "wb"
    binary: Any = open(number, mode, buffering=0 if is_direct else -1, closefd=False)  # noqa: SIM115 - stays open
    return io.TextIOWrapper(
        binary,
        before.encoding,
        before.errors,
        newline="\n",
        line_buffering=name == "stderr" or os.isatty(number),
        write_through=is_direct,
    )


if __name__ == "__main__":
    warm_up()
    serve(socket.socket(fileno=int(sys.argv[1])))
    os._exit(0)
