"""One run: what it opens once, whom it asks, and what it holds against a second patient."""

from __future__ import annotations

import pytest

from imgfile.acts.ingest import context
from imgfile.acts.ingest.context import Run
from imgfile.clinical.proofs import PatientFolder, Photo
from imgfile.errors import AnswerInvalid
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import Pseudonyms, open_pseudonyms
from kit.vault.ingest_runs import WISHES, Attendant, run_of
from kit.vault.practice import NOON, Practice

FIRST, SECOND = PatientFolder("a" * 32), PatientFolder("b" * 32)


def test_the_pseudonyms_are_opened_once_and_not_before_a_patient_is_looked_for(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run over what is gone opens nothing; opening takes an unsealing."""
    opened: list[Vault] = []

    def counted(vault: Vault) -> Pseudonyms:
        opened.append(vault)
        return open_pseudonyms(vault)

    monkeypatch.setattr(context, "open_pseudonyms", counted)
    run = run_of(practice)
    assert not opened
    assert run.pseudonyms is run.pseudonyms
    assert opened == [run.vault]


def test_whoever_attends_is_asked_in_the_same_run(practice: Practice) -> None:
    """What the run has done so far stays with it."""
    run = run_of(practice)
    assert run.attendant is None
    somebody = Attendant()
    attended = run.attended_by(somebody)
    assert attended.attendant is somebody
    assert attended.ledger is run.ledger
    assert attended.patients is run.patients
    assert (attended.vault, attended.wishes) == (run.vault, run.wishes)
    assert attended.attended_by(None).attendant is None


def test_two_runs_share_nothing(practice: Practice) -> None:
    """Neither what was filed nor whose a photo was."""
    one, other = run_of(practice), run_of(practice)
    assert one.ledger is not other.ledger
    assert one.patients is not other.patients


def test_the_time_is_the_clocks(practice: Practice) -> None:
    """It is asked anew each time."""
    moments = [NOON, NOON.replace(hour=13)]
    run = Run(practice.vault, WISHES, lambda: moments.pop(0))
    assert [run.now(), run.now()] == [NOON, NOON.replace(hour=13)]


def test_the_very_same_photo_is_one_patients_in_a_run(practice: Practice) -> None:
    """One of the two numbers is wrong; another photo may be anybody's."""
    run = run_of(practice)
    photo = Photo(b"a photo")
    run.refuse_second_patient(photo, FIRST)
    run.refuse_second_patient(Photo(b"a photo"), FIRST)
    run.refuse_second_patient(Photo(b"another"), SECOND)
    with pytest.raises(AnswerInvalid) as caught:
        run.refuse_second_patient(photo, SECOND)
    (problem,) = caught.value.problems
    assert (problem.question, problem.flag) == ("patient", "--patient")
    assert problem.message == "is another patient's than the very same photo had earlier in this run"
    run.refuse_second_patient(photo, FIRST)


def test_whose_a_photo_is_stays_out_of_a_runs_repr(practice: Practice) -> None:
    """A pseudonym links photos."""
    run = run_of(practice)
    run.refuse_second_patient(Photo(b"a photo"), FIRST)
    assert FIRST not in repr(run)
