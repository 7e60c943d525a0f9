"""Imgfile's commands in children that die or fail on cue.

One warm process forks for each command, so that a command costs no start-up: jobs as NDJSON on stdin, answers on
stdout. A job is {argv, cwd, state, home, log, fault}; the answer is {status}, negative for a signal. One with `warm` is
run by the process itself, so that every later child has imported what it needs; one with `quick` spends no second of
scrypt on a new passphrase. None of them waits for what a share would show late, nor for the disk of the temporary
files, which only a power cut could tell apart. The child's outputs go to `out` and `err` in `home`, and each call that
it makes through the seam (`imgfile.files`) is a line in `log` *before* it is made: phase, nanoseconds, name, `change`
or `look`, path. The log survives a SIGKILL, so it tells what was hit.

    python child.py       serve jobs
    python child.py JOB   run this one job here, for strace
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from imgfile import files
from imgfile.acts.practice import identity_file
from imgfile.cli import main
from imgfile.sealing.passphrase import Passphrase
from imgfile.vault.store import patience
from kit.disk import wait_for_no_disk_of
from kit.vault.erasure import FailingSystem, stand_in

assert sys.platform != "win32"

PHASES: Final = ("before", "write", "publish", "audit", "overwrite", "note-drop", "after")
SECTOR_BYTES: Final = 512
CHANGES: Final = frozenset(
    {"write", "pwrite", "fsync", "ftruncate", "link", "unlink", "mkdir", "rename", "replace", "rmdir"}
)
"""Calls that change a file system, besides an `open` for writing."""


class Phases:
    """Which phase of filing one photo a call belongs to, known by what it touches."""

    def __init__(self, folder: Path) -> None:
        self.now = "before"
        self._vault, self._sources = f"{folder}/vault/", f"{folder}/sources/"
        self._pending = "/pending/"

    def enter(self, name: str, path: str, *, is_change: bool) -> str:
        """Take the next call; return the phase it belongs to."""
        inner = path.removeprefix(self._vault) if path.startswith(self._vault) else ""
        match self.now:
            case "before" if inner and is_change:
                self.now = "write"
            case "write" if inner.startswith("patients/") and inner.count("/") == 3 and "/.imgfile-" in inner:
                self.now = "publish"
            case "publish" if inner.startswith("audit"):
                self.now = "audit"
            case "audit" if is_change and (path.startswith(self._sources) or self._pending in path):
                self.now = "overwrite"
            case "overwrite" if inner.startswith("audit"):
                self.now = "note-drop"
        reported = self.now
        if self.now == "note-drop" and name == "unlink" and self._pending in path:
            self.now = "after"
        return reported


class Fault:
    """Logs every call through the seam, and stops one of them: the process dies there, or the call fails."""

    def __init__(self, folder: Path, log: Path, wanted: dict[str, Any]) -> None:
        self._phases = Phases(folder)
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._wanted = wanted

    def __call__(
        self, count: int, name: str, real: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a system call's result
        """Stand before one call."""
        path = _path_of(arguments, named)
        changes = is_change(name, arguments)
        phase = self._phases.enter(name, path, is_change=changes)
        called = f"{name}at" if _folder_of(named) is not None and name != "open" else name
        line = f"{phase}\t{time.monotonic_ns()}\t{called}\t{'change' if changes else 'look'}\t{path}\n"
        os.write(self._log, line.encode("utf-8", "surrogateescape"))
        if count == self._wanted.get("die"):
            self._die(name, arguments)
        if count == self._wanted.get("fail") and name != "close":  # on Linux a failing close has closed all the same
            raise OSError(self._wanted["errno"], os.strerror(self._wanted["errno"]))
        result = real(*arguments, **named)
        if name in self._wanted.get("copy_after", ()):  # what the device would hold if the power went now
            copy = f"{self._wanted['copies']}/{count:04}-{phase}-{name}.img"
            subprocess.run(["cp", "--sparse=always", self._wanted["image"], copy], check=True)
        return result

    def _die(self, name: str, arguments: tuple[Any, ...]) -> None:
        if "delay" in self._wanted:
            threading.Thread(target=_die_later, args=(self._wanted["delay"],), daemon=True).start()
            return
        if name == "write":  # half of the bytes are down
            descriptor, data = arguments
            os.write(descriptor, data[: len(data) // 2])
        if name == "pwrite":  # half of the sectors are down
            descriptor, data, offset = arguments
            os.pwrite(descriptor, data[: (offset + len(data) // 2) // SECTOR_BYTES * SECTOR_BYTES - offset], offset)
        os.kill(os.getpid(), signal.SIGKILL)


def _die_later(seconds: float) -> None:
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


def _path_of(arguments: tuple[Any, ...], named: dict[str, Any]) -> str:
    first = arguments[0] if arguments else ""
    folder = _folder_of(named)
    if folder is not None and isinstance(first, (str, Path)):
        return f"{os.readlink(f'/proc/self/fd/{folder}')}/{first}"  # noqa: PTH115 - as below
    if isinstance(first, int):
        return os.readlink(f"/proc/self/fd/{first}")  # noqa: PTH115 - what it names need not exist
    return os.path.abspath(first) if isinstance(first, (str, Path)) else ""  # noqa: PTH100 - `resolve` follows links


def _folder_of(named: dict[str, Any]) -> int | None:
    """Return the folder's descriptor from which a call finds its name, where it is given one."""
    folder: int | None = named.get("dir_fd", named.get("src_dir_fd"))
    return folder


