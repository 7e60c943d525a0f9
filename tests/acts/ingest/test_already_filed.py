"""A photo that is filed already is recognised by its patient and its bytes together, also when its source is gone."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from imgfile import notes
from imgfile.acts.ingest import already_filed
from imgfile.acts.ingest.already_filed import FiledHere, Memory, Recognition, find_photo, recognise
from imgfile.clinical.proofs import Digest, PatientFolder, RecordId
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.life.history import History
from imgfile.vault.records.find import Catalogue
from imgfile.vault.roster.model import ClosedStation, Roster
from imgfile.vault.trail import read as trail
from kit.vault.filings import RASH, filed
from kit.vault.forged_filings import FORGED, file_naming
from kit.vault.ingest_runs import run_of
from kit.vault.lives import NOTE, Life, born_on
from kit.vault.practice import (
    BORN,
    NOON,
    OTHER_PATIENT,
    PATIENT,
    PHOTO,
    Practice,
    change_roster,
    enrol_second_station,
)

STOLEN = b"stated with a stolen key"
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
    assert recognise(run, OTHER_PATIENT, BORN, DIGEST) == Recognition(None, ())


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
    assert recognition.born_otherwise == tuple(each.reference for each in recognition.earlier)
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
    manifests = list(Catalogue().records_of(run.vault, folder))
    assert find_photo(run, manifests, folder, DIGEST) is manifests[0]
    assert find_photo(run, manifests, run.pseudonyms.folder(OTHER_PATIENT), DIGEST) is None
    assert find_photo(run, [], folder, DIGEST) is None


# --- what was filed here ------------------------------------------------------------------------------------

SAID = {"body_site": "left shoulder", "rationale": "New pigmented lesion"}


def filed_here(practice: Practice, data: bytes = PHOTO, **more: Any) -> FiledHere:  # noqa: ANN401 - any field
    """File a photo, and remember that, as committing does."""
    done = practice.file(data)
    memory = Memory(practice.vault)
    mark = memory.photo(Digest(hashlib.sha256(data).hexdigest()))
    line = FiledHere(mark, done.patient, done.record, (memory.said(done.record, SAID),), **more)
    with practice.vault.station.locked():
        memory.remember([line])
    return line


def memory_file(practice: Practice) -> Path:
    """Return where a station's lines lie."""
    return practice.vault.station.folder / "filed"


def test_a_station_knows_what_it_filed_a_photo_with(practice: Practice) -> None:
    """The very same answers, of the very same record; nothing at first."""
    memory = Memory(practice.vault)
    done = practice.file()
    assert not memory.was_said(done.record, SAID)
    line = filed_here(practice, b"another")
    assert memory.was_said(line.record, SAID)
    assert not memory.was_said(line.record, {**SAID, "body_site": "right shoulder"})
    assert not memory.was_said(line.record, {})
    assert not memory.was_said(done.record, SAID)


def test_the_very_same_photo_is_noticed_for_another_patient(practice: Practice) -> None:
    """By its mark; as whose it is filed, its own patient's is no other."""
    line = filed_here(practice)
    memory = Memory(practice.vault)
    other = PatientFolder("b" * 32)
    assert [found.record for found in memory.others(DIGEST, other)] == [line.record]
    assert memory.others(DIGEST, line.folder) == []
    assert memory.others(Digest("0" * 64), other) == []
    recognition = recognise(run_of(practice), OTHER_PATIENT, BORN, DIGEST)
    assert [photo.record for photo in recognition.elsewhere] == [line.record]
    assert recognise(run_of(practice), PATIENT, BORN, DIGEST).elsewhere == ()


def test_a_line_whose_record_never_came_counts_for_nothing_and_is_dropped(practice: Practice) -> None:
    """A run died before the manifest: the photo is nobody's; when it is filed again, the line goes."""
    memory = Memory(practice.vault)
    gone = FiledHere(memory.photo(DIGEST), PatientFolder("a" * 32), RecordId("c" * 32), ("d" * 32,))
    with practice.vault.station.locked():
        memory.remember([gone])
    assert gone.record.encode() in memory_file(practice).read_bytes()
    assert memory.others(DIGEST, PatientFolder("b" * 32)) == []
    filed_here(practice)
    assert gone.record.encode() not in memory_file(practice).read_bytes()


