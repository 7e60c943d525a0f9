"""The photos on a safeguarding hold, as the trails of all computers tell (R21).

1. A computer that puts a photo on hold enters the mark by which the same photo is known, whoever its patient is; a
   computer that files into the inbox alone has no key for such marks, and its holds count at itself alone.
2. A hold stands until a person lifts it at the computer that has it. With a computer that is closed its holds end: an
   administrator closes it, and nobody could lift them any more.
"""

from __future__ import annotations

from imgfile.vault.access import Vault
from imgfile.vault.trail.read import entries_of


def safeguarding_holds(vault: Vault) -> dict[str, str]:
    """Return the marks of the photos on hold (`same` of a manifest), each with a computer's name. Raises `Damaged`."""
    found: dict[str, str] = {}
    for station in vault.roster.stations:
        found |= {photo: station.name for photo in holds_at(vault, station.station) if photo}
    return found


def holds_at(vault: Vault, station: str) -> list[str]:
    """Return the marks of the photos that a computer has on hold; empty ones where it has no key for them.

    Raises `Damaged`.
    """
    standing: dict[object, str] = {}
    for entry in entries_of(vault, station):
        if entry["act"] == "held":
            standing[entry.get("hold")] = str(entry.get("photo", ""))
        elif entry["act"] == "lifted":
            standing.pop(entry.get("hold"), None)
    return list(standing.values())
