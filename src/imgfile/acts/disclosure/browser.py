"""Showing a page once in this computer's own browser, or by its address."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Final

_DESKTOPS: Final = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")


def has_desktop() -> bool:
    """Return whether a browser can show itself; without a desktop one would take over the terminal."""
    return sys.platform in {"win32", "darwin"} or any(os.environ.get(name) for name in _DESKTOPS)


def open_browser(address: str, failed: Callable[[], None] = lambda: None) -> None:
    """Have an address opened while we go on: a browser may take its time, or run in front of us.

    `failed` is called, from another thread, where there is no browser that could be started.
    """
    import webbrowser  # noqa: PLC0415 - only here

    def start() -> None:
        if not webbrowser.open(address):
            failed()

    threading.Thread(target=start, daemon=True).start()
