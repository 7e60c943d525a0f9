"""Who and what belongs to a vault, and since when, as the chain of its rosters says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imgfile.frozen import dataclass
from imgfile.vault.roster.model import Credential, Person, Roster, StationEntry


@dataclass(frozen=True, slots=True)
class Held:
    """A credential: on which computer it was made ("" where nothing says so), and since when it counts."""

    credential: Credential
    station: str
    since: str


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the newest roster, with the credentials that are open."""

    person: Person
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Computer:
    """A computer of the newest roster, open or closed: whose it is, and from when until when it counts."""

    station: str
    name: str
    use: str
    person: str
    since: str
    until: str


def members(rosters: Sequence[Roster]) -> Iterator[Member]:
    """Yield the people of the newest roster, in its order."""
    for person in rosters[-1].people:
        yield Member(person, tuple(_held(one, rosters) for one in person.credentials))


def _held(one: Credential, rosters: Sequence[Roster]) -> Held:
    number, first = next((n, each) for n, each in enumerate(rosters) if each.credential(one.holder))
    before = {entry.station for entry in rosters[number - 1].stations} if number else set()
    owner = first.person(one.holder)
    came = [
        entry
        for entry in first.stations
        if entry.station not in before and (first.is_format_1 or (owner is not None and entry.person == owner.who))
    ]
    return Held(one, _called(rosters[-1], came[0]) if len(came) == 1 else "", _moment(first))


def _called(newest: Roster, entry: StationEntry) -> str:
    """Return what a computer is called today."""
    now = newest.station(entry.station)
    return now.name if now is not None else entry.name


def computers(rosters: Sequence[Roster]) -> Iterator[Computer]:
    """Yield the computers of the newest roster, those that are open first."""
    newest = rosters[-1]
    for entry in newest.stations:
        person = newest.person(entry.person) if entry.person else None
        since = _moment(next(each for each in rosters if each.station(entry.station)))
        yield Computer(entry.station, entry.name, entry.use.value, person.title if person else "", since, "")
    for shut in newest.closed.stations:
        earlier = [each for each in rosters if each.station(shut.station)]
        last = earlier[-1].station(shut.station) if earlier else None
        since = _moment(earlier[0]) if earlier else ""
        until = next((_moment(each) for each in rosters if each.closed_station(shut.station)), "")
        yield Computer(shut.station, shut.name, last.use.value if last else "", "", since, until)


def _moment(roster: Roster) -> str:
    return roster.made or roster.founded


def signer_of(before: Roster, roster: Roster) -> str:
    """Return who signed a roster, as the one before (of the first: itself) lists them."""
    signer = roster.note.signer
    if signer == before.recovery.holder:
        return "recovery key"
    person = before.person(signer)
    return person.title if person is not None else signer


def changes(before: Roster, after: Roster) -> Iterator[str]:
    """Yield, in words, what a roster changed."""
    yield from _people_changes(before, after)
    earlier = {entry.station: entry for entry in before.stations}
    for entry in after.stations:
        if entry.station not in earlier:
            yield f"{entry.name} files"
        elif entry.name != earlier[entry.station].name:
            yield f"{earlier[entry.station].name} is called {entry.name}"
    yield from (f"{one.name} is closed" for one in after.closed.stations if one not in before.closed.stations)
    if len(after.generations) > len(before.generations):
        yield f"generation {after.generation.number} of the practice's key"
    if after.recovery != before.recovery:
        yield "another recovery key, or what it signs with"
    if after.policy_digest != before.policy_digest:
        yield "another policy"
    if after.format != before.format:
        yield f"format {after.format}"


def _people_changes(before: Roster, after: Roster) -> Iterator[str]:
    earlier = {person.who: person for person in before.people}
    for person in after.people:
        old = earlier.get(person.who)
        if old is None:
            yield f"{person.title} is listed"
            continue
        new = {one.holder for one in person.credentials} - {one.holder for one in old.credentials}
        if new:
            yield f"{person.title} has a further key"
        if set(old.roles) != set(person.roles):
            yield f"{person.title} is {' and '.join(role.value.replace('_', ' ') for role in person.roles)}"
    gone = [one for one in after.closed.credentials if one not in before.closed.credentials]
    yield from (f"a key of {one.name} is closed" for one in gone)
    yield from (f"{old.title} is listed no more" for who, old in earlier.items() if after.person(who) is None)
