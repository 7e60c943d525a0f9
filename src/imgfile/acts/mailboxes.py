"""The photos in one mailbox export, newest first, without the likely logos and what is older than was asked for.

The mailbox is held (see `mail.locks`) and stays open until all of its photos are done.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from imgfile.acts.finding import Found, Mailbox, Scope
from imgfile.acts.sources import MailPart
from imgfile.errors import SourceInUse, UnreadableMail
from imgfile.mail.attachments import Attachment, Unsearched
from imgfile.mail.export import container_of, open_export
from imgfile.mail.locks import hold

LIKELY_LOGO_MAX_BYTES: Final = 12_000
"""An inline picture smaller than this is most likely a signature's logo; `--all` takes it all the same."""


def find_in_mailbox(path: Path, scope: Scope, held: ExitStack, found: Found) -> bool:
    """Find the photos of a mailbox; False, and nothing done, when the file is none by its bytes."""
    if container_of(path) is None:
        return False
    _hold(path, scope, held)
    export = held.enter_context(open_export(path))
    box = Mailbox(path, messages=export.count_messages())
    photos: list[Attachment] = []
    with scope.watch(path) as progress:
        for item in export.scan(progress):
            if isinstance(item, Unsearched):
                box.unsearched.append(item)
            elif _is_wanted(item, scope, box):
                photos.append(item)
    found.mailboxes.append(box)
    parts = [MailPart(export, item) for item in sorted(photos, key=_newest_first)]
    if scope.part is not None:
        parts = [part for part in parts if part.part == scope.part]
        if not parts:
            raise UnreadableMail(f"{path} has no photo at part {scope.part}.", "List its photos without --part.")
    found.sources.extend(parts)
    return True


def _hold(path: Path, scope: Scope, held: ExitStack) -> None:
    while True:
        try:
            held.enter_context(hold(path))
        except SourceInUse as error:
            if scope.wait is None:
                raise
            scope.wait(error)
        else:
            return


def _is_wanted(item: Attachment, scope: Scope, box: Mailbox) -> bool:
    """Tell whether to ask about an image, and count it."""
    box.images += 1
    if scope.part is not None:
        return True
    if not scope.with_logos and item.is_inline and item.size < LIKELY_LOGO_MAX_BYTES:
        box.likely_logos += 1
        return False
    sent = item.message.sent_at
    if scope.since and sent and sent.astimezone().date() < scope.since:
        box.sent_before += 1
        return False
    return True


def _newest_first(item: Attachment) -> float:
    sent = item.message.sent_at or datetime(1970, 1, 1, tzinfo=UTC)
    return -sent.timestamp()
