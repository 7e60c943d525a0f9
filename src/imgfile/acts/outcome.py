"""What became of each photo, as values; and what one run of several comes to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TypeAlias, assert_never

from imgfile.clinical.codes import Code
from imgfile.clinical.proofs import Erasure
from imgfile.clinical.vocabulary import Disposition
from imgfile.errors import BatchIncomplete, Damaged, Error, NotWritable, RefusedByRule, SourceRemains
from imgfile.frozen import dataclass, field

OK = 0


class Since(Code):
    """What holds of the record of a photo that is filed already, whichever computer stated it (R9, R18, R24)."""

    WITHDRAWN = "withdrawn", "consent was withdrawn: its use is stopped"
    LEGAL_HOLD = "legal_hold", "under a legal hold"
    INTIMATE = "intimate", "it counts as intimate since"


def in_brackets(since: Sequence[Since]) -> str:
    """Return what holds of a record in words, to follow its reference; nothing where it is as it was filed."""
    return f" ({'; '.join(each.label for each in since)})" if since else ""


@dataclass(frozen=True, slots=True)
class Filed:
    """Filed and proven. `erasure` is None when the source was to be kept, or was standard input."""

    reference: str
    is_new: bool
    """False: it had been filed before, and the stored copy was proven again."""
    reached: str
    """How far the read-back reached: `device`, `reopened` or `manifest`."""
    is_item: bool = False
    """Whether it waits in the inbox, and is no record yet."""
    since: tuple[Since, ...] = ()
    """What holds of the record, of a photo that is filed already."""
    follows: str | None = None
    erasure: Erasure | None = None
    remains: Error | None = None
    """Why the source can still be read, where erasing it failed; or why the trail does not say that it is erased."""
    warnings: tuple[str, ...] = ()
    """What stripping it lost besides metadata; what rules remark on, and what of it is in no record, where nobody at a
    terminal has seen that: in sentences for a person."""
    handed_over: str | None = None
    """The page that was handed over; empty where that was wanted and is not so, None where nobody wanted it."""
    hand_over_failure: Error | None = None
    """What went wrong there. That a rule keeps a photo from being handed over is a warning, and no failure."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A dry run found nothing against filing it."""

    warnings: tuple[str, ...] = ()
    """As of one that is filed."""
    remains: Error | None = None
    """Why its source would not be erased."""
    since: tuple[Since, ...] = ()
    """As of one that is filed."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Somebody chose to leave it."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A table's row without an action: left alone, and counted."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A clinical rule forbids it. The source is untouched."""

    error: RefusedByRule


@dataclass(frozen=True, slots=True)
class Failed:
    """It was not filed, for a reason that is no rule. The source is untouched."""

    error: Error
    warnings: tuple[str, ...] = ()
    """What is known of the photo besides: that it is filed for somebody else."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """What became of a whole export that was to go. Without an erasure, `remains` says why it is still there."""

    path: Path
    records: tuple[str, ...] = ()
    """References of those whose photos stood in it to the end."""
    unfiled: int | None = None
    """Photos in it that are in no record; with `unsearched`, lost where it is erased. None where that is not known."""
    unsearched: int | None = None
    erasure: Erasure | None = None
    remains: Error | None = None


@dataclass(frozen=True, slots=True)
class NotFiled:
    """Somebody decided that it is not filed: described in words, or returned. `erasure` is None where it stays."""

    how: Disposition
    erasure: Erasure | None = None
    remains: Error | None = None
    """Why the source can still be read, where erasing it failed; or why the trail does not say that it is erased."""
    text: str = ""
    """What may be sent to whoever sent it."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """It is left alone, on a safeguarding hold or until somebody decides. The source is untouched."""

    how: Disposition
    error: RefusedByRule
    until: date | None = None
    """The day by which somebody should have decided; None for a hold."""
    item: str = ""
    """The reference of its sealed copy in the inbox; empty where nothing was copied."""


Outcome: TypeAlias = Filed | Ready | Skipped | Undecided | Refused | Failed | NotFiled | SetAside


@dataclass(frozen=True, slots=True)
class Tally:
    """The outcomes of one run, in the order of its photos."""

    outcomes: tuple[Outcome, ...] = field(default=())
    has_copies: bool = False
    """A mailbox still holds a copy of a photo that was taken out of it, or a copy beside a photo could not go."""
    cleared: tuple[Cleared, ...] = ()
    """The exports that were to go whole."""
    is_incomplete: bool = False
    """Something was left out that nobody decided about."""

    def count(self, kind: type[Outcome]) -> int:
        """Count the outcomes of a kind."""
        return sum(isinstance(outcome, kind) for outcome in self.outcomes)

    @property
    def exit_code(self) -> int:
        """One photo gives its own code; several give 3 if any is not filed, already filed or skipped.

        So does what imgfile itself left out, where nothing else went wrong.
        """
        codes = [exit_code(outcome) for outcome in self.outcomes]
        is_several = len(codes) > 1
        if any(code not in {OK, SourceRemains.exit_code} for code in codes):
            return BatchIncomplete.exit_code if is_several else codes[0]
        left = [SourceRemains.exit_code] * self.has_copies
        code = max([*codes, *left, *map(_export_code, self.cleared)], default=OK)
        return BatchIncomplete.exit_code if code == OK and self.is_incomplete else code


def _export_code(cleared: Cleared) -> int:
    """Return the exit code of an export that was to go: as of a photo that is filed."""
    if cleared.erasure is None:
        return SourceRemains.exit_code
    return exit_code(Filed("", is_new=False, reached="", erasure=cleared.erasure, remains=cleared.remains))


def exit_code(outcome: Outcome) -> int:
    """Return the exit code of one photo's outcome."""
    match outcome:
        case (
            Filed(hand_over_failure=Error() as failure)
            | Filed(remains=NotWritable() | Damaged() as failure)
            | NotFiled(remains=NotWritable() | Damaged() as failure)
        ):
            return failure.exit_code
        case Filed(remains=None, erasure=erasure) | NotFiled(remains=None, erasure=erasure):
            return SourceRemains.exit_code if erasure is not None and erasure.evidence == 0 else OK
        case Ready(remains=None) | Skipped():
            return OK
        case Filed() | Ready() | NotFiled():
            return SourceRemains.exit_code
        case Refused(error=error) | Failed(error=error) | SetAside(error=error):
            return error.exit_code
        case Undecided():
            return BatchIncomplete.exit_code
        case _:
            assert_never(outcome)
