"""What the process in which photos are decoded has given up on this computer, as it says itself."""

from __future__ import annotations

import sys
from typing import Final

from imgfile.acts.check.points import Level, Point
from imgfile.images.decode.decode import confinement

_WORDS: Final = {
    "limits": "limits of memory and time",
    "calls": "few system calls",
    "files": "no files",
    "network": "no network",
}
"""Each bound that may hold, in words."""
_EXPECTED: Final = {"linux": frozenset(_WORDS), "win32": frozenset({"limits"})}
"""What a system can give; elsewhere the deadline alone is promised."""
_HOW_TO: Final = "docs: check-your-set-up"


def check_decoding() -> Point:
    """Report which bounds hold while a photo is decoded that no browser shows itself."""
    held = confinement()
    if held is None:
        message = "photos cannot be decoded: the process for it does not start"
        return Point("decoding", Level.WARN, message, _HOW_TO)
    known = [words for name, words in _WORDS.items() if name in held]
    missing = [words for name, words in _WORDS.items() if name in _EXPECTED.get(sys.platform, frozenset()) - held]
    message = f"photos are decoded in a process apart, with {_listed(known) if known else 'a deadline alone'}"
    if not missing:
        return Point("decoding", Level.OK, message)
    return Point("decoding", Level.LOOK, f"{message}; not with {_listed(missing)}", _HOW_TO)


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
