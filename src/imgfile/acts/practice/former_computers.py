"""What was done of a computer before: a command that is repeated says so, and does what a run that died left of it."""

from __future__ import annotations

from imgfile.acts.practice.people import LEAST_ID_CHARACTERS, plain
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import ClosedStation, StationEntry


def find_retired(vault: Vault, typed: str) -> ClosedStation | None:
    """Return the computer that a name, or the beginning of an id, means of those that were retired, the last one.

    None where one is listed that is called so, or none ever was.
    """
    wanted = plain(typed)
    if any(_is_meant(wanted, one.name, one.station) for one in vault.roster.stations):
        return None
    closed = reversed(vault.roster.closed.stations)
    return next((one for one in closed if _is_meant(wanted, one.name, one.station)), None)


def find_renamed(vault: Vault, typed: str, name: str) -> StationEntry | None:
    """Return the computer that was called so once, and is called by that new name now; None where there is none."""
    wanted = plain(typed)
    if any(_is_meant(wanted, one.name, one.station) for one in vault.roster.stations):
        return None
    entry = next((one for one in vault.roster.stations if one.name == name), None)
    if entry is None:
        return None
    before = (one for roster in vault.rosters() for one in roster.stations if one.station == entry.station)
    return entry if any(plain(one.name) == wanted for one in before) else None


def _is_meant(wanted: str, name: str, station: str) -> bool:
    is_id = len(wanted) >= LEAST_ID_CHARACTERS and station.startswith(wanted)
    return is_id or (bool(wanted) and wanted == plain(name))
