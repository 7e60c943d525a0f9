"""What follows from the answers so far: derived answers, likely defaults, and whether a question arises at all.

R1 lists what may be derived: it is shown, and recorded as derived. None means that nothing follows yet.
"""

from __future__ import annotations

from typing import Final

from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.dates import show_date, year_before
from imgfile.clinical.facts import EarlierPhoto, Facts, Person
from imgfile.clinical.patient import Scheme
from imgfile.clinical.rules import PUBLICATIONS, may_teach_on_oral_consent, needs_attestation, uses_beyond_care
from imgfile.clinical.sites.match import SiteKind
from imgfile.clinical.vocabulary import (
    BEYOND_CARE,
    Capacity,
    ConsentForm,
    MinorCompetence,
    Nation,
    Origin,
    PrEvidence,
    Provenance,
    Purpose,
    Sensitivity,
)


def derive_scheme(facts: Facts) -> Scheme | None:
    """Derive: the one scheme that fits the number."""
    if facts.scheme is Scheme.LOCAL:
        return Scheme.LOCAL
    fitting = () if facts.patient is None else facts.policy.schemes_of(facts.patient)
    return fitting[0] if len(fitting) == 1 else None


def derive_sensitivity(facts: Facts) -> Sensitivity | None:
    """Derive: intimate or not, when nothing else was said."""
    return None if facts.intimate is None else Sensitivity.INTIMATE if facts.intimate else Sensitivity.NONE


def derive_intimate(facts: Facts) -> bool | None:
    """Derive: what the stated sensitivity says; else that an ordinary site of an adult is not intimate (R10).

    Of a child, "not intimate" is never derived (R9), and "intimate" only where nobody can be asked.
    """
    if facts.shows_child:
        return True if facts.sensitivity is Sensitivity.INTIMATE and not facts.is_attended else None
    if facts.sensitivity in {Sensitivity.INTIMATE, Sensitivity.NONE}:
        return facts.sensitivity is Sensitivity.INTIMATE
    is_settled = facts.shows_child is False or not facts.is_attended  # without a birth date nothing is filed
    return False if is_settled and facts.site and facts.site.kind is SiteKind.ORDINARY else None


def derive_follows(facts: Facts) -> EarlierPhoto | None:
    """Derive: the last earlier photo, for a response to treatment."""
    return facts.earlier[-1] if facts.purpose is Purpose.MONITORING_RESPONSE and facts.earlier else None


def derive_capacity(facts: Facts) -> Capacity | None:
    """Derive: presumed for the patient's own consent; lacking where there is evidence for that."""
    if facts.capacity_evidence:
        return Capacity.ASSESSED_LACKS
    return Capacity.PRESUMED if facts.terms and facts.terms.presumes_capacity else None


def derive_giver(facts: Facts) -> ConsentGiver | None:
    """Derive: the only one who can give the consent that the basis rests on."""
    if facts.terms is None:
        return None
    first, *others = facts.terms.givers
    in_scotland = facts.terms.giver_in_scotland
    if in_scotland is not None:
        return in_scotland if facts.policy.nation is Nation.SCOTLAND else first
    return None if others else first


def derive_pr_evidence(facts: Facts) -> PrEvidence | None:
    """Derive: parental responsibility is as the giver states it."""
    return PrEvidence.STATED if states_parental_responsibility(facts) else None


def derive_form(facts: Facts) -> ConsentForm | None:
    """Derive: no form, where nobody agreed."""
    return None if facts.terms is None or facts.terms.is_agreement else ConsentForm.NOT_APPLICABLE


def asks_spoken_since(facts: Facts) -> bool | None:
    """Let a photo that was sent unasked ask at once whether they agreed since (R11)."""
    if facts.form is None:
        return None
    return facts.form is ConsentForm.IMPLIED_BY_SUBMISSION and facts.origin is Origin.UNSOLICITED


