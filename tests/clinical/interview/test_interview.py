"""Asking: what is missing is reported at once, what is wrong is asked again, and nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.facts import EarlierPhoto, Facts, Person
from imgfile.clinical.interview.answers import Given, without
from imgfile.clinical.interview.choices import CARE
from imgfile.clinical.interview.interview import BIRTH_DATE_DIFFERS, CONCERN_NOTICE, Interview
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.patient import PatientId, Scheme
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import RecordId
from imgfile.clinical.vocabulary import (
    Capacity,
    ConsentForm,
    Explained,
    IntimateSite,
    IntimateUnder18,
    MinorCompetence,
    Nation,
    Origin,
    PrEvidence,
    Provenance,
    Purpose,
    Safeguard,
    Sensitivity,
)
from imgfile.errors import AnswerInvalid, Cancelled, RefusedByRule
from kit.vault.filings import (
    ADULT,
    CHILD,
    DOCTOR,
    FACTS,
    KNEE,
    MOLE,
    RASH,
    Interviewed,
    Known,
    Script,
    attested,
    filed,
    flags,
    interview,
    knowing,
)

SCOTLAND = Policy(nation=Nation.SCOTLAND, intimate_under_18=IntimateUnder18.CLINICIAN_ATTESTED)
RATIONALE = MOLE["rationale"]
INSTEAD = {
    "decided_by": {"decided_by": "Mrs C. Other", "authority": "registered in 2024, seen by R. Desk"},
    "consulted": {"consulted": "daughter, and the carers"},
}
"""What is said of a decision for a patient who cannot decide."""


def problems(answers: dict[str, str], facts: Facts = FACTS) -> dict[str, str]:
    """Return what is wrong, by question, when nobody can be asked."""
    with pytest.raises(AnswerInvalid) as caught:
        interview(flags(answers), facts)
    assert ADULT not in caught.value.message
    return {problem.question: problem.message for problem in caught.value.problems}


def refusal(answers: dict[str, str], facts: Facts = FACTS) -> str:
    """Return the rule that refuses, when nobody can be asked."""
    with pytest.raises(RefusedByRule) as caught:
        interview(flags(answers), facts)
    return caught.value.rule


# --- the two phases -----------------------------------------------------------------------------------------

EARLIER = (EarlierPhoto(RecordId("7f" * 16), "7f3k", date(2026, 11, 20)),)
WHO = (PatientId(Scheme.NHS, ADULT, allow_test=True), date(1971, 3, 3))


def test_the_first_phase_asks_who_the_patient_is_and_nothing_else() -> None:
    """The vault is asked before the third question."""
    script = Script([ADULT, "3/3/71"])
    asking = Interview({}, FACTS, script)
    assert asking.identify() == WHO
    assert script.words == ["Patient number (v look, q quit):", "Date of birth:"]
    assert set(asking.given) == {"patient", "dob"}


def test_the_second_phase_asks_the_rest_and_says_first_what_the_vault_knows() -> None:
    """The notice stands with the first question of the rest, once."""
    script = Script([ADULT, "3/3/71", "left shoulder", "m", "1", "phone", "", RATIONALE])
    asking = Interview({}, FACTS, script)
    asking.identify()
    filing = asking.complete(EARLIER)
    assert script.prompts[2].notice == (
        "NHS 943 476 5870, born 3 Mar 1971, 55 years, as before.",
        "1 earlier photo: 7f3k, filed 20 Nov 2026.",
    )
    assert not any(prompt.notice for prompt in script.prompts[3:])
    assert filing.follows == EARLIER[0]
    assert asking.given["body_site"] == Given("left shoulder", Provenance.TYPED)


@pytest.mark.parametrize(
    ("earlier", "notice"),
    [
        (None, "NHS 943 476 5870, born 3 Mar 1971, 55 years."),
        ((), "NHS 943 476 5870, born 3 Mar 1971, 55 years. No earlier photo here."),
    ],
)
def test_not_knowing_is_not_the_same_as_none(earlier: tuple[EarlierPhoto, ...] | None, notice: str) -> None:
    """A station that cannot recognise patients says nothing about earlier photos."""
    script = Script(["left shoulder"])
    asking = Interview(flags({**MOLE, "body_site": ""}), FACTS, script)
    assert asking.identify() == WHO
    asking.complete(earlier)
    assert script.prompts[0].notice == (notice,)


def test_unattended_the_first_phase_may_stay_open_and_the_second_reports_all() -> None:
    """What is missing or wrong of both phases is reported at once, in the order of asking."""
    asking = Interview(flags({"patient": "9434765871", "dob": "3/3/71", "basis": "x"}), FACTS)
    assert asking.identify() is None
    with pytest.raises(AnswerInvalid) as caught:
        asking.complete()
    assert [problem.question for problem in caught.value.problems][:3] == ["patient", "body_site", "purpose"]
    assert {problem.question for problem in caught.value.problems} >= {"basis", "form", "rationale"}


def test_a_number_whose_scheme_is_in_doubt_identifies_nobody_yet() -> None:
    """Until somebody says whose number it is."""
    answers = {"patient": "3200000015", "dob": "3/3/71"}
    assert Interview(flags(answers), FACTS).identify() is None
    assert Interview(flags({**answers, "scheme": "nhs"}), FACTS).identify() is not None
    script = Script(["2"])
    assert Interview(flags(answers), FACTS, script).identify() == (
        PatientId(Scheme.HSC, "3200000015", allow_test=True),
        date(1971, 3, 3),
    )


def test_a_birth_date_that_differs_is_asked_again_with_the_reason_until_it_can_be_read() -> None:
    """The patient and all else stay as they are."""
    script = Script(["", "31/2/71", "4/3/71"])
    asking = Interview(flags(MOLE), FACTS, script)
    assert asking.identify() == WHO
    assert asking.correct_birth_date() == (WHO[0], date(1971, 3, 4))
    assert script.words == ["Date of birth (n another number):"] * 3
    assert script.problems == [BIRTH_DATE_DIFFERS, "an answer is needed", "is not a day of the calendar"]
    assert asking.given["dob"] == Given("4/3/71", Provenance.TYPED)
    assert asking.complete(()).provenance["dob"] is Provenance.TYPED


def test_where_the_birth_date_differs_the_number_may_be_typed_anew() -> None:
    """Either of the two may be the slip: `n` asks for both again, and whatever rested on the number goes with it."""
    script = Script(["n", "999 000 0018", "4/3/71"])
    asking = Interview(flags({**MOLE, "scheme": "nhs"}), FACTS, script)
    assert asking.identify() == WHO
    assert asking.correct_birth_date() == (PatientId(Scheme.NHS, CHILD, allow_test=True), date(1971, 3, 4))
    assert [words.partition(" (")[0] for words in script.words] == ["Date of birth", "Patient number", "Date of birth:"]
    assert asking.given["patient"] == Given("999 000 0018", Provenance.TYPED)


STRAY = (
    "c", "s", "y", "N", "7", "12 34", "3.3.1971", "1 May 1938", "yesterday", "phone", "in person", "sent unasked",
    "mother", "mum", "patient", "diagnosis", "yes", "skip", "Quit", "...", "--",
)  # fmt: skip


@pytest.mark.parametrize("stray", STRAY)
def test_an_answer_to_another_question_is_no_body_site_and_no_name(stray: str) -> None:
    """From a hand that is a question ahead or behind; refused by flags and tables as at the terminal."""
    answers = {**MOLE, "body_site": stray, "obtained_by": stray}
    found = problems(answers)
    assert found.keys() == {"body_site", "obtained_by"}
    assert found == {"body_site": "names no body site", "obtained_by": "is nobody's name"}
    assert problems(answers, replace(FACTS, is_attended=True)) == found


@pytest.mark.parametrize(
    "site", ["ear", "R ear", "4 5 toes", "may bug bite", "second toe", "back", "left form of nose"]
)
def test_words_of_a_body_site_are_taken_though_they_are_like_another_answer(site: str) -> None:
    """Only a text that is nothing else is stray."""
    asked = interview(flags({**MOLE, "body_site": site, "intimate": "no"}), FACTS)
    assert asked.filing.body_site == site


FULLWIDTH = "".join(chr(0xFF10 + int(digit)) for digit in "9990000034")


@pytest.mark.parametrize("slug", ["rationale", "body_site", "obtained_by", "capacity_evidence", "competence_evidence"])
@pytest.mark.parametrize("number", ["999 000 0034", "9990000034", "999-000-0034", FULLWIDTH])
def test_another_patients_number_within_a_text_is_refused(slug: str, number: str) -> None:
    """Two numbers about one photo: one is wrong, or the photo is."""
    text = f"Rash on the arm of {number}, as by phone, Dr A. Example"
    answers = {**MOLE, slug: text}
    if slug == "capacity_evidence":
        answers["basis"] = "best_interests_or_benefit"
    if slug == "competence_evidence":
        answers |= {"basis": "competent_minor", "dob": "3/3/2012"}
    assert problems(answers)[slug] == "names another patient's number: wrong photo, or wrong patient?"


@pytest.mark.parametrize("text", ["of {own} as agreed by phone", "ring 07700 900 123 456", "lab 123 456 7891"])
def test_the_patients_own_number_and_other_numbers_are_free_to_stand_in_a_rationale(text: str) -> None:
    """Only ten digits that some patient may have are taken for a number."""
    answers = {**MOLE, "rationale": f"Mole, urgent suspected cancer? {text.format(own=ADULT)}"}
    assert interview(flags(answers), FACTS).filing.rationale == answers["rationale"]


def test_unattended_a_birth_date_that_differs_is_a_problem_like_others() -> None:
    """It is reported with the rest, and nobody is identified."""
    asking = Interview(flags({**MOLE, "rationale": "short"}), FACTS)
    assert asking.identify() == WHO
    assert asking.correct_birth_date() is None
    with pytest.raises(AnswerInvalid) as caught:
        asking.complete()
    assert [(each.question, each.message) for each in caught.value.problems] == [
        ("dob", BIRTH_DATE_DIFFERS),
        ("rationale", "R1: the rationale has fewer than 20 characters."),
    ]


def test_what_was_taken_back_leaves_no_provenance_behind() -> None:
    """Where each answer came from stands among the facts that the rules judge."""
    script = Script(["phone", "n"])
    answers = {**MOLE, "body_site": "left breast", "intimate": "yes", "form": "sent when asked"}
    filing = interview(flags(answers), FACTS, script).filing
    assert filing.provenance["form"] is Provenance.TYPED
    assert filing.provenance["origin"] is Provenance.DERIVED


# --- nobody can be asked --------------------------------------------------------------------------------


def test_r1_everything_missing_is_reported_at_once() -> None:
    """Given the number alone, seven answers are missing; who asked has a default, and the giver turns on the basis."""
    with pytest.raises(AnswerInvalid) as caught:
        interview(flags({"patient": ADULT}), FACTS)
    assert caught.value.message == (
        "7 answers are missing: --dob --body-site --purpose --basis --form --obtained-at --rationale"
    )
    assert all(problem.is_missing for problem in caught.value.problems)


def test_r1_nothing_given_misses_the_number_too_and_who_asked_where_nobody_is_known() -> None:
    """Nine answers."""
    assert list(problems({}, knowing(asked_by=None))) == [
        "patient", "dob", "body_site", "purpose", "basis", "form", "obtained_by", "obtained_at", "rationale",
    ]  # fmt: skip


@pytest.mark.parametrize("slug", sorted(set(MOLE) - {"obtained_by"}))
def test_r1_each_answer_of_an_adults_photo_is_missed(slug: str) -> None:
    """One at a time."""
    with pytest.raises(AnswerInvalid) as caught:
        filed(MOLE, FACTS, **{slug: None})
    assert caught.value.message == f"1 answer is missing: {QUESTIONS[slug].flag}"


@pytest.mark.parametrize("slug", sorted(set(KNEE) - {"obtained_by"}))
def test_r1_each_answer_of_a_childs_photo_is_missed(slug: str) -> None:
    """That it is not intimate too: of a child that never follows (R9)."""
    missed = problems({name: text for name, text in KNEE.items() if name != slug})
    assert slug in missed


def test_the_stricter_sensitivity_is_the_default_of_a_listed_site() -> None:
    """Without a terminal too, but never for a word that is only like a listed one (R10)."""
    assert filed(body_site="left breast", view_once="no").provenance["intimate"] is Provenance.DEFAULTED
    assert problems({**MOLE, "body_site": "left brest"}) == {"intimate": "is missing"}
    assert problems({**MOLE, "body_site": "rash"}) == {"intimate": "is missing"}


def test_complete_flags_make_a_filing_and_say_so() -> None:
    """What follows is recorded as derived."""
    filing = filed()
    assert filing.patient == PatientId(Scheme.NHS, ADULT, allow_test=True)
    assert filing.date_of_birth == date(1971, 3, 3)
    assert filing.body_site == "left shoulder"
    assert filing.intimate_site is None
    assert filing.sensitivity is Sensitivity.NONE
    assert filing.consent.giver is ConsentGiver.PATIENT
    assert filing.consent.obtained_at == date(2026, 11, 20)
    assert {slug for slug, how in filing.provenance.items() if how is Provenance.FLAG} == set(MOLE)
    assert {slug for slug, how in filing.provenance.items() if how is Provenance.DERIVED} == {
        "scheme", "sensitivity", "intimate", "capacity", "giver", "origin",
    }  # fmt: skip


def test_wrong_and_missing_answers_are_reported_together() -> None:
    """And no message repeats what was given."""
    answers = {**MOLE, "patient": "9434765871", "dob": "31/2/71", "purpose": "fun", "form": "pigeon"}
    del answers["rationale"]
    found = problems(answers)
    assert found["patient"] == "check digit does not match"
    assert found["dob"] == "is not a day of the calendar"
    assert found["rationale"] == "is missing"
    assert found["purpose"].startswith("is none of: diagnosis, ")
    assert found["form"].startswith("is none of: verbal_telephone, ")
    assert set(found) == {"patient", "dob", "purpose", "form", "rationale"}
    with pytest.raises(AnswerInvalid, match=r"^1 answer is missing: --rationale; 4 answers cannot be used$"):
        interview(flags(answers), FACTS)


def test_a_rules_refusal_is_reported_among_other_problems_and_alone_is_a_refusal() -> None:
    """Everything at once, or the rule by its number."""
    answers = {**MOLE, "basis": "parental_responsibility", "giver": "mother"}
    found = problems({**answers, "dob": "3/3/1971", "capacity_evidence": "x", "rationale": "short"} | {"body_site": ""})
    assert found["body_site"] == "is empty"
    assert found["basis"].startswith("R6: ")
    assert found["rationale"].startswith("R1: ")
    with pytest.raises(RefusedByRule) as caught:
        interview(flags({**answers, "capacity_evidence": "Dr B", "rationale": "short"}), FACTS)
    assert caught.value.rule == "R1"
    assert caught.value.hint.startswith("R6: ")


def test_a_final_refusal_comes_before_what_is_missing() -> None:
    """There is no use in completing a row that is refused anyway."""
    row = {"dob": "14/9/2025", "body_site": "nappy area"}
    facts = knowing()
    with pytest.raises(RefusedByRule, match="by a clinician at the terminal, not in a batch") as caught:
        interview(flags(row, Provenance.TABLE), facts)
    assert caught.value.rule == "R9"
    assert refusal({**RASH, "sensitivity": "none", "intimate": "no"} | {}, facts) == "R9"
    assert refusal({**MOLE, "form": "sent unasked"}) == "R11"
    assert refusal({**MOLE, "objection": "yes"}) == "R12"
    refusing = Policy(nation=Nation.ENGLAND, intimate_under_18=IntimateUnder18.REFUSE)
    assert refusal(RASH, knowing(policy=refusing)) == "R9"


def test_r2_a_photo_inherits_nothing_from_the_one_before() -> None:
    """The second row with holes misses what the first one had."""
    given = flags(MOLE, Provenance.TABLE)
    first = interview(given, FACTS)
    assert first.filing.provenance["rationale"] is Provenance.TABLE
    with pytest.raises(AnswerInvalid) as caught:
        interview(flags({"patient": ADULT}, Provenance.TABLE), FACTS)
    assert len(caught.value.problems) == 7
    assert set(given) == set(MOLE)
    assert knowing() == FACTS


def test_an_answer_that_does_not_apply_is_reported() -> None:
    """Rather than left aside in silence."""
    assert problems({**MOLE, "safeguards": "1257"}) == {"safeguards": "does not apply here"}
    assert problems({**MOLE, "follows": "7f3k"}) == {"follows": "does not apply here"}
    assert problems({**MOLE, "pr_evidence": "stated"}) == {"pr_evidence": "does not apply here"}
    assert problems({**MOLE, "capacity_evidence": "Dr B"}) == {"capacity_evidence": "does not apply here"}
    assert problems({**MOLE, "competence_evidence": "Dr B"}) == {"competence_evidence": "does not apply here"}
    assert set(problems({**MOLE, "giver": "mother"})) == {"giver"}


def test_an_unknown_slug_is_refused_without_repeating_it() -> None:
    """It might be a name."""
    with pytest.raises(AnswerInvalid, match=r"^1 answers? .* no question\.$"):
        interview(flags({"Mrs Smith": "x"}), FACTS)


# --- who decides ----------------------------------------------------------------------------------------


def test_r6_a_competent_child_needs_evidence_and_gives_the_consent() -> None:
    """The question arises with the basis."""
    child = {**MOLE, "patient": CHILD, "dob": "1/1/2014", "intimate": "no", "basis": "competent_minor"}
    assert problems(child) == {"competence_evidence": "is missing"}
    consent = filed(child, competence_evidence="Dr B: understood, and weighed it").consent
    assert consent.giver is ConsentGiver.PATIENT
    assert consent.minor_competence is MinorCompetence.COMPETENT
    assert consent.capacity is None
    assert refusal({**child, "competence": "not_competent", "competence_evidence": "Dr B"}) == "R6"


def test_r6_a_stated_assessment_of_competence_asks_for_its_evidence() -> None:
    """Also when a parent decides."""
    child = {**RASH, "body_site": "left knee", "intimate": "no", "competence": "not_competent"}
    del child["safeguards"]
    assert problems(child) == {"competence_evidence": "is missing"}
    consent = filed(child, competence_evidence="too young").consent
    assert consent.minor_competence is MinorCompetence.NOT_COMPETENT
    assert filed({**child, "competence": "not_assessed"}).consent.competence_evidence == ""


@pytest.mark.parametrize(
    ("basis", "nation", "giver", "form"),
    [
        ("attorney", Nation.ENGLAND, ConsentGiver.ATTORNEY_HW, ConsentForm.VERBAL_TELEPHONE),
        ("deputy", Nation.ENGLAND, ConsentGiver.DEPUTY, ConsentForm.VERBAL_TELEPHONE),
        ("guardian", Nation.SCOTLAND, ConsentGiver.GUARDIAN, ConsentForm.VERBAL_TELEPHONE),
        ("best interests", Nation.ENGLAND, ConsentGiver.CLINICIAN_BEST_INTERESTS, ConsentForm.NOT_APPLICABLE),
        ("benefit to the patient", Nation.SCOTLAND, ConsentGiver.CLINICIAN_BEST_INTERESTS, ConsentForm.NOT_APPLICABLE),
    ],
)
def test_r7_who_decides_for_an_adult_needs_evidence(
    basis: str, nation: Nation, giver: ConsentGiver, form: ConsentForm
) -> None:
    """The giver follows from the basis, and so does that there is no form."""
    facts = knowing(policy=Policy(nation=nation, intimate_under_18=IntimateUnder18.REFUSE))
    answers = {**MOLE, "basis": basis}
    if form is ConsentForm.NOT_APPLICABLE:
        assert "form" in problems({**answers, "capacity_evidence": "Dr B"}, facts)
        del answers["form"]
    instead = INSTEAD["consulted" if form is ConsentForm.NOT_APPLICABLE else "decided_by"]
    assert problems(answers, facts) == dict.fromkeys(["capacity_evidence", *instead], "is missing")
    consent = filed(answers, facts, capacity_evidence="Dr B, 1 Nov 2026", **instead).consent
    assert {slug: getattr(consent, slug) for slug in instead} == instead
    assert (consent.giver, consent.form, consent.capacity) == (giver, form, Capacity.ASSESSED_LACKS)
    assert refusal({**answers, **instead, "capacity": "assessed_has", "capacity_evidence": "Dr B"}, facts) == "R7"


@pytest.mark.parametrize(
    "basis", ["implicit_gmc10", "legal_or_court_order", "public_interest", "deceased_prior_wishes"]
)
def test_r1_without_an_agreement_there_is_no_giver_and_no_form(basis: str) -> None:
    """Both follow; a form that is given all the same must say so."""
    answers = {**MOLE, "basis": basis}
    assert problems(answers) == {"form": "does not fit the basis"}
    consent = filed(answers, form="not_applicable").consent
    assert (consent.giver, consent.form) == (ConsentGiver.NONE, ConsentForm.NOT_APPLICABLE)
    assert filed(answers, form=None).provenance["form"] is Provenance.DERIVED
    assert filed(answers, form=None).origin is Origin.REQUESTED_BY_CLINICIAN


def test_the_optional_answers_are_taken() -> None:
    """Nobody is asked for them."""
    filing = filed(
        RASH,
        pr_evidence="on_record",
        explained="why, who_sees; refusal ok",
        consent_document="f" * 64,
        origin="taken_by_clinician",
        sensitivity="forensic",
        objection="no",
        scheme="nhs",
    )
    assert filing.consent.pr_evidence is PrEvidence.ON_RECORD
    assert filing.consent.explained == {Explained.WHY, Explained.WHO_SEES, Explained.REFUSAL_OK}
    assert filing.consent.document == "f" * 64
    assert filing.origin is Origin.TAKEN_BY_CLINICIAN
    assert filing.sensitivity is Sensitivity.FORENSIC
    assert filing.is_intimate


@pytest.mark.parametrize(
    ("form", "origin", "expected"),
    [
        ("sent when asked", None, Origin.REQUESTED_BY_CLINICIAN),
        ("sent_when_asked", None, Origin.REQUESTED_BY_CLINICIAN),
        ("implied_by_submission", "requested_by_clinician", Origin.REQUESTED_BY_CLINICIAN),
    ],
)
def test_r11_the_words_for_sending_say_whether_it_was_asked_for(
    form: str, origin: str | None, expected: Origin
) -> None:
    """The bare code says too little."""
    filing = filed(form=form, origin=origin)
    assert filing.consent.form is ConsentForm.IMPLIED_BY_SUBMISSION
    assert filing.origin is expected
    assert filing.provenance["origin"] is Provenance.FLAG
    assert problems({**MOLE, "form": "implied_by_submission"}) == {
        "form": 'says too little; "sent when asked" or "sent unasked"?'
    }


# --- patient, place, sensitivity ------------------------------------------------------------------------


def test_the_scheme_is_missed_only_where_several_fit() -> None:
    """And must fit the number."""
    thirties = {**MOLE, "patient": "3200000015"}
    assert problems(thirties) == {"scheme": "is missing"}
    assert filed(thirties, scheme="H&C").patient.scheme is Scheme.HSC
    assert filed(thirties, scheme="NHS").patient.scheme is Scheme.NHS
    assert problems({**MOLE, "scheme": "chi"})["scheme"] == "does not fit: the number is not a CHI number"
    assert problems({**MOLE, "patient": "943", "scheme": "chi"}) == {"patient": "has 3 digits instead of 10"}
    assert problems({**MOLE, "scheme": "passport"})["scheme"] == "is none of: nhs, chi, hsc"


def test_a_chi_number_and_the_birth_date_must_agree() -> None:
    """Otherwise one of them is somebody else's."""
    facts = knowing(policy=SCOTLAND)
    chi = {**MOLE, "patient": "0101990014"}
    assert problems({**chi, "dob": "2/1/99"}, facts)["dob"].startswith("does not match the CHI number")
    assert filed(chi, facts, dob="1/1/99").patient.scheme is Scheme.CHI


