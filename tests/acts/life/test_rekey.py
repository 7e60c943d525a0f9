"""A number that changed, or was temporary: all photos go to the new one, with their answers and all that was added."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest

from imgfile.acts.ingest.already_filed import recognise
from imgfile.acts.ingest.known import gone_photo
from imgfile.acts.life import leading
from imgfile.acts.life import move as moving
from imgfile.acts.life import rekey as act
from imgfile.acts.life.leading import Moved
from imgfile.acts.life.person import Actor
from imgfile.acts.list import Listed, list_records
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.proofs import Digest
from imgfile.clinical.record.additions import Amendment, ConsentDocument, HandOver, Words
from imgfile.clinical.vocabulary import ConsentForm, Purpose
from imgfile.errors import AnswerInvalid, Damaged, RefusedByRule, UsageError
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.contents import open_old_answers
from imgfile.vault.life.gone import How
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Cause, Manifest
from imgfile.vault.records.open import open_photo
from imgfile.vault.thing_key import ThingKey
from kit.vault.destroying import actor
from kit.vault.filings import MOLE, RASH, filed
from kit.vault.ingest_runs import run_of
from kit.vault.lives import ALLOWED, HOLD, LIFTED, NOTE, WITHDRAWN, Life, as_intimate, with_senior
from kit.vault.moving import LATER, Died, dying
from kit.vault.practice import NOON, Practice, administrator_of
from kit.vault.rekeying import plan_of, rekey

OLD, NEW, OTHER = MOLE["patient"], "9990000026", "9990000034"
FORM = b"%PDF-1.4 signed"
AGREED = ConsentDocument(
    scope=frozenset({Purpose.TEACHING_INTERNAL}),
    giver=ConsentGiver.PATIENT,
    form=ConsentForm.WRITTEN_SIGNED,
    obtained_by="Dr A. Example",
    obtained_at=date(2026, 11, 20),
    media_type="application/pdf",
    digest=Digest(hashlib.sha256(FORM).hexdigest()),
    document=FORM,
)
HANDED = HandOver(where="EMIS", on=date(2026, 11, 23))


@dataclass
class Scene:
    """Photos of one number, and the clinician who changes it."""

    practice: Practice
    at: datetime = LATER
    filed_at: datetime = NOON

    @property
    def by(self) -> Actor:
        """The founder, a clinician."""
        return actor(self.practice, administrator_of(self.practice))

    def plan(self, new: str = NEW, old: str = OLD, born: str = "") -> act.Plan:
        """Settle and judge everything, unattended."""
        return plan_of(self.practice.vault, self.by, old, new, born=born)

    def rekey(self, new: str = NEW, old: str = OLD) -> list[Moved]:
        """Change the number, or go on where a run died, as the command does."""
        return rekey(self.practice.vault, self.by, old, new, at=self.at)

    def opened(self, of: Manifest) -> OpenedRecord:
        """Open a record."""
        return open_record(self.practice.vault, of, self.by.practice)

    def here(self, *numbers: str) -> list[Manifest]:
        """Return the records of these numbers that are not gone."""
        found = list[Manifest]()
        for number in numbers:
            try:
                found += act.find_old(self.practice.vault, number).here
            except UsageError:
                continue
        return found

    def found(self) -> set[Kind]:
        """Return what `verify` finds."""
        return {finding.kind for finding in verify(self.practice.reopened())}


@pytest.fixture
def scene(practice: Practice) -> Scene:
    """Give a practice."""
    return Scene(practice)


def begun(scene: Scene, data: bytes = b"first", answers: dict[str, str] = MOLE) -> Life:
    """File a photo, each a minute after the one before."""
    scene.filed_at += timedelta(minutes=1)
    done = scene.practice.file_decided(filed(answers), data, at=scene.filed_at)
    return Life(scene.practice, manifest.load(scene.practice.vault, done.patient, done.record))


def test_every_photo_goes_with_its_answers_and_its_old_place_leads_there(scene: Scene) -> None:
    """By cause and first filing; the tombstone keeps what was said; the old keys go; verify has nothing to say."""
    first, second = begun(scene), begun(scene, b"second")
    before = [scene.opened(each.of) for each in (first, second)]
    done = scene.rekey()
    vault = scene.practice.vault
    assert [each.is_kept for each in done] == [False, False]
    new = [manifest.load(vault, *each.tombstone.to) for each in done if each.tombstone.to]
    for old, was, now in zip((first, second), before, new, strict=True):
        opened = scene.opened(now)
        assert open_photo(vault, opened.filed, scene.by.practice) in {b"first", b"second"}
        assert now.origin is not None
        assert (now.origin.how, now.origin.start, now.first_filed_at) == (Cause.REKEYED, old.of.record, old.of.filed_at)
        assert opened.facts.patient.number == NEW
        assert (opened.facts.decision, opened.facts.consent) == (was.facts.decision, was.facts.consent)
        assert opened.facts.date_of_birth == was.facts.date_of_birth
        assert opened.facts.source == was.facts.source
        gone = life.load(vault, old.of).gone
        assert gone is not None
        assert gone.cause is Cause.REKEYED
        assert json.loads(open_old_answers(vault, gone, scene.by.practice))["facts"]["patient"]["number"] == OLD
        assert isinstance(old.of.key, ThingKey)
        assert not vault.store.exists(old.of.key.name)
        with pytest.raises(RefusedByRule, match=f"is {now.reference} now: its patient's number changed"):
            scene.opened(old.of)
    listed = {each.reference: each for each in list_records(vault) if isinstance(each, Listed)}
    assert (listed[first.of.reference].how, listed[first.of.reference].now) == ("moved", new[0].reference)
    assert scene.found() == set()
    assert scene.rekey() == done  # again: nothing is left to do


def test_what_was_added_goes_along_and_means_what_it_meant(scene: Scene) -> None:
    """An agreement before a withdrawal stays ended by it; what was lifted stays lifted; amendments are in the facts."""
    old = begun(scene)
    old.add(NOTE)
    old.add(AGREED, key=old.founder)
    stopped = old.add(WITHDRAWN, Effect.USE_STOPPED)
    ends = tuple(each.digest for each in stopped.standing(Effect.USE_STOPPED))
    old.add(ALLOWED, Effect.USE_ALLOWED, ends=ends, key=old.founder)
    later = replace(AGREED, outlet="")
    old.add(later, key=old.founder)
    held = old.add(HOLD, Effect.HELD)
    ends = tuple(each.digest for each in held.standing(Effect.HELD))
    old.add(LIFTED, Effect.RELEASED, ends=ends, key=old.founder)
    old.add(HANDED)
    old.add(Amendment(changes={"decision": {"body_site": "right shoulder"}}, reason="side"), key=old.founder)
    old.add(Words(kind="outcome", text="Excised, benign."))
    was = scene.opened(old.of)
    (done,) = scene.rekey()
    assert done.tombstone.to is not None
    now = scene.opened(manifest.load(scene.practice.vault, *done.tombstone.to))
    kept = [each.content for each in was.added if not isinstance(each.content.said, Amendment)]
    assert [(each.content.said, each.content.by, each.content.at) for each in now.added] == [
        (each.said, each.by, each.at) for each in kept
    ]
    assert now.facts.decision.body_site == "right shoulder"
    assert now.agreed == was.agreed == (later,)
    assert now.history.effects == was.history.effects == frozenset()
    assert [each.stated.at for each in now.added] == [each.at for each in kept]
    assert scene.found() == set()


@pytest.mark.parametrize(("said", "effect"), [(HOLD, Effect.HELD), (WITHDRAWN, Effect.USE_STOPPED)])
def test_what_keeps_a_photo_keeps_it_from_its_first_moment(scene: Scene, said: object, effect: Effect) -> None:
    """A hold and a withdrawal stand as soon as there is a new record, whenever the run dies."""
    old = begun(scene)
    old.add(said, effect)  # type: ignore[arg-type]
    at = 0
    while scene.here(OLD):
        at += 1
        with dying(at, is_before=False), suppress(Died):
            scene.rekey()
        for new in scene.here(NEW):
            assert effect in life.load(scene.practice.vault, new).effects
    assert at > 5
    assert scene.found() <= {Kind.UNFINISHED}


def test_a_photo_that_is_intimate_by_a_mark_is_judged_as_intimate(scene: Scene) -> None:
    """What a computer marked is in the facts: what an intimate photo needs is asked, and nobody is asked here."""
    begun(scene).add(as_intimate(), Effect.INTIMATE)
    with pytest.raises(AnswerInvalid) as caught:
        scene.plan()
    assert {each.question for each in caught.value.problems} == {"view_once"}


def test_the_photo_is_recognised_under_both_numbers(scene: Scene) -> None:
    """R25: under the new one as filed; under the old one it is said where it is."""
    old = begun(scene)
    facts = scene.opened(old.of).facts
    (done,) = scene.rekey()
    run, digest = run_of(scene.practice), Digest(facts.picture.original_digest)
    new = recognise(run, filed({**MOLE, "patient": NEW}).patient, facts.date_of_birth, digest)
    assert new.known is not None
    assert new.known.reference == done.now
    was = recognise(run, facts.patient, facts.date_of_birth, digest)
    assert (was.known, was.gone) == (None, done.tombstone)
    refusal = gone_photo(done.tombstone)
    assert done.now in refusal.message
    assert "with the number as it is now" in refusal.hint


def test_two_directories_become_one_and_what_a_photo_follows_goes_along(scene: Scene) -> None:
    """The new number may have photos of its own."""
    own = begun(scene, b"own", {**MOLE, "patient": NEW})
    first = begun(scene)
    second = begun(scene, b"second")
    changes = {"decision": {"follows": first.of.record, "purpose": "monitoring_response"}}
    second.add(Amendment(changes=changes, reason="series"), key=second.founder)
    done = scene.rekey()
    vault = scene.practice.vault
    new = [manifest.load(vault, *each.tombstone.to) for each in done if each.tombstone.to]
    assert {each.record for each in scene.here(NEW)} == {own.of.record, *(each.record for each in new)}
    assert scene.opened(new[1]).facts.decision.follows == new[0].record
    assert scene.found() == set()


# --- rules ------------------------------------------------------------------------------------------------------


def test_one_photo_under_both_numbers_stops_all_of_it(scene: Scene) -> None:
    """R25: never two records of one photo; nothing was changed, of the others neither."""
    begun(scene), begun(scene, b"both")
    there = begun(scene, b"both", {**MOLE, "patient": NEW})
    with pytest.raises(RefusedByRule, match=f"and {there.of.reference} are one photo") as caught:
        scene.plan()
    assert caught.value.rule == "R25"
    assert len(scene.here(OLD)) == 2


@pytest.mark.parametrize(("how", "rule"), [(How.WITHDRAWN, "R24"), (How.DESTROYED, "")], ids=["withdrawn", "destroyed"])
def test_a_photo_whose_consent_was_withdrawn_under_the_new_number_does_not_come_back_there(
    practice: Practice, how: How, rule: str
) -> None:
    """What two persons destroyed there was one of two, as they were told to; the other one goes there."""
    scene = Scene(with_senior(practice))
    begun(scene)
    begun(scene, answers={**MOLE, "patient": NEW}).go(how)
    if rule:
        with pytest.raises(RefusedByRule, match="filed under the new number too") as caught:
            scene.plan()
        assert caught.value.rule == rule
    else:
        assert len(scene.rekey()) == 1


def test_a_photo_that_somebody_files_under_the_new_number_meanwhile_stops_it(scene: Scene) -> None:
    """R25, between the judging and the doing."""
    begun(scene)
    plan = scene.plan()
    begun(scene, answers={**MOLE, "patient": NEW})
    with pytest.raises(RefusedByRule, match="are one photo"):
        list(act.rekey(scene.practice.vault, plan, "traced", scene.by, at=scene.at))


def test_another_birth_date_than_under_the_new_number_is_refused(scene: Scene) -> None:
    """One of number and birth date is wrong."""
    begun(scene)
    begun(scene, b"own", {**MOLE, "patient": NEW, "dob": "3/3/51"})
    with pytest.raises(AnswerInvalid):
        scene.plan()


@pytest.mark.parametrize("new", [OLD, "9990000027", "12"])
def test_a_number_that_is_none_or_the_same_is_refused(scene: Scene, new: str) -> None:
    """Nothing was changed."""
    begun(scene)
    with pytest.raises((AnswerInvalid, UsageError)) as caught:
        scene.plan(new)
    problems = caught.value.problems if isinstance(caught.value, AnswerInvalid) else ()
    assert {each.question for each in problems} <= {"patient"}  # no answer is named that this command does not take


def test_a_number_under_which_nothing_lies_is_refused(scene: Scene) -> None:
    """Somebody mistyped the old one."""
    begun(scene)
    with pytest.raises(UsageError, match="nothing is filed under the old number"):
        scene.plan(NEW, OTHER)


def test_a_birth_date_that_was_wrong_has_every_rule_judge_anew(scene: Scene) -> None:
    """R6: whoever turns out to be a child did not decide; R9: age is never a flag's."""
    begun(scene)
    with pytest.raises((RefusedByRule, AnswerInvalid)) as caught:
        scene.plan(born="2015-03-03")
    assert scene.here(OLD)[0].reference in str(caught.value.message)
    begun(scene, b"rash", RASH)
    with pytest.raises((RefusedByRule, AnswerInvalid)):
        scene.plan(old=RASH["patient"], born="1971-03-03")


