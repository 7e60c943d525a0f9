"""R24: what keeps one person from destroying a record, each by itself; what a withdrawal leaves, and who sees that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from imgfile.acts.check.gone_keys import clean_gone_keys
from imgfile.acts.disclosure.entry import Act, Statement, enter_viewed
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.life.person import Actor, admit_person
from imgfile.acts.life.withdraw import Stated, bars_against, destroy_early, finish, outcome_of, stop_use
from imgfile.acts.practice.administrator import admit_administrator
from imgfile.acts.practice.leaving import retire
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.proofs import RecordId
from imgfile.clinical.record.additions import HandOver
from imgfile.clinical.vocabulary import ConsentForm, Purpose, WithdrawalOutcome
from imgfile.errors import Damaged, RefusedByRule
from imgfile.vault import layout
from imgfile.vault.access import open_vault
from imgfile.vault.checks.findings import Finding, Kind
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.keys.pseudonyms import open_pseudonyms
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.early_end import Bar, bars, heads_now, is_followed
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.signers import Signer
from imgfile.vault.life.write import end
from imgfile.vault.records import manifest
from imgfile.vault.records.commit import Submission, commit
from imgfile.vault.records.manifest import Cause, Manifest, Origin
from imgfile.vault.records.refile import refile
from imgfile.vault.roster.model import Role
from imgfile.vault.thing_key import ThingKey
from imgfile.vault.times import format_time
from imgfile.vault.trail import chain
from kit.vault.exporting import export_one
from kit.vault.filings import MOLE, filed
from kit.vault.leaving import disclose
from kit.vault.lives import ALLOWED, HOLD, LIFTED, Life
from kit.vault.practice import (
    NOON,
    OTHER_PATIENT,
    Practice,
    as_format_1,
    as_format_2,
    clinician_of,
    enrol_second_station,
)

LATER = NOON + timedelta(hours=3)
BY_PHONE = Stated(giver=ConsentGiver.PATIENT, form=ConsentForm.VERBAL_TELEPHONE, reason="changed her mind")


def clinician(practice: Practice) -> Actor:
    """Return the founder, who is a clinician."""
    return admit_person(practice.vault, [clinician_of(practice)], frozenset({Role.CLINICIAN}), "destroy it")


def leave(record: Life, act: Act, purpose: Purpose = Purpose.DIAGNOSIS) -> None:
    """Let the photo be seen or leave, entered in the trail as always."""
    reader = Reader(record.practice.founder, record.keys)
    if act is Act.VIEWED:
        enter_viewed(record.practice.vault, [record.opened()], reader, at=NOON)
    else:
        disclose(record.practice.vault, record.opened(), reader, Statement(act, purpose, "seen", NOON))


def another_day(record: Life) -> None:
    """Let a trail come to the next day: whoever says that it is still today has a wrong clock."""
    vault = record.practice.vault
    with vault.station.locked():
        tomorrow = format_time(NOON + timedelta(days=1))
        chain.append(vault, [{"act": "remains", "record": "0" * 32, "at": tomorrow}])


def follow(record: Life) -> None:
    """File a later photo of the patient that follows this one."""
    of = record.of.record
    record.practice.file_decided(
        filed(MOLE), b"later", forge=lambda facts: replace(facts, decision=replace(facts.decision, follows=of))
    )


def safeguarded(record: Life, *acts: str) -> None:
    """Have a computer put the photo on a safeguarding hold, or lift that, as its trail says."""
    vault = record.practice.vault
    entry = {"at": format_time(NOON), "hold": "ab" * 16, "photo": record.of.same_mark}
    with vault.station.locked():
        chain.append(vault, [{"act": act, **entry} for act in acts])


BARS: list[tuple[Bar, Callable[[Life], object]]] = [
    (Bar.LOOKED_AT, lambda record: leave(record, Act.OFFERED)),
    (Bar.LOOKED_AT, lambda record: leave(record, Act.VIEWED)),
    (Bar.EXPORTED, lambda record: leave(record, Act.EXPORTED)),
    (Bar.HANDED_OVER, lambda record: record.add(HandOver(where="EMIS", on=date(2026, 11, 22)))),
    (Bar.HELD, lambda record: record.add(HOLD, Effect.HELD)),
    (Bar.SAFEGUARDED, lambda record: safeguarded(record, "held")),
    (Bar.ANOTHER_DAY, another_day),
    (Bar.FOLLOWED, follow),
]
"""Each thing that keeps a record from being destroyed, and what makes it so."""


@pytest.mark.parametrize(("bar", "make"), BARS, ids=[f"{n} {bar.name.lower()}" for n, (bar, _) in enumerate(BARS)])
def test_each_bar_by_itself_keeps_it(practice: Practice, bar: Bar, make: Callable[[Life], object]) -> None:
    """Nothing is destroyed, its use can be stopped, and the vault verifies."""
    record = Life.begin(practice)
    by, opened = clinician(practice), record.opened()
    assert bars_against(practice.vault, opened, by, at=LATER) == []
    make(record)
    assert bars_against(practice.vault, opened, by, at=LATER) == [bar]
    with pytest.raises(RefusedByRule, match="Nothing was destroyed") as refused:
        destroy_early(practice.vault, opened, BY_PHONE, by, at=LATER)
    assert refused.value.rule == "R24"
    assert record.opened().history.gone is None
    assert Effect.USE_STOPPED not in record.history.effects
    stop_use(practice.vault, record.of, BY_PHONE, by.person, at=LATER)
    assert record.history.is_use_stopped
    assert list(verify(practice.vault)) == []


def test_what_is_entered_after_the_tombstone_kept_nothing(practice: Practice) -> None:
    """A look that a station gone bad enters then, of a photo that nobody could look at any more."""
    record = Life.begin(practice)
    destroy_early(practice.vault, record.opened(), BY_PHONE, clinician(practice), at=LATER)
    with practice.vault.station.locked():
        chain.append(practice.vault, [{"act": "viewed", "record": record.of.record, "at": format_time(LATER)}])
    assert [*verify(practice.reopened())] == []


def test_another_day_by_the_own_clock_keeps_it(practice: Practice) -> None:
    """The last second of the day of filing still lets it be destroyed, the next one does not."""
    record = Life.begin(practice)
    midnight = datetime(2026, 11, 23, tzinfo=NOON.tzinfo)
    by, opened = clinician(practice), record.opened()
    assert bars_against(practice.vault, opened, by, at=midnight - timedelta(seconds=1)) == []
    assert bars_against(practice.vault, opened, by, at=midnight) == [Bar.ANOTHER_DAY]


def test_a_hold_that_was_lifted_keeps_nothing(practice: Practice) -> None:
    """And neither does what was seen of another photo."""
    record = Life.begin(practice)
    history = record.add(HOLD, Effect.HELD)
    record.add(LIFTED, Effect.RELEASED, ends=history.heads, key=record.founder)
    safeguarded(record, "held", "lifted")
    other = Life(practice, record.of)
    other.of = Life.begin(practice, {**MOLE, "body_site": "left knee"}).of
    leave(other, Act.EXPORTED)
    assert bars_against(practice.vault, record.opened(), clinician(practice), at=LATER) == []


def test_a_record_of_format_1_is_not_destroyed_alone(practice: Practice) -> None:
    """Its key opens other photos of the patient too."""
    old = as_format_1(practice)
    record = Life.begin(old)
    moved = as_format_2(old)
    record = Life(moved, record.of)
    assert Bar.SHARED_KEY in bars_against(moved.vault, record.opened(), clinician(moved), at=LATER)


def destroyed(practice: Practice) -> tuple[Life, Gone]:
    """File a photo and destroy it on a withdrawal."""
    record = Life.begin(practice)
    return record, destroy_early(practice.vault, record.opened(), BY_PHONE, clinician(practice), at=LATER)


def test_what_is_destroyed_opens_no_more_and_the_vault_verifies(practice: Practice) -> None:
    """A tombstone with all heads is left; its keys are not; every door says what became of it."""
    record = Life.begin(practice)
    opened = record.opened()
    gone = destroy_early(practice.vault, opened, BY_PHONE, clinician(practice), at=LATER)
    assert (gone.how, set(gone.heads)) == (How.WITHDRAWN, {practice.vault.here.station})
    history = record.history
    assert all(key is not None for key in [each.key for each in history.additions])
    names = [each.key.name for each in history.additions if each.key is not None]
    assert isinstance(record.of.key, ThingKey)
    assert not any(practice.vault.store.exists(name) for name in [record.of.key.name, *names])
    with pytest.raises(RefusedByRule, match="destroyed the same day"):
        record.opened()
    assert list(verify(practice.vault)) == []
    assert list(verify_openings(practice.vault, record.keys)) == []


def test_a_key_that_is_put_back_is_seen_and_removed_again(practice: Practice) -> None:
    """From a backup made before; the record stays closed all the same."""
    record = Life.begin(practice)
    assert isinstance(record.of.key, ThingKey)
    kept = practice.folder / record.of.key.name
    data = kept.read_bytes()
    destroy_early(practice.vault, record.opened(), BY_PHONE, clinician(practice), at=LATER)
    kept.write_bytes(data)
    assert [finding.kind for finding in verify(practice.vault)] == [Kind.REMAINS]
    with pytest.raises(RefusedByRule):
        record.opened()
    with practice.vault.station.locked():
        assert finish(practice.vault, record.history) == [record.of.key.name]
    assert list(verify(practice.vault)) == []


@pytest.mark.parametrize("is_destroyed", [False, True])
def test_a_withdrawal_is_not_undone_by_taking_its_note_away(practice: Practice, *, is_destroyed: bool) -> None:
    """As somebody does who restores the folder from before it: this computer and the trail miss it."""
    record = Life.begin(practice)
    if is_destroyed:
        destroy_early(practice.vault, record.opened(), BY_PHONE, clinician(practice), at=LATER)
        taken = layout.tombstone(record.of.folder, record.of.record)
    else:
        stop_use(practice.vault, record.of, BY_PHONE, None, at=LATER)
        taken = layout.addition_note(record.of.folder, record.of.record, record.history.additions[0].thing)
    (practice.folder / taken).unlink()
    with pytest.raises(Damaged, match="not there any more"):
        life.load(practice.vault, record.of)
    (practice.vault.station.folder / "records" / record.of.record).unlink()  # a computer that never saw it
    assert any(finding.kind is Kind.MISSING for finding in verify(practice.vault))


def forged(record: Life, at: datetime = LATER, heads: dict[str, tuple[int, str]] | None = None) -> list[Finding]:
    """Put a tombstone there as only somebody would who goes past the rule; return what `verify` finds of it."""
    vault, of, history = record.practice.vault, record.of, record.history
    with vault.station.locked():
        stated = Gone(
            folder=of.folder,
            record=of.record,
            manifest=of.digest,
            how=How.WITHDRAWN,
            knew=history.heads,
            at=at,
            heads=heads_now(vault) if heads is None else heads,
            signer=Signer(""),
        )
        end(vault, history, stated, record.founder)
        finish(vault, record.history)
    where = layout.tombstone(of.folder, of.record)
    found = [*verify(vault), *verify_openings(vault, record.keys)]
    return [finding for finding in found if finding.where == where]


@pytest.mark.parametrize("hides", [False, True], ids=["", "heads of before"])
@pytest.mark.parametrize(("bar", "make"), BARS, ids=[f"{n} {bar.name.lower()}" for n, (bar, _) in enumerate(BARS)])
def test_verify_finds_each_bar_that_was_passed_over(
    practice: Practice, bar: Bar, make: Callable[[Life], object], *, hides: bool
) -> None:
    """Whatever heads the tombstone names: what its own computer had written or seen by then counts."""
    record = Life.begin(practice)
    before = heads_now(practice.vault)
    make(record)
    (finding,) = forged(record, heads=before if hides else None)
    assert (finding.kind, bar.value in finding.message) == (Kind.DAMAGED, True)


def test_a_tombstone_that_names_no_heads_hides_nothing_either(practice: Practice) -> None:
    """Somebody had looked, at this very computer."""
    record = Life.begin(practice)
    BARS[0][1](record)
    (finding,) = forged(record, heads={})
    assert BARS[0][0].value in finding.message


def test_a_hold_that_was_lifted_by_then_bars_nothing(practice: Practice) -> None:
    """R21: nor does `verify` hold it against who destroyed the photo afterwards."""
    record, vault = Life.begin(practice), practice.vault
    hold = {"at": format_time(NOON), "hold": "a" * 32}
    with vault.station.locked():
        chain.append(vault, [{**hold, "act": "held", "photo": record.of.same_mark}])
        assert bars(vault, record.history, LATER) == [Bar.SAFEGUARDED]
        chain.append(vault, [{**hold, "act": "lifted"}])
    assert bars(vault, record.history, LATER) == []
    assert forged(record) == []


def test_a_hold_of_a_computer_that_was_closed_by_then_bars_nothing(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R21: nobody could lift it any more; by the very roster that closed it, and to `verify` too."""
    station = enrol_second_station(practice, tmp_path / "second")
    record = Life.begin(replace(practice, vault=practice.reopened()))
    with monkeypatch.context() as patch:
        patch.setenv("IMGFILE_STATE", str(tmp_path / "second"))
        second = open_vault(station)
        held = {"act": "held", "at": format_time(NOON), "hold": "a" * 32, "photo": record.of.same_mark}
        with second.station.locked():
            chain.append(second, [held])
    vault = practice.reopened()
    assert bars(vault, record.history, LATER) == [Bar.SAFEGUARDED]
    by, here = admit_administrator(vault, [clinician_of(practice)]), vault.roster.station(second.here.station)
    assert here is not None
    record.practice = replace(practice, vault=retire(vault, by, here, at=NOON))
    assert bars(record.practice.vault, record.history, LATER) == []
    assert forged(record) == []


