"""Asking: from what was given, what follows, and what somebody says, to a filing or to every problem at once.

There are two phases, and the vault is asked between them: who is the patient; is this photo known; the rest. With
`ask`, a wrong answer is asked again with the reason; without it, all that is missing or wrong is reported in one error.
The order of one line: what was given; what follows; the question; the default that may be accepted. A refusal that no
answer can mend ends the interview at once, before more is asked. No answer outlives the interview: the next photo
starts with nothing (R2), unless it came in the same message and somebody confirms what the two share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from imgfile.clinical.dates import show_date
from imgfile.clinical.facts import EarlierPhoto, Facts
from imgfile.clinical.filing import Filing
from imgfile.clinical.interview.answers import Given, resting_on, spelled, without
from imgfile.clinical.interview.choices import LOCAL, NotOffered, is_choice
from imgfile.clinical.interview.derive import SAID_HERE
from imgfile.clinical.interview.lines import IDENTIFYING, OTHERS, Line
from imgfile.clinical.interview.parse import SAYS_TOO, NoForm, origin_of, said_too
from imgfile.clinical.interview.questions import QUESTIONS, Question
from imgfile.clinical.patient import PatientId, Scheme
from imgfile.clinical.rules import Finding, Weight, concern, is_refusal, judge, must_be_answered_here
from imgfile.clinical.vocabulary import ConsentForm, Origin, Provenance
from imgfile.errors import AnswerInvalid, Problem, RefusedByRule
from imgfile.frozen import dataclass, field

if TYPE_CHECKING:
    from imgfile.clinical.interview.prompt import Ask, Prompt

_SHOWN: Final = (("body_site",), ("intimate",))
_UNSTATED: Final = frozenset({Provenance.DERIVED, Provenance.DEFAULTED})
_OF_THE_BASIS: Final = frozenset(slug for slug, each in QUESTIONS.items() if each.rests_on == ("basis",)) - {"form"}
"""What is asked for the sake of a basis alone: how competence or capacity was assessed, who decides, who agreed."""
_WHO_DECIDES: Final = (
    "From 16 patients decide for themselves, and others only where somebody assessed that they cannot (R7). Where "
    "nobody did, ask the patient:  --basis patient_capacity_16plus"
)
"""What is said with the question for that assessment, lest it is taken for one more field to fill in."""
BIRTH_DATE_DIFFERS: Final = "differs from the one filed earlier under this number; check both"
_MOST_NAMED: Final = 3
CONCERN_NOTICE: Final = (
    "A safeguarding concern, or you are not sure? Leave 7 out again: nothing is",
    "filed, copied or erased, and what to do now is said. Was it a slip, type anew.",
)


def birth_date_differs(among: Sequence[str] = ()) -> str:
    """Return that a birth date is another than that of earlier photos, of which the newest references are named."""
    if not among:
        return BIRTH_DATE_DIFFERS
    more = f" and {len(among) - _MOST_NAMED:,} more" if len(among) > _MOST_NAMED else ""
    return f"{BIRTH_DATE_DIFFERS} ({', '.join(among[-_MOST_NAMED:])}{more})"


Identified: TypeAlias = tuple[PatientId, date]
"""Whom the first phase led to: the patient, and the date of birth."""


@dataclass(frozen=True, slots=True)
class Review:
    """What is stated about a photo that is filed already."""

    said: Mapping[str, str] = field(repr=False)
    """As `Interview.stated` has it."""
    refusal: Finding | None
    """Why a new photo would be refused on it for good: an objection, a refusal, a withdrawal."""


class Interview:
    """The questions about one photo, under way. What `ask` raises (Cancelled) passes through every method."""

    def __init__(self, given: Mapping[str, Given], facts: Facts, ask: Ask | None = None, *, changing: str = "") -> None:
        """Begin with the answers that were given, of which one may be to be changed.

        Raises AnswerInvalid where one belongs to no question.
        """
        if unknown := given.keys() - QUESTIONS.keys():
            raise AnswerInvalid(f"{len(unknown)} answers belong to no question.")
        self._facts = replace(facts, is_attended=ask is not None, scheme=_scheme_beforehand(given))
        self._beforehand = facts
        self._given = without(given, changing) if changing else dict(given)
        self._changing = changing
        self._before = given
        self._asker = ask
        self._problems: list[Problem] = []
        self._notice: tuple[str, ...] = ()
        self._taken_back: set[str] = set()
        """What was answered and could not stand, so that it was asked again."""
        self._may_be_concern = False
        """Whether "no safeguarding concern" was left out once: a slip, or not."""

    @property
    def given(self) -> Mapping[str, Given]:
        """The answers that were given and asked for: give them again, saying which is to be changed, to go back."""
        return self._given

    @property
    def facts(self) -> Facts:
        """What is known by now."""
        return self._facts

    # --- the two phases -------------------------------------------------------------------------------------

    def identify(self) -> Identified | None:
        """Settle who the patient is; None when that is missing or wrong, and nobody can be asked."""
        self._settle_unasked()
        for line in IDENTIFYING:
            self._settle(line)
        return self._identified()

    def _settle_unasked(self) -> None:
        """Ask first of a photo that is said beforehand to have been sent unasked: without consent nothing more is."""
        form = self._given.get("form")
        if self._asker is not None and form is not None and origin_of(form.text) is Origin.UNSOLICITED:
            self._set("origin", Origin.UNSOLICITED, form.provenance)
            self._set("form", ConsentForm.IMPLIED_BY_SUBMISSION, form.provenance)
            self._settle(("spoken_since",))

    def shows(self) -> Facts:
        """Settle what the photo shows, and no more, of one that nobody decides about yet; return what is known.

        Raises what refuses it for good.
        """
        for line in _SHOWN:
            self._settle(line)
        return self._facts

    def correct_birth_date(self, among: Sequence[str] = ()) -> Identified | None:
        """Have the birth date asked again, since this patient's earlier photos, `among` them, have another one.

        Whoever sees that it is the number that is wrong is asked for that again. Return None where nobody can be
        asked: then it is a problem like others, and `complete` reports it.
        """
        if self._asker is None:
            self._report(QUESTIONS["dob"], birth_date_differs(among))
            return None
        self._take_back("dob")
        if not self._is_birth_date_settled(self._asker, birth_date_differs(among)):
            self._take_back("patient")
            self._take_back("scheme")
            for line in IDENTIFYING:
                self._settle(line)
        return self._identified()

    def _is_birth_date_settled(self, ask: Ask, reason: str) -> bool:
        """Ask for the birth date until there is one; return False where another number is wanted instead."""
        from imgfile.clinical.interview.prompt import birth_date_or_number, wants_another_number  # noqa: PLC0415 - ditto

        while self._missing(("dob",)):
            typed = self._typed(ask, birth_date_or_number(self._facts, reason))
            if wants_another_number(typed):
                return False
            reason = self._take_typed(("dob",), typed) or self._fault(("dob",))
        return True

    def complete(self, earlier: Sequence[EarlierPhoto] | None = None, shows_another: str = "") -> Filing:
        """Settle every other question, knowing the patient's earlier photos, newest last; None if nobody could look.

        `shows_another` is why somebody said at the prompt that the photo shows another patient too (R25). Raises
        AnswerInvalid with every problem of both phases, or RefusedByRule.
        """
        self._remember(earlier)
        if shows_another:
            self._set("shows_another", shows_another, Provenance.TYPED)
        for line in OTHERS:
            self._settle(line)
        return self._conclude()

    def review(self, earlier: Sequence[EarlierPhoto] | None = None) -> Review:
        """Judge what is stated about a photo that is filed already, in an interview where nobody is asked (R24).

        Nothing is missed; an answer that cannot be read is stated all the same.
        """
        for line in IDENTIFYING:
            self._take_given(line)
        self._facts = replace(self._facts, earlier=tuple(earlier or ()))
        for line in OTHERS:
            self._take_given(line)
        unread = {each.question: self._given[each.question].text for each in self._problems}
        refusals = [finding for finding in judge(self._facts) if is_refusal(finding)]
        return Review({**self.stated, **unread}, refusals[0] if refusals else None)

    @property
    def stated(self) -> Mapping[str, str]:
        """What was stated of the photo, each answer in one spelling.

        Who the patient is, what follows from other answers, and defaults that were only accepted are left out.
        """
        return {
            slug: spelled(self._value(slug))
            for slug, how in self._facts.provenance.items()
            if how not in _UNSTATED and (slug,) not in IDENTIFYING
        }

    def _take_given(self, line: Line) -> None:
        for slug in line:
            if slug in self._given:
                self._take(QUESTIONS[slug])

    def _identified(self) -> Identified | None:
        patient, born = self._facts.patient_id, self._facts.dob
        return None if patient is None or born is None else (patient, born)

    def _remember(self, earlier: Sequence[EarlierPhoto] | None) -> None:
        who = self._identified()
        if who is None:
            return
        self._facts = replace(self._facts, earlier=tuple(earlier or ()))
        if self._asker is not None and not self._changing:  # whoever changes another answer has read it
            from imgfile.clinical.interview.prompt import recognised  # noqa: PLC0415 - only where somebody is asked

            self._notice = recognised(*who, earlier, self._facts.today)

    def _settle(self, line: Line) -> None:
        """Settle a line's questions from what is given, what follows, or by asking."""
        reason = ""
        for slug in line:
            reason = self._take(QUESTIONS[slug]) or reason
        if self._asker is None:
            self._report_missing(line)
        else:
            if self._changing in line:
                self._change(self._asker, QUESTIONS[self._changing])
            reason = self._fault(line) or reason
            self._ask_until_settled(self._asker, line, reason)

    def _ask_until_settled(self, ask: Ask, line: Line, reason: str) -> None:
        while missing := self._missing(line):
            reason = self._ask_line(ask, missing, reason) or self._fault(line)

    def _conclude(self) -> Filing:
        """Make the filing, or report every problem."""
        for question in QUESTIONS.values():
            if self._value(question.slug) is None:
                self._derive(question)
        refused = self._findings()
        _refuse_final(refused)
        if problems := self._problems_beside(refused):
            found = [Problem(each.question, QUESTIONS[each.question].flag, _sentence(each)) for each in refused]
            raise AnswerInvalid.of([*problems, *found], _WHO_DECIDES if _asks_capacity(problems) else "")
        if refused:
            first, *others = refused
            raise RefusedByRule(first.rule, first.sentence, " ".join(_sentence(finding) for finding in others))
        return Filing.of(self._facts)

    def _problems_beside(self, refused: Sequence[Finding]) -> list[Problem]:
        """Return the problems; of a basis that cannot stand, nothing is missing: of another something else is asked."""
        if all(finding.question != "basis" for finding in refused):
            return self._problems
        return [each for each in self._problems if not (each.is_missing and each.question in _OF_THE_BASIS)]

    # --- what was given, and what follows -------------------------------------------------------------------

    def _take(self, question: Question) -> str:
        """Take a given answer, or the one that follows; return why a given one is to be asked again."""
        answer = self._given.get(question.slug)
        if answer is None or self._is_to_be_asked(question, answer):
            self._derive(question)
            return ""
        try:
            if question.applies(self._facts) is False:
                raise AnswerInvalid("does not apply here")
            self._accept(question, answer)
        except AnswerInvalid as error:
            return self._reject(question, answer, error.message)
        return ""

    def _is_to_be_asked(self, question: Question, answer: Given) -> bool:
        """Return whether a given answer does not count, because R9 wants it from whoever sits here."""
        is_from_elsewhere = self._asker is not None and answer.provenance not in SAID_HERE
        arises = question.applies(self._facts) is not False
        return is_from_elsewhere and arises and must_be_answered_here(self._facts, question.slug)

    def _reject(self, question: Question, answer: Given, reason: str) -> str:
        if self._asker is None:
            self._report(question, reason)
            return ""
        del self._given[question.slug]
        if question.slug == "basis" and answer.provenance not in SAID_HERE:
            self._drop_basis()
        is_askable = not question.is_optional and question.applies(self._facts) is not False
        is_stale = answer.provenance in SAID_HERE or question.slug in resting_on(self._taken_back)
        if is_stale:  # what a changed answer made stale is dropped
            self._derive(question)
        elif not is_askable:
            raise AnswerInvalid.of([Problem(question.slug, question.flag, reason)])
        self._taken_back.add(question.slug)
        return reason if is_askable and self._value(question.slug) is None else ""

    def _accept(self, question: Question, answer: Given) -> None:
        is_said_here = answer.provenance in SAID_HERE
        too: dict[str, Any] = dict(said_too(question.slug, answer.text, self._facts, is_said_here=is_said_here))
        is_elsewhere = self._facts.is_attended and not is_said_here
        facts = replace(self._facts, is_attended=self._facts.is_attended and not is_elsewhere, **too)
        value = question.parse(answer.text, facts)
        for slug, each in {**too, question.slug: value}.items():
            self._set(slug, each, answer.provenance)

    def _derive(self, question: Question) -> None:
        value = question.derive(self._facts)
        if value is not None:
            self._set(question.slug, value, Provenance.DERIVED)

    def _set(self, slug: str, value: object, provenance: Provenance) -> None:
        changes: dict[str, Any] = {slug: value}  # a slug is a field of Facts, and its question makes that field's type
        self._facts = replace(self._facts, **changes, provenance={**self._facts.provenance, slug: provenance})

    def _value(self, slug: str) -> object:
        return getattr(self._facts, slug)

    # --- what is missing ------------------------------------------------------------------------------------

    def _missing(self, line: Line) -> Line:
        reported = {problem.question for problem in self._problems}
        questions = (QUESTIONS[slug] for slug in line if slug not in reported)
        return tuple(
            question.slug
            for question in questions
            if self._value(question.slug) is None and not question.is_optional and question.applies(self._facts)
        )

    def _report_missing(self, line: Line) -> None:
        for slug in self._missing(line):
            question = QUESTIONS[slug]
            text = question.default(self._facts) if question.is_defaulted_alone else None
            if text:
                self._accept(question, Given(text, Provenance.DEFAULTED))
            else:
                self._report(question, "is missing", is_missing=True)

    def _report(self, question: Question, reason: str, *, is_missing: bool = False) -> None:
        self._problems.append(Problem(question.slug, question.flag, reason, is_missing))

    # --- asking ---------------------------------------------------------------------------------------------

    def _ask_line(self, ask: Ask, line: Line, reason: str) -> str:
        """Ask a line once; return why the answer was not taken, or nothing."""
        from imgfile.clinical.interview.prompt import prompt_for  # noqa: PLC0415 - only where somebody is asked

        return self._take_typed(line, self._typed(ask, prompt_for(line, self._facts, reason)))

    def _typed(self, ask: Ask, prompt: Prompt) -> str:
        prompt = replace(prompt, notice=self._notice)
        self._notice = ()
        text = ask(prompt).strip()
        while text.startswith("?"):
            text = ask(replace(prompt, notice=(), problem="", is_listing=True)).strip()
        return text

    def _take_typed(self, line: Line, text: str) -> str:
        """Take what was typed, or the defaults; return why it was not taken, or nothing."""
        from imgfile.clinical.interview.typed import split  # noqa: PLC0415 - only where somebody is asked

        try:
            texts = split(line, text, self._facts)
        except AnswerInvalid as error:
            return error.message
        unsaid = "" if any(texts.values()) else "an answer is needed"  # of two, one may be said: the other is asked
        reasons = [self._accept_typed(QUESTIONS[slug], texts.get(slug), unsaid) for slug in line]
        return next(filter(None, reasons), "")

    def _accept_typed(self, question: Question, text: str | None, unsaid: str) -> str:
        """Take what was typed, or the default; return why it was not taken, or nothing."""
        answer = Given(text or question.default(self._facts) or "", Provenance.TYPED if text else Provenance.DEFAULTED)
        if not answer.text:
            return unsaid
        try:
            self._accept(question, answer)
        except NotOffered:
            return "is none of the answers; ? lists them"
        except NoForm as error:
            self._take_back("purpose")
            return error.message
        except AnswerInvalid as error:
            return error.message
        if question.slug == "obtained_at" and self._facts.obtained_at:  # "yesterday" is that day, after midnight too
            answer = Given(show_date(self._facts.obtained_at), answer.provenance)
        self._given[question.slug] = answer
        return ""

    # --- changing an answer ---------------------------------------------------------------------------------

    def _change(self, ask: Ask, question: Question) -> None:
        """Ask for another answer than the one before: Enter keeps that one, and those that rest on it."""
        from imgfile.clinical.interview.prompt import prompt_for_change  # noqa: PLC0415 - only where somebody is asked

        self._changing, others, reason = "", self._given, ""
        if question.applies(self._facts) is False:
            return
        self._given = dict(self._before)
        self._take(question)
        before, kept = self._facts, self._given
        while text := self._typed(ask, prompt_for_change(question, before, reason)):
            self._facts, self._given = before, dict(others)
            self._take_back(question.slug)
            reason = self._take_typed((question.slug,), text) or self._fault((question.slug,))
            if not reason:
                break
        else:
            self._facts, self._given = before, kept
            return
        if self._value(question.slug) == getattr(before, question.slug):
            self._given = {**kept, question.slug: self._given[question.slug]}
        elif question.slug == "dob" and self._facts.dob is not None:
            self._given = {**self._still_given(self._facts.dob), **self._given}

    def _still_given(self, born: date) -> dict[str, Given]:
        """Return the answers before that rest on the birth date, and stand with this one too."""
        from imgfile.clinical.interview.taken_over import still_standing  # noqa: PLC0415 - where it is changed

        before = Interview(self._before, self._beforehand)
        before.review(self._facts.earlier)
        standing = still_standing(before.facts, born)
        return {slug: answer for slug, answer in self._before.items() if slug in standing}

    # --- what the rules say ---------------------------------------------------------------------------------

    def _findings(self) -> list[Finding]:
        """Return why the rules do not let the photo be filed, as far as it is known."""
        return [finding for finding in judge(self._facts) if finding.weight is not Weight.WARNING]

    def _fault(self, line: Line) -> str:
        """Return why a line's answers cannot stand, having taken the one to blame back; final refusals are raised."""
        findings = self._findings()
        _refuse_final(findings)
        for finding in findings:
            if finding.question in line:
                if QUESTIONS[finding.question].is_optional:
                    raise RefusedByRule(finding.rule, finding.sentence)
                self._mind_concern(finding.question)
                self._take_back(finding.question)
                return _sentence(finding)
        return ""

    def _mind_concern(self, slug: str) -> None:
        """Warn what leaving "no safeguarding concern" out means; left out again, it ends the photo's way (R9)."""
        finding = concern(self._facts) if slug == "safeguards" else None
        if finding is None:
            return
        if self._may_be_concern:
            _refuse_final([finding])
        self._may_be_concern = True
        self._notice = CONCERN_NOTICE

    def _drop_basis(self) -> None:
        """Drop with a basis who agreed and how, handed in with it: a mother's phone call is no consent of her son's."""
        self._given = without(self._given, "basis")

    def _take_back(self, slug: str) -> None:
        if slug == "basis" and self._facts.provenance.get(slug) not in SAID_HERE:
            self._drop_basis()
        said = [other for other in SAYS_TOO.get(slug, ()) if other not in self._given]
        changes: dict[str, Any] = dict.fromkeys([slug, *said])
        rest = {name: how for name, how in self._facts.provenance.items() if name not in changes}
        self._facts = replace(self._facts, **changes, provenance=rest)
        self._given.pop(slug, None)
        self._taken_back.add(slug)


def _scheme_beforehand(given: Mapping[str, Given]) -> Scheme | None:
    """Return LOCAL where it is given that the number is the practice's own: it is read otherwise than ten digits."""
    is_local = "scheme" in given and is_choice(given["scheme"].text, [LOCAL])
    return Scheme.LOCAL if is_local else None


def _refuse_final(findings: Sequence[Finding]) -> None:
    for finding in findings:
        if finding.weight is Weight.FINAL:
            raise RefusedByRule(finding.rule, finding.sentence, finding.hint)


def _asks_capacity(problems: Sequence[Problem]) -> bool:
    return any(each.is_missing and each.question == "capacity_evidence" for each in problems)


def _sentence(finding: Finding) -> str:
    return f"{finding.rule}: {finding.sentence}"
