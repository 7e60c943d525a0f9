"""Each rule, by its number: what it lets pass, what it refuses, and at which age exactly."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date

import pytest

from imgfile.clinical.consent import SignedForm
from imgfile.clinical.consent_basis import ConsentBasis
from imgfile.clinical.facts import DateDoubt, Facts, Person
from imgfile.clinical.interview.choices import bases
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import Photo
from imgfile.clinical.rules import (
    Finding,
    Weight,
    is_answered_here,
    is_refusal,
    judge,
    must_be_answered_here,
    needs_attestation,
    needs_capacity_evidence,
)
from imgfile.clinical.statements import STATEMENTS, reference
from imgfile.clinical.vocabulary import (
    ASKED_SAFEGUARDS,
    REQUIRED_SAFEGUARDS,
    Capacity,
    ConsentForm,
    IntimateUnder18,
    Nation,
    Origin,
    Provenance,
    Purpose,
    PurposeKind,
    Safeguard,
)
from kit.vault.filings import DOCTOR, FACTS, POLICY, knowing

AGES = (0, 12, 15, 16, 17, 18, 80)
REFUSING = Policy(nation=Nation.ENGLAND, intimate_under_18=IntimateUnder18.REFUSE)
EVERYTHING_TRUE = dict.fromkeys(ASKED_SAFEGUARDS, True)


def aged(years: int, **answers: object) -> Facts:
    """Know somebody whose birthday is today."""
    return knowing(sent_on=None, dob=FACTS.today.replace(year=FACTS.today.year - years), **answers)


def found(facts: Facts) -> set[tuple[str, str]]:
    """Return which rules refuse, and the questions they blame."""
    return {(finding.rule, finding.question) for finding in judge(facts) if finding.weight is not Weight.WARNING}


def test_nothing_known_is_nothing_found() -> None:
    """A rule is silent until it knows enough."""
    assert judge(FACTS) == ()
    assert needs_attestation(FACTS) is None
    assert needs_capacity_evidence(FACTS) is None


def test_the_rules_are_stated_in_order() -> None:
    """R1 to R13, each once."""
    assert list(STATEMENTS) == [f"R{number}" for number in range(1, 14)]


# --- R1 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rationale", "reason"),
    [
        ("Compare in one week", "has fewer than 20 characters"),
        ("Compare  in  one  week", "has fewer than 20 characters"),
        ("Compare in two weeks", None),
        ("test test test test test", "is one thing repeated"),
        ("IMG_20261121_080912_HDR", "is the file's name"),
        ("IMG_20261121_080912_HDR.jpg", "is the file's name"),
    ],
)
def test_r1_a_rationale_says_something(rationale: str, reason: str | None) -> None:
    """Twenty characters, runs of spaces counted once, neither a placeholder nor the file's name."""
    findings = judge(knowing(rationale=rationale, file_name="IMG_20261121_080912_HDR.jpg"))
    assert [finding.sentence for finding in findings] == ([f"the rationale {reason}."] if reason else [])
    assert all((finding.rule, finding.question) == ("R1", "rationale") for finding in findings)


def test_r1_nothing_is_filed_on_no_consent_at_all() -> None:
    """`not_obtained` is a word of the vocabulary, and no basis to file on."""
    for years in AGES:
        assert found(aged(years, basis=ConsentBasis.NOT_OBTAINED)) == {("R1", "basis")}


# --- R3, R4, R5: purposes -------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", Purpose)
def test_r3_r4_r5_only_purposes_near_care_are_filed_for(purpose: Purpose) -> None:
    """Secondary uses take a form, given now or later; marketing, social media, training of products are refused."""
    expected = {
        Purpose.OWN_CLINICAL_RECORD: "R5",
        Purpose.TEACHING_INTERNAL: "R3",
        Purpose.TRAINING_ASSESSMENT: "R3",
        Purpose.RESEARCH: "R3",
        Purpose.PUBLICATION_NAMED: "R4",
        Purpose.PUBLIC_MEDIA: "R4",
        Purpose.MARKETING: "R5",
        Purpose.SOCIAL_MEDIA: "R5",
        Purpose.PRODUCT_AI_TRAINING: "R5",
    }
    asked = "consent_document" if purpose.kind is PurposeKind.SECONDARY else "purpose"
    assert found(knowing(purpose=purpose)) == ({(expected[purpose], asked)} if purpose in expected else set())
    sentences = [finding.sentence for finding in judge(knowing(purpose=purpose))]
    if purpose.kind is PurposeKind.SECONDARY:
        assert "imgfile consent add" in sentences[0]
    if purpose.kind is PurposeKind.ALWAYS_REFUSED:
        assert "ever" in sentences[0]


def test_four_purposes_are_direct_care_one_is_of_copies_alone_and_four_are_near_care() -> None:
    """R11 turns on this."""
    kinds = [purpose.kind for purpose in Purpose]
    assert (
        kinds
        == [PurposeKind.DIRECT_CARE] * 4
        + [PurposeKind.OWN_RECORD]
        + [PurposeKind.NEAR_CARE] * 4
        + [PurposeKind.SECONDARY] * 5
        + [PurposeKind.ALWAYS_REFUSED] * 3
    )


# --- R6, R7: who decides, by age ------------------------------------------------------------------------

