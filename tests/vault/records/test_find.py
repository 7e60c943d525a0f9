"""Filing, finding and opening records, and the audit trail that speaks of them."""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import files, notes, sealing, station
from imgfile.clinical.proofs import Digest, Erasure, Evidence, PatientFolder, RecordId
from imgfile.device import ReadBack
from imgfile.errors import Damaged, NotWritable, SourceRemains, UsageError, WrongKey
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.keys import patient_keys as patientkeys
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.records import commit, manifest
from imgfile.vault.records import find as records
from imgfile.vault.records.objects import open_object
from imgfile.vault.store import directory as store
from imgfile.vault.store.directory import MAX_OBJECT_BYTES
from imgfile.vault.times import format_time, parse_time
from imgfile.vault.trail import chain, permissions
from imgfile.vault.trail import read as trail
from imgfile.vault.trail.entries import erased_entry, remains_entry
from kit.vault.erasure import refusing
from kit.vault.practice import NOON, OTHER_PATIENT, PATIENT, PHOTO, Practice, enrol_second_station


def test_a_filed_photo_opens_to_the_same_bytes(practice: Practice) -> None:
    """Through the practice key and the patient key that the manifest names."""
    filed = practice.file()
    opened, who = open_practice(practice.vault, practice.recovery)
    found = records.find(practice.vault, layout.reference(filed.record))
    assert who == practice.vault.roster.recovery
    assert open_object(practice.vault, found, layout.IMAGE, opened) == PHOTO
    assert found.digest == filed.manifest_digest
    assert filed.reached in {ReadBack.DEVICE, ReadBack.REOPENED}


