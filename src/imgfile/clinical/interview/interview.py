"""Asking: from what was given, what follows, and what somebody says, to a filing or to every problem at once.

With `ask`, a wrong answer is asked again with the reason; without it, all that is missing or wrong is told in one
error. The order of one line: what was given; what follows; the question; the default that may be accepted. A refusal
that no answer can mend ends the interview at once, before more is asked. No answer outlives the interview: the next
photo starts with nothing (R2), unless it came in the same message and somebody confirms what the two share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from imgfile.clinical.dates import show_age, show_date
from imgfile.clinical.facts import Facts, History
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.interview.choices import Choice, NotOffered
from imgfile.clinical.interview.lines import LINES, Line, choices_of, default, opening, split, words
from imgfile.clinical.interview.parse import origin_of
from imgfile.clinical.interview.questions import QUESTIONS, Question
from imgfile.clinical.rules import Finding, Weight, judge
from imgfile.clinical.vocabulary import Provenance
from imgfile.errors import AnswerInvalid, Problem, RefusedByRule
from imgfile.frozen import dataclass, field

_ASKED: Final = frozenset({Provenance.TYPED, Provenance.DEFAULTED, Provenance.SHARED})
"""Where an answer came from that somebody gave in a dialogue, and may be asked for again."""
BIRTH_DATE_DIFFERS: Final = "differs from the one filed earlier under this number; check both"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One line to ask. The terminal shows `notice`, then `problem`, then `words`, and returns what was typed."""

    slugs: tuple[str, ...]
    words: str = field(repr=False)
    default: str = field(default="", repr=False)
    """What an empty answer accepts; empty when an answer is needed."""
    choices: tuple[Choice, ...] = field(default=(), repr=False)
    notice: tuple[str, ...] = field(default=(), repr=False)
    """Lines about what was just learnt."""
    problem: str = ""
    """Why the last answer was not taken."""
    is_listing: bool = False
    """Whether the last answer was `?`: the choices are to be shown."""
    can_skip: bool = False
    """Whether the photo may be left here."""


Ask = Callable[[Prompt], str]


@dataclass(frozen=True, slots=True)
class Interviewed:
    """A filing, and the answers that led to it: give them again, without the one to change, to go back."""

    filing: Filing
    given: Mapping[str, Given] = field(repr=False)


def interview(given: Mapping[str, Given], facts: Facts, ask: Ask | None = None) -> Interviewed:
    """Turn answers into a filing.

    Raises AnswerInvalid with every problem, or RefusedByRule. What `ask` raises (Cancelled) passes through.
    """
    if unknown := given.keys() - QUESTIONS.keys():
        raise AnswerInvalid(f"{len(unknown)} answers belong to no question.")
    run = _Run(replace(facts, is_attended=ask is not None), dict(given), ask)
    for line in LINES:
        run.settle(line)
    return run.conclude()


def without(given: Mapping[str, Given], slug: str) -> dict[str, Given]:
    """Drop one answer and those that rest on it, so that the next interview asks them again."""
    dropped = {slug}
    for question in QUESTIONS.values():
        if dropped.intersection(question.rests_on):
            dropped.add(question.slug)
    return {name: answer for name, answer in given.items() if name not in dropped}


def shared(given: Mapping[str, Given]) -> dict[str, Given]:
    """Return of one photo's answers those that others of its message may share, as such."""
    return {
        slug: Given(answer.text, Provenance.SHARED) for slug, answer in given.items() if QUESTIONS[slug].is_shareable
    }


def has_shared(given: Mapping[str, Given]) -> bool:
    """Tell whether any answer was given for another photo: --yes beforehand does not confirm it for this one."""
    return any(answer.provenance is Provenance.SHARED for answer in given.values())


