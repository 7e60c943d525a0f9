"""Whether somebody may still do here what they were admitted to, by the practice's newest roster.

1. A command reads the roster once, as it begins. Then people are asked, for minutes or for an afternoon: in between
   their role may be taken away, this computer retired, or the policy changed by which the rules judge what they say.
2. So it is looked at again under the lock, before anything is signed or leaves. What others do among themselves, such
   as joining, stops nobody.
"""

from __future__ import annotations

from imgfile.errors import UsageError
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Roster


def expect_still_admitted(vault: Vault, *holders: str) -> None:
    """See that these holders, this computer and the policy are what they were when the command began.

    Hold the station's lock. Raises `UsageError`, `Damaged`; nothing was changed.
    """
    newest = vault.newest_by_now()
    if newest.seen == vault.roster.seen:
        return
    if _as_far_as_it_counts(vault, newest, holders) != _as_far_as_it_counts(vault, vault.roster, holders):
        raise UsageError(
            f"the practice changed who may do that, or its policy, while you were asked (roster {newest.number}).",
            "Nothing was changed, and nothing left. Run it again; what was signed:  imgfile roster show",
        )


def _as_far_as_it_counts(vault: Vault, roster: Roster, holders: tuple[str, ...]) -> tuple[object, ...]:
    listed = [roster.person(holder) for holder in holders]
    roles = [None if person is None else frozenset(person.roles) for person in listed]
    recovers = [holder == roster.recovery.holder for holder in holders]
    here = roster.station(vault.station.pin.station)
    return roles, recovers, here is not None, roster.policy_digest
