"""The audit trails: each chain, what the stations have seen of one another, and the trail against the records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import ACCEPTED, Doubt, Finding, Found, Kind
from imgfile.vault.checks.life import Entered, check_entered, check_remembered
from imgfile.vault.checks.named_rosters import History
from imgfile.vault.checks.patients import Filed
from imgfile.vault.checks.proposals import check_proposed
from imgfile.vault.checks.strangers import strangers
from imgfile.vault.checks.thing_keys import check_thing_key, check_unused
from imgfile.vault.checks.withdrawn import Withdrawn, check_withdrawn
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published
from imgfile.vault.roster.model import Seen
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.trail import read as trail
from imgfile.vault.trail.read import EMPTY, Head, TrailNote
from imgfile.vault.trail.reasons import StatedReason, folder_of, stated_reason


@dataclass
class _Read:
    """What the trails say, taken together."""

    heads: dict[str, Head] = field(default_factory=dict)
    seen: dict[str, dict[int, str]] = field(default_factory=dict)
    """Of each station, the notes that anybody states to have seen: number → digest."""
    filed: dict[str, str] = field(default_factory=dict, repr=False)
    """Record → manifest digest, from entries that say `filed` or `matched`."""
    stations: dict[str, set[str]] = field(default_factory=dict, repr=False)
    """Record → whose trails say so: that of the station that signed its manifest, and no other."""
    patients: dict[str, str] = field(default_factory=dict, repr=False)
    """Record → the patient's folder, from the same entries."""
    reasons: dict[str, StatedReason] = field(default_factory=dict, repr=False)
    """Name of a sealed reason in the vault → how its entry states it."""
    looked_at: dict[str, str] = field(default_factory=dict, repr=False)
    """Name of a sealed reason in the vault → the record that was looked at for it."""
    filed_in_2: set[str] = field(default_factory=set, repr=False)
    """Records that a note of version 2 says were filed: their stations knew format 2 by then."""
    entered: Entered = field(default_factory=Entered, repr=False)
    """What was added to records, and which are gone."""
    withdrawn: Withdrawn = field(default_factory=Withdrawn, repr=False)
    """What the trails hold against a withdrawal that one person carried out."""
    accepted_short: set[str] = field(default_factory=set, repr=False)
    """Stations whose trails ended short after a restore, as whoever accepted that entered it."""


def check_trails(vault: Vault, filed: Filed) -> Iterator[Found]:
    """Check every chain and match it, both ways, with the records found."""
    read = _Read(withdrawn=Withdrawn.of(vault, filed.lived.withdrawn, may_pass_over=True))
    for _, stone in filed.lived.withdrawn.values():
        for station, (number, digest) in stone.heads.items():
            read.seen.setdefault(station, {})[number] = digest
    yield from _check_chains(vault, read, filed.history)
    yield from _cross_check(vault, filed, read)


def check_chains(vault: Vault) -> Iterator[Found]:
    """Check every chain by itself and against what the stations have seen of one another."""
    yield from _check_chains(vault, _Read(), History())


def _check_chains(vault: Vault, read: _Read, history: History) -> Iterator[Found]:
    for station, head in vault.station.seen_heads().items():
        read.seen.setdefault(station, {})[head[0]] = head[1]
    for station, end in _ends(vault).items():
        yield from _check_chain(vault, station, end, read, history)
    yield from strangers(vault, layout.AUDIT, lambda name: _is_station(vault, name))
    yield from _check_cuts(vault, read)


def _is_station(vault: Vault, name: str) -> bool:
    """Return whether a station of this id is or was listed, be it since the vault was opened. Raises `Damaged`."""
    return name in vault.roster.station_keys or (layout.is_id(name) and name in vault.newest_by_now().station_keys)


def _ends(vault: Vault) -> dict[str, Head | None]:
    """Return every station that is or was; where it is closed, with the last note of its trail that counts."""
    closed: dict[str, Head | None] = {entry.station: entry.head for entry in vault.roster.closed.stations}
    return closed | {entry.station: None for entry in vault.roster.stations}


def _check_chain(vault: Vault, station: str, end: Head | None, read: _Read, history: History) -> Iterator[Found]:
    here = f"{layout.AUDIT}/{station}"
    before = frozenset[str]()
    number, digest = EMPTY
    known: Seen | None = None
    try:
        before = frozenset(vault.store.names(here))  # what is entered while the chain is walked is looked at next time
        for note in trail.walk(vault, station):
            if note.previous != digest:
                yield Finding(Kind.DAMAGED, layout.trail(station, note.number), "It does not follow the note before.")
            number, digest = note.number, note.digest
            for flaw in filter(None, (history.flaw(station, note.roster), _version_flaw(note, known))):
                yield Finding(Kind.DAMAGED, layout.trail(station, number), flaw)
            known = note.roster or known
            if read.seen.get(station, {}).get(number, digest) != digest:
                yield Finding(Kind.DAMAGED, layout.trail(station, number), "It is not the note seen here before.")
            _remember(note, read)
    except Damaged as error:
        yield Finding(Kind.DAMAGED, layout.trail(station, number + 1), error.message)
    read.heads[station] = (number, digest)
    if end is not None and f"{number + 1}.note" in before and number == end[0]:
        yield Finding(Kind.DAMAGED, layout.trail(station, number + 1), "Its station was closed before it.")
    if end is not None and (number, digest) != end:
        yield Finding(Kind.CUT, here, f"It was closed at note {end[0]}, and does not end there.")
    yield from strangers(vault, here, lambda name: name not in before or 0 < (layout.note_number(name) or 0) <= number)


