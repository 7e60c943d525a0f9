"""Destroying records: two persons sign, each with their own identity, on whichever computer, days apart if need be.

1. Only what is whole, and under no legal hold, is proposed and destroyed (R18), and no photo that any computer has on a
   safeguarding hold (R21); all is looked at again when the second person signs, and the legal holds once more before
   any key goes. Of requests for access, which bar it too, imgfile knows nothing yet: a legal hold stands for one.
2. One of the two is a privacy lead or an administrator, the other a senior clinician or a witness; each was in the
   roster that the proposal names, and is in the one of the day.
3. The second signature is durable first, then each record's tombstone, then its keys go: of the record, of what was
   added to it, and of the reasons for which it was looked at. What a run that died left over, the next run finishes.
4. A key of format 1 is its patient's: it goes with the last record that is sealed to it.
5. What this computer keeps of a record's answers goes too.
6. A proposal is approved as a whole: where a record of it is gone otherwise (moved, withdrawn, destroyed by another
   proposal), it is void. Who agreed is who signed the text that the tombstones name, and nobody who came later.
7. Of a record that moved under a hold the old place keeps its keys; once the hold is lifted they go the same way, and a
   note of its own says so. The photo in its new place stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from imgfile.acts.life.person import Actor
from imgfile.counts import counted
from imgfile.errors import Damaged, RefusedByRule, UsageError
from imgfile.frozen import dataclass
from imgfile.record_state.forget_answers import forget_marked
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.life import history as life
from imgfile.vault.life import proposals, write
from imgfile.vault.life.burn import burn_keys, is_spent
from imgfile.vault.life.ended import Ended
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.history import History, gone_refusal
from imgfile.vault.life.proposals import Proposal, ProposedThing
from imgfile.vault.life.signers import Signer
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Person
from imgfile.vault.still_admitted import expect_still_admitted
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.trail.holds import safeguarding_holds
from imgfile.vault.trail.reasons import seal_reason

_NOTHING: Final = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Pending:
    """One text that was proposed, and everybody's signature on it."""

    signed: tuple[Proposal, ...]
    gone: int
    """How many of its records are destroyed on its word."""
    otherwise: int = 0
    """How many are gone otherwise, moved, withdrawn or by another proposal: then it is void, being one whole."""

    @property
    def first(self) -> Proposal:
        """The signature of one who proposed it: of the only one, before another approved it."""
        return self.signed[0]

    @property
    def reference(self) -> str:
        """What people call it."""
        return self.first.reference

    @property
    def is_done(self) -> bool:
        """Whether all its records are destroyed on its word."""
        return self.gone == len(self.first.things)

    @property
    def is_waiting(self) -> bool:
        """Whether somebody may still approve it, or finish it."""
        return not self.is_done and not self.otherwise


@dataclass(frozen=True, slots=True)
class DamagedProposal:
    """A signature on a proposal of which nothing can be believed: not even of which one it is."""

    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What two persons destroyed."""

    pending: Pending
    signed: tuple[Proposal, ...]
    """What the tombstones name: two for each record, whoever proposed it first."""
    records: tuple[History, ...]
    """Each with its tombstone."""
    kept: tuple[Manifest, ...]
    """Records of format 1 whose patient's key stays, since other photos are sealed to it."""


def propose(vault: Vault, records: Sequence[Manifest], reason: str, by: Actor, *, at: datetime) -> Proposal:
    """Propose to destroy records of one patient, as the first of two persons.

    Raises `RefusedByRule` (R18), `UsageError`, `Damaged`, `NotWritable`; then nothing is proposed.
    """
    if not 1 <= len(records) <= proposals.MAX_THINGS or len({each.folder for each in records}) != 1:
        raise UsageError("records of one patient are proposed together, and at least one.", _NOTHING)
    with vault.station.locked():
        expect_still_admitted(vault, by.holder)
        expect_destroyable(vault, [life.load(vault, each) for each in records])
        things = [ProposedThing(each.folder, each.record, each.digest) for each in records]
        statement = seal_reason(vault, records[0].folder, reason)
        return write.propose(vault, proposals.text(vault, things, statement, at=at), at, by.key)


def expect_destroyable(vault: Vault, records: Sequence[History]) -> None:
    """See that nothing keeps these records from being destroyed. Raises `RefusedByRule`, `Damaged`."""
    held = safeguarding_holds(vault) if records else {}
    for each in records:
        _expect_destroyable(each, held)


def _expect_destroyable(of: History, held: Mapping[str, str]) -> None:
    if not of.keeps_keys:  # what a moved record kept under a hold is destroyed once that is lifted
        of.expect_here()
    of.expect_whole()
    reference = of.manifest.reference
    if of.is_held:
        raise RefusedByRule(
            "R18",
            f"{reference} is under a legal hold: it is not destroyed.",
            f"{_NOTHING} imgfile legal-hold list  says since when; imgfile show {reference} --history  says why.",
        )
    if of.manifest.same_mark in held:
        raise RefusedByRule(
            "R21",
            f"the photo of {reference} is on a safeguarding hold: it is not destroyed.",
            f"{_NOTHING} A named person lifts it at {held[of.manifest.same_mark]}:  imgfile safeguarding list",
        )