ALLOWED = {
    # basis: allowed under 16, at 16 and 17, from 18; "lacks" where lacking capacity must be evidenced
    ConsentBasis.PATIENT_CAPACITY_16PLUS: ("", "yes", "yes"),
    ConsentBasis.COMPETENT_MINOR: ("yes", "", ""),
    ConsentBasis.PARENTAL_RESPONSIBILITY: ("yes", "lacks", ""),
    ConsentBasis.LOCAL_AUTHORITY_OR_COURT: ("yes", "lacks", ""),
    ConsentBasis.HEALTH_WELFARE_ATTORNEY: ("", "", "lacks"),
    ConsentBasis.COURT_DEPUTY_OR_GUARDIAN: ("", "lacks", "lacks"),
    ConsentBasis.BEST_INTERESTS_OR_BENEFIT: ("yes", "lacks", "lacks"),
    ConsentBasis.IMPLICIT_GMC10: ("", "yes", "yes"),
    ConsentBasis.ANONYMISED_GMC17: ("", "yes", "yes"),
    ConsentBasis.LEGAL_OR_COURT_ORDER: ("", "yes", "yes"),
    ConsentBasis.PUBLIC_INTEREST: ("", "yes", "yes"),
    ConsentBasis.DECEASED_PRIOR_WISHES: ("", "yes", "yes"),
}


@pytest.mark.parametrize(("years", "basis"), list(itertools.product(AGES, ALLOWED)))
def test_r6_the_basis_fits_the_age(years: int, basis: ConsentBasis) -> None:
    """Under 16 four bases; from 16 patients decide for themselves; parental responsibility ends at 18."""
    allowed = ALLOWED[basis][0 if years < 16 else 1 if years < 18 else 2]
    rules = {rule for rule, _ in found(aged(years, basis=basis))}
    is_attorneys = basis is ConsentBasis.HEALTH_WELFARE_ATTORNEY and years >= 16
    assert rules == (set() if allowed else {"R7" if is_attorneys else "R6"})


@pytest.mark.parametrize("nation", Nation)
@pytest.mark.parametrize(
    ("basis", "ages"),
    [
        (ConsentBasis.PARENTAL_RESPONSIBILITY, {Nation.SCOTLAND: range(16)}),
        (ConsentBasis.LOCAL_AUTHORITY_OR_COURT, {}),
        (ConsentBasis.HEALTH_WELFARE_ATTORNEY, {Nation.SCOTLAND: range(16, 99), Nation.NORTHERN_IRELAND: range(0)}),
        (ConsentBasis.COURT_DEPUTY_OR_GUARDIAN, dict.fromkeys(Nation, range(16, 99))),
    ],
)
def test_r6_r7_parents_and_attorneys_decide_at_the_ages_of_each_nation(
    basis: ConsentBasis, ages: dict[Nation, range], nation: Nation
) -> None:
    """In Scotland parents until 16 alone, and attorneys from 16; in England and Wales nobody makes one below 18."""
    usual = range(18, 99) if basis is ConsentBasis.HEALTH_WELFARE_ATTORNEY else range(18)
    policy = replace(POLICY, nation=nation)
    lacking = {"capacity": Capacity.ASSESSED_LACKS, "capacity_evidence": "Dr B, 1 Nov 2026"}
    stands = [years for years in range(20) if not found(aged(years, basis=basis, policy=policy, **lacking))]
    assert stands == [years for years in range(20) if years in ages.get(nation, usual)]
    offered = {
        years
        for years in range(20)
        if basis in {choice.code for choice in bases(aged(years, policy=policy)) if choice.is_offered}
    }
    assert offered <= set(stands)


@pytest.mark.parametrize(("years", "basis"), list(itertools.product(AGES, ALLOWED)))
def test_r7_who_decides_for_others_from_16_needs_evidence_that_they_lack_capacity(
    years: int, basis: ConsentBasis
) -> None:
    """Presumed capacity or no evidence refuses; assessed and evidenced passes."""
    allowed = ALLOWED[basis][0 if years < 16 else 1 if years < 18 else 2]
    if not allowed:
        return
    needs = allowed == "lacks"
    assert needs_capacity_evidence(aged(years, basis=basis)) is needs
    presumed = found(aged(years, basis=basis, capacity=Capacity.PRESUMED))
    assessed = found(aged(years, basis=basis, capacity=Capacity.ASSESSED_HAS))
    assert presumed == assessed == ({("R7", "capacity")} if needs else set())
    cannot = {("R7", "capacity")} if basis is ConsentBasis.PATIENT_CAPACITY_16PLUS else set()
    unproven = found(aged(years, basis=basis, capacity=Capacity.ASSESSED_LACKS))
    assert unproven == ({("R7", "capacity_evidence")} if needs else cannot)
    proven = aged(years, basis=basis, capacity=Capacity.ASSESSED_LACKS, capacity_evidence="Dr B, 1 Nov 2026")
    assert found(proven) == cannot


@pytest.mark.parametrize(("born", "is_adult_basis_fine"), [(date(2010, 11, 23), False), (date(2010, 11, 22), True)])
def test_r6_the_sixteenth_birthday_itself_counts(born: date, *, is_adult_basis_fine: bool) -> None:
    """A day earlier it is the child's competence or a parent."""
    own = found(knowing(dob=born, basis=ConsentBasis.PATIENT_CAPACITY_16PLUS))
    competent = found(knowing(dob=born, basis=ConsentBasis.COMPETENT_MINOR))
    assert (own == set()) is is_adult_basis_fine
    assert (competent == set()) is not is_adult_basis_fine


def test_r6_a_leap_day_child_turns_18_on_1_march() -> None:
    """On 28 February parental responsibility still holds."""
    facts = {"dob": date(2008, 2, 29), "basis": ConsentBasis.PARENTAL_RESPONSIBILITY, "sent_on": None}
    assert found(knowing(today=date(2026, 2, 28), **facts)) == set()
    assert found(knowing(today=date(2026, 3, 1), **facts)) == {("R6", "basis")}


