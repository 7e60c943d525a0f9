"""Destroying takes two persons, nothing that holds the record, and ends with keys that are gone (R18)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from imgfile.acts.check.gone_keys import clean_gone_keys
from imgfile.acts.disclosure.entry import Act, Statement, enter_exported
from imgfile.acts.life import destroy, hold
from imgfile.acts.life.certificate import certificate
from imgfile.acts.life.destroy import Pending
from imgfile.acts.life.withdraw import Stated, destroy_early
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.proofs import Digest
from imgfile.clinical.vocabulary import ConsentForm, Purpose
from imgfile.errors import Damaged, Error, RefusedByRule, UsageError
from imgfile.vault import layout
from imgfile.vault.checks.findings import Kind
from imgfile.vault.checks.verify import verify
from imgfile.vault.life import history as life
from imgfile.vault.life import proposals, write
from imgfile.vault.life.addition import AdditionKind, Effect
from imgfile.vault.life.gone import How
from imgfile.vault.records import manifest
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Role
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.trail import chain
from kit.vault.destroying import LATER, Two, actor, forge_proposal, forge_tombstone, held_records, text_of
from kit.vault.filings import MOLE, RASH, filed
from kit.vault.harm import flipped
from kit.vault.lives import GP, HOLD, NOTE, Life, come_first, with_senior
from kit.vault.people import close_person, enrol_person
from kit.vault.practice import NOON, Practice, administrator_of, as_format_2, of_format_1

WITHDRAWAL = Stated(giver=ConsentGiver.PATIENT, form=ConsentForm.VERBAL_TELEPHONE, reason="changed her mind")


def kinds(two: Two) -> set[Kind]:
    """Return what verify finds."""
    return {finding.kind for finding in verify(two.vault)}


def test_two_persons_destroy_a_record_and_all_that_was_added_to_it(practice: Practice) -> None:
    """The tombstone says who; every key of it is gone, every other key is there; verify accepts it."""
    two = Two.of(practice)
    record, other = Life.begin(two.practice), Life.begin(two.practice, RASH)
    added = record.add(NOTE).additions[0]
    pending = two.propose(record.of)
    assert (pending.is_done, kinds(two)) == (False, set())
    done = destroy.approve(two.vault, pending, two.second, at=LATER)
    (history,) = done.records
    assert history.gone is not None
    assert (history.gone.how, history.gone.signer.name) == (How.DESTROYED, two.senior.holder)
    assert history.gone.proposals == tuple(sorted(each.name for each in done.signed))
    assert added.key is not None
    assert isinstance(record.of.key, ThingKey)
    assert not any(map(two.vault.store.exists, (record.of.key.name, added.key.name)))
    assert isinstance(other.of.key, ThingKey)
    assert two.vault.store.exists(other.of.key.name)
    assert kinds(two) == set()
    assert [each.is_done for each in destroy.waiting(two.vault)] == [True]
    with pytest.raises(RefusedByRule, match="two persons destroyed it"):
        record.opened()


def test_several_records_of_a_patient_go_together(practice: Practice) -> None:
    """One text, one second signature, a tombstone each."""
    two = Two.of(practice)
    first = Life.begin(two.practice).of
    done = two.practice.file_decided(filed(MOLE), b"\xff\xd8 another photo \xff\xd9" * 9)
    second = manifest.load(two.vault, done.patient, done.record)
    assert len(two.destroy(first, second).records) == 2
    assert kinds(two) == set()
    other = Life.begin(two.practice, RASH).of
    with pytest.raises(UsageError, match="one patient"):
        two.propose(Life.begin(two.practice).of, other)


@pytest.mark.parametrize("how", [How.MOVED, How.WITHDRAWN])
def test_what_is_gone_otherwise_is_not_said_to_be_destroyed(practice: Practice, how: How) -> None:
    """The proposal is void: it waits for nobody, and nobody approves it."""
    two = Two.of(practice)
    record = Life.begin(two.practice)
    two.propose(record.of)
    record.go(how)
    (pending,) = destroy.waiting(two.vault)
    assert (pending.is_done, pending.is_waiting, pending.otherwise) == (False, False, 1)
    with pytest.raises(RefusedByRule):
        destroy.approve(two.vault, pending, two.second, at=LATER)


def test_who_agreed_is_who_signed_what_the_tombstone_names(practice: Practice) -> None:
    """Another proposal of the record is void, and whoever asks for the certificate again signs nothing by that."""
    two = Two.of(practice)
    of = Life.begin(two.practice).of
    pending, another = two.propose(of), two.propose(of)
    agreed = destroy.approve(two.vault, pending, two.second, at=LATER).signed
    assert [each.signer.name for each in agreed] == [two.founder.holder, two.senior.holder]
    states = {each.reference: (each.is_done, each.is_waiting) for each in destroy.waiting(two.vault)}
    assert states == {pending.reference: (True, False), another.reference: (False, False)}
    third = Two(*enrol_person(two.practice, "W. Witness", "", Role.WITNESS))
    for by in (third.second, two.founder, two.second):
        with pytest.raises(RefusedByRule, match=f"{another.reference} is void.*two persons destroyed it"):
            destroy.approve(third.vault, another, by, at=LATER)
        assert destroy.approve(third.vault, pending, by, at=LATER).signed == agreed
    assert len(list(proposals.names(third.vault))) == 3
    assert kinds(third) == set()


def test_the_certificate_says_which_copies_left_before(practice: Practice) -> None:
    """When and what for, since no destruction reaches them; and of a trail that does not hold, that nobody can know."""
    two = Two.of(practice)
    of, other = Life.begin(two.practice).of, Life.begin(two.practice, RASH).of
    stated = Statement(Act.EXPORTED, Purpose.REFERRAL_ADVICE, "2WW", NOON)
    with two.vault.station.locked():
        enter_exported(two.vault, [of], two.founder.holder, stated)
    text = certificate(two.vault, two.destroy(of))
    assert f"  {of.reference}, 22 Nov 2026 {NOON:%H:%M} UTC, for referral or advice\n" in text
    done = two.destroy(other)
    assert "Copies that left before: none, as the audit trails have it.\n" in certificate(two.vault, done)
    note = practice.folder / layout.trail(two.vault.here.station, 1)
    note.write_bytes(flipped(note.read_bytes()))
    assert "Copies that left before: not known" in certificate(two.reopened().vault, done)


def test_nobody_destroys_alone(practice: Practice) -> None:
    """Neither by signing twice, nor in the same role, nor with an identity that came later."""
    two = Two.of(practice)
    of = Life.begin(two.practice).of
    pending = two.propose(of)
    with pytest.raises(RefusedByRule, match="another person approves"):
        destroy.approve(two.vault, pending, two.founder, at=LATER)
    late = Two(*enrol_person(two.practice, "Dr L. Later", "GMC 7444444", Role.SENIOR_CLINICIAN))
    with pytest.raises(RefusedByRule, match="let in after it was proposed"):
        destroy.approve(late.vault, pending, late.second, at=LATER)
    clerk = Two(*enrol_person(late.practice, "P. Privacy", "", Role.PRIVACY_LEAD))
    again = clerk.propose(of)
    with pytest.raises(RefusedByRule, match="one of the two is a privacy lead or an administrator") as refused:
        destroy.approve(clerk.vault, again, clerk.second, at=LATER)
    assert "Who may approve it is a senior clinician or a witness:  imgfile people list" in str(refused.value.hint)
    assert life.load(clerk.vault, of).gone is None
    assert destroy.approve(clerk.vault, again, actor(clerk.practice, two.senior.key), at=LATER).records[0].gone


def test_r21_a_photo_on_a_safeguarding_hold_is_not_destroyed_by_two_either(practice: Practice) -> None:
    """At whichever computer it is on hold, before it is proposed and between the two signatures, until it is lifted."""
    two = Two.of(practice)
    of = Life.begin(two.practice).of
    pending = two.propose(of)
    entry = {"at": "2026-11-22T12:00:00Z", "hold": "ab" * 16, "photo": of.same_mark}
    with two.vault.station.locked():
        chain.append(two.vault, [{"act": "held", **entry}])
    for act in (lambda: destroy.approve(two.vault, pending, two.second, at=LATER), lambda: two.propose(of)):
        with pytest.raises(RefusedByRule, match="safeguarding hold") as refused:
            act()
        assert refused.value.rule == "R21"
    with two.vault.station.locked():
        chain.append(two.vault, [{"act": "lifted", **entry}])
    assert destroy.approve(two.vault, pending, two.second, at=LATER).records[0].gone


def test_a_legal_hold_keeps_a_record_whenever_it_comes(practice: Practice) -> None:
    """Before it is proposed, and between the two signatures; lifted by a person, it can be destroyed."""
    two = Two.of(practice)
    of = Life.begin(two.practice).of
    pending = two.propose(of)
    history = hold.hold(two.vault, of, "claim of 2026", GP, at=NOON)
    assert held_records(two.vault) == {of.record}
    with pytest.raises(RefusedByRule, match="legal hold"):
        destroy.approve(two.vault, pending, two.second, at=LATER)
    with pytest.raises(RefusedByRule, match="legal hold"):
        two.propose(of)
    assert kinds(two) == set()
    assert not hold.lift(two.vault, history, "claim settled", two.founder, at=NOON).is_held
    with pytest.raises(UsageError, match="under no legal hold"):
        hold.lift(two.vault, life.load(two.vault, of), "again", two.founder, at=NOON)
    destroy.approve(two.vault, pending, two.second, at=LATER)
    assert (held_records(two.vault), kinds(two)) == (set(), set())


def crossing(of: Life) -> tuple[Path, bytes]:
    """Have somebody at another computer put a record under a legal hold; return the note, which is not here yet."""
    hold.hold(of.practice.vault, of.of, "claim of 2026", GP, at=NOON)
    (held,) = of.history.standing(Effect.HELD)
    note = of.practice.folder / held.note
    data = note.read_bytes()
    note.unlink()
    (of.practice.vault.station.folder / "records" / of.of.record).unlink()  # this computer never saw it
    return note, data


def _destroy(two: Two, of: Life, pending: Pending, *, is_early: bool) -> None:
    """Destroy a record: by one person on the same day, or by two."""
    if is_early:
        destroy_early(two.vault, of.opened(), WITHDRAWAL, two.founder, at=NOON)
    else:
        destroy.approve(two.vault, pending, two.second, at=LATER)


@pytest.mark.parametrize("is_early", [True, False])
def test_a_legal_hold_that_comes_as_a_record_is_destroyed_keeps_its_keys_until_it_is_lifted(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, *, is_early: bool
) -> None:
    """By two persons, or by one on the same day: neither knew of the other, and whoever destroys looks again."""
    two = Two.of(practice)
    of = Life.begin(two.practice)
    pending = two.propose(of.of)
    note, data = crossing(of)
    act = "imgfile.acts.life.withdraw.end" if is_early else "imgfile.vault.life.write.end"
    with monkeypatch.context() as patch:
        real = write.end

        def crossed(*given: Any) -> object:  # noqa: ANN401 - of what is ended
            note.write_bytes(data)
            return real(*given)

        patch.setattr(act, crossed)
        with pytest.raises(RefusedByRule, match="under a legal hold in this very moment: its keys stay"):
            _destroy(two, of, pending, is_early=is_early)
    assert isinstance(of.of.key, ThingKey)
    assert (of.history.is_crossed, of.history.is_over, held_records(two.vault)) == (True, False, {of.of.record})
    assert clean_gone_keys(two.vault) == 0
    assert two.vault.store.exists(of.of.key.name)
    assert kinds(two) == {Kind.REMAINS}
    if not is_early:
        with pytest.raises(RefusedByRule, match="under a legal hold: it is not destroyed"):
            destroy.approve(two.vault, pending, two.second, at=LATER)
    hold.lift(two.vault, of.history, "claim settled", two.founder, at=NOON)
    if is_early:
        clean_gone_keys(two.vault)
    else:
        destroy.approve(two.vault, pending, two.second, at=LATER)
    assert not two.vault.store.exists(of.of.key.name)
    assert (held_records(two.vault), kinds(two)) == (set(), set())


def test_a_legal_hold_that_comes_too_late_is_damage_until_it_is_lifted(practice: Practice) -> None:
    """From a computer that did not see the tombstone yet: whoever needs the record is told."""
    two = Two.of(practice)
    of = Life.begin(two.practice)
    pending = two.propose(of.of)
    note, data = crossing(of)
    destroy.approve(two.vault, pending, two.second, at=LATER)
    note.write_bytes(data)
    assert Kind.DAMAGED in kinds(two)
    hold.lift(two.vault, of.history, "the claimant was told", two.founder, at=NOON)
    assert Kind.DAMAGED not in kinds(two)


def test_whoever_adds_to_a_record_as_it_goes_is_told_and_leaves_no_key(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was said stands beside it; the key of its words goes with the others."""
    of = Life.begin(with_senior(practice))
    come_first(of, How.WITHDRAWN, "imgfile.vault.life.write.publish_entered", monkeypatch)
    with pytest.raises(RefusedByRule, match="was in this very moment") as refused:
        of.add(NOTE)
    assert refused.value.rule == "R24"
    assert [each.kind for each in of.history.additions] == [AdditionKind.CLINICAL_NOTE]
    assert clean_gone_keys(of.practice.vault) > 0
    assert not any(found.kind is Kind.REMAINS for found in verify(of.practice.vault))


