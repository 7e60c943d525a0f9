"""`imgfile ingest`: file photos from files, folders, mailbox exports, standard input, or a table."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from imgfile import files
from imgfile.acts.ingest.context import Run
from imgfile.acts.ingest.plan import find_cleared, find_rows, plan_named, plan_table
from imgfile.acts.options import Wishes
from imgfile.acts.outcome import Outcome
from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Found, Scope
from imgfile.cli.ingest.options import Task, refuse_contradictions, with_wishes
from imgfile.cli.ingest.run import Plan, carry_out, reporting_unfinished
from imgfile.cli.options import AllowTestIdOption
from imgfile.cli.question_options import with_question_flags
from imgfile.cli.scaffold import opened_vault, with_argument, with_terminal
from imgfile.cli.search_options import Search, waiting, watching, with_search_options
from imgfile.clinical.interview.answers import MAX_ANSWERS_BYTES, Given, from_json
from imgfile.clinical.interview.questions import QUESTIONS
from imgfile.clinical.proofs import Digest
from imgfile.errors import AnswerInvalid, Error, Problem, UsageError
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault
from imgfile.vault.keys.pseudonyms import expect_pseudonyms
from imgfile.vault.trail.chain import newest_heads

if TYPE_CHECKING:
    from imgfile.acts.erasure.sources import Finished
    from imgfile.acts.tables.read import Row
    from imgfile.cli.ingest.passed_over import PassedOver


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ingest", help="File photos, prove the filed copies, then erase the sources.")(ingest_command)


@with_question_flags(QUESTIONS.values())
@with_argument("task", Task)
@with_search_options
@with_wishes
@with_terminal("no_input", "json", "quiet")
def ingest_command(  # noqa: PLR0913 - each a group of options, but one that goes with the answers
    *,
    task: Task,
    search: Search,
    wishes: Wishes,
    terminal: Terminal,
    allow_test_id: AllowTestIdOption = False,
    answers: Mapping[str, Given],
) -> int:
    """File what was named, photo by photo, and return the run's exit code."""
    task.refuse_nonsense(answers, search.criteria)
    wishes = replace(wishes, allow_test=allow_test_id)
    refuse_contradictions(wishes)
    if task.attend:
        _refuse_unattended(terminal, wishes)
    run = None
    try:
        run = Run(_open(task, terminal, wishes), wishes)
        return _file(run, terminal, task, search, answers)
    except Error as error:
        if run is None or not run.vault.station.has_pending:  # else a source may be erased in part
            from imgfile.cli.ingest.untouched import photos_named, saying_untouched  # noqa: PLC0415 - of an error alone

            saying_untouched(error, photos_named(task.named, task.table))
        raise


def _file(run: Run, terminal: Terminal, task: Task, search: Search, answers: Mapping[str, Given]) -> int:
    wishes = run.wishes
    if wishes.hands_over_to is not None:
        from imgfile.acts.ingest.hand_over import expect_folder  # noqa: PLC0415 - few runs hand over

        expect_folder(run.vault, wishes.hands_over_to)
    scope = Scope(
        is_recursive=task.recursive,
        with_logos=search.with_logos or task.table is not None,  # its rows have decided
        part=task.part.removeprefix("'") if task.part else None,  # as a table's cell spells it
        criteria=search.criteria,
        only_looks=wishes.is_dry,
        watch=watching(terminal),
        wait=waiting(terminal) if terminal.can_ask else None,
    )
    if task.table is not None:
        return _file_table(run, terminal, task.table, scope, is_attended=task.attend)
    return _file_named(run, terminal, task.named, _together(_answers_in(task.answers_file), answers), scope)


def _refuse_unattended(terminal: Terminal, wishes: Wishes) -> None:
    from imgfile.cli.ingest.attended_table import refuse_unattended  # noqa: PLC0415 - few tables are attended

    if wishes.is_dry:
        raise UsageError("--dry-run asks nothing, and --attend does.", "Give one of them: --dry-run names the rows.")
    refuse_unattended(terminal)


def _report_found(terminal: Terminal, found: Found, scope: Scope) -> None:
    if found.repeated or found.mailboxes or found.named_folders:
        from imgfile.cli.search.search_report import (  # noqa: PLC0415 - for more than a file
            report_folders,
            report_mailboxes,
            report_repeated,
        )

        report_repeated(terminal, found)
        report_folders(terminal, found)
        report_mailboxes(terminal, found, scope.criteria, with_logos=scope.with_logos)


def _open(task: Task, terminal: Terminal, wishes: Wishes) -> Vault:
    vault = opened_vault(task.vault, terminal, may_follow=not wishes.is_dry).enrolled()
    if not wishes.into_inbox:
        expect_pseudonyms(vault)  # said before anything is asked
    vault.station.require_memory()
    heads = newest_heads(vault)  # after a restore a trail is short: nothing is asked or filed then
    if vault.store.keys is not None:
        from imgfile.vault.checks.outdated_keys import expect_newest  # noqa: PLC0415 - few vaults have their keys elsewhere

        vault.store.expect_keys()
        own = vault.here.station
        expect_newest(vault, [(own, heads[own])] if own in heads else [])
    return vault


