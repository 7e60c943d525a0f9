"""Which photos a run is about: those found in what was named, or those of a table's rows, in order.

Every item becomes a request or has an outcome already, so that nothing named goes unmentioned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from imgfile.acts.erasure.sources import Finished
from imgfile.acts.options import Request
from imgfile.acts.outcome import Cleared, Failed, Filed, NotFiled, Outcome, Skipped, Undecided
from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Found, Scope
from imgfile.acts.sources.source import LocalFile, MailPart, Source
from imgfile.clinical.interview.answers import Given
from imgfile.clinical.proofs import Digest
from imgfile.errors import AnswerInvalid, Error, Problem, SourceUnavailable, UnreadableMail, UsageError
from imgfile.files import FileIdentity
from imgfile.frozen import dataclass, field

if TYPE_CHECKING:
    from imgfile.acts.tables.read import Row


@dataclass(frozen=True, slots=True)
class Item:
    """One photo of a run: a request, or an outcome that is known beforehand. `row` is 0 outside a table."""

    named: str = field(repr=False)
    request: Request | None = None
    outcome: Outcome | None = None
    row: int = 0
    remarks: tuple[str, ...] = ()
    """What of a table's row deserves a second look before it is filed."""

    @property
    def source(self) -> Source | None:
        """The photo's source, if it was found."""
        return self.request.source if self.request else None


def plan_named(
    found: Found, given: Mapping[str, Given], named: Sequence[str], finished: Sequence[Finished] = ()
) -> list[Item]:
    """Plan a run over what was named; `finished` are the erasures that this run found unfinished.

    Raises `UsageError` when one photo's answers would go to several.
    """
    items = [Item(source.shown, Request(source, given)) for source in found.sources]
    if given and len(items) > 1 and not _is_each_named(found.sources, named):
        raise UsageError(
            f"{len(items)} photos were found, and the answers given are for one.",
            "Name one photo (in a mailbox: --part), leave the answers to be asked, or use --table.",
        )
    absent = [(name, error) for name, error in found.failures if not find_cleared(name, error, finished)]
    return items + [Item(name, outcome=_absent(name, error, finished)) for name, error in absent]


def _is_each_named(sources: Sequence[Source], named: Sequence[str]) -> bool:
    """Return whether every photo was named by itself, as a file or as the only photo of its mailbox."""
    files = [_file_of(source) for source in sources]
    return len(set(files)) == len(files) and set(files) <= set(map(Path, named))


def _file_of(source: Source) -> Path:
    match source:
        case MailPart(export=export):
            return export.path
        case LocalFile(path=path):
            return path
        case _:
            return Path("-")


def _absent(name: str, error: Error, finished: Sequence[Finished], digest: str | None = None) -> Outcome:
    """Return the outcome of what cannot be had: of the interrupted run that this one finished, or that it failed."""
    for one in finished:
        if one.accounts_for(name, error) and digest in {None, one.pending.original}:
            return one.outcome if isinstance(one.outcome, Filed | Failed | NotFiled) else Failed(error)
    return Failed(error)


def find_cleared(name: str, error: Error, finished: Sequence[Finished]) -> Cleared | None:
    """Return what became of an export that is gone since this run finished what an interrupted one had begun."""
    return next((one.cleared for one in finished if one.cleared and one.accounts_for(name, error)), None)


Recall: TypeAlias = "Callable[[Row], Outcome | str | None]"
"""Recognises the photo of a row whose source is gone as one that is filed, or remarks for whom else it is."""


def find_rows(rows: Sequence[Row], scope: Scope, held: ExitStack) -> dict[str, Found]:
    """Find the photos in what a table's rows name, by that name; mailboxes stay open until `held` is closed.

    A file with two spellings is searched once: its photos are of one export, and its lock is ours already.
    """
    found: dict[str, Found] = {}
    by_file: dict[tuple[int, int] | str, Found] = {}
    for name in dict.fromkeys(row.source for row in rows if row.is_to_file):
        file = _inode_of(name) or name
        if file not in by_file:
            by_file[file] = find([name], scope, held)
        found[name] = by_file[file]
    return found