def test_verify_finds_a_tombstone_of_another_day(practice: Practice) -> None:
    """By what it says of itself; one of the same day is sound."""
    assert forged(Life.begin(practice, {**MOLE, "body_site": "left knee"}), at=LATER) == []
    (finding,) = forged(Life.begin(practice), at=NOON + timedelta(days=1))
    assert Bar.ANOTHER_DAY.value in finding.message


@pytest.mark.parametrize("is_sound", [True, False])
def test_a_key_that_came_back_is_removed_only_where_the_rule_let_the_record_go(
    practice: Practice, *, is_sound: bool
) -> None:
    """Of one that was destroyed though somebody had looked, it may be the last way back."""
    record = Life.begin(practice)
    key = record.practice.folder / record.of.key.name if isinstance(record.of.key, ThingKey) else None
    assert key is not None
    kept = key.read_bytes()
    if not is_sound:
        leave(record, Act.OFFERED)
    assert (forged(record) == []) is is_sound
    key.write_bytes(kept)
    assert clean_gone_keys(practice.vault) == int(is_sound)
    assert key.exists() is not is_sound


@pytest.mark.parametrize(
    ("purpose", "outcome"),
    [
        (None, WithdrawalOutcome.RETAINED_AS_RECORD_OF_CARE),
        (Purpose.REFERRAL_ADVICE, WithdrawalOutcome.RETAINED_AS_RECORD_OF_CARE),
        (Purpose.TEACHING_INTERNAL, WithdrawalOutcome.SECONDARY_USE_STOPPED),
        (Purpose.PUBLICATION_NAMED, WithdrawalOutcome.PUBLISHED_CANNOT_RECALL),
    ],
)
def test_what_a_withdrawal_came_to_is_told_by_the_copies(
    practice: Practice, purpose: Purpose | None, outcome: WithdrawalOutcome
) -> None:
    """And it is sealed with who withdrew, and how."""
    record = Life.begin(practice)
    if purpose is not None:
        leave(record, Act.EXPORTED, purpose)
    assert outcome_of(practice.vault, record.of) is outcome
    assert stop_use(practice.vault, record.of, BY_PHONE, None, at=LATER) is outcome
    assert [each.content.said for each in record.opened().added] == [BY_PHONE.with_outcome(outcome)]