def test_r6_says_nothing_while_age_or_basis_is_unknown() -> None:
    """It waits for both."""
    assert found(knowing(basis=ConsentBasis.COMPETENT_MINOR)) == set()
    assert found(aged(40)) == set()


def test_r7_there_is_no_health_attorney_where_the_policy_says_so() -> None:
    """Northern Ireland is taken to have none; the policy can say otherwise."""

    def refused(policy: Policy) -> bool:
        return ("R7", "basis") in found(
            aged(80, policy=policy, basis=ConsentBasis.HEALTH_WELFARE_ATTORNEY, capacity=None)
        )

    refuse = IntimateUnder18.REFUSE
    assert not refused(POLICY)
    assert refused(Policy(nation=Nation.NORTHERN_IRELAND, intimate_under_18=refuse))
    assert not refused(Policy(nation=Nation.NORTHERN_IRELAND, intimate_under_18=refuse, health_attorney=True))
    assert refused(Policy(nation=Nation.ENGLAND, intimate_under_18=refuse, health_attorney=False))


def test_r7_scotland_asks_for_the_certificate() -> None:
    """Adults with Incapacity (Scotland) Act 2000."""
    scotland = Policy(nation=Nation.SCOTLAND, intimate_under_18=IntimateUnder18.REFUSE)
    facts = aged(80, basis=ConsentBasis.BEST_INTERESTS_OR_BENEFIT, capacity=Capacity.ASSESSED_LACKS)
    assert "who assessed it, and when" in judge(facts)[0].sentence
    assert "the certificate's reference" in judge(knowing(
        policy=scotland, dob=facts.dob, basis=facts.basis, capacity=facts.capacity
    ))[0].sentence  # fmt: skip


def test_r7_the_need_for_evidence_waits_for_the_age_only_where_it_turns_on_it() -> None:
    """An attorney always needs it, a parent only from 16."""
    assert needs_capacity_evidence(knowing(basis=ConsentBasis.HEALTH_WELFARE_ATTORNEY)) is True
    assert needs_capacity_evidence(knowing(basis=ConsentBasis.PATIENT_CAPACITY_16PLUS)) is False
    assert needs_capacity_evidence(knowing(basis=ConsentBasis.BEST_INTERESTS_OR_BENEFIT)) is None


# --- R8 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("purpose", "basis"), list(itertools.product(Purpose, ConsentBasis)))
def test_r8_best_interests_never_supports_teaching_or_publication(purpose: Purpose, basis: ConsentBasis) -> None:
    """It supports care."""
    is_refused = purpose.kind is PurposeKind.SECONDARY and basis is ConsentBasis.BEST_INTERESTS_OR_BENEFIT
    assert (("R8", "basis") in found(knowing(purpose=purpose, basis=basis))) is is_refused


# --- R9 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_attended", [True, False])
@pytest.mark.parametrize("is_reception", [True, False])
def test_r9_a_policy_that_refuses_is_said_first_at_every_door(*, is_attended: bool, is_reception: bool) -> None:
    """Nobody is sent to a terminal, or to a clinician's, for a photo that is refused there too."""
    facts = knowing(**INTIMATE_CHILD, policy=REFUSING, is_attended=is_attended, is_reception=is_reception)
    first = next(finding for finding in judge(facts) if finding.weight is Weight.FINAL)
    assert "describe it in the record instead" in first.sentence


@pytest.mark.parametrize(
    ("years", "intimate", "policy"), list(itertools.product(AGES, (True, False), (POLICY, REFUSING)))
)
def test_r9_an_intimate_photo_of_an_under_18_is_filed_only_where_the_policy_allows(
    years: int, policy: Policy, *, intimate: bool
) -> None:
    """16 and 17 count as children here, whoever decides."""
    facts = aged(years, intimate=intimate, policy=policy)
    concerns = intimate and years < 18
    assert needs_attestation(facts) is concerns
    findings = judge(facts)
    if concerns and policy is REFUSING:
        assert [(finding.rule, finding.weight) for finding in findings] == [("R9", Weight.FINAL)]
        assert "describe it in the record instead" in findings[0].sentence
    else:
        assert findings == ()


@pytest.mark.parametrize(("years", "basis"), list(itertools.product(AGES, ALLOWED)))
def test_r9_attestation_turns_on_age_and_site_never_on_the_basis(years: int, basis: ConsentBasis) -> None:
    """A 17-year-old who decides alone is still protected."""
    assert needs_attestation(aged(years, intimate=True, basis=basis)) is (years < 18)


def test_r9_counts_the_age_in_the_photo() -> None:
    """Whoever is 18 today was a child in last year's photo; a clock from before the birth makes none older (R13)."""
    adult = {"dob": date(2008, 11, 22), "intimate": True}
    assert needs_attestation(knowing(**adult, sent_on=None)) is False
    assert needs_attestation(knowing(**adult, sent_on=date(2026, 11, 21))) is True
    assert needs_attestation(knowing(**adult, sent_on=date(2026, 11, 22))) is False
    assert needs_attestation(knowing(**adult, sent_on=None, taken_on=date(2026, 11, 21))) is True
    assert needs_attestation(knowing(**adult, sent_on=None, taken_on=date(2008, 11, 22))) is True
    assert needs_attestation(knowing(**adult, sent_on=None, taken_on=date(2008, 11, 21))) is True
    assert needs_attestation(knowing(**adult, sent_on=date(2026, 11, 23))) is False


