"""What the trail's entries about erasures and rosters say; whoever erases, or signs a roster, appends them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from imgfile.clinical.proofs import Erasure, RecordId
from imgfile.notes import Body
from imgfile.vault.times import format_time


def erased_entry(record: RecordId, erasure: Erasure, *, at: datetime) -> Body:
    """Return the entry that states that a record's source was erased, and the evidence."""
    return {"act": "erased", "at": format_time(at), "record": record, "evidence": erasure.evidence.name}


def disposed_of_entry(mark: str, erasure: Erasure, *, at: datetime) -> Body:
    """Return the entry that states that a photo which is filed nowhere was erased, and the evidence."""
    return {"act": "erased", "at": format_time(at), "photo": mark, "evidence": erasure.evidence.name}


def cleared_entries(records: Iterable[RecordId], erasure: Erasure, *, at: datetime) -> list[Body]:
    """Return the entries that state that an export was erased, and with it the sources of the records in it."""
    cleared: Body = {"act": "cleared", "at": format_time(at), "evidence": erasure.evidence.name}
    return [cleared, *(erased_entry(record, erasure, at=at) for record in records)]


def remains_entry(record: RecordId, *, at: datetime) -> Body:
    """Return the entry that states that the erasure of a record's source was begun and cannot be finished."""
    return {"act": "remains", "at": format_time(at), "record": record}


def roster_entry(number: int, digest: str, *, signer: str, at: datetime) -> Body:
    """Return the entry that states that a person at this station signed a roster."""
    return {"act": "roster", "at": format_time(at), "number": number, "digest": digest, "actor": signer}
