"""The summary of a run: what it came to, and what is left to do, each thing once, for people and for scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imgfile.acts.ingest.plan import Item
from imgfile.acts.outcome import (
    Cleared,
    Failed,
    Filed,
    NotFiled,
    Outcome,
    Ready,
    Refused,
    Skipped,
    Tally,
    Undecided,
)
from imgfile.acts.sources.source import MailPart
from imgfile.cli.ingest.report import (
    erased_sentence,
    erasure_facts,
    error_facts,
    message_facts,
    message_name,
    part_facts,
    word_of,
)
from imgfile.clinical.proofs import Erasure
from imgfile.errors import Error
from imgfile.frozen import dataclass, field

if TYPE_CHECKING:
    from imgfile.acts.erasure.mailbox_copies import Copy, Residue
    from imgfile.acts.erasure.sources import Attempt
    from imgfile.cli.ingest.passed_over import PassedOver

MAX_ROWS_NAMED: Final = 20
"""How many rows a sentence names."""
MAX_MESSAGES_NAMED: Final = 10
"""How many messages are named one by one, that are to be deleted in the mail account."""
MAX_EXPORTS_NAMED: Final = 3
_MAIL_OUT_OF_REACH: Final = "the mail provider's backups, the sender's phone."
_TICK_OFF: Final = "Until somebody ticks them off, this computer keeps them in mind:  imgfile mail"
_COUNTED: Final = ("filed", "already_filed", "in_inbox", "ready", "failed", "refused", "skipped", "undecided")
_SELDOM_COUNTED: Final = ("described", "returned", "held", "quarantined")
"""Left out where there are none."""

Outcomes = Sequence[tuple[Item, Outcome]]


@dataclass(slots=True)
class Summary:
    """Everything that became of a run's photos, of their mailboxes, and of further copies in these; it grows."""

    outcomes: list[tuple[Item, Outcome]] = field(default_factory=list)
    cleared: list[Cleared] = field(default_factory=list)
    copies: list[tuple[Copy, Attempt]] = field(default_factory=list)
    residue: list[Residue] = field(default_factory=list)
    """What is still found in the mailboxes in the end."""
    erases_copies: bool = False
    """Whether further copies were to go, as far as nobody left them."""
    has_left_beside: bool = False
    """A copy beside a photo was to go, and can still be read."""
    passed_over: PassedOver | None = None
    """What the search for photos left; None where photos alone were named."""
    gone_with_exports: Sequence[MailPart] = ()
    """Photos that are filed and stood in an export that is erased whole, in whichever message."""
    not_reached: Sequence[int] = ()
    """The rows of a table that a run which somebody stopped did not come to."""

    @property
    def tally(self) -> Tally:
        """The run's outcomes, and its exit code."""
        has_copies = bool(self.residue) or self.has_left_beside
        left = self.passed_over
        is_incomplete = left is not None and left.is_undecided(has_photos=bool(self.outcomes or self.cleared))
        return Tally(tuple(outcome for _, outcome in self.outcomes), has_copies, tuple(self.cleared), is_incomplete)

    @property
    def last_line(self) -> str:
        """Return what was left out or not looked into; empty where that is nothing."""
        gone = {cleared.path for cleared in self.cleared if cleared.erasure}
        return self.passed_over.line(gone) if self.passed_over else ""

    def erasures(self) -> list[tuple[Item, Erasure]]:
        """Return how each photo that is filed left its source: by itself, or with its export."""
        return [(item, erasure) for item, outcome in self.outcomes if (erasure := self._erasure(item, outcome))]

    def _erasure(self, item: Item, outcome: Outcome) -> Erasure | None:
        if not isinstance(outcome, Filed) or outcome.erasure:
            return outcome.erasure if isinstance(outcome, Filed | NotFiled) else None
        if not isinstance(item.source, MailPart):
            return None
        path = item.source.export.path
        return next((cleared.erasure for cleared in self.cleared if cleared.path == path), None)

    def is_lost(self, item: Item, outcome: Outcome) -> bool:
        """Return whether a photo that is not filed went with its export, as somebody agreed to."""
        path = item.source.export.path if isinstance(item.source, MailPart) else Path(item.named)
        return not isinstance(outcome, Filed) and any(one.path == path and one.erasure for one in self.cleared)

    def messages(self) -> list[MailPart]:
        """Return one photo of each message that lost one here, and that the mail account still has."""
        lost = [item.source for item, _ in self.erasures()]
        lost += [copy.source for copy, done in self.copies if done.erasure]
        lost += self.gone_with_exports
        mailed = [each for each in lost if isinstance(each, MailPart) and each.attachment.message.is_one]
        return list({each.attachment.message: each for each in mailed}.values())

    def out_of_reach(self) -> list[str]:
        """Return what no erasure of this run could reach, each sentence once."""
        everything = [erasure for _, erasure in self.erasures()]
        everything += [done.erasure for _, done in self.copies if done.erasure]
        everything += [cleared.erasure for cleared in self.cleared if cleared.erasure]
        sentences = dict.fromkeys(sentence for erasure in everything for sentence in erasure.out_of_reach)
        return [_MAIL_OUT_OF_REACH, *sentences] if self.messages() else list(sentences)


