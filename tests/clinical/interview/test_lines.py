"""Two pairs of questions share a line; what is typed on it is shared out, and a half that is missing is left out."""

from __future__ import annotations

from datetime import date

import pytest

from imgfile.clinical.consent_basis import ConsentBasis
from imgfile.clinical.interview import choices, lines
from imgfile.clinical.interview.lines import ASKED, CONSENTED, IDENTIFYING, LINES, OTHERS
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.errors import AnswerInvalid
from kit.vault.filings import FACTS, knowing

PARENTS = knowing(basis=ConsentBasis.PARENTAL_RESPONSIBILITY)
SITE = ("body_site",)


def test_every_question_is_asked_once_in_its_order() -> None:
    """Two pairs together, all others alone."""
    assert [slug for line in LINES for slug in line] == list(QUESTIONS)
    assert [line for line in LINES if len(line) > 1] == [CONSENTED, ASKED]


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


def test_what_is_typed_on_a_line_of_one_is_its_answer_a_number_its_choice() -> None:
    """Nothing typed is no answer."""
    assert lines.split(SITE, "left knee, 1", FACTS) == {"body_site": "left knee, 1"}
    assert lines.split(("purpose",), "2", FACTS) == {"purpose": "monitoring_response"}
    assert lines.split(("patient",), "9434765870", FACTS) == {"patient": "9434765870"}
    assert lines.split(SITE, "", FACTS) == {}
    with pytest.raises(AnswerInvalid, match=r"^is not a number from 1 to 8$"):
        lines.split(("purpose",), "9", FACTS)


@pytest.mark.parametrize(
    ("typed", "halves"),
    [
        ("", {}),
        ("mother phone", {"giver": "mother", "form": "phone"}),
        ("mother, phone", {"giver": "mother", "form": "phone"}),
        ("other parent by video", {"giver": "other parent", "form": "by video"}),
        ("parent video call", {"giver": "parent", "form": "video call"}),
        ("mum", {"giver": "mum"}),
        ("phone", {"form": "phone"}),
        ("sent when asked", {"form": "sent when asked"}),
        ("mother pigeon", {"giver": "mother", "form": "pigeon"}),
        ("guardian", {"giver": "guardian"}),
    ],
)
def test_who_agreed_and_how_is_taken_apart_at_the_longest_giver(typed: str, halves: dict[str, str]) -> None:
    """Either half may be said alone; what the form is, its own question says."""
    assert lines.split(CONSENTED, typed, PARENTS) == halves


@pytest.mark.parametrize("typed", ["aunt phone", "patient phone", "phone mother", "."])
def test_a_line_that_begins_with_nobody_who_can_agree_says_who_can(typed: str) -> None:
    """In the words of the choices."""
    with pytest.raises(AnswerInvalid, match=r"^begins with none of: mother, father, other parent, guardian$"):
        lines.split(CONSENTED, typed, PARENTS)


@pytest.mark.parametrize(
    ("typed", "halves"),
    [
        ("Dr B, 20/11/26", {"obtained_by": "Dr B", "obtained_at": "20/11/26"}),
        ("Dr B, GMC 7654321, 20 Nov 2026", {"obtained_by": "Dr B, GMC 7654321", "obtained_at": "20 Nov 2026"}),
        ("Dr B, GMC 7654321", {"obtained_by": "Dr B, GMC 7654321"}),
        ("Dr B", {"obtained_by": "Dr B"}),
        ("20/11/26", {"obtained_at": "20/11/26"}),
        (", 20/11/26", {"obtained_at": "20/11/26"}),
        (" Dr B ,20/11/26 ", {"obtained_by": "Dr B", "obtained_at": "20/11/26"}),
    ],
)
def test_asked_by_and_on_is_taken_apart_at_the_last_comma_before_a_day(typed: str, halves: dict[str, str]) -> None:
    """A comma inside a name is the name's."""
    assert lines.split(ASKED, typed, FACTS) == halves
