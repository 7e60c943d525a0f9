"""A page longer than the screen, a screenful at a time, in the pager that this account is used to.

1. `PAGER` names it, run without a shell; else it is `less`, where that is installed. `PAGER=cat`, or an empty one,
   means none. Windows has none unless PAGER names one.
2. `less` is told to leave a page that fits, to show colours, and to keep its hands off: what it shows may be facts of
   patients, so no history, no shell, no saving to a file (LESSSECURE). Whoever sets LESS has it as they set it.
3. Leaving it early is no error, and Ctrl-C is its own.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
from typing import Final

_OPTIONS: Final = {"LESS": "FRXPsSpace for more, q to leave", "LESSCHARSET": "utf-8"}
"""What is set unless somebody did."""
_GUARDS: Final = {"LESSSECURE": "1", "LESSHISTFILE": "-"}


def command() -> list[str]:
    """Return the pager's command; nothing where there is none."""
    named = os.environ.get("PAGER")
    if named is None:
        return ["less"] if os.name != "nt" and shutil.which("less") else []
    try:
        words = shlex.split(named, posix=os.name != "nt")
    except ValueError:  # quotes that do not close
        return []
    return [] if words in ([], ["cat"]) else words


def fits(text: str, *, columns: int, lines: int) -> bool:
    """Return whether a page leaves a line of the screen to the prompt."""
    return sum(max(1, -(-len(line) // columns)) for line in text.splitlines()) < lines


def show(text: str, pager: list[str]) -> bool:
    """Show a page in the pager until that is left; False where it cannot be started, and nothing was shown."""
    environment = {**_OPTIONS, **os.environ, **_GUARDS}
    try:
        process = subprocess.Popen(pager, stdin=subprocess.PIPE, env=environment)  # noqa: S603 - this account's own
    except (OSError, ValueError):
        return False
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    with contextlib.suppress(OSError, KeyboardInterrupt), process.stdin:  # it was left early
        process.stdin.write(text.encode("utf-8", "backslashreplace"))
    while True:
        try:
            process.wait()
        except KeyboardInterrupt:  # it is the pager's, which goes on
            continue
        return True
