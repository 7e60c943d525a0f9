"""What a run began at this computer is not taken for absent where its note merely cannot be read.

A folder in a note's place stands for a disk that fails: it is there, and no read of it succeeds.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import NotWritable
from imgfile.practice_state.begun_acts import BegunFile, BegunRoster
from imgfile.record_state.begun_entries import begin_entry, begun_entries
from imgfile.record_state.begun_moves import begin_move, begun_move, end_move
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.life.write import finish_entries
from imgfile.vault.trail.read import walk
from kit.vault.practice import Practice

OLD = RecordId("1" * 32)
PLACE = PatientFolder("2" * 32), RecordId("3" * 32)
ENTRY = {"act": "added", "at": "2026-11-22T12:00:00Z", "patient": "2" * 32, "record": "3" * 32, "note": "4" * 64}


def _file(station: Station) -> Path:
    note = BegunFile.of(station.pin.vault)
    note.expect(b"recovery")
    assert note.is_of(b"recovery")
    return note.path


def _roster(station: Station) -> Path:
    note = BegunRoster.of(station.pin.vault)
    note.expect(7, "5" * 64)
    assert note.seen == (7, "5" * 64)
    return note.path


def _move(station: Station) -> Path:
    begin_move(station, OLD, *PLACE)
    assert begun_move(station, OLD) == PLACE
    return station.folder / "moves" / OLD


def _entry(station: Station) -> Path:
    begun = begin_entry(station, layout.roster(1), ENTRY)
    assert list(begun_entries(station)) == [begun]
    return begun.path


KINDS: dict[str, tuple[Callable[[Station], Path], Callable[[Station], object]]] = {
    "the file of a recovery key": (_file, lambda station: BegunFile.of(station.pin.vault).is_of(b"recovery")),
    "a roster that the trail is to enter": (_roster, lambda station: BegunRoster.of(station.pin.vault).seen),
    "a move": (_move, lambda station: begun_move(station, OLD)),
    "an entry of the trail": (_entry, lambda station: list(begun_entries(station))),
}


def test_what_cannot_be_read_stops_the_run_and_stays(practice: Practice) -> None:
    """Each kind: refused with its name, and there for the next run. Once it is gone, there is nothing begun."""
    station = practice.vault.station
    for kind, (begin, read) in KINDS.items():
        path = begin(station)
        data = path.read_bytes()
        path.unlink()
        path.mkdir()
        with pytest.raises(NotWritable, match="what was begun") as refused:
            pytest.fail(f"{kind}: {read(station)}")
        assert str(path) in refused.value.message
        assert path.is_dir(), kind
        path.rmdir()
        assert not read(station), kind
        path.write_bytes(data)
        assert read(station), kind


def test_what_a_run_died_writing_is_forgotten(practice: Practice) -> None:
    """Nothing was published before it was whole; of an entry whose note never came there is nothing to enter either."""
    station = practice.vault.station
    _entry(station).write_bytes(b'{"name":')
    _move(station).write_bytes(b'{"patient":')
    _roster(station).write_bytes(b"7")
    begin_entry(station, layout.roster(9), ENTRY)
    with station.locked():
        finish_entries(practice.vault)
    assert (list(begun_entries(station)), begun_move(station, OLD)) == ([], None)
    assert BegunRoster.of(station.pin.vault).seen is None
    assert list(walk(practice.vault, practice.vault.here.station)) == []
    end_move(station, OLD)
    assert not (station.folder / "moves" / OLD).exists()
