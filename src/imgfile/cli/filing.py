"""Carrying a run of ingest out: each photo's outcome is told as it comes, and at the end what the run came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from imgfile.acts.copies import Copies
from imgfile.acts.ingest import Wishes, ingest
from imgfile.acts.outcomes import Filed, Outcome, Tally
from imgfile.acts.planning import Item, outcomes
from imgfile.cli.batch import Batch
from imgfile.cli.dialogue import Dialogue
from imgfile.cli.reporting import error_of, outcome_facts, outcome_lines, summary_facts, summary_line
from imgfile.errors import Cancelled, Error
from imgfile.terminal import Terminal
from imgfile.vault.access import Vault

SCHEMA: Final = 1
"""The version of what --json prints (docs/reference/json.md)."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run's circumstances."""

    vault: Vault
    wishes: Wishes
    terminal: Terminal

    def file(self, items: Sequence[Item], batch: Batch | None = None) -> int:
        """File the photos, and return the run's exit code. Raises `Cancelled` after telling what was done."""
        requests = [item.request for item in items if item.request]
        attendant = None
        if batch is None and self.terminal.can_ask:
            sources = [request.source for request in requests]
            attendant = Dialogue(self.terminal, sources, is_source_kept=self.wishes.is_source_kept)
        if self.terminal.is_json:
            self.terminal.data({"type": "run", "schema": SCHEMA, "rows" if batch else "photos": len(items)})
        copies, seen = Copies(), list[Outcome]()
        filed = ingest(self.vault, requests, self.wishes, clock=_now, copies=copies, attendant=attendant)
        try:
            for item, outcome in outcomes(items, filed):
                seen.append(outcome)
                self._tell(item, outcome, is_only=len(items) == 1, is_row=batch is not None)
        except Cancelled:
            self._conclude(items, seen, copies, batch, cancelled=True)
            raise
        return self._conclude(items, seen, copies, batch)

    def _tell(self, item: Item, outcome: Outcome, *, is_only: bool, is_row: bool) -> None:
        if self.terminal.is_json:
            self.terminal.data(outcome_facts(item, outcome))
        error = error_of(outcome)
        if is_row:
            for line in Batch.lines(item, outcome):
                self._complain(line)
        elif is_only and error is not None and not isinstance(outcome, Filed):
            self.terminal.error(error)
        else:
            for line in outcome_lines(item, outcome):
                (self._complain if error else self.terminal.say)(line)
            if isinstance(outcome, Filed) and error is not None:
                self.terminal.error(error)

    def _complain(self, line: str) -> None:
        """Say a line that --quiet does not leave out."""
        (self.terminal.warn if self.terminal.is_quiet else self.terminal.say)(line)

    def _conclude(
        self,
        items: Sequence[Item],
        seen: Sequence[Outcome],
        copies: Copies,
        batch: Batch | None,
        *,
        cancelled: bool = False,
    ) -> int:
        found: list[Error] = copies.find()
        tally = Tally(tuple(seen), has_copies=bool(found))
        code = Cancelled.exit_code if cancelled else tally.exit_code
        if self.terminal.is_json:
            self.terminal.data(summary_facts(tally, code))
        if batch is not None:
            for line in batch.closing(list(zip(items, seen, strict=False)), is_dry=self.wishes.is_dry):
                self.terminal.say(line)
        elif len(items) != 1 and (seen or not cancelled):
            self.terminal.say(summary_line(tally))
        for error in found:
            self.terminal.error(error)
        return code


def _now() -> datetime:
    return datetime.now(UTC).astimezone()
