"""Whether one roster follows another: each rule by itself, broken by an administrator's genuine signature.

A later roster is made as imgfile makes one, then one thing in it is changed. It is refused when it is made, and it is
refused when it is read, by the same words.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imgfile.errors import Damaged, UsageError
from imgfile.notes import Body, SigningKey
from imgfile.vault import layout
from imgfile.vault.roster.json import body_of
from imgfile.vault.roster.model import (
    Closed,
    ClosedHolder,
    ClosedStation,
    Generation,
    Person,
    Recovery,
    Role,
    Roster,
    StationEntry,
)
from imgfile.vault.roster.successor import Change, publish
from kit.vault.practice import NOON, Practice, administrator_of, as_format_2, change_roster, of_format_1
from kit.vault.rosters import RECIPIENT, Forgery, furnished, new_key, person_of, station_of

FORGETS = "it forgets what was closed"
TWICE = "it lists an id twice"
MISSING = "somebody is missing who was neither removed nor retired"
OTHER_KEYS = "it gives somebody other keys to sign with"
REOPENED = "it opens a key again that was closed"
GENERATIONS = "it changes who has held the practice's key"
FOUNDED = "it changes what the vault was founded with"
NOBODY = "nobody would be left who may change it: one administrator must remain"


@pytest.fixture
def full(practice: Practice, tmp_path: Path) -> Practice:
    """Give a practice whose newest roster says one of everything."""
    return furnished(practice, tmp_path / "second")


def test_a_roster_that_adds_and_closes_follows(full: Practice) -> None:
    """Positive control: it holds people of all kinds, and what is closed."""
    roster = full.vault.roster
    assert len(roster.people) == 3
    assert len(roster.stations) == 2
    assert len(roster.generations) == 2
    closed = roster.closed
    assert (len(closed.credentials), len(closed.stations), len(closed.recoveries)) == (1, 1, 1)
    change_roster(full)
    assert full.reopened().roster.number == roster.number + 1


# --- each rule, broken by itself ----------------------------------------------------------------------------


def edit_person(number: int, **changes: object) -> Forgery:
    """Change a person."""

    def edited(newest: Roster) -> Roster:
        people = list(newest.people)
        people[number] = replace(people[number], **changes)  # type: ignore[arg-type]  # of the field's own type
        return replace(newest, people=tuple(people))

    return edited


def edit_station(number: int, **changes: object) -> Forgery:
    """Change a station's entry."""

    def edited(newest: Roster) -> Roster:
        stations = list(newest.stations)
        stations[number] = replace(stations[number], **changes)  # type: ignore[arg-type]  # of the field's own type
        return replace(newest, stations=tuple(stations))

    return edited


def edit_generation(number: int, **changes: object) -> Forgery:
    """Change a generation of the practice key."""

    def edited(newest: Roster) -> Roster:
        generations = list(newest.generations)
        generations[number] = replace(generations[number], **changes)  # type: ignore[arg-type]  # of its own type
        return replace(newest, generations=tuple(generations))

    return edited


def edit_closed(**changes: object) -> Forgery:
    """Change what is closed."""
    return lambda newest: replace(newest, closed=replace(newest.closed, **changes))  # type: ignore[arg-type]  # its own


def edit_closed_one(kind: str, **changes: object) -> Forgery:
    """Change the only closed credential, station or recovery key."""

    def edited(newest: Roster) -> Roster:
        (one,) = getattr(newest.closed, kind)
        return replace(newest, closed=replace(newest.closed, **{kind: (replace(one, **changes),)}))

    return edited


def other_keys_of_a_credential(newest: Roster) -> Roster:
    """Let somebody else sign under a colleague's id."""
    (credential,) = newest.people[1].credentials
    taken = replace(credential, keys=SigningKey.generate(credential.holder).public)
    return edit_person(1, credentials=(taken,))(newest)


def other_keys_of_a_station(newest: Roster) -> Roster:
    """Let another computer sign under a station's id."""
    return edit_station(1, keys=SigningKey.generate(newest.stations[1].station).public)(newest)


def other_keys_of_recovery(newest: Roster) -> Roster:
    """Let another key sign under the recovery key's id."""
    keys = SigningKey.generate(newest.recovery.holder).public
    return replace(newest, recovery=replace(newest.recovery, keys=keys))


