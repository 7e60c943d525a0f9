"""Real vaults in a temporary folder, for the tests of every room above `sealing`."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from imgfile import notes, sealing, station
from imgfile.acts import init
from imgfile.acts.practice import identity_file
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.upgrade import upgrade_with
from imgfile.clinical.filing import Filing
from imgfile.clinical.patient import PatientId, Scheme
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import MediaType, Photo, RecordId, Stripped, Verified
from imgfile.clinical.record import json as record_json
from imgfile.clinical.record.model import Place, Record, Sibling, Source, SourceKind, compose
from imgfile.clinical.vocabulary import IntimateUnder18, Nation
from imgfile.notes import Body, SigningKey
from imgfile.practice_state import stored_keys
from imgfile.sealing.passphrase import WORK_FACTOR, Passphrase
from imgfile.station import Station
from imgfile.vault import layout
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.founding import Founder
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.records.commit import Submission, commit
from imgfile.vault.records.manifest import Cause, Manifest, Origin
from imgfile.vault.roster.chain import load_pinned
from imgfile.vault.roster.json import credential_body
from imgfile.vault.roster.model import Generation, Roster, StationEntry
from imgfile.vault.roster.successor import Change, publish
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

    @property
    def founder(self) -> str:
        """The founder's credential, by which the roster lists who holds the practice's key, and who signs."""
        return self.vault.roster.people[0].credentials[0].holder

    def reopened(self) -> Vault:
        """Open the vault anew, as the next command would."""
        return open_vault(self.vault.station)

    def file(self, data: bytes = PHOTO, patient: PatientId = PATIENT, facts: bytes = b"{}") -> Verified:
        """File bytes for a patient, without the questions."""
        pseudonyms = open_pseudonyms(self.vault)
        folder = pseudonyms.folder(patient)
        stripped = stripped_photo(data)
        submission = Submission(
            folder=folder,
            record=RecordId(layout.new_id()),
            stripped=stripped,
            facts=facts,
            photo_mark=pseudonyms.photo(folder, stripped.original.digest),
            same_mark=pseudonyms.same(stripped.original.digest),
            birth_guard=pseudonyms.birth_guard(folder, BORN),
            filed_at=NOON,
        )
        return commit(self.vault, submission)

    def file_decided(  # noqa: PLR0913 - what is filed, and what of it is not as people file it
        self,
        filing: Filing,
        data: bytes = PHOTO,
        *,
        at: datetime = NOON,
        forge: Callable[[Record], Record] = lambda facts: facts,
        moved_from: Manifest | None = None,
        form: bytes = b"",
    ) -> Verified:
        """File bytes with the sealed facts of a filing, and enter that in the trail: a record as people make it.

        `forge` changes the facts before they are sealed, as only a station gone bad could. `moved_from` is the record
        whose photo this is, as it says then. A `form` is sealed beside it.
        """
        pseudonyms = open_pseudonyms(self.vault)
        folder, record = pseudonyms.folder(filing.patient), RecordId(layout.new_id())
        stripped = stripped_photo(data)
        facts = compose(
            filing,
            stripped,
            place=Place(vault=self.vault.id, pid=folder, record=record, station=self.vault.here.station),
            siblings={layout.IMAGE: Sibling(stripped.digest, len(data)), **form_sibling(form)},
            source=Source(kind=SourceKind.MAIL, name="Inbox", subject="rash pic", sender="parent@example.org"),
            filed_at=at,
            version="0",
        )
        submission = Submission(
            folder=folder,
            record=record,
            stripped=stripped,
            facts=record_json.dump(forge(facts)),
            form=form,
            photo_mark=pseudonyms.photo(folder, stripped.original.digest),
            same_mark=moved_from.same_mark if moved_from else pseudonyms.same(stripped.original.digest),
            birth_guard=pseudonyms.birth_guard(folder, filing.date_of_birth),
            filed_at=at,
            origin=Origin(Cause.MOVED, moved_from.record, moved_from.first_filed_at) if moved_from else None,
        )
        with self.vault.station.locked():
            filed = commit(self.vault, submission)
            permissions.release(self.vault, [filed], at=at)
        return filed


def form_sibling(form: bytes) -> dict[str, Sibling]:
    """Return how facts name a signed form beside a photo, where there is one."""
    return {layout.FORM: Sibling(Photo(form).digest, len(form))} if form else {}


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


LIGHT_WORK_FACTOR = 1
"""With it, scrypt takes a millisecond to seal an identity, and again each time that somebody types its passphrase."""


@contextmanager
def light_passphrases() -> Iterator[None]:
    """Let this process seal identities so that scrypt costs nothing: its strength is the codec's to prove."""
    strong = Passphrase
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity_file, "Passphrase", lambda text: strong(text, work_factor=LIGHT_WORK_FACTOR))
        yield


def work_factor_of(sealed: bytes) -> int:
    """Return the work factor that stands in the header of a file sealed with a passphrase (age-encryption.org/v1)."""
    (found,) = re.findall(rb"^-> scrypt [^ ]+ ([0-9]+)$", sealed, re.MULTILINE)
    return int(found)


