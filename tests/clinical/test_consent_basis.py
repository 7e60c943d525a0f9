"""The table of consent bases, and everything that is derived from it: one row a basis, one expectation a row."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date

import pytest

from imgfile.clinical.consent_basis import AgeGroup, ConsentBasis, ConsentGiver
from imgfile.clinical.facts import Facts
from imgfile.clinical.interview import choices, derive
from imgfile.clinical.interview.choices import numbered
from imgfile.clinical.interview.parse import read_basis, read_form
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.policy import Policy
from imgfile.clinical.rules import judge, needs_capacity_evidence
from imgfile.clinical.vocabulary import (
    Capacity,
    ConsentForm,
    IntimateUnder18,
    MinorCompetence,
    Nation,
    PrEvidence,
    Purpose,
    reference,
)
from imgfile.errors import AnswerInvalid
from kit.vault.filings import TODAY, knowing

AGES = (0, 9, 10, 15, 16, 17, 18, 80)
G = ConsentGiver
ENGLAND, SCOTLAND, NORTHERN_IRELAND = (
    Policy(nation=nation, intimate_under_18=IntimateUnder18.CLINICIAN_ATTESTED)
    for nation in (Nation.ENGLAND, Nation.SCOTLAND, Nation.NORTHERN_IRELAND)
)


@dataclass(frozen=True)
class Row:
    """What is expected of one basis, written down apart from the table."""

    holds: str
    """At each of AGES: y holds, n does not, e holds with evidence that the patient lacks capacity."""
    givers: tuple[ConsentGiver, ...]
    derived: ConsentGiver | None
    asks: str = ""
    """The question that the basis alone gives rise to."""
    is_agreement: bool = True
    is_explicit: bool = True
    derived_in_scotland: ConsentGiver | None = None
    """Where it is another than elsewhere."""


ROWS = {
    "patient_capacity_16plus": Row("nnnnyyyy", (G.PATIENT,), G.PATIENT),
    "competent_minor": Row("yyyynnnn", (G.PATIENT,), G.PATIENT, asks="competence_evidence"),
    "parental_responsibility": Row(
        "yyyyeenn", (G.MOTHER, G.FATHER, G.PARENT_OTHER, G.GUARDIAN), None, asks="pr_evidence"
    ),
    "local_authority_or_court": Row("yyyyeenn", (G.LOCAL_AUTHORITY, G.GUARDIAN), None),
    "health_welfare_attorney": Row("nnnneeee", (G.ATTORNEY_HW,), G.ATTORNEY_HW),
    "court_deputy_or_guardian": Row("nnnneeee", (G.DEPUTY, G.GUARDIAN), G.DEPUTY, derived_in_scotland=G.GUARDIAN),
    "best_interests_or_benefit": Row(
        "yyyyeeee", (G.CLINICIAN_BEST_INTERESTS,), G.CLINICIAN_BEST_INTERESTS, is_agreement=False
    ),
    "implicit_gmc10": Row("nnnnyyyy", (G.NONE,), G.NONE, is_agreement=False, is_explicit=False),
    "anonymised_gmc17": Row("nnnnyyyy", (G.NONE,), G.NONE, is_agreement=False, is_explicit=False),
    "legal_or_court_order": Row("nnnnyyyy", (G.NONE,), G.NONE, is_agreement=False),
    "public_interest": Row("nnnnyyyy", (G.NONE,), G.NONE, is_agreement=False),
    "deceased_prior_wishes": Row("nnnnyyyy", (G.NONE,), G.NONE, is_agreement=False),
    "not_obtained": Row("yyyyyyyy", (G.NONE,), G.NONE, is_agreement=False),
}

OFFERED = {
    0: ("parental_responsibility", "local_authority_or_court", "best_interests_or_benefit"),
    10: (
        "competent_minor", "parental_responsibility", "local_authority_or_court", "best_interests_or_benefit",
    ),
    16: (
        "patient_capacity_16plus", "best_interests_or_benefit", "parental_responsibility", "local_authority_or_court",
    ),
    18: (
        "patient_capacity_16plus", "health_welfare_attorney", "court_deputy_or_guardian", "best_interests_or_benefit",
    ),
}  # fmt: skip
"""What a prompt has room for, in its order, from each age on: the numbers that people type."""
RARE = (
    "implicit_gmc10", "anonymised_gmc17", "legal_or_court_order", "public_interest", "deceased_prior_wishes",
)  # fmt: skip
LISTED = {0: (), 10: (), 16: ("court_deputy_or_guardian", *RARE), 18: RARE}
"""What `?` adds."""


def aged(years: int | None, basis: ConsentBasis | None = None, policy: Policy = ENGLAND) -> Facts:
    """Return what is known of a patient of this age."""
    born = None if years is None else date(TODAY.year - years, 1, 1)
    return knowing(dob=born, basis=basis, policy=policy, sent_on=None)


def findings(facts: Facts, rule: str) -> set[str]:
    """Return the questions that a rule finds fault with."""
    return {finding.question for finding in judge(facts) if finding.rule == rule}


def test_every_basis_has_its_row() -> None:
    """In the order of the vocabulary; a new basis needs a row here."""
    assert [basis.value for basis in ConsentBasis] == list(ROWS)


@pytest.mark.parametrize(("basis", "at"), list(itertools.product(ConsentBasis, range(len(AGES)))))
def test_r6_and_r7_judge_each_age_by_the_row(basis: ConsentBasis, at: int) -> None:
    """Where it holds, where it does not, and where it needs evidence that the patient lacks capacity."""
    expected, facts = ROWS[basis].holds[at], aged(AGES[at], basis)
    assert (findings(facts, "R6") == {"basis"}) is (expected == "n")
    is_substitute = basis in {ConsentBasis.HEALTH_WELFARE_ATTORNEY, ConsentBasis.COURT_DEPUTY_OR_GUARDIAN}
    if expected != "n" or is_substitute:
        assert needs_capacity_evidence(facts) is (expected == "e" or is_substitute)


@pytest.mark.parametrize("basis", ConsentBasis)
def test_a_basis_needs_evidence_of_lacking_capacity_before_the_age_is_known_only_if_it_rests_on_nothing_else(
    basis: ConsentBasis,
) -> None:
    """An attorney or deputy decides for nobody else; whether a parent does turns on the age."""
    holds = ROWS[basis].holds
    expected = True if set(holds[4:]) == {"e"} and holds.startswith("n") else None if "e" in holds else False
    assert needs_capacity_evidence(aged(None, basis)) is expected
    assert basis.terms.is_substitute is (expected is True)


@pytest.mark.parametrize("basis", ConsentBasis)
def test_r1_r8_and_r10_judge_by_the_row(basis: ConsentBasis) -> None:
    """What nothing is filed on, what supports care alone, and what is not explicit."""
    assert (findings(aged(40, basis), "R1") == {"basis"}) is (basis is ConsentBasis.NOT_OBTAINED)
    for purpose in Purpose:
        facts = knowing(basis=basis, purpose=purpose)
        is_care_alone = basis is ConsentBasis.BEST_INTERESTS_OR_BENEFIT
        assert (findings(facts, "R8") == {"basis"}) is (purpose.kind.value == "secondary" and is_care_alone)
    intimate = knowing(basis=basis, dob=date(1971, 3, 3), intimate=True)
    assert (findings(intimate, "R10") == {"basis"}) is not ROWS[basis].is_explicit


@pytest.mark.parametrize("basis", ConsentBasis)
def test_r7_knows_health_attorneys_only_where_the_law_does(basis: ConsentBasis) -> None:
    """In Northern Ireland there are none, unless the practice's policy says so."""
    facts = aged(80, basis, NORTHERN_IRELAND)
    assert ("basis" in findings(facts, "R7")) is (basis is ConsentBasis.HEALTH_WELFARE_ATTORNEY)
    assert "basis" not in findings(aged(80, basis), "R7")


