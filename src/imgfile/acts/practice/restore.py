"""After an older backup of a vault was restored: put back what is still known, and accept what is lost, by name.

1. Rosters that this station has seen, and its own audit trail, are put back as they were: they are signed, and a name
   is made only where there is none. With the rosters come back who was removed, and the generations of the key.
2. A vault that went on by itself after the backup is another one by now: two copies with different notes of one number
   are refused, whatever anybody accepts.
3. What stays short is reported: trails of other computers, which put back their own when this is run there; rosters
   that only they have seen; records that a trail states and the vault does not hold, or whose keys it does not, and
   whose sources may be erased.
4. An administrator of the newest roster *seen here* accepts that by a roster. Trails that stay short are closed where
   they end now; a computer whose own trail is among them goes on under a new id. Where the newest generation of the
   practice's key was lost with its files, a new one is made.
5. Only then does this station take the vault, as it is now, for the newest it has seen. Every station asks this once.

Until that is done nothing is filed, viewed or exported here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from imgfile import kept_notes as kept
from imgfile import notes, station
from imgfile.acts.practice.administrator import Administrator
from imgfile.acts.practice.computer import NewComputer, listed_computer, make_computer
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.station import Memory, Station
from imgfile.vault import layout
from imgfile.vault.access import Vault, kept_before, open_vault, rooted
from imgfile.vault.keys import generations
from imgfile.vault.keys.enrol import seal_pseudonyms_to
from imgfile.vault.keys.practice import is_held
from imgfile.vault.keys.thing_key import ThingKey
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published
from imgfile.vault.roster import chain
from imgfile.vault.roster.chain import ROLLBACK_HINT
from imgfile.vault.roster.forks import refusal
from imgfile.vault.roster.model import ClosedStation, Roster, Seen
from imgfile.vault.roster.named_files import named_files
from imgfile.vault.roster.successor import Change, publish
from imgfile.vault.store import patience
from imgfile.vault.store.directory import Store
from imgfile.vault.times import format_time
from imgfile.vault.trail.chain import append
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
    """Records that a trail states, and that the vault does not hold or has no key of; nobody accepted that yet."""
    lost_files: Mapping[str, str]
    """Files that rosters name, that are not there, and that nobody accepted: name in the vault → digest."""
    has_lost_key: bool
    """Whether the newest generation of the practice's key opens no more."""
    has_lost_memory: bool

    @property
    def is_file_lost(self) -> bool:
        """Whether something that a note names is not there any more."""
        return bool(self.missing or self.lost_files or self.has_lost_key)

    @property
    def is_nothing(self) -> bool:
        """Whether the vault holds everything again."""
        return not (self.short or self.missing or self.lost_files or self.has_lost_key or self.has_lost_memory)


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
    ends, missing = _walked(vault)
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
        missing=missing,
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
    """Put back the notes of this station's own trail that it keeps, as far as they follow one another."""
    own = vault.station.pin.station
    number, digest = EMPTY
    for last in _followed_from_the_first(vault, own):
        number, digest = last.number, last.digest
    while number < seen[0]:
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


def _walked(vault: Vault) -> tuple[dict[str, Seen], tuple[Missing, ...]]:
    """Walk every trail once: return where each ends, and the records that they state and nobody holds."""
    ends, missing = dict[str, Seen](), list[Missing]()
    for of in vault.roster.station_keys:
        ends[of] = EMPTY
        for note in _followed_from_the_first(vault, of):
            ends[of] = note.number, note.digest
            missing += _missing(vault, note)
    return ends, tuple(missing)


def _followed_from_the_first(vault: Vault, of: str) -> Iterator[TrailNote]:
    """Yield a trail's notes, each of which must follow the one before; of a closed station those that count.

    Whoever kept the keys of one that is closed can append to its trail: what that states was never here, and is not
    lost. Raises `Damaged`.
    """
    before, closed = "", vault.roster.closed_station(of)
    for note in walk_from(vault, of, 1):
        if closed is not None and note.number > closed.head[0]:
            return
        if note.previous != before:
            raise Damaged(f"{layout.trail(of, note.number)} does not follow the note before it.", ROLLBACK_HINT)
        before = note.digest
        yield note


def _expect_same(vault: Vault, of: str, number: int, digest: str, end: Seen) -> None:
    """See that a note which was seen here is the one that lies there, where there is one."""
    if 0 < number <= end[0] and next(walk_from(vault, of, number)).digest != digest:
        raise Damaged(DIVERGED, ROLLBACK_HINT)


def _missing(vault: Vault, note: TrailNote) -> Iterator[Missing]:
    """Yield the records that a note states and the vault does not hold, unless that was accepted."""
    for entry in note.entries:
        folder, record = str(entry.get("patient")), str(entry.get("record"))
        if entry["act"] != "filed" or not (layout.is_id(folder) and layout.is_id(record)):
            continue
        digest = str(entry.get("manifest"))
        if digest in vault.roster.accepted:
            continue
        is_there = is_published(vault, PatientFolder(folder), RecordId(record))
        if not is_there or not _has_key(vault, PatientFolder(folder), RecordId(record)):
            yield Missing(layout.reference(RecordId(record)), str(entry.get("at", "")), digest, is_closed=is_there)