def test_another_birth_date_than_the_earlier_photos_is_refused() -> None:
    """One of number and birth date is a slip."""
    with pytest.raises(AnswerInvalid) as caught:
        interview(flags(MOLE), FACTS, None, lambda _patient, _born: Known(birth_date_agrees=False))
    assert [(each.question, each.message) for each in caught.value.problems] == [("dob", BIRTH_DATE_DIFFERS)]
    asked = Script(["3/3/71", "4/3/71"])
    history = [Known(birth_date_agrees=False), Known()]
    given = flags({slug: text for slug, text in MOLE.items() if slug != "dob"})
    filing = interview(given, FACTS, asked, lambda _patient, _born: history.pop(0)).filing
    assert asked.problems == [BIRTH_DATE_DIFFERS]
    assert filing.date_of_birth == date(1971, 3, 4)


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ("nappy area", IntimateSite.NAPPY_AREA),
        ("Left breast", IntimateSite.BREAST),
        ("penis", IntimateSite.EXTERNAL_GENITALIA),
        ("peri-anal", IntimateSite.PERIANAL),
        ("natal cleft", IntimateSite.PERIANAL),
        ("buttocks", IntimateSite.BUTTOCK),
        ("R groin", IntimateSite.GROIN_PERINEUM),
        ("left shoulder", None),
        ("canal of the ear", None),
    ],
)
def test_the_words_of_the_site_make_a_photo_intimate(site: str, expected: IntimateSite | None) -> None:
    """Unless somebody says otherwise at the prompt (R10); a patient may regard any site so."""
    taken = {**MOLE, "body_site": site, "origin": "taken_by_clinician"}
    assert filed(taken).intimate_site is expected
    for unattended in ({"intimate": "no"}, {"sensitivity": "none"}):
        if expected is not None:
            with pytest.raises(RefusedByRule, match="says at the terminal"):
                interview(flags({**taken, **unattended}), FACTS)
        script = Script(["n"] if expected else [])
        assert interview(flags({**taken, **unattended}), FACTS, script).filing.intimate_site is None
        assert not script.lines
    said = filed(taken, intimate="yes")
    assert said.intimate_site is (expected or IntimateSite.OTHER_AS_REGARDED_BY_PATIENT)
    assert filed(taken, sensitivity="intimate").is_intimate


