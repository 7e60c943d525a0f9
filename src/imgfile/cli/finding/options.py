"""What `imgfile find` looks for, by its options: each is read here, and everything that is wrong is said at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Annotated, Final, TypeVar

import typer

from imgfile.acts.finding.criteria import ConsentState, Criteria
from imgfile.cli.finding.days import parse_days, read_ends
from imgfile.clinical.dates import ANY_DAY, Days
from imgfile.clinical.interview import choices
from imgfile.clinical.patient import numbers_in
from imgfile.clinical.sites.match import words_of
from imgfile.clinical.vocabulary import Purpose
from imgfile.errors import AnswerInvalid, Problem

WHAT: Final = "What the photo is"
MAX_LIMIT: Final = 10_000
_Value = TypeVar("_Value")

WordsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[WORD]...",
        help="Words, or how they begin: of site, rationale, purpose, a name; or days: yesterday.",
        show_default=False,
    ),
]


def _option(flag: str, metavar: str, words: str) -> typer.models.OptionInfo:
    made: typer.models.OptionInfo = typer.Option(flag, metavar=metavar, help=words, rich_help_panel=WHAT)
    return made


SiteOption = Annotated[str | None, _option("--site", "WORDS", "The body site: shoulder.")]
RationaleOption = Annotated[str | None, _option("--rationale", "WORDS", "All in the rationale.")]
WhoOption = Annotated[str | None, _option("--who", "NAME", "Who asked for it or attested it, or the computer.")]
DateOption = Annotated[
    str | None, _option("--date", "DAYS", 'When it was taken: yesterday, "21/11/2026 to 28/11/2026".')
]
TakenSinceOption = Annotated[str | None, _option("--taken-since", "DAY", "Taken then or later; undated ones: filed.")]
TakenUntilOption = Annotated[str | None, _option("--taken-until", "DAY", "Taken until the end of that day.")]
FiledSinceOption = Annotated[str | None, _option("--filed-since", "DAY", "Filed then or later.")]
FiledUntilOption = Annotated[str | None, _option("--filed-until", "DAY", "Filed until the end of that day.")]
PurposeOption = Annotated[list[str] | None, _option("--purpose", "CODE", "Filed for: diagnosis. Several: any of them.")]
StateOption = Annotated[
    list[str] | None, _option("--consent-state", "STATE", f"{' | '.join(ConsentState)}. Several: any of them.")
]
FollowsOption = Annotated[str | None, _option("--follows", "RECORD", "Said to follow this earlier photo: 7f3k.")]
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit", metavar="N", min=1, max=MAX_LIMIT, help="Only so many, the newest first. On a screen: 200."
    ),
]
GoneOption = Annotated[bool, typer.Option("--gone", help="Say too how many records that were there are gone.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """The options as they were given."""

    site: SiteOption = field(default=None, repr=False)
    made: DateOption = None
    taken_since: TakenSinceOption = None
    taken_until: TakenUntilOption = None
    filed_since: FiledSinceOption = None
    filed_until: FiledUntilOption = None
    purpose: PurposeOption = None
    consent_state: StateOption = None
    who: WhoOption = field(default=None, repr=False)
    rationale: RationaleOption = field(default=None, repr=False)

    @property
    def is_nothing(self) -> bool:
        """Whether none was given."""
        return all(getattr(self, each.name) in (None, []) for each in fields(self))

    def criteria(self, today: date) -> Criteria:
        """Return what they mean. Raises `AnswerInvalid` with everything that is wrong."""
        reading = _Reading(today)
        made = reading.read("--date", self.made, lambda text: parse_days(text, today=today), ANY_DAY)
        if self.made is not None and (self.taken_since or self.taken_until):
            reading.problems.append(Problem("date", "--date", "was given beside --taken-since or --taken-until"))
        taken = reading.days("taken", self.taken_since, self.taken_until)
        criteria = Criteria(
            site=reading.words("--site", self.site),
            rationale=reading.words("--rationale", self.rationale),
            who=reading.words("--who", self.who),
            made=taken if self.made is None else made,
            filed=reading.days("filed", self.filed_since, self.filed_until),
            purposes=reading.codes("--purpose", self.purpose, Purpose),
            states=reading.codes("--consent-state", self.consent_state, ConsentState),
        )
        if reading.problems:
            raise AnswerInvalid.of(reading.problems, "imgfile find --help explains them.")
        return criteria


class _Reading:
    """Options read one after the other, and what is wrong with them."""

    def __init__(self, today: date) -> None:
        self._today = today
        self.problems: list[Problem] = []

    def read(self, flag: str, text: str | None, parse: Callable[[str], _Value], otherwise: _Value) -> _Value:
        if text is None:
            return otherwise
        try:
            return parse(text)
        except AnswerInvalid as error:
            self.problems.append(Problem(flag[2:], flag, error.message))
            return otherwise

    def days(self, what: str, since: str | None, until: str | None) -> Days:
        days, problems = read_ends(since, until, of=what, today=self._today)
        self.problems += problems
        return days

    def words(self, flag: str, text: str | None) -> tuple[str, ...]:
        return self.read(flag, text, parse_words, ())

    def codes(self, flag: str, texts: list[str] | None, vocabulary: type[_CodeT]) -> frozenset[_CodeT]:
        offered = choices.of(vocabulary)
        return frozenset(
            code
            for text in texts or ()
            for code in [self.read(flag, text, lambda text: vocabulary(choices.pick(text, offered)), None)]
            if code is not None
        )


_CodeT = TypeVar("_CodeT", Purpose, ConsentState)


def parse_words(text: str) -> tuple[str, ...]:
    """Read words that are looked for. Raises `AnswerInvalid` where there are none, or a patient's number is one."""
    if numbers_in(text):
        raise AnswerInvalid("holds a patient's number, which is given by --patient -")
    words = words_of(text)
    if not words:
        raise AnswerInvalid("has no words")
    return words
