"""Looking again where a share shows late what another computer wrote.

Network file systems remember for a while that a name was not there: five to ten seconds on Windows, up to a minute on
NFS. Whoever concludes something from a name that is missing, which cannot be taken back or frightens people, looks
again first. It is imported where something is missing, and no sooner: what is there costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

SHOWING_SECONDS: Final = 10
"""How long what a note names, or ought to be there, is looked for again."""
CLAIMED_SECONDS: Final = 60
"""How long a name is looked for that is certainly there: making it was refused."""
PAUSE_SECONDS: Final = 0.25
HINT: Final = "A share can take a minute to show what another computer wrote: then run the same command again."


def until(holds: Callable[[], bool], seconds: float) -> bool:
    """Return whether something holds, having looked again for some seconds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() >= end:
            return False
        time.sleep(PAUSE_SECONDS)
    return True
