"""After an older backup of a vault was restored: put back what is still known, and accept what is lost, by name.

1. Rosters that this station has seen, and its own audit trail, are put back as they were: they are signed, and a name
   is made only where there is none. With the rosters come back who was removed, and the generations of the key. So is
   each note put back that it keeps of what became of a record, a proposal or an item of the inbox (`undone`).
2. A vault that went on by itself after the backup is another one by now: two copies with different notes of one number
   are refused, whatever anybody accepts.
3. What stays short is reported: trails of other computers, which put back their own when this is run there; rosters
   that only they have seen; photos that a trail states and the vault does not hold, or whose keys it does not, and
   whose sources may be erased; what else was undone of them.
4. An administrator of the newest roster *seen here* accepts that by a roster (`acceptance`). Trails that stay short
   are closed where they end now; a computer whose own trail is among them goes on under a new id. Where the newest
   generation of the practice's key was lost with its files, a new one is made.
5. Only then does this station take the vault, as it is now, for the newest it has seen. Every station asks this once.

Until that is done nothing is filed, viewed or exported here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from imgfile import kept_notes as kept
from imgfile import notes
from imgfile.acts.restore.undone import Mark, Stated, Undone, find_undone, to_put_back, unmarked
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.notes import Body
from imgfile.state import Memory
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import Vault, kept_before, rooted
from imgfile.vault.keys.practice import is_held
from imgfile.vault.life.closings import LIFE
from imgfile.vault.life.settled import name_of
from imgfile.vault.records import item as items
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published
from imgfile.vault.roster import chain
from imgfile.vault.roster.chain import ROLLBACK_HINT
from imgfile.vault.roster.forks import refusal
from imgfile.vault.roster.model import Roster, Seen
from imgfile.vault.roster.named_files import named_files
from imgfile.vault.store import patience
from imgfile.vault.store.directory import Store
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.trail.read import EMPTY, TrailNote, walk_from

DIVERGED: Final = "the vault went on by itself after the backup: it is another copy than the one this computer knows."


@dataclass(frozen=True)
class Missing:
    """One record that is lost: its reference, when it was filed, and the digest of its manifest."""

    reference: str
    at: str
    digest: str
    is_closed: bool = False
    """Whether it is there, and its key is not: it opens no more."""


@dataclass(frozen=True)
class Loss:
    """What the vault lacks of what this station knows, after everything was put back that could be."""

    vault: Vault
    put_back: tuple[str, ...]
    """Names of the notes that were put back."""
    short: Mapping[str, tuple[Seen, Seen]]
    """Station → the end of its trail now, and as it was seen."""
    ends: Mapping[str, Seen]
    """Station → the last note of its trail there is."""
    missing: tuple[Missing, ...]
    """Photos that a trail states, and that the vault does not hold or has no key of; nobody accepted that yet."""
    undone: tuple[Undone, ...]
    """What else trails state, or this computer remembers, and the vault does not hold; nobody accepted that yet."""
    unmarked: tuple[Mark, ...]
    """What was accepted before, by a run that died: what it may have held is to be stated anew."""
    lost_files: Mapping[str, str]
    """Files that rosters name, that are not there, and that nobody accepted: name in the vault → digest."""
    has_lost_key: bool
    """Whether the newest generation of the practice's key opens no more."""
    has_lost_memory: bool

    @property
    def digests(self) -> Iterator[str]:
        """What an administrator accepts by name."""
        yield from self.lost_files.values()
        yield from (one.digest for one in self.missing)
        yield from (one.digest for one in self.undone)

    @property
    def is_file_lost(self) -> bool:
        """Whether something that a note names is not there any more."""
        return bool(self.missing or self.undone or self.lost_files or self.has_lost_key)

    @property
    def is_nothing(self) -> bool:
        """Whether the vault holds everything again."""
        return not (self.short or self.is_file_lost or self.unmarked or self.has_lost_memory)


def put_back(here: Station) -> Loss:
    """Put back what this station keeps, and find what stays short.

    Raises `Damaged` for another copy, or where a roster is missing that only another computer has seen; `NoVault`.
    """
    written: list[str] = []
    loss = _put_back(here, written)

    def is_there_after_all() -> bool:
        nonlocal loss
        loss = _put_back(here, written)
        return not (loss.is_file_lost or loss.short)

    if loss.is_file_lost or loss.short:  # nobody signs for a loss that a share merely did not show
        patience.until(is_there_after_all, patience.SHOWING_SECONDS)
    return loss


