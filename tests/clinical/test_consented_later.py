"""R3, R4, R6 to R9, R13: which agreement lets a filed photo be used beyond care, and which does not."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date

import pytest

from imgfile.clinical.consent_basis import ConsentGiver
from imgfile.clinical.consented_later import covers, expect_decider, expect_sound, flaws
from imgfile.clinical.permitted_uses import exportable_for, refuse_export
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import Digest
from imgfile.clinical.record.additions import ConsentDocument
from imgfile.clinical.record.model import Record
from imgfile.clinical.vocabulary import (
    BEYOND_CARE,
    Capacity,
    ConsentForm,
    IntimateSite,
    MinorCompetence,
    Nation,
    Purpose,
)
from imgfile.errors import RefusedByRule
from kit.vault.filed_facts import facts_of as facts
from kit.vault.filings import KNEE, MOLE, POLICY, RASH, TODAY

PDF = b"%PDF-1.7 I agree to teaching"
SIGNED = ConsentDocument(
    scope=frozenset({Purpose.TEACHING_INTERNAL}),
    giver=ConsentGiver.PATIENT,
    form=ConsentForm.WRITTEN_SIGNED,
    obtained_by="Dr A. Example",
    obtained_at=TODAY,
    media_type="application/pdf",
    digest=Digest(hashlib.sha256(PDF).hexdigest()),
    document=PDF,
)
ORAL = replace(SIGNED, form=ConsentForm.VERBAL_IN_PERSON, media_type="", digest=Digest(""), document=b"")
TEACHING = replace(POLICY, allows_oral_teaching=True)


def rules(record: Record, said: ConsentDocument, policy: Policy = POLICY) -> list[str]:
    """Return the numbers of the rules that keep an agreement from standing."""
    return [flaw.rule for flaw in flaws(record, said, policy, today=TODAY)]


def again(record: Record, giver: ConsentGiver, policy: Policy = POLICY) -> list[str]:
    """Return the rule that keeps somebody from letting a photo be used again."""
    try:
        expect_decider(record, giver, policy, today=TODAY)
    except RefusedByRule as refused:
        return [refused.rule]
    return []


def born(day: date, answers: dict[str, str] = MOLE) -> Record:
    """Return the facts of a photo of somebody born that day."""
    return replace(facts(answers), date_of_birth=day)


@pytest.mark.parametrize("nation", list(Nation))
@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_signed_form_covers_what_it_names_and_nothing_else(purpose: Purpose, nation: Nation) -> None:
    """Each purpose by each scope, of an adult; publications name an outlet."""
    policy = replace(POLICY, nation=nation)
    for named in Purpose:
        said = replace(SIGNED, scope=frozenset({named}), outlet="BMJ Case Reports")
        is_covered = named is purpose and named in BEYOND_CARE
        assert covers(facts(MOLE), said, policy, purpose, today=TODAY) is is_covered
        later = {purpose} if is_covered else set()
        if is_covered:
            refuse_export(facts(MOLE), purpose, later)
            assert purpose in exportable_for(facts(MOLE), later)


@pytest.mark.parametrize("purpose", BEYOND_CARE)
def test_r9_no_form_lets_an_intimate_photo_of_a_child_be_used_beyond_care(purpose: Purpose) -> None:
    """Whoever signed; nor does one let it out that was added before it counted as intimate."""
    said = replace(SIGNED, scope=frozenset({purpose}), giver=ConsentGiver.MOTHER, outlet="BMJ")
    assert "R9" in rules(facts(RASH), said)
    with pytest.raises(RefusedByRule) as refused:
        refuse_export(facts(RASH), purpose, {purpose})
    assert refused.value.rule == "R9"
    assert exportable_for(facts(RASH), {purpose}) == (Purpose.REFERRAL_ADVICE,)
    assert rules(facts(KNEE), said) == []


BIRTHDAYS = [
    (date(2010, 11, 23), ["R6"], []),  # 15 years and 364 days
    (date(2010, 11, 22), [], ["R6"]),  # 16 today
    (date(2008, 11, 23), [], ["R6"]),  # 17
    (date(2008, 11, 22), [], ["R6"]),  # 18 today
    (date(2008, 2, 29), [], ["R6"]),
]


@pytest.mark.parametrize(("day", "patient", "mother"), BIRTHDAYS)
def test_r6_who_signs_is_who_decides_on_that_day(day: date, patient: list[str], mother: list[str]) -> None:
    """At the sixteenth birthday the patient's own signature begins to count, and a parent's ends."""
    assert rules(born(day), SIGNED) == patient
    assert rules(born(day), replace(SIGNED, giver=ConsentGiver.MOTHER)) == mother
    assert [again(born(day), who) for who in (ConsentGiver.PATIENT, ConsentGiver.MOTHER)] == [patient, mother]


def test_r6_r7_competence_and_capacity_are_read_from_the_record() -> None:
    """A competent child signs; who lacks capacity does not, and an attorney does instead, where there are any."""
    child = born(date(2014, 1, 1))
    competent = replace(
        child,
        consent=replace(child.consent, minor_competence=MinorCompetence.COMPETENT, competence_evidence="Dr A, today"),
    )
    assert (rules(child, SIGNED), rules(competent, SIGNED)) == (["R6"], [])
    attorney = replace(SIGNED, giver=ConsentGiver.ATTORNEY_HW)
    assert rules(facts(MOLE), attorney) == ["R6"]
    lacking = facts({**MOLE, "basis": "health_welfare_attorney", "capacity": "assessed_lacks"} | EVIDENCE)
    assert lacking.consent.capacity is Capacity.ASSESSED_LACKS
    assert (rules(lacking, SIGNED), rules(lacking, attorney)) == (["R7"], [])
    assert rules(lacking, attorney, replace(POLICY, nation=Nation.NORTHERN_IRELAND)) == ["R7"]
    assert rules(lacking, replace(SIGNED, giver=ConsentGiver.MOTHER)) == ["R7"]
    for born_on, found in ((date(2008, 11, 23), []), (date(2008, 11, 22), ["R7"])):  # a parent decides until 18
        assert rules(replace(lacking, date_of_birth=born_on), replace(SIGNED, giver=ConsentGiver.MOTHER)) == found
    assert [again(lacking, who) for who in (ConsentGiver.PATIENT, ConsentGiver.ATTORNEY_HW)] == [["R7"], []]


@pytest.mark.parametrize(
    ("giver", "stands_in"),
    [
        (ConsentGiver.MOTHER, {Nation.ENGLAND, Nation.WALES, Nation.NORTHERN_IRELAND}),
        (ConsentGiver.LOCAL_AUTHORITY, {*Nation}),
        (ConsentGiver.ATTORNEY_HW, {Nation.SCOTLAND}),
        (ConsentGiver.DEPUTY, {*Nation}),
    ],
)
def test_r6_r7_for_a_patient_of_17_who_lacks_capacity_decides_who_may_in_each_nation(
    giver: ConsentGiver, stands_in: set[Nation]
) -> None:
    """As at filing: in Scotland no parent, in England and Wales no attorney; what would do names the record."""
    record = facts({**MOLE, "dob": "3/3/2009", "intimate": "no", "basis": "court_deputy_or_guardian"} | EVIDENCE)
    said = replace(SIGNED, giver=giver)
    stands = {nation for nation in Nation if not rules(record, said, replace(POLICY, nation=nation))}
    assert stands == stands_in
    with pytest.raises(RefusedByRule) as refused:
        expect_sound(record, SIGNED, POLICY, today=TODAY, reference="7f3k-q2ma")
    assert "imgfile amend 7f3k-q2ma" in refused.value.hint


def test_r24_whoever_can_agree_lets_a_photo_be_used_again_that_nobody_had_agreed_to() -> None:
    """No clinician does, and nobody least of all, of that photo and of any other."""
    asked = {slug: text for slug, text in MOLE.items() if slug not in {"giver", "form"}}
    decided = {"basis": "best_interests_or_benefit", "consulted": "her daughter, by phone"}
    interests = facts({**asked, **decided, "capacity_evidence": EVIDENCE["capacity_evidence"]})
    for record in (interests, facts(MOLE)):
        assert again(record, ConsentGiver.NONE) == again(record, ConsentGiver.CLINICIAN_BEST_INTERESTS) == ["R24"]
    assert [again(interests, who) for who in ConsentGiver if who.agrees] == [[]] * 8


EVIDENCE = {
    "capacity_evidence": "Dr A. Example, 20 Nov 2026, for this photo",
    "decided_by": "Jo Example",
    "authority": "LPA seen by Dr A. Example",
}


@pytest.mark.parametrize("giver", [ConsentGiver.CLINICIAN_BEST_INTERESTS, ConsentGiver.NONE])
@pytest.mark.parametrize("purpose", BEYOND_CARE)
def test_r8_best_interests_never_support_any_of_it(giver: ConsentGiver, purpose: Purpose) -> None:
    """Nor does nobody."""
    assert rules(facts(MOLE), replace(SIGNED, giver=giver, scope=frozenset({purpose}), outlet="BMJ")) == ["R8"]


@pytest.mark.parametrize("purpose", BEYOND_CARE)
@pytest.mark.parametrize("form", list(ConsentForm))
def test_r3_r4_only_a_form_with_its_document_does(purpose: Purpose, form: ConsentForm) -> None:
    """Every way to agree, with and without a document; oral teaching apart."""
    rule = "R4" if purpose in {Purpose.PUBLICATION_NAMED, Purpose.PUBLIC_MEDIA} else "R3"
    is_written = form in {ConsentForm.WRITTEN_SIGNED, ConsentForm.ELECTRONIC_FORM}
    said = replace(SIGNED, scope=frozenset({purpose}), form=form, outlet="BMJ")
    assert rules(facts(MOLE), said) == ([] if is_written else [rule])
    bare = replace(said, media_type="", digest=Digest(""), document=b"")
    assert rules(facts(MOLE), bare) == [rule]


def test_r3_oral_consent_suffices_for_teaching_where_the_policy_says_so() -> None:
    """Of an adult, not intimate, for teaching alone."""
    assert rules(facts(MOLE), ORAL) == ["R3"]
    assert rules(facts(MOLE), ORAL, TEACHING) == []
    assert rules(facts(KNEE), replace(ORAL, giver=ConsentGiver.MOTHER), TEACHING) == ["R3"]
    adult = facts(MOLE)
    intimate = replace(adult, decision=replace(adult.decision, intimate_site=IntimateSite.BREAST))
    assert rules(intimate, ORAL, TEACHING) == ["R3"]
    assert rules(intimate, SIGNED, TEACHING) == []
    for other in set(BEYOND_CARE) - {Purpose.TEACHING_INTERNAL}:
        both = frozenset({Purpose.TEACHING_INTERNAL, other})
        assert rules(adult, replace(ORAL, scope=both, outlet="BMJ"), TEACHING) in (["R3"], ["R4"])


def test_r4_r13_an_outlet_and_a_day_that_lies_behind() -> None:
    """One outlet for a publication; today counts, tomorrow does not."""
    publication = replace(SIGNED, scope=frozenset({Purpose.PUBLICATION_NAMED}))
    assert rules(facts(MOLE), publication) == ["R4"]
    assert rules(facts(MOLE), replace(SIGNED, obtained_at=date(2026, 11, 23))) == ["R13"]
    with pytest.raises(RefusedByRule, match="names its outlet"):
        expect_sound(facts(MOLE), publication, POLICY, today=TODAY)
