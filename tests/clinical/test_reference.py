"""What the reference pages are made of: every question, rule and word, once."""

from __future__ import annotations

import pytest

from imgfile.clinical import statements, vocabulary
from imgfile.clinical.codes import Code
from imgfile.clinical.interview import questions
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.vocabulary import VOCABULARIES


def test_the_reference_pages_name_everything_once() -> None:
    """One row each."""
    page = questions.reference()
    assert page.splitlines()[0].count("|") == 5
    for question in QUESTIONS.values():
        assert page.count(f"| `{question.slug}` |") == 1
    assert "`--intimate/--no-intimate`" in page
    assert page.endswith("|\n")
    for number, statement in statements.STATEMENTS.items():
        assert statements.reference().count(f"| {number} | {statement} |") == 1
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
