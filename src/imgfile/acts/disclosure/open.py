"""Opening one record to a person: what show, view and export begin with.

1. The record is found by its reference, before anybody is asked for a secret.
2. The person's identity opens the practice's; which file it opened says whose it was.
3. The facts are opened, and must belong to this very record; so must all that was added to it, and none of it may be
   away. What is opened is the record as it is now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from imgfile import sealing
from imgfile.errors import RefusedByRule
from imgfile.frozen import dataclass, field
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Use

RECOVERY: Final = "recovery"
"""What the holder of the recovery key is called: whoever it was, no roster knows."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever reads: the holder's id in the roster, and the practice's keys that theirs opened."""

    who: str
    practice: PracticeKeys = field(repr=False)


def expect_looking(vault: Vault) -> None:
    """Refuse to look at a reception computer, whoever gives an identity (R26). Raises `RefusedByRule`."""
    here = vault.roster.station(vault.station.pin.station)
    if here is not None and here.use is Use.RECEPTION:
        raise RefusedByRule(
            "R26", "this is a reception computer: it files, and never looks.", "Look at a clinician's computer."
        )


def admit(vault: Vault, identities: Sequence[sealing.Identity]) -> Reader:
    """See whose identity this is. Raises `WrongKey` when it is nobody's here, `RefusedByRule` at reception (R26)."""
    expect_looking(vault)
    practice, who = open_practice(vault, identities)
    return Reader(who, practice)


def read_facts(vault: Vault, found: Manifest, reader: Reader) -> OpenedRecord:
    """Open a record's sealed facts, with all that was added to it. Not entered in the trail: R20 is about the photo.

    Raises `RefusedByRule` for a record that is gone, `Damaged`.
    """
    return open_record(vault, found, reader.practice)


def name_of(vault: Vault, who: str) -> str:
    """Return what a holder is called: name and registration, `recovery`, or the id of somebody not listed."""
    recoveries = {vault.roster.recovery.holder, *(one.holder for one in vault.roster.closed.recoveries)}
    return RECOVERY if who in recoveries else vault.roster.title_of(who) or vault.roster.station_names.get(who, who)
