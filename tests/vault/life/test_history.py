"""What holds of a record: by which notes there are and what each knew, never by a clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imgfile.clinical.proofs import Digest
from imgfile.errors import Damaged, RefusedByRule
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.life import addition, gone
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import AdditionKind, Effect
from imgfile.vault.life.gone import How
from imgfile.vault.roster.model import Role
from kit.vault.destroying import LATER
from kit.vault.lives import ALLOWED, HOLD, LIFTED, NOTE, WITHDRAWN, Life, amended_site, as_intimate
from kit.vault.people import enrol_person
from kit.vault.practice import Practice


def test_what_is_added_is_there_in_order_and_the_vault_verifies(practice: Practice) -> None:
    """A note by the computer and an amendment by a clinician; the record opens as it is now."""
    record = Life.begin(practice)
    record.add(NOTE)
    history = record.add(amended_site("right shoulder"), key=record.founder)
    assert [each.kind for each in history.additions] == [AdditionKind.CLINICAL_NOTE, AdditionKind.AMENDMENT]
    assert [each.signer.is_station for each in history.additions] == [True, False]
    assert history.additions[1].knew == (history.additions[0].digest,)
    opened = record.opened()
    assert (opened.filed.facts.decision.body_site, opened.facts.decision.body_site) == (
        "left shoulder",
        "right shoulder",
    )
    assert [each.content.said for each in opened.added] == [NOTE, amended_site("right shoulder")]
    assert list(verify(practice.vault)) == []


def test_who_lifts_a_hold_ends_no_withdrawal_with_it(practice: Practice) -> None:
    """Whatever a note names: what ends an effect is what loosens that one."""
    record = Life.begin(practice)
    record.add(HOLD, Effect.HELD)
    both = tuple(each.digest for each in record.add(WITHDRAWN, Effect.USE_STOPPED).additions)
    assert record.add(LIFTED, Effect.RELEASED, ends=both, key=record.founder).effects == {Effect.USE_STOPPED}


@pytest.mark.parametrize(
    ("tightens", "said", "loosens", "lifted"),
    [
        (Effect.USE_STOPPED, WITHDRAWN, Effect.USE_ALLOWED, ALLOWED),
        (Effect.HELD, HOLD, Effect.RELEASED, LIFTED),
        (Effect.INTIMATE, as_intimate(), Effect.ORDINARY, amended_site("left knee")),
    ],
)
def test_what_tightens_holds_until_a_person_who_knew_of_it_ends_it(
    practice: Practice, tightens: Effect, said: object, loosens: Effect, lifted: object
) -> None:
    """Of two at once the stricter counts: what was added meanwhile is not ended with what was known."""
    record = Life.begin(practice)
    history = record.add(said, tightens)  # type: ignore[arg-type]
    assert history.effects == {tightens}
    before = history
    ends = tuple(each.digest for each in history.standing(tightens))
    record.add(said, tightens)  # type: ignore[arg-type] # a second one, which the first's end does not know of
    history = record.add(lifted, loosens, ends=ends, key=record.founder, to=before)  # type: ignore[arg-type]
    assert history.effects == {tightens}
    assert len(history.heads) == 2
    left = tuple(each.digest for each in history.standing(tightens))
    history = record.add(lifted, loosens, ends=left, key=record.founder)  # type: ignore[arg-type]
    assert history.effects == set()
    assert len(history.heads) == 1


def test_an_addition_that_another_one_names_must_be_there(practice: Practice) -> None:
    """Whoever takes one away leaves a record that nobody uses, and that `verify` names."""
    record = Life.begin(practice)
    first = record.add(WITHDRAWN, Effect.USE_STOPPED).additions[0]
    record.add(NOTE)
    taken = practice.folder / layout.addition_note(record.of.folder, record.of.record, first.thing)
    taken.unlink()
    with pytest.raises(Damaged, match="not there any more"):
        life.load(practice.vault, record.of)
    (practice.vault.station.folder / "records" / record.of.record).unlink()  # a computer that never saw it
    history = life.load(practice.vault, record.of)
    assert history.missing == {first.digest}
    with pytest.raises(Damaged, match="is not there"):
        record.opened()
    with pytest.raises(Damaged, match="is not there"):
        record.add(NOTE)
    assert life.load(practice.vault, record.of).additions == history.additions
    kinds = {finding.kind for finding in verify(practice.vault)}
    assert Kind.MISSING in kinds


def test_what_an_end_or_a_tombstone_alone_names_must_be_there_too(practice: Practice) -> None:
    """Whoever lifts a hold, or moves the record, knew of what is away by now: nobody can know what held."""
    lifted, moved = Life.begin(practice), Life.begin(practice)
    ended = Digest("0" * 64)
    assert lifted.add(LIFTED, Effect.RELEASED, ends=(ended,), key=lifted.founder).missing == {ended}
    only = moved.add(HOLD, Effect.HELD).additions[0]
    moved.move_away()
    (practice.folder / layout.addition_note(moved.of.folder, moved.of.record, only.thing)).unlink()
    (practice.vault.station.folder / "records" / moved.of.record).unlink()  # a computer that never saw it
    assert life.load(practice.vault, moved.of).missing == {only.digest}


def test_what_this_computer_saw_last_cannot_be_taken_away_unseen(practice: Practice) -> None:
    """The newest addition is named by no other note: the station's own memory, and the trail, miss it."""
    record = Life.begin(practice)
    only = record.add(WITHDRAWN, Effect.USE_STOPPED).additions[0]
    for name in (
        layout.addition_note(record.of.folder, record.of.record, only.thing),
        layout.addition_object(record.of.folder, record.of.record, only.thing),
    ):
        (practice.folder / name).unlink()
    with pytest.raises(Damaged, match="not there any more"):
        record.opened()
    (practice.vault.station.folder / "records" / record.of.record).unlink()
    assert life.load(practice.vault, record.of).additions == ()
    assert [finding.kind for finding in verify(practice.vault) if finding.kind.is_damage] == [Kind.MISSING]


