"""People of a practice beyond its founder, enrolled as an approval would."""

from __future__ import annotations

from dataclasses import dataclass, replace

from imgfile import sealing
from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.keys.generations import practice_file
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.sealed_files import publish_sealed
from imgfile.vault.keys.signers import keep_signer
from imgfile.vault.roster.model import ClosedHolder, Credential, Person, Role, Roster
from imgfile.vault.roster.successor import successor
from imgfile.vault.trail import chain
from kit.vault.practice import Practice, change_roster, clinician_of


@dataclass(frozen=True)
class Newcomer:
    """What a person holds who was let in."""

    holder: str
    identity: sealing.KeyIdentity
    key: SigningKey


def enrol_person(practice: Practice, name: str, registration: str, *roles: Role) -> tuple[Practice, Newcomer]:
    """List a person with one credential, who holds the newest generation; return the practice reopened."""
    store, vault = practice.vault.store, practice.reopened()
    identity, holder = sealing.generate_identity(post_quantum=vault.roster.is_post_quantum), layout.new_id()
    key = SigningKey.generate(holder)
    practice_keys, _ = open_practice(vault, [clinician_of(practice)])
    number = vault.roster.generation.number
    readers = [identity.recipient]
    digest = publish_sealed(
        store, layout.practice_key(number, holder), practice_file(vault, practice_keys.newest), readers
    )
    listed = Credential(holder, str(identity.recipient), key.public, keep_signer(store, key, identity.recipient))
    person = Person(layout.new_id(), name, registration, roles or (Role.CLINICIAN,), (listed,))

    def with_them(newest: Roster) -> Roster:
        *before, last = newest.generations
        held = replace(last, holders={**last.holders, holder: digest})
        return replace(newest, people=(*newest.people, person), generations=(*before, held))

    change_roster(practice, with_them)
    return replace(practice, vault=practice.reopened()), Newcomer(holder, identity, key)


def close_person(practice: Practice, who: Newcomer) -> Practice:
    """Remove a person as `people remove` does: with the ends of all trails; return the practice reopened."""
    heads = chain.newest_heads(practice.vault)

    def applied(newest: Roster) -> Roster:
        person = newest.person(who.holder)
        assert person is not None
        shut = ClosedHolder(
            who.holder, who.key.public, newest.number + 1, dict(heads), person.who, person.name, person.registration
        )
        people = tuple(one for one in newest.people if one.who != person.who)
        closed = replace(newest.closed, credentials=(*newest.closed.credentials, shut))
        return replace(newest, people=people, closed=closed)

    change_roster(practice, applied)
    return replace(practice, vault=practice.reopened())


def remove_and_fork(practice: Practice, who: Newcomer) -> None:
    """Remove an administrator, and let this station see it; they then sign a roster from before, and overrule that."""
    before = practice.reopened().roster
    person = before.person(who.holder)
    assert person is not None
    shut = ClosedHolder(who.holder, who.key.public, before.number + 1, {}, person.who, person.name, person.registration)
    removed = change_roster(
        practice,
        lambda newest: replace(
            newest,
            people=tuple(one for one in newest.people if one.who != person.who),
            closed=replace(newest.closed, credentials=(*newest.closed.credentials, shut)),
        ),
    )
    practice.reopened()
    line = [before, successor(before, before, who.key)]
    line.append(successor(line[1], replace(line[1], forks=(removed.note.digest,)), who.key))
    for roster in line[1:]:
        (practice.folder / layout.roster(roster.number)).write_bytes(roster.note.encode())
