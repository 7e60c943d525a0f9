"""What the trails state of records: additions, tombstones and ends that must be there, be they seen here or not.

1. Whoever adds to a record, or ends it, enters that in the own trail. Before a record's life is read, the trails are
   read on from where they were read last, once in a run; this station remembers what they state. Its own trail is read
   like the others: where its memory was lost, or put back to an earlier day, it finds again what it did.
2. What is stated and is not beside its record keeps that closed (`history.load`): whoever takes a note away, or puts an
   older copy of a record back, hides nothing from a computer that never saw the note.
3. A trail that is another one than was read, as after a restore, is read from its beginning.
4. A trail that does not hold is no reason to refuse a record: `verify` reports it, and nobody appends a note, so that
   nothing leaves.
"""

from __future__ import annotations

import contextlib

from imgfile.clinical.proofs import RecordId
from imgfile.errors import Damaged
from imgfile.record_state.memory import RecordMemory, remember_record
from imgfile.record_state.trails_read import remember_trails_read, trails_read
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life.closings import LIFE
from imgfile.vault.records.taken_away import remembered
from imgfile.vault.trail.read import EMPTY, is_as_read, walk_from


def known_records(vault: Vault) -> frozenset[RecordId]:
    """Return the records of which this station saw more than the manifest, or of which a trail states that."""
    read_on(vault)
    return remembered(vault)


def read_on(vault: Vault) -> None:
    """Read the trails on, once since the vault was opened, and remember what they state of records."""
    if vault.trails_read or not vault.station.folder.is_dir():
        return
    heads = {name: head for name, head in trails_read(vault.station).items() if is_as_read(vault, name, head)}
    found: dict[str, set[str]] = {}
    for station in vault.roster.station_keys:
        with contextlib.suppress(Damaged):
            for note in walk_from(vault, station, heads.get(station, EMPTY)[0] + 1):
                for entry in note.entries:
                    if entry["act"] in LIFE and layout.is_id(record := str(entry.get("record"))):
                        found.setdefault(record, set()).add(str(entry.get("note")))
                heads[station] = note.number, note.digest
    for record, digests in found.items():
        remember_record(vault.station, record, RecordMemory(stated=frozenset(digests)))
    remember_trails_read(vault.station, heads)
    vault.trails_read.update(heads)