def test_sensitivity_and_intimate_must_not_contradict_each_other() -> None:
    """Either may be said alone."""
    assert problems({**MOLE, "sensitivity": "none", "intimate": "yes"}) == {"intimate": "contradicts the sensitivity"}
    assert problems({**MOLE, "sensitivity": "intimate", "intimate": "no"}) == {
        "intimate": "contradicts the sensitivity"
    }
    assert problems({**MOLE, "intimate": "perhaps"}) == {"intimate": "is neither yes nor no"}
    assert filed(sensitivity="graphic", intimate="yes", view_once="no").sensitivity is Sensitivity.GRAPHIC


def test_a_photo_of_a_response_follows_the_last_earlier_one_or_the_one_that_is_named() -> None:
    """Without an earlier one it follows nothing."""
    photos = tuple(EarlierPhoto(RecordId(f"{day:032x}"), f"ref{day}", date(2026, 11, day)) for day in (1, 2))

    def known(_patient: PatientId, _born: date) -> Known:
        return Known(photos)

    assert filed(MOLE, FACTS, known, purpose="monitoring_response").follows == photos[1]
    assert filed(MOLE, FACTS, known, purpose="m", follows="REF1").follows == photos[0]
    assert filed(MOLE, FACTS, known, purpose="m", follows=photos[0].record).follows == photos[0]
    assert filed(MOLE, FACTS, known).follows is None
    assert filed(purpose="monitoring_response").follows is None
    with pytest.raises(AnswerInvalid) as caught:
        filed(MOLE, FACTS, known, purpose="m", follows="ref3")
    (problem,) = caught.value.problems
    assert (problem.question, problem.message) == ("follows", "is no earlier photo of this patient")
    assert "purpose" in problems({**MOLE, "purpose": "m"})


