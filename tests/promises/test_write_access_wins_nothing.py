"""Whoever can write to the share wins no photo that is filed afterwards, and `verify` sees what they did.

Each attack is made on a vault in which one photo of the patient lies, with everything that such a person can have: the
whole share, and keys of their own. Then the station files another photo. Either it refuses, and the source stays; or
it files with a key of its own making. Never does the attacker's identity open anything in the vault.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imgfile import notes, sealing
from imgfile.clinical.proofs import PatientFolder
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.roster.model import Role
from kit.vault.people import enrol_person, remove_and_fork
from kit.vault.practice import Practice, forge_roster, found_practice, of_each_format, of_format_1
from promises.opening import everything_opened, identities_in, with_ours
from promises.world import PHOTO, Children, World, make_world


@dataclass(frozen=True)
class Attacker:
    """Somebody with the share in hand, an age identity, and a signing key that no roster lists."""

    vault: Path
    identity: sealing.KeyIdentity
    signer: notes.SigningKey

    @property
    def patient(self) -> PatientFolder:
        """The only patient's directory."""
        (folder,) = (self.vault / "patients").iterdir()
        return PatientFolder(folder.name)

    @property
    def recipient_note(self) -> Path:
        """The patient key's public half, in a vault of format 1."""
        (path,) = (self.vault / "patients" / self.patient).glob("*.note")
        return path

    @property
    def sealed_identity(self) -> Path:
        """The key that the only record is sealed to, itself sealed to the practice."""
        (path,) = (self.vault / self.keys / self.patient).iterdir()
        return path

    @property
    def keys(self) -> str:
        """Where such keys lie."""
        return layout.PATIENT_KEYS if self.roster.version == layout.FORMAT_1 else layout.THING_KEYS

    @property
    def roster(self) -> notes.Note:
        """Roster 1."""
        return notes.parse((self.vault / "roster/1.note").read_bytes())

    def sealed_to_practice(self, plaintext: bytes) -> bytes:
        """Seal to the practice, whose recipient stands in the roster."""
        recipient = self.roster.body["generations"][-1]["recipient"]
        return sealing.seal_bytes(plaintext, [sealing.parse_recipient(recipient)])

    def signed(self, kind: str, body: notes.Body) -> bytes:
        """Sign a note about this vault."""
        return self.signer.sign(kind, self.roster.vault, body, version=self.roster.version).encode()


Attack = Callable[[Attacker], None]


def edit_the_recipient_note(by: Attacker) -> None:
    """Put one's own recipient into the station's note."""
    note = notes.parse(by.recipient_note.read_bytes())
    text = by.recipient_note.read_bytes()
    by.recipient_note.write_bytes(text.replace(note.body["recipient"].encode(), str(by.identity.recipient).encode()))


def sign_another_recipient_note(by: Attacker) -> None:
    """State one's own recipient under the same name, signed by oneself, its identity sealed to the practice."""
    _plant_key(by, by.recipient_note.stem)


def sign_in_the_stations_name(by: Attacker) -> None:
    """State it so under the name of the station."""
    (station,) = by.roster.body["stations"]
    _plant_key(
        Attacker(by.vault, by.identity, notes.SigningKey(station["id"], by.signer.secret)), by.recipient_note.stem
    )


def plant_a_foreign_key(by: Attacker) -> None:
    """Add a second patient key, listed first, and take the station's own away."""
    station_key = by.recipient_note
    _plant_key(by, "0" * 32)
    station_key.unlink()


def replay_a_note_of_another_patient(by: Attacker) -> None:
    """Copy the station's own note to a place where it is about somebody else."""
    by.recipient_note.rename(by.recipient_note.with_name(f"{'0' * 32}.note"))


def swap_the_sealed_identity(by: Attacker) -> None:
    """Seal an identity of one's own to the practice, in the place of the record's, or the patient's."""
    by.sealed_identity.write_bytes(by.sealed_to_practice(sealing.render_identity_file(by.identity)))


def delete_the_sealed_identity(by: Attacker) -> None:
    """So that what is sealed to it would be lost."""
    by.sealed_identity.unlink()