def test_a_patient_has_one_key_of_this_station(practice: Practice) -> None:
    """The second photo is sealed to the key that the first one made; another patient's to another."""
    first, second, other = practice.file(b"one"), practice.file(b"two"), practice.file(b"three", OTHER_PATIENT)
    assert first.patient == second.patient != other.patient
    assert len(list(patientkeys.keys_of(practice.vault, first.patient))) == 1
    assert {found.key for found in records.records_of(practice.vault, first.patient)} == {
        next(patientkeys.keys_of(practice.vault, first.patient)).key
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
    assert len(list(patientkeys.keys_of(second.vault, filed.patient))) == 2
    permissions.release(second.vault, [filed], at=NOON)
    with pytest.raises(SourceRemains, match="another computer"):
        commit.prove_stored(
            second.vault, manifest.load(second.vault, first.patient, first.record), first.original_digest
        )


def test_what_an_earlier_run_filed_is_proven_without_a_key(practice: Practice) -> None:
    """Until an object no longer matches."""
    filed = practice.file()
    stored = manifest.load(practice.vault, filed.patient, filed.record)
    proof = commit.prove_stored(practice.vault, stored, filed.original_digest)
    assert (proof.is_new, proof.reached, proof.manifest_digest) == (False, "manifest", filed.manifest_digest)
    image = practice.folder / layout.record(filed.patient, filed.record) / layout.IMAGE
    image.write_bytes(image.read_bytes()[:-1] + b"x")
    with pytest.raises(Damaged, match="not what was filed"):
        commit.prove_stored(practice.vault, stored, filed.original_digest)


@pytest.mark.parametrize("lost", ["keys/patients", "keys/practice"])
def test_a_record_whose_keys_are_lost_proves_nothing(practice: Practice, lost: str) -> None:
    """Its objects are whole and nobody can open them: on its word, the last readable copy would be erased."""
    filed = practice.file()
    stored = manifest.load(practice.vault, filed.patient, filed.record)
    shutil.rmtree(practice.folder / lost)
    with pytest.raises(Damaged, match=r"nothing could be opened|could not be opened"):
        commit.prove_stored(practice.vault, stored, filed.original_digest)


def test_nothing_is_filed_that_nobody_could_open(practice: Practice) -> None:
    """One whole copy of the practice's key is enough, the clinician's or the recovery one; without any, it is noise."""
    first, last = sorted((practice.folder / "keys/practice/1").iterdir())
    first.unlink()
    practice.file(b"one")
    last.write_bytes(last.read_bytes()[:-1])
    with pytest.raises(Damaged, match="no copy of the practice's key"):
        practice.file(b"two")
    assert len(list(practice.folder.rglob(layout.MANIFEST))) == 1


def test_a_disk_that_stores_other_bytes_gets_no_manifest(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The read-back is a comparison, not a courtesy."""
    real = files.read_back

    def rotten(path: Path) -> tuple[bytes, ReadBack]:
        data, reached = real(path)
        return (data[:-1] + bytes([data[-1] ^ 1]) if path.name == layout.IMAGE else data), reached

    monkeypatch.setattr(files, "read_back", rotten)
    with pytest.raises(Damaged, match="does not read back"):
        practice.file()
    monkeypatch.undo()
    assert not list(practice.folder.rglob(layout.MANIFEST))


@pytest.mark.parametrize("name", ["keys", "patients"])
def test_an_identity_or_photo_that_opens_otherwise_gets_no_manifest(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A codec that errs consistently writes what it reads; the plaintext is compared as well."""
    real = sealing.open_with_key
    calls = {"keys": 0, "patients": 1}  # the identity is opened first, then the photo
    count = [0]

    def wrong(ciphertext: bytes, key: sealing.FileKey) -> object:
        count[0] += 1
        return iter([b"something else"]) if count[0] - 1 == calls[name] else real(ciphertext, key)

    monkeypatch.setattr(sealing, "open_with_key", wrong)
    with pytest.raises(Damaged):
        practice.file()
    monkeypatch.undo()
    assert not list(practice.folder.rglob(layout.MANIFEST))


def test_a_codec_that_cannot_open_what_it_sealed_files_nothing(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own complaint names no file; ours does."""

    def broken(_ciphertext: bytes, _key: sealing.FileKey) -> object:
        raise Damaged("payload")

    practice.file(b"the key is made before")
    monkeypatch.setattr(sealing, "open_with_key", broken)
    with pytest.raises(Damaged, match="does not read back"):
        practice.file()


def test_references_are_found_by_prefix(practice: Practice) -> None:
    """Four characters, any case, with or without the hyphen; o, i and l are read as 0, 1, 1."""
    filed = practice.file()
    reference = layout.reference(filed.record)
    for typed in (reference, reference[:4], reference.upper(), reference.replace("-", ""), reference[:6]):
        assert records.find(practice.vault, typed).record == filed.record
    assert layout.normalise_reference("OiL9-Abcd") == "0119-abcd"
    for nonsense in ("", "abc", "uuuu", "7f3k-q2ma-1", "../..", "é" * 5):
        with pytest.raises(UsageError, match="no record reference"):
            records.find(practice.vault, nonsense)
    with pytest.raises(UsageError, match="no record is called"):
        records.find(practice.vault, "0000-0000")


def test_an_ambiguous_prefix_names_its_records(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two records that begin alike are told, and none is chosen."""
    ids = iter(["aaaaaaaaaa" + "0" * 22, "aaaaabbbbb" + "0" * 22])
    real = layout.new_id
    practice.file(b"the key is made before")
    monkeypatch.setattr(layout, "new_id", lambda: next(ids, None) or real())
    one, two = practice.file(b"one"), practice.file(b"two")
    with pytest.raises(UsageError, match="names 2 records") as caught:
        records.find(practice.vault, layout.reference(one.record)[:4])
    assert layout.reference(two.record) in caught.value.message


def test_somebody_elses_identity_opens_nothing(practice: Practice) -> None:
    """Nor do the holders' files help when they are missing or changed."""
    stranger = sealing.generate_identity(post_quantum=False)
    with pytest.raises(WrongKey):
        open_practice(practice.vault, [stranger])
    for path in (practice.folder / "keys" / "practice" / "1").iterdir():
        path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(WrongKey):
        open_practice(practice.vault, practice.recovery)
    for path in (practice.folder / "keys" / "practice" / "1").iterdir():
        path.unlink()
    with pytest.raises(WrongKey):
        open_practice(practice.vault, practice.recovery)


def resigned(practice: Practice, kind: str, name: str, change: Callable[[Body], Body]) -> None:
    """Replace a note by another that this station really signed."""
    path = practice.folder / name
    body = notes.parse(path.read_bytes()).body
    path.write_bytes(practice.vault.station.signing_key.sign(kind, practice.vault.id, change(body)).encode())


@pytest.mark.parametrize(
    "change",
    [
        lambda body: {**body, "objects": {"image.age": body["objects"]["image.age"]}},
        lambda body: {**body, "objects": {**body["objects"], "image.age": {"length": "3", "sha256": "0" * 64}}},
        lambda body: {**body, "objects": {**body["objects"], "image.age": {"length": 3, "sha256": "0"}}},
        lambda body: {**body, "filed": "yesterday"},
        lambda body: {**body, "objects": 3},
        lambda body: {"record": body["record"]},
        lambda body: {**body, "record": "0" * 32},
    ],
)
def test_a_manifest_must_say_what_manifests_say(practice: Practice, change: Callable[[Body], Body]) -> None:
    """Even this station's own signature does not make nonsense a manifest."""
    filed = practice.file()
    resigned(practice, "manifest", f"{layout.record(filed.patient, filed.record)}/{layout.MANIFEST}", change)
    with pytest.raises(Damaged):
        manifest.load(practice.vault, filed.patient, filed.record)


def test_only_published_records_are_listed(practice: Practice) -> None:
    """Leftovers of a dead run, and names that are no records, are passed over."""
    filed = practice.file()
    (practice.folder / "patients" / "not-an-id").mkdir()
    (practice.folder / "patients" / filed.patient / ("f" * 32)).mkdir()
    assert list(records.patients(practice.vault)) == [filed.patient]
    assert [found.record for found in records.records_of(practice.vault, filed.patient)] == [filed.record]


@pytest.mark.parametrize("change", [lambda body: {"key": body["key"]}, lambda body: {**body, "patient": "0" * 32}])
def test_a_recipient_note_must_be_about_its_place(practice: Practice, change: Callable[[Body], Body]) -> None:
    """A key of another patient is not usable here."""
    filed = practice.file()
    (path,) = (practice.folder / "patients" / filed.patient).glob("*.note")
    resigned(practice, "recipient", str(path.relative_to(practice.folder)), change)
    with pytest.raises(Damaged):
        list(patientkeys.keys_of(practice.vault, filed.patient))


def test_the_pseudonym_key_is_the_one_the_roster_names(practice: Practice) -> None:
    """A changed file is refused, and so is one that holds something else."""
    name = layout.station_key(practice.vault.here.station)
    path = practice.folder / name
    original = path.read_bytes()
    path.write_bytes(original + b"x")
    with pytest.raises(Damaged, match="not the file"):
        open_pseudonyms(practice.vault)
    (machine,) = sealing.parse_identity_file(practice.vault.station.identity)
    path.write_bytes(sealing.seal_bytes(b"short", [machine.recipient]))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    vault = practice.reopened()
    vault.__dict__["here"] = replace(vault.here, pseudonym_digest=digest)
    with pytest.raises(Damaged, match="no pseudonym key"):
        open_pseudonyms(vault)


def test_pseudonyms_tell_patients_apart_and_nothing_else(practice: Practice) -> None:
    """Fixed lengths, no number in them; the guard of a birth date is one byte."""
    path = layout.station_key(practice.vault.here.station)
    assert practice.vault.store.exists(path)
    pseudonyms = open_pseudonyms(practice.vault)
    folder = pseudonyms.folder(PATIENT)
    assert len(folder) == 32
    assert folder != pseudonyms.folder(OTHER_PATIENT)
    assert PATIENT.number not in folder
    assert len(pseudonyms.birth_guard(folder, NOON.date())) == 2
    assert "key" not in repr(pseudonyms)


# --- the audit trail ------------------------------------------------------------------------------------


def test_the_trail_is_a_chain_with_other_stations_heads(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each note names the one before and what was seen of the others, so a cut tail is provable elsewhere."""
    first = practice.file(b"one")
    [released] = permissions.release(practice.vault, [first], at=NOON)
    erasure = Erasure(Evidence.E3)
    note = chain.append(practice.vault, [erased_entry(first.record, erasure, at=NOON)])
    assert note.body["previous"] == released.audit_digest
    enrolled = enrol_second_station(practice, tmp_path / "second")
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
    second = Practice(open_vault(enrolled), practice.folder, practice.recovery_file)
    seen = chain.append(second.vault, [remains_entry(first.record, at=NOON)])
    here = practice.vault.here.station
    assert seen.body["heads"] == {here: [2, note.digest]}
    assert list(verify(second.vault)) == []
    (practice.folder / layout.trail(here, 2)).unlink()
    monkeypatch.setenv("IMGFILE_STATE", str(tmp_path / "third"))  # a new installation, which remembers nothing
    forgetful = station.pin(replace(enrolled.pin, highest=1))
    assert Kind.CUT in {finding.kind for finding in verify(open_vault(forgetful))}


def test_a_trail_changed_behind_this_stations_back_stops_it(practice: Practice) -> None:
    """What this station wrote itself must still be there before it writes on."""
    filed = practice.file(b"one")
    permissions.release(practice.vault, [filed], at=NOON)
    permissions.release(practice.vault, [filed], at=NOON)
    here = practice.vault.here.station
    newest = practice.folder / layout.trail(here, 2)
    kept = newest.read_bytes()
    resigned(practice, "audit", layout.trail(here, 2), lambda body: {**body, "entries": []})
    with pytest.raises(Damaged, match="saw before"):
        chain.append(practice.vault, [])
    newest.write_bytes(kept)
    resigned(practice, "audit", layout.trail(here, 1), lambda body: {**body, "entries": []})
    practice.vault.station.remember_heads({})
    with pytest.raises(Damaged, match="does not follow"):
        chain.append(practice.vault, [])
    assert {finding.kind for finding in verify(practice.vault)} >= {Kind.DAMAGED}


@pytest.mark.parametrize(
    "change", [lambda _: {"number": 1}, lambda body: {**body, "heads": 3}, lambda body: {**body, "number": 9}]
)
def test_an_audit_note_must_say_what_audit_notes_say(practice: Practice, change: Callable[[Body], Body]) -> None:
    """Nonsense that is signed stays nonsense."""
    permissions.release(practice.vault, [practice.file()], at=NOON)
    here = practice.vault.here.station
    resigned(practice, "audit", layout.trail(here, 1), change)
    with pytest.raises(Damaged):
        trail.load(practice.vault, here, 1)
    assert {finding.kind for finding in verify(practice.vault)} >= {Kind.DAMAGED}


def test_a_manifest_other_than_the_audited_one_is_found(practice: Practice) -> None:
    """A record whose manifest was signed anew is not the record that was filed."""
    filed = practice.file()
    permissions.release(practice.vault, [filed], at=NOON)
    name = f"{layout.record(filed.patient, filed.record)}/{layout.MANIFEST}"
    resigned(practice, "manifest", name, lambda body: {**body, "dob": "00" if body["dob"] != "00" else "11"})
    assert [finding.kind for finding in verify(practice.vault)] == [Kind.DAMAGED]


def test_an_unknown_stations_note_counts_for_nothing(practice: Practice) -> None:
    """A trail of somebody whom the roster does not list cannot be loaded, and is reported."""
    name = layout.trail("e" * 32, 1)
    practice.vault.store.publish(name, practice.vault.roster.note.encode())
    with pytest.raises(Damaged):
        trail.load(practice.vault, "e" * 32, 1)
    assert [finding.kind for finding in verify(practice.vault)] == [Kind.UNEXPECTED]


# --- the store ------------------------------------------------------------------------------------------


def test_the_store_names_what_is_wrong(practice: Practice) -> None:
    """Missing, unreadable, too long and unsyncable objects are told apart, by their name in the vault."""
    store = practice.vault.store
    with pytest.raises(Damaged, match="nowhere is missing"):
        store.read("nowhere")
    with pytest.raises(Damaged, match="nowhere is missing"):
        store.read_back("nowhere")
    with pytest.raises(Damaged, match="keys in the vault is no file that imgfile wrote: it is a folder"):
        store.read("keys")
    with pytest.raises(Damaged, match=r"roster/1\.note in the vault is no folder"):
        list(store.names("roster/1.note"))
    with pytest.raises(Damaged, match="cannot be read"):
        list(store.names("n" * 999))
    assert list(store.names("nowhere")) == list(store.unfinished("nowhere")) == []
    with pytest.raises(NotWritable, match="nowhere"):
        store.sync("nowhere")
    with (practice.folder / "huge").open("wb") as stream:
        stream.truncate(MAX_OBJECT_BYTES + 1)
    with pytest.raises(Damaged, match="File too large"):
        store.read("huge")


def test_a_forged_directory_makes_no_reference_ambiguous_and_hides_no_record(practice: Practice) -> None:
    """Whoever may write to the share could keep a photo from being looked at, or every photo from being listed."""
    filed = practice.file()
    reference = layout.reference(filed.record)
    forged = practice.folder / "patients" / ("0" * 32) / (filed.record[:10] + "0" * 22)
    forged.mkdir(parents=True)
    (forged / layout.MANIFEST).write_bytes(b"forged")
    (practice.folder / "patients" / ("1" * 32)).write_bytes(b"a file")
    assert records.find(practice.vault, reference).record == filed.record
    manifest_note = practice.folder / layout.record(filed.patient, filed.record) / layout.MANIFEST
    manifest_note.write_bytes(b"damaged")
    with pytest.raises(Damaged):
        records.find(practice.vault, reference)


def test_record_ids_are_random_and_references_short() -> None:
    """128 bits of name, 40 bits of reference."""
    assert layout.new_id() != layout.new_id()
    assert layout.reference(RecordId("0" * 32)) == "0000-0000"
    assert layout.reference(RecordId("f" * 32)) == "zzzz-zzzz"
    assert layout.note_number("01.note") is None
    assert layout.note_number("12.note") == 12
    assert Digest("0" * 64) in layout.reason(PatientFolder("a" * 32), Digest("0" * 64))


def test_a_share_that_fails_for_a_moment_is_not_an_empty_one(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a photo would be filed twice, and a trail begun anew."""
    filed = practice.file()
    assert records.is_published(practice.vault, filed.patient, filed.record)
    monkeypatch.setattr(store, "os", refusing("lstat", errno.ESTALE))
    with pytest.raises(Damaged, match=r"cannot be read: Stale"):
        records.is_published(practice.vault, filed.patient, filed.record)


@pytest.mark.parametrize(
    "text", ["2026-11-22", "2026-11-22T14:03:11", "2026-11-22T14:03:11+00:00", "2026-11-22 14:03:11Z"]
)
def test_a_moment_has_one_spelling(text: str) -> None:
    """Else two notes could say the same and differ."""
    with pytest.raises(ValueError, match="2026"):
        parse_time(text)
    assert format_time(parse_time("2026-11-22T14:03:11Z")) == "2026-11-22T14:03:11Z"