def test_r9_the_attesting_clinician_is_of_the_roster_and_registered() -> None:
    """By name, registration, or both; who sits at the keyboard is taken to attest."""
    alone = knowing(attester=None)
    assert filed(RASH).attested_by == DOCTOR
    for name in ("dr a. example", "GMC 7654321", "Dr A. Example, GMC 7654321"):
        answered, _ = run([name], alone, **RASH)
        assert answered.filing.attested_by == DOCTOR
    _, script = run(["Dr Who", "R. Desk", "1"], alone, **RASH)
    assert script.problems == ["is nobody of this practice's roster", "R9: only a registered clinician attests."]


@pytest.mark.parametrize(
    ("text", "true"), [("1245 67", 6), ("1, 2, 5, 7", 4), ("7521", 4), ("1234567", 7), ("11257", 4), ("12578", 5)]
)
def test_r9_safeguards_are_answered_by_their_numbers(text: str, true: int) -> None:
    """In any order; the rest is no, but for what was told of an objection: without its number it is not stated."""
    safeguards = filed(RASH, safeguards=text).safeguards
    assert safeguards is not None
    assert sum(safeguards.values()) == true
    assert len(safeguards) == 7 + ("8" in text)
    assert (Safeguard.NO_OBJECTION_TOLD in safeguards) is ("8" in text)


@pytest.mark.parametrize("text", ["9", "1a", "", "-", "yes"])
def test_r9_anything_else_is_no_answer_to_the_safeguards(text: str) -> None:
    """Not even silence."""
    rest = {slug: answer for slug, answer in RASH.items() if slug != "safeguards"}
    _, script = run([text, "0", "1257"], FACTS, **rest)
    assert script.problems[0] in {
        "has something else than the numbers 1 to 8; 0 for none", "an answer is needed",
        "is none of the answers; ? lists them",
    }  # fmt: skip
    assert script.problems[1].startswith("R9: ")


# --- somebody is asked ----------------------------------------------------------------------------------


def run(lines: list[str], facts: Facts = FACTS, **given: str) -> tuple[Interviewed, Script]:
    """Interview somebody who types these lines, all of which must be used."""
    script = Script(lines)
    answered = interview(attested(given)[0], facts, script)
    assert not script.lines
    return answered, script


def test_a_wrong_answer_is_asked_again_with_the_reason() -> None:
    """Each at its own question, and the right ones stay."""
    answered, script = run(
        ["9434765871", ADULT, "3/25/71", "3/3/71", "", "left shoulder", "doctor", "research", "none", "", "10", "0",
         "1", "pigeon", "phone", "Dr B, GMC 7111111, 31/2/26", "20/11",
         "20/11/2027", "20/11/2026", "too short", RATIONALE],
    )  # fmt: skip
    problems = list(script.problems)
    assert problems[:4] == [
        "check digit does not match",
        "has its month before its day; the day comes first",
        "an answer is needed",
        "is none of the answers; ? lists them",
    ]
    assert problems[4] == problems[5]
    assert problems.pop(4) == (
        "R3: imgfile does not file for research without a signed form that names it (--consent-document); "
        "file it for care, then add the signed form: imgfile consent add RECORD."
    )
    assert problems[5] == problems[6] == "is not a number from 1 to 9"
    assert problems[7] == "is none of the answers; ? lists them"
    assert problems[8] == "is not a day of the calendar"
    assert problems[9].startswith("is not a date")
    assert problems[10] == "R13: consent cannot be dated in the future."
    assert problems[11] == "R1: the rationale has fewer than 20 characters."
    assert answered.filing.consent.obtained_by == "Dr B, GMC 7111111"
    assert script.words.count("Asked on [21 Nov 2026] (yesterday, 21/11/2026):") == 3


def test_a_question_mark_lists_the_choices_and_asks_again() -> None:
    """As often as it is typed; the problem and the notice are not repeated."""
    _, script = run(
        [ADULT, "3/3/71", "left shoulder", "?", "? what", "diagnosis", "?", "8", "", RATIONALE], obtained_at="1/11/26"
    )
    listings = [prompt for prompt in script.prompts if prompt.is_listing]
    assert [prompt.slugs for prompt in listings] == [("purpose",), ("purpose",), ("basis",)]
    assert [choice.code for choice in listings[0].choices] == [each for each in Purpose if each.kind in CARE]
    assert len(listings[2].choices) == 9
    assert [choice.code for choice in listings[2].choices if choice.is_offered] == [
        "patient_capacity_16plus", "health_welfare_attorney", "court_deputy_or_guardian", "best_interests_or_benefit",
    ]  # fmt: skip


def test_what_is_given_is_not_asked() -> None:
    """Flags and questions together make one interview."""
    answered, script = run(
        ["phone", RATIONALE], FACTS, **{k: v for k, v in MOLE.items() if k not in {"form", "rationale"}}
    )
    assert [prompt.slugs for prompt in script.prompts] == [("form",), ("rationale",)]
    assert answered.filing.provenance["form"] is Provenance.TYPED
    assert answered.filing.provenance["basis"] is Provenance.FLAG