def plant_keys_of_things(by: Attacker) -> None:
    """Seal identities of one's own to the practice, where the keys of this patient's next things will lie."""
    for name in ("0" * 32, "f" * 32):
        path = by.vault / layout.thing_key(by.patient, name)
        path.write_bytes(by.sealed_to_practice(sealing.render_identity_file(by.identity)))


def state_the_record_anew(by: Attacker) -> None:
    """Replace the key of the record that is there, and state so in its manifest, in the name of the station."""
    swap_the_sealed_identity(by)
    (manifest,) = by.vault.glob("patients/*/*/manifest.note")
    (station,) = by.roster.body["stations"]
    body = notes.parse(manifest.read_bytes()).body
    digest = hashlib.sha256(by.sealed_identity.read_bytes()).hexdigest()
    forger = Attacker(by.vault, by.identity, notes.SigningKey(station["id"], by.signer.secret))
    manifest.write_bytes(forger.signed("manifest", {**body, "key": {"generation": 1, "sha256": digest}}))


def delete_the_practice_key(by: Attacker) -> None:
    """Every holder's copy, so that nothing that is filed can be opened."""
    shutil.rmtree(by.vault / "keys/practice")


def add_a_reader(by: Attacker) -> None:
    """Put a file of one's own among the holders of the practice key."""
    path = by.vault / layout.practice_key(1, "0" * 32)
    path.write_bytes(sealing.seal_bytes(b"AGE-SECRET-KEY-1", [by.identity.recipient]))


def edit_the_roster(by: Attacker) -> None:
    """Exchange the practice's recipient for one's own."""
    path = by.vault / "roster/1.note"
    recipient = by.roster.body["generations"][-1]["recipient"]
    path.write_bytes(path.read_bytes().replace(recipient.encode(), str(by.identity.recipient).encode()))


def sign_the_next_roster(by: Attacker) -> None:
    """Append a roster in which one is an administrator, and the practice's recipient is one's own."""
    previous = by.roster
    (person,) = previous.body["people"]
    generations = [*previous.body["generations"], {"number": 2, "recipient": str(by.identity.recipient), "holders": {}}]
    me = {**person, **by.signer.public.to_json()}
    if previous.version != layout.FORMAT_1:
        generations = [{**one, "next": "0" * 64} for one in generations]
        generations[-1]["next"] = ""
        (credential,) = person["credentials"]
        me = {**person, "id": "b" * 32, "credentials": [{**credential, **by.signer.public.to_json()}]}
    body = {
        **previous.body,
        "number": 2,
        "previous": previous.digest,
        "generations": generations,
        "people": [*previous.body["people"], me],
    }
    (by.vault / "roster/2.note").write_bytes(by.signed("roster", body))


def exchange_the_pseudonym_key(by: Attacker) -> None:
    """Seal a pseudonym key of one's own choice to the station, to learn who is filed from now on."""
    (station,) = by.roster.body["stations"]
    recipients = [sealing.parse_recipient(station["recipient"])]
    (by.vault / layout.station_key(station["id"])).write_bytes(sealing.seal_bytes(b"k" * 32, recipients))


def exchange_the_policy(by: Attacker) -> None:
    """Allow what the practice does not."""
    (policy,) = (by.vault / "policy").iterdir()
    policy.write_bytes(policy.read_bytes() + b"\n")


def rewrite_the_newest_note(by: Attacker) -> None:
    """Put a note of one's own at the end of the audit trail."""
    _write_trail(by, 2)


def rewrite_an_older_note(by: Attacker) -> None:
    """Put one into its midst, where the station does not look again while it files."""
    _write_trail(by, 1)


def _write_trail(by: Attacker, number: int) -> None:
    (station,) = by.roster.body["stations"]
    body = {"number": number, "previous": "", "heads": {}, "entries": []}
    (by.vault / layout.trail(station["id"], number)).write_bytes(by.signed("audit", body))


def _plant_key(by: Attacker, key: str) -> None:
    sealed = by.sealed_to_practice(sealing.render_identity_file(by.identity))
    path = by.vault / layout.patient_identity(by.patient, key)
    path.write_bytes(sealed)
    body = {
        "patient": by.patient,
        "key": key,
        "generation": 1,
        "recipient": str(by.identity.recipient),
        "identity": hashlib.sha256(sealed).hexdigest(),
    }
    (by.vault / layout.patient_recipient(by.patient, key)).write_bytes(by.signed("recipient", body))