# --- for people -----------------------------------------------------------------------------------------


def single_summary(summary: Summary, *, may_look: bool) -> Iterator[str]:
    """Yield what is left to do after a run of one photo; the photo itself is reported by now.

    `may_look`: whether it can be looked at on this computer; a reception computer never looks (R26).
    """
    yield from _cleaned_up(summary)
    messages = summary.messages()
    for source in messages:
        yield f"Still in your mail account: delete {message_name(source)}, there too."
    filed = [outcome.reference for _, outcome in summary.outcomes if isinstance(outcome, Filed)]
    for reference in filed if messages else ():
        yield f"Then tick it off:  imgfile mail done {reference}"
    yield from _unreachable(summary)
    for _, outcome in summary.outcomes:
        if isinstance(outcome, Filed) and may_look:
            again = "inbox look" if outcome.is_item else "view"
            yield f"Look at it: imgfile {again} {outcome.reference}"


def several_summary(summary: Summary, *, is_table: bool = False) -> Iterator[str]:
    """Yield what a run of several photos came to, and what is left to do."""
    yield " ".join([*_done(summary), *_undone(summary), *_handed_over(summary)]) or _nothing(summary)
    yield from _cleaned_up(summary)
    yield from _in_mail_account(summary, is_table=is_table)
    yield from _unreachable(summary)


def _nothing(summary: Summary) -> str:
    is_sure = summary.passed_over is None or summary.passed_over.is_nothing
    return "nothing to file." if is_sure else "no photo was found that can be filed."


def _unreachable(summary: Summary) -> Iterator[str]:
    for sentence in summary.out_of_reach():
        yield f"Out of reach: {sentence}"


def _done(summary: Summary) -> Iterator[str]:
    decided = {id(item) for item, outcome in summary.outcomes if isinstance(outcome, NotFiled)}
    waiting = {id(item) for item, outcome in summary.outcomes if isinstance(outcome, Filed) and outcome.is_item}
    erased = [(item, erasure) for item, erasure in summary.erasures() if id(item) not in decided]
    yield from _erased([each for each in erased if id(each[0]) not in waiting], "filed")
    yield from _erased([each for each in erased if id(each[0]) in waiting], "put into the inbox")
    gone = {id(item) for item, _ in erased}
    filed = [outcome for item, outcome in summary.outcomes if isinstance(outcome, Filed) and id(item) not in gone]
    for words, is_item in (("filed", False), ("put into the inbox", True)):
        alike = [outcome.is_new for outcome in filed if outcome.is_item is is_item]
        if new := sum(alike):
            yield f"{new:,} {words}; the source is still there."
        if known := len(alike) - new:
            yield f"{known:,} {words} already."
    if ready := sum(isinstance(outcome, Ready) for _, outcome in summary.outcomes):
        yield f"{ready:,} ready. Nothing was changed."