def waiting(vault: Vault) -> list[Pending]:
    """Return everything that was proposed, oldest first; a note that does not hold counts for nothing."""
    return [each for each in proposed(vault) if isinstance(each, Pending)]


def proposed(vault: Vault) -> list[Pending | DamagedProposal]:
    """Return the notes that do not hold, then everything that was proposed, oldest first."""
    by_text: dict[str, list[Proposal]] = {}
    damaged: list[Pending | DamagedProposal] = []
    for name in proposals.names(vault):
        try:
            proposal = proposals.load(vault, name)
        except Damaged as error:
            damaged.append(DamagedProposal(layout.proposal(name), error.message))
        else:
            by_text.setdefault(proposal.digest, []).append(proposal)
    found = [Pending(tuple(each), *_gone(vault, each[0])) for each in map(_in_order, by_text.values())]
    return [*damaged, *sorted(found, key=lambda each: (each.first.made, each.first.name))]


def _in_order(signed: list[Proposal]) -> list[Proposal]:
    return sorted(signed, key=lambda each: each.name)


def _gone(vault: Vault, proposal: Proposal) -> tuple[int, int]:
    """Return how many of its records are destroyed on its word, and how many are gone otherwise."""
    states = [_is_destroyed(vault, proposal, each) for each in proposal.things]
    return states.count(True), states.count(False)


def _is_destroyed(vault: Vault, proposal: Proposal, thing: ProposedThing) -> bool | None:
    """Return whether a record, or what it kept when it moved, was destroyed on this proposal's word.

    None where it is here, or what it kept is; None too where that is damaged: nobody can know, and whoever approves it
    is told.
    """
    if not vault.store.exists(layout.tombstone(thing.folder, thing.record)):
        return None
    try:
        history = life.load(vault, manifest.load(vault, thing.folder, thing.record))
        return _is_by(vault, proposal, history) if history.is_over else None
    except Damaged:
        return None


def _is_by(vault: Vault, proposal: Proposal, history: History) -> bool:
    """Return whether a record was destroyed by two who signed this very text. Raises `Damaged`."""
    return any(proposals.load(vault, name).digest == proposal.digest for name in history.agreed)


def find(among: Sequence[Pending | DamagedProposal], typed: str) -> Pending:
    """Return the proposal that a reference, or its beginning, names.

    Raises `UsageError`; `Damaged` where none is called that, and one of them says nothing that can be believed.
    """
    wanted = layout.normalise_reference(typed)
    pending = [each for each in among if isinstance(each, Pending)]
    found = [each for each in pending if wanted is not None and each.reference.startswith(wanted)]
    if not found:
        expect_sound(among)
    if len(found) != 1:
        what = "no proposal is called that" if not found else f"{len(found)} proposals are called that"
        raise UsageError(f"{what}.", "List them:  imgfile destroy list")
    return found[0]


def expect_sound(among: Sequence[Pending | DamagedProposal]) -> None:
    """See that every note of a proposal holds. Raises `Damaged`."""
    if damaged := [each for each in among if isinstance(each, DamagedProposal)]:
        one = "note of a proposal is damaged: nobody can know what it proposes."
        several = "notes of proposals are damaged: nobody can know what they propose."
        raise Damaged(counted(len(damaged), one, several), "imgfile verify tells what is wrong.")


def records_of(vault: Vault, pending: Pending) -> list[History]:
    """Return what a proposal would destroy, or has, each record as it is now. Raises `Damaged`, `RefusedByRule`."""
    found = []
    for thing in pending.first.things:
        of = manifest.load(vault, thing.folder, thing.record)
        if of.digest != thing.manifest:
            raise Damaged(f"{of.reference} is not the record that was proposed.", "Run:  imgfile verify")
        found.append(life.load(vault, of))
        _expect_not_void(vault, pending, found[-1])
    expect_destroyable(vault, [each for each in found if not each.is_destroyed])
    return found


def _expect_not_void(vault: Vault, pending: Pending, history: History) -> None:
    if history.gone is None or not history.is_over or _is_by(vault, pending.first, history):
        return
    why = gone_refusal(history.gone)
    raise RefusedByRule(
        why.rule,
        f"{pending.reference} is void, since it is approved as a whole: {why.message}",
        "Nothing was destroyed on its word. What is still to go is proposed anew:  imgfile destroy propose RECORD",
    )


