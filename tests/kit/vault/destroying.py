"""Two persons who may destroy records together, and what they sign."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from imgfile.acts.life import destroy, hold
from imgfile.acts.life.destroy import Destroyed, Pending
from imgfile.acts.life.person import Actor
from imgfile.clinical.facts import Person
from imgfile.clinical.proofs import RecordId
from imgfile.notes import Body, SigningKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.life import proposals
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.gone import sign as sign_tombstone
from imgfile.vault.life.history import load as load_history
from imgfile.vault.life.proposals import ProposedThing
from imgfile.vault.life.signers import Signer
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Role
from imgfile.vault.trail.reasons import seal_reason
from kit.vault.people import Newcomer, enrol_person
from kit.vault.practice import NOON, Practice, administrator_of, clinician_of

WHY = "kept by mistake; retention ended"
LATER = NOON + timedelta(days=3)


@dataclass(frozen=True)
class Two:
    """A practice whose founder administers it, and a senior clinician."""

    practice: Practice
    senior: Newcomer

    @classmethod
    def of(cls, practice: Practice, *roles: Role) -> Two:
        """Enrol the second person."""
        named = roles or (Role.SENIOR_CLINICIAN, Role.CLINICIAN)
        return cls(*enrol_person(practice, "Dr S. Senior", "GMC 7333333", *named))

    @property
    def vault(self) -> Vault:
        """The vault, as the station has it."""
        return self.practice.vault

    @property
    def founder(self) -> Actor:
        """The founder, with their identity."""
        return actor(self.practice, administrator_of(self.practice))

    @property
    def second(self) -> Actor:
        """The senior clinician, with theirs."""
        return actor(self.practice, self.senior.key)

    def propose(self, *records: Manifest) -> Pending:
        """Let the founder propose to destroy records."""
        made = destroy.propose(self.vault, records, WHY, self.founder, at=NOON)
        return destroy.find(destroy.waiting(self.vault), made.reference)

    def destroy(self, *records: Manifest) -> Destroyed:
        """Let the founder propose it, and the senior clinician approve it."""
        return destroy.approve(self.vault, self.propose(*records), self.second, at=LATER)

    def reopened(self) -> Two:
        """Go on with the vault as the next command opens it."""
        return replace(self, practice=replace(self.practice, vault=self.practice.reopened()))


def actor(practice: Practice, key: SigningKey) -> Actor:
    """Return somebody of the practice, as their identity would let them in."""
    listed = practice.vault.roster.person(key.name)
    assert listed is not None
    keys, _ = open_practice(practice.vault, [clinician_of(practice)])
    return Actor(key.name, Person(listed.name, listed.registration), frozenset(listed.roles), keys, key)


def text_of(vault: Vault, *records: Manifest) -> Body:
    """Return the text of a proposal, its reason sealed."""
    things = [ProposedThing(each.folder, each.record, each.digest) for each in records]
    return proposals.text(vault, things, seal_reason(vault, records[0].folder, WHY), at=NOON)


def forge_proposal(vault: Vault, body: Body, key: SigningKey) -> str:
    """Put a signature on a text into the vault, whoever signs it; return its id."""
    name = layout.new_id()
    vault.store.publish(layout.proposal(name), proposals.sign(vault, body, key).encode())
    return name


def forge_tombstone(vault: Vault, of: Manifest, signatures: tuple[str, ...], key: SigningKey) -> str:
    """Put a tombstone in a record's place that names these signatures; return its name in the vault."""
    stated = Gone(
        folder=of.folder,
        record=of.record,
        manifest=of.digest,
        how=How.DESTROYED,
        knew=load_history(vault, of).heads,
        at=LATER,
        proposals=signatures,
        signer=Signer(""),
    )
    name = layout.tombstone(of.folder, of.record)
    vault.store.publish(name, sign_tombstone(vault, stated, key).encode())
    return name


def held_records(vault: Vault) -> set[RecordId]:
    """Return the records under a legal hold, in a vault in which nothing is amiss."""
    found = list(hold.holds(vault))
    assert not [each for each in found if isinstance(each, hold.Unread)]
    return {each.of.record for each in found if isinstance(each, hold.Held)}
