"""What the reference pages are made of: every question, rule and word, once."""

from __future__ import annotations

import dataclasses

import pytest

from imgfile.clinical import rules, vocabulary
from imgfile.clinical.codes import Code
from imgfile.clinical.facts import Facts
from imgfile.clinical.interview import questions
from imgfile.clinical.interview.questions import COLUMNS, QUESTIONS, Question
from imgfile.clinical.vocabulary import VOCABULARIES


def test_every_question_is_a_field_of_the_facts_and_has_one_flag() -> None:
    """So a slug cannot be misspelt."""
    known = {each.name for each in dataclasses.fields(Facts)}
    assert QUESTIONS.keys() <= known
    assert len({question.flag for question in QUESTIONS.values()}) == len(QUESTIONS)
    assert QUESTIONS["body_site"].flag == "--body-site"


def test_the_columns_are_those_of_the_table() -> None:
    """`action` stands before them."""
    assert set(COLUMNS) == {
        "patient", "scheme", "dob", "body_site", "sensitivity", "purpose", "basis", "giver", "form", "obtained_by",
        "obtained_at", "rationale", "consent_document",
    }  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda question: question.slug)
def test_every_question_that_is_asked_has_words_and_rests_on_earlier_or_known_ones(question: Question) -> None:
    """Only optional ones have none."""
    assert question.help.endswith(".")
    assert question.is_optional is (question.words is Question.__dataclass_fields__["words"].default)
    assert set(question.rests_on) <= QUESTIONS.keys()


def test_only_purpose_who_asked_when_and_the_stricter_sensitivity_have_a_default() -> None:
    """Never number, birth date, basis, giver, form, rationale or safeguards."""
    no_default = Question.__dataclass_fields__["default"].default
    defaulted = [question.slug for question in QUESTIONS.values() if question.default is not no_default]
    assert defaulted == ["intimate", "purpose", "obtained_by", "obtained_at"]
    assert [slug for slug in defaulted if QUESTIONS[slug].is_defaulted_alone] == ["intimate", "obtained_by"]


def test_the_reference_pages_name_everything_once() -> None:
    """One row each."""
    page = questions.reference()
    assert page.splitlines()[0].count("|") == 5
    for question in QUESTIONS.values():
        assert page.count(f"| `{question.slug}` |") == 1
    assert "`--intimate/--no-intimate`" in page
    assert page.endswith("|\n")
    for number, statement in rules.STATEMENTS.items():
        assert rules.reference().count(f"| {number} | {statement} |") == 1
    for code in (code for each in VOCABULARIES for code in each):
        assert f"| `{code}` | {code.label}" in vocabulary.reference()
    assert "| `research` | research (secondary) |" in vocabulary.reference()


@pytest.mark.parametrize("each", VOCABULARIES, ids=lambda each: each.__name__)
def test_every_code_is_lower_case_and_has_words(each: type[Code]) -> None:
    """Codes are stored; words are shown."""
    assert each.__doc__
    for code in each:
        assert code.value == code.name.lower()
        assert str(code) == code.value
        assert code.label
        assert each(code.value) is code
    assert len({code.label for code in each}) == len(each)
