"""Work that processes can be given by name, for tests of workers."""

from __future__ import annotations

import os
import signal
import time

from imgfile.errors import UnsupportedImage

PARTS = 12


def square(part: int) -> tuple[int, int]:
    """Work, the earlier parts longer, and say who did it."""
    time.sleep(0.02 * max(PARTS - part, 0) / PARTS)
    return part * part, os.getpid()


def refuse(part: int) -> int:
    """Fail as work fails."""
    if part == 2:
        raise UnsupportedImage("is no photo.", "Send another.")
    return part


def die(part: int) -> int:
    """End as if the system had run out of memory."""
    if part % 4 == 1:
        os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[attr-defined,unused-ignore]
    return part


def pause(seconds: float) -> None:
    """Take a while."""
    time.sleep(seconds)
