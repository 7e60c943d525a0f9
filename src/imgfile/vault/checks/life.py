"""What was added to records, and what became of them, against the notes, the keys and the trails.

| found | is |
| --- | --- |
| a note that does not hold, or that its signer may not have signed | damaged |
| a note that another one names, that the trail states, or that was seen here, and that is not there | missing |
| a note that no trail states | unfinished: a run died before its entry |
| a key of what has a tombstone | remains: a run died before it was removed, or an older copy of the keys was put back |
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from imgfile.clinical.proofs import RecordId
from imgfile.errors import Damaged
from imgfile.notes import Body
from imgfile.record_state.memory import recall_record
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import ACCEPTED, Doubt, Finding, Found, Kind, caught
from imgfile.vault.checks.thing_keys import check_thing_key
from imgfile.vault.life import addition, ended, gone
from imgfile.vault.life.addition import Addition
from imgfile.vault.life.closings import INBOX, LIFE, UNSTATED, limits_of
from imgfile.vault.life.ended import Ended
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.history import History, addition_names, in_order
from imgfile.vault.records import manifest
from imgfile.vault.records.find import is_published, patients
from imgfile.vault.records.manifest import Cause, Manifest, SealedObject, is_same_photo, stems_from
from imgfile.vault.records.taken_away import remembered, taken_away
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.trail.reasons import StatedReason


@dataclass
class Lived:
    """What was found beside records: digest of a note → where it lies."""

    notes: dict[str, str] = field(default_factory=dict, repr=False)
    keys: set[str] = field(default_factory=set, repr=False)
    """Names of the keys that these notes state."""
    gone: set[str] = field(default_factory=set, repr=False)
    """Records that have a tombstone."""
    withdrawn: dict[str, tuple[History, Gone]] = field(default_factory=dict, repr=False)
    """Of these the ones that one person destroyed on a withdrawal."""
    limits: dict[str, Mapping[str, int]] = field(default_factory=dict, repr=False)
    """Digest of a note whose signer is closed → up to which note each trail may state it."""
    kept: set[str] = field(default_factory=set, repr=False)
    """Records that have one, and whose keys a legal hold keeps."""
    filed_from: dict[str, Manifest] = field(default_factory=dict, repr=False)
    """Records that say they were moved or rekeyed from another one."""
    accepted: dict[str, str] = field(default_factory=dict, repr=False)
    """Record that was an item of the inbox → what that was called."""
    moved: dict[str, History] = field(default_factory=dict, repr=False)
    """Records whose tombstone leads to another one."""
    reasons: dict[str, StatedReason] = field(default_factory=dict, repr=False)
    """Name of a sealed reason in the vault → how the proposal states it that has it."""
    proposed: dict[str, str] = field(default_factory=dict, repr=False)
    """Id of a signature on a proposal → the digest of its text."""

    def add(self, vault: Vault, stated: Addition | Gone | Ended) -> None:
        """Take a note that holds by itself."""
        self.take(vault, stated.digest, stated.note, stated.signer.name)

    def take(self, vault: Vault, digest: str, where: str, signer: str) -> None:
        """Take a note by its digest: where it lies, and who signed it."""
        self.notes[digest] = where
        limits = limits_of(vault.roster, signer)
        if limits is not None and digest not in vault.roster.accepted:
            self.limits[digest] = limits


def check_life(vault: Vault, of: Manifest, lived: Lived) -> Iterator[Found]:
    """Check everything that was added to a record, and its tombstone; fill `lived`."""
    here = layout.record(of.folder, of.record)
    if of.origin is not None and of.origin.how is not Cause.ACCEPTED:
        lived.filed_from[of.record] = of
    elif of.origin is not None:
        lived.accepted[of.record] = layout.reference(of.origin.start)
    found: list[Addition] = []
    for thing in addition_names(vault, of.folder, of.record):
        name = layout.addition_note(of.folder, of.record, thing)
        yield from caught(name, _check_addition(vault, of, thing, found, lived))
    tombstones: list[Gone] = []
    yield from caught(f"{here}/{layout.GONE}", _check_tombstone(vault, of, tombstones, lived))
    stone, ends, accepted = tombstones[0] if tombstones else None, list[Ended](), vault.roster.accepted
    added = tuple(in_order(of, found))
    before = History(of, added, stone, accepted)
    yield from caught(layout.ended(of.folder, of.record), _check_end(vault, before, ends, lived))
    history = History(of, added, stone, accepted, ends[0] if ends else None)
    if history.gone is not None and history.gone.to is not None:
        lived.moved[of.record] = history
    if history.gone is not None and not history.is_over:
        lived.kept.add(of.record)
    if history.gone is not None and history.gone.how is How.WITHDRAWN:
        lived.withdrawn[of.record] = history, history.gone
    yield from _check_named(vault, history)
    yield from _check_unheld(vault, history)
    yield from _check_keys(vault, history, is_kept=of.record in lived.kept)


@dataclass(frozen=True, slots=True)
class Beside:
    """The names beside a record that what became of it accounts for."""

    stated: frozenset[str]
    """By a note of its life."""
    unfinished: tuple[str, ...]
    """By none: sealed objects with a key, of a run that died before its note."""

    def __contains__(self, name: object) -> bool:
        """Return whether a name is one of these."""
        return name in self.stated or name in self.unfinished


def names_beside(vault: Vault, of: Manifest) -> Beside:
    """Return which names beside a record its life accounts for."""
    things = list(addition_names(vault, of.folder, of.record))
    sealed = {f"{thing}.age" for thing in (*things, *_of_tombstone(vault, of))}
    stated = frozenset({*(f"{thing}.note" for thing in things), *sealed, layout.GONE, layout.ENDED})
    unfinished = (
        name
        for name in vault.store.names(layout.record(of.folder, of.record))
        if name.endswith(".age") and name not in sealed and _has_key(vault, of, name.removesuffix(".age"))
    )
    return Beside(stated, tuple(unfinished))


def _has_key(vault: Vault, of: Manifest, thing: str) -> bool:
    return layout.is_id(thing) and vault.store.exists(layout.thing_key(of.folder, thing))


def _of_tombstone(vault: Vault, of: Manifest) -> Iterator[str]:
    try:
        stated = gone.load(vault, of.folder, of.record)
    except Damaged:  # it is found where it is checked
        return
    if stated is not None and stated.key is not None:
        yield stated.key.thing


def _check_addition(vault: Vault, of: Manifest, thing: str, found: list[Addition], lived: Lived) -> Iterator[Found]:
    stated = addition.load(vault, of.folder, of.record, thing)
    found.append(stated)
    lived.add(vault, stated)
    name = layout.addition_object(of.folder, of.record, thing)
    yield from caught(name, _check_object(vault, name, stated.sealed))


def _check_tombstone(vault: Vault, of: Manifest, tombstones: list[Gone], lived: Lived) -> Iterator[Found]:
    stated = gone.load(vault, of.folder, of.record)
    if stated is None:
        return
    tombstones.append(stated)
    lived.gone.add(of.record)
    lived.add(vault, stated)
    if stated.manifest != of.digest:
        yield Finding(Kind.DAMAGED, layout.tombstone(of.folder, of.record), "It is of another manifest.")
    if stated.to is not None:
        yield from _check_destination(vault, of, stated)
    if stated.key is not None and stated.sealed is not None:
        lived.keys.add(stated.key.name)
        yield from check_thing_key(vault, stated.key, is_accepted=stated.sealed.digest in vault.roster.accepted)
        name = layout.addition_object(of.folder, of.record, stated.key.thing)
        yield from caught(name, _check_object(vault, name, stated.sealed))


def _check_end(vault: Vault, of: History, ends: list[Ended], lived: Lived) -> Iterator[Found]:
    stated = ended.load(vault, of.gone, of.manifest.folder, of.manifest.record)
    if stated is None:
        return
    ends.append(stated)
    lived.add(vault, stated)
    if not of.was_held:
        yield Finding(Kind.UNEXPECTED, stated.note, "It ends what no legal hold kept.")


def _check_destination(vault: Vault, of: Manifest, stated: Gone) -> Iterator[Found]:
    """Check that a moved record is where its tombstone leads, and of the very same photo."""
    assert stated.to is not None  # noqa: S101 - whoever calls has seen that
    here = layout.tombstone(of.folder, of.record)
    if not is_published(vault, *stated.to):
        yield Finding(Kind.MISSING, here, "It leads to a record that is not there.")
        return
    try:
        new = manifest.load(vault, *stated.to)
    except Damaged:  # it is found where it lies
        return
    if not is_same_photo(new, of):
        yield Finding(Kind.DAMAGED, here, "It leads to a record of another photo.")
    elif new.origin is None or not stems_from(new, of):
        yield Finding(Kind.DAMAGED, here, "It leads to a record that was not filed from it.")
    elif new.origin.start == of.record and new.origin.how is not stated.cause:
        yield Finding(Kind.DAMAGED, here, "It says another cause than the record that it leads to.")


def _check_object(vault: Vault, name: str, stated: SealedObject) -> Iterator[Found]:
    """Check that a sealed object is there as its note states it, unless its loss was accepted."""
    is_there = vault.store.exists(name)
    if not is_there and stated.digest in vault.roster.accepted:
        yield Finding(Kind.LOST, name, ACCEPTED)
    elif not is_there:
        yield Finding(Kind.MISSING, name, "A note states it, and it is not there.")
    elif len(vault.store.read_matching(name, stated.digest, "what its note states")) != stated.length:
        yield Finding(Kind.DAMAGED, name, "It is not what its note states.")


def _check_named(vault: Vault, history: History) -> Iterator[Found]:
    here = layout.record(history.manifest.folder, history.manifest.record)
    if history.missing:
        yield Finding(Kind.MISSING, here, f"{len(history.missing)} notes that others of this record name are away.")
    seen = recall_record(vault.station, history.manifest.record)
    for name in history.taken_away(seen):
        is_tombstone = name == f"{here}/{layout.GONE}"
        words = "that the record is gone." if is_tombstone else "it before, and it is not there as it was."
        yield Finding(Kind.MISSING, name, f"This computer saw {words}")


def _check_unheld(vault: Vault, history: History) -> Iterator[Found]:
    """Find a record that was destroyed under a legal hold that its tombstone's signer knew of, or as it came (R18)."""
    if history.ended is not None and history.was_held and history.is_held:
        where = layout.ended(history.manifest.folder, history.manifest.record)
        yield Finding(Kind.DAMAGED, where, "What it kept was destroyed under a legal hold that stood.")
    if history.is_against_hold:
        where = layout.tombstone(history.manifest.folder, history.manifest.record)
        yield Finding(Kind.DAMAGED, where, "It was destroyed under a legal hold that stood.")
    if history.is_crossed:
        of = history.manifest
        key = of.key.name if isinstance(of.key, ThingKey) else layout.patient_identity(of.folder, of.key)
        where = layout.tombstone(of.folder, of.record)
        if vault.store.exists(key):
            yield Finding(
                Kind.REMAINS, where, "A legal hold came as it was destroyed: until it is lifted its keys stay."
            )
        else:
            late = "A legal hold came as it was destroyed, and no key is left: tell whoever needs it, then lift it."
            yield Finding(Kind.DAMAGED, where, late)


