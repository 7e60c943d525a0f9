"""Finding a person or a station by what people type, and changing what the roster says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from imgfile.acts.practice.administrator import Administrator, expect_format_2, sign_roster
from imgfile.errors import UsageError
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Person, Role, Roster, StationEntry

LEAST_ID_CHARACTERS = 4


def find_person(roster: Roster, typed: str) -> Person:
    """Return the person whom a name, a registration, both, or the beginning of an id means. Raises `UsageError`.

    Of a registration the number alone does, where nobody else has it with another register.
    """
    named = {one.who: (*_names(one), one.registration.rpartition(" ")[2]) for one in roster.people}
    who = _only(named, typed, "nobody", "imgfile people list")
    return next(one for one in roster.people if one.who == who)


def is_listed(roster: Roster, typed: str) -> bool:
    """Return whether somebody is listed whom that means, or several."""
    wanted = plain(typed)
    return any(wanted in map(plain, _names(one)) for one in roster.people)


def _names(one: Person) -> tuple[str, ...]:
    return one.name, one.registration, one.title


def find_station(roster: Roster, typed: str) -> StationEntry:
    """Return the station that a name, or the beginning of an id, means. Raises `UsageError`."""
    station = _only({one.station: (one.name,) for one in roster.stations}, typed, "no computer", "imgfile station list")
    return next(one for one in roster.stations if one.station == station)


def _only(named: Mapping[str, Sequence[str]], typed: str, nobody: str, listing: str) -> str:
    """Return the id of the only one with a name, or whose id begins so."""
    wanted = plain(typed)
    found = [each for each, names in named.items() if wanted and wanted in map(plain, names)]
    if not found and len(wanted) >= LEAST_ID_CHARACTERS:
        found = [each for each in named if each.startswith(wanted)]
    if not found:
        raise UsageError(
            f"the roster lists {nobody} called {typed}.", f"Nothing was changed. Those whom it lists:  {listing}"
        )
    if len(found) > 1:
        ids = ", ".join(each[:8] for each in found)
        raise UsageError(f"the roster lists {len(found)} called {typed}.", f"Give the beginning of an id: {ids}")
    return found[0]


def plain(text: str) -> str:
    """Return a name as it is compared: letters and digits alone, whatever their case."""
    return "".join(each for each in text.casefold() if each.isalnum())


def change_roles(  # noqa: PLR0913 - a person, and all that is said of them
    vault: Vault, by: Administrator, who: str, roles: Sequence[Role], *, attester: str = "", at: datetime
) -> Vault:
    """Give a person other roles, and say as what they attest; without that it stays as it is.

    Raises `UsageError` where nobody would be left who administers.
    """
    expect_format_2(vault)

    def changed(newest: Roster) -> Roster:
        person = find_person(newest, who)
        listed = replace(person, roles=tuple(sorted(set(roles))), attester=attester or person.attester)
        return with_person(newest, listed)

    return sign_roster(vault, by, "roles", changed, at=at)


def rename_station(vault: Vault, by: Administrator, station: str, name: str, *, at: datetime) -> Vault:
    """Call a station otherwise. Raises `UsageError` where another one is called so."""
    expect_format_2(vault)

    def changed(newest: Roster) -> Roster:
        entry = find_station(newest, station)
        refuse_taken_name(newest, entry, name)
        others = (replace(one, name=name) if one == entry else one for one in newest.stations)
        return replace(newest, stations=tuple(others))

    return sign_roster(vault, by, "renamed", changed, at=at)


def refuse_taken_name(roster: Roster, entry: StationEntry, name: str) -> None:
    """Refuse a name that another station has. Raises `UsageError`."""
    if any(plain(one.name) == plain(name) for one in roster.stations if one.station != entry.station):
        raise UsageError(f"another computer is called {name} already.", "Nothing was changed.")


def with_person(roster: Roster, person: Person) -> Roster:
    """Return a roster with a person as given, in the place of the one of that id."""
    return replace(roster, people=tuple(person if one.who == person.who else one for one in roster.people))
