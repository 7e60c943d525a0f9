"""How far a station has read each other station's trail for what it states of records.

    <state>/vaults/<vault>/trails-read    one line of canonical JSON: station → the number of a note

What was read is remembered with the records (`memory`); where this file is lost, the trails are read once more.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from imgfile import canonical_json, files
from imgfile.errors import NotWritable
from imgfile.state import read_kept
from imgfile.station import Station

_MAX_BYTES: Final = 1 << 16


def trails_read(station: Station) -> dict[str, int]:
    """Return up to which note each trail was read; nothing where that cannot be known."""
    data = read_kept(_path(station), _MAX_BYTES)
    try:
        facts = canonical_json.decode(data.removesuffix(b"\n"), limit=_MAX_BYTES) if data else {}
    except ValueError:
        return {}
    return {name: number for name, number in facts.items() if type(number) is int and number > 0}


def remember_trails_read(station: Station, numbers: Mapping[str, int]) -> None:
    """Remember how far the trails were read, durably, where that is news."""
    if dict(numbers) == trails_read(station):
        return
    with contextlib.suppress(NotWritable):
        files.replace(_path(station), canonical_json.encode(dict(numbers)) + b"\n")


def _path(station: Station) -> Path:
    return station.folder / "trails-read"
