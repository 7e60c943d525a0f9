"""Words that are printed for an answer are words that its question takes, for the very same answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.clinical.codes import Code
from imgfile.clinical.consent import SignedForm
from imgfile.clinical.consent_basis import ConsentBasis, ConsentGiver
from imgfile.clinical.facts import EarlierPhoto, Facts, Person
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview import choices
from imgfile.clinical.interview.confirmation import confirmation
from imgfile.clinical.interview.lines import ASKED, CONSENTED
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.interview.shown import answers, form_words, title, words_for
from imgfile.clinical.interview.typed import split
from imgfile.clinical.patient import Scheme
from imgfile.clinical.policy import Policy
from imgfile.clinical.proofs import Digest, RecordId
from imgfile.clinical.vocabulary import (
    ASKED_SAFEGUARDS,
    STATED_IF_TYPED,
    Capacity,
    ConsentForm,
    Disposition,
    Explained,
    IntimateUnder18,
    MinorCompetence,
    Nation,
    Origin,
    PrEvidence,
    Purpose,
    Sensitivity,
)
from kit.vault.filings import (
    ADULT,
    CHILD,
    DOCTOR,
    FACTS,
    KNEE,
    MOLE,
    RASH,
    Interviewed,
    attested,
    interview,
    knowing,
    nobody,
)

PEOPLE = (
    DOCTOR, Person("R. Desk"), Person("Dr B. Colleague", "GMC 7111111"), Person("Sister O'Brien", "NMC 12A3456E"),
    Person("Dr Sunday Müller-Öz", "GMC 7222222"),
)  # fmt: skip
EARLIER = tuple(EarlierPhoto(RecordId(f"{day:032x}"), f"ref{day}", date(2026, 11, day)) for day in (1, 2))
POLICIES = [Policy(nation=nation, intimate_under_18=IntimateUnder18.CLINICIAN_ATTESTED) for nation in Nation]
BIRTHS = [date(2025, 9, 14), date(2014, 1, 1), date(2010, 1, 1), date(1971, 3, 3)]
VOCABULARY: dict[str, type[Code]] = {
    "sensitivity": Sensitivity, "purpose": Purpose, "basis": ConsentBasis, "competence": MinorCompetence,
    "capacity": Capacity, "pr_evidence": PrEvidence, "origin": Origin,
    "disposition": Disposition,
}  # fmt: skip
"""The questions whose answers are codes, whatever else is known."""


def taken(slug: str, words: str, facts: Facts) -> object:
    """Return what a question makes of words typed at its prompt."""
    return QUESTIONS[slug].parse(split((slug,), words, facts)[slug], facts)


def assert_taken_back(slug: str, value: object, **known: Any) -> None:  # noqa: ANN401 - any field of Facts
    """Assert that the words of an answer, the code of it and each number are that answer."""
    facts = replace(FACTS, **known)
    words = words_for(slug, replace(facts, **{slug: value}))  # type: ignore[arg-type] # a field of Facts by its name
    assert taken(slug, words, facts) == value, words
    assert QUESTIONS[slug].parse(words, facts) == value, words  # as a flag or a table takes it


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.nation)
@pytest.mark.parametrize("slug", VOCABULARY)
def test_every_code_is_taken_by_its_words_in_every_nation_at_every_age(slug: str, policy: Policy) -> None:
    """Those that a prompt offers in other words too."""
    for born in BIRTHS:
        for value in VOCABULARY[slug]:
            assert_taken_back(slug, value, policy=policy, dob=born, earlier=EARLIER)


@pytest.mark.parametrize("basis", list(ConsentBasis))
def test_every_giver_and_form_is_taken_by_its_words(basis: ConsentBasis) -> None:
    """Of every basis, with each of the words for a photo that was only sent."""
    for giver in basis.terms.givers:
        assert_taken_back("giver", giver, basis=basis)
    forms = [form for form in ConsentForm if (form is ConsentForm.NOT_APPLICABLE) is not basis.terms.is_agreement]
    for form in forms:
        for origin in (Origin.REQUESTED_BY_CLINICIAN, Origin.UNSOLICITED):
            assert_taken_back("form", form, basis=basis, origin=origin)


@pytest.mark.parametrize("form", [form for form in ConsentForm if form is not ConsentForm.IMPLIED_BY_SUBMISSION])
def test_how_they_agreed_since_is_taken_by_the_words_of_either_list(form: ConsentForm) -> None:
    """Those of its own question, and those that a summary shows; "not yet" too."""
    assert_taken_back("spoken_since", form)
    assert QUESTIONS["spoken_since"].parse(form.label, FACTS) is form


@pytest.mark.parametrize("basis", [basis for basis in ConsentBasis if len(basis.terms.givers) > 1])
def test_every_giver_with_every_form_is_taken_on_one_line(basis: ConsentBasis) -> None:
    """In printed words, in those of the list, and by their numbers; with and without a comma."""
    facts = knowing(basis=basis)
    givers = choices.givers(facts)
    for number, giver in enumerate(givers, 1):
        for at, form in enumerate(choices.FORMS, 1):
            spellings = [form.label, str(at)]
            if form.code in set(ConsentForm):
                spellings.append(ConsentForm(form.code).label)
            for said in spellings:
                for line in (f"{giver.label} {said}", f"{giver.label}, {said}", f"{number} {said}"):
                    halves = split(CONSENTED, line, facts)
                    assert QUESTIONS["giver"].parse(halves["giver"], facts) == giver.code, line
                    assert choices.pick(halves["form"], (*choices.FORMS, *choices.of(ConsentForm))) == form.code, line


@pytest.mark.parametrize("slug", [slug for slug in QUESTIONS if QUESTIONS[slug].choices(knowing(people=PEOPLE))])
def test_every_choice_that_a_list_shows_is_taken_by_its_number_its_words_or_both(slug: str) -> None:
    """As `?` prints it: "2 father"."""
    known: dict[str, Any] = {"people": PEOPLE, "basis": ConsentBasis.PARENTAL_RESPONSIBILITY, "dob": date(2025, 9, 14)}
    facts = knowing(**known, patient="3200000015", earlier=EARLIER)
    for number, choice in enumerate(QUESTIONS[slug].choices(facts), 1):
        values = set()
        for typed in (str(number), choice.label, f"{number} {choice.label}", choice.code, *choice.aliases):
            values.add(taken(slug, typed, replace(facts, origin=None)) if slug != "form" else choices.pick(
                split((slug,), typed, facts)[slug], (*choices.FORMS, *choices.of(ConsentForm))
            ))  # fmt: skip
        assert len(values) == 1, choice


@given(number=st.sampled_from([ADULT, CHILD]), born=st.dates(date(1900, 1, 1), date(2026, 11, 21)))
def test_a_number_and_a_birth_date_are_taken_as_they_are_shown(number: str, born: date) -> None:
    """Grouped, behind the scheme's name; and day first."""
    assert_taken_back("patient", number)
    assert_taken_back("patient", number, scheme=Scheme.NHS)
    assert_taken_back("dob", born)
    assert_taken_back("obtained_at", born)


