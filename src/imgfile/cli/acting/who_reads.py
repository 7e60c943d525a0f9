"""What is said of where something can be read: at a reception computer a clinician reads it, at theirs (R26)."""

from __future__ import annotations

from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Use


def read_by(vault: Vault, words: str, command: str) -> str:
    """Return how something is read, by a command: where nobody looks, that it takes a clinician's computer.

    `words` say what is read, without an end.
    """
    here = vault.roster.station(vault.station.pin.station)
    if here is not None and here.use is Use.RECEPTION:
        return f"{words}, at a clinician's computer:  {command}"
    return f"{words}:  {command}"
