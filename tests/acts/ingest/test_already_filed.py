"""A photo that is filed already is recognised by its patient and its bytes together, also when its source is gone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from imgfile.acts.ingest.already_filed import Recognition, find_photo, recall, recognise
from imgfile.acts.options import Wishes
from imgfile.acts.outcome import Failed, Filed
from imgfile.clinical.proofs import Digest
from imgfile.errors import Damaged, SourceRemains
from imgfile.vault import layout
from imgfile.vault.records.find import records_of
from kit.vault.filings import RASH, filed, flags
from kit.vault.ingest_runs import run_of
from kit.vault.practice import BORN, NOON, OTHER_PATIENT, PATIENT, PHOTO, Practice

DIGEST = Digest(hashlib.sha256(PHOTO).hexdigest())


# --- between the two phases of an interview -----------------------------------------------------------------


def test_a_photo_is_known_by_its_patient_and_its_bytes(practice: Practice) -> None:
    """Its record is found; other bytes, and other patients, have none."""
    done = practice.file()
    run = run_of(practice)
    recognition = recognise(run, PATIENT, BORN, DIGEST)
    assert recognition.known is not None
    assert recognition.known.record == done.record
    assert recognise(run, PATIENT, BORN, Digest("0" * 64)).known is None
    assert recognise(run, OTHER_PATIENT, BORN, DIGEST) == Recognition(None, (), birth_date_agrees=True)


def test_a_patients_earlier_photos_are_listed_newest_last(practice: Practice) -> None:
    """By reference and day, whatever order their folders have."""
    later = practice.file_decided(filed(RASH), b"later", at=NOON + timedelta(days=2))
    first = practice.file_decided(filed(RASH), b"first", at=NOON)
    second = practice.file_decided(filed(RASH), b"second", at=NOON + timedelta(days=1))
    recognition = recognise(run_of(practice), PATIENT, BORN, DIGEST)
    assert recognition.known is None
    assert [photo.record for photo in recognition.earlier] == [each.record for each in (first, second, later)]
    assert [photo.reference for photo in recognition.earlier] == [
        layout.reference(each.record) for each in (first, second, later)
    ]
    days = [(NOON + timedelta(days=days)).astimezone().date() for days in range(3)]
    assert [photo.filed_on for photo in recognition.earlier] == days
    assert recognition.birth_date_agrees


def test_a_known_photo_stands_among_the_earlier_ones(practice: Practice) -> None:
    """It is one of this patient's."""
    practice.file()
    assert len(recognise(run_of(practice), PATIENT, BORN, DIGEST).earlier) == 1


def test_under_another_birth_date_no_photo_is_known(practice: Practice) -> None:
    """The very same photo and number: one of number and birth date is a slip. All photos must agree."""
    practice.file()
    other = date(2025, 9, 15)
    recognition = recognise(run_of(practice), PATIENT, other, DIGEST)
    assert recognition.known is None
    assert not recognition.birth_date_agrees
    assert len(recognition.earlier) == 1
    practice.file_decided(filed(RASH, dob="15/9/25"), b"another")
    for born in (BORN, other):
        assert not recognise(run_of(practice), PATIENT, born, Digest("0" * 64)).birth_date_agrees
    assert recognise(run_of(practice), PATIENT, BORN, DIGEST).known is not None


def test_a_damaged_manifest_is_not_passed_over(practice: Practice) -> None:
    """It may be of this very photo."""
    done = practice.file()
    manifest = practice.folder / layout.record(done.patient, done.record) / layout.MANIFEST
    manifest.write_bytes(manifest.read_bytes()[:-1])
    with pytest.raises(Damaged):
        recognise(run_of(practice), PATIENT, BORN, DIGEST)


def test_a_photo_is_found_among_a_patients_records_alone(practice: Practice) -> None:
    """The mark is keyed by the patient too."""
    practice.file()
    run = run_of(practice)
    folder = run.pseudonyms.folder(PATIENT)
    manifests = list(records_of(run.vault, folder))
    assert find_photo(run.pseudonyms, manifests, folder, DIGEST) is manifests[0]
    assert find_photo(run.pseudonyms, manifests, run.pseudonyms.folder(OTHER_PATIENT), DIGEST) is None
    assert find_photo(run.pseudonyms, [], folder, DIGEST) is None


# --- a row whose source is gone -----------------------------------------------------------------------------


def test_the_filed_copy_is_proven_again(practice: Practice) -> None:
    """By this computer's own signed manifest."""
    done = practice.file()
    found = recall(run_of(practice), flags({"patient": "999 000 0018", "scheme": "NHS"}), DIGEST)
    assert found == Filed(layout.reference(done.record), is_new=False, reached="manifest")


@pytest.mark.parametrize(
    "answers",
    [{}, {"patient": "9990000026"}, {"patient": "9990000019"}, {"patient": PATIENT.number, "scheme": "CHI"}],
)
def test_another_patients_photo_is_not_recognised(practice: Practice, answers: Mapping[str, str]) -> None:
    """Nor anybody's, where the row names nobody."""
    practice.file()
    assert recall(run_of(practice), flags(answers), DIGEST) is None


def test_a_copy_that_does_not_match_is_a_failure(practice: Practice) -> None:
    """It is not called filed."""
    done = practice.file()
    image = practice.folder / layout.record(done.patient, done.record) / layout.IMAGE
    image.write_bytes(image.read_bytes()[:-1])
    found = recall(run_of(practice), flags({"patient": PATIENT.number}), DIGEST)
    assert isinstance(found, Failed)
    assert isinstance(found.error, Damaged)


def test_what_another_computer_filed_is_named_and_not_proven(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no source here that it would have to be proven for."""
    practice.file()

    def refuse(*_: object) -> None:
        raise SourceRemains("filed by another computer")

    monkeypatch.setattr("imgfile.acts.ingest.already_filed.prove_stored", refuse)
    found = recall(run_of(practice), flags({"patient": PATIENT.number}), DIGEST)
    assert isinstance(found, Filed)
    assert found.reached == ""


@pytest.mark.parametrize("scheme", ["nonsense", ""])
def test_a_row_whose_patient_cannot_be_read_names_nobody(practice: Practice, scheme: str) -> None:
    """It fails for want of its source, not for this."""
    practice.file()
    answers = flags({"patient": PATIENT.number, "scheme": scheme})
    assert recall(run_of(practice), answers, DIGEST) is None


def test_a_test_number_is_recognised_only_where_that_was_agreed_to(practice: Practice) -> None:
    """As it would be filed."""
    practice.file()
    run = run_of(practice, Wishes())
    assert recall(run, flags({"patient": PATIENT.number}), DIGEST) is None
    assert recall(run_of(practice), flags({"patient": PATIENT.number}), Digest("0" * 64)) is None
