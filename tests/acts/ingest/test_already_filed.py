"""A row whose source is gone is recognised by patient and digest together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest

from imgfile.acts.ingest.already_filed import recall
from imgfile.acts.ingest.context import Run
from imgfile.acts.options import Wishes
from imgfile.acts.outcome import Failed, Filed
from imgfile.clinical.proofs import Digest
from imgfile.errors import Damaged, SourceRemains
from imgfile.vault import layout
from kit.vault.filings import flags
from kit.vault.practice import NOON, PATIENT, PHOTO, Practice

DIGEST = Digest(hashlib.sha256(PHOTO).hexdigest())


def run_of(practice: Practice) -> Run:
    """Return an unattended run over the practice's vault."""
    return Run(practice.vault, Wishes(allow_test=True), lambda: NOON)


def test_the_filed_copy_is_proven_again(practice: Practice) -> None:
    """By this computer's own signed manifest."""
    filed = practice.file()
    found = recall(run_of(practice), flags({"patient": "999 000 0018", "scheme": "NHS"}), DIGEST)
    assert found == Filed(layout.reference(filed.record), is_new=False, reached="manifest")


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
    filed = practice.file()
    image = practice.folder / layout.record(filed.patient, filed.record) / layout.IMAGE
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