def test_a_wrong_flag_is_asked_for_at_the_terminal() -> None:
    """With the reason; what a rule refuses too."""
    wrong = {**MOLE, "patient": "9434765871", "basis": "parental_responsibility", "giver": "mother"}
    answered, script = run([ADULT, "1", "video"], FACTS, **wrong)
    assert script.problems == [
        "check digit does not match",
        (
            "R6: parental responsibility, a parent's or a local authority's, ends at 18; the patient decides, or "
            "whoever the law lets decide where they lack capacity."
        ),
    ]
    assert answered.filing.provenance["patient"] is Provenance.TYPED
    assert answered.filing.provenance["basis"] is Provenance.TYPED
    assert answered.filing.consent.form is ConsentForm.VERBAL_VIDEO  # the mother's phone call is none of the patient's


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"basis": "parental_responsibility"}, "R6"),
        ({"basis": "local_authority_or_court"}, "R6"),
        ({"basis": "competent_minor"}, "R6"),
        ({"basis": "attorney", "dob": "23/11/2008"}, "R7"),
        ({"basis": "best interests", "form": "", "purpose": "research"}, "R8"),
    ],
)
def test_of_a_basis_that_cannot_stand_nothing_is_missing(wrong: dict[str, str], rule: str) -> None:
    """Whoever finds the evidence that is asked for would be refused all the same."""
    stated = {**MOLE, "intimate": "no", **wrong}
    assert refusal({slug: text for slug, text in stated.items() if text}) == rule


def test_r7_what_shall_show_that_capacity_is_lacking_is_asked_for_with_who_decides_otherwise() -> None:
    """Lest a parent's word at 16 becomes an assessment that nobody made."""
    stated = {**MOLE, "intimate": "no", "dob": "22/11/2010", "basis": "parental_responsibility", "giver": "mother"}
    with pytest.raises(AnswerInvalid, match="--capacity-evidence") as caught:
        interview(flags(stated), FACTS)
    assert "From 16 patients decide for themselves" in caught.value.hint


@pytest.mark.parametrize("wrong", [{"safeguards": "1257"}, {"origin": "moon"}, {"explained": "all"}])
def test_a_wrong_flag_that_nobody_would_be_asked_about_ends_the_interview(wrong: dict[str, str]) -> None:
    """Before more is asked."""
    script = Script([])
    with pytest.raises(AnswerInvalid) as caught:
        interview(flags({**MOLE, **wrong}), FACTS, script)
    assert [problem.question for problem in caught.value.problems] == list(wrong)
    with pytest.raises(RefusedByRule, match="assessed as lacking"):
        interview(flags({**MOLE, "basis": "attorney", "capacity": "presumed"}), FACTS, script)


def test_r9_a_practice_that_refuses_says_so_before_more_is_asked() -> None:
    """Four answers, not ten."""
    refusing = Policy(nation=Nation.ENGLAND, intimate_under_18=IntimateUnder18.REFUSE)
    script = Script([CHILD, "14/9/25", "nappy area", ""])
    with pytest.raises(RefusedByRule, match="describe it in the record") as caught:
        interview({}, knowing(policy=refusing), script)
    assert caught.value.rule == "R9"
    assert not script.lines


def test_r9_a_child_is_asked_about_at_any_site_and_there_only_a_typed_answer_counts() -> None:
    """Not intimate is never the default."""
    lines = [CHILD, "14/9/25", "left knee", "", "n", "", "1", "other parent in person", "", RATIONALE]
    answered, script = run(lines)
    assert script.words[3] == script.words[4] == "Intimate? (y/n):"
    assert script.problems == ["an answer is needed"]
    assert not answered.filing.is_intimate
    assert answered.filing.consent.giver is ConsentGiver.PARENT_OTHER
    assert answered.filing.consent.form is ConsentForm.VERBAL_IN_PERSON


def test_r9_missing_safeguards_are_named_and_asked_again() -> None:
    """Whoever cannot say yes quits."""
    lines = [CHILD, "14/9/25", "nappy area", "y", "", "1", "mother phone", "", RATIONALE, "", "125", "1257"]
    _, script = run(lines)
    assert script.problems == [
        "an answer is needed",
        'R9: an intimate photo of a child is filed only if this is true: "no safeguarding concern".',
    ]


@pytest.mark.parametrize("typed", [("125", "125"), ("0", "1 2 5 8"), ("12568", "7", "125")])
def test_r9_a_safeguarding_concern_is_never_argued_away(typed: tuple[str, ...]) -> None:
    """Once may be a slip; left out again, the photo is left as it is, and what to do by hand is said."""
    script = Script([CHILD, "14/9/25", "nappy area", "y", "", "1", "mother phone", "", RATIONALE, *typed])
    with pytest.raises(RefusedByRule, match="no safeguarding concern; the photo is left as it is") as caught:
        interview({}, FACTS, script)
    assert caught.value.rule == "R9"
    assert "Do not forward or delete the message" in caught.value.hint
    assert not script.lines
    assert [prompt.notice for prompt in script.prompts].count(CONCERN_NOTICE) == 1


def test_r9_an_unknown_attester_is_asked_for_by_number() -> None:
    """Only a registered one passes."""
    lines = [CHILD, "14/9/25", "nappy area", "y", "", "1", "mother phone", "Dr L. Locum, GMC 7222222, today", RATIONALE]
    answered, script = run([*lines, "1257", "2", "1"], knowing(attester=None))
    assert script.words[-1] == "Attesting clinician: 1 Dr A. Example, GMC 7654321  2 R. Desk"
    assert script.problems == ["R9: only a registered clinician attests."]
    assert answered.filing.attested_by == DOCTOR


def test_r10_sending_an_intimate_photo_is_asked_about_again() -> None:
    """And what the sending said about its origin goes with it."""
    lines = [ADULT, "3/3/71", "left breast", "", "", "1", "sent when asked", "phone", "n", "", RATIONALE]
    answered, script = run(lines)
    assert script.words[3] == "Intimate? A breast counts as intimate [Y/n]:"
    assert script.problems == ["R10: an intimate photo needs explicit consent; sending it is not enough."]
    assert answered.filing.provenance["origin"] is Provenance.DERIVED


ELSEWHERE = (Provenance.FLAG, Provenance.ANSWERS_FILE, Provenance.TABLE)
UNASKED = [ADULT, "3/3/71", "left shoulder", "", "1", "sent unasked"]


@pytest.mark.parametrize("answer", ["n", "no", "not yet", "7"])
def test_r11_sent_unasked_and_nobody_agreed_since_ends_the_interview(answer: str) -> None:
    """It is asked at once; the refusal says what to do by hand, and the source stays."""
    with pytest.raises(RefusedByRule) as caught:
        run([*UNASKED, answer])
    assert caught.value.rule == "R11"
    assert "Speak to them first." in caught.value.hint
    assert "--spoken-since" in caught.value.hint


@pytest.mark.parametrize(
    ("typed", "form"), [("phone", ConsentForm.VERBAL_TELEPHONE), ("email", ConsentForm.EMAIL_OR_TEXT_REPLY)]
)
def test_r11_sent_unasked_and_agreed_to_since_is_filed(typed: str, form: ConsentForm) -> None:
    """With how they agreed since, and its origin: unsolicited."""
    answered, script = run([*UNASKED, typed, "", RATIONALE])
    assert script.words[6].startswith("Sent unasked: have you spoken to them since, and how did they agree\n")
    assert answered.filing.consent.form is form
    assert answered.filing.origin is Origin.UNSOLICITED
    assert answered.filing.provenance["spoken_since"] is Provenance.TYPED


@pytest.mark.parametrize("typed", ["sent when asked", "sent unasked", "maybe"])
def test_r11_sending_it_is_no_consent_since(typed: str) -> None:
    """It is asked again."""
    _, script = run([*UNASKED, typed, "phone", "", RATIONALE])
    assert script.problems == ["is none of the answers; ? lists them"]


