"""What photos lie wrapped in within a mailbox file, and how a change within becomes a change without.

A base64-coded message, a winmail.dat, a file in an Outlook message: each holds bytes that are searched like a file
of their own, and each may lie in another. Every format's module has its own wrapping; all of them keep the length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol

from imgfile.frozen import dataclass, field
from imgfile.mail.view import View

MAX_WRAPPINGS: Final = 6
"""How deep wrappings are opened within each other; a forwarded mail in a winmail.dat in a mail has four."""
MAX_WRAPPED_BYTES: Final = 48 << 20
"""How long a wrapped message or file may be to be opened in memory; mail servers take mails of about 35 MB."""


@dataclass(frozen=True, slots=True)
class Edit:
    """New bytes in the place of as many old ones."""

    offset: int
    text: bytes = field(repr=False)

    @property
    def end(self) -> int:
        """Where the bytes after it begin."""
        return self.offset + len(self.text)


class Wrapping(Protocol):
    """One layer around a photo: a frozen fact about where it lies in what holds it."""

    def open(self, outer: View) -> View:
        """Return the bytes within. Raises `UnreadableMail` when they cannot be had."""

    def lift(self, outer: View, edits: Sequence[Edit]) -> list[Edit]:
        """Turn edits of the bytes within into edits of the outer ones. Raises `UnreadableMail` when that cannot be."""


Opener = Callable[[], AbstractContextManager[View]]
"""Opens the outermost bytes: those of the file."""


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that are searched, and how they are reached again when a photo in them is read."""

    view: View
    opened: Opener
    wrappings: tuple[Wrapping, ...] = ()
    seeks_taken_out: bool = False
    """Whether the places are sought, too, that photos were taken out of."""

    def within(self, wrapping: Wrapping) -> Content:
        """Open one wrapping more. Raises `UnreadableMail`."""
        return Content(
            wrapping.open(self.view), self.opened, (*self.wrappings, wrapping), seeks_taken_out=self.seeks_taken_out
        )


def unwrap(root: View, wrappings: Sequence[Wrapping]) -> list[View]:
    """Open wrapping after wrapping; return what each step gave, the file's own bytes first. Raises `UnreadableMail`."""
    views = [root]
    for wrapping in wrappings:
        views.append(wrapping.open(views[-1]))
    return views


def lift_all(views: Sequence[View], wrappings: Sequence[Wrapping], edits: Iterable[Edit]) -> list[Edit]:
    """Turn edits of the innermost bytes into edits of the file, ascending and joined where they touch."""
    lifted = list(edits)
    for wrapping, outer in zip(reversed(wrappings), reversed(views[:-1]), strict=True):
        lifted = wrapping.lift(outer, lifted)
    return join(lifted)


def join(edits: Iterable[Edit]) -> list[Edit]:
    """Join edits that touch, in ascending order."""
    joined: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: edit.offset):
        if joined and joined[-1].end == edit.offset:
            joined[-1] = Edit(joined[-1].offset, joined[-1].text + edit.text)
        else:
            joined.append(edit)
    return joined


def apply(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Return bytes with their edits made."""
    changed = bytearray(data)
    for edit in edits:
        changed[edit.offset : edit.end] = edit.text
    return bytes(changed)