def closed_under_other_keys(newest: Roster) -> Roster:
    """Close a station, but list a key as closed that was never its own, so that its own may come back."""
    *kept, gone = newest.stations
    shut = ClosedStation(gone.station, gone.name, SigningKey.generate(gone.station).public, newest.number + 1, (0, ""))
    closed = replace(newest.closed, stations=(*newest.closed.stations, shut))
    return replace(newest, stations=tuple(kept), closed=closed)


def reopened_credential(newest: Roster) -> Roster:
    """List a closed credential's keys under a new id."""
    (shut,) = newest.closed.credentials
    assert shut.keys is not None
    new = person_of(new_key())
    keys = replace(shut.keys, name=new.credentials[0].holder)
    return replace(newest, people=(*newest.people, replace(new, credentials=(replace(new.credentials[0], keys=keys),))))


def reopened_half(half: str) -> Forgery:
    """List a station that signs with one half of a closed station's keys."""

    def listed(newest: Roster) -> Roster:
        (shut,) = newest.closed.stations
        new = new_key()
        keys = replace(new.public, **{half: getattr(shut.keys, half)})
        return replace(newest, stations=(*newest.stations, replace(station_of(new), keys=keys)))

    return listed


def reopened_recovery(newest: Roster) -> Roster:
    """Let the closed recovery key sign again, as the recovery key of a new id."""
    (shut,) = newest.closed.recoveries
    assert shut.keys is not None
    *_, old = newest.closed.recoveries
    holder = layout.new_id()
    gone = newest.recovery
    closed = replace(newest.closed, recoveries=(old, ClosedHolder(gone.holder, gone.keys, newest.number + 1, {})))
    keys = replace(shut.keys, name=holder)
    return replace(newest, closed=closed, recovery=Recovery(holder, RECIPIENT, keys, "5" * 64))


def same_id_of_closed_and_open(newest: Roster) -> Roster:
    """List a closed station's id for another computer."""
    (shut,) = newest.closed.stations
    key = SigningKey.generate(shut.station)
    return replace(newest, stations=(*newest.stations, station_of(key)))


def twice(newest: Roster) -> Roster:
    """List one computer twice."""
    return replace(newest, stations=(*newest.stations, newest.stations[0]))


def credential_of_two(newest: Roster) -> Roster:
    """List one credential with two persons."""
    return replace(newest, people=(*newest.people, replace(newest.people[0], who=layout.new_id())))


def person_twice(newest: Roster) -> Roster:
    """List another person under a colleague's id."""
    return replace(newest, people=(*newest.people, replace(person_of(), who=newest.people[1].who)))


