"""Carrying a run of ingest out: each photo's outcome is reported as it comes, and at the end what the run came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.pipeline import ingest_items
from imgfile.acts.ingest.plan import Item
from imgfile.acts.outcome import Cleared, Failed, Filed, NotFiled, Outcome, Ready, Refused, SetAside, Skipped
from imgfile.acts.sources.sidecars import find_beside
from imgfile.acts.sources.source import LocalFile, MailPart, Piped, Source
from imgfile.cli.ingest.report import error_of, named, outcome_facts, several_lines, single_lines, warning_lines
from imgfile.cli.ingest.summary import Outcomes, Summary, remaining, several_summary, single_summary, summary_facts
from imgfile.errors import Cancelled, Error
from imgfile.frozen import dataclass
from imgfile.terminal import Terminal, sanitise

if TYPE_CHECKING:
    from imgfile.acts.erasure.mailbox_copies import Left
    from imgfile.acts.ingest.attendant import Attendant
    from imgfile.cli.ingest.batch import Batch
    from imgfile.cli.ingest.mailbox_copies import MailboxCleanup
    from imgfile.cli.ingest.passed_over import PassedOver
    from imgfile.cli.ingest.sidecars import SidecarCleanup

Beside = Callable[[Source], Iterator[str]]
"""What lies beside a photo, in words."""
SCHEMA: Final = 1
"""The version of what --json prints (docs/reference/json.md)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is about: its photos, the table they are of, and the exports that go when all are filed."""

    items: Sequence[Item]
    batch: Batch | None = None
    exports: Sequence[Path] = ()
    is_attended: bool = False
    """Whether a clinician is asked about the rows of the table that need one."""
    cleared: Sequence[Cleared] = ()
    """Exports that are gone by now: an earlier run was interrupted, and this one finished it."""
    passed_over: PassedOver | None = None
    """What the search for the photos left."""

    @property
    def is_single(self) -> bool:
        """Whether the run is about one photo that was named."""
        return len(self.items) == 1 and self.batch is None


@contextmanager
def reporting_unfinished(run: Run) -> Iterator[None]:
    """Raise `Cancelled` for a run that is stopped while it files or erases: not all of the rest is untouched then."""
    try:
        yield
    except KeyboardInterrupt:
        if run.vault.station.has_pending:
            raise Cancelled(
                "you stopped it while a source was being erased. What was reported as filed is filed.",
                "Run the same command again: it finishes what is begun.",
                is_chosen=False,
            ) from None
        if run.ledger.under_way:
            raise _stopped_while_filing(run.ledger.under_way) from None
        raise


def _stopped_while_filing(count: int) -> Cancelled:
    photos, it = ("1 photo was", "It is") if count == 1 else (f"{count:,} photos were", "Each of these is")
    return Cancelled(
        f"you stopped it while {photos} being filed. What was reported as filed is filed. {it} either filed, and "
        "perhaps erased, or unfinished, and then its source is untouched.",
        "Run the same command again: it finishes what is begun.",
        is_chosen=False,
    )


def carry_out(run: Run, terminal: Terminal, plan: Plan) -> int:
    """File a plan's photos, and return the run's exit code. Raises `Cancelled` after reporting what was done."""
    with reporting_unfinished(run):
        return _carry_out(run, terminal, plan)


def _carry_out(run: Run, terminal: Terminal, plan: Plan) -> int:
    requests = [item.request for item in plan.items if item.request]
    sources = [request.source for request in requests]
    may_ask = plan.is_attended or (plan.batch is None and terminal.can_ask)
    sidecars = _sidecars(run, terminal, sources, may_ask=may_ask)
    beside = sidecars.lines if sidecars else _nothing_beside
    run = run.attended_by(_attendant(terminal, sources, beside)) if may_ask else run
    if terminal.is_json:
        terminal.data({"type": "run", "schema": SCHEMA, "rows" if plan.batch else "photos": len(plan.items)})
        for facts in plan.passed_over.facts() if plan.passed_over else ():
            terminal.data(facts)
    summary = Summary([], list(plan.cleared), passed_over=plan.passed_over, erases_copies=run.wishes.erases_copies)
    mailboxes = _mailboxes(run, terminal, plan)
    report = _Report(terminal, plan, run.wishes.is_dry, may_look=not run.is_reception)
    try:
        for item, outcome in _outcomes(run, terminal, plan, beside):
            summary.outcomes.append((item, outcome))
            report.photo(item, outcome)
            summary.has_left_beside |= sidecars is not None and sidecars.conclude(item.source, outcome)
        if mailboxes is not None:
            _clean_up(mailboxes, run, plan, summary)
    except Cancelled:
        if mailboxes is not None:
            summary.residue = mailboxes.find_residue()
        summary.not_reached = _not_reached(plan, summary)
        report.end(summary, is_cancelled=True)
        raise
    except Error as error:
        if summary.outcomes:
            from imgfile.cli.ingest.untouched import saying_the_rest  # noqa: PLC0415 - few runs end so

            saying_the_rest(error)
        raise
    return report.end(summary)


def _not_reached(plan: Plan, summary: Summary) -> list[int]:
    """Return the rows of a table that have no outcome."""
    reached = {item.row for item, _ in summary.outcomes}
    return [item.row for item in plan.items if item.row and item.row not in reached]


def _outcomes(run: Run, terminal: Terminal, plan: Plan, beside: Beside) -> Iterator[tuple[Item, Outcome]]:
    """File the photos, and yield each one's outcome as it comes."""
    if plan.batch is not None and plan.is_attended:
        from imgfile.cli.ingest.attended_table import attend  # noqa: PLC0415 - few tables are attended

        return attend(run, terminal, plan.items, plan.batch.path.name, beside)
    found = ingest_items(run, plan.items)
    if run.attendant or sum(item.request is not None for item in plan.items) == 1:
        return found
    from imgfile.cli.ingest.progress import with_progress  # noqa: PLC0415 - one photo is not counted

    return with_progress(terminal, len(plan.items), found)