def test_two_who_sign_past_a_legal_hold_destroy_nothing(practice: Practice) -> None:
    """R18: whoever cleans up leaves the keys; the hold is listed still, and verify names the tombstone."""
    two = Two.of(practice)
    of = Life.begin(two.practice).of
    pending = two.propose(of)
    hold.hold(two.vault, of, "claim of 2026", GP, at=NOON)
    body = text_of(two.vault, of)
    both = (forge_proposal(two.vault, body, two.founder.key), forge_proposal(two.vault, body, two.second.key))
    stone = forge_tombstone(two.vault, of, both, two.founder.key)
    history = life.load(two.vault, of)
    assert (history.is_against_hold, history.is_over, history.is_destroyed) == (True, False, False)
    assert isinstance(of.key, ThingKey)
    assert clean_gone_keys(two.vault) == 0
    assert two.vault.store.exists(of.key.name)
    assert held_records(two.vault) == {of.record}
    assert {(each.kind, each.where) for each in verify(two.vault) if each.kind.is_damage} == {(Kind.DAMAGED, stone)}
    with pytest.raises(RefusedByRule, match="two persons destroyed it"):
        destroy.approve(two.vault, pending, two.second, at=LATER)
    two.vault.store.burn(of.key.name)
    assert {Kind.DAMAGED, Kind.MISSING} <= kinds(two)


