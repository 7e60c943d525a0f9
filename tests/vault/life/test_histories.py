"""Any history of a vault, by three people at two computers: what is said of a record is what a plain model says of it.

The steps are drawn by hypothesis: photos filed, noted on, amended, marked, held, withdrawn, handed over, looked at,
moved, filed under another number, proposed for destruction and destroyed, put into the inbox, accepted and rejected,
what a hold kept of a moved one ended; photos left alone on a safeguarding hold; somebody removed midway. Whoever adds
may know what was there a while ago alone. After every step both computers read what it touched; at the end `verify`
accepts the vault at both, whatever stands opens, and of what was destroyed, withdrawn, moved away or rejected nothing
opens with any key that is left, the recovery key's and that of whoever was removed among them. CI runs a few
histories in memory; 2,000 of them, and 50 on a disk:

    python -m pytest -n 0 -m long tests/vault/life/test_histories.py
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from imgfile.acts.disclosure.entry import Act, Statement
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.inbox import accept as accepting
from imgfile.acts.inbox import decide as deciding
from imgfile.acts.inbox import list as inbox
from imgfile.acts.inbox import settle
from imgfile.acts.inbox.look import look as look_at_item
from imgfile.acts.ingest import set_aside
from imgfile.acts.life import destroy, hold, leading
from imgfile.acts.life import move as moving
from imgfile.acts.life import rekey as rekeying
from imgfile.acts.life.withdraw import Stated, bars_against, destroy_early, stop_use
from imgfile.acts.lift import expect_held, lift
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.proofs import Digest, Photo
from imgfile.clinical.record.additions import HandOver, Said
from imgfile.clinical.vocabulary import ConsentForm, Purpose
from imgfile.errors import Damaged, Error, RefusedByRule, UsageError
from imgfile.record_state.set_aside import PhotosSetAside
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.verify import verify, verify_openings
from imgfile.vault.life.addition import LOOSENED_BY, AdditionKind, Effect
from imgfile.vault.life.contents import open_old_answers
from imgfile.vault.life.early_end import Bar
from imgfile.vault.life.gone import How
from imgfile.vault.life.history import load as load_history
from imgfile.vault.life.open import open_record
from imgfile.vault.life.standing import find_here
from imgfile.vault.life.write import NewAddition, add
from imgfile.vault.records import manifest
from imgfile.vault.records.find import of_id
from imgfile.vault.records.open import open_photo
from imgfile.vault.records.open_item import open_item, open_item_photo
from kit.vault.any_history import A_CLINICIAN, ANSWERS, COMPUTERS, MOST, PATIENTS, PICKS, AnyHistory
from kit.vault.filings import filed, flags
from kit.vault.history_steps import Agreeing
from kit.vault.inbox import put, reject
from kit.vault.ingest_runs import local
from kit.vault.leaving import disclose
from kit.vault.life_model import (
    EVERYBODY,
    FOUNDER,
    MANAGER,
    MAY_LIFT,
    MAY_PROPOSE,
    SENIOR,
    Known,
    Proposed,
    Record,
    Waiting,
)
from kit.vault.lives import ALLOWED, GP, HOLD, LIFTED, NOTE, WITHDRAWN, amended_site, as_intimate
from kit.vault.many_hands import LATER, a_world
from kit.vault.practice import Practice
from kit.vault.remaining import identities, opens

pytestmark = pytest.mark.slow

TIGHTENS: dict[Effect, Said] = {
    Effect.HELD: HOLD,
    Effect.USE_STOPPED: WITHDRAWN,
    Effect.INTIMATE: as_intimate(),
}
LOOSENS: dict[Effect, Said] = {
    Effect.HELD: LIFTED,
    Effect.USE_STOPPED: ALLOWED,
    Effect.INTIMATE: amended_site("left knee"),
}
RENUMBERED = {"left": "renumbered", "renumbered": "left"}
BY_PHONE = Stated(giver=ConsentGiver.PATIENT, form=ConsentForm.VERBAL_TELEPHONE, reason="changed her mind")
SITES = st.sampled_from(("left knee", "right knee", "left hip"))
EFFECTS = st.sampled_from(sorted(LOOSENED_BY))
WHO = st.sampled_from((SENIOR, FOUNDER, MANAGER))


class Histories(Agreeing, AnyHistory):
    """The steps of a practice; of what is agreed to, and of what is taken away, `history_steps` has more."""

    # --- filing, adding ---------------------------------------------------------------------------------------

    @precondition(lambda self: self.photos < MOST)
    @rule(at=COMPUTERS, patient=PATIENTS)
    def files(self, at: int, patient: str) -> None:
        """File another photo."""
        data = self._data()
        with self.world.practice(at) as practice:
            done = practice.file_decided(filed(ANSWERS[patient]), data)
            of = manifest.load(practice.vault, done.patient, done.record)
        self.model.records.append(Record(of, patient, data, ANSWERS[patient]["body_site"]))
        self.touched.add(self.model.records[-1])

    @rule(at=COMPUTERS, pick=PICKS)
    def look(self, at: int, pick: int) -> None:
        """Read a record at a computer, which will add to what it saw."""
        record = self._record(pick)
        with self.world.at(at) as vault:
            record.stale = Known(load_history(vault, record.of), frozenset(record.known))

    @rule(at=COMPUTERS, pick=PICKS, is_stale=st.booleans())
    def note(self, at: int, pick: int, *, is_stale: bool) -> None:
        """Add words, as anybody may."""
        self._add(at, self._record(pick), NOTE, is_stale=is_stale)

    @rule(at=COMPUTERS, pick=PICKS, site=SITES, by=A_CLINICIAN, is_stale=st.booleans())
    def amend(self, at: int, pick: int, site: str, by: str, *, is_stale: bool) -> None:
        """Correct the site, as a clinician."""
        record = self._record(pick)
        digest = self._add(at, record, amended_site(site), by=by, is_stale=is_stale)
        if digest is not None:
            record.sites[digest] = site

    @rule(at=COMPUTERS, pick=PICKS, effect=EFFECTS, is_stale=st.booleans())
    def tighten(self, at: int, pick: int, effect: Effect, *, is_stale: bool) -> None:
        """Tighten, as any computer may."""
        record = self._record(pick)
        digest = self._add(at, record, TIGHTENS[effect], effect, is_stale=is_stale)
        if digest is not None:
            record.standing[effect].add(digest)
            record.withdrawals |= {digest} if effect is Effect.USE_STOPPED else set()

    @rule(at=COMPUTERS, pick=PICKS, effect=EFFECTS, by=A_CLINICIAN, is_stale=st.booleans())
    def loosen(self, at: int, pick: int, effect: Effect, by: str, *, is_stale: bool) -> None:
        """End what was known, and nothing else."""
        record = self._record(pick)
        with self.world.at(at) as vault:
            history, _ = self._known(vault, record, is_stale=is_stale)
        ended = tuple(each.digest for each in history.standing(effect))
        if not ended:
            return
        digest = self._add(at, record, LOOSENS[effect], LOOSENED_BY[effect], ends=ended, by=by, is_stale=is_stale)
        if digest is not None:
            record.standing[effect] -= set(ended)
            if effect is Effect.INTIMATE:
                record.sites[digest] = "left knee"

    @rule(at=COMPUTERS, pick=PICKS)
    def hand_over(self, at: int, pick: int) -> None:
        """Say that it is in the practice's own system."""
        record = self._record(pick)
        record.is_handed_over |= self._add(at, record, HandOver(where="EMIS", on=date(2026, 11, 22))) is not None

    @rule(at=COMPUTERS, pick=PICKS, who=A_CLINICIAN)
    def is_shown(self, at: int, pick: int, who: str) -> None:
        """Open a page that shows it."""
        record = self._record(pick)
        with self.world.at(at) as vault:
            if not self._may(vault, who):
                return
            by = self.world.actor(vault, who)
            if record.gone is not None:
                with pytest.raises(RefusedByRule):
                    open_record(vault, record.of, by.practice)
                return
            before = self.world.objects().keys()
            stated = Statement(Act.OFFERED, Purpose.DIAGNOSIS, "before the clinic", LATER)
            disclose(vault, open_record(vault, record.of, by.practice), Reader(by.holder, by.practice), stated)
            new = self.world.objects().keys() - before
        record.was_looked_at = True
        record.reasons |= {name for name in new if f"/{layout.REASONS}/" in name and name.startswith(layout.PATIENTS)}

    # --- ending -----------------------------------------------------------------------------------------------

    @rule(at=COMPUTERS, pick=PICKS, by=A_CLINICIAN, to=PATIENTS)
    def move(self, at: int, pick: int, by: str, to: str) -> None:
        """Move it to a patient, by fresh answers that somebody gives unattended."""
        record = self._record(pick)
        with self.world.at(at) as vault:
            if not self._may(vault, by):
                return
            if not self._may_move(record, to):
                with pytest.raises(Error) as refused:
                    self._moved(vault, record, by, to)
                assert not isinstance(refused.value, Damaged)
                return
            done = self._moved(vault, record, by, to)
            assert done.tombstone.to is not None
            new = manifest.load(vault, *done.tombstone.to)
            along = load_history(vault, new).additions
        assert done.is_kept is record.is_held
        assert [each.effects for each in along] == [{Effect.HELD}] * len(record.standing[Effect.HELD])
        record.gone, record.is_kept = How.MOVED, record.is_held
        record.to = Record(new, to, record.data, ANSWERS[to]["body_site"], came_from=record)
        record.to.known = dict.fromkeys((each.digest for each in along), frozenset())
        record.to.standing[Effect.HELD] = {each.digest for each in along}
        self.model.records.append(record.to)
        self.touched.add(record.to)

    def _may_move(self, record: Record, to: str) -> bool:
        there = [
            one for one in self.model.records if (one.data, one.patient) == (record.data, to) and one is not record
        ]
        is_open = record.gone is None and record.patient != to
        is_free = all(one.gone is How.MOVED for one in there)
        return is_open and is_free and not record.effects & {Effect.USE_STOPPED, Effect.INTIMATE}

    def _moved(self, vault: Vault, record: Record, by: str, to: str) -> leading.Moved:
        actor = self.world.actor(vault, by)
        opened = open_record(vault, record.of, actor.practice)
        base = moving.base_facts(vault, actor.person, at=LATER, allow_test=True)
        where = moving.settle(vault, opened, flags(ANSWERS[to]), base, None)
        return moving.move(vault, leading.Order(opened, "two charts open", actor, LATER), where)

    @rule(at=COMPUTERS, number=st.sampled_from(sorted(RENUMBERED)), by=A_CLINICIAN)
    def rekey(self, at: int, number: str, by: str) -> None:
        """Change a patient's number, or change it back: all that is filed under it goes along, and what was added."""
        going = [each for each in self.model.records if (each.patient, each.gone) == (number, None)]
        self.touched.update(going)
        with self.world.at(at) as vault:
            if not self._may(vault, by):
                return
            if not going:  # nothing ever was, or nothing is any more
                with suppress(UsageError):
                    assert self._rekeyed(vault, number, by) == []
                return
            if any(self._may_not_be_rekeyed(each) for each in going):
                with pytest.raises(Error) as refused:
                    self._rekeyed(vault, number, by)
                assert not isinstance(refused.value, Damaged)
                return
            done = {of.record: each for of, each in self._rekeyed(vault, number, by)}
            assert done.keys() == {each.of.record for each in going}
            for each in going:
                self._note_rekeyed(vault, each, done[each.of.record])

    def _may_not_be_rekeyed(self, record: Record) -> bool:
        """Return whether it is intimate now, for how they agreed to that nobody says, or is another one's photo too.

        Under the new number it would be twice then; or there again, where consent to it was withdrawn.
        """
        there = [one for one in self.model.records
                 if (one.data, one.patient) == (record.data, RENUMBERED[record.patient])]  # fmt: skip
        is_twice = any(one.gone in {None, How.WITHDRAWN} for one in there)
        return Effect.INTIMATE in record.effects or is_twice

    def _rekeyed(self, vault: Vault, number: str, by: str) -> list[tuple[manifest.Manifest, leading.Moved]]:
        actor, answers = self.world.actor(vault, by), ANSWERS[RENUMBERED[number]]
        old = rekeying.find_old(vault, ANSWERS[number]["patient"])
        given = flags({name: answers[name] for name in ("patient", "dob")})
        to = rekeying.identify(vault, old, given, allow_test=True, ask=None)
        rows = tuple(rekeying.judge(vault, old, to, actor, ask=None))
        return list(rekeying.rekey(vault, rekeying.Plan(old, to, rows), "traced", actor, at=LATER))

    def _note_rekeyed(self, vault: Vault, record: Record, done: leading.Moved) -> None:
        assert done.is_kept is record.is_held
        assert done.tombstone.to is not None
        new = manifest.load(vault, *done.tombstone.to)
        site = open_record(vault, new, self.world.keys(vault)).facts.decision.body_site
        assert site in record.may_be_sites
        record.gone, record.is_kept = How.MOVED, record.is_held
        record.to = Record(new, RENUMBERED[record.patient], record.data, site, came_from=record)
        history = load_history(vault, new)
        before = [each.kind for each in load_history(vault, record.of).additions]
        carried = sorted(kind for kind in before if kind is not AdditionKind.AMENDMENT)  # its facts hold those
        assert sorted(each.kind for each in history.additions) == carried
        for each in history.additions:
            known = {other.digest for other in history.additions if history.knew_of(each, other)}
            record.to.known[each.digest] = frozenset(known)
        record.to.standing = {effect: {each.digest for each in history.standing(effect)} for effect in LOOSENED_BY}
        record.to.forms = {each.digest for each in history.of_kind(AdditionKind.CONSENT_DOCUMENT)}
        record.to.withdrawals = {each.digest for each in history.of_kind(AdditionKind.USE_STOPPED)}
        assert record.to.effects == record.effects
        assert len(record.to.agreed) == len(record.agreed)
        self.model.records.append(record.to)
        self.touched.add(record.to)

    @rule(at=COMPUTERS, pick=PICKS, by=A_CLINICIAN)
    def lift_what_keeps(self, at: int, pick: int, by: str) -> None:
        """Lift the hold that keeps what a moved record was."""
        kept = [each for each in self.model.records if each.is_kept]
        if not kept:
            return
        record = kept[pick % len(kept)]
        self.touched.add(record)
        with self.world.at(at) as vault:
            if not self._may(vault, by):
                return
            history, actor = load_history(vault, record.of), self.world.actor(vault, by)
            if not record.is_held:
                with pytest.raises(Error, match="under no legal hold"):
                    hold.lift(vault, history, "claim settled", actor, at=LATER)
                return
            after = hold.lift(vault, history, "claim settled", actor, at=LATER)
        (digest,) = {each.digest for each in after.additions} - record.known.keys()
        record.known[digest] = frozenset(record.known)
        record.standing[Effect.HELD] = set()

    @rule(at=COMPUTERS, pick=PICKS)
    def withdraw(self, at: int, pick: int) -> None:
        """Stop its use, as any computer may."""
        record = self._record(pick)
        with self.world.at(at) as vault:
            if record.gone is not None:
                with pytest.raises(RefusedByRule):
                    stop_use(vault, record.of, BY_PHONE, GP, at=LATER)
                return
            before = frozenset(record.known)
            assert stop_use(vault, record.of, BY_PHONE, GP, at=LATER) is record.outcome
            self._note_stop(vault, record, before)

    @staticmethod
    def _note_stop(vault: Vault, record: Record, before: frozenset[Digest]) -> None:
        (digest,) = {each.digest for each in load_history(vault, record.of).additions} - before
        record.known[digest] = before
        record.standing[Effect.USE_STOPPED].add(digest)
        record.withdrawals.add(digest)

    @rule(at=COMPUTERS, pick=PICKS, by=A_CLINICIAN)
    def destroy_alone(self, at: int, pick: int, by: str) -> None:
        """Destroy it on a withdrawal, as one person may on the day of its filing."""
        record = self._record(pick)
        with self.world.at(at) as vault:
            if record.gone is not None or not self._may(vault, by):
                return
            actor = self.world.actor(vault, by)
            opened = open_record(vault, record.of, actor.practice)
            wanted = record.bars | ({Bar.SAFEGUARDED} if self.model.is_on_hold(record.data) else set())
            assert set(bars_against(vault, opened, actor, at=LATER)) == wanted
            if wanted:
                with pytest.raises(RefusedByRule, match="Nothing was destroyed"):
                    destroy_early(vault, opened, BY_PHONE, actor, at=LATER)
                return
            before = frozenset(record.known)
            destroy_early(vault, opened, BY_PHONE, actor, at=LATER)
            self._note_stop(vault, record, before)
        record.gone = How.WITHDRAWN

    @rule(at=COMPUTERS, pick=PICKS, by=WHO, second=st.sampled_from(("", SENIOR, FOUNDER, MANAGER)))
    def propose(self, at: int, pick: int, by: str, second: str) -> None:
        """Propose to destroy it, as the first of two; sometimes another one approves at once, at the other computer."""
        record = self._record(pick)
        with self.world.at(at) as vault:
            if not self._may(vault, by, MAY_PROPOSE):
                return
            actor = self.world.actor(vault, by)
            if not record.may_go or self.model.is_on_hold(record.data):
                with pytest.raises(RefusedByRule):
                    destroy.propose(vault, [record.of], "kept by mistake", actor, at=LATER)
                return
            made = destroy.propose(vault, [record.of], "kept by mistake", actor, at=LATER)
        self.model.proposals.append(Proposed(made.reference, record, {by}))
        if second:
            self._approve(1 - at, self.model.proposals[-1], second)

    @precondition(lambda self: self.model.proposals)
    @rule(at=COMPUTERS, pick=PICKS, by=WHO)
    def approve(self, at: int, pick: int, by: str) -> None:
        """Approve what was proposed, as the second of two."""
        self._approve(at, self.model.proposals[-1 - pick % len(self.model.proposals)], by)

    def _approve(self, at: int, proposed: Proposed, by: str) -> None:
        self.touched.add(proposed.record)
        with self.world.at(at) as vault:
            if not self._may(vault, by, MAY_PROPOSE):
                return
            pending, actor = destroy.find(destroy.waiting(vault), proposed.reference), self.world.actor(vault, by)
            if not self.model.may_approve(proposed, by):
                with pytest.raises(RefusedByRule):
                    destroy.approve(vault, pending, actor, at=LATER)
                return
            destroy.approve(vault, pending, actor, at=LATER)
        proposed.signed |= set() if proposed.record.is_done else {by}
        proposed.has_destroyed |= not proposed.record.is_done
        proposed.record.is_ended, proposed.record.is_kept = proposed.record.is_ended or proposed.record.is_kept, False
        proposed.record.gone = proposed.record.gone or How.DESTROYED

    # --- the inbox --------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.model.items) < MOST)
    @rule(at=COMPUTERS, pick=PICKS, is_known=st.booleans())
    def put_into_the_inbox(self, at: int, pick: int, *, is_known: bool) -> None:
        """Put a photo of the first patient there; sometimes one that is filed already, of whomever."""
        data = self._record(pick).data if is_known else self._data()
        with self.world.practice(at) as practice:
            self.model.items.append(Waiting(put(practice, data=data), data))

    @precondition(lambda self: self.model.items)
    @rule(at=COMPUTERS, pick=PICKS, by=A_CLINICIAN)
    def look_into_the_inbox(self, at: int, pick: int, by: str) -> None:
        """Open a page that shows what waits."""
        waiting = self.model.items[pick % len(self.model.items)]
        with self.world.at(at) as vault:
            if waiting.settled or not self._may(vault, by):
                return
            actor = self.world.actor(vault, by)
            if self.model.is_on_hold(waiting.data):  # nothing is done with it (R21)
                with pytest.raises(RefusedByRule):
                    look_at_item(self.world.run(vault), open_item(vault, waiting.of, actor.practice), actor)
                return
            look_at_item(self.world.run(vault), open_item(vault, waiting.of, actor.practice), actor)
        waiting.was_looked_at = True

    @precondition(lambda self: self.model.items)
    @rule(at=COMPUTERS, pick=PICKS, by=A_CLINICIAN)
    def accept(self, at: int, pick: int, by: str) -> None:
        """File what waits, by the answers that it has."""
        waiting = self.model.items[pick % len(self.model.items)]
        known = self.model.filed(waiting.data, "left")
        is_anywhere = any(one.data == waiting.data for one in self.model.records)
        with self.world.at(at) as vault:
            if not self._may(vault, by):
                return
            is_held = self.model.is_on_hold(waiting.data)  # it waits on as it is (R21)
            if waiting.settled or is_held or (is_anywhere and known is None):
                with pytest.raises(Error):
                    self._accepted(vault, waiting, by)
                return
            of = self._accepted(vault, waiting, by)
        waiting.settled = "accepted"
        if known is None:
            site = ANSWERS["left"]["body_site"]
            record = Record(of, "left", waiting.data, site, was_looked_at=waiting.was_looked_at)
            self.model.records.append(record)
            self.touched.add(record)
        else:  # who looked at the item has seen the record
            assert of.record == known.of.record
            known.was_looked_at |= waiting.was_looked_at

    def _accepted(self, vault: Vault, waiting: Waiting, by: str) -> manifest.Manifest:
        actor = self.world.actor(vault, by)
        settle.expect_waiting(vault, waiting.of)
        run = self.world.run(vault)
        choice = deciding.decide(run, open_item(vault, waiting.of, actor.practice), {}, actor.person, None)
        return of_id(vault, accepting.accept(run, choice, actor))

    @precondition(lambda self: self.model.items)
    @rule(at=COMPUTERS, pick=PICKS, by=A_CLINICIAN)
    def reject(self, at: int, pick: int, by: str) -> None:
        """Let what waits go unfiled."""
        waiting = self.model.items[pick % len(self.model.items)]
        with self.world.at(at) as vault:
            if not self._may(vault, by):
                return
            if waiting.settled or self.model.is_on_hold(waiting.data):
                with pytest.raises(Error):
                    reject(vault, waiting.of, self.world.actor(vault, by), at=LATER)
                return
            reject(vault, waiting.of, self.world.actor(vault, by), at=LATER)
        waiting.settled = "rejected"

    # --- who belongs, and what is left alone ------------------------------------------------------------------

    @precondition(lambda self: self.photos > 1 and len(self.model.roles) == len(EVERYBODY))
    @rule(at=COMPUTERS, who=st.sampled_from((MANAGER, SENIOR)))
    def remove(self, at: int, who: str) -> None:
        """Remove somebody: what is filed from then on does not open with what they hold."""
        self.world.remove(at, who)
        del self.model.roles[who]

    @rule(at=COMPUTERS, pick=PICKS)
    def leave_alone(self, at: int, pick: int) -> None:
        """Put a photo on a safeguarding hold, as any computer may."""
        data = self._record(pick).data
        with self.world.at(at) as vault:
            set_aside.hold(self.world.run(vault), local(self.aside), Photo(data).digest)
        self.model.on_hold[at].add(data)

    @rule(at=COMPUTERS, by=WHO)
    def lift(self, at: int, by: str) -> None:
        """Lift a safeguarding hold, as a named person."""
        with self.world.at(at) as vault:
            if not self.model.on_hold[at] or not self._may(vault, by, MAY_LIFT):
                return
            data = min(self.model.on_hold[at])
            found = PhotosSetAside(vault.station).find(Photo(data).digest)
            assert found is not None
            lift(vault, expect_held(vault, found.mark), [self.world.people[by][0]], "police have it", at=LATER)
        self.model.on_hold[at].discard(data)

    # --- what is said -----------------------------------------------------------------------------------------

    @rule(at=COMPUTERS, pick=PICKS)
    def opens(self, at: int, pick: int) -> None:
        """Open a record as it is now, as `show` does."""
        with self.world.at(at) as vault:
            self._opens(vault, self._record(pick))

    def _opens(self, vault: Vault, record: Record) -> None:
        keys = self.world.keys(vault)
        if record.gone is not None:
            with pytest.raises(RefusedByRule):
                open_record(vault, record.of, keys)
            with pytest.raises(RefusedByRule):
                find_here(vault, record.of.reference)
            return
        opened = open_record(vault, record.of, keys)
        assert len(opened.added) == len(record.known)
        assert opened.facts.decision.body_site in record.may_be_sites
        assert (opened.facts.decision.intimate_site is not None) is bool(record.standing[Effect.INTIMATE])
        self._expect_agreed(vault, record, opened)
        assert open_photo(vault, opened.filed, keys) == record.data
        assert find_here(vault, record.of.reference) == record.of

    @invariant()
    def both_computers_say_what_the_model_says(self) -> None:
        """Compare what was touched, whoever wrote it, in whatever order they saw it."""
        self._compare(self.touched)
        self.touched = set()

    def _compare(self, records: set[Record]) -> None:
        for computer in (0, 1) if records else ():
            with self.world.at(computer) as vault:
                for record in records:
                    history = load_history(vault, record.of)
                    assert history.effects == record.effects
                    assert (history.is_held, not history.missing) == (record.is_held, True)
                    assert {each.digest for each in history.additions} == record.known.keys()
                    assert (history.gone.how if history.gone else None) == record.gone
                    assert (history.is_kept, history.ended is not None) == (record.is_kept, record.is_ended)
                    if record.to is not None:
                        assert history.gone is not None
                        assert history.gone.to == (record.to.of.folder, record.to.of.record)

    @invariant()
    def nothing_is_edited_in_place(self) -> None:
        """See that whatever lay there lies there as it was."""
        if self.world.store is None:
            return  # on a disk, once at the end
        self._see_what_lies_there()

    def _see_what_lies_there(self) -> None:
        objects = self.world.objects()
        assert self.ever.items() <= objects.items()
        self.ever |= {name: data for name, data in objects.items() if not name.startswith(layout.KEYS)}
        self.ever_keys |= {name: data for name, data in objects.items() if name.startswith(layout.KEYS)}

    def teardown(self) -> None:
        """See that nothing is a finding at either computer, that what stands opens, and that nothing else does."""
        self._see_what_lies_there()
        self._compare(set(self.model.records))
        for computer in (0, 1):
            with self.world.at(computer) as vault:
                assert list(verify(vault)) == []
                on_hold = {one.data for one in self.model.records
                           if PhotosSetAside(vault.station).on_hold(Photo(one.data).digest)}  # fmt: skip
                assert on_hold == self.model.on_hold[computer]
        with self.world.at(0) as vault:
            assert list(verify_openings(vault, self.world.keys(vault))) == []
            for record in self.model.records:
                self._opens(vault, record)
            waiting = {one.of.item for one in self.model.items if not one.settled}
            assert {getattr(each, "item", None) for each in inbox.waiting(vault)} == waiting
            self._opens_with_keys_that_are_left(vault)

    def _opens_with_keys_that_are_left(self, vault: Vault) -> None:
        objects = self.world.objects()
        everybody = [*(identity for identity, _ in self.world.people.values()), *self.world.start.recovery]
        left = identities(objects, everybody)
        closed = set[str]()
        for record in self.model.records:
            if not record.opens:
                closed |= self._sealed(objects, record) | record.reasons
            if record.to is not None:
                gone = load_history(vault, record.of).gone
                assert gone is not None
                assert open_old_answers(vault, gone, self.world.keys(vault))
        for waiting in self.model.items:
            here = layout.item(waiting.of.item)
            if waiting.settled:
                closed |= {f"{here}/{name}" for name in waiting.of.objects}
            else:
                opened = open_item(vault, waiting.of, self.world.keys(vault))
                assert open_item_photo(vault, opened, self.world.keys(vault)) == waiting.data
        sealed = {name for name in objects if name.startswith((layout.PATIENTS, layout.INBOX)) and name[-4:] == ".age"}
        assert opens(objects, sealed, left) == sealed - closed

    @staticmethod
    def _sealed(objects: dict[str, bytes], record: Record) -> set[str]:
        here = layout.record(record.of.folder, record.of.record)
        things = {layout.IMAGE, layout.FACTS}
        for name in objects:
            folder, _, last = name.rpartition("/")
            if folder == here and last.endswith(".note") and layout.is_key_note(last):
                things.add(f"{last.removesuffix('.note')}.age")
        return {f"{here}/{name}" for name in things}


