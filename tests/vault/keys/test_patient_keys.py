"""Patient keys of format 1: made by this station, of the current generation, whole, or never sealed to."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import notes, sealing
from imgfile.clinical.proofs import PatientFolder
from imgfile.errors import Damaged, WrongKey
from imgfile.notes import Body
from imgfile.sealing.x25519 import X25519Identity
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.keys import patient_keys
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.records import find as records
from imgfile.vault.records import manifest
from imgfile.vault.records.objects import open_object
from imgfile.vault.roster.model import Generation
from kit.vault.power import Power, watched_power
from kit.vault.practice import (
    OTHER_PATIENT,
    Practice,
    as_format_2,
    begin_generation,
    clinician_of,
    enrol_second_station,
    of_format_1,
    resigned,
)

pytestmark = of_format_1


def test_a_patient_has_one_key_of_this_station(practice: Practice) -> None:
    """The second photo is sealed to the key that the first one made; another patient's to another."""
    first, second, other = practice.file(b"one"), practice.file(b"two"), practice.file(b"three", OTHER_PATIENT)
    assert first.patient == second.patient != other.patient
    assert len(list(patient_keys.keys_of(practice.vault, first.patient))) == 1
    assert {found.key for found in records.Catalogue().records_of(practice.vault, first.patient)} == {
        next(patient_keys.keys_of(practice.vault, first.patient)).key
    }


def break_identity(practice: Practice, folder: str) -> None:
    """Change the sealed identity."""
    (path,) = (practice.folder / "keys" / "patients" / folder).iterdir()
    path.write_bytes(path.read_bytes()[:-1])


def break_note(practice: Practice, folder: str) -> None:
    """Change the recipient note."""
    (path,) = (practice.folder / "patients" / folder).glob("*.note")
    path.write_bytes(path.read_bytes().replace(b'"generation":1', b'"generation":2'))


def lose_identity(practice: Practice, folder: str) -> None:
    """Take the sealed identity away."""
    (path,) = (practice.folder / "keys" / "patients" / folder).iterdir()
    path.unlink()


@pytest.mark.parametrize("harm", [break_identity, break_note, lose_identity])
def test_a_key_that_is_not_whole_is_never_sealed_to_again(
    practice: Practice, harm: Callable[[Practice, str], None]
) -> None:
    """The next photo gets a new key, and verify reports the old one."""
    filed = practice.file(b"one")
    harm(practice, filed.patient)
    again = practice.file(b"two")
    assert again.patient == filed.patient
    opened, _ = open_practice(practice.vault, practice.recovery)
    found = manifest.load(practice.vault, again.patient, again.record)
    assert open_object(practice.vault, found, layout.IMAGE, opened) == b"two"
    assert any(finding.kind.is_damage for finding in verify(practice.vault))
    old = manifest.load(practice.vault, filed.patient, filed.record)
    with pytest.raises(Damaged):
        open_object(practice.vault, old, layout.IMAGE, opened)


