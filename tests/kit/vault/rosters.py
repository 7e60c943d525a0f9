"""A roster with one of everything that a roster can say, and others that follow it or do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.roster.model import (
    ClosedHolder,
    ClosedStation,
    Credential,
    Person,
    Recovery,
    Role,
    Roster,
    StationEntry,
    Use,
)
from kit.vault.people import enrol_person
from kit.vault.practice import Practice, begin_generation, change_roster, enrol_second_station

RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudjqn4kszxncel"  # of age's own specification


def credential_of(key: SigningKey) -> Credential:
    """List a signing key as somebody's credential."""
    return Credential(key.name, RECIPIENT, key.public, "6" * 64)


def station_of(key: SigningKey, *, person: str = "") -> StationEntry:
    """List a signing key as a reception's station."""
    return StationEntry(key.name, "FRONT-DESK", RECIPIENT, key.public, "7" * 64, Use.RECEPTION, person)


def person_of(*keys: SigningKey, name: str = "Sister N. Nurse", roles: tuple[Role, ...] = (Role.WITNESS,)) -> Person:
    """Make a person who signs with these keys."""
    return Person(layout.new_id(), name, "NMC 12A3456E", roles, tuple(map(credential_of, keys)), "nurse")


def new_key() -> SigningKey:
    """Make a signing key under a name of its own."""
    return SigningKey.generate(layout.new_id())


def furnished(practice: Practice, state: Path) -> Practice:
    """Give a practice two administrators, two stations, two generations, and something closed of each kind."""
    enrol_second_station(practice, state)
    practice, _ = enrol_person(practice, "Dr B. Colleague", "GMC 7111111", Role.ADMINISTRATOR, Role.CLINICIAN)
    practice, _ = begin_generation(practice)
    leaver, desk, nurse, spare = (new_key() for _ in range(4))
    change_roster(
        practice,
        lambda newest: replace(
            newest,
            people=(*newest.people, person_of(nurse), person_of(leaver, name="Dr L. Locum")),
            stations=(*newest.stations, station_of(desk, person=newest.people[0].who)),
            accepted=("8" * 64,),
            roots={"elsewhere": "9" * 64},  # of the keys it would say that this vault's own are not to be read
        ),
    )

    def closing(newest: Roster) -> Roster:
        *people, locum = newest.people
        *stations, desk_entry = newest.stations
        number, heads = newest.number + 1, {newest.stations[0].station: (3, "a" * 64), desk.name: (0, "")}
        old = newest.recovery
        closed = replace(
            newest.closed,
            credentials=(
                ClosedHolder(leaver.name, leaver.public, number, heads, locum.who, locum.name, locum.registration),
            ),
            stations=(ClosedStation(desk.name, desk_entry.name, desk.public, number, (0, "")),),
            recoveries=(ClosedHolder(old.holder, old.keys, number, heads),),
        )
        recovery = Recovery(spare.name, RECIPIENT, spare.public, "5" * 64)
        return replace(newest, people=tuple(people), stations=tuple(stations), closed=closed, recovery=recovery)

    change_roster(practice, closing)
    return replace(practice, vault=practice.reopened())


Forgery = Callable[[Roster], Roster]
"""Makes of a roster one that says something else."""