class _Run:
    """One interview under way."""

    def __init__(self, facts: Facts, given: dict[str, Given], ask: Ask | None) -> None:
        self.facts = facts
        self.given = given
        self.ask = ask
        self.provenance: dict[str, Provenance] = {}
        self.problems: list[Problem] = []
        self.notice: tuple[str, ...] = ()

    def settle(self, line: Line) -> None:
        """Settle a line's questions from what is given, what follows, or by asking."""
        reason = ""
        for slug in line:
            reason = self._take(QUESTIONS[slug]) or reason
        reason = self._fault(line) or reason
        if self.ask is None:
            self._miss(line)
            return
        while missing := self._missing(line):
            reason = self._ask(self.ask, missing, reason) or self._fault(line)

    def conclude(self) -> Interviewed:
        """Make the filing, or tell every problem."""
        for question in QUESTIONS.values():
            if self._value(question.slug) is None:
                self._derive(question)
        refused = [finding for finding in judge(self.facts) if finding.weight is not Weight.WARNING]
        self._refuse_final(refused)
        if self.problems:
            found = [Problem(each.question, QUESTIONS[each.question].flag, _sentence(each)) for each in refused]
            raise AnswerInvalid.of([*self.problems, *found])
        if refused:
            first, *others = refused
            raise RefusedByRule(first.rule, first.sentence, " ".join(_sentence(finding) for finding in others))
        return Interviewed(Filing.of(self.facts, self.provenance), self.given)

    # --- what was given, and what follows -------------------------------------------------------------------

    def _take(self, question: Question) -> str:
        """Take a given answer, or the one that follows; return why a given one is to be asked again."""
        answer = self.given.get(question.slug)
        if answer is None:
            self._derive(question)
            return ""
        try:
            if question.applies(self.facts) is False:
                raise AnswerInvalid("does not apply here")
            self._accept(question, answer)
        except AnswerInvalid as error:
            return self._reject(question, answer, error.message)
        return ""

    def _reject(self, question: Question, answer: Given, reason: str) -> str:
        if self.ask is None:
            self._report(question, reason)
            return ""
        del self.given[question.slug]
        is_askable = not question.is_optional and question.applies(self.facts) is not False
        was_asked = answer.provenance in _ASKED
        if not is_askable and not was_asked:
            raise AnswerInvalid.of([Problem(question.slug, question.flag, reason)])
        return reason if is_askable else ""  # an answer that a changed one made stale is dropped

    def _accept(self, question: Question, answer: Given) -> None:
        if question.slug == "form" and self.facts.origin is None and (origin := origin_of(answer.text)):
            self._set("origin", origin, answer.provenance)
        self._set(question.slug, question.parse(answer.text, self.facts), answer.provenance)

    def _derive(self, question: Question) -> None:
        value = question.derive(self.facts)
        if value is not None:
            self._set(question.slug, value, Provenance.DERIVED)

    def _set(self, slug: str, value: object, provenance: Provenance) -> None:
        changes: dict[str, Any] = {slug: value}  # a slug is a field of Facts, and its question makes that field's type
        self.facts = replace(self.facts, **changes)
        self.provenance[slug] = provenance

    def _value(self, slug: str) -> object:
        return getattr(self.facts, slug)

    # --- what is missing ------------------------------------------------------------------------------------

    def _missing(self, line: Line) -> Line:
        reported = {problem.question for problem in self.problems}
        questions = (QUESTIONS[slug] for slug in line if slug not in reported)
        return tuple(
            question.slug
            for question in questions
            if self._value(question.slug) is None and not question.is_optional and question.applies(self.facts)
        )

    def _miss(self, line: Line) -> None:
        for slug in self._missing(line):
            question = QUESTIONS[slug]
            text = question.default(self.facts) if question.is_defaulted_alone else None
            if text:
                self._accept(question, Given(text, Provenance.DEFAULTED))
            else:
                self._report(question, "is missing", is_missing=True)

    def _report(self, question: Question, reason: str, *, is_missing: bool = False) -> None:
        self.problems.append(Problem(question.slug, question.flag, reason, is_missing))

    # --- asking ---------------------------------------------------------------------------------------------

    def _ask(self, ask: Ask, line: Line, reason: str) -> str:
        """Ask a line once; return why the answer was not taken, or nothing."""
        prompt = Prompt(
            slugs=line,
            words=words(line, self.facts),
            default=default(line, self.facts),
            choices=choices_of(line, self.facts),
            notice=self.notice,
            problem=reason,
            can_skip=self.facts.can_skip and line == opening(self.facts),
        )
        self.notice = ()
        text = ask(prompt).strip()
        while text.startswith("?"):
            text = ask(replace(prompt, notice=(), problem="", is_listing=True)).strip()
        try:
            texts = split(line, text, self.facts)
        except AnswerInvalid as error:
            return error.message
        unsaid = "" if any(texts.values()) else "an answer is needed"  # of two, one may be said: the other is asked
        reasons = [self._accept_typed(QUESTIONS[slug], texts.get(slug), unsaid) for slug in line]
        return next(filter(None, reasons), "")

    def _accept_typed(self, question: Question, text: str | None, unsaid: str) -> str:
        """Take what was typed, or the default; return why it was not taken, or nothing."""
        answer = Given(text or question.default(self.facts) or "", Provenance.TYPED if text else Provenance.DEFAULTED)
        if not answer.text:
            return unsaid
        try:
            self._accept(question, answer)
        except NotOffered:
            return "is none of the answers; ? lists them"
        except AnswerInvalid as error:
            return error.message
        self.given[question.slug] = answer
        return ""

    # --- what the rules and the vault say -------------------------------------------------------------------

    def _fault(self, line: Line) -> str:
        """Return why a line's answers cannot stand, having taken the one to blame back; final refusals are raised."""
        if "dob" in line and not self._recall():
            if self.ask is None:
                self._report(QUESTIONS["dob"], BIRTH_DATE_DIFFERS)
                return ""
            return self._take_back("dob", BIRTH_DATE_DIFFERS)
        if self.ask is None:  # told at the end, together with the rest
            return ""
        findings = [finding for finding in judge(self.facts) if finding.weight is not Weight.WARNING]
        self._refuse_final(findings)
        for finding in findings:
            if finding.question in line:
                if QUESTIONS[finding.question].is_optional:
                    raise RefusedByRule(finding.rule, finding.sentence)
                return self._take_back(finding.question, _sentence(finding))
        return ""

    def _take_back(self, slug: str, reason: str) -> str:
        cleared = {slug: None} | ({"origin": None} if slug == "form" and "origin" not in self.given else {})
        changes: dict[str, Any] = cleared
        self.facts = replace(self.facts, **changes)
        self.given.pop(slug, None)
        return reason

    def _refuse_final(self, findings: Sequence[Finding]) -> None:
        for finding in findings:
            if finding.weight is Weight.FINAL:
                raise RefusedByRule(finding.rule, finding.sentence)

    def _recall(self) -> bool:
        """Learn of the patient's earlier photos; False when they were filed with another birth date."""
        patient, born = self.facts.patient_id, self.facts.dob
        if patient is None or born is None:
            return True
        history = self.facts.history(patient, born)
        if history and not history.birth_date_agrees:
            return False
        self.facts = replace(self.facts, earlier=history.earlier if history else ())
        who = f"{patient.scheme.label} {patient.grouped}, born {show_date(born)}, {show_age(born, self.facts.today)}"
        self.notice = _recognised(who, history)
        return True


def _recognised(who: str, history: History | None) -> tuple[str, ...]:
    if history is None:
        return (f"{who}.",)
    if not history.earlier:
        return (f"{who}. No earlier photo here.",)
    last, count = history.earlier[-1], len(history.earlier)
    told = "1 earlier photo" if count == 1 else f"{count} earlier photos, the last"
    return f"{who}, as before.", f"{told}: {last.reference}, filed {show_date(last.filed_on)}."


def _sentence(finding: Finding) -> str:
    return f"{finding.rule}: {finding.sentence}"
