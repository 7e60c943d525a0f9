"""What goes along with a moved photo, and two who move one at once: there is never more than one record of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from imgfile.acts.life import leading
from imgfile.acts.life.move import move
from imgfile.acts.life.person import Actor
from imgfile.clinical.record.additions import Amendment, Reason, Withdrawal
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.gone import How
from imgfile.vault.life.open import open_record
from imgfile.vault.records import manifest
from imgfile.vault.records.find import filed_from
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import ClosedStation, Roster
from imgfile.vault.trail import chain
from kit.vault.filings import MOLE, filed
from kit.vault.lives import HOLD, LIFTED, NOTE, WITHDRAWN, Life, come_first
from kit.vault.moving import RIGHT, Died, Scene, dying
from kit.vault.practice import NOON, PHOTO, Practice, change_roster, enrol_second_station

OTHER = {**RIGHT, "patient": "9990000034"}


@pytest.fixture
def scene(practice: Practice) -> Scene:
    """Give a mole of the wrong patient."""
    return Scene(Life.begin(practice))


@dataclass
class Elsewhere(Scene):
    """The same record, at a second computer."""

    state: Path = Path()
    who: Actor | None = None

    @property
    def by(self) -> Actor:
        """The founder, who carries their identity about."""
        assert self.who is not None
        return self.who

    def move(self, answers: dict[str, str] = RIGHT) -> leading.Moved:
        """Move it there."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("IMGFILE_STATE", str(self.state))
            return super().move(answers)


@pytest.fixture
def elsewhere(scene: Scene, tmp_path: Path) -> Elsewhere:
    """Give the same scene at a second computer."""
    state = tmp_path / "second"
    station = enrol_second_station(scene.practice, state)
    scene.life.practice = replace(scene.practice, vault=scene.practice.reopened())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(state))
        second = open_vault(station)
    return Elsewhere(Life(replace(scene.practice, vault=second), scene.old), state=state, who=scene.by)


def here(scene: Scene) -> list[Manifest]:
    """Return what was filed from the scene's record and is not gone."""
    found = filed_from(scene.practice.vault, scene.old.record)
    return [each for each in found if life.load(scene.practice.vault, each).gone is None]


def died_before_the_tombstone(scene: Scene, answers: dict[str, str]) -> Manifest:
    """Have a run die that filed the photo anew; return as what."""
    for at in range(1, 30):
        with dying(at, is_before=False), pytest.raises(Died):
            scene.move(answers)
        if found := here(scene):
            return found[0]
    raise AssertionError


def held(scene: Scene, of: Manifest) -> list[str]:
    """Return the reasons of the holds that stand."""
    opened = open_record(scene.practice.vault, of, scene.by.practice)
    standing = {each.digest for each in opened.history.standing(Effect.HELD)}
    return [
        each.content.said.reason
        for each in opened.added
        if each.stated.digest in standing and isinstance(each.content.said, Reason)
    ]


# --- what goes along --------------------------------------------------------------------------------------------


def test_a_legal_hold_goes_along_from_the_first_moment_without_words_of_the_wrong_patient(scene: Scene) -> None:
    """One that was lifted does not, nor does a note; verify has nothing to say."""
    lifted = scene.life.add(HOLD, Effect.HELD)
    ends = tuple(each.digest for each in lifted.standing(Effect.HELD))
    scene.life.add(LIFTED, Effect.RELEASED, ends=ends, key=scene.life.founder)
    scene.life.add(NOTE)
    scene.life.add(HOLD, Effect.HELD)
    new = died_before_the_tombstone(scene, RIGHT)
    assert held(scene, new) == [f"moved here under the hold of {scene.old.reference}"]
    done = scene.move()
    assert done.is_kept
    assert len(life.load(scene.practice.vault, new).additions) == 1
    assert scene.found() <= {Kind.UNFINISHED}


