"""How a roster is spelled in its note: read from either format, written in format 2 alone.

Reading is strict about what is known and keeps quiet about what is not; a roster with fields of a later version is
never followed by one that this version writes, which would lose them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from imgfile import notes
from imgfile.errors import Damaged, NotWritable
from imgfile.notes import Body, PublicKeys
from imgfile.vault import layout
from imgfile.vault.roster.model import (
    Closed,
    ClosedHolder,
    ClosedStation,
    Credential,
    Generation,
    Person,
    Recovery,
    Role,
    Roster,
    Seen,
    StationEntry,
    Use,
)

T = TypeVar("T")
_FIELDS: Final = frozenset(
    {
        *("number", "previous", "format", "suite", "founded", "made", "change", "forks", "policy", "roots"),
        *("generations", "recovery", "people", "stations", "closed", "accepted"),
    }
)
_HYBRID: Final = "mlkem768x25519"
_X25519: Final = "x25519"


def parse(note: notes.Note) -> Roster:
    """Read a roster's facts; says nothing about its signatures. Raises `Damaged`."""
    body = note.body
    try:
        if _count(body["format"]) > layout.FORMAT_VERSION:
            raise Damaged("the vault was written by a newer imgfile.", "Update imgfile on this computer.")
        if (body["format"], body["suite"]) not in {(note.version, _HYBRID), (note.version, _X25519)}:
            raise ValueError
        return _format_1(note, body) if note.version == layout.FORMAT_1 else _format_2(note, body)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Damaged("a roster does not say what a roster says.") from error


def _format_1(note: notes.Note, body: Body) -> Roster:
    return Roster(
        note=note,
        number=_count(body["number"]),
        vault=note.vault,
        format=layout.FORMAT_1,
        is_post_quantum=body["suite"] == _HYBRID,
        founded=_text(body["founded"]),
        generations=_generations(body["generations"]),
        recovery=Recovery(id_of(body["recovery"])),
        people=_all(_person_of_format_1, body["people"]),
        stations=_all(_station, body["stations"]),
        policy_digest=digest_of(body["policy"]),
    )


def _format_2(note: notes.Note, body: Body) -> Roster:
    closed = body["closed"]
    return Roster(
        note=note,
        number=_count(body["number"]),
        vault=note.vault,
        format=layout.FORMAT_VERSION,
        is_post_quantum=body["suite"] == _HYBRID,
        founded=_text(body["founded"]),
        generations=_generations(body["generations"]),
        recovery=_recovery(body["recovery"]),
        people=_all(_person, body["people"]),
        stations=_all(_station, body["stations"]),
        policy_digest=digest_of(body["policy"]),
        closed=Closed(
            _all(_closed_holder, closed["credentials"]),
            _all(_closed_station, closed["stations"]),
            _all(_closed_holder, closed["recoveries"]),
        ),
        accepted=_all(digest_of, body["accepted"]),
        roots={_text(name): digest_of(value) for name, value in body["roots"].items()},
        forks=_all(digest_of, body["forks"]),
        change=_text(body["change"]),
        made=_text(body["made"]),
    )


# --- the parts, as read --------------------------------------------------------------------------------------


def _all(read: Callable[[Any], T], entries: object) -> tuple[T, ...]:
    if not isinstance(entries, list):
        raise TypeError(entries)
    return tuple(map(read, entries))


def _generations(entries: object) -> tuple[Generation, ...]:
    found = _all(_generation, entries)
    if not found:
        raise ValueError(entries)
    return found


def _generation(entry: Body) -> Generation:
    holders = {id_of(who): digest_of(value) for who, value in entry["holders"].items()}
    before = _digest_or_none(entry.get("previous", ""))
    return Generation(_count(entry["number"]), _text(entry["recipient"]), holders, before)


def _person_of_format_1(entry: Body) -> Person:
    roles = _all(Role, entry["roles"])
    return Person(id_of(entry["id"]), _text(entry["name"]), _text(entry["registration"]), roles, (_credential(entry),))


def _person(entry: Body) -> Person:
    return Person(
        who=id_of(entry["id"]),
        name=_text(entry["name"]),
        registration=_text(entry["registration"]),
        roles=_all(Role, entry["roles"]),
        credentials=_all(_credential, entry["credentials"]),
        attester=_text(entry["attester"]),
    )


def _credential(entry: Body) -> Credential:
    return Credential(id_of(entry["id"]), _text(entry["recipient"]), _keys(entry), digest_of(entry["signing_key"]))


def _station(entry: Body) -> StationEntry:
    return StationEntry(
        station=id_of(entry["id"]),
        name=_text(entry["name"]),
        recipient=_text(entry["recipient"]),
        keys=_keys(entry),
        pseudonym_digest=_digest_or_none(entry["pseudonym"]),
        use=Use(entry.get("use", Use.CLINICAL)),
        person=_id_or_none(entry.get("person", "")),
    )


