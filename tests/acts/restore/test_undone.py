"""What a restore undid of records, proposals and the inbox: put back, or lost and accepted by name; over every kind.

Each scene is begun before the backup and gone on with after it. Then the backup is restored, and every door is tried:
closed until the loss is accepted, and after that what held before holds again.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from imgfile import kept_notes
from imgfile.acts.disclosure.entry import Act, Statement
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.inbox import settle
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.restore.acceptance import accept
from imgfile.acts.restore.put_back import Loss, put_back
from imgfile.acts.restore.undone import Mark, What, mark
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.record.additions import ConsentDocument, HandOver, Words
from imgfile.clinical.vocabulary import ConsentForm, Purpose
from imgfile.errors import Damaged
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.practice import open_practice
from imgfile.vault.life import settled
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.gone import How
from imgfile.vault.trail import chain
from imgfile.vault.trail.chain import newest_heads
from kit.vault.destroying import Two
from kit.vault.inbox import put, reject
from kit.vault.leaving import disclose
from kit.vault.lives import ALLOWED, HOLD, LIFTED, NOTE, WITHDRAWN, Life, amended_site, as_intimate, with_senior
from kit.vault.practice import NOON, Practice, clinician_of

FORM = ConsentDocument(
    scope=frozenset({Purpose.TEACHING_INTERNAL}),
    giver=ConsentGiver.PATIENT,
    form=ConsentForm.WRITTEN_SIGNED,
    obtained_by="Dr A. Example",
    obtained_at=date(2026, 11, 20),
)
OUTCOME = Words(kind="outcome", text="excised; benign")
GIVEN = HandOver(where="practice record", on=date(2026, 11, 22))


def _hold(life: Life) -> None:
    life.add(HOLD, Effect.HELD)


def _lifted(life: Life) -> None:
    (held,) = life.history.standing(Effect.HELD)
    life.add(LIFTED, Effect.RELEASED, ends=(held.digest,), key=life.founder)


def _stopped(life: Life) -> None:
    life.add(WITHDRAWN, Effect.USE_STOPPED)


def _allowed(life: Life) -> None:
    (stop,) = life.history.standing(Effect.USE_STOPPED)
    life.add(ALLOWED, Effect.USE_ALLOWED, ends=(stop.digest,), key=life.founder)


def _nothing(_life: Life) -> None:
    pass


@dataclass(frozen=True)
class Added:
    """One kind of addition: what comes before the backup, what after it, and what holds in the end."""

    after: Callable[[Life], object]
    holds: frozenset[Effect] = frozenset()
    before: Callable[[Life], object] = _nothing


ADDITIONS: dict[str, Added] = {
    "amend --intimate": Added(lambda life: life.add(as_intimate(), Effect.INTIMATE), frozenset({Effect.INTIMATE})),
    "amendment": Added(lambda life: life.add(amended_site("left knee"), key=life.founder)),
    "note": Added(lambda life: life.add(NOTE)),
    "outcome": Added(lambda life: life.add(OUTCOME)),
    "hand-over": Added(lambda life: life.add(GIVEN)),
    "withdrawal": Added(_stopped, frozenset({Effect.USE_STOPPED})),
    "withdrawal undone": Added(_allowed, before=_stopped),
    "consent form": Added(lambda life: life.add(FORM, key=life.founder)),
    "hold": Added(_hold, frozenset({Effect.HELD})),
    "hold lifted": Added(_lifted, before=_hold),
}


def restored(practice: Practice, copy: Path, *, forgets: bool = False) -> Loss:
    """Put a backup in the vault's place, see that it is closed here, and put back what this computer keeps."""
    shutil.rmtree(practice.folder)
    shutil.copytree(copy, practice.folder)
    if forgets:
        shutil.rmtree(practice.vault.station.folder / "kept" / "life")
    with pytest.raises(Damaged, match=r"saw before|is missing"):
        newest_heads(practice.reopened())
    return put_back(practice.vault.station)


def backup_of(practice: Practice) -> Path:
    """Copy a vault aside."""
    return Path(shutil.copytree(practice.folder, practice.folder.with_name("backup")))


