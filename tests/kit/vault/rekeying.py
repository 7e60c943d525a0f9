"""Numbers that change: all photos of one number go to another, unattended, as the command does it."""

from __future__ import annotations

from datetime import datetime

from imgfile.acts.life import rekey as act
from imgfile.acts.life.leading import Moved
from imgfile.acts.life.person import Actor
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.vocabulary import Provenance
from imgfile.vault.access import Vault


def plan_of(vault: Vault, by: Actor, old: str, new: str, *, born: str = "") -> act.Plan:
    """Settle who it is now and judge every photo, by flags; the birth date is the one that the photos have, or this."""
    found = act.find_old(vault, old)
    (dob,) = {each.isoformat() for each in act.birth_dates(vault, found, by)} if not born else (born,)
    given = {"patient": Given(new, Provenance.FLAG), "dob": Given(dob, Provenance.FLAG)}
    to = act.identify(vault, found, given, allow_test=True, ask=None)
    return act.Plan(found, to, tuple(act.judge(vault, found, to, by, ask=None)))


def rekey(vault: Vault, by: Actor, old: str, new: str, *, at: datetime) -> list[Moved]:
    """Change the number, or go on where a run died."""
    found = act.find_old(vault, old)
    if not found.here:
        return act.finish(vault, found)
    plan = plan_of(vault, by, old, new)
    return [done for _, done in act.rekey(vault, plan, "traced", by, at=at)]