@pytest.mark.parametrize("door", ELSEWHERE)
def test_r11_unattended_consent_since_is_an_answer_of_its_own(door: Provenance) -> None:
    """By flag, column or file; without it nothing is filed, whatever else is missing, and --origin says no more."""
    unasked = {**MOLE, "form": "sent unasked"}
    for answers in (unasked, {"form": "sent unasked", "basis": MOLE["basis"]}, {**unasked, "spoken_since": "no"},
                    {**MOLE, "form": "implied_by_submission", "origin": "unsolicited"}):  # fmt: skip
        with pytest.raises(RefusedByRule) as caught:
            interview(flags(answers, door), FACTS)
        assert caught.value.rule == "R11"
    for answers in ({**unasked, "spoken_since": "phone"}, {**MOLE, "origin": "unsolicited"}):
        later = flags({**answers, "obtained_at": "21/11/2026"}, door)
        assert interview(later, FACTS).filing.origin is Origin.UNSOLICITED
        with pytest.raises(RefusedByRule, match="this is before it was sent"):
            interview(flags({**answers, "obtained_at": "20/11/2026"}, door), FACTS)


@pytest.mark.parametrize("door", ELSEWHERE)
def test_r11_said_beforehand_it_is_the_first_question(door: Provenance) -> None:
    """Before number and birth date: fewest answers where nothing can be filed."""
    script = Script(["n"])
    with pytest.raises(RefusedByRule):
        interview(flags({"form": "sent unasked"}, door), FACTS, script)
    assert [prompt.slugs for prompt in script.prompts] == [("spoken_since",)]
    script = Script(["phone", *UNASKED[:5], "", RATIONALE])
    assert interview(flags({"form": "sent unasked"}, door), FACTS, script).filing.origin is Origin.UNSOLICITED


BREAST = {**MOLE, "body_site": "left breast", "intimate": "yes"}


@pytest.mark.parametrize("door", ELSEWHERE)
def test_r10_whether_an_intimate_photo_was_sent_to_vanish_is_asked_of_an_adult(door: Provenance) -> None:
    """One answer, and a second one only where it was; without the consent to keep it, it is not filed."""
    with pytest.raises(AnswerInvalid, match="missing: --view-once"):
        interview(flags(BREAST, door), FACTS)
    assert interview(flags({**BREAST, "view_once": "no"}, door), FACTS).filing.view_once is False
    with pytest.raises(AnswerInvalid, match="missing: --agreed-to-keep"):
        interview(flags({**BREAST, "view_once": "yes"}, door), FACTS)
    kept = interview(flags({**BREAST, "view_once": "yes", "agreed_to_keep": "yes"}, door), FACTS).filing
    assert (kept.view_once, kept.agreed_to_keep) == (True, True)
    with pytest.raises(RefusedByRule) as caught:
        interview(flags({**BREAST, "view_once": "yes", "agreed_to_keep": "no"}, door), FACTS)
    assert caught.value.rule == "R10"
    assert "sent to vanish" in caught.value.message
    script = Script(["y", "y"])
    assert interview(flags(BREAST, door), FACTS, script).filing.agreed_to_keep
    assert script.words[0] == "Was it sent to vanish (view once)? (y/n):"


@pytest.mark.parametrize("answers", [MOLE, {**BREAST, "origin": "taken_by_clinician"}, KNEE])
def test_r10_nothing_else_is_asked_whether_it_was_sent_to_vanish(answers: dict[str, str]) -> None:
    """What is not intimate, what a clinician took, what is a child's."""
    assert interview(flags(answers), FACTS).filing.view_once is None


@pytest.mark.parametrize(
    ("years", "offered"),
    [
        (9, "1 parental responsibility  2 local authority or court  3 best interests"),
        (10, "1 competent child's own  2 parental responsibility  3 local authority or court  4 best interests"),
        (15, "1 competent child's own  2 parental responsibility  3 local authority or court  4 best interests"),
        (16, "1 patient's own (capacity presumed)  2 best interests  3 parental responsibility  {}  (? all)"),
        (17, "1 patient's own (capacity presumed)  2 best interests  3 parental responsibility  {}  (? all)"),
        (18, "1 patient's own (capacity presumed)  2 attorney  3 deputy  4 best interests  (? all)"),
    ],
)
def test_the_bases_offered_are_those_of_the_age(years: int, offered: str) -> None:
    """Numbered, the likeliest first."""
    born = FACTS.today.replace(year=FACTS.today.year - years)
    script = Script([])
    with pytest.raises(IndexError):  # the script ends at the question
        interview(attested({**MOLE, "dob": born.isoformat(), "basis": "x", "intimate": "no"})[0], FACTS, script)
    assert script.words == [f"Consent basis: {offered.format('4 local authority or court')}"]


def test_the_words_are_those_of_the_nation() -> None:
    """Benefit and guardian in Scotland; no attorney in Northern Ireland."""
    script = Script(["4", "AWI/123, Dr B", "nobody", "nearest relative, by phone"])
    answered = interview(
        flags({k: v for k, v in MOLE.items() if k not in {"basis", "form"}}), knowing(policy=SCOTLAND), script
    )
    assert script.words == [
        "Consent basis: 1 patient's own (capacity presumed)  2 attorney  3 guardian  4 benefit to the patient  (? all)",
        "The patient lacks capacity for this. Certificate's reference, and who assessed:",
        *["Who was consulted (or nobody, and why):"] * 2,
    ]
    assert script.problems == ["says too little: who was consulted, or nobody, and why"]
    assert answered.filing.consent.capacity_evidence == "AWI/123, Dr B"
    irish = Policy(nation=Nation.NORTHERN_IRELAND, intimate_under_18=IntimateUnder18.REFUSE)
    script = Script(["2", "Dr B, 1 Nov 2026", "phone", "Mrs C. Other", "no", "court order of 2 Mar 2024", "by video"])
    interview(flags({k: v for k, v in MOLE.items() if k not in {"basis", "form"}}), knowing(policy=irish), script)
    assert script.words == [
        "Consent basis: 1 patient's own (capacity presumed)  2 deputy  3 best interests  (? all)",
        "The patient lacks capacity for this. Who assessed it, when:",
        *["Name of the deputy:"] * 2,
        *["Which document says that the deputy decides, and who saw it:"] * 2,
        "How did the deputy agree (phone, video, in person, email, ...; ? lists):",
    ]


def test_r7_a_stated_lack_of_capacity_asks_for_its_evidence() -> None:
    """The flag alone is not refused while the evidence can be asked for."""
    given = {**MOLE, "basis": "best interests", "capacity": "assessed_lacks"}
    del given["form"]
    answered, script = run(["Dr B, 1 Nov 2026"], FACTS, **given, consulted="daughter")
    assert script.words == ["The patient lacks capacity for this. Who assessed it, when:"]
    assert answered.filing.consent.capacity_evidence == "Dr B, 1 Nov 2026"


def test_the_scheme_is_asked_for_by_number_where_several_fit() -> None:
    """Right after the number."""
    _, script = run(["3200000015", "2"], FACTS, **{k: v for k, v in MOLE.items() if k != "patient"})
    assert script.words == ["Patient number (v look, q quit):", "Whose number: 1 NHS  2 H&C"]


def test_a_competent_childs_evidence_is_asked_for() -> None:
    """Once the basis is chosen."""
    given = {**MOLE, "patient": CHILD, "dob": "1/1/2014", "intimate": "no", "basis": "competent_minor"}
    _, script = run(["Dr B: understood, weighed, repeated it"], FACTS, **given)
    assert script.words == ["How was the child's competence assessed, and by whom:"]


@pytest.mark.parametrize(
    ("lines", "expected_problems", "giver", "form"),
    [
        (["mother phone"], [], "mother", "verbal_telephone"),
        (["Mum, by phone"], [], "mother", "verbal_telephone"),
        (["other parent in person"], [], "parent_other", "verbal_in_person"),
        (["parent other sent when asked"], [], "parent_other", "implied_by_submission"),
        (["guardian signed form"], [], "guardian", "written_signed"),
        (["father", "video"], [], "father", "verbal_video"),
        (["phone", "mother"], [], "mother", "verbal_telephone"),
        (["sent unasked, hm", "father text"], ["begins with none of: mother, father, other parent, guardian"],
         "father", "email_or_text_reply"),
        (["", "dad email"], ["an answer is needed"], "father", "email_or_text_reply"),
        (["mother pigeon", "phone"], ["is none of the answers; ? lists them"], "mother", "verbal_telephone"),
    ],
)  # fmt: skip
def test_who_agreed_and_how_share_a_line(
    lines: list[str], expected_problems: list[str | None], giver: str, form: str
) -> None:
    """Either half may be missing or wrong, and is then asked alone."""
    given = {k: v for k, v in RASH.items() if k not in {"giver", "form", "body_site", "intimate", "safeguards"}}
    answered, script = run(lines, FACTS, **given, body_site="left knee", intimate="no")
    assert answered.filing.consent.giver == giver
    assert answered.filing.consent.form == form
    assert len(script.problems) == len(expected_problems)
    for found, expected in zip(script.problems, expected_problems, strict=True):
        assert found == expected or (expected is None and found.startswith("is none of: verbal_telephone"))