def accepted(practice: Practice, loss: Loss) -> Practice:
    """Let the founder accept it; see that nothing is short any more, and that `verify` finds no damage."""
    vault = accept(loss, admit_administrator(loss.vault, [clinician_of(practice)]), at=NOON)
    assert put_back(vault.station).is_nothing
    found = [one for one in verify(vault) if one.kind.is_damage]
    assert not found, found
    assert not [*verify_openings(vault, open_practice(vault, practice.recovery)[0])]
    return replace(practice, vault=vault)


def test_every_kind_of_addition_that_the_restore_undid_holds_again(practice: Practice) -> None:
    """Its note is put back; what it said is lost, listed and accepted. Without it the stricter holds."""
    kept = {kind: Life.begin(practice) for kind in ADDITIONS}
    unkept = {kind: Life.begin(practice) for kind in ADDITIONS}
    lives = [(ADDITIONS[kind], life) for of in (kept, unkept) for kind, life in of.items()]
    for scene, life in lives:
        scene.before(life)
    copy = backup_of(practice)
    for scene, life in lives:
        scene.after(life)
    for life in unkept.values():
        here = layout.record(life.of.folder, life.of.record)
        shutil.rmtree(practice.vault.station.folder / "kept" / "life" / here)
    loss = restored(practice, copy)
    wanted = {(What.WORDS, life.of.reference) for life in kept.values()}
    wanted |= {(What.STATEMENT, life.of.reference) for life in unkept.values()}
    assert {(each.what, each.reference) for each in loss.undone} == wanted
    for kind, life in kept.items():
        assert life.history.effects == ADDITIONS[kind].holds, kind
        with pytest.raises(Damaged):
            pytest.fail(f"{kind}: {life.opened()}")
    for kind, life in unkept.items():
        with pytest.raises(Damaged, match="not there any more"):
            pytest.fail(f"{kind}: {life.opened()}")
    practice = accepted(practice, loss)
    for kind, life in kept.items():
        opened = replace(life, practice=practice).opened()
        assert (opened.history.effects, len(opened.wordless)) == (ADDITIONS[kind].holds, 1), kind
    for kind, life in unkept.items():
        marked = replace(life, practice=practice).opened()
        assert marked.history.effects >= {Effect.USE_STOPPED, Effect.HELD}, kind
        assert not marked.wordless


def test_what_was_gone_is_gone_again_or_stopped(practice: Practice) -> None:
    """A tombstone is put back where this computer keeps it; where it keeps none, the photo's use is stopped."""
    practice = with_senior(practice)
    kept, unkept = ({how: Life.begin(practice) for how in How} for _ in range(2))
    for life in (kept[How.MOVED], unkept[How.MOVED]):
        life.filed_elsewhere()
    copy = backup_of(practice)
    for lives in (kept, unkept):
        for how, life in lives.items():
            life.go(how)
    for life in unkept.values():
        (practice.vault.station.folder / "kept" / "life" / life.history.gone.note).unlink()  # type: ignore[union-attr]
    loss = restored(practice, copy)
    lost = {(each.what, each.reference) for each in loss.undone if each.what is not What.REASON}
    assert lost == {(What.ENDING, life.of.reference) for life in unkept.values()} | {
        (What.WORDS, kept[How.MOVED].of.reference)  # its old answers
    }
    practice = accepted(practice, loss)
    for how, life in kept.items():
        gone = replace(life, practice=practice).history.gone
        assert gone is not None
        assert gone.how is how
    for life in unkept.values():
        assert replace(life, practice=practice).opened().history.effects == {Effect.USE_STOPPED}


def test_what_two_persons_destroyed_of_a_moved_record_is_put_back_or_named(practice: Practice) -> None:
    """Its end holds again where this computer keeps it; else it is proposed anew. `verify` finds no damage."""
    practice = with_senior(practice)
    kept, unkept = (Life.begin(practice) for _ in range(2))
    for life in (kept, unkept):
        _hold(life)
        life.move_away()
        _lifted(life)
    copy = backup_of(practice)
    for life in (kept, unkept):
        ended = life.end_kept()
    (practice.vault.station.folder / "kept" / "life" / ended.note).unlink()
    loss = restored(practice, copy)
    lost = [(each.what, each.reference) for each in loss.undone if each.what is not What.REASON]
    assert lost == [(What.KEPT, unkept.of.reference)]
    practice = accepted(practice, loss)
    assert [replace(life, practice=practice).history.is_over for life in (kept, unkept)] == [True, False]


