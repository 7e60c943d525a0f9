"""The decision to file one photo: every answer, where it came from, and no way to have one that a rule refuses.

A `Filing` is the only thing that the vault accepts beside a stripped photo. Its constructor runs every rule again on
what it holds, so that neither a flag nor a table nor a later change of the questions gets past them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, TypeVar

from imgfile.clinical.consent import Consent, SignedForm
from imgfile.clinical.dates import MAX_AGE_YEARS, age_in_years
from imgfile.clinical.facts import EarlierPhoto, Facts, Person, doubt_about
from imgfile.clinical.patient import PatientId, fits_birth_date
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import Digest
from imgfile.clinical.rules import Finding, Weight, is_answered_here, judge, needs_attestation
from imgfile.clinical.text import check_line, check_text
from imgfile.clinical.vocabulary import (
    ASKED_SAFEGUARDS,
    STATED_IF_TYPED,
    Capacity,
    Disposition,
    IntimateSite,
    MinorCompetence,
    Origin,
    Provenance,
    Purpose,
    Safeguard,
    Sensitivity,
    WhoMayAsk,
)
from imgfile.errors import AnswerInvalid, RefusedByRule
from imgfile.frozen import InitVar, dataclass, field

NO_CHI_MATCH: Final = "does not match the CHI number, whose first six digits are the birth date"

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """Everything decided about one photo. Raises RefusedByRule or AnswerInvalid instead of existing wrongly."""

    patient: PatientId
    date_of_birth: date = field(repr=False)
    body_site: str = field(repr=False)
    sensitivity: Sensitivity
    intimate_site: IntimateSite | None
    """None when the photo is not intimate."""
    origin: Origin
    purpose: Purpose
    consent: Consent
    rationale: str = field(repr=False)
    policy: Policy
    decided_on: date
    disposition: Disposition = Disposition.FILE
    safeguards: Mapping[Safeguard, bool] | None = None
    """Each asked safeguard, answered; None when R9 does not ask."""
    attested_by: Person | None = None
    follows: EarlierPhoto | None = None
    """The earlier photo whose treatment this one judges."""
    objection: bool | None = None
    """None when nobody stated whether there was one (R12)."""
    date_reason: str = field(default="", repr=False)
    """Why it may be filed although its own date cannot be right (R13)."""
    view_once: bool | None = None
    agreed_to_keep: bool | None = None
    """Whether an intimate photo was sent to vanish, and they agreed that it is kept; None where nobody asks (R10)."""
    shows_another: str = field(default="", repr=False)
    """Why the very same photo is another patient's too; it never says whose (R25)."""
    signed_form: SignedForm | None = field(default=None, repr=False)
    """The signed form itself, which is sealed beside the photo; None where there is none."""
    sent_on: date | None = None
    taken_on: date | None = None
    first_on: date | None = None
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    """Where each answer came from, by the question's slug."""
    file_name: InitVar[str] = ""

    def __post_init__(self, file_name: str) -> None:
        check_line(self.body_site)
        check_text(self.rationale)
        self._check_dates()
        if self.disposition is not Disposition.FILE:
            raise AnswerInvalid("only a photo that is to be filed has a filing.")
        if (self.sensitivity is Sensitivity.NONE and self.is_intimate) or (
            self.sensitivity is Sensitivity.INTIMATE and not self.is_intimate
        ):
            raise AnswerInvalid("the sensitivity contradicts whether the photo is intimate.")
        if self.follows and self.purpose is not Purpose.MONITORING_RESPONSE:
            raise AnswerInvalid("only a photo of a response to treatment follows an earlier one.")
        if self.signed_form is not None and self.signed_form.digest != self.consent.document:
            raise AnswerInvalid("the signed form is another than the one that the consent names.")
        if self.patient.scheme not in self.policy.schemes:
            raise AnswerInvalid(f"the patient number {self.policy.takes_only}.")
        for finding in self._findings(file_name):
            if finding.weight is not Weight.WARNING:
                raise RefusedByRule(finding.rule, finding.sentence)
        self._check_attestation()

    @classmethod
    def of(cls, facts: Facts) -> Filing:
        """Make the filing that complete facts describe. Raises RefusedByRule R1 where one is missing."""
        site = facts.suggested_site or IntimateSite.OTHER_AS_REGARDED_BY_PATIENT
        return cls(
            patient=_present(facts.patient_id, "patient number"),
            date_of_birth=_present(facts.dob, "date of birth"),
            body_site=_present(facts.body_site, "body site"),
            sensitivity=_present(facts.sensitivity, "sensitivity"),
            intimate_site=site if facts.intimate else None,
            origin=_present(facts.origin, "origin"),
            purpose=_present(facts.purpose, "purpose"),
            consent=_consent(facts),
            rationale=_present(facts.rationale, "rationale"),
            policy=facts.policy,
            decided_on=facts.today,
            safeguards=facts.safeguards,
            attested_by=facts.attested_by,
            follows=facts.follows,
            objection=facts.objection,
            date_reason=facts.date_reason or "",
            view_once=facts.view_once,
            agreed_to_keep=facts.agreed_to_keep,
            shows_another=facts.shows_another or "",
            signed_form=facts.given_form,
            sent_on=facts.sent_on,
            taken_on=facts.taken_on,
            first_on=facts.first_on,
            provenance=MappingProxyType(dict(facts.provenance)),
            file_name=facts.file_name,
        )

    @property
    def form_data(self) -> bytes:
        """The signed form as it is sealed beside the photo; empty where there is none."""
        return self.signed_form.data if self.signed_form is not None else b""

    def _check_dates(self) -> None:
        born = self.date_of_birth
        if born > self.decided_on or age_in_years(born, self.decided_on) > MAX_AGE_YEARS:
            raise AnswerInvalid("the date of birth cannot be right.")
        if self.consent.obtained_at < born:
            raise AnswerInvalid("the consent is dated before the patient was born.")
        if not fits_birth_date(self.patient, born):
            raise AnswerInvalid(f"the date of birth {NO_CHI_MATCH}.")
        doubt = doubt_about(self.taken_on, sent_on=self.sent_on or self.first_on, born=born, today=self.decided_on)
        if doubt is not None and not self.date_reason:
            raise RefusedByRule("R13", f"{doubt.value}, and no reason is given.")
        for reason in filter(None, (self.date_reason, self.shows_another)):
            check_line(reason)

    def _check_attestation(self) -> None:
        if not self.needs_attestation:
            return
        if self.safeguards is None or set(ASKED_SAFEGUARDS) - self.safeguards.keys() - STATED_IF_TYPED:
            raise RefusedByRule("R9", "an intimate photo of a child needs an answer to each safeguard.")
        if self.attested_by is None:
            raise RefusedByRule("R9", "an intimate photo of a child needs a clinician who attests.")

    @property
    def is_intimate(self) -> bool:
        """Whether the photo counts as intimate."""
        return self.intimate_site is not None

    @property
    def needs_attestation(self) -> bool:
        """Whether this is an intimate photo of a child (R9)."""
        return bool(needs_attestation(self._facts()))

    @property
    def age_when_decided(self) -> int:
        """The patient's age in whole years when the filing was decided."""
        return age_in_years(self.date_of_birth, self.decided_on)

    @property
    def age_when_taken(self) -> int | None:
        """The patient's age in whole years by the camera's date; None without one, or with one before birth."""
        if self.taken_on is None or self.taken_on < self.date_of_birth:
            return None
        return age_in_years(self.date_of_birth, self.taken_on)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What a rule remarks on and does not refuse."""
        return tuple(finding for finding in self._findings() if finding.weight is Weight.WARNING)

    def refuse_who_had_left(self, left_on: Callable[[str], date | None]) -> None:
        """Refuse, where only the practice may ask, who was of it no more when they asked. Raises `RefusedByRule` R26.

        `left_on` returns when somebody of a name left, and is called only where that counts.
        """
        refuse_who_had_left(self.policy, self.consent.obtained_by, self.consent.obtained_at, left_on)

    def _findings(self, file_name: str = "") -> tuple[Finding, ...]:
        return judge(self._facts(file_name))

    def _facts(self, file_name: str = "") -> Facts:
        return Facts(
            policy=self.policy,
            today=self.decided_on,
            sent_on=self.sent_on,
            taken_on=self.taken_on,
            first_on=self.first_on,
            file_name=file_name,
            is_attended=is_answered_here(self.provenance, is_intimate=self.is_intimate),
            provenance=self.provenance,
            dob=self.date_of_birth,
            body_site=self.body_site,
            intimate=self.is_intimate,
            purpose=self.purpose,
            basis=self.consent.basis,
            capacity=self.consent.capacity or Capacity.PRESUMED,
            capacity_evidence=self.consent.capacity_evidence,
            decided_by=self.consent.decided_by,
            authority=self.consent.authority,
            consulted=self.consent.consulted,
            origin=self.origin,
            form=self.consent.form,
            spoken_since=self.consent.form if self.origin is Origin.UNSOLICITED else None,
            view_once=self.view_once,
            agreed_to_keep=bool(self.agreed_to_keep) if self.view_once else None,
            obtained_at=self.consent.obtained_at,
            consent_document=self.signed_form or SignedForm(Digest(self.consent.document)),
            covers=self.consent.covers,
            outlet=self.consent.outlet,
            rationale=self.rationale,
            objection=self.objection,
            date_reason=self.date_reason or None,
            safeguards=self.safeguards,
            attested_by=self.attested_by,
        )


def _consent(facts: Facts) -> Consent:
    return Consent(
        basis=_present(facts.basis, "basis"),
        giver=_present(facts.giver, "giver"),
        form=_present(facts.agreed_form, "form"),
        obtained_by=_present(facts.obtained_by, "asked by"),
        obtained_at=_present(facts.obtained_at, "asked on"),
        explained=facts.explained or frozenset(),
        pr_evidence=facts.pr_evidence,
        capacity=facts.capacity,
        capacity_evidence=facts.capacity_evidence or "",
        decided_by=facts.decided_by or "",
        authority=facts.authority or "",
        consulted=facts.consulted or "",
        minor_competence=facts.competence or MinorCompetence.NOT_ASSESSED,
        competence_evidence=facts.competence_evidence or "",
        document=facts.consent_document.digest if facts.consent_document else "",
        covers=facts.covers or frozenset(),
        outlet=facts.outlet or "",
        is_recognisable=bool(facts.recognisable),
    )


def _present(value: _Value | None, name: str) -> _Value:
    if value is None:
        raise RefusedByRule("R1", f"nothing is filed without this: {name}.")
    return value


def refuse_who_had_left(policy: Policy, name: str, on: date, left_on: Callable[[str], date | None]) -> None:
    """Refuse, where only the practice may ask, who was of it no more on that day. Raises `RefusedByRule` R26."""
    if policy.who_may_ask is not WhoMayAsk.ROSTER:
        return  # whoever else is registered may ask too, or only whom the policy lists
    left = left_on(name)
    if left is not None and on > left:
        raise RefusedByRule(
            "R26",
            "who asked for it had left the practice by then, and by its policy nobody else asks for photos.",
            "Somebody of the practice asks for the photo and for the consent.",
        )
