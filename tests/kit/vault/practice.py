"""Real vaults in a temporary folder, for the tests of every room above `sealing`."""

from __future__ import annotations

import base64
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from imgfile import notes, sealing, station
from imgfile.acts import init
from imgfile.clinical.filing import Filing
from imgfile.clinical.patient import PatientId, Scheme
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import MediaType, Photo, RecordId, Stripped, Verified
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.model import Place, Record, Sibling, Source, SourceKind, compose
from imgfile.clinical.vocabulary import IntimateUnder18, Nation
from imgfile.notes import Body, SigningKey
from imgfile.sealing.passphrase import Passphrase
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.founding import Founder
from imgfile.vault.keys.patient_keys import usable_key
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.records.commit import Submission, commit
from imgfile.vault.roster.chain import load_pinned
from imgfile.vault.trail import permissions

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PATIENT = PatientId(Scheme.NHS, "9990000018", allow_test=True)
OTHER_PATIENT = PatientId(Scheme.NHS, "9990000026", allow_test=True)
BORN = date(2025, 9, 14)
PASSPHRASE = "harbour-velvet-onion"
PHOTO = b"\xff\xd8 a photo, as far as a vault can tell \xff\xd9" * 9


@dataclass(frozen=True)
class Practice:
    """One vault founded for a test, with everything its founder would hold."""

    vault: Vault
    folder: Path
    recovery_file: Path

    @property
    def recovery(self) -> tuple[sealing.KeyIdentity, ...]:
        """The recovery identity, as the file says."""
        return sealing.parse_identity_file(self.recovery_file.read_bytes())

    def reopened(self) -> Vault:
        """Open the vault anew, as the next command would."""
        return open_vault(self.vault.station)

    def file(self, data: bytes = PHOTO, patient: PatientId = PATIENT, facts: bytes = b"{}") -> Verified:
        """File bytes for a patient, without the questions."""
        pseudonyms = open_pseudonyms(self.vault)
        folder = pseudonyms.folder(patient)
        stripped = stripped_photo(data)
        submission = Submission(
            record=RecordId(layout.new_id()),
            stripped=stripped,
            facts=facts,
            photo_mark=pseudonyms.photo(folder, stripped.original.digest),
            birth_guard=pseudonyms.birth_guard(folder, BORN),
            filed_at=NOON,
        )
        return commit(self.vault, usable_key(self.vault, folder), submission)

    def file_decided(
        self,
        filing: Filing,
        data: bytes = PHOTO,
        *,
        at: datetime = NOON,
        forge: Callable[[Record], Record] = lambda facts: facts,
    ) -> Verified:
        """File bytes with the sealed facts of a filing, and enter that in the trail: a record as people make it.

        `forge` changes the facts before they are sealed, as only a station gone bad could.
        """
        pseudonyms = open_pseudonyms(self.vault)
        folder, record = pseudonyms.folder(filing.patient), RecordId(layout.new_id())
        stripped = stripped_photo(data)
        facts = compose(
            filing,
            stripped,
            place=Place(vault=self.vault.id, pid=folder, record=record, station=self.vault.here.station),
            siblings={layout.IMAGE: Sibling(stripped.digest, len(data))},
            source=Source(kind=SourceKind.MAIL, name="Inbox", subject="rash pic", sender="parent@example.org"),
            filed_at=at,
            version="0",
        )
        submission = Submission(
            record=record,
            stripped=stripped,
            facts=record_json.dump(forge(facts)),
            photo_mark=pseudonyms.photo(folder, stripped.original.digest),
            birth_guard=pseudonyms.birth_guard(folder, filing.date_of_birth),
            filed_at=at,
        )
        with self.vault.station.locked():
            filed = commit(self.vault, usable_key(self.vault, folder), submission)
            permissions.release(self.vault, [filed], at=at)
        return filed


def stripped_photo(data: bytes) -> Stripped:
    """Declare bytes stripped; what they are is no business of a vault."""
    return Stripped(
        data=data,
        media_type=MediaType.JPEG,
        original=Photo(data),
        width=1,
        height=1,
        orientation=1,
        taken_at=None,
        removed=(),
    )