@pytest.mark.parametrize("door", Provenance)
@pytest.mark.parametrize("taken_on", [date(1919, 5, 1), date(1970, 1, 1), date(1980, 1, 1), date(1971, 3, 2)])
def test_r13_only_a_reason_typed_here_lets_the_age_at_filing_count(taken_on: date, door: Provenance) -> None:
    """Said elsewhere, a photo with a date that cannot be right stays a child's."""
    adult = knowing(dob=date(1971, 3, 3), intimate=True, sent_on=None, taken_on=taken_on)
    assert needs_attestation(adult) is True
    explained = replace(adult, date_reason="camera clock never set", provenance={"date_reason": door})
    assert needs_attestation(explained) is (door is not Provenance.TYPED)
    as_a_child = replace(explained, sent_on=date(1988, 1, 2))  # a message's date says more than a camera's
    assert needs_attestation(as_a_child) is True


@pytest.mark.parametrize(
    ("dates", "doubt"),
    [
        ({"taken_on": date(2026, 11, 22)}, None),
        ({"taken_on": date(2026, 11, 23)}, None),
        ({"taken_on": date(2026, 11, 24)}, DateDoubt.IN_FUTURE),
        ({"taken_on": date(2026, 11, 22), "sent_on": date(2026, 11, 21)}, None),
        ({"taken_on": date(2026, 11, 22), "sent_on": date(2026, 11, 20)}, DateDoubt.AFTER_SENDING),
        ({"taken_on": date(2001, 2, 3)}, None),
        ({"taken_on": date(2001, 2, 2)}, DateDoubt.BEFORE_BIRTH),
        ({"taken_on": date(2026, 11, 21), "sent_on": date(2001, 2, 1)}, DateDoubt.SENT_BEFORE_BIRTH),
        ({"sent_on": date(2001, 2, 1)}, DateDoubt.SENT_BEFORE_BIRTH),
        ({"sent_on": date(2001, 2, 2)}, None),
        ({"taken_on": date(1919, 5, 1)}, DateDoubt.BEFORE_BIRTH),
        ({"taken_on": date(1919, 5, 1), "dob": date(1900, 1, 2)}, DateDoubt.FACTORY_DATE),
        ({"taken_on": date(1904, 1, 1)}, DateDoubt.FACTORY_DATE),
        ({"taken_on": date(1969, 12, 31)}, DateDoubt.BEFORE_BIRTH),
        ({"taken_on": date(1969, 12, 31), "dob": date(1900, 1, 2)}, DateDoubt.FACTORY_DATE),
        ({"taken_on": date(1994, 12, 31)}, DateDoubt.BEFORE_BIRTH),
        ({"taken_on": date(1994, 12, 31), "dob": date(1900, 1, 2)}, DateDoubt.FACTORY_DATE),
        ({"taken_on": date(1999, 12, 31)}, DateDoubt.BEFORE_BIRTH),
        ({"taken_on": date(1999, 12, 31), "dob": date(1900, 1, 2)}, DateDoubt.FACTORY_DATE),
        ({"taken_on": date(2000, 1, 1)}, DateDoubt.FACTORY_DATE),
        ({"taken_on": date(2015, 1, 1)}, DateDoubt.FACTORY_DATE),
        ({"taken_on": date(2025, 1, 1)}, DateDoubt.FACTORY_DATE),
        ({"taken_on": date(2026, 1, 1)}, None),
        ({"taken_on": date(2015, 1, 2)}, None),
    ],
)
def test_r13_a_date_cannot_be_right_before_birth_after_sending_or_of_a_clock_never_set(
    dates: dict[str, date], doubt: DateDoubt | None
) -> None:
    """A day apart is a camera abroad; New Year's Day is believed for a year."""
    facts = knowing(**{"sent_on": None, "dob": date(2001, 2, 3), **dates})
    assert facts.date_doubt is doubt
    assert QUESTIONS["date_reason"].applies(facts) is (doubt is not None)


@pytest.mark.parametrize(
    ("taken_on", "is_said"), [(date(2025, 11, 22), False), (date(2025, 11, 21), True), (date(1971, 3, 4), False)]
)
def test_r13_a_photo_taken_more_than_a_year_ago_is_said_to_be(taken_on: date, *, is_said: bool) -> None:
    """Where its date can be right."""
    findings = judge(knowing(dob=date(1971, 3, 3), taken_on=taken_on))
    said = [Finding("R13", "this photo was taken more than a year ago.", "date_reason", Weight.WARNING)]
    assert list(findings) == said * is_said


def test_r9_waits_for_what_it_does_not_know_but_not_longer() -> None:
    """Not intimate is enough to know; so is an adult."""
    assert needs_attestation(knowing(intimate=False)) is False
    assert needs_attestation(aged(18)) is False
    assert needs_attestation(knowing(intimate=True)) is None
    assert needs_attestation(aged(17)) is None


@pytest.mark.parametrize("safeguard", ASKED_SAFEGUARDS)
def test_r9_each_required_safeguard_must_be_true(safeguard: Safeguard) -> None:
    """The other four may be answered no, or not be stated."""
    facts = aged(1, intimate=True, safeguards={**EVERYTHING_TRUE, safeguard: False})
    assert found(facts) == ({("R9", "safeguards")} if safeguard in REQUIRED_SAFEGUARDS else set())
    assert all(f'"{safeguard.label}"' in finding.sentence for finding in judge(facts))


def test_r9_all_safeguards_true_pass_and_none_names_all_four() -> None:
    """One sentence says everything that is lacking."""
    assert judge(aged(1, intimate=True, safeguards=EVERYTHING_TRUE)) == ()
    (finding,) = judge(aged(1, intimate=True, safeguards={}))
    assert finding.sentence.count('"') == 2 * len(REQUIRED_SAFEGUARDS) == 8
    assert judge(aged(18, intimate=True, safeguards={})) == ()


