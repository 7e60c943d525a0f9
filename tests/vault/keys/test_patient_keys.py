"""Patient keys: made by this station, of the current generation, whole, or never sealed to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from imgfile.errors import Damaged, SourceRemains
from imgfile.notes import Body
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.keys import patient_keys as patientkeys
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.records import commit, manifest
from imgfile.vault.records import find as records
from imgfile.vault.records.objects import open_object
from imgfile.vault.trail import permissions
from kit.vault.practice import NOON, OTHER_PATIENT, Practice, enrol_second_station, resigned


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


@pytest.mark.parametrize("change", [lambda body: {"key": body["key"]}, lambda body: {**body, "patient": "0" * 32}])
def test_a_recipient_note_must_be_about_its_place(practice: Practice, change: Callable[[Body], Body]) -> None:
    """A key of another patient is not usable here."""
    filed = practice.file()
    (path,) = (practice.folder / "patients" / filed.patient).glob("*.note")
    resigned(practice, "recipient", str(path.relative_to(practice.folder)), change)
    with pytest.raises(Damaged):
        list(patientkeys.keys_of(practice.vault, filed.patient))
