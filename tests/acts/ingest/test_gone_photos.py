"""A photo whose record is gone is recognised by every door, and refused in words; its source stays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from imgfile.acts.erasure.sidecar_copies import erase_copies
from imgfile.acts.ingest.already_filed import FiledHere, Memory, recognise
from imgfile.acts.ingest.known import gone_photo
from imgfile.acts.ingest.recall import recall
from imgfile.acts.outcome import Refused
from imgfile.acts.sources.sidecars import Companion, Kind
from imgfile.clinical.proofs import Digest, RecordId, Verified
from imgfile.errors import RefusedByRule
from imgfile.vault import layout
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.records import manifest
from imgfile.vault.records.commit import prove_stored
from kit import rules_table
from kit.rules_table import GROUPS, NOTHING, SITES, Bench, Row
from kit.vault.filings import MOLE, RASH, filed, flags
from kit.vault.ingest_runs import local, run_of
from kit.vault.lives import Life, amended_site, with_senior
from kit.vault.practice import BORN, NOON, OTHER_PATIENT, PATIENT, PHOTO, Practice

DIGEST = Digest(hashlib.sha256(PHOTO).hexdigest())
OTHER = Digest("0" * 64)
WORDS = {
    How.MOVED: ("R25", "was filed for the wrong patient: it is "),
    How.WITHDRAWN: ("R24", "consent was withdrawn, and it was destroyed the same day."),
    How.DESTROYED: ("R18", "two persons destroyed it."),
}
every_end = pytest.mark.parametrize("how", How)


@pytest.fixture
def practice(practice: Practice) -> Practice:
    """Give this test a practice of two persons, who may destroy."""
    return with_senior(practice)


def life_of(practice: Practice, done: Verified) -> Life:
    """Return a record's life."""
    return Life(practice, manifest.load(practice.vault, done.patient, done.record))


def gone(practice: Practice, how: How) -> Gone:
    """File the photo for the patient, and have its record go."""
    return life_of(practice, practice.file_decided(filed(RASH))).go(how)


# --- every door ---------------------------------------------------------------------------------------------


class GoneBench(Bench):
    """A practice whose photos were all filed once, and are gone."""

    def photo(self, row: Row) -> Path:
        """Make a photo, file it with nothing amiss, and have its record go, in one way after the other."""
        path = super().photo(row)
        self._file_first(row, path)
        folder = open_pseudonyms(self.practice.vault).folder(filed(RASH, patient=row.patient).patient)
        store = self.practice.vault.store
        records = [RecordId(name) for name in store.names(layout.patient(folder)) if layout.is_id(name)]
        (record,) = (each for each in records if not store.exists(layout.tombstone(folder, each)))
        Life(self.practice, manifest.load(self.practice.vault, folder, record)).go(ENDS[self._made % len(ENDS)])
        return path


ENDS = tuple(How)


@pytest.fixture(scope="module")
def bench() -> Iterator[GoneBench]:
    """Give a practice for all doors; its photos differ."""
    with rules_table.bench() as made:
        yield GoneBench(made.folder, with_senior(made.practice))


@pytest.mark.slow
@pytest.mark.parametrize("door", rules_table.DOORS)
def test_every_door_refuses_it_and_keeps_its_source(bench: GoneBench, door: str) -> None:
    """By the rule by which it went, whoever asks and whatever was answered; that sources stay, each door sees."""
    rows = [Row(NOTHING, age, site) for age, site in zip(GROUPS, SITES, strict=True)]
    started = bench._made
    said = rules_table.through(bench, door, rows)
    assert said == [WORDS[ENDS[(started + at) % len(ENDS)]][0] for at in range(1, len(rows) + 1)]


@every_end
def test_a_row_whose_source_is_gone_too_is_refused(practice: Practice, how: How) -> None:
    """A table that is run again says of it what is so no more."""
    tombstone = gone(practice, how)
    found = recall(run_of(practice), flags({"patient": PATIENT.number, "scheme": "NHS"}), DIGEST)
    assert isinstance(found, Refused)
    assert (found.error.rule, found.error.message) == (WORDS[how][0], gone_photo(tombstone).message)


