"""Letting somebody in with the recovery key, on a machine that knows nothing: vault and recovery file are all there is.

1. Roster 1 must be the one that the recovery file names; of an older file, the one whose words somebody typed.
2. From there the rosters are followed to the newest that the folder has. No bare machine can know whether that is the
   newest there ever was; its number, date and people are shown before anything is signed.
3. The recovery key opens the practice's, and its signing key.
4. A computer and a credential are made, everything that they need is sealed to them, and one roster, signed by the
   recovery key, lists them. The person administers, so that the next ones are let in as usual.
5. Only then does this computer trust the vault. Every other one says, when it sees that roster, who was let in so.

A run that died is repeated from the start: what it had made means nothing, unless its roster is there. Then that lists
this computer and the identity that it keeps, and no more is left to do than to trust the vault.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from imgfile import notes, sealing, station
from imgfile.acts.practice.administrator import Administrator
from imgfile.acts.practice.identity_file import keep_identity, kept_identity
from imgfile.acts.practice.new_computer import listed_computer, make_computer
from imgfile.acts.practice.people import find_person, plain
from imgfile.acts.practice.recovery_key import FINGERPRINT
from imgfile.errors import NoVault, UsageError, typed_folder
from imgfile.frozen import dataclass, field
from imgfile.notes import SigningKey
from imgfile.state import Pin
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault, rooted
from imgfile.vault.keys.enrol import seal_practice_to, seal_pseudonyms_to
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.signers import keep_signer, open_signer
from imgfile.vault.roster import chain
from imgfile.vault.roster.model import Credential, Person, Role, Roster
from imgfile.vault.roster.successor import Change, publish
from imgfile.vault.store.directory import Store

_STATED: Final = ("vault", FINGERPRINT)
"""What the lines of a recovery file begin with that name its vault."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who is let in: name and registration as typed, how this computer is called, and the passphrase chosen."""

    name: str
    registration: str
    station_name: str
    passphrase: str = field(repr=False)


def stated_vault(recovery_file: bytes) -> tuple[str, str]:
    """Return the vault and the digest of roster 1 that a recovery file names; "" for what it does not."""
    lines = [line.removeprefix("# ") for line in recovery_file.decode("utf-8", "replace").splitlines()]
    stated = (
        next((each.removeprefix(f"{word} ") for each in lines if each.startswith(f"{word} ")), "") for word in _STATED
    )
    vault, first = stated
    return vault, first


def first_roster(folder: Path) -> notes.Note:
    """Return roster 1 as it lies in a folder, believed by nobody yet. Raises `NoVault`, `Damaged`."""
    store = Store(folder.absolute())
    if not store.is_connected() or not store.exists(layout.roster(1)):
        raise NoVault(f"there is no vault at {folder}.", "Name the folder that holds `roster`, `policy` and `keys`.")
    return notes.parse(store.read(layout.roster(1)))


def look(folder: Path, first: notes.Note) -> Vault:
    """Follow the rosters from a first one that is trusted now to the newest. Raises `Damaged`; nothing is kept."""
    store = Store(folder.absolute())
    *_, newest = chain.load_chain(store, first.vault, first.digest)
    pin = Pin(first.vault, folder.absolute(), first.digest, newest.number, newest.note.digest)
    return Vault(rooted(store, newest, None), newest, Station(pin))


def with_keys(vault: Vault, keys: Path) -> Vault:
    """Return the vault with its keys where somebody says that they are.

    Raises `NotWritable` where they are away, `Damaged` where they are another vault's.
    """
    place = keys.absolute()
    there = replace(
        vault,
        store=rooted(vault.store, vault.roster, place),
        station=Station(replace(vault.station.pin, keys=place)),
    )
    there.store.expect_keys()
    return there


