"""A record and all that was added to it: which notes there are, in which order, and what holds now.

Order is by the digests that each note names, never by a clock: an addition comes after every one that it knew. A note
that another one names and that is not there is `missing`: then nobody can know what holds, and nothing is used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Final

from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.errors import Damaged, RefusedByRule, damage_in
from imgfile.frozen import dataclass
from imgfile.kept_notes import keep_life, kept_life
from imgfile.record_state.memory import RecordMemory, recall_record, remember_record
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import addition, ended, gone
from imgfile.vault.life.addition import LOOSENS, MAX_ADDITIONS, Addition, AdditionKind, Effect
from imgfile.vault.life.closings import expect_stated
from imgfile.vault.life.ended import Ended
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.stated import read_on
from imgfile.vault.records.find import is_published
from imgfile.vault.records.manifest import Cause, Manifest, is_same_photo, stems_from
from imgfile.vault.records.manifest import load as load_manifest


@dataclass(frozen=True)
class History:
    """One record: its manifest, its additions in order, and its tombstone."""

    manifest: Manifest
    additions: tuple[Addition, ...]
    """Each after those that it knew (`in_order`)."""
    gone: Gone | None
    accepted: Collection[str] = ()
    """Digests of notes whose loss in a restore an administrator accepted by name."""
    ended: Ended | None = None
    """How what a moved record kept under a hold has ended; None where it has not."""

    @cached_property
    def missing(self) -> frozenset[Digest]:
        """What a note of the record names and is not there."""
        named = {digest for each in self.additions for digest in (*each.knew, *each.ends)}
        if self.gone is not None:
            named.update(self.gone.knew)
        named -= {self.manifest.digest, *(each.digest for each in self.additions)}
        return frozenset(digest for digest in named if digest not in self.accepted)

    @cached_property
    def heads(self) -> tuple[Digest, ...]:
        """The notes that no other one names yet: what the next one knew."""
        named = {digest for each in self.additions for digest in each.knew}
        notes = (self.manifest.digest, *(each.digest for each in self.additions))
        return tuple(digest for digest in notes if digest not in named)

    @cached_property
    def effects(self) -> frozenset[Effect]:
        """What holds now without any key; that it was filed as intimate, only its sealed facts say."""
        return frozenset(effect for effect in Effect if effect not in LOOSENS and self.standing(effect))

    def standing(self, effect: Effect) -> list[Addition]:
        """Return the additions that make an effect hold now."""
        return addition.standing(self.additions, effect)

    @property
    def is_held(self) -> bool:
        """Whether a legal hold keeps the record from being destroyed."""
        return Effect.HELD in self.effects

    @property
    def is_kept(self) -> bool:
        """Whether the keys of a moved record stay: it was under a legal hold when it moved, or is under one since."""
        if self.gone is None or self.gone.how is not How.MOVED:
            return False
        return self.is_held or (self.was_held and self.ended is None)  # an end counts once the hold is lifted

    @property
    def is_over(self) -> bool:
        """Whether the record is gone, and no legal hold keeps what it was."""
        return self.gone is not None and not (self.keeps_keys or self.is_against_hold)

    @property
    def keeps_keys(self) -> bool:
        """Whether the record is gone, and a legal hold keeps the keys of what it was until it is lifted."""
        return self.is_kept or self.is_crossed

    @property
    def is_against_hold(self) -> bool:
        """Whether two persons destroyed it under a legal hold that they knew of (R18): no key goes on their word."""
        return self.gone is not None and self.gone.how is How.DESTROYED and self.was_held

    @property
    def is_crossed(self) -> bool:
        """Whether a legal hold came in the moment in which it was destroyed: no key goes until that is lifted.

        Neither of the two who acted knew of the other: whoever destroys looks again once the tombstone is there, and
        before any key goes; whoever holds looks again once the hold is. So one of them sees both.
        """
        is_ended = self.gone is not None and self.gone.how in {How.DESTROYED, How.WITHDRAWN}
        return is_ended and not self.was_held and self.is_held

    def refuse_crossed(self) -> None:
        """Refuse to remove the keys of what a legal hold came to as it was destroyed. Raises `RefusedByRule` (R18)."""
        if self.is_crossed:
            raise RefusedByRule(
                "R18",
                f"{self.manifest.reference} was put under a legal hold in this very moment: its keys stay.",
                "It is gone for everybody else. Who holds it:  imgfile legal-hold list\n"
                "Once that is lifted, the same command removes the keys.",
            )

    @property
    def is_destroyed(self) -> bool:
        """Whether two persons destroyed it, or what it kept under a legal hold when it moved."""
        if self.gone is None or not self.is_over:
            return False
        return self.ended is not None or self.gone.how is How.DESTROYED

    @property
    def agreed(self) -> tuple[str, ...]:
        """The ids of the proposals on whose word it was destroyed; none of a record that was not."""
        if self.gone is None or not self.is_destroyed:
            return ()
        return self.gone.proposals if self.ended is None else self.ended.proposals

    @property
    def was_held(self) -> bool:
        """Whether a record that is gone was under a legal hold that whoever signed its tombstone knew of."""
        return self.gone is not None and self.known_to(self.gone.knew).is_held

    @property
    def is_use_stopped(self) -> bool:
        """Whether somebody withdrew, and nobody allowed its use anew since."""
        return Effect.USE_STOPPED in self.effects

    def of_kind(self, kind: AdditionKind) -> list[Addition]:
        """Return the additions of one kind, in order."""
        return [each for each in self.additions if each.kind is kind]

    @cached_property
    def birth_guards(self) -> frozenset[str]:
        """The marks of the birth date: the newest; several where two were amended at once; else the manifest's."""
        marked = [each for each in self.additions if each.birth_guard]
        newest = [each for each in marked if not any(self.knew_of(other, each) for other in marked)]
        return frozenset(each.birth_guard for each in newest) or frozenset({self.manifest.birth_guard})

    def knew_of(self, later: Addition, earlier: Addition) -> bool:
        """Return whether an addition's writer knew of another one, directly or through others."""
        return earlier.digest in self._known[later.digest]

    @cached_property
    def _known(self) -> dict[Digest, frozenset[Digest]]:
        known: dict[Digest, frozenset[Digest]] = {self.manifest.digest: frozenset()}
        for each in self.additions:  # those it knew come before
            known[each.digest] = frozenset(each.knew).union(*(known.get(digest, frozenset()) for digest in each.knew))
        return known

    def known_to(self, knew: Iterable[Digest]) -> History:
        """Return the record as whoever knew these notes of it saw it, before any tombstone."""
        named = set(knew)
        ends = [each for each in self.additions if each.digest in named]
        seen = [each for each in self.additions if each in ends or any(self.knew_of(end, each) for end in ends)]
        return History(self.manifest, tuple(seen), None, self.accepted)

    def taken_away(self, seen: RecordMemory) -> list[str]:
        """Return the names of notes that were seen before and are not there as they were, unless that was accepted."""
        folder, record = self.manifest.folder, self.manifest.record
        there: dict[str, str] = {
            layout.addition_note(folder, record, each.thing): each.digest for each in self.additions
        }
        before = {layout.addition_note(folder, record, thing): digest for thing, digest in seen.notes.items()}
        if self.gone is not None:
            there[self.gone.note] = self.gone.digest
        if seen.gone:
            before[layout.tombstone(folder, record)] = seen.gone
        return [name for name, digest in before.items() if there.get(name) != digest and digest not in self.accepted]

    def expect_here(self) -> None:
        """See that the record is not gone. Raises `RefusedByRule`, which says what became of it."""
        if self.gone is not None:
            raise gone_refusal(self.gone)

    def leads_to_photo(self, vault: Vault) -> bool:
        """Return whether a moved record is where its tombstone leads, filed from it; True of all others."""
        if self.gone is None or self.gone.to is None:
            return True
        if not is_published(vault, *self.gone.to):
            return False
        new = load_manifest(vault, *self.gone.to)
        return is_same_photo(new, self.manifest) and stems_from(new, self.manifest)

    def expect_whole(self) -> None:
        """See that every note that another one names is there. Raises `Damaged`."""
        if self.missing:
            raise Damaged(
                f"something that was added to {self.manifest.reference} is not there.",
                "Until it is restored, nobody can know what holds of it.  imgfile verify",
            )