def _recovery(entry: Body) -> Recovery:
    return Recovery(id_of(entry["id"]), _text(entry["recipient"]), _keys(entry), digest_of(entry["signing_key"]))


def _closed_holder(entry: Body) -> ClosedHolder:
    return ClosedHolder(
        holder=id_of(entry["id"]),
        keys=_keys(entry) if "ed25519" in entry else None,
        roster=_count(entry["roster"]),
        heads={id_of(station): end_of(value) for station, value in entry["heads"].items()},
        person=_text(entry.get("person", "")),
        name=_text(entry.get("name", "")),
        registration=_text(entry.get("registration", "")),
    )


def _closed_station(entry: Body) -> ClosedStation:
    return ClosedStation(
        id_of(entry["id"]), _text(entry["name"]), _keys(entry), _count(entry["roster"]), end_of(entry["head"])
    )


def seen_of(value: object) -> Seen:
    """Read a numbered note as notes name it. Raises ValueError."""
    match value:
        case [number, str(digest)] if type(number) is int and number > 0 and layout.is_digest(digest):
            return number, digest
    raise ValueError(value)


def end_of(value: object) -> Seen:
    """Read where a trail ends, which may be before its first note. Raises ValueError."""
    return (0, "") if value == [0, ""] and type(value[0]) is int else seen_of(value)


def _keys(entry: Body) -> PublicKeys:
    return PublicKeys.from_json(entry)


def _count(value: object) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(value)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def id_of(value: object) -> str:
    """Read an id of 32 hex characters out of a note. Raises ValueError."""
    if not (isinstance(value, str) and layout.is_id(value)):
        raise ValueError(value)
    return value


def digest_of(value: object) -> str:
    """Read a SHA-256 as hex out of a note. Raises ValueError."""
    if not (isinstance(value, str) and layout.is_digest(value)):
        raise ValueError(value)
    return value


def _id_or_none(value: object) -> str:
    return "" if value == "" else id_of(value)


def _digest_or_none(value: object) -> str:
    return "" if value == "" else digest_of(value)


# --- written -------------------------------------------------------------------------------------------------


def body_of(roster: Roster, *, previous: str) -> Body:
    """Return what the note of a format 2 roster says. Raises `NotWritable` where it would lose what is not known."""
    if roster.note.version > layout.FORMAT_1 and not roster.note.body.keys() <= _FIELDS:
        raise NotWritable("the roster was written by a newer imgfile, and is left as it is.", "Update imgfile.")
    return {
        "number": roster.number,
        "previous": previous,
        "format": layout.FORMAT_VERSION,
        "suite": _HYBRID if roster.is_post_quantum else _X25519,
        "founded": roster.founded,
        "made": roster.made,
        "change": roster.change,
        "forks": sorted(roster.forks),
        "policy": roster.policy_digest,
        "roots": roster.roots,
        "generations": [
            {"number": one.number, "recipient": one.recipient, "holders": one.holders, "previous": one.previous_digest}
            for one in roster.generations
        ],
        "recovery": _recovery_body(roster.recovery),
        "people": [_person_body(person) for person in roster.people],
        "stations": [_station_body(entry) for entry in roster.stations],
        "closed": {
            "credentials": [_closed_holder_body(one) for one in roster.closed.credentials],
            "stations": [
                {**one.keys.to_json(), "name": one.name, "roster": one.roster, "head": list(one.head)}
                for one in roster.closed.stations
            ],
            "recoveries": [_closed_holder_body(one) for one in roster.closed.recoveries],
        },
        "accepted": sorted(roster.accepted),
    }


def _recovery_body(recovery: Recovery) -> Body:
    if recovery.keys is None:
        raise NotWritable("the recovery key does not sign yet.", "Give it, or make a new one, in the same step.")
    return {
        **recovery.keys.to_json(),
        "recipient": recovery.recipient,
        "signing_key": recovery.signing_key_digest,
    }


def _person_body(person: Person) -> Body:
    return {
        "id": person.who,
        "name": person.name,
        "registration": person.registration,
        "roles": sorted(person.roles),
        "attester": person.attester,
        "credentials": [credential_body(one) for one in person.credentials],
    }


def credential_body(credential: Credential) -> Body:
    """Return how a credential is spelled, in a roster and in a request to join."""
    return {
        **credential.keys.to_json(),
        "recipient": credential.recipient,
        "signing_key": credential.signing_key_digest,
    }


def _station_body(entry: StationEntry) -> Body:
    return {
        **entry.keys.to_json(),
        "name": entry.name,
        "recipient": entry.recipient,
        "pseudonym": entry.pseudonym_digest,
        "use": entry.use.value,
        "person": entry.person,
    }


def _closed_holder_body(one: ClosedHolder) -> Body:
    return {
        **({"id": one.holder} if one.keys is None else one.keys.to_json()),
        "person": one.person,
        "name": one.name,
        "registration": one.registration,
        "roster": one.roster,
        "heads": {station: list(head) for station, head in one.heads.items()},
    }
