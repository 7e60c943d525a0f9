"""A name as the shell at hand takes it, for commands that people are shown to type."""

from __future__ import annotations

import os
import re
import shlex
from typing import Final

_IS_WINDOWS: Final = os.name == "nt"
_PLAIN_ON_WINDOWS: Final = re.compile(r"[\w\\/:.-]+")


def quoted(name: str) -> str:
    """Quote a name where it needs that: for a POSIX shell, or for PowerShell on Windows."""
    if not _IS_WINDOWS:
        return shlex.quote(name)
    doubled = name.replace("'", "''")
    return name if _PLAIN_ON_WINDOWS.fullmatch(name) else f"'{doubled}'"
