"""How many there are, with the word for it: `1 photo`, `1,200 photos`."""

from __future__ import annotations


def counted(count: int, one: str, several: str = "") -> str:
    """Return a count with its words: those for one, or those for none or several, `one` with an s where not given."""
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"
