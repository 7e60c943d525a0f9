"""Steps of any history: forms that allow teaching, copies that leave, roles that change, one photo of two patients.

And older copies of a record that are put back for a while: whoever looks then is told, whatever they saw before.
"""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from imgfile.acts.disclosure.agreed import agreed_purposes
from imgfile.acts.disclosure.entry import Act, Statement
from imgfile.acts.disclosure.open import Reader
from imgfile.acts.life.agree import Again, Agreement, agree
from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.vocabulary import ConsentForm, Purpose
from imgfile.errors import Damaged, RefusedByRule, UsageError
from imgfile.vault import layout
from imgfile.vault.access import Vault
from imgfile.vault.checks.verify import verify
from imgfile.vault.life.addition import AdditionKind, Effect
from imgfile.vault.life.history import History
from imgfile.vault.life.history import load as load_history
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.life.write import NewAddition, add
from imgfile.vault.records import manifest
from imgfile.vault.roster.model import Role
from kit.vault.any_history import A_CLINICIAN, ANSWERS, COMPUTERS, MOST, PATIENTS, PICKS, AnyHistory
from kit.vault.filings import filed
from kit.vault.leaving import disclose
from kit.vault.life_model import MANAGER, SENIOR, Record
from kit.vault.lives import GP, NOTE, signed_form
from kit.vault.many_hands import LATER

AGAIN = Again(ConsentGiver.PATIENT, ConsentForm.VERBAL_TELEPHONE)
COPIES = st.sampled_from((Purpose.REFERRAL_ADVICE, Purpose.TEACHING_INTERNAL, Purpose.PUBLICATION_NAMED))
ROLES = st.sampled_from(
    [
        (SENIOR, frozenset({Role.SENIOR_CLINICIAN, Role.CLINICIAN})),
        (SENIOR, frozenset({Role.SENIOR_CLINICIAN})),
        (SENIOR, frozenset({Role.CLINICIAN})),
        (MANAGER, frozenset({Role.PRIVACY_LEAD})),
        (MANAGER, frozenset({Role.RECEPTION})),
        (MANAGER, frozenset({Role.WITNESS})),
    ]
)