def test_r9_only_a_registered_clinician_attests() -> None:
    """The roster knows who is."""
    assert found(aged(1, intimate=True, attested_by=DOCTOR)) == set()
    assert found(aged(1, intimate=True, attested_by=Person("R. Desk"))) == {("R9", "attested_by")}


FORM = SignedForm(Photo(b"%PDF").digest, "application/pdf", b"%PDF")


def test_r3_r26_a_form_is_given_itself_and_not_at_a_reception() -> None:
    """What it names is what the photo is for; by its digest alone nobody can seal it; a desk files for care."""
    signed = knowing(purpose=Purpose.TEACHING_INTERNAL, form=ConsentForm.WRITTEN_SIGNED, consent_document=FORM)
    named = replace(signed, covers=frozenset({Purpose.TEACHING_INTERNAL}))
    assert found(named) == found(signed) == set()
    assert found(replace(named, covers=frozenset({Purpose.RESEARCH}))) == {("R3", "covers")}
    assert found(replace(named, consent_document=SignedForm(FORM.digest))) == {("R3", "consent_document")}
    assert found(replace(named, is_reception=True)) == {("R26", "consent_document")}
    assert found(replace(named, form=ConsentForm.VERBAL_TELEPHONE)) == {("R3", "form")}


def test_r3_what_a_form_names_waits_for_the_purpose_where_none_is_given() -> None:
    """Unknown is nothing found: the purpose says which form is missing."""
    named = knowing(covers=frozenset({Purpose.RESEARCH}))
    assert named.purpose is None
    assert found(named) == set()
    assert found(replace(named, purpose=Purpose.RESEARCH)) == {("R3", "consent_document")}


def test_r3_what_a_form_names_never_rests_on_what_was_said() -> None:
    """Where teaching needs no form, one that is given is judged all the same."""
    oral = aged(40, purpose=Purpose.TEACHING_INTERNAL, intimate=False, form=ConsentForm.VERBAL_TELEPHONE)
    teaching = replace(oral, policy=replace(POLICY, allows_oral_teaching=True))
    assert found(teaching) == set()
    by_digest = replace(teaching, consent_document=SignedForm(FORM.digest), covers=frozenset({Purpose.RESEARCH}))
    assert found(by_digest) == {("R3", "consent_document"), ("R3", "form")}


def test_r9_a_reception_attests_nothing_and_no_form_covers_it() -> None:
    """Whatever the policy lets a clinician do; final there, and a matter of the form anywhere."""
    assert found(aged(17, intimate=True, is_reception=True)) == {("R9", "intimate")}
    assert found(aged(18, intimate=True, is_reception=True)) == set()
    covered = aged(17, intimate=True, purpose=Purpose.DIAGNOSIS, covers=frozenset({Purpose.RESEARCH}))
    assert ("R9", "covers") in found(covered)
    assert ("R9", "covers") not in found(replace(covered, intimate=False))


@pytest.mark.parametrize("purpose", Purpose)
def test_r9_an_intimate_photo_of_a_child_is_never_used_beyond_care(purpose: Purpose) -> None:
    """Not even when other secondary uses will be filed for."""
    is_care = purpose.kind not in {PurposeKind.SECONDARY, PurposeKind.ALWAYS_REFUSED}
    assert (("R9", "purpose") not in found(aged(17, intimate=True, purpose=purpose))) is is_care
    assert ("R9", "purpose") not in found(aged(18, intimate=True, purpose=purpose))


@pytest.mark.parametrize(
    ("years", "site", "intimate", "is_refused"),
    [
        (1, "nappy area", True, True),
        (1, "nappy area", False, True),
        (1, "left knee", True, True),
        (1, "left knee", False, False),
        (1, "left knee", None, False),
        (1, "willy wonka", False, True),
        (1, "xx", False, True),
        (17, "xx", None, True),
        (18, "xx", False, False),
        (17, "left breast", None, True),
        (18, "left breast", True, False),
    ],
)
def test_r9_never_in_a_batch(years: int, site: str, *, intimate: bool | None, is_refused: bool) -> None:
    """The words of the site count there, whatever the row says; and it is final."""
    facts = replace(aged(years, body_site=site, intimate=intimate), is_attended=False)
    batch = [finding for finding in judge(facts) if "batch" in finding.sentence]
    assert [finding.weight for finding in batch] == ([Weight.FINAL] if is_refused else [])
    attended = aged(years, body_site=site, intimate=intimate)
    assert judge(attended) == ()


# --- R10, R11 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ConsentForm)
def test_r10_an_intimate_photo_of_an_adult_needs_explicit_consent(form: ConsentForm) -> None:
    """Sending it is not enough; any other form is."""
    is_implied = form is ConsentForm.IMPLIED_BY_SUBMISSION
    assert found(aged(18, intimate=True, form=form)) == ({("R10", "form")} if is_implied else set())
    assert found(aged(18, intimate=False, form=form)) == set()
    unasked = aged(18, intimate=True, form=form, origin=Origin.UNSOLICITED, is_attended=False)
    assert {rule for rule, _ in found(unasked)} <= {"R11"}  # whose words are of a photo that was sent unasked


@pytest.mark.parametrize("basis", ConsentBasis)
def test_r10_a_basis_on_which_nobody_decided_is_not_explicit(basis: ConsentBasis) -> None:
    """Implicit and anonymised bases are for what is not intimate."""
    is_refused = basis in {ConsentBasis.IMPLICIT_GMC10, ConsentBasis.ANONYMISED_GMC17}
    assert (("R10", "basis") in found(aged(18, intimate=True, basis=basis))) is is_refused
    assert ("R10", "basis") not in found(aged(18, intimate=False, basis=basis))


