"""What a table's run tells people besides: what each row needs, what a dry run found, and that it holds numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from imgfile.acts.ingest.plan import Item
from imgfile.acts.outcome import Failed, Filed, NotFiled, Outcome, Ready, Refused, SetAside, Skipped, Undecided
from imgfile.acts.tables.read import FOR_ROW, Row
from imgfile.cli.formats import shell_quoted
from imgfile.cli.ingest.report import error_of, filed_words, hold_lines, is_held, not_filed_lines
from imgfile.cli.ingest.summary import Outcomes, Summary, name_rows, several_summary
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.counts import counted
from imgfile.errors import AnswerInvalid, Problem
from imgfile.frozen import dataclass, field

MIN_REFERRED_CHARACTERS: Final = 60
"""A sentence shorter than this is repeated for each row: it is read as fast as a reference."""
_FINISHED_HERE: Final = frozenset({"R9", "R24", "R25", "R28"})
"""The rules that refuse what somebody at the terminal may answer."""
_COLUMNS: Final = frozenset({"source", FOR_ROW, *QUESTIONS})
"""What can be corrected in a row."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A table as it was read."""

    path: Path
    rows: Sequence[Row] = field(repr=False)
    _printed: dict[str, int] = field(default_factory=dict, repr=False)
    """The row of which each long sentence was printed first."""

    def lines(self, item: Item, outcome: Outcome) -> Iterator[str]:
        """Yield as what a row is filed, or what it needs; nothing of one that was left alone."""
        prefix = f"row {item.row}  "
        match outcome:
            case SetAside() | NotFiled():
                yield from (f"{prefix}{line}" if at == 0 else line for at, line in enumerate(not_filed_lines(outcome)))
            case Refused(error=error):
                yield f"{prefix}{error.rule}: {error.message}"
                yield from hold_lines(error)
            case Failed(error=AnswerInvalid(problems=[first, *_] as problems)) if first.question in _COLUMNS:
                missing = [problem.question for problem in problems if problem.is_missing]
                if missing:
                    yield f"{prefix}missing: {' '.join(missing)}"
                for problem in problems:
                    if not problem.is_missing:
                        yield f"{prefix}{problem.question}: {self._once(item, problem)}"
            case Filed():
                yield f"{prefix}{filed_words(outcome)}{f': {outcome.remains.message}' if outcome.remains else ''}"
            case _ if (other := error_of(outcome)) is not None:
                yield f"{prefix}{other.message}"

    def _once(self, item: Item, problem: Problem) -> str:
        """Return what is wrong with an answer; of a long sentence, from the second row on, where it stands."""
        sentence = problem.message
        first = self._printed.setdefault(f"{problem.question}: {sentence}", item.row)
        return sentence if first == item.row or len(sentence) < MIN_REFERRED_CHARACTERS else f"as in row {first}"

    def summary_lines(self, summary: Summary, *, is_dry: bool) -> Iterator[str]:
        """Yield what the run came to, and what is left to do."""
        outcomes = summary.outcomes
        if is_dry:
            rows = counted(len(outcomes), "row")
            yield f"{rows}: {', '.join(_plan(outcomes)) or 'nothing to do'}. Nothing was changed."
            yield from _without_action(outcomes)
            return
        yield from several_summary(summary, is_table=True)
        yield from _without_action(outcomes)
        yield from self._attended(outcomes)
        yield from self._in_clear([each for each in outcomes if not summary.is_lost(*each)], summary.not_reached)

    def _attended(self, outcomes: Outcomes) -> Iterator[str]:
        """Yield how a clinician goes on with the rows that rules refuse where nobody is asked."""
        rows = [
            item.row
            for item, outcome in outcomes
            if isinstance(outcome, Refused) and outcome.error.rule in _FINISHED_HERE and not is_held(outcome.error)
        ]
        if rows:
            command = f"imgfile ingest --table {shell_quoted(str(self.path))} --attend"
            yield f"A clinician finishes {name_rows(rows)}:  {command}"

    def _in_clear(self, outcomes: Outcomes, not_reached: Sequence[int]) -> Iterator[str]:
        count = sum("patient" in row.given for row in self.rows)
        if not count:
            return
        numbers = counted(count, "patient number")
        held = [item.row for item, outcome in outcomes if _is_left_alone(outcome)]
        open_rows = [row for row in _numbers(outcomes, Failed, Refused, Undecided) if row not in held]
        steps = [f"correct {name_rows(open_rows)}"] * bool(open_rows)
        steps += [f"go on with {name_rows(not_reached)}"] * bool(not_reached)
        steps += ["run again, then delete it"] if steps else ["delete it"]
        yield f"{self.path.name} holds {numbers} in clear: {', '.join(steps)}."
        if held:
            yield f"Leave {name_rows(held)} as {'it is' if len(held) == 1 else 'they are'}: set the action to skip."


def _without_action(outcomes: Outcomes) -> Iterator[str]:
    """Yield how rows are decided about that say nothing of what is to be done."""
    if rows := _numbers(outcomes, Undecided):
        yield f"The column action says what is done: file, or skip. It is empty in {name_rows(rows)}."


def _is_left_alone(outcome: Outcome) -> bool:
    return isinstance(outcome, SetAside) or (isinstance(outcome, Refused) and is_held(outcome.error))


def _plan(outcomes: Outcomes) -> Iterator[str]:
    ready, refused, failed = _numbers(outcomes, Ready), _numbers(outcomes, Refused), _numbers(outcomes, Failed)
    answers = sum(isinstance(error_of(outcome), AnswerInvalid) for _, outcome in outcomes)
    others = len(failed) - answers
    known = _numbers(outcomes, Filed)
    for count, words in (
        (len(ready), "ready"),
        (len(known), "filed already"),
        (answers, "1 row to correct" if answers == 1 else "rows to correct"),
        (others, "cannot be read"),
        (len(refused), "refused"),
        (len(_numbers(outcomes, NotFiled)), "rejected"),
        (len(_numbers(outcomes, SetAside)), "left alone"),
        (len(_numbers(outcomes, Skipped)), "skipped"),
        (len(_numbers(outcomes, Undecided)), "undecided"),
    ):
        if count:
            yield words if words.startswith("1 ") else f"{count:,} {words}"


def _numbers(outcomes: Outcomes, *kinds: type[Outcome]) -> list[int]:
    return [item.row for item, outcome in outcomes if isinstance(outcome, kinds)]