def test_copies_that_left_under_another_number_count_too(practice: Practice) -> None:
    """Whatever it was moved to since; also where the record before is damaged."""
    record = Life.begin(practice)
    leave(record, Act.EXPORTED, Purpose.PUBLICATION_NAMED)
    moved = moved_on(record)
    assert outcome_of(practice.vault, moved) is WithdrawalOutcome.PUBLISHED_CANNOT_RECALL
    (practice.folder / layout.manifest(record.of.folder, record.of.record)).unlink()
    assert outcome_of(practice.reopened(), moved) is WithdrawalOutcome.PUBLISHED_CANNOT_RECALL


def test_no_copy_leaves_of_what_was_withdrawn_until_it_is_allowed_anew(practice: Practice) -> None:
    """R24 at export, whatever the purpose; a clinician's addition that names the withdrawal ends it."""
    record = Life.begin(practice)
    reader = Reader(practice.founder, record.keys)
    stop_use(practice.vault, record.of, BY_PHONE, None, at=LATER)
    for purpose in Purpose:
        with pytest.raises(RefusedByRule, match="was withdrawn") as refused:
            export_one(practice.vault, record.opened(), reader, Statement(Act.EXPORTED, purpose, "care", LATER))
        assert refused.value.rule == "R24"
    ends = tuple(each.digest for each in record.history.standing(Effect.USE_STOPPED))
    record.add(ALLOWED, Effect.USE_ALLOWED, ends=ends, key=record.founder)
    assert export_one(
        practice.vault, record.opened(), reader, Statement(Act.EXPORTED, Purpose.DIAGNOSIS, "care", LATER)
    )


