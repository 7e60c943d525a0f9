"""A row whose source is gone: as what its photo is filed, and what of the row is in no record."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest

from imgfile.acts.ingest.already_filed import FiledHere, Memory
from imgfile.acts.ingest.known import IN_NO_RECORD
from imgfile.acts.ingest.recall import recall
from imgfile.acts.options import Wishes
from imgfile.acts.outcome import Failed, Filed, Refused
from imgfile.clinical.proofs import Digest
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import AnswerInvalid, Damaged, SourceRemains
from imgfile.vault import layout
from kit.vault.filings import flags
from kit.vault.ingest_runs import run_of
from kit.vault.practice import PATIENT, PHOTO, Practice

DIGEST = Digest(hashlib.sha256(PHOTO).hexdigest())


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


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"patient": "9990000026"}, "for another number than the row's: look at both numbers"),
        ({}, "the row names no patient: its action may be skip"),
        ({"patient": "9990000019"}, "the row names no patient: its action may be skip"),
    ],
)
def test_a_row_of_another_patient_is_told_as_what_the_photo_is_filed(
    practice: Practice, answers: Mapping[str, str], said: str
) -> None:
    """Where this computer filed it: the row's number was changed since, or was typed at the terminal alone."""
    done = practice.file()
    run = run_of(practice)
    memory = Memory(run.vault)
    memory.remember([FiledHere(memory.photo(DIGEST), done.patient, done.record)])
    remark = recall(run, flags(answers), DIGEST)
    assert isinstance(remark, str)
    assert layout.reference(done.record) in remark
    assert remark.endswith(said)


@pytest.mark.parametrize("born", ["15/9/2025", "31/2/2025", "14/9/1925"])
def test_another_birth_date_than_it_was_filed_with_is_not_filed_already(practice: Practice, born: str) -> None:
    """One of the two is wrong, and the row does not say which."""
    practice.file()
    found = recall(run_of(practice), flags({"patient": PATIENT.number, "dob": born}), DIGEST)
    assert isinstance(found, Failed)
    assert isinstance(found.error, AnswerInvalid)
    assert [problem.question for problem in found.error.problems] == ["dob"]


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

    monkeypatch.setattr("imgfile.acts.ingest.recall.prove_stored", refuse)
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


# --- what such a row says (R24) -----------------------------------------------------------------------------


@pytest.mark.parametrize("said", [{"objection": "yes"}, {"objection": "withdrawn"}, {"basis": "not_obtained"}])
def test_r24_an_objection_in_a_row_whose_source_is_gone_never_ends_well(
    practice: Practice, said: Mapping[str, str]
) -> None:
    """There is nothing left to erase; it is refused all the same, and says what to do by hand."""
    done = practice.file()
    found = recall(run_of(practice), flags({"patient": PATIENT.number, **said}, Provenance.TABLE), DIGEST)
    assert isinstance(found, Refused)
    assert layout.reference(done.record) in found.error.message
    assert found.error.hint


def test_r24_what_such_a_row_says_beside_who_it_is_of_is_said_to_be_in_no_record(practice: Practice) -> None:
    """It may differ from what the photo was filed with: nothing is erased, so nothing is refused."""
    practice.file()
    run = run_of(practice)
    who = {"patient": PATIENT.number, "dob": "14/9/2025"}
    silent = recall(run, flags(who, Provenance.TABLE), DIGEST)
    assert isinstance(silent, Filed)
    assert silent.warnings == ()
    found = recall(run, flags({**who, "body_site": "left knee"}, Provenance.TABLE), DIGEST)
    assert isinstance(found, Filed)
    assert found.warnings == (IN_NO_RECORD,)
