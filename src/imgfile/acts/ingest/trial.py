"""Trying whether pictures can be shown here, before they are filed and their sources go (`images.decode.trial`).

1. A picture that cannot be shown is filed all the same, and that is said: its record has every byte of it, and another
   program may show it. But while the sender can still be asked, somebody should know.
2. Where somebody attends it is tried before the first question, so that they know it before they confirm. Where nobody
   does it is tried once all is decided: what is refused, or filed already, costs nothing.
3. `Examined.needs_trial` says which pictures are tried: decoding one takes a process, and half a second for a phone's.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from imgfile.acts.ingest.candidate import Candidate, Examined, Stage
from imgfile.images.decode.trial import why_hidden


def tried(examined: Examined) -> Examined:
    """Return a photo with why its picture cannot be shown."""
    return replace(examined, hidden=why_hidden(examined.stripped.data, examined.stripped.media_type))


def tried_together(stages: Sequence[Stage]) -> list[Stage]:
    """Return a group of photos, of those that need it each with why its picture cannot be shown; in order."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(_tried, stages))


def _tried(stage: Stage) -> Stage:
    if isinstance(stage, Candidate) and stage.needs_trial:
        return replace(stage, examined=tried(stage.examined))
    return stage