@pytest.mark.parametrize("view_once", [True, False, None])
@pytest.mark.parametrize("agreed_to_keep", [True, False, None])
def test_r10_an_intimate_photo_sent_to_vanish_is_filed_only_where_they_agreed_to_keep_it(
    *, view_once: bool | None, agreed_to_keep: bool | None
) -> None:
    """What is not answered yet is asked; of what was not sent to vanish, and of what is not intimate, nobody asks."""
    known = {"view_once": view_once, "agreed_to_keep": agreed_to_keep}
    is_refused = view_once is True and agreed_to_keep is False
    assert found(aged(18, intimate=True, **known)) == ({("R10", "agreed_to_keep")} if is_refused else set())
    assert found(aged(18, intimate=False, **known)) == set()


def test_r11_sending_implies_consent_only_to_a_requested_photo_for_direct_care() -> None:
    """A clinician asked for it, it is not intimate, and it is for care."""
    sent = {"form": ConsentForm.IMPLIED_BY_SUBMISSION, "origin": Origin.REQUESTED_BY_CLINICIAN}
    assert found(aged(40, **sent, intimate=False, purpose=Purpose.DIAGNOSIS)) == set()
    assert found(aged(17, **sent, intimate=True)) == {("R11", "form")}
    assert found(knowing(**sent, intimate=True)) == {("R11", "form")}
    assert found(aged(40, **sent, purpose=Purpose.MEDICO_LEGAL)) == {("R11", "form")}
    for origin in (Origin.TAKEN_BY_CLINICIAN, Origin.THIRD_PARTY_PROVIDER):
        assert found(knowing(form=ConsentForm.IMPLIED_BY_SUBMISSION, origin=origin)) == {("R11", "form")}
        assert found(knowing(form=ConsentForm.VERBAL_TELEPHONE, origin=origin)) == set()
    assert found(knowing(form=ConsentForm.IMPLIED_BY_SUBMISSION)) == set()
    phoned = {"form": ConsentForm.VERBAL_TELEPHONE, "origin": Origin.REQUESTED_BY_CLINICIAN}
    assert found(aged(40, **phoned, purpose=Purpose.MEDICO_LEGAL)) == set()


@pytest.mark.parametrize("is_attended", [True, False])
@pytest.mark.parametrize("form", ConsentForm)
def test_r11_a_photo_sent_unasked_needs_explicit_consent_given_since(form: ConsentForm, *, is_attended: bool) -> None:
    """Where somebody can be asked, sending it leads to that question; else it is final, and says what to do by hand."""
    unasked = knowing(origin=Origin.UNSOLICITED, is_attended=is_attended)
    is_explicit = form not in {ConsentForm.IMPLIED_BY_SUBMISSION, ConsentForm.NOT_APPLICABLE}
    is_open = is_attended and form is ConsentForm.IMPLIED_BY_SUBMISSION
    findings = [(each.rule, each.question, each.weight) for each in judge(replace(unasked, form=form))]
    assert findings == ([] if is_explicit or is_open else [("R11", "form", Weight.FINAL)])
    since = replace(unasked, form=ConsentForm.IMPLIED_BY_SUBMISSION, spoken_since=form)
    assert (judge(since) == ()) is is_explicit
    assert all("Speak to them first." in each.hint for each in judge(since))
    assert judge(unasked) == ()


def test_r11_consent_to_a_photo_sent_unasked_may_be_given_on_the_day_it_was_sent() -> None:
    """Not on the day before."""
    facts = knowing(origin=Origin.UNSOLICITED, form=ConsentForm.VERBAL_TELEPHONE, sent_on=date(2026, 11, 20))
    assert found(replace(facts, obtained_at=date(2026, 11, 20))) == set()
    assert found(replace(facts, obtained_at=date(2026, 11, 19))) == {("R11", "obtained_at")}


# --- R12, R13 -------------------------------------------------------------------------------------------


def test_r12_an_objection_is_final() -> None:
    """A child's recorded objection to, or distress at, this photo; anybody else's too."""
    for years in AGES:
        (finding,) = judge(aged(years, objection=True))
        assert (finding.rule, finding.weight) == ("R12", Weight.FINAL)
        assert judge(aged(years, objection=False)) == ()


@pytest.mark.parametrize(
    ("obtained_at", "weight"),
    [
        (date(2026, 11, 23), Weight.CORRECTABLE),
        (date(2026, 11, 22), None),
        (date(2025, 11, 22), None),
        (date(2025, 11, 21), Weight.WARNING),
        (date(1999, 1, 1), Weight.WARNING),
    ],
)
def test_r13_consent_is_not_of_the_future_and_warns_after_a_year(obtained_at: date, weight: Weight | None) -> None:
    """Today is fine, and so is the day a year ago."""
    findings = judge(knowing(obtained_at=obtained_at))
    assert [(finding.rule, finding.question, finding.weight) for finding in findings] == (
        [("R13", "obtained_at", weight)] if weight else []
    )


# --- the very words ---------------------------------------------------------------------------------------

CHILD, ADULT = date(2025, 9, 14), date(1971, 3, 3)
SCOTTISH = Policy(nation=Nation.SCOTLAND, intimate_under_18=IntimateUnder18.CLINICIAN_ATTESTED)
IRISH = Policy(nation=Nation.NORTHERN_IRELAND, intimate_under_18=IntimateUnder18.CLINICIAN_ATTESTED)
INTIMATE_CHILD = {"dob": CHILD, "intimate": True}
LACKING = {"dob": ADULT, "basis": ConsentBasis.BEST_INTERESTS_OR_BENEFIT, "capacity": Capacity.ASSESSED_LACKS}
SENT = ConsentForm.IMPLIED_BY_SUBMISSION
TOO_YOUNG = (
    "under 16, the basis is the competent child, parental responsibility, a local authority or court, "
    "or best interests."
)
ASK_THEM = "Ask them. Until then leave it where it is, and describe in the patient's record what you saw."
SPEAK_TO_THEM = (
    "Speak to them first. If they agree, file it with how they did: --spoken-since phone. Else leave it, and "
    "write in the patient's record that it came."
)
LACKING_TWO = (
    'an intimate photo of a child is filed only if this is true: "needed for this decision", "told who will see it".'
)


