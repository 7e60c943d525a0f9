"""Answers as people read them, each in words that its question takes: in the summary, in the list of what can change.

`words_for` and the questions' `parse` are each other's reverse (tests/clinical/interview/test_shown.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from imgfile.clinical.codes import Code
from imgfile.clinical.consent import Consent
from imgfile.clinical.dates import show_date
from imgfile.clinical.facts import EarlierPhoto, Facts
from imgfile.clinical.interview import choices
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.questions import QUESTIONS, Question
from imgfile.clinical.patient import shown_number
from imgfile.clinical.vocabulary import ASKED_SAFEGUARDS, ConsentForm, Explained, Origin, Provenance, Purpose, Safeguard
from imgfile.frozen import dataclass, field

TITLES: Final = {
    "patient": "patient number",
    "dob": "date of birth",
    "scheme": "whose number",
    "giver": "who agreed",
    "form": "how",
    "obtained_by": "asked by",
    "obtained_at": "asked on",
    "pr_evidence": "known by",
    "attested_by": "attested by",
    "consent_document": "signed form",
    "covers": "form covers",
    "recognisable": "may be recognised",
}
"""What a question is called where its slug would not do."""


def title(slug: str) -> str:
    """Return what a question is called in a list."""
    return TITLES.get(slug, slug.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer in a list: its question, and its words. What follows from another answer is changed by that one."""

    slug: str
    words: str = field(repr=False)
    is_changeable: bool

    @property
    def title(self) -> str:
        """What its question is called."""
        return title(self.slug)


def answers(facts: Facts, given: Mapping[str, Given]) -> list[Shown]:
    """List what was answered, in the order of asking: what was given, and what a question at the terminal covers."""
    listed = (question for question in QUESTIONS.values() if getattr(facts, question.slug) is not None)
    return [
        Shown(question.slug, words_for(question.slug, facts), _is_changeable(question, facts, given))
        for question in listed
        if question.slug in given or (not question.is_optional and not _goes_without_saying(question, facts))
    ]


def _goes_without_saying(question: Question, facts: Facts) -> bool:
    """Return whether an answer is shown with another one, or says nothing: the only scheme, no form of no consent."""
    is_only = _follows(question, facts) and len(question.choices(facts)) <= 1
    return (question.slug == "scheme" and is_only) or facts.form is ConsentForm.NOT_APPLICABLE is getattr(
        facts, question.slug
    )


def _is_changeable(question: Question, facts: Facts, given: Mapping[str, Given]) -> bool:
    is_only = 0 < len(question.choices(facts)) <= 1
    return question.slug in given or not (is_only and _follows(question, facts))


def _follows(question: Question, facts: Facts) -> bool:
    return facts.provenance.get(question.slug) is Provenance.DERIVED


def words_for(slug: str, facts: Facts) -> str:
    """Return the words of an answer, which its question takes for the very same answer."""
    value = getattr(facts, slug)
    if slug == "patient":
        return f"{facts.scheme.label} {shown_number(value)}" if facts.scheme else shown_number(value)
    if slug == "form":
        return form_words(value, facts.origin)
    if isinstance(value, Code):
        return _offered_words(slug, value, facts)
    return next((words(value) for kind, words in _WORDS if isinstance(value, kind)), str(value))


_WORDS: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (date, show_date),
    (bool, lambda value: "yes" if value else "no"),
    (frozenset, lambda value: ", ".join(code.label for code in (*Explained, *Purpose) if code in value) or "none"),
    (Mapping, lambda value: " ".join(safeguard_numbers(value)) or "0"),
    (EarlierPhoto, lambda value: value.reference),
)
"""How answers of each kind are written; all others are written as they are."""


def safeguard_numbers(value: Mapping[Safeguard, bool]) -> list[str]:
    """Return the numbers of the safeguards that are true."""
    return [str(number) for number, each in enumerate(ASKED_SAFEGUARDS, 1) if value.get(each)]


def form_words(form: ConsentForm, origin: Origin | None) -> str:
    """Return how consent was given, in words that say too where a photo came from that was only sent."""
    if form is not ConsentForm.IMPLIED_BY_SUBMISSION or origin is None:
        return form.label
    code = choices.SENT_UNASKED if origin is Origin.UNSOLICITED else choices.SENT_WHEN_ASKED
    return next(choice.label for choice in choices.FORMS if choice.code == code)


def _offered_words(slug: str, value: Code, facts: Facts) -> str:
    """Return a choice's words as its prompt has them, which differ by nation; else its code's own label."""
    offered = (choice.label for choice in QUESTIONS[slug].choices(facts) if choice.code == value)
    return next(offered, value.label)


def consent_words(consent: Consent, origin: Origin) -> str:
    """Return who agreed, how, and who asked, in one line."""
    how = form_words(consent.form, origin)
    asked = f"{consent.obtained_by} {show_date(consent.obtained_at)}"
    terms = consent.basis.terms
    if not terms.is_agreement:
        return f"{consent.basis.label}: decided by {asked}"
    if terms.is_patients_own:
        return f"{consent.basis.label} consent, {how}, asked by {asked}"
    named = " ".join(filter(None, (consent.giver.label, consent.decided_by)))
    who = named if terms.is_substitute else f"{consent.basis.label}: {consent.giver.label}"
    return f"{who}, {how}, asked by {asked}"