def _erased(erased: Sequence[tuple[Item, Erasure]], what: str) -> Iterator[str]:
    """Yield how many sources were erased, from where if that is one mailbox, and with which evidence."""
    if erased:
        levels = sorted({erasure.evidence.name for _, erasure in erased})
        places = {item.source.export.path.name for item, _ in erased if isinstance(item.source, MailPart)}
        mailed = sum(isinstance(item.source, MailPart) for item, _ in erased)
        where = f" from {places.pop()}" if len(places) == 1 and mailed == len(erased) else ""
        yield f"{len(erased):,} {what} and erased{where} ({', '.join(levels)})."


def _handed_over(summary: Summary) -> Iterator[str]:
    """Yield how many pages were handed over, and how many were not."""
    wanted = [outcome for _, outcome in summary.outcomes if isinstance(outcome, Filed)]
    handed = sum(bool(outcome.handed_over) for outcome in wanted)
    missed = sum(outcome.handed_over is not None for outcome in wanted) - handed
    if handed or missed:
        yield f"{handed:,} handed over{f', {missed:,} NOT: see the warnings above' if missed else ''}."


def _undone(summary: Summary) -> Iterator[str]:
    undone = [(item, summary.is_lost(item, outcome)) for item, outcome in summary.outcomes if _is_undone(outcome)]
    left, lost = ([item for item, is_lost in undone if is_lost is wanted] for wanted in (False, True))
    if left:
        yield f"{_not_filed(left)}; {'its source is' if len(left) == 1 else 'their sources are'} untouched."
    if lost:
        yield f"{_not_filed(lost)}; lost with the export."
    words = Counter(word_of(outcome) for _, outcome in summary.outcomes)
    for word, said in _DECIDED.items():
        if words[word]:
            yield f"{words[word]:,} {said}."
    for kind, word in ((Skipped, "skipped"), (Undecided, "undecided")):
        if count := sum(isinstance(outcome, kind) for _, outcome in summary.outcomes):
            yield f"{count:,} {word}."
    if summary.not_reached:
        yield f"{len(summary.not_reached):,} not reached: {name_rows(summary.not_reached)}."


_DECIDED: Final = {
    "described": "described in words and not filed",
    "returned": "rejected, nothing kept",
    "held": "on a safeguarding hold, left as it is",
    "quarantined": "set aside until somebody decides, left as it is",
}
"""What is said of photos that are not filed because somebody decided that."""


def _is_undone(outcome: Outcome) -> bool:
    return isinstance(outcome, Failed | Refused)


def _not_filed(items: Sequence[Item]) -> str:
    which = f": {name_rows([item.row for item in items])}" if items[0].row else ""
    return f"{len(items):,} not filed{which}"


def _in_mail_account(summary: Summary, *, is_table: bool) -> Iterator[str]:
    """Yield which messages an export's account still has: deleting them is the person's to do.

    A few are named. Of many, or of a table's, the command is that lists them, unless their mailbox is gone.
    """
    messages = summary.messages()
    if not messages:
        return
    count = "1 message is" if len(messages) == 1 else f"{len(messages):,} messages are"
    gone = {cleared.path for cleared in summary.cleared if cleared.erasure}
    is_listed = not gone.intersection(source.export.path for source in messages)
    if is_listed and (is_table or len(messages) > MAX_MESSAGES_NAMED):
        yield f"{count} still in the mail account; list: {_listing(summary)}"
        yield _TICK_OFF
        return
    yield f"{count} still in the mail account: delete {'it' if len(messages) == 1 else 'them'} there too."
    for source in messages:
        yield f"  {message_name(source)}  {source.attachment.message.message_id}".rstrip()
    yield _TICK_OFF


def _listing(summary: Summary) -> str:
    """Spell the command that lists the messages that photos were taken out of."""
    erased = [item for item, _ in summary.erasures()]
    names = {
        item.named if item.row else str(item.source.export.path) for item in erased if isinstance(item.source, MailPart)
    }
    if len(names) > MAX_EXPORTS_NAMED:
        return f"imgfile scan MAILBOX --filed, for each of the {len(names):,} mailboxes"
    from imgfile.cli.formats import shell_quoted  # noqa: PLC0415 - only where mailboxes are named

    return f"imgfile scan {' '.join(map(shell_quoted, sorted(names)))} --filed"


