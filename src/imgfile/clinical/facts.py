"""What is known about one photo while its questions are being answered; None means not known yet.

The caller gives what stands before any question (policy, today, people, ...). Each answer fills one more field, under
its question's slug. The rules judge these facts at any stage, and say nothing about what is not known yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import Enum
from typing import Final

from imgfile.clinical.consent import SignedForm
from imgfile.clinical.consent_basis import ADULT_YEARS, ConsentBasis, ConsentGiver, Terms
from imgfile.clinical.dates import age_in_years, is_factory_date
from imgfile.clinical.patient import PatientId, Scheme
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import Digest, RecordId
from imgfile.clinical.sites.match import BodySite, classify, site_lists
from imgfile.clinical.text import check_line
from imgfile.clinical.vocabulary import (
    Capacity,
    ConsentForm,
    Disposition,
    Explained,
    IntimateSite,
    MinorCompetence,
    Origin,
    PrEvidence,
    Provenance,
    Purpose,
    Safeguard,
    Sensitivity,
)
from imgfile.frozen import dataclass, field


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of the practice, as the roster names them: a name and a registration such as `GMC 7654321`."""

    name: str
    registration: str = ""
    """Empty for who is no registered clinician; such a person cannot attest."""

    def __post_init__(self) -> None:
        check_line(self.name)
        if self.registration:
            check_line(self.registration)

    def __str__(self) -> str:
        return f"{self.name}, {self.registration}" if self.registration else self.name


class DateDoubt(Enum):
    """Why a photo's date cannot be right: it is the wrong patient, the wrong photo, or a wrong clock (R13)."""

    FACTORY_DATE = "by its own date it was taken when its camera's clock was never set"
    BEFORE_BIRTH = "by its own date it was taken before the patient was born"
    AFTER_SENDING = "by its own date it was taken after it was sent"
    SENT_BEFORE_BIRTH = "it was sent before the patient was born"
    IN_FUTURE = "by its own date it is not taken yet"


_CLOCKS_APART: Final = timedelta(days=1)
"""A camera abroad, or one that stayed at summer time, may be that far from a mail's clock."""


def doubt_about(taken_on: date | None, *, sent_on: date | None, born: date | None, today: date) -> DateDoubt | None:
    """Return why a photo's dates cannot be right, those of its camera or its message; None where nothing says so."""
    if born is not None and sent_on is not None and born - sent_on > _CLOCKS_APART:
        return DateDoubt.SENT_BEFORE_BIRTH
    if taken_on is None:
        return None
    is_before_birth = born is not None and taken_on < born
    if is_factory_date(taken_on, today) and not (is_before_birth and (taken_on.month, taken_on.day) != (1, 1)):
        return DateDoubt.FACTORY_DATE
    if is_before_birth:
        return DateDoubt.BEFORE_BIRTH
    if sent_on is not None and taken_on - sent_on > _CLOCKS_APART:
        return DateDoubt.AFTER_SENDING
    return DateDoubt.IN_FUTURE if taken_on - today > _CLOCKS_APART else None