def gone_refusal(tombstone: Gone) -> RefusedByRule:
    """Return why nothing is done with a record that is gone, and what became of it."""
    reference = tombstone.reference
    match tombstone.how:
        case How.MOVED if tombstone.to is not None:
            now = layout.reference(tombstone.to[1])
            if tombstone.cause is Cause.REKEYED:
                return RefusedByRule("R25", f"{reference} is {now} now: its patient's number changed.", "")
            return RefusedByRule("R25", f"{reference} was filed for the wrong patient: it is {now} now.", "")
        case How.WITHDRAWN:
            words = "consent was withdrawn, and it was destroyed the same day"
            return RefusedByRule("R24", f"{reference} is gone: {words}.", "")
        case _:
            return RefusedByRule("R18", f"{reference} is gone: two persons destroyed it.", "")


def load(vault: Vault, of: Manifest) -> History:
    """Read a record's additions and its tombstone, each verified. Raises `Damaged` where one does not hold.

    What this station saw of the record before, and what other trails state of it, must be there; what it sees for the
    first time, it remembers.
    """
    read_on(vault)
    with damage_in(of.reference):
        return _loaded(vault, of)


def _loaded(vault: Vault, of: Manifest) -> History:
    seen = recall_record(vault.station, of.record)
    tombstone = gone.load(vault, of.folder, of.record, known=seen.gone)
    things = list(addition_names(vault, of.folder, of.record))
    if len(things) > 2 * MAX_ADDITIONS:  # two computers may reach the bound at once
        raise Damaged(f"{layout.record(of.folder, of.record)} holds too many additions.", "Run:  imgfile verify")
    found = [addition.load(vault, of.folder, of.record, thing, known=seen.notes.get(thing, "")) for thing in things]
    if tombstone is not None and tombstone.manifest != of.digest:
        raise Damaged(f"{layout.tombstone(of.folder, of.record)} is of another manifest.", "Run:  imgfile verify")
    if tombstone is not None and tombstone.digest != seen.gone:
        _expect_own(vault, of, tombstone)
    end = ended.load(vault, tombstone, of.folder, of.record)
    stated: list[Addition | Gone | Ended] = [*found, *([tombstone] if tombstone else []), *([end] if end else [])]
    for each in stated:
        expect_stated(vault, each.signer.name, of.record, each.digest, each.note)
    history = History(of, tuple(in_order(of, found)), tombstone, vault.roster.accepted, end)
    _compare(of, seen, history)
    notes = {str(each.thing): str(each.digest) for each in history.additions}
    _keep_new(vault, seen, history)
    ending = frozenset({str(end.digest)} if end else ())
    remember_record(vault.station, of.record, RecordMemory(notes, tombstone.digest if tombstone else "", ending))
    return history


