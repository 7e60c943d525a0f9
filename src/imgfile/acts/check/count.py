"""How many records a vault holds, without looking at each of them every time.

1. A vault of fewer than `LISTED_RECORDS` is listed: that is exact, and takes a moment. One that is gone counts no more.
2. Of a larger one this computer remembers the count, and how far each audit trail had come. What the trails have
   entered since is added: so it costs what is new, whatever the vault's size.
3. An entry that may mean anything but one record more, a trail that is shorter than it was, or a count that is older
   than `MAX_AGE_DAYS`, has the records listed again. Nothing rests on the count.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from imgfile.acts.check.trail_heads import OF_NO_RECORD, Remembered, recall, remember, trail_heads
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records import find

LISTED_RECORDS: Final = 1_000
MAX_NOTE_BYTES: Final = 1 << 20
_NAME: Final = "counted"
_ONE_MORE: Final = "filed"
_NONE_MORE: Final = OF_NO_RECORD | {"added"}
"""Acts that neither make a record nor end one; `matched` may be of one whose own entry never came."""


def count_records(vault: Vault, now: datetime) -> int:
    """Return how many records a vault holds. Raises `Damaged`."""
    kept = recall(vault, _NAME, MAX_NOTE_BYTES, int)
    known = kept.heads if kept else {}
    heads = trail_heads(vault, known)
    if kept is not None and kept.records >= LISTED_RECORDS and kept.is_fresh(now, heads):
        added = _added(vault, kept, heads)
        if added is not None:
            remember(vault, _NAME, kept.records + added, kept.at, heads)
            return kept.records + added
    records = sum(_is_here(vault, *place) for place in find.everything(vault))
    if records >= LISTED_RECORDS and trail_heads(vault, known) == heads:  # else somebody files at this moment
        remember(vault, _NAME, records, now, heads)
    return records


def _is_here(vault: Vault, folder: PatientFolder, record: RecordId) -> bool:
    """Return whether there is a record, and no tombstone in its place."""
    return find.is_published(vault, folder, record) and not vault.store.exists(layout.tombstone(folder, record))


def _added(vault: Vault, kept: Remembered[int], heads: dict[str, int]) -> int | None:
    """Count the records that the trails have entered since; None where that does not tell."""
    added = 0
    for entry in kept.news(vault, heads):
        if entry["act"] == _ONE_MORE:
            added += 1
        elif entry["act"] not in _NONE_MORE:
            return None
    return added
