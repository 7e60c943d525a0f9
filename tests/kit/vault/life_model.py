"""What should be so of records and of the inbox: a plain model in memory, which knows no file, no note and no key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from imgfile.clinical.proofs import Digest
from imgfile.clinical.rules import PUBLICATIONS
from imgfile.clinical.vocabulary import BEYOND_CARE, Purpose, WithdrawalOutcome
from imgfile.vault.life.addition import LOOSENED_BY, Effect
from imgfile.vault.life.early_end import Bar
from imgfile.vault.life.gone import How
from imgfile.vault.life.history import History
from imgfile.vault.records.item import Item
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Role

FOUNDER, SENIOR, MANAGER = "founder", "senior", "manager"
EVERYBODY = (FOUNDER, SENIOR, MANAGER)
CLINICIAN = frozenset({Role.CLINICIAN})
FOR_THE_PRACTICE = frozenset({Role.ADMINISTRATOR, Role.PRIVACY_LEAD})
FOR_THE_PATIENT = frozenset({Role.SENIOR_CLINICIAN, Role.WITNESS})
MAY_PROPOSE = FOR_THE_PRACTICE | FOR_THE_PATIENT
MAY_LIFT = frozenset({Role.CLINICIAN, Role.PRIVACY_LEAD, Role.SENIOR_CLINICIAN})
"""Who may lift a safeguarding hold."""


@dataclass
class Known:
    """What a computer saw of a record a while ago."""

    history: History
    digests: frozenset[Digest]


@dataclass(eq=False)
class Record:
    """One record, as whoever was told everything would describe it."""

    of: Manifest
    patient: str
    data: bytes
    site: str
    came_from: Record | None = None
    was_looked_at: bool = False
    """By a page that was opened, here or in the inbox before."""
    known: dict[Digest, frozenset[Digest]] = field(default_factory=dict)
    """Of each addition, which others its writer knew."""
    standing: dict[Effect, set[Digest]] = field(default_factory=lambda: {effect: set() for effect in LOOSENED_BY})
    sites: dict[Digest, str] = field(default_factory=dict)
    """Of each amendment of the site, which."""
    is_handed_over: bool = False
    forms: set[Digest] = field(default_factory=set)
    """Signed forms that allow teaching."""
    withdrawals: set[Digest] = field(default_factory=set)
    """All there ever were, ended or not."""
    copies: set[Purpose] = field(default_factory=set)
    """For what copies left."""
    gone: How | None = None
    to: Record | None = None
    is_kept: bool = False
    """Whether a hold kept its keys when it was moved, and they were not destroyed since."""
    is_ended: bool = False
    """Whether two persons destroyed what a hold had kept."""
    reasons: set[str] = field(default_factory=set)
    """The sealed reasons for which it was looked at."""
    stale: Known | None = None

    @property
    def effects(self) -> set[Effect]:
        """What holds."""
        return {effect for effect, digests in self.standing.items() if digests}

    @property
    def is_held(self) -> bool:
        """Whether a legal hold stands."""
        return bool(self.standing[Effect.HELD])

    @property
    def may_be_sites(self) -> set[str]:
        """Which sites it may show: those of amendments that no other amendment of it knew; else the first one."""
        named = self.sites.keys()
        newest = [each for each in named if not any(each in self.known[other] for other in named)]
        return {self.sites[each] for each in newest} or {self.site}

    @property
    def agreed(self) -> set[Digest]:
        """The forms that count: whoever added one knew of every withdrawal."""
        return {form for form in self.forms if self.withdrawals <= self.known[form]}

    @property
    def outcome(self) -> WithdrawalOutcome:
        """What a withdrawal comes to, by the copies that left under whatever number."""
        left = set[Purpose]().union(*(each.copies for each in self.line))
        if left & PUBLICATIONS:
            return WithdrawalOutcome.PUBLISHED_CANNOT_RECALL
        if left & {*BEYOND_CARE}:
            return WithdrawalOutcome.SECONDARY_USE_STOPPED
        return WithdrawalOutcome.RETAINED_AS_RECORD_OF_CARE

    @property
    def may_go(self) -> bool:
        """Whether two persons may destroy it, or what is kept of it."""
        return (self.gone is None or self.is_kept) and not self.is_held

    @property
    def is_done(self) -> bool:
        """Whether two persons destroyed it, or what was kept of it: whoever approves that again signs nothing."""
        return self.gone is How.DESTROYED or self.is_ended

    @property
    def line(self) -> Iterator[Record]:
        """The record, and those that it was filed from."""
        yield self
        if self.came_from is not None:
            yield from self.came_from.line

    @property
    def bars(self) -> set[Bar]:
        """What keeps one person from destroying it on the day of its filing."""
        found = {Bar.LOOKED_AT} if any(each.was_looked_at for each in self.line) else set()
        found |= {Bar.EXPORTED} if any(each.copies for each in self.line) else set()
        found |= {Bar.HANDED_OVER} if any(each.is_handed_over for each in self.line) else set()
        return found | ({Bar.HELD} if any(each.is_held for each in self.line) else set())

    @property
    def opens(self) -> bool:
        """Whether any key that is left should open it."""
        return self.gone is None or self.is_kept


@dataclass(eq=False)
class Waiting:
    """One item of the inbox."""

    of: Item
    data: bytes
    settled: str = ""
    """`accepted` or `rejected`."""
    was_looked_at: bool = False


@dataclass(eq=False)
class Proposed:
    """One proposal to destroy a record."""

    reference: str
    record: Record
    signed: set[str]
    has_destroyed: bool = False
    """Whether the record went on its word; where it went on another's, this one is void."""


