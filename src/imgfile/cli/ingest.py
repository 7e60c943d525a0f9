"""`imgfile ingest`: file photos from files, folders, mailbox exports, standard input, or a table."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile import files, station
from imgfile.acts.erasing import Finished, finish_pending
from imgfile.acts.finding import Found, Mailbox, Progress, Scope, find
from imgfile.acts.ingest import Wishes, ingest
from imgfile.acts.outcomes import Filed, Outcome, Tally
from imgfile.acts.planning import Item, outcomes, plan_named, plan_table
from imgfile.acts.tables import read_table
from imgfile.cli.dialogue import Dialogue
from imgfile.cli.flags import with_question_flags
from imgfile.cli.options import (
    AllowTestIdOption,
    DryRunOption,
    JsonOption,
    NoInputOption,
    QuietOption,
    VaultOption,
    YesOption,
)
from imgfile.cli.reporting import SCHEMA, outcome_facts, outcome_lines, summary_facts, summary_line
from imgfile.clinical.answers import MAX_ANSWERS_BYTES, Given, from_json
from imgfile.clinical.questions import QUESTIONS
from imgfile.errors import Error, NoVault, UsageError
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault, open_vault

SourceArguments = Annotated[
    list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Photos, folders, .eml or mbox files; - is a pipe.")
]
RecursiveOption = Annotated[bool, typer.Option("--recursive", "-r", help="Look into folders within folders.")]
TableOption = Annotated[Path | None, typer.Option("--table", metavar="FILE", help="One row a photo: CSV or NDJSON.")]
AnswersOption = Annotated[
    str | None,
    typer.Option(
        "--answers", metavar="FILE", help="Answers as JSON, so that no number is in the history; - is a pipe."
    ),
]
KeepOption = Annotated[bool, typer.Option("--keep-source", help="File, and do not erase the source.")]
PartOption = Annotated[str | None, typer.Option("--part", metavar="PART", help="Only this photo of a mailbox: 12/2.1")]
AllOption = Annotated[bool, typer.Option("--all", help="Also small inline pictures, which are mostly logos.")]

_FLAG: Final = False


def register(app: typer.Typer) -> None:
    """Add the command."""
    command = with_question_flags(QUESTIONS.values())(ingest_command)
    app.command("ingest", help="File photos, prove the filed copies, then erase the sources.")(command)


def ingest_command(  # noqa: PLR0913 - one parameter an option
    *,
    source: SourceArguments = None,
    vault: VaultOption = None,
    recursive: RecursiveOption = _FLAG,
    table: TableOption = None,
    answers_file: AnswersOption = None,
    part: PartOption = None,
    with_all: AllOption = _FLAG,
    keep_source: KeepOption = _FLAG,
    dry_run: DryRunOption = _FLAG,
    yes: YesOption = _FLAG,
    no_input: NoInputOption = _FLAG,
    allow_test_id: AllowTestIdOption = _FLAG,
    json: JsonOption = _FLAG,
    quiet: QuietOption = _FLAG,
    answers: Mapping[str, Given],
) -> int:
    """File what was named, photo by photo, and return the run's exit code."""
    named = source or []
    _refuse_nonsense(named, table, answers, answers_file)
    terminal = Terminal(json=json, quiet=quiet, may_ask=not no_input)
    opened = _open(vault, named)
    finished = [] if dry_run else _finish_earlier(opened, terminal)
    given = {**_answers_in(answers_file), **answers}
    wishes = Wishes(
        is_confirmed=yes,
        is_source_kept=keep_source,
        is_dry=dry_run,
        is_batch=table is not None,
        allow_test=allow_test_id,
    )
    with ExitStack() as held:
        with _progress(terminal) as progress:
            if table is not None:
                items = plan_table(read_table(table), held, progress, finished)
            else:
                found = find(named, Scope(recursive, with_all, part, progress), held)
                _tell_mailboxes(terminal, found)
                items = plan_named(found, given, named, finished)
        return _run(opened, items, wishes, terminal).exit_code