def test_that_a_photo_shows_both_is_remembered_of_both(practice: Practice) -> None:
    """Whichever of them was filed first."""
    first = filed_here(practice)
    memory = Memory(practice.vault)
    assert not memory.shows_another(first.record)
    second = practice.file(PHOTO, OTHER_PATIENT)
    with practice.vault.station.locked():
        memory.remember([FiledHere(first.photo, second.patient, second.record, shows_another=True)])
    assert memory.shows_another(first.record)
    assert memory.shows_another(second.record)
    assert memory.was_said(first.record, SAID)


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_torn_line_is_none_and_hides_no_other(practice: Practice, cut: int) -> None:
    """A power cut: what was not durable was not filed either; the next line stands by itself."""
    first = filed_here(practice)
    filed_here(practice, b"torn")
    path = memory_file(practice)
    path.write_bytes(path.read_bytes()[:-cut] + bytes(cut // 2))
    third = filed_here(practice, b"third")
    memory = Memory(practice.vault)
    assert memory.was_said(first.record, SAID)
    assert memory.was_said(third.record, SAID)


@pytest.mark.parametrize("wrong", [b"\xff", b"0", b" ", b"{"])
def test_a_line_that_was_not_written_here_counts_for_nothing(practice: Practice, wrong: bytes) -> None:
    """Whatever stands there: changed, of another computer, or no text."""
    line = filed_here(practice)
    path = memory_file(practice)
    good = path.read_bytes()
    memory = Memory(practice.vault)
    for at in range(1, len(good) - 1, 7):
        path.write_bytes(good[:at] + wrong + good[at + 1 :])
        assert memory.was_said(line.record, SAID) is (wrong == good[at : at + 1])
    path.write_bytes(wrong * 5000)
    assert not memory.was_said(line.record, SAID)


def test_what_was_filed_here_stays_small(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound the oldest are forgotten, in one step; the newest stay."""
    assert already_filed.MAX_BYTES == 4_194_304
    monkeypatch.setattr(already_filed, "MAX_BYTES", 4_000)
    lines = [filed_here(practice, b"photo %d" % number) for number in range(30)]
    assert memory_file(practice).stat().st_size < 5_000
    memory = Memory(practice.vault)
    known = [memory.was_said(line.record, SAID) for line in lines]
    assert known == sorted(known)
    assert 5 < sum(known) < 30


def test_what_was_filed_here_names_nobody_and_nothing(practice: Practice) -> None:
    """Marks and digests under a key of this station's alone (R23)."""
    filed_here(practice)
    data = memory_file(practice).read_bytes()
    assert DIGEST.encode() not in data
    assert PATIENT.number.encode() not in data
    assert b"shoulder" not in data
    assert memory_file(practice).stat().st_mode & 0o077 == 0
    other = notes.SigningKey.generate(practice.vault.station.signing_key.name)
    practice.vault.station.__dict__["signing_key"] = other
    assert Memory(practice.vault).others(DIGEST, PatientFolder("b" * 32)) == []


def test_a_memory_that_cannot_be_read_is_damage(practice: Practice) -> None:
    """It is not taken for an empty one."""
    memory_file(practice).mkdir()
    with pytest.raises(Damaged, match="memory of what was filed here"):
        recognise(run_of(practice), PATIENT, BORN, DIGEST)


def test_a_closed_stations_word_beyond_its_trail_makes_no_photo_known(practice: Practice, tmp_path: Path) -> None:
    """Whoever stole its key could else keep a photo from being filed; what its trail states counts for good."""
    second = enrol_second_station(practice, tmp_path / "second")
    listing = practice.reopened().roster
    practice = replace(practice, vault=practice.reopened())
    file_naming(practice, listing, tmp_path / "second")
    head = trail.load(practice.vault, second.pin.station, 1).digest

    def closing(newest: Roster) -> Roster:
        first, other = newest.stations
        closed = ClosedStation(other.station, other.name, other.keys, newest.number + 1, (1, head))
        return replace(newest, stations=(first,), closed=replace(newest.closed, stations=(closed,)))

    change_roster(practice, closing)
    practice = replace(practice, vault=practice.reopened())
    stolen = Digest(hashlib.sha256(STOLEN).hexdigest())
    forged = file_naming(practice, listing, tmp_path / "second", is_entered=False, data=STOLEN)
    run = run_of(practice)
    assert recognise(run, PATIENT, BORN, stolen).known is None
    assert recognise(run, PATIENT, BORN, Digest(hashlib.sha256(FORGED).hexdigest())).known is not None
    change_roster(practice, lambda newest: replace(newest, accepted=(forged.manifest_digest,)))
    accepted = recognise(run_of(replace(practice, vault=practice.reopened())), PATIENT, BORN, stolen)
    assert accepted.known is not None


def test_a_wrong_birth_date_blocks_the_number_until_it_is_amended(practice: Practice) -> None:
    """Then the photo is known by the right one, and by the wrong one no more; of two amended at once either does."""
    life = Life.begin(practice, RASH)
    right, other = BORN + timedelta(days=1), BORN + timedelta(days=2)

    def known_by(day: date) -> bool:
        recognition = recognise(run_of(practice), PATIENT, day, DIGEST)
        assert (recognition.known is not None) == recognition.birth_date_agrees
        return recognition.birth_date_agrees

    def amend(day: date, to: History) -> None:
        guard = open_pseudonyms(practice.vault).birth_guard(life.of.folder, day)
        life.add(born_on(day), key=life.founder, birth_guard=guard, to=to)

    assert [known_by(day) for day in (BORN, right, other)] == [True, False, False]
    before = life.history
    amend(right, before)
    assert [known_by(day) for day in (BORN, right, other)] == [False, True, False]
    amend(other, before)
    assert [known_by(day) for day in (BORN, right, other)] == [False, True, True]


def test_a_record_that_is_gone_says_nothing_of_a_birth_date(practice: Practice) -> None:
    """It was filed for the wrong patient, perhaps: the number is not blocked by whose date that was."""
    Life.begin(practice, RASH).move_away()
    recognition = recognise(run_of(practice), PATIENT, BORN + timedelta(days=1), Digest("0" * 64))
    assert recognition.birth_date_agrees


def test_an_addition_that_is_away_keeps_the_patients_photos_from_being_recognised(practice: Practice) -> None:
    """Nobody can know by which birth date they are filed now."""
    life = Life.begin(practice, RASH)
    first = life.add(NOTE).additions[0]
    life.add(NOTE)
    (practice.folder / first.note).unlink()
    with pytest.raises(Damaged, match="not there"):
        recognise(run_of(practice), PATIENT, BORN, DIGEST)
