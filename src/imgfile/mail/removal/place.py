"""How some bytes of a mailbox belong to its messages, as facts: telling them needs none of the code that finds them."""

from __future__ import annotations

from enum import StrEnum

from imgfile.frozen import dataclass


class Lies(StrEnum):
    """How some bytes belong to the messages of a mailbox."""

    IN_MESSAGE = "in a message"
    IN_DELETED = "in a deleted message"
    OUTSIDE = "outside any message"
    UNTOLD = "in a file that is no text"


@dataclass(frozen=True, slots=True)
class Where:
    """One place: how it belongs, and the message's number from 1, or 0 for none."""

    offset: int | None
    """In bytes of the file; None where it has none of its own, as in an archive."""
    lies: Lies
    message: int = 0
    part: str = ""
    """Which part of the message it is, or lies in; empty where that is not known."""
    remains: str = ""
    """Why it cannot be taken out; empty where it can, or where that is not known."""

    @property
    def can_go(self) -> bool:
        """Return whether it is the very same photo, as a part that can be taken out."""
        return bool(self.part) and not self.remains