REFUSED: tuple[Attack, ...] = (
    edit_the_roster,
    sign_the_next_roster,
    exchange_the_pseudonym_key,
    exchange_the_policy,
    rewrite_the_newest_note,
    delete_the_practice_key,
    state_the_record_anew,
)
"""The station files nothing at all: the source stays, and the command says so with exit 16."""
FILED_WITH_ANOTHER_KEY_OF_THE_PATIENT: tuple[Attack, ...] = (
    edit_the_recipient_note,
    sign_another_recipient_note,
    sign_in_the_stations_name,
    plant_a_foreign_key,
    replay_a_note_of_another_patient,
    swap_the_sealed_identity,
    delete_the_sealed_identity,
)
"""In format 1 the station makes a new patient key; what it finds there it never seals to."""
FILED_WITH_A_KEY_OF_ITS_OWN: tuple[Attack, ...] = (
    swap_the_sealed_identity,
    delete_the_sealed_identity,
    plant_keys_of_things,
)
"""In format 2 it makes one for each record, and looks for none."""
UNUSED: tuple[Attack, ...] = (plant_keys_of_things, add_a_reader)
"""Nobody reads what is planted: it looks like what a dead run left, which is a notice."""
REFUSED_IN_FORMAT_2: tuple[Attack, ...] = (rewrite_an_older_note,)
"""There the station looks through every trail for the same photo of another patient."""
FILED_AS_BEFORE: tuple[Attack, ...] = (add_a_reader, rewrite_an_older_note)
"""In format 1 it changes nothing for the station."""


@pytest.fixture
def world(practice: Practice, children: Children) -> World:
    """Furnish a vault in which one photo of the patient lies; another one is the source."""
    made = make_world(practice, "photo.jpg", children)
    assert made.ingest().status == 0
    made.source.write_bytes(PHOTO + b"another")
    return made


@pytest.fixture
def attacker(practice: Practice) -> Attacker:
    """Give the attacker the share and keys."""
    return Attacker(practice.folder, sealing.generate_identity(post_quantum=False), notes.SigningKey.generate("a" * 32))


def _expect_nothing_won(world: World, by: Attacker, before: set[str], attack: Attack) -> None:
    """See that the attacker opens nothing that was filed since, and that `verify` finds it."""
    planted = identities_in(by.identity.secret().encode())
    assert not (_records(by) - before) & everything_opened(by.vault, planted, with_ours).keys()
    with suppress(Damaged):  # a vault that does not even open says so too
        seen = {finding.kind for finding in verify(world.vault())}
        assert seen == {Kind.UNFINISHED} if attack in UNUSED else any(kind.is_damage for kind in seen), "verify sees it"


def _records(by: Attacker) -> set[str]:
    return {path.relative_to(by.vault).as_posix() for path in by.vault.glob("patients/*/*/*.age")}


@of_each_format
@pytest.mark.parametrize("attack", REFUSED)
def test_the_station_refuses(world: World, attacker: Attacker, attack: Attack) -> None:
    """Exit 16, and the photo is still where it was."""
    _expect_refused(world, attacker, attack)


def _expect_refused(world: World, attacker: Attacker, attack: Attack) -> None:
    before, photo = _records(attacker), world.source.read_bytes()
    attack(attacker)
    ran = world.ingest()
    assert ran.status == Damaged.exit_code, ran.said
    assert world.source.read_bytes() == photo
    _expect_nothing_won(world, attacker, before, attack)


@pytest.mark.parametrize("attack", REFUSED_IN_FORMAT_2)
def test_the_station_refuses_in_format_2(world: World, attacker: Attacker, attack: Attack) -> None:
    """As it does in either."""
    _expect_refused(world, attacker, attack)


