"""The disk that tests keep their folders on, for which nobody waits: only a power cut would tell, and none comes.

`fsync` takes milliseconds on a real disk, and the tests ask for it a hundred thousand times. Which calls are made, in
which order, and what follows when one fails is seen without waiting (`kit.vault.erasure.FailingSystem`); what a power
cut leaves is seen on volumes of their own (`kit.volumes`), and these are waited for, as is what a Python that a test
starts by itself writes.
"""

from __future__ import annotations

import os
from pathlib import Path


def wait_for_no_disk_of(folder: Path) -> None:
    """Let `os.fsync` in this process, and in what it forks, wait for every device but the one a folder lies on."""
    really_wait, device = os.fsync, folder.stat().st_dev

    def fsync(descriptor: int) -> None:
        if os.fstat(descriptor).st_dev != device:
            really_wait(descriptor)

    vars(os).update(fsync=fsync)