def test_what_was_added_while_a_move_died_follows_once(scene: Scene) -> None:
    """A hold and a withdrawal, and that it is intimate; a note of the wrong patient's does not."""
    new = died_before_the_tombstone(scene, RIGHT)
    scene.life.add(HOLD, Effect.HELD)
    scene.life.add(replace(WITHDRAWN, reason="as Mrs Wrong says"), Effect.USE_STOPPED)
    scene.life.add(said_of_the_wrong_patient(), Effect.INTIMATE, key=scene.life.founder)
    scene.life.add(NOTE)
    for at in range(1, 60):
        with dying(at, is_before=False) as count:
            try:
                scene.move()
            except Died:
                continue
        if not count():
            break
    history = life.load(scene.practice.vault, new)
    assert history.effects == {Effect.HELD, Effect.USE_STOPPED, Effect.INTIMATE}
    assert len(history.additions) == 3
    opened = open_record(scene.practice.vault, new, scene.by.practice)
    assert opened.facts.decision.body_site == filed(RIGHT).body_site
    (marked,) = [each.content.said for each in opened.added if isinstance(each.content.said, Amendment)]
    assert (marked.changes, dict(marked.provenance)) == (MARKS, {})
    (withdrawn,) = [each.content.said for each in opened.added if isinstance(each.content.said, Withdrawal)]
    assert withdrawn.reason == ""
    assert scene.found() <= {Kind.UNFINISHED}


MARKS = {"decision": {"sensitivity": "intimate", "intimate_site": "other_as_regarded_by_patient"}}


def said_of_the_wrong_patient() -> Amendment:
    """Amend that it is intimate, and an answer that is no other patient's."""
    changes = {"decision": {**MARKS["decision"], "body_site": "left hip"}}
    return Amendment(changes=changes, reason="not her shoulder", provenance={"body_site": Provenance.TYPED})


@pytest.mark.parametrize(("said", "effect"), [(HOLD, Effect.HELD), (WITHDRAWN, Effect.USE_STOPPED)])
def test_a_move_that_left_behind_what_kept_the_photo_is_found(scene: Scene, said: Reason, effect: Effect) -> None:
    """Whoever moves it could lose a hold or a withdrawal else, and nobody would see."""
    scene.life.add(NOTE)
    new = scene.new(scene.move())
    away = Scene(Life(scene.practice, new))
    away.life.add(said, effect)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leading, "late", lambda *_: None)
        patch.setattr(leading, "along", lambda *_: ())
        patch.setattr("imgfile.acts.life.move._expect_used", lambda _: None)
        away.move(OTHER)
    (found,) = [each for each in verify(scene.practice.reopened()) if each.kind.is_damage]
    assert "did not go along" in found.message


# --- two at once ------------------------------------------------------------------------------------------------


def test_a_move_begun_elsewhere_is_gone_on_with_whatever_number_is_typed(scene: Scene, elsewhere: Elsewhere) -> None:
    """The new record says what it comes from: any computer finds it; until then verify names the command."""
    new = died_before_the_tombstone(scene, RIGHT)
    found = [
        each for each in verify(scene.practice.reopened()) if f"imgfile move {scene.old.reference}" in each.message
    ]
    assert [each.kind for each in found] == [Kind.UNFINISHED]
    done = elsewhere.move(OTHER)
    assert elsewhere.new(done) == new
    assert here(scene) == [new]
    (unfinished,) = [each for each in verify(scene.practice.reopened()) if each.where == new.record]
    assert (unfinished.kind, "its computer enters it" in unfinished.message) == (Kind.UNFINISHED, True)
    other = scene.practice.file_decided(filed(MOLE), b"another photo")
    Life(scene.practice, manifest.load(scene.practice.vault, other.patient, other.record), at=NOON).add(NOTE)
    assert new.record not in {each.where for each in verify(scene.practice.reopened())}
    assert scene.found() <= {Kind.UNFINISHED}  # what other runs left that died before it