def _file_table(run: Run, terminal: Terminal, table: Path, scope: Scope, *, is_attended: bool) -> int:
    from imgfile.cli.ingest.batch import Batch  # noqa: PLC0415 - only where a table is

    rows = _rows(table, run.wishes, is_attended=is_attended)
    finished = _finish_earlier(run, terminal)
    with ExitStack() as held:
        _refuse_mail_stores([row.source for row in rows], run.wishes)
        by_name = find_rows(rows, scope, held)
        _warn_leftovers(terminal, [row.source for row in rows], by_name.values())
        items = plan_table(rows, by_name, finished=finished, recall=partial(_recall, run), today=run.now().date())
        plan = Plan(
            items,
            Batch(table, rows),
            _exports_in(by_name.values(), run.wishes),
            is_attended=is_attended,
            passed_over=_passed_over(by_name.values(), scope, is_attended=is_attended),
        )
        return carry_out(run, terminal, plan)


def _file_named(run: Run, terminal: Terminal, named: Sequence[str], given: Mapping[str, Given], scope: Scope) -> int:
    finished = _finish_earlier(run, terminal)
    with ExitStack() as held:
        _refuse_mail_stores(named, run.wishes)
        found = find(named, scope, held)
        _warn_leftovers(terminal, named, [found])
        _report_found(terminal, found, scope)
        gone = [find_cleared(name, error, finished) for name, error in found.failures]
        items = plan_named(found, given, named, finished)
        exports = _exports_in([found], run.wishes)
        left = _passed_over([found], scope, is_attended=terminal.can_ask)
        plan = Plan(items, exports=exports, cleared=[*filter(None, gone)], passed_over=left)
        return carry_out(run, terminal, plan)


def _passed_over(found: Collection[Found], scope: Scope, *, is_attended: bool) -> PassedOver | None:
    """Return what the search left; None where photos alone were named, or one part of a mailbox."""
    if scope.part is not None or not any(one.mailboxes or one.named_folders for one in found):
        return None
    from imgfile.cli.ingest.passed_over import passed_over  # noqa: PLC0415 - a photo in a file of its own leaves nothing

    return passed_over(found, with_logos=scope.with_logos, is_attended=is_attended)


def _warn_leftovers(terminal: Terminal, named: Iterable[str], found: Iterable[Found]) -> None:
    """Warn of what an earlier run left unfinished where this one looks."""
    folders = dict.fromkeys([*map(Path, named), *(folder for one in found for folder in one.folders)])
    if any(files.leftovers_in(path if files.is_folder(path) else path.parent) for path in folders):
        from imgfile.cli.leftovers import warn_leftovers  # noqa: PLC0415 - few runs are ended from outside

        warn_leftovers(terminal, folders)


def _refuse_mail_stores(named: Iterable[str], wishes: Wishes) -> None:
    if not wishes.destroys_exports:
        return
    from imgfile.acts.erasure.whole_export import refuse_mail_store  # noqa: PLC0415 - seldom wanted

    for name in dict.fromkeys(named):
        refuse_mail_store(Path(name))


def _exports_in(found: Collection[Found], wishes: Wishes) -> list[Path]:
    """Return the mailbox files that go whole in the end."""
    if not wishes.destroys_exports:
        return []
    exports = [box.path for one in found for box in one.mailboxes]
    if not exports and any(one.sources for one in found):
        raise UsageError(
            "nothing that was named is a mailbox export, and --destroy-export erases one whole.",
            "Leave --destroy-export out: a photo in a file of its own goes by itself.",
        )
    return list(dict.fromkeys(exports))


def _finish_earlier(run: Run, terminal: Terminal) -> list[Finished]:
    vault = run.vault
    if run.wishes.is_dry or not vault.station.has_pending:
        return []
    from imgfile.acts.erasure.sources import finish_pending  # noqa: PLC0415 - few runs are interrupted

    with reporting_unfinished(run), vault.station.locked():
        finished = finish_pending(vault, at=datetime.now(UTC))
    for attempt in (one.attempt for one in finished):
        if attempt.remains:
            terminal.warn(attempt.remains.message)
        elif attempt.erasure:
            terminal.say(f"Finished an interrupted erasure ({attempt.erasure.evidence.name}).")
    return finished


# --- the answers ----------------------------------------------------------------------------------------


def _rows(table: Path, wishes: Wishes, *, is_attended: bool) -> list[Row]:
    from imgfile.acts.tables.read import read_table  # noqa: PLC0415 - only where a table is

    rows = read_table(table)
    if not (wishes.is_confirmed or wishes.is_dry or is_attended):
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


def _recall(run: Run, row: Row) -> Outcome | str | None:
    """Return as what the photo of a row is filed whose source is gone."""
    from imgfile.acts.ingest.recall import recall  # noqa: PLC0415 - only where a table is

    if run.wishes.into_inbox or not row.digest:
        return None
    return recall(run, row.given, Digest(row.digest))
