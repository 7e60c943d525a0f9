"""Listing what is filed.

1. No identity is needed: only signed manifests are read, nothing that is sealed.
2. A record whose manifest does not hold is listed as damaged, and the rest all the same.
3. Newest first, or as is asked for; the damaged ones, of which no time can be believed, come first of all.
4. A patient's own records are found by the number, through this station's pseudonym key.
5. What this station saw of a record, and what other trails state of it, must be there: else it is listed as damaged,
   and so is one that was taken away whole where all are listed.

Sorting has to see every record before it yields the first, so `in_order` is a step of its own. Without it
each record is yielded as soon as its manifest is verified, in the order of the patients' directories. Measured with
10,000 patients of one record each: 4 MB sorted; 2.5 MB not, which are the names of one directory.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.records import find as records
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest

if TYPE_CHECKING:
    from imgfile.clinical.dates import Days

WITHDRAWN: Final = "WITHDRAWN"
GONE: Final = "gone"
_NEWCOMER: Final = "(just let in)"
"""What a computer is called that was let in after this vault was opened."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One record as anybody at this station may see it."""

    reference: str
    filed_at: datetime
    station: str
    """The name of the computer that filed it."""
    state: str = ""
    """What became of it since: WITHDRAWN, or gone; empty where neither did."""
    how: str = ""
    """Of one that is gone, how: `moved`, `withdrawn` or `destroyed`."""
    now: str = ""
    """Of one that was moved, what it is called now."""


@dataclass(frozen=True, slots=True)
class DamagedRecord:
    """A record of which nothing can be believed: its reference, its place in the vault, and why."""

    reference: str
    where: str
    message: str


def list_records(vault: Vault, folders: Iterable[PatientFolder] | None = None) -> Iterator[Listed | DamagedRecord]:
    """Yield the records of these patients, or of all, one by one in the order of their directories."""
    known = _known(vault)
    if folders is not None:
        named = ((folder, record) for folder in folders for record in records.record_names(vault, folder))
        yield from _listed(vault, named, known)
        return
    there: set[RecordId] = set()
    yield from _listed(vault, records.everything(vault), known, there)
    if known - there:
        from imgfile.vault.records.taken_away import TAKEN_AWAY, taken_away  # noqa: PLC0415 - where anything is amiss

        for record in taken_away(vault, known, there):
            yield DamagedRecord(layout.reference(record), record, TAKEN_AWAY)


def list_these(vault: Vault, named: Iterable[tuple[PatientFolder, RecordId]]) -> Iterator[Listed | DamagedRecord]:
    """Yield these records, in their order, without those that were never published."""
    return _listed(vault, named, _known(vault))


def _listed(
    vault: Vault,
    named: Iterable[tuple[PatientFolder, RecordId]],
    known: frozenset[RecordId],
    there: set[RecordId] | None = None,
) -> Iterator[Listed | DamagedRecord]:
    """Yield them; put those of `known` that are published into `there`."""
    stations = vault.roster.station_names
    for folder, record in named:
        if not records.is_published(vault, folder, record):
            continue
        if there is not None and record in known:
            there.add(record)
        reference = layout.reference(record)
        try:
            found = manifest.load(vault, folder, record)
            state, how, now = _state(vault, found, known)
        except Damaged as error:
            yield DamagedRecord(reference, layout.record(folder, record), error.message)
        else:
            yield Listed(reference, found.filed_at, stations.get(found.station, _NEWCOMER), state, how, now)


def _known(vault: Vault) -> frozenset[RecordId]:
    """Return of which records more than the manifest must be there, as far as this station can know."""
    if len(vault.roster.station_keys) < 2 and not (vault.station.folder / "records").is_dir():  # noqa: PLR2004 - alone
        return frozenset()  # as on every computer at first
    from imgfile.vault.life.stated import known_records  # noqa: PLC0415 - where there is anything

    return known_records(vault)


def _state(vault: Vault, of: Manifest, known: frozenset[RecordId]) -> tuple[str, str, str]:
    """Return what became of a record, how, and where it is now: its notes tell without a key. Raises `Damaged`."""
    names = vault.store.names(layout.record(of.folder, of.record))
    if of.record not in known and not any(name == layout.GONE or layout.is_key_note(name) for name in names):
        return "", "", ""
    from imgfile.vault.life import history  # noqa: PLC0415 - most records have no more than their manifest

    found = history.load(vault, of)
    if found.gone is not None:
        return GONE, found.gone.how.value, layout.reference(found.gone.to[1]) if found.gone.to else ""
    found.expect_whole()
    return WITHDRAWN if found.is_use_stopped else "", "", ""


class Order(StrEnum):
    """In which order records are listed."""

    NEWEST = "newest"
    OLDEST = "oldest"
    COMPUTER = "computer"
    """By the name of the computer that filed it, of each the newest first."""


def in_order(
    found: Iterable[Listed | DamagedRecord], order: Order, limit: int | None = None
) -> list[Listed | DamagedRecord]:
    """Put the damaged records first, then the others in order; with a limit, so many of those, and no more are kept."""
    damaged: list[Listed | DamagedRecord] = []
    sound = _without_damaged(found, damaged)
    kept = sorted(sound, key=_KEYS[order]) if limit is None else heapq.nsmallest(limit, sound, key=_KEYS[order])
    return [*damaged, *kept]


def _without_damaged(
    found: Iterable[Listed | DamagedRecord], damaged: list[Listed | DamagedRecord]
) -> Iterator[Listed]:
    """Yield those that are sound; lay the others aside."""
    for item in found:
        if isinstance(item, Listed):
            yield item
        else:
            damaged.append(item)


_KEYS: Final[dict[Order, Callable[[Listed], tuple[str, float]]]] = {
    Order.NEWEST: lambda item: ("", -item.filed_at.timestamp()),
    Order.OLDEST: lambda item: ("", item.filed_at.timestamp()),
    Order.COMPUTER: lambda item: (item.station.casefold(), -item.filed_at.timestamp()),
}


def filed_within(found: Iterable[Listed | DamagedRecord], days: Days) -> Iterator[Listed | DamagedRecord]:
    """Yield the records that were filed on these days, here; of a damaged one nobody knows that."""
    for item in found:
        if isinstance(item, DamagedRecord) or item.filed_at.astimezone().date() in days:
            yield item


def folders_of(vault: Vault, number: str) -> list[PatientFolder]:
    """Return where a patient's records would lie, one place for each scheme that the number fits.

    A synthetic number names nobody, so looking for one is allowed. Raises `AnswerInvalid` for what is no number.
    """
    from imgfile.clinical.patient import patients_named  # noqa: PLC0415 - where one is named
    from imgfile.vault.keys.pseudonyms import open_pseudonyms  # noqa: PLC0415 - unseals a key; the rest needs none

    patients = patients_named(number)  # whatever the policy takes today: what was filed before is found
    pseudonyms = open_pseudonyms(vault)
    return [pseudonyms.folder(patient) for patient in patients]