def test_a_childs_intimate_photo_is_attested_anew_at_the_terminal(scene: Scene) -> None:
    """R9: its safeguards stay as typed, and who attests is whoever does it; unattended all of it is refused."""
    begun(scene, b"rash", RASH)
    with pytest.raises(RefusedByRule, match="by a clinician at the terminal") as caught:
        scene.plan(old=RASH["patient"])
    assert caught.value.rule == "R9"


def _dies(*_given: object) -> Moved:
    raise Died


def test_a_change_that_was_begun_goes_on_with_its_own_number_alone(scene: Scene) -> None:
    """Else one number's photos could end under two."""
    begun(scene)
    plan = scene.plan(OTHER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(act, "lead", _dies)
        with pytest.raises(Died):
            list(act.rekey(scene.practice.vault, plan, "x", scene.by, at=scene.at))
    with pytest.raises(UsageError) as caught:
        scene.plan(NEW)
    assert "with that number" in caught.value.hint
    (done,) = scene.rekey(OTHER)
    assert [each.reference for each in scene.here(OLD, NEW, OTHER)] == [done.now]


def test_what_was_amended_while_a_change_died_follows(scene: Scene) -> None:
    """The photo was filed under the new number by then, with the birth date that was stated; nothing loosens there."""
    life_of = begun(scene)
    (hold,) = life_of.add(HOLD, Effect.HELD).additions
    plan = scene.plan()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(act, "lead", _dies)
        with pytest.raises(Died):
            list(act.rekey(scene.practice.vault, plan, "x", scene.by, at=scene.at))
    born = date(1971, 3, 5)
    guard = open_pseudonyms(scene.practice.vault).birth_guard(life_of.of.folder, born)
    changes = {"decision": {"body_site": "left knee"}, "patient": {"born": born.isoformat()}}
    life_of.add(Amendment(changes=changes, reason="two slips"), key=life_of.founder, birth_guard=guard)
    life_of.add(LIFTED, Effect.RELEASED, ends=(hold.digest,), key=life_of.founder)
    list(act.rekey(scene.practice.vault, scene.plan(born="1971-03-03"), "x", scene.by, at=scene.at))
    (new,) = scene.here(NEW)
    facts = scene.opened(new).facts
    assert (facts.decision.body_site, facts.date_of_birth) == ("left knee", date(1971, 3, 3))
    assert life.load(scene.practice.vault, new).is_held  # who lifted the one hold knew of no other


def test_a_change_that_somebody_else_made_meanwhile_is_not_made_again(scene: Scene) -> None:
    """And one that was begun, and whose new record is away by now, files nothing a second time."""
    first = begun(scene)
    plan = scene.plan()
    (before,) = scene.rekey()
    ((old, done),) = act.rekey(scene.practice.vault, plan, "traced", scene.by, at=scene.at)
    assert (old, done.now) == (first.of, before.now)
    assert [each.reference for each in scene.here(NEW)] == [before.now]
    begun(scene, b"another")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(act, "lead", _dies)
        with pytest.raises(Died):
            list(act.rekey(scene.practice.vault, scene.plan(), "x", scene.by, at=scene.at))
    again = scene.plan()
    (away,) = (each for each in scene.here(NEW) if each.reference != before.now)
    shutil.rmtree(scene.practice.folder / layout.record(away.folder, away.record))
    with pytest.raises(Damaged, match="was being moved, and what it became is away"):
        list(act.rekey(scene.practice.vault, again, "x", scene.by, at=scene.at))


def test_a_move_that_was_begun_is_finished_first(scene: Scene) -> None:
    """Its photo was another patient's."""
    of = begun(scene).of
    filing = filed({**MOLE, "patient": OTHER})
    to = leading.Destination(filing, open_pseudonyms(scene.practice.vault).folder(filing.patient))
    order = leading.Order(scene.opened(of), "two charts", scene.by, scene.at)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moving, "lead", _dies)
        with pytest.raises(Died):
            moving.move(scene.practice.vault, order, to)
    with pytest.raises(UsageError) as caught:
        scene.plan(NEW)
    assert f"imgfile move {of.reference}" in caught.value.hint
