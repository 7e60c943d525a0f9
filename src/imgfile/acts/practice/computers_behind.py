"""Which computers have not seen a roster yet: what they file until they do is as the roster before had it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from imgfile.frozen import dataclass
from imgfile.vault.access import Vault
from imgfile.vault.times import parse_time
from imgfile.vault.trail.chain import newest_heads
from imgfile.vault.trail.read import load


@dataclass(frozen=True, slots=True)
class Behind:
    """A computer that has entered nothing since a roster; `at` is its last entry, None where it has none."""

    name: str
    at: datetime | None


def stations_behind(vault: Vault) -> Iterator[Behind]:
    """Yield the other computers whose newest entry knows an older roster than the vault has. Raises `Damaged`."""
    for station, (number, _) in newest_heads(vault).items():
        entry = vault.roster.station(station)
        if entry is None or station == vault.station.pin.station:
            continue
        note = load(vault, station, number) if number else None
        if note is None or (note.roster or (0, ""))[0] < vault.roster.number:
            yield Behind(entry.name, _moment(note.at) if note is not None else None)


def _moment(text: str) -> datetime | None:
    try:
        return parse_time(text)
    except ValueError:
        return None
