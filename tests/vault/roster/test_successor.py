"""The next roster: made by whoever may, one after another, whoever is quicker."""

from __future__ import annotations

import errno
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from imgfile.errors import Damaged, NotWritable, UsageError
from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.keys.signers import open_signer
from imgfile.vault.roster import successor
from imgfile.vault.roster.model import Role, Roster
from imgfile.vault.roster.successor import Change, publish
from imgfile.vault.store.directory import Store
from imgfile.vault.times import format_time
from kit.vault.erasure import refusing, stand_in
from kit.vault.practice import NOON, Practice, administrator_of, forge_roster, newest_roster
from kit.vault.rosters import Forgery, new_key, person_of, station_of


def adding(name: str) -> Change:
    """Change a roster by one person, known by name alone."""
    person = person_of(name=name)
    return Change("approved", NOON, lambda newest: replace(newest, people=(*newest.people, person)))


def named(roster: Roster) -> list[str]:
    """Name the people after the founder."""
    return [person.name for person in roster.people[1:]]


def test_the_next_roster_says_what_was_done_and_when(practice: Practice) -> None:
    """And names the one before; it is returned as it lies in the vault."""
    first = practice.vault.roster
    made = publish(practice.vault.store, first, adding("A"), administrator_of(practice))
    assert (made.number, made.change, made.made) == (2, "approved", format_time(NOON))
    assert made.note.body["previous"] == first.note.digest
    assert made.note.signer == practice.founder
    assert practice.reopened().roster == made


def test_a_change_is_made_of_the_newest_roster(practice: Practice) -> None:
    """Though whoever makes it opened the vault before another was published."""
    old = practice.vault.roster
    for number, name in enumerate("ABC", 2):
        made = publish(practice.vault.store, old, adding(name), administrator_of(practice))
        assert made.number == number
    assert named(practice.reopened().roster) == ["A", "B", "C"]


@pytest.mark.parametrize("is_linked", [True, False], ids=["hard links", "no hard links"])
def test_of_two_at_once_both_end_in_the_roster(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, *, is_linked: bool
) -> None:
    """The slower one meets the name of the quicker one, and begins again from what that made: on any file system."""
    if not is_linked:
        stand_in(refusing("link", errno.EPERM), monkeypatch.setattr)
    store, old, key = practice.vault.store, practice.vault.roster, administrator_of(practice)
    tried = []

    def slowly(newest: Roster) -> Roster:
        tried.append(newest.number)
        if len(tried) == 1:
            publish(store, old, adding("the quicker"), key)
        return adding("the slower").apply(newest)

    made = publish(store, old, Change("approved", NOON, slowly), key)
    assert tried == [1, 2]
    assert made.number == 3
    assert named(practice.reopened().roster) == ["the quicker", "the slower"]


@pytest.mark.parametrize("is_linked", [True, False], ids=["hard links", "no hard links"])
def test_eight_at_once_all_end_in_the_roster(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, *, is_linked: bool
) -> None:
    """Whatever the order: nobody is lost, and no number is taken twice."""
    if not is_linked:
        stand_in(refusing("link", errno.EPERM), monkeypatch.setattr)
    store, old, key = practice.vault.store, practice.vault.roster, administrator_of(practice)
    names = [f"somebody {number}" for number in range(8)]
    with ThreadPoolExecutor(len(names)) as pool:
        made = list(pool.map(lambda name: publish(store, old, adding(name), key), names))
    assert sorted(one.number for one in made) == list(range(2, 10))
    assert sorted(named(practice.reopened().roster)) == names
    assert not list(store.unfinished(layout.ROSTER))


