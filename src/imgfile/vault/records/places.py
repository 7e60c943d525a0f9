"""Finding one record without a look into every patient's directory, by what this station saw of them.

1. An index that the station keeps (`record_state.places`) knows the records that a whole look came past, and how far
   each trail had come before it began. Every filing is entered in a trail, so what was filed since stands in the notes
   that follow: those are read, and nothing else. How many that are does not depend on what the vault holds.
2. The notes are not verified here, for nothing rests on them: whoever forges one leads to a record that is there, and
   whose manifest is verified, or to none.
3. What the index does not know is looked for in the whole vault, and the index is made anew: that a record is not there
   is never said by it. So it is where a trail is shorter than it was.
4. A record that no trail states yet, of a run that died between its manifest and its entry, can be missing here beside
   another whose reference begins alike; it is found by a longer beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from imgfile import notes
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.record_state.places import Places, keep_places, kept_places
from imgfile.vault import layout
from imgfile.vault.access import Vault

Place = tuple[PatientFolder, RecordId]
_MOST_NEWS: Final = 2_000
"""Notes that are read before the directories themselves are quicker."""


def look(vault: Vault, low: str, high: str, everywhere: Callable[[], Iterator[Place]]) -> list[Place]:
    """Return where records lie whose ids begin with digits from `low` to `high`, of equal length, published or not.

    `everywhere` yields every record of the vault; it is called where the index leads to none. Raises `Damaged`.
    """
    known = _brought_up_to_date(vault)
    found = [] if known is None else list(_places(known, low, high))
    if any(vault.store.exists(layout.manifest(*place)) for place in found):
        return found
    trails = _newest(vault)  # before the look: what is filed meanwhile is news next time
    known = Places().with_news(((record, folder) for folder, record in everywhere()), trails)
    keep_places(vault.station, known)
    return list(_places(known, low, high))


def _places(known: Places, low: str, high: str) -> Iterator[Place]:
    for record, folder in known.beginning(low, high):
        if layout.is_id(record) and layout.is_id(folder):  # they become paths
            yield PatientFolder(folder), RecordId(record)


def _brought_up_to_date(vault: Vault) -> Places | None:
    """Return the index with what was filed since; None where there is none, or it is of another past."""
    known = kept_places(vault.station)
    if known is None:
        return None
    stations = {station: known.trails.get(station, 0) for station in vault.roster.station_names}
    names = [layout.trail_note(station, number + ahead) for station, number in stations.items() for ahead in (0, 1)]
    there = vault.store.standing(layout.AUDIT, names)
    if any(number and layout.trail_note(station, number) not in there for station, number in stations.items()):
        return None
    found: set[tuple[str, str]] = set()
    read = 0
    for station, number in stations.items():
        at = number
        while (layout.trail_note(station, at + 1) in there) if at == number else _exists(vault, station, at + 1):
            at, read = at + 1, read + 1
            if read > _MOST_NEWS:
                return None
            found.update(_stated(vault, station, at))
        stations[station] = at
    if stations == known.trails and not found:
        return known
    newer = known.with_news(found, stations)
    keep_places(vault.station, newer)
    return newer


def _exists(vault: Vault, station: str, number: int) -> bool:
    return vault.store.exists(layout.trail(station, number))


def _stated(vault: Vault, station: str, number: int) -> Iterator[tuple[str, str]]:
    """Yield the records that a note of a trail names with their patients' directories; none of one that is damaged."""
    try:
        body = notes.parse(vault.store.read(layout.trail(station, number))).body
    except Damaged:  # `verify` reports it
        return
    entries = body.get("entries")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            record, folder = entry.get("record"), entry.get("patient")
            if isinstance(record, str) and isinstance(folder, str) and layout.is_id(record) and layout.is_id(folder):
                yield record, folder


def _newest(vault: Vault) -> dict[str, int]:
    """Return the number of each trail's newest note as its folder lists it; 0 for none."""
    listed = {station: vault.store.names(f"{layout.AUDIT}/{station}") for station in vault.roster.station_names}
    return {station: max((layout.note_number(each) or 0 for each in of), default=0) for station, of in listed.items()}
