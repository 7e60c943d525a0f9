"""Moving a record of the wrong patient: fresh answers, every rule anew, one new record, a tombstone, no old key."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from imgfile.acts.check.gone_keys import clean_gone_keys
from imgfile.acts.disclosure.entry import Act, Statement
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.ingest.already_filed import recognise
from imgfile.acts.life import leading
from imgfile.acts.life.disclosures import disclosures
from imgfile.clinical.permitted_uses import shows_child_intimately
from imgfile.clinical.proofs import Digest, PatientFolder
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import AnswerInvalid, Damaged, RefusedByRule, UsageError
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.contents import open_old_answers
from imgfile.vault.life.gone import How
from imgfile.vault.life.open import open_record
from imgfile.vault.records import find as records
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Cause, Manifest, Origin
from imgfile.vault.records.open import open_photo
from imgfile.vault.thing_key import ThingKey
from kit.vault.filings import KNEE, MOLE, RASH, filed
from kit.vault.ingest_runs import run_of
from kit.vault.leaving import disclose
from kit.vault.lives import HOLD, NOTE, WITHDRAWN, Life, with_senior
from kit.vault.moving import LATER, RIGHT, WHY, Died, Scene, dying
from kit.vault.practice import NOON, PHOTO, Practice


@pytest.fixture
def scene(practice: Practice) -> Scene:
    """Give a mole of the wrong patient."""
    return Scene(Life.begin(practice))


def test_the_photo_and_fresh_answers_go_to_the_right_patient(scene: Scene) -> None:
    """The new record opens to the photo; of the old facts only what is of the photo is in it."""
    added = scene.life.add(NOTE).additions[0]
    before = scene.opened().facts
    done = scene.move()
    new, vault, keys = scene.new(done), scene.practice.vault, scene.by.practice
    opened = open_record(vault, new, keys)
    assert open_photo(vault, opened.filed, keys) == PHOTO
    assert new.folder == open_pseudonyms(vault).folder(filed(RIGHT).patient)
    assert new.origin == Origin(Cause.MOVED, scene.old.record, scene.old.filed_at, (added.digest,))
    assert (new.same_mark, new.filed_at) == (scene.old.same_mark, LATER)
    assert new.photo_mark != scene.old.photo_mark
    assert opened.facts.patient.number == "9990000026"
    assert opened.facts.decision.body_site == "left forearm"
    assert opened.facts.source == before.source
    assert opened.facts.picture == replace(before.picture, first_filed=NOON.date())
    assert opened.added == ()


def test_the_old_place_leads_there_with_the_old_answers_and_no_key_of_it_is_left(scene: Scene) -> None:
    """Its tombstone is the mover's; verify has nothing to say of either side, nor of the trail."""
    added = scene.life.add(NOTE).additions[0]
    before = scene.opened().filed.facts
    done = scene.move()
    history = scene.life.history
    assert history.gone == done.tombstone
    assert (history.gone.how, history.gone.signer.name) == (How.MOVED, scene.by.holder)
    assert history.gone.to == (scene.new(done).folder, scene.new(done).record)
    kept = json.loads(open_old_answers(scene.practice.vault, history.gone, scene.by.practice))
    assert (kept["reason"], kept["facts"]["patient"]["number"]) == (WHY, before.patient.number)
    assert kept["filed"] == kept["facts"]
    assert NOTE.text in json.dumps(kept["added"])
    assert scene.is_locked_away(scene.old)
    assert added.key is not None
    assert not scene.practice.vault.store.exists(added.key.name)
    assert not scene.is_locked_away(scene.new(done))
    assert not done.is_kept
    assert scene.found() == set()
    with pytest.raises(RefusedByRule, match=f"it is {done.now} now"):
        scene.opened()


def test_a_legal_hold_keeps_what_it_was(scene: Scene) -> None:
    """R18: its key stays, and that is said; verify knows why."""
    scene.life.add(HOLD, Effect.HELD)
    done = scene.move()
    assert done.is_kept
    assert clean_gone_keys(scene.practice.vault) == 0
    assert not scene.is_locked_away(scene.old)
    assert scene.found() == set()
    assert leading.finish(scene.practice.vault, scene.life.history) is None


def test_what_left_under_the_wrong_number_is_listed_also_of_the_number_before(scene: Scene) -> None:
    """Copies to recall, and who looked."""
    reader = Reader(scene.by.holder, scene.by.practice)
    for kind, at in ((Act.EXPORTED, NOON), (Act.OFFERED, LATER)):
        disclose(scene.practice.vault, scene.opened(), reader, Statement(kind, Purpose.REFERRAL_ADVICE, "2WW", at))
    expected = [("exported", NOON, "referral_advice"), ("offered", LATER, "referral_advice")]
    for of in (scene.old, scene.new(scene.move())):
        found = disclosures(scene.practice.vault, of)
        assert [(each.act, each.at, each.purpose) for each in found] == expected