def expect_second(vault: Vault, pending: Pending, by: Actor) -> tuple[Proposal, Proposal | None]:
    """See that this person may be the second; return the first's signature, and theirs where it is there already.

    Raises `RefusedByRule` (R18), `Damaged`.
    """
    others = [each for each in pending.signed if _is_partner(vault, each, by)]
    if others:
        mine = (each for each in pending.signed if each.signer.name == by.holder)
        return others[0], next(mine, None)
    first, here = pending.first, vault.roster
    me, they = here.person(by.holder), here.holding(first.signer.name)
    if they is None:
        raise _refused("whoever proposed it is not in the practice any more with that identity", pending)
    if me is None or me.who == they.who:
        raise _refused(f"{they.title} proposed it, and another person approves it", pending)
    if not proposals.may_agree(they, me):
        raise _refused(
            "one of the two is a privacy lead or an administrator, and the other a senior clinician or a witness; "
            f"{they.title} is {_roles(they.roles)}, and you are {_roles(me.roles)}",
            pending,
            f"Who may approve it is {partners_named(they)}:  imgfile people list",
        )
    raise _refused("your identity was let in after it was proposed, and cannot sign that text", pending)


def _is_partner(vault: Vault, other: Proposal, by: Actor) -> bool:
    """Return whether this person may be the second to whoever signed, by the text's roster and by today's."""
    was_listed = any(named.credential(by.holder) is not None for named in vault.rosters_named(other.roster))
    return was_listed and proposals.persons_agree(vault, other.signer.name, by.holder, vault.roster.seen)


def _roles(roles: Sequence[str]) -> str:
    return " and ".join(role.replace("_", " ") for role in roles) or "without a role"


def partners_named(person: Person) -> str:
    """Return as what another person may approve what this one proposed: "a senior clinician or a witness"."""
    roles = sorted(proposals.partners_of(person))
    return " or ".join(f"{'an' if role[0] in 'aeiou' else 'a'} {role.replace('_', ' ')}" for role in roles)


def seconds(vault: Vault, by: Actor) -> list[Person]:
    """Return who of the practice may approve what somebody proposed, as the roster is now."""
    me = vault.roster.person(by.holder)
    return [] if me is None else [one for one in vault.roster.people if proposals.may_agree(me, one)]


_ANEW: Final = "Propose it anew:  imgfile destroy propose RECORD"


def _refused(why: str, pending: Pending, instead: str = _ANEW) -> RefusedByRule:
    return RefusedByRule("R18", f"{pending.reference}: {why}.", f"{_NOTHING} {instead}")


def approve(vault: Vault, pending: Pending, by: Actor, *, at: datetime) -> Destroyed:
    """Destroy what another person proposed, as the second; or finish what a run that died had begun.

    Raises `RefusedByRule` (R18), `Damaged`, `NotWritable`; what is destroyed by then stays so, and the same command
    goes on.
    """
    with vault.station.locked():
        records = records_of(vault, pending)
        names = () if all(each.is_destroyed for each in records) else _signed(vault, pending, by, at)
        done = [_destroy(vault, history, names, by, at) for history in records_of(vault, pending)]
        forget_marked(vault.station)
    kept = tuple(each.manifest for each in done if _keeps_patient_key(vault, each.manifest))
    return Destroyed(pending, _who_agreed(vault, done), tuple(done), kept)


def _signed(vault: Vault, pending: Pending, by: Actor, at: datetime) -> tuple[str, str]:
    """Sign a proposal as the second, where that was not done before; return the ids of both signatures."""
    first, second = expect_second(vault, pending, by)
    expect_still_admitted(vault, by.holder, first.signer.name)
    if second is None:
        proposals.expect_signable(first)
        second = write.propose(vault, first.body, at, by.key)
    return first.name, second.name


def _who_agreed(vault: Vault, done: Sequence[History]) -> tuple[Proposal, ...]:
    """Return the signatures that the tombstones name, of whoever proposed it first."""
    found = [proposals.load(vault, name) for name in sorted({name for each in done for name in each.agreed})]
    ended = {stated.signer.name for each in done for stated in (each.ended or each.gone,) if stated is not None}
    return tuple(sorted(found, key=lambda each: each.signer.name in ended))


def _destroy(vault: Vault, history: History, names: tuple[str, ...], by: Actor, at: datetime) -> History:
    """Put a record's tombstone in its place, and remove its keys; of what has one, the keys that are left over."""
    of = history.manifest
    if history.gone is None:
        stated = Gone(
            folder=of.folder,
            record=of.record,
            manifest=of.digest,
            how=How.DESTROYED,
            knew=history.heads,
            at=at,
            proposals=names,
            signer=Signer(""),
        )
        write.end(vault, history, stated, by.key)
        history = life.load(vault, of)
    if history.gone is not None and history.is_kept:
        ending = Ended(
            folder=of.folder, record=of.record, gone=history.gone.digest, proposals=names, at=at, signer=Signer("")
        )
        history = write.end_kept(vault, history, ending, by.key)
    history.refuse_crossed()
    if not history.is_destroyed:
        raise Damaged(f"{of.reference} is gone otherwise: somebody was quicker.", "Run:  imgfile verify")
    burn_keys(vault, history)
    return history


def _keeps_patient_key(vault: Vault, of: Manifest) -> bool:
    return not isinstance(of.key, ThingKey) and not is_spent(vault, of.folder, of.key)