def _filed_under(attack: Attack, world: World, attacker: Attacker) -> tuple[set[str], str, Any]:
    """File a photo in spite of an attack; return the new objects, the record, and how its manifest states its key."""
    before = _records(attacker)
    attack(attacker)
    ran = world.ingest()
    assert ran.status == 0, ran.said
    filed = _records(attacker) - before
    assert len(filed) == 2
    (record,) = {name.split("/")[2] for name in filed}
    manifest = next(attacker.vault.glob(f"patients/*/{record}/manifest.note"))
    return filed, record, notes.parse(manifest.read_bytes()).body["key"]


@of_format_1
@pytest.mark.parametrize("attack", FILED_WITH_ANOTHER_KEY_OF_THE_PATIENT + FILED_AS_BEFORE)
def test_the_station_seals_to_its_own_keys_alone(
    practice: Practice, world: World, attacker: Attacker, attack: Attack
) -> None:
    """It files, the practice opens the new record, and the attacker does not."""
    before, old_key = _records(attacker), attacker.recipient_note.stem
    filed, _, used = _filed_under(attack, world, attacker)
    assert (used == old_key) is (attack in FILED_AS_BEFORE)
    recovery = identities_in(practice.recovery_file.read_bytes())
    assert filed <= everything_opened(attacker.vault, recovery, with_ours).keys()
    _expect_nothing_won(world, attacker, before, attack)


@pytest.mark.parametrize("attack", [*FILED_WITH_A_KEY_OF_ITS_OWN, add_a_reader])
def test_the_station_seals_each_record_to_a_key_of_its_own(
    practice: Practice, world: World, attacker: Attacker, attack: Attack
) -> None:
    """Whatever was done to the keys that are there: the practice opens the new record, and the attacker does not."""
    before = _records(attacker)
    filed, record, stated = _filed_under(attack, world, attacker)
    key = attacker.vault / layout.thing_key(attacker.patient, record)
    assert hashlib.sha256(key.read_bytes()).hexdigest() == stated["sha256"]
    recovery = identities_in(practice.recovery_file.read_bytes())
    assert filed <= everything_opened(attacker.vault, recovery, with_ours).keys()
    _expect_nothing_won(world, attacker, before, attack)


@of_each_format
@pytest.mark.parametrize("attack", [delete_the_sealed_identity, swap_the_sealed_identity, delete_the_practice_key])
def test_no_source_is_erased_for_a_record_that_nobody_can_open(
    world: World, attacker: Attacker, attack: Attack
) -> None:
    """The very photo lies in the vault, whole, and its keys do not: the source is the last readable copy."""
    world.source.write_bytes(PHOTO)
    attack(attacker)
    ran = world.ingest()
    assert ran.status == Damaged.exit_code, ran.said
    assert world.source.read_bytes() == PHOTO


def test_another_vault_in_its_place_is_refused(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole vault of the attacker's founding, at the same path: the pin knows better."""
    with monkeypatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(tmp_path / "theirs" / "state"))
        (tmp_path / "theirs").mkdir()
        found_practice(tmp_path / "theirs")
    shutil.rmtree(world.folder / "vault")
    shutil.copytree(tmp_path / "theirs" / "vault", world.folder / "vault")
    photo = world.source.read_bytes()
    assert world.ingest().status == Damaged.exit_code
    assert world.source.read_bytes() == photo


@of_each_format
def test_a_roster_rolled_back_is_refused(practice: Practice, world: World) -> None:
    """Once the station saw roster 2, a share that ends with roster 1 is an old one."""
    forge_roster(practice)
    path = practice.folder / layout.roster(2)
    assert world.vault().roster.number == 2
    path.unlink()
    photo = world.source.read_bytes()
    ran = world.ingest()
    assert ran.status == Damaged.exit_code
    assert "older" in ran.said
    assert world.source.read_bytes() == photo


def test_a_removed_administrator_does_not_come_back(practice: Practice, world: World) -> None:
    """By the key that signed rosters once, a roster from before the removal, and one that overrules it."""
    administering, who = enrol_person(practice, "Dr L. Locum", "GMC 7222222", Role.ADMINISTRATOR, Role.CLINICIAN)
    remove_and_fork(administering, who)
    photo = world.source.read_bytes()
    ran = world.ingest()
    assert ran.status == Damaged.exit_code
    assert "who may not by the one seen before" in ran.said
    assert world.source.read_bytes() == photo