def test_two_who_began_at_once_leave_one_record(scene: Scene, elsewhere: Elsewhere) -> None:
    """The slower one leads its own record to the quicker one's, and its key goes."""
    slow = died_before_the_tombstone(scene, RIGHT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("imgfile.acts.life.move.begun", lambda *_: [])
        patch.setattr(leading, "begun", lambda *_: [])
        quick = elsewhere.new(elsewhere.move(OTHER))
    assert {each.record for each in here(scene)} == {slow.record, quick.record}
    (found,) = [each for each in verify(scene.practice.reopened()) if each.kind is Kind.DUPLICATE]
    assert (found.where, scene.old.reference in found.message) == (layout.record(slow.folder, slow.record), True)
    done = scene.move(RIGHT)
    assert scene.new(done) == quick
    assert here(scene) == [quick]
    assert scene.is_locked_away(slow)
    assert Kind.DUPLICATE not in scene.found()


def test_who_is_slower_at_the_tombstone_leads_there_too(scene: Scene, elsewhere: Elsewhere) -> None:
    """Both had looked before either had filed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("imgfile.acts.life.move.begun", lambda *_: [])
        real = leading.lead

        def overtaken(*given: object) -> leading.Moved:
            patch.setattr("imgfile.acts.life.move.lead", real)
            elsewhere.move(OTHER)
            return real(*given)  # type: ignore[arg-type]

        patch.setattr("imgfile.acts.life.move.lead", overtaken)
        done = scene.move(RIGHT)
    assert here(scene) == [scene.new(done)]
    assert scene.found() == set()


def test_one_begun_by_a_computer_that_was_closed_since_counts_only_where_its_trail_states_it(
    scene: Scene, elsewhere: Elsewhere
) -> None:
    """Whoever has the key of a lost computer could else lead a record to answers that nobody gave."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("imgfile.vault.trail.permissions.release", _dies)
        with pytest.raises(Died):
            elsewhere.move()
    second = elsewhere.practice.vault.here
    head = chain.newest_heads(scene.practice.reopened()).get(second.station, (0, ""))

    def retired(newest: Roster) -> Roster:
        shut = ClosedStation(second.station, second.name, second.keys, newest.number + 1, head)
        stations = tuple(one for one in newest.stations if one.station != second.station)
        return replace(newest, stations=stations, closed=replace(newest.closed, stations=(shut,)))

    change_roster(scene.practice, retired)
    scene.life.practice = replace(scene.practice, vault=scene.practice.reopened())
    with pytest.raises(Damaged, match="was closed"):
        scene.move()
    assert scene.life.history.gone is None


def _dies(*_given: object, **_named: object) -> None:
    raise Died


def test_a_move_whose_photo_was_filed_is_entered_where_this_computer_forgot_that_it_was_to(scene: Scene) -> None:
    """Its state is of an older backup: the photo opens to the very same, and counts from then on."""
    new = died_before_the_tombstone(scene, RIGHT)
    shutil.rmtree(scene.practice.vault.station.folder / "entries")
    done = scene.move()
    assert scene.new(done) == new
    assert scene.found() <= {Kind.UNFINISHED}


def test_one_that_is_withdrawn_before_its_tombstone_is_not_moved(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever moves it is told that the photo is filed for the right patient too, and what to do."""
    to = scene.settle(RIGHT)
    order = scene.order()
    come_first(scene.life, How.WITHDRAWN, "imgfile.acts.life.leading.end", monkeypatch)
    with pytest.raises(Damaged, match="somebody else's act came first: .* consent was withdrawn") as caught:  # noqa: RUF043 - a pattern
        move(scene.practice.vault, order, to)
    (new,) = here(scene)
    assert caught.value.hint == f"{new.reference} was filed as well: two persons destroy the wrong one of the two."


def test_no_rival_of_another_photo_is_led_to_where_the_photo_is(scene: Scene) -> None:
    """A computer gone bad filed something else as if from there: it stays as it is, keys and all, and is reported."""
    vault, theirs = scene.practice.vault, scene.practice.file_decided
    right = theirs(filed(RIGHT), PHOTO, moved_from=scene.old)
    wrong = theirs(filed(OTHER), b"something else", moved_from=scene.old)
    there = [manifest.load(vault, each.patient, each.record) for each in (right, wrong)]
    with pytest.raises(Damaged, match="does not open to the photo"):
        leading.go_on(vault, scene.order(), there)
    assert life.load(vault, there[1]).gone is None
    assert not scene.is_locked_away(there[1])


def test_what_somebody_began_since_the_look_is_gone_on_with(scene: Scene) -> None:
    """The answers of whoever comes second are not filed."""
    to, order = scene.settle(OTHER), scene.order()
    assert leading.rivals(scene.practice.vault, life.load(scene.practice.vault, scene.old)) == []
    new = died_before_the_tombstone(scene, RIGHT)
    done = move(scene.practice.vault, order, to)
    assert scene.new(done) == new
    assert here(scene) == [new]
