"""Lifting a safeguarding hold: a named person's act, with their own identity and a sealed reason (R21).

1. The entry is in the trail, durably, before the mark goes: whatever dies between leaves the photo on hold.
2. A hold that this computer's trail states and its memory lost, as after a restore, stands still, and is lifted like
   the others; where the photo lay nobody knows any more.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

from imgfile import sealing
from imgfile.acts.life.person import admit_person
from imgfile.errors import Damaged, UsageError
from imgfile.record_state.set_aside import PhotosSetAside, SetAside, Why
from imgfile.vault.access import Vault
from imgfile.vault.keys.things import INBOX_FOLDER
from imgfile.vault.roster.model import Role
from imgfile.vault.still_admitted import expect_still_admitted
from imgfile.vault.times import format_time, parse_time
from imgfile.vault.trail import chain
from imgfile.vault.trail.holds import marks_held_at
from imgfile.vault.trail.read import entries_of
from imgfile.vault.trail.reasons import seal_reason

MAY_LIFT: Final = frozenset({Role.CLINICIAN, Role.PRIVACY_LEAD, Role.SENIOR_CLINICIAN})

LOST: Final = "(this computer's memory of it was lost)"
"""Where a photo lies of whose hold the trail alone tells."""


def expect_held(vault: Vault, typed: str) -> SetAside:
    """Return the hold that was typed, or how it begins. Raises `UsageError` for none, or several; `Damaged`."""
    wanted = typed.strip().casefold()
    found = [each for each in holds_here(vault) if wanted and each.mark.startswith(wanted)]
    if len(found) != 1:
        what = "no hold of this computer is" if not found else f"{len(found)} holds are"
        raise UsageError(f"{what} called so.", "Those that stand:  imgfile safeguarding list")
    return found[0]


def holds_here(vault: Vault) -> list[SetAside]:
    """Return the holds of this computer, the oldest first, those included that only its trail tells of.

    Raises `Damaged` for its memory; of a trail that does not hold, what comes before the flaw counts.
    """
    held = [each for each in PhotosSetAside(vault.station).all() if each.is_hold]
    lost = marks_held_at(vault, vault.station.pin.station) - {each.mark for each in held}
    return sorted([*held, *_only_stated(vault, lost)], key=lambda each: each.at) if lost else held


def _only_stated(vault: Vault, marks: Collection[str]) -> Iterator[SetAside]:
    with contextlib.suppress(Damaged):
        since = {
            str(entry.get("hold")): parse_time(entry["at"])
            for entry in entries_of(vault, vault.station.pin.station)
            if entry["act"] == "held"
        }
        for mark in marks:
            yield SetAside(mark=mark, why=Why.HOLD, at=since[mark], until=None, source=LOST)


def lift(vault: Vault, held: SetAside, identities: Sequence[sealing.Identity], reason: str, *, at: datetime) -> str:
    """Lift a hold; return who did. Raises `WrongKey`, `RefusedByRule` (R26), `NotWritable`, `Damaged`."""
    actor = admit_person(vault, identities, MAY_LIFT, "lift a safeguarding hold")
    with vault.station.locked():
        expect_still_admitted(vault, actor.holder)
        stated = seal_reason(vault, INBOX_FOLDER, reason)
        entry = {"act": "lifted", "at": format_time(at), "hold": held.mark, "actor": actor.holder, "reason": stated}
        chain.append(vault, [entry])
        PhotosSetAside(vault.station).end(held.mark)
    return str(actor.person)
