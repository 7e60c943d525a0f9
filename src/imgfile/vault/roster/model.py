"""A roster: who and what belongs to a vault, as one signed note states it. `chain` says which notes count.

Rosters of format 1 are read into the same values: a person of theirs has one credential, of the same id, and their
recovery key is known by its holder's id alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from imgfile.frozen import dataclass, field
from imgfile.vault import layout

if TYPE_CHECKING:
    from imgfile import notes
    from imgfile.notes import PublicKeys

FINGERPRINT_WORDS: Final = 8
"""88 bits of a digest: enough to read out over the telephone and to know a vault, or a request, by."""

_TELLING_LETTERS: Final = 4
_WORD: Final = re.compile("[a-z]+")

Seen: TypeAlias = tuple[int, str]
"""A numbered note: its number and its digest."""


class Role(StrEnum):
    """What a person may do in a practice."""

    ADMINISTRATOR = "administrator"
    CLINICIAN = "clinician"
    RECEPTION = "reception"
    PRIVACY_LEAD = "privacy_lead"
    SENIOR_CLINICIAN = "senior_clinician"
    WITNESS = "witness"


class Use(StrEnum):
    """What a station is for."""

    CLINICAL = "clinical"
    """A clinician sits at it: files, attests, looks."""
    RECEPTION = "reception"
    """It files what needs no clinician, and never looks or attests."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A person on one computer: a holder of the practice key, who signs."""

    holder: str
    recipient: str
    keys: PublicKeys
    signing_key_digest: str
    """SHA-256 of the signing key, sealed to this credential's identity, as it lies in the vault."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the practice: name and registration as an administrator typed them, roles, and credentials."""

    who: str
    name: str
    registration: str
    roles: tuple[Role, ...]
    credentials: tuple[Credential, ...]
    attester: str = ""
    """As what they attest, a code of the vocabulary; empty where nobody said."""

    @property
    def title(self) -> str:
        """Name and registration as they are shown: `Dr A. Example, GMC 7654321`."""
        return f"{self.name}, {self.registration}" if self.registration else self.name

    @property
    def is_administrator(self) -> bool:
        """Whether they may sign rosters, given a credential."""
        return Role.ADMINISTRATOR in self.roles


@dataclass(frozen=True, slots=True)
class StationEntry:
    """A station: its shown name, public keys, age recipient, and the digest of its sealed pseudonym key."""

    station: str
    name: str
    recipient: str
    keys: PublicKeys
    pseudonym_digest: str
    """Empty where it has none, and files into the inbox."""
    use: Use = Use.CLINICAL
    person: str = ""
    """Whose it is: a person's id, or empty."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation of the practice key: its recipient, and who holds it (holder → digest of the sealed file)."""

    number: int
    recipient: str
    holders: dict[str, str]
    previous_digest: str = ""
    """SHA-256 of the file by which this generation opens the one before; empty in the first."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """The offline recovery key: a holder; in format 2 it signs too."""

    holder: str
    recipient: str = ""
    keys: PublicKeys | None = None
    signing_key_digest: str = ""


@dataclass(frozen=True, slots=True)
class ClosedHolder:
    """A credential or recovery key that counts no more: whose, since which roster, and the trails' ends then."""

    holder: str
    keys: PublicKeys | None
    """None for a recovery key of format 1, which never signed."""
    roster: int
    heads: dict[str, Seen]
    person: str = ""
    name: str = ""
    registration: str = ""

    @property
    def title(self) -> str:
        """Name and registration of whose it was, as they were shown; empty for a recovery key."""
        return ", ".join(filter(None, (self.name, self.registration)))


@dataclass(frozen=True, slots=True)
class ClosedStation:
    """A station that counts no more beyond `head`, the last note of its trail that does."""

    station: str
    name: str
    keys: PublicKeys
    roster: int
    head: Seen


@dataclass(frozen=True, slots=True)
class Closed:
    """All that is closed; it never opens again."""

    credentials: tuple[ClosedHolder, ...] = ()
    stations: tuple[ClosedStation, ...] = ()
    recoveries: tuple[ClosedHolder, ...] = ()

    @property
    def keys(self) -> Iterator[PublicKeys]:
        """Every public key that is closed."""
        kinds = (self.credentials, self.stations, self.recoveries)
        return (each.keys for kind in kinds for each in kind if each.keys is not None)


