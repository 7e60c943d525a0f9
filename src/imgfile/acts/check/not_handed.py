"""Which photos were filed and never handed over to the clinical record, known without any key.

1. That a photo was handed over stands unsealed in the note of an addition; where it is, is sealed.
2. The records are listed once. From then on this computer remembers which of them wait, and how far each audit trail
   had come: only the records that the trails name since are looked at, so it costs what is new.
3. An entry that may mean anything else, a trail that is damaged or shorter than it was, or a memory that is older
   than `MAX_AGE_DAYS`, has the records listed again. Nothing rests on the count.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from imgfile import canonical_json, files
from imgfile.acts.check.trail_heads import trail_heads
from imgfile.acts.list import DamagedRecord, Listed, Order, in_order, list_these
from imgfile.acts.practice.administrator import expect_format_2
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged, NotWritable
from imgfile.frozen import dataclass
from imgfile.station import read_kept
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import addition
from imgfile.vault.life.addition import AdditionKind
from imgfile.vault.life.history import addition_names
from imgfile.vault.records import find
from imgfile.vault.trail.read import load

MAX_AGE_DAYS: Final = 7
MAX_KEPT: Final = 50_000
"""Of so many that wait at most the ids are remembered, 65 bytes each."""
MAX_NOTE_BYTES: Final = 8 << 20
_LOOKED_AT: Final = frozenset({"filed", "matched", "added", "gone"})
"""Acts after which a record may wait, or wait no more."""
_NOTHING: Final = frozenset(
    {"erased", "cleared", "clearing", "remains", "viewed", "offered", "exported", "roster", "ended", "proposed"}
    | {"disposed", "held", "waits", "lifted", "item", "settled", "looked"}
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Which records wait, as `<patient>/<record>`, at a moment, and the number of the newest note of each trail."""

    records: frozenset[str]
    at: datetime
    heads: dict[str, int]


def count_not_handed(vault: Vault, now: datetime) -> int | None:
    """Return how many photos were never handed over; None in a vault of format 1. Raises `Damaged`."""
    return None if vault.roster.is_format_1 else len(_not_handed(vault, now))


def records_not_handed(vault: Vault, now: datetime) -> list[Listed | DamagedRecord]:
    """List the photos that were never handed over, as `in_order` does.

    Raises `UsageError` in a vault of format 1, `Damaged` for a trail.
    """
    expect_format_2(vault)
    waiting = (name.partition("/") for name in sorted(_not_handed(vault, now)))
    return in_order(list_these(vault, ((PatientFolder(at), RecordId(thing)) for at, _, thing in waiting)), Order.NEWEST)


def _not_handed(vault: Vault, now: datetime) -> frozenset[str]:
    kept = _read(vault)
    heads = trail_heads(vault, kept.heads if kept else {})
    records = None
    if kept is not None and abs((now - kept.at).days) < MAX_AGE_DAYS:
        records = _since(vault, kept, heads)
    if records is None:
        every = (f"{folder}/{record}" for folder, record in find.everything(vault))
        records = frozenset(name for name in every if _waits(vault, name))
        kept = None
    _keep(vault, Waiting(records, kept.at if kept else now, heads))
    return records


def _waits(vault: Vault, name: str) -> bool:
    """Return whether a record is there, not gone, and nobody said that it was handed over."""
    patient, _, thing = name.partition("/")
    folder, record = PatientFolder(patient), RecordId(thing)
    if not find.is_published(vault, folder, record) or vault.store.exists(layout.tombstone(folder, record)):
        return False
    return not any(_is_hand_over(vault, folder, record, each) for each in addition_names(vault, folder, record))


def _is_hand_over(vault: Vault, folder: PatientFolder, record: RecordId, thing: str) -> bool:
    try:
        return addition.load(vault, folder, record, thing).kind is AdditionKind.HAND_OVER
    except Damaged:  # `verify` reports it
        return False


def _since(vault: Vault, kept: Waiting, heads: dict[str, int]) -> frozenset[str] | None:
    """Return what waits by what the trails have entered since; None where that does not tell."""
    if any(heads.get(station, 0) < number for station, number in kept.heads.items()):
        return None
    touched: set[str] = set()
    for station, head in heads.items():
        for number in range(kept.heads.get(station, 0) + 1, head + 1):
            try:
                entries = load(vault, station, number).entries
            except Damaged:  # `verify` reports it; the records tell too
                return None
            for entry in entries:
                if entry["act"] in _LOOKED_AT and layout.is_id(str(entry.get("patient"))):
                    touched.add(f"{entry['patient']}/{entry['record']}")
                elif entry["act"] not in _NOTHING:
                    return None
    return (kept.records - touched) | {name for name in touched if _waits(vault, name)}


def _read(vault: Vault) -> Waiting | None:
    """Read what was remembered; None for what is not there or not whole."""
    try:
        facts = canonical_json.decode(
            read_kept(vault.station.folder / "not_handed", MAX_NOTE_BYTES), limit=MAX_NOTE_BYTES
        )
        records = frozenset(map(str, facts["records"]))
        at = datetime.fromisoformat(str(facts["at"]))
        kept = Waiting(records, at, {str(name): int(head) for name, head in facts["heads"].items()})
    except (ValueError, KeyError, TypeError, AttributeError, Damaged):
        return None
    return kept if at.tzinfo is not None else None


def _keep(vault: Vault, waiting: Waiting) -> None:
    if len(waiting.records) > MAX_KEPT:
        return
    facts = {"records": sorted(waiting.records), "at": waiting.at.isoformat(), "heads": waiting.heads}
    try:
        files.replace(vault.station.folder / "not_handed", canonical_json.encode(facts), is_durable=False)
    except NotWritable:  # then they are listed anew the next time
        return