def found_practice(
    folder: Path, *, is_post_quantum: bool = False, is_light: bool = True, keys: Path | None = None
) -> Practice:
    """Found a vault below a folder; its passphrase costs a second of scrypt only if it is not to be light.

    Its keys lie in another folder where one is given. The caller has set IMGFILE_STATE.
    """
    policy = Policy(nation=Nation.ENGLAND, intimate_under_18=IntimateUnder18.CLINICIAN_ATTESTED)
    plan = init.Plan(
        folder=folder / "vault",
        founder=Founder("Dr A. Example", "GMC 7654321", "RECEPTION-3", policy, is_post_quantum),
        passphrase=PASSPHRASE,
        recovery_file=folder / "recovery.txt",
        keys=keys,
    )
    with light_passphrases() if is_light else nullcontext():
        founded = init.found(plan, at=NOON)
    factor = work_factor_of(founded.identity_file.read_bytes())
    assert factor == (LIGHT_WORK_FACTOR if is_light else WORK_FACTOR), "an identity is sealed elsewhere by now"
    return Practice(open_vault(founded), plan.folder, plan.recovery_file)


_BIRTH_DATES: Final = {
    "9990000018": ("2025-09-14", "2025-09-15", "2025-09-16", "1925-09-14", "1991-03-03"),
    "9434765870": ("1971-03-03", "1971-03-04", "1971-03-05", "1951-03-03"),
    "9990000026": ("1951-03-03", "1952-03-03", "1971-03-03", "1981-03-03", "2024-09-14"),
}
"""The dates that tests set against each other, by patient."""


def tells_birth_dates_apart(practice: Practice) -> bool:
    """Return whether a vault's guards, of one byte each, differ for each patient's dates: of ten vaults, in nine."""
    pseudonyms = open_pseudonyms(practice.vault)
    for number, days in _BIRTH_DATES.items():
        folder = pseudonyms.folder(PatientId(Scheme.NHS, number, allow_test=True))
        if len({pseudonyms.birth_guard(folder, date.fromisoformat(day)) for day in days}) < len(days):
            return False
    return True


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
    """Open the clinician's identity once: every copy of a template holds the same file."""
    return sealing.parse_identity_file(sealing.unseal_bytes(sealed, [Passphrase(PASSPHRASE)]))[0]


def clinician_of(practice: Practice) -> sealing.KeyIdentity:
    """Return the identity of the clinician who founded a practice."""
    return _opened(practice.vault.station.identity_file.read_bytes())


def administrator_of(practice: Practice) -> SigningKey:
    """Return the signing key of the founder, opened with their passphrase's identity."""
    holder = practice.founder
    secret = sealing.unseal_bytes(practice.vault.store.read(layout.signer_key(holder)), [clinician_of(practice)])
    return SigningKey(holder, base64.b64decode(secret))


def newest_roster(practice: Practice) -> Roster:
    """Walk from the pinned first roster to the newest, whatever this station has seen."""
    vault, pin = practice.vault, practice.vault.station.pin
    return load_pinned(vault.store, vault.id, pin.first_digest, 1, pin.first_digest)


def change_roster(practice: Practice, apply: Callable[[Roster], Roster] = lambda newest: newest) -> Roster:
    """Publish the roster that a change makes of the newest one, as its administrator would."""
    change = Change("changed", NOON, apply)
    return publish(practice.vault.store, newest_roster(practice), change, administrator_of(practice))


def forge_roster(
    practice: Practice, change: Callable[[Body], Body] = lambda body: body, signer: SigningKey | None = None
) -> notes.Note:
    """Publish a next roster as imgfile would never make it: any text, by its administrator's genuine key or another."""
    newest = newest_roster(practice)
    body = change({**newest.note.body, "number": newest.number + 1, "previous": newest.note.digest})
    signer = signer or administrator_of(practice)
    note = signer.sign("roster", newest.vault, body, version=body["format"])
    practice.vault.store.publish(layout.roster(newest.number + 1), note.encode())
    return note


