"""A mailbox file, opened: what it is, how many messages it has, and every photo in it.

What kind of mailbox a file is, its bytes decide. Memory stays flat whatever its size: nothing is kept of a
message once it is walked. Many exports may be open in a run (a Maildir has one for each message), so none needs to
stay open: what was found in one can be read afterwards all the same, as long as it is the same file.
"""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from imgfile.errors import SourceChanged, UnreadableMail
from imgfile.files import FileIdentity, opened_source, read_at, reading
from imgfile.mail.budget import Budget
from imgfile.mail.detect import PREFIX_BYTES, Container, recognise_container
from imgfile.mail.model import Attachment, TakenOut, Unsearched
from imgfile.mail.search import search_mailbox
from imgfile.mail.view import Mapping
from imgfile.mail.wrapping import Account, Content

Progress = Callable[[int, int], None]
"""Called with bytes walked and bytes in all."""
_REPORT_EVERY_BYTES: Final = 1 << 20
_READINGS: Final = 8
"""So many times as much as a walk may unpack, for each photo is read by itself, several times in a run."""


class Export:
    """A mailbox file that was opened; its attachments can be read as long as it is the same file."""

    def __init__(self, path: Path, container: Container, identity: FileIdentity) -> None:
        self.path = path
        self.container = container
        self.identity = identity
        """Which file this is, as it was when it was opened."""
        self.messages = 0
        """How many messages the last scan came past; all of them when it has ended."""
        self._budget = Budget(identity.size, times=_READINGS)
        """Of what is unpacked to read its photos, one by one."""
        self.sizes: array[int] | None = None
        """How long each picture is that the last scan found; None before it has ended."""
        self.account = Account()
        """How many parts the last scan came past, by what became of each."""
        self.attached: dict[int, tuple[str, ...]] = {}
        """Of each message with pictures, by its number, which harmless files are attached too: texts, invitations."""

    def scan(
        self, progress: Progress | None = None, *, holds_copy: Callable[[bytes], bool] | None = None
    ) -> Iterator[Attachment | Unsearched]:
        """Yield every photo, and what is absent or was not looked into. Raises `SourceChanged` when it changes.

        Texts of which `holds_copy` says so are reported as copies.
        """
        return self._counted(self._search(progress, holds_copy=holds_copy))

    def _counted(self, found: Iterator[Attachment | Unsearched | TakenOut]) -> Iterator[Attachment | Unsearched]:
        """Yield what was found, and keep how long the pictures are."""
        self.sizes, sizes = None, array("Q")
        for one in found:
            if isinstance(one, Attachment):
                sizes.append(one.size)
            if not isinstance(one, TakenOut):
                yield one
        self.sizes = sizes

    def scan_everywhere(self, progress: Progress | None = None) -> Iterator[Attachment | Unsearched]:
        """Scan, and look through texts, headers and what lies outside the parts to the last byte.

        That is for an export that is to go. Raises `SourceChanged` when the file changes.
        """
        found = self._search(progress, looks_everywhere=True)
        return (one for one in found if not isinstance(one, TakenOut))

    def attachments(self, progress: Progress | None = None) -> Iterator[Attachment]:
        """Yield every photo, in the order of the bytes."""
        return (found for found in self.scan(progress) if isinstance(found, Attachment))

    def taken_out(self, progress: Progress | None = None) -> Iterator[TakenOut]:
        """Yield every place that a filed photo was taken out of. Raises `SourceChanged` when the file changes."""
        return (found for found in self._search(progress, seeks_taken_out=True) if isinstance(found, TakenOut))

    def _search(
        self,
        progress: Progress | None,
        *,
        seeks_taken_out: bool = False,
        looks_everywhere: bool = False,
        holds_copy: Callable[[bytes], bool] | None = None,
    ) -> Iterator[Attachment | Unsearched | TakenOut]:
        self.messages = reported = pictures = 0
        self.attached = {}
        with self.opened() as view:
            view.budget = Budget(len(view))

            def walked(end: int) -> None:
                nonlocal reported, pictures
                self.messages += 1
                account = content.account
                if account.attached and account.pictures > pictures:
                    self.attached[self.messages] = tuple(account.attached)
                pictures = account.pictures
                account.attached.clear()
                view.release(end)
                if progress is not None and (end - reported >= _REPORT_EVERY_BYTES or end == len(view)):
                    reported = end
                    progress(end, len(view))

            content = Content(
                view,
                self.opened,
                seeks_taken_out=seeks_taken_out,
                looks_everywhere=looks_everywhere,
                holds_copy=holds_copy,
            )
            self.account = content.account
            yield from search_mailbox(content, self.container, walked=walked)
            view.refuse_change()

    @property
    def is_read_only(self) -> bool:
        """Whether no photo can be taken out in place: an archive is to be unpacked first, a data file erased whole."""
        return self.container in {Container.ZIP, Container.GZIP, Container.PST}

    @contextlib.contextmanager
    def opened(self) -> Iterator[Mapping]:
        """Open the file; only its time may be newer than it was. Raises `SourceUnavailable` or `SourceChanged`."""
        with opened_source(self.path) as descriptor:
            with reading(self.path):
                found = FileIdentity.of(descriptor)
                if replace(found, mtime_ns=0, links=0) != replace(self.identity, mtime_ns=0, links=0):
                    raise _changed()
                view = Mapping(descriptor)
                view.budget = self._budget
            try:
                yield view
            finally:
                view.close()


@contextlib.contextmanager
def open_export(path: Path) -> Iterator[Export]:
    """Open a mailbox file to read. Raises `SourceUnavailable`, or `UnreadableMail` when it is none."""
    with opened_source(path) as descriptor, reading(path):
        identity = FileIdentity.of(descriptor)
        if not identity.size:
            raise UnreadableMail(f"{path} is empty.", "Export the mailbox again.")
        container = _container(descriptor)
    if container is None:
        raise UnreadableMail(f"{path} is no mailbox that imgfile knows.", "Export it as .eml, .msg or mbox.")
    yield Export(path, container, identity)


def container_of(path: Path) -> Container | None:
    """Return what kind of mailbox a file is; None when it is none. Raises `SourceUnavailable`."""
    with opened_source(path) as descriptor, reading(path):
        return _container(descriptor) if FileIdentity.of(descriptor).size else None


def _container(descriptor: int) -> Container | None:
    """Decide by a file's first bytes, and by the directory of one that may be an Outlook message."""
    container = recognise_container(read_at(descriptor, 0, PREFIX_BYTES))
    if container is not Container.MSG:
        return container
    from imgfile.mail.outlook.msg import open_message

    view = Mapping(descriptor)
    try:
        return Container.MSG if open_message(view) else None
    except UnreadableMail:
        return None
    finally:
        view.close()


def _changed() -> SourceChanged:
    return SourceChanged("the mailbox is not the file any more that was read.", "Run the same command again.")
