"""`imgfile ingest --table FILE --attend`: what needs nobody is filed first, then a clinician answers for the rest.

Each row that is brought up shows its photo and what the table answers; only what is missing, wrong, or counts at this
prompt alone (R9) is asked. Every row is confirmed by itself, whatever was given beforehand. `s` goes on to the next
row, `q` ends the run and keeps what is filed; a row that cannot be filed is reported, and the next one follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from imgfile.acts.ingest.attended_table import Sorted, sort_rows
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.pipeline import ingest_items
from imgfile.acts.ingest.plan import Item
from imgfile.acts.outcome import Outcome, Undecided
from imgfile.acts.sources.source import Source
from imgfile.cli.ingest.dialogue import Dialogue
from imgfile.cli.ingest.progress import with_progress
from imgfile.cli.ingest.report import shortened
from imgfile.clinical.interview.confirmation import Confirmation
from imgfile.clinical.interview.explanations import Explanation
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.interview.shown import title
from imgfile.counts import counted
from imgfile.errors import AnswerInvalid, Cancelled
from imgfile.terminal import CANCELLED_WORDS, Terminal, asking

_TITLE_COLUMNS: Final = 17
MAX_ANSWER_CHARACTERS: Final = 400
"""How much is shown of an answer that a table gives; the summary has all of it."""
FILE_FIRST: Final = Explanation(
    "y files the rows that every rule lets pass and whose answers are complete, proves them, and erases their sources; "
    "n leaves them as they are. Then the others are brought up one by one.",
    "Whoever runs the table.",
    "y",
)


class RowDialogue(Dialogue):
    """The dialogue about rows that a table prepared: each may be left, at any question."""

    def __init__(
        self, terminal: Terminal, rows: Sequence[Item], table: str, beside: Callable[[Source], Iterable[str]]
    ) -> None:
        """Begin a dialogue about these rows of a table, by its name."""
        self._rows = {row.request.source: row for row in rows if row.request}
        self._table = table
        super().__init__(terminal, list(self._rows), lambda source: (*beside(source), *self._answers(source)))

    @property
    def can_skip(self) -> bool:
        """True: there may always be another run."""
        return True

    def _position(self, source: Source) -> str:
        place = f"{self._number(source)} of {len(self._rows)}"
        return f"Row {self._rows[source].row} of {self._table} ({place} that need you)"

    def _answers(self, source: Source) -> Iterator[str]:
        """Yield what the table answers, in the order of asking, and what deserves a second look."""
        request = self._rows[source].request
        given = request.given if request else {}
        for slug in QUESTIONS:
            if slug in given:
                yield f"{title(slug):{_TITLE_COLUMNS}}  {shortened(given[slug].text, MAX_ANSWER_CHARACTERS)}"
        yield from self._rows[source].remarks

    def _is_confirmed(self, confirmation: Confirmation, source: Source | None = None) -> bool:
        return super()._is_confirmed(confirmation.with_skip(), source)

    def _or_leave(self, typed: str, *, can_skip: bool) -> str:  # noqa: ARG002 - a row may be left at any question
        return super()._or_leave(typed, can_skip=True)


def refuse_unattended(terminal: Terminal) -> None:
    """Raise `AnswerInvalid` where nobody can be asked."""
    if not terminal.can_ask:
        raise AnswerInvalid(
            "--attend asks a clinician at the terminal, and nobody can be asked here.",
            "Run it in a terminal, without --no-input. What needs nobody is filed with --yes instead.",
        )


def attend(
    run: Run, terminal: Terminal, items: Sequence[Item], table: str, beside: Callable[[Source], Iterable[str]]
) -> Iterator[tuple[Item, Outcome]]:
    """File a table's rows with somebody at the terminal; yield each one's outcome. Raises `Cancelled`."""
    with terminal.progress(f"Looking at {len(items):,} rows", len(items)) as advance:
        found = sort_rows(run, items, advance)
    yield from found.settled
    if found.ready and _files_first(run, terminal, found):
        alone = replace(run, wishes=replace(run.wishes, is_confirmed=True), attendant=None)
        yield from with_progress(terminal, len(found.ready), ingest_items(alone, found.ready))
    else:
        yield from ((item, Undecided()) for item in found.ready)
    if found.attended:
        somebody = RowDialogue(terminal, found.attended, table, beside)
        attended = replace(run, wishes=replace(run.wishes, is_confirmed=False), attendant=somebody)
        for item in found.attended:
            yield from ingest_items(attended, [item])


def _files_first(run: Run, terminal: Terminal, found: Sorted) -> bool:
    """Return whether the rows that need nobody are to be filed; --yes has answered that."""
    ready, attended = len(found.ready), len(found.attended)
    need = f"{attended} need{'s' * (attended == 1)} a clinician" if attended else "None needs a clinician"
    are_ready = counted(ready, "row is ready and needs nobody", "rows are ready and need nobody")
    terminal.show(f"{are_ready}. {need}.")
    if run.wishes.is_confirmed:
        return True
    them, go = ("it", "its source goes") if ready == 1 else (f"the {ready:,}", "their sources go")
    go = "" if run.wishes.is_source_kept else f"; {go}"
    while True:
        words = f"File {them}{' first' if attended else ''}{go} [Y/n] (q quit):"
        typed = asking.ask(terminal, words, FILE_FIRST).casefold()
        if typed in {"q", "quit"}:
            raise Cancelled(CANCELLED_WORDS)
        if typed in {"", "y", "yes", "n", "no"}:
            return not typed.startswith("n")