def _put_back(here: Station, written: list[str]) -> Loss:
    store, seen = Store(here.pin.folder), here.memory
    has_lost_memory = here.has_lost_memory
    roster = _rosters(store, here, seen, written)
    pin = replace(here.pin, highest=roster.number, highest_digest=roster.note.digest)
    vault = Vault(rooted(store, roster, pin.keys), roster, Station(pin))
    _own_trail(vault, seen.heads.get(here.pin.station, EMPTY), written)
    for name, note in to_put_back(vault):
        _put(store, name, note, written)
    walked = walked_trails(vault)
    ends = walked.ends
    short = {
        each: (ends.get(each, EMPTY), head)
        for each, head in seen.heads.items()
        if head[0] > ends.get(each, EMPTY)[0] and roster.closed_station(each) is None
    }
    for each, (number, digest) in seen.heads.items():
        _expect_same(vault, each, number, digest, ends.get(each, EMPTY))
    return Loss(
        vault=vault,
        put_back=tuple(written),
        short=short,
        ends=ends,
        missing=tuple(walked.missing),
        undone=tuple(find_undone(vault, walked.stated)),
        unmarked=tuple(unmarked(vault, walked.stated, walked.losses)),
        lost_files=_lost_files(vault),
        has_lost_key=not is_held(vault, roster.generation.number),
        has_lost_memory=has_lost_memory,
    )


def _rosters(store: Store, here: Station, seen: Memory, written: list[str]) -> Roster:
    """Put back the rosters that this station has seen, and return the newest there is then."""
    rosters = list(chain.load_chain(store, here.pin.vault, here.pin.first_digest))
    newest = rosters[-1]
    if newest.number >= seen.highest:
        if rosters[seen.highest - 1].note.digest != seen.highest_digest:
            last = chain.remembered(here.kept_roster(), here.pin.vault, seen.highest_digest)
            if refusal(rosters, seen.highest_digest, last, kept_before(here)) is not None:
                raise Damaged(DIVERGED, _foreign_hint(store, here, newest.number))
        return newest
    for number in range(newest.number + 1, seen.highest + 1):
        note = kept.kept_roster(here, number)
        if not note:
            raise Damaged(
                f"roster {number} is missing, and this computer keeps no copy of it.",
                "Run imgfile vault accept-loss on the other computers first: one of them has it.",
            )
        later = chain.followed(newest, note)
        _put(store, layout.roster(number), note, written)
        newest = later
    if newest.note.digest != seen.highest_digest:
        raise Damaged(DIVERGED, ROLLBACK_HINT)
    return newest


def _foreign_hint(store: Store, here: Station, newest: int) -> str:
    """Return what to do where rosters lie there that are not those seen here: their names, if copies are kept here."""
    known = {number: kept.kept_roster(here, number) for number in range(1, here.memory.highest + 1)}
    foreign = [number for number, note in known.items() if note and store.read(layout.roster(number)) != note]
    if not foreign:
        return ROLLBACK_HINT
    names = [layout.roster(number) for number in range(foreign[0], newest + 1)]
    shown = ", ".join(names[:MAX_SHOWN]) + (f" and {len(names) - MAX_SHOWN} later ones" if names[MAX_SHOWN:] else "")
    return (
        f"These are not the rosters that this computer saw: {shown}. Ask the other administrators who signed them.\n"
        "If nobody did, somebody forged them: take these files out of the folder first, keep them, and run this again; "
        "those seen here are put back."
    )


MAX_SHOWN: Final = 5
"""How many rosters a hint names."""


def _own_trail(vault: Vault, seen: Seen, written: list[str]) -> None:
    """Put back the notes of this station's own trail that it keeps, as far as they follow one another.

    Where it was closed meanwhile, no further than its trail ends by that: beyond it a note is a finding, for ever.
    """
    own = vault.station.pin.station
    closed = vault.roster.closed_station(own)
    most = seen[0] if closed is None else min(seen[0], closed.head[0])
    number, digest = EMPTY
    for last in _followed_from_the_first(vault, own):
        number, digest = last.number, last.digest
    while number < most:
        note = kept.kept_trail(vault.station, number + 1)
        if not note:
            return
        read = notes.verified_note(note, {own: vault.station.signing_key.public}, kind="audit", vault=vault.id)
        if read.body.get("number") != number + 1 or read.body.get("previous") != digest:
            raise Damaged(DIVERGED, ROLLBACK_HINT)
        name = layout.trail(own, number + 1)
        _put(vault.store, name, note, written)
        number, digest = number + 1, read.digest


