"""What a second walk of an output establishes, and the words in which it fails."""

from __future__ import annotations

from functools import cache
from typing import Final

from imgfile.frozen import dataclass, field
from imgfile.images import refusals

COMPARED_BYTES: Final = 1 << 20
"""How much is looked at at a time where a look takes a copy."""

_INTEROP: Final = b"\0\2\xa0\1\0\3\0\0\0\1\xff\xff\0\0\xa0\5\0\4\0\0\0\1\0\0\0%c\0\1\0\1\0\2\0\0\0\4R03\0"
_HEAD: Final = b"Exif\0\0MM\0*\0\0\0\x08"
_ORIENTATION: Final = b"\1\x12\0\3\0\0\0\1\0%c\0\0"
_POINTER: Final = b"\x87i\0\4\0\0\0\1\0\0\0%c"


@dataclass(frozen=True, slots=True)
class Proof:
    """The coded size in pixels, both colour profiles, and the output's bytes in which values are sought."""

    width: int
    height: int
    profile_before: bytes | None = field(repr=False)
    profile_after: bytes | None = field(repr=False)
    coded: tuple[bytes, ...] = field(repr=False)
    """Tables and the ends of coded data: long values only, as Huffman tables spell the alphabet."""
    has_lost_profiles: bool = False
    """Whether a further page or part has no profile any more."""


def demand(condition: object, check: str) -> None:
    """Raise `UnsupportedImage`, naming the check, unless the condition holds."""
    if not condition:
        raise refusals.unproven(check)


def demand_colour(condition: object, profile: bytes | None) -> None:
    """Raise `UnprovenColour` for an original's profile, unless the condition holds."""
    if not condition:
        raise refusals.UnprovenColour(profile or b"")


def is_same(mine: bytes, start: int, theirs: bytes, other: int, length: int) -> bool:
    """Compare two runs of bytes where they lie, copying neither."""
    if start + length > len(mine) or other + length > len(theirs):
        return False
    return mine.startswith(memoryview(theirs)[other : other + length], start)


@cache
def expected_exif(orientation: int, *, is_adobe_rgb: bool) -> bytes:
    """Spell the only Exif block that an output may hold, byte for byte and without the emitter (piexif)."""
    is_turned = orientation != 1
    if not is_turned and not is_adobe_rgb:
        return b""
    entries = (_ORIENTATION % orientation if is_turned else b"") + (
        _POINTER % (38 if is_turned else 26) if is_adobe_rgb else b""
    )
    interop = _INTEROP % (64 if is_turned else 52) if is_adobe_rgb else b""
    return _HEAD + bytes((0, is_turned + is_adobe_rgb)) + entries + bytes(4) + interop
