"""Moves of records that a run has begun: as what each is filed anew, durable before it is.

A run that dies between the new record and the old one's tombstone leaves one, and whoever moves the record again on
this computer goes on with the new record that is there, whatever number is typed then: there are never two.

    <state>/vaults/<vault>/moves/<old record>    the new place: patient and record
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from imgfile import canonical_json, files
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.state import read_begun
from imgfile.station import Station

_MAX_BYTES: Final = 1 << 10


def begin_move(station: Station, old: RecordId, folder: PatientFolder, new: RecordId) -> None:
    """Make it durable as what a record is filed anew. Hold the station's lock. Raises `NotWritable`."""
    path = _path(station, old)
    files.make_folder(path.parent)
    files.replace(path, canonical_json.encode({"patient": folder, "record": new}) + b"\n")


def begun_move(station: Station, old: RecordId) -> tuple[PatientFolder, RecordId] | None:
    """Return where a run began to move a record to; None where none did, or died while writing that down.

    Raises `NotWritable`.
    """
    data = read_begun(_path(station, old), _MAX_BYTES)
    try:
        facts = canonical_json.decode(data.removesuffix(b"\n"), limit=_MAX_BYTES) if data else {}
        return PatientFolder(str(facts["patient"])), RecordId(str(facts["record"]))
    except (ValueError, KeyError, TypeError):
        return None


def end_move(station: Station, old: RecordId) -> None:
    """Forget a move that is done. Hold the station's lock."""
    with contextlib.suppress(OSError):
        files.unlink(_path(station, old))


def _path(station: Station, old: RecordId) -> Path:
    return station.folder / "moves" / old