class Agreeing(AnyHistory):
    """What is agreed to, who may act, and what is taken away."""

    # --- forms, and copies --------------------------------------------------------------------------------------

    @rule(at=COMPUTERS, pick=PICKS, by=A_CLINICIAN, is_stale=st.booleans())
    def signs(self, at: int, pick: int, by: str, *, is_stale: bool) -> None:
        """Add a form that allows teaching, perhaps without knowing of a withdrawal."""
        record = self._record(pick)
        digest = self._add(at, record, signed_form(), by=by, is_stale=is_stale)
        if digest is not None:
            record.forms.add(digest)

    @rule(at=COMPUTERS, pick=PICKS, by=A_CLINICIAN, has_form=st.booleans(), again=st.booleans())
    def agrees(self, at: int, pick: int, by: str, *, has_form: bool, again: bool) -> None:
        """Agree as `consent add` does: to teaching by a form, to the photo's use again, or to both."""
        record = self._record(pick)
        new = Agreement(signed_form() if has_form else None, AGAIN if again else None)
        with self.world.at(at) as vault:
            if record.gone is not None or not (has_form or again) or not self._may(vault, by):
                return
            actor = self.world.actor(vault, by)
            opened = open_record(vault, record.of, actor.practice)
            is_stopped = Effect.USE_STOPPED in record.effects
            if is_stopped and not again:
                with pytest.raises(RefusedByRule, match="was withdrawn"):
                    agree(vault, opened, new, actor, at=LATER)
                return
            if again and not is_stopped:  # of an adult nothing is due for review
                with pytest.raises(UsageError, match="is not stopped"):
                    agree(vault, opened, new, actor, at=LATER)
                return
            after = agree(vault, opened, new, actor, at=LATER)
        for each in after.additions:
            if each.digest not in record.known:
                record.known[each.digest] = frozenset(record.known)
                record.forms |= {each.digest} if each.kind is AdditionKind.CONSENT_DOCUMENT else set()
        record.standing[Effect.USE_STOPPED] = set()

    @rule(at=COMPUTERS, pick=PICKS, who=A_CLINICIAN, purpose=COPIES)
    def takes_a_copy(self, at: int, pick: int, who: str, purpose: Purpose) -> None:
        """Take a copy, for what it may leave for."""
        record = self._record(pick)
        with self.world.at(at) as vault:
            if record.gone is not None or not self._may(vault, who):
                return
            by = self.world.actor(vault, who)
            before = self.world.objects().keys()
            opened = open_record(vault, record.of, by.practice)
            stated = Statement(Act.EXPORTED, purpose, "asked for", LATER)
            disclose(vault, opened, Reader(by.holder, by.practice), stated)
            new = self.world.objects().keys() - before
        record.copies.add(purpose)
        record.reasons |= {name for name in new if f"/{layout.REASONS}/" in name and name.startswith(layout.PATIENTS)}

    @staticmethod
    def _expect_agreed(vault: Vault, record: Record, opened: OpenedRecord) -> None:
        """See that what is agreed to is what nobody withdrew since, by whoever adds up what each of them knew."""
        assert len(opened.agreed) == len(record.agreed)
        may_teach = bool(record.agreed) and Effect.USE_STOPPED not in record.effects
        assert (Purpose.TEACHING_INTERNAL in agreed_purposes(vault, opened, at=LATER)) is may_teach

    # --- who may act --------------------------------------------------------------------------------------------

    @rule(at=COMPUTERS, change=ROLES)
    def other_roles(self, at: int, change: tuple[str, frozenset[Role]]) -> None:
        """Give somebody other roles: what they signed stands, and from now on they may what these let them."""
        who, roles = change
        if who in self.model.roles:
            self.world.change_roles(at, who, roles)
            self.model.roles[who] = roles

    # --- one photo of two patients ------------------------------------------------------------------------------

    @precondition(lambda self: self.photos < MOST)
    @rule(at=COMPUTERS, pick=PICKS, patient=PATIENTS)
    def files_again(self, at: int, pick: int, patient: str) -> None:
        """File a photo for a second patient too, as one that shows both."""
        first = self._record(pick)
        if self.model.is_filed_ever(first.data, patient):
            return
        self.photos += 1
        with self.world.practice(at) as practice:
            done = practice.file_decided(filed(ANSWERS[patient]), first.data)
            of = manifest.load(practice.vault, done.patient, done.record)
        self.model.records.append(Record(of, patient, first.data, ANSWERS[patient]["body_site"]))
        self.touched.add(self.model.records[-1])

    # --- what is taken away -------------------------------------------------------------------------------------

    @rule(at=COMPUTERS, pick=PICKS, kept=st.integers(0, 5), has_keys=st.booleans())
    def an_older_copy_is_back(self, at: int, pick: int, kept: int, *, has_keys: bool) -> None:
        """Put an older copy of a record back for a while: nobody reads it, adds to it or says that it is whole."""
        record = self._record(pick)
        store = self.world.store
        if store is None:
            return
        whole = dict(store.objects)
        away = self._since(record, kept, [*whole])
        for name in away:
            del store.objects[name]
        if has_keys:
            burned = {name: key for name, key in self.ever_keys.items() if name not in whole}
            store.objects.update({name: key for name, key in burned.items() if name.startswith(layout.THING_KEYS)})
        older = dict(store.objects)
        with self.world.at(at) as vault:
            if away:
                with pytest.raises(Damaged):
                    load_history(vault, record.of)
                with pytest.raises(Damaged):
                    open_record(vault, record.of, self.world.keys(vault))
                self._nobody_adds(vault, record)
                assert any(finding.kind.is_damage for finding in verify(vault))
            elif record.gone is not None:  # the keys alone came back
                with pytest.raises(RefusedByRule):
                    open_record(vault, record.of, self.world.keys(vault))
        assert store.objects == older
        store.objects.clear()
        store.objects.update(whole)

    @staticmethod
    def _since(record: Record, kept: int, names: list[str]) -> list[str]:
        """Return the notes of a record that are not among the first that were made, as they lie there."""
        here = layout.record(record.of.folder, record.of.record)
        notes = [name for name in names if name.startswith(f"{here}/") and name.endswith(".note")]
        return [name for name in notes if not name.endswith(layout.MANIFEST)][kept:]

    @staticmethod
    def _nobody_adds(vault: Vault, record: Record) -> None:
        as_filed = History(record.of, (), None)
        with vault.station.locked(), pytest.raises(Damaged):
            add(vault, as_filed, NewAddition(said=NOTE, by=GP, at=LATER))
