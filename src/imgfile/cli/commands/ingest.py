"""`imgfile ingest`: file photos from files, folders, mailbox exports, standard input, or a table."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from imgfile import files
from imgfile.acts.erasure.sources import Finished, finish_pending
from imgfile.acts.ingest.already_filed import recall
from imgfile.acts.ingest.plan import find_cleared, find_rows, plan_named, plan_table
from imgfile.acts.options import Wishes
from imgfile.acts.outcome import Outcome
from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Found, Scope
from imgfile.acts.tables.read import Row, read_table
from imgfile.cli.ingest.batch import Batch
from imgfile.cli.ingest.run import Plan, Run, telling_begun
from imgfile.cli.options import (
    AllowTestIdOption,
    DryRunOption,
    JsonOption,
    NoInputOption,
    QuietOption,
    RecursiveOption,
    VaultOption,
    YesOption,
)
from imgfile.cli.question_options import with_question_flags
from imgfile.cli.search_options import (
    AllOption,
    FromOption,
    MessageIdOption,
    MinPixelsOption,
    SinceOption,
    SubjectOption,
    UntilOption,
    criteria_of,
    tell_mailboxes,
    tell_repeated,
    waiting,
    watching,
)
from imgfile.clinical.interview.answers import MAX_ANSWERS_BYTES, Given, from_json
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.proofs import Digest
from imgfile.errors import AnswerInvalid, NoVault, Problem, UsageError
from imgfile.frozen import dataclass
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault, open_vault
from imgfile.vault.choose import choose

SourceArguments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE]...", help="Photos, folders, mailboxes (.eml, mbox, .msg, .pst, Maildir, ...); - is a pipe."
    ),
]
TableOption = Annotated[
    Path | None, typer.Option("--table", metavar="FILE", help="One row a photo: .xlsx, CSV or NDJSON.")
]
AnswersOption = Annotated[
    str | None,
    typer.Option(
        "--answers", metavar="FILE", help="Answers as JSON, so that no number is in the history; - is a pipe."
    ),
]
KeepOption = Annotated[bool, typer.Option("--keep-source", help="File, and do not erase the source.")]
PartOption = Annotated[str | None, typer.Option("--part", metavar="PART", help="Only this photo of a mailbox: 12/2.1")]
DestroyOption = Annotated[
    bool,
    typer.Option("--destroy-export", help="Once its photos are filed, erase the whole mailbox file: .zip, .mbox, ..."),
]
UnfiledOption = Annotated[
    bool, typer.Option("--destroy-unfiled", help="With --destroy-export --yes: also if that loses photos not filed.")
]
CopiesOption = Annotated[
    bool,
    typer.Option(
        "--erase-copies",
        help="Also erase the very same photo elsewhere in its mailbox, or beside it.",
    ),
]
BreakOption = Annotated[
    bool, typer.Option("--break-signature", help="Take photos out of signed messages too; it breaks the signature.")
]

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
    sender: FromOption = None,
    subject: SubjectOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    message_id: MessageIdOption = None,
    min_pixels: MinPixelsOption = None,
    with_all: AllOption = _FLAG,
    keep_source: KeepOption = _FLAG,
    destroy_export: DestroyOption = _FLAG,
    destroy_unfiled: UnfiledOption = _FLAG,
    erase_copies: CopiesOption = _FLAG,
    break_signature: BreakOption = _FLAG,
    dry_run: DryRunOption = _FLAG,
    yes: YesOption = _FLAG,
    no_input: NoInputOption = _FLAG,
    allow_test_id: AllowTestIdOption = _FLAG,
    json: JsonOption = _FLAG,
    quiet: QuietOption = _FLAG,
    answers: Mapping[str, Given],
) -> int:
    """File what was named, photo by photo, and return the run's exit code."""
    named = list(dict.fromkeys(source or []))
    criteria = criteria_of(
        sender=sender, subject=subject, since=since, until=until, message_id=message_id, min_pixels=min_pixels
    )
    _refuse_nonsense(named, table, answers, answers_file, criteria)
    wishes = Wishes(
        destroys_exports=destroy_export,
        may_lose_unfiled=destroy_unfiled,
        erases_copies=erase_copies,
        is_confirmed=yes,
        is_source_kept=keep_source,
        is_dry=dry_run,
        is_batch=table is not None,
        allow_test=allow_test_id,
        may_break_signature=break_signature,
    )
    _refuse_contradictions(wishes)
    terminal = Terminal(json=json, quiet=quiet, may_ask=not no_input)
    opened = _open(vault, named)
    run = Run(opened, wishes, terminal)
    scope = Scope(
        is_recursive=recursive,
        with_logos=with_all or table is not None,
        part=part.removeprefix("'") if part else None,  # as a table's cell spells it
        criteria=criteria,
        only_looks=dry_run,
        watch=watching(terminal),
        wait=waiting(terminal) if terminal.can_ask else None,
    )
    if table is not None:
        rows = _rows(table, wishes)
        finished = _finish_earlier(opened, wishes, terminal)
        with ExitStack() as held:
            _refuse_mail_stores([row.source for row in rows], wishes)
            by_name = find_rows(rows, scope, held)
            items = plan_table(rows, by_name, finished=finished, recall=_Recalling(opened, wishes))
            return run.file(Plan(items, Batch(table, rows), _exports_in(by_name.values(), wishes)))
    given = _together(_answers_in(answers_file), answers)
    finished = _finish_earlier(opened, wishes, terminal)
    with ExitStack() as held:
        _refuse_mail_stores(named, wishes)
        found = find(named, scope, held)
        tell_repeated(terminal, found)
        tell_mailboxes(terminal, found, criteria, with_logos=scope.with_logos)
        gone = [find_cleared(name, error, finished) for name, error in found.failures]
        items = plan_named(found, given, named, finished)
        return run.file(Plan(items, exports=_exports_in([found], wishes), cleared=[*filter(None, gone)]))


