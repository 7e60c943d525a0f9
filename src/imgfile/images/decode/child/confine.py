"""What the process that decodes gives up before it is given a photo, so that a decoder turned by one can do little.

1. Nothing of what it needs is left to be opened: all libraries are imported between `enter` and `settle`.
2. No right comes back by any later call: hard limits, no new privileges (prctl(2)), a namespace, Landlock and a filter
   of calls.
3. What a system does not give is left out, and `imgfile check` says what holds; the limits hold everywhere but on
   Windows, where the asking process sets them (`windows_job`). macOS sets none to memory, whatever it is told.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Final

from imgfile.images.decode.child import landlock, namespace, seccomp

MAX_MEMORY_BYTES: Final = 1 << 30
MAX_SECONDS: Final = 10
_MAX_FILES: Final = 64
_LIMITS: Final = (
    ("AS", MAX_MEMORY_BYTES),
    ("CPU", MAX_SECONDS),
    ("FSIZE", 0),
    ("CORE", 0),
    ("NOFILE", _MAX_FILES),
)
"""Of addresses, seconds, a written file, a dump and open files. None of processes: a limit would count the threads of
the whole account, and decoders have some; the filter of calls knows one from the other."""
LIMITS: Final = "limits"
NETWORK: Final = "network"
CALLS: Final = "calls"
FILES: Final = "files"


def enter() -> set[str]:
    """Leave the network, before there is a second thread; return what holds from now on."""
    seccomp.load()  # while files can be opened
    return {NETWORK} if namespace.leave_network() else set()


def settle() -> set[str]:
    """Give up memory, time, files and system calls, once all is imported; return what holds from now on."""
    held = {LIMITS} if _limit() else set()
    if landlock.restrict():
        held.add(FILES)
    if seccomp.restrict():
        held |= {CALLS, FILES, NETWORK}
    return held


def _limit() -> bool:
    """Set hard limits. Return whether memory and time are among them."""
    if sys.platform == "win32":
        return False
    else:  # noqa: RET505 - so that each platform's types are looked at
        import resource  # noqa: PLC0415 - not there on Windows

        for name, limit in _LIMITS:
            kind = getattr(resource, f"RLIMIT_{name}")
            hard = resource.getrlimit(kind)[1]
            most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (most, most))
        return sys.platform == "linux"
