"""A safeguarding concern about a photo that is filed already: a legal hold keeps the record until a person lifts it.

A photo that is to be filed is put on a safeguarding hold, where it lies (`acts.ingest.set_aside`). Of one that is
filed, the record must not go: nobody destroys it alone because consent is withdrawn (R24), nor do two (R18). Whoever
says that there is a concern, or leaves that open where R9 asks, is heeded at every act on a record's life, and after.
"""

from __future__ import annotations

from datetime import datetime

from imgfile.acts.life.hold import hold
from imgfile.clinical.facts import Person
from imgfile.clinical.rules import CONCERN_LEFT_OPEN, hold_by_hand
from imgfile.errors import RefusedByRule
from imgfile.vault.access import Vault
from imgfile.vault.records.manifest import Manifest

SAID = "safeguarding concern"


def keep_for_concern(vault: Vault, of: Manifest, by: Person | None, *, at: datetime) -> str:
    """Put a record under a hold because of a concern; return what is so now. Raises `NotWritable`, `Damaged`."""
    hold(vault, of, SAID, by, at=at)
    return (
        f"{of.reference} is under a hold: nobody destroys it until a person lifts that "
        f"(imgfile legal-hold lift {of.reference})."
    )


def heeded(vault: Vault, of: Manifest, refusal: RefusedByRule, by: Person, *, at: datetime) -> RefusedByRule:
    """Return why an act on a record is refused; where a concern was left open (R9), the record is kept first."""
    if refusal.message != CONCERN_LEFT_OPEN:
        return refusal
    kept = keep_for_concern(vault, of, by, at=at)
    return RefusedByRule(
        refusal.rule, f"nobody said that there is no safeguarding concern. {kept}", hold_by_hand(vault.policy)
    )