def enrol_second_station(practice: Practice, state: Path) -> Station:
    """List a second computer in the next roster; set IMGFILE_STATE to `state` to be it."""
    vault = practice.vault
    machine = sealing.generate_identity(post_quantum=vault.roster.is_post_quantum)
    key = SigningKey.generate(layout.new_id())
    readers = [machine.recipient, sealing.parse_recipient(vault.roster.generation.recipient)]
    sealed = sealing.seal_bytes(open_pseudonyms(vault).key, readers)
    vault.store.publish(layout.station_key(key.name), sealed)
    entry = StationEntry(
        station=key.name,
        name="ROOM-2",
        recipient=str(machine.recipient),
        keys=key.public,
        pseudonym_digest=hashlib.sha256(sealed).hexdigest(),
    )
    if newest_roster(practice).is_format_1:
        listed = {**key.public.to_json(), "name": entry.name, "recipient": entry.recipient}
        listed |= {"pseudonym": entry.pseudonym_digest}
        forge_roster(practice, lambda body: {**body, "stations": [*body["stations"], listed]})
    else:
        change_roster(practice, lambda roster: replace(roster, stations=(*roster.stations, entry)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(state))
        stored_keys.store_keys(vault.id, key, sealing.render_identity_file(machine))
        return station.pin(replace(vault.station.pin, station=key.name))


def begin_generation(practice: Practice) -> tuple[Practice, sealing.KeyIdentity]:
    """Give the practice a second key, held by the same people, in the next roster; return it reopened, and the key."""
    roster, store = practice.vault.roster, practice.vault.store
    made = sealing.generate_identity(post_quantum=False)
    old = sealing.unseal_bytes(
        store.read(layout.practice_key(roster.generation.number, roster.recovery.holder)), practice.recovery
    )
    number = roster.generation.number + 1
    holders = {}
    for who, reader in ((practice.founder, clinician_of(practice)), (roster.recovery.holder, practice.recovery[0])):
        sealed = sealing.seal_bytes(sealing.render_identity_file(made), [reader.recipient])
        store.publish(layout.practice_key(number, who), sealed)
        holders[who] = hashlib.sha256(sealed).hexdigest()
    before = sealing.seal_bytes(old, [made.recipient])
    store.publish(layout.previous_practice_key(number), before)
    entry = Generation(number, str(made.recipient), holders, hashlib.sha256(before).hexdigest())
    change_roster(practice, lambda newest: replace(newest, generations=(*newest.generations, entry)))
    return replace(practice, vault=practice.reopened()), made


def with_own_keys_folder(practice: Practice, keys: Path) -> Practice:
    """Make of a vault that was founded just now what `init --keys` would have founded, and trust it so."""
    vault, signer = practice.vault, administrator_of(practice)
    keys.parent.mkdir(parents=True, exist_ok=True)
    (practice.folder / layout.KEYS).rename(keys)
    marker = signer.sign("root", vault.id, {"root": layout.KEYS}, version=layout.FORMAT_VERSION)
    (keys / layout.ROOT_NOTE).write_bytes(marker.encode())
    body = {**vault.roster.note.body, "roots": {layout.KEYS: marker.digest}}
    note = signer.sign("roster", vault.id, body, version=layout.FORMAT_VERSION)
    (practice.folder / layout.roster(1)).write_bytes(note.encode())
    pin = replace(vault.station.pin, first_digest=note.digest, highest_digest=note.digest, keys=keys)
    return replace(practice, vault=open_vault(station.pin(pin)))


of_format_1 = pytest.mark.parametrize("practice", [layout.FORMAT_1], indirect=True, ids=["format 1"])
"""Marks a test that is about vaults of format 1."""
of_each_format = pytest.mark.parametrize(
    "practice", [layout.FORMAT_1, layout.FORMAT_VERSION], indirect=True, ids=["format 1", "format 2"]
)
"""Marks a test of what holds in a vault of either format: it runs on both."""


def as_format_1(practice: Practice) -> Practice:
    """Make of a vault that was founded just now what 0.1.0 would have founded, and trust it so."""
    vault, signer = practice.vault, administrator_of(practice)
    roster = vault.roster
    (person,), (here,), (generation,) = roster.people, roster.stations, roster.generations
    (credential,) = person.credentials
    body: Body = {
        "number": 1,
        "previous": "",
        "format": layout.FORMAT_1,
        "suite": roster.note.body["suite"],
        "founded": roster.founded,
        "generations": [{"number": 1, "recipient": generation.recipient, "holders": generation.holders}],
        "recovery": roster.recovery.holder,
        "people": [
            {
                **credential_body(credential),
                "name": person.name,
                "registration": person.registration,
                "roles": ["administrator", "clinician"],
            }
        ],
        "stations": [
            {
                **here.keys.to_json(),
                "name": here.name,
                "recipient": here.recipient,
                "pseudonym": here.pseudonym_digest,
            }
        ],
        "policy": roster.policy_digest,
    }
    note = signer.sign("roster", vault.id, body)
    (practice.folder / layout.signer_key(roster.recovery.holder)).unlink()
    (practice.folder / layout.roster(1)).write_bytes(note.encode())
    pin = replace(vault.station.pin, first_digest=note.digest, highest_digest=note.digest)
    return replace(practice, vault=open_vault(station.pin(pin)))


def as_format_2(practice: Practice) -> Practice:
    """Move a vault of format 1 to format 2, with its recovery key at hand."""
    founder = admit_administrator(practice.vault, [clinician_of(practice)])
    return replace(practice, vault=upgrade_with(practice.vault, founder, practice.recovery[0], at=NOON))


def resigned(practice: Practice, kind: str, name: str, change: Callable[[Body], Body]) -> None:
    """Replace a note by another that this station really signed."""
    path = practice.folder / name
    body = notes.parse(path.read_bytes()).body
    path.write_bytes(practice.vault.sign(kind, change(body)).encode())
