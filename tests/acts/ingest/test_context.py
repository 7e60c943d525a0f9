"""One run: what it opens once, whom it asks, and what it holds against a second patient."""

from __future__ import annotations

import pytest

from imgfile.acts.ingest import context
from imgfile.acts.ingest.context import Run
from imgfile.clinical.proofs import PatientFolder, Photo
from imgfile.errors import RefusedByRule
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
    """One of the two numbers is wrong (R25); another photo may be anybody's."""
    run = run_of(practice)
    photo = Photo(b"a photo")
    assert not run.is_another_patients(photo, FIRST)
    run.take_for(photo, FIRST)
    run.take_for(Photo(b"a photo"), FIRST)
    run.take_for(Photo(b"another"), SECOND)
    assert not run.is_another_patients(photo, FIRST)
    assert run.is_another_patients(photo, SECOND)
    with pytest.raises(RefusedByRule) as caught:
        run.take_for(photo, SECOND)
    assert caught.value.rule == "R25"
    assert caught.value.message.startswith("the very same photo was another patient's earlier in this run")
    run.take_for(photo, FIRST)


def test_a_photo_of_two_patients_is_taken_for_both_where_somebody_said_why(practice: Practice) -> None:
    """For this patient and no third one."""
    run = run_of(practice)
    photo = Photo(b"a photo")
    run.take_for(photo, FIRST)
    run.reasons[photo.digest, SECOND] = "mother and baby"
    run.take_for(photo, SECOND)
    run.reasons[photo.digest, FIRST] = "mother and baby"
    run.take_for(photo, FIRST)
    with pytest.raises(RefusedByRule):
        run.take_for(photo, PatientFolder("c" * 32))


def test_whose_a_photo_is_stays_out_of_a_runs_repr(practice: Practice) -> None:
    """A pseudonym links photos."""
    run = run_of(practice)
    run.take_for(Photo(b"a photo"), FIRST)
    run.reasons[Photo(b"a photo").digest, SECOND] = "mother and baby"
    assert FIRST not in repr(run)
    assert SECOND not in repr(run)