def found_practice(folder: Path, *, is_post_quantum: bool = False) -> Practice:
    """Found a vault below a folder. The caller has set IMGFILE_STATE."""
    policy = Policy(nation=Nation.ENGLAND, intimate_under_18=IntimateUnder18.CLINICIAN_ATTESTED)
    plan = init.Plan(
        folder=folder / "vault",
        founder=Founder("Dr A. Example", "GMC 7654321", "RECEPTION-3", policy, is_post_quantum),
        passphrase=PASSPHRASE,
        recovery_file=folder / "recovery.txt",
    )
    return Practice(open_vault(init.found(plan, at=NOON)), plan.folder, plan.recovery_file)


def copy_practice(template: Path, folder: Path, state: Path) -> Practice:
    """Copy a founded vault with its station's state, and trust the copy where it lies."""
    shutil.copytree(template / "vault", folder / "vault")
    shutil.copytree(template / "state", state)
    shutil.copy(template / "recovery.txt", folder)
    (pinned,) = station.known_vaults()
    moved = station.pin(replace(pinned, folder=folder / "vault"))
    return Practice(open_vault(moved), folder / "vault", folder / "recovery.txt")


@cache
def _opened(sealed: bytes) -> sealing.KeyIdentity:
    """Open the clinician's identity once: scrypt takes its second, and every copy of a template holds the same file."""
    return sealing.parse_identity_file(sealing.unseal_bytes(sealed, [Passphrase(PASSPHRASE)]))[0]


def clinician_of(practice: Practice) -> sealing.KeyIdentity:
    """Return the identity of the clinician who founded a practice."""
    return _opened(practice.vault.station.identity_file.read_bytes())


def publish_roster(practice: Practice, change: Callable[[Body], Body]) -> notes.Note:
    """Publish the roster that follows the newest one there, changed, as its administrator would."""
    vault, pin = practice.vault, practice.vault.station.pin
    newest = load_pinned(vault.store, vault.id, pin.first_digest, 1, pin.first_digest)
    administrator = newest.people[0]
    secret = sealing.unseal_bytes(vault.store.read(layout.signer_key(administrator.who)), [clinician_of(practice)])
    signer = SigningKey(administrator.who, base64.b64decode(secret))
    number = newest.number + 1
    body = {**newest.note.body, "number": number, "previous": newest.note.digest}
    note = signer.sign("roster", vault.id, change(body))
    vault.store.publish(layout.roster(number), note.encode())
    return note


def enrol_second_station(practice: Practice, state: Path) -> Station:
    """List a second computer in the next roster; set IMGFILE_STATE to `state` to be it."""
    vault = practice.vault
    machine = sealing.generate_identity(post_quantum=False)
    key = SigningKey.generate(layout.new_id())
    readers = [machine.recipient, sealing.parse_recipient(vault.roster.generation.recipient)]
    sealed = sealing.seal_bytes(open_pseudonyms(vault).key, readers)
    vault.store.publish(layout.station_key(key.name), sealed)
    pseudonym = hashlib.sha256(sealed).hexdigest()
    entry = {**key.public.to_json(), "name": "ROOM-2", "recipient": str(machine.recipient), "pseudonym": pseudonym}
    publish_roster(practice, lambda body: {**body, "stations": [*body["stations"], entry]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(state))
        station.store_keys(vault.id, key, sealing.render_identity_file(machine))
        return station.pin(replace(vault.station.pin, station=key.name))


def begin_generation(practice: Practice) -> tuple[Practice, sealing.KeyIdentity]:
    """Give the practice a second key, held by the same people, in the next roster; return it reopened, and the key."""
    roster = practice.vault.roster
    made = sealing.generate_identity(post_quantum=False)
    number = roster.generation.number + 1
    holders = {}
    for who, reader in ((roster.people[0].who, clinician_of(practice)), (roster.recovery, practice.recovery[0])):
        sealed = sealing.seal_bytes(sealing.render_identity_file(made), [reader.recipient])
        practice.vault.store.publish(layout.practice_key(number, who), sealed)
        holders[who] = hashlib.sha256(sealed).hexdigest()
    entry = {"number": number, "recipient": str(made.recipient), "holders": holders}
    publish_roster(practice, lambda body: {**body, "generations": [*body["generations"], entry]})
    return replace(practice, vault=practice.reopened()), made


def resigned(practice: Practice, kind: str, name: str, change: Callable[[Body], Body]) -> None:
    """Replace a note by another that this station really signed."""
    path = practice.folder / name
    body = notes.parse(path.read_bytes()).body
    path.write_bytes(practice.vault.station.signing_key.sign(kind, practice.vault.id, change(body)).encode())