def _forged_second(two: Two, of: Manifest) -> None:
    body = text_of(two.vault, of)
    first = forge_proposal(two.vault, body, two.founder.key)
    practice, clinician = enrol_person(two.practice, "Dr C. Clinician", "GMC 7555555", Role.CLINICIAN)
    second = forge_proposal(two.vault, text_of(practice.vault, of), clinician.key)
    forge_tombstone(two.vault, of, (first, second), two.founder.key)


def _one_person_twice(two: Two, of: Manifest) -> None:
    body = text_of(two.vault, of)
    both = tuple(forge_proposal(two.vault, body, two.founder.key) for _ in range(2))
    forge_tombstone(two.vault, of, both, two.founder.key)


def _of_another_record(two: Two, of: Manifest) -> None:
    other = Life.begin(two.practice, RASH).of
    body = text_of(two.vault, other)
    both = (forge_proposal(two.vault, body, two.founder.key), forge_proposal(two.vault, body, two.senior.key))
    forge_tombstone(two.vault, of, both, two.founder.key)


def _of_another_manifest(two: Two, of: Manifest) -> None:
    """Of what a record of this name was elsewhere."""
    body = text_of(two.vault, replace(of, digest=Digest("0" * 64)))
    both = (forge_proposal(two.vault, body, two.founder.key), forge_proposal(two.vault, body, two.senior.key))
    forge_tombstone(two.vault, of, both, two.founder.key)