def admit_recovery(vault: Vault, identity: sealing.KeyIdentity) -> Administrator:
    """See that an identity is the vault's recovery key of today, and may sign. Raises `WrongKey`, `UsageError`."""
    practice, holder = open_practice(vault, [identity])
    if holder != vault.roster.recovery.holder:
        closed = {one.holder for one in vault.roster.closed.recoveries}
        raise UsageError(
            "that recovery key was replaced by a newer one." if holder in closed else "that is no recovery key.",
            "Nothing was changed. Find the newest recovery file. If it is lost, an administrator lets you in:  imgfile "
            f"join {typed_folder(vault.station.pin.folder)}",
        )
    if vault.roster.is_format_1:
        raise UsageError(
            "the vault is of format 1, whose recovery key opens every record but lets nobody in.",
            "Records open with the age tool: see open-a-record-without-imgfile in the documentation.",
        )
    return Administrator(holder, practice, open_signer(vault, holder, [identity]), [identity])


def recover(vault: Vault, by: Administrator, newcomer: Newcomer, *, at: datetime) -> Vault:
    """Let somebody in, on this computer, and return the vault as they may use it. Raises `NotWritable`, `Damaged`.

    Where a run that died had let them in, with the same passphrase, this computer trusts the vault now.
    """
    if (done := _let_in_before(vault, newcomer)) is not None:
        return done
    computer = make_computer(vault.id, newcomer.station_name, is_post_quantum=vault.roster.is_post_quantum)
    computer.keep(vault.id)
    person = sealing.generate_identity(post_quantum=vault.roster.is_post_quantum)
    own = SigningKey.generate(layout.new_id())
    keep_identity(vault.id, person, newcomer.passphrase)
    listed = Credential(own.name, str(person.recipient), own.public, keep_signer(vault.store, own, person.recipient))
    here = computer.listed.station
    digest = seal_pseudonyms_to(vault, by.practice, here, computer.listed.recipient)
    entry = replace(computer.listed, pseudonym_digest=digest)
    held = seal_practice_to(vault, by.practice, own.name, listed.recipient)
    number = vault.roster.generation.number

    def let_in(newest: Roster) -> Roster:
        *before, last = newest.generations
        if last.number != number:
            raise UsageError("the practice's key was changed at this moment.", "Run the same command again.")
        who = _person(newest, newcomer, listed)
        others = tuple(one for one in newest.people if one.who != who.who)
        return replace(
            newest,
            people=(*others, who),
            stations=(*newest.stations, replace(entry, person=who.who)),
            generations=(*before, replace(last, holders={**last.holders, own.name: held})),
        )

    made = publish(vault.store, vault.roster, Change("recovered", at, let_in), by.key)
    trusted = replace(vault.station.pin, highest=made.number, highest_digest=made.note.digest, station=here)
    return open_vault(station.pin(trusted))


def _let_in_before(vault: Vault, newcomer: Newcomer) -> Vault | None:
    """Return the vault as it may be used where its newest roster lists this computer and the identity it keeps."""
    computer = listed_computer(vault.roster)
    owner = vault.roster.person(computer.listed.person) if computer is not None else None
    if computer is None or owner is None or plain(owner.name) != plain(newcomer.name):
        return None
    identity = kept_identity(vault.id, newcomer.passphrase)
    if identity is None or str(identity.recipient) not in {one.recipient for one in owner.credentials}:
        return None
    return open_vault(station.pin(replace(vault.station.pin, station=computer.listed.station)))


def _person(roster: Roster, newcomer: Newcomer, credential: Credential) -> Person:
    """Return who is let in: somebody listed, with one credential more, or somebody new."""
    typed = f"{newcomer.name}, {newcomer.registration}" if newcomer.registration else newcomer.name
    try:
        known = find_person(roster, typed)
    except UsageError:
        both = (Role.ADMINISTRATOR, Role.CLINICIAN)
        return Person(layout.new_id(), newcomer.name, newcomer.registration, both, (credential,))
    roles = tuple(sorted({*known.roles, Role.ADMINISTRATOR}))
    return replace(known, roles=roles, credentials=(*known.credentials, credential))
