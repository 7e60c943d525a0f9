"""A mailbox export, opened: what it is, how many messages it has, and every photo in it.

What kind of mailbox a file is, its bytes decide. Memory stays flat whatever its size: nothing is kept of a
message once it is walked.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from imgfile.errors import UnreadableMail
from imgfile.files import FileIdentity, opened_source
from imgfile.mail.attachments import Attachment, Unsearched
from imgfile.mail.mapping import Mapping
from imgfile.mail.mbox import Span, find_messages, is_mbox
from imgfile.mail.search import search_message

PREFIX_BYTES: Final = 16 << 10
"""How much of a file decides whether it is mail."""

_FIELDS: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:[ \t\r]*+\n){0,20}+((?:[!-9;-~]{1,80}[ \t]*:[^\n]*+(?:\n|\Z)(?:[ \t][^\n]*+(?:\n|\Z))*+)++)"
)
_MAIL_FIELD: Final = re.compile(
    rb"^(?:from|to|subject|date|received|return-path|delivered-to|message-id|mime-version|content-type"
    rb"|x-mozilla-status|x-gm-thrid)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)

Progress = Callable[[int, int], None]
"""Called with bytes walked and bytes in all."""


class Container(StrEnum):
    """A kind of mailbox file."""

    EML = "eml"
    """One message, as RFC 5322 has it."""
    MBOX = "mbox"


class Export:
    """An open mailbox file. Its attachments can be read until it is closed."""

    def __init__(self, path: Path, container: Container, view: Mapping) -> None:
        self.path = path
        self.container = container
        self.view = view

    @property
    def identity(self) -> FileIdentity:
        """Which file this is, as it was when it was opened."""
        return self.view.identity

    def count_messages(self) -> int:
        """Count the messages: one walk over the separators."""
        return sum(1 for _ in self._messages())

    def scan(self, progress: Progress | None = None) -> Iterator[Attachment | Unsearched]:
        """Yield every photo and every part that was not searched. Raises `SourceChanged` when the file changes."""
        total = len(self.view)
        for span in self._messages():
            yield from search_message(self.view, span)
            self.view.release(span.end)
            if progress is not None:
                progress(span.end, total)
        self.view.refuse_change()

    def attachments(self, progress: Progress | None = None) -> Iterator[Attachment]:
        """Yield every photo, in the order of the bytes."""
        return (found for found in self.scan(progress) if isinstance(found, Attachment))

    def _messages(self) -> Iterator[Span]:
        self.view.rewind()
        if self.container is Container.MBOX:
            return find_messages(self.view)
        return iter((Span(1, 0, len(self.view)),))


def is_mail(prefix: bytes) -> bool:
    """Say whether a file that begins with these bytes (`PREFIX_BYTES` suffice) is a mailbox rather than a photo."""
    return _container(prefix) is not None


def _container(prefix: bytes) -> Container | None:
    if is_mbox(prefix):
        return Container.MBOX
    fields = _FIELDS.match(prefix)
    return Container.EML if fields and _MAIL_FIELD.search(fields[1]) else None


@contextlib.contextmanager
def open_export(path: Path) -> Iterator[Export]:
    """Open a mailbox file to read. Raises `SourceUnavailable`, or `UnreadableMail` when it is none."""
    with opened_source(path) as descriptor:
        if not FileIdentity.of(descriptor).size:
            raise UnreadableMail(f"{path} is empty.", "Export the mailbox again.")
        view = Mapping(descriptor)
        try:
            container = _container(view.slice(0, PREFIX_BYTES))
            if container is None:
                raise UnreadableMail(f"{path} is no mailbox that imgfile knows.", "Export it as .eml or mbox.")
            yield Export(path, container, view)
        finally:
            view.close()