def _two_texts(two: Two, of: Manifest) -> None:
    both = tuple(forge_proposal(two.vault, text_of(two.vault, of), key) for key in (two.founder.key, two.senior.key))
    forge_tombstone(two.vault, of, both, two.founder.key)


def _by_a_third(two: Two, of: Manifest) -> None:
    practice, third = enrol_person(two.practice, "Dr W. Witness", "GMC 7666666", Role.WITNESS)
    body = text_of(practice.vault, of)
    both = (forge_proposal(practice.vault, body, two.founder.key), forge_proposal(practice.vault, body, two.senior.key))
    forge_tombstone(practice.vault, of, both, third.key)


def _not_there(two: Two, of: Manifest) -> None:
    first = forge_proposal(two.vault, text_of(two.vault, of), two.founder.key)
    forge_tombstone(two.vault, of, (first, layout.new_id()), two.founder.key)


def _of_before_a_removal(two: Two, of: Manifest) -> None:
    """Whoever was removed signs, with somebody who was not, by the roster in which both were there."""
    body = text_of(two.vault, of)
    close_person(two.practice, two.senior)
    both = (forge_proposal(two.vault, body, two.founder.key), forge_proposal(two.vault, body, two.senior.key))
    forge_tombstone(two.vault, of, both, two.founder.key)


