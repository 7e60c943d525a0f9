"""What `verify` can find, as values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final, TypeAlias

from imgfile.errors import Damaged, NotWritable
from imgfile.frozen import dataclass

ACCEPTED: Final = "It was lost in a restore, and an administrator accepted that."
"""What is said of what is `lost`."""


class Weight(StrEnum):
    """What a finding means for the vault."""

    NOTICE = "notice"
    """Nothing is wrong, and nothing needs to be done."""
    WARNING = "warning"
    """The vault is sound; somebody should look all the same."""
    DAMAGE = "damage"
    """The vault is not sound."""


class Kind(StrEnum):
    """What is wrong with something in a vault."""

    DAMAGED = "damaged"
    """It is there, and not what was signed."""
    MISSING = "missing"
    """A signed statement names it, and it is not there."""
    UNEXPECTED = "unexpected"
    """It has a name of the vault's, and no signed statement accounts for it."""
    FOREIGN = "foreign"
    """It has no name of the vault's: another program, or a person, put it there, and nothing reads it."""
    LITTER = "litter"
    """It is what an operating system, a file server or a sync program makes unasked."""
    CUT = "cut"
    """An audit trail ends before a note that somebody has seen."""
    UNFINISHED = "unfinished"
    """What a run that died left behind: it means nothing, or running the same command again completes it."""
    DUPLICATE = "duplicate"
    """One photo is filed twice for one patient, as two computers filing at the same moment can do."""

    LOST = "lost"
    """It is named and not there since a backup was restored, and an administrator accepted that."""
    OLD_KEY = "old-key"
    """It was filed to a key that somebody holds who had been removed by then."""

    CLOSED = "closed"
    """It does not open with the identities given, whose holders had left before it was sealed."""
    REMAINS = "remains"
    """A key of what is gone: a run died before it removed it, or an older copy of the keys was put back."""

    @property
    def weight(self) -> Weight:
        """What a finding of this kind means."""
        match self:
            case Kind.UNFINISHED | Kind.LITTER | Kind.LOST | Kind.CLOSED:
                return Weight.NOTICE
            case Kind.DUPLICATE | Kind.FOREIGN | Kind.OLD_KEY | Kind.REMAINS:
                return Weight.WARNING
            case _:
                return Weight.DAMAGE

    @property
    def is_damage(self) -> bool:
        """Whether the vault is not sound."""
        return self.weight is Weight.DAMAGE


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: its kind, where in the vault (a name relative to its folder), and a sentence."""

    kind: Kind
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A finding that somebody who files at this very moment may undo: it counts if it still holds a little later."""

    finding: Finding
    holds: Callable[[], bool]
    """Looks again. May raise `Damaged`: then it holds."""


Found: TypeAlias = Finding | Doubt


def caught(where: str, inner: Iterator[Found]) -> Iterator[Found]:
    """Yield what a check finds; what keeps it from going on is a finding too, and no other check's end."""
    try:
        yield from inner
    except (Damaged, NotWritable) as error:  # nothing is written here: the keys' own folder can be away
        yield Finding(Kind.DAMAGED, where, error.message)


def settled(found: Iterator[Found]) -> Iterator[Finding]:
    """Yield findings; of those in doubt, after everything else and as long as a share shows late, what still holds."""
    doubts = []
    for each in found:
        if isinstance(each, Doubt):
            doubts.append(each)
        else:
            yield each
    if doubts:
        from imgfile.vault.store import patience  # noqa: PLC0415 - where nothing is in doubt nobody waits

        patience.until(lambda: all(map(_is_gone, doubts)), patience.SHOWING_SECONDS)
    for doubt in doubts:
        if not _is_gone(doubt):
            yield doubt.finding


def _is_gone(doubt: Doubt) -> bool:
    """Return whether a finding was undone; what cannot be looked at any more was not."""
    try:
        return not doubt.holds()
    except (Damaged, NotWritable):
        return False
