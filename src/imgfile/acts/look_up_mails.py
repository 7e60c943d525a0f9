"""Looking up, in a mailbox, who sent the mails that wait to be ticked off, and about what: neither is remembered.

A mail is found by its photos, or by what stands in the place of those that were taken out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from imgfile.acts.filed_mails import MailMemory
from imgfile.acts.sources.find import find
from imgfile.acts.sources.found import Scope
from imgfile.acts.sources.source import MailPart
from imgfile.errors import UnreadableMail

if TYPE_CHECKING:
    from imgfile.mail.model import Message


def look_up(memory: MailMemory, mailbox: str, scope: Scope) -> dict[str, Message]:
    """Return the messages of a mailbox that photos are in, or were taken out of, by their keyed digests.

    Nothing is changed. Raises what keeps the mailbox from being read.
    """
    looking = replace(scope, only_looks=True, with_logos=True, is_recursive=True)
    return {digest: message for message in _messages(mailbox, looking) for digest in memory.digests(message)}


def _messages(mailbox: str, scope: Scope) -> Iterator[Message]:
    for seeks in (False, True):
        with ExitStack() as held:
            found = find([mailbox], replace(scope, seeks_taken_out=seeks), held)
            for _, error in found.failures:
                raise error
            if not found.mailboxes:
                raise UnreadableMail(f"{mailbox} is no mailbox.", "Give an export, a mailbox file or a folder of them.")
            for photo in found.photos:
                if isinstance(photo.source, MailPart):
                    yield photo.source.attachment.message
            yield from (each.message for box in found.mailboxes for each in box.taken_out)