def _check_keys(vault: Vault, history: History, *, is_kept: bool) -> Iterator[Found]:
    """Check that the keys of what is there are there, and of what is gone are not."""
    own = [history.manifest.key] if isinstance(history.manifest.key, ThingKey) else []
    added = [each.key for each in history.additions]
    if history.gone is None:
        for each in history.additions:
            yield from check_thing_key(vault, each.key, is_accepted=each.sealed.digest in history.accepted)
        return
    for key in (*own, *added) if is_kept and history.was_held else ():
        yield from check_thing_key(vault, key)
    for key in (*own, *added):
        if vault.store.exists(key.name) and not is_kept:
            left = Finding(
                Kind.REMAINS,
                key.name,
                "What it opens is gone, and so should it be: run the command again that ended it.",
            )
            yield Doubt(left, lambda key=key: vault.store.exists(key.name))  # type: ignore[misc]


# --- against the trails ---------------------------------------------------------------------------------


@dataclass
class Entered:
    """What the trails say was added or is gone: digest of a note → the record that it is of."""

    records: dict[str, str] = field(default_factory=dict, repr=False)
    where: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)
    """Digest of a note → the trails that state it, each with the number of its first note that does."""
    proposed: dict[str, str] = field(default_factory=dict, repr=False)
    """Id of a signature on a proposal → the digest of its text."""

    def read(self, entry: Body, station: str, number: int) -> None:
        """Take what an entry of a station's trail states, in the note of this number."""
        if entry.get("act") == "proposed":
            self.proposed[str(entry.get("proposal"))] = str(entry.get("note"))
        if entry.get("act") in LIFE and "record" in entry:
            digest = str(entry.get("note"))
            self.records[digest] = str(entry["record"])
            self.where.setdefault(digest, {}).setdefault(station, number)
        if entry.get("act") in INBOX:
            digest = str(entry.get("note"))
            self.records[digest] = f"{layout.INBOX}/{entry.get('item')}"
            self.where.setdefault(digest, {}).setdefault(station, number)

    def is_stated(self, digest: str, limits: Mapping[str, int]) -> bool:
        """Return whether a trail states a note no later than it may."""
        return any(number <= limits.get(station, 0) for station, number in self.where.get(digest, {}).items())


