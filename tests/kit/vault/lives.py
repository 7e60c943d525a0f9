"""Records with a life: filed with real facts, added to as this computer or as the founder, and ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest

from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.facts import Person
from imgfile.clinical.proofs import Digest, PatientFolder, Photo, RecordId
from imgfile.clinical.record.additions import Amendment, ConsentDocument, Reason, Said, Withdrawal, Words
from imgfile.clinical.vocabulary import ConsentForm, Purpose, WithdrawalOutcome
from imgfile.notes import SigningKey
from imgfile.vault import layout
from imgfile.vault.keys.practice import PracticeKeys, open_practice
from imgfile.vault.life import history as life
from imgfile.vault.life.addition import Effect
from imgfile.vault.life.ended import Ended
from imgfile.vault.life.gone import Gone, How
from imgfile.vault.life.history import History
from imgfile.vault.life.open import OpenedRecord, open_record
from imgfile.vault.life.signers import Signer
from imgfile.vault.life.write import NewAddition, add, end, end_kept, propose, seal
from imgfile.vault.records import manifest
from imgfile.vault.records.find import filed_from
from imgfile.vault.records.manifest import Manifest
from imgfile.vault.roster.model import Role
from kit.vault.destroying import text_of
from kit.vault.filings import MOLE, filed
from kit.vault.people import Newcomer, enrol_person
from kit.vault.practice import NOON, Practice, administrator_of

GP = Person("Dr A. Example", "GMC 7654321")
NOTE = Words(kind="clinical_note", text="Seen face to face; settling.")
HOLD = Reason(kind="hold", reason="claim of 2026, solicitor's letter")
LIFTED = Reason(kind="hold_lifted", reason="claim settled, letter of May")
WITHDRAWN = Withdrawal(
    giver=ConsentGiver.PATIENT,
    form=ConsentForm.VERBAL_TELEPHONE,
    outcome=WithdrawalOutcome.RETAINED_AS_RECORD_OF_CARE,
)
_SENIORS: dict[Path, Newcomer] = {}
"""Of a practice's folder, who agrees with the founder that a record is destroyed."""
ALLOWED = Reason(kind="consent_change", reason="patient agreed again by phone")


_FORM = b"%PDF-1.4 a signed form, as far as a vault can tell"


def signed_form() -> ConsentDocument:
    """Return a signed form that allows teaching, to be added."""
    return ConsentDocument(
        scope=frozenset({Purpose.TEACHING_INTERNAL}),
        giver=ConsentGiver.PATIENT,
        form=ConsentForm.WRITTEN_SIGNED,
        obtained_by="Dr A. Example",
        obtained_at=date(2026, 11, 21),
        media_type="application/pdf",
        digest=Digest(Photo(_FORM).digest),
        document=_FORM,
    )


def with_senior(practice: Practice) -> Practice:
    """Enrol somebody with whom the founder may destroy records; return the practice reopened."""
    enrolled, _SENIORS[practice.folder] = enrol_person(practice, "Dr S. Senior", "GMC 7333333", Role.SENIOR_CLINICIAN)
    return enrolled


def senior_of(practice: Practice) -> Newcomer:
    """Return the senior clinician of a practice `with_senior`."""
    return _SENIORS[practice.folder]


def amended_site(site: str) -> Amendment:
    """Return an amendment of the body site."""
    return Amendment(changes={"decision": {"body_site": site}}, reason="sides mixed up")


def born_on(day: date) -> Amendment:
    """Return an amendment of the birth date."""
    return Amendment(changes={"patient": {"born": day.isoformat()}}, reason="another sibling's")


def as_intimate() -> Amendment:
    """Return an amendment that makes the photo count as intimate, and changes nothing else."""
    changes = {"decision": {"sensitivity": "intimate", "intimate_site": "other_as_regarded_by_patient"}}
    return Amendment(changes=changes, reason="shows more than it should")


