"""What is typed on one line is shared out among its questions, and a half that is missing is left out."""

from __future__ import annotations

from datetime import date

import pytest

from imgfile.clinical.consent_basis import ConsentBasis
from imgfile.clinical.interview.lines import ASKED, CONSENTED
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.interview.typed import split
from imgfile.errors import AnswerInvalid
from kit.vault.filings import FACTS, TODAY, knowing

PARENTS = knowing(basis=ConsentBasis.PARENTAL_RESPONSIBILITY)
SITE = ("body_site",)


def test_what_is_typed_on_a_line_of_one_is_its_answer_a_number_its_choice() -> None:
    """Nothing typed is no answer."""
    assert split(SITE, "left knee, 1", FACTS) == {"body_site": "left knee, 1"}
    assert split(("purpose",), "2", FACTS) == {"purpose": "monitoring_response"}
    assert split(("patient",), "9434765870", FACTS) == {"patient": "9434765870"}
    assert split(SITE, "", FACTS) == {}
    with pytest.raises(AnswerInvalid, match=r"^is not a number from 1 to 8$"):
        split(("purpose",), "9", FACTS)


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
        ("mother by phone", {"giver": "mother", "form": "by phone"}),
        ("mother, by email or text", {"giver": "mother", "form": "by email or text"}),
        ("1 2", {"giver": "mother", "form": "verbal_video"}),
        ("3, phone", {"giver": "parent_other", "form": "phone"}),
        ("father 1", {"giver": "father", "form": "verbal_telephone"}),
        ("4", {"giver": "guardian"}),
    ],
)
def test_who_agreed_and_how_is_taken_apart_at_the_longest_giver(typed: str, halves: dict[str, str]) -> None:
    """Either half may be said alone; what the form is, its own question says."""
    assert split(CONSENTED, typed, PARENTS) == halves


@pytest.mark.parametrize("typed", ["aunt phone", "patient phone", "phone mother", "."])
def test_a_line_that_begins_with_nobody_who_can_agree_says_who_can(typed: str) -> None:
    """In the words of the choices."""
    with pytest.raises(AnswerInvalid, match=r"^begins with none of: mother, father, other parent, guardian$"):
        split(CONSENTED, typed, PARENTS)


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
        ("yesterday", {"obtained_at": "yesterday"}),
        ("Dr B, yesterday", {"obtained_by": "Dr B", "obtained_at": "yesterday"}),
        ("Dr B yesterday", {"obtained_by": "Dr B", "obtained_at": "yesterday"}),
        ("yesterday, Dr B", {"obtained_by": "Dr B", "obtained_at": "yesterday"}),
        ("20 Nov 2026 Dr B", {"obtained_by": "Dr B", "obtained_at": "20 Nov 2026"}),
        ("Dr B on 20 Nov 2026", {"obtained_by": "Dr B", "obtained_at": "20 Nov 2026"}),
        ("Dr B Fri 20 Nov 2026", {"obtained_by": "Dr B", "obtained_at": "Fri 20 Nov 2026"}),
        ("the day before yesterday", {"obtained_at": "the day before yesterday"}),
        ("3 days ago", {"obtained_at": "3 days ago"}),
        ("Monday", {"obtained_at": "Monday"}),
        ("Dr B, last week", {"obtained_by": "Dr B", "obtained_at": "last week"}),
        ("31/2/26", {"obtained_at": "31/2/26"}),
        ("Dr B, 20/11", {"obtained_by": "Dr B", "obtained_at": "20/11"}),
        ("Dr Sunday Okafor", {"obtained_by": "Dr Sunday Okafor"}),
        ("Dr Santi Ago", {"obtained_by": "Dr Santi Ago"}),
        ("Dr B, two weeks ago", {"obtained_by": "Dr B", "obtained_at": "two weeks ago"}),
        ("asked by Dr B 20 Nov 2026", {"obtained_by": "Dr B", "obtained_at": "20 Nov 2026"}),
        ("Dr May", {"obtained_by": "Dr May"}),
        ("1", {"obtained_by": "Dr A. Example, GMC 7654321"}),
        ("2, yesterday", {"obtained_by": "R. Desk", "obtained_at": "yesterday"}),
        ("2 R. Desk", {"obtained_by": "R. Desk"}),
    ],
)
def test_asked_by_and_on_is_taken_apart_where_the_day_begins_or_ends(typed: str, halves: dict[str, str]) -> None:
    """A comma inside a name is the name's, and what means to be a day is never one."""
    assert split(ASKED, typed, FACTS) == halves


@pytest.mark.parametrize(
    ("line", "typed", "reason"),
    [
        (CONSENTED, "9 1", "is not a number from 1 to 4"),
        (CONSENTED, "1 9", "is not a number from 1 to 8"),
        (ASKED, "7", "is not a number from 1 to 2"),
    ],
)
def test_a_number_that_is_not_listed_is_refused(line: tuple[str, ...], typed: str, reason: str) -> None:
    """Of either half."""
    with pytest.raises(AnswerInvalid) as caught:
        split(line, typed, PARENTS)
    assert caught.value.message == reason


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("yesterday", date(2026, 11, 21)),
        ("Today", TODAY),
        ("3 days ago", date(2026, 11, 19)),
        ("1st November 2026", date(2026, 11, 1)),
        ("Sat, 21 Nov 2026", date(2026, 11, 21)),
    ],
)
def test_a_day_that_lies_behind_is_read_as_people_say_it(typed: str, day: date) -> None:
    """By the clinician's own calendar."""
    assert QUESTIONS["obtained_at"].parse(typed, FACTS) == day


def test_a_table_says_no_yesterday() -> None:
    """Where nobody says it now, it is none that can be told."""
    with pytest.raises(AnswerInvalid, match="is not a date"):
        QUESTIONS["obtained_at"].parse("yesterday", knowing(is_attended=False))


@pytest.mark.parametrize("typed", ["Monday", "last week", "20/11", "tomorrow", "this evening"])
def test_a_day_that_would_be_a_guess_is_refused(typed: str) -> None:
    """It is asked again."""
    with pytest.raises(AnswerInvalid, match="is not a date"):
        QUESTIONS["obtained_at"].parse(typed, FACTS)


@pytest.mark.parametrize(
    "typed", ["yesterday", "last Monday", "20/11/2026", "21 Nov", "monday", "3 days ago", "12", "?!"]
)
def test_a_day_is_nobodys_name(typed: str) -> None:
    """At every door: a flag and a table too."""
    with pytest.raises(AnswerInvalid, match="is nobody's name"):
        QUESTIONS["obtained_by"].parse(typed, FACTS)


@pytest.mark.parametrize(
    "typed", ["Dr A. Example", "dr a example", "GMC 7654321", "Dr A Example GMC 7654321", "Dr A. Example, GMC 7654321"]
)
def test_somebody_of_the_roster_is_the_same_person_by_name_registration_or_both(typed: str) -> None:
    """As whoever asked, and as whoever attests; whoever is not on it stays as typed."""
    assert QUESTIONS["obtained_by"].parse(typed, FACTS) == "Dr A. Example"
    assert QUESTIONS["attested_by"].parse(typed, FACTS) == FACTS.attester
    assert QUESTIONS["obtained_by"].parse("Dr L. Locum, GMC 7222222", FACTS) == "Dr L. Locum, GMC 7222222"
