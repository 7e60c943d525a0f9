"""The address of a page in what a command says, and loading it as a browser would."""

from __future__ import annotations

import re
import urllib.request
from typing import Final

from kit.terminal.processes import Session

ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:[0-9]+/[A-Za-z0-9_-]{43}")


def address(session: Session) -> str:
    """Wait for the page's address, and return it."""
    session.expect("at:")
    while not (found := ADDRESS.search(session.screen)):
        session.expect("\n")
    return found[0]


def load(url: str) -> str:
    """Load a page as a browser would, without any proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return str(answer.read().decode())