def is_change(name: str, arguments: tuple[Any, ...]) -> bool:
    """Return whether a call can change a file system."""
    if name == "open":
        return bool(arguments[1] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return name in CHANGES


def fail_nth_open(folder: Path, number: int, code: int) -> None:
    """Let the n-th file or folder that is opened below `folder` past the seam fail: Python's own audit events tell."""
    seen = [0]
    prefix = f"{folder}/"

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in {"open", "os.scandir", "os.listdir"} or not isinstance(arguments[0], (str, bytes)):
            return
        path = os.path.abspath(os.fsdecode(arguments[0]))  # noqa: PTH100 - as above
        if not path.startswith((f"{prefix}vault", f"{prefix}state", f"{prefix}sources")):
            return
        frame = sys._getframe(1)
        if frame.f_code.co_filename in {files.__file__, __file__}:
            return
        seen[0] += 1
        if seen[0] == number:
            (folder / "opened").write_text(f"{event} {path}")
            raise OSError(code, os.strerror(code), path)

    sys.addaudithook(hook)


def perform(job: dict[str, Any]) -> int:
    """Run one job in this process."""
    folder = Path(job["cwd"])
    os.chdir(folder)
    os.environ |= {"IMGFILE_STATE": job["state"], "HOME": job["home"], "TMPDIR": job["home"]}
    wanted = job["fault"]
    if job.get("quick"):
        weak = partial(Passphrase, work_factor=1)
        setattr(identity_file, "Passphrase", weak)  # noqa: B010 - a class has its place, for mypy
    if "open" in wanted:
        fail_nth_open(folder, wanted["open"], wanted["errno"])
    elif job["log"]:
        stand_in(FailingSystem(Fault(folder, Path(job["log"]), wanted)))
    return main(job["argv"])


def _fork(job: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 99
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(f"{job['home']}/{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
        status = perform(job)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)
    raise AssertionError


def serve() -> None:
    """Answer jobs until stdin ends; the first one, and those that say so, are run here, to warm up."""
    vars(patience).update(SHOWING_SECONDS=0, CLAIMED_SECONDS=0)
    wait_for_no_disk_of(Path(os.environ.get("TMPDIR", "/tmp")))  # noqa: S108 - `tempfile` would remember it
    for number, line in enumerate(sys.stdin):
        job = json.loads(line)
        status = _warm(job) if job.get("warm") or not number else _fork(job)
        print(json.dumps({"status": status}), flush=True)  # noqa: T201 - the answer


def _warm(job: dict[str, Any]) -> int:
    kept = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    status = perform(job)
    sys.stdout.flush()
    os.dup2(kept, 1)
    return status


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit(perform(json.loads(sys.argv[1])))
    serve()
