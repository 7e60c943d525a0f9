"""What `verify` can find, as values."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from imgfile.errors import Damaged
from imgfile.frozen import dataclass


class Kind(StrEnum):
    """What is wrong with something in a vault. Only `UNFINISHED` and `DUPLICATE` leave the vault sound."""

    DAMAGED = "damaged"
    """It is there, and not what was signed."""
    MISSING = "missing"
    """A signed statement names it, and it is not there."""
    UNEXPECTED = "unexpected"
    """No signed statement accounts for it."""
    CUT = "cut"
    """An audit trail ends before a note that somebody has seen."""
    UNFINISHED = "unfinished"
    """What a run that died left behind: it means nothing, or running the same command again completes it."""
    DUPLICATE = "duplicate"
    """One photo is filed twice for one patient, as two computers filing at the same moment can do."""

    @property
    def is_damage(self) -> bool:
        """Return whether the vault is not sound."""
        return self not in {Kind.UNFINISHED, Kind.DUPLICATE}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: its kind, where in the vault (a name relative to its folder), and a sentence."""

    kind: Kind
    where: str
    message: str


def caught(where: str, inner: Iterator[Finding]) -> Iterator[Finding]:
    """Yield what a check finds; what keeps it from going on is a finding too, and no other check's end."""
    try:
        yield from inner
    except Damaged as error:
        yield Finding(Kind.DAMAGED, where, error.message)
