"""Every kind of note that names an overruled roster follows one rule: it counts once a later roster overruled that.

Whoever had seen the other copy of the vault wrote honestly. Before a roster names both, nothing of it is relied on; and
nobody does by it what the chain had taken from them by then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from imgfile.acts.life.person import admit_person
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.life import addition, gone, proposals, settled
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.gone import How
from imgfile.vault.life.settled import MAY_SETTLE
from imgfile.vault.records import item, manifest
from imgfile.vault.records.item import Item
from imgfile.vault.roster.model import Role, Roster
from imgfile.vault.trail import read as trail
from kit.vault.destroying import Two
from kit.vault.forged_filings import of_another_digest
from kit.vault.inbox import put, reject
from kit.vault.lives import HOLD, NOTE, Life, amended_site, with_senior
from kit.vault.people import close_person
from kit.vault.practice import Practice, change_roster, clinician_of


@dataclass(frozen=True)
class OtherCopy:
    """What a station wrote that had seen another roster than the chain's; one note of each kind."""

    practice: Practice
    other: Roster
    amended: Life
    moved: Life
    destroyed: Life
    waiting: Item
    rejected: Item

    @classmethod
    def written(cls, practice: Practice) -> OtherCopy:
        """Write as the station that saw the other copy's newest roster."""
        practice = with_senior(practice)
        change_roster(practice)
        practice = replace(practice, vault=practice.reopened())
        other = of_another_digest(practice.vault.roster)
        there = replace(practice, vault=replace(practice.vault, roster=other))
        amended, moved, destroyed = (Life.begin(there) for _ in range(3))
        amended.add(HOLD, Effect.HELD)
        amended.add(NOTE, key=amended.founder)
        amended.add(amended_site("left knee"), key=amended.founder)
        moved.go(How.MOVED)
        destroyed.go(How.DESTROYED)
        waiting, rejected = put(there), put(there, data=b"another")
        by = admit_person(there.vault, [clinician_of(there)], MAY_SETTLE, "reject")
        reject(there.vault, rejected, by)
        return cls(practice, other, amended, moved, destroyed, waiting, rejected)

    def additions(self, vault: Vault) -> None:
        """Read a computer's hold, a person's note, and a clinician's amendment."""
        of = self.amended.of
        names = vault.store.names(layout.record(of.folder, of.record))
        things = [name.removesuffix(".note") for name in names if layout.is_key_note(name)]
        assert len([addition.load(vault, of.folder, of.record, thing) for thing in things]) == 3

    def proposals(self, vault: Vault) -> None:
        """Read both signatures on what was destroyed."""
        assert len([proposals.load(vault, name) for name in proposals.names(vault)]) == 2


KINDS: dict[str, Callable[[OtherCopy, Vault], object]] = {
    "manifest": lambda made, vault: manifest.load(vault, made.amended.of.folder, made.amended.of.record),
    "trail note": lambda _made, vault: trail.load(vault, vault.here.station, 1),
    "inbox item": lambda made, vault: item.load(vault, made.waiting.item),
    "settled item": lambda made, vault: settled.load(vault, made.rejected),
    "addition": OtherCopy.additions,
    "tombstone, moved": lambda made, vault: gone.load(vault, made.moved.of.folder, made.moved.of.record),
    "tombstone, destroyed": lambda made, vault: gone.load(vault, made.destroyed.of.folder, made.destroyed.of.record),
    "proposal": OtherCopy.proposals,
}
"""How each kind of note is read that names a roster; of a request that names another chain `joining.judge` says so."""


def test_each_kind_counts_once_a_later_roster_overruled_what_it_names(practice: Practice) -> None:
    """And none before; then nothing is found of any, and the record opens."""
    made = OtherCopy.written(practice)
    before = made.practice.reopened()
    for kind, read in KINDS.items():
        with pytest.raises(Damaged, match="roster 3"):
            pytest.fail(f"{kind}: {read(made, before)}")
    change_roster(practice, lambda newest: replace(newest, forks=(made.other.note.digest,)))
    after = replace(practice, vault=practice.reopened())
    for read in KINDS.values():
        read(made, after.vault)
    opened = replace(made.amended, practice=after).opened()
    assert opened.facts.decision.body_site == "left knee"
    assert {one.kind for one in verify(after.vault)} == {Kind.REMAINS}, "tombstones alone remove no key"


def test_nobody_does_by_the_overruled_roster_what_the_chain_had_taken_from_them(practice: Practice) -> None:
    """Who is no clinician by the chain's roster of that number amends nothing by the other."""
    record = Life.begin(practice)
    amended = replace(practice.vault.roster.people[0], roles=(Role.ADMINISTRATOR,))
    old = practice.vault.roster
    change_roster(practice, lambda newest: replace(newest, people=(amended,)))
    practice = replace(practice, vault=practice.reopened())
    other = replace(of_another_digest(practice.vault.roster), people=old.people)
    there = replace(record, practice=replace(practice, vault=replace(practice.vault, roster=other)))
    there.add(amended_site("left knee"), key=record.founder)
    change_roster(practice, lambda newest: replace(newest, forks=(other.note.digest,)))
    with pytest.raises(Damaged, match="may not say that"):
        replace(record, practice=replace(practice, vault=practice.reopened())).opened()


def test_who_was_removed_in_the_chain_signs_nothing_by_the_other_roster(practice: Practice) -> None:
    """The roster that overruled it has them closed too."""
    two = Two.of(practice)
    record = Life.begin(two.practice)
    old = two.practice.vault.roster
    practice = close_person(two.practice, two.senior)
    other = replace(of_another_digest(practice.vault.roster), people=old.people, closed=old.closed)
    there = replace(record, practice=replace(practice, vault=replace(practice.vault, roster=other)))
    there.add(NOTE, key=two.senior.key)
    change_roster(practice, lambda newest: replace(newest, forks=(other.note.digest,)))
    with pytest.raises(Damaged, match="who was not open in the roster it names"):
        replace(record, practice=replace(practice, vault=practice.reopened())).opened()


def test_who_was_let_in_while_the_vault_was_open_is_looked_up(practice: Practice) -> None:
    """An addition by them is no damage, as a record filed by a new computer is none."""
    record = Life.begin(practice)
    before = practice.vault
    two = Two.of(practice)
    replace(record, practice=two.practice).add(amended_site("left knee"), key=two.senior.key)
    assert len(record.history.additions) == 1
    assert {one.kind for one in verify(before)} <= {Kind.UNFINISHED, Kind.UNEXPECTED}


def test_an_addition_that_names_a_lost_roster_counts_where_it_was_accepted_by_name(practice: Practice) -> None:
    """As a manifest does (test_named_rosters); its signer's roles are those of the newest roster."""
    record = Life.begin(practice)
    lost = replace(of_another_digest(practice.vault.roster), number=9)
    there = replace(record, practice=replace(practice, vault=replace(practice.vault, roster=lost)))
    (added,) = there.add(amended_site("left knee"), key=record.founder).additions
    with pytest.raises(Damaged, match="names roster 9"):
        record.opened()
    change_roster(practice, lambda newest: replace(newest, accepted=(added.digest,)))
    record = replace(record, practice=replace(practice, vault=practice.reopened()))
    assert record.opened().facts.decision.body_site == "left knee"
