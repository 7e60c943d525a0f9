"""Who signs what becomes of a record: a station, or a person with a credential, whose roles the named roster gives.

A person acts in a role: the roster that the note names says whether they had it, and it must be one of the chain.
"""

from __future__ import annotations

from imgfile import notes
from imgfile.errors import Damaged, damage_at
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


def read_verified(vault: Vault, name: str, kind: str, *, known: str = "") -> notes.Note:
    """Read a note and see that it is `verified`. Raises `Damaged`, which names it."""
    data = vault.store.read(name)
    with damage_at(name):
        return verified(vault, data, kind, known=known)


def verified(vault: Vault, data: bytes, kind: str, *, known: str = "") -> notes.Note:
    """Return a note of this vault, signed by a station or a person of it. Raises `Damaged`.

    Where its text has the digest under which it was verified here before, the signatures are not verified again.
    """
    if known:
        note = notes.parse(data)
        if (note.digest, note.kind, note.vault) == (known, kind, vault.id):
            return note
    try:
        note = notes.verified_note(data, everybody(vault.roster), kind=kind, vault=vault.id)
    except Damaged:  # perhaps by somebody who was let in since this vault was opened
        newest = vault.newest_by_now()
        if newest.number == vault.roster.number:
            raise
        note = notes.verified_note(data, everybody(newest), kind=kind, vault=vault.id)
    if note.version == layout.FORMAT_1:
        raise Damaged(f"a note of kind {kind} is of version 1, which has none.", "Run:  imgfile verify")
    return note


def signer_of(vault: Vault, note: notes.Note, seen: Seen) -> Signer:
    """Return who signed a note that names this roster. Raises `Damaged` unless it was open there.

    What an administrator accepted by name is judged by the newest one, where the vault lacks the one that it names.
    """
    rosters = vault.rosters_named(seen)
    if not rosters and note.digest in vault.roster.accepted:
        rosters = (vault.roster,)
    if not rosters:
        raise Damaged(f"a note names roster {seen[0]}, which is not one of this vault's.", "Run:  imgfile verify")
    told = [roster for roster in rosters if not roster.is_format_1]
    if not told:
        raise Damaged(f"a note names roster {seen[0]}, which is of format 1.", "Run:  imgfile verify")
    name = note.signer
    if any(roster.station(name) is not None for roster in told):
        return Signer(name)
    people = [person for roster in told if (person := roster.holding(name)) is not None]
    if not people:
        raise Damaged(f"a note is signed by {name[:8]}, who was not open in the roster it names.", "imgfile verify")
    return Signer(name, people[-1].who, frozenset(role for person in people for role in person.roles))
