"""Computers that ask to join a test's vault, each with a state of its own, and the administrator who lets them in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from imgfile import sealing
from imgfile.acts.practice import approve, join
from imgfile.acts.practice.administrator import Administrator, admit_administrator
from imgfile.acts.practice.join import Joiner, Joining
from imgfile.notes import Body, Note, SigningKey
from imgfile.sealing.passphrase import Passphrase
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.joining import request
from imgfile.vault.joining.grant import Whose
from imgfile.vault.joining.request import Request
from imgfile.vault.roster.model import Credential, Role, StationEntry, Use
from kit.vault.practice import NOON, Practice, clinician_of, light_passphrases

COLLEAGUE = Whose("Dr B. Colleague", "GMC 7111111", (Role.CLINICIAN,), "doctor")
PASSPHRASE = "copper-sparrow-ledger"


@contextmanager
def account(state: Path) -> Iterator[None]:
    """Be another account, with a state of its own, whose passphrase costs no second of scrypt."""
    with pytest.MonkeyPatch.context() as patch, light_passphrases():
        patch.setenv("IMGFILE_STATE", str(state))
        yield


def ask(practice: Practice, *, use: Use = Use.CLINICAL, name: str = "LAPTOP-9") -> Joining:
    """Ask to join as the account that is, having typed the vault's words."""
    passphrase = PASSPHRASE if use is Use.CLINICAL else ""
    found = join.look(practice.folder)
    return join.ask(found, Joiner("Dr B. Colleague", "GMC 7111111", name, use, passphrase), at=NOON)


def administrator(practice: Practice) -> Administrator:
    """Admit the founder."""
    return admit_administrator(practice.reopened(), [clinician_of(practice)])


def let_in(practice: Practice, asked: Request, whose: Whose | None = COLLEAGUE) -> Vault:
    """Approve a request as the founder, at their computer."""
    return approve.approve(practice.reopened(), asked, whose, administrator(practice), at=NOON).vault


def enrolled(joining: Joining) -> Vault:
    """Take the approval up, as the account that asked."""
    roster = join.approval(joining)
    assert roster is not None
    return open_vault(join.enrol(joining, roster))


def joined(practice: Practice, state: Path, whose: Whose | None = COLLEAGUE, use: Use = Use.CLINICAL) -> Vault:
    """Have another account ask, be let in, and return the vault as it opens it."""
    with account(state):
        asked = ask(practice, use=use)
    let_in(practice, asked.request, whose)
    with account(state):
        return enrolled(asked)


def identity_at(station: Station) -> sealing.KeyIdentity:
    """Open the identity that a test's account keeps."""
    sealed = station.identity_file.read_bytes()
    return sealing.parse_identity_file(sealing.unseal_bytes(sealed, [Passphrase(PASSPHRASE)]))[0]


@dataclass(frozen=True)
class Asker:
    """Keys that ask to join, by a request that a test may spell as it likes."""

    practice: Practice
    machine: sealing.KeyIdentity = field(default_factory=lambda: sealing.generate_identity(post_quantum=False))
    person: sealing.KeyIdentity = field(default_factory=lambda: sealing.generate_identity(post_quantum=False))
    station_key: SigningKey = field(default_factory=lambda: SigningKey.generate(layout.new_id()))
    person_key: SigningKey = field(default_factory=lambda: SigningKey.generate(layout.new_id()))

    @property
    def signer_file(self) -> bytes:
        """The person's signing key, sealed to them; another file each time."""
        return sealing.seal_bytes(base64.b64encode(self.person_key.secret), [self.person.recipient])

    def made(self) -> Request:
        """Make the request that imgfile would make, with its key file in the vault."""
        roster, signer = self.practice.reopened().roster, self.signer_file
        self.practice.vault.store.publish(layout.signer_key(self.person_key.name), signer)
        digest = hashlib.sha256(signer).hexdigest()
        key, own = self.station_key, self.person_key
        return request.make(
            roster.vault,
            self.practice.vault.station.pin.first_digest,
            roster.seen,
            asked="2026-11-22T12:00:00Z",
            says=("Dr B. Colleague", "GMC 7111111"),
            station=StationEntry(key.name, "LAPTOP-9", str(self.machine.recipient), key.public, ""),
            credential=Credential(own.name, str(self.person.recipient), own.public, digest),
            signers=[key, own],
        )

    def spelt(self, change: Callable[[Body], Body], *signers: SigningKey) -> Note:
        """Return the note of a request that says something else, signed by its keys, or by others."""
        made = self.made()
        first, *others = signers or (self.station_key, self.person_key)
        note = first.sign("request", made.note.vault, change(made.note.body), version=made.note.version)
        for other in others:
            note = other.countersign(note)
        return note

    def post(self, note: Note) -> str:
        """Put a request into the vault under its own name; return the name."""
        name = layout.request(note.body["request"])
        self.practice.vault.store.publish(name, note.encode())
        return name