def test_the_source_is_known_under_the_right_number_and_refused_under_the_wrong_one(scene: Scene) -> None:
    """Whoever files the mail again finds it filed, or is told that it was moved."""
    before = scene.opened().facts
    done = scene.move()
    digest, run = Digest(before.picture.original_digest), run_of(scene.practice)
    right = recognise(run, filed(RIGHT).patient, date(1951, 3, 3), digest)
    assert right.known is not None
    assert (right.known.record, right.gone) == (scene.new(done).record, None)
    wrong = recognise(run, before.patient, before.date_of_birth, digest)
    assert (wrong.known, wrong.earlier, wrong.gone) == (None, (), done.tombstone)


def test_it_can_be_moved_on_and_back(scene: Scene) -> None:
    """Its first filing stays the first; each place leads to the next."""
    done = scene.move()
    there = Scene(Life(scene.practice, scene.new(done)), at=LATER)
    back = there.move(MOLE)
    new = there.new(back)
    assert (new.folder, new.first_filed_at) == (scene.old.folder, NOON)
    assert scene.found() == set()


# --- rules ------------------------------------------------------------------------------------------------------


def test_everything_is_asked_anew(scene: Scene) -> None:
    """Nothing of the old answers stands in for one that is missing."""
    with pytest.raises(AnswerInvalid) as caught:
        scene.settle({"patient": RIGHT["patient"], "dob": RIGHT["dob"]})
    missing = {problem.question for problem in caught.value.problems}
    assert missing >= {"body_site", "purpose", "basis", "form", "rationale"}
    assert not scene.is_locked_away(scene.old)


INTIMATE = {"body_site": "left breast", "intimate": "yes", "view_once": "no"}
ADULT_18 = {**RIGHT, **INTIMATE, "dob": "25/11/2008"}


@pytest.mark.parametrize(
    ("wrong", "right", "rule"),
    [
        (MOLE, {**RASH, "patient": "9990000026"}, "R9"),
        (MOLE, {**RASH, "patient": "9990000026", "intimate": "no"}, "R9"),
        (MOLE, ADULT_18, "R9"),
        (RASH, RIGHT, "R10"),
        (RASH, {**RIGHT, "intimate": "no"}, "R10"),
        (MOLE, {**KNEE, "patient": "9990000026", "objection": "yes"}, "R12"),
        (MOLE, {**RIGHT, "basis": "parental_responsibility", "giver": "mother"}, "R6"),
        (MOLE, {**RIGHT, "purpose": "publication_named"}, "R4"),
    ],
    ids=["to a child", "said not to be", "a child when first filed", "a child's", "said so", "R12", "R6", "R4"],
)
def test_no_move_escapes_a_rule(practice: Practice, wrong: dict[str, str], right: dict[str, str], rule: str) -> None:
    """Of an intimate photo of a child unattended nothing counts; one who turned 18 since was one when it was filed."""
    scene = Scene(Life.begin(practice, wrong))
    with pytest.raises((RefusedByRule, AnswerInvalid)) as caught:
        scene.settle(right)
    said = caught.value
    assert rule in (said.rule if isinstance(said, RefusedByRule) else f"{said.message} {getattr(said, 'problems', ())}")
    assert not scene.is_locked_away(scene.old)


def test_a_photo_that_was_moved_stays_a_childs_by_its_first_filing(practice: Practice) -> None:
    """Whatever is judged of it later: it leaves only as R9 lets it."""
    scene = Scene(Life.begin(practice, RASH))
    opened = scene.opened()
    born = date(2008, 11, 25)
    facts = replace(
        opened.facts,
        date_of_birth=born,
        source=replace(opened.facts.source, sent_at=""),
        decision=replace(opened.facts.decision, decided_on=LATER.date()),
    )
    assert not shows_child_intimately(facts)
    assert shows_child_intimately(replace(facts, picture=replace(facts.picture, first_filed=NOON.date())))


def test_no_move_undoes_a_withdrawal(scene: Scene) -> None:
    """R24: in its new place nothing would say that its use was stopped."""
    scene.life.add(WITHDRAWN, Effect.USE_STOPPED)
    with pytest.raises(RefusedByRule, match="was withdrawn") as caught:
        scene.settle(RIGHT)
    assert caught.value.rule == "R24"


def test_the_same_patient_is_no_right_one(scene: Scene) -> None:
    """A wrong answer is amended."""
    with pytest.raises(UsageError, match="under that number already"):
        scene.settle(MOLE)