@dataclass(frozen=True)
class Roster:
    """A roster. Only `chain` says that its note counts; one that is being made has the note of the one before."""

    note: notes.Note = field(repr=False)
    number: int
    vault: str
    format: int
    is_post_quantum: bool
    founded: str
    generations: tuple[Generation, ...]
    recovery: Recovery
    people: tuple[Person, ...]
    stations: tuple[StationEntry, ...]
    policy_digest: str
    closed: Closed = field(default_factory=Closed)
    accepted: tuple[str, ...] = ()
    """Digests accepted by name: of manifests that a closed station signed beyond its end, of what a restore lost."""
    roots: dict[str, str] = field(default_factory=dict)
    """Folders of the vault that lie elsewhere: name → digest of their `root.note`."""
    forks: tuple[str, ...] = ()
    """Digests of other rosters of the number before, which this one overrules."""
    change: str = ""
    """What this roster did, as a word for people."""
    made: str = ""
    """When it was signed, as its signer's clock had it."""

    @property
    def seen(self) -> Seen:
        """This roster, as notes name it."""
        return self.number, self.note.digest

    @property
    def is_format_1(self) -> bool:
        """Whether what is written into the vault now is of format 1."""
        return self.format == layout.FORMAT_1

    @property
    def generation(self) -> Generation:
        """The current generation of the practice key."""
        return self.generations[-1]

    @cached_property
    def station_keys(self) -> dict[str, PublicKeys]:
        """Who may have signed what lies in the vault, by station: those that are open, and those that were."""
        closed = {entry.station: entry.keys for entry in self.closed.stations}
        return closed | {entry.station: entry.keys for entry in self.stations}

    @property
    def station_names(self) -> dict[str, str]:
        """What every station is called, or was: those that are open, and those that are closed."""
        closed = {entry.station: entry.name for entry in self.closed.stations}
        return closed | {entry.station: entry.name for entry in self.stations}

    def title_of(self, holder: str) -> str | None:
        """Return the name and registration of a holder, of one too who is closed; None for the recovery key."""
        person = self.person(holder)
        if person is not None:
            return person.title
        closed = next((one for one in self.closed.credentials if one.holder == holder), None)
        return None if closed is None else closed.title

    @property
    def names(self) -> Iterator[tuple[str, str]]:
        """Name and registration of everybody listed, then of those who left."""
        listed = {(one.name, one.registration): None for one in self.people}
        left = {(one.name, one.registration): None for one in self.closed.credentials if one.name}
        yield from listed | left

    @property
    def clinicians(self) -> Iterator[Person]:
        """The clinicians whom it lists."""
        return (one for one in self.people if Role.CLINICIAN in one.roles)

    def attesters(self, wanted: Collection[str]) -> Iterator[Person]:
        """Return its clinicians of certain kinds, codes of the vocabulary; all of them where none is wanted."""
        return (one for one in self.clinicians if not wanted or one.attester in wanted)

    @cached_property
    def administrators(self) -> dict[str, PublicKeys]:
        """Who may sign the next roster as an administrator, by holder."""
        return {one.holder: one.keys for person in self.people if person.is_administrator for one in person.credentials}

    @property
    def roster_signers(self) -> dict[str, PublicKeys]:
        """Who may sign the next roster: administrators, and the recovery key where it signs."""
        recovery = {} if self.recovery.keys is None else {self.recovery.holder: self.recovery.keys}
        return self.administrators | recovery

    @property
    def open_keys(self) -> Iterator[PublicKeys]:
        """Every public key that signs."""
        yield from (entry.keys for entry in self.stations)
        yield from (one.keys for person in self.people for one in person.credentials)
        if self.recovery.keys is not None:
            yield self.recovery.keys

    @property
    def holders(self) -> dict[str, str]:
        """Who holds the practice key: holder → age recipient, where that is known."""
        held = {one.holder: one.recipient for person in self.people for one in person.credentials}
        return held | {self.recovery.holder: self.recovery.recipient}

    def person(self, who: str) -> Person | None:
        """Return the person with this id, or with a credential of this id, if listed."""
        return next((one for one in self.people if who == one.who or who in {c.holder for c in one.credentials}), None)

    def holding(self, holder: str) -> Person | None:
        """Return the person who has the open credential with this id."""
        return next((one for one in self.people if holder in {each.holder for each in one.credentials}), None)

    def credential(self, holder: str) -> Credential | None:
        """Return the open credential with this id."""
        return next((one for person in self.people for one in person.credentials if one.holder == holder), None)

    def station(self, name: str) -> StationEntry | None:
        """Return the open station with this id."""
        return next((entry for entry in self.stations if entry.station == name), None)

    def closed_station(self, name: str) -> ClosedStation | None:
        """Return the closed station with this id."""
        return next((entry for entry in self.closed.stations if entry.station == name), None)

    @property
    def fingerprint(self) -> str:
        """The words of roster 1; of a later roster they mean nothing."""
        return fingerprint_of(self.note.digest)


def fingerprint_of(digest: str) -> str:
    """Return a digest as words to say aloud: four, a stroke, four."""
    from imgfile.sealing.words import words  # noqa: PLC0415 - a word list, wanted when somebody reads it out

    half = FINGERPRINT_WORDS // 2
    spoken = words(bytes.fromhex(digest), FINGERPRINT_WORDS).split("-")
    return f"{' '.join(spoken[:half])} / {' '.join(spoken[half:])}"


def is_fingerprint(typed: str, digest: str, *, least: int = FINGERPRINT_WORDS) -> bool:
    """Return whether typed words are those of a digest, in any case, whatever stands between them.

    All eight, unless fewer will do, as 0.1.0 showed six. The first four letters do for a word: no two of the list begin
    with the same.
    """
    said, wanted = (_WORD.findall(text) for text in (typed.lower(), fingerprint_of(digest)))
    return least <= len(said) <= len(wanted) and all(map(_is_word, said, wanted))


def words_slip(typed: str, *, least: int = FINGERPRINT_WORDS) -> str:
    """Return what is wrong with how many words were typed, a sentence; "" where there are as many as there must be."""
    count = len(_WORD.findall(typed.lower()))
    if least <= count <= FINGERPRINT_WORDS:
        return ""
    typed_words = {0: "No word was", 1: "1 word was"}.get(count, f"{count} words were")
    wanted = "eight" if least == FINGERPRINT_WORDS else "eight, or the first six"
    return f"{typed_words} typed; there are {wanted}."


def _is_word(typed: str, word: str) -> bool:
    return typed == word or (len(typed) >= _TELLING_LETTERS and word.startswith(typed))
