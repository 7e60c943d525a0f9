"""A removal that is repeated: whether it was done whole, and what a run that died behind its roster left to do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from imgfile.acts.practice.administrator import finish_signed
from imgfile.acts.practice.people import plain
from imgfile.errors import UsageError
from imgfile.frozen import dataclass
from imgfile.practice_state.begun_acts import BegunFile
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import ClosedStation


@dataclass(frozen=True, slots=True)
class Gone:
    """Somebody who was removed: by which roster, and which computers were retired by then."""

    who: str
    name: str
    roster: int
    stations: Sequence[ClosedStation]
    has_new_recovery: bool
    """Whether that roster lists a new recovery key too."""


def find_gone(vault: Vault, typed: str) -> Gone | None:
    """Return whom a name, a registration, or both, means of those who were removed, the last one; None for nobody."""
    closed, wanted = vault.roster.closed, plain(typed)
    for one in reversed(closed.credentials):
        names = (one.name, one.registration, f"{one.name}, {one.registration}")
        if wanted and wanted in map(plain, names) and vault.roster.person(one.person) is None:
            stations = [each for each in closed.stations if each.roster <= one.roster]
            renewed = any(each.roster == one.roster for each in closed.recoveries)
            return Gone(one.person, one.name, one.roster, stations, renewed)
    return None


def finish_removal(
    vault: Vault, gone: Gone, retired: Collection[str], *, is_recovery_renewed: bool, at: datetime
) -> None:
    """See that a removal did all that is asked of it now, and do what a run that died left. Raises `UsageError`."""
    known = {plain(each.name) for each in gone.stations} | {each.station for each in gone.stations}
    if kept := [each for each in retired if plain(each) not in known]:
        raise UsageError(
            f"{gone.name} was removed already, by roster {gone.roster}, and {kept[0]} was not retired by then.",
            f"Retire it:  imgfile station retire {kept[0]}",
        )
    if is_recovery_renewed and not gone.has_new_recovery:
        raise UsageError(
            f"{gone.name} was removed already, by roster {gone.roster}, without a new recovery key.",
            "Make one:  imgfile keys recovery new",
        )
    finish_signed(vault, at=at)
    if gone.has_new_recovery:
        BegunFile.of(vault.id).drop()
