"""How far a station has read each trail, its own among them, for what it states of records.

    <state>/vaults/<vault>/trails-read    one line of canonical JSON: station → the number of a note, and its digest

What was read is remembered with the records (`memory`); where this file is lost, or says no digest, as that of an older
imgfile, the trails are read once more.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from imgfile import canonical_json, files
from imgfile.canonical_json import Json
from imgfile.errors import NotWritable
from imgfile.state import read_kept
from imgfile.station import Station

_MAX_BYTES: Final = 1 << 16


def trails_read(station: Station) -> dict[str, tuple[int, str]]:
    """Return up to which note each trail was read, its number and digest; nothing where that cannot be known."""
    data = read_kept(_path(station), _MAX_BYTES)
    try:
        facts = canonical_json.decode(data.removesuffix(b"\n"), limit=_MAX_BYTES) if data else {}
    except ValueError:
        return {}
    return {name: head for name, stated in facts.items() if (head := _head(stated))}


def _head(stated: object) -> tuple[int, str] | None:
    match stated:
        case [int(number), str(digest)] if type(number) is int and number > 0:
            return number, digest
    return None


def remember_trails_read(station: Station, heads: Mapping[str, tuple[int, str]]) -> None:
    """Remember how far the trails were read, durably, where that is news."""
    if dict(heads) == trails_read(station):
        return
    facts: Json = {name: list(head) for name, head in heads.items()}
    with contextlib.suppress(NotWritable):
        files.replace(_path(station), canonical_json.encode(facts) + b"\n")


def _path(station: Station) -> Path:
    return station.folder / "trails-read"
