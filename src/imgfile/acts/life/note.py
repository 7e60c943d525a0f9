"""Adding words to a record: a clinical note, or what came of it.

1. It needs no identity: anybody at a computer of the practice may add, reception too (R26); the computer signs.
2. Who says it is stated, not proven: whose computer it is, or the name that is given.
3. The record must be there, with all that this computer saw of it; the words are read back before they count.
"""

from __future__ import annotations

from datetime import datetime

from imgfile.clinical.facts import Person
from imgfile.clinical.record.additions import Words
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life.history import History
from imgfile.vault.life.write import NewAddition, add
from imgfile.vault.records.manifest import Manifest


def add_words(vault: Vault, of: Manifest, words: Words, by: Person | None, *, at: datetime) -> History:
    """Add a note to a record; return the record with it. Raises `UsageError`, `NotWritable`, `Damaged`."""
    with vault.station.locked():
        return add(vault, life.load(vault, of), NewAddition(said=words, by=by, at=at))
