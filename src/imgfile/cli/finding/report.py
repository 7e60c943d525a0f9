"""What a search found: a table, NDJSON, or TSV, and whether everything was looked into.

1. A screen shows the newest first, as many as it is told to keep; a pipe gets each as it is found, unless it is
   limited: so what is kept in memory is bounded, whatever is found.
2. What does not open is named as it is met, and counted. Then nobody can know what else there is, and the exit code is
   that of a batch in which something is left.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from imgfile.acts.disclosure.of_patient import Unopened
from imgfile.acts.finding.search import Found, Tally
from imgfile.cli.findings import CLOSED_HINT, closed_words, unopened_facts
from imgfile.cli.formats import output_moment
from imgfile.clinical.dates import show_date
from imgfile.counts import counted
from imgfile.errors import BatchIncomplete
from imgfile.terminal import Terminal
from imgfile.vault.times import format_time

SCREEN_LIMIT: Final = 200
_COLUMNS: Final = (
    *("record", "patient", "born", "made", "filed", "body_site", "intimate", "purpose", "states", "follows"),
    *("asked_by", "attested_by", "rationale"),
)
_SCREEN_COLUMNS: Final = ("record", "patient", "taken", "body site", "for", "state")
_SHOWN_STATES: Final = ("withdrawn", "held", "safeguarding_hold", "beyond_care")
"""That consent was given is what people expect, and says nothing on a screen."""


class Report:
    """Prints what a search yields, then what it came to."""

    def __init__(
        self, terminal: Terminal, tally: Tally, limit: int | None, *, with_gone: bool, advice: str = ""
    ) -> None:
        self._terminal, self._tally, self._with_gone, self._advice = terminal, tally, with_gone, advice
        self._limit = SCREEN_LIMIT if limit is None and terminal.has_screen and not terminal.is_json else limit
        self.found = 0

    def print(self, results: Iterable[Found | Unopened]) -> None:
        """Print everything. Raises `BatchIncomplete` where something does not open."""
        found = self._counted(results)
        kept = found if self._limit is None else self._newest(found, self._limit)
        if self._terminal.is_json:
            for each in kept:
                self._terminal.data(_facts(each))
        elif self._terminal.has_screen:
            self._table(list(kept))
        else:
            rows = (_row(each, self._terminal) for each in kept)
            for first in rows:  # of nothing, not even the columns are printed
                self._terminal.table(_COLUMNS, chain([first], rows))
        self._close()

    def _counted(self, results: Iterable[Found | Unopened]) -> Iterator[Found]:
        for each in results:
            if isinstance(each, Found):
                self.found += 1
                yield each
            elif self._terminal.is_json:
                self._terminal.data(unopened_facts(each))
            elif each.is_closed:
                self._terminal.warn(each.message)
            else:
                self._terminal.warn(f"{each.reference or 'a patient'} does not open: {each.message}")

    @staticmethod
    def _newest(found: Iterable[Found], limit: int) -> list[Found]:
        return heapq.nlargest(limit, found, key=lambda each: (each.made_at, each.reference))

    def _table(self, kept: list[Found]) -> None:
        rows = [_screen_row(each) for each in kept]
        is_one = len({each.patient for each in kept}) == 1
        left_out = {"patient"} if is_one and kept else set()
        if not any(row[-1] for row in rows):
            left_out.add("state")
        if is_one and kept:
            first = kept[0]
            self._terminal.say(f"{first.patient.grouped}, born {show_date(first.born)}:")
        shown = [at for at, name in enumerate(_SCREEN_COLUMNS) if name not in left_out]
        columns = [_SCREEN_COLUMNS[at] for at in shown]
        self._terminal.table(columns, [[row[at] for at in shown] for row in rows], is_long=True)

    def _close(self) -> None:
        tally, unopened = self._tally, self._tally.unopened
        shown = self.found if self._limit is None else min(self.found, self._limit)
        code = BatchIncomplete.exit_code if unopened else 0
        if self._terminal.is_json:
            counts = {"found": self.found, "shown": shown, "records": tally.records, "unopened": unopened}
            counts |= {"closed": tally.closed} if tally.closed else {}
            self._terminal.data({"type": "summary", **counts, "gone": dict(sorted(tally.gone.items())), "exit": code})
        self._terminal.say(self._closing(shown))
        if self._with_gone:
            self._terminal.say(_gone(tally))
        if unopened:
            raise BatchIncomplete(*self._incomplete())

    def _incomplete(self) -> tuple[str, str]:
        """Return what was not looked into, and what to do."""
        closed = self._tally.closed
        damaged = self._tally.unopened - closed
        does_not = counted(damaged, "record does", "records do")
        words = [f"{does_not} not open"] * bool(damaged) + [closed_words(closed)] * bool(closed)
        hint = "imgfile verify tells what is wrong." if damaged else CLOSED_HINT
        return f"{' and '.join(words)}, so that nobody knows whether they are meant.", hint

    def _closing(self, shown: int) -> str:
        among = f"{self._tally.records:,} record{'s' * (self._tally.records != 1)}"
        if not self.found:
            rest = f" that open{'s' * (self._tally.records == 1)}" if self._tally.unopened else ""
            return f"Nothing found among {among}{rest}. {self._advice}".rstrip()
        cut = f"; the newest {shown:,} are shown (--limit)" if shown < self.found else ""
        return f"{self.found:,} found among {among}{cut}. The facts of one:  imgfile show RECORD"


def _gone(tally: Tally) -> str:
    if not tally.gone:
        return "None is gone."
    parts = ", ".join(f"{count:,} {how}" for how, count in sorted(tally.gone.items()))
    return f"Gone, and not looked into: {parts}."


def _screen_row(each: Found) -> tuple[str, ...]:
    made = ("" if each.is_dated else "filed ") + show_date(each.made_at.date())
    follows = f", follows {each.follows[:4]}" if each.follows else ""
    states = ", ".join(state.value.replace("_", " ") for state in sorted(each.states) if state in _SHOWN_STATES)
    site = f"{each.body_site}{' (intimate)' if each.is_intimate else ''}"
    return each.reference, each.patient.grouped, made, site, f"{each.purpose.label}{follows}", states


def _row(each: Found, terminal: Terminal) -> tuple[str, ...]:
    return (
        each.reference,
        f"{each.patient.scheme.value} {each.patient.number}",
        each.born.isoformat(),
        each.made_at.isoformat(timespec="seconds"),
        output_moment(each.filed_at, terminal),
        each.body_site,
        "yes" if each.is_intimate else "no",
        each.purpose.value,
        " ".join(sorted(each.states)),
        each.follows,
        each.asked_by,
        each.attested_by,
        each.rationale,
    )


def _facts(each: Found) -> dict[str, object]:
    facts: dict[str, object] = {
        "type": "found",
        "record": each.reference,
        "patient": {"scheme": each.patient.scheme.value, "number": each.patient.number, "born": each.born.isoformat()},
        "made": each.made_at.isoformat(timespec="seconds"),
        "is_dated": each.is_dated,
        "filed": format_time(each.filed_at),
        "body_site": each.body_site,
        "intimate": each.is_intimate,
        "purpose": each.purpose.value,
        "states": sorted(each.states),
        "follows": each.follows,
        "asked_by": each.asked_by,
        "attested_by": each.attested_by,
        "rationale": each.rationale,
    }
    return {name: value for name, value in facts.items() if value != ""}