BROKEN: dict[str, tuple[Forgery, str]] = {
    "another suite": (lambda newest: replace(newest, is_post_quantum=not newest.is_post_quantum), FOUNDED),
    "another founding": (lambda newest: replace(newest, founded="2020-01-01T00:00:00Z"), FOUNDED),
    "a closed credential forgotten": (edit_closed(credentials=()), FORGETS),
    "a closed station forgotten": (edit_closed(stations=()), FORGETS),
    "a closed recovery key forgotten": (edit_closed(recoveries=()), FORGETS),
    "everything closed forgotten": (lambda newest: replace(newest, closed=Closed()), FORGETS),
    "a closed credential of another name": (edit_closed_one("credentials", name="Dr M. Other"), FORGETS),
    "a closed credential of other heads": (edit_closed_one("credentials", heads={}), FORGETS),
    "a closed credential of another roster": (edit_closed_one("credentials", roster=1), FORGETS),
    "a closed station of another end": (edit_closed_one("stations", head=(9, "b" * 64)), FORGETS),
    "a closed station of another name": (edit_closed_one("stations", name="OTHER"), FORGETS),
    "a closed recovery key of other heads": (edit_closed_one("recoveries", heads={}), FORGETS),
    "a closed id listed again": (same_id_of_closed_and_open, TWICE),
    "a station twice": (twice, TWICE),
    "a credential of two persons": (credential_of_two, TWICE),
    "two persons of one id": (person_twice, TWICE),
    "a station missing": (lambda newest: replace(newest, stations=newest.stations[:1]), MISSING),
    "a person missing": (lambda newest: replace(newest, people=newest.people[:2]), MISSING),
    "a credential missing": (edit_person(2, credentials=()), MISSING),
    "other keys of a credential": (other_keys_of_a_credential, OTHER_KEYS),
    "other keys of a station": (other_keys_of_a_station, OTHER_KEYS),
    "other keys of the recovery key": (other_keys_of_recovery, OTHER_KEYS),
    "closed under other keys": (closed_under_other_keys, OTHER_KEYS),
    "a closed credential's keys under another id": (reopened_credential, REOPENED),
    "half of a closed station's keys": (reopened_half("ed25519"), REOPENED),
    "the other half": (reopened_half("ml_dsa_44"), REOPENED),
    "a closed recovery key's keys": (reopened_recovery, REOPENED),
    "an older generation's recipient": (edit_generation(0, recipient=RECIPIENT), GENERATIONS),
    "an older generation's holders": (edit_generation(0, holders={}), GENERATIONS),
    "the newest generation's recipient": (edit_generation(-1, recipient=RECIPIENT), GENERATIONS),
    "a holder of the newest taken out": (edit_generation(-1, holders={}), GENERATIONS),
    "a generation forgotten": (lambda newest: replace(newest, generations=newest.generations[1:]), GENERATIONS),
    "the newest forgotten": (lambda newest: replace(newest, generations=newest.generations[:1]), GENERATIONS),
    "in another order": (lambda newest: replace(newest, generations=newest.generations[::-1]), GENERATIONS),
    "of an older number": (
        lambda newest: replace(newest, generations=(*newest.generations, Generation(1, RECIPIENT, {}, "c" * 64))),
        GENERATIONS,
    ),
    "no way from a new generation to the one before": (
        lambda newest: replace(newest, generations=(*newest.generations, Generation(3, RECIPIENT, {}))),
        GENERATIONS,
    ),
    "nobody administers": (
        lambda newest: replace(newest, people=tuple(replace(one, roles=(Role.CLINICIAN,)) for one in newest.people)),
        NOBODY,
    ),
}


def made_of(newest: Roster, forgery: Forgery, signer: SigningKey, change: Body) -> bytes:
    """Sign the roster after the newest one, whatever it says."""
    later = replace(forgery(newest), number=newest.number + 1)
    body = {**body_of(later, previous=newest.note.digest), **change}
    return signer.sign("roster", newest.vault, body, version=body["format"]).encode()


