"""What a table's run tells people: a line for each row that needs somebody, and how the whole of it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from imgfile.acts.outcomes import Failed, Filed, Outcome, Ready, Refused, Skipped, Undecided
from imgfile.acts.planning import Item
from imgfile.acts.sources import MailPart
from imgfile.acts.tables import Row
from imgfile.cli.reporting import error_of
from imgfile.cli.shells import quoted
from imgfile.clinical.questions import QUESTIONS
from imgfile.errors import AnswerInvalid

MAX_EXPORTS_NAMED: Final = 3
MAX_ROWS_NAMED: Final = 20
"""How many rows a sentence names."""

_COLUMNS: Final = frozenset({"source", *QUESTIONS})
"""What a row can be told to correct."""

Told = Sequence[tuple[Item, Outcome]]


@dataclass(frozen=True, slots=True)
class Batch:
    """A table as it was read."""

    path: Path
    rows: Sequence[Row] = field(repr=False)

    @staticmethod
    def lines(item: Item, outcome: Outcome) -> Iterator[str]:
        """Tell what a row needs; nothing of one that is done or was left alone."""
        prefix = f"row {item.row}  "
        match outcome:
            case Refused(error=error):
                yield f"{prefix}{error.rule}: {error.message}"
            case Failed(error=AnswerInvalid(problems=[first, *_] as problems)) if first.question in _COLUMNS:
                missing = [problem.question for problem in problems if problem.is_missing]
                if missing:
                    yield f"{prefix}missing: {' '.join(missing)}"
                for problem in problems:
                    if not problem.is_missing:
                        yield f"{prefix}{problem.question}: {problem.message}"
            case _ if (other := error_of(outcome)) is not None:
                yield f"{prefix}{other.message}"

    def closing(self, told: Told, *, is_dry: bool) -> Iterator[str]:
        """Say what the run came to, and what is left to do."""
        if is_dry:
            yield f"{_rows(len(told))}: {', '.join(_plan(told)) or 'nothing to do'}. Nothing was changed."
            return
        yield " ".join([*_done(told), *_undone(told)])
        yield from _in_mail_account(told)
        yield from self._in_clear(told)

    def _in_clear(self, told: Told) -> Iterator[str]:
        count = sum("patient" in row.given for row in self.rows)
        if not count:
            return
        numbers = "1 patient number" if count == 1 else f"{count:,} patient numbers"
        open_rows = _numbers(told, Failed, Refused, Undecided)
        first = f"correct {_name_rows(open_rows)}, run again, then delete it" if open_rows else "delete it"
        yield f"{self.path.name} holds {numbers} in clear: {first}."


def _plan(told: Told) -> Iterator[str]:
    ready, refused, failed = _numbers(told, Ready), _numbers(told, Refused), _numbers(told, Failed)
    answers = sum(isinstance(error_of(outcome), AnswerInvalid) for _, outcome in told)
    others = len(failed) - answers
    known = _numbers(told, Filed)
    for count, words in (
        (len(ready), "ready"),
        (len(known), "filed already"),
        (answers, "1 row to correct" if answers == 1 else "rows to correct"),
        (others, "cannot be read"),
        (len(refused), "refused"),
        (len(_numbers(told, Skipped)), "skipped"),
        (len(_numbers(told, Undecided)), "undecided"),
    ):
        if count:
            yield words if words.startswith("1 ") else f"{count:,} {words}"


def _done(told: Told) -> Iterator[str]:
    erased = [(item, outcome) for item, outcome in told if isinstance(outcome, Filed) and outcome.erasure]
    if erased:
        levels = sorted({outcome.erasure.evidence.name for _, outcome in erased if outcome.erasure})
        places = {item.source.export.path.name for item, _ in erased if isinstance(item.source, MailPart)}
        mailed = sum(isinstance(item.source, MailPart) for item, _ in erased)
        where = f" from {places.pop()}" if len(places) == 1 and mailed == len(erased) else ""
        yield f"{len(erased):,} filed and erased{where} ({', '.join(levels)})."
    filed = [outcome for _, outcome in told if isinstance(outcome, Filed) and not outcome.erasure]
    new = sum(outcome.is_new for outcome in filed)
    if new:
        yield f"{new:,} filed; the source is still there."
    if len(filed) > new:
        yield f"{len(filed) - new:,} filed already."


def _undone(told: Told) -> Iterator[str]:
    if rows := _numbers(told, Failed, Refused):
        sources = "its source is" if len(rows) == 1 else "their sources are"
        yield f"{len(rows):,} not filed: {_name_rows(rows)}; {sources} untouched."
    for kind, word in ((Skipped, "skipped"), (Undecided, "undecided")):
        if rows := _numbers(told, kind):
            yield f"{len(rows):,} {word}."


def _in_mail_account(told: Told) -> Iterator[str]:
    """Say how many messages an export's account still has, and what lists them: deleting them is the person's to do."""
    erased = [item for item, outcome in told if isinstance(outcome, Filed) and outcome.erasure]
    mailed = [(item.named, item.source) for item in erased if isinstance(item.source, MailPart)]
    if not mailed:
        return
    messages = len({(source.export.path, source.attachment.message) for _, source in mailed})
    count = "1 message is" if messages == 1 else f"{messages:,} messages are"
    yield f"{count} still in the mail account; list: {_listing({named for named, _ in mailed})}"


def _listing(exports: AbstractSet[str]) -> str:
    if len(exports) > MAX_EXPORTS_NAMED:
        return f"imgfile scan MAILBOX --filed, for each of the {len(exports):,} mailboxes"
    return f"imgfile scan {' '.join(map(quoted, sorted(exports)))} --filed"


def _numbers(told: Told, *kinds: type[Outcome]) -> list[int]:
    return [item.row for item, outcome in told if isinstance(outcome, kinds)]


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _name_rows(rows: Sequence[int]) -> str:
    first = ", ".join(map(str, rows[:MAX_ROWS_NAMED]))
    more = f" and {len(rows) - MAX_ROWS_NAMED:,} more" if len(rows) > MAX_ROWS_NAMED else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {first}{more}"
