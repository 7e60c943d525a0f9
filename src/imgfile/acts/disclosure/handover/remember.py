"""Remembering that a photo was handed over: where it is now besides the vault, and since when.

1. It needs no identity: any computer of the practice may say it, and signs it, as it signs a note.
2. Where it is, is sealed; that it was handed over is not, so that what never was can be counted without a key.
3. A photo that was handed over is not destroyed on anybody's word the same day (R24).
"""

from __future__ import annotations

from datetime import date, datetime

from imgfile.clinical.facts import Person
from imgfile.clinical.record.additions import HandOver
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.history import History
from imgfile.vault.life.write import NewAddition, add
from imgfile.vault.records.manifest import Manifest


def remember_handed_over(  # noqa: PLR0913 - of what, where, when, on whose word, stated when
    vault: Vault, of: Manifest, where: str, on: date, by: Person | None, *, at: datetime
) -> History:
    """Add to a record where it was handed over to; return it as it then is. Hold the station's lock.

    Raises `RefusedByRule` for a record that is gone, `UsageError`, `NotWritable`, `Damaged`.
    """
    said = HandOver(where=where, on=on)
    return add(vault, life.load(vault, of), NewAddition(said=said, by=by, at=at))
