"""What photos lie wrapped in within a mailbox file, and how a change within becomes a change without.

A base64-coded message, a winmail.dat, a file in an Outlook message: each holds bytes that are searched like a file
of their own, and each may lie in another. Every format's module has its own wrapping; all of them keep the length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
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


class Account:
    """How many parts a search came past, by what became of each: the counts add up to all parts.

    A part is a leaf of a message, a file within a file, or what stands loose in a text (a uuencoded file). What is
    opened in turn counts as one, and what lies in it besides. Plain numbers, for they are counted often.
    """

    __slots__ = ("absent", "attached", "harmless", "opened", "parts", "pictures", "taken_out", "unsearched")

    def __init__(self) -> None:
        self.parts = 0
        """Counted where a part is met, apart from its verdict: so that the sum of these can be checked."""
        self.pictures = 0
        self.absent = 0
        """Announced as a picture or video, and not there."""
        self.unsearched = 0
        """It may hold a photo, and was not looked into."""
        self.opened = 0
        """A message, mailbox or archive: what lies in it was searched."""
        self.taken_out = 0
        """It stands where a filed photo was."""
        self.harmless = 0
        """Text, HTML, or another kind that holds no photo."""
        self.attached: list[str] = []
        """Of these, in the message that is searched now, those that are attached to it: a mail program lists them."""

    @property
    def verdicts(self) -> int:
        """Return how many verdicts there were: as many as parts, for each has one."""
        return self.pictures + self.absent + self.unsearched + self.opened + self.taken_out + self.harmless

    def report(self, *, is_absent: bool) -> None:
        """Count a part that is reported as absent, or as not looked into."""
        if is_absent:
            self.absent += 1
        else:
            self.unsearched += 1


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes that are searched, and how they are reached again when a photo in them is read."""

    view: View
    opened: Opener
    wrappings: tuple[Wrapping, ...] = ()
    seeks_taken_out: bool = False
    """Whether the places are sought, too, that photos were taken out of."""
    looks_everywhere: bool = False
    """Whether texts, headers and what lies between the parts are looked through to the last byte; it takes longer."""
    holds_copy: Callable[[bytes], bool] | None = field(default=None, repr=False, compare=False)
    """Returns whether a text holds a photo that is looked for; None where none is."""
    account: Account = field(default_factory=Account, compare=False)
    """How many parts were come past."""

    def within(self, wrapping: Wrapping) -> Content:
        """Open one wrapping more. Raises `UnreadableMail`."""
        return replace(self, view=_opened(self.view, wrapping), wrappings=(*self.wrappings, wrapping))


def unwrap(root: View, wrappings: Sequence[Wrapping]) -> list[View]:
    """Open wrapping after wrapping; return what each step gave, the file's own bytes first. Raises `UnreadableMail`."""
    views = [root]
    for wrapping in wrappings:
        views.append(_opened(views[-1], wrapping))
    return views


def _opened(outer: View, wrapping: Wrapping) -> View:
    """Open a wrapping, and take what it unpacked to from the file's budget."""
    inner = wrapping.open(outer)
    inner.budget = outer.budget
    inner.budget.unpack(len(inner))
    return inner


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
