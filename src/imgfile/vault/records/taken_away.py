"""Records that were taken away whole: whoever lists records without them would say that there are none.

This station remembers a record to which something was added, or of which a trail states that (`record_state.memory`).
One that has no manifest any more was taken away, unless its loss in a restore was accepted by name.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Final

from imgfile.clinical.proofs import RecordId
from imgfile.record_state.memory import recall_record, remembered_records
from imgfile.vault import layout
from imgfile.vault.access import Vault

TAKEN_AWAY: Final = "something was added to it, and the record is not there any more."


def remembered(vault: Vault) -> frozenset[RecordId]:
    """Return the records of which this station remembers more than the manifest."""
    return frozenset(RecordId(each) for each in remembered_records(vault.station) if layout.is_id(each))


def taken_away(vault: Vault, known: Iterable[RecordId], there: Container[str]) -> Iterator[RecordId]:
    """Yield the known records that are not there, but for those whose loss in a restore was accepted by name."""
    accepted = {*vault.roster.accepted}
    for record in sorted(known):
        if record not in there and not recall_record(vault.station, record).digests <= accepted:
            yield record
