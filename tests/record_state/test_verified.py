"""What a station remembers of signatures that hold: it saves their check, and nothing else rests on it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from imgfile import notes
from imgfile.clinical.proofs import PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.practice_state.maintenance import VerifyRun, last_verify, note_verified
from imgfile.record_state.verified import FOLDER
from imgfile.vault import layout
from imgfile.vault.records.find import Catalogue, patients
from kit.vault.practice import NOON, Practice


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """List each text whose signatures are checked."""
    texts, real = list[bytes](), notes.is_signed_by

    def checking(signer: notes.PublicKeys, text: bytes, signature: notes.Signature) -> bool:
        texts.append(text)
        return real(signer, text, signature)

    monkeypatch.setattr(notes, "is_signed_by", checking)
    return texts


def known(practice: Practice, *, may_keep: bool = True) -> set[RecordId]:
    """Return the records of the only patient, as the next run would find them."""
    vault = practice.reopened()
    return {one.record for one in Catalogue().records_of(vault, patient_of(practice), may_keep=may_keep)}


def patient_of(practice: Practice) -> PatientFolder:
    """Return the only patient."""
    (folder,) = patients(practice.vault)
    return folder


def memory_of(practice: Practice) -> Path:
    """Return where the station keeps what it verified of the only patient."""
    return practice.vault.station.folder / FOLDER / patient_of(practice)


def test_signatures_are_checked_once_by_a_station(practice: Practice, checked: list[bytes]) -> None:
    """The hundredth photo of a patient costs no more of them than the second; without leave nothing is kept."""
    filed = {practice.file(b"one").record, practice.file(b"two").record}
    for may_keep, count in ((False, 2), (True, 2), (True, 0), (False, 0)):
        checked.clear()
        assert known(practice, may_keep=may_keep) == filed
        assert len(checked) == count
    checked.clear()
    filed.add(practice.file(b"three").record)
    run = VerifyRun(NOON, damage=0, warnings=0, notices=0, is_decrypted=False)
    note_verified(practice.vault.station, run)  # a note beside it, of another name
    assert last_verify(practice.vault.station) == run
    checked.clear()
    assert known(practice) == filed
    assert len(checked) == 1
    assert len(memory_of(practice).read_bytes().split()) == 3


def test_each_manifest_is_read_all_the_same(practice: Practice) -> None:
    """Whatever is altered, be it one letter of a signature, and wherever it lies, is refused as before."""
    one, two = practice.file(b"one"), practice.file(b"two")
    known(practice)
    name, other = (practice.folder / layout.record(each.patient, each.record) / layout.MANIFEST for each in (one, two))
    kept = name.read_bytes()
    text, _, signatures = kept.partition(b"\n\n")
    for altered in (
        text.replace(b'"photo":"', b'"photo":"0', 1) + b"\n\n" + signatures,
        text + b"\n\n" + signatures.replace(b"A", b"B", 1),
        other.read_bytes(),
    ):
        assert altered != kept
        name.write_bytes(altered)
        with pytest.raises(Damaged):
            known(practice)
    name.write_bytes(kept)
    assert known(practice) == {one.record, two.record}


def test_no_line_counts_that_this_station_did_not_write(practice: Practice, checked: list[bytes]) -> None:
    """Of another signing key, of another vault's state, torn or lost: the signatures are checked again."""
    practice.file(b"one")
    known(practice)
    memory = memory_of(practice)
    (line,) = memory.read_bytes().split()
    for content in (line[:-1], line.swapcase() + b"0", b"", b"\0" * 65):
        memory.write_bytes(content)
        checked.clear()
        known(practice)
        assert len(checked) == 1
        assert line in memory.read_bytes().split()
    station = practice.reopened().station
    other = notes.SigningKey.generate(station.signing_key.name)
    assert line != _line_of(practice, other)
    shutil.rmtree(memory.parent)
    memory.parent.touch()  # what cannot be kept costs time
    assert len(known(practice)) == 1


def _line_of(practice: Practice, key: notes.SigningKey) -> bytes:
    """Return what a station of another signing key would keep of the only record."""
    vault = practice.reopened()
    vault.station.__dict__["signing_key"] = key
    memory_of(practice).unlink()
    list(Catalogue().records_of(replace(vault), patient_of(practice), may_keep=True))
    return memory_of(practice).read_bytes()