@given(st.sets(st.sampled_from(list(Explained)), min_size=1), st.sets(st.sampled_from(ASKED_SAFEGUARDS)))
def test_sets_are_taken_as_they_are_shown(explained: set[Explained], true: set[Any]) -> None:
    """What was explained, with commas; safeguards by their numbers, none being 0."""
    assert_taken_back("explained", frozenset(explained))
    stated = {each: each in true for each in ASKED_SAFEGUARDS if each in true or each not in STATED_IF_TYPED}
    assert_taken_back("safeguards", stated)


@pytest.mark.parametrize("person", PEOPLE, ids=str)
def test_somebody_of_the_roster_is_taken_as_shown_as_asking_and_as_attesting(person: Person) -> None:
    """With a day before or behind the name too."""
    assert_taken_back("attested_by", person, people=PEOPLE)
    assert_taken_back("obtained_by", person.name, people=PEOPLE)
    facts = knowing(people=PEOPLE)
    for name in (person.name, str(person), str(person).replace(".", "").replace(",", "")):
        for line in (f"{name}, 21 Nov 2026", f"{name} 21 Nov 2026", f"21 Nov 2026, {name}", f"yesterday {name}"):
            halves = split(ASKED, line, facts)
            assert QUESTIONS["obtained_by"].parse(halves["obtained_by"], facts) == person.name, line
            assert QUESTIONS["obtained_at"].parse(halves["obtained_at"], facts) == date(2026, 11, 21), line