def check_entered(
    vault: Vault, lived: Lived, entered: Entered, is_entered_now: Callable[[str], bool]
) -> Iterator[Found]:
    """Match the notes that were found with those that the trails state, both ways."""
    for digest, record in entered.records.items():
        if digest not in lived.notes and digest in vault.roster.accepted:
            yield Finding(Kind.LOST, record, ACCEPTED)
        elif digest not in lived.notes:
            yield Finding(Kind.MISSING, record, "The trail states a note of this record, and it is not there.")
    for digest, where in lived.notes.items():
        if digest in lived.limits and not entered.is_stated(digest, lived.limits[digest]):
            yield Finding(Kind.DAMAGED, where, f"It {UNSTATED}")
        elif digest not in entered.records:
            died = Finding(Kind.UNFINISHED, where, "A run died before its audit entry; its computer enters it next.")
            yield Doubt(died, lambda digest=digest: not is_entered_now(digest))  # type: ignore[misc]


def check_remembered(vault: Vault, known: Collection[str]) -> Iterator[Found]:
    """Find the records of which this computer remembers something, and that are neither there nor stated by a trail.

    `known` are those that were found, and those that a trail states: that one of these is not there is found by that.
    """
    for record in taken_away(vault, remembered(vault), known):
        lost = Finding(Kind.MISSING, record, "This computer saw something added to it, and it is not there.")
        yield Doubt(lost, lambda record=record: not _is_anywhere(vault, record))  # type: ignore[misc]


def _is_anywhere(vault: Vault, record: RecordId) -> bool:
    """Return whether a record is there by now, whoever's it is."""
    return any(is_published(vault, folder, record) for folder in patients(vault))


def is_gone(vault: Vault, of: Manifest) -> bool:
    """Return whether a record has a tombstone that holds."""
    try:
        return gone.load(vault, of.folder, of.record) is not None
    except Damaged:
        return False