def test_an_end_is_not_put_back_without_its_tombstone(practice: Practice) -> None:
    """What the record became is lost with the restore: it is there again, and held."""
    practice = with_senior(practice)
    life = Life.begin(practice)
    _hold(life)
    copy = backup_of(practice)
    life.move_away()
    _lifted(life)
    life.end_kept()
    loss = restored(practice, copy)
    assert {each.what for each in loss.undone} >= {What.MOVE, What.KEPT}
    practice = accepted(practice, loss)
    assert replace(life, practice=practice).history.ended is None


def test_a_move_whose_new_record_is_lost_is_undone(practice: Practice) -> None:
    """The photo is where it was moved from, and not closed on both sides; nothing is stopped, so it is moved again."""
    life = Life.begin(practice)
    copy = backup_of(practice)
    stone = life.move_away()
    loss = restored(practice, copy)
    assert stone.to is not None
    assert [one.reference for one in loss.missing] == [layout.reference(stone.to[1])]
    assert [(one.what, one.reference) for one in loss.undone] == [(What.MOVE, life.of.reference)]
    practice = accepted(practice, loss)
    assert not replace(life, practice=practice).opened().history.effects


def test_proposals_decisions_items_and_reasons_are_put_back_or_named(practice: Practice) -> None:
    """What is kept comes back; an item that came after the backup is a photo that is lost, and is named as one."""
    two = Two.of(practice)
    practice, life = two.practice, Life.begin(two.practice)
    waiting, other = put(practice), put(practice, data=b"another")
    copy = backup_of(practice)
    late = put(practice, data=b"late")
    for item in (waiting, other, late):
        reject(practice.vault, item, two.founder)
    two.propose(life.of)
    disclose(
        practice.vault,
        life.opened(),
        Reader(two.founder.holder, life.keys),
        Statement(Act.VIEWED, Purpose.DIAGNOSIS, "looked", NOON),
    )
    kept = practice.vault.station.folder / "kept" / "life"
    (kept / settled.name_of(other.item)).unlink()
    loss = restored(practice, copy)
    assert {name.split("/")[0] for name in loss.put_back} == {layout.PROPOSALS, layout.INBOX, layout.AUDIT}
    assert [one.reference for one in loss.missing] == [late.reference]
    count = Counter(one.what for one in loss.undone)
    reasons = 1 + 1 + 3  # of the view, of the proposal, and why each item was rejected
    assert count == {What.DECISION: 1, What.WITH_RECORD: 1, What.REASON: reasons}
    practice = accepted(practice, loss)
    assert settled.load(practice.vault, waiting) is not None
    settle.expect_waiting(practice.vault, other)


def test_a_keys_folder_restored_alone_takes_the_words_and_not_what_holds(practice: Practice) -> None:
    """The notes are there; their keys are not. Removing such a note later is seen: only its words were accepted."""
    life = Life.begin(practice)
    copy = backup_of(practice)
    _stopped(life)
    (stop,) = life.history.additions
    things = practice.folder / layout.THING_KEYS
    shutil.rmtree(things)
    shutil.copytree(copy / layout.THING_KEYS, things)
    loss = put_back(practice.vault.station)
    assert [(one.what, one.digest) for one in loss.undone] == [(What.WORDS, stop.sealed and stop.sealed.digest)]
    practice = accepted(practice, loss)
    life = replace(life, practice=practice)
    assert life.opened().history.is_use_stopped
    (practice.folder / stop.note).unlink()
    with pytest.raises(Damaged, match="not there any more"):
        life.opened()


def test_what_is_destroyed_for_good_is_not_called_lost(practice: Practice) -> None:
    """Its key went with its tombstone, before the backup as after it."""
    two = Two.of(practice)
    life, other = Life.begin(two.practice), Life.begin(two.practice)
    two.destroy(life.of)
    practice = two.practice
    copy = backup_of(practice)
    _hold(other)
    loss = restored(practice, copy)
    assert loss.missing == ()
    accepted(practice, loss)


