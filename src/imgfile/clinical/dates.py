"""Dates as people in Britain type them, days from one to another, and ages as clinicians say them.

The day comes first, always: 3/4/25 is the third of April, and 11/21/2026 is refused rather than turned round. A
table that went through a spreadsheet may carry ISO dates, month names or a midnight behind the date; all are read.
So is what letters and screens print: `1st May 1938`, `Sat 21 Nov 2026`. A day of the week must be that date's own.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from imgfile.errors import AnswerInvalid
from imgfile.frozen import dataclass

MAX_TEXT_CHARACTERS: Final = 40
"""The longest date that people type, "Wednesday" left out, has 26 with a midnight behind it."""
MAX_AGE_YEARS: Final = 130
"""Nobody was ever older than 122: an older birth date is a slip."""
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NAMES: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH_NUMBERS: Final = {
    written: number for number, name in enumerate(_MONTH_NAMES, 1) for written in (name, name[:3])
} | {"sept": 9}
_MONTHS_SHOWN_UNDER_YEARS: Final = 2
_TWO_DIGITS: Final = 2

FIRST_EXIF_YEAR: Final = 1995
"""JEIDA's first edition of Exif."""

_MIDNIGHT: Final = r"[ t]0?0:00(:00(\.0+)?)?$"
_YEAR_FIRST: Final = r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})"
_DAY_FIRST: Final = r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4}|[0-9]{2})"
_NAMED_MONTH: Final = r"([0-9]{1,2})[-/. ]?([a-z]{3,9})\.?[-/. ]?([0-9]{4}|[0-9]{2})"
_MONTH_FIRST: Final = r"([a-z]{3,9})\.? ([0-9]{1,2}) ([0-9]{4})"
_ORDINAL: Final = r"(?<=[0-9])(st|nd|rd|th)\b( of\b)?"
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY: Final = r"(mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.? (?=[0-9a-z])"
_DAYS_BACK: Final = {
    "today": 0, "this morning": 0, "this afternoon": 0, "just now": 0, "now": 0, "yesterday": 1, "last night": 1,
    "the day before yesterday": 2, "day before yesterday": 2,
}  # fmt: skip
_DAYS_AGO: Final = r"([0-9]{1,3}) days? ago"
_SPOKEN_DAY: Final = (
    r"((last|this|next|the day (before|after)|day (before|after)) )?"
    r"(yesterday|today|tomorrow|tonight|now|just now|morning|afternoon|evening|night|week|month|year|weekend"
    r"|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
    r"|[a-z0-9 ]+ (minute|hour|day|week|month|year)s? ago"
)
"""Whether or not it says which day: what is typed as one is never taken for somebody's name."""
_MONTH_BEGINS: Final = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_DATE_BEGINS: Final = (
    r"((mon|tue|wed|thu|fri|sat|sun)[a-z]*\.? )?"
    rf"([0-9]{{1,4}}(st|nd|rd|th)?([-/. ][0-9]|$)|[0-9]{{1,2}}(st|nd|rd|th)?( of)?[-/. ]*{_MONTH_BEGINS}"
    rf"|{_MONTH_BEGINS}[a-z]*\.? [0-9])"
)
_SERIAL: Final = r"[0-9]{5}(\.[0-9]+)?"