@dataclass
class Life:
    """One record of a practice, and what is done with it."""

    practice: Practice
    of: Manifest
    at: datetime = NOON

    @classmethod
    def begin(cls, practice: Practice, answers: dict[str, str] = MOLE) -> Life:
        """File a photo as people do."""
        done = practice.file_decided(filed(answers))
        return cls(practice, manifest.load(practice.vault, done.patient, done.record))

    @property
    def history(self) -> History:
        """The record as it is now."""
        return life.load(self.practice.vault, self.of)

    @property
    def founder(self) -> SigningKey:
        """The founder's signing key: a clinician's, and an administrator's."""
        return administrator_of(self.practice)

    @property
    def keys(self) -> PracticeKeys:
        """The practice's keys."""
        return open_practice(self.practice.vault, self.practice.recovery)[0]

    def opened(self) -> OpenedRecord:
        """Open the record as it is now."""
        return open_record(self.practice.vault, self.of, self.keys)

    def add(
        self,
        said: Said,
        *effects: Effect,
        ends: tuple[Digest, ...] = (),
        key: SigningKey | None = None,
        to: History | None = None,
        birth_guard: str = "",
    ) -> History:
        """Add to the record, as this computer or with somebody's key, to what they knew of it."""
        self.at += timedelta(minutes=1)
        new = NewAddition(said=said, by=GP, at=self.at, effects=frozenset(effects), ends=ends, birth_guard=birth_guard)
        with self.practice.vault.station.locked():
            return add(self.practice.vault, to or self.history, new, key)

    def go(self, how: How) -> Gone:
        """Put a tombstone of this kind in its place; a destroyed one in a practice `with_senior`."""
        if how is How.MOVED:
            return self.move_away()
        vault, of = self.practice.vault, self.of
        stated = Gone(
            folder=of.folder,
            record=of.record,
            manifest=of.digest,
            how=how,
            knew=self.history.heads,
            at=self.at,
            proposals=self._agreed() if how is How.DESTROYED else (),
            signer=Signer(""),
        )
        with vault.station.locked():
            return end(vault, self.history, stated, self.founder)

    def end_kept(self) -> Ended:
        """End what a hold kept of it, in a practice `with_senior`; its keys are left to whoever cleans up."""
        vault, stone = self.practice.vault, self.history.gone
        assert stone is not None
        agreed, of = self._agreed(), self.of
        stated = Ended(
            folder=of.folder, record=of.record, gone=stone.digest, proposals=agreed, at=self.at, signer=Signer("")
        )
        with vault.station.locked():
            found = end_kept(vault, self.history, stated, self.founder).ended
        assert found is not None
        return found

    def _agreed(self) -> tuple[str, str]:
        """Have the founder and the senior clinician sign one text that proposes it; return the ids of both."""
        vault = self.practice.vault
        with vault.station.locked():
            body = text_of(vault, self.of)
            keys = (self.founder, _SENIORS[self.practice.folder].key)
            first, second = (propose(vault, body, self.at, key).name for key in keys)
        return first, second

    def move_away(self, key: SigningKey | None = None, *, to: tuple[PatientFolder, RecordId] | None = None) -> Gone:
        """Put a tombstone in its place, as if it had been moved: to another patient, where no record is given."""
        vault, of = self.practice.vault, self.of
        to = to or self.filed_elsewhere()
        with vault.station.locked():
            thing = layout.new_id()
            name = layout.addition_object(of.folder, of.record, thing)
            answers, sealed = seal(vault, of.folder, thing, name, b"{}")
            stated = Gone(
                folder=of.folder,
                record=of.record,
                manifest=of.digest,
                how=How.MOVED,
                knew=self.history.heads,
                at=self.at,
                to=to,
                key=answers,
                sealed=sealed,
                signer=Signer(""),
            )
            return end(vault, self.history, stated, key or self.founder)

    def filed_elsewhere(self) -> tuple[PatientFolder, RecordId]:
        """File its photo for another patient, once, with a hold or a withdrawal that stands; return where that is."""
        for there in filed_from(self.practice.vault, self.of.record):
            return there.folder, there.record
        done = self.practice.file_decided(filed({**MOLE, "patient": "9990000077"}), at=self.at, moved_from=self.of)
        new = Life(self.practice, manifest.load(self.practice.vault, done.patient, done.record), self.at)
        for effect, said in ((Effect.HELD, HOLD), (Effect.USE_STOPPED, WITHDRAWN)):
            if self.history.standing(effect):
                new.add(said, effect)
        return new.of.folder, new.of.record


def come_first(of: Life, how: How, act: str, patch: pytest.MonkeyPatch) -> None:
    """Have somebody's tombstone come just before an act of imgfile's, named by its place, puts one there."""
    note = of.practice.folder / of.go(how).note
    data = note.read_bytes()
    note.unlink()
    (of.practice.vault.station.folder / "records" / of.of.record).unlink()  # it was seen at another computer
    module, _, name = act.rpartition(".")
    real = getattr(import_module(module), name)

    def overtaken(*given: object) -> object:
        note.write_bytes(data)
        return real(*given)

    patch.setattr(act, overtaken)
