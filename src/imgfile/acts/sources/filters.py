"""Which photos of a mailbox somebody asked for: by sender, subject, day, message id, or size in pixels.

What a message or a photo does not say counts for it: one without a date may be new, one that cannot be read may be
large. So nothing is passed over because of what is not known.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from imgfile.frozen import dataclass, field

if TYPE_CHECKING:
    from imgfile.mail.model import Message


class Mismatch(StrEnum):
    """The first criterion that a photo does not meet."""

    SENDER = "sender"
    SUBJECT = "subject"
    SINCE = "since"
    UNTIL = "until"
    MESSAGE_ID = "message_id"
    MIN_PIXELS = "min_pixels"


@dataclass(frozen=True, slots=True)
class Criteria:
    """What was asked for; what is None was not."""

    sender: str | None = field(default=None, repr=False)
    """Part of the sender's address, in any case."""
    subject: str | None = field(default=None, repr=False)
    """Part of the subject, in any case."""
    since: date | None = None
    until: date | None = None
    """The first and the last day, by this computer's clock."""
    message_id: str | None = field(default=None, repr=False)
    """With or without its angle brackets."""
    min_pixels: int | None = None
    """Width times height, at least."""

    def mismatch(self, message: Message) -> Mismatch | None:
        """Return what of a message is not what was asked for; None when all of it is."""
        if self.sender and self.sender.casefold() not in message.sender.casefold():
            return Mismatch.SENDER
        if self.subject and self.subject.casefold() not in message.subject.casefold():
            return Mismatch.SUBJECT
        if self.message_id is not None and _bare(self.message_id) != _bare(message.message_id):
            return Mismatch.MESSAGE_ID
        sent = message.sent_at.astimezone().date() if message.sent_at else None
        if sent and self.since and sent < self.since:
            return Mismatch.SINCE
        return Mismatch.UNTIL if sent and self.until and sent > self.until else None

    def is_too_small(self, width: int, height: int) -> bool:
        """Return whether a photo has fewer pixels than were asked for."""
        return self.min_pixels is not None and width * height < self.min_pixels


EVERYTHING: Final = Criteria()
"""Nothing in particular was asked for."""


def _bare(message_id: str) -> str:
    return message_id.strip().strip("<>")