@pytest.mark.parametrize(("forgery", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_each_rule_holds_by_itself(full: Practice, forgery: Forgery, said: str) -> None:
    """When it is read, and before that when it is made: then nothing is written."""
    newest, signer = full.vault.roster, administrator_of(full)
    with pytest.raises(UsageError) as refused:
        publish(full.vault.store, newest, Change("changed", NOON, forgery), signer)
    assert refused.value.message == f"{said}."
    assert refused.value.hint.startswith("Nothing was changed.")
    assert ("imgfile people role" in refused.value.hint) is (said == NOBODY)
    path = full.folder / layout.roster(newest.number + 1)
    assert not path.exists()
    path.write_bytes(made_of(newest, forgery, signer, {}))
    with pytest.raises(Damaged) as caught:
        full.reopened()
    assert caught.value.message == f"roster {newest.number + 1} does not follow the one before: {said}."
    assert "Somebody restored or replaced it" in caught.value.hint


NUMBERED: list[tuple[Body, str]] = [
    ({"number": 2}, "it names another one before it"),
    ({"previous": "0" * 64}, "it names another one before it"),
    ({"previous": ""}, "it names another one before it"),
    ({"previous": None}, "it names another one before it"),
]


@pytest.mark.parametrize(("change", "said"), NUMBERED, ids=str)
def test_it_names_the_one_before(full: Practice, change: Body, said: str) -> None:
    """Its number and its digest."""
    newest = full.vault.roster
    path = full.folder / layout.roster(newest.number + 1)
    path.write_bytes(made_of(newest, lambda roster: roster, administrator_of(full), change))
    with pytest.raises(Damaged, match=said):
        full.reopened()


def test_the_format_never_goes_back(full: Practice) -> None:
    """A roster of format 1 after one of format 2 would make old programs write into it."""
    newest, (person, *_) = full.vault.roster, full.vault.roster.people
    (credential,) = person.credentials
    old = {**credential.keys.to_json(), "recipient": credential.recipient, "signing_key": credential.signing_key_digest}
    body = {
        **newest.note.body,
        "number": newest.number + 1,
        "previous": newest.note.digest,
        "format": 1,
        "recovery": newest.recovery.holder,
        "people": [{**old, "name": person.name, "registration": "", "roles": ["administrator"]}],
    }
    note = administrator_of(full).sign("roster", newest.vault, body, version=1)
    (full.folder / layout.roster(newest.number + 1)).write_bytes(note.encode())
    with pytest.raises(Damaged, match=FOUNDED):
        full.reopened()


# --- what follows -------------------------------------------------------------------------------------------


def closed_person(newest: Roster) -> Roster:
    """Close a credential as a removal does."""
    *kept, gone = newest.people
    (credential,) = gone.credentials
    shut = ClosedHolder(credential.holder, credential.keys, newest.number + 1, {}, gone.who, gone.name)
    return replace(
        newest,
        people=tuple(kept),
        closed=replace(newest.closed, credentials=(*newest.closed.credentials, shut)),
    )


def added(person: Person | None = None, station: StationEntry | None = None) -> Forgery:
    """Add somebody."""
    return lambda newest: replace(
        newest,
        people=(*newest.people, *([person] if person else [])),
        stations=(*newest.stations, *([station] if station else [])),
    )


SOMEBODY = person_of(new_key())
FOLLOWS: dict[str, Forgery] = {
    "nothing changed": lambda newest: newest,
    "a person": added(person=SOMEBODY),
    "a person known by name alone": added(person=person_of()),
    "a second credential": lambda newest: edit_person(
        0, credentials=(*newest.people[0].credentials, *SOMEBODY.credentials)
    )(newest),
    "a station": added(station=station_of(new_key())),
    "a station without a pseudonym key": added(station=replace(station_of(new_key()), pseudonym_digest="")),
    "a role": edit_person(1, roles=(Role.ADMINISTRATOR, Role.PRIVACY_LEAD)),
    "a name": edit_person(1, name="Dr B. Colleague-Jones"),
    "a station's name": edit_station(0, name="ROOM-9"),
    "a station's person": lambda newest: edit_station(0, person=newest.people[1].who)(newest),
    "a removal": closed_person,
    "a holder of the newest generation": lambda newest: edit_generation(
        -1, holders={**newest.generation.holders, "d" * 32: "e" * 64}
    )(newest),
    "a generation": lambda newest: replace(
        newest, generations=(*newest.generations, Generation(3, RECIPIENT, {}, "c" * 64))
    ),
    "a generation after one that was begun": lambda newest: replace(
        newest, generations=(*newest.generations, Generation(7, RECIPIENT, {}, "c" * 64))
    ),
    "another policy": lambda newest: replace(newest, policy_digest="f" * 64),
    "a manifest accepted": lambda newest: replace(newest, accepted=("1" * 64, *newest.accepted)),
}


@pytest.mark.parametrize("change", FOLLOWS.values(), ids=FOLLOWS.keys())
def test_what_an_administrator_may_change_follows(full: Practice, change: Forgery) -> None:
    """Each by itself, and read as it was made."""
    made = change_roster(full, change)
    read = full.reopened().roster
    assert read == made
    assert replace(read, note=made.note, number=0, change="", made="") == replace(
        change(full.vault.roster), note=made.note, number=0, change="", made=""
    )


@of_format_1
def test_the_recovery_key_of_format_1_gets_its_keys_under_its_id(practice: Practice) -> None:
    """It had none; from then on they are its own."""
    upgraded = as_format_2(practice)
    assert upgraded.vault.roster.recovery.holder == practice.vault.roster.recovery.holder
    newest = upgraded.vault.roster
    path = practice.folder / layout.roster(newest.number + 1)
    path.write_bytes(made_of(newest, other_keys_of_recovery, administrator_of(upgraded), {}))
    with pytest.raises(Damaged, match=OTHER_KEYS):
        upgraded.reopened()
