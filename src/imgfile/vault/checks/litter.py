"""What other programs leave in folders by themselves: nothing of the vault rests on it, and none of it is damage."""

from __future__ import annotations

import re
from typing import Final

_LITTER: Final = re.compile(
    r"""
    \.DS_Store | \._.* | \.AppleDouble | \.Spotlight-V100 | \.fseventsd | \.TemporaryItems | \.Trashes  # macOS
    | Thumbs\.db | ehthumbs\.db | desktop\.ini | \$RECYCLE\.BIN | System\ Volume\ Information | ~\$.*  # Windows
    | @eaDir | \#recycle | \#snapshot | \.@__thumb | @Recycle  # Synology, QNAP
    | \.nfs[0-9a-f]+ | \.smbdelete.* | lost\+found | \.Trash-[0-9]+ | \.directory | \.~lock\..*\#  # Linux
    | \.stfolder | \.stversions | \.stignore | \.syncthing\..* | .*\.sync-conflict-.*  # Syncthing
    | \.dropbox | \.dropbox\.cache | \.owncloudsync\.log | \.sync_[0-9a-f]+\.db(?:-wal|-shm)?  # sync programs
    | .*\((?:[^()]*\ )?conflicted\ copy[^()]*\).* | .*_conflict-[0-9]{8}-[0-9]{6}.*  # their copies
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_litter(name: str) -> bool:
    """Return whether a name is one that an operating system, a file server or a sync program makes unasked."""
    return _LITTER.fullmatch(name) is not None