def _version_flaw(note: TrailNote, known: Seen | None) -> str:
    """Return what is wrong with a note's version: a station that has named a roster of format 2 knows version 2."""
    return "It is of version 1, and its station knew version 2 by then." if known and note.roster is None else ""


def _remember(note: TrailNote, read: _Read) -> None:
    for other, (number, digest) in note.heads.items():
        read.seen.setdefault(other, {})[number] = digest
    read.withdrawn.read(note)
    for entry in note.entries:
        if note.roster is not None and entry["act"] == "filed":
            read.filed_in_2.add(str(entry.get("record")))
        if entry["act"] in trail.FILINGS:
            read.filed[str(entry.get("record"))] = str(entry.get("manifest"))
            read.stations.setdefault(str(entry.get("record")), set()).add(note.station)
            read.patients[str(entry.get("record"))] = str(entry.get("patient"))
        read.entered.read(entry, note.station, note.number)
        if entry["act"] == "losses" and isinstance(stations := entry.get("stations"), list):
            read.accepted_short.update(map(str, stations))
        if "reason" in entry and (stated := _reason(entry)) is not None:
            read.reasons[stated.name] = stated
            read.looked_at[stated.name] = str(entry.get("record"))


def _check_cuts(vault: Vault, read: _Read) -> Iterator[Found]:
    for station, seen in read.seen.items():
        newest = max(seen)
        if newest > read.heads.get(station, EMPTY)[0]:
            where = f"{layout.AUDIT}/{station}"
            if _is_accepted_short(vault, read, station):
                yield Finding(Kind.LOST, where, ACCEPTED)
                continue
            cut = Finding(Kind.CUT, where, f"It was seen up to note {newest}, and ends before it.")
            yield Doubt(cut, lambda station=station, newest=newest: not _is_walked(vault, station, newest))  # type: ignore[misc]
    for station, seen in read.seen.items():
        for number, digest in seen.items():
            if number <= read.heads.get(station, EMPTY)[0] and not _is_note(vault, station, number, digest):
                yield Finding(Kind.DAMAGED, layout.trail(station, number), "Another station saw another note here.")


def _is_accepted_short(vault: Vault, read: _Read, station: str) -> bool:
    """Return whether an administrator accepted that a trail ends where it does, and this computer saw none longer.

    Two signatures say so: the entry of the station at which it was accepted, and the roster that closed the trail at
    this very note. Whoever merely cuts a trail has neither.
    """
    end, closed = read.heads.get(station, EMPTY), vault.roster.closed_station(station)
    if station not in read.accepted_short or closed is None or closed.head != end:
        return False
    return vault.station.seen_heads().get(station, EMPTY)[0] <= end[0]


def _is_note(vault: Vault, station: str, number: int, digest: str) -> bool:
    try:
        return trail.load(vault, station, number).digest == digest
    except Damaged:
        return True  # reported where the chain was walked


def _cross_check(vault: Vault, filed: Filed, read: _Read) -> Iterator[Found]:
    filed.keys |= {layout.thing_key(PatientFolder(read.patients[record]), record) for record in read.filed}
    for record, digest in read.filed.items():
        if record not in filed.manifests and digest in vault.roster.accepted:
            yield Finding(Kind.LOST, record, ACCEPTED)
        elif record not in filed.manifests:
            lost = Finding(Kind.MISSING, record, "The trail says that it was filed, and it is not there.")
            yield Doubt(lost, lambda record=record: not _is_filed(vault, read, record))  # type: ignore[misc]
        elif filed.manifests[record] != digest:
            yield Finding(Kind.DAMAGED, record, "Its manifest is not the one that the trail states.")
        elif filed.stations[record] not in read.stations[record]:
            yield Finding(Kind.DAMAGED, record, "Its manifest is signed by another computer than filed it.")
        elif record in filed.of_format_1 & read.filed_in_2:
            yield Finding(Kind.DAMAGED, record, "It is of version 1, and its station knew version 2 when it filed it.")
    for record in filed.manifests.keys() - read.filed.keys():
        if record in filed.of_closed:
            yield from _beyond_the_end(vault, record, filed.manifests[record])
            continue
        died = Finding(Kind.UNFINISHED, record, f"A run died before its audit entry; {_again(filed, record)}")
        yield Doubt(died, lambda record=record: not _is_entered(vault, read, "record", record))  # type: ignore[misc]
    yield from _check_reasons(vault, filed, read)
    yield from check_entered(vault, filed.lived, read.entered, lambda digest: _is_entered(vault, read, "note", digest))
    yield from check_remembered(vault, filed.manifests.keys() | read.filed.keys())
    yield from check_proposed(vault, filed.lived, read.entered, lambda name: _is_entered(vault, read, "proposal", name))
    yield from check_withdrawn(vault, read.withdrawn)
    yield from check_unused(vault, filed.keys, lambda name: _is_stated(vault, read, name))