def _has_key(vault: Vault, folder: PatientFolder, record: RecordId) -> bool:
    """Return whether a record's own key is there; where its manifest cannot be read, `verify` says what is wrong."""
    if vault.store.exists(layout.thing_key(folder, record)):
        return True
    try:
        return not isinstance(manifest.load(vault, folder, record).key, ThingKey)  # of format 1, a patient's
    except Damaged:
        return True


def _lost_files(vault: Vault) -> dict[str, str]:
    """Return what any roster names and is not there, unless that was accepted."""
    named = {name: digest for roster in vault.rosters() for name, digest in named_files(roster).items()}
    accepted, store = vault.roster.accepted, vault.store
    return {name: digest for name, digest in named.items() if digest not in accepted and not store.exists(name)}


# --- accepting it --------------------------------------------------------------------------------------------


def accept(loss: Loss, by: Administrator | None, *, at: datetime) -> Vault:
    """Accept a loss, with whoever may: sign the roster that closes what is short, and take the vault as it is.

    `by` is None where there is nothing to accept. Raises `UsageError`, `NotWritable`, `Damaged`.
    """
    vault = loss.vault
    if by is not None and not vault.roster.is_format_1 and (loss.short or loss.is_file_lost):
        vault = _closed(loss, by, at)
    vault = _as_listed(vault)
    heads = {each: loss.ends.get(each, EMPTY) for each in vault.roster.station_keys}
    trusted = station.pin(vault.station.pin)
    trusted.begin_memory(Memory(vault.roster.number, vault.roster.note.digest, heads))
    station.drop_keys_aside(vault.id)
    opened = open_vault(Station(vault.station.pin))
    if by is not None and opened.is_enrolled:
        missing = [one.reference for one in loss.missing]
        entry = {"act": "losses", "at": format_time(at), "stations": sorted(loss.short), "missing": missing[:MAX_NAMED]}
        with opened.station.locked():
            append(opened, [{**entry, "actor": by.holder}])
    return opened


MAX_NAMED: Final = 1000
"""How many records one entry names."""


def _closed(loss: Loss, by: Administrator, at: datetime) -> Vault:
    """Sign the roster that closes the trails that are short; where our own is, go on under a new id."""
    vault = loss.vault
    own = vault.station.pin.station
    fresh = _fresh_computer(vault, by) if own in loss.short else None
    if fresh is not None:
        fresh.keep_aside(vault.id)
    begun = generations.begin(vault, by.practice, vault.roster.holders) if loss.has_lost_key else None

    def applied(newest: Roster) -> Roster:
        number = newest.number + 1
        gone = [entry for entry in newest.stations if entry.station in loss.short]
        closed = [
            ClosedStation(entry.station, entry.name, entry.keys, number, loss.short[entry.station][0]) for entry in gone
        ]
        stations = [entry for entry in newest.stations if entry not in gone]
        before = next((entry for entry in gone if entry.station == own), None)
        if fresh is not None and before is not None:
            stations.append(replace(fresh.listed, name=before.name, use=before.use, person=before.person))
        return replace(
            newest,
            stations=tuple(stations),
            generations=(*newest.generations, begun) if begun is not None else newest.generations,
            accepted=tuple(
                sorted({*newest.accepted, *loss.lost_files.values(), *(one.digest for one in loss.missing)})
            ),
            closed=replace(newest.closed, stations=(*newest.closed.stations, *closed)),
        )

    made = publish(vault.store, vault.roster, Change("accepted", at, applied), by.key)
    return Vault(
        vault.store, made, Station(replace(vault.station.pin, highest=made.number, highest_digest=made.note.digest))
    )


def _as_listed(vault: Vault) -> Vault:
    """Go on under the id that this computer is listed under anew where its own is closed."""
    roster = vault.roster
    if roster.station(vault.station.pin.station) is not None:
        return vault
    fresh = listed_computer(roster, is_aside=True) or listed_computer(roster)
    if fresh is None:
        return vault
    fresh.keep(vault.id)
    return Vault(vault.store, roster, Station(replace(vault.station.pin, station=fresh.listed.station)))


def _fresh_computer(vault: Vault, by: Administrator) -> NewComputer:
    """Make new keys for this computer, and give it the pseudonym key; what it is called is known later."""
    made = make_computer(vault.id, "", is_post_quantum=vault.roster.is_post_quantum)
    digest = seal_pseudonyms_to(vault, by.practice, made.listed.station, made.listed.recipient)
    return replace(made, listed=replace(made.listed, pseudonym_digest=digest))
