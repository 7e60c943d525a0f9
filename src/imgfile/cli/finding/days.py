"""Days as people type them: one, or two with "to" between them."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from imgfile.clinical.dates import Days, parse_recent_date
from imgfile.errors import AnswerInvalid, Problem

_BETWEEN: Final = re.compile(r"\s+(?:to|until|till)\s+|\s*\.\.+\s*|\s+[-\u2013\u2014]\s+", re.IGNORECASE)


def parse_day(text: str, *, today: date) -> date:
    """Read a day as people say it: yesterday, 21/11/2026. Raises `AnswerInvalid`, the end of a sentence."""
    return parse_recent_date(text.strip(), today=today)


def parse_days(text: str, *, today: date) -> Days:
    """Read one day, or two with "to" between: both are counted in. Raises `AnswerInvalid`, the end of a sentence."""
    first, *others = _BETWEEN.split(text.strip())
    if len(others) > 1:
        raise AnswerInvalid('is more than two days; type one, or two with "to" between')
    since = parse_day(first, today=today)
    until = parse_day(others[0], today=today) if others else since
    return checked(Days(since, until), today=today)


def checked(days: Days, *, today: date) -> Days:
    """Return days that do not end before they begin, nor lie all ahead. Raises `AnswerInvalid`."""
    if days.since is not None and days.since > today:
        raise AnswerInvalid("begins in the future")
    if days.since is not None and days.until is not None and days.until < days.since:
        raise AnswerInvalid("ends before it begins")
    return days


def parse_ends(since: str | None, until: str | None) -> Days:
    """Read the days of --since and --until, each as people say it. Raises `AnswerInvalid` with all that is wrong."""
    days, problems = read_ends(since, until, today=datetime.now().astimezone().date())
    if problems:
        raise AnswerInvalid.of(problems, "Days are like: yesterday, 21/11/2026, 21 Nov 2026.")
    return days


def read_ends(since: str | None, until: str | None, *, of: str = "", today: date) -> tuple[Days, list[Problem]]:
    """Return the days from one flag to another, and what is wrong: --since and --until, or --filed-since of `filed`."""
    flags = [f"{of}-{end}" if of else end for end in ("since", "until")]
    found: list[date | None] = []
    problems: list[Problem] = []
    for flag, text in zip(flags, (since, until), strict=True):
        try:
            found.append(None if text is None else parse_day(text, today=today))
        except AnswerInvalid as error:
            found.append(None)
            problems.append(Problem(flag, f"--{flag}", error.message))
    days = Days(*found)
    try:
        checked(days, today=today)
    except AnswerInvalid as error:
        problems.append(Problem(of or "since", f"--{flags[until is not None]}", error.message))
    return days, problems