@dataclass
class Model:
    """All of it."""

    records: list[Record] = field(default_factory=list)
    items: list[Waiting] = field(default_factory=list)
    proposals: list[Proposed] = field(default_factory=list)
    roles: dict[str, frozenset[Role]] = field(
        default_factory=lambda: {
            FOUNDER: frozenset({Role.ADMINISTRATOR, Role.CLINICIAN}),
            SENIOR: frozenset({Role.SENIOR_CLINICIAN, Role.CLINICIAN}),
            MANAGER: frozenset({Role.PRIVACY_LEAD}),
        }
    )
    """Of whoever belongs to the practice, what they may do by now."""
    on_hold: tuple[set[bytes], set[bytes]] = field(default_factory=lambda: (set(), set()))
    """Of each computer, the photos that it leaves alone."""

    def is_on_hold(self, data: bytes) -> bool:
        """Return whether a photo is on a safeguarding hold, at whichever computer: every one heeds that."""
        return any(data in held for held in self.on_hold)

    def may(self, who: str, roles: frozenset[Role]) -> bool:
        """Return whether somebody belongs to the practice and has one of these roles by now."""
        return bool(self.roles.get(who, frozenset()) & roles)

    def may_approve(self, proposed: Proposed, by: str) -> bool:
        """Return whether somebody may be the second of two, and the record may go; what it destroyed anybody ends."""
        record = proposed.record
        if record.is_done:
            return proposed.has_destroyed
        may_go = record.may_go and not self.is_on_hold(record.data)
        return may_go and any(self._agree(by, other) for other in proposed.signed - {by})

    def _agree(self, one: str, other: str) -> bool:
        """Return whether two may destroy together, by what they may do now."""
        sides = ((FOR_THE_PRACTICE, FOR_THE_PATIENT), (FOR_THE_PATIENT, FOR_THE_PRACTICE))
        return any(self.may(one, mine) and self.may(other, theirs) for mine, theirs in sides)

    def is_filed_ever(self, data: bytes, patient: str) -> bool:
        """Return whether a photo is, or ever was, filed for a patient."""
        return any((one.data, one.patient) == (data, patient) for one in self.records)

    def filed(self, data: bytes, patient: str) -> Record | None:
        """Return as what a photo is filed for a patient."""
        return next((one for one in self.records if (one.data, one.patient, one.gone) == (data, patient, None)), None)