@pytest.mark.parametrize(
    ("known", "finding"),
    [
        ({"basis": ConsentBasis.NOT_OBTAINED},
         Finding("R1", "without consent or another basis nothing is filed.", "basis")),
        ({"rationale": "short"}, Finding("R1", "the rationale has fewer than 20 characters.", "rationale")),
        ({"purpose": Purpose.RESEARCH},
         Finding("R3", "imgfile does not file for research without a signed form that names it "
                       "(--consent-document); file it for care, then add the signed form: imgfile consent add RECORD.",
                 "consent_document")),
        ({"purpose": Purpose.PUBLIC_MEDIA},
         Finding("R4", "imgfile does not file for public media without a signed form that names it "
                       "(--consent-document); file it for care, then add the signed form: imgfile consent add RECORD.",
                 "consent_document")),
        ({"purpose": Purpose.MARKETING},
         Finding("R5", "no clinical photo is ever filed for marketing.", "purpose")),
        ({"dob": CHILD, "basis": ConsentBasis.PUBLIC_INTEREST}, Finding("R6", TOO_YOUNG, "basis")),
        ({"dob": ADULT, "basis": ConsentBasis.COMPETENT_MINOR},
         Finding("R6", "from 16, the basis is the patient's own consent, not a child's competence.", "basis")),
        ({"dob": ADULT, "basis": ConsentBasis.PARENTAL_RESPONSIBILITY},
         Finding("R6", "parental responsibility, a parent's or a local authority's, ends at 18; the patient decides, "
                       "or whoever the law lets decide where they lack capacity.", "basis")),
        ({"policy": IRISH, "basis": ConsentBasis.HEALTH_WELFARE_ATTORNEY},
         Finding("R7", "by the law of Northern Ireland no attorney decides about health: best interests, or a court's "
                       "order.", "basis")),
        ({"policy": replace(POLICY, health_attorney=False), "basis": ConsentBasis.HEALTH_WELFARE_ATTORNEY},
         Finding("R7", "by this practice's policy no attorney decides about health: best interests, or a court's "
                       "order.", "basis")),
        ({"dob": ADULT, "body_site": "left breast", "intimate": False, "provenance": {"intimate": Provenance.FLAG}},
         Finding("R10", "the body site counts as intimate; that the photo is not, whoever sees it says at the "
                        "terminal, not in a batch.", "intimate")),
        ({**LACKING, "capacity": Capacity.PRESUMED},
         Finding("R7", "from 16, others decide only for a patient assessed as lacking capacity.", "capacity")),
        (LACKING,
         Finding("R7", "lacking capacity needs evidence: who assessed it, and when.", "capacity_evidence")),
        ({**LACKING, "policy": SCOTTISH},
         Finding("R7", "lacking capacity needs evidence: the certificate's reference.", "capacity_evidence")),
        ({**LACKING, "basis": ConsentBasis.HEALTH_WELFARE_ATTORNEY, "decided_by": ""},
         Finding("R7", "who decides for the patient is named.", "decided_by")),
        ({**LACKING, "basis": ConsentBasis.HEALTH_WELFARE_ATTORNEY, "authority": ""},
         Finding("R7", "a document says that they may decide: which, and who saw it.", "authority")),
        ({"purpose": Purpose.RESEARCH, "basis": ConsentBasis.BEST_INTERESTS_OR_BENEFIT},
         Finding("R8", "best interests never supports teaching, research or publication; file it for care alone.",
                 "basis")),
        ({**INTIMATE_CHILD, "is_attended": False},
         Finding("R9", "an intimate photo of a child is filed by a clinician at the terminal, not in a batch.",
                 "intimate", Weight.FINAL)),
        ({**INTIMATE_CHILD, "policy": REFUSING},
         Finding("R9", "this practice does not file intimate photos of under-18s: describe it in the record instead.",
                 "intimate", Weight.FINAL,
                 "To describe and erase it, a clinician types d at its first question, at their own computer.")),
        ({**INTIMATE_CHILD, "purpose": Purpose.RESEARCH},
         Finding("R9", "an intimate photo of a child is never used beyond care.", "purpose")),
        ({**INTIMATE_CHILD, "safeguards": EVERYTHING_TRUE
          | {Safeguard.CLINICAL_NECESSITY: False, Safeguard.WHO_WILL_SEE_EXPLAINED: False}},
         Finding("R9", LACKING_TWO, "safeguards")),
        ({**INTIMATE_CHILD, "attested_by": Person("R. Desk")},
         Finding("R9", "only a registered clinician attests.", "attested_by")),
        ({"dob": ADULT, "intimate": True, "form": SENT},
         Finding("R10", "an intimate photo needs explicit consent; sending it is not enough.", "form")),
        ({"dob": ADULT, "intimate": True, "basis": ConsentBasis.IMPLICIT_GMC10},
         Finding("R10", "an intimate photo needs explicit consent; this basis is not.", "basis")),
        ({"dob": ADULT, "intimate": True, "view_once": True, "agreed_to_keep": False},
         Finding("R10", "it was sent to vanish, and they did not agree that it is kept.", "agreed_to_keep",
                 Weight.FINAL, ASK_THEM)),
        ({"origin": Origin.UNSOLICITED, "form": ConsentForm.NOT_APPLICABLE},
         Finding("R11", "it was sent unasked, and nobody has agreed to it since: it stays where it is.", "form",
                 Weight.FINAL, SPEAK_TO_THEM)),
        ({"origin": Origin.UNSOLICITED, "form": ConsentForm.VERBAL_TELEPHONE, "obtained_at": date(2026, 11, 20)},
         Finding("R11", "it was sent unasked, and this is before it was sent.", "obtained_at")),
        ({"form": SENT, "origin": Origin.TAKEN_BY_CLINICIAN},
         Finding("R11", "sending a photo implies consent only if a clinician asked for it.", "form")),
        ({"form": SENT, "intimate": True},
         Finding("R11", "sending an intimate photo does not imply consent.", "form")),
        ({"form": SENT, "purpose": Purpose.MEDICO_LEGAL},
         Finding("R11", "sending a photo implies consent to direct care only.", "form")),
        ({"objection": True},
         Finding("R12", "the patient objected to, or was distressed by, this photo.", "objection", Weight.FINAL)),
        ({"dob": ADULT, "taken_on": date(1970, 1, 2), "date_reason": "their grandfather's negative, scanned"},
         Finding("R13", "by its own date it was taken before the patient was born.", "date_reason", Weight.WARNING)),
        ({"obtained_at": date(2026, 11, 23)},
         Finding("R13", "consent cannot be dated in the future.", "obtained_at")),
        ({"obtained_at": date(2025, 11, 21)},
         Finding("R13", "this consent is more than a year old.", "obtained_at", Weight.WARNING)),
    ],
)  # fmt: skip
def test_a_finding_says_which_rule_turns_on_which_answer_and_how_much_it_weighs(
    known: dict[str, object], finding: Finding
) -> None:
    """In one sentence, which names nobody and says what would do."""
    assert finding in judge(knowing(**known))