def _expect_own(vault: Vault, of: Manifest, tombstone: Gone) -> None:
    """See that a tombstone leads to no other photo than the record's own. Raises `Damaged`.

    Where that is not there, or does not hold, `verify` reports it: what is gone is gone all the same.
    """
    if tombstone.to is None or not is_published(vault, *tombstone.to):
        return
    try:
        new = load_manifest(vault, *tombstone.to)
    except Damaged:
        return
    if not (is_same_photo(new, of) and stems_from(new, of)):
        raise Damaged(
            f"{tombstone.note} leads to a record that was not filed from {of.reference}.",
            "Use neither on its word until you know why:  imgfile verify",
        )


def _keep_new(vault: Vault, seen: RecordMemory, history: History) -> None:
    """Keep the notes that this station sees for the first time, so that they can be put back after a restore."""
    names = [each.note for each in history.additions if seen.notes.get(each.thing) != each.digest]
    if history.gone is not None and history.gone.digest != seen.gone:
        names += [*map(layout.proposal, history.gone.proposals), history.gone.note]
    if history.ended is not None:
        names += [*map(layout.proposal, history.ended.proposals), history.ended.note]
    for name in names:
        if not kept_life(vault.station, name):
            keep_life(vault.station, name, vault.store.read(name))


def addition_names(vault: Vault, folder: PatientFolder, record: RecordId) -> Iterator[str]:
    """Yield the ids of a record's additions, as they are listed."""
    for name in vault.store.names(layout.record(folder, record)):
        if layout.is_key_note(name):
            yield name.removesuffix(".note")


def in_order(of: Manifest, found: Collection[Addition]) -> Iterator[Addition]:
    """Yield additions after those that they knew, as a `History` has them; else by their moment, then by their id.

    None of them knew itself, nor one that knew it: what a note knew is in the text whose digest names it.
    """
    waiting = sorted(found, key=lambda each: (each.at, each.thing))
    present = {each.digest for each in found}
    out: set[Digest] = {of.digest}
    while waiting:
        ready = next(each for each in waiting if not (set(each.knew) & present) - out)
        waiting.remove(ready)
        out.add(ready.digest)
        yield ready


def _compare(of: Manifest, seen: RecordMemory, history: History) -> None:
    if history.taken_away(seen):
        raise Damaged(
            f"something that this computer saw of {of.reference} is not there any more.",
            "Somebody took it away, or an older backup was restored. Use the record no more:  imgfile verify\n"
            f"{_ACCEPT}",
        )
    gone_by = [each.digest for each in (history.gone, history.ended) if each is not None]
    if not seen.stated <= {*(each.digest for each in history.additions), *gone_by, *history.accepted}:
        raise Damaged(
            f"something that was added to {of.reference}, or that it is gone, is not there: a trail states it.",
            "A share can take a minute to show it. If it stays so, somebody took it away, or put an older copy back.\n"
            f"Use the record no more until you know why:  imgfile verify\n{_ACCEPT}",
        )


_ACCEPT: Final = "A backup was restored, and there is no newer one?  imgfile vault accept-loss"