@dataclass(frozen=True, slots=True)
class EarlierPhoto:
    """A photo of this patient that is filed already, and the short reference that people see."""

    record: RecordId
    reference: str
    filed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything known about one photo. The first block is given; every other field is an answer, by its slug."""

    policy: Policy
    today: date
    sent_on: date | None = None
    """When the message was sent, by its own account."""
    taken_on: date | None = None
    """When the photo was taken, by the camera's account."""
    first_on: date | None = None
    """When the photo was filed first, of one that was moved: it was made by then, whatever else is said."""
    file_name: str = field(default="", repr=False)
    asked_by: str | None = None
    """Who is taken to have asked for consent when nobody says otherwise."""
    attester: Person | None = None
    """Who sits at the keyboard, as far as the station knows."""
    people: tuple[Person, ...] = ()
    attesters: tuple[Person, ...] | None = None
    """Whoever of the people may attest; None where all may, as far as a registration goes."""
    is_reception: bool = False
    """Whether this is a reception computer, at which nobody attests (R9, R26)."""
    read_form: Callable[[str], SignedForm] | None = field(default=None, repr=False)
    """Reads a signed form's file; None where a photo is filed already, and a form is added to it otherwise."""
    filed_form: SignedForm | None = field(default=None, repr=False)
    """The form that a photo was filed with, of one that is filed already."""
    allow_test: bool = False
    can_skip: bool = False
    """Whether there is a next photo to go to."""
    can_dispose: bool = False
    """Whether it may be decided here that the photo is not filed."""
    is_sharing: bool = False
    """Whether the patient and more was answered for another photo of the same message."""
    is_attended: bool = False
    """Whether somebody can be asked. The interview sets it."""
    earlier: tuple[EarlierPhoto, ...] = ()
    """This patient's earlier photos, newest last, once somebody looked for them."""
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    """Where each answer came from, by its question's slug."""

    patient: str | None = field(default=None, repr=False)
    scheme: Scheme | None = None
    dob: date | None = field(default=None, repr=False)
    body_site: str | None = field(default=None, repr=False)
    sensitivity: Sensitivity | None = None
    intimate: bool | None = None
    purpose: Purpose | None = None
    follows: EarlierPhoto | None = None
    basis: ConsentBasis | None = None
    competence: MinorCompetence | None = None
    competence_evidence: str | None = field(default=None, repr=False)
    capacity: Capacity | None = None
    capacity_evidence: str | None = field(default=None, repr=False)
    decided_by: str | None = field(default=None, repr=False)
    authority: str | None = field(default=None, repr=False)
    consulted: str | None = field(default=None, repr=False)
    pr_evidence: PrEvidence | None = None
    giver: ConsentGiver | None = None
    origin: Origin | None = None
    form: ConsentForm | None = None
    spoken_since: ConsentForm | None = None
    """How they agreed after a photo was sent unasked; NOT_APPLICABLE where nobody has (R11)."""
    view_once: bool | None = None
    """Whether it was sent to vanish (R10)."""
    agreed_to_keep: bool | None = None
    """Whether they agreed that a photo is kept which was sent to vanish (R10)."""
    obtained_by: str | None = field(default=None, repr=False)
    obtained_at: date | None = None
    explained: frozenset[Explained] | None = None
    consent_document: SignedForm | None = None
    covers: frozenset[Purpose] | None = None
    """Which uses beyond care the signed form names."""
    outlet: str | None = field(default=None, repr=False)
    recognisable: bool | None = None
    rationale: str | None = field(default=None, repr=False)
    date_reason: str | None = field(default=None, repr=False)
    disposition: Disposition | None = None
    """What becomes of it; understood before the interview, so that none but a photo to be filed comes to one."""
    shows_another: str | None = field(default=None, repr=False)
    """Why the very same photo is another patient's too, as somebody said at the prompt (R25); no question asks it."""
    objection: bool | None = None
    safeguards: Mapping[Safeguard, bool] | None = None
    attested_by: Person | None = None

    @property
    def may_attest(self) -> tuple[Person, ...]:
        """Whoever of the people may attest."""
        return self.people if self.attesters is None else self.attesters

    @property
    def patient_id(self) -> PatientId | None:
        """The patient, once number and scheme are known."""
        if self.patient is None or self.scheme is None:
            return None
        return PatientId(self.scheme, self.patient, self.allow_test)

    @property
    def terms(self) -> Terms | None:
        """What the table of consent bases says of the basis, once it is known."""
        return None if self.basis is None else self.basis.terms

    @property
    def given_form(self) -> SignedForm | None:
        """The signed form, where it was given itself and not by its digest alone."""
        form = self.consent_document
        return form if form is not None and form.is_here else None

    def form_of(self, digest: Digest) -> SignedForm:
        """Return the form of this digest: the one that the photo was filed with, else one that lies elsewhere."""
        filed = self.filed_form
        return filed if filed is not None and filed.digest == digest else SignedForm(digest)

    @property
    def agreed_form(self) -> ConsentForm | None:
        """How they agreed, once that is known: of a photo that was sent unasked, afterwards (R11)."""
        is_open = self.origin is Origin.UNSOLICITED and self.form is ConsentForm.IMPLIED_BY_SUBMISSION
        return self.spoken_since or (None if is_open and self.is_attended else self.form)

    @property
    def age(self) -> int | None:
        """Whole years today."""
        return None if self.dob is None else age_in_years(self.dob, self.today)

    @property
    def shows_child(self) -> bool | None:
        """Whether the patient was under 18 when the photo was made, by the strictest reading of its dates (R9).

        A date that cannot be right counts like any, one before birth too: only a reason that is typed here lets the
        camera's date be, and the age at filing count (R13): the first one, of a photo that is moved.
        """
        if self.dob is None:
            return None
        made = {day for day in (self.taken_on, self.sent_on) if day}
        if self.date_doubt is not None and self.provenance.get("date_reason") is Provenance.TYPED:
            made = {day for day in made - {self.taken_on} if day >= self.dob}
        return age_in_years(self.dob, min({*made, self.first_on or self.today, self.today})) < ADULT_YEARS

    @property
    def date_doubt(self) -> DateDoubt | None:
        """Why the photo's date cannot be right, as far as it is known (R13)."""
        return doubt_about(self.taken_on, sent_on=self.sent_on or self.first_on, born=self.dob, today=self.today)

    @property
    def site(self) -> BodySite | None:
        """Which list the body site's words are in, the practice's own among them (R10)."""
        if self.body_site is None:
            return None
        return classify(self.body_site, site_lists(self.policy.intimate_sites, self.policy.ordinary_sites))

    @property
    def suggested_site(self) -> IntimateSite | None:
        """The intimate site that the body site's words name, or may name."""
        return self.site.intimate if self.site else None
