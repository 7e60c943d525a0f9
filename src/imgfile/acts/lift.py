"""Lifting a safeguarding hold: a named person's act, with their own identity and a sealed reason (R21).

The entry is in the trail, durably, before the mark goes: whatever dies between leaves the photo on hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from imgfile import sealing
from imgfile.acts.life.person import admit_person
from imgfile.errors import UsageError
from imgfile.record_state.set_aside import PhotosSetAside, SetAside
from imgfile.vault.access import Vault
from imgfile.vault.keys.things import INBOX_FOLDER
from imgfile.vault.roster.model import Role
from imgfile.vault.still_admitted import expect_still_admitted
from imgfile.vault.times import format_time
from imgfile.vault.trail import chain
from imgfile.vault.trail.reasons import seal_reason

MAY_LIFT: Final = frozenset({Role.CLINICIAN, Role.PRIVACY_LEAD, Role.SENIOR_CLINICIAN})


def expect_held(vault: Vault, typed: str) -> SetAside:
    """Return the hold that was typed, or how it begins. Raises `UsageError` for none, or several; `Damaged`."""
    wanted = typed.strip().casefold()
    held = [each for each in PhotosSetAside(vault.station).all() if each.is_hold]
    found = [each for each in held if wanted and each.mark.startswith(wanted)]
    if len(found) != 1:
        what = "no hold of this computer is" if not found else f"{len(found)} holds are"
        raise UsageError(f"{what} called so.", "Those that stand:  imgfile safeguarding list")
    return found[0]


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
