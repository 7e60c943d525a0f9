"""What an approval makes of the newest roster: whose the new keys are, and which files open to them.

A person is known by name and registration as administrators type them: typed alike, it is one person with a further
credential, who keeps the roles that they have. No registration is two persons'.
"""

from __future__ import annotations

from dataclasses import replace

from imgfile.errors import UsageError
from imgfile.frozen import dataclass
from imgfile.vault.joining.request import Request
from imgfile.vault.roster.model import Person, Role, Roster


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose a computer is, as the administrator knows them: name, registration ("" for none), roles."""

    name: str
    registration: str
    roles: tuple[Role, ...]
    attester: str = ""
    """As what they attest: a code of `AttesterRole`, or empty."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The key files that an approval has written, by their SHA-256; "" for what was not asked for."""

    generation: int
    practice: str
    """Of the practice's identity, sealed to the credential."""
    pseudonyms: str
    """Of the pseudonym key, sealed to the station and to the practice."""


def listed(roster: Roster, whose: Whose) -> Person | None:
    """Return the person of the roster who is meant. Raises `UsageError` where the registration is somebody else's."""
    wanted = spelt(whose.name), spelt(whose.registration)
    for person in roster.people:
        name, registration = spelt(person.name), spelt(person.registration)
        if (name, registration) == wanted:
            return person
        if registration and registration == wanted[1]:
            raise UsageError(
                f"{person.registration} is the registration of {person.name}, whom the roster lists.",
                "Nothing was changed. Type the name as it is listed (imgfile people list), or the right registration.",
            )
    return None


def granted(newest: Roster, request: Request, whose: Whose | None, opened: Opened, new_id: str) -> Roster:
    """Return the roster that lists what was asked for, as this person's, or as nobody's.

    Raises `UsageError` where the practice's key has changed since its files were written.
    """
    if newest.generation.number != opened.generation:
        raise UsageError(
            "somebody was removed from the vault meanwhile, and its key has changed.",
            "Nothing was changed. On the new computer:  imgfile join FOLDER --again",
        )
    people, who = newest.people, ""
    if whose is not None:
        people, who = _with_person(newest, request, whose, new_id)
    generations, stations = newest.generations, newest.stations
    if request.credential is not None:
        holders = {**newest.generation.holders, request.credential.holder: opened.practice}
        generations = (*generations[:-1], replace(newest.generation, holders=holders))
    if request.station is not None:
        stations = (*stations, replace(request.station, pseudonym_digest=opened.pseudonyms, person=who))
    return replace(newest, generations=generations, people=people, stations=stations)


def _with_person(newest: Roster, request: Request, whose: Whose, new_id: str) -> tuple[tuple[Person, ...], str]:
    """Return the people, with whoever asked among them, and that person's id."""
    more = () if request.credential is None else (request.credential,)
    person = listed(newest, whose)
    if person is None:
        new = Person(new_id, whose.name, whose.registration, whose.roles, more, whose.attester)
        return (*newest.people, new), new.who
    further = replace(person, credentials=(*person.credentials, *more), attester=person.attester or whose.attester)
    return tuple(further if one is person else one for one in newest.people), person.who


def spelt(text: str) -> str:
    """Return a name or registration as it is compared: without its case, with single blanks."""
    return " ".join(text.split()).casefold()
