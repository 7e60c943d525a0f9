"""A roster: who and what belongs to a vault, as one signed note states it. `chain` says which notes count."""

from __future__ import annotations

from typing import Final

from imgfile import notes
from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.notes import Body, PublicKeys
from imgfile.vault import layout

FINGERPRINT_WORDS: Final = 6
"""66 bits of roster 1's digest, enough to tell one vault from another over the telephone."""
ADMINISTRATOR: Final = "administrator"
CLINICIAN: Final = "clinician"


@dataclass(frozen=True, slots=True)
class Person:
    """A clinician or administrator: name and registration as typed at init, roles, and public keys."""

    who: str
    name: str
    registration: str
    roles: tuple[str, ...]
    recipient: str
    keys: PublicKeys
    signing_key_digest: str
    """SHA-256 of their signing key, sealed to themselves, as it lies in the vault."""

    @property
    def title(self) -> str:
        """Name and registration as they are shown: `Dr A. Example, GMC 7654321`."""
        return f"{self.name}, {self.registration}" if self.registration else self.name


@dataclass(frozen=True, slots=True)
class StationEntry:
    """A station: its shown name, public keys, age recipient, and the digest of its sealed pseudonym key."""

    station: str
    name: str
    recipient: str
    keys: PublicKeys
    pseudonym_digest: str


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation of the practice key: its recipient, and who holds it (name → digest of the sealed file)."""

    number: int
    recipient: str
    holders: dict[str, str]


@dataclass(frozen=True, slots=True)
class Roster:
    """A verified roster."""

    note: notes.Note
    number: int
    vault: str
    is_post_quantum: bool
    generations: tuple[Generation, ...]
    recovery: str
    """The holder name of the offline recovery key."""
    people: tuple[Person, ...]
    stations: tuple[StationEntry, ...]
    policy_digest: str

    @property
    def generation(self) -> Generation:
        """The current generation of the practice key."""
        return self.generations[-1]

    @property
    def station_keys(self) -> dict[str, PublicKeys]:
        """The signers of manifests, patient recipients and audit notes, by station."""
        return {entry.station: entry.keys for entry in self.stations}

    def person(self, who: str) -> Person | None:
        """Return the person with this id, if listed."""
        return next((person for person in self.people if person.who == who), None)

    def station(self, name: str) -> StationEntry | None:
        """Return the station with this id, if listed."""
        return next((entry for entry in self.stations if entry.station == name), None)

    @property
    def fingerprint(self) -> str:
        """The words of roster 1; of a later roster they mean nothing."""
        return fingerprint_of(self.note.digest)


def fingerprint_of(digest: str) -> str:
    """Return a roster digest as words to say aloud."""
    from imgfile.sealing.words import words  # noqa: PLC0415 - a word list, wanted at init alone

    return words(bytes.fromhex(digest), FINGERPRINT_WORDS)


def parse(note: notes.Note) -> Roster:
    """Read a roster's facts; says nothing about its signatures. Raises `Damaged`."""
    body = note.body
    try:
        if body["format"] > layout.FORMAT_VERSION:
            raise Damaged("the vault was written by a newer imgfile.", "Update imgfile on this computer.")
        return Roster(
            note=note,
            number=body["number"],
            vault=note.vault,
            is_post_quantum=body["suite"] == "mlkem768x25519",
            generations=tuple(Generation(g["number"], g["recipient"], g["holders"]) for g in body["generations"]),
            recovery=body["recovery"],
            people=tuple(_person(entry) for entry in body["people"]),
            stations=tuple(_station(entry) for entry in body["stations"]),
            policy_digest=body["policy"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise Damaged("a roster does not say what a roster says.") from error


def _person(entry: Body) -> Person:
    return Person(
        who=entry["id"],
        name=entry["name"],
        registration=entry["registration"],
        roles=tuple(entry["roles"]),
        recipient=entry["recipient"],
        keys=PublicKeys.from_json(entry),
        signing_key_digest=entry["signing_key"],
    )


def _station(entry: Body) -> StationEntry:
    return StationEntry(
        station=entry["id"],
        name=entry["name"],
        recipient=entry["recipient"],
        keys=PublicKeys.from_json(entry),
        pseudonym_digest=entry["pseudonym"],
    )
