"""Asking the process in which photos are decoded: one photo in by a pipe, one answer out by a pipe, then it is gone.

1. Nothing touches a disk, and nothing of the photo stands in an argument or the environment.
2. It has `SECONDS`; then it is killed. So it is when whoever asked is interrupted.
3. No more is read of its answer than was agreed.
4. What it writes to its standard error is read by nobody: it may quote a stranger's bytes.
5. It starts without `site` and its environment, and imports only what this photo needs.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Final

from imgfile.images.decode import windows_job

SECONDS: Final = 10.0
"""A photo of 12 million pixels takes half a second, one of 60 million three."""
MAX_HEAD_BYTES: Final = 4096
"""The first line of an answer."""
_PIECE_BYTES: Final = 1 << 20
_LAST_SECONDS: Final = 1.0
"""What a thread takes at most that has nobody left to write to."""
_LIBRARIES: Final = ("imgfile", "PIL", "pillow_heif", "imagecodecs", "numpy")
_START: Final = "import sys; sys.path += {folders!r}; from imgfile.images.decode.child.main import main; main()"
_PASSED_ON: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "SYSTEMROOT", "PYTHONHOME")
"""What of the environment a library may need to be found; the rest, with what is secret in it, stays here."""
_ENVIRONMENT: Final = {"MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "2"}
"""Each thread would set memory aside that it never uses, and that counts against its limit."""


class Refused(Exception):
    """No picture came of it: `why` is one word of a closed list, or what the process said instead."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def ask(
    request: dict[str, object], photo: bytes, *, max_bytes: int, seconds: float = SECONDS
) -> tuple[dict[str, object], bytes]:
    """Have a photo decoded; return what the process says of it, and its bytes. Raises `Refused`."""
    end = time.monotonic() + seconds
    with _started() as process:
        assert process.stdin is not None  # noqa: S101 - both are pipes, which the types cannot say
        assert process.stdout is not None  # noqa: S101 - as above
        alarm = threading.Timer(seconds, process.kill)
        alarm.daemon = True
        giver = threading.Thread(target=_give, args=(process.stdin, request, photo), daemon=True)
        try:
            job = windows_job.confine(process)
            alarm.start()
            giver.start()
            answer = _read(process.stdout, MAX_HEAD_BYTES + max_bytes)
        finally:
            process.kill()  # its answer is whole, or is not wanted
            alarm.cancel()
            process.wait()
            for thread in (alarm, giver):
                if thread.ident is not None:  # it was started
                    thread.join(_LAST_SECONDS)
    if answer is None:
        raise Refused("answer")
    if time.monotonic() >= end:
        raise Refused("time")
    said, data = _parsed(answer, max_bytes)
    if job is not None and isinstance(held := said.get("held"), list):
        held.append("limits")  # it does not know of them
    return said, data


def _started() -> subprocess.Popen[bytes]:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        return subprocess.Popen(  # noqa: S603 - this very Python, with words of ours
            [_python(), "-I", "-S", "-c", _START.format(folders=_folders())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**_ENVIRONMENT, **kept},
        )
    except OSError:  # no such program, no memory, no more processes
        raise Refused("start") from None


def _python() -> str:
    """Return this Python: on Windows the one behind an environment's, which only starts that."""
    return str(getattr(sys, "_base_executable", sys.executable)) if sys.platform == "win32" else sys.executable


def _folders() -> list[str]:
    """Return where the libraries lie that may be needed, in this process's order: no folder that one stands in."""
    found = [spec.origin for name in _LIBRARIES if (spec := find_spec(name)) and spec.origin]
    folders = dict.fromkeys(str(_above(Path(origin).absolute())) for origin in found)
    return sorted(folders, key=lambda folder: sys.path.index(folder) if folder in sys.path else len(sys.path))


def _above(origin: Path) -> Path:
    """Return the folder from which a module is imported, or a package."""
    return origin.parents[1] if origin.stem == "__init__" else origin.parent


def _give(pipe: IO[bytes], request: dict[str, object], photo: bytes) -> None:
    """Write the request and the photo; whoever reads them may be gone."""
    with contextlib.suppress(OSError, ValueError), pipe:
        pipe.write(json.dumps(request).encode() + b"\n")
        rest = memoryview(photo)
        while rest:
            rest = rest[pipe.write(rest) :]


def _read(pipe: IO[bytes], limit: int) -> bytearray | None:
    """Read to the end; None past the limit."""
    answer = bytearray()
    while len(answer) <= limit:
        piece = pipe.read(_PIECE_BYTES)
        if not piece:
            return answer
        answer += piece
    return None


def _parsed(answer: bytearray, max_bytes: int) -> tuple[dict[str, object], bytes]:
    end = answer.find(b"\n", 0, MAX_HEAD_BYTES)
    if end < 0:
        raise Refused("died")
    try:
        said = json.loads(answer[:end])
    except (ValueError, RecursionError):
        raise Refused("answer") from None
    if not isinstance(said, dict):
        raise Refused("answer")
    if "refused" in said:
        raise Refused(str(said["refused"]))
    data = bytes(memoryview(answer)[end + 1 :])
    if len(data) > max_bytes or len(data) != said.get("length"):
        raise Refused("answer")
    return said, data