@contextmanager
def _histories(practice: Practice, tmp_path: Path, *, is_in_memory: bool) -> Iterator[None]:
    (tmp_path / "aside.jpg").write_bytes(b"a photo that is left alone")
    with a_world(practice, tmp_path, is_in_memory=is_in_memory) as world:
        Histories.world, Histories.aside = world, tmp_path / "aside.jpg"
        yield


FEW = 20


@pytest.mark.parametrize(
    ("histories", "is_in_memory"),
    [
        pytest.param(12, True, id="a few"),
        pytest.param(2_000, True, id="many", marks=pytest.mark.long),
        pytest.param(50, False, id="on a disk", marks=pytest.mark.long),
    ],
)
def test_what_is_said_of_a_record_is_true_after_any_history(
    practice: Practice, tmp_path: Path, histories: int, *, is_in_memory: bool
) -> None:
    """Over everything that can become of a record, by whoever, at whatever they knew."""
    with _histories(practice, tmp_path, is_in_memory=is_in_memory):
        run_state_machine_as_test(
            Histories,
            settings=settings(
                max_examples=histories,
                stateful_step_count=24,
                derandomize=histories < FEW,  # the same few in each run; new ones are drawn where there are many
                deadline=None,
                phases=[Phase.generate],  # what fails is printed whole: to shrink it takes minutes
                suppress_health_check=list(HealthCheck),
            ),
        )


def test_a_computer_may_not_loosen_in_any_of_these(practice: Practice, tmp_path: Path) -> None:
    """Nor may somebody without a role for it."""
    with a_world(practice, tmp_path) as world:
        for effect, loosens in LOOSENED_BY.items():
            for who in ("", MANAGER):
                if (who, effect) == (MANAGER, Effect.HELD):
                    continue  # a privacy lead lifts a hold
                world.anew()
                new = NewAddition(
                    said=LOOSENS[effect],
                    by=GP,
                    at=LATER,
                    effects=frozenset({loosens}),
                    ends=(world.first.digest,),
                )
                with world.at(0) as vault:
                    history = load_history(vault, world.first)
                    key = world.people[who][1] if who else None
                    with vault.station.locked(), pytest.raises((Damaged, RefusedByRule)):
                        add(vault, history, new, key)
