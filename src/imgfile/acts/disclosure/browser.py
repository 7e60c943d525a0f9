"""Showing a page once in this computer's own browser, or by its address."""

from __future__ import annotations

import os
import sys
import threading
from typing import Final

_DESKTOPS: Final = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")


def has_desktop() -> bool:
    """Return whether a browser can show itself; without a desktop one would take over the terminal."""
    return sys.platform in {"win32", "darwin"} or any(os.environ.get(name) for name in _DESKTOPS)


def open_browser(address: str) -> None:
    """Have an address opened while we go on: a browser may take its time, or run in front of us."""
    import webbrowser  # noqa: PLC0415 - only here

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