@dataclass(frozen=True, slots=True)
class Days:
    """Days from one to another, both counted in; None is an end that is open."""

    since: date | None = None
    until: date | None = None

    def __contains__(self, day: date) -> bool:
        """Return whether a day is one of them."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


ANY_DAY: Final = Days()


def parse_date(text: str) -> date:
    """Read a date, day first; a year of two digits is of this century. Raises AnswerInvalid."""
    text, weekday = _without_weekday(text)
    day, month, year = _parts(text)
    found = _real(day, month, 2000 + int(year) if len(year) == _TWO_DIGITS else int(year))
    return _on_weekday(found, weekday)


def parse_birth_date(text: str, *, today: date) -> date:
    """Read a date of birth: never after today, so a year of two digits is the latest that has passed.

    Raises AnswerInvalid.
    """
    text, weekday = _without_weekday(text)
    day, month, year = _parts(text)
    if len(year) == _TWO_DIGITS:
        born = _real(day, month, 2000 + int(year))
        if born > today:
            born = _real(day, month, 1900 + int(year))
    else:
        born = _real(day, month, int(year))
    if born > today:
        raise AnswerInvalid("is in the future")
    if age_in_years(born, today) > MAX_AGE_YEARS:
        raise AnswerInvalid(f"is more than {MAX_AGE_YEARS} years ago")
    return _on_weekday(born, weekday)


def parse_recent_date(text: str, *, today: date) -> date:
    """Read a date that lies behind, as people say it: yesterday, 3 days ago, or any that `parse_date` reads.

    Raises AnswerInvalid: of "Monday" or "last week" too, for which day that is would be a guess.
    """
    plain = " ".join(text.lower().replace(",", " ").split())
    if match := re.fullmatch(_DAYS_AGO, plain):
        return today - timedelta(days=int(match[1]))
    if plain in _DAYS_BACK:
        return today - timedelta(days=_DAYS_BACK[plain])
    return parse_date(text)


def parse_past_date(text: str, *, today: date) -> date:
    """Read a date as `parse_recent_date` does, of what has happened: never after today. Raises AnswerInvalid."""
    day = parse_recent_date(text, today=today)
    if day > today:
        raise AnswerInvalid("is in the future")
    return day


def is_day(text: str) -> bool:
    """Return whether text is a day, or means to be one: "yesterday", "last Monday", "31/2/26"; never a name."""
    plain = " ".join(text.lower().replace(",", " ").split()).removeprefix("on ")
    return bool(re.fullmatch(_SPOKEN_DAY, plain) or re.match(_DATE_BEGINS, plain))


def _without_weekday(text: str) -> tuple[str, int | None]:
    """Return a date as it was typed in small letters, and which day of the week stood before it, Monday being 0."""
    if len(text) > MAX_TEXT_CHARACTERS:
        raise AnswerInvalid("is too long for a date")
    plain = " ".join(text.lower().replace(",", " ").split())
    if not (match := re.match(_WEEKDAY, plain)):
        return plain, None
    return plain[match.end() :], next(at for at, name in enumerate(_WEEKDAYS) if name.startswith(match[1][:3]))


def _on_weekday(day: date, weekday: int | None) -> date:
    if weekday is not None and day.weekday() != weekday:
        raise AnswerInvalid(f"is a {_WEEKDAYS[day.weekday()].capitalize()}, not a {_WEEKDAYS[weekday].capitalize()}")
    return day


def _parts(text: str) -> tuple[int, int, str]:
    """Take a date apart into day, month and the digits of its year."""
    plain = re.sub(_ORDINAL, "", re.sub(_MIDNIGHT, "", text))
    if match := re.fullmatch(_YEAR_FIRST, plain):
        return int(match[3]), int(match[2]), match[1]
    if match := re.fullmatch(_DAY_FIRST, plain):
        return int(match[1]), int(match[2]), match[3]
    if match := re.fullmatch(_NAMED_MONTH, plain):
        if (month := _MONTH_NUMBERS.get(match[2])) is None:
            raise AnswerInvalid("names no month; type Jan, Feb, Mar, ...")
        return int(match[1]), month, match[3]
    if (match := re.fullmatch(_MONTH_FIRST, plain)) and match[1] in _MONTH_NUMBERS:
        return int(match[2]), _MONTH_NUMBERS[match[1]], match[3]
    if re.fullmatch(_SERIAL, plain):
        raise AnswerInvalid("is a spreadsheet's number for a date; format the column as a date (2026-11-21)")
    raise AnswerInvalid("is not a date; type day, month, year: 21/11/2026, 21 Nov 2026 or 2026-11-21")


def _real(day: int, month: int, year: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        is_american = day <= len(MONTHS) < month
        reason = "has its month before its day; the day comes first" if is_american else "is not a day of the calendar"
        raise AnswerInvalid(reason) from None


def is_factory_date(day: date, today: date) -> bool:
    """Return whether a camera's date is such as a clock shows that nobody ever set.

    Clocks start on 1 January (1970 Unix, 1980 DOS, 2000 and later of many cameras), or on the evening before in a
    country to the west. Exif is of 1995: no camera wrote an earlier date truly. A real New Year's photo is believed
    for a year.
    """
    is_new_year = (day.month, day.day) == (1, 1) and day < year_before(today)
    return is_new_year or day.year < FIRST_EXIF_YEAR or day == date(1999, 12, 31)


def show_date(day: date) -> str:
    """Write a date that nobody reads as American: 14 Sep 2025."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def age_in_years(born: date, on: date) -> int:
    """Count whole years. Born on 29 February means a birthday on 1 March in other years, as UK law has it."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def age_in_months(born: date, on: date) -> int:
    """Count whole months."""
    return (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)


def show_age(born: date, on: date) -> str:
    """Write an age: months under two years, then years."""
    years, months = age_in_years(born, on), age_in_months(born, on)
    if years >= _MONTHS_SHOWN_UNDER_YEARS:
        return f"{years} years"
    if not months:
        return "under 1 month"
    return "1 month" if months == 1 else f"{months} months"


def year_before(day: date) -> date:
    """Return the same day a year earlier; 28 February for 29 February."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