def test_the_half_of_a_line_that_is_given_is_not_asked() -> None:
    """Who, or how, alone."""
    knee = {k: v for k, v in RASH.items() if k not in {"body_site", "intimate", "safeguards"}}
    knee |= {"body_site": "left knee", "intimate": "no"}
    _, script = run(["mother"], FACTS, **{k: v for k, v in knee.items() if k != "giver"})
    assert script.words == ["Who agreed (mother, father, other parent, guardian):"]
    _, script = run(["phone"], FACTS, **{k: v for k, v in knee.items() if k != "form"})
    assert script.words == ["How did the mother agree (phone, video, in person, email, ...; ? lists):"]
    _, script = run(["local authority email"], FACTS, **{
        **{k: v for k, v in knee.items() if k not in {"giver", "form"}}, "basis": "local_authority_or_court",
    })  # fmt: skip
    assert script.words == ["Who agreed, and how (local authority phone, guardian video, ...; ? lists):"]


@pytest.mark.parametrize(
    ("line", "by", "on"),
    [
        ("", "Dr A. Example", date(2026, 11, 21)),
        ("Dr B. Other, GMC 1234567", "Dr B. Other, GMC 1234567", date(2026, 11, 21)),
        ("20/11/2026", "Dr A. Example", date(2026, 11, 20)),
        (", 20/11/2026", "Dr A. Example", date(2026, 11, 20)),
        ("Dr B. Other, GMC 1234567, 20 Nov 2026", "Dr B. Other, GMC 1234567", date(2026, 11, 20)),
    ],
)
def test_asked_by_and_on_share_a_line(line: str, by: str, on: date) -> None:
    """Either half may be left to its default."""
    answered, script = run([line], FACTS, **{k: v for k, v in MOLE.items() if k not in {"obtained_by", "obtained_at"}})
    assert script.prompts[0].default == "Dr A. Example, 21 Nov 2026"
    assert (answered.filing.consent.obtained_by, answered.filing.consent.obtained_at) == (by, on)


@pytest.mark.parametrize(
    ("facts", "words", "lines"),
    [
        (knowing(sent_on=None), "Asked by, on [Dr A. Example, ...]:", ["", "20/11/26"]),
        (knowing(sent_on=date(2026, 11, 23)), "Asked by, on [Dr A. Example, ...]:", ["20/11/26"]),
        (knowing(sent_on=date(2025, 11, 21)), "Asked by, on [Dr A. Example, ...]:", ["20/11/26"]),
        (knowing(sent_on=date(2025, 11, 22)), "Asked by, on [Dr A. Example, 22 Nov 2025]:", [""]),
        (knowing(sent_on=date(2026, 11, 22)), "Asked by, on [Dr A. Example, 22 Nov 2026]:", [""]),
        (knowing(asked_by=None), "Asked by, on [..., 21 Nov 2026]:", ["Dr B, GMC 7111111"]),
        (knowing(asked_by=None, sent_on=None), "Asked by, on:", ["", "Dr B, GMC 7111111, 20/11/26"]),
    ],
)
def test_a_day_that_cannot_be_right_is_not_offered(facts: Facts, words: str, lines: list[str]) -> None:
    """A clock that is ahead, or a year behind, offers nothing."""
    _, script = run(lines, facts, **{k: v for k, v in MOLE.items() if k not in {"obtained_by", "obtained_at"}})
    assert script.words[0] == words
    assert bool(script.prompts[0].default) is ("..." not in words and "[" in words)


def test_asked_on_alone_names_its_own_default() -> None:
    """The other half was given."""
    rest = {k: v for k, v in MOLE.items() if k not in {"obtained_by", "obtained_at"}}
    _, script = run([""], FACTS, obtained_by="Dr B, GMC 7111111", **rest)
    assert script.words == ["Asked on [21 Nov 2026] (yesterday, 21/11/2026):"]
    _, script = run([""], FACTS, obtained_at="1/11/26", **rest)
    assert script.words == ["Asked by [Dr A. Example]:"]
    _, script = run(["Dr B, GMC 7111111"], knowing(asked_by=None), obtained_at="1/11/26", **rest)
    assert script.words == ["Asked by:"]
    _, script = run(["1/11/26"], knowing(sent_on=None), obtained_by="Dr B, GMC 7111111", **rest)
    assert script.words == ["Asked on (yesterday, 21/11/2026):"]


def test_consent_is_not_older_than_the_patient() -> None:
    """The day of birth is the earliest."""
    newborn = {**KNEE, "dob": "20/11/2026"}
    assert problems({**newborn, "obtained_at": "19/11/2026"}) == {"obtained_at": "is before the patient was born"}
    assert filed(newborn, obtained_at="20/11/2026").consent.obtained_at == date(2026, 11, 20)


def test_quitting_passes_through() -> None:
    """The terminal raises it."""

    def quits(_prompt: object) -> str:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        interview({}, FACTS, quits)


# --- going back -----------------------------------------------------------------------------------------

ADULT_LINES = [ADULT, "3/3/71", "left shoulder", "", "1", "phone", "", RATIONALE]


def test_all_answers_given_again_ask_nothing_and_lead_to_the_same_filing() -> None:
    """Defaults that were accepted included, each with where it came from."""
    answered, _ = run(ADULT_LINES)
    again = interview(answered.given, FACTS, Script([]))
    assert again.filing == answered.filing
    assert again.given == answered.given


def test_one_answer_can_be_changed() -> None:
    """Only its question is asked again."""
    answered, _ = run(ADULT_LINES)
    script = Script(["right shoulder"])
    changed = interview(without(answered.given, "body_site"), FACTS, script)
    assert script.words == ["Body site:"]
    assert changed.filing.body_site == "right shoulder"
    assert changed.filing.rationale == answered.filing.rationale


def test_changing_the_patient_asks_again_whatever_rests_on_it() -> None:
    """The birth date, and so who decides; the site and the rationale stay."""
    answered, _ = run(ADULT_LINES)
    assert set(without(answered.given, "patient")) == {"body_site", "obtained_by", "obtained_at", "rationale"}
    assert set(without(answered.given, "rationale")) == set(answered.given) - {"rationale"}


def test_an_answer_that_a_change_made_stale_is_dropped_in_silence() -> None:
    """It was typed for another question; a flag that does not apply is reported."""
    answered, _ = run([CHILD, "14/9/25", "nappy area", "", "", "1", "mother phone", "", RATIONALE, "1257"])
    stale = dict(answered.given) | {"intimate": Given("no", Provenance.TYPED)}
    again = interview(stale, FACTS, Script([]))
    assert again.filing.safeguards is None
    assert "safeguards" not in again.given
    with pytest.raises(AnswerInvalid) as caught:
        interview(stale | {"safeguards": Given("1257", Provenance.FLAG)}, FACTS, Script([]))
    assert [(problem.flag, problem.message) for problem in caught.value.problems] == [
        ("--safeguards", "does not apply here")
    ]