@pytest.mark.parametrize(
    ("slug", "value"),
    [
        ("intimate", True), ("intimate", False), ("objection", True), ("objection", False), ("scheme", Scheme.HSC),
        ("follows", EARLIER[1]), ("body_site", "left knee, 2 cm"), ("rationale", "Another lesion, for comparison"),
        ("competence_evidence", "Dr B: understood"), ("capacity_evidence", "Dr B, 1 Nov 2026"),
        ("decided_by", "Mrs C. Other, daughter"), ("authority", "LPA for health, registered 2024, seen"),
        ("consulted", "nobody: no family is known"),
        ("date_reason", "camera clock never set"), ("consent_document", SignedForm(Digest("0" * 64))),
        ("covers", frozenset({Purpose.RESEARCH, Purpose.PUBLICATION_NAMED})), ("covers", frozenset()),
        ("outlet", "BMJ Case Reports"), ("recognisable", True),
        ("view_once", True), ("agreed_to_keep", False),
    ],
)  # fmt: skip
def test_every_other_answer_is_taken_as_it_is_shown(slug: str, value: object) -> None:
    """Yes and no, references and texts."""
    assert_taken_back(slug, value, earlier=EARLIER)


def test_no_question_is_left_out_here() -> None:
    """A new one has its words tried too."""
    tried = {*VOCABULARY, "giver", "form", "patient", "dob", "obtained_at", "obtained_by", "explained", "safeguards"}
    tried |= {"attested_by", "intimate", "objection", "scheme", "follows", "body_site", "rationale", "date_reason"}
    tried |= {"competence_evidence", "capacity_evidence", "consent_document", "view_once", "agreed_to_keep"}
    tried |= {"decided_by", "authority", "consulted", "covers", "outlet", "recognisable"}
    assert tried | {"spoken_since"} == QUESTIONS.keys()


# --- the list of what can be changed ------------------------------------------------------------------------


def interviewed(texts: dict[str, str]) -> Interviewed:
    """Hold an interview about these answers, those that R9 wants typed being typed."""
    said, is_typed = attested(texts)
    return interview(said, FACTS, nobody if is_typed else None)


def listed(texts: dict[str, str]) -> Iterator[tuple[str, str, bool]]:
    """Yield the list of answers that lead to a filing."""
    done = interviewed(texts)
    facts = facts_of(done.filing, texts)
    yield from ((shown.title, shown.words, shown.is_changeable) for shown in answers(facts, done.given))


def facts_of(filing: Filing, texts: dict[str, str]) -> Facts:
    """Return what was known when a filing was made."""
    facts = replace(FACTS, provenance=filing.provenance)
    for slug, question in QUESTIONS.items():
        if slug in texts:
            facts = replace(facts, **{slug: question.parse(texts[slug], facts)})  # type: ignore[arg-type]
    return replace(facts, scheme=filing.patient.scheme, giver=filing.consent.giver, intimate=filing.is_intimate)


def test_a_childs_answers_are_listed_in_their_order() -> None:
    """Both halves of a line apart, and what R9 wants."""
    assert list(listed(RASH))[:-1] == [
        ("patient number", "NHS 999 000 0018", True),
        ("date of birth", "14 Sep 2025", True),
        ("body site", "nappy area", True),
        ("intimate", "yes", True),
        ("purpose", "diagnosis", True),
        ("basis", "parental responsibility", True),
        ("who agreed", "mother", True),
        ("how", "by phone", True),
        ("asked by", "Dr A. Example", True),
        ("asked on", "21 Nov 2026", True),
        ("rationale", RASH["rationale"], True),
    ]
    assert list(listed(RASH))[-1] == ("safeguards", "1 2 4 5 6 7", True)


def test_an_adults_giver_follows_from_the_basis_and_has_no_number() -> None:
    """Only the patient can agree on the patient's own; that the site is not intimate can be changed."""
    entries = {name: (words, is_changeable) for name, words, is_changeable in listed(MOLE)}
    assert entries["who agreed"] == ("patient", False)
    assert entries["intimate"] == ("no", True)
    assert "whose number" not in entries


def test_titles_are_told_apart() -> None:
    """Each question has its own."""
    assert len({title(slug) for slug in QUESTIONS}) == len(QUESTIONS)


def test_the_summary_shows_the_words_of_the_list() -> None:
    """Patient, site, consent and reasons, of an ordinary photo and of a child's."""
    for texts in (MOLE, RASH, KNEE):
        done = interviewed(texts)
        page = " ".join(confirmation(done.filing).lines)
        facts = facts_of(done.filing, texts)
        for slug in ("dob", "body_site", "purpose", "giver", "form", "obtained_by", "obtained_at", "rationale"):
            assert words_for(slug, facts).removeprefix("NHS ") in page, slug
        assert done.filing.patient.grouped in page
    assert form_words(ConsentForm.IMPLIED_BY_SUBMISSION, Origin.UNSOLICITED) == "sent unasked"
    assert ConsentGiver.MOTHER.label in " ".join(confirmation(interviewed(RASH).filing).lines)
