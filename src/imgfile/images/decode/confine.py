"""What the process that decodes gives up before it looks at a photo."""

from __future__ import annotations

import sys
from typing import Final

MAX_MEMORY_BYTES: Final = 1 << 30
MAX_SECONDS: Final = 10


def confine() -> list[str]:
    """Give up what decoding needs not; return which bounds hold."""
    held: list[str] = []
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not there on Windows

        for name, limit in (
            ("AS", MAX_MEMORY_BYTES),
            ("CPU", MAX_SECONDS),
            ("FSIZE", 0),
            ("CORE", 0),
            ("NOFILE", 16),
        ):
            kind = getattr(resource, f"RLIMIT_{name}")
            resource.setrlimit(kind, (limit, limit))
            held.append(name)
    return held
