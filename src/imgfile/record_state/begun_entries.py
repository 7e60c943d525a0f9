"""Entries of the trail that a run is about to make: durable before the note that they state is published.

A run that dies between a note and its entry leaves one, and this station's next act enters it. Published twice, an
entry says the same twice, and nothing rests on how often.

    <state>/vaults/<vault>/entries/<32 hex>    the note's name in the vault, and the entry
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from imgfile import canonical_json, files
from imgfile.canonical_json import Json
from imgfile.frozen import dataclass, field
from imgfile.state import read_begun
from imgfile.station import Station

_MAX_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class BegunEntry:
    """One entry that is to be made."""

    name: str
    """Name in the vault of the note that it states: without it there is nothing to enter."""
    entry: Json = field(repr=False)
    path: Path = field(repr=False)

    def drop(self) -> None:
        """Forget it: it was entered, or there is nothing to enter."""
        with contextlib.suppress(OSError):
            files.unlink(self.path)


def begin_entry(station: Station, name: str, entry: Json) -> BegunEntry:
    """Make it durable that an entry is to follow a note. Hold the station's lock. Raises `NotWritable`."""
    folder = station.folder / "entries"
    files.make_folder(folder)
    path = folder / secrets.token_hex(16)
    files.replace(path, canonical_json.encode({"name": name, "entry": entry}) + b"\n")
    return BegunEntry(name, entry, path)


def begun_entries(station: Station) -> Iterator[BegunEntry]:
    """Yield the entries that runs began and did not come to make. Hold the station's lock. Raises `NotWritable`."""
    folder = station.folder / "entries"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        try:
            facts = canonical_json.decode(read_begun(path, _MAX_BYTES).removesuffix(b"\n"), limit=_MAX_BYTES)
            yield BegunEntry(str(facts["name"]), dict(facts["entry"]), path)
        except (ValueError, KeyError, TypeError):  # a run died while writing it: nothing was published yet
            with contextlib.suppress(OSError):
                files.unlink(path)