def _attendant(terminal: Terminal, sources: Sequence[Source], beside: Beside) -> Attendant:
    from imgfile.cli.ingest.dialogue import Dialogue  # noqa: PLC0415 - only where somebody is asked

    return Dialogue(terminal, sources, beside)


def _sidecars(run: Run, terminal: Terminal, sources: Sequence[Source], *, may_ask: bool) -> SidecarCleanup | None:
    """Return what cleans up beside the photos of a run; None where nothing lies beside them."""
    found = find_beside(source for source in sources if isinstance(source, LocalFile))
    if not found and not any(isinstance(source, MailPart) and source.beside for source in sources):
        return None
    from imgfile.cli.ingest.sidecars import SidecarCleanup  # noqa: PLC0415 - few photos have anything beside them

    return SidecarCleanup(run, terminal, may_ask, found)


def _nothing_beside(_: Source) -> Iterator[str]:
    return iter(())


def _mailboxes(run: Run, terminal: Terminal, plan: Plan) -> MailboxCleanup | None:
    """Return what cleans up in the mailboxes of a run; None where there are none."""
    if not plan.exports and not any(isinstance(item.source, MailPart) for item in plan.items):
        return None
    from imgfile.cli.ingest.mailbox_copies import MailboxCleanup  # noqa: PLC0415 - a file of its own is no mailbox

    return MailboxCleanup(run, terminal)


def _foresee(mailboxes: MailboxCleanup, plan: Plan, summary: Summary) -> None:
    """Find which exports would be kept: a dry run ends as the run itself would."""
    ready = [item.source for item, outcome in summary.outcomes if isinstance(outcome, Ready | Filed)]
    for path in plan.exports:
        filed = [each for each in ready if isinstance(each, MailPart) and each.export.path == path]
        summary.cleared += filter(None, [mailboxes.foresee(path, filed)])