def _put(store: Store, name: str, note: bytes, written: list[str]) -> None:
    """Put a note back, where it is not there after all and merely did not show. Raises `Damaged` for another one."""
    if store.claim(name, note):
        written.append(name)
    elif not patience.until(lambda: store.exists(name), patience.CLAIMED_SECONDS):
        raise Damaged(f"{name} is there, and does not show yet.", patience.HINT)
    elif store.read(name) != note:
        raise Damaged(DIVERGED, ROLLBACK_HINT)


@dataclass
class Walked:
    """What the trails say, each walked once."""

    ends: dict[str, Seen] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)
    losses: list[Body] = field(default_factory=list)
    """The entries that say what was accepted as lost."""


_OF_LIFE: Final = LIFE | {"settled", "proposed"}


def walked_trails(vault: Vault) -> Walked:
    """Walk every trail once: find where each ends, the photos that they state and nobody holds, and what else is."""
    walked = Walked()
    for of in vault.roster.station_keys:
        walked.ends[of] = EMPTY
        for note in _followed_from_the_first(vault, of):
            walked.ends[of] = note.number, note.digest
            walked.missing += _missing(vault, note)
            walked.stated += (Stated(each) for each in note.entries if each["act"] in _OF_LIFE or "reason" in each)
            walked.losses += (each for each in note.entries if each["act"] == "losses")
    return walked


def _followed_from_the_first(vault: Vault, of: str) -> Iterator[TrailNote]:
    """Yield a trail's notes, each of which must follow the one before; of a closed station those that count alone.

    Whoever kept the keys of one that is closed can append to its trail: what that states was never here, and is not
    lost (`walk_from`). Raises `Damaged`.
    """
    before = ""
    for note in walk_from(vault, of, 1):
        if note.previous != before:
            raise Damaged(f"{layout.trail(of, note.number)} does not follow the note before it.", ROLLBACK_HINT)
        before = note.digest
        yield note


def _expect_same(vault: Vault, of: str, number: int, digest: str, end: Seen) -> None:
    """See that a note which was seen here is the one that lies there, where there is one."""
    if 0 < number <= end[0] and next(walk_from(vault, of, number)).digest != digest:
        raise Damaged(DIVERGED, ROLLBACK_HINT)


def _missing(vault: Vault, note: TrailNote) -> Iterator[Missing]:
    """Yield the photos that a note states and the vault does not hold, unless that was accepted."""
    for entry in note.entries:
        is_item, record = entry["act"] == "item", RecordId(str(entry.get("item" if "item" in entry else "record")))
        digest, folder = str(entry.get("note" if is_item else "manifest")), PatientFolder(str(entry.get("patient")))
        if entry["act"] not in {"filed", "item"} or not layout.is_id(record) or digest in vault.roster.accepted:
            continue
        if is_item:
            is_there = vault.store.exists(f"{layout.item(record)}/{layout.MANIFEST}")
            is_whole = is_there and _has_item_key(vault, record)
        elif layout.is_id(folder):
            is_there = is_published(vault, folder, record)
            is_whole = is_there and _has_key(vault, folder, record)
        else:
            continue
        if not is_whole:
            yield Missing(layout.reference(record), str(entry.get("at", "")), digest, is_closed=is_there)


def _has_key(vault: Vault, folder: PatientFolder, record: RecordId) -> bool:
    """Return whether a record's own key is there, or went with its tombstone.

    Where its manifest cannot be read, `verify` says what is wrong.
    """
    if vault.store.exists(layout.thing_key(folder, record)) or vault.store.exists(layout.tombstone(folder, record)):
        return True
    try:
        return not isinstance(manifest.load(vault, folder, record).key, ThingKey)  # of format 1, a patient's
    except Damaged:
        return True


def _has_item_key(vault: Vault, item: RecordId) -> bool:
    """Return whether an item's key is there, or went when it was settled; its own note is `verify`'s to judge."""
    try:
        return vault.store.exists(name_of(item)) or vault.store.exists(items.load(vault, item).key.name)
    except Damaged:
        return True


def _lost_files(vault: Vault) -> dict[str, str]:
    """Return what any roster names and is not there, unless that was accepted."""
    named = {name: digest for roster in vault.rosters() for name, digest in named_files(roster).items()}
    accepted, store = vault.roster.accepted, vault.store
    return {name: digest for name, digest in named.items() if digest not in accepted and not store.exists(name)}
