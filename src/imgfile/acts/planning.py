"""Which photos a run is about: those found in what was named, or those of a table's rows, in order.

Every item becomes a request or has an outcome already, so that nothing named goes unmentioned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from imgfile.acts.finding import Found, Progress, Scope, find
from imgfile.acts.ingest import Request
from imgfile.acts.outcomes import Failed, Outcome, Skipped, Undecided
from imgfile.acts.sources import MailPart, Source
from imgfile.acts.tables import Action, Row
from imgfile.clinical.answers import Given
from imgfile.clinical.proofs import Digest
from imgfile.errors import Error, SourceUnavailable, UnreadableMail, UsageError


@dataclass(frozen=True, slots=True)
class Item:
    """One photo of a run: a request, or an outcome that is known beforehand. `row` is 0 outside a table."""

    named: str = field(repr=False)
    request: Request | None = None
    outcome: Outcome | None = None
    row: int = 0

    @property
    def source(self) -> Source | None:
        """The photo's source, if it was found."""
        return self.request.source if self.request else None


def plan_named(found: Found, given: Mapping[str, Given], named: Sequence[str]) -> list[Item]:
    """Plan a run over what was named. Raises `UsageError` when one photo's answers would go to several."""
    items = [Item(source.shown, Request(source, given)) for source in found.sources]
    is_each_named = len(found.sources) + len(found.failures) == len(named)
    if given and len(items) > 1 and not is_each_named:
        raise UsageError(
            f"{len(items)} photos were found, and the answers given are for one.",
            "Name one photo (in a mailbox: --part), leave the answers to be asked, or use --table.",
        )
    return items + [Item(name, outcome=Failed(error)) for name, error in found.failures]


def plan_table(rows: Sequence[Row], held: ExitStack, progress: Progress | None = None) -> list[Item]:
    """Plan a run over a table; each mailbox is walked once, and stays open until `held` is closed."""
    wanted = dict.fromkeys(row.source for row in rows if row.action is Action.FILE)
    found = {source: find([source], Scope(with_logos=True, progress=progress), held) for source in wanted}
    return [_planned(row, found) for row in rows]


def _planned(row: Row, found: Mapping[str, Found]) -> Item:
    match row.action:
        case Action.SKIP:
            return Item(row.source, outcome=Skipped(), row=row.number)
        case Action.UNDECIDED:
            return Item(row.source, outcome=Undecided(), row=row.number)
        case Action.FILE:
            try:
                source = _chosen(row, found[row.source])
            except Error as error:
                return Item(row.source, outcome=Failed(error), row=row.number)
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


def outcomes(items: Sequence[Item], filed: Iterator[tuple[Request, Outcome]]) -> Iterator[tuple[Item, Outcome]]:
    """Merge what was known beforehand with what `ingest` yields, in the items' order."""
    for item in items:
        yield item, item.outcome if item.outcome is not None else next(filed)[1]