@pytest.mark.parametrize("basis", ConsentBasis)
def test_givers_and_forms_follow_from_the_row(basis: ConsentBasis) -> None:
    """The only giver is derived; a form is asked for if and only if somebody agreed."""
    row, facts, scots = ROWS[basis], knowing(basis=basis), knowing(basis=basis, policy=SCOTLAND)
    assert tuple(choice.code for choice in choices.givers(facts)) == row.givers
    assert derive.derive_giver(facts) is row.derived
    assert derive.derive_giver(scots) is (row.derived_in_scotland or row.derived)
    assert derive.derive_form(facts) is (None if row.is_agreement else ConsentForm.NOT_APPLICABLE)
    assert basis.terms.is_patients_own is (row.givers == (G.PATIENT,))
    fitting, other = ("phone", "not_applicable") if row.is_agreement else ("not_applicable", "phone")
    assert read_form(fitting, facts) in {ConsentForm.VERBAL_TELEPHONE, ConsentForm.NOT_APPLICABLE}
    with pytest.raises(AnswerInvalid, match="does not fit the basis"):
        read_form(other, facts)


@pytest.mark.parametrize("basis", ConsentBasis)
def test_the_questions_that_a_basis_gives_rise_to(basis: ConsentBasis) -> None:
    """How competence was assessed, or how parental responsibility is known; capacity is presumed of a patient's own."""
    facts = knowing(basis=basis)
    arising = {slug for slug in ("competence_evidence", "pr_evidence") if QUESTIONS[slug].applies(facts)}
    assert arising == {ROWS[basis].asks} - {""}
    assert derive.derive_pr_evidence(facts) is (PrEvidence.STATED if "pr_evidence" in arising else None)
    is_presumed = basis is ConsentBasis.PATIENT_CAPACITY_16PLUS
    assert derive.derive_capacity(facts) is (Capacity.PRESUMED if is_presumed else None)
    assessed = knowing(basis=basis, competence=MinorCompetence.NOT_COMPETENT)
    assert QUESTIONS["competence_evidence"].applies(assessed) is True