def test_the_name_is_made_and_never_looked_for_first(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that appears between the last look and the write is not written over."""
    store, key = practice.vault.store, administrator_of(practice)
    real, theirs = Store.claim, forged_later(practice, key)
    met: list[str] = []

    def claiming(here: Store, name: str, data: bytes) -> bool:
        if not met:
            (practice.folder / name).write_bytes(theirs)
        met.append(name)
        return real(here, name, data)

    monkeypatch.setattr(Store, "claim", claiming)
    made = publish(store, practice.vault.roster, adding("B"), key)
    assert met == [layout.roster(2), layout.roster(3)]
    assert (practice.folder / layout.roster(2)).read_bytes() == theirs
    assert made.number == 3


def forged_later(practice: Practice, key: SigningKey) -> bytes:
    """Return roster 2 as another administrator would publish it at this moment."""
    made = successor.successor(practice.vault.roster, practice.vault.roster, key)
    return made.note.encode()


def test_a_share_that_has_always_another_is_given_up_on(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers nonsense."""
    monkeypatch.setattr(Store, "claim", lambda *_: False)
    with pytest.raises(NotWritable, match="does not show yet") as caught:
        publish(practice.vault.store, practice.vault.roster, adding("A"), administrator_of(practice))
    assert "run the same command again" in caught.value.hint
    monkeypatch.setattr(successor, "MAX_TRIES", 2)
    monkeypatch.setattr("imgfile.vault.store.patience.until", lambda *_: True)
    with pytest.raises(NotWritable, match="another one is always there first") as caught:
        publish(practice.vault.store, practice.vault.roster, adding("A"), administrator_of(practice))
    assert caught.value.hint == "Check the share."
    assert newest_roster(practice).number == 1


@pytest.mark.parametrize("call", ["fsync", "link"])
def test_a_disk_that_fails_makes_no_roster(practice: Practice, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """And its error is not taken for somebody who was quicker."""
    with monkeypatch.context() as patch:
        stand_in(refusing(call, errno.EIO), patch.setattr)
        with pytest.raises(NotWritable):
            publish(practice.vault.store, practice.vault.roster, adding("A"), administrator_of(practice))
    assert not (practice.folder / layout.roster(2)).exists()
    assert practice.reopened().roster.number == 1


def test_what_the_quicker_one_made_must_count(practice: Practice) -> None:
    """Nobody builds on a roster that no administrator signed."""
    forge_roster(practice, signer=SigningKey.generate(practice.founder))
    with pytest.raises(Damaged, match="valid signatures"):
        publish(practice.vault.store, practice.vault.roster, adding("A"), administrator_of(practice))
    assert not (practice.folder / layout.roster(3)).exists()


# --- who may ------------------------------------------------------------------------------------------------


def test_the_recovery_key_may_sign(practice: Practice) -> None:
    """As administrator of last resort."""
    recovery = practice.vault.roster.recovery
    key = open_signer(practice.vault, recovery.holder, practice.recovery)
    made = publish(practice.vault.store, practice.vault.roster, adding("A"), key)
    assert made.note.signer == recovery.holder
    assert practice.reopened().roster == made


def clinician(practice: Practice) -> SigningKey:
    """Let in somebody who is no administrator."""
    key = new_key()
    person = person_of(key, roles=(Role.CLINICIAN, Role.PRIVACY_LEAD, Role.SENIOR_CLINICIAN))
    listed: Forgery = lambda newest: replace(newest, people=(*newest.people, person))  # noqa: E731 - of a named type
    publish(practice.vault.store, practice.vault.roster, Change("approved", NOON, listed), administrator_of(practice))
    return key


SIGNERS: dict[str, Callable[[Practice], SigningKey]] = {
    "a stranger": lambda _: new_key(),
    "a stranger in the founder's name": lambda practice: SigningKey.generate(practice.founder),
    "a stranger in the recovery key's name": lambda practice: SigningKey.generate(
        practice.vault.roster.recovery.holder
    ),
    "this station": lambda practice: practice.vault.station.signing_key,
    "a clinician": clinician,
}


@pytest.mark.parametrize("signer", SIGNERS.values(), ids=SIGNERS.keys())
def test_nobody_else_may(practice: Practice, signer: Callable[[Practice], SigningKey]) -> None:
    """It is refused before anything is written; and one that is written all the same does not count."""
    key = signer(practice)
    newest = newest_roster(practice)
    with pytest.raises(UsageError, match="may not change the practice's people, computers or policy") as caught:
        publish(practice.vault.store, newest, adding("A"), key)
    assert "An administrator does it, or the recovery key" in caught.value.hint
    assert not (practice.folder / layout.roster(newest.number + 1)).exists()
    forge_roster(practice, signer=key)
    with pytest.raises(Damaged):
        practice.reopened()


def test_a_change_that_refuses_writes_nothing(practice: Practice) -> None:
    """It is asked with the newest roster, and may find itself needless."""

    def needless(_: Roster) -> Roster:
        raise UsageError("they are listed already.")

    with pytest.raises(UsageError, match="listed already"):
        publish(
            practice.vault.store,
            practice.vault.roster,
            Change("approved", NOON, needless),
            administrator_of(practice),
        )
    assert not (practice.folder / layout.roster(2)).exists()


def test_a_station_added_by_one_is_kept_by_the_next(practice: Practice) -> None:
    """Nothing that the newest roster says is lost by whoever began from an older one."""
    old, key = practice.vault.roster, administrator_of(practice)
    entry = station_of(new_key())
    publish(
        practice.vault.store,
        old,
        Change("approved", NOON, lambda newest: replace(newest, stations=(*newest.stations, entry))),
        key,
    )
    made = publish(practice.vault.store, old, adding("A"), key)
    assert made.stations == (*old.stations, entry)
