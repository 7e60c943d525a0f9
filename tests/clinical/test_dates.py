"""Dates, day first, and ages at their very boundaries."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgfile.clinical.dates import (
    age_in_months,
    age_in_years,
    is_day,
    parse_birth_date,
    parse_date,
    parse_recent_date,
    show_age,
    show_date,
    year_before,
)
from imgfile.errors import AnswerInvalid

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "text",
    [
        "21/11/2026", "21/11/26", "21-11-2026", "21.11.2026", "21 11 2026", " 21/11/2026 ", "2026-11-21", "2026/11/21",
        "2026.11.21", "21 Nov 2026", "21 nov 26", "21 November 2026", "21-Nov-26", "21-Nov-2026", "21Nov2026",
        "21 NOV. 2026", "2026-11-21 00:00:00", "2026-11-21T00:00:00", "21/11/2026 00:00", "21/11/2026 0:00",
        "2026-11-21 00:00:00.000", "21st Nov 2026", "21st of November 2026", "Sat 21 Nov 2026", "Saturday, 21 Nov 2026",
        "21 Nov, 2026", "Nov 21, 2026", "November 21st 2026",
    ],
)  # fmt: skip
def test_every_usual_spelling_of_a_date_is_read(text: str) -> None:
    """Typed, written by a spreadsheet, or with a midnight behind it."""
    assert parse_date(text) == date(2026, 11, 21)


def test_the_day_always_comes_first() -> None:
    """3/4/25 is in April, 1/9 in September, whatever American software makes of it."""
    assert parse_date("3/4/25") == date(2025, 4, 3)
    assert parse_date("1/9/2025") == date(2025, 9, 1)
    assert parse_date("5 Sept 2025") == date(2025, 9, 5)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("11/21/2026", "has its month before its day; the day comes first"),
        ("12/13/2026", "has its month before its day; the day comes first"),
        ("13/13/2026", "is not a day of the calendar"),
        ("31/2/2026", "is not a day of the calendar"),
        ("29/2/2026", "is not a day of the calendar"),
        ("0/1/2026", "is not a day of the calendar"),
        ("1/0/2026", "is not a day of the calendar"),
        ("1/1/0000", "is not a day of the calendar"),
        ("1/12/0000", "is not a day of the calendar"),
        ("x" * 40, "is not a date; type day, month, year: 21/11/2026, 21 Nov 2026 or 2026-11-21"),
        ("46347", "is a spreadsheet's number for a date; format the column as a date (2026-11-21)"),
        ("46347.5", "is a spreadsheet's number for a date; format the column as a date (2026-11-21)"),
        ("21 Foo 2026", "names no month; type Jan, Feb, Mar, ..."),
        ("21 Nove 2026", "names no month; type Jan, Feb, Mar, ..."),
        ("x" * 41, "is too long for a date"),
        ("Sun 21 Nov 2026", "is a Saturday, not a Sunday"),
    ],
)
def test_a_date_that_cannot_be_right_is_refused_with_its_reason(text: str, reason: str) -> None:
    """It is never turned round or guessed."""
    with pytest.raises(AnswerInvalid) as caught:
        parse_date(text)
    assert caught.value.message == reason


@pytest.mark.parametrize(
    "text", ["", "today", "21/11", "21/11/202", "2026-11", "21/11/2026 10:30", "\u0662\u0661/11/2026", "1/2/3"]
)
def test_what_is_no_whole_date_is_refused(text: str) -> None:
    """A year is never left to be guessed."""
    with pytest.raises(AnswerInvalid, match="is not a date; type day, month, year"):
        parse_date(text)


@given(st.text(max_size=50) | st.from_regex(r"[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}", fullmatch=True))
def test_whatever_is_typed_is_a_date_or_an_invalid_answer(text: str) -> None:
    """Nothing else leaves."""
    with contextlib.suppress(AnswerInvalid):
        assert isinstance(parse_date(text), date)
    with contextlib.suppress(AnswerInvalid):
        assert parse_birth_date(text, today=TODAY) <= TODAY
    with contextlib.suppress(AnswerInvalid):
        assert isinstance(parse_recent_date(text, today=TODAY), date)
    assert isinstance(is_day(text), bool)


@given(st.dates(date(1000, 1, 1), date(9999, 12, 31)))
def test_every_date_is_read_back_from_what_is_shown(day: date) -> None:
    """And from its ISO form, and day first."""
    assert parse_date(show_date(day)) == day
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day:%d/%m/%Y}") == day
    assert parse_date(f"{day:%a} {show_date(day)}") == day
    assert parse_recent_date(show_date(day), today=TODAY) == day
    assert is_day(show_date(day))


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("14/9/25", date(2025, 9, 14)),
        ("3/3/71", date(1971, 3, 3)),
        ("22/11/26", date(2026, 11, 22)),
        ("23/11/26", date(1926, 11, 23)),
        ("1/1/27", date(1927, 1, 1)),
        ("29/2/28", date(1928, 2, 29)),
        ("29/2/00", date(2000, 2, 29)),
        ("14/9/1925", date(1925, 9, 14)),
        ("22/11/1896", date(1896, 11, 22)),
        ("23/11/1895", date(1895, 11, 23)),
    ],
)
def test_a_birth_year_of_two_digits_is_the_latest_that_has_passed(text: str, born: date) -> None:
    """Today is still the past; tomorrow was a hundred years ago."""
    assert parse_birth_date(text, today=TODAY) == born


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("23/11/2026", "is in the future"),
        ("22/11/1895", "is more than 130 years ago"),
        ("29/2/27", "is not a day of the calendar"),
        ("13/25/71", "is not a day of the calendar"),
        ("3/25/71", "has its month before its day; the day comes first"),
    ],
)
def test_nobody_is_born_tomorrow_or_a_hundred_and_thirty_one_years_ago(text: str, reason: str) -> None:
    """Both are slips."""
    with pytest.raises(AnswerInvalid) as caught:
        parse_birth_date(text, today=TODAY)
    assert caught.value.message == reason


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2008, 11, 22), date(2026, 11, 21), 17),
        (date(2008, 11, 22), date(2026, 11, 22), 18),
        (date(2010, 11, 23), date(2026, 11, 22), 15),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2026, 11, 22), date(2026, 11, 22), 0),
    ],
)
def test_a_year_of_age_begins_on_the_birthday_and_on_1_march_for_29_february(born: date, on: date, years: int) -> None:
    """So UK law has it, and so a child stays one until then."""
    assert age_in_years(born, on) == years


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 47_000))
def test_years_and_months_of_age_agree(born: date, days: int) -> None:
    """Twelve months are a year."""
    on = born + timedelta(days)
    assert age_in_months(born, on) // 12 == age_in_years(born, on)


@pytest.mark.parametrize(
    ("born", "shown"),
    [
        (date(2025, 9, 14), "14 months"),
        (date(2026, 11, 22), "under 1 month"),
        (date(2026, 10, 23), "under 1 month"),
        (date(2026, 10, 22), "1 month"),
        (date(2026, 9, 22), "2 months"),
        (date(2024, 11, 23), "23 months"),
        (date(2024, 11, 22), "2 years"),
        (date(1971, 3, 3), "55 years"),
    ],
)
def test_ages_are_shown_in_months_under_two_years(born: date, shown: str) -> None:
    """As clinicians say them."""
    assert show_age(born, TODAY) == shown


def test_dates_are_shown_with_the_months_name() -> None:
    """Nobody reads it as American."""
    assert show_date(date(2025, 9, 4)) == "4 Sep 2025"


def test_a_year_before_a_leap_day_is_the_28th() -> None:
    """Every other day has itself."""
    assert year_before(date(2028, 2, 29)) == date(2027, 2, 28)
    assert year_before(date(2028, 2, 28)) == date(2027, 2, 28)
    assert year_before(date(2026, 1, 29)) == date(2025, 1, 29)
    assert year_before(TODAY) == date(2025, 11, 22)