def test_nothing_follows_from_a_basis_that_is_not_known() -> None:
    """Neither giver nor form, and no question is ruled out."""
    facts = knowing()
    assert facts.terms is None
    assert derive.derive_giver(facts) is None
    assert derive.derive_form(facts) is None
    assert derive.derive_capacity(facts) is None
    assert derive.derive_pr_evidence(facts) is None
    assert QUESTIONS["pr_evidence"].applies(facts) is None
    assert QUESTIONS["competence_evidence"].applies(facts) is None
    assert needs_capacity_evidence(facts) is None
    assert [choice.code for choice in choices.givers(facts)] == list(ConsentGiver)


@pytest.mark.parametrize("years", [*range(20), 80, None])
@pytest.mark.parametrize("policy", [ENGLAND, SCOTLAND, NORTHERN_IRELAND], ids=lambda policy: policy.nation)
def test_a_prompt_offers_each_age_its_bases_in_their_places(years: int | None, policy: Policy) -> None:
    """By number; beneath 16 nothing more is listed, from 16 the rarer ones are."""
    since = max(age for age in OFFERED if age <= (18 if years is None else years))
    gone = {"health_welfare_attorney"} if policy is NORTHERN_IRELAND else set()
    if policy is SCOTLAND and since >= 16:
        gone = {"parental_responsibility"}  # parents decide until 16 alone there
    found = choices.bases(aged(years, policy=policy))
    assert [choice.code for choice in found if choice.is_offered] == [
        code for code in OFFERED[since] if code not in gone
    ]
    assert [choice.code for choice in found if not choice.is_offered] == list(LISTED[since])


@pytest.mark.parametrize(
    ("years", "group"),
    [
        (0, AgeGroup.YOUNG_CHILD),
        (9, AgeGroup.YOUNG_CHILD),
        (10, AgeGroup.OLDER_CHILD),
        (15, AgeGroup.OLDER_CHILD),
        (16, AgeGroup.SIXTEEN),
        (17, AgeGroup.SIXTEEN),
        (18, AgeGroup.ADULT),
        (None, AgeGroup.ADULT),
    ],
)
def test_ages_are_grouped_by_what_is_offered(years: int | None, group: AgeGroup) -> None:
    """An unknown age is an adult's."""
    assert AgeGroup.of(years) is group


def test_the_prompts_words_are_the_nations() -> None:
    """Scotland has guardians for deputies, and benefit for best interests."""
    assert numbered(choices.bases(aged(80))) == (
        "1 patient's own (capacity presumed)  2 attorney  3 deputy  4 best interests  (? all)"
    )
    assert numbered(choices.bases(aged(80, policy=SCOTLAND))) == (
        "1 patient's own (capacity presumed)  2 attorney  3 guardian  4 benefit to the patient  (? all)"
    )
    assert numbered(choices.bases(aged(80, policy=NORTHERN_IRELAND))) == (
        "1 patient's own (capacity presumed)  2 deputy  3 best interests  (? all)"
    )
    assert numbered(choices.bases(aged(12))) == (
        "1 competent child's own  2 parental responsibility  3 local authority or court  4 best interests"
    )


@pytest.mark.parametrize("basis", ConsentBasis)
@pytest.mark.parametrize("policy", [ENGLAND, SCOTLAND], ids=lambda policy: policy.nation)
def test_every_basis_is_taken_by_code_and_by_words_at_every_age(basis: ConsentBasis, policy: Policy) -> None:
    """The rules say what is wrong with one that does not fit; also by the nation's words, where it is offered."""
    for years in (*AGES, None):
        facts = aged(years, policy=policy)
        assert read_basis(basis.value, facts) is basis
        assert read_basis(basis.label.upper(), facts) is basis
        for choice in choices.bases(facts):
            assert read_basis(choice.label, facts) == choice.code


@pytest.mark.parametrize("basis", ConsentBasis)
def test_the_reference_page_names_every_basis(basis: ConsentBasis) -> None:
    """By code and words."""
    assert f"| `{basis.value}` | {basis.label} |" in reference()
