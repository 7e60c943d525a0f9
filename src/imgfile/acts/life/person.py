"""Somebody who signs for themselves: their identity opens the records, and their own key signs.

1. A reception computer looks at nothing and signs for nobody (R26).
2. The identity opens the practice's keys; which file it opened says whose it is.
3. Their signing key opens with the same identity, and must be the one that the roster lists.
4. What they sign takes a role: the roster says whether they have it today.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from imgfile import sealing
from imgfile.acts.disclosure.open import admit
from imgfile.acts.practice.administrator import expect_format_2
from imgfile.clinical.facts import Facts, Person
from imgfile.errors import RefusedByRule
from imgfile.frozen import dataclass, field
from imgfile.notes import SigningKey
from imgfile.vault.access import Vault
from imgfile.vault.keys.practice import PracticeKeys
from imgfile.vault.keys.signers import open_signer
from imgfile.vault.life import history as life
from imgfile.vault.life.write import finish_entries
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Person as Listed
from imgfile.vault.roster.model import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at this station, by their identity: who they are, and the keys that it opened."""

    holder: str
    person: Person
    """Name and registration, as the roster has them."""
    roles: frozenset[Role]
    practice: PracticeKeys = field(repr=False)
    key: SigningKey = field(repr=False)


def admit_person(vault: Vault, identities: Sequence[sealing.Identity], roles: frozenset[Role], what: str) -> Actor:
    """See whose identity it is, and that they have one of these roles; `what` ends "only … may".

    Raises `WrongKey`, `RefusedByRule` (R26), `Damaged`; nothing was changed.
    """
    reader = admit(vault, identities)
    listed = expect_role(vault, reader.who, roles, what)
    person = Person(listed.name, listed.registration)
    key = open_signer(vault, reader.who, identities)
    return Actor(reader.who, person, frozenset(listed.roles), reader.practice, key)


def expect_role(vault: Vault, who: str, roles: frozenset[Role], what: str) -> Listed:
    """Return the person with this id, or a credential of it, who has one of these roles. Raises `RefusedByRule`."""
    listed = vault.roster.person(who)
    if listed is None or not roles & set(listed.roles):
        wanted = " or ".join(sorted(f"{_article(role)} {role.value.replace('_', ' ')}" for role in roles))
        raise RefusedByRule(
            "R26",
            f"only {wanted} may {what}; this identity is {listed.title if listed else _unlisted(vault, who)}.",
            "Nothing was changed. Who may is listed by:  imgfile people list",
        )
    return listed


def _unlisted(vault: Vault, who: str) -> str:
    """Return whose identity it is that is not listed: of somebody who left, else the recovery key."""
    left = next((one for one in vault.roster.closed.credentials if who in {one.holder, one.person}), None)
    return "the recovery key" if left is None else f"{left.title}, who left"


def expect_open_to_additions(vault: Vault, of: Manifest) -> None:
    """See that something can be added to a record, before anybody is asked for anything; enter what a dead run left.

    Raises `UsageError` in a vault of format 1, `RefusedByRule` for a record that is gone, `Damaged`.
    """
    expect_format_2(vault)
    history = life.load(vault, of)
    history.expect_here()
    history.expect_whole()
    with vault.station.locked():
        finish_entries(vault)


def person_here(vault: Vault) -> Person | None:
    """Return whose computer this is, as far as the roster says: who is taken to speak where nobody signs."""
    owner = vault.roster.person(vault.here.person) if vault.here.person else None
    return None if owner is None else Person(owner.name, owner.registration)


def facts_of(vault: Vault, by: Person | None, *, today: date) -> Facts:
    """Return what stands before any question, of whatever photo: whom the practice names, and who attests.

    Who left may still have asked for a photo (R26); of the clinicians whom the policy lets attest, `by` does (R9).
    """
    listed = vault.roster.attesters(vault.policy.attester_roles)
    attesters = tuple(Person(one.name, one.registration) for one in listed)
    return Facts(
        policy=vault.policy,
        today=today,
        people=tuple(Person(*who) for who in vault.roster.names),
        attester=by if by in attesters else None,
        attesters=attesters,
    )


def _article(role: Role) -> str:
    return "an" if role.value[0] in "aeiou" else "a"
