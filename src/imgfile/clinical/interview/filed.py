"""The answers of a photo that is filed already, as if they were given anew: what amending it begins with.

Every rule then judges them again, with what is amended, as on the day of filing. An answer keeps where it came from:
what was typed at that day's prompt was typed. What followed from other answers is not among them: it follows anew. Nor
is who attested: whoever amends an intimate photo of a child attests what it says then (R9).
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from imgfile.clinical.consent import Consent, SignedForm
from imgfile.clinical.facts import EarlierPhoto, Facts, Person
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.interview.shown import words_for
from imgfile.clinical.patient import Scheme
from imgfile.clinical.proofs import Digest
from imgfile.clinical.record.model import Record
from imgfile.clinical.vocabulary import ConsentForm, MinorCompetence, Origin, Provenance, Purpose

FORM_SAYS: Final = frozenset({"covers", "outlet", "recognisable"})
"""What a signed form says: another form is added to the record, or the use of its photo withdrawn."""
FIXED: Final = frozenset({"patient", "scheme", "disposition", *FORM_SAYS})
"""What no amendment changes: a photo of another patient is moved, and what is filed is filed."""


def facts_before(filed: Record, base: Facts) -> Facts:
    """Return what stood before any question when a photo was filed; `base` has the policy and who there is."""
    taken = filed.picture.taken_at
    return replace(
        base,
        today=filed.decision.decided_on,
        taken_on=taken.date() if taken else None,
        sent_on=sent_on(filed),
        first_on=filed.picture.first_filed,
        allow_test=True,  # as allowed when it was filed
    )


def as_it_stands(now: Record, base: Facts, changed: AbstractSet[str]) -> Facts:
    """Return what an amendment is judged by: the policy of today for what is amended, and for the rest what stands.

    A practice that narrowed whose numbers it takes, or who may ask, must still be able to correct what it filed before.
    """
    policy, decision, consent = base.policy, now.decision, now.consent
    people = base.people
    settings: dict[str, Any] = {
        "schemes": tuple(each for each in Scheme if each in {*policy.schemes, now.patient.scheme})
    }
    if now.patient.scheme is Scheme.LOCAL:
        settings["local_number"] = now.patient.number  # a pattern that this number alone fits
    if "obtained_by" not in changed:
        people = (*people, Person(consent.obtained_by))
        settings["may_ask"] = (*policy.may_ask, consent.obtained_by)
    if "rationale" not in changed:
        settings["min_rationale_characters"] = min(policy.min_rationale_characters, len(decision.rationale))
        settings["rationale_phrases"] = ()
    if decision.intimate_site is not None and not changed & _WHETHER_INTIMATE:
        settings["intimate_under_18"] = decision.intimate_under_18
    if decision.purpose is Purpose.TEACHING_INTERNAL and not changed & _WHAT_FOR:
        settings["allows_oral_teaching"] = True
    return replace(base, policy=replace(policy, **settings), people=people)


_WHETHER_INTIMATE: Final = frozenset({"dob", "body_site", "intimate", "sensitivity"})
_WHAT_FOR: Final = frozenset({"purpose", "basis", "form", "spoken_since", "dob", "intimate", "body_site"})


def _values(now: Record, base: Facts, earlier: Sequence[EarlierPhoto]) -> dict[str, Any]:
    """Return the answers of a filed photo as the facts have them, question by question; None for what was not said."""
    decision, consent = now.decision, now.consent
    is_unasked = decision.origin is Origin.UNSOLICITED
    follows = next((each for each in earlier if each.record == decision.follows), None)
    return {
        "patient": now.patient.number,
        "scheme": now.patient.scheme,
        "dob": now.date_of_birth,
        "body_site": decision.body_site,
        "sensitivity": decision.sensitivity,
        "intimate": decision.intimate_site is not None,
        "purpose": decision.purpose,
        "follows": follows,
        "basis": consent.basis,
        "competence": None if consent.minor_competence is MinorCompetence.NOT_ASSESSED else consent.minor_competence,
        "competence_evidence": consent.competence_evidence or None,
        "capacity": consent.capacity,
        "capacity_evidence": consent.capacity_evidence or None,
        "decided_by": consent.decided_by or None,
        "authority": consent.authority or None,
        "consulted": consent.consulted or None,
        "pr_evidence": consent.pr_evidence,
        "giver": consent.giver,
        "origin": decision.origin,
        "form": ConsentForm.IMPLIED_BY_SUBMISSION if is_unasked else consent.form,
        "spoken_since": consent.form if is_unasked else None,
        "view_once": decision.view_once,
        "agreed_to_keep": decision.agreed_to_keep,
        "obtained_by": consent.obtained_by,
        "obtained_at": consent.obtained_at,
        "explained": consent.explained or None,
        "consent_document": _form(consent, base),
        "covers": consent.covers or None,
        "outlet": consent.outlet or None,
        "recognisable": consent.is_recognisable or None,
        "rationale": decision.rationale,
        "date_reason": decision.date_reason or None,
        "objection": decision.objection,
        "safeguards": decision.safeguards,
        "attested_by": decision.attested_by,
    }


def answered(now: Record, base: Facts, earlier: Sequence[EarlierPhoto]) -> tuple[Facts, dict[str, Given]]:
    """Return what is known of a filed photo, and its answers in words that their questions take."""
    values = _values(now, base, earlier)
    before = facts_before(now, base)
    facts = replace(before, earlier=tuple(earlier), **values, provenance=dict(now.provenance))
    said = [
        slug for slug in QUESTIONS if values.get(slug) is not None and slug != "attested_by" and _is_said(slug, now)
    ]
    facts = replace(facts, **{slug: None for slug in said if not _applies(slug, facts)})  # type: ignore[arg-type]
    given = {
        slug: Given(words_for(slug, facts), now.provenance.get(slug, Provenance.FLAG))
        for slug in said
        if getattr(facts, slug) is not None
    }
    return facts, given


def _is_said(slug: str, now: Record) -> bool:
    """Return whether an answer follows from no other: what a form covers stands, whatever else is amended."""
    return slug in FORM_SAYS or now.provenance.get(slug) is not Provenance.DERIVED


def _applies(slug: str, facts: Facts) -> bool:
    """Return whether an answer is one to a question still: another one, amended at once, may have made it none."""
    return QUESTIONS[slug].applies(facts) is not False


def _form(consent: Consent, base: Facts) -> SignedForm | None:
    """Return the form that a photo was filed with; of one that lies elsewhere, its digest."""
    return base.form_of(Digest(consent.document)) if consent.document else None


def sent_on(filed: Record) -> date | None:
    """Return when the message was sent that a photo came in, by its own account; None where it says nothing."""
    with suppress(ValueError):  # the message's own account, kept as it was written
        return datetime.fromisoformat(filed.source.sent_at).astimezone().date()
    return None