def asks_view_once(facts: Facts) -> bool | None:
    """Let an intimate photo that an adult sent ask whether it was sent to vanish (R10)."""
    origin = facts.origin or derive_origin(facts)
    if facts.intimate is False or facts.shows_child or (origin is not None and origin not in _SENT):
        return False
    is_known = facts.intimate is not None and facts.shows_child is not None and origin is not None
    return True if is_known else None


_SENT: Final = frozenset({Origin.REQUESTED_BY_CLINICIAN, Origin.UNSOLICITED})
"""Where a photo came from that somebody sent."""


def derive_origin(facts: Facts) -> Origin | None:
    """Derive: asked for by a clinician, unless consent is implied by sending: then the words for that say it."""
    is_silent = facts.form in {None, ConsentForm.IMPLIED_BY_SUBMISSION}
    return None if is_silent else Origin.REQUESTED_BY_CLINICIAN


def derive_attester(facts: Facts) -> Person | None:
    """Derive: the only clinician there is; else the registered one who asked, where that was said at this prompt.

    It is shown, can be changed, and is confirmed with the digits (R9).
    """
    if not needs_attestation(facts) or facts.attester:
        return facts.attester if needs_attestation(facts) else None
    is_said_here = facts.provenance.get("obtained_by") in SAID_HERE
    asked = [person for person in facts.may_attest if is_said_here and person.name == facts.obtained_by]
    return asked[0] if len(asked) == 1 and asked[0].registration else None


SAID_HERE: Final = frozenset({Provenance.TYPED, Provenance.DEFAULTED, Provenance.SHARED})
"""Where an answer came from that somebody gave in a dialogue, and may be asked for again."""


def likely_day(facts: Facts) -> str | None:
    """Offer the day of the message or the photo; a clock that is a year off offers nothing."""
    made_on = facts.sent_on or facts.taken_on
    is_likely = made_on is not None and year_before(facts.today) <= made_on <= facts.today
    return show_date(made_on) if made_on and is_likely else None


def arises_with(value: object) -> bool | None:
    """Let a question arise as soon as another is answered."""
    return None if value is None else True


def states_parental_responsibility(facts: Facts) -> bool | None:
    """Let the basis ask how parental responsibility is known."""
    return None if facts.terms is None else facts.terms.states_parental_responsibility


def names_decider(facts: Facts) -> bool | None:
    """Let an attorney, deputy or guardian be named, with the document that says so (R7)."""
    return None if facts.terms is None else facts.terms.names_decider


def is_consulted_on(facts: Facts) -> bool | None:
    """Let a decision for the patient say who was consulted (R7)."""
    return None if facts.terms is None else facts.terms.is_consulted_on


def needs_competence_evidence(facts: Facts) -> bool | None:
    """Let a competent child's consent, or any stated assessment, ask for its evidence."""
    is_assessed = facts.competence not in {None, MinorCompetence.NOT_ASSESSED}
    return is_assessed or (None if facts.terms is None else facts.terms.needs_competence)


def needs_signed_form(facts: Facts) -> bool | None:
    """Return whether a signed form is asked for: for a use beyond care, where somebody sits here. It may be given."""
    return True if facts.is_attended and uses_beyond_care(facts) and not may_teach_on_oral_consent(facts) else None


def may_cover(facts: Facts) -> bool | None:
    """Return whether a form was given itself, so that it may name uses beyond care."""
    return None if facts.consent_document is None else facts.consent_document.is_here


def derive_covers(facts: Facts) -> frozenset[Purpose] | None:
    """Return what a form is for that is given with a photo for a use beyond care: that use."""
    purpose = facts.purpose
    return frozenset({purpose}) if facts.given_form and purpose in BEYOND_CARE else None


def names_outlet(facts: Facts) -> bool | None:
    """Return whether the form is for a publication, which names its outlet."""
    return None if facts.covers is None else bool(facts.covers & PUBLICATIONS)


def is_beyond_care(facts: Facts) -> bool | None:
    """Return whether the form names a use beyond care."""
    return None if facts.covers is None else bool(facts.covers)
