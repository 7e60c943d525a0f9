"""What is looked for, said in one line: a patient's number, days, or words; on the command line or at the terminal."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from datetime import date
from typing import Final

from imgfile.acts.finding.criteria import Criteria
from imgfile.cli.finding.days import parse_days
from imgfile.cli.which_records import folder_of_number, is_number, why
from imgfile.clinical.dates import Days, is_day
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.patient import numbers_in
from imgfile.clinical.proofs import PatientFolder
from imgfile.clinical.sites.match import site_words, words_of
from imgfile.errors import AnswerInvalid, NoVault, UsageError
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault

QUESTION: Final = "What do you look for (Enter everything, q quit):"
_EXPLAINED: Final = Explanation(
    "A patient's number; or days: yesterday, 21/11/2026 to 28/11/2026; or words that are all there, whole or "
    "how they begin: of the body site, the rationale, the purpose, or a name. More by flags: imgfile find --help",
    "Whoever looks for it.",
    "left shoulder",
)


def ask_what(vault: Vault, terminal: Terminal, *, today: date) -> tuple[Criteria, PatientFolder | None]:
    """Ask what is looked for; return it, and whose photos where a number was typed. Raises `Cancelled`."""
    while True:
        typed = asking.answer(terminal, QUESTION, _EXPLAINED)
        try:
            if is_number(typed):
                return Criteria(), folder_of_number(vault, typed)
            return said(Criteria(), typed, today=today), None
        except (AnswerInvalid, NoVault, UsageError) as error:
            asking.show(terminal, why(error))


def said(criteria: Criteria, text: str, *, today: date) -> Criteria:
    """Return what is looked for with a line's words, and the days before or behind them. Raises `AnswerInvalid`."""
    typed = text.split()
    if not typed:
        return criteria
    if numbers_in(text):
        raise AnswerInvalid(
            "a patient's number stands by itself.",
            "Type it alone; words beside it go by flags:  imgfile find --patient - --site knee",
        )
    rest, days = _days_apart(typed, today)
    if days is not None:
        criteria = replace(criteria, made=days)
    elif is_day(text) or is_day(text.split(" to ", maxsplit=1)[0]):
        _refuse_days(text, today)
    for word in filter(_WRITTEN_DAY.fullmatch, rest):
        _refuse_days(word, today)
    if days is not None and {"to", "until"}.intersection((*rest[:1], *rest[-1:])):
        raise AnswerInvalid("that is one day, and half of another.", 'Type 21/11/2026, or two with "to" between.')
    words = words_of(" ".join(rest))
    if rest and not words:
        raise AnswerInvalid("that has no words to look for.", "Words of a body site or the rationale, or a day.")
    return replace(criteria, words=words)


def _days_apart(typed: list[str], today: date) -> tuple[list[str], Days | None]:
    """Return the words of a line, and the days that it begins or ends with, the longest that can be days; else None."""
    for count in range(min(len(typed), _MOST_DAY_WORDS), 0, -1):
        for there, rest in ((typed[-count:], typed[:-count]), (typed[:count], typed[count:])):
            if is_day(text := " ".join(there)):
                with contextlib.suppress(AnswerInvalid):
                    return rest, parse_days(text, today=today)
    return typed, None


_WRITTEN_DAY: Final = re.compile(r"[0-9]{1,4}([-/.])[0-9]{1,2}\1[0-9]{1,4}")
_MOST_DAY_WORDS: Final = 9
"""Sat 21 Nov 2026 to Sat 28 Nov 2026."""


def _refuse_days(text: str, today: date) -> None:
    try:
        parse_days(text, today=today)
    except AnswerInvalid as error:
        raise AnswerInvalid(f"that day {error.message}.", 'Type 21/11/2026, or two with "to" between.') from None


def advice(criteria: Criteria) -> str:
    """Return what may have been meant by a word that is in no list of body sites, and is like one that is; else ""."""
    import difflib  # noqa: PLC0415 - 5 ms, and only a search looks for words

    known = site_words()
    like = [
        close[0]
        for word in (*criteria.site, *criteria.words)
        if not any(each.startswith(word) for each in known)
        and (close := difflib.get_close_matches(word, known, n=1, cutoff=_ALIKE))
    ]
    return f"Did you mean {', '.join(like)}?" if like else ""


_ALIKE: Final = 0.8
"""Of a word of eight letters, one or two are others."""
