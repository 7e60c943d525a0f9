"""Two pairs of questions share a line."""

from __future__ import annotations

from datetime import date

import pytest

from imgfile.clinical.consent_basis import ConsentBasis
from imgfile.clinical.interview import choices, lines
from imgfile.clinical.interview.lines import ASKED, CONSENTED, IDENTIFYING, LINES, OTHERS, USED
from imgfile.clinical.interview.questions import QUESTIONS
from kit.vault.filings import FACTS, knowing

PARENTS = knowing(basis=ConsentBasis.PARENTAL_RESPONSIBILITY)
SITE = ("body_site",)


def test_every_question_is_asked_once_in_its_order() -> None:
    """Two pairs together, all others alone."""
    assert [slug for line in LINES for slug in line] == list(QUESTIONS)
    assert [line for line in LINES if len(line) > 1] == [USED, CONSENTED, ASKED]


def test_who_the_patient_is_comes_first_and_the_rest_when_the_vault_was_asked() -> None:
    """Number, scheme and birth date; nothing is in both phases."""
    assert IDENTIFYING == (("patient",), ("scheme",), ("dob",))
    assert IDENTIFYING + OTHERS == LINES


def test_a_photo_may_be_left_where_its_questions_begin() -> None:
    """At the number, or at the site where the patient is shared."""
    assert lines.opening(FACTS) == ("patient",)
    assert lines.opening(knowing(is_sharing=True)) == SITE


def test_a_line_of_one_question_is_that_questions() -> None:
    """Its words, default and choices."""
    purpose = QUESTIONS["purpose"]
    assert lines.words(("purpose",), FACTS) == purpose.words(FACTS) == "Purpose [diagnosis] (? lists):"
    assert lines.default(("purpose",), FACTS) == "diagnosis"
    assert lines.default(SITE, FACTS) == ""
    assert lines.choices_of(("purpose",), FACTS) == choices.purposes(FACTS)
    assert lines.choices_of(SITE, FACTS) == ()


def test_a_line_of_two_names_the_first_two_who_can_agree() -> None:
    """And lists what both halves take."""
    assert lines.words(CONSENTED, PARENTS) == "Who agreed, and how (mother phone, father video, ...; ? lists):"
    assert lines.choices_of(CONSENTED, PARENTS) == (*choices.givers(PARENTS), *choices.FORMS)
    assert lines.default(CONSENTED, PARENTS) == ""


@pytest.mark.parametrize(
    ("asked_by", "sent_on", "words", "default"),
    [
        (
            "Dr A. Example",
            date(2026, 11, 21),
            "Asked by, on [Dr A. Example, 21 Nov 2026]:",
            "Dr A. Example, 21 Nov 2026",
        ),
        ("Dr A. Example", None, "Asked by, on [Dr A. Example, ...]:", ""),
        (None, date(2026, 11, 21), "Asked by, on [..., 21 Nov 2026]:", ""),
        (None, None, "Asked by, on:", ""),
    ],
)
def test_enter_accepts_a_line_of_two_only_where_both_halves_have_a_default(
    asked_by: str | None, sent_on: date | None, words: str, default: str
) -> None:
    """What is known of it is shown all the same."""
    facts = knowing(asked_by=asked_by, sent_on=sent_on)
    assert lines.words(ASKED, facts) == words
    assert lines.default(ASKED, facts) == default
