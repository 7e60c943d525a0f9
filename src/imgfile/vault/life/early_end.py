"""What keeps a record from being destroyed by one person on the day of its filing, where consent is withdrawn (R24).

1. The trails say whether anybody was offered the photo, looked at it or took a copy. They are read up to the heads that
   the tombstone names, so that `verify` sees later what whoever signed it saw.
2. The day is that of UTC. A clock may be wrong: a trail that had come to a later day by then says that it is past.
3. What was handed over, and a legal hold, stand beside the record; that a later photo follows it is sealed (`follows`).
   That the photo is on a safeguarding hold, at whichever computer, the trails tell (R21).
4. A photo that was moved, rekeyed or accepted counts from its first filing, with all that stood in the way before. A
   look at an item of the inbox that was accepted as a record which was there already is a look at that record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import islice
from typing import Final

from imgfile.clinical.proofs import RecordId
from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import AdditionKind
from imgfile.vault.life.history import History
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.life.settled import accepted_items
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published, of_id, record_names
from imgfile.vault.records.manifest import Cause, Manifest
from imgfile.vault.roster.model import Seen
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.times import parse_time
from imgfile.vault.trail import chain
from imgfile.vault.trail.holds import safeguarding_holds
from imgfile.vault.trail.read import EMPTY, TrailNote, walk


class Bar(StrEnum):
    """Why one person does not destroy a record; the words are said of it."""

    ANOTHER_DAY = "it was not filed today"
    LOOKED_AT = "somebody looked at it, or was about to"
    EXPORTED = "a copy was exported"
    HANDED_OVER = "it was handed over"
    FOLLOWED = "a later photo follows it"
    HELD = "a legal hold is on it"
    SAFEGUARDED = "a safeguarding hold is on it"
    SHARED_KEY = "it was filed in format 1, and its key opens other photos of the patient"


_NO_ITEMS: Final[Mapping[RecordId, set[RecordId]]] = {}
_LONGEST_LINE: Final = 100
"""More often than this no photo was moved: a longer line goes round in a circle."""
_USES: Final = {
    "offered": Bar.LOOKED_AT,
    "viewed": Bar.LOOKED_AT,
    "looked": Bar.LOOKED_AT,  # at it, while it waited in the inbox
    "exported": Bar.EXPORTED,
}


@dataclass(frozen=True, slots=True)
class Watched:
    """What the trails are searched for."""

    records: frozenset[RecordId]
    """The record, those that it was filed from, and the items of the inbox that were accepted as one of them."""
    filed_on: date
    """When it was filed first."""

    def bars(self, note: TrailNote) -> Iterator[Bar]:
        """Yield why the record is not destroyed, by the entries of a note that stands before its tombstone."""
        for entry in note.entries:
            if photo_of(entry) in self.records and (use := use_of(entry)) is not None:
                yield use
        latest = latest_day(note)
        if latest is not None and latest > self.filed_on:
            yield Bar.ANOTHER_DAY


def watch_for(vault: Vault, of: Manifest, items: Mapping[RecordId, set[RecordId]] = _NO_ITEMS) -> Watched:
    """Return what is searched for, of a record: `items` were accepted as which record. Raises `Damaged`."""
    line = [of, *earlier_places(vault, of)]
    starts = {each.origin.start for each in line if each.origin is not None}
    waited = {item for each in line for item in items.get(each.record, ())}
    return Watched(frozenset({of.record, *starts, *waited}), day_of(of.first_filed_at))


def earlier_places(vault: Vault, of: Manifest) -> list[Manifest]:
    """Return the records that a photo was filed from, the newest first; an item of the inbox is none.

    Raises `Damaged` where one is not there.
    """
    line: list[Manifest] = []
    while of.origin is not None and of.origin.how is not Cause.ACCEPTED and len(line) < _LONGEST_LINE:
        of = of_id(vault, of.origin.start)
        line.append(of)
    return line


def day_of(at: datetime) -> date:
    """Return the day of a moment, in UTC."""
    return at.astimezone(UTC).date()


def heads_now(vault: Vault) -> dict[str, Seen]:
    """Return the end of every trail: of a closed station's, where it was closed. Raises `Damaged`."""
    closed = {entry.station: entry.head for entry in vault.roster.closed.stations}
    return {station: head for station, head in {**closed, **chain.newest_heads(vault)}.items() if head != EMPTY}


def bars(vault: Vault, of: History, at: datetime) -> list[Bar]:
    """Return what keeps a record from being destroyed at this moment, as far as that is seen without a key.

    Raises `Damaged`, where a trail is not what this computer saw before.
    """
    wanted = watch_for(vault, of.manifest, accepted_items(vault))
    found = {Bar.ANOTHER_DAY} if day_of(at) != wanted.filed_on else set()
    found.update(of_record(of))
    for each in earlier_places(vault, of.manifest):
        found.update(of_record(life.load(vault, each)))
    if of.manifest.same_mark in safeguarding_holds(vault):
        found.add(Bar.SAFEGUARDED)
    for station, head in heads_now(vault).items():
        found.update(bar for note in _up_to(vault, station, head) for bar in wanted.bars(note))
    return [bar for bar in Bar if bar in found]


def of_record(of: History) -> Iterator[Bar]:
    """Yield what stands beside a record that keeps it from being destroyed."""
    if not isinstance(of.manifest.key, ThingKey):
        yield Bar.SHARED_KEY
    if of.is_held:
        yield Bar.HELD
    if of.of_kind(AdditionKind.HAND_OVER):
        yield Bar.HANDED_OVER


def is_followed(vault: Vault, of: Manifest, practice: PracticeKeys) -> bool:
    """Return whether another photo follows this one, or one that it was filed from, by its sealed facts.

    Raises `Damaged`.
    """
    line = [of, *earlier_places(vault, of)]
    ids = {each.record for each in line}
    for folder in dict.fromkeys(each.folder for each in line):
        for record in record_names(vault, folder):
            if record in ids or not is_published(vault, folder, record):
                continue
            other = manifest.load(vault, folder, record)
            is_here = life.load(vault, other).gone is None
            if is_here and ids & follows_of(open_record(vault, other, practice)):
                return True
    return False


def follows_of(opened: OpenedRecord) -> set[RecordId]:
    """Return which photos this one follows: by what was said at filing, and by what is said now."""
    said = (opened.filed.facts.decision.follows, opened.facts.decision.follows)
    return {record for record in said if record is not None}


def _up_to(vault: Vault, station: str, head: Seen) -> Iterator[TrailNote]:
    """Yield a trail up to one of its notes. Raises `Damaged` where it does not come to that."""
    digest = ""
    for note in islice(walk(vault, station), head[0]):
        digest = note.digest
        yield note
    if digest != head[1]:
        raise Damaged(f"{layout.trail(station, head[0])} is not the note that was seen there.", "imgfile verify")


def photo_of(entry: Body) -> object:
    """Return of which record an entry is; of which item, where the photo was in the inbox still."""
    return entry.get("record") or entry.get("item")


def use_of(entry: Body) -> Bar | None:
    """Return what an entry says of its record that keeps it from being destroyed."""
    return _USES.get(entry["act"])


def latest_day(note: TrailNote) -> date | None:
    """Return the latest day that the entries of a note tell; None where they tell none."""
    return max(filter(None, map(_day, note.entries)), default=None)


def _day(entry: Body) -> date | None:
    try:
        return day_of(parse_time(entry["at"]))
    except (KeyError, TypeError, ValueError):  # no moment that says anything
        return None