def _clean_up(mailboxes: MailboxCleanup, run: Run, plan: Plan, summary: Summary) -> None:
    """Erase the exports that go whole, and further copies of what was taken out of those that stay, where agreed."""
    if run.wishes.is_dry:
        _foresee(mailboxes, plan, summary)
        return
    for path in plan.exports:
        summary.cleared.append(mailboxes.clear(path, at=run.now()))
    summary.gone_with_exports = mailboxes.gone_with_exports
    summary.residue = mailboxes.find_residue()
    summary.copies = mailboxes.take_out_copies(summary.residue, _left(plan, summary.outcomes), at=run.now())
    if summary.copies:
        summary.residue = mailboxes.find_residue()


@dataclass(frozen=True, slots=True)
class _Report:
    """What is said of a run while it goes on, and at its end."""

    terminal: Terminal
    plan: Plan
    is_dry: bool
    may_look: bool

    def photo(self, item: Item, outcome: Outcome) -> None:
        """Report what became of one photo."""
        plan = self.plan
        if self.terminal.is_json:
            self.terminal.data(outcome_facts(item, outcome))
        error = error_of(outcome)
        if plan.is_single and error is not None and not isinstance(outcome, Filed | Ready | NotFiled):
            if isinstance(outcome, Failed):
                from imgfile.cli.ingest.untouched import saying_untouched  # noqa: PLC0415 - of an error alone

                saying_untouched(error, _of_photo(item))
            self.terminal.error(error)
            return
        for line in self._lines(item, outcome):
            (self._complain if error else self.terminal.say)(line)
        for line in warning_lines(item, outcome):
            self.terminal.warn(line)
        if error is not None and isinstance(outcome, Filed | Ready | NotFiled) and not (plan.batch or plan.is_single):
            self.terminal.error(error)

    def end(self, summary: Summary, *, is_cancelled: bool = False) -> int:
        """Report what the run came to, and return its exit code."""
        code = Cancelled.exit_code if is_cancelled else summary.tally.exit_code
        if self.terminal.is_json:
            self.terminal.data(summary_facts(summary, code))
        for line in self._summary_lines(summary, is_cancelled=is_cancelled):
            self.terminal.say(line)
        is_single = self.plan.is_single
        reported = Filed | Ready | NotFiled
        own = [error_of(outcome) for _, outcome in summary.outcomes if is_single and isinstance(outcome, reported)]
        for error in (*filter(None, own), *remaining(summary)):
            self.terminal.error(error)
        if summary.last_line:
            self._complain(summary.last_line)
        return code

    def _lines(self, item: Item, outcome: Outcome) -> Sequence[str]:
        """Return what is reported to people of a photo; of what went well in a run of several, --json has it all."""
        plan = self.plan
        if plan.is_single:
            return list(single_lines(item, outcome))
        if self.terminal.is_json and error_of(outcome) is None:
            return ()
        return list(plan.batch.lines(item, outcome) if plan.batch else several_lines(item, outcome))

    def _complain(self, line: str) -> None:
        """Print a line that --quiet does not leave out."""
        (self.terminal.warn if self.terminal.is_quiet else self.terminal.say)(line)

    def _summary_lines(self, summary: Summary, *, is_cancelled: bool) -> Sequence[str]:
        plan = self.plan
        if plan.batch:
            return list(plan.batch.summary_lines(summary, is_dry=self.is_dry))
        if plan.is_single or (is_cancelled and not summary.outcomes) or (plan.cleared and not plan.items):
            return list(single_summary(summary, may_look=self.may_look))
        return list(several_summary(summary))


def _of_photo(item: Item) -> str:
    """Return what a photo is called; empty of one from standard input, which nothing could touch."""
    return "" if isinstance(item.source, Piped) else named(item.source) if item.source else sanitise(item.named)


def _left(plan: Plan, outcomes: Outcomes) -> frozenset[Left]:
    """Return which photos of mailboxes stay: left at the terminal or by a row of the table, or refused by a rule."""
    skipped = (item.source for item, outcome in outcomes if isinstance(outcome, Skipped | Refused | SetAside))
    left = {(source.export.path, source.part) for source in skipped if isinstance(source, MailPart)}
    rows = plan.batch.rows if plan.batch else ()
    return frozenset(left | {(Path(row.source), row.part) for row in rows if not row.is_to_file})