def _again(filed: Filed, record: str) -> str:
    """Return what makes a record's entry good."""
    if record in filed.lived.accepted:
        return f"at its computer:  imgfile inbox accept {filed.lived.accepted[record]}"
    if record in filed.lived.filed_from:
        return "its computer enters it with its next act on a record."
    return "file the same photo again."


def _beyond_the_end(vault: Vault, record: str, digest: str) -> Iterator[Found]:
    """Report a record that a closed station's trail does not state, unless an administrator accepted it by name."""
    if digest not in vault.roster.accepted:
        yield Finding(Kind.DAMAGED, record, "Its station was closed, and its trail up to there does not state it.")


def _check_reasons(vault: Vault, filed: Filed, read: _Read) -> Iterator[Found]:
    stated_by_notes = filed.lived.reasons | read.reasons
    for name, stated in stated_by_notes.items():
        is_accepted = stated.digest in vault.roster.accepted
        if name not in filed.reasons and is_accepted:
            yield Finding(Kind.LOST, name, ACCEPTED)
        elif name not in filed.reasons:
            lost = Finding(Kind.MISSING, name, "A signed note names this sealed reason.")
            yield Doubt(lost, lambda stated=stated: not vault.store.holds(stated.name, stated.digest))  # type: ignore[misc]
        elif filed.reasons[name] != stated.digest:
            yield Finding(Kind.DAMAGED, name, "It is not the reason that the trail states.")
        if stated.key is not None:
            filed.keys.add(stated.key.name)
            record = read.looked_at.get(name, "")
            yield from _check_reason_key(vault, filed, record, stated.key, is_accepted=is_accepted)
    for name in filed.reasons.keys() - stated_by_notes.keys():
        died = Finding(Kind.UNFINISHED, name, "A run died before its audit entry; no photo left.")
        yield Doubt(died, lambda name=name: not _is_entered(vault, read, "reason", name))  # type: ignore[misc]


def _check_reason_key(vault: Vault, filed: Filed, record: str, key: ThingKey, *, is_accepted: bool) -> Iterator[Found]:
    """Check the key of a reason: of a record that is gone, it is gone too, unless a legal hold keeps it."""
    if record not in filed.lived.gone:
        yield from check_thing_key(vault, key, is_accepted=is_accepted)
    elif record not in filed.lived.kept and vault.store.exists(key.name):
        left = Finding(Kind.REMAINS, key.name, "What was looked at for this reason is gone; so should its key be.")
        yield Doubt(left, lambda: vault.store.exists(key.name))


def _reason(entry: Body) -> StatedReason | None:
    """Return the sealed reason that an entry names; None where it names none that could be looked for."""
    folder = folder_of(entry)
    try:
        return stated_reason(folder, entry["reason"]) if folder is not None else None
    except (KeyError, ValueError):
        return None


# --- looking again, for what is filed while the vault is checked --------------------------------------------


def _is_walked(vault: Vault, station: str, number: int) -> bool:
    """Return whether a trail goes on to a note without a gap by now."""
    return all(vault.store.exists(layout.trail(station, each)) for each in range(1, number + 1))


def _is_filed(vault: Vault, read: _Read, record: str) -> bool:
    """Return whether a record is there by now, as the trail states it."""
    folder = PatientFolder(read.patients[record])
    if not (layout.is_id(folder) and layout.is_id(record)):
        return False
    is_there = is_published(vault, folder, RecordId(record))
    return is_there and manifest.load(vault, folder, RecordId(record)).digest == read.filed[record]


def _is_entered(vault: Vault, read: _Read, name: str, value: str) -> bool:
    """Return whether an entry that names a record or a reason has come to any trail since it was walked."""
    for station, (number, _) in read.heads.items():
        while vault.store.exists(layout.trail(station, number := number + 1)):
            for entry in trail.load(vault, station, number).entries:
                reason = _reason(entry)
                if value == (entry.get(name) if name != "reason" else reason and reason.name):
                    return True
    return False


def _is_stated(vault: Vault, read: _Read, key: str) -> bool:
    """Return whether a record or a reason with this key has come to be since."""
    folder, thing = (part.removesuffix(".age") for part in key.split("/")[-2:])
    if is_published(vault, PatientFolder(folder), RecordId(thing)):
        return True
    return _is_entered(vault, read, "reason", layout.reason(PatientFolder(folder), thing))
