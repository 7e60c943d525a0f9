"""Pseudonyms: keyed, of one length, and of one patient, photo or birth date each."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from imgfile import sealing
from imgfile.clinical.patient import PatientId, Scheme
from imgfile.clinical.proofs import Digest, PatientFolder
from imgfile.errors import Damaged, NoVault
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.keys.pseudonyms import Pseudonyms, open_pseudonyms
from kit.vault.practice import NOON, OTHER_PATIENT, PATIENT, Practice, enrol_second_station


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


def test_a_computer_without_the_key_is_told_where_it_may_file(practice: Practice) -> None:
    """A scanner's names no patient's directory."""
    vault = practice.reopened()
    vault.__dict__["here"] = replace(vault.here, pseudonym_digest="")
    with pytest.raises(NoVault, match=r"^this computer has no key that names patients' directories\.$") as caught:
        open_pseudonyms(vault)
    assert caught.value.hint == "File into the inbox:  imgfile ingest --inbox"


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


KNOWN = Pseudonyms(bytes(range(32)))
"""A key for answers that OpenSSL gave: printf 'nhs|9990000018' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0001…"""
FOLDER = PatientFolder("1a6b2b046b11b000c064e352706fb134")


@pytest.mark.parametrize(
    ("scheme", "number", "folder"),
    [
        (Scheme.NHS, "9990000018", FOLDER),
        (Scheme.NHS, "3200000015", "95e22383004a975ad5a40667d39d45a3"),
        (Scheme.HSC, "3200000015", "fd4bcdb8b0e4d163eb63ead4735a0017"),
    ],
)
def test_a_patients_name_is_of_scheme_and_number(scheme: Scheme, number: str, folder: str) -> None:
    """One number of two registers is two people, and must never be one patient's directory."""
    assert KNOWN.folder(PatientId(scheme, number, allow_test=True)) == folder


def test_the_marks_of_photos_and_birth_dates_are_of_one_patient(practice: Practice) -> None:
    """The same photo, or the same birthday, of another patient has another mark; each kind has its own word."""
    photo, born = Digest(hashlib.sha256(b"photo").hexdigest()), date(2025, 9, 14)
    assert KNOWN.photo(FOLDER, photo) == "48fc55e73f3fc20d5a6f2d5211e60e8e8bccc3fe8009c310e919675e8283c061"
    assert KNOWN.birth_guard(FOLDER, born) == "28"
    assert KNOWN.photo(PatientFolder("0" * 32), photo) != KNOWN.photo(FOLDER, photo)
    real = open_pseudonyms(practice.vault)
    assert len({real.birth_guard(PatientFolder(f"{number:032x}"), born) for number in range(99)}) > 9
    assert real.photo(FOLDER, photo) != KNOWN.photo(FOLDER, photo)


def test_every_station_of_a_vault_has_the_same_pseudonyms(practice: Practice, tmp_path: Path) -> None:
    """Else a patient would have a directory for each computer; the key is sealed to each, and to nobody's screen."""
    enrolled = enrol_second_station(practice, tmp_path / "second")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
        second = open_pseudonyms(open_vault(enrolled))
    assert second == open_pseudonyms(practice.vault)
    assert repr(second) == "Pseudonyms()"
