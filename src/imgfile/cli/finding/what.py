"""What is looked for, said in one line: a patient's number, days, or words; on the command line or at the terminal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from imgfile.acts.finding.criteria import Criteria, words_sought
from imgfile.cli.finding.days import parse_days
from imgfile.cli.which_records import folder_of_number, is_number, why
from imgfile.clinical.dates import is_day
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.proofs import PatientFolder
from imgfile.clinical.sites.match import site_words
from imgfile.errors import AnswerInvalid, NoVault, UsageError
from imgfile.terminal import Terminal, asking
from imgfile.vault.access import Vault

QUESTION: Final = "What do you look for (Enter everything, q quit):"
_EXPLAINED: Final = Explanation(
    "A patient's number; or days: yesterday, or 21/11/2026 to 28/11/2026; or words that are all there, whole or "
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
    """Return what is looked for with the days, or the words, that a line says. Raises `AnswerInvalid`."""
    if not text.strip():
        return criteria
    if is_day(text) or is_day(text.split(" to ", maxsplit=1)[0]):
        try:
            return replace(criteria, made=parse_days(text, today=today))
        except AnswerInvalid as error:
            raise AnswerInvalid(f"that day {error.message}.", 'Type 21/11/2026, or two with "to" between.') from None
    words = words_sought(text)
    if not words:
        raise AnswerInvalid("that has no words to look for.", "Words of a body site or the rationale, or a day.")
    return replace(criteria, words=words)


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