def test_another_stations_key_is_not_sealed_to(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each station makes its own; both are listed, and readers use the one that the manifest names."""
    first = practice.file(b"one")
    enrolled = enrol_second_station(practice, tmp_path / "second")
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
    second = Practice(open_vault(enrolled), practice.folder, practice.recovery_file)
    filed = second.file(b"two")
    assert filed.patient == first.patient, "both stations know the patient by the same pseudonym"
    assert len(list(patient_keys.keys_of(second.vault, filed.patient))) == 2
    keys: dict[object, str] = {key.key: key.maker for key in patient_keys.keys_of(second.vault, filed.patient)}
    assert keys[manifest.load(second.vault, filed.patient, filed.record).key] == second.vault.here.station
    assert keys[manifest.load(second.vault, first.patient, first.record).key] == practice.vault.here.station


@pytest.mark.parametrize("change", [lambda body: {"key": body["key"]}, lambda body: {**body, "patient": "0" * 32}])
def test_a_recipient_note_must_be_about_its_place(practice: Practice, change: Callable[[Body], Body]) -> None:
    """A key of another patient is not usable here."""
    filed = practice.file()
    (path,) = (practice.folder / "patients" / filed.patient).glob("*.note")
    resigned(practice, "recipient", str(path.relative_to(practice.folder)), change)
    with pytest.raises(Damaged):
        list(patient_keys.keys_of(practice.vault, filed.patient))


def opened_with(practice: Practice, key: patient_keys.PatientKey, identity: sealing.Identity) -> bytes:
    """Open the sealed half of a patient key with some identity."""
    return sealing.unseal_bytes(practice.vault.store.read(layout.patient_identity(key.folder, key.key)), [identity])


def test_a_key_is_what_its_note_states(practice: Practice) -> None:
    """The note's recipient is the sealed identity's own; the identity says in words whose it is."""
    folder = PatientFolder("a" * 32)
    made = patient_keys.usable_key(practice.vault, folder)
    text = opened_with(practice, made, open_practice(practice.vault, practice.recovery)[0].newest)
    (identity,) = sealing.parse_identity_file(text)
    sealed = (practice.folder / layout.patient_identity(folder, made.key)).read_bytes()
    assert made == patient_keys.load_key(practice.vault, folder, made.key)
    assert (made.folder, made.generation, made.maker) == (folder, 1, practice.vault.here.station)
    assert (made.recipient, made.identity_digest) == (str(identity.recipient), hashlib.sha256(sealed).hexdigest())
    assert made.recipient.startswith("age1")
    assert not made.recipient.startswith("age1pq1")
    assert text.decode().splitlines()[:3] == [
        f"# imgfile patient key {made.key}",
        f"# vault {practice.vault.id}",
        f"# patient {folder}",
    ]


def test_a_key_of_a_vault_for_decades_is_post_quantum(practice: Practice) -> None:
    """The roster says which suite, and every patient's key is of it."""
    roster = replace(practice.vault.roster, is_post_quantum=True)
    made = patient_keys.usable_key(replace(practice.vault, roster=roster), PatientFolder("a" * 32))
    assert made.recipient.startswith("age1pq1")


def test_only_the_practice_opens_a_new_key(practice: Practice) -> None:
    """Neither this station, which made it, nor any holder without the practice's own identity."""
    made = patient_keys.usable_key(practice.vault, PatientFolder("a" * 32))
    (machine,) = sealing.parse_identity_file(practice.vault.station.identity)
    sealed = practice.vault.store.read(layout.patient_identity(made.folder, made.key))
    assert sealed.count(b"\n-> X25519 ") == 1, "sealed to one reader"
    for outsider in (machine, *practice.recovery, clinician_of(practice)):
        with pytest.raises(WrongKey):
            opened_with(practice, made, outsider)


def test_a_new_generation_is_sealed_to_from_its_roster_on(practice: Practice) -> None:
    """Who left with the old practice key opens nothing that is filed from now on, of patients known before too."""
    opened, _ = open_practice(practice.vault, practice.recovery)
    old, new = opened.newest, sealing.generate_identity(post_quantum=False)
    first = patient_keys.usable_key(practice.vault, folder := PatientFolder("a" * 32))
    roster = practice.vault.roster
    second = Generation(2, str(new.recipient), dict.fromkeys(roster.holders, "0" * 64))
    later = replace(practice.vault, roster=replace(roster, generations=(*roster.generations, second)))
    made = {key.generation: key for key in (first, patient_keys.usable_key(later, folder))}
    assert made.keys() == {1, 2}
    assert set(patient_keys.keys_of(later, folder)) == set(made.values())
    assert patient_keys.usable_key(later, folder) == made[2]
    assert opened_with(practice, made[2], new)
    with pytest.raises(WrongKey):
        opened_with(practice, made[2], old)
    for key in made.values():
        identity = patient_keys.open_identity(later, key, PracticeKeys({1: old, 2: new}))
        assert isinstance(identity, X25519Identity)
        assert str(identity.recipient) == key.recipient


def test_a_key_opens_only_as_its_note_states_it(practice: Practice) -> None:
    """Whoever may write to the share can seal an identity of their own to the practice's public half."""
    made = patient_keys.usable_key(practice.vault, PatientFolder("a" * 32))
    opened, _ = open_practice(practice.vault, practice.recovery)
    mine = sealing.generate_identity(post_quantum=False)
    recipient = sealing.parse_recipient(practice.vault.roster.generation.recipient)
    path = practice.folder / layout.patient_identity(made.folder, made.key)
    path.write_bytes(sealing.seal_bytes(sealing.render_identity_file(mine), [recipient]))
    with pytest.raises(Damaged, match="is not the identity that its note states"):
        patient_keys.open_identity(practice.vault, made, opened)


def test_what_is_sealed_to_a_key_must_be_openable(practice: Practice) -> None:
    """Of the key's own generation: a whole copy of another generation's practice key opens nothing of it."""
    made = patient_keys.usable_key(practice.vault, PatientFolder("a" * 32))
    practice, _ = begin_generation(as_format_2(practice))
    patient_keys.expect_openable(practice.vault, made)
    shutil.rmtree(practice.folder / "keys/practice/1")
    patient_keys.expect_openable(practice.vault, made)  # through the generation after it
    (practice.folder / layout.previous_practice_key(2)).unlink()
    with pytest.raises(
        Damaged, match=r"^no copy of the practice's key is there whole: nothing could be opened"
    ) as caught:
        patient_keys.expect_openable(practice.vault, made)
    assert "Restore the vault's keys folder" in caught.value.hint
    (practice.folder / layout.patient_identity(made.folder, made.key)).unlink()
    with pytest.raises(Damaged, match=f"{made.key}.age is not there whole") as caught:
        patient_keys.expect_openable(practice.vault, made)
    assert "Restore the vault's keys folder" in caught.value.hint


def test_a_key_that_reads_back_otherwise_gets_no_note(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is ever sealed to a recipient whose other half is not known to be there."""
    monkeypatch.setattr(sealing, "open_with_key", lambda *_: iter([b"something else"]))
    with pytest.raises(Damaged, match=r"^keys/patients/a{32}/.*\.age does not hold what was written") as caught:
        patient_keys.usable_key(practice.vault, PatientFolder("a" * 32))
    assert caught.value.hint == "Check the disk or share, then run it again."
    assert not list(practice.folder.rglob("patients/*/*.note"))


def test_a_key_that_reads_back_in_pieces_is_whole(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are joined as they come."""
    real = sealing.open_with_key

    def pieces(ciphertext: bytes, key: sealing.FileKey) -> Iterator[bytes]:
        whole = b"".join(real(ciphertext, key))
        yield from (whole[:9], whole[9:])

    monkeypatch.setattr(sealing, "open_with_key", pieces)
    assert patient_keys.usable_key(practice.vault, PatientFolder("a" * 32)).maker == practice.vault.here.station


def test_no_note_of_a_key_is_there_before_its_other_half_would_survive_a_power_cut(practice: Practice) -> None:
    """At every call to the system while one is made; and when it is returned, its note would survive as well."""
    seen = []

    def look(power: Power) -> None:
        for path in practice.folder.glob("patients/*/*.note"):
            stated = notes.parse(path.read_bytes()).body
            assert power.survives(layout.patient_identity(stated["patient"], stated["key"]))
            seen.append(path)

    with watched_power(practice.folder, look) as power:
        made = patient_keys.usable_key(practice.vault, PatientFolder("a" * 32))
        assert seen
        assert power.survives(layout.patient_recipient(made.folder, made.key))


STRANGE: list[Body] = [
    *({"patient": "0" * 32}, {"key": "0" * 32}),
    *({name: None} for name in ("patient", "key")),
]


@pytest.mark.parametrize("change", STRANGE, ids=str)
def test_a_note_of_another_place_is_told_as_that(practice: Practice, change: Body) -> None:
    """A copy of another patient's note, or of another key's, names its place and is refused."""
    made = patient_keys.usable_key(practice.vault, PatientFolder("a" * 32))
    name = layout.patient_recipient(made.folder, made.key)
    resigned(practice, "recipient", name, lambda body: {**body, **change})
    with pytest.raises(Damaged, match=f"^{name} is about another patient's key"):
        patient_keys.load_key(practice.vault, made.folder, made.key)


@pytest.mark.parametrize("lost", ["patient", "key", "generation", "recipient", "identity"])
def test_a_note_that_lacks_a_fact_is_told_as_that(practice: Practice, lost: str) -> None:
    """Even signed."""
    made = patient_keys.usable_key(practice.vault, PatientFolder("a" * 32))
    name = layout.patient_recipient(made.folder, made.key)
    resigned(practice, "recipient", name, lambda body: {key: value for key, value in body.items() if key != lost})
    with pytest.raises(Damaged, match=f"^{name} does not say what a recipient note says"):
        patient_keys.load_key(practice.vault, made.folder, made.key)


def test_another_kind_of_note_is_no_recipient_note(practice: Practice) -> None:
    """Every kind has its own word beneath the signature."""
    made = patient_keys.usable_key(practice.vault, PatientFolder("a" * 32))
    resigned(practice, "manifest", layout.patient_recipient(made.folder, made.key), lambda body: body)
    with pytest.raises(Damaged, match="where a recipient was expected"):
        patient_keys.load_key(practice.vault, made.folder, made.key)


def test_a_key_is_used_again_beside_one_that_is_not_whole(practice: Practice) -> None:
    """What lies in a patient's directory besides keeps nobody from finding the key: a broken one, a record, litter."""
    folder = PatientFolder("a" * 32)
    made = patient_keys.usable_key(practice.vault, folder)
    here = practice.folder / layout.patient(folder)
    for name in ("0" * 32 + ".note", "1" * 32, "notes.note"):
        (here / name).write_bytes(b"x")
    assert patient_keys.usable_key(practice.vault, folder) == made
    (here / ("0" * 32 + ".note")).unlink()
    assert list(patient_keys.keys_of(practice.vault, folder)) == [made]