def _refuse_nonsense(
    named: Sequence[str], table: Path | None, answers: Mapping[str, Given], answers_file: str | None
) -> None:
    if table is not None and (named or answers or answers_file):
        raise UsageError("--table names its own sources and answers.", "Give either --table, or sources and answers.")
    if table is None and not named:
        raise UsageError("there is nothing to file.", "Name a photo, a folder or a mailbox:  imgfile ingest rash.jpg")
    if "-" in named and answers_file == "-":
        raise UsageError("standard input cannot be both the photo and the answers.", "Put one of them in a file.")


def _open(folder: Path | None, named: Sequence[str]) -> Vault:
    try:
        return open_vault(station.choose(folder))
    except NoVault as error:
        untouched = f" {named[0]} was not touched." if len(named) == 1 and named[0] != "-" else ""
        raise NoVault(error.message + untouched, error.hint) from error


def _finish_earlier(vault: Vault, terminal: Terminal) -> list[Finished]:
    if not vault.station.has_pending:
        return []
    with vault.station.locked():
        finished = finish_pending(vault, at=datetime.now(UTC))
    for attempt in (one.attempt for one in finished):
        if attempt.remains:
            terminal.warn(attempt.remains.message)
        elif attempt.erasure:
            terminal.say(f"Finished an interrupted erasure ({attempt.erasure.evidence.name}).")
    return finished


def _answers_in(name: str | None) -> dict[str, Given]:
    if name is None:
        return {}
    if name == "-":
        return from_json(sys.stdin.buffer.read(MAX_ANSWERS_BYTES + 1))
    path = Path(name)
    with files.opened_source(path) as descriptor:
        return from_json(files.read_unchanged(descriptor, path, limit=MAX_ANSWERS_BYTES))


@contextmanager
def _progress(terminal: Terminal) -> Iterator[Progress]:
    with terminal.progress("Looking for photos") as advance:
        last = [0]

        def report(done: int, _total: int) -> None:
            advance(done - last[0])
            last[0] = done

        yield report


def _tell_mailboxes(terminal: Terminal, found: Found) -> None:
    for box in found.mailboxes:
        terminal.say(_described(box))
        for part in box.unsearched:
            terminal.warn(f"{box.path}, message {part.message.number}: not searched, {part.reason.value}.")


def _described(box: Mailbox) -> str:
    logos = f"; {box.likely_logos} look like logos and are left out (--all)" if box.likely_logos else ""
    messages = "1 message" if box.messages == 1 else f"{box.messages:,} messages"
    images = "1 image" if box.images == 1 else f"{box.images:,} images"
    return f"{box.path.name}: {messages}, {images}{logos}."


def _run(vault: Vault, items: Sequence[Item], wishes: Wishes, terminal: Terminal) -> Tally:
    requests = [item.request for item in items if item.request]
    is_attended = terminal.can_ask and not wishes.is_batch
    attendant = Dialogue(terminal, len(requests), is_source_kept=wishes.is_source_kept) if is_attended else None
    if terminal.is_json:
        terminal.data({"type": "run", "schema": SCHEMA, "photos": len(items)})
    filed = ingest(vault, requests, wishes, clock=lambda: datetime.now(UTC).astimezone(), attendant=attendant)
    seen: list[Outcome] = []
    for item, outcome in outcomes(items, filed):
        seen.append(outcome)
        _tell(terminal, item, outcome, is_only=len(items) == 1)
    tally = Tally(tuple(seen))
    if terminal.is_json:
        terminal.data(summary_facts(tally))
    if len(items) != 1:
        terminal.say(summary_line(tally))
    return tally


def _tell(terminal: Terminal, item: Item, outcome: Outcome, *, is_only: bool) -> None:
    if terminal.is_json:
        place = {"row": item.row} if item.row else {"source": item.named}
        terminal.data({**outcome_facts(outcome), **place})
    error = _error_of(outcome)
    if is_only and error is not None and not isinstance(outcome, Filed):
        terminal.error(error)
        return
    prefix = f"row {item.row}: " if item.row else ""
    for line in outcome_lines(item.source, outcome):
        terminal.say(prefix + line)
    if isinstance(outcome, Filed) and error is not None:
        terminal.error(error)
    if isinstance(outcome, Filed) and is_only and not terminal.is_json:
        terminal.say(f"Look at it: imgfile view {outcome.reference}")


def _error_of(outcome: Outcome) -> Error | None:
    match outcome:
        case Filed(remains=error):
            return error
        case _:
            return getattr(outcome, "error", None)