@pytest.mark.parametrize(
    "forge",
    [
        _forged_second,
        _one_person_twice,
        _of_another_record,
        _of_another_manifest,
        _two_texts,
        _by_a_third,
        _not_there,
        _of_before_a_removal,
    ],
)
def test_a_tombstone_without_two_who_agreed_counts_nowhere(
    practice: Practice, forge: Callable[[Two, Manifest], None]
) -> None:
    """It is damage to verify; nothing is opened, added or destroyed on its word; and missing keys are missing."""
    two = Two.of(practice)
    record = Life.begin(two.practice)
    of, key = record.of, record.of.key
    forge(two, of)
    two = two.reopened()
    assert Kind.DAMAGED in kinds(two)
    with pytest.raises(Damaged):
        life.load(two.vault, of)
    assert isinstance(key, ThingKey)
    two.vault.store.burn(key.name)
    assert {Kind.DAMAGED, Kind.MISSING} <= kinds(two)


def test_whoever_was_removed_meanwhile_proposed_nothing_that_counts(practice: Practice) -> None:
    """The other one cannot approve it; what both signed before the removal still holds after it."""
    two = Two.of(practice)
    of, other = Life.begin(two.practice).of, Life.begin(two.practice, RASH).of
    made = destroy.propose(two.vault, [of], "because", two.second, at=NOON)
    two.destroy(other)
    close_person(two.practice, two.senior)
    two = two.reopened()
    with pytest.raises(RefusedByRule, match="not in the practice any more"):
        destroy.approve(two.vault, destroy.find(destroy.waiting(two.vault), made.reference), two.founder, at=LATER)
    assert life.load(two.vault, other).gone is not None
    assert kinds(two) == set()


def test_what_was_proposed_can_be_approved_only_as_it_was_signed(practice: Practice) -> None:
    """A signature copied under another name is one person's still; a text that says more is not signed."""
    two = Two.of(practice)
    of = Life.begin(two.practice).of
    body = text_of(two.vault, of)
    forge_proposal(two.vault, body, two.founder.key)
    forge_proposal(two.vault, body, two.founder.key)
    (pending,) = destroy.waiting(two.vault)
    with pytest.raises(RefusedByRule, match="another person"):
        destroy.approve(two.vault, pending, two.founder, at=LATER)
    forge_proposal(two.vault, {**text_of(two.vault, of), "also": "more"}, two.founder.key)
    newest: list[Pending] = [each for each in destroy.waiting(two.vault) if len(each.signed) == 1]
    with pytest.raises(Error, match="newer imgfile"):
        destroy.approve(two.vault, newest[0], two.second, at=LATER)


@of_format_1
def test_a_key_of_format_1_goes_with_the_last_record_sealed_to_it(practice: Practice) -> None:
    """Before that it stays, and that is said: other photos of the patient open with it."""
    done = [practice.file_decided(filed(MOLE), bytes([each]) * 99) for each in (1, 2)]
    two = Two.of(as_format_2(practice))
    first, second = (manifest.load(two.vault, each.patient, each.record) for each in done)
    assert not isinstance(first.key, ThingKey)
    assert first.key == second.key
    key = layout.patient_identity(first.folder, first.key)
    assert two.destroy(first).kept == (first,)
    assert (two.vault.store.exists(key), kinds(two)) == (True, set())
    assert two.destroy(second).kept == ()
    assert (two.vault.store.exists(key), kinds(two)) == (False, set())