@pytest.mark.parametrize("question", QUESTIONS)
def test_r9_what_it_rests_on_must_be_answered_here_unless_the_patient_is_known_to_be_an_adult(question: str) -> None:
    """That it is intimate, the safeguards and who attests; every other answer may come from elsewhere."""
    rests_on_it = question in {"intimate", "safeguards", "attested_by"}
    assert must_be_answered_here(aged(5), question) is rests_on_it
    assert must_be_answered_here(aged(17), question) is rests_on_it
    assert must_be_answered_here(FACTS, question) is rests_on_it
    assert must_be_answered_here(aged(18), question) is False


ATTESTED_HERE = {
    "intimate": Provenance.TYPED, "safeguards": Provenance.TYPED, "attested_by": Provenance.TYPED,
}  # fmt: skip


@pytest.mark.parametrize(
    ("question", "counting"),
    [
        ("intimate", {Provenance.TYPED, Provenance.DEFAULTED}),
        ("safeguards", {Provenance.TYPED}),
        ("attested_by", {Provenance.TYPED, Provenance.DERIVED}),
    ],
)
def test_r9_an_intimate_photo_of_a_child_counts_as_attended_only_where_every_answer_was_given_here(
    question: str, counting: set[Provenance]
) -> None:
    """One that came from elsewhere, or from nowhere, is enough that it does not."""
    for door in (*Provenance, None):
        provenance = {name: given for name, given in {**ATTESTED_HERE, question: door}.items() if given is not None}
        assert is_answered_here(provenance, is_intimate=True) is (door in counting)


def test_r9_that_a_childs_photo_is_not_intimate_counts_only_as_typed() -> None:
    """No default and no derived answer says so; the safeguards are not asked for."""
    for door in Provenance:
        assert is_answered_here({"intimate": door}, is_intimate=False) is (door is Provenance.TYPED)
    assert not is_answered_here({"safeguards": Provenance.TYPED, "attested_by": Provenance.TYPED}, is_intimate=False)


def test_what_is_said_of_a_filed_photo_is_a_refusal_where_it_is_final_or_there_is_no_consent() -> None:
    """Where it may be filed from, and by whom (R9), says nothing about a photo that is filed already."""
    cases = itertools.product(STATEMENTS, ("basis", "intimate"), Weight)
    refusals = {case for case in cases if is_refusal(Finding(case[0], "a sentence.", *case[1:]))}
    final = {(rule, question, Weight.FINAL) for rule in set(STATEMENTS) - {"R9"} for question in ("basis", "intimate")}
    assert refusals == final | {("R1", "basis", weight) for weight in Weight}


@pytest.mark.parametrize(
    ("known", "is_refused"),
    [
        ({"intimate": True}, True),
        ({"body_site": "groin"}, True),
        ({"body_site": "groin", "intimate": False}, True),
        ({"body_site": "left knee", "intimate": False}, False),
        ({"body_site": "left knee"}, False),
    ],
)
def test_r9_unattended_the_words_of_a_childs_site_count_whatever_is_stated(
    known: dict[str, object], *, is_refused: bool
) -> None:
    """Of an adult they do not, nor where somebody who sees the photo is asked."""
    finals = [finding.rule for finding in judge(aged(5, is_attended=False, **known)) if finding.weight is Weight.FINAL]
    assert finals == (["R9"] if is_refused else [])
    for other in (aged(5, is_attended=True, **known), aged(40, is_attended=False, **known)):
        assert not [finding for finding in judge(other) if finding.weight is Weight.FINAL]


def test_the_reference_page_has_a_row_a_rule() -> None:
    """Under a heading."""
    rows = reference().splitlines()
    assert rows[:2] == ["| rule | what it says |", "| --- | --- |"]
    assert rows[2:] == [f"| {number} | {statement} |" for number, statement in STATEMENTS.items()]
    assert reference().endswith("|\n")