@pytest.mark.parametrize(
    ("given", "typed", "basis"),
    [
        ({"basis": "attorney", "decided_by": "R. Ray", "authority": "an LPA, seen", "capacity_evidence": "Dr B"},
         ["1", "video"], ConsentBasis.PATIENT_CAPACITY_16PLUS),
        ({"basis": "guardian", "decided_by": "R. Ray", "authority": "an order, seen", "capacity_evidence": "Dr B"},
         ["1", "video"], ConsentBasis.PATIENT_CAPACITY_16PLUS),
        ({"basis": "competent_minor", "competence_evidence": "Dr B, today"}, ["1", "video"],
         ConsentBasis.PATIENT_CAPACITY_16PLUS),
        ({"basis": "parental_responsibility", "giver": "mother"}, ["1", "video"],
         ConsentBasis.PATIENT_CAPACITY_16PLUS),
        ({"basis": "parental_responsibility", "giver": "mother"}, ["3", "Dr B, today", "son, by phone"],
         ConsentBasis.BEST_INTERESTS_OR_BENEFIT),
    ],
    ids=["no health attorney", "no such word", "too old", "an adult", "nobody agreed"],
)  # fmt: skip
def test_what_a_flag_gave_for_a_basis_that_cannot_stand_goes_with_it(
    given: dict[str, str], typed: list[str], basis: ConsentBasis
) -> None:
    """Whoever types another basis here is not turned away over the evidence for the one before."""
    facts = replace(FACTS, policy=replace(FACTS.policy, nation=Nation.NORTHERN_IRELAND))
    filing = interview(flags({**MOLE, **given}), facts, Script(typed)).filing
    assert (filing.consent.basis, filing.consent.giver) == (basis, basis.terms.givers[0])
    consent = filing.consent
    assert consent.form is (ConsentForm.VERBAL_VIDEO if basis.terms.is_agreement else ConsentForm.NOT_APPLICABLE)
    assert (consent.decided_by, consent.authority, consent.competence_evidence) == ("", "", "")
    assert bool(filing.consent.capacity_evidence) is (basis is ConsentBasis.BEST_INTERESTS_OR_BENEFIT)


def test_nothing_personal_is_in_the_reprs_of_an_interview() -> None:
    """Neither of what is asked, given, known nor decided."""
    answered, script = run([CHILD, "14/9/25", "nappy area", "", "", "1", "mother phone", "", RATIONALE, "1257"])
    shown = f"{answered!r} {script.prompts!r} {answered.filing!r} {dict(answered.given)!r}"
    for secret in (CHILD, "999 000", "14/9", "2025, 9, 14", "nappy area", "pigmented", "1257"):
        assert secret not in shown


def test_a_person_needs_a_name() -> None:
    """And shows a registration if there is one."""
    assert str(Person("R. Desk")) == "R. Desk"
    assert str(DOCTOR) == "Dr A. Example, GMC 7654321"
    for name, registration in (("", ""), ("Dr\x1b", ""), ("Dr A", "GMC\u202e1")):
        with pytest.raises(AnswerInvalid):
            Person(name, registration)


def test_the_basis_is_taken_by_any_of_its_names() -> None:
    """Code, words, and the words of the nation; by number only where the numbers are shown."""
    for name in ("patient_capacity_16plus", "Patient's own", "patient's own (capacity presumed)"):
        assert filed(basis=name).consent.basis is ConsentBasis.PATIENT_CAPACITY_16PLUS
    assert "basis" in problems({**MOLE, "basis": "1"})


# --- R9 at every door -----------------------------------------------------------------------------------

LISTED = ("nappy area", "willy", "nappyrash", "down below", "left brest", "anogenital", "balanitis", "crotch", "bottom")
UNLISTED = ("rash", "xx", "somewhere")


@pytest.mark.parametrize("door", ELSEWHERE)
@pytest.mark.parametrize("stated", [{}, {"intimate": "no"}, {"sensitivity": "none"}, {"intimate": "yes"}])
@pytest.mark.parametrize("site", LISTED)
def test_r9_a_childs_listed_site_is_never_filed_unattended(site: str, stated: dict[str, str], door: Provenance) -> None:
    """Whatever is stated of it, through whichever door; misspelt or in a child's words."""
    answers = {slug: text for slug, text in KNEE.items() if slug != "intimate"} | {"body_site": site, **stated}
    with pytest.raises(RefusedByRule) as caught:
        interview(flags(answers, door), FACTS)
    assert caught.value.rule == "R9"


@pytest.mark.parametrize("door", ELSEWHERE)
@pytest.mark.parametrize("site", [*UNLISTED, "left knee"])
def test_r9_that_a_childs_photo_is_not_intimate_never_follows(site: str, door: Provenance) -> None:
    """Neither from its site nor from its sensitivity: somebody says it."""
    answers = {slug: text for slug, text in KNEE.items() if slug != "intimate"} | {"body_site": site}
    is_ordinary = site not in UNLISTED
    for stated in ({}, {"sensitivity": "none"}):
        with pytest.raises(AnswerInvalid if is_ordinary else RefusedByRule) as caught:
            interview(flags(answers | stated, door), FACTS)
        assert ("missing: --intimate" in caught.value.message) is is_ordinary
    stated_elsewhere = flags(answers | {"intimate": "no"}, door)
    if is_ordinary:
        assert not interview(stated_elsewhere, FACTS).filing.is_intimate
        return
    with pytest.raises(RefusedByRule) as refused:  # what a word in no list shows, only who sees the photo can say
        interview(stated_elsewhere, FACTS)
    assert refused.value.rule == "R9"
    assert not interview(stated_elsewhere, FACTS, Script(["n"])).filing.is_intimate


@pytest.mark.parametrize("door", ELSEWHERE)
@pytest.mark.parametrize("site", UNLISTED)
def test_r10_an_unlisted_site_of_an_adult_is_asked_about(site: str, door: Provenance) -> None:
    """At the terminal, and missed without one."""
    answers = flags({**MOLE, "body_site": site}, door)
    with pytest.raises(AnswerInvalid, match="missing: --intimate"):
        interview(answers, FACTS)
    script = Script(["n"])
    assert not interview(answers, FACTS, script).filing.is_intimate
    assert script.words == ["Intimate? (y/n):"]


@pytest.mark.parametrize("door", ELSEWHERE)
@pytest.mark.parametrize("stated", ["yes", "no"])
def test_r9_what_was_said_elsewhere_is_asked_again_at_the_terminal(stated: str, door: Provenance) -> None:
    """That a child's photo is not intimate, the safeguards, and who attests: only what is answered here counts."""
    script = Script(["", "1257", "1"])
    answers = flags({**RASH, "intimate": stated, "safeguards": "1234567", "attested_by": "GMC 7654321"}, door)
    filing = interview(answers, knowing(attester=None), script).filing
    assert script.words[0] == "Intimate? A nappy area counts as intimate [Y/n]:"
    assert filing.safeguards is not None
    assert sum(filing.safeguards.values()) == 4
    assert {filing.provenance[slug] for slug in ("safeguards", "attested_by")} == {Provenance.TYPED}


# --- what a table says of a photo, and what is seen here ----------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "lines", "sensitivity"),
    [("none", ["y", "1257"], Sensitivity.INTIMATE), ("none", ["", "1257"], Sensitivity.INTIMATE),
     ("intimate", ["n"], Sensitivity.NONE), ("graphic", ["y", "1257"], Sensitivity.GRAPHIC)],
)  # fmt: skip
def test_whoever_sees_the_photo_says_whether_it_is_intimate_whatever_a_table_stated(
    stated: str, lines: list[str], sensitivity: Sensitivity
) -> None:
    """Otherwise only the answer would be left that the table wants, or none."""
    rest = {slug: text for slug, text in RASH.items() if slug not in {"intimate", "safeguards"}}
    script = Script(lines)
    filing = interview(flags(rest | {"sensitivity": stated}, Provenance.TABLE), FACTS, script).filing
    assert not script.problems
    assert filing.sensitivity is sensitivity
    assert filing.is_intimate is (sensitivity is not Sensitivity.NONE)


def test_a_tables_yesterday_is_asked_again_where_somebody_is() -> None:
    """It may be of last week; said here it is a day."""
    script = Script(["yesterday"])
    filing = interview(flags(MOLE | {"obtained_at": "yesterday"}, Provenance.TABLE), FACTS, script).filing
    assert script.problems[0].startswith("is not a date")
    assert filing.consent.obtained_at == date(2026, 11, 21)


def test_two_flags_that_contradict_each_other_are_both_there_to_be_read() -> None:
    """Neither wins by itself."""
    assert "intimate" in problems({**MOLE, "sensitivity": "none", "intimate": "yes"})


def test_yesterday_is_a_day_that_stays_the_same_when_it_is_asked_about_after_midnight() -> None:
    """Going back to another answer reads all of them again."""
    rest = {slug: text for slug, text in MOLE.items() if slug != "obtained_at"}
    given = interview(flags(rest), FACTS, Script(["yesterday"])).given
    assert given["obtained_at"] == Given("21 Nov 2026", Provenance.TYPED)
    later = interview(given, knowing(today=date(2026, 11, 23)), Script([]))
    assert later.filing.consent.obtained_at == date(2026, 11, 21)
