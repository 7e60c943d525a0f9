"""Which photos were filed and never handed over to the clinical record, known without any key.

1. That a photo was handed over stands unsealed in the note of an addition; where it is, is sealed. One whose use was
   stopped waits for nothing.
2. The records are listed once. From then on this computer remembers which of them wait, and how far each audit trail
   had come: only the records that the trails name since are looked at, so it costs what is new.
3. An entry that may mean anything else, a trail that is damaged or shorter than it was, or a memory that is older
   than `MAX_AGE_DAYS`, has the records listed again. Nothing rests on the count.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from imgfile.acts.check.trail_heads import OF_NO_RECORD, Remembered, recall, remember, trail_heads
from imgfile.acts.list import DamagedRecord, Listed, Order, in_order, list_these
from imgfile.acts.practice.administrator import expect_format_2
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import addition
from imgfile.vault.life.addition import Addition, AdditionKind, Effect
from imgfile.vault.life.history import addition_names
from imgfile.vault.records import find

MAX_KEPT: Final = 50_000
"""Of so many that wait at most the ids are remembered, 65 bytes each."""
MAX_NOTE_BYTES: Final = 8 << 20
_NAME: Final = "not_handed"
_LOOKED_AT: Final = frozenset({"filed", "matched", "added", "gone"})
"""Acts after which a record may wait, or wait no more."""

Waiting = Remembered[frozenset[str]]
"""Which records wait, as `<patient>/<record>`."""


def count_not_handed(vault: Vault, now: datetime) -> int | None:
    """Return how many photos were never handed over; None in a vault of format 1. Raises `Damaged`."""
    return None if vault.roster.is_format_1 else len(_not_handed(vault, now))


def records_not_handed(vault: Vault, now: datetime) -> list[Listed | DamagedRecord]:
    """List the photos that were never handed over, as `in_order` does.

    Raises `UsageError` in a vault of format 1, `Damaged` for a trail.
    """
    expect_format_2(vault)
    waiting = (name.partition("/") for name in sorted(_not_handed(vault, now)))
    return in_order(list_these(vault, ((PatientFolder(at), RecordId(thing)) for at, _, thing in waiting)), Order.NEWEST)


def _not_handed(vault: Vault, now: datetime) -> frozenset[str]:
    kept = recall(vault, _NAME, MAX_NOTE_BYTES, _names)
    heads = trail_heads(vault, kept.heads if kept else {})
    since = _since(vault, kept, heads) if kept is not None and kept.is_fresh(now, heads) else None
    found = since or Remembered(_all_that_wait(vault), now, heads)
    if len(found.records) <= MAX_KEPT:
        remember(vault, _NAME, sorted(found.records), found.at, heads)
    return found.records


def _names(records: Any) -> frozenset[str]:  # noqa: ANN401 - as it was decoded
    return frozenset(map(str, records))


def _all_that_wait(vault: Vault) -> frozenset[str]:
    every = (f"{folder}/{record}" for folder, record in find.everything(vault))
    return frozenset(name for name in every if _waits(vault, name))


def _waits(vault: Vault, name: str) -> bool:
    """Return whether a record is there, not gone, may be used, and nobody said that it was handed over."""
    patient, _, thing = name.partition("/")
    folder, record = PatientFolder(patient), RecordId(thing)
    if not find.is_published(vault, folder, record) or vault.store.exists(layout.tombstone(folder, record)):
        return False
    added = list(_added(vault, folder, record))
    is_handed_over = any(each.kind is AdditionKind.HAND_OVER for each in added)
    return not is_handed_over and not addition.standing(added, Effect.USE_STOPPED)


def _added(vault: Vault, folder: PatientFolder, record: RecordId) -> Iterator[Addition]:
    for thing in addition_names(vault, folder, record):
        with suppress(Damaged):  # `verify` reports it
            yield addition.load(vault, folder, record, thing)


def _since(vault: Vault, kept: Waiting, heads: dict[str, int]) -> Waiting | None:
    """Return what waits by what the trails have entered since; None where that does not tell."""
    touched: set[str] = set()
    try:
        for entry in kept.news(vault, heads):
            if entry["act"] in _LOOKED_AT and layout.is_id(str(entry.get("patient"))):
                touched.add(f"{entry['patient']}/{entry['record']}")
            elif entry["act"] not in OF_NO_RECORD:
                return None
    except Damaged:  # `verify` reports it; the records tell too
        return None
    records = (kept.records - touched) | {name for name in touched if _waits(vault, name)}
    return Remembered(records, kept.at, heads)
