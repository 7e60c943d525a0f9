"""Which pictures in mail are most likely logos: small ones within the text, and those that come in many mails.

What somebody attached is no logo, however small and however often it came; nor is a JPEG as large as a camera makes
one; nor is what is larger than any logo. A picture is known by its digest alone, so that a mailbox of any size costs a
few bytes for each picture in it. A reply counts for the conversation that it belongs to: a photo that is quoted in
every answer is no logo. What is marked here is counted and reported, never passed over in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imgfile.acts.sources.look import look_at
from imgfile.clinical.proofs import Digest, MediaType
from imgfile.errors import Error

if TYPE_CHECKING:
    from imgfile.acts.sources.source import MailPart
    from imgfile.mail.model import Message

INLINE_LOGO_MAX_BYTES: Final = 12_000
"""An inline picture smaller than this is most likely a signature's logo."""
REPEATED_LOGO_MAX_BYTES: Final = 256_000
"""A larger picture is no logo, and is not read to see whether it comes again."""
MANY_CONVERSATIONS: Final = 3
CAMERA_PIXELS: Final = 320 * 240
"""From here on a JPEG may be a photo: phones and mail programs shrink none further."""

_REPLY: Final = re.compile(r"\s*(?:(?:re|fwd?|aw|wg|sv|vs|antw|tr|rv|odp)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
"""What mail programs put before the subject of an answer or a forwarded mail, in the languages round about."""


def may_be_logo(part: MailPart) -> bool:
    """Return whether a picture in mail can be a logo at all: it stands in the text, and is no camera's JPEG."""
    item = part.attachment
    return item.is_inline and item.size <= REPEATED_LOGO_MAX_BYTES and not _is_cameras(part)


def _is_cameras(part: MailPart) -> bool:
    try:
        seen = look_at(part).glance
    except Error:  # whoever reads it to file it will report that
        return False
    return seen is not None and seen.media_type is MediaType.JPEG and seen.width * seen.height >= CAMERA_PIXELS


@dataclass(slots=True)
class _Comings:
    """In how many messages a picture came, and in which conversations, as far as that matters."""

    messages: int = 0
    last: tuple[Path, int] | None = None
    conversations: set[str] = field(default_factory=set)


class Repeats:
    """How often each picture of a run came."""

    def __init__(self) -> None:
        self._comings: dict[Digest, _Comings] = {}

    def note(self, digest: Digest, mailbox: Path, message: Message) -> None:
        """Note a picture, in the order of the mailbox: twice in one message is once."""
        comings = self._comings.setdefault(digest, _Comings())
        place = mailbox, message.number
        if comings.last == place:
            return
        comings.last = place
        comings.messages += 1
        if len(comings.conversations) < MANY_CONVERSATIONS:
            comings.conversations.add(_conversation(mailbox, message))

    def messages(self, digest: Digest) -> int:
        """Count the messages that a picture came in."""
        return self._comings[digest].messages

    def is_in_many_mails(self, digest: Digest) -> bool:
        """Return whether a picture came in so many conversations that it is nobody's photo."""
        return len(self._comings[digest].conversations) >= MANY_CONVERSATIONS


def _conversation(mailbox: Path, message: Message) -> str:
    reply = _REPLY.match(message.subject)
    if reply:
        return f"re:{message.subject[reply.end() :].casefold()}"
    return message.message_id or f"{mailbox} {message.number}"
