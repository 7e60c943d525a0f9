"""What is planted in the inbox counts for nothing: no photo vanishes from it, no key goes, and `verify` says so.

Whoever plants may write to the share, and has the keys of somebody who left, or of a computer that was retired.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from imgfile.acts.check.gone_keys import clean_gone_keys
from imgfile.acts.inbox import settle
from imgfile.acts.inbox.list import AWAY, UNSETTLED, DamagedItem, waiting
from imgfile.acts.life.person import admit_person
from imgfile.clinical.proofs import Digest
from imgfile.errors import Damaged
from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.life import settled
from imgfile.vault.life.settled import MAY_SETTLE, Settled, Verdict
from imgfile.vault.life.signers import Signer
from imgfile.vault.records import item
from imgfile.vault.records.item import Item
from imgfile.vault.roster.model import ClosedStation, Roster
from imgfile.vault.trail import chain
from kit.vault.inbox import put, reject
from kit.vault.joining import account, joined
from kit.vault.lives import Life
from kit.vault.people import Newcomer, close_person, enrol_person
from kit.vault.practice import NOON, PHOTO, Practice, administrator_of, change_roster, clinician_of


@dataclass(frozen=True)
class Attack:
    """A photo that waits, somebody who left since, and the roster in which they were there."""

    practice: Practice
    of: Item
    leaver: Newcomer
    before: Vault
    """The vault as the leaver knew it."""

    def plant(self, key: SigningKey, how: Verdict = Verdict.REJECTED, of: Item | None = None) -> None:
        """Put a note in the place of what settles the item."""
        record = Life.begin(self.practice).of if how is Verdict.ACCEPTED else None
        named = of or self.of
        stated = Settled(
            item=named.item,
            manifest=named.digest,
            how=how,
            to=None if record is None else (record.folder, record.record),
            at=NOON,
            signer=Signer(""),
        )
        note = settled.sign(self.before, stated, key)
        self.practice.vault.store.publish(settled.name_of(self.of.item), note.encode())


def _of_another_item(attack: Attack) -> None:
    other = put(attack.practice, data=PHOTO + b"other")
    by = admit_person(attack.practice.vault, [clinician_of(attack.practice)], MAY_SETTLE, "reject")
    reject(attack.practice.vault, other, by)
    kept = attack.practice.vault.store.read(settled.name_of(other.item))
    attack.practice.vault.store.publish(settled.name_of(attack.of.item), kept)


def _of_another_note_of_it(attack: Attack) -> None:
    attack.plant(administrator_of(attack.practice), of=replace(attack.of, digest=Digest("0" * 64)))


PLANTED: dict[str, Callable[[Attack], object]] = {
    "rejected by who left": lambda attack: attack.plant(attack.leaver.key),
    "accepted by who left": lambda attack: attack.plant(attack.leaver.key, Verdict.ACCEPTED),
    "by a computer": lambda attack: attack.plant(attack.practice.vault.station.signing_key),
    "by a stranger": lambda attack: attack.plant(SigningKey.generate(attack.leaver.holder)),
    "another item's": _of_another_item,
    "of another note": _of_another_note_of_it,
}


@pytest.fixture
def attack(practice: Practice) -> Attack:
    """Let a photo wait while a clinician leaves."""
    practice, leaver = enrol_person(practice, "Dr L. Locum", "GMC 7222222")
    of = put(practice)
    return Attack(close_person(practice, leaver), of, leaver, practice.vault)


@pytest.mark.parametrize("name", PLANTED)
def test_no_photo_leaves_the_inbox_by_a_note_that_was_planted(attack: Attack, name: str) -> None:
    """It is listed, as damaged; its key stays whatever is cleaned up; taking the note away leaves all as it was."""
    PLANTED[name](attack)
    vault = attack.practice.vault
    assert [each for each in waiting(vault) if isinstance(each, DamagedItem)]
    with pytest.raises(Damaged):
        settle.expect_waiting(vault, attack.of)
    assert clean_gone_keys(vault) == 0
    assert vault.store.exists(attack.of.key.name)
    where = settled.name_of(attack.of.item)
    assert where in {found.where for found in verify(vault) if found.kind.is_damage}
    (attack.practice.folder / where).unlink()
    assert [each for each in waiting(vault) if isinstance(each, Item)] == [attack.of]
    assert not [found for found in verify(vault) if found.kind.is_damage]


def test_what_somebody_settled_before_they_left_stays_settled(practice: Practice) -> None:
    """A trail states it up to then."""
    practice, leaver = enrol_person(practice, "Dr L. Locum", "GMC 7222222")
    of = put(practice)
    by = admit_person(practice.vault, [leaver.identity], MAY_SETTLE, "reject")
    reject(practice.vault, of, by)
    vault = close_person(practice, leaver).vault
    assert not list(waiting(vault))
    assert not list(verify(vault))


@pytest.mark.parametrize("is_planted", [True, False])
def test_a_photo_that_a_retired_computer_put_there_waits_only_if_its_trail_says_so(
    practice: Practice, tmp_path: Path, *, is_planted: bool
) -> None:
    """Else nobody accepts it, and it is damage."""
    second = joined(practice, tmp_path / "second")
    practice = replace(practice, vault=practice.reopened())
    with account(tmp_path / "second"):
        theirs = replace(practice, vault=second)
        of = put(theirs)
        head = chain.newest_heads(practice.vault)[second.here.station]
        of = put(theirs, data=PHOTO + b"later") if is_planted else of
        if is_planted:
            (practice.folder / layout.trail(second.here.station, head[0] + 1)).unlink()
    entry = second.here

    def closed(newest: Roster) -> Roster:
        shut = ClosedStation(entry.station, entry.name, entry.keys, newest.number + 1, head)
        stations = tuple(one for one in newest.stations if one.station != entry.station)
        return replace(newest, stations=stations, closed=replace(newest.closed, stations=(shut,)))

    change_roster(practice, closed)
    vault = replace(practice, vault=practice.reopened()).vault
    damaged = {found.where for found in verify(vault) if found.kind.is_damage}
    listed = {each.item: each for each in waiting(vault) if isinstance(each, Item)}
    assert (of.item in listed) is not is_planted
    if is_planted:
        assert f"{layout.item(of.item)}/{layout.MANIFEST}" in damaged
        with pytest.raises(Damaged):
            settle.expect_waiting(vault, item.load(vault, of.item))
    else:
        assert not damaged
        settle.expect_waiting(vault, of)


def test_no_listing_passes_over_an_item_or_a_verdict_that_was_taken_away(practice: Practice) -> None:
    """A trail states both: that nothing waits, or that it waits still, is not said; put back, all is as before."""
    one, other = put(practice), put(practice, data=PHOTO + b"other")
    by = admit_person(practice.vault, [clinician_of(practice)], MAY_SETTLE, "reject")
    reject(practice.vault, other, by)
    harms = {
        f"{layout.item(one.item)}/{layout.MANIFEST}": (one.reference, AWAY),
        settled.name_of(other.item): (other.reference, UNSETTLED),
    }
    for name, wanted in harms.items():
        note = practice.folder / name
        data = note.read_bytes()
        note.unlink()
        told = [each for each in waiting(practice.reopened()) if isinstance(each, DamagedItem)]
        assert [(each.reference, each.message) for each in told] == [wanted]
        note.write_bytes(data)
    assert list(waiting(practice.reopened())) == [one]
