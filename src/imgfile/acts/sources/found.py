"""What a search is asked for, and what it found: the values that finding photos fills.

A `Scope` says what to look at within what was named; a `Found` gathers photos, mailboxes and failures. A `Sighting` is
a photo as it was found: where, and what was seen of it before anybody is asked about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from imgfile.acts.sources.source import Source
from imgfile.clinical.proofs import Digest
from imgfile.errors import Error, SourceInUse
from imgfile.files import FileIdentity
from imgfile.frozen import dataclass, field

if TYPE_CHECKING:
    from imgfile.acts.sources.filters import Criteria, Mismatch
    from imgfile.acts.sources.logos import Repeats
    from imgfile.acts.sources.look import Look
    from imgfile.mail.kinds import FileKind
    from imgfile.mail.model import TakenOut, Unsearched

Progress = Callable[[int, int], None]
"""Called with bytes walked and bytes in all."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One photo that was found."""

    source: Source
    look: Look | None = field(default=None, repr=False)
    """None where nobody looked."""
    digest: Digest | None = None
    messages: int = 1
    """How many messages of the run hold the very same picture, if that was counted."""
    is_likely_logo: bool = False


@dataclass()
class Mailbox:
    """What one export turned out to hold."""

    path: Path
    named: str
    """What a person called it, or the folder that it lies in."""
    container: str
    messages: int = 0
    images: int = 0
    likely_logos: int = 0
    mismatches: Counter[Mismatch] = field(default_factory=Counter)
    """Images that were not asked for, by what they do not meet."""
    unsearched: list[Unsearched] = field(default_factory=list)
    """What is absent or was not looked into."""
    parts: int = 0
    """Everything that was come past: images, what is unsearched or absent, `opened`, `harmless`, emptied places."""
    opened: int = 0
    harmless: int = 0
    emptied: int = 0
    taken_out: list[TakenOut] = field(default_factory=list)


@dataclass()
class Folder:
    """A folder that was named, and what in it was not looked into."""

    path: Path
    named: str
    not_entered: int = 0
    """Folders within it that were not entered."""
    strange: list[tuple[Path, FileKind]] = field(default_factory=list)
    """Files that are no photo and no mailbox, and may hold a photo."""
    is_barren: bool = False
    """Nothing was found in it at all."""
    photos: int = 0
    """Photos in files of their own."""

    @property
    def is_whole(self) -> bool:
        """Return whether everything in it was looked into."""
        return not self.not_entered and not self.strange


@dataclass()
class Found:
    """Everything found in what was named: the photos, the mailboxes, and what could not be opened."""

    photos: list[Sighting] = field(default_factory=list)
    mailboxes: list[Mailbox] = field(default_factory=list)
    named_folders: list[Folder] = field(default_factory=list)
    failures: list[tuple[str, Error]] = field(default_factory=list)
    """What was named, and why it gave nothing."""
    repeats: Repeats | None = field(default=None, repr=False)
    """How often each picture came; None before the first mailbox."""
    repeated: list[tuple[Path, Path]] = field(default_factory=list)
    """Files that are found already by another spelling, each with that."""
    _first: dict[tuple[int, int], Path] = field(default_factory=dict, repr=False)

    @property
    def sources(self) -> list[Source]:
        """The photos' sources, in order."""
        return [photo.source for photo in self.photos]

    @property
    def folders(self) -> list[Path]:
        """The folders that files were looked at in, each once."""
        return list(dict.fromkeys(path.parent for path in self._first.values()))

    @property
    def extent(self) -> tuple[int, ...]:
        """How much was found so far; equal where nothing came to it."""
        return len(self.photos), len(self.mailboxes), len(self.failures), len(self.repeated)

    def is_new(self, path: Path, identity: FileIdentity) -> bool:
        """Return whether this is a file's first spelling; another one is noted as repeated."""
        first = self._first.setdefault((identity.device, identity.inode), path)
        if first is not path:
            self.repeated.append((path, first))
        return first is path


def _unwatched(_path: Path) -> AbstractContextManager[Progress | None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Scope:
    """What to look at within what was named, and what is called with how far a mailbox was walked."""

    is_recursive: bool = False
    with_logos: bool = False
    part: str | None = None
    """Only this part of a mailbox, as `MailPart.part` spells it."""
    criteria: Criteria | None = None
    """Which photos of a mailbox; None for all of them."""
    only_looks: bool = False
    """Nothing is going to be changed: a shared lock on a mailbox will do."""
    with_looks: bool = False
    """Look at every photo, and mark likely logos even where they are not left out."""
    seeks_taken_out: bool = False
    """Not the photos of a mailbox: the places that photos were taken out of."""
    watch: Callable[[Path], AbstractContextManager[Progress | None]] = _unwatched
    """Gives what to call while a mailbox, or a folder of them, is walked."""
    wait: Callable[[SourceInUse], None] | None = None
    """Returns when a mailbox that is in use may be tried again, or raises `Cancelled`; None never waits."""