def moved_on(record: Life) -> Manifest:
    """File the photo for another patient, on the day that is given; return the new record's manifest."""
    vault, opened = record.practice.vault, record.opened().filed
    pseudonyms, photo = open_pseudonyms(vault), refile(vault, opened, record.keys)
    folder = pseudonyms.folder(OTHER_PATIENT)
    submission = Submission(
        folder=folder,
        record=RecordId(layout.new_id()),
        stripped=photo,
        facts=b"{}",
        photo_mark=pseudonyms.photo(folder, photo.original_digest),
        same_mark=pseudonyms.same(photo.original_digest),
        birth_guard="7f",
        filed_at=LATER,
        origin=Origin(Cause.MOVED, record.of.record, opened.manifest.first_filed_at),
    )
    done = commit(vault, submission)
    return manifest.load(vault, folder, done.record)


INHERITED = [each for each in BARS if each[0] is not Bar.ANOTHER_DAY]


@pytest.mark.parametrize(
    ("bar", "make"), INHERITED, ids=[f"{n} {bar.name.lower()}" for n, (bar, _) in enumerate(INHERITED)]
)
def test_what_was_moved_inherits_each_bar_and_the_day(
    practice: Practice, bar: Bar, make: Callable[[Life], object]
) -> None:
    """It counts from its first filing, and with all that was done to it where it was before."""
    record = Life.begin(practice)
    make(record)
    moved = moved_on(record)
    found = set(bars(practice.vault, life.load(practice.vault, moved), LATER))
    found |= {Bar.FOLLOWED} if is_followed(practice.vault, moved, record.keys) else set()
    assert found == {bar}
    tomorrow = bars(practice.vault, life.load(practice.vault, moved), LATER + timedelta(days=1))
    assert Bar.ANOTHER_DAY in tomorrow


def test_nothing_is_finished_of_a_record_that_is_there(practice: Practice) -> None:
    """Its key stays."""
    record = Life.begin(practice)
    with practice.vault.station.locked():
        assert finish(practice.vault, record.history) == []
    assert record.opened().history.gone is None