def test_one_that_is_filed_there_already_is_not_filed_twice(scene: Scene) -> None:
    """The very same photo for the right patient: one of the two is destroyed, by two persons."""
    there = scene.practice.file_decided(filed(RIGHT))
    with pytest.raises(RefusedByRule, match=f"already, as {layout.reference(there.record)}") as caught:
        scene.settle(RIGHT)
    assert caught.value.rule == "R25"


@pytest.mark.parametrize("how", [How.WITHDRAWN, How.DESTROYED])
def test_one_that_was_destroyed_there_is_not_moved_there(practice: Practice, how: How) -> None:
    """It would undo that."""
    scene = Scene(Life.begin(with_senior(practice)))
    there = scene.practice.file_decided(filed(RIGHT))
    Life(scene.practice, manifest.load(scene.practice.vault, there.patient, there.record)).go(how)
    with pytest.raises(RefusedByRule, match="is gone"):
        scene.settle(RIGHT)


def test_another_birth_date_than_that_patients_photos_have_is_refused(scene: Scene) -> None:
    """As when filing: one of number and birth date is wrong."""
    scene.practice.file_decided(filed(RIGHT, dob="3/3/52"), b"another")
    with pytest.raises(AnswerInvalid) as caught:
        scene.settle(RIGHT)
    assert [problem.question for problem in caught.value.problems] == ["dob"]


# --- whatever dies ----------------------------------------------------------------------------------------------


def live(practice: Practice, folder: PatientFolder) -> list[Manifest]:
    """Return a patient's records that are not gone."""
    vault = practice.vault
    return [each for each in records.Catalogue().records_of(vault, folder) if life.load(vault, each).gone is None]


@pytest.mark.parametrize("is_before", [True, False])
def test_a_move_that_died_anywhere_goes_on_and_there_are_never_two(practice: Practice, *, is_before: bool) -> None:
    """New record, tombstone, keys, in this order: at every change of the vault, with another number typed after it."""
    other = {**RIGHT, "patient": "9990000034"}
    folders = [open_pseudonyms(practice.vault).folder(filed(each).patient) for each in (RIGHT, other)]
    at, is_dying = 0, True
    while is_dying:
        at += 1
        data = b"\xff\xd8 photo %d \xff\xd9" % at
        done = practice.file_decided(filed(MOLE), data)
        scene = Scene(Life(practice, manifest.load(practice.vault, done.patient, done.record)))
        before = sum(len(live(practice, each)) for each in folders)
        is_dying = False
        with dying(at, is_before=is_before) as count:
            try:
                scene.move()
            except Died:
                is_dying = True
        there = [each for folder in folders for each in live(practice, folder)]
        assert len(there) - before <= 1
        if scene.is_locked_away(scene.old):
            assert scene.life.history.gone is not None
        if scene.life.history.gone is not None:
            assert len(there) - before == 1
        moved = scene.move(other)
        new = scene.new(moved)
        assert sum(len(live(practice, each)) for each in folders) == before + 1
        assert open_photo(practice.vault, open_record(practice.vault, new, scene.by.practice).filed, scene.by.practice)
        assert scene.is_locked_away(scene.old)
    assert at > 8, count()
    assert scene.found() <= {Kind.UNFINISHED}


# --- what verify finds ------------------------------------------------------------------------------------------


def test_a_tombstone_that_leads_nowhere_or_to_another_photo_is_found(scene: Scene) -> None:
    """And a key that somebody put back remains."""
    key = scene.old.key
    assert isinstance(key, ThingKey)
    store, kept = scene.practice.vault.store, scene.practice.vault.store.read(key.name)
    done = scene.move()
    store.publish(key.name, kept)
    assert scene.found() == {Kind.REMAINS}
    assert clean_gone_keys(scene.practice.vault) == 1
    assert (scene.found(), clean_gone_keys(scene.practice.vault)) == (set(), 0)
    store.publish(key.name, kept)
    assert leading.finish(scene.practice.vault, scene.life.history) == done
    new = scene.new(done)
    (scene.practice.folder / layout.record(new.folder, new.record) / layout.MANIFEST).unlink()
    found = [each for each in verify(scene.practice.reopened()) if each.where.endswith(layout.GONE)]
    assert [each.kind for each in found] == [Kind.MISSING]
    store.publish(key.name, kept)
    assert clean_gone_keys(scene.practice.vault) == 0  # it may be the last one
    assert leading.finish(scene.practice.vault, scene.life.history) is None


def test_whoever_moves_sees_that_the_new_record_opens_before_the_old_keys_go(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the old record stays as it is."""
    monkeypatch.setattr(leading, "open_photo", lambda _vault, opened, _keys: opened.manifest.record.encode())
    with pytest.raises(Damaged, match="does not open to the photo"):
        scene.move()
    assert scene.life.history.gone is None
    assert not scene.is_locked_away(scene.old)