# --- what is known of it ------------------------------------------------------------------------------------


@every_end
def test_it_is_said_what_became_of_it(practice: Practice, how: How) -> None:
    """By its reference, and where it went."""
    tombstone = gone(practice, how)
    recognition = recognise(run_of(practice), PATIENT, BORN, DIGEST)
    assert recognition.gone == tombstone
    refusal = gone_photo(tombstone)
    rule, words = WORDS[how]
    assert refusal.rule == rule
    assert tombstone.reference in refusal.message
    assert words in refusal.message
    assert refusal.message.endswith("Nothing was erased.")


@every_end
def test_it_is_no_earlier_photo_and_its_birth_date_speaks_for_nobody(practice: Practice, how: How) -> None:
    """A photo of somebody else was filed under this number: another one is filed by its own birth date."""
    gone(practice, how)
    recognition = recognise(run_of(practice), PATIENT, date(1951, 3, 3), OTHER)
    assert (recognition.known, recognition.earlier, recognition.gone) == (None, (), None)
    assert recognition.birth_date_agrees


@pytest.mark.parametrize("is_indexed", [True, False])
@every_end
def test_for_another_patient_what_was_destroyed_is_refused_and_what_was_moved_is_filed(
    practice: Practice, how: How, *, is_indexed: bool
) -> None:
    """By the mark in its manifest, and by what was filed here: of what was moved, the record that it is now counts."""
    done = practice.file_decided(filed(RASH)) if is_indexed else practice.file()
    memory = Memory(practice.vault)
    memory.remember([FiledHere(memory.photo(DIGEST), done.patient, done.record)])
    tombstone = life_of(practice, done).go(how)
    recognition = recognise(run_of(practice), OTHER_PATIENT, BORN, DIGEST)
    assert recognition.gone == (None if how is How.MOVED else tombstone)
    now = tombstone.to[1] if tombstone.to else None
    assert [each.record for each in recognition.elsewhere] == ([now] if now else [])


def test_one_that_is_filed_again_is_known(practice: Practice) -> None:
    """Moved away by mistake, and back: the record that is here counts."""
    gone(practice, How.MOVED)
    back = practice.file_decided(filed(RASH))
    recognition = recognise(run_of(practice), PATIENT, BORN, DIGEST)
    assert recognition.known is not None
    assert (recognition.known.record, recognition.gone) == (back.record, None)
    assert [each.record for each in recognition.earlier] == [back.record]


@every_end
def test_nothing_proves_it_any_more(practice: Practice, tmp_path: Path, how: How) -> None:
    """R15: neither a tombstone that a run did not look for, nor one that was taken away; copies beside it stay."""
    tombstone = gone(practice, how)
    stored = manifest.load(practice.vault, tombstone.folder, tombstone.record)
    copy = tmp_path / "copy.jpg"
    copy.write_bytes(PHOTO)
    beside = Companion(Kind.COPY, copy, local(copy).identity, DIGEST)
    (attempt,) = erase_copies(practice.vault, tombstone.reference, [beside], at=NOON)
    assert isinstance(attempt.remains, RefusedByRule)
    assert copy.read_bytes() == PHOTO
    (practice.folder / layout.tombstone(tombstone.folder, tombstone.record)).unlink()
    with pytest.raises(RefusedByRule, match="that record is gone"):
        prove_stored(practice.vault, stored, DIGEST)


def test_an_amended_birth_date_counts_and_the_wrong_one_no_more(practice: Practice) -> None:
    """A slip of the day it was filed no longer blocks the number."""
    right = date(1951, 3, 3)
    record = Life.begin(practice, MOLE)
    patient = filed(MOLE).patient
    guard = open_pseudonyms(practice.vault).birth_guard(record.of.folder, right)
    record.add(amended_site("left knee"), key=record.founder, birth_guard=guard)
    for born, agrees in ((right, True), (date(1971, 3, 3), False)):
        recognition = recognise(run_of(practice), patient, born, DIGEST)
        assert (recognition.known is not None, recognition.birth_date_agrees) == (agrees, agrees)
    assert recall(run_of(practice), flags({"patient": MOLE["patient"], "dob": "3/3/51"}), DIGEST)