def _refuse_nonsense(
    named: Sequence[str],
    table: Path | None,
    answers: Mapping[str, Given],
    answers_file: str | None,
    criteria: object,
) -> None:
    if table is not None and (named or answers or answers_file or criteria is not None):
        raise UsageError("--table names its own sources and answers.", "Give either --table, or sources and answers.")
    if "" in named:  # else an unset variable would name the folder one stands in
        raise UsageError("a source has no name.", "Name a photo, a folder or a mailbox:  imgfile ingest rash.jpg")
    if table is None and not named:
        raise UsageError("there is nothing to file.", "Name a photo, a folder or a mailbox:  imgfile ingest rash.jpg")
    if "-" in named and answers_file == "-":
        raise UsageError("standard input cannot be both the photo and the answers.", "Put one of them in a file.")


def _refuse_contradictions(wishes: Wishes) -> None:
    if wishes.may_lose_unfiled and not wishes.destroys_exports:
        raise UsageError("--destroy-unfiled says nothing without --destroy-export.", "Give both, or neither.")
    if wishes.is_source_kept and (wishes.destroys_exports or wishes.erases_copies):
        raise UsageError("--keep-source contradicts --destroy-export and --erase-copies.", "Leave one of them out.")


def _refuse_mail_stores(named: Iterable[str], wishes: Wishes) -> None:
    if not wishes.destroys_exports:
        return
    from imgfile.acts.erasure.whole_export import refuse_mail_store  # noqa: PLC0415 - seldom wanted

    for name in dict.fromkeys(named):
        refuse_mail_store(Path(name))


def _exports_in(found: Collection[Found], wishes: Wishes) -> list[Path]:
    """Return the mailbox files that go whole in the end; in a dry run, none."""
    if not wishes.destroys_exports:
        return []
    exports = [box.path for one in found for box in one.mailboxes]
    if not exports and any(one.sources for one in found):
        raise UsageError(
            "nothing that was named is a mailbox export, and --destroy-export erases one whole.",
            "Leave --destroy-export out: a photo in a file of its own goes by itself.",
        )
    return [] if wishes.is_dry else list(dict.fromkeys(exports))


def _open(folder: Path | None, named: Sequence[str]) -> Vault:
    try:
        return open_vault(choose(folder))
    except NoVault as error:
        untouched = f" {named[0]} was not touched." if len(named) == 1 and named[0] != "-" else ""
        raise NoVault(error.message + untouched, error.hint) from error


def _finish_earlier(vault: Vault, wishes: Wishes, terminal: Terminal) -> list[Finished]:
    if wishes.is_dry or not vault.station.has_pending:
        return []
    with telling_begun(vault), vault.station.locked():
        finished = finish_pending(vault, at=datetime.now(UTC))
    for attempt in (one.attempt for one in finished):
        if attempt.remains:
            terminal.warn(attempt.remains.message)
        elif attempt.erasure:
            terminal.say(f"Finished an interrupted erasure ({attempt.erasure.evidence.name}).")
    return finished


# --- the answers ----------------------------------------------------------------------------------------


def _rows(table: Path, wishes: Wishes) -> list[Row]:
    rows = read_table(table)
    if not (wishes.is_confirmed or wishes.is_dry):
        raise AnswerInvalid(
            f"{table} is read, and the confirmation is missing: --yes",
            "See with --dry-run what would happen. --yes confirms that photos are filed and their sources erased.",
            (Problem("confirmation", "--yes", "is missing", is_missing=True),),
        )
    return rows


def _answers_in(name: str | None) -> dict[str, Given]:
    if name is None:
        return {}
    if name == "-":
        return from_json(sys.stdin.buffer.read(MAX_ANSWERS_BYTES + 1) if sys.stdin else b"")
    path = Path(name)
    with files.opened_source(path) as descriptor:
        return from_json(files.read_unchanged(descriptor, path, limit=MAX_ANSWERS_BYTES))


def _together(in_file: Mapping[str, Given], by_flag: Mapping[str, Given]) -> dict[str, Given]:
    """Join the answers of a file and of flags; of two patients' numbers, neither may win."""
    for slug in in_file.keys() & by_flag.keys():
        raise UsageError(f"{QUESTIONS[slug].flag} is answered by --answers too.", "Give each answer once.")
    return {**in_file, **by_flag}


@dataclass(frozen=True, slots=True)
class _Recalling:
    """Recognises a row whose source is gone, as this run was asked to."""

    vault: Vault
    wishes: Wishes

    def __call__(self, row: Row) -> Outcome | None:
        if not row.digest:
            return None
        return recall(self.vault, row.given, Digest(row.digest), allow_test=self.wishes.allow_test)
