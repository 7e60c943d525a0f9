"""What a station remembers of a record: the additions and the tombstone that it saw, and what other trails state of it.

So nothing that it saw can be taken away again unseen, and a note is verified once here, however often it is read.

    <state>/vaults/<vault>/records/<record>    one line of canonical JSON

Only records with an addition or a tombstone have such a file, be it by another station's trail alone. Where it cannot
be written, as for whoever only looks, nothing is lost but the memory.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from imgfile import canonical_json, files
from imgfile.canonical_json import Json
from imgfile.errors import NotWritable
from imgfile.frozen import dataclass, field
from imgfile.record_state.forget_answers import forget_answers
from imgfile.state import read_kept
from imgfile.station import Station

MAX_BYTES: Final = 1 << 18
"""A thousand additions of 100 bytes each, and more than twice that."""


@dataclass(frozen=True, slots=True)
class RecordMemory:
    """What was seen of one record."""

    notes: Mapping[str, str] = field(default_factory=dict)
    """Id of an addition → digest of its note."""
    gone: str = ""
    """Digest of the tombstone; empty for none."""
    stated: frozenset[str] = frozenset()
    """Digests of notes that other stations' trails state, be they seen here or not."""

    @property
    def digests(self) -> frozenset[str]:
        """Of every note that was seen, or that a trail was seen to state."""
        return frozenset(self.notes.values()) | self.stated | ({self.gone} if self.gone else set())


def recall_record(station: Station, record: str) -> RecordMemory:
    """Return what this station saw of a record; nothing where it saw nothing, or its file cannot be read."""
    data = read_kept(_path(station, record), MAX_BYTES)
    try:
        facts = canonical_json.decode(data.removesuffix(b"\n"), limit=MAX_BYTES) if data else {}
        notes, gone, stated = facts.get("notes", {}), facts.get("gone", ""), facts.get("stated", [])
    except ValueError:
        return RecordMemory()
    if not isinstance(notes, dict) or not isinstance(gone, str) or not isinstance(stated, list):
        return RecordMemory()
    return RecordMemory({str(thing): str(digest) for thing, digest in notes.items()}, gone, frozenset(map(str, stated)))


def remember_record(station: Station, record: str, seen: RecordMemory) -> None:
    """Remember what stands beside a record now, durably, where that is news; what was seen before stays seen."""
    before = recall_record(station, record)
    seen = RecordMemory({**before.notes, **seen.notes}, seen.gone or before.gone, before.stated | seen.stated)
    if seen == before:
        return
    path = _path(station, record)
    with contextlib.suppress(NotWritable):
        files.make_folder(path.parent)
        files.replace(path, canonical_json.encode(_facts(seen)) + b"\n")
    if seen.gone:
        forget_answers(station, record)


def _facts(seen: RecordMemory) -> Json:
    stated = {"stated": sorted(seen.stated)} if seen.stated else {}
    return {"notes": dict(seen.notes), "gone": seen.gone, **stated}


def remembered_records(station: Station) -> list[str]:
    """Return the ids of the records of which this station remembers something."""
    folder = station.folder / "records"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def _path(station: Station, record: str) -> Path:
    return station.folder / "records" / record