def test_a_record_that_is_gone_says_where_it_went(practice: Practice) -> None:
    """Nothing opens it, nothing is added to it."""
    record = Life.begin(practice)
    record.move_away()
    with pytest.raises(RefusedByRule, match="was filed for the wrong patient: it is"):
        record.opened()
    with pytest.raises(RefusedByRule):
        record.add(NOTE)


def test_a_second_tombstone_is_not_written(practice: Practice) -> None:
    """Whoever comes second gets the first one's."""
    record = Life.begin(practice)
    assert record.move_away().digest == record.move_away().digest


def test_a_wrong_birth_date_is_replaced_by_its_newest_mark(practice: Practice) -> None:
    """Two that were amended at once both stand."""
    record = Life.begin(practice)
    before = record.history
    assert before.birth_guards == {record.of.birth_guard}
    record.add(amended_site("left knee"), key=record.founder, birth_guard="aa", to=before)
    history = record.add(amended_site("left knee"), key=record.founder, birth_guard="bb", to=before)
    assert history.birth_guards == {"aa", "bb"}
    history = record.add(amended_site("left knee"), key=record.founder, birth_guard="cc")
    assert history.birth_guards == {"cc"}


def test_who_is_no_clinician_moves_no_record_away(practice: Practice) -> None:
    """Whoever else of the practice signs that it moved, or was withdrawn, says what they may not."""
    practice, manager = enrol_person(practice, "Ms M. Manager", "", Role.PRIVACY_LEAD)
    moved = Life.begin(practice)
    with pytest.raises(Damaged, match="signed by somebody who may not say that"):
        moved.move_away(manager.key)
    withdrawn = Life.begin(practice)
    stone = withdrawn.go(How.WITHDRAWN)
    (practice.folder / stone.note).write_bytes(gone.sign(practice.vault, stone, manager.key).encode())
    with pytest.raises(Damaged, match="signed by somebody who may not say that"):
        gone.load(practice.vault, withdrawn.of.folder, withdrawn.of.record)


def test_a_tombstone_of_another_manifest_ends_nothing(practice: Practice) -> None:
    """A clinician signed it, of what a record of this name was elsewhere."""
    record = Life.begin(practice)
    stone = replace(record.move_away(), manifest=Digest("0" * 64))
    (practice.folder / stone.note).write_bytes(gone.sign(practice.vault, stone, record.founder).encode())
    with pytest.raises(Damaged) as caught:
        _ = record.history
    assert caught.value.message.endswith(f"{stone.note} is of another manifest.")


def test_a_note_that_was_signed_anew_is_not_the_one_that_was_seen(practice: Practice) -> None:
    """It holds by itself, and says something else: this computer goes by what it saw."""
    record = Life.begin(practice)
    (stated,) = record.add(NOTE).additions
    another = addition.sign(practice.vault, replace(stated, at=LATER), practice.vault.station.signing_key)
    (practice.folder / stated.note).write_bytes(another.encode())
    with pytest.raises(Damaged, match="not there any more"):
        _ = record.history
