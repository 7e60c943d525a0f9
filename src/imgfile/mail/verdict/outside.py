"""Bytes of a file that no part accounts for, and files that stand in them: looked for where a whole export is to go.

What each container accounts for, its own module says: the streams of an Outlook file, the members of an archive, the
bodies of a message's parts. Everything between them is looked through to the last byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from imgfile.mail.kinds import FileKind
from imgfile.mail.model import Hidden, Reason
from imgfile.mail.view import View

Range = tuple[int, int]
"""Where a run of bytes begins, and where it ends."""

_RAW: Final = re.compile(
    rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r?\n\x1a|GIF8[79]a|RIFF.{4}WEBP|.{4}ftyp[a-z]|II\*\0\x08|MM\0\*\0\0\0\x08"
    rb"|%PDF-1|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07",
    re.DOTALL,
)
"""How pictures, videos and documents begin, as they are."""
_PIECE_BYTES: Final = 1 << 20


def gaps(covered: Iterable[Range], start: int, end: int) -> Iterator[Range]:
    """Yield what is not covered between two offsets, in order; ranges may overlap, and come in any order."""
    at = start
    for begin, stop in sorted(covered):
        if begin > at:
            yield at, min(begin, end)
        at = max(at, stop)
        if at >= end:
            return
    if at < end:
        yield at, end


def find_raw(view: View, ranges: Iterable[Range]) -> int:
    """Return how many bytes follow the first beginning of a file within each of some ranges, in all; mostly none."""
    found = 0
    for start, end in ranges:
        first = next(iter(view.matches(_RAW, start, end)), None)
        if first is not None:
            found += end - first.start()
    return found


def begins_later(head: bytes) -> bool:
    """Return whether a file begins among a part's first bytes, behind others: many programs show such a picture."""
    return bool(_RAW.search(head, 1))


def is_blank(view: View, ranges: Iterable[Range]) -> bool:
    """Return whether nothing but noughts, blanks and line ends stands in some ranges."""
    return not any(
        view.slice(at, min(end, at + _PIECE_BYTES)).strip(b"\0 \t\r\n")
        for start, end in ranges
        for at in range(start, end, _PIECE_BYTES)
    )


def outside(path: str, size: int, kind: FileKind = FileKind.RAW_BYTES) -> Hidden:
    """Return what is reported of bytes outside the parts of a file, `path` being its number."""
    return Hidden(path or "1", Reason.OUTSIDE, kind, size=size)