def _inode_of(name: str) -> tuple[int, int] | None:
    """Return which file a name holds; None for what cannot be looked at, which opening it reports."""
    try:
        identity = FileIdentity.at(Path(name))
    except (OSError, ValueError):
        return None
    return (identity.device, identity.inode) if identity else None


def plan_table(
    rows: Sequence[Row],
    found: Mapping[str, Found],
    *,
    finished: Sequence[Finished] = (),
    recall: Recall,
    today: date,
) -> list[Item]:
    """Plan a run over a table, of which these photos were found; rows that contradict each other are not filed."""
    from imgfile.acts.tables.contradictions import contradictions, remarks  # noqa: PLC0415 - only where a table is

    wrong = contradictions(rows, today)
    remarked = remarks([row for row in rows if row.number not in wrong])
    seen: set[tuple[int, int, str]] = set()
    items = [
        Item(row.source, outcome=Failed(wrong[row.number]), row=row.number)
        if row.number in wrong
        else _planned(row, found, seen, finished, recall)
        for row in rows
    ]
    return [
        replace(item, remarks=(remarked[item.row],)) if item.request and item.row in remarked else item
        for item in items
    ]


def _planned(
    row: Row, found: Mapping[str, Found], seen: set[tuple[int, int, str]], finished: Sequence[Finished], recall: Recall
) -> Item:
    from imgfile.acts.tables.read import Action  # noqa: PLC0415 - only where a table is

    match row.action:
        case Action.SKIP:
            return Item(row.source, outcome=Skipped(), row=row.number)
        case Action.UNDECIDED:
            return Item(row.source, outcome=Undecided(), row=row.number)
        case Action.FILE:
            try:
                source = _chosen(row, found[row.source])
                _refuse_twice(source, seen)
            except Error as error:
                filed = recall(row) if _is_gone(row, found[row.source]) else None
                if isinstance(filed, Outcome):
                    return Item(row.source, outcome=filed, row=row.number)
                outcome = _absent(row.source, error, finished, row.digest or None)
                if filed and isinstance(outcome, Failed):
                    outcome = Failed(outcome.error, (filed,))
                return Item(row.source, outcome=outcome, row=row.number)
            expected = Digest(row.digest) if row.digest else None
            return Item(row.source, Request(source, row.given, expected), row=row.number)


def _chosen(row: Row, found: Found) -> Source:
    for _, error in found.failures:
        raise error
    parts = {source.part: source for source in found.sources if isinstance(source, MailPart)}
    if row.part:
        if row.part not in parts:
            raise UnreadableMail(f"{row.source} has no photo at part {row.part}.", "Scan it again.")
        return parts[row.part]
    if len(found.sources) != 1:
        count = len(found.sources)
        raise SourceUnavailable(f"{row.source} holds {count} photos, and the row names none of them.", "Fill in: part")
    return found.sources[0]


def _refuse_twice(source: Source, seen: set[tuple[int, int, str]]) -> None:
    """Refuse a photo that an earlier row names, however it spells the path: it belongs to one patient."""
    match source:
        case MailPart(export=export):
            place = export.identity.device, export.identity.inode, source.part
        case LocalFile(identity=identity):
            place = identity.device, identity.inode, ""
        case _:
            place = 0, 0, source.shown
    if place in seen:
        raise AnswerInvalid.of([Problem("source", "source", "is the photo of an earlier row")])
    seen.add(place)


def _is_gone(row: Row, found: Found) -> bool:
    """Return whether the photo is not there, rather than not to be had just now."""
    return not _may_be_there(row.source) or (bool(found.mailboxes) and not found.failures)


def _may_be_there(name: str) -> bool:
    try:
        return FileIdentity.at(Path(name)) is not None
    except OSError:
        return True
    except ValueError:  # no file can have this name
        return False


def outcomes(items: Sequence[Item], filed: Iterator[tuple[Request, Outcome]]) -> Iterator[tuple[Item, Outcome]]:
    """Merge what was known beforehand with what `ingest` yields, in the items' order."""
    for item in items:
        yield item, item.outcome if item.outcome is not None else next(filed)[1]
