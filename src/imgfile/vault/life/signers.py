"""Who signs what becomes of a record: a station, or a person with a credential, whose roles the named roster gives.

A person acts in a role: the roster that the note names says whether they had it, and it must be one of the chain.
"""

from __future__ import annotations

from imgfile import notes
from imgfile.errors import Damaged
from imgfile.frozen import dataclass
from imgfile.notes import PublicKeys
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.roster.model import Role, Roster, Seen


@dataclass(frozen=True, slots=True)
class Signer:
    """Whoever signed a note: a station's or a credential's id and, of a person, who it is and in which roles."""

    name: str
    person: str = ""
    """The person's id; empty for a station."""
    roles: frozenset[Role] = frozenset()
    """What they might do by the roster that the note names."""

    @property
    def is_station(self) -> bool:
        """Whether no person signed."""
        return not self.person

    def has_one_of(self, roles: frozenset[Role]) -> bool:
        """Return whether it is a person who might act in one of these roles."""
        return bool(self.roles & roles)


def everybody(roster: Roster) -> dict[str, PublicKeys]:
    """Return who may have signed what became of records: stations and people, open and closed."""
    closed = {one.holder: one.keys for one in roster.closed.credentials if one.keys is not None}
    people = {one.holder: one.keys for person in roster.people for one in person.credentials}
    return roster.station_keys | closed | people


def verified(vault: Vault, data: bytes, kind: str, *, known: str = "") -> notes.Note:
    """Return a note of this vault, signed by a station or a person of it. Raises `Damaged`.

    Where its text has the digest under which it was verified here before, the signatures are not verified again.
    """
    if known:
        note = notes.parse(data)
        if (note.digest, note.kind, note.vault) == (known, kind, vault.id):
            return note
    note = notes.verified_note(data, everybody(vault.roster), kind=kind, vault=vault.id)
    if note.version == layout.FORMAT_1:
        raise Damaged(f"a note of kind {kind} is of version 1, which has none.", "Run:  imgfile verify")
    return note


def signer_of(vault: Vault, name: str, seen: Seen) -> Signer:
    """Return who signed a note that names this roster. Raises `Damaged` unless it was open there."""
    roster = vault.roster_named(seen)
    if roster is None:
        raise Damaged(f"a note names roster {seen[0]}, which is not one of this vault's.", "Run:  imgfile verify")
    if roster.is_format_1:
        raise Damaged(f"a note names roster {seen[0]}, which is of format 1.", "Run:  imgfile verify")
    if roster.station(name) is not None:
        return Signer(name)
    person = roster.person(name)
    if person is None or roster.credential(name) is None:
        raise Damaged(f"a note is signed by {name[:8]}, who was not open in the roster it names.", "imgfile verify")
    return Signer(name, person.who, frozenset(person.roles))
