"""What is found in a block of metadata: its kinds, and the values behind them.

Kinds go into the record and onto the screen; values are shown only on request, are sought in the stripped photo
by `images/verify/check.py`, and never appear in a repr.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from imgfile.clinical.proofs import FURTHER_PICTURE, Removed
from imgfile.frozen import dataclass, field
from imgfile.images.limits import MAX_VALUE_CHARACTERS


class Kind(StrEnum):
    """The closed list of what metadata can say."""

    PLACE = "place"
    TIME = "time"
    PERSON = "person"
    DEVICE = "device"
    SOFTWARE = "software"
    HISTORY = "history"
    TEXT = "text"
    THUMBNAIL = "thumbnail"
    PICTURE = "hidden picture"
    FURTHER = FURTHER_PICTURE
    VIDEO = "hidden video"
    COLOUR = "colour profile details"
    OTHER = "other"


SECOND: Final = "second picture"
"""What a further picture is called where nothing says what it is."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing found: its kind, the field's name, the value as text, and its stored bytes where they are not text."""

    kind: Kind
    name: str
    text: str = field(default="", repr=False)
    raw: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Block:
    """A run of bytes that a stripper leaves out: where it stood, its length in bytes, what was found."""

    name: str
    length: int
    facts: tuple[Fact, ...] = ()
    unread: int | None = None
    """Bytes in it that nothing here can read; None: all of them, unless something was found that people ask for."""

    def removed(self) -> Removed:
        """Return the entry for the inventory, without values; kinds in the order of `Kind`."""
        kinds = {fact.kind for fact in self.facts} or {Kind.OTHER}
        return Removed(self.name, self.length, tuple(kind.value for kind in Kind if kind in kinds))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a run of bytes: what it says, and how many of them it could not read."""

    facts: tuple[Fact, ...] = ()
    unread: int = 0

    def block(self, name: str, length: int) -> Block:
        """Return the block of so many bytes that was read."""
        return Block(name, length, self.facts, min(self.unread, length))


RESERVED: Final = Block("reserved fields", 0, unread=0)
"""Fields that mean nothing, zeroed: the one change in a photo that was clean otherwise."""

BEHIND_PICTURE: Final = "data behind the picture"
"""Bytes within coded data where every decoder has all pixels already."""


def behind_picture(length: int) -> tuple[Block, ...]:
    """Return the block of so many bytes behind the picture in its coded data; none for no bytes."""
    return (Block(BEHIND_PICTURE, length),) if length else ()


def readable(value: bytes | memoryview, encoding: str = "utf-8") -> str:
    """Decode a stored text up to its first NUL, kept to a bounded length; undecodable bytes become U+FFFD."""
    text = bytes(value[: 2 * MAX_VALUE_CHARACTERS]).decode(encoding, "replace")
    return text.split("\0", 1)[0].strip()[:MAX_VALUE_CHARACTERS]
