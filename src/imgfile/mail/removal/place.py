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
    """One place: its offset in bytes, how it belongs, and the message's number from 1, or 0 for none."""

    offset: int
    lies: Lies
    message: int = 0