def test_a_run_that_died_before_its_marks_is_finished_by_the_next(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss is accepted by then; what it may have held is stated all the same."""
    life = Life.begin(practice)
    copy = backup_of(practice)
    _hold(life)
    loss = restored(practice, copy, forgets=True)
    with monkeypatch.context() as patch:
        patch.setattr("imgfile.acts.restore.acceptance.mark", _dies)
        with pytest.raises(KeyboardInterrupt):
            accept(loss, admit_administrator(loss.vault, [clinician_of(practice)]), at=NOON)
    again = put_back(practice.reopened().station)
    assert (again.undone, [each.digest for each in again.unmarked]) == ((), [one.digest for one in loss.undone])
    practice = accepted(practice, again)
    assert replace(life, practice=practice).history.is_held


def _dies(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_copy_that_is_torn_is_none(practice: Practice) -> None:
    """Nothing is put back that does not hold, or whose record is not there."""
    life = Life.begin(practice)
    copy = backup_of(practice)
    _hold(life)
    late = Life.begin(practice)
    _hold(late)
    (kept,) = (name for name in kept_notes.kept_lives(practice.vault.station) if life.of.record in name)
    kept_notes.keep_life(practice.vault.station, kept, b"torn")
    loss = restored(practice, copy)
    assert not [name for name in loss.put_back if name.startswith(layout.PATIENTS)]
    assert sorted(each.what.value for each in loss.undone) == ["statement", "with_record"]
    assert {one.kind for one in verify(accepted(practice, loss).vault)} == {Kind.LOST}


def test_a_record_that_only_this_computer_remembers_is_named_and_accepted(practice: Practice) -> None:
    """It was filed and held after the backup; whoever kept the notes of that, and the trail's, has them no more."""
    copy = backup_of(practice)
    late = Life.begin(practice)
    _hold(late)
    shutil.rmtree(practice.vault.station.folder / "kept")
    loss = restored(practice, copy)
    assert [(one.what, one.reference) for one in loss.undone] == [(What.RECORD, late.of.reference)]
    assert accepted(practice, loss).vault.roster.accepted == tuple(one.digest for one in loss.undone)


def test_a_torn_copy_of_a_tombstone_keeps_no_loss_from_being_accepted(practice: Practice) -> None:
    """The record is there again, and its use is stopped; any other torn copy changes nothing either."""
    life, other = Life.begin(practice), Life.begin(practice)
    copy = backup_of(practice)
    for each in (life, other):
        name = each.move_away().note
        kept_notes.keep_life(practice.vault.station, name, b"torn")
    loss = restored(practice, copy)
    assert {(one.what, one.reference) for one in loss.undone} == {
        (What.ENDING, each.of.reference) for each in (life, other)
    }
    practice = accepted(practice, loss)
    assert replace(life, practice=practice).opened().history.effects == {Effect.USE_STOPPED}


def test_a_lost_proposal_is_named_and_what_names_nothing_is_not(practice: Practice) -> None:
    """By what people call it; an entry whose reason or proposal could not be looked for is `verify`'s to report."""
    two = Two.of(practice)
    practice, life = two.practice, Life.begin(two.practice)
    chain.append(practice.vault, [{"act": "viewed", "record": life.of.record, "reason": 3, "patient": life.of.folder}])
    copy = backup_of(practice)
    pending = two.propose(life.of)
    shutil.rmtree(practice.vault.station.folder / "kept" / "life")
    loss = restored(practice, copy)
    named = [(one.what, one.reference) for one in loss.undone if one.what is not What.REASON]
    assert named == [(What.PROPOSAL, pending.reference)]
    vault = accept(loss, admit_administrator(loss.vault, [clinician_of(practice)]), at=NOON)
    assert put_back(vault.station).is_nothing


def test_a_record_that_is_gone_is_not_marked(practice: Practice) -> None:
    """Nothing of it is used, whatever was lost of it."""
    life = Life.begin(practice)
    life.go(How.WITHDRAWN)
    before = sorted(practice.folder.rglob("*"))
    mark(practice.vault, Mark("added", (life.of.folder, life.of.record), "0" * 64), at=NOON)
    assert sorted(practice.folder.rglob("*")) == before


def test_a_photo_that_waits_without_its_key_is_named_as_one_that_is_lost(practice: Practice) -> None:
    """Its source may be erased, as a record's; one that was settled has no key to lose."""
    two = Two.of(practice)
    practice, lost, done = two.practice, put(two.practice), put(two.practice, data=b"done")
    reject(practice.vault, done, two.founder)
    (practice.folder / lost.key.name).unlink()
    loss = put_back(practice.vault.station)
    assert [(one.reference, one.is_closed) for one in loss.missing] == [(lost.reference, True)]
    accepted(practice, loss)