def _cleaned_up(summary: Summary) -> Iterator[str]:
    """Yield what became of further copies, and of whole exports."""
    for copy, attempt in summary.copies:
        place = f"message {copy.source.attachment.message.number} of {copy.source.export.path.name}"
        if attempt.erasure:
            yield erased_sentence(f"the copy in {place}", attempt.erasure)
    for cleared in summary.cleared:
        if cleared.erasure:
            yield erased_sentence(f"all of {cleared.path.name}{_lost(cleared)}", cleared.erasure)


def _lost(cleared: Cleared) -> str:
    """Return how much of an erased export is in no record."""
    photos, parts = cleared.unfiled or 0, cleared.unsearched or 0
    lost = [f"{'1 photo that is' if photos == 1 else f'{photos:,} photos that are'} in no record"] * bool(photos)
    lost += [f"{'1 part that was' if parts == 1 else f'{parts:,} parts that were'} not looked into"] * bool(parts)
    return f", with {' and '.join(lost)}" if lost else ""


def name_rows(rows: Sequence[int]) -> str:
    """Name rows of a table, the first of them."""
    first = ", ".join(map(str, rows[:MAX_ROWS_NAMED]))
    more = f" and {len(rows) - MAX_ROWS_NAMED:,} more" if len(rows) > MAX_ROWS_NAMED else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {first}{more}"


def remaining(summary: Summary) -> Iterator[Error]:
    """Yield what can still be read, where it should not: exports and copies that are left."""
    yield from (cleared.remains for cleared in summary.cleared if cleared.remains)
    yield from (attempt.remains for _, attempt in summary.copies if attempt.remains)
    if summary.residue:
        from imgfile.cli.ingest.residue import residue_error  # noqa: PLC0415 - few runs leave any

        yield from (residue_error(residue, erases_copies=summary.erases_copies) for residue in summary.residue)


# --- for scripts (docs/reference/json.md) ---------------------------------------------------------------


def summary_facts(summary: Summary, code: int) -> dict[str, object]:
    """Sum a run up for a script; a list that would be empty is left out."""
    words = Counter(word_of(outcome) for _, outcome in summary.outcomes)
    erased = summary.erasures()
    levels = Counter(erasure.evidence.name for _, erasure in erased)
    lists = {
        "evidence": dict(sorted(levels.items())),
        "in_account": [message_facts(source) for source in summary.messages()],
        "out_of_reach": summary.out_of_reach(),
        "copies": [_copy_facts(copy, attempt) for copy, attempt in summary.copies],
        "residue": _residue_facts(summary),
        "exports": list(map(_cleared_facts, summary.cleared)),
    }
    filled = {name: facts for name, facts in lists.items() if facts}
    return {
        "type": "summary",
        **{word: words[word] for word in _COUNTED},
        **{word: words[word] for word in _SELDOM_COUNTED if words[word]},
        "erased": len(erased),
        **({"not_reached": len(summary.not_reached)} if summary.not_reached else {}),
        **filled,
        **(summary.passed_over.counts() if summary.passed_over else {}),
        "exit": code,
    }


def _copy_facts(copy: Copy, attempt: Attempt) -> dict[str, object]:
    facts = {"source": str(copy.source.export.path), **part_facts(copy.source), **erasure_facts(attempt.erasure)}
    return facts | (error_facts(attempt.remains) if attempt.remains else {})


def _residue_facts(summary: Summary) -> list[dict[str, object]]:
    if not summary.residue:
        return []
    from imgfile.cli.ingest.residue import residue_facts  # noqa: PLC0415 - see above

    return [facts for residue in summary.residue for facts in residue_facts(residue)]


def _cleared_facts(cleared: Cleared) -> dict[str, object]:
    lost = {"unfiled": cleared.unfiled, "unsearched": cleared.unsearched}
    facts = {
        "source": str(cleared.path),
        "records": list(cleared.records),
        **{name: count for name, count in lost.items() if count is not None},
        **erasure_facts(cleared.erasure),
    }
    return facts | (error_facts(cleared.remains) if cleared.remains else {})
