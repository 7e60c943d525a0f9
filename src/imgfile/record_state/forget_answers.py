"""Dropping what a station keeps of the answers to a photo whose record is gone: its line of `Station.filed_lines`.

A record's tombstone is seen wherever it is read, the lines are changed under the station's lock alone. So a record is
marked first, and its lines go at once where nobody files, else with the next act that holds the lock.

    <state>/vaults/<vault>/to-forget/<record>    empty
"""

from __future__ import annotations

import contextlib

from imgfile import files
from imgfile.errors import Busy, Damaged, NotWritable
from imgfile.station import Station

_FOLDER = "to-forget"


def forget_answers(station: Station, record: str) -> None:
    """Drop what this station keeps of a record's answers, now or with the next act that may write."""
    folder = station.folder / _FOLDER
    with contextlib.suppress(NotWritable, Damaged, Busy):
        files.make_folder(folder)
        files.replace(folder / record, b"")
        with station.locked(0):
            forget_marked(station)


def forget_marked(station: Station) -> None:
    """Drop the lines of every record that was marked. Hold the station's lock. Raises `NotWritable`, `Damaged`."""
    folder = station.folder / _FOLDER
    marked = list(folder.iterdir()) if folder.is_dir() else []
    if not marked:
        return
    records = [path.name.encode() for path in marked]
    kept = station.filed_lines()
    left = [line for line in kept if not any(record in line for record in records)]
    if len(left) != len(kept):
        station.replace_filed(left)
    for path in marked:
        with contextlib.suppress(OSError):
            files.unlink(path)