@of_format_1
def test_a_key_of_format_1_stays_as_long_as_a_hold_keeps_what_it_opens(practice: Practice) -> None:
    """The other photo that is sealed to it has moved, under a legal hold: its old keys stay, and this is one."""
    done = [practice.file_decided(filed(MOLE), bytes([each]) * 99) for each in (1, 2)]
    two = Two.of(as_format_2(practice))
    first, moved = (manifest.load(two.vault, each.patient, each.record) for each in done)
    held = Life(two.practice, moved)
    held.add(HOLD, Effect.HELD)
    held.move_away()
    assert two.destroy(first).kept == (first,)
    assert not isinstance(first.key, ThingKey)
    assert two.vault.store.exists(layout.patient_identity(first.folder, first.key))


def test_a_computer_forgets_the_answers_of_what_is_gone(practice: Practice) -> None:
    """Whoever destroys it, at once; another computer when it sees the tombstone; other photos' lines stay."""
    two = Two.of(practice)
    gone, other = Life.begin(two.practice).of, Life.begin(two.practice, RASH).of
    station = two.vault.station
    lines = [b"... " + each.record.encode() for each in (gone, other)]
    with station.locked():
        station.add_filed(lines)
    two.destroy(gone)
    assert station.filed_lines() == lines[1:]
    with station.locked():
        station.add_filed(lines[:1])
        shutil.rmtree(station.folder / "records")
        life.load(two.vault, gone)  # it is seen while somebody files
        assert len(station.filed_lines()) == 2
    shutil.rmtree(station.folder / "records")
    life.load(two.vault, gone)
    assert station.filed_lines() == lines[1:]


def test_the_founder_may_come_second(practice: Practice) -> None:
    """Whoever proposes first, the other approves."""
    two = Two.of(practice)
    of = Life.begin(two.practice).of
    made = destroy.propose(two.vault, [of], "because", two.second, at=NOON)
    pending = destroy.find(destroy.waiting(two.vault), made.reference[:4])
    done = destroy.approve(two.vault, pending, two.founder, at=LATER)
    assert done.records[0].gone is not None
    assert done.records[0].gone.signer.name == administrator_of(practice).name
    assert kinds(two) == set()


def test_a_proposal_is_not_done_where_nobody_can_know(practice: Practice) -> None:
    """Whoever may write to the share puts something in a record's place: it is not called destroyed, and it is not."""
    two = Two.of(practice)
    of = Life.begin(two.practice).of
    two.propose(of)
    (practice.folder / layout.tombstone(of.folder, of.record)).write_bytes(b"gone")
    (pending,) = destroy.waiting(two.vault)
    assert (pending.is_done, pending.is_waiting) == (False, True)
    with pytest.raises(Damaged) as caught:
        destroy.approve(two.vault, pending, two.second, at=LATER)
    assert caught.value.record == of.reference
    assert layout.tombstone(of.folder, of.record) in caught.value.message
    assert isinstance(of.key, ThingKey)
    assert two.vault.store.exists(of.key.name)


def test_what_is_typed_names_one_proposal_of_a_record_as_it_is(practice: Practice) -> None:
    """Else nothing is approved."""
    two = Two.of(practice)
    of = Life.begin(two.practice).of
    with pytest.raises(UsageError, match="no proposal is called that"):
        destroy.find(destroy.waiting(two.vault), "7f3k")
    forge_proposal(two.vault, text_of(two.vault, replace(of, digest=Digest("0" * 64))), two.founder.key)
    (pending,) = destroy.waiting(two.vault)
    with pytest.raises(Damaged, match="is not the record that was proposed"):
        destroy.approve(two.vault, pending, two.second, at=LATER)


def test_of_two_who_end_a_record_at_once_the_first_counts(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was withdrawn between the look and the tombstone: it is not said that two destroyed it."""
    two = Two.of(practice)
    life_of = Life.begin(two.practice)
    pending = two.propose(life_of.of)
    come_first(life_of, How.WITHDRAWN, "imgfile.vault.life.write.end", monkeypatch)
    with pytest.raises(Damaged, match="is gone otherwise: somebody was quicker"):
        destroy.approve(two.vault, pending, two.second, at=LATER)
    assert life_of.history.gone is not None
    assert life_of.history.gone.how is How.WITHDRAWN
